/* Every function that takes a handle, as a row of one table; those that also
 * take a context have a second row, which is about that one. */
#include <string.h>

#include "misuse.h"

static uint64_t can_out;
static int32_t exists_out;
static rstore_evidence evidence_out;
static rstore_folder folder_out;
static rstore_location location_out;
static rstore_text text_out;
static rstore_progress progress_out;
static uint64_t length_out;
static struct ArrowArray array_out;
static struct ArrowSchema schema_out;
static int64_t due_out;
static rstore_event event_out;
static rstore_failures failures_out;
static rstore_results results_out;
static rstore_range range_out = {0, buffer_out, sizeof buffer_out, 0};
static uint64_t aborted_out;

static int32_t close_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    *e = 0;
    return rstore_close(h);
}
static int32_t evidence_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    *e = 0;
    return rstore_error_evidence(h, &evidence_out, sizeof evidence_out);
}
static int32_t options_set_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_options_set(h, RSTORE_STR("region"), RSTORE_STR("r"), e);
}
static int32_t open_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_open(RSTORE_STR("memory://"), h, &handle_out, e);
}
static int32_t ctx_cancel_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)h;
    return rstore_ctx_cancel(c, e);
}
static int32_t ctx_set_interrupt_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)h;
    return rstore_ctx_set_interrupt(c, NULL, 0, e);
}
static int32_t ctx_progress_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)h;
    return rstore_ctx_progress(c, &progress_out, sizeof progress_out, e);
}
static int32_t settle_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)h;
    return rstore_settle(c, e);
}
static int32_t ctx_submit_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)h;
    return rstore_ctx_submit(c, 0, 0, e);
}
/* Of a context of its own: with the others, calls are carried out. */
static int32_t ctx_submit_to_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    int32_t status;

    rstore_ctx_new(0, &c, NULL);
    status = rstore_ctx_submit(c, h, 0, e);
    rstore_close(c);
    return status;
}
static int32_t queue_wait_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_queue_wait(h, 0, &event_out, sizeof event_out, 1, &filled_out, e);
}
static int32_t child_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_child(h, RSTORE_STR("a"), NULL, 0, &handle_out, e);
}
static int32_t shutdown_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_shutdown(h, e);
}
static int32_t ping_call(rstore_handle h, rstore_ctx c, rstore_error *e) { return rstore_ping(h, c, e); }
static int32_t probe_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_probe(h, c, &text_out, sizeof text_out, e);
}
static int32_t capabilities_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_capabilities(h, &can_out, e);
}
static int32_t credentials_set_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    rstore_credentials keys = {"id", 2, "secret", 6, NULL, 0, 0};

    (void)c;
    return rstore_credentials_set(h, &keys, sizeof keys, e);
}
static int32_t credentials_none_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_credentials_none(h, e);
}
static int32_t credentials_due_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_credentials_due(h, &due_out, e);
}
static int32_t resolve_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_resolve(h, RSTORE_STR("a"), NULL, 0, &location_out, sizeof location_out, e);
}
static int32_t to_key_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_to_key(h, RSTORE_STR("a"), NULL, 0, &text_out, sizeof text_out, e);
}
static int32_t head_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_head(h, c, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t exists_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_exists(h, c, RSTORE_STR("a"), NULL, 0, &exists_out, e);
}
static int32_t get_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_get(h, c, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t get_into_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_get_into(h, c, RSTORE_STR("a"), NULL, 0, buffer_out, sizeof buffer_out, &filled_out, e);
}
static int32_t get_file_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_get_file(h, c, RSTORE_STR("a"), NULL, 0, target_file(), 0, &length_out, &object_out, sizeof object_out, e);
}
static int32_t put_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_put(h, c, RSTORE_STR("b"), "x", 1, NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t delete_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_delete(h, c, RSTORE_STR("a"), NULL, 0, e);
}
static int32_t copy_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_copy(h, c, RSTORE_STR("a"), RSTORE_STR("b"), NULL, 0, e);
}
static int32_t move_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_move(h, c, RSTORE_STR("a"), RSTORE_STR("b"), NULL, 0, e);
}
static int32_t put_file_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_put_file(h, c, RSTORE_STR("b"), source_file(), NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t append_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_append(h, c, RSTORE_STR("b"), "x", 1, NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t get_ranges_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_get_ranges(h, c, RSTORE_STR("a"), NULL, 0, &range_out, 1, &object_out, sizeof object_out, e);
}
static int32_t get_many_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    rstore_path a = {RSTORE_STR("a")};

    return rstore_get_many(h, c, &a, 1, NULL, 0, &results_out, sizeof results_out, e);
}
static int32_t head_many_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    rstore_path a = {RSTORE_STR("a")};

    return rstore_head_many(h, c, &a, 1, NULL, 0, &results_out, sizeof results_out, e);
}
static int32_t delete_many_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    rstore_deletion a = {RSTORE_STR("a"), NULL, 0};

    return rstore_delete_many(h, c, &a, 1, NULL, 0, &failures_out, sizeof failures_out, e);
}
static int32_t sign_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_sign(h, c, RSTORE_STR("a"), NULL, 0, RSTORE_STR("GET"), 60, &text_out, sizeof text_out, e);
}
static int32_t set_acl_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_set_acl(h, c, RSTORE_STR("a"), NULL, 0, RSTORE_STR("private"), e);
}
static int32_t list_token_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_list_token(h, &text_out, sizeof text_out, e);
}
static int32_t uploads_abort_old_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_uploads_abort_old(h, c, NULL, 0, NULL, 0, 86400000, &aborted_out, e);
}
static int32_t folder_info_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_folder_info(h, c, NULL, 0, NULL, 0, &folder_out, sizeof folder_out, e);
}
static int32_t delete_folder_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_delete_folder(h, c, RSTORE_STR("b"), NULL, 0, e);
}
static int32_t list_open_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_list_open(h, NULL, 0, NULL, 0, &handle_out, e);
}
static int32_t glob_open_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_glob_open(h, RSTORE_STR("*"), NULL, 0, &handle_out, e);
}
static int32_t list_next_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_list_next(h, c, &page_out, sizeof page_out, e);
}
static int32_t list_next_arrow_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_list_next_arrow(h, c, 0, &array_out, &schema_out, e);
}
static int32_t reader_open_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_reader_open(h, c, RSTORE_STR("a"), NULL, 0, &handle_out, &object_out, sizeof object_out, e);
}
static int32_t reader_start_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_reader_start(h, c, RSTORE_STR("a"), NULL, 0, buffer_out, sizeof buffer_out, &filled_out,
                               &length_out, &handle_out, e);
}
static int32_t reader_read_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_reader_read(h, c, buffer_out, sizeof buffer_out, &filled_out, e);
}
static int32_t reader_read_at_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_reader_read_at(h, c, 1, buffer_out, sizeof buffer_out, &filled_out, e);
}
static int32_t reader_seek_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_reader_seek(h, 1, e);
}
static int32_t writer_open_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_writer_open(h, c, RSTORE_STR("b"), NULL, 0, &handle_out, e);
}
static int32_t writer_write_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_writer_write(h, c, "x", 1, e);
}
static int32_t writer_commit_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_writer_commit(h, c, &object_out, sizeof object_out, e);
}
static int32_t writer_abort_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_writer_abort(h, c, e);
}
static int32_t upload_open_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_upload_open(h, c, RSTORE_STR("b"), NULL, 0, &handle_out, e);
}
static int32_t upload_part_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_upload_part(h, c, 1, "x", 1, e);
}
static int32_t upload_commit_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_upload_commit(h, c, &object_out, sizeof object_out, e);
}
static int32_t upload_abort_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_upload_abort(h, c, e);
}
static int32_t uploads_open_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_uploads_open(h, NULL, 0, NULL, 0, &handle_out, e);
}
static int32_t uploads_abort_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    return rstore_uploads_abort(h, c, RSTORE_STR("b"), NULL, 0, RSTORE_STR("id"), e);
}
static int32_t registry_store_call(rstore_handle h, rstore_ctx c, rstore_error *e) {
    (void)c;
    return rstore_registry_store(h, RSTORE_STR("m"), &handle_out, e);
}

