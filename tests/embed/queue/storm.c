/* Threads that submit, cancel and close, on one queue: each call has one event, after
 * which nothing of its memory is touched, and nothing is left. */
#define _XOPEN_SOURCE 700

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue.h"

enum { THREADS = 8, SLOTS = 16, ROUNDS = 60, SLOW_ROUNDS = 20, CLOSINGS = 20, REST_MS = 20, POISON = 0xa5 };

/* All memory of one call. */
struct memory {
    char path[64];
    char data[KNOWN_SIZE];
    rstore_args args;
    rstore_object object;
    rstore_page page;
    rstore_handle opened;
    rstore_error error;
    size_t filled;
    uint64_t length;
};

struct call {
    struct memory memory, result; /* result: as it was at the event */
    rstore_ctx ctx;
    rstore_handle used; /* a list or a reader, to be closed; 0 is none */
    size_t reads;       /* of "known", into data: so many bytes at least; 0 is none */
    int32_t status;
    atomic_int events;
};

struct storm {
    const struct place *place;
    int rounds;
    rstore_queue queue;
    atomic_int stopping;
    atomic_long pending, events, wrong;
};

struct worker {
    pthread_t thread;
    struct storm *storm;
    uint64_t random;
    int id;
    struct call calls[SLOTS];
};

/* xorshift64 */
static unsigned below(struct worker *w, unsigned limit) {
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (unsigned)(w->random >> 32) % limit;
}

static void wrong(struct storm *storm, const char *what, int32_t status) {
    if (atomic_fetch_add(&storm->wrong, 1) < 10) {
        printf("FAIL storm on %s: %s: %s\n", storm->place->name, what, rstore_status_name(status));
    }
}

static void must(struct storm *storm, int32_t status, const char *what) {
    if (status != RSTORE_OK) {
        wrong(storm, what, status);
    }
}

/* ---- One call ---------------------------------------------------------------- */

static int32_t any_call(struct worker *w, struct call *c) {
    rstore_store store = w->storm->place->store, child = 0;
    struct memory *m = &c->memory;
    size_t length;
    int32_t status;

    m->args = (rstore_args){0};
    strcpy(m->path, "known");
    length = strlen(m->path);
    switch (below(w, 8)) {
    case 0: /* in a store that is closed while it goes on */
        if (rstore_child(store, RSTORE_STR("storm"), NULL, 0, &child, NULL) != RSTORE_OK) {
            wrong(w->storm, "child", RSTORE_UNKNOWN);
        }
        status = rstore_head(child, c->ctx, m->path, length, &m->args, sizeof m->args, NULL, 0, &m->error);
        must(w->storm, rstore_close(child), "closing a child");
        return status;
    case 1:
        return rstore_get(store, c->ctx, m->path, length, &m->args, sizeof m->args, &m->object, sizeof m->object,
                          &m->error);
    case 2:
        m->args.flags = RSTORE_OVERWRITE;
        length = (size_t)snprintf(m->path, sizeof m->path, "storm/%d/%u", w->id, below(w, 4));
        return rstore_put(store, c->ctx, m->path, length, m->data, sizeof m->data, &m->args, sizeof m->args, &m->object,
                          sizeof m->object, &m->error);
    case 3: /* and its list is closed while it goes on */
        must(w->storm, rstore_list_open(store, NULL, 0, NULL, 0, &c->used, NULL), "list_open");
        return rstore_list_next(c->used, c->ctx, &m->page, sizeof m->page, &m->error);
    case 4:
        return rstore_reader_start(store, c->ctx, m->path, length, &m->args, sizeof m->args, m->data, 100, &m->filled,
                                   &m->length, &m->opened, &m->error);
    case 5: /* and its reader is closed while it goes on */
        must(w->storm, rstore_reader_open(store, 0, m->path, length, NULL, 0, &c->used, NULL, 0, NULL), "reader_open");
        c->reads = 1; /* and what came before the context ended */
        return rstore_reader_read(c->used, c->ctx, m->data, sizeof m->data, &m->filled, &m->error);
    default:
        c->reads = KNOWN_SIZE;
        return rstore_get_into(store, c->ctx, m->path, length, &m->args, sizeof m->args, m->data, sizeof m->data,
                               &m->filled, &m->error);
    }
}

