/* Batches of a listing, as a program gets them that knows the Arrow C data
 * interface: their rows, and who may release them, when and where. What is not
 * released, LeakSanitizer reports. */
#define _XOPEN_SOURCE 700 /* fork */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"

enum { OBJECTS = 2500, COLUMNS = 5 };

static rstore_store new_store(int objects) {
    rstore_store store = 0;
    char path[32];
    int i;

    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &store, NULL));
    for (i = 0; i < objects; i++) {
        snprintf(path, sizeof path, "folder/%04d.txt", i);
        STATUS(RSTORE_OK, rstore_put(store, 0, path, strlen(path), path, (size_t)(i % 10), NULL, 0, NULL, 0, NULL));
    }
    return store;
}

static rstore_list list_of(rstore_store store, uint32_t flags) {
    rstore_args args = {.flags = flags};
    rstore_list list = 0;

    STATUS(RSTORE_OK, rstore_list_open(store, NULL, 0, &args, sizeof args, &list, NULL));
    return list;
}

/* All objects of a store, which is closed then, as the list is. */
static struct ArrowArray batch_of(int objects, struct ArrowSchema *schema) {
    rstore_store store = new_store(objects);
    rstore_list list = list_of(store, RSTORE_RECURSIVE);
    struct ArrowArray array = {0};

    STATUS(RSTORE_OK, rstore_list_next_arrow(list, 0, 0, &array, schema, NULL));
    CHECK(array.length == objects);
    STATUS(RSTORE_OK, rstore_close(list));
    STATUS(RSTORE_OK, rstore_close(store));
    return array;
}

static int is_text(const struct ArrowArray *column, int64_t row, const char *text) {
    const int32_t *offsets = column->buffers[1];
    size_t length = (size_t)(offsets[row + 1] - offsets[row]);

    return length == strlen(text) && memcmp((const char *)column->buffers[2] + offsets[row], text, length) == 0;
}

static int is_null(const struct ArrowArray *column, int64_t row) {
    const unsigned char *validity = column->buffers[0];

    return validity != NULL && !(validity[row / 8] >> row % 8 & 1);
}

/* The paths from this one on, the sizes that go with them, ETags, no versions. */
static void check_rows(const struct ArrowArray *array, int first) {
    char path[32];
    int64_t i, wrong = 0;
    int column;

    CHECK(array->n_children == COLUMNS && array->offset == 0 && array->null_count == 0 && array->dictionary == NULL);
    CHECK(array->n_buffers == 1 && array->buffers[0] == NULL);
    for (column = 0; column < COLUMNS; column++) {
        const struct ArrowArray *c = array->children[column];

        CHECK(c->length == array->length && c->offset == 0 && c->n_children == 0 && c->release != NULL);
        CHECK(c->n_buffers == (column == 1 || column == 2 ? 2 : 3));
        CHECK(((uintptr_t)c->buffers[1] & 63) == 0);
        CHECK(c->null_count == (column == 4 ? array->length : 0));
    }
    for (i = 0; i < array->length; i++) {
        snprintf(path, sizeof path, "folder/%04d.txt", first + (int)i);
        wrong += !is_text(array->children[0], i, path) || is_null(array->children[0], i) ||
                 ((const int64_t *)array->children[1]->buffers[1])[i] < 1600000000000000 ||
                 ((const uint64_t *)array->children[2]->buffers[1])[i] != (uint64_t)((first + i) % 10) ||
                 is_null(array->children[3], i) || is_text(array->children[3], i, "") ||
                 !is_null(array->children[4], i) || !is_text(array->children[4], i, "");
    }
    CHECK(wrong == 0);
}

static void check_schema(const struct ArrowSchema *schema) {
    static const char *const names[] = {"path", "last_modified", "size", "e_tag", "version"};
    static const char *const formats[] = {"u", "tsu:UTC", "L", "u", "u"};
    int i;

    CHECK(strcmp(schema->format, "+s") == 0 && schema->flags == 0 && schema->n_children == COLUMNS);
    for (i = 0; i < COLUMNS; i++) {
        const struct ArrowSchema *field = schema->children[i];

        CHECK_FOR(names[i], strcmp(field->name, names[i]) == 0 && strcmp(field->format, formats[i]) == 0);
        CHECK_FOR(names[i], field->flags == (i > 2 ? ARROW_FLAG_NULLABLE : 0));
        CHECK_FOR(names[i], field->metadata == NULL && field->n_children == 0 && field->release != NULL);
    }
}

