/* Readers and writers: ends, offsets, use after the end, closed while another
 * thread uses them, and two threads on one. */
#define _XOPEN_SOURCE 700 /* mkdtemp */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "misuse.h"

static rstore_reader open_reader(rstore_store store, uint32_t flags) {
    rstore_args args = {.flags = flags, .offset = 2, .length = 5}; /* "23456" */
    rstore_reader reader = 0;
    rstore_object object = {0};

    STATUS(RSTORE_OK, rstore_reader_open(store, 0, RSTORE_STR("a"), &args, sizeof args, &reader, &object,
                                         sizeof object, NULL));
    CHECK(object.size == 10 && object.length == 5 && object.data == NULL && object.data_len == 0);
    STATUS(RSTORE_OK, rstore_close(object.owner));
    return reader;
}

/* Reads, and compares what came. */
static void reads(rstore_reader reader, size_t length, const char *want) {
    char buffer[16];
    size_t filled = SIZE_MAX;

    STATUS_FOR(want, RSTORE_OK, rstore_reader_read(reader, 0, buffer, length, &filled, NULL));
    CHECK_FOR(want, filled == strlen(want) && memcmp(buffer, want, filled) == 0);
}

static void reads_at(rstore_reader reader, uint64_t offset, size_t length, const char *want) {
    char buffer[16];
    size_t filled = SIZE_MAX;

    STATUS_FOR(want, RSTORE_OK, rstore_reader_read_at(reader, 0, offset, buffer, length, &filled, NULL));
    CHECK_FOR(want, filled == strlen(want) && memcmp(buffer, want, filled) == 0);
}

/* Offsets are in the range that was opened. */
static void offsets(rstore_store store, uint32_t flags) {
    static const uint64_t impossible[] = {UINT64_C(1) << 63, UINT64_MAX};
    static const uint64_t behind[] = {5, 6, INT64_MAX};
    rstore_reader reader = open_reader(store, flags);
    size_t i;

    filled_out = 4711;
    for (i = 0; i < COUNT(impossible); i++) {
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_reader_seek(reader, impossible[i], NULL));
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_reader_read_at(reader, 0, impossible[i], buffer_out,
                                                              sizeof buffer_out, &filled_out, NULL));
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_reader_read_at(reader, 0, impossible[i], NULL, 0, &filled_out, NULL));
    }
    CHECK(filled_out == 4711);
    reads(reader, 2, "23"); /* the refused seeks moved nothing */
    reads(reader, 0, "");
    reads_at(reader, 1, 16, "3456");
    reads_at(reader, 4, 1, "6");
    reads(reader, 16, "456");
    reads(reader, 16, "");
    for (i = 0; i < COUNT(behind); i++) {
        STATUS(RSTORE_OK, rstore_reader_seek(reader, behind[i], NULL));
        reads(reader, 16, "");
        reads_at(reader, behind[i], 16, "");
    }
    STATUS(RSTORE_OK, rstore_reader_seek(reader, 0, NULL));
    reads(reader, 16, "23456");
    STATUS(RSTORE_OK, rstore_close(reader));
    STATUS(RSTORE_CLOSED, rstore_reader_seek(reader, 0, NULL));
    STATUS(RSTORE_CLOSED, rstore_close(reader));
}

