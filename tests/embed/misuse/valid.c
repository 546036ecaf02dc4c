/* What is valid: one handle of each kind, the maker of more, and the memory
 * that calls write to. */
#include "misuse.h"

const char *const kind_names[KINDS] = {"store", "options", "context", "list", "error", "memory"};

rstore_handle good[KINDS];

rstore_object object_out;
rstore_handle handle_out;
size_t filled_out;
char buffer_out[64];

rstore_handle make(enum kind kind) {
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
