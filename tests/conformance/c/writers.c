/* The verbs of writers and multipart uploads. */
#include "conformance.h"

#include <stdlib.h>

void do_writer(struct run *run, rstore_store store, const struct step *step) {
    rstore_writer writer;
    rstore_error error;
    int32_t status = rstore_writer_open(store, 0, step->path.bytes, step->path.length, &step->args,
                                        sizeof step->args, &writer, &error);

    if (succeeded(run, step, status, error)) {
        close_left(run, run->writer, "the writer before");
        run->writer = writer;
    }
}

void do_write(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    size_t length;
    char *bytes = content(step, &length);
    int32_t status = rstore_writer_write(run->writer, 0, bytes, length, &error);

    (void)store;
    free(bytes);
    succeeded(run, step, status, error);
}

void do_commit(struct run *run, rstore_store store, const struct step *step) {
    rstore_object object;
    rstore_error error;
    int32_t status = rstore_writer_commit(run->writer, 0, &object, sizeof object, &error);

    (void)store;
    if (succeeded(run, step, status, error)) {
        check_written(run, step, &object, step->size);
    }
}

void do_abort(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_writer_abort(run->writer, 0, &error);

    (void)store;
    succeeded(run, step, status, error);
}

void do_close_writer(struct run *run, rstore_store store, const struct step *step) {
    (void)store;
    close_as_told(run, step, run->writer);
}

void do_upload(struct run *run, rstore_store store, const struct step *step) {
    rstore_upload upload;
    rstore_error error;
    int32_t status = rstore_upload_open(store, 0, step->path.bytes, step->path.length, &step->args,
                                        sizeof step->args, &upload, &error);

    if (succeeded(run, step, status, error)) {
        close_left(run, run->upload, "the upload before");
        run->upload = upload;
    }
}

void do_part(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    size_t length;
    char *bytes = content(step, &length);
    int32_t status = rstore_upload_part(run->upload, 0, step->number, bytes, length, &error);

    (void)store;
    free(bytes);
    succeeded(run, step, status, error);
}

void do_commit_upload(struct run *run, rstore_store store, const struct step *step) {
    rstore_object object;
    rstore_error error;
    int32_t status = rstore_upload_commit(run->upload, 0, &object, sizeof object, &error);

    (void)store;
    if (succeeded(run, step, status, error)) {
        check_written(run, step, &object, step->size);
    }
}

void do_abort_upload(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_upload_abort(run->upload, 0, &error);

    (void)store;
    succeeded(run, step, status, error);
}

void do_close_upload(struct run *run, rstore_store store, const struct step *step) {
    (void)store;
    close_as_told(run, step, run->upload);
}

void do_uploads(struct run *run, rstore_store store, const struct step *step) {
    rstore_list list;
    rstore_error error;
    int32_t status = rstore_uploads_open(store, step->path.bytes, step->path.length, &step->args,
                                         sizeof step->args, &list, &error);

    check_listing(run, step, status, list, error);
}

static void abort_listed(struct run *run, rstore_store store, const struct step *step, const rstore_page *page) {
    size_t i;

    for (i = 0; i < page->count; i++) {
        const rstore_object *upload = RSTORE_PAGE_OBJECT(*page, i);
        rstore_error error;
        int32_t status;

        if (same_text(&step->path, upload->path, upload->path_len)) {
            status = rstore_uploads_abort(store, 0, upload->path, upload->path_len, NULL, 0, upload->upload_id,
                                          upload->upload_id_len, &error);
            succeeded(run, step, status, error);
        }
    }
}

void do_uploads_abort(struct run *run, rstore_store store, const struct step *step) {
    rstore_list list;
    rstore_page page;
    rstore_error error;
    int32_t status;

    if (step->upload.bytes != NULL) {
        status = rstore_uploads_abort(store, 0, step->path.bytes, step->path.length, NULL, 0,
                                      step->upload.bytes, step->upload.length, &error);
        succeeded(run, step, status, error);
        return;
    }
    status = rstore_uploads_open(store, NULL, 0, NULL, 0, &list, &error);
    if (!succeeded(run, step, status, error)) {
        return;
    }
    while ((status = rstore_list_next(list, 0, &page, sizeof page, &error)) == RSTORE_OK) {
        abort_listed(run, store, step, &page);
        close_handle(run, page.owner, "the page");
    }
    expect(run, RSTORE_END, NULL, status, error);
    close_handle(run, list, "the list");
}
