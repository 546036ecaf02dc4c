/* Fork: a forked child is refused what belongs to the parent, at once. */
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

/* What is the parent's is refused, and what is opened here works. */
static void check_in_child(void) {
    size_t i;
    rstore_store store = 0;
    rstore_error error;

    STATUS(RSTORE_FORKED, rstore_close(good[STORE]));
    for (i = 0; i < handle_calls_count; i++) {
        rstore_handle handle = takes(i) == KINDS ? good[STORE] : good[takes(i)];

        error = UINT64_MAX;
        STATUS_FOR(handle_calls[i].name, RSTORE_FORKED, call_row(i, handle, &error));
        CHECK_FOR(handle_calls[i].name, error == 0 || rstore_close(error) == RSTORE_OK);
    }
    STATUS(RSTORE_BAD_HANDLE, rstore_close(0));
    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &store, NULL));
    STATUS(RSTORE_OK, rstore_put(store, 0, RSTORE_STR("a"), "b", 1, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(store));
    STATUS(RSTORE_CLOSED, rstore_close(store));
    numbers_without_a_name();
}

void test_fork(void) {
    int state = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(10); /* a call that hangs ends the child */
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
