/* Every call that can wait, each in the place where it waits longest. */
#define _GNU_SOURCE /* memfd_create */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interrupt.h"

enum { PART = 5 << 20, LARGE = 65 << 20 };

rstore_store silent;

static rstore_store unreachable;
static char *part;  /* PART bytes */
static char *large; /* LARGE bytes */
static char buffer[4096];
static size_t filled;
static uint64_t length;
static int32_t found;
static rstore_object object;
static rstore_handle opened;
static rstore_page page;
static struct ArrowArray array;
static rstore_folder folder;
static rstore_text report;
static rstore_failures failures;
static rstore_results results;
static char halves[2][10];
static rstore_range ranges[] = {{0, halves[0], 10, 0}, {20, halves[1], 10, 0}};
static const rstore_path paths[] = {{RSTORE_STR("a")}, {RSTORE_STR("b")}, {RSTORE_STR("c")}};
static const rstore_path known_paths[] = {{RSTORE_STR("known")}, {RSTORE_STR("known")}};
static const rstore_path busy_paths[] = {{RSTORE_STR("busy")}, {RSTORE_STR("a")}, {RSTORE_STR("busy")}};
static const rstore_deletion doomed[] = {{RSTORE_STR("a"), NULL, 0}, {RSTORE_STR("b"), NULL, 0}};

static rstore_args overwrite = {.flags = RSTORE_OVERWRITE};
static rstore_args parallel = {.flags = RSTORE_PARALLEL};
static int file; /* a descriptor */

static void set(rstore_options options, const char *key, const char *value) {
    STATUS_FOR(key, RSTORE_OK, rstore_options_set(options, key, strlen(key), value, strlen(value), NULL));
}

static rstore_store open_at(const char *endpoint) {
    rstore_options options = 0;
    rstore_store store = 0;

    STATUS(RSTORE_OK, rstore_options_new(&options, NULL));
    set(options, "endpoint", endpoint);
    set(options, "region", "us-east-1");
    set(options, "access_key_id", "id");
    set(options, "secret_access_key", "secret");
    set(options, "part_size", "5242880");
    set(options, "memory_budget", "31457280"); /* six parts */
    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("s3://bucket"), options, &store, NULL));
    STATUS(RSTORE_OK, rstore_close(options));
    return store;
}

void open_silent(void) {
    part = calloc(1, PART);
    large = calloc(1, LARGE);
    file = memfd_create("file", MFD_CLOEXEC);
    CHECK(part != NULL && large != NULL && file >= 0);
    silent = open_at(stub_endpoint);
    unreachable = open_at(full_endpoint);
}

void close_silent(void) {
    STATUS(RSTORE_OK, rstore_close(silent));
    STATUS(RSTORE_OK, rstore_close(unreachable));
    free(part);
    free(large);
    close(file);
}

rstore_ctx new_ctx(uint64_t timeout_ms) {
    rstore_ctx ctx = 0;

    STATUS(RSTORE_OK, rstore_ctx_new(timeout_ms, &ctx, NULL));
    return ctx;
}

void still_serve(const char *name, rstore_ctx ctx) {
    rstore_object known = {0};
    rstore_store memory = 0;

    STATUS_FOR(name, RSTORE_OK, rstore_head(silent, 0, RSTORE_STR("known"), NULL, 0, &known, sizeof known, NULL));
    CHECK_FOR(name, known.size == KNOWN_SIZE);
    STATUS_FOR(name, RSTORE_OK, rstore_close(known.owner));
    STATUS_FOR(name, RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &memory, NULL));
    STATUS_FOR(name, RSTORE_OK, rstore_put(memory, ctx, RSTORE_STR("a"), "x", 1, NULL, 0, NULL, 0, NULL));
    STATUS_FOR(name, RSTORE_OK, rstore_close(memory));
}

/* ---- What they need --------------------------------------------------------- */