/* Keeps what the call wrote, and spoils its memory. */
static void keep(struct call *c, int32_t status) {
    c->status = status;
    c->result = c->memory;
    memset(&c->memory, POISON, sizeof c->memory);
}

static int is_spoilt(const struct memory *m) {
    const unsigned char *bytes = (const unsigned char *)m;
    size_t i;

    for (i = 0; i < sizeof *m && bytes[i] == POISON; i++) {
    }
    return i == sizeof *m;
}

static int is_known(const struct memory *m) {
    size_t i;

    for (i = 0; i < m->filled && i < KNOWN_SIZE && m->data[i] == 'k'; i++) {
    }
    return i == m->filled;
}

static void submit(struct worker *w, unsigned number) {
    struct call *c = &w->calls[number];
    int32_t status;

    memset(&c->memory, 0, sizeof c->memory);
    c->used = 0;
    c->reads = 0;
    atomic_store(&c->events, 0);
    must(w->storm, rstore_ctx_new(below(w, 4) == 0 ? 1 + below(w, 20) : 0, &c->ctx, NULL), "ctx_new");
    status = rstore_ctx_submit(c->ctx, w->storm->queue, (uintptr_t)c, NULL);
    if (status != RSTORE_OK && status != RSTORE_CLOSED) {
        wrong(w->storm, "ctx_submit", status);
    }
    if (status == RSTORE_OK) {
        status = any_call(w, c);
    }
    if (status == RSTORE_PENDING) {
        atomic_fetch_add(&w->storm->pending, 1);
    } else {
        keep(c, status);
        atomic_store(&c->events, 1);
    }
    switch (below(w, 4)) {
    case 0:
        must(w->storm, rstore_ctx_cancel(w->calls[below(w, number + 1)].ctx, NULL), "ctx_cancel"); /* of this one, or another */
        break;
    case 1:
        if (c->used != 0) {
            must(w->storm, rstore_close(c->used), "closing what is used");
            c->used = 0;
        }
        break;
    }
}

static void close_result(struct storm *storm, rstore_handle handle) {
    if (handle != 0) {
        must(storm, rstore_close(handle), "closing a result");
    }
}

/* dropped: the event was not fetched, and the error closed. */
static void reap(struct storm *storm, struct call *c, int dropped) {
    const struct memory *result = &c->result;
    int ended = c->status == RSTORE_CANCELLED || c->status == RSTORE_DEADLINE || c->status == RSTORE_CLOSED;

    if (atomic_load(&c->events) != 1) {
        wrong(storm, "another number of events than 1", c->status);
    }
    if (!is_spoilt(&c->memory)) {
        wrong(storm, "memory was touched after the event", c->status);
    }
    if (!dropped && c->status != RSTORE_OK && !ended && c->status != RSTORE_NOT_FOUND) {
        wrong(storm, "a call", c->status);
    }
    if (!dropped && c->status == RSTORE_OK && c->reads > 0 && (result->filled < c->reads || !is_known(result))) {
        wrong(storm, "other bytes were read", c->status);
    }
    if (dropped && result->error != 0) {
        if (rstore_close(result->error) != RSTORE_CLOSED) wrong(storm, "a dropped event kept its error", c->status);
    } else {
        close_result(storm, result->error);
    }
    close_result(storm, result->object.owner);
    close_result(storm, result->page.owner);
    close_result(storm, result->opened);
    close_result(storm, c->used);
    must(storm, rstore_close(c->ctx), "closing a context");
    c->ctx = 0;
}

/* ---- All together ------------------------------------------------------------- */

/* Fetches events until the queue is closed. */
static void *fetch(void *argument) {
    struct storm *storm = argument;
    rstore_event events[32];
    size_t count, i;

    while (rstore_queue_wait(storm->queue, -1, events, sizeof *events, 1 + (size_t)storm->events % 32, &count, NULL) ==
           RSTORE_OK) {
        for (i = 0; i < count; i++) {
            struct call *c = (struct call *)events[i].user_data;

            if (events[i].kind != RSTORE_EVENT_DONE) {
                wrong(storm, "an event of another kind", events[i].status);
            }
            keep(c, events[i].status);
            atomic_fetch_add(&c->events, 1);
            atomic_fetch_add(&storm->events, 1);
        }
    }
    return NULL;
}

