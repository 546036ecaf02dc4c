/* Records and arguments: NULL outs, buffers, timeouts, sizes, fields, flags. */
#include <string.h>

#include "misuse.h"

static void null_outs(void) {
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
    STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL));
}

static void buffers(void) {
    static const size_t impossible[] = {SIZE_MAX, SIZE_MAX / 2 + 1};
    size_t i;

    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_put(good[STORE], 0, RSTORE_STR("b"), NULL, 1, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_get_into(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, 10, &filled_out, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_get_into(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, 0, &filled_out, NULL));
    for (i = 0; i < COUNT(impossible); i++) {
        STATUS(RSTORE_INVALID_ARGUMENT,
               rstore_put(good[STORE], 0, RSTORE_STR("b"), "x", impossible[i], NULL, 0, NULL, 0, NULL));
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_get_into(good[STORE], 0, RSTORE_STR("a"), NULL, 0, buffer_out,
                                                        impossible[i], &filled_out, NULL));
    }
    STATUS(RSTORE_NOT_FOUND, rstore_head(good[STORE], 0, RSTORE_STR("b"), NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_put(good[STORE], 0, RSTORE_STR("b"), NULL, 0, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_delete(good[STORE], 0, RSTORE_STR("b"), NULL));
}

static void timeouts(void) {
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_ctx_new(UINT64_MAX, &handle_out, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_ctx_new(UINT64_C(1) << 63, &handle_out, NULL));
}

/* Records that a call writes. A newer caller has larger ones. */
typedef int32_t record_call(void *record, size_t size);

static int32_t stats_record(void *r, size_t n) { return rstore_stats(r, n); }
static int32_t evidence_record(void *r, size_t n) { return rstore_error_evidence(good[ERROR], r, n); }
static int32_t head_record(void *r, size_t n) {
    return rstore_head(good[STORE], 0, RSTORE_STR("a"), r, n, NULL);
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

static const struct {
    const char *name;
    record_call *call;
    size_t size;
    int has_owner; /* as its first field */
} record_calls[] = {
    {"stats", stats_record, sizeof(rstore_stats_record), 0},
    {"error_evidence", evidence_record, sizeof(rstore_evidence), 0},
    {"head", head_record, sizeof(rstore_object), 1},
    {"get", get_record, sizeof(rstore_object), 1},
    {"put", put_record, sizeof(rstore_object), 1},
    {"list_next", page_record, sizeof(rstore_page), 1},
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

        memset(&record, 0x5a, sizeof record);
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, record_calls[i].call(&record, 0));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, record_calls[i].call(&record, size - 1));
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
    }
}

/* Calls that read rstore_args; on success they undo what they did. */
typedef int32_t args_call(const rstore_args *args, size_t size);

static int32_t get_args(const rstore_args *a, size_t n) {
    int32_t status = rstore_get(good[STORE], 0, RSTORE_STR("a"), a, n, &object_out, sizeof object_out, NULL);

    return status == RSTORE_OK ? rstore_close(object_out.owner) : status;
}
static int32_t get_into_args(const rstore_args *a, size_t n) {
    return rstore_get_into(good[STORE], 0, RSTORE_STR("a"), a, n, buffer_out, sizeof buffer_out, &filled_out, NULL);
}
static int32_t put_args(const rstore_args *a, size_t n) {
    int32_t status = rstore_put(good[STORE], 0, RSTORE_STR("b"), "x", 1, a, n, NULL, 0, NULL);

    return status == RSTORE_OK ? rstore_delete(good[STORE], 0, RSTORE_STR("b"), NULL) : status;
}
static int32_t copy_args(const rstore_args *a, size_t n) {
    int32_t status = rstore_copy(good[STORE], 0, RSTORE_STR("a"), RSTORE_STR("b"), a, n, NULL);

    return status == RSTORE_OK ? rstore_delete(good[STORE], 0, RSTORE_STR("b"), NULL) : status;
}
static int32_t list_args(const rstore_args *a, size_t n) {
    int32_t status = rstore_list_open(good[STORE], NULL, 0, a, n, &handle_out, NULL);

    return status == RSTORE_OK ? rstore_close(handle_out) : status;
}

static const struct {
    const char *name;
    args_call *call;
    uint32_t flags;
    int reads_page_size;
    int reads_range;
} args_calls[] = {
    {"get", get_args, 0, 0, 1},
    {"get_into", get_into_args, 0, 0, 1},
    {"put", put_args, RSTORE_OVERWRITE, 0, 0},
    {"copy", copy_args, RSTORE_OVERWRITE, 0, 0},
    {"list_open", list_args, RSTORE_RECURSIVE, 1, 0},
};

static int32_t accepted_if(int accepted) { return accepted ? RSTORE_OK : RSTORE_INVALID_ARGUMENT; }

static void sizes_of_args(void) {
    static struct {
        rstore_args args;
        unsigned char tail[16];
    } newer;
    static const size_t wrong[] = {1, sizeof(rstore_args) - 1, SIZE_MAX, SIZE_MAX / 2 + 1};
    size_t i, n;

    for (i = 0; i < COUNT(args_calls); i++) {
        const char *name = args_calls[i].name;

        STATUS_FOR(name, RSTORE_OK, args_calls[i].call(NULL, 0));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&newer.args, 0));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(NULL, sizeof(rstore_args)));
        for (n = 0; n < COUNT(wrong); n++) {
            STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&newer.args, wrong[n]));
        }
        STATUS_FOR(name, RSTORE_OK, args_calls[i].call(&newer.args, sizeof newer));
        newer.tail[sizeof newer.tail - 1] = 1;
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&newer.args, sizeof newer));
        newer.tail[sizeof newer.tail - 1] = 0;
    }
}

static void fields_of_args(void) {
    size_t i;
    int bit;

    for (i = 0; i < COUNT(args_calls); i++) {
        const char *name = args_calls[i].name;
        rstore_args page = {.page_size = 1}, range = {.offset = 1, .length = 1};
        rstore_args too_far = {.offset = UINT64_MAX}, too_long = {.length = UINT64_MAX};

        for (bit = 0; bit < 32; bit++) {
            rstore_args flag = {.flags = UINT32_C(1) << bit};

            STATUS_FOR(name, accepted_if((flag.flags & args_calls[i].flags) != 0),
                       args_calls[i].call(&flag, sizeof flag));
        }
        STATUS_FOR(name, accepted_if(args_calls[i].reads_page_size), args_calls[i].call(&page, sizeof page));
        page.page_size = UINT32_MAX;
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&page, sizeof page));
        STATUS_FOR(name, accepted_if(args_calls[i].reads_range), args_calls[i].call(&range, sizeof range));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&too_far, sizeof too_far));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&too_long, sizeof too_long));
    }
}

void test_records(void) {
    null_outs();
    buffers();
    timeouts();
    records_out();
    sizes_of_args();
    fields_of_args();
}
