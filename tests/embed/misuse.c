/* Gives every function of the library what it must refuse. Each answer has to
 * be the right status: that this program comes to its end is the first check. */
#define _XOPEN_SOURCE 700 /* setenv, nanosleep, POSIX sockets */

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libremotestore.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { GARBAGE_HANDLES = 20000, MEBIBYTE = 1 << 20 };

/* ---- Checks: they count, print and go on ----------------------------------- */

static long passed, failed;

static void check(int holds, const char *what, const char *subject, int line) {
    if (holds) {
        passed++;
        return;
    }
    failed++;
    printf("FAIL %s:%d: %s [%s]\n", __FILE__, line, what, subject);
}

static void check_status(int32_t want, int32_t got, const char *what, const char *subject, int line) {
    char text[512];

    snprintf(text, sizeof text, "%s: expected %s, got %s", what, rstore_status_name(want),
             rstore_status_name(got));
    check(want == got, text, subject, line);
}

/* `subject` says which row of a table it was. */
#define CHECK_FOR(subject, condition) check((condition), #condition, (subject), __LINE__)
#define STATUS_FOR(subject, want, call) check_status((want), (call), #call, (subject), __LINE__)
#define CHECK(condition) CHECK_FOR("", condition)
#define STATUS(want, call) STATUS_FOR("", want, call)

/* ---- What is valid ----------------------------------------------------------- */

enum kind { STORE, OPTIONS, CONTEXT, LIST, ERROR, MEMORY, KINDS };

static const char *const kind_names[KINDS] = {"store", "options", "context", "list", "error", "memory"};

/* One open handle of each kind; store holds the object "a", 10 bytes. */
static rstore_handle good[KINDS];

static rstore_handle make(enum kind kind) {
    rstore_handle handle = 0;
    rstore_object object = {0};

    switch (kind) {
    case STORE:
        STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &handle, NULL));
        STATUS(RSTORE_OK, rstore_put(handle, 0, RSTORE_STR("a"), "0123456789", 10, NULL, 0, NULL, 0, NULL));
        break;
    case OPTIONS:
        STATUS(RSTORE_OK, rstore_options_new(&handle, NULL));
        break;
    case CONTEXT:
        STATUS(RSTORE_OK, rstore_ctx_new(0, &handle, NULL));
        break;
    case LIST:
        STATUS(RSTORE_OK, rstore_list_open(good[STORE], NULL, 0, NULL, 0, &handle, NULL));
        break;
    case ERROR:
        STATUS(RSTORE_NOT_FOUND, rstore_delete(good[STORE], 0, RSTORE_STR("none"), &handle));
        break;
    case MEMORY:
        STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), &object, sizeof object, NULL));
        handle = object.owner;
        break;
    case KINDS:
        break;
    }
    CHECK_FOR(kind_names[kind], handle != 0);
    return handle;
}

/* ---- Every function, by the handle that it takes ----------------------------- */

static rstore_object object_out;
static rstore_page page_out;
static rstore_evidence evidence_out;
static rstore_handle handle_out;
static size_t filled_out;
static char buffer_out[64];

typedef int32_t handle_call(rstore_handle handle, rstore_error *error);