static rstore_handle begin_list(void) {
    rstore_list list = 0;

    STATUS(RSTORE_OK, rstore_list_open(silent, NULL, 0, NULL, 0, &list, NULL));
    return list;
}
static rstore_handle begin_glob(void) {
    rstore_list list = 0;

    STATUS(RSTORE_OK, rstore_glob_open(silent, RSTORE_STR("**"), NULL, 0, &list, NULL));
    return list;
}
static rstore_handle begin_uploads(void) {
    rstore_list list = 0;

    STATUS(RSTORE_OK, rstore_uploads_open(silent, NULL, 0, NULL, 0, &list, NULL));
    return list;
}
static rstore_handle begin_reader_with(uint32_t flags) {
    rstore_args args = {.flags = flags};
    rstore_reader reader = 0;

    STATUS(RSTORE_OK,
           rstore_reader_open(silent, 0, RSTORE_STR("known"), &args, sizeof args, &reader, NULL, 0, NULL));
    return reader;
}
static rstore_handle begin_reader(void) {
    rstore_reader reader = begin_reader_with(0);

    STATUS(RSTORE_OK, rstore_reader_read(reader, 0, buffer, KNOWN_SENT, &filled, NULL)); /* the rest never comes */
    CHECK(filled == KNOWN_SENT);
    return reader;
}
static rstore_handle begin_random_reader(void) { return begin_reader_with(RSTORE_RANDOM); }
static rstore_handle begin_sought_reader(void) {
    rstore_reader reader = begin_reader_with(0);

    STATUS(RSTORE_OK, rstore_reader_seek(reader, 7, NULL));
    return reader;
}
static rstore_handle begin_writer_of(size_t parts) {
    rstore_writer writer = 0;

    STATUS(RSTORE_OK,
           rstore_writer_open(silent, 0, RSTORE_STR("begun"), &overwrite, sizeof overwrite, &writer, NULL));
    STATUS(RSTORE_OK, rstore_writer_write(writer, 0, "x", 1, NULL));
    for (; parts > 0; parts--) {
        STATUS(RSTORE_OK, rstore_writer_write(writer, 0, part, PART, NULL));
    }
    return writer;
}
static rstore_handle begin_small_writer(void) { return begin_writer_of(0); }
static rstore_handle begin_writer(void) { return begin_writer_of(1); }
static rstore_handle begin_full_writer(void) { return begin_writer_of(4); } /* so many are sent at once */
static rstore_handle begin_upload(void) {
    rstore_upload upload = 0;

    STATUS(RSTORE_OK, rstore_upload_open(silent, 0, RSTORE_STR("begun"), NULL, 0, &upload, NULL));
    return upload;
}
static rstore_handle begin_upload_of_a_part(void) {
    rstore_upload upload = begin_upload();

    STATUS(RSTORE_OK, rstore_upload_part(upload, 0, 7, "x", 1, NULL));
    return upload;
}
static rstore_handle begin_kept(void) {
    stub_keeps = 1;
    return 0;
}
static rstore_handle begin_kept_upload(void) {
    begin_kept();
    return begin_upload();
}
static rstore_handle begin_kept_writer(void) {
    begin_kept();
    return begin_writer();
}
rstore_handle begin_writer_of_a_closed_store(void) {
    rstore_store open = silent, closed = open_at(stub_endpoint);
    rstore_handle writer;

    silent = closed;
    writer = begin_kept_writer();
    silent = open;
    STATUS(RSTORE_OK, rstore_close(closed));
    return writer;
}

/* ---- The calls -------------------------------------------------------------- */

#define CALL(name, ...)                                                              \
    static int32_t name##_call(rstore_handle h, rstore_ctx c, rstore_error *e) {     \
        (void)h;                                                                     \
        return __VA_ARGS__;                                                          \
    }

CALL(ping, rstore_ping(silent, c, e))
CALL(probe, rstore_probe(silent, c, &report, sizeof report, e))
CALL(head, rstore_head(silent, c, RSTORE_STR("a"), NULL, 0, &object, sizeof object, e))
CALL(connect, rstore_head(unreachable, c, RSTORE_STR("a"), NULL, 0, &object, sizeof object, e))
CALL(busy, rstore_head(silent, c, RSTORE_STR("busy"), NULL, 0, &object, sizeof object, e))
CALL(put_parts, rstore_put(silent, c, RSTORE_STR("begun"), large, LARGE, NULL, 0, NULL, 0, e))
CALL(exists, rstore_exists(silent, c, RSTORE_STR("a"), NULL, 0, &found, e))
CALL(get, rstore_get(silent, c, RSTORE_STR("a"), NULL, 0, &object, sizeof object, e))
CALL(get_body, rstore_get(silent, c, RSTORE_STR("known"), NULL, 0, &object, sizeof object, e))
CALL(get_into, rstore_get_into(silent, c, RSTORE_STR("a"), NULL, 0, buffer, sizeof buffer, &filled, e))
CALL(get_parallel, rstore_get(silent, c, RSTORE_STR("a"), &parallel, sizeof parallel, &object, sizeof object, e))
CALL(get_parallel_body,
     rstore_get(silent, c, RSTORE_STR("parts"), &parallel, sizeof parallel, &object, sizeof object, e))
