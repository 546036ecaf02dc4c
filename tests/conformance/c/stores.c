/* The verbs of stores. */
#include "conformance.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void do_child(struct run *run, rstore_store store, const struct step *step) {
    rstore_store child;
    rstore_error error;
    int32_t status = rstore_child(store, step->path.bytes, step->path.length, NULL, 0, &child, &error);

    if (succeeded(run, step, status, error)) {
        close_handle(run, child, "the child");
    }
}

void do_resolve(struct run *run, rstore_store store, const struct step *step) {
    rstore_location location;
    rstore_error error;
    char whole[MAX_URL];
    int32_t status = rstore_resolve(store, step->path.bytes, step->path.length, NULL, 0, &location, sizeof location, &error);

    if (!succeeded(run, step, status, error)) {
        return;
    }
    snprintf(run->native, sizeof run->native, "%s", location.path);
    if (location.bucket_len != 0) {
        snprintf(whole, sizeof whole, "%s%s%s", location.bucket, location.key_len != 0 ? "/" : "", location.key);
        if (strcmp(whole, location.path) != 0) {
            fail(run, "bucket and key are %s, but the path is %s", whole, location.path);
        }
    }
    close_handle(run, location.owner, "the location");
}

void do_to_key(struct run *run, rstore_store store, const struct step *step) {
    rstore_text path;
    rstore_error error;
    int32_t status = rstore_to_key(store, run->native, strlen(run->native), NULL, 0, &path, sizeof path, &error);

    if (succeeded(run, step, status, error)) {
        if (!same_text(&step->to, path.text, path.text_len)) {
            fail(run, "the path is \"%s\"", path.text);
        }
        close_handle(run, path.owner, "the path");
    }
}

void do_capabilities(struct run *run, rstore_store store, const struct step *step) {
    uint64_t can = 0;
    rstore_error error;
    int32_t status = rstore_capabilities(store, &can, &error);

    if (succeeded(run, step, status, error) && can != step->can) {
        fail(run, "expected %#" PRIx64 ", got %#" PRIx64, step->can, can);
    }
}

void do_ping(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_ping(store, 0, &error);

    succeeded(run, step, status, error);
}

void do_shutdown(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_shutdown(store, &error);

    succeeded(run, step, status, error);
}
