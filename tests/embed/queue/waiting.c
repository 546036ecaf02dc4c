/* How events are waited for and fetched, and what is refused. */
#define _XOPEN_SOURCE 700 /* clock_gettime */

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "queue.h"

enum { SOON_MS = 50, MANY = 10 };

static double now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void what_is_refused(void) {
    struct queued queued = new_queued();
    rstore_queue queue = 1;
    rstore_event event;
    rstore_error error = 0;
    size_t count = 4711;
    char page[2 * sizeof event];

#define WAIT(want, timeout, events, size, max, count) \
    STATUS(want, rstore_queue_wait(queued.queue, timeout, events, size, max, count, &error)); \
    CHECK((error != 0) == (want != RSTORE_OK)); \
    if (error != 0) STATUS(RSTORE_OK, rstore_close(error))

    WAIT(RSTORE_INVALID_ARGUMENT, 0, NULL, sizeof event, 1, &count);
    WAIT(RSTORE_INVALID_ARGUMENT, 0, &event, sizeof event - 1, 1, &count);
    WAIT(RSTORE_INVALID_ARGUMENT, 0, &event, 1 << 20, 1, &count);
    WAIT(RSTORE_INVALID_ARGUMENT, 0, &event, sizeof event, 0, &count);
    WAIT(RSTORE_INVALID_ARGUMENT, 0, &event, sizeof event, 1, NULL);
    WAIT(RSTORE_INVALID_ARGUMENT, -2, &event, sizeof event, 1, &count);
    WAIT(RSTORE_INVALID_ARGUMENT, INT64_MAX, &event, sizeof event, 1, &count);
    CHECK(count == 4711);
    WAIT(RSTORE_OK, 0, (rstore_event *)(void *)page, sizeof page, SIZE_MAX, &count);
    CHECK(count == 0);
#undef WAIT
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_queue_new(NULL, NULL, NULL));
    STATUS(RSTORE_OK, rstore_queue_new(&queue, NULL, NULL)); /* no descriptor is wanted */
    STATUS(RSTORE_BAD_HANDLE, rstore_ctx_submit(queue, queue, 0, NULL));
    STATUS(RSTORE_BAD_HANDLE, rstore_ctx_submit(queued.ctx, queued.ctx, 0, NULL));
    STATUS(RSTORE_BAD_HANDLE, rstore_queue_wait(queued.ctx, 0, &event, sizeof event, 1, &count, NULL));
    STATUS(RSTORE_OK, rstore_close(queue));
    STATUS(RSTORE_CLOSED, rstore_close(queue));
    STATUS(RSTORE_CLOSED, rstore_queue_wait(queue, 0, &event, sizeof event, 1, &count, NULL));
    STATUS(RSTORE_CLOSED, rstore_ctx_submit(queued.ctx, queue, 0, NULL));
    close_queued(&queued);
}

static void how_long_it_waits(void) {
    struct queued queued = new_queued();
    rstore_event event;
    size_t count = 4711;
    double begun = now_ms();

    STATUS(RSTORE_OK, rstore_queue_wait(queued.queue, 0, &event, sizeof event, 1, &count, NULL));
    CHECK(count == 0);
    STATUS(RSTORE_OK, rstore_queue_wait(queued.queue, SOON_MS, &event, sizeof event, 1, &count, NULL));
    CHECK(count == 0 && now_ms() - begun >= SOON_MS - 1);
    close_queued(&queued);
}

struct waiter {
    rstore_queue queue;
    int32_t status;
};

static void *wait_for_ever(void *argument) {
    struct waiter *waiter = argument;
    rstore_event event;
    size_t count;

    waiter->status = rstore_queue_wait(waiter->queue, -1, &event, sizeof event, 1, &count, NULL);
    return NULL;
}