#define ROW(function, of) {#function, function##_call, of, 0, 0, 0}
#define ROWS(function, of) ROW(function, of), {#function ", its ctx", function##_call, of, 1, 1, 0}

const struct handle_row handle_calls[] = {
    ROW(close, KINDS),
    ROW(evidence, ERROR),
    ROW(options_set, OPTIONS),
    {"open, its options", open_call, OPTIONS, 0, 1, 0},
    {"ctx_cancel", ctx_cancel_call, STORE, 1, 0, 1},
    {"ctx_set_interrupt", ctx_set_interrupt_call, STORE, 1, 0, 1},
    {"ctx_progress", ctx_progress_call, STORE, 1, 0, 1},
    {"ctx_submit", ctx_submit_call, STORE, 1, 0, 1},
    {"ctx_submit, its queue", ctx_submit_to_call, QUEUE, 0, 1, 0},
    {"settle", settle_call, STORE, 1, 1, 1},
    ROW(child, STORE),
    ROW(shutdown, STORE),
    ROWS(ping, STORE),
    ROWS(probe, S3_STORE),
    ROW(capabilities, STORE),
    ROW(credentials_set, STORE),
    ROW(credentials_none, STORE),
    ROW(credentials_due, STORE),
    ROW(resolve, STORE),
    ROW(to_key, STORE),
    ROWS(head, STORE),
    ROWS(exists, STORE),
    ROWS(get, STORE),
    ROWS(get_into, STORE),
    ROWS(get_file, STORE),
    ROWS(put, STORE),
    ROWS(delete, STORE),
    ROWS(copy, STORE),
    ROWS(move, STORE),
    ROWS(put_file, STORE),
    ROWS(append, STORE),
    ROWS(get_ranges, STORE),
    ROWS(get_many, STORE),
    ROWS(head_many, STORE),
    ROWS(delete_many, STORE),
    ROWS(sign, S3_STORE),
    ROWS(set_acl, S3_STORE),
    ROW(list_token, LIST),
    ROWS(uploads_abort_old, S3_STORE),
    ROWS(folder_info, STORE),
    ROWS(delete_folder, STORE),
    ROW(list_open, STORE),
    ROW(glob_open, STORE),
    ROWS(list_next, LIST),
    ROWS(list_next_arrow, LIST),
    ROWS(reader_open, STORE),
    ROWS(reader_start, STORE),
    ROWS(reader_read, READER),
    ROWS(reader_read_at, READER),
    ROW(reader_seek, READER),
    ROWS(writer_open, STORE),
    ROWS(writer_write, WRITER),
    ROWS(writer_commit, WRITER),
    ROW(writer_abort, WRITER),
    {"writer_abort, its ctx", writer_abort_call, WRITER, 1, 1, 1},
    ROWS(upload_open, S3_STORE),
    ROWS(upload_part, UPLOAD),
    ROWS(upload_commit, UPLOAD),
    ROW(upload_abort, UPLOAD),
    {"upload_abort, its ctx", upload_abort_call, UPLOAD, 1, 1, 1},
    ROW(uploads_open, S3_STORE),
    ROWS(uploads_abort, S3_STORE),
    ROW(registry_store, REGISTRY),
    ROW(queue_wait, QUEUE),
};

