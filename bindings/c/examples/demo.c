/* Writes, reads, lists, copies and deletes objects in the store of a URL. */
#include <stdio.h>
#include <string.h>

#include "libremotestore.h"

#define HELLO RSTORE_STR("libremotestore-demo/hello.txt")
#define COPY RSTORE_STR("libremotestore-demo/copy.txt")

/* Prints why a call failed and ends main. */
#define TRY(call)                          \
    do {                                   \
        if ((call) != RSTORE_OK) {         \
            explain(error);                \
            rstore_close(store);           \
            return 1;                      \
        }                                  \
    } while (0)

static void explain(rstore_error error) {
    rstore_evidence e;
    if (rstore_error_evidence(error, &e, sizeof e) == RSTORE_OK)
        fprintf(stderr, "%s: %s %s: %s\n", rstore_status_name(e.status), e.operation, e.path, e.message);
    rstore_close(error);
}

static void print_page(const rstore_page *page) {
    size_t i;
    for (i = 0; i < page->count; i++) {
        const rstore_object *o = RSTORE_PAGE_OBJECT(*page, i);
        printf("  list    %s, %lu bytes\n", o->path, (unsigned long)o->size);
    }
}

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : "memory://";
    rstore_args overwrite = {0}, range = {0};
    rstore_store store = 0;
    rstore_error error = 0;
    rstore_list list = 0;
    rstore_object object;
    rstore_page page;
    int32_t status;

    overwrite.flags = RSTORE_OVERWRITE;
    range.offset = 7;
    range.length = 5;
    printf("C, libremotestore %s, %s\n", rstore_version(), url);
    TRY(rstore_open(url, strlen(url), 0, &store, &error));

    TRY(rstore_put(store, 0, HELLO, "hello, world", 12, &overwrite, sizeof overwrite, &object, sizeof object, &error));
    printf("  write   %s, %lu bytes\n", object.path, (unsigned long)object.size);
    rstore_close(object.owner);

    status = rstore_put(store, 0, HELLO, "other", 5, NULL, 0, NULL, 0, NULL);
    printf("  write   again without overwriting: %s\n", rstore_status_name(status));

    TRY(rstore_get(store, 0, HELLO, NULL, 0, &object, sizeof object, &error));
    printf("  read    %.*s\n", (int)object.data_len, (const char *)object.data);
    rstore_close(object.owner);

    TRY(rstore_get(store, 0, HELLO, &range, sizeof range, &object, sizeof object, &error));
    printf("  read    5 bytes from 7: %.*s\n", (int)object.data_len, (const char *)object.data);
    rstore_close(object.owner);

    TRY(rstore_copy(store, 0, HELLO, COPY, &overwrite, sizeof overwrite, &error));
    printf("  copy    to libremotestore-demo/copy.txt\n");

    TRY(rstore_list_open(store, RSTORE_STR("libremotestore-demo"), NULL, 0, &list, &error));
    while ((status = rstore_list_next(list, 0, &page, sizeof page, NULL)) == RSTORE_OK) {
        print_page(&page);
        rstore_close(page.owner);
    }
    rstore_close(list);
    if (status != RSTORE_END) printf("  list    failed: %s\n", rstore_status_name(status));

    TRY(rstore_delete(store, 0, HELLO, NULL, 0, &error));
    TRY(rstore_delete(store, 0, COPY, NULL, 0, &error));
    status = rstore_head(store, 0, HELLO, NULL, 0, NULL, 0, NULL);
    printf("  delete  both; now the first one is %s\n", rstore_status_name(status));

    rstore_close(store);
    return 0;
}
