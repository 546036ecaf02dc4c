/* Multipart uploads, and writers that send in parts: numbers of parts, use
 * after the end, and that nothing is left, or the error names what is. */
#include <stdlib.h>
#include <string.h>

#include "misuse.h"

enum { PART = 5 << 20 };

static size_t count_uploads(void) {
    rstore_list list = 0;
    size_t count = 0;
    int32_t status;

    STATUS(RSTORE_OK, rstore_settle(0, NULL)); /* what was cancelled or closed may abort behind */
    STATUS(RSTORE_OK, rstore_uploads_open(good[S3_STORE], NULL, 0, NULL, 0, &list, NULL));
    while ((status = rstore_list_next(list, 0, &page_out, sizeof page_out, NULL)) == RSTORE_OK) {
        size_t i;

        for (i = 0; i < page_out.count; i++) {
            CHECK(RSTORE_PAGE_OBJECT(page_out, i)->kind == RSTORE_KIND_UPLOAD);
            CHECK(RSTORE_PAGE_OBJECT(page_out, i)->upload_id_len != 0);
        }
        count += page_out.count;
        STATUS(RSTORE_OK, rstore_close(page_out.owner));
    }
    STATUS(RSTORE_END, status);
    STATUS(RSTORE_OK, rstore_close(list));
    return count;
}

static rstore_upload begin(uint32_t flags) {
    rstore_args args = {.flags = flags};
    rstore_upload upload = 0;

    STATUS(RSTORE_OK, rstore_upload_open(good[S3_STORE], 0, RSTORE_STR("up"), &args, sizeof args, &upload, NULL));
    return upload;
}

static void only_s3_has_them(void) {
    rstore_error error = 0;
    rstore_evidence evidence = {0};

    STATUS(RSTORE_NOT_SUPPORTED, rstore_upload_open(good[STORE], 0, RSTORE_STR("u"), NULL, 0, &handle_out, &error));
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK(evidence.capability != NULL && *evidence.capability != '\0');
    STATUS(RSTORE_OK, rstore_close(error));
    STATUS(RSTORE_NOT_SUPPORTED, rstore_uploads_open(good[STORE], NULL, 0, NULL, 0, &handle_out, NULL));
    STATUS(RSTORE_NOT_SUPPORTED,
           rstore_uploads_abort(good[STORE], 0, RSTORE_STR("u"), NULL, 0, RSTORE_STR("id"), NULL));
}

static void part_numbers(void) {
    static const uint32_t wrong[] = {0, 10001, 65537, INT32_MAX, UINT32_C(1) << 31, UINT32_MAX};
    rstore_upload upload = begin(0);
    rstore_error error;
    size_t i;

    for (i = 0; i < COUNT(wrong); i++) {
        error = 0;
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_upload_part(upload, 0, wrong[i], "x", 1, &error));
        check_no_secret(error, "the number of a part");
    }
    STATUS(RSTORE_OK, rstore_upload_part(upload, 0, 10000, "x", 1, NULL));
    STATUS(RSTORE_OK, rstore_upload_part(upload, 0, 10000, "y", 1, NULL));
    STATUS(RSTORE_OK, rstore_upload_commit(upload, 0, &object_out, sizeof object_out, NULL));
    CHECK(object_out.size == 1);
    STATUS(RSTORE_OK, rstore_close(object_out.owner));
    STATUS(RSTORE_OK, rstore_close(upload));
    STATUS(RSTORE_OK, rstore_get(good[S3_STORE], 0, RSTORE_STR("up"), NULL, 0, &object_out, sizeof object_out, NULL));
    CHECK(object_out.data_len == 1 && *(const char *)object_out.data == 'y');
    STATUS(RSTORE_OK, rstore_close(object_out.owner));
}