CALL(get_file, rstore_get_file(silent, c, RSTORE_STR("known"), NULL, 0, file, 0, &length, NULL, 0, e))
CALL(get_file_parallel,
     rstore_get_file(silent, c, RSTORE_STR("parts"), &parallel, sizeof parallel, file, 0, &length, NULL, 0, e))
CALL(put, rstore_put(silent, c, RSTORE_STR("a"), "x", 1, NULL, 0, NULL, 0, e))
CALL(delete, rstore_delete(silent, c, RSTORE_STR("a"), NULL, 0, e))
CALL(delete_known, rstore_delete(silent, c, RSTORE_STR("known"), NULL, 0, e))
CALL(copy, rstore_copy(silent, c, RSTORE_STR("a"), RSTORE_STR("b"), NULL, 0, e))
CALL(copy_over, rstore_copy(silent, c, RSTORE_STR("a"), RSTORE_STR("b"), &overwrite, sizeof overwrite, e))
CALL(move, rstore_move(silent, c, RSTORE_STR("a"), RSTORE_STR("b"), &overwrite, sizeof overwrite, e))
CALL(folder_info, rstore_folder_info(silent, c, NULL, 0, NULL, 0, &folder, sizeof folder, e))
CALL(delete_folder, rstore_delete_folder(silent, c, RSTORE_STR("a"), NULL, 0, e))
CALL(list_next, rstore_list_next(h, c, &page, sizeof page, e))
CALL(list_next_arrow, rstore_list_next_arrow(h, c, 0, &array, NULL, e))
CALL(reader_open, rstore_reader_open(silent, c, RSTORE_STR("a"), NULL, 0, &opened, NULL, 0, e))
CALL(reader_start, rstore_reader_start(silent, c, RSTORE_STR("a"), NULL, 0, buffer, sizeof buffer, &filled, &length, &opened, e))
CALL(reader_start_body,
     rstore_reader_start(silent, c, RSTORE_STR("known"), NULL, 0, buffer, sizeof buffer, &filled, &length, &opened, e))
CALL(reader_read, rstore_reader_read(h, c, buffer, sizeof buffer, &filled, e))
CALL(reader_read_at, rstore_reader_read_at(h, c, 5, buffer, sizeof buffer, &filled, e))
CALL(writer_write, rstore_writer_write(h, c, part, PART, e))
CALL(writer_commit, rstore_writer_commit(h, c, NULL, 0, e))
CALL(upload_open, rstore_upload_open(silent, c, RSTORE_STR("a"), NULL, 0, &opened, e))
CALL(upload_part, rstore_upload_part(h, c, 1, "x", 1, e))
CALL(writer_abort, rstore_writer_abort(h, c, e))
CALL(upload_commit, rstore_upload_commit(h, c, NULL, 0, e))
CALL(upload_abort, rstore_upload_abort(h, c, e))
CALL(uploads_abort, rstore_uploads_abort(silent, c, RSTORE_STR("a"), NULL, 0, RSTORE_STR("id"), e))

CALL(get_ranges, rstore_get_ranges(silent, c, RSTORE_STR("a"), NULL, 0, ranges, COUNT(ranges), NULL, 0, e))
CALL(get_ranges_body, rstore_get_ranges(silent, c, RSTORE_STR("known"), NULL, 0, ranges, COUNT(ranges), NULL, 0, e))
CALL(get_many, rstore_get_many(silent, c, paths, COUNT(paths), NULL, 0, &results, sizeof results, e))
CALL(get_many_bodies, rstore_get_many(silent, c, known_paths, COUNT(known_paths), NULL, 0, &results, sizeof results, e))
CALL(get_many_busy, rstore_get_many(silent, c, busy_paths, COUNT(busy_paths), NULL, 0, &results, sizeof results, e))
CALL(get_many_connect, rstore_get_many(unreachable, c, paths, COUNT(paths), NULL, 0, &results, sizeof results, e))
CALL(head_many, rstore_head_many(silent, c, paths, COUNT(paths), NULL, 0, &results, sizeof results, e))
CALL(delete_many, rstore_delete_many(silent, c, doomed, COUNT(doomed), NULL, 0, &failures, sizeof failures, e))
CALL(set_acl, rstore_set_acl(silent, c, RSTORE_STR("a"), NULL, 0, RSTORE_STR("private"), e))
CALL(uploads_abort_old, rstore_uploads_abort_old(silent, c, NULL, 0, NULL, 0, 0, NULL, e))