static void *submit_rounds(void *argument) {
    struct worker *w = argument;
    int round, i, waited;

    for (round = 0; round < w->storm->rounds; round++) {
        for (i = 0; i < SLOTS; i++) {
            submit(w, (unsigned)i);
        }
        for (i = 0; i < SLOTS; i++) {
            for (waited = 0; atomic_load(&w->calls[i].events) == 0 && waited < LONGEST_MS; waited++) {
                sleep_ms(1);
            }
        }
        sleep_ms(1); /* for what would still touch memory */
        for (i = 0; i < SLOTS; i++) {
            reap(w->storm, &w->calls[i], 0);
        }
    }
    return NULL;
}

static void start(struct storm *storm, struct worker *workers, void *(*work)(void *)) {
    int i;

    for (i = 0; i < THREADS; i++) {
        workers[i].storm = storm;
        workers[i].random = UINT64_C(88172645463325252) + (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
        workers[i].id = i;
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
}

static void join(struct worker *workers) {
    int i;

    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(workers[i].thread, NULL) == 0);
    }
}

void test_storm(const struct place *place) {
    struct storm storm = {.place = place, .rounds = strcmp(place->name, "s3") == 0 ? SLOW_ROUNDS : ROUNDS};
    struct worker *workers = calloc(THREADS, sizeof *workers);
    pthread_t fetchers[2];
    size_t i;

    CHECK(workers != NULL);
    STATUS(RSTORE_OK, rstore_queue_new(&storm.queue, NULL, NULL));
    for (i = 0; i < COUNT(fetchers); i++) {
        CHECK(pthread_create(&fetchers[i], NULL, fetch, &storm) == 0);
    }
    start(&storm, workers, submit_rounds);
    join(workers);
    STATUS(RSTORE_OK, rstore_close(storm.queue));
    for (i = 0; i < COUNT(fetchers); i++) {
        CHECK(pthread_join(fetchers[i], NULL) == 0);
    }
    printf("storm on %s: %d calls by %d threads, %ld pending, %ld events, %ld wrong\n", place->name,
           THREADS * SLOTS * storm.rounds, THREADS, storm.pending, storm.events, storm.wrong);
    CHECK(storm.pending == storm.events && storm.wrong == 0 && (storm.pending > 0) == place->waits);
    free(workers);
}

/* ---- A queue that is closed meanwhile ------------------------------------------ */

static void *submit_once(void *argument) {
    struct worker *w = argument;
    int i;

    for (i = 0; i < SLOTS; i++) {
        submit(w, (unsigned)i);
    }
    return NULL;
}

/* When it is closed, no call goes on: its memory may be spoilt. */
void test_closing(const struct place *place) {
    struct worker *workers = calloc(THREADS, sizeof *workers);
    long dropped = 0;
    int round, i, j;

    CHECK(workers != NULL);
    for (round = 0; round < CLOSINGS; round++) {
        struct storm storm = {.place = place};

        STATUS(RSTORE_OK, rstore_queue_new(&storm.queue, NULL, NULL));
        start(&storm, workers, submit_once);
        sleep_ms(round % 8);
        STATUS(RSTORE_OK, rstore_close(storm.queue));
        join(workers); /* they may still make calls, which are refused */
        for (i = 0; i < THREADS; i++) {
            for (j = 0; j < SLOTS; j++) {
                struct call *c = &workers[i].calls[j];

                if (atomic_load(&c->events) == 0) {
                    keep(c, RSTORE_PENDING);
                }
            }
        }
        sleep_ms(REST_MS);
        for (i = 0; i < THREADS; i++) {
            for (j = 0; j < SLOTS; j++) {
                struct call *c = &workers[i].calls[j];
                int was_dropped = c->status == RSTORE_PENDING;

                dropped += was_dropped;
                atomic_store(&c->events, 1);
                reap(&storm, c, was_dropped);
            }
        }
        CHECK(storm.wrong == 0);
    }
    printf("closing on %s: %ld calls were pending in %d queues that were closed\n", place->name, dropped, CLOSINGS);
    CHECK((dropped > 0) == place->waits);
    free(workers);
}