static void it_is_over(rstore_upload upload) {
    STATUS(RSTORE_CLOSED, rstore_upload_part(upload, 0, 1, "x", 1, NULL));
    STATUS(RSTORE_CLOSED, rstore_upload_commit(upload, 0, &object_out, sizeof object_out, NULL));
    STATUS(RSTORE_OK, rstore_upload_abort(upload, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(upload));
    STATUS(RSTORE_CLOSED, rstore_upload_abort(upload, 0, NULL));
    STATUS(RSTORE_CLOSED, rstore_close(upload));
}

/* "up" exists by now. */
static void ends_of_an_upload(void) {
    rstore_upload upload = begin(RSTORE_OVERWRITE);
    rstore_ctx ctx = make(CONTEXT);

    STATUS(RSTORE_OK, rstore_upload_part(upload, 0, 1, "x", 1, NULL));
    STATUS(RSTORE_OK, rstore_upload_commit(upload, 0, NULL, 0, NULL));
    it_is_over(upload);
    upload = begin(0);
    STATUS(RSTORE_OK, rstore_upload_part(upload, 0, 1, "x", 1, NULL));
    STATUS(RSTORE_OK, rstore_upload_abort(upload, 0, NULL));
    it_is_over(upload);
    upload = begin(0);
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_upload_commit(upload, 0, NULL, 0, NULL)); /* without a part */
    it_is_over(upload);
    upload = begin(0);
    STATUS(RSTORE_OK, rstore_upload_part(upload, 0, 1, "x", 1, NULL));
    STATUS(RSTORE_ALREADY_EXISTS, rstore_upload_commit(upload, 0, NULL, 0, NULL));
    it_is_over(upload);
    upload = begin(RSTORE_OVERWRITE);
    STATUS(RSTORE_OK, rstore_upload_part(upload, 0, 1, "x", 1, NULL));
    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    STATUS(RSTORE_CANCELLED, rstore_upload_commit(upload, ctx, NULL, 0, NULL));
    CHECK(count_uploads() == 1);
    it_is_over(upload);
    STATUS(RSTORE_OK, rstore_close(ctx));
    STATUS(RSTORE_OK, rstore_close(begin(0)));
    CHECK(count_uploads() == 1); /* good[UPLOAD] */
}

