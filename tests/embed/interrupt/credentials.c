/* The hook as the one who pushes credentials: asked at once, on the thread of the
 * call, and one thread at a time. */
#define _XOPEN_SOURCE 700 /* clock_gettime */

#include <string.h>
#include <time.h>

#include "interrupt.h"

enum { THREADS = 16, SOON_MS = 1000 };

struct pusher {
    rstore_store store;
    pthread_t caller;
    int32_t pushes;       /* whether it does; else it returns answer */
    int32_t answer;
    atomic_int *asked;    /* by all of them */
    int elsewhere;        /* on another thread */
};

static int64_t now_ns(void) {
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int32_t push(rstore_store store, int64_t expires_ns, rstore_error *error) {
    rstore_credentials keys = {0};

    keys.access_key_id = "id";
    keys.access_key_id_len = 2;
    keys.secret_access_key = "secret";
    keys.secret_access_key_len = 6;
    keys.expires_ns = expires_ns;
    return rstore_credentials_set(store, &keys, sizeof keys, error);
}

static int32_t push_if_asked(uintptr_t user_data, int32_t reason) {
    struct pusher *p = (struct pusher *)user_data;

    if (!pthread_equal(pthread_self(), p->caller)) p->elsewhere++;
    if (reason != RSTORE_CREDENTIALS) return 0;
    atomic_fetch_add(p->asked, 1);
    if (!p->pushes) return p->answer;
    STATUS(RSTORE_OK, push(p->store, 0, NULL));
    return 0;
}

rstore_store open_fed(void) {
    rstore_options options = 0;
    rstore_store store = 0;

    STATUS(RSTORE_OK, rstore_options_new(&options, NULL));
    STATUS(RSTORE_OK, rstore_options_set(options, RSTORE_STR("endpoint"), stub_endpoint, strlen(stub_endpoint), NULL));
    STATUS(RSTORE_OK, rstore_options_set(options, RSTORE_STR("region"), RSTORE_STR("r"), NULL));
    STATUS(RSTORE_OK, rstore_options_set(options, RSTORE_STR("credentials"), RSTORE_STR("provider"), NULL));
    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("s3://bucket"), options, &store, NULL));
    STATUS(RSTORE_OK, rstore_close(options));
    return store;
}

int32_t head_known(rstore_store store, rstore_ctx ctx) {
    return rstore_head(store, ctx, RSTORE_STR("known"), NULL, 0, NULL, 0, NULL);
}

static void records(void) {
    rstore_store store = open_fed(), memory = 0;
    rstore_credentials keys = {0};
    int64_t due = 0, expires;

    STATUS(RSTORE_OK, rstore_credentials_due(store, &due, NULL));
    CHECK(due == 1);
    STATUS(RSTORE_UNAUTHENTICATED, head_known(store, 0));
    STATUS(RSTORE_UNAUTHENTICATED, push(store, 1, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, push(store, -1, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_credentials_set(store, &keys, sizeof keys, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_credentials_set(store, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_credentials_set(store, &keys, sizeof keys - 1, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_credentials_due(store, NULL, NULL));
    expires = now_ns() + INT64_C(8000000000);
    STATUS(RSTORE_OK, push(store, expires, NULL));
    STATUS(RSTORE_OK, rstore_credentials_due(store, &due, NULL));
    CHECK(due <= expires - INT64_C(1900000000) && due >= expires - INT64_C(2000000000));
    STATUS(RSTORE_OK, head_known(store, 0));
    STATUS(RSTORE_OK, push(store, 0, NULL));
    STATUS(RSTORE_OK, rstore_credentials_due(store, &due, NULL));
    CHECK(due == 0);
    STATUS(RSTORE_OK, rstore_close(store));

    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &memory, NULL));
    STATUS(RSTORE_NOT_SUPPORTED, push(memory, 0, NULL));
    STATUS(RSTORE_NOT_SUPPORTED, push(silent, 0, NULL));
    STATUS(RSTORE_NOT_SUPPORTED, rstore_credentials_due(silent, &due, NULL));
    STATUS(RSTORE_OK, rstore_close(memory));
}

/* One call, whose hook is asked before the first tick could come. */
static void one_call(int32_t pushes, int32_t answer, int32_t status) {
    atomic_int asked = 0;
    struct pusher p = {.store = open_fed(), .caller = pthread_self(), .pushes = pushes, .answer = answer, .asked = &asked};
    rstore_ctx ctx = new_ctx(0);
    double begun = now_ms();

    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(ctx, push_if_asked, (uintptr_t)&p, NULL));
    STATUS(status, head_known(p.store, ctx));
    CHECK(now_ms() - begun < SOON_MS);
    CHECK(asked == 1 && p.elsewhere == 0);
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(p.store));
}

static void *call_as_one_of_many(void *user_data) {
    struct pusher *p = user_data;
    rstore_ctx ctx = new_ctx(0);

    p->caller = pthread_self();
    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(ctx, push_if_asked, (uintptr_t)p, NULL));
    STATUS(RSTORE_OK, head_known(p->store, ctx));
    STATUS(RSTORE_OK, rstore_close(ctx));
    return NULL;
}

static void many_calls(void) {
    atomic_int asked = 0;
    rstore_store store = open_fed();
    struct pusher pushers[THREADS];
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++) {
        pushers[i] = (struct pusher){.store = store, .pushes = 1, .asked = &asked};
        CHECK(pthread_create(&threads[i], NULL, call_as_one_of_many, &pushers[i]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(pushers[i].elsewhere == 0);
    }
    CHECK(asked == 1);
    STATUS(RSTORE_OK, rstore_close(store));
}

void test_credentials(void) {
    records();
    one_call(1, 0, RSTORE_OK);
    one_call(0, 0, RSTORE_UNAUTHENTICATED); /* it does not know the reason */
    one_call(0, 1, RSTORE_CANCELLED);
    many_calls();
}
