/* Eight threads use, close and misuse the same handles. Every byte that is
 * read must be right, every answer one that can be explained, and nothing may
 * be left over: handles, goroutines, open files.
 *
 *     stress [OPERATIONS]
 */
#define _XOPEN_SOURCE 700 /* mkdtemp, nftw */

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "libremotestore.h"

enum {
    OPERATIONS = 1000000,
    THREADS = 8,
    SHARED = 16,      /* stores that all threads use and swap */
    USES = 8,         /* of a store by one thread, before it takes another */
    OBJECTS = 20,     /* in every store */
    MAX_SIZE = 8192,  /* of an object */
    FILE_EVERY = 16,  /* one in so many opened stores is a local folder */
    STATUSES = RSTORE_END + 1
};

static const char memory_url[] = "memory://stress";
static char folder[256], file_url[sizeof folder + sizeof "file://"];
static _Atomic rstore_store shared[SHARED];

static void die(const char *what) {
    fprintf(stderr, "stress: %s\n", what);
    exit(1);
}

static void must(int32_t status, const char *what) {
    if (status != RSTORE_OK) {
        fprintf(stderr, "stress: %s: %s\n", what, rstore_status_name(status));
        exit(1);
    }
}

/* ---- The objects: the same in every store ---------------------------------- */

/* Sizes from 0 to MAX_SIZE. */
static size_t size_of(unsigned object) { return (size_t)object * MAX_SIZE / (OBJECTS - 1); }

static unsigned char byte_of(unsigned object, size_t i) {
    return (unsigned char)((31 * i + 7 + 13 * object) % 251);
}

static size_t path_of(unsigned object, char *path, size_t size) {
    return (size_t)snprintf(path, size, "objects/%02u", object);
}

static int is_content(unsigned object, const unsigned char *data, size_t length, size_t offset) {
    size_t i;

    for (i = 0; i < length && data[i] == byte_of(object, offset + i); i++) {
    }
    return i == length;
}

static void write_objects(rstore_store store) {
    unsigned char data[MAX_SIZE];
    char path[32];
    unsigned object;
    size_t i;

    for (object = 0; object < OBJECTS; object++) {
        for (i = 0; i < size_of(object); i++) {
            data[i] = byte_of(object, i);
        }
        must(rstore_put(store, 0, path, path_of(object, path, sizeof path), data, size_of(object), NULL,
                        0, NULL, 0, NULL),
             "put");
    }
}

/* ---- One thread --------------------------------------------------------------- */

struct worker {
    pthread_t thread;
    int id;
    uint64_t random;
    rstore_store store; /* that it uses now */
    long operations;
    long answers[STATUSES];
    long failures;
};

/* xorshift64 */
static uint64_t next_random(struct worker *w) {
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random;
}

static unsigned below(struct worker *w, unsigned limit) { return (unsigned)(next_random(w) >> 32) % limit; }

static void wrong(struct worker *w, const char *what) {
    if (w->failures++ < 10) { /* one bug would fill the screen */
        printf("FAIL stress: %s\n", what);
    }
}

/* Counts an answer, which must be one of two. Returns whether it is OK. */
static int answered(struct worker *w, int32_t status, int32_t expected, int32_t or_else, const char *call) {
    char text[128];

    w->answers[status >= 0 && status < STATUSES ? status : RSTORE_UNKNOWN]++;
    if (status != expected && status != or_else) {
        snprintf(text, sizeof text, "%s: %s, but %s or %s was expected", call, rstore_status_name(status),
                 rstore_status_name(expected), rstore_status_name(or_else));
        wrong(w, text);
    }
    return status == RSTORE_OK;
}

/* Closes what only this thread knows. */
static void close_own(struct worker *w, rstore_handle handle) {
    if (rstore_close(handle) != RSTORE_OK) {
        wrong(w, "a handle of this thread's own does not close");
    }
}

/* A store that other threads use too, and may have closed by now: this one
 * looks for another store only now and then. */
static rstore_store any_store(struct worker *w) {
    if (w->store == 0 || below(w, USES) == 0) {
        w->store = atomic_load(&shared[below(w, SHARED)]);
    }
    return w->store;
}

