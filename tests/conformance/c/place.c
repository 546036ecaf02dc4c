/* Where the cases run. */
#define _XOPEN_SOURCE 700 /* mkdtemp, nftw */

#include "conformance.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder that the store is in when it is below a prefix: the characters
 * that mean something in a pattern, in a URL or to S3. */
#define TOP "pre"
#define PREFIX TOP "/[x]*? +%41#\303\251"

static void join_url(char *url, const char *format, ...) {
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(url, MAX_URL, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= MAX_URL) {
        fprintf(stderr, "a URL is longer than %d bytes\n", MAX_URL);
        exit(1);
    }
}

static void prepare_local(struct place *place) {
    const char *parent = getenv("TMPDIR");

    join_url(place->base, "%s/rstore-XXXXXX", parent != NULL && *parent != '\0' ? parent : "/tmp");
    if (mkdtemp(place->base) == NULL) {
        die("mkdtemp");
    }
}

static void prepare_s3(struct place *place) {
    const char *url = getenv("REMOTESTORE_TEST_S3_URL");
    size_t length;

    if (url == NULL || *url == '\0') {
        fprintf(stderr, "REMOTESTORE_TEST_S3_URL is not set\n");
        exit(1);
    }
    length = strlen(url);
    while (length > 0 && url[length - 1] == '/') {
        length--;
    }
    if (strcmp(place->name, "custom") == 0) { /* the bucket may be somebody's own */
        join_url(place->base, "%.*s/conformance-%ld", (int)length, url, (long)getpid());
    } else {
        join_url(place->base, "%.*s", (int)length, url);
    }
}

void prepare(struct place *place, const char *name) {
    const char *s3_name = getenv("REMOTESTORE_TEST_S3_TARGET");

    place->name = name;
    place->backend = name;
    if (strcmp(name, "local") == 0) {
        prepare_local(place);
    } else if (strcmp(name, "s3") == 0) {
        place->name = s3_name != NULL && *s3_name != '\0' ? s3_name : "custom";
        prepare_s3(place);
    } else if (strcmp(name, "memory") != 0) {
        fprintf(stderr, "unknown target %s: memory, local or s3\n", name);
        exit(1);
    }
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where) {
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

void remove_folders(const struct place *place) {
    if (strcmp(place->backend, "local") == 0 && nftw(place->base, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0) {
        die(place->base);
    }
}

/* Appends a folder to a URL, in which these three would not be part of it. */
static void append_folder(char *url, const char *folder) {
    char *end = url + strlen(url);

    for (; *folder != '\0' && end - url < MAX_URL - 4; folder++) {
        if (strchr("%?#", *folder) != NULL) {
            end += sprintf(end, "%%%02X", (unsigned)*folder);
        } else {
            *end++ = *folder;
        }
    }
    *end = '\0';
}

static int open_store(struct run *run, const char *url, rstore_store *store) {
    const struct test_case *test = run->test;
    rstore_options options = 0;
    rstore_error error;
    size_t i;
    int32_t status = rstore_options_new(&options, &error);

    if (!expect(run, RSTORE_OK, NULL, status, error)) {
        return 0;
    }
    for (i = 0; i < test->option_count; i++) {
        const struct pair *o = &test->options[i];

        status = rstore_options_set(options, o->key, strlen(o->key), o->value, strlen(o->value), &error);
        expect(run, RSTORE_OK, NULL, status, error);
    }
    status = rstore_open(url, strlen(url), options, store, &error);
    close_handle(run, options, "the options");
    return expect(run, RSTORE_OK, NULL, status, error);
}

/* Opens a store, and of what has no prefix in its URL the child. */
static int open_below(struct run *run, const char *url, int child, struct opened *opened) {
    rstore_error error;
    int32_t status;

    if (!open_store(run, url, &opened->base)) {
        return 0;
    }
    opened->store = opened->base;
    if (!child) {
        return 1;
    }
    status = rstore_child(opened->base, RSTORE_STR(PREFIX), NULL, 0, &opened->store, &error);
    return expect(run, RSTORE_OK, NULL, status, error);
}

int open_place(struct run *run, const struct place *place, size_t number, int prefixed, struct opened *opened) {
    char url[MAX_URL], folder[MAX_URL];
    rstore_error error;
    int32_t status;
    int s3 = strcmp(place->backend, "s3") == 0;

    if (s3) {
        join_url(url, "%s", place->base);
    } else if (strcmp(place->backend, "local") == 0) {
        join_url(folder, "%s/%zu-%d", place->base, number, prefixed);
        join_url(url, "file://");
        append_folder(url, folder);
    } else {
        join_url(url, "memory://conformance-%zu-%d", number, prefixed);
    }
    status = rstore_open(url, strlen(url), 0, &opened->outer, &error);
    if (!expect(run, RSTORE_OK, NULL, status, error)) {
        return 0;
    }
    if (run->test->bucket != NULL) {
        join_url(url, "s3://%s", run->test->bucket);
    }
    if (s3 && prefixed) {
        append_folder(url, "/" PREFIX);
    }
    return open_below(run, url, prefixed && !s3, opened);
}

static void close_store(struct run *run, rstore_store store, const char *what) {
    if (store != 0) {
        close_handle(run, store, what);
    }
}

void close_place(struct run *run, const struct opened *opened) {
    if (opened->store != opened->base) {
        close_store(run, opened->store, "the child");
    }
    close_store(run, opened->base, "the store");
    close_store(run, opened->outer, "the store around it");
}

static void remove_left(struct run *run, rstore_store outer, const rstore_object *left) {
    rstore_args args = {.flags = RSTORE_RAW | RSTORE_MISSING_OK};
    rstore_error error;
    int32_t status;

    if (left->kind == RSTORE_KIND_FOLDER) {
        args.flags = RSTORE_RAW | RSTORE_MISSING_OK | RSTORE_RECURSIVE;
        status = rstore_delete_folder(outer, 0, left->path, left->path_len, &args, sizeof args, &error);
    } else {
        status = rstore_delete(outer, 0, left->path, left->path_len, &args, sizeof args, &error);
    }
    expect(run, RSTORE_OK, NULL, status, error);
}

void empty(struct run *run, rstore_store outer, int prefixed) {
    rstore_list list;
    rstore_page page;
    rstore_error error;
    int32_t status = rstore_list_open(outer, NULL, 0, NULL, 0, &list, &error);
    size_t i;

    if (!expect(run, RSTORE_OK, NULL, status, error)) {
        return;
    }
    while ((status = rstore_list_next(list, 0, &page, sizeof page, &error)) == RSTORE_OK) {
        for (i = 0; i < page.count; i++) {
            const rstore_object *left = RSTORE_PAGE_OBJECT(page, i);

            if (prefixed && strcmp(left->path, TOP) != 0) {
                fail(run, "outside the prefix of the store: %s", left->path);
            }
            remove_left(run, outer, left);
        }
        close_handle(run, page.owner, "the page");
    }
    expect(run, RSTORE_END, NULL, status, error);
    close_handle(run, list, "the list");
}
