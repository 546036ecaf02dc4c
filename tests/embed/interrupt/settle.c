/* What calls that ended leave to be cleaned up: a close does not wait for it,
 * rstore_settle does. */
#include <stdio.h>

#include "interrupt.h"

enum { LONGEST_MS = 1000 };

static double since(double begun) { return now_ms() - begun; }

/* The same as after a Ctrl-C: the write ends, then the writer is closed. */
static void leave_a_writer(void) {
    rstore_ctx ctx = new_ctx(30);
    rstore_writer writer = begin_wait(wait_named("writer_abort")); /* its endpoint answers no abort */
    double begun;

    STATUS(RSTORE_DEADLINE, wait_named("writer_commit")->call(writer, ctx, NULL));
    begun = now_ms();
    STATUS(RSTORE_OK, rstore_close(writer));
    CHECK(since(begun) < LONGEST_MS);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* Nobody has ended these: closing does. */
static void close_what_is_open(const char *name) {
    rstore_handle handle = begin_wait(wait_named(name));
    double begun = now_ms();

    STATUS_FOR(name, RSTORE_OK, rstore_close(handle));
    printf("%-26s closed in %.1f ms while it is open\n", name, since(begun));
    CHECK_FOR(name, since(begun) < LONGEST_MS);
}

static uint64_t cleanups(void) {
    rstore_stats_record stats = {0};

    STATUS(RSTORE_OK, rstore_stats(&stats, sizeof stats));
    return stats.cleanups;
}

static void settling_can_be_ended(void) {
    struct ticks ticks = {.end_after = 2};
    rstore_ctx timed = new_ctx(100), hooked = ticking(&ticks, 0), cancelled = new_ctx(0);
    rstore_error error = 0;
    rstore_evidence evidence = {0};

    STATUS(RSTORE_DEADLINE, rstore_settle(timed, NULL));
    ticks.caller = pthread_self();
    ticks.calling = 1;
    STATUS(RSTORE_CANCELLED, rstore_settle(hooked, &error));
    ticks.calling = 0;
    CHECK(ticks.count == 2 && ticks.elsewhere == 0);
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK(evidence.status == RSTORE_CANCELLED && *evidence.message != '\0');
    STATUS(RSTORE_OK, rstore_close(error));
    STATUS(RSTORE_OK, rstore_ctx_cancel(cancelled, NULL));
    STATUS(RSTORE_CANCELLED, rstore_settle(cancelled, NULL));
    STATUS(RSTORE_OK, rstore_close(timed));
    STATUS(RSTORE_OK, rstore_close(hooked));
    STATUS(RSTORE_OK, rstore_close(cancelled));
}

void test_settle(void) {
    double begun;

    leave_a_writer();
    close_what_is_open("writer_abort");
    close_what_is_open("upload_abort");
    CHECK(cleanups() >= 3);
    settling_can_be_ended();
    stub_keeps = 0;
    begun = now_ms();
    STATUS(RSTORE_OK, rstore_settle(0, NULL));
    printf("settled in %.0f ms with a silent endpoint\n", since(begun));
    begun = now_ms();
    STATUS(RSTORE_OK, rstore_settle(0, NULL)); /* there is nothing any more */
    CHECK(since(begun) < LONGEST_MS);
    CHECK(cleanups() == 0);
    STATUS(RSTORE_BAD_HANDLE, rstore_settle(4711, NULL));
}
