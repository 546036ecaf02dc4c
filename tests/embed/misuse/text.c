/* Text: paths, URLs, keys and values that are NULL, empty, too long, not
 * UTF-8 or not a URL. */
#include <stdlib.h>
#include <string.h>

#include "misuse.h"

enum { MEBIBYTE = 1 << 20 };

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
static int32_t head_path(const char *t, size_t n) { return rstore_head(good[STORE], 0, t, n, NULL, 0, NULL, 0, NULL); }
static int32_t get_path(const char *t, size_t n) {
    return rstore_get(good[STORE], 0, t, n, NULL, 0, &object_out, sizeof object_out, NULL);
}
static int32_t get_into_path(const char *t, size_t n) {
    return rstore_get_into(good[STORE], 0, t, n, NULL, 0, NULL, 0, &filled_out, NULL);
}
static int32_t get_file_path(const char *t, size_t n) {
    uint64_t filled;

    return rstore_get_file(good[STORE], 0, t, n, NULL, 0, target_file(), 0, &filled, NULL, 0, NULL);
}
static int32_t put_path(const char *t, size_t n) {
    return rstore_put(good[STORE], 0, t, n, NULL, 0, NULL, 0, NULL, 0, NULL);
}
static int32_t delete_path(const char *t, size_t n) { return rstore_delete(good[STORE], 0, t, n, NULL, 0, NULL); }
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
static int32_t close_out(int32_t status) { return status == RSTORE_OK ? rstore_close(handle_out) : status; }

static int32_t child_path(const char *t, size_t n) {
    return close_out(rstore_child(good[STORE], t, n, NULL, 0, &handle_out, NULL));
}
static int32_t resolve_path(const char *t, size_t n) {
    rstore_location location;
    int32_t status = rstore_resolve(good[S3_STORE], t, n, NULL, 0, &location, sizeof location, NULL);

    return status == RSTORE_OK ? rstore_close(location.owner) : status;
}
static int32_t to_key_path(const char *t, size_t n) {
    rstore_text text;
    int32_t status = rstore_to_key(good[STORE], t, n, NULL, 0, &text, sizeof text, NULL);

    return status == RSTORE_OK ? rstore_close(text.owner) : status;
}
static int32_t exists_path(const char *t, size_t n) {
    int32_t exists;

    return rstore_exists(good[STORE], 0, t, n, NULL, 0, &exists, NULL);
}
static int32_t move_source(const char *t, size_t n) {
    return rstore_move(good[STORE], 0, t, n, RSTORE_STR("b"), NULL, 0, NULL);
}
static int32_t move_target(const char *t, size_t n) {
    return rstore_move(good[STORE], 0, RSTORE_STR("a"), t, n, NULL, 0, NULL);
}
static int32_t folder_info_path(const char *t, size_t n) {
    rstore_folder folder;

    return rstore_folder_info(good[STORE], 0, t, n, NULL, 0, &folder, sizeof folder, NULL);
}
static int32_t delete_folder_path(const char *t, size_t n) {
    return rstore_delete_folder(good[STORE], 0, t, n, NULL, 0, NULL);
}
static int32_t glob_pattern(const char *t, size_t n) {
    return close_out(rstore_glob_open(good[STORE], t, n, NULL, 0, &handle_out, NULL));
}
static int32_t reader_path(const char *t, size_t n) {
    return close_out(rstore_reader_open(good[STORE], 0, t, n, NULL, 0, &handle_out, NULL, 0, NULL));
}
static int32_t reader_start_path(const char *t, size_t n) {
    uint64_t length;

    return rstore_reader_start(good[STORE], 0, t, n, NULL, 0, buffer_out, sizeof buffer_out, &filled_out, &length,
                               &handle_out, NULL);
}
static int32_t path_to_normalize(const char *t, size_t n) {
    rstore_text text;
    int32_t status = rstore_path_normalize(t, n, &text, sizeof text, NULL);

    return status == RSTORE_OK ? rstore_close(text.owner) : status;
}
static int32_t url_of_options(const char *t, size_t n) {
    rstore_text text;
    int32_t status = rstore_s3_url_options(t, n, &text, sizeof text, NULL);

    return status == RSTORE_OK ? rstore_close(text.owner) : status;
}
static int32_t writer_path(const char *t, size_t n) {
    return close_out(rstore_writer_open(good[STORE], 0, t, n, NULL, 0, &handle_out, NULL));
}
static int32_t upload_path(const char *t, size_t n) {
    return close_out(rstore_upload_open(good[S3_STORE], 0, t, n, NULL, 0, &handle_out, NULL));
}
static int32_t uploads_path(const char *t, size_t n) {
    return close_out(rstore_uploads_open(good[S3_STORE], t, n, NULL, 0, &handle_out, NULL));
}
static int32_t uploads_abort_path(const char *t, size_t n) {
    return rstore_uploads_abort(good[S3_STORE], 0, t, n, NULL, 0, RSTORE_STR("id"), NULL);
}
static int32_t uploads_abort_id(const char *t, size_t n) {
    return rstore_uploads_abort(good[S3_STORE], 0, RSTORE_STR("b"), NULL, 0, t, n, NULL);
}
static int32_t registry_config_text(const char *t, size_t n) {
    return close_out(rstore_registry_open(t, n, NULL, 0, &handle_out, NULL, 0, NULL));
}
static int32_t backend_config_text(const char *t, size_t n) {
    return close_out(rstore_backend_open(t, n, NULL, 0, &handle_out, NULL, 0, NULL));
}
static int32_t registry_store_name(const char *t, size_t n) {
    return close_out(rstore_registry_store(good[REGISTRY], t, n, &handle_out, NULL));
}

