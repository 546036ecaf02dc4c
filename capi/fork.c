/* A Go runtime does not survive fork: its threads are gone in the child, and a
 * call would wait for them for ever (golang/go#15538). So the child is told. */
#include <pthread.h>

#include "fork.h"

volatile int rstore_forked = 0;

static void in_child(void) { rstore_forked = 1; }

__attribute__((constructor)) static void watch_forks(void) {
    pthread_atfork(NULL, NULL, in_child);
}
