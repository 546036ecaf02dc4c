/* Calls that fail or wait: endpoints that do not listen or answer, deadlines,
 * cancelling, and two threads on one list. */
#define _XOPEN_SOURCE 700 /* nanosleep, POSIX sockets */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "misuse.h"

static void nothing_listens(void) {
    rstore_store store = open_s3("http://127.0.0.1:1");
    rstore_error error = 0;
    rstore_evidence evidence = {0};

    STATUS(RSTORE_UNAVAILABLE, rstore_delete(store, 0, RSTORE_STR("a"), NULL, 0, &error));
    STATUS(RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
    CHECK(evidence.attempts == 3);
    CHECK(evidence.retryable == 1);
    CHECK(evidence.http_status == 0);
    check_no_secret(error, "nothing listens");
    STATUS(RSTORE_OK, rstore_close(store));
}

/* A socket that accepts connections and never answers. */
static int silent_socket(char *endpoint, size_t size) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int socket_fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(socket_fd >= 0);
    CHECK(bind(socket_fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(socket_fd, 16) == 0);
    CHECK(getsockname(socket_fd, (struct sockaddr *)&address, &length) == 0);
    snprintf(endpoint, size, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return socket_fd;
}

static void sleep_ms(long ms) {
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

static void *cancel_soon(void *ctx) {
    sleep_ms(200);
    return rstore_ctx_cancel(*(rstore_ctx *)ctx, NULL) == RSTORE_OK ? ctx : NULL;
}

static void deadline(rstore_store store) {
    rstore_ctx ctx = 0;
    rstore_error error = 0;

    STATUS(RSTORE_OK, rstore_ctx_new(1, &ctx, NULL));
    STATUS(RSTORE_DEADLINE, rstore_head(store, ctx, RSTORE_STR("a"), NULL, 0, NULL, 0, &error));
    check_no_secret(error, "deadline");
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void cancel_from_another_thread(rstore_store store) {
    rstore_ctx ctx = make(CONTEXT);
    pthread_t thread;
    void *cancelled = NULL;

    CHECK(pthread_create(&thread, NULL, cancel_soon, &ctx) == 0);
    STATUS(RSTORE_CANCELLED, rstore_get(store, ctx, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, NULL));
    CHECK(pthread_join(thread, &cancelled) == 0 && cancelled != NULL);
    STATUS(RSTORE_CANCELLED, rstore_get(store, ctx, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void an_endpoint_that_never_answers(void) {
    char endpoint[64];
    int socket_fd = silent_socket(endpoint, sizeof endpoint);
    rstore_store store = open_s3(endpoint);

    deadline(store);
    cancel_from_another_thread(store);
    STATUS(RSTORE_OK, rstore_close(store));
    close(socket_fd);
}

/* Also where nothing waits: memory. */
static void a_cancelled_context_stays_cancelled(void) {
    rstore_ctx ctx = make(CONTEXT);
    size_t i;

    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    for (i = 0; i < handle_calls_count; i++) {
        if (takes(i) == CONTEXT && !handle_calls[i].ever) {
            STATUS_FOR(handle_calls[i].name, RSTORE_CANCELLED, call_bad(i, ctx));
            if (handle_calls[i].of >= READER) {
                make_anew(handle_calls[i].of); /* an error may have ended it */
            }
        }
    }
    STATUS(RSTORE_NOT_FOUND, rstore_head(good[STORE], 0, RSTORE_STR("b"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

enum { LISTED = 500 };

struct walk {
    rstore_list list;
    size_t seen;
    int32_t unexpected; /* the last status but OK, BUSY and END */
};

static void *walk_list(void *argument) {
    struct walk *walk = argument;
    rstore_page page;
    int32_t status;

    do {
        status = rstore_list_next(walk->list, 0, &page, sizeof page, NULL);
        if (status == RSTORE_OK) {
            walk->seen += page.count;
            if (rstore_close(page.owner) != RSTORE_OK) {
                walk->unexpected = RSTORE_UNKNOWN;
            }
        } else if (status != RSTORE_BUSY && status != RSTORE_END) {
            walk->unexpected = status;
        }
    } while (status == RSTORE_OK || status == RSTORE_BUSY);
    return NULL;
}

/* Whoever gets a page: together they get each object once. */
static void two_threads_on_one_list(void) {
    rstore_args args = {.page_size = 1};
    rstore_store store = 0;
    struct walk walks[2] = {{0}, {0}};
    pthread_t thread;
    char path[32];
    int i;

    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &store, NULL));
    for (i = 0; i < LISTED; i++) {
        snprintf(path, sizeof path, "object-%d", i);
        STATUS(RSTORE_OK, rstore_put(store, 0, path, strlen(path), NULL, 0, NULL, 0, NULL, 0, NULL));
    }
    STATUS(RSTORE_OK, rstore_list_open(store, NULL, 0, &args, sizeof args, &walks[0].list, NULL));
    walks[1].list = walks[0].list;
    CHECK(pthread_create(&thread, NULL, walk_list, &walks[1]) == 0);
    walk_list(&walks[0]);
    CHECK(pthread_join(thread, NULL) == 0);
    STATUS(RSTORE_OK, walks[0].unexpected);
    STATUS(RSTORE_OK, walks[1].unexpected);
    CHECK(walks[0].seen + walks[1].seen == LISTED);
    STATUS(RSTORE_OK, rstore_close(walks[0].list));
    STATUS(RSTORE_OK, rstore_close(store));
}

void test_calls(void) {
    nothing_listens();
    an_endpoint_that_never_answers();
    a_cancelled_context_stays_cancelled();
    two_threads_on_one_list();
}