/* Without an id it would be the request that deletes the object. */
static void an_id_that_is_empty(void) {
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_uploads_abort(good[S3_STORE], 0, RSTORE_STR("up"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_head(good[S3_STORE], 0, RSTORE_STR("up"), NULL, 0, NULL, 0, NULL));
}

/* Ends one that is known by its id only. */
static void aborted_by_its_id(void) {
    rstore_upload upload = begin(0);
    rstore_list list = 0;
    struct ArrowArray array;
    const rstore_object *found;

    STATUS(RSTORE_OK, rstore_uploads_open(good[S3_STORE], NULL, 0, NULL, 0, &list, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_list_next_arrow(list, 0, 0, &array, NULL, NULL));
    STATUS(RSTORE_OK, rstore_list_next(list, 0, &page_out, sizeof page_out, NULL));
    CHECK(page_out.count == 2);
    found = RSTORE_PAGE_OBJECT(page_out, strcmp(page_out.objects->path, "up") == 0 ? 0 : 1);
    CHECK(strcmp(found->path, "up") == 0);
    STATUS(RSTORE_NOT_FOUND, rstore_uploads_abort(good[S3_STORE], 0, RSTORE_STR("other"), NULL, 0, found->upload_id,
                                                  found->upload_id_len, NULL));
    STATUS(RSTORE_OK, rstore_uploads_abort(good[S3_STORE], 0, RSTORE_STR("up"), NULL, 0, found->upload_id,
                                           found->upload_id_len, NULL));
    STATUS(RSTORE_NOT_FOUND, rstore_uploads_abort(good[S3_STORE], 0, RSTORE_STR("up"), NULL, 0, found->upload_id,
                                                  found->upload_id_len, NULL));
    STATUS(RSTORE_NOT_FOUND, rstore_upload_part(upload, 0, 1, "x", 1, NULL));
    STATUS(RSTORE_OK, rstore_close(page_out.owner));
    STATUS(RSTORE_OK, rstore_close(list));
    STATUS(RSTORE_OK, rstore_close(upload));
    CHECK(count_uploads() == 1);
}

/* An error is evidence of its own call, whatever other calls answer later. */
static void errors_stay_as_they_are(void) {
    rstore_upload upload = begin(0);
    rstore_error error = 0;
    rstore_evidence evidence = {0};

    STATUS(RSTORE_OK, rstore_upload_abort(upload, 0, NULL));
    STATUS(RSTORE_CLOSED, rstore_upload_part(upload, 0, 1, "x", 1, &error));
    STATUS(RSTORE_OK, rstore_upload_abort(upload, 0, NULL));
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK(evidence.operation != NULL && strcmp(evidence.operation, "upload") == 0);
    STATUS(RSTORE_OK, rstore_close(error));
    STATUS(RSTORE_OK, rstore_close(upload));
}

/* An abort goes on though its context is over: that is what it is for. */
static void aborts_after_the_end(const char *part) {
    rstore_ctx ctx = make(CONTEXT);
    rstore_upload upload = begin(0);
    rstore_writer writer = 0;

    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    STATUS(RSTORE_OK, rstore_upload_abort(upload, ctx, NULL));
    CHECK(count_uploads() == 1);
    it_is_over(upload);
    STATUS(RSTORE_OK, rstore_writer_open(good[S3_STORE], 0, RSTORE_STR("w"), NULL, 0, &writer, NULL));
    STATUS(RSTORE_OK, rstore_writer_write(writer, 0, part, PART, NULL));
    STATUS(RSTORE_OK, rstore_writer_write(writer, 0, part, PART, NULL));
    STATUS(RSTORE_OK, rstore_writer_write(writer, 0, part, PART, NULL));
    STATUS(RSTORE_OK, rstore_writer_abort(writer, ctx, NULL));
    CHECK(count_uploads() == 1);
    STATUS(RSTORE_OK, rstore_close(writer));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* A writer that sends in parts leaves none behind, whatever ends it. */
static void ends_of_a_large_writer(const char *part) {
    rstore_args overwrite = {.flags = RSTORE_OVERWRITE};
    int end;

    for (end = 0; end < 5; end++) {
        rstore_writer writer = 0;
        rstore_ctx ctx = make(CONTEXT);

        STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
        STATUS(RSTORE_OK, rstore_writer_open(good[S3_STORE], 0, RSTORE_STR("up"), end == 0 ? &overwrite : NULL,
                                             end == 0 ? sizeof overwrite : 0, &writer, NULL));
        STATUS(RSTORE_OK, rstore_writer_write(writer, 0, part, PART, NULL));
        STATUS(RSTORE_OK, rstore_writer_write(writer, 0, part, PART, NULL));
        STATUS(RSTORE_OK, rstore_writer_write(writer, 0, part, PART, NULL));
        CHECK(count_uploads() == 2);
        switch (end) {
        case 0:
            STATUS(RSTORE_OK, rstore_writer_commit(writer, 0, &object_out, sizeof object_out, NULL));
            CHECK(object_out.size == 3 * PART);
            STATUS(RSTORE_OK, rstore_close(object_out.owner));
            break;
        case 1:
            STATUS(RSTORE_ALREADY_EXISTS, rstore_writer_commit(writer, 0, NULL, 0, NULL));
            break;
        case 2:
            STATUS(RSTORE_CANCELLED, rstore_writer_write(writer, ctx, "x", 1, NULL));
            break;
        case 3:
            STATUS(RSTORE_CANCELLED, rstore_writer_commit(writer, ctx, NULL, 0, NULL));
            break;
        default:
            STATUS(RSTORE_OK, rstore_writer_abort(writer, 0, NULL));
        }
        CHECK(count_uploads() == 1);
        STATUS(RSTORE_OK, rstore_close(writer));
        STATUS(RSTORE_OK, rstore_close(ctx));
    }
}

void test_uploads(void) {
    char *part = calloc(1, PART);

    CHECK(part != NULL);
    only_s3_has_them();
    part_numbers();
    ends_of_an_upload();
    an_id_that_is_empty();
    aborted_by_its_id();
    errors_stay_as_they_are();
    if (part != NULL) {
        ends_of_a_large_writer(part);
        aborts_after_the_end(part);
    }
    STATUS(RSTORE_OK, rstore_delete(good[S3_STORE], 0, RSTORE_STR("up"), NULL, 0, NULL));
    free(part);
}
