/* The hook beside a real server: it disturbs no call that it lets go on, and
 * a large write that it ends leaves nothing. */
#define _XOPEN_SOURCE 700 /* getpid */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"

enum { SMALL = 100, LARGE = 96 << 20, TRIES = 20 };

static const rstore_args overwrite = {.flags = RSTORE_OVERWRITE};

static rstore_store open_served(void) {
    const char *bucket = getenv("REMOTESTORE_TEST_S3_URL");
    rstore_store store = 0;
    char url[256];

    snprintf(url, sizeof url, "%s/interrupt-%ld", bucket != NULL ? bucket : "", (long)getpid());
    STATUS(RSTORE_OK, rstore_open(url, strlen(url), 0, &store, NULL));
    return store;
}

static size_t count_uploads(rstore_store store) {
    rstore_list list = 0;
    rstore_page page;
    size_t count = 0;

    STATUS(RSTORE_OK, rstore_uploads_open(store, NULL, 0, NULL, 0, &list, NULL));
    while (rstore_list_next(list, 0, &page, sizeof page, NULL) == RSTORE_OK) {
        count += page.count;
        STATUS(RSTORE_OK, rstore_close(page.owner));
    }
    STATUS(RSTORE_OK, rstore_close(list));
    return count;
}

/* On another thread of the library than without a hook. */
static void quick_calls(rstore_store store) {
    struct ticks ticks = {0};
    rstore_ctx ctx = ticking(&ticks, 0);
    char path[32], text[32];
    int i;

    ticks.caller = pthread_self();
    ticks.calling = 1;
    for (i = 0; i < SMALL; i++) {
        rstore_object object = {0};
        int length = snprintf(text, sizeof text, "content %d", i);

        snprintf(path, sizeof path, "quick/%02d", i);
        STATUS(RSTORE_OK, rstore_put(store, ctx, path, strlen(path), text, (size_t)length, NULL, 0, NULL, 0, NULL));
        STATUS(RSTORE_OK, rstore_get(store, ctx, path, strlen(path), NULL, 0, &object, sizeof object, NULL));
        CHECK(object.data_len == (size_t)length && memcmp(object.data, text, object.data_len) == 0);
        STATUS(RSTORE_OK, rstore_close(object.owner));
        STATUS(RSTORE_OK, rstore_delete(store, ctx, path, strlen(path), NULL, 0, NULL));
    }
    ticks.calling = 0;
    CHECK(ticks.elsewhere == 0);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void a_large_write(rstore_store store) {
    struct ticks ticks = {0};
    rstore_ctx ctx = ticking(&ticks, 0);
    rstore_object object = {0};
    char *data = calloc(1, LARGE);
    int tries, cancelled = 0;
    double settling;

    CHECK(data != NULL);
    STATUS(RSTORE_OK, rstore_put(store, 0, RSTORE_STR("large"), "old", 3, NULL, 0, NULL, 0, NULL));
    ticks.caller = pthread_self();
    ticks.calling = 1;
    /* It may be over before the first tick; then it has been written. */
    for (tries = 0; data != NULL && tries < TRIES && !cancelled; tries++) {
        int32_t status;

        STATUS(RSTORE_OK, rstore_put(store, 0, RSTORE_STR("large"), "old", 3, &overwrite, sizeof overwrite, NULL, 0,
                                     NULL));
        ticks.end_after = ticks.count + 1;
        status = rstore_put(store, ctx, RSTORE_STR("large"), data, LARGE, &overwrite, sizeof overwrite, NULL, 0, NULL);
        cancelled = status == RSTORE_CANCELLED;
        CHECK(cancelled || status == RSTORE_OK);
    }
    CHECK(cancelled);
    CHECK(ticks.elsewhere == 0);
    ticks.end_after = 0;
    STATUS(RSTORE_OK, rstore_head(store, ctx, RSTORE_STR("large"), NULL, 0, &object, sizeof object, NULL));
    CHECK(object.size == 3);
    STATUS(RSTORE_OK, rstore_close(object.owner));
    settling = now_ms();
    STATUS(RSTORE_OK, rstore_settle(0, NULL));
    printf("settled %.0f ms after a large write\n", now_ms() - settling);
    CHECK(count_uploads(store) == 0);
    STATUS(RSTORE_OK, rstore_delete(store, ctx, RSTORE_STR("large"), NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
    free(data);
}

void test_server(void) {
    rstore_store store = open_served();

    STATUS(RSTORE_OK, rstore_ping(store, 0, NULL));
    quick_calls(store);
    a_large_write(store);
    STATUS(RSTORE_OK, rstore_close(store));
}
