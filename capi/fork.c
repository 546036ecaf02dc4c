/* A Go runtime does not survive a fork: its threads are gone in the child, and a
 * call would wait for them for ever (golang/go#15538). So the child runs another
 * image: before the fork, where threads may still be waited for, the parent maps
 * a copy, once, and the child's first call starts it. */
#define _GNU_SOURCE

#include "image.h"

#include <stddef.h>

#include "libremotestore.h"

static const char *volatile problem;

static void before_fork(void) {
    pthread_mutex_lock(&rstore_this.mutex);
    if (*rstore_live && !rstore_this.copy) problem = rstore_copy_map();
}

static void in_parent(void) { pthread_mutex_unlock(&rstore_this.mutex); }

/* The handlers of this image's Go would run it: whose the signals were before
 * gets them back. */
static void restore_signals(void) {
    struct sigaction now;
    int number;

    for (number = 1; number <= RSTORE_SIGNALS; number++) {
        if (sigaction(number, NULL, &now) != 0) continue;
        if (now.sa_flags & SA_SIGINFO ? rstore_is_ours((void *)(uintptr_t)now.sa_sigaction)
                                      : rstore_is_ours((void *)(uintptr_t)now.sa_handler))
            sigaction(number, &rstore_this.before[number], NULL);
    }
}

/* Only what POSIX allows in the child of a process with threads. */
static void in_child(void) {
    if (!rstore_this.forked) {
        rstore_this.forked = 1;
        *(volatile int32_t *)rstore_live = 0;
        restore_signals();
        rstore_sockets_close();
    }
    pthread_mutex_unlock(&rstore_this.mutex);
}

int rstore_watch_forks(void) { return pthread_atfork(before_fork, in_parent, in_child); }

const char *rstore_fork_problem(void) {
    if (!rstore_is_lazy()) return "this build of the library starts Go when it is loaded";
    if (rstore_this.started && !*rstore_live && !rstore_this.forked) return "this process was made by a raw clone";
    if (rstore_this.forked && rstore_this.copy)
        return ((const char *(*)(void))RSTORE_TWIN(rstore_fork_problem, rstore_this.copy))();
    return problem;
}
