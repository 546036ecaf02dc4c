/* What is valid: one handle of each kind, the maker of more, and the memory
 * that calls write to. */
#define _XOPEN_SOURCE 700 /* getpid */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "misuse.h"

const char *const kind_names[KINDS] = {"store", "S3 store", "options", "context", "list",
                                       "error", "memory",   "reader",  "writer",  "upload",  "registry",
                                       "queue"};

rstore_handle good[KINDS];

const char registry_config[] =
    "{\"backends\": {\"memory\": {\"type\": \"memory\"}}, \"stores\": {\"m\": {\"backend\": \"memory\"}}}";

rstore_object object_out;
rstore_page page_out;
rstore_handle handle_out;
size_t filled_out;
char buffer_out[64];

int source_file(void) {
    static FILE *file;

    if (file == NULL) {
        file = tmpfile();
        if (file == NULL || fputs("0123456789", file) < 0 || fflush(file) != 0) abort();
    }
    return fileno(file);
}

static int32_t open_served(rstore_store *store) {
    const char *bucket = getenv("REMOTESTORE_TEST_S3_URL");
    char url[256];

    snprintf(url, sizeof url, "%s/misuse-%ld", bucket != NULL ? bucket : "", (long)getpid());
    return rstore_open(url, strlen(url), 0, store, NULL);
}

rstore_handle make(enum kind kind) {
    rstore_handle handle = 0;
    rstore_object object = {0};

    switch (kind) {
    case STORE:
        STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &handle, NULL));
        STATUS(RSTORE_OK, rstore_put(handle, 0, RSTORE_STR("a"), "0123456789", 10, NULL, 0, NULL, 0, NULL));
        break;
    case S3_STORE:
        STATUS(RSTORE_OK, open_served(&handle));
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
        STATUS(RSTORE_NOT_FOUND, rstore_delete(good[STORE], 0, RSTORE_STR("none"), NULL, 0, &handle));
        break;
    case MEMORY:
        STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, &object, sizeof object, NULL));
        handle = object.owner;
        break;
    case READER:
        STATUS(RSTORE_OK,
               rstore_reader_open(good[STORE], 0, RSTORE_STR("a"), NULL, 0, &handle, NULL, 0, NULL));
        break;
    case WRITER:
        STATUS(RSTORE_OK, rstore_writer_open(good[STORE], 0, RSTORE_STR("w"), NULL, 0, &handle, NULL));
        break;
    case UPLOAD:
        STATUS(RSTORE_OK, rstore_upload_open(good[S3_STORE], 0, RSTORE_STR("u"), NULL, 0, &handle, NULL));
        STATUS(RSTORE_OK, rstore_upload_part(handle, 0, 1, "x", 1, NULL));
        break;
    case REGISTRY:
        STATUS(RSTORE_OK, rstore_registry_open(registry_config, strlen(registry_config), NULL, 0, &handle, NULL, 0, NULL));
        break;
    case QUEUE:
        STATUS(RSTORE_OK, rstore_queue_new(&handle, NULL, NULL));
        break;
    case KINDS:
        break;
    }
    CHECK_FOR(kind_names[kind], handle != 0);
    return handle;
}

/* For what a call has used up. */
void make_anew(enum kind kind) {
    STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(good[kind]));
    good[kind] = make(kind);
}

int same_type(enum kind a, enum kind b) {
    return (a == S3_STORE ? STORE : a) == (b == S3_STORE ? STORE : b);
}
