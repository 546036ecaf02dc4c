/* A library of Go as a guest: what it lets the host do as if it were not there.
 *
 *     guest eintr                      no system call of the host is interrupted
 *     guest stacks                     calls on another stack than the thread's
 *     guest unload LIBRARY             dlclose, and then again
 *     guest copies LIBRARY COPY        two of them in one process
 *     guest other LIBRARY OTHER        beside another library of Go
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "checks.h"
#include "libremotestore.h"

/* ---- Interrupted system calls ------------------------------------------------- */

enum { SECONDS = 3, WORKERS = 4 };

static atomic_int over;
static atomic_long calls, interrupted, operations;

static void *make_garbage(void *unused) {
    static char data[1 << 16];
    const rstore_args args = {.flags = RSTORE_OVERWRITE};
    rstore_store store = 0;
    char path[32];

    (void)unused;
    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &store, NULL));
    while (!over) {
        snprintf(path, sizeof path, "%ld", operations++ % 256);
        STATUS(RSTORE_OK, rstore_put(store, 0, path, strlen(path), data, sizeof data, &args, sizeof args, NULL, 0, NULL));
    }
    STATUS(RSTORE_OK, rstore_close(store));
    return NULL;
}

static int sleep_1(void) {
    const struct timespec ms = {.tv_nsec = 1000000};

    return nanosleep(&ms, NULL);
}
static int poll_1(void) { return poll(NULL, 0, 1); }
static int select_1(void) {
    struct timeval ms = {.tv_usec = 1000};

    return select(0, NULL, NULL, NULL, &ms);
}
static int epoll_1(void) {
    static _Thread_local int fd = -1;
    struct epoll_event event;

    if (fd < 0) fd = epoll_create1(EPOLL_CLOEXEC);
    return epoll_wait(fd, &event, 1, 1);
}
static int sigwait_1(void) {
    const struct timespec ms = {.tv_nsec = 1000000};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return sigtimedwait(&set, NULL, &ms) < 0 && errno == EAGAIN ? 0 : -1;
}

static int (*const waits[])(void) = {sleep_1, poll_1, select_1, epoll_1, sigwait_1};

/* On a thread that makes calls itself: Go's preemption is about those, also when they
 * are over. */
static void *wait_on(void *index) {
    rstore_store store = 0;
    int32_t found;

    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &store, NULL));
    while (!over) {
        STATUS(RSTORE_OK, rstore_exists(store, 0, RSTORE_STR("a"), NULL, 0, &found, NULL));
        errno = 0;
        if (waits[(size_t)index]() < 0 && errno == EINTR) interrupted++;
        calls++;
    }
    STATUS(RSTORE_OK, rstore_close(store));
    return NULL;
}

static void no_eintr(void) {
    pthread_t threads[WORKERS + COUNT(waits)];
    size_t i;

    for (i = 0; i < COUNT(threads); i++)
        CHECK(pthread_create(&threads[i], NULL, i < WORKERS ? make_garbage : wait_on,
                             (void *)(i < WORKERS ? 0 : i - WORKERS)) == 0);
    sleep(SECONDS);
    over = 1;
    for (i = 0; i < COUNT(threads); i++) pthread_join(threads[i], NULL);
    printf("%ld system calls beside %ld operations, %ld interrupted\n", calls, operations, interrupted);
    CHECK(calls > 100 && operations > 1000 && interrupted == 0);
}

/* ---- Other stacks --------------------------------------------------------------- */

enum { CALLS = 1000, STACK = 256 * 1024 };

static ucontext_t host, fiber;

/* The reads of this process so far. */
static long reads(void) {
    FILE *file = fopen("/proc/self/io", "r");
    char line[64];
    long found = -1;

    while (file && fgets(line, sizeof line, file)) sscanf(line, "syscr: %ld", &found);
    if (file) fclose(file);
    return found;
}

static void call_often(void) {
    rstore_store store = 0;
    int32_t found;
    int i;

    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &store, NULL));
    for (i = 0; i < CALLS; i++) STATUS(RSTORE_OK, rstore_exists(store, 0, RSTORE_STR("a"), NULL, 0, &found, NULL));
    STATUS(RSTORE_OK, rstore_close(store));
}