static void get(struct worker *w) {
    unsigned number = below(w, OBJECTS);
    char path[32];
    rstore_object object;
    int32_t status = rstore_get(any_store(w), 0, path, path_of(number, path, sizeof path), NULL, 0,
                                &object, sizeof object, NULL);

    if (answered(w, status, RSTORE_OK, RSTORE_CLOSED, "get")) {
        if (object.data_len != size_of(number) || !is_content(number, object.data, object.data_len, 0)) {
            wrong(w, "get: wrong bytes");
        }
        close_own(w, object.owner);
    }
}

static void get_into(struct worker *w) {
    unsigned number = 1 + below(w, OBJECTS - 1); /* object 0 is empty: it has no range */
    size_t offset = below(w, (unsigned)size_of(number)), rest = size_of(number) - offset, filled = 0;
    rstore_args args = {.offset = offset, .length = 1 + below(w, MAX_SIZE)};
    size_t want = args.length < rest ? (size_t)args.length : rest;
    unsigned char buffer[MAX_SIZE];
    char path[32];
    int32_t status = rstore_get_into(any_store(w), 0, path, path_of(number, path, sizeof path), &args,
                                     sizeof args, buffer, sizeof buffer, &filled, NULL);

    if (answered(w, status, RSTORE_OK, RSTORE_CLOSED, "get_into") &&
        (filled != want || !is_content(number, buffer, filled, offset))) {
        wrong(w, "get_into: wrong bytes");
    }
}

static void head(struct worker *w) {
    unsigned number = below(w, OBJECTS);
    char path[32];
    rstore_object object;
    int32_t status = rstore_head(any_store(w), 0, path, path_of(number, path, sizeof path), NULL, 0,
                                 &object, sizeof object, NULL);

    if (answered(w, status, RSTORE_OK, RSTORE_CLOSED, "head")) {
        if (object.size != size_of(number) || strcmp(object.path, path) != 0) {
            wrong(w, "head: wrong size or path");
        }
        close_own(w, object.owner);
    }
}

static void head_of_nothing(struct worker *w) {
    rstore_error error = 0;
    rstore_evidence evidence;
    int32_t status = rstore_head(any_store(w), 0, RSTORE_STR("none"), NULL, 0, NULL, 0, &error);

    answered(w, status, RSTORE_NOT_FOUND, RSTORE_CLOSED, "head of nothing");
    if (rstore_error_evidence(error, &evidence, sizeof evidence) != RSTORE_OK ||
        evidence.status != status || *evidence.message == '\0') {
        wrong(w, "head of nothing: wrong evidence");
    }
    close_own(w, error);
}

static void list_page(struct worker *w) {
    rstore_args args = {.page_size = 1 + below(w, OBJECTS)};
    rstore_list list;
    rstore_page page;
    const rstore_object *object;
    const char *text;
    char path[32];
    unsigned i;

    if (!answered(w, rstore_list_open(any_store(w), RSTORE_STR("objects"), &args, sizeof args, &list, NULL),
                  RSTORE_OK, RSTORE_CLOSED, "list_open")) {
        return;
    }
    if (answered(w, rstore_list_next(list, 0, &page, sizeof page, NULL), RSTORE_OK, RSTORE_CLOSED,
                 "list_next")) {
        if (page.count != args.page_size) {
            wrong(w, "list_next: wrong number of objects");
        }
        for (i = 0, text = page.texts; i < page.count; i++) {
            path_of(i, path, sizeof path);
            object = RSTORE_PAGE_OBJECT(page, i);
            if (strcmp(object->path, path) != 0) {
                wrong(w, "list_next: wrong path");
            }
            if (object->path != text || object->etag != text + object->path_len + 1) {
                wrong(w, "list_next: a name is not in the texts");
            }
            text = object->etag + object->etag_len + 1;
        }
        if (text != page.texts + page.texts_len) {
            wrong(w, "list_next: wrong length of the texts");
        }
        close_own(w, page.owner);
    }
    close_own(w, list);
}

