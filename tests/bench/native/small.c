/* CPU time of small requests from C, beside src/main.rs:
 *
 *     small ENDPOINT get|head|put THREADS COUNT
 *
 * prints the microseconds of CPU, and of time, that a call of each thread took. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "libremotestore.h"

enum { SIZE = 4096, MOST = 256 };

static const char *work;
static long count;
static rstore_store store;

static void must(int32_t status, const char *what) {
    if (status != RSTORE_OK) {
        fprintf(stderr, "%s: %s\n", what, rstore_status_name(status));
        exit(1);
    }
}

static void put(const char *data) { /* SIZE bytes */
    rstore_args args = {0};

    args.flags = RSTORE_OVERWRITE;
    must(rstore_put(store, 0, RSTORE_STR("put/native"), data, SIZE, &args, sizeof args, NULL, 0, NULL), "put");
}

static void *run(void *unused) {
    static char data[SIZE];
    char buffer[SIZE];
    rstore_object object;
    size_t size = SIZE;
    long i;

    for (i = 0; i < count; i++) {
        if (work[0] == 'g') {
            must(rstore_get_into(store, 0, RSTORE_STR("put/native"), NULL, 0, buffer, sizeof buffer, &size, NULL), "get");
        } else if (work[0] == 'h') {
            must(rstore_head(store, 0, RSTORE_STR("put/native"), NULL, 0, &object, sizeof object, NULL), "head");
            size = (size_t)object.size;
            rstore_close(object.owner);
        } else {
            put(data);
        }
        if (size != SIZE) exit(2);
    }
    return unused;
}

static void run_all(int threads, long each) {
    pthread_t ids[MOST];
    int i;

    count = each;
    for (i = 0; i < threads; i++) pthread_create(&ids[i], NULL, run, NULL);
    for (i = 0; i < threads; i++) pthread_join(ids[i], NULL);
}

static double cpu(void) {
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static double now(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
    static const char *const fixed[][2] = {
        {"access_key_id", "bench-access-key"}, {"secret_access_key", "bench-secret-key-0123456789"}, {"region", "us-east-1"}};
    static char first[SIZE];
    rstore_options options;
    double used, begun;
    long calls;
    int threads;
    size_t i;

    if (argc != 5 || (threads = atoi(argv[3])) < 1 || threads > MOST) return 3;
    work = argv[2];
    must(rstore_options_new(&options, NULL), "options");
    must(rstore_options_set(options, RSTORE_STR("endpoint"), argv[1], strlen(argv[1]), NULL), "endpoint");
    for (i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        must(rstore_options_set(options, fixed[i][0], strlen(fixed[i][0]), fixed[i][1], strlen(fixed[i][1]), NULL), fixed[i][0]);
    }
    must(rstore_open(RSTORE_STR("s3://bench"), options, &store, NULL), "open");
    put(first);
    run_all(threads, 100);
    used = cpu();
    begun = now();
    run_all(threads, atol(argv[4]));
    calls = atol(argv[4]) * threads;
    printf("%f %f\n", (cpu() - used) / (double)calls, (now() - begun) / (double)calls);
    rstore_close(store);
    rstore_close(options);
    return 0;
}
