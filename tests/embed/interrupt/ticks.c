/* The hook, which notes what it saw. */
#define _XOPEN_SOURCE 700 /* clock_gettime, nanosleep */

#include <time.h>

#include "interrupt.h"

double now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void sleep_ms(long ms) {
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

static int32_t tick(uintptr_t user_data, int32_t reason) {
    struct ticks *t = (struct ticks *)user_data;
    int count = atomic_fetch_add(&t->count, 1) + 1;

    if (reason != RSTORE_TICK || !t->calling || !pthread_equal(pthread_self(), t->caller)) {
        t->elsewhere++;
    }
    t->last_ms = now_ms();
    if (count == 1) {
        t->first_ms = t->last_ms;
        if (t->act != NULL) {
            t->act(t);
        }
    }
    return count == t->end_after ? -1 : 0;
}

rstore_ctx ticking(struct ticks *ticks, uint64_t timeout_ms) {
    rstore_ctx ctx = new_ctx(timeout_ms);

    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(ctx, tick, (uintptr_t)ticks, NULL));
    ticks->ctx = ctx;
    return ctx;
}

int32_t call_ticking(struct ticks *ticks, const struct wait *wait, rstore_handle handle, rstore_ctx ctx,
                     rstore_error *error) {
    int32_t status;

    ticks->caller = pthread_self();
    ticks->calling = 1;
    status = wait->call(handle, ctx, error);
    ticks->calling = 0;
    return status;
}
