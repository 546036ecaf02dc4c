/* rstore_ctx_progress: the requests of the calls with a context. (While a call is
 * in flight: tests/embed/interrupt.) */
#include <string.h>

#include "misuse.h"

/* Checks how many requests there were, and whether one was answered. */
static void progress_is(const char *name, rstore_ctx ctx, uint64_t attempts, int answered) {
    rstore_progress progress = {0};

    STATUS_FOR(name, RSTORE_OK, rstore_ctx_progress(ctx, &progress, sizeof progress, NULL));
    CHECK_FOR(name, progress.owner != 0 && progress.attempts == attempts);
    CHECK_FOR(name, progress.request_id != NULL && progress.request_id_len == strlen(progress.request_id));
    CHECK_FOR(name, (progress.request_id_len != 0) == answered);
    STATUS_FOR(name, RSTORE_OK, rstore_close(progress.owner));
}

static int32_t head(rstore_store store, rstore_ctx ctx, const char *path, rstore_error *error) {
    return rstore_head(store, ctx, path, strlen(path), NULL, 0, NULL, 0, error);
}

static void nobody_is_asked(void) {
    rstore_ctx ctx = make(CONTEXT);

    progress_is("no call", ctx, 0, 0);
    STATUS(RSTORE_OK, head(good[STORE], ctx, "a", NULL));
    STATUS(RSTORE_NOT_FOUND, head(good[STORE], ctx, "none", NULL));
    progress_is("memory", ctx, 0, 0);
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_CLOSED, rstore_ctx_progress(ctx, &(rstore_progress){0}, sizeof(rstore_progress), NULL));
}

static void calls_are_summed(void) {
    rstore_ctx ctx = make(CONTEXT), other = make(CONTEXT);
    rstore_error error = 0;
    rstore_evidence evidence = {0};
    rstore_progress before = {0}, after = {0};
    rstore_reader reader = 0;
    uint64_t attempts = 3, all = 0;

    STATUS(RSTORE_OK, rstore_put(good[S3_STORE], ctx, RSTORE_STR("p"), "0123456789", 10, NULL, 0, NULL, 0, NULL));
    progress_is("put", ctx, 1, 1);
    STATUS(RSTORE_OK, head(good[S3_STORE], ctx, "p", NULL));
    progress_is("head", ctx, 2, 1);
    STATUS(RSTORE_OK, rstore_ctx_progress(ctx, &before, sizeof before, NULL));
    STATUS(RSTORE_OK, rstore_reader_start(good[S3_STORE], ctx, RSTORE_STR("p"), NULL, 0, buffer_out, 4, &filled_out,
                                          &all, &reader, NULL));
    STATUS(RSTORE_OK, rstore_reader_read(reader, other, buffer_out, 10, &filled_out, NULL)); /* the same answer */
    CHECK(filled_out == 6);
    STATUS(RSTORE_OK, rstore_close(reader));
    progress_is("reader_start", ctx, 3, 1);
    progress_is("another context", other, 0, 0);
    STATUS(RSTORE_OK, rstore_ctx_progress(ctx, &after, sizeof after, NULL));
    CHECK(strcmp(before.request_id, after.request_id) != 0); /* that of the last one */
    STATUS(RSTORE_OK, rstore_close(before.owner));
    STATUS(RSTORE_OK, rstore_close(after.owner));
    STATUS(RSTORE_NOT_FOUND, head(good[S3_STORE], ctx, "none", &error));
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    attempts += (uint64_t)evidence.attempts;
    STATUS(RSTORE_OK, rstore_close(error));
    progress_is("a call that failed", ctx, attempts, 1);
    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    STATUS(RSTORE_CANCELLED, head(good[S3_STORE], ctx, "p", NULL));
    progress_is("cancelled", ctx, attempts, 1);
    STATUS(RSTORE_OK, rstore_delete(good[S3_STORE], other, RSTORE_STR("p"), NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(other));
}

/* Nobody answers: each attempt counts, and there is no ID. */
static void attempts_without_an_answer(void) {
    rstore_store store = open_s3("http://127.0.0.1:1");
    rstore_ctx ctx = make(CONTEXT);

    STATUS(RSTORE_UNAVAILABLE, head(store, ctx, "a", NULL));
    progress_is("nobody answers", ctx, 3, 0);
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(store));
}

void test_progress(void) {
    nobody_is_asked();
    calls_are_summed();
    attempts_without_an_answer();
}
