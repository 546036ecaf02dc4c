/* What calls write: NULL outs, buffers, records of a wrong size; timeouts. */
#include <stddef.h>
#include <string.h>

#include "misuse.h"

/* rstore_reader_start of "a", with what is about its memory. */
static int32_t start(void *buffer, size_t length, size_t *filled, uint64_t *all, rstore_reader *reader) {
    return rstore_reader_start(good[STORE], 0, RSTORE_STR("a"), NULL, 0, buffer, length, filled, all, reader, NULL);
}

static void null_outs(void) {
    struct ArrowSchema schema = {0};
    uint64_t all = 0;

    STATUS(RSTORE_INVALID_ARGUMENT, rstore_stats(NULL, sizeof(rstore_stats_record)));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_stats(NULL, 0));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_error_evidence(good[ERROR], NULL, sizeof(rstore_evidence)));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_options_new(NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_ctx_new(0, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_open(RSTORE_STR("memory://"), 0, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_get(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_get_into(good[STORE], 0, RSTORE_STR("a"), NULL, 0, buffer_out,
                                                    sizeof buffer_out, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_list_open(good[STORE], NULL, 0, NULL, 0, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_list_next(good[LIST], 0, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_list_next_arrow(good[LIST], 0, 0, NULL, &schema, NULL));
    CHECK(schema.release == NULL);
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_child(good[STORE], RSTORE_STR("x"), NULL, 0, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_capabilities(good[STORE], NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_delete_many(good[STORE], 0, NULL, 0, NULL, 0, NULL, sizeof(rstore_failures), NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_get_many(good[STORE], 0, NULL, 0, NULL, 0, NULL, sizeof(rstore_results), NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_list_token(good[LIST], NULL, sizeof(rstore_text), NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_sign(good[S3_STORE], 0, RSTORE_STR("a"), NULL, 0, RSTORE_STR("GET"), 60, NULL,
                                                sizeof(rstore_text), NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_resolve(good[STORE], RSTORE_STR("x"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_resolve(good[STORE], RSTORE_STR("x"), NULL, 0, NULL, sizeof(rstore_location), NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_to_key(good[STORE], RSTORE_STR("x"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_exists(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_folder_info(good[STORE], 0, NULL, 0, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_glob_open(good[STORE], RSTORE_STR("*"), NULL, 0, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_uploads_open(good[S3_STORE], NULL, 0, NULL, 0, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_reader_open(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_reader_read(good[READER], 0, buffer_out, sizeof buffer_out, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_reader_read_at(good[READER], 0, 0, buffer_out, sizeof buffer_out, NULL, NULL));
    handle_out = 4711;
    filled_out = 4711;
    STATUS(RSTORE_INVALID_ARGUMENT, start(buffer_out, sizeof buffer_out, NULL, &all, &handle_out));
    STATUS(RSTORE_INVALID_ARGUMENT, start(buffer_out, sizeof buffer_out, &filled_out, NULL, &handle_out));
    STATUS(RSTORE_INVALID_ARGUMENT, start(buffer_out, sizeof buffer_out, &filled_out, &all, NULL));
    CHECK(handle_out == 4711 && filled_out == 4711 && all == 0);
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_ctx_progress(good[CONTEXT], NULL, sizeof(rstore_progress), NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_ctx_progress(good[CONTEXT], NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_path_normalize(RSTORE_STR("a"), NULL, sizeof(rstore_text), NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_path_normalize(RSTORE_STR("a"), NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_s3_url_options(RSTORE_STR("s3://b"), NULL, sizeof(rstore_text), NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_writer_open(good[STORE], 0, RSTORE_STR("b"), NULL, 0, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_upload_open(good[S3_STORE], 0, RSTORE_STR("b"), NULL, 0, NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_registry_open(registry_config, strlen(registry_config), NULL, 0, NULL,
                                                         NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_registry_store(good[REGISTRY], RSTORE_STR("m"), NULL, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_backend_open(RSTORE_STR("{\"type\": \"memory\"}"), NULL, 0, NULL, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, sizeof(rstore_object), NULL));
}

static void buffers(void) {
    static const size_t impossible[] = {SIZE_MAX, SIZE_MAX / 2 + 1};
    uint64_t all = 4711;
    size_t i;

    filled_out = 4711;
    handle_out = 4711;
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_put(good[STORE], 0, RSTORE_STR("b"), NULL, 1, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_get_into(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, 10, &filled_out, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_get_into(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, 0, &filled_out, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, start(NULL, 10, &filled_out, &all, &handle_out));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_reader_read(good[READER], 0, NULL, 10, &filled_out, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_reader_read_at(good[READER], 0, 0, NULL, 10, &filled_out, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_writer_write(good[WRITER], 0, NULL, 10, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_upload_part(good[UPLOAD], 0, 1, NULL, 10, NULL));
    for (i = 0; i < COUNT(impossible); i++) {
        STATUS(RSTORE_INVALID_ARGUMENT,
               rstore_put(good[STORE], 0, RSTORE_STR("b"), "x", impossible[i], NULL, 0, NULL, 0, NULL));
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_get_into(good[STORE], 0, RSTORE_STR("a"), NULL, 0, buffer_out,
                                                        impossible[i], &filled_out, NULL));
        STATUS(RSTORE_INVALID_ARGUMENT, start(NULL, impossible[i], &filled_out, &all, &handle_out));
        STATUS(RSTORE_INVALID_ARGUMENT, start(buffer_out, impossible[i], &filled_out, &all, &handle_out));
        STATUS(RSTORE_INVALID_ARGUMENT,
               rstore_reader_read(good[READER], 0, buffer_out, impossible[i], &filled_out, NULL));
        STATUS(RSTORE_INVALID_ARGUMENT,
               rstore_reader_read_at(good[READER], 0, 0, buffer_out, impossible[i], &filled_out, NULL));
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_writer_write(good[WRITER], 0, "x", impossible[i], NULL));
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_upload_part(good[UPLOAD], 0, 1, "x", impossible[i], NULL));
    }
    CHECK(filled_out == 4711 && all == 4711 && handle_out == 4711);
    STATUS(RSTORE_NOT_FOUND, rstore_head(good[STORE], 0, RSTORE_STR("b"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_put(good[STORE], 0, RSTORE_STR("b"), NULL, 0, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_delete(good[STORE], 0, RSTORE_STR("b"), NULL, 0, NULL));
}

static void timeouts(void) {
    static const uint64_t longest = INT64_MAX / 1000000; /* nanoseconds in 63 bits */
    rstore_ctx ctx = 0;

    STATUS(RSTORE_INVALID_ARGUMENT, rstore_ctx_new(UINT64_MAX, &handle_out, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_ctx_new(UINT64_C(1) << 63, &handle_out, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_ctx_new(longest + 1, &handle_out, NULL));
    STATUS(RSTORE_OK, rstore_ctx_new(longest, &ctx, NULL));
    STATUS(RSTORE_OK, rstore_head(good[STORE], ctx, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* Records that a call writes. A newer caller has larger ones. */
typedef int32_t record_call(void *record, size_t size);

static int32_t stats_record(void *r, size_t n) { return rstore_stats(r, n); }
static int32_t reasons_record(void *r, size_t n) { return rstore_stats_reasons(r, n, NULL); }
static int32_t evidence_record(void *r, size_t n) { return rstore_error_evidence(good[ERROR], r, n); }
static int32_t head_record(void *r, size_t n) {
    return rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, r, n, NULL);
}
static int32_t get_record(void *r, size_t n) {
    return rstore_get(good[STORE], 0, RSTORE_STR("a"), NULL, 0, r, n, NULL);
}
static int32_t put_record(void *r, size_t n) {
    rstore_args args = {.flags = RSTORE_OVERWRITE};

    return rstore_put(good[STORE], 0, RSTORE_STR("a"), "0123456789", 10, &args, sizeof args, r, n, NULL);
}
static int32_t page_record(void *r, size_t n) {
    rstore_list list = make(LIST);
    int32_t status = rstore_list_next(list, 0, r, n, NULL);

    STATUS(RSTORE_OK, rstore_close(list));
    return status;
}

static int32_t reader_record(void *r, size_t n) {
    int32_t status;

    handle_out = 0;
    status = rstore_reader_open(good[STORE], 0, RSTORE_STR("a"), NULL, 0, &handle_out, r, n, NULL);
    CHECK((handle_out != 0) == (status == RSTORE_OK));
    return status == RSTORE_OK ? rstore_close(handle_out) : status;
}
static int32_t writer_record(void *r, size_t n) {
    rstore_args args = {.flags = RSTORE_OVERWRITE};
    rstore_writer writer = 0;
    int32_t status;

    STATUS(RSTORE_OK, rstore_writer_open(good[STORE], 0, RSTORE_STR("a"), &args, sizeof args, &writer, NULL));
    STATUS(RSTORE_OK, rstore_writer_write(writer, 0, "0123456789", 10, NULL));
    status = rstore_writer_commit(writer, 0, r, n, NULL);
    STATUS(RSTORE_OK, rstore_close(writer));
    return status;
}
static int32_t upload_record(void *r, size_t n) {
    rstore_args args = {.flags = RSTORE_OVERWRITE};
    rstore_upload upload = 0;
    int32_t status;

    STATUS(RSTORE_OK, rstore_upload_open(good[S3_STORE], 0, RSTORE_STR("r"), &args, sizeof args, &upload, NULL));
    STATUS(RSTORE_OK, rstore_upload_part(upload, 0, 1, "0123456789", 10, NULL));
    status = rstore_upload_commit(upload, 0, r, n, NULL);
    STATUS(RSTORE_OK, rstore_close(upload));
    return status;
}
static int32_t folder_record(void *r, size_t n) {
    return rstore_folder_info(good[STORE], 0, NULL, 0, NULL, 0, r, n, NULL);
}
static int32_t location_record(void *r, size_t n) {
    return rstore_resolve(good[S3_STORE], RSTORE_STR("a"), NULL, 0, r, n, NULL);
}
static int32_t text_record(void *r, size_t n) { return rstore_to_key(good[STORE], RSTORE_STR("a"), NULL, 0, r, n, NULL); }
static int32_t probe_record(void *r, size_t n) { return rstore_probe(good[S3_STORE], 0, r, n, NULL); }
static int32_t normal_record(void *r, size_t n) { return rstore_path_normalize(RSTORE_STR("/a"), r, n, NULL); }
static int32_t url_record(void *r, size_t n) { return rstore_s3_url_options(RSTORE_STR("s3://b/p"), r, n, NULL); }
static int32_t progress_record(void *r, size_t n) { return rstore_ctx_progress(good[CONTEXT], r, n, NULL); }
static int32_t registry_record(void *r, size_t n) {
    int32_t status;

    handle_out = 0;
    status = rstore_registry_open(registry_config, strlen(registry_config), NULL, 0, &handle_out, r, n, NULL);
    CHECK((handle_out != 0) == (status == RSTORE_OK));
    return status == RSTORE_OK ? rstore_close(handle_out) : status;
}
static int32_t backend_record(void *r, size_t n) {
    int32_t status;

    handle_out = 0;
    status = rstore_backend_open(RSTORE_STR("{\"type\": \"memory\"}"), NULL, 0, &handle_out, r, n, NULL);
    CHECK((handle_out != 0) == (status == RSTORE_OK));
    return status == RSTORE_OK ? rstore_close(handle_out) : status;
}

static int32_t put_file_record(void *r, size_t n) {
    rstore_args overwrite = {.flags = RSTORE_OVERWRITE};

    return rstore_put_file(good[STORE], 0, RSTORE_STR("file"), source_file(), &overwrite, sizeof overwrite, r, n, NULL);
}
static int32_t append_record(void *r, size_t n) {
    return rstore_append(good[STORE], 0, RSTORE_STR("appended"), "x", 1, NULL, 0, r, n, NULL);
}
static int32_t ranges_record(void *r, size_t n) {
    rstore_range whole = {0, buffer_out, sizeof buffer_out, 0};

    return rstore_get_ranges(good[STORE], 0, RSTORE_STR("a"), NULL, 0, &whole, 1, r, n, NULL);
}
static int32_t failures_record(void *r, size_t n) {
    return rstore_delete_many(good[STORE], 0, NULL, 0, NULL, 0, r, n, NULL);
}
static int32_t contents_record(void *r, size_t n) {
    return rstore_get_many(good[STORE], 0, NULL, 0, NULL, 0, r, n, NULL);
}
static int32_t described_record(void *r, size_t n) {
    rstore_path a = {RSTORE_STR("a")};

    return rstore_head_many(good[STORE], 0, &a, 1, NULL, 0, r, n, NULL);
}
static int32_t signed_record(void *r, size_t n) {
    return rstore_sign(good[S3_STORE], 0, RSTORE_STR("a"), NULL, 0, RSTORE_STR("GET"), 60, r, n, NULL);
}
static int32_t token_record(void *r, size_t n) { return rstore_list_token(good[LIST], r, n, NULL); }

enum { FIRST_OBJECT = offsetof(rstore_object, offset) };

static const struct {
    const char *name;
    record_call *call;
    size_t size;
    int has_owner;     /* as its first field */
    size_t first_size; /* in its first version, if it grew */
} record_calls[] = {
    {"stats", stats_record, sizeof(rstore_stats_record), 0, offsetof(rstore_stats_record, cleanups)},
    {"stats_reasons", reasons_record, sizeof(rstore_text), 1, 0},
    {"error_evidence", evidence_record, sizeof(rstore_evidence), 0, 0},
    {"head", head_record, sizeof(rstore_object), 1, FIRST_OBJECT},
    {"get", get_record, sizeof(rstore_object), 1, FIRST_OBJECT},
    {"put", put_record, sizeof(rstore_object), 1, FIRST_OBJECT},
    {"list_next", page_record, sizeof(rstore_page), 1, offsetof(rstore_page, texts)},
    {"reader_open", reader_record, sizeof(rstore_object), 1, FIRST_OBJECT},
    {"writer_commit", writer_record, sizeof(rstore_object), 1, FIRST_OBJECT},
    {"upload_commit", upload_record, sizeof(rstore_object), 1, FIRST_OBJECT},
    {"put_file", put_file_record, sizeof(rstore_object), 1, FIRST_OBJECT},
    {"append", append_record, sizeof(rstore_object), 1, FIRST_OBJECT},
    {"get_ranges", ranges_record, sizeof(rstore_object), 1, FIRST_OBJECT},
    {"delete_many", failures_record, sizeof(rstore_failures), 1, 0},
    {"get_many", contents_record, sizeof(rstore_results), 1, 0},
    {"head_many", described_record, sizeof(rstore_results), 1, 0},
    {"sign", signed_record, sizeof(rstore_text), 1, 0},
    {"list_token", token_record, sizeof(rstore_text), 1, 0},
    {"folder_info", folder_record, sizeof(rstore_folder), 0, 0},
    {"resolve", location_record, sizeof(rstore_location), 1, offsetof(rstore_location, root)},
    {"to_key", text_record, sizeof(rstore_text), 1, 0},
    {"probe", probe_record, sizeof(rstore_text), 1, 0},
    {"path_normalize", normal_record, sizeof(rstore_text), 1, 0},
    {"s3_url_options", url_record, sizeof(rstore_text), 1, 0},
    {"ctx_progress", progress_record, sizeof(rstore_progress), 1, offsetof(rstore_progress, transferred)},
    {"registry_open", registry_record, sizeof(rstore_text), 1, 0},
    {"backend_open", backend_record, sizeof(rstore_text), 1, 0},
};

static int all_bytes_are(const unsigned char *bytes, size_t count, unsigned char value) {
    size_t i;

    for (i = 0; i < count && bytes[i] == value; i++) {
    }
    return i == count;
}

static void records_out(void) {
    static union {
        rstore_handle owner;
        unsigned char bytes[512];
    } record;
    static const size_t impossible[] = {SIZE_MAX, SIZE_MAX / 2 + 1};
    size_t i, n;

    for (i = 0; i < COUNT(record_calls); i++) {
        const char *name = record_calls[i].name;
        size_t size = record_calls[i].size;
        size_t first_size = record_calls[i].first_size != 0 ? record_calls[i].first_size : size;

        memset(&record, 0x5a, sizeof record);
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, record_calls[i].call(&record, 0));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, record_calls[i].call(&record, first_size - 1));
        for (n = 0; n < COUNT(impossible); n++) {
            STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, record_calls[i].call(&record, impossible[n]));
        }
        CHECK_FOR(name, all_bytes_are(record.bytes, sizeof record, 0x5a)); /* a failure writes nothing */
        STATUS_FOR(name, RSTORE_OK, record_calls[i].call(&record, size + 16));
        CHECK_FOR(name, all_bytes_are(record.bytes + size, 16, 0));
        CHECK_FOR(name, all_bytes_are(record.bytes + size + 16, sizeof record - size - 16, 0x5a));
        if (record_calls[i].has_owner) {
            STATUS_FOR(name, RSTORE_OK, rstore_close(record.owner));
        }
        if (first_size < size) { /* an old caller gets what it knows */
            memset(&record, 0x5a, sizeof record);
            STATUS_FOR(name, RSTORE_OK, record_calls[i].call(&record, first_size));
            CHECK_FOR(name, !all_bytes_are(record.bytes, first_size, 0x5a));
            CHECK_FOR(name, all_bytes_are(record.bytes + first_size, sizeof record - first_size, 0x5a));
            if (record_calls[i].has_owner) {
                STATUS_FOR(name, RSTORE_OK, rstore_close(record.owner));
            }
        }
    }
}

void test_records(void) {
    null_outs();
    buffers();
    timeouts();
    records_out();
}