static int32_t close_it(rstore_handle h, rstore_error *e) { *e = 0; return rstore_close(h); }
static int32_t evidence_of(rstore_handle h, rstore_error *e) {
    *e = 0;
    return rstore_error_evidence(h, &evidence_out, sizeof evidence_out);
}
static int32_t set_in(rstore_handle h, rstore_error *e) {
    return rstore_options_set(h, RSTORE_STR("region"), RSTORE_STR("r"), e);
}
static int32_t open_with(rstore_handle h, rstore_error *e) {
    return rstore_open(RSTORE_STR("memory://"), h, &handle_out, e);
}
static int32_t cancel_it(rstore_handle h, rstore_error *e) { return rstore_ctx_cancel(h, e); }
static int32_t head_in(rstore_handle h, rstore_error *e) {
    return rstore_head(h, 0, RSTORE_STR("a"), &object_out, sizeof object_out, e);
}
static int32_t get_in(rstore_handle h, rstore_error *e) {
    return rstore_get(h, 0, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t get_into_in(rstore_handle h, rstore_error *e) {
    return rstore_get_into(h, 0, RSTORE_STR("a"), NULL, 0, buffer_out, sizeof buffer_out, &filled_out, e);
}
static int32_t put_in(rstore_handle h, rstore_error *e) {
    return rstore_put(h, 0, RSTORE_STR("b"), "x", 1, NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t delete_in(rstore_handle h, rstore_error *e) {
    return rstore_delete(h, 0, RSTORE_STR("a"), e);
}
static int32_t copy_in(rstore_handle h, rstore_error *e) {
    return rstore_copy(h, 0, RSTORE_STR("a"), RSTORE_STR("b"), NULL, 0, e);
}
static int32_t list_in(rstore_handle h, rstore_error *e) {
    return rstore_list_open(h, NULL, 0, NULL, 0, &handle_out, e);
}
static int32_t next_of(rstore_handle h, rstore_error *e) {
    return rstore_list_next(h, 0, &page_out, sizeof page_out, e);
}
static int32_t head_within(rstore_handle h, rstore_error *e) {
    return rstore_head(good[STORE], h, RSTORE_STR("a"), &object_out, sizeof object_out, e);
}
static int32_t get_within(rstore_handle h, rstore_error *e) {
    return rstore_get(good[STORE], h, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t get_into_within(rstore_handle h, rstore_error *e) {
    return rstore_get_into(good[STORE], h, RSTORE_STR("a"), NULL, 0, buffer_out, sizeof buffer_out,
                           &filled_out, e);
}
static int32_t put_within(rstore_handle h, rstore_error *e) {
    return rstore_put(good[STORE], h, RSTORE_STR("b"), "x", 1, NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t delete_within(rstore_handle h, rstore_error *e) {
    return rstore_delete(good[STORE], h, RSTORE_STR("a"), e);
}
static int32_t copy_within(rstore_handle h, rstore_error *e) {
    return rstore_copy(good[STORE], h, RSTORE_STR("a"), RSTORE_STR("b"), NULL, 0, e);
}
static int32_t next_within(rstore_handle h, rstore_error *e) {
    return rstore_list_next(good[LIST], h, &page_out, sizeof page_out, e);
}

static const struct {
    const char *name;
    handle_call *call;
    enum kind takes; /* KINDS: any */
    int may_be_0;
} handle_calls[] = {
    {"close", close_it, KINDS, 0},
    {"error_evidence", evidence_of, ERROR, 0},
    {"options_set", set_in, OPTIONS, 0},
    {"open, its options", open_with, OPTIONS, 1},
    {"ctx_cancel", cancel_it, CONTEXT, 0},
    {"head", head_in, STORE, 0},
    {"get", get_in, STORE, 0},
    {"get_into", get_into_in, STORE, 0},
    {"put", put_in, STORE, 0},
    {"delete", delete_in, STORE, 0},
    {"copy", copy_in, STORE, 0},
    {"list_open", list_in, STORE, 0},
    {"list_next", next_of, LIST, 0},
    {"head, its ctx", head_within, CONTEXT, 1},
    {"get, its ctx", get_within, CONTEXT, 1},
    {"get_into, its ctx", get_into_within, CONTEXT, 1},
    {"put, its ctx", put_within, CONTEXT, 1},
    {"delete, its ctx", delete_within, CONTEXT, 1},
    {"copy, its ctx", copy_within, CONTEXT, 1},
    {"list_next, its ctx", next_within, CONTEXT, 1},
};

/* Calls number i with a bad handle: checks the error, returns the status. */
static int32_t call_bad(size_t i, rstore_handle handle) {
    const char *name = handle_calls[i].name;
    rstore_error error = UINT64_MAX;
    rstore_evidence evidence = {0};
    int32_t status = handle_calls[i].call(handle, &error);

    if (error != 0) { /* close and error_evidence have none */
        STATUS_FOR(name, RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
        CHECK_FOR(name, evidence.status == status);
        CHECK_FOR(name, evidence.message != NULL && *evidence.message != '\0');
        STATUS_FOR(name, RSTORE_OK, rstore_close(error));
    }
    return status;
}

/* xorshift64: the same numbers in every run. */
static uint64_t next_random(void) {
    static uint64_t state = 88172645463325252U;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int is_refusal(int32_t status) { return status == RSTORE_BAD_HANDLE || status == RSTORE_CLOSED; }

static void invented_handles(void) {
    size_t i, n;

    for (i = 0; i < COUNT(handle_calls); i++) {
        if (!handle_calls[i].may_be_0) {
            STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, call_bad(i, 0));
        }
        STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, call_bad(i, UINT64_MAX));
    }
    for (n = 0; n < GARBAGE_HANDLES; n++) {
        i = n % COUNT(handle_calls);
        CHECK_FOR(handle_calls[i].name, is_refusal(call_bad(i, next_random())));
    }
}

/* A number that differs from a handle in one bit is none. */
static void altered_handles(void) {
    size_t i;
    int kind, bit;

    for (i = 0; i < COUNT(handle_calls); i++) {
        for (kind = 0; kind < KINDS; kind++) {
            int32_t answer = RSTORE_BAD_HANDLE;

            for (bit = 0; bit < 64; bit++) {
                int32_t status = call_bad(i, good[kind] ^ UINT64_C(1) << bit);

                if (!is_refusal(status)) {
                    answer = status;
                }
            }
            STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, answer);
        }
    }
}

static void handles_of_another_kind(void) {
    size_t i;
    int kind;

    for (i = 0; i < COUNT(handle_calls); i++) {
        for (kind = 0; kind < KINDS; kind++) {
            if (handle_calls[i].takes != KINDS && handle_calls[i].takes != (enum kind)kind) {
                STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, call_bad(i, good[kind]));
            }
        }
    }
}

static void closed_handles(void) {
    size_t i;
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        rstore_handle handle = make((enum kind)kind);
        rstore_handle reused;

        STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(handle));
        STATUS_FOR(kind_names[kind], RSTORE_CLOSED, rstore_close(handle));
        reused = make((enum kind)kind); /* the closed one must not mean this one now */
        for (i = 0; i < COUNT(handle_calls); i++) {
            if (handle_calls[i].takes == (enum kind)kind || handle_calls[i].takes == KINDS) {
                STATUS_FOR(handle_calls[i].name, RSTORE_CLOSED, call_bad(i, handle));
            }
        }
        STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(reused));
    }
}

/* A list does not keep its store open, nor memory its store. */
static void handles_that_outlive_their_store(void) {
    rstore_store store = make(STORE);
    rstore_object object;
    rstore_list list;

    STATUS(RSTORE_OK, rstore_get(store, 0, RSTORE_STR("a"), NULL, 0, &object, sizeof object, NULL));
    STATUS(RSTORE_OK, rstore_list_open(store, NULL, 0, NULL, 0, &list, NULL));
    STATUS(RSTORE_OK, rstore_close(store));
    CHECK(object.data_len == 10 && memcmp(object.data, "0123456789", 10) == 0);
    STATUS(RSTORE_CLOSED, rstore_list_next(list, 0, &page_out, sizeof page_out, NULL));
    STATUS(RSTORE_OK, rstore_close(object.owner));
    STATUS(RSTORE_OK, rstore_close(list));
}

/* ---- Text ---------------------------------------------------------------------- */

typedef int32_t text_call(const char *text, size_t length);

static int32_t open_url(const char *t, size_t n) {
    int32_t status = rstore_open(t, n, 0, &handle_out, NULL);

    if (status == RSTORE_OK) {
        rstore_close(handle_out); /* which it should not be */
    }
    return status;
}
static int32_t set_key(const char *t, size_t n) {
    return rstore_options_set(good[OPTIONS], t, n, RSTORE_STR("v"), NULL);
}
static int32_t set_value(const char *t, size_t n) {
    return rstore_options_set(good[OPTIONS], RSTORE_STR("region"), t, n, NULL);
}
static int32_t head_path(const char *t, size_t n) { return rstore_head(good[STORE], 0, t, n, NULL, 0, NULL); }
static int32_t get_path(const char *t, size_t n) {
    return rstore_get(good[STORE], 0, t, n, NULL, 0, &object_out, sizeof object_out, NULL);
}
static int32_t get_into_path(const char *t, size_t n) {
    return rstore_get_into(good[STORE], 0, t, n, NULL, 0, NULL, 0, &filled_out, NULL);
}
static int32_t put_path(const char *t, size_t n) {
    return rstore_put(good[STORE], 0, t, n, NULL, 0, NULL, 0, NULL, 0, NULL);
}
static int32_t delete_path(const char *t, size_t n) { return rstore_delete(good[STORE], 0, t, n, NULL); }
static int32_t copy_source(const char *t, size_t n) {
    return rstore_copy(good[STORE], 0, t, n, RSTORE_STR("b"), NULL, 0, NULL);
}
static int32_t copy_target(const char *t, size_t n) {
    return rstore_copy(good[STORE], 0, RSTORE_STR("a"), t, n, NULL, 0, NULL);
}
static int32_t list_path(const char *t, size_t n) {
    int32_t status = rstore_list_open(good[STORE], t, n, NULL, 0, &handle_out, NULL);

    return status == RSTORE_OK ? rstore_close(handle_out) : status;
}

static const struct {
    const char *name;
    text_call *call;
    int32_t refuses; /* the status for text that is not valid */
    int32_t empty;   /* the status for empty text */
} text_calls[] = {
    {"open", open_url, RSTORE_INVALID_ARGUMENT, RSTORE_INVALID_ARGUMENT},
    {"options_set, key", set_key, RSTORE_INVALID_OPTION, RSTORE_INVALID_OPTION},
    {"options_set, value", set_value, RSTORE_INVALID_OPTION, RSTORE_INVALID_OPTION},
    {"head", head_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"get", get_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"get_into", get_into_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"put", put_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"delete", delete_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"copy, source", copy_source, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"copy, target", copy_target, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"list_open", list_path, RSTORE_INVALID_PATH, RSTORE_OK},
};

static void text(void) {
    static const char *const not_utf8[] = {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"};
    static const size_t impossible[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 2};
    char *huge = malloc(2 * MEBIBYTE);
    size_t i, n;

    CHECK(huge != NULL);
    if (huge == NULL) {
        return;
    }
    memset(huge, 'k', 2 * MEBIBYTE);
    for (i = 0; i < COUNT(text_calls); i++) {
        const char *name = text_calls[i].name;

        STATUS_FOR(name, text_calls[i].empty, text_calls[i].call(NULL, 0));
        STATUS_FOR(name, text_calls[i].empty, text_calls[i].call("", 0));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, text_calls[i].call(NULL, 1));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, text_calls[i].call(huge, 2 * MEBIBYTE));
        for (n = 0; n < COUNT(impossible); n++) {
            STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, text_calls[i].call(NULL, impossible[n]));
            STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, text_calls[i].call("text", impossible[n]));
        }
        for (n = 0; n < COUNT(not_utf8); n++) {
            STATUS_FOR(name, text_calls[i].refuses, text_calls[i].call(not_utf8[n], strlen(not_utf8[n])));
        }
        STATUS_FOR(name, text_calls[i].refuses, text_calls[i].call("a\0b", 3));
    }
    free(huge);
}

