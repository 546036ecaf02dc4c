/* Fork: a forked child is refused everything but names and numbers, at once. */
#define _XOPEN_SOURCE 700 /* alarm, fork */

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "misuse.h"

void numbers_without_a_name(void) {
    CHECK(rstore_abi_version() == RSTORE_ABI_VERSION);
    CHECK(strcmp(rstore_version(), RSTORE_VERSION) == 0);
    CHECK(strcmp(rstore_status_name(RSTORE_NOT_FOUND), "NOT_FOUND") == 0);
    CHECK(strcmp(rstore_status_name(-1), "?") == 0);
    CHECK(strcmp(rstore_status_name(INT32_MIN), "?") == 0);
    CHECK(strcmp(rstore_status_name(INT32_MAX), "?") == 0);
}

static void check_in_child(void) {
    size_t i;
    rstore_stats_record stats;
    rstore_error error;
    rstore_text text;

    for (i = 0; i < handle_calls_count; i++) {
        rstore_handle handle = takes(i) == KINDS ? good[STORE] : good[takes(i)];

        error = UINT64_MAX;
        STATUS_FOR(handle_calls[i].name, RSTORE_FORKED, call_row(i, handle, &error));
        CHECK_FOR(handle_calls[i].name, error == 0);
    }
    error = UINT64_MAX;
    STATUS(RSTORE_FORKED, rstore_options_new(&handle_out, &error));
    CHECK(error == 0);
    error = UINT64_MAX;
    STATUS(RSTORE_FORKED, rstore_ctx_new(0, &handle_out, &error));
    CHECK(error == 0);
    error = UINT64_MAX;
    STATUS(RSTORE_FORKED, rstore_path_normalize(RSTORE_STR("a"), &text, sizeof text, &error));
    CHECK(error == 0);
    error = UINT64_MAX;
    STATUS(RSTORE_FORKED, rstore_s3_url_options(RSTORE_STR("s3://b"), &text, sizeof text, &error));
    CHECK(error == 0);
    STATUS(RSTORE_FORKED, rstore_stats(&stats, sizeof stats));
    STATUS(RSTORE_FORKED, rstore_close(0));
    numbers_without_a_name();
}

void test_fork(void) {
    int state = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(1); /* a call that hangs ends the child */
        failed = 0;
        check_in_child();
        fflush(stdout);
        _exit(failed == 0 ? 0 : 1);
    }
    CHECK(child > 0);
    CHECK(waitpid(child, &state, 0) == child);
    CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
    STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL)); /* the parent goes on */
}