static void closing_wakes_those_who_wait(void) {
    struct queued queued = new_queued();
    struct waiter waiters[4];
    pthread_t threads[COUNT(waiters)];
    size_t i;

    for (i = 0; i < COUNT(waiters); i++) {
        waiters[i] = (struct waiter){queued.queue, RSTORE_UNKNOWN};
        CHECK(pthread_create(&threads[i], NULL, wait_for_ever, &waiters[i]) == 0);
    }
    sleep_ms(SOON_MS);
    close_queued(&queued);
    for (i = 0; i < COUNT(waiters); i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        STATUS(RSTORE_CLOSED, waiters[i].status);
    }
}

static int32_t head(const struct place *place, rstore_ctx ctx) {
    return rstore_head(place->store, ctx, RSTORE_STR("known"), NULL, 0, NULL, 0, NULL);
}

/* One context for all: each call has the user_data that was set when it began. The
 * descriptor is readable until the last event was fetched. */
static void many_at_once(const struct place *place) {
    struct queued queued = new_queued();
    struct { rstore_event event; uintptr_t new_field; } events[3];
    int32_t status = place->waits ? RSTORE_PENDING : RSTORE_OK;
    int seen[MANY] = {0};
    size_t got = 0, count, i;

    for (i = 0; i < MANY; i++) {
        STATUS(RSTORE_OK, rstore_ctx_submit(queued.ctx, queued.queue, i, NULL));
        STATUS_FOR(place->name, status, head(place, queued.ctx));
    }
    while (got < MANY && place->waits) {
        CHECK(readable(queued.fd, LONGEST_MS));
        memset(events, 0x5a, sizeof events);
        STATUS(RSTORE_OK, rstore_queue_wait(queued.queue, 0, &events[0].event, sizeof *events, 3, &count, NULL));
        CHECK(count >= 1 && count <= 3);
        for (i = 0; i < count; i++) {
            CHECK(events[i].event.kind == RSTORE_EVENT_DONE && events[i].event.user_data < MANY);
            STATUS_FOR(place->name, RSTORE_OK, events[i].event.status);
            CHECK(events[i].new_field == 0);
            seen[events[i].event.user_data % MANY]++;
        }
        got += count;
        if (count == 0) break;
    }
    for (i = 0; i < MANY; i++) {
        CHECK(seen[i] == place->waits);
    }
    CHECK(!readable(queued.fd, 0));
    STATUS(RSTORE_OK, rstore_ctx_submit(queued.ctx, 0, 0, NULL)); /* undone */
    STATUS(RSTORE_OK, head(place, queued.ctx));
    CHECK(!readable(queued.fd, 0));
    close_queued(&queued);
}

/* All user_data is legal: also what looks like a bad pointer. */
static void any_user_data(const struct place *place) {
    static const uintptr_t numbers[] = {0, 1, 4095, UINTPTR_MAX};
    struct queued queued = new_queued();
    rstore_event event;
    size_t count, i;

    for (i = 0; i < COUNT(numbers) && place->waits; i++) {
        STATUS(RSTORE_OK, rstore_ctx_submit(queued.ctx, queued.queue, numbers[i], NULL));
        STATUS(RSTORE_PENDING, head(place, queued.ctx));
        STATUS(RSTORE_OK, rstore_queue_wait(queued.queue, -1, &event, sizeof event, 1, &count, NULL));
        CHECK(count == 1 && event.user_data == numbers[i] && event.status == RSTORE_OK);
    }
    close_queued(&queued);
}

static void a_closed_queue_takes_nothing(const struct place *place) {
    struct queued queued = new_queued();

    STATUS(RSTORE_OK, rstore_close(queued.queue));
    STATUS_FOR(place->name, place->waits ? RSTORE_CLOSED : RSTORE_OK, head(place, queued.ctx));
    STATUS(RSTORE_OK, rstore_ctx_submit(queued.ctx, 0, 0, NULL));
    STATUS(RSTORE_OK, head(place, queued.ctx)); /* nothing was in flight, so it was not cancelled */
    STATUS(RSTORE_OK, rstore_close(queued.ctx));
}

void test_waiting(const struct place *place) {
    what_is_refused();
    how_long_it_waits();
    closing_wakes_those_who_wait();
    many_at_once(place);
    any_user_data(place);
    a_closed_queue_takes_nothing(place);
}
