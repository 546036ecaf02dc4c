/* What other threads may do to a handle while a call on it waits: one of a
 * reader, a writer and a list is BUSY; a close lets the call finish. */
#include "interrupt.h"

struct waiter {
    struct ticks ticks;
    const struct wait *wait;
    rstore_handle handle;
    rstore_ctx ctx;
    pthread_t thread;
    int32_t status;
};

static void *wait_for_it(void *argument) {
    struct waiter *w = argument;

    w->status = call_ticking(&w->ticks, w->wait, w->handle, w->ctx, NULL);
    return NULL;
}

/* Returns when the call waits: its hook has been called. */
static void start(struct waiter *w, const char *name) {
    *w = (struct waiter){.wait = wait_named(name)};
    w->ctx = ticking(&w->ticks, 0);
    w->handle = begin_wait(w->wait);
    CHECK(pthread_create(&w->thread, NULL, wait_for_it, w) == 0);
    while (w->ticks.count == 0) {
        sleep_ms(5);
    }
}

static void stop(struct waiter *w) {
    STATUS(RSTORE_OK, rstore_ctx_cancel(w->ctx, NULL));
    CHECK(pthread_join(w->thread, NULL) == 0);
    STATUS_FOR(w->wait->name, RSTORE_CANCELLED, w->status);
    CHECK(w->ticks.elsewhere == 0);
    STATUS(RSTORE_OK, rstore_close(w->ctx));
}

static void a_second_call_is_busy(void) {
    struct waiter list, reader, writer;
    rstore_page page;
    char byte;
    size_t filled;

    start(&list, "list_next");
    start(&reader, "reader_read");
    start(&writer, "writer_commit");
    STATUS(RSTORE_BUSY, rstore_list_next(list.handle, 0, &page, sizeof page, NULL));
    STATUS(RSTORE_BUSY, rstore_reader_read(reader.handle, 0, &byte, 1, &filled, NULL));
    STATUS(RSTORE_BUSY, rstore_reader_read_at(reader.handle, 0, 0, &byte, 1, &filled, NULL));
    STATUS(RSTORE_BUSY, rstore_reader_seek(reader.handle, 0, NULL));
    STATUS(RSTORE_BUSY, rstore_writer_write(writer.handle, 0, "x", 1, NULL));
    STATUS(RSTORE_BUSY, rstore_writer_abort(writer.handle, 0, NULL));
    stop(&list);
    stop(&reader);
    stop(&writer);
    STATUS(RSTORE_OK, rstore_reader_seek(reader.handle, 0, NULL)); /* free again */
    end_wait(list.handle);
    end_wait(reader.handle);
    end_wait(writer.handle);
}

/* An upload takes parts from all threads at once, and ends when none does. */
static void an_upload_serves_many(void) {
    struct waiter upload;
    rstore_ctx soon = new_ctx(50);

    start(&upload, "upload_part");
    STATUS(RSTORE_DEADLINE, rstore_upload_part(upload.handle, soon, 2, "x", 1, NULL));
    STATUS(RSTORE_BUSY, rstore_upload_commit(upload.handle, 0, NULL, 0, NULL));
    STATUS(RSTORE_BUSY, rstore_upload_abort(upload.handle, 0, NULL));
    stop(&upload);
    STATUS(RSTORE_OK, rstore_upload_abort(upload.handle, 0, NULL));
    end_wait(upload.handle);
    STATUS(RSTORE_OK, rstore_close(soon));
}

/* The call that waits keeps what it uses; nobody else can use it. */
static void a_close_lets_the_call_finish(void) {
    static const char *const names[] = {"list_next", "reader_read", "writer_commit", "upload_part"};
    struct waiter w;
    size_t i;

    for (i = 0; i < COUNT(names); i++) {
        int before;

        start(&w, names[i]);
        STATUS_FOR(names[i], RSTORE_OK, rstore_close(w.handle));
        STATUS_FOR(names[i], RSTORE_CLOSED, rstore_close(w.handle));
        before = w.ticks.count;
        while (w.ticks.count == before) { /* it still waits */
            sleep_ms(5);
        }
        STATUS_FOR(names[i], RSTORE_CLOSED, w.wait->call(w.handle, 0, NULL));
        stop(&w);
    }
}

static void a_close_of_the_context_is_no_cancel(void) {
    struct waiter w;
    int before;

    start(&w, "head");
    STATUS(RSTORE_OK, rstore_close(w.ctx));
    STATUS(RSTORE_CLOSED, rstore_ctx_cancel(w.ctx, NULL));
    before = w.ticks.count;
    while (w.ticks.count == before) {
        sleep_ms(5);
    }
    w.ticks.end_after = w.ticks.count + 2;
    CHECK(pthread_join(w.thread, NULL) == 0);
    STATUS(RSTORE_CANCELLED, w.status);
}

void test_others(void) {
    a_second_call_is_busy();
    an_upload_serves_many();
    a_close_lets_the_call_finish();
    a_close_of_the_context_is_no_cancel();
}