static void urls(void) {
    static const struct {
        const char *text;
        size_t length;
    } impossible[] = {
        {RSTORE_STR("")},
        {RSTORE_STR("/folder")},
        {RSTORE_STR("://x")},
        {RSTORE_STR("ftp://x")},
        {RSTORE_STR("http://%zz")},
        {RSTORE_STR("http://[::1")},
        {RSTORE_STR("memory:")},
        {RSTORE_STR("memory:x")},
        {RSTORE_STR("memory://x/y")},
        {RSTORE_STR("memory://x?y")},
        {RSTORE_STR("memory://\0")},
        {RSTORE_STR("file:")},
        {RSTORE_STR("file://")},
        {RSTORE_STR("file:relative")},
        {RSTORE_STR("file://host/x")},
        {RSTORE_STR("file:///a%00b")},
        {RSTORE_STR("file:///a%zz")},
        {RSTORE_STR("file:///a?b")},
        {RSTORE_STR("s3:")},
        {RSTORE_STR("s3://")},
        {RSTORE_STR("s3:///")},
        {RSTORE_STR("s3:///prefix")},
        {RSTORE_STR("s3:bucket")},
        {RSTORE_STR("s3:/bucket")},
        {RSTORE_STR("s3://bucket?x")},
        {RSTORE_STR("s3://bucket?")},
        {RSTORE_STR("s3://bucket#f")},
        {RSTORE_STR("s3://bucket/../x")},
        {RSTORE_STR("s3://bucket/%ff")},
        {RSTORE_STR("s3://bucket/%00")},
        {RSTORE_STR("s3://user@bucket")},
        {RSTORE_STR("s3://bu\0cket")},
        {RSTORE_STR("s3://bucket/\n")},
    };
    size_t i;

    for (i = 0; i < COUNT(impossible); i++) {
        STATUS_FOR(impossible[i].text, RSTORE_INVALID_ARGUMENT, open_url(impossible[i].text, impossible[i].length));
    }
}