/* Any number of rows, across the pages, from a list and no others. */
static void rows(void) {
    static const uint64_t counts[] = {50, 1000, 1700, 0, UINT64_MAX};
    rstore_store store = new_store(OBJECTS);
    struct ArrowSchema schema;
    struct ArrowArray array;
    size_t i;

    for (i = 0; i < COUNT(counts); i++) {
        rstore_list list = list_of(store, RSTORE_RECURSIVE);
        rstore_error error = UINT64_MAX;
        uint64_t most = counts[i] - 1 < OBJECTS ? counts[i] : OBJECTS;
        int64_t seen = 0;
        int32_t status;

        while ((status = rstore_list_next_arrow(list, 0, counts[i], &array, &schema, &error)) == RSTORE_OK) {
            CHECK(error == 0 && (uint64_t)array.length == (most < (uint64_t)(OBJECTS - seen) ? most : (uint64_t)(OBJECTS - seen)));
            check_rows(&array, (int)seen);
            check_schema(&schema);
            seen += array.length;
            array.release(&array);
            schema.release(&schema);
            CHECK(array.release == NULL && schema.release == NULL);
        }
        STATUS(RSTORE_END, status);
        CHECK(error == 0 && seen == OBJECTS);
        STATUS(RSTORE_OK, rstore_close(list));
    }
    STATUS(RSTORE_OK, rstore_close(store));
}

static void an_empty_listing(void) {
    rstore_store store = new_store(0);
    rstore_list list = list_of(store, 0);
    struct ArrowArray array = {.length = 4711};

    STATUS(RSTORE_END, rstore_list_next_arrow(list, 0, 0, &array, NULL, NULL));
    STATUS(RSTORE_END, rstore_list_next_arrow(list, 0, 10, &array, NULL, NULL));
    CHECK(array.length == 4711);
    STATUS(RSTORE_OK, rstore_close(list));
    STATUS(RSTORE_OK, rstore_close(store));
}

/* One level: the objects, then the folders, from one listing. */
static void folders(void) {
    rstore_store store = new_store(1);
    rstore_list list = list_of(store, 0);
    struct ArrowArray array;
    rstore_page page;

    STATUS(RSTORE_OK, rstore_put(store, 0, RSTORE_STR("last"), NULL, 0, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_list_next_arrow(list, 0, 0, &array, NULL, NULL));
    CHECK(array.length == 1 && is_text(array.children[0], 0, "last"));
    array.release(&array);
    STATUS(RSTORE_END, rstore_list_next_arrow(list, 0, 0, &array, NULL, NULL));
    STATUS(RSTORE_OK, rstore_list_next(list, 0, &page, sizeof page, NULL));
    CHECK(page.count == 1 && page.objects->kind == RSTORE_KIND_FOLDER && strcmp(page.objects->path, "folder") == 0);
    STATUS(RSTORE_OK, rstore_close(page.owner));
    STATUS(RSTORE_END, rstore_list_next(list, 0, &page, sizeof page, NULL));
    STATUS(RSTORE_OK, rstore_close(list));
    STATUS(RSTORE_OK, rstore_close(store));
}

/* "Moving child arrays": what is moved lives on, the rest is released. */
static void columns_that_are_moved(void) {
    struct ArrowSchema schema, field;
    struct ArrowArray array = batch_of(OBJECTS, &schema), paths, sizes, moved;

    moved = array;
    array.release = NULL;
    check_rows(&moved, 0);
    paths = *moved.children[0];
    moved.children[0]->release = NULL;
    sizes = *moved.children[2];
    moved.children[2]->release = NULL;
    moved.release(&moved);
    CHECK(moved.release == NULL);
    CHECK(is_text(&paths, OBJECTS - 1, "folder/2499.txt"));
    paths.release(&paths);
    CHECK(paths.release == NULL);
    CHECK(((const uint64_t *)sizes.buffers[1])[OBJECTS - 1] == 9);
    sizes.release(&sizes);

    field = *schema.children[1];
    schema.children[1]->release = NULL;
    schema.release(&schema);
    CHECK(strcmp(field.name, "last_modified") == 0 && strcmp(field.format, "tsu:UTC") == 0);
    field.release(&field);
    CHECK(schema.release == NULL && field.release == NULL);
}

static void *release_it(void *array) {
    ((struct ArrowArray *)array)->release(array);
    return NULL;
}

/* Each column of many batches by a thread of its own, at once. */
static void other_threads(void) {
    enum { ROUNDS = 200 };
    int round, i;

    for (round = 0; round < ROUNDS; round++) {
        struct ArrowArray array = batch_of(1, NULL), moved[COLUMNS];
        pthread_t threads[COLUMNS];

        for (i = 0; i < COLUMNS; i++) {
            moved[i] = *array.children[i];
            array.children[i]->release = NULL;
        }
        for (i = 0; i < COLUMNS; i++) {
            CHECK(pthread_create(&threads[i], NULL, release_it, &moved[i]) == 0);
        }
        array.release(&array);
        for (i = 0; i < COLUMNS; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0 && moved[i].release == NULL);
        }
    }
}

