/* What may be called inside the hook: everything. What is in use is BUSY. */
#include <string.h>

#include "interrupt.h"

/* Lets a call wait until its second tick; the first one acts. */
static void inside(const char *wait, void (*act)(struct ticks *)) {
    struct ticks ticks = {.end_after = 2, .act = act};
    rstore_ctx ctx = ticking(&ticks, 0);

    ticks.handle = begin_wait(wait_named(wait));
    STATUS_FOR(wait, RSTORE_CANCELLED, call_ticking(&ticks, wait_named(wait), ticks.handle, ctx, NULL));
    CHECK_FOR(wait, ticks.count == 2 && ticks.elsewhere == 0);
    end_wait(ticks.handle);
    STATUS_FOR(wait, RSTORE_OK, rstore_close(ctx));
}

static void use_another_store(struct ticks *ticks) {
    rstore_store memory = 0;
    rstore_object object = {0};
    rstore_error error = 0;
    rstore_writer writer = 0;

    (void)ticks;
    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &memory, NULL));
    STATUS(RSTORE_OK, rstore_writer_open(memory, 0, RSTORE_STR("a"), NULL, 0, &writer, NULL));
    STATUS(RSTORE_OK, rstore_writer_write(writer, 0, "inside", 6, NULL));
    STATUS(RSTORE_OK, rstore_writer_commit(writer, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(writer));
    STATUS(RSTORE_OK, rstore_get(memory, 0, RSTORE_STR("a"), NULL, 0, &object, sizeof object, NULL));
    CHECK(object.data_len == 6 && memcmp(object.data, "inside", 6) == 0);
    STATUS(RSTORE_OK, rstore_close(object.owner));
    STATUS(RSTORE_NOT_FOUND, rstore_delete(memory, 0, RSTORE_STR("b"), NULL, 0, &error));
    STATUS(RSTORE_OK, rstore_close(error));
    STATUS(RSTORE_OK, rstore_close(memory));
}

static void use_the_same_store(struct ticks *ticks) {
    rstore_object object = {0};

    (void)ticks;
    STATUS(RSTORE_OK, rstore_head(silent, 0, RSTORE_STR("known"), NULL, 0, &object, sizeof object, NULL));
    CHECK(object.size == KNOWN_SIZE);
    STATUS(RSTORE_OK, rstore_close(object.owner));
}

/* The context is in use, but serves any number of calls. */
static void use_the_same_context(struct ticks *ticks) { still_serve("the same context", ticks->ctx); }