/* ---- NULL out pointers, records, arguments ---------------------------------------- */

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

static void numbers_without_a_name(void) {
    CHECK(rstore_abi_version() == RSTORE_ABI_VERSION);
    CHECK(strcmp(rstore_version(), RSTORE_VERSION) == 0);
    CHECK(strcmp(rstore_status_name(RSTORE_NOT_FOUND), "NOT_FOUND") == 0);
    CHECK(strcmp(rstore_status_name(-1), "?") == 0);
    CHECK(strcmp(rstore_status_name(INT32_MIN), "?") == 0);
    CHECK(strcmp(rstore_status_name(INT32_MAX), "?") == 0);
}

/* ---- Options and secrets -------------------------------------------------------------- */

static const char access_marker[] = "AKIAMARKER", secret_marker[] = "SECRETMARKER";

static int has_marker(const char *text) {
    return strstr(text, access_marker) != NULL || strstr(text, secret_marker) != NULL;
}

/* Closes an error after looking for the secrets in all of its text. */
static void check_no_secret(rstore_error error, const char *subject) {
    rstore_evidence e = {0};

    STATUS_FOR(subject, RSTORE_OK, rstore_error_evidence(error, &e, sizeof e));
    if (e.message != NULL) {
        const char *const texts[] = {e.message,    e.operation, e.path,       e.backend,   e.s3_code,
                                     e.request_id, e.host_id,   e.capability, e.upload_id, e.detail};
        size_t i;

        for (i = 0; i < COUNT(texts); i++) {
            CHECK_FOR(subject, !has_marker(texts[i]));
        }
    }
    STATUS_FOR(subject, RSTORE_OK, rstore_close(error));
}