/* All that a reader gives is of one version. */
static void an_object_that_changes(rstore_store store, uint32_t flags) {
    rstore_args overwrite = {.flags = RSTORE_OVERWRITE};
    rstore_reader reader = open_reader(store, flags);

    STATUS(RSTORE_OK,
           rstore_put(store, 0, RSTORE_STR("a"), "9876543210", 10, &overwrite, sizeof overwrite, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_reader_seek(reader, 1, NULL));
    STATUS(RSTORE_CHANGED, rstore_reader_read(reader, 0, buffer_out, 4, &filled_out, NULL));
    STATUS(RSTORE_CHANGED, rstore_reader_read_at(reader, 0, 0, buffer_out, 4, &filled_out, NULL));
    STATUS(RSTORE_OK,
           rstore_put(store, 0, RSTORE_STR("a"), "0123456789", 10, &overwrite, sizeof overwrite, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(reader));
}

static void readers_of(rstore_store store) {
    offsets(store, 0);
    offsets(store, RSTORE_RANDOM);
    an_object_that_changes(store, 0);
    an_object_that_changes(store, RSTORE_RANDOM);
}

static rstore_writer open_writer(rstore_store store, uint32_t flags) {
    rstore_args args = {.flags = flags};
    rstore_writer writer = 0;

    STATUS(RSTORE_OK, rstore_writer_open(store, 0, RSTORE_STR("w"), &args, sizeof args, &writer, NULL));
    STATUS(RSTORE_OK, rstore_writer_write(writer, 0, "one", 3, NULL));
    STATUS(RSTORE_OK, rstore_writer_write(writer, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_writer_write(writer, 0, "two", 3, NULL));
    STATUS(RSTORE_NOT_FOUND, rstore_head(store, 0, RSTORE_STR("w"), NULL, 0, NULL, 0, NULL));
    return writer;
}

/* What may follow the end of a writer: an abort, which does nothing. */
static void it_is_over(rstore_writer writer) {
    STATUS(RSTORE_CLOSED, rstore_writer_write(writer, 0, "x", 1, NULL));
    STATUS(RSTORE_CLOSED, rstore_writer_commit(writer, 0, &object_out, sizeof object_out, NULL));
    STATUS(RSTORE_OK, rstore_writer_abort(writer, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(writer));
    STATUS(RSTORE_CLOSED, rstore_writer_abort(writer, 0, NULL));
    STATUS(RSTORE_CLOSED, rstore_close(writer));
}

static void ends_of_a_writer(rstore_store store) {
    rstore_writer writer = open_writer(store, 0);
    rstore_object object = {0};

    STATUS(RSTORE_OK, rstore_writer_abort(writer, 0, NULL));
    it_is_over(writer);
    STATUS(RSTORE_OK, rstore_close(open_writer(store, 0)));
    STATUS(RSTORE_NOT_FOUND, rstore_head(store, 0, RSTORE_STR("w"), NULL, 0, NULL, 0, NULL));
    writer = open_writer(store, 0);
    STATUS(RSTORE_OK, rstore_writer_commit(writer, 0, &object, sizeof object, NULL));
    CHECK(object.size == 6 && object.path != NULL && strcmp(object.path, "w") == 0);
    STATUS(RSTORE_OK, rstore_close(object.owner));
    it_is_over(writer);
    STATUS(RSTORE_OK, rstore_get(store, 0, RSTORE_STR("w"), NULL, 0, &object, sizeof object, NULL));
    CHECK(object.data_len == 6 && memcmp(object.data, "onetwo", 6) == 0);
    STATUS(RSTORE_OK, rstore_close(object.owner));
    STATUS(RSTORE_OK, rstore_delete(store, 0, RSTORE_STR("w"), NULL, 0, NULL));
}

/* A writer that loses the race must not overwrite, and is over then. */
static void a_commit_that_is_refused(rstore_store store) {
    rstore_writer writer = open_writer(store, 0);
    rstore_object object = {0};

    STATUS(RSTORE_OK, rstore_put(store, 0, RSTORE_STR("w"), "first", 5, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_ALREADY_EXISTS, rstore_writer_commit(writer, 0, &object, sizeof object, NULL));
    CHECK(object.owner == 0);
    it_is_over(writer);
    STATUS(RSTORE_OK, rstore_head(store, 0, RSTORE_STR("w"), NULL, 0, &object, sizeof object, NULL));
    CHECK(object.size == 5);
    STATUS(RSTORE_OK, rstore_close(object.owner));
    STATUS(RSTORE_OK, rstore_delete(store, 0, RSTORE_STR("w"), NULL, 0, NULL));
}

/* A failed call ends it, and it leaves no trace. */
static void a_write_that_was_cancelled(rstore_store store) {
    rstore_writer writer = open_writer(store, 0);
    rstore_ctx ctx = make(CONTEXT);

    STATUS(RSTORE_OK, rstore_ctx_cancel(ctx, NULL));
    STATUS(RSTORE_CANCELLED, rstore_writer_write(writer, ctx, "x", 1, NULL));
    it_is_over(writer);
    STATUS(RSTORE_NOT_FOUND, rstore_head(store, 0, RSTORE_STR("w"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(ctx));
}

static void writers_of(rstore_store store) {
    ends_of_a_writer(store);
    a_commit_that_is_refused(store);
    a_write_that_was_cancelled(store);
}

/* ---- Two threads on one ------------------------------------------------- */

enum { STREAMED = 4000 };

struct user {
    rstore_handle stream;
    size_t served; /* bytes that its calls moved */
    size_t wanted;
    int32_t unexpected; /* the last status but OK and BUSY */
};

/* Moves single bytes until it has as many as it wants, or there are no more. */
static void *read_bytes(void *argument) {
    struct user *user = argument;
    size_t filled = 1;

    while (user->unexpected == RSTORE_OK && filled != 0) {
        int32_t status = rstore_reader_read(user->stream, 0, &(char){0}, 1, &filled, NULL);

        if (status == RSTORE_OK) {
            user->served += filled;
        } else if (status != RSTORE_BUSY) {
            user->unexpected = status;
        }
    }
    return NULL;
}

static void *write_bytes(void *argument) {
    struct user *user = argument;

    while (user->unexpected == RSTORE_OK && user->served < user->wanted) {
        int32_t status = rstore_writer_write(user->stream, 0, "w", 1, NULL);

        if (status == RSTORE_OK) {
            user->served++;
        } else if (status != RSTORE_BUSY) {
            user->unexpected = status;
        }
    }
    return NULL;
}

static size_t together(void *work(void *), rstore_handle stream, size_t wanted) {
    struct user users[2] = {{stream, 0, wanted, RSTORE_OK}, {stream, 0, wanted, RSTORE_OK}};
    pthread_t thread;

    CHECK(pthread_create(&thread, NULL, work, &users[1]) == 0);
    work(&users[0]);
    CHECK(pthread_join(thread, NULL) == 0);
    STATUS(RSTORE_OK, users[0].unexpected);
    STATUS(RSTORE_OK, users[1].unexpected);
    return users[0].served + users[1].served;
}

/* Together they write each byte once, and read each once. */
static void two_threads_on_one_stream(void) {
    rstore_writer writer = 0;
    rstore_reader reader = 0;
    rstore_object object = {0};

    STATUS(RSTORE_OK, rstore_writer_open(good[STORE], 0, RSTORE_STR("both"), NULL, 0, &writer, NULL));
    CHECK(together(write_bytes, writer, STREAMED) == 2 * (size_t)STREAMED);
    STATUS(RSTORE_OK, rstore_writer_commit(writer, 0, &object, sizeof object, NULL));
    CHECK(object.size == 2 * (uint64_t)STREAMED);
    STATUS(RSTORE_OK, rstore_close(object.owner));
    STATUS(RSTORE_OK, rstore_close(writer));
    STATUS(RSTORE_OK, rstore_reader_open(good[STORE], 0, RSTORE_STR("both"), NULL, 0, &reader, NULL, 0, NULL));
    CHECK(together(read_bytes, reader, 0) == 2 * (size_t)STREAMED);
    STATUS(RSTORE_OK, rstore_close(reader));
    STATUS(RSTORE_OK, rstore_delete(good[STORE], 0, RSTORE_STR("both"), NULL, 0, NULL));
}

/* ---- Closed by another thread -------------------------------------------- */

enum { CLOSINGS = 300 };

struct victim {
    _Atomic rstore_handle handle; /* 0 before there is one, UINT64_MAX when there are no more */
    _Atomic long closed;
    int32_t unexpected;
};

static void *close_what_comes(void *argument) {
    struct victim *victim = argument;
    rstore_handle handle;

    while ((handle = atomic_load(&victim->handle)) != UINT64_MAX) {
        if (handle != 0) {
            int32_t status = rstore_close(handle);

            victim->unexpected = status != RSTORE_OK ? status : victim->unexpected;
            atomic_store(&victim->handle, 0);
            atomic_fetch_add(&victim->closed, 1);
        }
    }
    return NULL;
}

/* Calls until the handle is closed: each is served, or is CLOSED. */
static void closed_during_calls(enum kind kind) {
    struct victim victim = {0, 0, RSTORE_OK};
    pthread_t thread;
    long i;

    CHECK(pthread_create(&thread, NULL, close_what_comes, &victim) == 0);
    for (i = 0; i < CLOSINGS; i++) {
        rstore_handle handle = make(kind);
        int32_t status;

        if (handle == 0) {
            break; /* which make has said */
        }
        atomic_store(&victim.handle, handle);
        do {
            switch (kind) {
            case READER:
                status = rstore_reader_read_at(handle, 0, 0, buffer_out, 10, &filled_out, NULL);
                break;
            case WRITER:
                status = rstore_writer_write(handle, 0, "x", 1, NULL);
                break;
            default:
                status = rstore_head(handle, 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL);
            }
        } while (status == RSTORE_OK);
        STATUS_FOR(kind_names[kind], RSTORE_CLOSED, status);
        while (atomic_load(&victim.closed) == i) {
        }
    }
    atomic_store(&victim.handle, UINT64_MAX);
    CHECK(pthread_join(thread, NULL) == 0);
    STATUS_FOR(kind_names[kind], RSTORE_OK, victim.unexpected);
}

/* Every backend has its own. A writer of a local one that leaves a temporary
 * file makes rmdir fail. */
static void streams_of_a_folder(void) {
    char folder[] = "/tmp/rstore-misuse-XXXXXX", url[64];
    rstore_store store = 0;

    CHECK(mkdtemp(folder) != NULL);
    snprintf(url, sizeof url, "file://%s", folder);
    STATUS(RSTORE_OK, rstore_open(url, strlen(url), 0, &store, NULL));
    STATUS(RSTORE_OK, rstore_put(store, 0, RSTORE_STR("a"), "0123456789", 10, NULL, 0, NULL, 0, NULL));
    readers_of(store);
    writers_of(store);
    STATUS(RSTORE_OK, rstore_delete(store, 0, RSTORE_STR("a"), NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(store));
    CHECK(rmdir(folder) == 0);
}

void test_streams(void) {
    STATUS(RSTORE_OK, rstore_put(good[S3_STORE], 0, RSTORE_STR("a"), "0123456789", 10, NULL, 0, NULL, 0, NULL));
    readers_of(good[STORE]);
    readers_of(good[S3_STORE]);
    writers_of(good[STORE]);
    writers_of(good[S3_STORE]);
    streams_of_a_folder();
    two_threads_on_one_stream();
    closed_during_calls(STORE);
    closed_during_calls(READER);
    closed_during_calls(WRITER);
}
