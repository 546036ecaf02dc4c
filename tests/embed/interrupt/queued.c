/* Each call that can wait, submitted to a queue: what ends it, and that nothing of
 * its memory is touched behind its event. */
#include <stdio.h>
#include <string.h>

#include "interrupt.h"

enum { SOON_MS = 30, LONGEST_MS = 1000, USER_DATA = 17 };

static rstore_queue new_queue(void) {
    rstore_queue queue = 0;

    STATUS(RSTORE_OK, rstore_queue_new(&queue, NULL, NULL));
    return queue;
}

static rstore_ctx queued(rstore_queue queue, uint64_t timeout_ms) {
    rstore_ctx ctx = new_ctx(timeout_ms);

    STATUS(RSTORE_OK, rstore_ctx_submit(ctx, queue, USER_DATA, NULL));
    return ctx;
}

/* Whether an event comes in that time. */
static int event_comes(rstore_queue queue, int64_t timeout_ms, rstore_event *event) {
    size_t count = 0;

    STATUS(RSTORE_OK, rstore_queue_wait(queue, timeout_ms, event, sizeof *event, 1, &count, NULL));
    return count == 1;
}

/* Checks the one event of a call. Its memory is spoilt then. */
static void check_event(const char *name, rstore_queue queue, int32_t want, rstore_error *error) {
    rstore_event event = {0, 0, 0};
    rstore_evidence evidence = {0};
    double begun = now_ms();

    CHECK_FOR(name, event_comes(queue, 10 * LONGEST_MS, &event));
    CHECK_FOR(name, now_ms() - begun < LONGEST_MS);
    CHECK_FOR(name, event.kind == RSTORE_EVENT_DONE && event.user_data == USER_DATA);
    STATUS_FOR(name, want, event.status);
    spoil_outs();
    STATUS_FOR(name, RSTORE_OK, rstore_error_evidence(*error, &evidence, sizeof evidence));
    CHECK_FOR(name, evidence.status == want);
    STATUS_FOR(name, RSTORE_OK, rstore_close(*error));
}

static void by_cancel(const struct wait *wait, rstore_queue queue) {
    rstore_ctx ctx = queued(queue, 0);
    rstore_handle handle = begin_wait(wait);
    rstore_error error = 4711;
    rstore_event event;

    STATUS_FOR(wait->name, RSTORE_PENDING, wait->call(handle, ctx, &error));
    CHECK_FOR(wait->name, !event_comes(queue, SOON_MS, &event)); /* it does wait */
    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    check_event(wait->name, queue, RSTORE_CANCELLED, &error);
    end_wait(handle);
    still_serve(wait->name, 0);
    CHECK_FOR(wait->name, outs_are_spoilt() && !event_comes(queue, 0, &event));
    STATUS_FOR(wait->name, RSTORE_OK, rstore_close(ctx));
}

/* Also when its handles are closed: they were in use. */
static void by_deadline(const struct wait *wait, rstore_queue queue) {
    rstore_ctx ctx = queued(queue, SOON_MS);
    rstore_handle handle = begin_wait(wait);
    rstore_error error = 4711;
    rstore_event event;

    STATUS_FOR(wait->name, RSTORE_PENDING, wait->call(handle, ctx, &error));
    STATUS_FOR(wait->name, RSTORE_OK, rstore_close(ctx));
    if (handle != 0) {
        STATUS_FOR(wait->name, RSTORE_OK, rstore_close(handle));
    }
    check_event(wait->name, queue, RSTORE_DEADLINE, &error);
    end_wait(0);
    still_serve(wait->name, 0);
    CHECK_FOR(wait->name, outs_are_spoilt() && !event_comes(queue, 0, &event));
}

/* All of them at once, and their queue is closed. Of writers there is only room for
 * one: they have begun to write. */
