/* Keeps a list of parts in the store of a URL, without a lock; reads pieces of a
 * part, signs a URL, and deletes all of it, with the paths that are given too:
 *
 *     manifest URL [PATH...]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libremotestore.h"

#define MANIFEST RSTORE_STR("libremotestore-demo/manifest")
#define PART RSTORE_STR("libremotestore-demo/part")

/* Prints what came of a call, and closes its error. */
static int32_t told(const char *what, int32_t status, rstore_error error) {
    rstore_evidence e;
    if (status == RSTORE_OK) {
        printf("  %s: OK\n", what);
    } else if (rstore_error_evidence(error, &e, sizeof e) == RSTORE_OK) {
        printf("  %s: %s: %s\n", what, rstore_status_name(status), e.message);
        rstore_close(error);
    }
    return status;
}

/* Adds a line to the manifest: replaces just the object that was read, and begins
 * anew if somebody else was faster. */
static int32_t add_line(rstore_store store, const char *line, rstore_error *error) {
    for (;;) {
        rstore_args replace = {0};
        rstore_object old;
        char *text;
        int32_t status = rstore_get(store, 0, MANIFEST, NULL, 0, &old, sizeof old, error);
        if (status != RSTORE_OK) return status;

        text = malloc(old.data_len + strlen(line) + 1);
        if (text == NULL) abort();
        if (old.data_len) memcpy(text, old.data, old.data_len);
        strcpy(text + old.data_len, line);
        replace.if_match = old.etag;
        replace.if_match_len = old.etag_len;
        status = rstore_put(store, 0, MANIFEST, text, old.data_len + strlen(line), &replace, sizeof replace, NULL, 0, error);
        free(text);
        rstore_close(old.owner);
        if (status != RSTORE_PRECONDITION_FAILED) return status;
        if (error != NULL) rstore_close(*error);
    }
}

/* Two writers that read the same manifest: one wins. */
static void race(rstore_store store) {
    rstore_args replace = {0};
    rstore_object read;
    rstore_error error = 0;
    int32_t status = rstore_head(store, 0, MANIFEST, NULL, 0, &read, sizeof read, &error);
    if (told("what both have read", status, error)) return;

    replace.if_match = read.etag;
    replace.if_match_len = read.etag_len;
    status = rstore_put(store, 0, MANIFEST, "one\n", 4, &replace, sizeof replace, NULL, 0, &error);
    told("the first one replaces it", status, error);
    status = rstore_put(store, 0, MANIFEST, "two\n", 4, &replace, sizeof replace, NULL, 0, &error);
    told("the second one", status, error);
    rstore_close(read.owner);
}

static void read_pieces(rstore_store store) {
    char first[3], middle[4], last[100];
    rstore_range ranges[3] = {{0, NULL, 0, 0}, {10, NULL, 0, 0}, {26, NULL, 0, 0}};
    rstore_args args = {0};
    rstore_error error = 0;
    int32_t status;
    int i;
    ranges[0].buffer = first;
    ranges[0].buffer_len = sizeof first;
    ranges[1].buffer = middle;
    ranges[1].buffer_len = sizeof middle;
    ranges[2].buffer = last;
    ranges[2].buffer_len = sizeof last;
    args.coalesce = 1024; /* all of them by one request */
    status = rstore_get_ranges(store, 0, PART, &args, sizeof args, ranges, 3, NULL, 0, &error);
    if (told("three ranges", status, error)) return;
    for (i = 0; i < 3; i++)
        printf("    from %lu: %.*s\n", (unsigned long)ranges[i].offset, (int)ranges[i].filled, (const char *)ranges[i].buffer);
}

static void sign(rstore_store store) {
    rstore_text url;
    rstore_error error = 0;
    int32_t status = rstore_sign(store, 0, MANIFEST, NULL, 0, RSTORE_STR("GET"), 60, &url, sizeof url, &error);
    if (told("a URL for a minute", status, error)) return;
    printf("    %s\n", url.text);
    rstore_close(url.owner);
}

static void delete_all(rstore_store store, int count, char **paths) {
    rstore_deletion *objects = calloc((size_t)count + 2, sizeof *objects);
    rstore_failures failures;
    rstore_error error = 0;
    int32_t status;
    size_t i;
    if (objects == NULL) abort();
    for (i = 0; i < (size_t)count; i++) {
        objects[i].path = paths[i];
        objects[i].path_len = strlen(paths[i]);
    }
    objects[i].path = "libremotestore-demo/manifest";
    objects[i].path_len = strlen(objects[i].path);
    objects[i + 1].path = "libremotestore-demo/part";
    objects[i + 1].path_len = strlen(objects[i + 1].path);
    status = rstore_delete_many(store, 0, objects, i + 2, NULL, 0, &failures, sizeof failures, &error);
    if (told("deletes", status, error) == RSTORE_OK) {
        for (i = 0; i < failures.count; i++) {
            const rstore_failure *f = RSTORE_FAILURE(failures, i);
            printf("    not %s: %s: %s\n", objects[f->index].path, rstore_status_name(f->status), f->message);
        }
        rstore_close(failures.owner);
    }
    free(objects);
}

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : "memory://";
    rstore_args overwrite = {0};
    rstore_store store;
    rstore_error error = 0;
    int32_t status = rstore_open(url, strlen(url), 0, &store, &error);
    if (told("opens", status, error)) return 1;

    overwrite.flags = RSTORE_OVERWRITE;
    status = rstore_put(store, 0, PART, "abcdefghijklmnopqrstuvwxyz.", 27, &overwrite, sizeof overwrite, NULL, 0, &error);
    told("a part", status, error);
    status = rstore_put(store, 0, MANIFEST, "", 0, NULL, 0, NULL, 0, &error);
    told("a manifest, if there is none", status, error);
    status = rstore_put(store, 0, MANIFEST, "", 0, NULL, 0, NULL, 0, &error);
    told("once more", status, error);

    status = add_line(store, "libremotestore-demo/part\n", &error);
    told("a line of it", status, error);
    race(store);
    read_pieces(store);
    sign(store);
    delete_all(store, argc > 2 ? argc - 2 : 0, argv + 2);
    return rstore_close(store) != RSTORE_OK;
}
