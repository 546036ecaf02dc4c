/* Planted bug: UndefinedBehaviorSanitizer must report it, in a process with
 * the library. */
#include <limits.h>
#include <stdio.h>

#include "libremotestore.h"

int main(void) {
    rstore_store store = 0;
    volatile int most = INT_MAX;

    if (rstore_open(RSTORE_STR("memory://"), 0, &store, NULL) != RSTORE_OK ||
        rstore_put(store, 0, RSTORE_STR("a"), "x", 1, NULL, 0, NULL, 0, NULL) != RSTORE_OK ||
        rstore_close(store) != RSTORE_OK) {
        fputs("the library failed\n", stderr);
        return 2;
    }
    most = most + 1; /* the bug */
    return 0;
}