const size_t handle_calls_count = COUNT(handle_calls);

enum kind takes(size_t i) { return handle_calls[i].as_ctx ? CONTEXT : handle_calls[i].of; }

int32_t call_row(size_t i, rstore_handle handle, rstore_error *error) {
    const struct handle_row *row = &handle_calls[i];

    return row->as_ctx ? row->call(good[row->of], handle, error) : row->call(handle, 0, error);
}

/* Where the functions write. The content of buffer_out is undefined after a
 * failure, and no part of it. */
static const struct {
    void *out;
    size_t size;
} outs[] = {
    {&handle_out, sizeof handle_out},     {&filled_out, sizeof filled_out}, {&object_out, sizeof object_out},
    {&page_out, sizeof page_out},         {&can_out, sizeof can_out},       {&exists_out, sizeof exists_out},
    {&evidence_out, sizeof evidence_out}, {&folder_out, sizeof folder_out}, {&location_out, sizeof location_out},
    {&text_out, sizeof text_out},         {&progress_out, sizeof progress_out}, {&length_out, sizeof length_out},
    {&array_out, sizeof array_out},       {&schema_out, sizeof schema_out},
    {&event_out, sizeof event_out},
    {&due_out, sizeof due_out},           {&failures_out, sizeof failures_out}, {&results_out, sizeof results_out},
    {&range_out.filled, sizeof range_out.filled}, {&aborted_out, sizeof aborted_out},
};

static void mark_outs(void) {
    size_t i;

    for (i = 0; i < COUNT(outs); i++) {
        memset(outs[i].out, 0x5a, outs[i].size);
    }
}

static int outs_are_marked(void) {
    size_t i, n;

    for (i = 0; i < COUNT(outs); i++) {
        for (n = 0; n < outs[i].size; n++) {
            if (((const unsigned char *)outs[i].out)[n] != 0x5a) {
                return 0;
            }
        }
    }
    return 1;
}

int32_t call_bad(size_t i, rstore_handle handle) {
    const char *name = handle_calls[i].name;
    rstore_error error = UINT64_MAX;
    rstore_evidence evidence = {0};
    int32_t status;

    mark_outs();
    status = call_row(i, handle, &error);
    CHECK_FOR(name, status == RSTORE_OK || outs_are_marked());
    CHECK_FOR(name, error != UINT64_MAX);
    CHECK_FOR(name, (error == 0) == (status == RSTORE_OK || i < 2)); /* close and error_evidence have none */
    if (error != 0) {
        STATUS_FOR(name, RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
        CHECK_FOR(name, evidence.status == status);
        CHECK_FOR(name, evidence.message != NULL && *evidence.message != '\0');
        STATUS_FOR(name, RSTORE_OK, rstore_close(error));
    }
    return status;
}
