#include "queue.h"

#include <poll.h>
#include <pthread.h>
#include <stddef.h>

void rstore_queue_poll(int fd, int timeout_ms) {
    struct pollfd watched = {.fd = fd, .events = POLLIN, .revents = 0};
    int old;

    /* poll would let a pthread_cancel unwind the frames of Go below. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    (void)poll(&watched, 1, timeout_ms); /* the caller looks itself */
    pthread_setcancelstate(old, &old);
}