/* Replaces a shared store and closes the old one, from which others read. */
static void swap(struct worker *w) {
    const char *url = below(w, FILE_EVERY) == 0 ? file_url : memory_url;
    rstore_store store = 0, old;

    if (!answered(w, rstore_open(url, strlen(url), 0, &store, NULL), RSTORE_OK, RSTORE_OK, "open")) {
        return;
    }
    old = atomic_exchange(&shared[below(w, SHARED)], store);
    answered(w, rstore_close(old), RSTORE_OK, RSTORE_OK, "close");
    if (below(w, 2) == 0) {
        answered(w, rstore_close(old), RSTORE_CLOSED, RSTORE_CLOSED, "double close");
    }
}

static void zero(struct worker *w) {
    answered(w, rstore_head(0, 0, RSTORE_STR("x"), NULL, 0, NULL, 0, NULL), RSTORE_BAD_HANDLE, RSTORE_BAD_HANDLE,
             "head of 0");
    answered(w, rstore_close(0), RSTORE_BAD_HANDLE, RSTORE_BAD_HANDLE, "close of 0");
}

/* A number made up may look like a handle that was closed. */
static void garbage(struct worker *w) {
    rstore_page page;

    answered(w, rstore_close(next_random(w)), RSTORE_BAD_HANDLE, RSTORE_CLOSED, "close of garbage");
    answered(w, rstore_head(next_random(w), 0, RSTORE_STR("x"), NULL, 0, NULL, 0, NULL), RSTORE_BAD_HANDLE,
             RSTORE_CLOSED, "head of garbage");
    answered(w, rstore_list_next(next_random(w), 0, &page, sizeof page, NULL), RSTORE_BAD_HANDLE,
             RSTORE_CLOSED, "list_next of garbage");
}

static void wrong_kind(struct worker *w) {
    rstore_store store = any_store(w);
    rstore_page page;

    answered(w, rstore_list_next(store, 0, &page, sizeof page, NULL), RSTORE_BAD_HANDLE,
             RSTORE_BAD_HANDLE, "list_next of a store");
    answered(w, rstore_head(any_store(w), store, RSTORE_STR("x"), NULL, 0, NULL, 0, NULL), RSTORE_BAD_HANDLE,
             RSTORE_CLOSED, "head with a store as context");
    answered(w, rstore_ctx_cancel(store, NULL), RSTORE_BAD_HANDLE, RSTORE_BAD_HANDLE, "ctx_cancel of a store");
}

static void bad_argument(struct worker *w) {
    rstore_args args = {.flags = RSTORE_RECURSIVE};
    rstore_object object;

    answered(w, rstore_get(any_store(w), 0, RSTORE_STR("x"), &args, sizeof args, &object, sizeof object, NULL),
             RSTORE_INVALID_ARGUMENT, RSTORE_CLOSED, "get with a flag of listings");
    answered(w, rstore_head(any_store(w), 0, RSTORE_STR("a/../b"), NULL, 0, NULL, 0, NULL), RSTORE_INVALID_PATH,
             RSTORE_CLOSED, "head of ..");
}

static void cancelled(struct worker *w) {
    rstore_ctx ctx = 0;
    rstore_object object;

    answered(w, rstore_ctx_new(60000, &ctx, NULL), RSTORE_OK, RSTORE_OK, "ctx_new");
    answered(w, rstore_ctx_cancel(ctx, NULL), RSTORE_OK, RSTORE_OK, "ctx_cancel");
    answered(w, rstore_get(any_store(w), ctx, RSTORE_STR("objects/01"), NULL, 0, &object, sizeof object, NULL),
             RSTORE_CANCELLED, RSTORE_CLOSED, "get with a cancelled context");
    close_own(w, ctx);
}

/* ---- Streams ------------------------------------------------------------------ */

