/* Gives every function of the library what it must refuse. Each answer has to
 * be the right status: that this program comes to its end is the first check.
 * Here: the order of the tests, and the last line. It needs the S3 server of
 * tests/servers/serve.py. */
#define _XOPEN_SOURCE 700 /* alarm */

#include <stdio.h>
#include <unistd.h>

#include "misuse.h"

enum { LONGEST_SECONDS = 120 };

int main(void) {
    struct holdings before;
    rstore_list uploads = 0;
    int kind;

    alarm(LONGEST_SECONDS); /* a call that does not end must fail, not hang */
    for (kind = 0; kind <= S3_STORE; kind++) {
        good[kind] = make((enum kind)kind);
    }
    STATUS(RSTORE_OK, rstore_ping(good[S3_STORE], 0, NULL));
    STATUS(RSTORE_OK, rstore_close(good[S3_STORE]));
    STATUS(RSTORE_OK, rstore_close(good[STORE]));
    (void)target_file();
    (void)source_file();
    before = holdings(); /* with what Go opens for its first connection, for good */
    for (kind = 0; kind < KINDS; kind++) {
        good[kind] = make((enum kind)kind);
    }
    numbers_without_a_name();
    test_handles();
    test_text();
    test_records();
    test_args();
    test_many();
    test_files();
    test_options();
    test_streams();
    test_starts();
    test_progress();
    test_uploads();
    test_registries();
    test_calls();
    test_fork();
    for (kind = KINDS - 1; kind > S3_STORE; kind--) {
        STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(good[kind]));
    }
    STATUS(RSTORE_OK, rstore_uploads_open(good[S3_STORE], NULL, 0, NULL, 0, &uploads, NULL));
    STATUS(RSTORE_END, rstore_list_next(uploads, 0, &page_out, sizeof page_out, NULL));
    STATUS(RSTORE_OK, rstore_close(uploads));
    STATUS(RSTORE_OK, rstore_delete(good[S3_STORE], 0, RSTORE_STR("a"), NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_delete(good[S3_STORE], 0, RSTORE_STR("r"), NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(good[S3_STORE]));
    STATUS(RSTORE_OK, rstore_close(good[STORE]));
    check_holdings(&before);
    printf("misuse: %ld checks passed, %ld failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
