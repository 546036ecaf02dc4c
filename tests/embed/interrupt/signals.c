/* The hook and signals: a handler without SA_RESTART, as Python's are, lets the
 * hook be called at once, but a storm of signals not all the time. */
#define _XOPEN_SOURCE 700 /* sigaction */

#include <sched.h>
#include <signal.h>
#include <stdio.h>

#include "interrupt.h"

enum { TRIES = 10, SOON_MS = 30, STORM_MS = 400, PAUSE_MS = 4 /* 5, less what a clock of ms cuts off */ };

static atomic_int handled;

static void handle(int number) {
    (void)number;
    handled++;
}

struct seen {
    pthread_t caller;
    rstore_ctx ctx;
    atomic_int count;
    int at_signal;     /* 1: a signal ends the call, as Ctrl-C does */
    int close_ones;    /* less than PAUSE_MS behind the last one */
    _Atomic double last_ms;
    int32_t status;
    double ended_ms;
};

static int32_t see(uintptr_t user_data, int32_t reason) {
    struct seen *s = (struct seen *)user_data;
    double now = now_ms();

    (void)reason;
    if (s->count > 0 && now - s->last_ms < PAUSE_MS) {
        s->close_ones++;
    }
    s->last_ms = now;
    s->count++;
    return s->at_signal && handled > 0;
}

static void *wait_for_head(void *argument) {
    struct seen *s = argument;

    s->status = wait_named("head")->call(0, s->ctx, NULL);
    s->ended_ms = now_ms();
    return NULL;
}

static void start(struct seen *s) {
    handled = 0;
    s->ctx = new_ctx(0);
    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(s->ctx, see, (uintptr_t)s, NULL));
    CHECK(pthread_create(&s->caller, NULL, wait_for_head, s) == 0);
}

static void stop(struct seen *s) {
    STATUS(RSTORE_OK, rstore_ctx_cancel(s->ctx, NULL));
    CHECK(pthread_join(s->caller, NULL) == 0);
    STATUS(RSTORE_CANCELLED, s->status);
    STATUS(RSTORE_OK, rstore_close(s->ctx));
}

static void await_tick(struct seen *s) {
    int before = s->count;

    while (s->count == before) {
        sleep_ms(1);
    }
}

/* Sent 10 ms after a tick, when the next one is 40 ms away. A machine that is
 * busy may miss some. */
static void it_is_asked_soon_after_a_signal(void) {
    struct seen s = {0};
    int i, soon = 0;
    double most = 0;

    start(&s);
    for (i = 0; i < TRIES; i++) {
        double sent, late;
        int before;

        await_tick(&s);
        sleep_ms(10);
        before = s.count;
        sent = now_ms();
        CHECK(pthread_kill(s.caller, SIGUSR1) == 0);
        while (s.count == before) {
            sleep_ms(1);
        }
        late = s.last_ms - sent;
        soon += late < SOON_MS;
        most = late > most ? late : most;
    }
    stop(&s);
    printf("asked %.1f ms after a signal at most, %d of %d soon\n", most, soon, TRIES);
    CHECK(handled == TRIES);
    CHECK(soon > TRIES / 2);
}

/* As Ctrl-C does: the handler notes it, the hook ends the call. */
static void a_signal_ends_a_call(void) {
    struct seen s = {.at_signal = 1};
    double sent;

    start(&s);
    await_tick(&s);
    sleep_ms(10);
    sent = now_ms();
    CHECK(pthread_kill(s.caller, SIGUSR1) == 0);
    CHECK(pthread_join(s.caller, NULL) == 0);
    STATUS(RSTORE_CANCELLED, s.status);
    printf("ended %.1f ms after a signal\n", s.ended_ms - sent);
    CHECK(s.ended_ms - sent < 1000);
    STATUS(RSTORE_OK, rstore_close(s.ctx));
}

/* Each asks at most once in some ms: a hook may be costly, as one that takes a lock. */
static void it_pauses_in_a_storm(void) {
    struct seen s = {0};
    double begun, took;
    int before;

    start(&s);
    await_tick(&s);
    before = s.count;
    for (begun = now_ms(); now_ms() - begun < STORM_MS;) {
        CHECK(pthread_kill(s.caller, SIGUSR1) == 0);
        sched_yield();
    }
    took = now_ms() - begun;
    printf("asked %d times in %.0f ms, in which %d signals came\n", s.count - before, took, handled);
    CHECK(s.count - before <= took / PAUSE_MS + 1);
    stop(&s);
    CHECK(s.close_ones == 0);
}

static int returned;

static void *wait_to_be_cancelled(void *argument) {
    wait_for_head(argument);
    returned = 1;
    pthread_testcancel();
    return NULL;
}

/* Go's frames may not be unwound: what a thread holds would stay. It is
 * cancelled behind the call. */
static void a_thread_that_is_cancelled_ends_its_call(void) {
    struct seen s = {0};
    void *result = NULL;
    int before;

    s.ctx = new_ctx(0);
    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(s.ctx, see, (uintptr_t)&s, NULL));
    CHECK(pthread_create(&s.caller, NULL, wait_to_be_cancelled, &s) == 0);
    await_tick(&s);
    CHECK(pthread_cancel(s.caller) == 0);
    before = s.count;
    for (int waited = 0; waited < 1000 && s.count == before; waited += 5) {
        sleep_ms(5);
    }
    CHECK(s.count > before); /* it still waits */
    STATUS(RSTORE_OK, rstore_ctx_cancel(s.ctx, NULL));
    CHECK(pthread_join(s.caller, &result) == 0);
    CHECK(returned && result == PTHREAD_CANCELED);
    STATUS(RSTORE_CANCELLED, s.status);
    STATUS(RSTORE_OK, rstore_close(s.ctx));
}

void test_signals(void) {
    struct sigaction action = {.sa_handler = handle}, old;

    sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGUSR1, &action, &old) == 0);
    it_is_asked_soon_after_a_signal();
    a_signal_ends_a_call();
    it_pauses_in_a_storm();
    CHECK(sigaction(SIGUSR1, &old, NULL) == 0);
    a_thread_that_is_cancelled_ends_its_call();
}
