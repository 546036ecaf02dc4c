/* Gives every function of the library what it must refuse. Each answer has to
 * be the right status: that this program comes to its end is the first check.
 * Here: the order of the tests, and the last line. */
#include <stdio.h>

#include "misuse.h"

int main(void) {
    rstore_stats_record stats = {0};
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        good[kind] = make((enum kind)kind);
    }
    numbers_without_a_name();
    test_handles();
    test_text();
    test_records();
    test_options();
    test_calls();
    test_fork();
    for (kind = 0; kind < KINDS; kind++) {
        STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(good[kind]));
    }
    STATUS(RSTORE_OK, rstore_stats(&stats, sizeof stats));
    CHECK(stats.live_handles == 0);
    printf("misuse: %ld checks passed, %ld failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
