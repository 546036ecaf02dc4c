/* Release rules: Arrow, "The Arrow C data interface", "Memory management". */
#include "arrow.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 }; /* that Arrow recommends, "Buffer Alignment and Padding" */

static const struct {
    const char *name, *format;
    int64_t flags, buffers;
    size_t width; /* of a value; 0 is text */
} columns[RSTORE_COLUMNS] = {
    {"path", "u", 0, 3, 0},
    {"last_modified", "tsu:UTC", 0, 2, sizeof(int64_t)},
    {"size", "L", 0, 2, sizeof(uint64_t)},
    {"e_tag", "u", ARROW_FLAG_NULLABLE, 3, 0},
    {"version", "u", ARROW_FLAG_NULLABLE, 3, 0},
};

static size_t padded(size_t size) { return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

/* Where the next buffer of this size is. */
static void *carve(char **at, size_t size) {
    void *buffer = *at;

    *at += padded(size);
    return buffer;
}

rstore_rows *rstore_rows_new(int64_t length, const size_t bytes[RSTORE_COLUMNS]) {
    size_t bits = ((size_t)length + 7) / 8, offsets = ((size_t)length + 1) * sizeof(int32_t);
    size_t size = padded(sizeof(rstore_rows));
    rstore_rows *rows;
    char *at;
    int i;

    for (i = 0; i < RSTORE_COLUMNS; i++) {
        size += columns[i].flags & ARROW_FLAG_NULLABLE ? padded(bits) : 0;
        size += columns[i].width ? padded((size_t)length * columns[i].width) : padded(offsets) + padded(bytes[i]);
    }
    rows = aligned_alloc(ALIGNMENT, size);
    if (!rows) return NULL;
    memset(rows, 0, sizeof *rows);
    atomic_init(&rows->owners, 1);
    rows->length = length;
    at = (char *)rows + padded(sizeof *rows);
    for (i = 0; i < RSTORE_COLUMNS; i++) {
        const void **buffers = rows->columns[i].buffers;

        if (columns[i].flags & ARROW_FLAG_NULLABLE) {
            buffers[0] = memset(carve(&at, bits), 0, bits);
        }
        if (columns[i].width) {
            buffers[1] = carve(&at, (size_t)length * columns[i].width);
        } else {
            buffers[1] = memset(carve(&at, offsets), 0, sizeof(int32_t));
            buffers[2] = carve(&at, bytes[i]);
        }
    }
    return rows;
}

void rstore_rows_drop(rstore_rows *rows) {
    if (atomic_fetch_sub(&rows->owners, 1) == 1) free(rows);
}

/* What belongs to one export. The columns can be moved out of it, so each of them
 * owns the rows as well. */
struct batch {
    rstore_rows *rows;
    const void *no_validity;
    struct ArrowArray columns[RSTORE_COLUMNS];
    struct ArrowArray *children[RSTORE_COLUMNS];
};

static void release_column(struct ArrowArray *column) {
    rstore_rows_drop(column->private_data);
    column->release = NULL;
}

static void release_batch(struct ArrowArray *array) {
    struct batch *batch = array->private_data;
    int i;

    for (i = 0; i < RSTORE_COLUMNS; i++) {
        if (batch->columns[i].release) batch->columns[i].release(&batch->columns[i]);
    }
    rstore_rows_drop(batch->rows);
    free(batch);
    array->release = NULL;
}

rstore_rows *rstore_rows_of(const struct ArrowArray *array) {
    return array->release == release_batch ? ((struct batch *)array->private_data)->rows : NULL;
}

/* What belongs to one export of the schema. A field that is moved out of it points
 * to text of this library, which is never unloaded. */
struct fields {
    struct ArrowSchema columns[RSTORE_COLUMNS];
    struct ArrowSchema *children[RSTORE_COLUMNS];
};

static void release_field(struct ArrowSchema *field) { field->release = NULL; }

static void release_schema(struct ArrowSchema *schema) {
    struct fields *fields = schema->private_data;
    int i;

    for (i = 0; i < RSTORE_COLUMNS; i++) {
        if (fields->columns[i].release) fields->columns[i].release(&fields->columns[i]);
    }
    free(fields);
    schema->release = NULL;
}

int32_t rstore_schema_export(struct ArrowSchema *schema) {
    struct fields *fields = calloc(1, sizeof *fields);
    int i;

    if (!fields) return -1;
    for (i = 0; i < RSTORE_COLUMNS; i++) {
        fields->children[i] = &fields->columns[i];
        fields->columns[i] = (struct ArrowSchema){
            .format = columns[i].format,
            .name = columns[i].name,
            .flags = columns[i].flags,
            .release = release_field,
        };
    }
    *schema = (struct ArrowSchema){
        .format = "+s",
        .name = "",
        .n_children = RSTORE_COLUMNS,
        .children = fields->children,
        .release = release_schema,
        .private_data = fields,
    };
    return 0;
}

int32_t rstore_rows_export(rstore_rows *rows, struct ArrowArray *array, struct ArrowSchema *schema) {
    struct batch *batch = calloc(1, sizeof *batch);
    int i;

    if (!batch) return -1;
    if (schema && rstore_schema_export(schema) != 0) {
        free(batch);
        return -1;
    }
    atomic_fetch_add(&rows->owners, RSTORE_COLUMNS + 1);
    batch->rows = rows;
    for (i = 0; i < RSTORE_COLUMNS; i++) {
        batch->children[i] = &batch->columns[i];
        batch->columns[i] = (struct ArrowArray){
            .length = rows->length,
            .null_count = rows->columns[i].null_count,
            .n_buffers = columns[i].buffers,
            .buffers = rows->columns[i].buffers,
            .release = release_column,
            .private_data = rows,
        };
    }
    *array = (struct ArrowArray){
        .length = rows->length,
        .n_buffers = 1,
        .n_children = RSTORE_COLUMNS,
        .buffers = &batch->no_validity,
        .children = batch->children,
        .release = release_batch,
        .private_data = batch,
    };
    return 0;
}
