/* Writes and reads many objects at once, on one thread, in a loop of epoll.
 *
 *     epoll [URL]
 */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "libremotestore.h"

enum { OPERATIONS = 100, EVENTS = 64 };

/* All that belongs to one operation, up to its event. */
struct operation {
    rstore_ctx ctx;
    rstore_error error;
    int steps; /* that were taken */
    char path[64];
    char content[64];
    size_t length;
};

static const rstore_args overwrite = {.flags = RSTORE_OVERWRITE}; /* belongs to the operations too */
static rstore_store store;
static struct operation operations[OPERATIONS];
static int left = OPERATIONS, failed;
static size_t bytes;

static void explain(const struct operation *o) {
    rstore_evidence e;

    if (rstore_error_evidence(o->error, &e, sizeof e) == RSTORE_OK)
        fprintf(stderr, "%s: %s %s: %s\n", rstore_status_name(e.status), e.operation, e.path, e.message);
    rstore_close(o->error);
    failed++;
}

/* Goes on when a call is over: at once if there was nothing to wait for, else
 * when its event comes. */
static void go_on(struct operation *o, int32_t status) {
    while (status == RSTORE_OK && o->steps < 3) {
        switch (o->steps++) {
        case 0:
            status = rstore_put(store, o->ctx, o->path, strlen(o->path), o->content, o->length, &overwrite,
                                sizeof overwrite, NULL, 0, &o->error);
            break;
        case 1:
            memset(o->content, 0, sizeof o->content);
            status = rstore_get_into(store, o->ctx, o->path, strlen(o->path), NULL, 0, o->content, sizeof o->content,
                                     &o->length, &o->error);
            break;
        case 2:
            bytes += o->length;
            status = rstore_delete(store, o->ctx, o->path, strlen(o->path), NULL, 0, &o->error);
            break;
        }
    }
    if (status == RSTORE_PENDING) return;
    if (status != RSTORE_OK) explain(o);
    rstore_close(o->ctx);
    left--;
}

static void handle_events(rstore_queue queue) {
    rstore_event events[EVENTS];
    size_t count, i;

    if (rstore_queue_wait(queue, 0, events, sizeof *events, EVENTS, &count, NULL) != RSTORE_OK) return;
    for (i = 0; i < count; i++)
        if (events[i].kind == RSTORE_EVENT_DONE) go_on(&operations[events[i].user_data], events[i].status);
}

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : "memory://";
    struct epoll_event watched = {0}, ready;
    rstore_queue queue;
    int32_t fd;
    int loop = epoll_create1(EPOLL_CLOEXEC), i;

    if (rstore_open(url, strlen(url), 0, &store, NULL) != RSTORE_OK) return 1;
    if (rstore_queue_new(&queue, &fd, NULL) != RSTORE_OK) return 1;
    watched.events = EPOLLIN; /* level-triggered: it stays readable while there are events */
    if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &watched) != 0) return 1;

    for (i = 0; i < OPERATIONS; i++) {
        struct operation *o = &operations[i];

        snprintf(o->path, sizeof o->path, "libremotestore-demo/epoll/%d", i);
        o->length = (size_t)snprintf(o->content, sizeof o->content, "object %d", i);
        rstore_ctx_new(30000, &o->ctx, NULL);
        rstore_ctx_submit(o->ctx, queue, (uintptr_t)i, NULL);
        go_on(o, RSTORE_OK);
    }
    while (left > 0)
        if (epoll_wait(loop, &ready, 1, -1) > 0) handle_events(queue);

    printf("%d objects with %lu bytes, %d failed\n", OPERATIONS, (unsigned long)bytes, failed);
    rstore_close(queue);
    rstore_close(store);
    return failed != 0;
}