static int32_t set_option(rstore_options options, const char *key, const char *value, rstore_error *error) {
    return rstore_options_set(options, key, strlen(key), value, strlen(value), error);
}

/* Static credentials, so that nothing outside this process is asked for any. */
static rstore_store open_s3(const char *endpoint) {
    rstore_options options = make(OPTIONS);
    rstore_store store = 0;

    STATUS(RSTORE_OK, set_option(options, "endpoint", endpoint, NULL));
    STATUS(RSTORE_OK, set_option(options, "region", "us-east-1", NULL));
    STATUS(RSTORE_OK, set_option(options, "access_key_id", access_marker, NULL));
    STATUS(RSTORE_OK, set_option(options, "secret_access_key", secret_marker, NULL));
    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("s3://bucket"), options, &store, NULL));
    STATUS(RSTORE_OK, rstore_close(options));
    return store;
}

static void unknown_option(void) {
    rstore_error error = 0;
    rstore_evidence evidence = {0};

    STATUS(RSTORE_INVALID_OPTION, set_option(good[OPTIONS], "endpont", "http://x", &error));
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK(evidence.message != NULL && strstr(evidence.message, "\"endpoint\"") != NULL);
    STATUS(RSTORE_OK, rstore_close(error));
}

static void secrets_in_options(void) {
    static const char *const refused[][2] = {
        {"secret_access_ky", "SECRETMARKER"},
        {"secret_access_key", "SECRETMARKER\n"},
        {"access_key_id", "AKIAMARKER\xff"},
        {"addressing_style", "SECRETMARKER"},
        {"endpoint", "http://AKIAMARKER:SECRETMARKER@host"},
        {"endpoint", "AKIAMARKER:SECRETMARKER@host"},
        {"endpoint", "http://AKIAMARKER:SECRETMARKER%zz@host"},
        {"endpoint", "http://host?SECRETMARKER"},
        {"endpoint", "http://SECRETMARKER:port"},
        {"endpoint", "ftp://SECRETMARKER"},
    };
    size_t i;

    for (i = 0; i < COUNT(refused); i++) {
        rstore_error error = 0;

        STATUS_FOR(refused[i][1], RSTORE_INVALID_OPTION,
                   set_option(good[OPTIONS], refused[i][0], refused[i][1], &error));
        check_no_secret(error, refused[i][1]);
    }
}

