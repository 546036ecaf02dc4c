/* Runs the cases of cases.json through the C interface, on one target:
 *
 *     conformance memory | local | s3
 *
 * s3 needs REMOTESTORE_TEST_S3_URL, s3://bucket[/prefix], and its name in
 * REMOTESTORE_TEST_S3_TARGET, for the reasons to skip a case; endpoint
 * and credentials are what the library finds in the environment. */
#define _XOPEN_SOURCE 700 /* mkdtemp, nftw */

#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cases.h" /* by cases_to_c.py */

enum { MAX_URL = 4096, SPARE_BUFFER = 64 };

/* ---- Where the cases run -------------------------------------------------- */

enum backend { MEMORY, LOCAL, S3 };

struct target {
    const char *name;
    enum backend backend;
    char base[MAX_URL]; /* local: the folder of all cases; s3: their URL */
};

/* What runs now, and what came of it. */
struct run {
    const struct target *target;
    const struct test_case *test;
    size_t step;     /* counted from 1; 0 outside the steps */
    size_t failures; /* of this case */
};

static void fail(struct run *run, const char *format, ...) {
    va_list arguments;

    printf("FAIL %s: %s: step %zu: ", run->target->name, run->test->name, run->step);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    run->failures++;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void *allocate(size_t size) {
    void *memory = malloc(size + 1); /* never NULL for 0 bytes */

    if (memory == NULL) {
        die("malloc");
    }
    return memory;
}

static void join_url(char *url, const char *format, ...) {
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(url, MAX_URL, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= MAX_URL) {
        fprintf(stderr, "a URL is longer than %d bytes\n", MAX_URL);
        exit(1);
    }
}

static void prepare_local(struct target *target) {
    const char *parent = getenv("TMPDIR");

    join_url(target->base, "%s/rstore-XXXXXX", parent != NULL && *parent != '\0' ? parent : "/tmp");
    if (mkdtemp(target->base) == NULL) {
        die("mkdtemp");
    }
}

/* A run has a prefix of its own, so that runs at the same time do not meet. */
static void prepare_s3(struct target *target) {
    const char *url = getenv("REMOTESTORE_TEST_S3_URL");
    struct timespec now;
    size_t length;

    if (url == NULL || *url == '\0') {
        fprintf(stderr, "%s: REMOTESTORE_TEST_S3_URL is not set\n", target->name);
        exit(1);
    }
    length = strlen(url);
    while (length > 0 && url[length - 1] == '/') {
        length--;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    join_url(target->base, "%.*s/%lx-%lx-%lx", (int)length, url, (unsigned long)getpid(),
             (unsigned long)now.tv_sec, (unsigned long)now.tv_nsec);
}

static void prepare(struct target *target, const char *name) {
    const char *s3_name = getenv("REMOTESTORE_TEST_S3_TARGET");

    if (s3_name == NULL || *s3_name == '\0') {
        s3_name = "custom";
    }
    target->name = name;
    if (strcmp(name, "memory") == 0) {
        target->backend = MEMORY;
    } else if (strcmp(name, "local") == 0) {
        target->backend = LOCAL;
        prepare_local(target);
    } else if (strcmp(name, "s3") == 0) {
        target->name = s3_name;
        target->backend = S3;
        prepare_s3(target);
    } else {
        fprintf(stderr, "unknown target %s: memory, local or s3\n", name);
        exit(1);
    }
}

/* Appends a folder to a URL, in which these three would not be part of it. */
static void append_folder(char *url, const char *folder) {
    char *end = url + strlen(url);

    for (; *folder != '\0' && end - url < MAX_URL - 4; folder++) {
        if (strchr("%?#", *folder) != NULL) {
            end += sprintf(end, "%%%02X", (unsigned)*folder);
        } else {
            *end++ = *folder;
        }
    }
    *end = '\0';
}

/* The URL of the store of one case. */
static void case_url(const struct target *target, size_t number, char *url) {
    char folder[MAX_URL];

    switch (target->backend) {
    case MEMORY:
        join_url(url, "memory://");
        break;
    case LOCAL:
        join_url(folder, "%s/%zu", target->base, number);
        join_url(url, "file://");
        append_folder(url, folder);
        break;
    case S3:
        join_url(url, "%s/%zu", target->base, number);
        break;
    }
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place) {
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

/* Folders are nothing that the library can delete. */
static void remove_folders(const struct target *target) {
    if (target->backend == LOCAL && nftw(target->base, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0) {
        die(target->base);
    }
}

/* ---- Statuses and errors --------------------------------------------------- */

/* Checks a status, and the error that came with it, which it closes. Returns
 * whether the call succeeded as it should. */
static int succeeded(struct run *run, int32_t want, int32_t status, rstore_error error) {
    rstore_evidence evidence = {0};

    int failed = status != RSTORE_OK && status != RSTORE_END;

    if (!failed && error != 0) {
        fail(run, "the call did not fail, but there is an error handle");
    }
    if (failed) {
        if (rstore_error_evidence(error, &evidence, sizeof evidence) != RSTORE_OK) {
            fail(run, "%s has no evidence", rstore_status_name(status));
        } else if (evidence.status != status) {
            fail(run, "%s has the evidence of %s", rstore_status_name(status),
                 rstore_status_name(evidence.status));
        } else if (*evidence.message == '\0') {
            fail(run, "%s has no message", rstore_status_name(status));
        }
    }
    if (status != want) {
        fail(run, "expected %s, got %s: %s", rstore_status_name(want), rstore_status_name(status),
             evidence.message != NULL ? evidence.message : "");
    }
    if (error != 0 && rstore_close(error) != RSTORE_OK) {
        fail(run, "the error handle does not close");
    }
    return status == RSTORE_OK && want == RSTORE_OK;
}

static void close_handle(struct run *run, rstore_handle handle, const char *what) {
    int32_t status = rstore_close(handle);

    if (status != RSTORE_OK) {
        fail(run, "closing %s: %s", what, rstore_status_name(status));
    }
}

/* ---- Steps ------------------------------------------------------------------ */

/* The bytes to write, or those expected; free them. */
static char *content(const struct step *step, size_t *length) {
    char *bytes;
    size_t i;

    if (step->data.bytes != NULL) {
        *length = step->data.length;
        bytes = allocate(*length);
        memcpy(bytes, step->data.bytes, *length);
        return bytes;
    }
    *length = (size_t)step->size;
    bytes = allocate(*length);
    for (i = 0; i < *length; i++) {
        bytes[i] = (char)(unsigned char)((31 * (step->from + i) + 7) % 251);
    }
    return bytes;
}

static rstore_args arguments(const struct step *step) {
    rstore_args args = {
        .flags = step->flags,
        .page_size = step->page_size,
        .offset = step->offset,
        .length = step->length,
    };
    return args;
}

static void compare(struct run *run, const struct step *step, const char *got, size_t got_length) {
    size_t length;
    char *want = content(step, &length);

    if (got_length != length) {
        fail(run, "expected %zu bytes, got %zu", length, got_length);
    } else if (memcmp(want, got, length) != 0) {
        fail(run, "got %zu other bytes than were written", length);
    }
    free(want);
}

static void check_object(struct run *run, const rstore_object *object) {
    if (object->kind != RSTORE_KIND_OBJECT) {
        fail(run, "the kind is %" PRId32, object->kind);
    }
    if (object->etag_len == 0 || strlen(object->etag) != object->etag_len) {
        fail(run, "the ETag is \"%s\", its length %zu", object->etag, object->etag_len);
    }
    if (strlen(object->path) != object->path_len) {
        fail(run, "the path is \"%s\", but its length %zu", object->path, object->path_len);
    }
}

static void do_put(struct run *run, rstore_store store, const struct step *step) {
    rstore_args args = arguments(step);
    rstore_object object;
    rstore_error error;
    size_t length;
    char *bytes = content(step, &length);
    int32_t status = rstore_put(store, 0, step->path.bytes, step->path.length, bytes, length, &args,
                                sizeof args, &object, sizeof object, &error);

    free(bytes);
    if (succeeded(run, step->want, status, error)) {
        check_object(run, &object);
        if (object.size != length) {
            fail(run, "%zu bytes were written, the answer says %" PRIu64, length, object.size);
        }
    }
    if (status == RSTORE_OK) {
        close_handle(run, object.owner, "the object");
    }
}

static void do_get(struct run *run, rstore_store store, const struct step *step) {
    rstore_args args = arguments(step);
    rstore_object object;
    rstore_error error;
    int32_t status = rstore_get(store, 0, step->path.bytes, step->path.length, &args, sizeof args,
                                &object, sizeof object, &error);

    if (succeeded(run, step->want, status, error)) {
        check_object(run, &object);
        compare(run, step, object.data, object.data_len);
    }
    if (status == RSTORE_OK) {
        close_handle(run, object.owner, "the object");
    }
}

static void do_get_into(struct run *run, rstore_store store, const struct step *step) {
    rstore_args args = arguments(step);
    rstore_error error;
    size_t size, filled;
    char *buffer;
    int32_t status;

    if (step->has_buffer) {
        size = step->buffer;
    } else {
        free(content(step, &size));
        size += SPARE_BUFFER;
    }
    buffer = allocate(size);
    status = rstore_get_into(store, 0, step->path.bytes, step->path.length, &args, sizeof args,
                             buffer, size, &filled, &error);
    /* Bytes behind what was filled may have any value. */
    if (succeeded(run, step->want, status, error)) {
        compare(run, step, buffer, filled);
    }
    free(buffer);
}

static void do_head(struct run *run, rstore_store store, const struct step *step) {
    rstore_object object;
    rstore_error error;
    int32_t status = rstore_head(store, 0, step->path.bytes, step->path.length, &object,
                                 sizeof object, &error);

    if (succeeded(run, step->want, status, error)) {
        check_object(run, &object);
        if (object.size != step->size) {
            fail(run, "expected size %" PRIu64 ", got %" PRIu64, step->size, object.size);
        }
        if (object.modified_ns == 0) {
            fail(run, "the time of the last change is missing");
        }
    }
    if (status == RSTORE_OK) {
        close_handle(run, object.owner, "the object");
    }
}

static void do_delete(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_delete(store, 0, step->path.bytes, step->path.length, &error);

    succeeded(run, step->want, status, error);
}

static void do_copy(struct run *run, rstore_store store, const struct step *step) {
    rstore_args args = arguments(step);
    rstore_error error;
    int32_t status = rstore_copy(store, 0, step->path.bytes, step->path.length, step->to.bytes,
                                 step->to.length, &args, sizeof args, &error);

    succeeded(run, step->want, status, error);
}

/* The expectation of a folder ends in '/', which its path does not. */
static int is_expected(const struct text *want, const rstore_object *got) {
    size_t length = want->length;

    if (got->kind == RSTORE_KIND_FOLDER) {
        if (length == 0 || want->bytes[length - 1] != '/') {
            return 0;
        }
        length--;
    }
    return got->path_len == length && memcmp(got->path, want->bytes, length) == 0;
}

/* Compares a page with the expectation from the path number `done` on. */
static void check_page(struct run *run, const struct step *step, const rstore_page *page,
                       size_t done) {
    size_t i;

    if (page->count == 0 || (step->page_size != 0 && page->count > step->page_size)) {
        fail(run, "there are %zu entries in a page of %" PRIu32, page->count, step->page_size);
    }
    for (i = 0; i < page->count; i++) {
        const rstore_object *got = RSTORE_PAGE_OBJECT(*page, i);
        const char *slash = got->kind == RSTORE_KIND_FOLDER ? "/" : "";

        if (done + i >= step->path_count) {
            fail(run, "entry %zu was not expected: %s%s", done + i + 1, got->path, slash);
        } else if (!is_expected(&step->paths[done + i], got)) {
            fail(run, "entry %zu: expected %s, got %s%s", done + i + 1, step->paths[done + i].bytes,
                 got->path, slash);
        }
    }
}

static void do_list(struct run *run, rstore_store store, const struct step *step) {
    rstore_args args = arguments(step);
    rstore_list list;
    rstore_error error;
    rstore_page page;
    size_t done = 0;
    int32_t status = rstore_list_open(store, step->path.bytes, step->path.length, &args, sizeof args,
                                      &list, &error);

    if (succeeded(run, step->want, status, error)) {
        while ((status = rstore_list_next(list, 0, &page, sizeof page, &error)) == RSTORE_OK) {
            check_page(run, step, &page, done);
            done += page.count;
            close_handle(run, page.owner, "the page");
        }
        succeeded(run, RSTORE_END, status, error);
        if (done < step->path_count) {
            fail(run, "expected %zu entries, got %zu", step->path_count, done);
        }
        status = RSTORE_OK;
    }
    if (status == RSTORE_OK) {
        close_handle(run, list, "the list");
    }
}

static void do_step(struct run *run, rstore_store store, const struct step *step) {
    static void (*const verbs[])(struct run *, rstore_store, const struct step *) = {
        [DO_PUT] = do_put,       [DO_GET] = do_get,   [DO_GET_INTO] = do_get_into, [DO_HEAD] = do_head,
        [DO_DELETE] = do_delete, [DO_COPY] = do_copy, [DO_LIST] = do_list,
    };
    struct step repeated = *step;
    char *path;

    if (step->path_repeat == 0) {
        verbs[step->verb](run, store, step);
        return;
    }
    path = allocate(step->path_repeat);
    memset(path, 'k', step->path_repeat);
    repeated.path.bytes = path;
    repeated.path.length = step->path_repeat;
    verbs[step->verb](run, store, &repeated);
    free(path);
}

/* ---- Cases ------------------------------------------------------------------ */

static void delete_page(struct run *run, rstore_store store, const rstore_page *page) {
    size_t i;

    for (i = 0; i < page->count; i++) {
        const rstore_object *object = RSTORE_PAGE_OBJECT(*page, i);
        rstore_error error;
        int32_t status = rstore_delete(store, 0, object->path, object->path_len, &error);

        succeeded(run, RSTORE_OK, status, error);
    }
}

/* Removes what the case made. */
static void delete_all(struct run *run, rstore_store store) {
    rstore_args args = {.flags = RSTORE_RECURSIVE};
    rstore_list list;
    rstore_page page;
    rstore_error error;
    int32_t status = rstore_list_open(store, NULL, 0, &args, sizeof args, &list, &error);

    if (!succeeded(run, RSTORE_OK, status, error)) {
        return;
    }
    while ((status = rstore_list_next(list, 0, &page, sizeof page, &error)) == RSTORE_OK) {
        delete_page(run, store, &page);
        close_handle(run, page.owner, "the page");
    }
    succeeded(run, RSTORE_END, status, error);
    close_handle(run, list, "the list");
}

static size_t run_case(const struct target *target, size_t number) {
    struct run run = {.target = target, .test = &cases[number]};
    char url[MAX_URL];
    rstore_store store;
    rstore_error error;
    size_t i;
    int32_t status;

    case_url(target, number, url);
    status = rstore_open(url, strlen(url), 0, &store, &error);
    if (!succeeded(&run, RSTORE_OK, status, error)) {
        return run.failures;
    }
    for (i = 0; i < run.test->step_count; i++) {
        run.step = i + 1;
        do_step(&run, store, &run.test->steps[i]);
    }
    run.step = 0;
    delete_all(&run, store);
    close_handle(&run, store, "the store");
    return run.failures;
}

static const char *skip_reason(const struct test_case *test, const char *target) {
    size_t i;

    for (i = 0; i < test->skip_count; i++) {
        if (strcmp(test->skips[i].target, target) == 0) {
            return test->skips[i].reason;
        }
    }
    return NULL;
}

/* Nothing may be left open. */
static int all_closed(const char *target) {
    rstore_stats_record stats = {0};
    int32_t status = rstore_stats(&stats, sizeof stats);

    if (status == RSTORE_OK && stats.live_handles == 0) {
        return 1;
    }
    printf("FAIL %s: at the end: rstore_stats says %s, %" PRIu64 " open handles\n", target,
           rstore_status_name(status), stats.live_handles);
    return 0;
}

int main(int argc, char **argv) {
    struct target target;
    size_t passed = 0, failed = 0, skipped = 0, i;
    int closed;

    if (argc != 2) {
        fprintf(stderr, "usage: %s memory|local|S3-TARGET\n", argv[0]);
        return 1;
    }
    if (rstore_abi_version() != RSTORE_ABI_VERSION) {
        fprintf(stderr, "the library has another ABI version than the header\n");
        return 1;
    }
    prepare(&target, argv[1]);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *reason = skip_reason(&cases[i], target.name);

        if (reason != NULL) {
            printf("skip %s: %s: %s\n", target.name, cases[i].name, reason);
            skipped++;
        } else if (run_case(&target, i) == 0) {
            passed++;
        } else {
            failed++;
        }
    }
    remove_folders(&target);
    closed = all_closed(target.name);
    printf("conformance (C, %s): %zu passed, %zu failed, %zu skipped\n", target.name, passed, failed,
           skipped);
    return failed == 0 && closed ? 0 : 1;
}