/* Reads to the end in pieces, from time to time elsewhere too. */
static void read_stream(struct worker *w) {
    unsigned number = 1 + below(w, OBJECTS - 1);
    rstore_args args = {.flags = below(w, 2) == 0 ? RSTORE_RANDOM : 0};
    unsigned char buffer[MAX_SIZE];
    size_t at = 0, filled = 1, piece = 1 + below(w, MAX_SIZE);
    char path[32];
    rstore_reader reader;
    uint64_t offset = below(w, (unsigned)size_of(number));

    if (!answered(w, rstore_reader_open(any_store(w), 0, path, path_of(number, path, sizeof path), &args,
                                        sizeof args, &reader, NULL, 0, NULL),
                  RSTORE_OK, RSTORE_CLOSED, "reader_open")) {
        return;
    }
    if (below(w, 2) == 0) {
        at = offset;
        answered(w, rstore_reader_seek(reader, offset, NULL), RSTORE_OK, RSTORE_CLOSED, "reader_seek");
    }
    while (answered(w, rstore_reader_read(reader, 0, buffer, piece, &filled, NULL), RSTORE_OK, RSTORE_CLOSED,
                    "reader_read") &&
           filled != 0) {
        if (!is_content(number, buffer, filled, at) || (filled < piece && at + filled != size_of(number))) {
            wrong(w, "reader_read: wrong bytes");
        }
        at += filled;
        if (answered(w, rstore_reader_read_at(reader, 0, offset, buffer, 100, &filled, NULL), RSTORE_OK,
                     RSTORE_CLOSED, "reader_read_at") &&
            (!is_content(number, buffer, filled, offset) ||
             filled != (size_of(number) - offset < 100 ? size_of(number) - offset : 100))) {
            wrong(w, "reader_read_at: wrong bytes");
        }
        filled = 1;
    }
    if (filled == 0 && at != size_of(number)) {
        wrong(w, "reader_read: an end that is none");
    }
    close_own(w, reader);
}

/* The objects that only this thread writes have the content of their number. */
static size_t own_path(struct worker *w, unsigned object, char *path, size_t size) {
    return (size_t)snprintf(path, size, "own/%d/%02u", w->id, object);
}

static size_t content(unsigned object, unsigned char *data) {
    size_t i;

    for (i = 0; i < size_of(object); i++) {
        data[i] = byte_of(object, i);
    }
    return i;
}

static void check_own(struct worker *w, rstore_store store, unsigned number, const char *call) {
    unsigned char buffer[MAX_SIZE];
    size_t filled = 0;
    char path[32];

    if (answered(w, rstore_get_into(store, 0, path, own_path(w, number, path, sizeof path), NULL, 0, buffer,
                                    sizeof buffer, &filled, NULL),
                 RSTORE_OK, RSTORE_CLOSED, "get_into of an own object") &&
        (filled != size_of(number) || !is_content(number, buffer, filled, 0))) {
        wrong(w, call);
    }
}

/* Writes in two pieces, and commits, aborts or just closes. */
static void write_stream(struct worker *w) {
    unsigned number = below(w, OBJECTS);
    rstore_args overwrite = {.flags = RSTORE_OVERWRITE};
    rstore_store store = any_store(w);
    unsigned char data[MAX_SIZE];
    size_t size = content(number, data), first = below(w, (unsigned)size + 1);
    rstore_writer writer;
    char path[32];

    if (!answered(w, rstore_writer_open(store, 0, path, own_path(w, number, path, sizeof path), &overwrite,
                                        sizeof overwrite, &writer, NULL),
                  RSTORE_OK, RSTORE_CLOSED, "writer_open")) {
        return;
    }
    if (answered(w, rstore_writer_write(writer, 0, data, first, NULL), RSTORE_OK, RSTORE_CLOSED, "writer_write") &&
        answered(w, rstore_writer_write(writer, 0, data + first, size - first, NULL), RSTORE_OK, RSTORE_CLOSED,
                 "writer_write")) {
        switch (below(w, 4)) {
        case 0:
            answered(w, rstore_writer_abort(writer, 0, NULL), RSTORE_OK, RSTORE_OK, "writer_abort");
            answered(w, rstore_writer_commit(writer, 0, NULL, 0, NULL), RSTORE_CLOSED, RSTORE_CLOSED,
                     "commit after an abort");
            break;
        case 1:
            break; /* only closed */
        default:
            if (answered(w, rstore_writer_commit(writer, 0, NULL, 0, NULL), RSTORE_OK, RSTORE_CLOSED,
                         "writer_commit")) {
                check_own(w, store, number, "writer: wrong bytes");
            }
        }
    }
    close_own(w, writer);
}

/* ---- Folders and moves -------------------------------------------------------- */