static void secrets_in_urls(void) {
    static const char *const refused[] = {
        "s3://AKIAMARKER:SECRETMARKER@bucket",
        "s3://AKIAMARKER:SECRETMARKER@bucket/prefix%zz",
        "s3://AKIAMARKER:SECRET%zzMARKER@bucket",
        "S3X://AKIAMARKER:SECRETMARKER@bucket",
        "file://AKIAMARKER:SECRETMARKER@/folder",
        "memory://SECRETMARKER@",
        "s3://bucket?secret=SECRETMARKER",
        "s3://bucket/..?SECRETMARKER",
    };
    size_t i;

    for (i = 0; i < COUNT(refused); i++) {
        rstore_error error = 0;

        STATUS_FOR(refused[i], RSTORE_INVALID_ARGUMENT,
                   rstore_open(refused[i], strlen(refused[i]), 0, &handle_out, &error));
        check_no_secret(error, refused[i]);
    }
}

static void option_of_another_scheme(void) {
    rstore_options options = make(OPTIONS);
    rstore_error error = 0;

    STATUS(RSTORE_OK, set_option(options, "secret_access_key", secret_marker, NULL));
    STATUS(RSTORE_INVALID_OPTION, rstore_open(RSTORE_STR("memory://"), options, &handle_out, &error));
    check_no_secret(error, "memory://");
    STATUS(RSTORE_INVALID_OPTION, rstore_open(RSTORE_STR("s3://bucket"), options, &handle_out, &error));
    check_no_secret(error, "a secret without its id");
    STATUS(RSTORE_OK, rstore_close(options));
}

/* ---- Endpoints that fail, timeouts, cancelling -------------------------------------------- */

static void nothing_listens(void) {
    rstore_store store = open_s3("http://127.0.0.1:1");
    rstore_error error = 0;
    rstore_evidence evidence = {0};

    STATUS(RSTORE_UNAVAILABLE, rstore_delete(store, 0, RSTORE_STR("a"), &error));
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK(evidence.attempts == 3);
    CHECK(evidence.retryable == 1);
    CHECK(evidence.http_status == 0);
    check_no_secret(error, "nothing listens");
    STATUS(RSTORE_OK, rstore_close(store));
}

