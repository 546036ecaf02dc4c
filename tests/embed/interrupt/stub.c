/* An S3 endpoint that falls silent, which no real server does when asked: it
 * accepts every connection, reads every request, and answers nothing but what
 * has to come before a call can wait.
 *
 *   HEAD of a key with "known" in it: an object of KNOWN_SIZE bytes
 *   GET of such a key, all of it: its first KNOWN_SENT bytes, then silence
 *   GET of the first part of a key with "parts" in it, of two: as many bytes, then silence
 *   POST that begins an upload of a key with "begun" in it
 *   PUT of the part with number 7
 *   any request for a key with "busy" in it: come again in a minute
 *   DELETE of an upload, while stub_keeps is 0
 */
#define _GNU_SOURCE /* SOCK_NONBLOCK */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "interrupt.h"

enum { CONNECTIONS = 256, HEADERS = 16384 };

struct connection {
    int socket_fd;
    int over; /* it will not be answered any more */
    size_t length;
    char request[HEADERS];
};

static int listener = -1;
static int full = -1, waiting[4]; /* a listener, and what fills its queue */
static atomic_int stopping;
static pthread_t thread;
static struct connection connections[CONNECTIONS];

char stub_endpoint[64], full_endpoint[64];
atomic_int stub_keeps;

static void answer(struct connection *c, const char *headers, const char *body, size_t sent) {
    char text[HEADERS];
    int length = snprintf(text, sizeof text, "HTTP/1.1 %s\r\n\r\n", headers);

    memcpy(text + length, body, sent);
    CHECK(send(c->socket_fd, text, (size_t)length + sent, MSG_NOSIGNAL) == (ssize_t)((size_t)length + sent));
}

static int has(const char *text, const char *part) { return strstr(text, part) != NULL; }

/* Answers, or not. */
static void serve(struct connection *c) {
    static const char begun[] =
        "<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>k</Key><UploadId>id</UploadId>"
        "</InitiateMultipartUploadResult>";
    char line[512], headers[512], body[KNOWN_SENT];
    size_t first = strcspn(c->request, "\r");

    snprintf(line, sizeof line, "%.*s", (int)first, c->request);
    memset(body, 'k', sizeof body);
    snprintf(headers, sizeof headers,
             "200 OK\r\nContent-Length: %d\r\nETag: \"1\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT", KNOWN_SIZE);
    if (has(line, "busy")) {
        answer(c, "503 Service Unavailable\r\nRetry-After: 60\r\nContent-Length: 0", "", 0);
    } else if (strncmp(line, "HEAD ", 5) == 0 && has(line, "known")) {
        answer(c, headers, "", 0);
    } else if (strncmp(line, "GET ", 4) == 0 && has(line, "known") && !has(c->request, "\r\nRange: ")) {
        answer(c, headers, body, sizeof body);
        c->over = 1;
    } else if (strncmp(line, "GET ", 4) == 0 && has(line, "parts") && has(c->request, "\r\nRange: bytes=0-8388607\r\n")) {
        answer(c, "206 Partial Content\r\nContent-Range: bytes 0-8388607/16777216\r\nContent-Length: 8388608\r\n"
                  "ETag: \"1\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT", body, sizeof body);
        c->over = 1;
    } else if (strncmp(line, "POST ", 5) == 0 && has(line, "begun") && has(line, "uploads")) {
        snprintf(headers, sizeof headers, "200 OK\r\nContent-Type: application/xml\r\nContent-Length: %zu",
                 sizeof begun - 1);
        answer(c, headers, begun, sizeof begun - 1);
    } else if (strncmp(line, "PUT ", 4) == 0 && has(line, "partNumber=7")) {
        answer(c, "200 OK\r\nETag: \"7\"\r\nContent-Length: 0\r\nConnection: close", "", 0);
        c->over = 1; /* its body may still come */
    } else if (strncmp(line, "DELETE ", 7) == 0 && has(line, "uploadId") && !stub_keeps) {
        answer(c, "204 No Content", "", 0);
    } else {
        c->over = 1;
    }
}

/* The other requests that are answered have no body. */
static void receive(struct connection *c) {
    static char ignored[1 << 16];
    ssize_t got = c->over ? recv(c->socket_fd, ignored, sizeof ignored, 0)
                          : recv(c->socket_fd, c->request + c->length, HEADERS - 1 - c->length, 0);

    if (got <= 0) {
        close(c->socket_fd);
        c->socket_fd = -1;
        return;
    }
    if (c->over) {
        return;
    }
    c->length += (size_t)got;
    c->request[c->length] = '\0';
    if (has(c->request, "\r\n\r\n")) {
        serve(c);
        c->length = 0;
    } else if (c->length == HEADERS - 1) {
        c->over = 1;
    }
}

static void take_connection(void) {
    int accepted = accept(listener, NULL, NULL);
    size_t i;

    for (i = 0; i < CONNECTIONS && connections[i].socket_fd >= 0; i++) {
    }
    if (accepted >= 0 && i < CONNECTIONS) {
        connections[i].socket_fd = accepted;
        connections[i].over = 0;
        connections[i].length = 0;
    }
}

static void *run(void *unused) {
    struct pollfd polled[CONNECTIONS + 1];
    size_t i;

    (void)unused;
    while (!stopping) {
        polled[CONNECTIONS] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (i = 0; i < CONNECTIONS; i++) {
            polled[i] = (struct pollfd){.fd = connections[i].socket_fd, .events = POLLIN};
        }
        poll(polled, CONNECTIONS + 1, 20);
        for (i = 0; i < CONNECTIONS; i++) {
            if (polled[i].revents != 0) {
                receive(&connections[i]);
            }
        }
        if (polled[CONNECTIONS].revents != 0) {
            take_connection();
        }
    }
    return NULL;
}

static int listen_on(struct sockaddr_in *address, int queue, char endpoint[64]) {
    socklen_t length = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0);
    CHECK(bind(fd, (struct sockaddr *)address, sizeof *address) == 0);
    CHECK(listen(fd, queue) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)address, &length) == 0);
    snprintf(endpoint, 64, "http://127.0.0.1:%u", (unsigned)ntohs(address->sin_port));
    return fd;
}

void start_stub(void) {
    struct sockaddr_in address;
    size_t i;

    for (i = 0; i < CONNECTIONS; i++) {
        connections[i].socket_fd = -1;
    }
    full = listen_on(&address, 0, full_endpoint);
    for (i = 0; i < COUNT(waiting); i++) { /* the later ones get no answer, nor does the library */
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(waiting[i], (struct sockaddr *)&address, sizeof address);
    }
    listener = listen_on(&address, 64, stub_endpoint);
    CHECK(pthread_create(&thread, NULL, run, NULL) == 0);
}

void stop_stub(void) {
    size_t i;

    stopping = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    close(listener);
    close(full);
    for (i = 0; i < COUNT(waiting); i++) {
        close(waiting[i]);
    }
    for (i = 0; i < CONNECTIONS; i++) {
        if (connections[i].socket_fd >= 0) {
            close(connections[i].socket_fd);
        }
    }
}