const struct wait waits[] = {
    {"ping", NULL, ping_call},
    {"probe", NULL, probe_call},
    {"head", NULL, head_call},
    {"head, while it connects", NULL, connect_call},
    {"head, between attempts", NULL, busy_call},
    {"exists", NULL, exists_call},
    {"get", NULL, get_call},
    {"get, its body", NULL, get_body_call},
    {"get_into", NULL, get_into_call},
    {"get, in parallel", NULL, get_parallel_call},
    {"get, in parallel, its bodies", NULL, get_parallel_body_call},
    {"get_file", NULL, get_file_call},
    {"get_file, in parallel", NULL, get_file_parallel_call},
    {"put", NULL, put_call},
    {"put in parts", NULL, put_parts_call},
    {"put in parts, which stay", begin_kept, put_parts_call},
    {"delete", NULL, delete_call},
    {"delete, the second request", NULL, delete_known_call},
    {"copy", NULL, copy_call},
    {"copy, overwriting", NULL, copy_over_call},
    {"move", NULL, move_call},
    {"folder_info", NULL, folder_info_call},
    {"delete_folder", NULL, delete_folder_call},
    {"list_next", begin_list, list_next_call},
    {"list_next of a glob", begin_glob, list_next_call},
    {"list_next of uploads", begin_uploads, list_next_call},
    {"list_next_arrow", begin_list, list_next_arrow_call},
    {"reader_open", NULL, reader_open_call},
    {"reader_start", NULL, reader_start_call},
    {"reader_start, its body", NULL, reader_start_body_call},
    {"reader_read", begin_reader, reader_read_call},
    {"reader_read at random", begin_random_reader, reader_read_call},
    {"reader_read after a seek", begin_sought_reader, reader_read_call},
    {"reader_read_at", begin_reader, reader_read_at_call},
    {"writer_write", begin_full_writer, writer_write_call},
    {"writer_commit", begin_small_writer, writer_commit_call},
    {"writer_commit of parts", begin_writer, writer_commit_call},
    {"writer_abort", begin_kept_writer, writer_abort_call},
    {"upload_open", NULL, upload_open_call},
    {"upload_part", begin_upload, upload_part_call},
    {"upload_commit", begin_upload_of_a_part, upload_commit_call},
    {"upload_abort", begin_kept_upload, upload_abort_call},
    {"uploads_abort", begin_kept, uploads_abort_call},
    {"get_ranges", NULL, get_ranges_call},
    {"get_ranges, their bodies", NULL, get_ranges_body_call},
    {"get_many", NULL, get_many_call},
    {"get_many, their bodies", NULL, get_many_bodies_call},
    {"get_many, between attempts", NULL, get_many_busy_call},
    {"get_many, while it connects", NULL, get_many_connect_call},
    {"head_many", NULL, head_many_call},
    {"delete_many", NULL, delete_many_call},
    {"set_acl", NULL, set_acl_call},
    {"uploads_abort_old", NULL, uploads_abort_old_call},
};

const size_t waits_count = COUNT(waits);

const struct wait *wait_named(const char *name) {
    size_t i;

    for (i = 0; strcmp(waits[i].name, name) != 0; i++) {
    }
    return &waits[i];
}

/* Where the calls write. */
static const struct {
    void *memory;
    size_t size;
} outs[] = {
    {buffer, sizeof buffer}, {&filled, sizeof filled},   {&length, sizeof length},     {&found, sizeof found},
    {&object, sizeof object}, {&opened, sizeof opened},  {&page, sizeof page},         {&array, sizeof array},
    {&folder, sizeof folder}, {&report, sizeof report},  {&failures, sizeof failures}, {halves, sizeof halves},
    {&results, sizeof results},
};

void spoil_outs(void) {
    size_t i;

    for (i = 0; i < COUNT(outs); i++) {
        memset(outs[i].memory, 0x5a, outs[i].size);
    }
}

int outs_are_spoilt(void) {
    size_t i, n;

    for (i = 0; i < COUNT(outs); i++) {
        for (n = 0; n < outs[i].size; n++) {
            if (((const unsigned char *)outs[i].memory)[n] != 0x5a) {
                return 0;
            }
        }
    }
    return 1;
}

rstore_handle begin_wait(const struct wait *wait) { return wait->begin != NULL ? wait->begin() : 0; }

void end_wait(rstore_handle handle) {
    stub_keeps = 0;
    if (handle != 0) {
        STATUS(RSTORE_OK, rstore_close(handle));
    }
}
