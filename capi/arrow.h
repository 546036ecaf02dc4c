/* Rows of a listing in the layout of Arrow, and what is exported of them. All of
 * it is C memory that counts its owners: to release it needs no Go. */
#ifndef REMOTESTORE_ARROW_H
#define REMOTESTORE_ARROW_H

#include <stdatomic.h>
#include <stddef.h>

#include "libremotestore.h"

enum { RSTORE_PATH, RSTORE_LAST_MODIFIED, RSTORE_SIZE, RSTORE_E_TAG, RSTORE_VERSION_ID, RSTORE_COLUMNS };

/* Validity, of a column that may have nulls, else NULL; then the values. Of text the
 * offsets, one more than rows, and the bytes. */
typedef struct rstore_column {
    int64_t null_count;
    const void *buffers[3];
} rstore_column;

typedef struct rstore_rows {
    atomic_size_t owners;
    int64_t length;
    rstore_column columns[RSTORE_COLUMNS];
} rstore_rows;

/* New rows with one owner, to be filled, or NULL. bytes are those of each column
 * of text. The first offsets, and the bits of validity, are 0. */
rstore_rows *rstore_rows_new(int64_t length, const size_t bytes[RSTORE_COLUMNS]);

/* One owner less. */
void rstore_rows_drop(rstore_rows *rows);

/* Exports what the columns are. Returns 0, or -1 if there is no memory. */
int32_t rstore_schema_export(struct ArrowSchema *schema);

/* Exports the rows to one owner more, and what their columns are, if schema is not
 * NULL: both, or returns -1 if there is no memory. */
int32_t rstore_rows_export(rstore_rows *rows, struct ArrowArray *array, struct ArrowSchema *schema);

/* The rows that were exported, or NULL if the array is of somebody else. */
rstore_rows *rstore_rows_of(const struct ArrowArray *array);

#endif
