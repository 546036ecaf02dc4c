/* Calls through queues, on a store of each kind. Here: the stores, and the order of
 * the tests. It needs the S3 server of tests/servers/serve.py. */
#define _XOPEN_SOURCE 700 /* mkdtemp, nftw, alarm */

#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "queue.h"

enum { LONGEST_SECONDS = 300 };

struct place places[PLACES] = {{"memory", 0, 0}, {"local", 0, 1}, {"s3", 0, 1}};

static char folder[256];

void sleep_ms(long ms) {
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

int readable(int32_t fd, int timeout_ms) {
    struct pollfd watched = {.fd = fd, .events = POLLIN};

    return poll(&watched, 1, timeout_ms) == 1 && watched.revents == POLLIN;
}

struct queued new_queued(void) {
    struct queued queued = {0, -1, 0};

    STATUS(RSTORE_OK, rstore_queue_new(&queued.queue, &queued.fd, NULL));
    STATUS(RSTORE_OK, rstore_ctx_new(0, &queued.ctx, NULL));
    STATUS(RSTORE_OK, rstore_ctx_submit(queued.ctx, queued.queue, USER_DATA, NULL));
    return queued;
}

void close_queued(const struct queued *queued) {
    STATUS(RSTORE_OK, rstore_close(queued->ctx));
    STATUS(RSTORE_OK, rstore_close(queued->queue));
}

int32_t status_of(const struct queued *queued, int32_t status) {
    rstore_event events[2] = {{0, 0, 0}, {0, 0, 0}};
    size_t count = 0;

    if (status == RSTORE_PENDING) {
        STATUS(RSTORE_OK, rstore_queue_wait(queued->queue, LONGEST_MS, events, sizeof *events, 2, &count, NULL));
        CHECK(count == 1 && events[0].kind == RSTORE_EVENT_DONE && events[0].user_data == USER_DATA);
        status = events[0].status;
    }
    CHECK(!readable(queued->fd, 0));
    return status;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place) {
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

static void open_place(struct place *place, const char *url) {
    char known[KNOWN_SIZE];

    memset(known, 'k', sizeof known);
    STATUS_FOR(url, RSTORE_OK, rstore_open(url, strlen(url), 0, &place->store, NULL));
    STATUS_FOR(url, RSTORE_OK,
               rstore_put(place->store, 0, RSTORE_STR("known"), known, sizeof known, NULL, 0, NULL, 0, NULL));
}

static void open_places(void) {
    const char *parent = getenv("TMPDIR"), *bucket = getenv("REMOTESTORE_TEST_S3_URL");
    char url[512];

    snprintf(folder, sizeof folder, "%s/rstore-XXXXXX", parent != NULL && *parent != '\0' ? parent : "/tmp");
    CHECK(mkdtemp(folder) != NULL);
    open_place(&places[0], "memory://");
    snprintf(url, sizeof url, "file://%s", folder);
    open_place(&places[1], url);
    snprintf(url, sizeof url, "%s/queue-%ld", bucket != NULL ? bucket : "", (long)getpid());
    open_place(&places[2], url);
}

static void close_places(void) {
    static const rstore_args all = {.flags = RSTORE_RECURSIVE | RSTORE_MISSING_OK};
    size_t i;

    for (i = 0; i < PLACES; i++) {
        STATUS(RSTORE_OK,
               rstore_delete_folder(places[i].store, 0, RSTORE_STR("storm"), &all, sizeof all, NULL));
        STATUS(RSTORE_OK, rstore_delete(places[i].store, 0, RSTORE_STR("known"), NULL, 0, NULL));
        STATUS(RSTORE_OK, rstore_close(places[i].store));
    }
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void) {
    struct holdings before;
    size_t i;

    alarm(LONGEST_SECONDS); /* an event that does not come must fail, not hang */
    open_places();
    before = holdings();
    for (i = 0; i < PLACES; i++) {
        test_waiting(&places[i]);
        test_calls(&places[i]);
        test_storm(&places[i]);
        test_closing(&places[i]);
    }
    STATUS(RSTORE_OK, rstore_settle(0, NULL));
    check_holdings(&before);
    close_places();
    printf("queue: %ld checks passed, %ld failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
