/* Calls that wait, and what ends them: the interrupt hook, deadlines, cancels.
 * Here: the order of the tests, and the last line. It needs the S3 server of
 * tests/servers/serve.py. */
#define _XOPEN_SOURCE 700 /* alarm */

#include <stdio.h>
#include <unistd.h>

#include "interrupt.h"

enum { LONGEST_SECONDS = 120 };

int main(void) {
    struct holdings before;

    alarm(LONGEST_SECONDS); /* a call that does not end must fail, not hang */
    start_stub();
    open_silent();
    still_serve("the first call", 0);
    close_silent();
    before = holdings(); /* with what Go opens for its first connection, for good */
    open_silent();
    test_hook();
    test_signals();
    test_progress();
    test_inside();
    test_others();
    test_credentials();
    test_ends();
    test_queued();
    test_queued_credentials();
    test_settle();
    test_server();
    close_silent();
    check_holdings(&before);
    stop_stub();
    printf("interrupt: %ld checks passed, %ld failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