/* A call that waits, with another context, and with a hook of its own. */
static void wait_in_it(struct ticks *outer) {
    struct ticks ticks = {.end_after = 2};
    rstore_ctx timed = new_ctx(100), ctx = ticking(&ticks, 0);
    int count = outer->count;

    STATUS(RSTORE_DEADLINE, wait_named("get")->call(0, timed, NULL));
    STATUS(RSTORE_CANCELLED, call_ticking(&ticks, wait_named("ping"), 0, ctx, NULL));
    CHECK(ticks.count == 2 && ticks.elsewhere == 0);
    CHECK(outer->count == count); /* one hook at a time: that of the innermost call */
    STATUS(RSTORE_OK, rstore_close(timed));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* A call with the same context, in its hook: the ticks are of the inner call
 * until that ends. */
static void wait_with_the_same_context(struct ticks *ticks) {
    ticks->end_after = 3; /* the first one is this one */
    STATUS(RSTORE_CANCELLED, wait_named("head")->call(0, ticks->ctx, NULL));
    CHECK(ticks->count == 3);
    ticks->end_after = 5;
}

static void use_the_list(struct ticks *ticks) {
    rstore_page page;
    rstore_error error = 0;
    rstore_evidence evidence = {0};

    STATUS(RSTORE_BUSY, rstore_list_next(ticks->handle, 0, &page, sizeof page, &error));
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK(evidence.status == RSTORE_BUSY && *evidence.message != '\0');
    STATUS(RSTORE_OK, rstore_close(error));
}

static void use_the_reader(struct ticks *ticks) {
    char buffer[4];
    size_t filled = 4711;

    STATUS(RSTORE_BUSY, rstore_reader_read(ticks->handle, 0, buffer, sizeof buffer, &filled, NULL));
    STATUS(RSTORE_BUSY, rstore_reader_read_at(ticks->handle, 0, 0, buffer, sizeof buffer, &filled, NULL));
    STATUS(RSTORE_BUSY, rstore_reader_seek(ticks->handle, 0, NULL));
    CHECK(filled == 4711);
}

static void use_the_writer(struct ticks *ticks) {
    rstore_object object = {0};

    STATUS(RSTORE_BUSY, rstore_writer_write(ticks->handle, 0, "x", 1, NULL));
    STATUS(RSTORE_BUSY, rstore_writer_commit(ticks->handle, 0, &object, sizeof object, NULL));
    STATUS(RSTORE_BUSY, rstore_writer_abort(ticks->handle, 0, NULL));
    CHECK(object.owner == 0);
}

/* It takes other parts meanwhile, but may not end. */
static void use_the_upload(struct ticks *ticks) {
    STATUS(RSTORE_OK, rstore_upload_part(ticks->handle, 0, 7, "x", 1, NULL));
    STATUS(RSTORE_BUSY, rstore_upload_commit(ticks->handle, 0, NULL, 0, NULL));
    STATUS(RSTORE_BUSY, rstore_upload_abort(ticks->handle, 0, NULL));
}

/* The call in flight goes on, and frees at its end. */
static void close_the_list(struct ticks *ticks) {
    STATUS(RSTORE_OK, rstore_close(ticks->handle));
    STATUS(RSTORE_CLOSED, rstore_close(ticks->handle));
    ticks->handle = 0;
}

/* The calls that begin later get the new hook. */
static void remove_the_hook(struct ticks *ticks) {
    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(ticks->ctx, NULL, 0, NULL));
}

/* Ends the call before its second tick, and the context. */
static void cancelled_inside(struct ticks *ticks) { STATUS(RSTORE_OK, rstore_ctx_cancel(ticks->ctx, NULL)); }

static void cancel_inside(void) {
    struct ticks ticks = {.act = cancelled_inside};
    rstore_ctx ctx = ticking(&ticks, 0);

    STATUS(RSTORE_CANCELLED, call_ticking(&ticks, wait_named("head"), 0, ctx, NULL));
    CHECK(ticks.count == 1);
    STATUS(RSTORE_CANCELLED, wait_named("head")->call(0, ctx, NULL));
    CHECK(ticks.count == 1);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void closed_inside(struct ticks *ticks) { STATUS(RSTORE_OK, rstore_close(ticks->ctx)); }

/* Which is not a cancel. */
static void close_the_context_inside(void) {
    struct ticks ticks = {.act = closed_inside, .end_after = 2};
    rstore_ctx ctx = ticking(&ticks, 0);

    STATUS(RSTORE_CANCELLED, call_ticking(&ticks, wait_named("head"), 0, ctx, NULL));
    CHECK(ticks.count == 2);
    STATUS(RSTORE_CLOSED, wait_named("head")->call(0, ctx, NULL));
}

static void hooks_in_hooks(void) {
    struct ticks ticks = {.act = wait_with_the_same_context};
    rstore_ctx ctx = ticking(&ticks, 0);

    STATUS(RSTORE_CANCELLED, call_ticking(&ticks, wait_named("head"), 0, ctx, NULL));
    CHECK(ticks.count == 5 && ticks.elsewhere == 0);
    STATUS(RSTORE_OK, rstore_close(ctx));
}

void test_inside(void) {
    inside("get", use_another_store);
    inside("get", use_the_same_store);
    inside("get", use_the_same_context);
    inside("get", wait_in_it);
    inside("get", remove_the_hook);
    inside("list_next", use_the_list);
    inside("reader_read", use_the_reader);
    inside("reader_read_at", use_the_reader);
    inside("writer_commit", use_the_writer);
    inside("writer_write", use_the_writer);
    inside("upload_part", use_the_upload);
    cancel_inside();
    close_the_context_inside();
    hooks_in_hooks();
    inside("list_next", close_the_list);
}