static void a_forked_child(void) {
    struct ArrowArray array = batch_of(10, NULL);
    int state = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        failed = 0;
        alarm(5);
        check_rows(&array, 0);
        array.release(&array);
        _exit(failed == 0 && array.release == NULL ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &state, 0) == child && WIFEXITED(state) && WEXITSTATUS(state) == 0);
    array.release(&array);
}

/* Python's capsules, as far as the library knows them: it looks these up here. */
typedef struct capsule {
    void *pointer;
    const char *name;
    void (*destroy)(void *capsule);
} capsule;

static int refuse_capsules;

void *PyCapsule_New(void *pointer, const char *name, void (*destroy)(void *capsule));
void *PyCapsule_GetPointer(void *object, const char *name);
const char *PyCapsule_GetName(void *object);

void *PyCapsule_New(void *pointer, const char *name, void (*destroy)(void *capsule)) {
    capsule *made = refuse_capsules ? NULL : malloc(sizeof *made);

    if (made != NULL) {
        *made = (capsule){pointer, name, destroy};
    }
    return made;
}

void *PyCapsule_GetPointer(void *object, const char *name) {
    return strcmp(name, ((capsule *)object)->name) == 0 ? ((capsule *)object)->pointer : NULL;
}

const char *PyCapsule_GetName(void *object) { return ((capsule *)object)->name; }

static void drop(void *object) {
    ((capsule *)object)->destroy(object);
    free(object);
}

static void capsules(void) {
    struct ArrowArray array = batch_of(OBJECTS, NULL), nothing = {0}, foreign = {0}, consumed;
    void *schema = rstore_pycapsule_schema(), *room = rstore_pycapsule_array(NULL);
    void *empty = rstore_pycapsule_array(&nothing), *one = rstore_pycapsule_array(&array), *two;
    struct ArrowArray *exported = PyCapsule_GetPointer(one, "arrow_array");

    foreign.release = array.children[0]->release;
    CHECK(rstore_pycapsule_array(&foreign) == NULL);
    two = rstore_pycapsule_array(exported);
    array.release(&array);
    check_rows(exported, 0);
    consumed = *exported; /* a consumer moves it out */
    exported->release = NULL;
    drop(one);
    check_rows(&consumed, 0);
    consumed.release(&consumed);
    check_rows(PyCapsule_GetPointer(two, "arrow_array"), 0);
    drop(two);
    check_schema(PyCapsule_GetPointer(schema, "arrow_schema"));
    drop(schema);
    exported = PyCapsule_GetPointer(empty, "arrow_array");
    CHECK(exported->length == 0 && exported->release != NULL);
    check_rows(exported, 0);
    drop(empty);
    exported = PyCapsule_GetPointer(room, "arrow_array");
    CHECK(exported->length == 0 && exported->release == NULL);
    *exported = batch_of(3, NULL);
    refuse_capsules = 1;
    CHECK(rstore_pycapsule_schema() == NULL && rstore_pycapsule_array(exported) == NULL);
    CHECK(rstore_pycapsule_array(NULL) == NULL && rstore_pycapsule_array(&nothing) == NULL);
    refuse_capsules = 0;
    drop(room);
}

static struct ArrowArray last;
static struct ArrowSchema last_schema;

static void release_last(void) {
    last.release(&last);
    last_schema.release(&last_schema);
}

int main(void) {
    rstore_store store = new_store(1);
    struct holdings before;
    rstore_ctx timer;

    /* What Go opens first, it keeps: for timers too. */
    STATUS(RSTORE_OK, rstore_ctx_new(60000, &timer, NULL));
    STATUS(RSTORE_OK, rstore_ping(store, timer, NULL));
    STATUS(RSTORE_OK, rstore_close(timer));
    STATUS(RSTORE_OK, rstore_close(store));
    before = holdings();
    rows();
    an_empty_listing();
    folders();
    columns_that_are_moved();
    other_threads();
    a_forked_child();
    capsules();
    last = batch_of(OBJECTS, &last_schema); /* is no handle */
    check_holdings(&before);
    check_rows(&last, 0);
    atexit(release_last);
    printf("arrow: %ld checks passed, %ld failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