static int32_t put_file_path(const char *t, size_t n) {
    return rstore_put_file(good[STORE], 0, t, n, source_file(), NULL, 0, NULL, 0, NULL);
}
static int32_t append_path(const char *t, size_t n) {
    return rstore_append(good[STORE], 0, t, n, NULL, 0, NULL, 0, NULL, 0, NULL);
}
static int32_t ranges_path(const char *t, size_t n) {
    rstore_range range = {0, buffer_out, 1, 0};

    return rstore_get_ranges(good[STORE], 0, t, n, NULL, 0, &range, 1, NULL, 0, NULL);
}
static int32_t deletion_path(const char *t, size_t n) {
    rstore_deletion one = {t, n, NULL, 0};
    rstore_failures failures;
    int32_t status = rstore_delete_many(good[STORE], 0, &one, 1, NULL, 0, &failures, sizeof failures, NULL);

    return status == RSTORE_OK ? rstore_close(failures.owner) : status;
}
static int32_t contents_path(const char *t, size_t n) {
    rstore_path one = {t, n};
    rstore_results results;
    int32_t status = rstore_get_many(good[STORE], 0, &one, 1, NULL, 0, &results, sizeof results, NULL);

    return status == RSTORE_OK ? rstore_close(results.owner) : status;
}
static int32_t described_path(const char *t, size_t n) {
    rstore_path one = {t, n};
    rstore_results results;
    int32_t status = rstore_head_many(good[STORE], 0, &one, 1, NULL, 0, &results, sizeof results, NULL);

    return status == RSTORE_OK ? rstore_close(results.owner) : status;
}
static int32_t sign(const char *path, size_t path_length, const char *method, size_t method_length) {
    rstore_text url;
    int32_t status = rstore_sign(good[S3_STORE], 0, path, path_length, NULL, 0, method, method_length, 60, &url, sizeof url, NULL);

    return status == RSTORE_OK ? rstore_close(url.owner) : status;
}
static int32_t sign_path(const char *t, size_t n) { return sign(t, n, RSTORE_STR("GET")); }
static int32_t sign_method(const char *t, size_t n) { return sign(RSTORE_STR("a"), t, n); }
static int32_t acl_path(const char *t, size_t n) {
    return rstore_set_acl(good[S3_STORE], 0, t, n, NULL, 0, RSTORE_STR("private"), NULL);
}
static int32_t acl_name(const char *t, size_t n) {
    return rstore_set_acl(good[S3_STORE], 0, RSTORE_STR("a"), NULL, 0, t, n, NULL);
}
static int32_t abort_old_path(const char *t, size_t n) {
    return rstore_uploads_abort_old(good[S3_STORE], 0, t, n, NULL, 0, 86400000, NULL, NULL);
}
static int32_t list_prefix(const char *t, size_t n) {
    rstore_args args = {.prefix = t, .prefix_len = n};

    return close_out(rstore_list_open(good[STORE], NULL, 0, &args, sizeof args, &handle_out, NULL));
}
static int32_t list_start_after(const char *t, size_t n) {
    rstore_args args = {.start_after = t, .start_after_len = n};

    return close_out(rstore_list_open(good[STORE], NULL, 0, &args, sizeof args, &handle_out, NULL));
}
static int32_t list_token(const char *t, size_t n) {
    rstore_args args = {.token = t, .token_len = n};

    return close_out(rstore_list_open(good[STORE], NULL, 0, &args, sizeof args, &handle_out, NULL));
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
    {"get_file", get_file_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"put", put_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"delete", delete_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"copy, source", copy_source, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"copy, target", copy_target, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"list_open", list_path, RSTORE_INVALID_PATH, RSTORE_OK},
    {"child", child_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"resolve", resolve_path, RSTORE_INVALID_PATH, RSTORE_OK},
    {"to_key", to_key_path, RSTORE_INVALID_PATH, RSTORE_OK},
    {"exists", exists_path, RSTORE_INVALID_PATH, RSTORE_OK},
    {"move, source", move_source, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"move, target", move_target, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"folder_info", folder_info_path, RSTORE_INVALID_PATH, RSTORE_OK},
    {"delete_folder", delete_folder_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"glob_open", glob_pattern, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"reader_open", reader_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"reader_start", reader_start_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"path_normalize", path_to_normalize, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"s3_url_options", url_of_options, RSTORE_INVALID_ARGUMENT, RSTORE_INVALID_ARGUMENT},
    {"writer_open", writer_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"upload_open", upload_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"uploads_open", uploads_path, RSTORE_INVALID_PATH, RSTORE_OK},
    {"uploads_abort", uploads_abort_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"put_file", put_file_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"append", append_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"get_ranges", ranges_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"get_many", contents_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"head_many", described_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"delete_many", deletion_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"sign", sign_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"sign, method", sign_method, RSTORE_INVALID_ARGUMENT, RSTORE_INVALID_ARGUMENT},
    {"set_acl", acl_path, RSTORE_INVALID_PATH, RSTORE_INVALID_PATH},
    {"set_acl, acl", acl_name, RSTORE_INVALID_ARGUMENT, RSTORE_INVALID_ARGUMENT},
    {"uploads_abort_old", abort_old_path, RSTORE_INVALID_PATH, RSTORE_OK},
    {"list_open, prefix", list_prefix, RSTORE_INVALID_PATH, RSTORE_OK},
    {"list_open, start_after", list_start_after, RSTORE_INVALID_PATH, RSTORE_OK},
    {"list_open, token", list_token, RSTORE_INVALID_ARGUMENT, RSTORE_OK},
    {"registry_open", registry_config_text, RSTORE_INVALID_ARGUMENT, RSTORE_INVALID_ARGUMENT},
    {"backend_open", backend_config_text, RSTORE_INVALID_ARGUMENT, RSTORE_INVALID_ARGUMENT},
    {"registry_store", registry_store_name, RSTORE_NOT_FOUND, RSTORE_NOT_FOUND},
    {"uploads_abort, id", uploads_abort_id, RSTORE_NOT_FOUND, RSTORE_INVALID_ARGUMENT},
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

void test_text(void) {
    text();
    urls();
}
