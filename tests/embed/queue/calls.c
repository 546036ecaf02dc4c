/* What calls through a queue answer at once, and what with their event. (That all of
 * them do what they should, tests/conformance/c tests.) */
#include <string.h>

#include "queue.h"

/* Nothing of a refused call goes on. */
static void wrong_arguments(const struct place *place) {
    struct queued queued = new_queued();
    rstore_args args = {.flags = 1u << 31};
    rstore_error error = 0;
    char buffer[1];
    size_t filled;

    STATUS(RSTORE_BAD_HANDLE, rstore_ping(1, queued.ctx, &error));
    STATUS(RSTORE_OK, rstore_close(error));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_head(place->store, queued.ctx, RSTORE_STR("a"), &args, sizeof args, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_get_into(place->store, queued.ctx, RSTORE_STR("a"), NULL, 0, buffer, 1, NULL,
                                                    NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_get_into(place->store, queued.ctx, RSTORE_STR("a"), NULL, 0, NULL, 1, &filled,
                                                    NULL));
    CHECK(!readable(queued.fd, 20));
    close_queued(&queued);
}

static void an_error_and_its_evidence(const struct place *place) {
    struct queued queued = new_queued();
    rstore_evidence evidence = {0};
    rstore_error error = 4711;
    int32_t status = rstore_head(place->store, queued.ctx, RSTORE_STR("nothing"), NULL, 0, NULL, 0, &error);

    STATUS_FOR(place->name, RSTORE_NOT_FOUND, status_of(&queued, status));
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK(evidence.status == RSTORE_NOT_FOUND && strcmp(evidence.path, "nothing") == 0);
    STATUS(RSTORE_OK, rstore_close(error));
    error = 4711;
    status = rstore_head(place->store, queued.ctx, RSTORE_STR("known"), NULL, 0, NULL, 0, &error);
    CHECK(error == 0 || status == RSTORE_PENDING);
    STATUS_FOR(place->name, RSTORE_OK, status_of(&queued, status));
    CHECK(error == 0);
    close_queued(&queued);
}

/* What has nothing to wait for is over at once: a piece that fits into the buffer of
 * a writer to S3, a cleanup of nothing. */
static void at_once(const struct place *place) {
    static const rstore_args overwrite = {.flags = RSTORE_OVERWRITE};
    struct queued queued = new_queued();
    rstore_writer writer = 0;
    int32_t status;

    STATUS(RSTORE_OK, rstore_settle(queued.ctx, NULL));
    status = rstore_writer_open(place->store, queued.ctx, RSTORE_STR("storm/written"), &overwrite, sizeof overwrite,
                                &writer, NULL);
    STATUS_FOR(place->name, RSTORE_OK, status_of(&queued, status));
    status = rstore_writer_write(writer, queued.ctx, "hello", 5, NULL); /* waits for the memory of the first part */
    STATUS_FOR(place->name, RSTORE_OK, status_of(&queued, status));
    status = rstore_writer_write(writer, queued.ctx, "hello", 5, NULL);
    CHECK_FOR(place->name, status == (strcmp(place->name, "local") == 0 ? RSTORE_PENDING : RSTORE_OK));
    STATUS_FOR(place->name, RSTORE_OK, status_of(&queued, status));
    STATUS_FOR(place->name, RSTORE_OK, status_of(&queued, rstore_writer_commit(writer, queued.ctx, NULL, 0, NULL)));
    STATUS(RSTORE_OK, rstore_close(writer));
    close_queued(&queued);
}

/* A listing to its end, which has no error handle. */
static void the_end(const struct place *place) {
    struct queued queued = new_queued();
    rstore_error error = 4711;
    rstore_list list = 0;
    rstore_page page;
    int32_t status;
    size_t seen = 0;

    STATUS(RSTORE_OK, rstore_list_open(place->store, NULL, 0, NULL, 0, &list, NULL));
    while ((status = status_of(&queued, rstore_list_next(list, queued.ctx, &page, sizeof page, &error))) == RSTORE_OK) {
        seen += page.count;
        STATUS(RSTORE_OK, rstore_close(page.owner));
    }
    STATUS_FOR(place->name, RSTORE_END, status);
    CHECK(seen > 0 && error == 0);
    STATUS(RSTORE_OK, rstore_close(list));
    close_queued(&queued);
}

/* With its event, the reader is free for the next call. */
static void free_with_the_event(const struct place *place) {
    struct queued queued = new_queued();
    rstore_reader reader = 0;
    char buffer[16];
    size_t filled, count;
    int i;

    STATUS(RSTORE_OK, rstore_reader_open(place->store, 0, RSTORE_STR("known"), NULL, 0, &reader, NULL, 0, NULL));
    for (i = 0; i < (strcmp(place->name, "local") == 0 ? 5000 : 100); i++) {
        int32_t status = rstore_reader_read_at(reader, queued.ctx, 0, buffer, sizeof buffer, &filled, NULL);
        rstore_event event = {0, 0, status};

        CHECK_FOR(place->name, status == (place->waits ? RSTORE_PENDING : RSTORE_OK));
        for (count = 0; status == RSTORE_PENDING && count == 0;) { /* as soon as it is there */
            STATUS(RSTORE_OK, rstore_queue_wait(queued.queue, 0, &event, sizeof event, 1, &count, NULL));
        }
        STATUS(RSTORE_OK, event.status);
    }
    STATUS(RSTORE_OK, rstore_close(reader));
    close_queued(&queued);
}

static void over_before_it_begins(const struct place *place) {
    struct queued queued = new_queued();

    STATUS(RSTORE_OK, rstore_ctx_cancel(queued.ctx, NULL));
    STATUS_FOR(place->name, RSTORE_CANCELLED,
               status_of(&queued, rstore_head(place->store, queued.ctx, RSTORE_STR("known"), NULL, 0, NULL, 0, NULL)));
    close_queued(&queued);
}

void test_calls(const struct place *place) {
    wrong_arguments(place);
    an_error_and_its_evidence(place);
    at_once(place);
    the_end(place);
    free_with_the_event(place);
    over_before_it_begins(place);
}
