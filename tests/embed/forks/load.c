/* Forks of a process that is busy. */
#define _DEFAULT_SOURCE

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forks.h"

enum { READERS = 5, LOADERS = 2 };

static rstore_store shared;
static atomic_int over;
static atomic_long reads, refusals, loads;
static int pair[2]; /* a connection of the host's own */

static void *read_on(void *unused) {
    (void)unused;
    while (!over) {
        CHECK(reads_object(shared));
        reads++;
    }
    return NULL;
}

static void *be_refused(void *unused) {
    const char url[] = "http://127.0.0.1:1/bucket";
    const char *options[][2] = {{"max_attempts", "1"}, {"access_key_id", "a"}, {"secret_access_key", "b"}};
    rstore_options o = 0;
    rstore_store store = 0;
    size_t i;

    (void)unused;
    STATUS(RSTORE_OK, rstore_options_new(&o, NULL));
    for (i = 0; i < COUNT(options); i++)
        STATUS(RSTORE_OK, rstore_options_set(o, options[i][0], strlen(options[i][0]), options[i][1], strlen(options[i][1]), NULL));
    STATUS(RSTORE_OK, rstore_open(url, strlen(url), o, &store, NULL));
    while (!over) {
        STATUS(RSTORE_UNAVAILABLE, rstore_head(store, 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
        refusals++;
    }
    rstore_close(store);
    rstore_close(o);
    return NULL;
}

/* Each thread another one: what two of them load at the same time stays loaded. */
static const char *const libraries[LOADERS] = {"libm.so.6", "libresolv.so.2"};

static void *load_on(void *name) {
    while (!over) {
        void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);

        CHECK(library != NULL);
        if (library) dlclose(library);
        loads++;
    }
    return NULL;
}

static void as_new(void) {
    rstore_store own;
    rstore_error error = 0;

    CHECK(sockets_connected() == 0);
    CHECK(write(pair[0], "x", 1) == 1); /* which is the host's, and open */
    STATUS(RSTORE_FORKED, rstore_close(shared));
    own = open_store();
    CHECK(reads_object(own));
    STATUS(RSTORE_FORKED, rstore_head(shared, 0, RSTORE_STR("a"), NULL, 0, NULL, 0, &error));
    STATUS(RSTORE_OK, rstore_close(error));
    STATUS(RSTORE_OK, rstore_close(own));
    CHECK(rstore_fork_problem() == NULL);
}

void under_load(int forks) {
    pthread_t threads[READERS + 1 + LOADERS];
    size_t i;
    char one;

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    shared = open_store();
    write_object(shared);
    for (i = 0; i < COUNT(threads); i++)
        CHECK(pthread_create(&threads[i], NULL, i < READERS ? read_on : i == READERS ? be_refused : load_on,
                             i > READERS ? (void *)libraries[i - READERS - 1] : NULL) == 0);
    while (reads < READERS) usleep(1000); /* connections are pooled */
    for (; forks > 0; forks--) {
        end_child(start_child(as_new));
        CHECK(read(pair[1], &one, 1) == 1);
    }
    over = 1;
    for (i = 0; i < COUNT(threads); i++) pthread_join(threads[i], NULL);
    printf("meanwhile: %ld reads, %ld refused dials, %ld libraries loaded\n", reads, refusals, loads);
    CHECK(reads > READERS && refusals > 0 && loads > 0);
    CHECK(reads_object(shared));
    delete_object(shared);
    STATUS(RSTORE_OK, rstore_close(shared));
}

/* ---- Without load ---------------------------------------------------------- */

static int depth_left;

static void descend(void) {
    rstore_store own = open_store();

    CHECK(reads_object(own));
    if (depth_left-- > 1) end_child(start_child(descend));
    CHECK(reads_object(own));
    STATUS(RSTORE_OK, rstore_close(own));
}

void nested(int depth) {
    shared = open_store();
    write_object(shared);
    depth_left = depth;
    end_child(start_child(descend));
    delete_object(shared);
}

static void just_read(void) {
    rstore_store own = open_store();

    CHECK(reads_object(own));
}

void together(int children) {
    pid_t started[64];
    int i;

    CHECK(children <= (int)COUNT(started));
    shared = open_store();
    write_object(shared);
    for (i = 0; i < children; i++) started[i] = start_child(just_read);
    for (i = 0; i < children; i++) end_child(started[i]);
    delete_object(shared);
}

static void nothing(void) { STATUS(RSTORE_FORKED, rstore_close(shared)); }

/* In KiB, without what is shared with files. */
static long memory(void) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[128];
    long found = -1;

    while (file && fgets(line, sizeof line, file)) sscanf(line, "RssAnon: %ld", &found);
    if (file) fclose(file);
    return found;
}

void many(int forks) {
    struct holdings before;
    long first;
    int i;

    shared = open_store();
    write_object(shared);
    CHECK(reads_object(shared));
    for (i = 0; i < 50; i++) end_child(start_child(nothing));
    before = holdings();
    first = memory();
    for (i = 0; i < forks; i++) end_child(start_child(nothing));
    printf("memory before and after %d forks: %ld and %ld KiB\n", forks, first, memory());
    CHECK(first > 0 && memory() < first + 1024);
    check_holdings(&before);
    delete_object(shared);
}
