/* Planted bug: AddressSanitizer must report it, in a process with the library. */
#include <stdio.h>
#include <stdlib.h>

#include "libremotestore.h"

int main(void) {
    rstore_store store = 0;
    volatile size_t size = 8; /* volatile: else UBSan knows it, and reports first */
    volatile char *bytes = malloc(size);

    if (bytes == NULL || rstore_open(RSTORE_STR("memory://"), 0, &store, NULL) != RSTORE_OK ||
        rstore_put(store, 0, RSTORE_STR("a"), "x", 1, NULL, 0, NULL, 0, NULL) != RSTORE_OK ||
        rstore_close(store) != RSTORE_OK) {
        fputs("the library failed\n", stderr);
        return 2;
    }
    bytes[size] = 'x'; /* the bug */
    free((void *)bytes);
    return 0;
}