static void by_closing(void) {
    static rstore_handle handles[64];
    static rstore_error errors[64];
    static int pending[64];
    rstore_queue queue = new_queue();
    rstore_ctx ctx = queued(queue, 0);
    size_t ended = 0, i;
    double begun;

    CHECK(waits_count <= COUNT(handles));
    for (i = 0; i < waits_count; i++) {
        if (strncmp(waits[i].name, "writer", 6) != 0 || strcmp(waits[i].name, "writer_write") == 0) {
            handles[i] = begin_wait(&waits[i]);
            STATUS_FOR(waits[i].name, RSTORE_PENDING, waits[i].call(handles[i], ctx, &errors[i]));
            pending[i] = 1;
        }
        stub_keeps = 0;
    }
    sleep_ms(SOON_MS);
    begun = now_ms();
    STATUS(RSTORE_OK, rstore_close(queue));
    printf("%-26s closed in %4.1f ms\n", "a queue of all of them", now_ms() - begun);
    CHECK(now_ms() - begun < LONGEST_MS);
    spoil_outs();
    for (i = 0; i < waits_count; i++) {
        if (pending[i]) {
            if (errors[i] != 0) { /* some aborts had an answer */
                STATUS_FOR(waits[i].name, RSTORE_CLOSED, rstore_close(errors[i])); /* with its event */
                ended++;
            }
            end_wait(handles[i]);
        }
    }
    sleep_ms(SOON_MS);
    CHECK(outs_are_spoilt() && ended > 30);
    STATUS(RSTORE_CLOSED, rstore_head(silent, ctx, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_ctx_submit(ctx, 0, 0, NULL));
    STATUS(RSTORE_CANCELLED, rstore_head(silent, ctx, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void busy_until_the_event(void) {
    static const char *const names[] = {"reader_read", "list_next", "writer_write"};
    rstore_queue queue = new_queue();
    size_t i;

    for (i = 0; i < COUNT(names); i++) {
        const struct wait *wait = wait_named(names[i]);
        rstore_ctx ctx = queued(queue, 0);
        rstore_handle handle = begin_wait(wait);
        rstore_error error = 0, refusal = 0;
        rstore_event event;

        STATUS_FOR(wait->name, RSTORE_PENDING, wait->call(handle, ctx, &error));
        STATUS_FOR(wait->name, RSTORE_BUSY, wait->call(handle, ctx, &refusal));
        STATUS_FOR(wait->name, RSTORE_OK, rstore_close(refusal));
        STATUS_FOR(wait->name, RSTORE_BUSY, wait->call(handle, 0, NULL));
        CHECK_FOR(wait->name, !event_comes(queue, 0, &event)); /* none for what was refused */
        STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
        check_event(wait->name, queue, RSTORE_CANCELLED, &error);
        CHECK_FOR(wait->name, wait->call(handle, ctx, NULL) != RSTORE_BUSY);
        if (event_comes(queue, LONGEST_MS, &event)) {
            CHECK_FOR(wait->name, event.status == RSTORE_CANCELLED || event.status == RSTORE_CLOSED);
        }
        end_wait(handle);
        STATUS(RSTORE_OK, rstore_close(ctx));
    }
    STATUS(RSTORE_OK, rstore_close(queue));
}

/* A store that is shut down, and closed, under calls that go on. */
static void its_store_is_closed(void) {
    rstore_queue queue = new_queue();
    rstore_ctx ctx = queued(queue, 0);
    rstore_store store = open_fed();
    rstore_error error = 0;

    STATUS(RSTORE_OK, push(store, 0, NULL));
    STATUS(RSTORE_PENDING, rstore_head(store, ctx, RSTORE_STR("a"), NULL, 0, NULL, 0, &error));
    STATUS(RSTORE_OK, rstore_close(store));
    sleep_ms(SOON_MS);
    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    check_event("its store is closed", queue, RSTORE_CANCELLED, &error);
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(queue));
}

static int32_t must_not_be_called(uintptr_t user_data, int32_t reason) {
    (void)reason;
    ++*(int *)user_data;
    return 1;
}

static void hooks_are_not_called(void) {
    rstore_queue queue = new_queue();
    rstore_ctx ctx = queued(queue, 200);
    rstore_error error = 0;
    int called = 0;

    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(ctx, must_not_be_called, (uintptr_t)&called, NULL));
    STATUS(RSTORE_PENDING, wait_named("get")->call(0, ctx, &error));
    check_event("hooks are not called", queue, RSTORE_DEADLINE, &error);
    CHECK(called == 0);
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(queue));
}

void test_queued(void) {
    rstore_queue queue = new_queue();
    size_t i;

    for (i = 0; i < waits_count; i++) {
        by_cancel(&waits[i], queue);
        by_deadline(&waits[i], queue);
    }
    STATUS(RSTORE_OK, rstore_close(queue));
    by_closing();
    busy_until_the_event();
    its_store_is_closed();
    hooks_are_not_called();
}

/* ---- Credentials ----------------------------------------------------------------- */

enum { CALLS = 8 };

static void check_ask(rstore_queue queue) {
    rstore_event event = {0, 0, 0};

    CHECK(event_comes(queue, LONGEST_MS, &event));
    CHECK(event.kind == RSTORE_EVENT_CREDENTIALS && event.user_data == USER_DATA && event.status == RSTORE_PENDING);
}

static void check_all(rstore_queue queue, size_t calls, int32_t want) {
    rstore_event event = {0, 0, 0};

    for (; calls > 0; calls--) {
        CHECK(event_comes(queue, LONGEST_MS, &event));
        CHECK(event.kind == RSTORE_EVENT_DONE && event.user_data == USER_DATA);
        STATUS(want, event.status);
    }
    CHECK(!event_comes(queue, SOON_MS, &event));
}

/* Of many calls, one asks. */
static void pushed(void) {
    rstore_store store = open_fed();
    rstore_queue queue = new_queue();
    rstore_ctx ctx = queued(queue, 0);
    int i;

    for (i = 0; i < CALLS; i++) {
        STATUS(RSTORE_PENDING, head_known(store, ctx));
    }
    check_ask(queue);
    {
        rstore_event event;

        CHECK(!event_comes(queue, 3 * SOON_MS, &event)); /* they wait */
    }
    STATUS(RSTORE_OK, push(store, 0, NULL));
    check_all(queue, CALLS, RSTORE_OK);
    STATUS(RSTORE_OK, rstore_credentials_none(store, NULL)); /* which nobody waits for */
    STATUS(RSTORE_PENDING, head_known(store, ctx));
    check_all(queue, 1, RSTORE_OK);
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(queue));
    STATUS(RSTORE_OK, rstore_close(store));
}