static void move_own(struct worker *w) {
    unsigned number = below(w, OBJECTS);
    rstore_args overwrite = {.flags = RSTORE_OVERWRITE};
    rstore_store store = any_store(w);
    unsigned char data[MAX_SIZE];
    size_t size = content(number, data);
    char path[32], source[40];
    int length = snprintf(source, sizeof source, "own/%d/deep/source", w->id);

    if (answered(w, rstore_put(store, 0, source, (size_t)length, data, size, &overwrite, sizeof overwrite, NULL, 0,
                               NULL),
                 RSTORE_OK, RSTORE_CLOSED, "put") &&
        answered(w, rstore_move(store, 0, source, (size_t)length, path, own_path(w, number, path, sizeof path),
                                &overwrite, sizeof overwrite, NULL),
                 RSTORE_OK, RSTORE_CLOSED, "move")) {
        answered(w, rstore_head(store, 0, source, (size_t)length, NULL, 0, NULL, 0, NULL), RSTORE_NOT_FOUND,
                 RSTORE_CLOSED, "head of what was moved");
        check_own(w, store, number, "move: wrong bytes");
    }
}

static void delete_own_folder(struct worker *w) {
    rstore_args all = {.flags = RSTORE_RECURSIVE | RSTORE_MISSING_OK};
    rstore_store store = any_store(w);
    char path[32];
    int length = snprintf(path, sizeof path, "own/%d", w->id);
    int32_t exists = -1;

    if (answered(w, rstore_delete_folder(store, 0, path, (size_t)length, &all, sizeof all, NULL), RSTORE_OK,
                 RSTORE_CLOSED, "delete_folder") &&
        answered(w, rstore_exists(store, 0, path, (size_t)length, NULL, 0, &exists, NULL), RSTORE_OK, RSTORE_CLOSED,
                 "exists") &&
        exists != 0) {
        wrong(w, "delete_folder: the folder is still there");
    }
}

static void exists(struct worker *w) {
    unsigned number = below(w, 2 * OBJECTS); /* half of them do not */
    rstore_args args = {.flags = below(w, 2) == 0 ? RSTORE_OBJECTS : 0};
    char path[32];
    int32_t found = -1;

    if (answered(w, rstore_exists(any_store(w), 0, path, path_of(number, path, sizeof path), &args, sizeof args,
                                  &found, NULL),
                 RSTORE_OK, RSTORE_CLOSED, "exists") &&
        found != (number < OBJECTS)) {
        wrong(w, "exists: wrong answer");
    }
}

static void glob(struct worker *w) {
    rstore_list list;
    rstore_page page;
    char path[32];
    unsigned i;

    if (!answered(w, rstore_glob_open(any_store(w), RSTORE_STR("obj*/0?"), NULL, 0, &list, NULL), RSTORE_OK,
                  RSTORE_CLOSED, "glob_open")) {
        return;
    }
    if (answered(w, rstore_list_next(list, 0, &page, sizeof page, NULL), RSTORE_OK, RSTORE_CLOSED, "list_next")) {
        if (page.count != 10) {
            wrong(w, "glob: wrong number of objects");
        }
        for (i = 0; i < page.count; i++) {
            path_of(i, path, sizeof path);
            if (strcmp(RSTORE_PAGE_OBJECT(page, i)->path, path) != 0) {
                wrong(w, "glob: wrong path");
            }
        }
        close_own(w, page.owner);
    }
    close_own(w, list);
}

/* In a store of its own: a child. */
static void folder_info(struct worker *w) {
    rstore_store child;
    rstore_folder folder;
    uint64_t size = 0;
    unsigned i;

    for (i = 0; i < OBJECTS; i++) {
        size += size_of(i);
    }
    if (!answered(w, rstore_child(any_store(w), RSTORE_STR("objects"), NULL, 0, &child, NULL), RSTORE_OK, RSTORE_CLOSED,
                  "child")) {
        return;
    }
    if (answered(w, rstore_folder_info(child, 0, NULL, 0, NULL, 0, &folder, sizeof folder, NULL), RSTORE_OK,
                 RSTORE_CLOSED, "folder_info") &&
        (folder.file_count != OBJECTS || folder.total_size != size)) {
        wrong(w, "folder_info: wrong sums");
    }
    close_own(w, child);
}

/* ---- The mix -------------------------------------------------------------------- */