/* A socket that accepts connections and never answers. */
static int silent_socket(char *endpoint, size_t size) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int socket_fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(socket_fd >= 0);
    CHECK(bind(socket_fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(socket_fd, 16) == 0);
    CHECK(getsockname(socket_fd, (struct sockaddr *)&address, &length) == 0);
    snprintf(endpoint, size, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return socket_fd;
}

static void sleep_ms(long ms) {
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

static void *cancel_soon(void *ctx) {
    sleep_ms(200);
    return rstore_ctx_cancel(*(rstore_ctx *)ctx, NULL) == RSTORE_OK ? ctx : NULL;
}

static void deadline(rstore_store store) {
    rstore_ctx ctx = 0;
    rstore_error error = 0;

    STATUS(RSTORE_OK, rstore_ctx_new(1, &ctx, NULL));
    STATUS(RSTORE_DEADLINE, rstore_head(store, ctx, RSTORE_STR("a"), NULL, 0, &error));
    check_no_secret(error, "deadline");
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void cancel_from_another_thread(rstore_store store) {
    rstore_ctx ctx = make(CONTEXT);
    pthread_t thread;
    void *cancelled = NULL;

    CHECK(pthread_create(&thread, NULL, cancel_soon, &ctx) == 0);
    STATUS(RSTORE_CANCELLED, rstore_get(store, ctx, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, NULL));
    CHECK(pthread_join(thread, &cancelled) == 0 && cancelled != NULL);
    STATUS(RSTORE_CANCELLED, rstore_get(store, ctx, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void an_endpoint_that_never_answers(void) {
    char endpoint[64];
    int socket_fd = silent_socket(endpoint, sizeof endpoint);
    rstore_store store = open_s3(endpoint);

    deadline(store);
    cancel_from_another_thread(store);
    STATUS(RSTORE_OK, rstore_close(store));
    close(socket_fd);
}

/* Also where nothing waits: memory. */
static void a_cancelled_context_stays_cancelled(void) {
    rstore_ctx ctx = make(CONTEXT);
    size_t i;

    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    for (i = 0; i < COUNT(handle_calls); i++) {
        if (handle_calls[i].takes == CONTEXT && handle_calls[i].call != cancel_it) {
            STATUS_FOR(handle_calls[i].name, RSTORE_CANCELLED, call_bad(i, ctx));
        }
    }
    STATUS(RSTORE_NOT_FOUND, rstore_head(good[STORE], 0, RSTORE_STR("b"), NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

/* ---- Two threads on one list --------------------------------------------------------------- */

enum { LISTED = 500 };

struct walk {
    rstore_list list;
    size_t seen;
    int32_t unexpected; /* the last status but OK, BUSY and END */
};

static void *walk_list(void *argument) {
    struct walk *walk = argument;
    rstore_page page;
    int32_t status;

    do {
        status = rstore_list_next(walk->list, 0, &page, sizeof page, NULL);
        if (status == RSTORE_OK) {
            walk->seen += page.count;
            if (rstore_close(page.owner) != RSTORE_OK) {
                walk->unexpected = RSTORE_UNKNOWN;
            }
        } else if (status != RSTORE_BUSY && status != RSTORE_END) {
            walk->unexpected = status;
        }
    } while (status == RSTORE_OK || status == RSTORE_BUSY);
    return NULL;
}

/* Whoever gets a page: together they get each object once. */
static void two_threads_on_one_list(void) {
    rstore_args args = {.page_size = 1};
    rstore_store store = 0;
    struct walk walks[2] = {{0}, {0}};
    pthread_t thread;
    char path[32];
    int i;

    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &store, NULL));
    for (i = 0; i < LISTED; i++) {
        snprintf(path, sizeof path, "object-%d", i);
        STATUS(RSTORE_OK, rstore_put(store, 0, path, strlen(path), NULL, 0, NULL, 0, NULL, 0, NULL));
    }
    STATUS(RSTORE_OK, rstore_list_open(store, NULL, 0, &args, sizeof args, &walks[0].list, NULL));
    walks[1].list = walks[0].list;
    CHECK(pthread_create(&thread, NULL, walk_list, &walks[1]) == 0);
    walk_list(&walks[0]);
    CHECK(pthread_join(thread, NULL) == 0);
    STATUS(RSTORE_OK, walks[0].unexpected);
    STATUS(RSTORE_OK, walks[1].unexpected);
    CHECK(walks[0].seen + walks[1].seen == LISTED);
    STATUS(RSTORE_OK, rstore_close(walks[0].list));
    STATUS(RSTORE_OK, rstore_close(store));
}

/* ---- Fork ------------------------------------------------------------------------------------ */

static void check_in_child(void) {
    size_t i;
    rstore_stats_record stats;
    rstore_error error;

    for (i = 0; i < COUNT(handle_calls); i++) {
        rstore_handle handle = handle_calls[i].takes == KINDS ? good[STORE] : good[handle_calls[i].takes];

        error = UINT64_MAX;
        STATUS_FOR(handle_calls[i].name, RSTORE_FORKED, handle_calls[i].call(handle, &error));
        CHECK_FOR(handle_calls[i].name, error == 0);
    }
    error = UINT64_MAX;
    STATUS(RSTORE_FORKED, rstore_options_new(&handle_out, &error));
    CHECK(error == 0);
    error = UINT64_MAX;
    STATUS(RSTORE_FORKED, rstore_ctx_new(0, &handle_out, &error));
    CHECK(error == 0);
    STATUS(RSTORE_FORKED, rstore_stats(&stats, sizeof stats));
    STATUS(RSTORE_FORKED, rstore_close(0));
    numbers_without_a_name();
}

static void forked_child(void) {
    int state = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(1); /* a call that hangs ends the child */
        failed = 0;
        check_in_child();
        fflush(stdout);
        _exit(failed == 0 ? 0 : 1);
    }
    CHECK(child > 0);
    CHECK(waitpid(child, &state, 0) == child);
    CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
    STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL)); /* the parent goes on */
}

/* ---- All together ------------------------------------------------------------------------------ */

int main(void) {
    rstore_stats_record stats = {0};
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        good[kind] = make((enum kind)kind);
    }
    numbers_without_a_name();
    invented_handles();
    altered_handles();
    handles_of_another_kind();
    closed_handles();
    handles_that_outlive_their_store();
    text();
    urls();
    null_outs();
    buffers();
    timeouts();
    records_out();
    sizes_of_args();
    fields_of_args();
    unknown_option();
    secrets_in_options();
    secrets_in_urls();
    option_of_another_scheme();
    nothing_listens();
    an_endpoint_that_never_answers();
    a_cancelled_context_stays_cancelled();
    two_threads_on_one_list();
    forked_child();
    for (kind = 0; kind < KINDS; kind++) {
        STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(good[kind]));
    }
    STATUS(RSTORE_OK, rstore_stats(&stats, sizeof stats));
    CHECK(stats.live_handles == 0);
    printf("misuse: %ld checks passed, %ld failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
