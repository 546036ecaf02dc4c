/* rstore_reader_start: buffers of every size beside that of the object, or of a
 * range; and rstore_path_normalize. */
#define _XOPEN_SOURCE 700 /* mkdtemp */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "misuse.h"

static const char content[] = "0123456789";

enum { SIZE = 10, GUARD = 8, LARGE = 300000 };

/* Reads to the end, byte for byte, and checks that it is `rest`. */
static void reads_the_rest(const char *name, rstore_reader reader, const char *rest) {
    char byte;
    size_t filled = 1, n = 0;

    while (filled == 1 && n <= strlen(rest)) {
        STATUS_FOR(name, RSTORE_OK, rstore_reader_read(reader, 0, &byte, 1, &filled, NULL));
        CHECK_FOR(name, filled == 0 || byte == rest[n]);
        n += filled;
    }
    CHECK_FOR(name, filled == 0 && n == strlen(rest));
}

/* Starts with a buffer of so many bytes: it gets the first of `want`, and the
 * reader the others. */
static void start(const char *name, rstore_store store, const rstore_args *args, size_t size, const char *want) {
    unsigned char buffer[2 * SIZE + GUARD];
    rstore_reader reader = UINT64_MAX;
    rstore_error error = UINT64_MAX;
    size_t filled = SIZE_MAX, length = strlen(want), first = size < length ? size : length, i;
    uint64_t all = UINT64_MAX;

    memset(buffer, 0x5a, sizeof buffer);
    STATUS_FOR(name, RSTORE_OK,
               rstore_reader_start(store, 0, RSTORE_STR("s"), args, args != NULL ? sizeof *args : 0,
                                   size != 0 ? buffer : NULL, size, &filled, &all, &reader, &error));
    CHECK_FOR(name, error == 0);
    CHECK_FOR(name, filled == first && all == length);
    CHECK_FOR(name, memcmp(buffer, want, first) == 0);
    for (i = size; i < sizeof buffer && buffer[i] == 0x5a; i++) {
    }
    CHECK_FOR(name, i == sizeof buffer); /* nothing behind the buffer */
    CHECK_FOR(name, (reader == 0) == (filled == all));
    if (reader != 0 && reader != UINT64_MAX) {
        reads_the_rest(name, reader, want + first);
        STATUS_FOR(name, RSTORE_OK, rstore_reader_seek(reader, 0, NULL)); /* it has all of the range */
        reads_the_rest(name, reader, want);
        STATUS_FOR(name, RSTORE_OK, rstore_close(reader));
    }
}

static void sizes(const char *name, rstore_store store, const rstore_args *args, const char *want) {
    size_t length = strlen(want), candidates[] = {0, 1, length - 1, length, length + 1, 2 * SIZE}, i;

    for (i = 0; i < COUNT(candidates); i++) {
        if (candidates[i] <= 2 * SIZE) { /* an empty one has no byte less */
            start(name, store, args, candidates[i], want);
        }
    }
}