static long operations_of(const struct worker *w) {
    long sum = 0;
    int i;

    for (i = 0; i < STATUSES; i++) {
        sum += w->answers[i];
    }
    return sum;
}

static void *work(void *argument) {
    static const struct {
        void (*act)(struct worker *);
        unsigned share; /* of 100 */
    } acts[] = {
        {get, 15},        {get_into, 15},    {head, 8},     {head_of_nothing, 4},   {list_page, 4},
        {swap, 10},       {zero, 3},         {garbage, 5},  {wrong_kind, 3},        {bad_argument, 3},
        {cancelled, 2},   {read_stream, 6},  {exists, 6},   {write_stream, 6},      {move_own, 3},
        {glob, 3},        {folder_info, 2},  {delete_own_folder, 2},
    };
    struct worker *w = argument;

    while (operations_of(w) < w->operations) {
        unsigned choice = below(w, 100), i = 0;

        while (choice >= acts[i].share) {
            choice -= acts[i].share;
            i++;
        }
        acts[i].act(w);
    }
    return NULL;
}

/* ---- All together ------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place) {
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

static void make_folder(void) {
    const char *parent = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/rstore-XXXXXX", parent != NULL && *parent != '\0' ? parent : "/tmp");
    if (mkdtemp(folder) == NULL) {
        die("cannot make a temporary folder");
    }
    snprintf(file_url, sizeof file_url, "file://%s", folder);
}

/* Writes the objects, and reads one: what the runtime opens once for its own
 * use is open then. */
static rstore_store open_filled(const char *url) {
    rstore_store store;
    rstore_object object;

    must(rstore_open(url, strlen(url), 0, &store, NULL), "open");
    write_objects(store);
    must(rstore_get(store, 0, RSTORE_STR("objects/01"), NULL, 0, &object, sizeof object, NULL), "get");
    must(rstore_close(object.owner), "close");
    return store;
}

static void run(struct worker *workers, long operations) {
    int i;

    for (i = 0; i < SHARED; i++) {
        rstore_store store;

        must(rstore_open(memory_url, strlen(memory_url), 0, &store, NULL), "open");
        atomic_init(&shared[i], store);
    }
    for (i = 0; i < THREADS; i++) {
        workers[i].random = UINT64_C(88172645463325252) + (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
        workers[i].operations = operations / THREADS;
        workers[i].id = i;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            die("cannot start a thread");
        }
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    for (i = 0; i < SHARED; i++) {
        must(rstore_close(atomic_load(&shared[i])), "close");
    }
}

/* Prints the sums. Returns whether they are as they should be. */
static int report(const struct worker *workers) {
    long answers[STATUSES] = {0}, operations = 0, failures = 0;
    int i, status;

    for (i = 0; i < THREADS; i++) {
        operations += operations_of(&workers[i]);
        failures += workers[i].failures;
        for (status = 0; status < STATUSES; status++) {
            answers[status] += workers[i].answers[status];
        }
    }
    printf("stress: %ld operations by %d threads, %ld succeeded (%.1f%%)", operations, THREADS,
           answers[RSTORE_OK], 100.0 * (double)answers[RSTORE_OK] / (double)operations);
    for (status = RSTORE_OK + 1; status < STATUSES; status++) {
        if (answers[status] != 0) {
            printf(", %ld %s", answers[status], rstore_status_name(status));
        }
    }
    printf(", %ld wrong\n", failures);
    if (answers[RSTORE_OK] < operations / 10) {
        printf("FAIL stress: less than a tenth succeeded\n");
        return 0;
    }
    return failures == 0;
}

int main(int argc, char **argv) {
    static struct worker workers[THREADS];
    long operations = argc > 1 ? atol(argv[1]) : OPERATIONS;
    struct holdings before;
    rstore_store memory, file;
    int right;

    if (operations < THREADS) {
        die("usage: stress [OPERATIONS]");
    }
    make_folder();
    memory = open_filled(memory_url); /* its objects live while it is open */
    file = open_filled(file_url);
    before = holdings();
    run(workers, operations);
    right = report(workers);
    check_holdings(&before);
    must(rstore_close(memory), "close");
    must(rstore_close(file), "close");
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return right && failed == 0 ? 0 : 1;
}
