/* CPU time of reading 4 KiB: through a queue, with so many reads in flight, and by
 * as many threads that wait, one after the other in one run.
 *
 *     queue URL...
 *
 * The objects are written first. What a server does is not counted. */
#define _XOPEN_SOURCE 700 /* clock_gettime, pthread_attr_setstacksize */

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "libremotestore.h"

enum { SIZE = 4096, OBJECTS = 64, MOST = 1024, STACK = 256 << 10, SECONDS = 2, ROUNDS = 3 };

static const rstore_args overwrite = {.flags = RSTORE_OVERWRITE};
static char paths[OBJECTS][32];
static rstore_store store;

static void must(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "queue: %s\n", what);
        exit(1);
    }
}

static double now(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

static double cpu(void) {
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

static void write_objects(void) {
    char content[SIZE];
    size_t i;

    memset(content, 'x', sizeof content);
    for (i = 0; i < OBJECTS; i++) {
        snprintf(paths[i], sizeof paths[i], "bench-queue/%zu", i);
        must(rstore_put(store, 0, paths[i], strlen(paths[i]), content, SIZE, &overwrite, sizeof overwrite, NULL, 0,
                        NULL) == RSTORE_OK,
             "put");
    }
}

static int32_t read_one(size_t number, rstore_ctx ctx, char *buffer, size_t *filled) {
    const char *path = paths[number % OBJECTS];

    return rstore_get_into(store, ctx, path, strlen(path), NULL, 0, buffer, SIZE, filled, NULL);
}

/* ---- Through a queue -------------------------------------------------------- */

struct slot {
    rstore_ctx ctx;
    size_t filled;
    char buffer[SIZE];
};

static struct slot slots[MOST];
static uint64_t over;

static void done(size_t slot, int32_t status) {
    must(status == RSTORE_OK && slots[slot].filled == SIZE, rstore_status_name(status));
    over++;
}

/* Reads until one read is pending, or the time is over. */
static int submit(size_t slot, double until) {
    while (now() < until) {
        int32_t status = read_one(slot, slots[slot].ctx, slots[slot].buffer, &slots[slot].filled);

        if (status == RSTORE_PENDING) {
            return 1;
        }
        done(slot, status);
    }
    return 0;
}

static double queued(size_t flight) {
    rstore_event events[128];
    rstore_queue queue;
    double begun, until;
    size_t pending = 0, count, i;
    int32_t fd;

    must(rstore_queue_new(&queue, &fd, NULL) == RSTORE_OK, "queue_new");
    for (i = 0; i < flight; i++) {
        must(rstore_ctx_new(0, &slots[i].ctx, NULL) == RSTORE_OK &&
                 rstore_ctx_submit(slots[i].ctx, queue, i, NULL) == RSTORE_OK,
             "ctx");
    }
    over = 0;
    begun = cpu();
    until = now() + SECONDS;
    for (i = 0; i < flight; i++) {
        pending += (size_t)submit(i, until);
    }
    while (pending > 0) {
        struct pollfd watched = {.fd = fd, .events = POLLIN};

        must(poll(&watched, 1, -1) == 1, "poll");
        must(rstore_queue_wait(queue, 0, events, sizeof *events, 128, &count, NULL) == RSTORE_OK, "queue_wait");
        for (i = 0; i < count; i++) {
            done(events[i].user_data, events[i].status);
            pending -= !submit(events[i].user_data, until);
        }
    }
    begun = cpu() - begun;
    for (i = 0; i < flight; i++) {
        must(rstore_close(slots[i].ctx) == RSTORE_OK, "close");
    }
    must(rstore_close(queue) == RSTORE_OK, "close");
    return begun * 1e6 / (double)over;
}

/* ---- By threads -------------------------------------------------------------- */

struct reader {
    pthread_t thread;
    double until;
    uint64_t count;
};

static void *read_on(void *argument) {
    struct reader *reader = argument;
    struct slot slot;

    while (now() < reader->until) {
        must(read_one((size_t)reader->count, 0, slot.buffer, &slot.filled) == RSTORE_OK && slot.filled == SIZE, "get");
        reader->count++;
    }
    return NULL;
}

static double threaded(size_t flight) {
    static struct reader readers[MOST];
    double begun = cpu(), until = now() + SECONDS;
    pthread_attr_t attributes;
    uint64_t count = 0;
    size_t i;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    for (i = 0; i < flight; i++) {
        readers[i].until = until;
        readers[i].count = 0;
        must(pthread_create(&readers[i].thread, &attributes, read_on, &readers[i]) == 0, "pthread_create");
    }
    for (i = 0; i < flight; i++) {
        pthread_join(readers[i].thread, NULL);
        count += readers[i].count;
    }
    pthread_attr_destroy(&attributes);
    return (cpu() - begun) * 1e6 / (double)count;
}

/* ---- Both ---------------------------------------------------------------------- */

static int ascending(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;

    return (a > b) - (a < b);
}

static double median(double (*measure)(size_t), size_t flight) {
    double measured[ROUNDS];
    size_t i;

    for (i = 0; i < ROUNDS; i++) {
        measured[i] = measure(flight);
    }
    qsort(measured, ROUNDS, sizeof *measured, ascending);
    return measured[ROUNDS / 2];
}

static void compare(const char *url) {
    static const size_t flights[] = {1, 64, MOST};
    size_t i;

    must(rstore_open(url, strlen(url), 0, &store, NULL) == RSTORE_OK, url);
    write_objects();
    for (i = 0; i < sizeof flights / sizeof *flights; i++) {
        double queue = median(queued, flights[i]), threads = median(threaded, flights[i]);

        printf("%-28.28s %4zu in flight: queue %7.2f us, threads %7.2f us of CPU a read: %.2f\n", url, flights[i], queue,
               threads, queue / threads);
        fflush(stdout);
    }
    must(rstore_close(store) == RSTORE_OK, "close");
}

int main(int argc, char **argv) {
    int i;

    for (i = 1; i < argc; i++) {
        compare(argv[i]);
    }
    return 0;
}
