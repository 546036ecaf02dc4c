/* Planted bug: LeakSanitizer must report it, in a process with the library. */
#include <stdio.h>
#include <stdlib.h>

#include "libremotestore.h"

static void *volatile lost;

int main(void) {
    rstore_store store = 0;

    if (rstore_open(RSTORE_STR("memory://"), 0, &store, NULL) != RSTORE_OK ||
        rstore_put(store, 0, RSTORE_STR("a"), "x", 1, NULL, 0, NULL, 0, NULL) != RSTORE_OK ||
        rstore_close(store) != RSTORE_OK) {
        fputs("the library failed\n", stderr);
        return 2;
    }
    lost = malloc(4321); /* the bug */
    lost = NULL;
    return 0;
}
