/* Options: unknown, refused, of another scheme; no error tells a secret. */
#include <string.h>

#include "misuse.h"

static const char access_marker[] = "AKIAMARKER", secret_marker[] = "SECRETMARKER";

static int has_marker(const char *text) {
    return strstr(text, access_marker) != NULL || strstr(text, secret_marker) != NULL;
}

/* Closes an error after looking for the secrets in all of its text. */
void check_no_secret(rstore_error error, const char *subject) {
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
rstore_store open_s3(const char *endpoint) {
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

void test_options(void) {
    unknown_option();
    secrets_in_options();
    secrets_in_urls();
    option_of_another_scheme();
}
