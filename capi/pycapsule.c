/* Capsules for Python, whose functions are looked up in the process that is one:
 * the library needs no Python. They die with the interpreter's lock held, and
 * perhaps with an exception on its way, which nothing here touches. */
#define _GNU_SOURCE /* RTLD_DEFAULT */

#include <dlfcn.h>
#include <stdlib.h>

#include "arrow.h"

typedef void destructor(void *capsule);
typedef void *new_function(void *pointer, const char *name, destructor *destroy);
typedef void *pointer_function(void *capsule, const char *name);
typedef const char *name_function(void *capsule);

/* ISO C has no cast from an object to a function: POSIX, dlsym. */
#define PYTHON(type, name) \
    type *name; \
    *(void **)&name = dlsym(RTLD_DEFAULT, #name)

static void *content(void *capsule) {
    PYTHON(name_function, PyCapsule_GetName);
    PYTHON(pointer_function, PyCapsule_GetPointer);

    return PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule));
}

static void destroy_schema(void *capsule) {
    struct ArrowSchema *schema = content(capsule);

    if (schema->release) schema->release(schema);
    free(schema);
}

static void destroy_array(void *capsule) {
    struct ArrowArray *array = content(capsule);

    if (array->release) array->release(array);
    free(array);
}

/* A capsule that owns what the pointer points to, or NULL. */
static void *new_capsule(void *pointer, const char *name, destructor *destroy) {
    PYTHON(new_function, PyCapsule_New);

    return PyCapsule_New ? PyCapsule_New(pointer, name, destroy) : NULL;
}

void *rstore_pycapsule_schema(void) {
    struct ArrowSchema *schema = calloc(1, sizeof *schema);
    void *capsule = NULL;

    if (schema && rstore_schema_export(schema) == 0) {
        capsule = new_capsule(schema, "arrow_schema", destroy_schema);
        if (!capsule) schema->release(schema);
    }
    if (!capsule) free(schema);
    return capsule;
}

/* Exports what `from` has to `to`: see rstore_pycapsule_array. */
static int export_again(const struct ArrowArray *from, struct ArrowArray *to) {
    static const size_t no_bytes[RSTORE_COLUMNS];
    rstore_rows *rows;
    int failed;

    if (!from) return 0;
    if (from->release) return rstore_rows_of(from) ? rstore_rows_export(rstore_rows_of(from), to, NULL) : -1;
    rows = rstore_rows_new(0, no_bytes);
    if (!rows) return -1;
    failed = rstore_rows_export(rows, to, NULL);
    rstore_rows_drop(rows);
    return failed;
}

void *rstore_pycapsule_array(const struct ArrowArray *array) {
    struct ArrowArray *exported = calloc(1, sizeof *exported);
    void *capsule = NULL;

    if (exported && export_again(array, exported) == 0) {
        capsule = new_capsule(exported, "arrow_array", destroy_array);
        if (!capsule && exported->release) exported->release(exported);
    }
    if (!capsule) free(exported);
    return capsule;
}
