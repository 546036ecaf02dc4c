/* rstore_ctx_progress while a call is in flight, from another thread. */
#include <stddef.h>
#include <string.h>

#include "interrupt.h"

struct flight {
    rstore_ctx ctx;
    const char *wait;
    int32_t status;
};

static void *fly(void *argument) {
    struct flight *f = argument;

    f->status = wait_named(f->wait)->call(0, f->ctx, NULL);
    return NULL;
}

static uint64_t attempts(rstore_ctx ctx) {
    rstore_progress progress = {0};

    STATUS(RSTORE_OK, rstore_ctx_progress(ctx, &progress, sizeof progress, NULL));
    CHECK(progress.request_id != NULL && strcmp(progress.request_id, "") == 0); /* the stub has none */
    STATUS(RSTORE_OK, rstore_close(progress.owner));
    return progress.attempts;
}

static void await_attempts(rstore_ctx ctx, uint64_t count) {
    int waited;

    for (waited = 0; waited < 5000 && attempts(ctx) < count; waited += 5) {
        sleep_ms(5);
    }
    CHECK(attempts(ctx) == count);
}

/* What two calls on memory transfer, and a caller that knows the record as it was in 0.3. */
static void count_bytes(void) {
    rstore_ctx ctx = new_ctx(0);
    rstore_store memory = 0;
    rstore_progress progress = {0}, older = {0};
    char text[4];
    size_t filled = 0;

    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &memory, NULL));
    STATUS(RSTORE_OK, rstore_put(memory, ctx, RSTORE_STR("a"), "text", 4, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_get_into(memory, ctx, RSTORE_STR("a"), NULL, 0, text, sizeof text, &filled, NULL));
    STATUS(RSTORE_OK, rstore_ctx_progress(ctx, &progress, sizeof progress, NULL));
    CHECK(progress.transferred == 8 && progress.total == 8);
    STATUS(RSTORE_OK, rstore_ctx_progress(ctx, &older, offsetof(rstore_progress, transferred), NULL));
    CHECK(older.attempts == progress.attempts && older.transferred == 0);
    STATUS(RSTORE_OK, rstore_close(older.owner));
    STATUS(RSTORE_OK, rstore_close(progress.owner));
    STATUS(RSTORE_OK, rstore_close(memory));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* Two calls with one context, the second while the first one waits. */
void test_progress(void) {
    struct flight first = {new_ctx(0), "head", RSTORE_OK}, second = {first.ctx, "get", RSTORE_OK};
    pthread_t threads[2];

    CHECK(attempts(first.ctx) == 0);
    CHECK(pthread_create(&threads[0], NULL, fly, &first) == 0);
    await_attempts(first.ctx, 1);
    CHECK(pthread_create(&threads[1], NULL, fly, &second) == 0);
    await_attempts(first.ctx, 2);
    STATUS(RSTORE_OK, rstore_ctx_cancel(first.ctx, NULL));
    CHECK(pthread_join(threads[0], NULL) == 0);
    CHECK(pthread_join(threads[1], NULL) == 0);
    STATUS(RSTORE_CANCELLED, first.status);
    STATUS(RSTORE_CANCELLED, second.status);
    CHECK(attempts(first.ctx) == 2);
    STATUS(RSTORE_OK, rstore_close(first.ctx));
    count_bytes();
}
