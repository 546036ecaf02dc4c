/* Each call that can wait ends by the deadline, by a cancel from another
 * thread and by the hook; and what it used serves on. How long that took is
 * printed; the limits only tell it from waiting for the endpoint. */
#include <stdio.h>
#include <string.h>

#include "interrupt.h"

enum { SOON_MS = 30, LONGEST_MS = 1000 };

/* Returns how late the call ended. */

static double check_end(const char *name, int32_t want, int32_t got, rstore_error error, double ended_ms) {
    double late_ms = now_ms() - ended_ms;
    rstore_evidence evidence = {0};

    STATUS_FOR(name, want, got);
    CHECK_FOR(name, late_ms < LONGEST_MS);
    STATUS_FOR(name, RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK_FOR(name, evidence.status == want);
    if (stub_keeps && strcmp(name, "uploads_abort") != 0) { /* what stays */
        CHECK_FOR(name, evidence.upload_id != NULL && strcmp(evidence.upload_id, "id") == 0);
    }
    STATUS_FOR(name, RSTORE_OK, rstore_close(error));
    return late_ms;
}

static double by_deadline(const struct wait *wait) {
    rstore_ctx ctx = new_ctx(SOON_MS);
    rstore_handle handle = begin_wait(wait);
    rstore_error error = 0;
    double begun = now_ms();
    int32_t status = wait->call(handle, ctx, &error);
    double late_ms = check_end(wait->name, RSTORE_DEADLINE, status, error, begun + SOON_MS);

    CHECK_FOR(wait->name, now_ms() - begun >= SOON_MS - 5); /* it did wait */
    end_wait(handle);
    still_serve(wait->name, ctx); /* each call has its own deadline */
    STATUS_FOR(wait->name, RSTORE_OK, rstore_close(ctx));
    return late_ms;
}

struct canceller {
    rstore_ctx ctx;
    int32_t status;
    double at_ms;
};

static void *cancel_soon(void *argument) {
    struct canceller *canceller = argument;

    sleep_ms(SOON_MS);
    canceller->at_ms = now_ms();
    canceller->status = rstore_ctx_cancel(canceller->ctx, NULL);
    return NULL;
}

static double by_cancel(const struct wait *wait) {
    struct canceller canceller = {new_ctx(0), RSTORE_UNKNOWN, 0};
    rstore_handle handle = begin_wait(wait);
    rstore_error error = 0;
    pthread_t thread;
    int32_t status;
    double late_ms;

    CHECK(pthread_create(&thread, NULL, cancel_soon, &canceller) == 0);
    status = wait->call(handle, canceller.ctx, &error);
    CHECK(pthread_join(thread, NULL) == 0);
    STATUS(RSTORE_OK, canceller.status);
    late_ms = check_end(wait->name, RSTORE_CANCELLED, status, error, canceller.at_ms);
    end_wait(handle);
    still_serve(wait->name, 0);
    STATUS_FOR(wait->name, RSTORE_CANCELLED, rstore_ping(silent, canceller.ctx, NULL));
    STATUS_FOR(wait->name, RSTORE_OK, rstore_close(canceller.ctx));
    return late_ms;
}

/* *close_ms receives how long closing what the call used takes then. */
static double by_hook(const struct wait *wait, double *close_ms) {
    struct ticks ticks = {.end_after = 1};
    rstore_ctx ctx = ticking(&ticks, 0);
    rstore_handle handle = begin_wait(wait);
    rstore_error error = 0;
    int32_t status = call_ticking(&ticks, wait, handle, ctx, &error);
    double late_ms = check_end(wait->name, RSTORE_CANCELLED, status, error, ticks.last_ms);
    double closing;

    CHECK_FOR(wait->name, ticks.count == 1 && ticks.elsewhere == 0);
    closing = now_ms();
    end_wait(handle);
    *close_ms = now_ms() - closing;
    CHECK_FOR(wait->name, *close_ms < LONGEST_MS);
    still_serve(wait->name, ctx);
    STATUS_FOR(wait->name, RSTORE_OK, rstore_close(ctx));
    return late_ms;
}

/* What was interrupted goes on, if it is no writer. */
static void a_list_goes_on(void) {
    rstore_list list = begin_wait(wait_named("list_next"));
    rstore_ctx ctx = new_ctx(SOON_MS);
    int i;

    for (i = 0; i < 3; i++) {
        STATUS(RSTORE_DEADLINE, wait_named("list_next")->call(list, ctx, NULL));
    }
    end_wait(list);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* A reader keeps what it has: here, from the beginning again. */
static void a_reader_goes_on(void) {
    rstore_reader reader = begin_wait(wait_named("reader_read"));
    rstore_ctx ctx = new_ctx(SOON_MS);

    STATUS(RSTORE_DEADLINE, wait_named("reader_read")->call(reader, ctx, NULL));
    STATUS(RSTORE_DEADLINE, wait_named("reader_read")->call(reader, ctx, NULL));
    STATUS(RSTORE_OK, rstore_reader_seek(reader, KNOWN_SIZE, NULL));
    {
        char byte;
        size_t filled = 4711;

        STATUS(RSTORE_OK, rstore_reader_read(reader, 0, &byte, 1, &filled, NULL));
        CHECK(filled == 0);
    }
    end_wait(reader);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* What came before the end is handed out, and the next read meets the end. */
static void bytes_before_the_end_are_kept(void) {
    rstore_reader reader = 0;
    rstore_ctx ctx = new_ctx(200);
    char buffer[2 * KNOWN_SENT];
    size_t filled = 0;

    STATUS(RSTORE_OK, rstore_reader_open(silent, 0, RSTORE_STR("known"), NULL, 0, &reader, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_reader_read(reader, ctx, buffer, sizeof buffer, &filled, NULL));
    CHECK(filled == KNOWN_SENT && buffer[0] == 'k' && buffer[filled - 1] == 'k');
    STATUS(RSTORE_DEADLINE, rstore_reader_read(reader, ctx, buffer, sizeof buffer, &filled, NULL));
    CHECK(filled == KNOWN_SENT);
    STATUS(RSTORE_OK, rstore_close(reader));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* It fails at once, but then aborts. That what it writes would fit into the
 * buffer makes no difference. */
static void a_writer_of_a_closed_store(void) {
    struct ticks ticks = {.end_after = 1, .caller = pthread_self(), .calling = 1};
    rstore_ctx ctx = ticking(&ticks, 0);
    rstore_writer writer = begin_writer_of_a_closed_store();
    rstore_error error = 0;
    int32_t status = rstore_writer_write(writer, ctx, "x", 1, &error);

    check_end("a writer of a closed store", RSTORE_CLOSED, status, error, ticks.last_ms);
    CHECK(ticks.count == 1 && ticks.elsewhere == 0);
    end_wait(writer);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

void test_ends(void) {
    size_t i;

    for (i = 0; i < waits_count; i++) {
        double deadline = by_deadline(&waits[i]), cancel = by_cancel(&waits[i]), closing = 0;
        double hook = by_hook(&waits[i], &closing);

        printf("%-26s ended %5.1f ms after the deadline, %5.1f after a cancel, %5.1f after the hook; closed in %4.1f\n",
               waits[i].name, deadline, cancel, hook, closing);
    }
    a_list_goes_on();
    a_reader_goes_on();
    bytes_before_the_end_are_kept();
    a_writer_of_a_closed_store();
}
