/* One queue and one context for all calls, and a loop of one event. */
#define _XOPEN_SOURCE 700 /* poll */

#include "queued.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { LONGEST_MS = 120000, USER_DATA = 4711 };

static rstore_queue queue;
static rstore_ctx ctx;
static int fd = -1;
static size_t pending;

static void must(int holds, const char *what) {
    if (!holds) {
        printf("FAIL the queue: %s\n", what);
        exit(1);
    }
}

void begin_queue(void) {
    int32_t descriptor;

    must(rstore_queue_new(&queue, &descriptor, NULL) == RSTORE_OK, "queue_new");
    must(rstore_ctx_new(0, &ctx, NULL) == RSTORE_OK, "ctx_new");
    must(rstore_ctx_submit(ctx, queue, USER_DATA, NULL) == RSTORE_OK, "ctx_submit");
    fd = descriptor;
    pending = 0;
}

size_t end_queue(void) {
    must(rstore_close(ctx) == RSTORE_OK && rstore_close(queue) == RSTORE_OK, "close");
    queue = ctx = 0;
    return pending;
}

rstore_ctx queued_ctx(void) { return ctx; }

static int readable(int timeout_ms) {
    struct pollfd watched = {.fd = fd, .events = POLLIN};

    return poll(&watched, 1, timeout_ms) == 1;
}

int32_t queued_status(int32_t status) {
    rstore_event events[2];
    size_t count = 4711;

    if (ctx == 0) {
        return status;
    }
    if (status == RSTORE_PENDING) {
        pending++;
        must(readable(LONGEST_MS), "no event came");
        must(rstore_queue_wait(queue, 0, events, sizeof *events, 2, &count, NULL) == RSTORE_OK, "queue_wait");
        must(count == 1 && events[0].kind == RSTORE_EVENT_DONE && events[0].user_data == USER_DATA, "another event");
        status = events[0].status;
    }
    must(!readable(0), "there is an event too many");
    return status;
}