/* As Node's koffi and libraries of coroutines do. Go asks where the stack is each
 * time, and the C library reads /proc/self/maps to answer (golang/go#68587): once is
 * enough. */
static void on_other_stacks(void) {
    static char stack[STACK];
    long before;

    call_often();
    CHECK(getcontext(&fiber) == 0);
    fiber.uc_stack.ss_sp = stack;
    fiber.uc_stack.ss_size = sizeof stack;
    fiber.uc_link = &host;
    makecontext(&fiber, call_often, 0);
    before = reads();
    CHECK(swapcontext(&host, &fiber) == 0);
    printf("%d calls on another stack: %ld reads\n", CALLS, reads() - before);
    CHECK(before > 0 && reads() - before < CALLS / 10);
}

/* ---- Loaded in other ways ----------------------------------------------------- */

typedef struct guest {
    void *library;
    int32_t (*open)(const char *, size_t, rstore_options, rstore_store *, rstore_error *);
    int32_t (*head)(rstore_store, rstore_ctx, const char *, size_t, const rstore_args *, size_t, rstore_object *, size_t,
                    rstore_error *);
    int32_t (*close)(rstore_handle);
} guest;

static guest load(const char *file) {
    guest g = {.library = dlopen(file, RTLD_NOW | RTLD_LOCAL)};

    CHECK_FOR(dlerror(), g.library != NULL);
    if (!g.library) exit(1);
    *(void **)&g.open = dlsym(g.library, "rstore_open");
    *(void **)&g.head = dlsym(g.library, "rstore_head");
    *(void **)&g.close = dlsym(g.library, "rstore_close");
    return g;
}

static void works(const guest *g) {
    rstore_store store = 0;

    STATUS(RSTORE_OK, g->open(RSTORE_STR("memory://"), 0, &store, NULL));
    STATUS(RSTORE_NOT_FOUND, g->head(store, 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, g->close(store));
}

static void *works_on(void *g) {
    int i;

    for (i = 0; i < 2000; i++) works(g);
    return NULL;
}

/* It stays: Go cannot be unloaded (golang/go#11100). */
static void unload(const char *file) {
    guest g = load(file);

    CHECK(dlclose(g.library) == 0); /* before anything has started */
    g = load(file);
    works(&g);
    CHECK(dlclose(g.library) == 0);
    works(&g);
    g = load(file);
    works(&g);
}

static void copies(const char *file, const char *copy) {
    guest one = load(file), two = load(copy);
    pthread_t threads[2];

    CHECK(one.open != two.open);
    CHECK(pthread_create(&threads[0], NULL, works_on, &one) == 0);
    CHECK(pthread_create(&threads[1], NULL, works_on, &two) == 0);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static void beside_another(const char *file, const char *another) {
    void *library = dlopen(another, RTLD_NOW | RTLD_LOCAL);
    int (*sum)(int);
    guest g = load(file);
    pthread_t thread;
    int i;

    CHECK_FOR(dlerror(), library != NULL);
    if (!library) return;
    *(void **)&sum = dlsym(library, "other_sum");
    CHECK(pthread_create(&thread, NULL, works_on, &g) == 0);
    for (i = 0; i < 100; i++) CHECK(sum(100) == 5050);
    pthread_join(thread, NULL);
}

int main(int argc, char **argv) {
    const char *part = argc > 1 ? argv[1] : "";

    if (strcmp(part, "eintr") == 0 && argc == 2) no_eintr();
    else if (strcmp(part, "stacks") == 0 && argc == 2) on_other_stacks();
    else if (strcmp(part, "unload") == 0 && argc == 3) unload(argv[2]);
    else if (strcmp(part, "copies") == 0 && argc == 4) copies(argv[2], argv[3]);
    else if (strcmp(part, "other") == 0 && argc == 4) beside_another(argv[2], argv[3]);
    else {
        fprintf(stderr, "guest: see the head of guest.c\n");
        return 2;
    }
    printf("guest %s: %ld checks, %ld failed\n", part, passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
