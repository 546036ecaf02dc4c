/* A record that receives a result may hold anything before, also addresses out
 * of Go's heap: a write that Go's collector watches would take them for its own
 * pointers and end the process with "found bad pointer in Go heap". */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libremotestore.h"

enum { CALLS = 400000, BIG = 2 << 20, COLLECTORS = 2 };
static const uint64_t arena = 4 << 20; /* Go's heap grows by multiples of it */

static atomic_int stop;

static void must(int32_t status, const char *what) {
    if (status != RSTORE_OK) {
        fprintf(stderr, "uninitialised: %s: %s\n", what, rstore_status_name(status));
        exit(1);
    }
}

/* Makes garbage, so that the collector runs all the time. */
static void *keep_collecting(void *unused) {
    rstore_args overwrite = {.flags = RSTORE_OVERWRITE};
    rstore_store store;
    char *big = calloc(1, BIG);
    size_t length;

    (void)unused;
    must(rstore_open(RSTORE_STR("memory://"), 0, &store, NULL), "open");
    for (length = BIG / 2; !stop; length = BIG / 2 + (length * 7919 + 1) % (BIG / 2)) {
        must(rstore_put(store, 0, RSTORE_STR("big"), big, length, &overwrite, sizeof overwrite, NULL, 0, NULL),
             "put");
    }
    rstore_close(store);
    free(big);
    return NULL;
}

/* The first mapping that looks like Go's heap. Returns whether there is one. */
static int find_heap(uint64_t *begin, uint64_t *end) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512], rights[8];
    int found = 0;

    while (maps != NULL && !found && fgets(line, sizeof line, maps) != NULL) {
        found = sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", begin, end, rights) == 3 && rights[1] == 'w' &&
                *begin % arena == 0 && *end - *begin >= arena;
    }
    if (maps != NULL) {
        fclose(maps);
    }
    return found;
}

int main(void) {
    uint64_t begin, end, random = 1, address;
    pthread_t collectors[COLLECTORS];
    rstore_store store;
    rstore_list list;
    rstore_page page;
    size_t i;
    int call;

    must(rstore_open(RSTORE_STR("memory://"), 0, &store, NULL), "open");
    must(rstore_put(store, 0, RSTORE_STR("x"), "y", 1, NULL, 0, NULL, 0, NULL), "put");
    for (i = 0; i < COLLECTORS; i++) {
        pthread_create(&collectors[i], NULL, keep_collecting, NULL);
    }
    while (!find_heap(&begin, &end)) {
    }
    for (call = 0; call < CALLS; call++) {
        for (i = 0; i + sizeof address <= sizeof page; i += sizeof address) {
            random = random * UINT64_C(6364136223846793005) + 1;
            address = begin + ((random >> 20) % (end - begin) & ~UINT64_C(7));
            memcpy((char *)&page + i, &address, sizeof address);
        }
        must(rstore_list_open(store, "", 0, NULL, 0, &list, NULL), "list_open");
        must(rstore_list_next(list, 0, &page, sizeof page, NULL), "list_next");
        rstore_close(page.owner);
        rstore_close(list);
    }
    stop = 1;
    for (i = 0; i < COLLECTORS; i++) {
        pthread_join(collectors[i], NULL);
    }
    rstore_close(store);
    printf("uninitialised: %d records that held addresses of Go's heap\n", call);
    return 0;
}
