/* Registries and backends: configurations that cannot be right, and stores that
 * outlive their registry. No error tells what may be a secret. */
#define _XOPEN_SOURCE 700 /* setenv */

#include <stdlib.h>
#include <string.h>

#include "misuse.h"

static void configurations(void) {
    static const char *const refused[] = {
        "{",
        "[]",
        "0",
        "{} {}",
        "{\"backends\": []}",
        "{\"backends\": {\"b\": 1}}",
        "{\"backends\": {\"b\": {}}}",
        "{\"backends\": {\"b\": {\"type\": 1}}}",
        "{\"backends\": {\"b\": {\"type\": \"ftp\"}}}",
        "{\"backends\": {\"b\": {\"type\": \"memory\", \"retry\": {\"max_attempts\": 1.5}}}}",
        "{\"backends\": {\"b\": {\"type\": \"memory\", \"retry\": {\"max_attempts\": 1e999}}}}",
        "{\"backends\": {}, \"stores\": {\"s\": {\"backend\": \"none\"}}}",
        "{\"backends\": {}, \"stores\": {\"s\": 1}}",
    };
    char *deep = malloc(200001);
    size_t i;

    for (i = 0; i < COUNT(refused); i++) {
        STATUS_FOR(refused[i], RSTORE_INVALID_ARGUMENT,
                   rstore_registry_open(refused[i], strlen(refused[i]), NULL, 0, &handle_out, NULL, 0, NULL));
    }
    CHECK(deep != NULL);
    if (deep != NULL) { /* brackets in brackets: no stack may overflow */
        memset(deep, '[', 200000);
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_registry_open(deep, 200000, NULL, 0, &handle_out, NULL, 0, NULL));
        free(deep);
    }
}

static void secrets(void) {
    static const char *const secret[] = {
        "{\"backends\": {\"b\": {\"type\": \"s3\", \"options\": {\"bucket\": \"b\", \"secret\": [\"SECRETMARKER\"]}}}}",
        "{\"backends\": {\"b\": {\"type\": \"s3\", \"options\": {\"bucket\": \"b\", \"secret\": \"SECRETMARKER\\n\"}}}}",
        "{\"backends\": {\"b\": {\"type\": \"s3\", \"options\": {\"bucket\": \"b\", \"secrt\": \"SECRETMARKER\"}}}}",
        "{\"backends\": {\"b\": {\"type\": \"s3\", \"options\": {\"bucket\": \"b\", \"secret\": \"SECRETMARKER\"}}},"
        " \"stores\": {\"s\": {\"backend\": \"b\"}}}",
        "{\"backends\": {\"b\": {\"type\": \"s3\", \"options\": {\"secret\": \"SECRETMARKER",
        "{\"backends\": \"SECRETMARKER\"}",
        "{\"backends\": {\"b\": {\"type\": \"s3\", \"options\": {\"bucket\": \"s3://AKIA:SECRETMARKER@b\"}}}}",
        "{\"backends\": {\"b\": {\"type\": \"s3\", \"options\": {\"bucket\": \"b\","
        " \"client_options\": {\"token\": \"SECRETMARKER\"}}}}}",
    };
    size_t i;

    for (i = 0; i < COUNT(secret); i++) {
        rstore_registry registry = 0;
        rstore_text warnings = {0};
        rstore_error error = 0;

        if (rstore_registry_open(secret[i], strlen(secret[i]), NULL, 0, &registry, &warnings, sizeof warnings,
                                 &error) == RSTORE_OK) {
            CHECK_FOR(secret[i], strstr(warnings.text, "SECRETMARKER") == NULL);
            STATUS_FOR(secret[i], RSTORE_OK, rstore_close(warnings.owner));
            CHECK_FOR(secret[i], rstore_registry_store(registry, RSTORE_STR("s"), &handle_out, &error) != RSTORE_OK);
            STATUS_FOR(secret[i], RSTORE_OK, rstore_close(registry));
        }
        check_no_secret(error, secret[i]);
    }
}

