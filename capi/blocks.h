/* Memory that was handed out, and its handles. To close one takes no Go: a thread that
 * holds the lock of an interpreter would wait there for one of Go's processors, which
 * cost 10 us and a switch of threads at 16 threads (#8). Its numbers are like those of
 * capi/internal/handle, where nobody else has this kind. */
#ifndef REMOTESTORE_BLOCKS_H
#define REMOTESTORE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* The bits of a handle: kind, epoch of the process, generation and index of the slot. */
enum {
    RSTORE_SLOT_BITS = 22,
    RSTORE_GENERATION_BITS = 28,
    RSTORE_EPOCH_BITS = 8,
    RSTORE_KIND_SHIFT = RSTORE_SLOT_BITS + RSTORE_GENERATION_BITS + RSTORE_EPOCH_BITS,
    RSTORE_BLOCK_KIND = 11
};

#define RSTORE_IS_BLOCK(handle) ((handle) >> RSTORE_KIND_SHIFT == RSTORE_BLOCK_KIND)

/* A block of memory, or NULL. Unlike cgo's C.malloc it does not end the process. */
void *rstore_block_new(size_t size);

/* Lets a block be freed with another one, which has none of its own yet. */
void rstore_block_add(void *block, void *to);

/* Frees a block that was not handed out. */
void rstore_block_free(void *block);

/* Makes the handle that owns a block, or returns 0 if there are too many. */
uint64_t rstore_block_own(void *block);

/* rstore_close for such a handle, by any thread. */
int32_t rstore_block_close(uint64_t handle) __attribute__((visibility("hidden")));

/* How many are open. */
int64_t rstore_blocks_live(void);

#endif