static void there_are_none(void) {
    rstore_store store = open_fed();
    rstore_queue queue = new_queue();
    rstore_ctx ctx = queued(queue, 0);
    int i;

    for (i = 0; i < CALLS; i++) {
        STATUS(RSTORE_PENDING, head_known(store, ctx));
    }
    check_ask(queue);
    sleep_ms(SOON_MS); /* for all of them to wait */
    STATUS(RSTORE_OK, rstore_credentials_none(store, NULL));
    check_all(queue, CALLS, RSTORE_UNAUTHENTICATED);
    STATUS(RSTORE_NOT_SUPPORTED, rstore_credentials_none(silent, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(queue));
    STATUS(RSTORE_OK, rstore_close(store));
}

/* The one that asked is over: another one asks. */
static void nobody_answers(void) {
    rstore_store store = open_fed();
    rstore_queue queue = new_queue();
    rstore_ctx ctx = queued(queue, 0), soon = queued(queue, 2 * SOON_MS);
    rstore_event event = {0, 0, 0};

    STATUS(RSTORE_PENDING, head_known(store, soon));
    check_ask(queue);
    STATUS(RSTORE_PENDING, head_known(store, ctx));
    CHECK(event_comes(queue, LONGEST_MS, &event));
    if (event.kind == RSTORE_EVENT_DONE) { /* either may be the first */
        STATUS(RSTORE_DEADLINE, event.status);
        check_ask(queue);
    } else {
        CHECK(event.kind == RSTORE_EVENT_CREDENTIALS);
        check_all(queue, 1, RSTORE_DEADLINE);
    }
    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    check_all(queue, 1, RSTORE_CANCELLED);
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(soon));
    STATUS(RSTORE_OK, rstore_close(queue));
    STATUS(RSTORE_OK, rstore_close(store));
}

void test_queued_credentials(void) {
    pushed();
    there_are_none();
    nobody_answers();
}
