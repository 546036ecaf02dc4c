/* When the hook is called, where, and what it ends. */
#include <string.h>

#include "interrupt.h"

/* Every 50 ms, on the thread of the call: two times in 500 ms are enough. */
static void it_ticks_while_a_call_waits(void) {
    struct ticks ticks = {0};
    rstore_ctx ctx = ticking(&ticks, 600);
    double begun = now_ms();

    STATUS(RSTORE_DEADLINE, call_ticking(&ticks, wait_named("head"), 0, ctx, NULL));
    CHECK(ticks.count >= 2);
    CHECK(ticks.first_ms - begun < 500);
    CHECK(ticks.count <= (now_ms() - begun) / 25); /* about every 50 ms, not all the time */
    CHECK(ticks.elsewhere == 0);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void *wait_on_this_thread(void *unused) {
    (void)unused;
    it_ticks_while_a_call_waits();
    return NULL;
}

static void it_ticks_on_any_thread(void) {
    pthread_t threads[4];
    size_t i;

    for (i = 0; i < COUNT(threads); i++) {
        CHECK(pthread_create(&threads[i], NULL, wait_on_this_thread, NULL) == 0);
    }
    for (i = 0; i < COUNT(threads); i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

/* ticks.elsewhere counts ticks that come without a call. */
static void it_does_not_tick_without_a_call(void) {
    struct ticks ticks = {.end_after = 1};
    rstore_ctx ctx = ticking(&ticks, 0);

    STATUS(RSTORE_CANCELLED, call_ticking(&ticks, wait_named("get"), 0, ctx, NULL));
    sleep_ms(150);
    CHECK(ticks.count == 1);
    CHECK(ticks.elsewhere == 0);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void it_ends_the_call_only(void) {
    struct ticks ticks = {.end_after = 2};
    rstore_ctx ctx = ticking(&ticks, 0);
    rstore_error error = 0;
    rstore_evidence evidence = {0};
    double ended;

    STATUS(RSTORE_CANCELLED, call_ticking(&ticks, wait_named("get"), 0, ctx, &error));
    ended = now_ms();
    CHECK(ended - ticks.last_ms < 1000);
    CHECK(ticks.count == 2); /* not asked again */
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK(evidence.status == RSTORE_CANCELLED && strcmp(evidence.operation, "get") == 0 && evidence.attempts == 1);
    STATUS(RSTORE_OK, rstore_close(error));
    still_serve("a context with a hook", ctx);
    ticks.end_after = 4; /* the hook stays */
    STATUS(RSTORE_CANCELLED, call_ticking(&ticks, wait_named("get"), 0, ctx, NULL));
    CHECK(ticks.count == 4);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* Set again, it is the new one; NULL is none; other contexts have their own. */
static void it_is_replaced_and_removed(void) {
    struct ticks first = {0}, second = {0}, third = {0};
    rstore_ctx ctx = ticking(&first, 200), other = ticking(&second, 200), source = ticking(&third, 0);

    STATUS(RSTORE_DEADLINE, call_ticking(&second, wait_named("head"), 0, other, NULL));
    CHECK(first.count == 0 && second.count > 0 && third.count == 0);
    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(ctx, NULL, 0, NULL));
    STATUS(RSTORE_DEADLINE, call_ticking(&first, wait_named("head"), 0, ctx, NULL));
    CHECK(first.count == 0);
    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(ctx, NULL, 1, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(other));
    STATUS(RSTORE_OK, rstore_close(source));
}

void test_hook(void) {
    it_ticks_while_a_call_waits();
    it_ticks_on_any_thread();
    it_does_not_tick_without_a_call();
    it_ends_the_call_only();
    it_is_replaced_and_removed();
}