/* A close of the registry closes the backends, but not the handles on them. */
static void a_registry_that_is_closed(void) {
    rstore_registry registry = make(REGISTRY);
    rstore_store one = 0, two = 0;

    STATUS(RSTORE_OK, rstore_registry_store(registry, RSTORE_STR("m"), &one, NULL));
    STATUS(RSTORE_OK, rstore_registry_store(registry, RSTORE_STR("m"), &two, NULL));
    STATUS(RSTORE_OK, rstore_put(one, 0, RSTORE_STR("a"), "x", 1, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(one));
    STATUS(RSTORE_OK, rstore_head(two, 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL)); /* on the same backend */
    STATUS(RSTORE_OK, rstore_close(registry));
    STATUS(RSTORE_CLOSED, rstore_head(two, 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_CLOSED, rstore_registry_store(registry, RSTORE_STR("m"), &one, NULL));
    STATUS(RSTORE_OK, rstore_close(two));
}

/* A store of a backend of its own closes it. */
static void a_backend(void) {
    const char *config = "{\"type\": \"memory\", \"retry\": {\"max_attempts\": 2}}";
    rstore_store store = 0, child = 0;
    rstore_text warnings = {0};

    STATUS(RSTORE_OK, rstore_backend_open(config, strlen(config), NULL, 0, &store, &warnings, sizeof warnings, NULL));
    CHECK(warnings.text_len == 0);
    STATUS(RSTORE_OK, rstore_close(warnings.owner));
    STATUS(RSTORE_OK, rstore_put(store, 0, RSTORE_STR("a/b"), "x", 1, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_child(store, RSTORE_STR("a"), NULL, 0, &child, NULL));
    STATUS(RSTORE_OK, rstore_head(child, 0, RSTORE_STR("b"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(store));
    STATUS(RSTORE_CLOSED, rstore_head(child, 0, RSTORE_STR("b"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(child));
}

/* Options of args are those of the configuration. */
static void a_backend_of_pairs(void) {
    rstore_pair bucket = {RSTORE_STR("bucket"), RSTORE_STR("b")};
    rstore_args args = {.options = &bucket, .options_count = 1};
    rstore_store store = 0;

    STATUS(RSTORE_OK,
           rstore_backend_open(RSTORE_STR("{\"type\": \"s3\"}"), &args, sizeof args, &store, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(store));
    STATUS(RSTORE_INVALID_OPTION, rstore_backend_open(RSTORE_STR("{\"type\": \"s3\", \"options\": {\"bucket\": \"b\"}}"),
                                                      &args, sizeof args, &store, NULL, 0, NULL));
}

/* The environment is that of now, as setenv changed it. */
static void a_backend_of_the_environment(void) {
    const char *config = "{\"type\": \"${REMOTESTORE_TEST_TYPE}\"}";
    rstore_args resolve = {0};
    rstore_store store = 0;

    resolve.flags = RSTORE_RESOLVE_ENV;
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_backend_open(config, strlen(config), NULL, 0, &store, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_backend_open(config, strlen(config), &resolve, sizeof resolve, &store, NULL, 0, NULL));
    setenv("REMOTESTORE_TEST_TYPE", "memory", 1);
    STATUS(RSTORE_OK, rstore_backend_open(config, strlen(config), &resolve, sizeof resolve, &store, NULL, 0, NULL));
    setenv("REMOTESTORE_TEST_TYPE", "x=memory", 1);
    config = "{\"type\": \"${REMOTESTORE_TEST_TYPE=x}\"}"; /* getenv of C would find it */
    STATUS(RSTORE_INVALID_ARGUMENT,
           rstore_backend_open(config, strlen(config), &resolve, sizeof resolve, &handle_out, NULL, 0, NULL));
    unsetenv("REMOTESTORE_TEST_TYPE");
    STATUS(RSTORE_OK, rstore_close(store));
}

void test_registries(void) {
    configurations();
    secrets();
    a_registry_that_is_closed();
    a_backend();
    a_backend_of_pairs();
    a_backend_of_the_environment();
}