static void refused(const char *name, rstore_store store, const char *path, uint64_t offset, int32_t want) {
    rstore_args args = {.offset = offset, .length = offset};
    rstore_reader reader = 4711;
    rstore_error error = 0;
    rstore_evidence evidence = {0};
    size_t filled = 4711;
    uint64_t all = 4711;

    STATUS_FOR(name, want,
               rstore_reader_start(store, 0, path, strlen(path), &args, sizeof args, buffer_out, sizeof buffer_out,
                                   &filled, &all, &reader, &error));
    CHECK_FOR(name, filled == 4711 && all == 4711 && reader == 4711);
    STATUS_FOR(name, RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK_FOR(name, evidence.status == want && strcmp(evidence.operation, "get") == 0 &&
                        strcmp(evidence.path, path) == 0);
    STATUS_FOR(name, RSTORE_OK, rstore_close(error));
}

static void put(const char *name, rstore_store store, const void *data, size_t length) {
    rstore_args overwrite = {.flags = RSTORE_OVERWRITE};

    STATUS_FOR(name, RSTORE_OK,
               rstore_put(store, 0, RSTORE_STR("s"), data, length, &overwrite, sizeof overwrite, NULL, 0, NULL));
}

/* More than one read of a connection brings. */
static void a_large_one(const char *name, rstore_store store) {
    unsigned char *data = malloc(LARGE), *got = malloc(LARGE + 1);
    static const size_t candidates[] = {65536, LARGE - 1, LARGE, LARGE + 1};
    size_t i, n;

    CHECK_FOR(name, data != NULL && got != NULL);
    for (i = 0; data != NULL && i < LARGE; i++) {
        data[i] = (unsigned char)(i * 7 + i / 256);
    }
    put(name, store, data, LARGE);
    for (n = 0; data != NULL && got != NULL && n < COUNT(candidates); n++) {
        rstore_reader reader = UINT64_MAX;
        size_t filled = 0, more = 1;
        uint64_t all = 0;

        STATUS_FOR(name, RSTORE_OK,
                   rstore_reader_start(store, 0, RSTORE_STR("s"), NULL, 0, got, candidates[n], &filled, &all, &reader,
                                       NULL));
        CHECK_FOR(name, all == LARGE && filled == (candidates[n] < LARGE ? candidates[n] : LARGE));
        CHECK_FOR(name, (reader == 0) == (filled == all));
        if (reader != 0) {
            STATUS_FOR(name, RSTORE_OK,
                       rstore_reader_read(reader, 0, got + filled, LARGE + 1 - filled, &more, NULL));
            CHECK_FOR(name, filled + more == LARGE);
            STATUS_FOR(name, RSTORE_OK, rstore_close(reader));
        }
        CHECK_FOR(name, memcmp(got, data, LARGE) == 0);
    }
    free(data);
    free(got);
}

/* The reader stays with the version that it began with, and closes with its
 * store as any other. */
static void the_rest_of_another_version(const char *name, rstore_store store) {
    rstore_reader reader = 0;
    size_t filled = 0;
    uint64_t all = 0;

    put(name, store, content, SIZE);
    STATUS_FOR(name, RSTORE_OK,
               rstore_reader_start(store, 0, RSTORE_STR("s"), NULL, 0, buffer_out, 4, &filled, &all, &reader, NULL));
    put(name, store, "9876543210", SIZE);
    STATUS_FOR(name, RSTORE_OK, rstore_reader_seek(reader, 1, NULL));
    STATUS_FOR(name, RSTORE_CHANGED, rstore_reader_read(reader, 0, buffer_out, 4, &filled, NULL));
    STATUS_FOR(name, RSTORE_OK, rstore_close(reader));
    STATUS_FOR(name, RSTORE_CLOSED, rstore_close(reader));
}

static void starts_of(const char *name, rstore_store store) {
    rstore_args tail = {.offset = 7}, middle = {.offset = 2, .length = 5}, cut = {.offset = 4, .length = 100};
    rstore_args whole = {.length = SIZE};

    put(name, store, content, SIZE);
    sizes(name, store, NULL, content);
    sizes(name, store, &whole, content);
    sizes(name, store, &tail, "789");
    sizes(name, store, &middle, "23456");
    sizes(name, store, &cut, "456789");
    refused(name, store, "s", SIZE, RSTORE_RANGE_NOT_SATISFIABLE);
    refused(name, store, "s", SIZE + 1, RSTORE_RANGE_NOT_SATISFIABLE);
    refused(name, store, "nothing", 0, RSTORE_NOT_FOUND);
    put(name, store, NULL, 0);
    sizes(name, store, NULL, "");
    refused(name, store, "s", 1, RSTORE_RANGE_NOT_SATISFIABLE);
    a_large_one(name, store);
    the_rest_of_another_version(name, store);
    STATUS_FOR(name, RSTORE_OK, rstore_delete(store, 0, RSTORE_STR("s"), NULL, 0, NULL));
}

static void starts_in_a_folder(void) {
    char folder[] = "/tmp/rstore-misuse-XXXXXX", url[64];
    rstore_store store = 0;

    CHECK(mkdtemp(folder) != NULL);
    snprintf(url, sizeof url, "file://%s", folder);
    STATUS(RSTORE_OK, rstore_open(url, strlen(url), 0, &store, NULL));
    starts_of("local", store);
    STATUS(RSTORE_OK, rstore_close(store));
    CHECK(rmdir(folder) == 0);
}

/* Memory that is given for two things is filled twice, and no more. */
static void the_same_memory_twice(void) {
    union {
        size_t filled;
        uint64_t length;
        rstore_reader reader;
        char path[16];
    } both = {.path = "a"};
    rstore_reader reader = 0;

    STATUS(RSTORE_OK, rstore_reader_start(good[STORE], 0, RSTORE_STR("a"), NULL, 0, buffer_out, 4, &both.filled,
                                          &both.length, &reader, NULL));
    CHECK(both.length == 4 || both.length == SIZE);
    STATUS(RSTORE_OK, rstore_close(reader));
    memcpy(both.path, "a", 2); /* the buffer, the outs and the path */
    STATUS(RSTORE_OK, rstore_reader_start(good[STORE], 0, both.path, 1, NULL, 0, both.path, sizeof both, &both.filled,
                                          &both.length, &both.reader, NULL));
    CHECK(both.reader == 0 || both.length == SIZE || both.filled == SIZE);
}

static void normal_paths(void) {
    static const struct {
        const char *path, *normal; /* NULL is RSTORE_INVALID_PATH */
    } cases[] = {
        {"a", "a"},
        {"a/b", "a/b"},
        {"/a//b/", "a/b"},
        {"./a/./b/.", "a/b"},
        {"\\a\\b", "a/b"},
        {"a\\/b", "a/b"},
        {" a ", " a "},
        {"...", "..."},
        {"a..b/..c", "a..b/..c"},
        {"\xe2\x82\xac/\n", "\xe2\x82\xac/\n"},
        {"a%2Fb?c#d", "a%2Fb?c#d"},
        {".", NULL},
        {"/", NULL},
        {"//./", NULL},
        {"\\", NULL},
        {"..", NULL},
        {"a/..", NULL},
        {"a/../b", NULL},
        {"a\\..\\b", NULL},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        const char *path = cases[i].path, *normal = cases[i].normal;
        rstore_text text = {0}, again = {0};
        rstore_error error = UINT64_MAX;
        rstore_evidence evidence = {0};
        int32_t status = rstore_path_normalize(path, strlen(path), &text, sizeof text, &error);

        STATUS_FOR(path, normal != NULL ? RSTORE_OK : RSTORE_INVALID_PATH, status);
        CHECK_FOR(path, (error == 0) == (status == RSTORE_OK) && (text.owner == 0) == (status != RSTORE_OK));
        if (status != RSTORE_OK) {
            STATUS_FOR(path, RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
            CHECK_FOR(path, evidence.status == RSTORE_INVALID_PATH && *evidence.message != '\0');
            STATUS_FOR(path, RSTORE_OK, rstore_close(error));
            continue;
        }
        CHECK_FOR(path, normal != NULL && strcmp(text.text, normal) == 0 && text.text_len == strlen(normal));
        STATUS_FOR(path, RSTORE_OK, rstore_path_normalize(text.text, text.text_len, &again, sizeof again, NULL));
        CHECK_FOR(path, again.text != NULL && strcmp(again.text, text.text) == 0);
        STATUS_FOR(path, RSTORE_OK, rstore_close(again.owner));
        STATUS_FOR(path, RSTORE_OK, rstore_close(text.owner));
    }
}

void test_starts(void) {
    starts_of("memory", good[STORE]);
    starts_of("S3", good[S3_STORE]);
    starts_in_a_folder();
    the_same_memory_twice();
    normal_paths();
}
