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

void test_text(void) {
    text();
    urls();
}
