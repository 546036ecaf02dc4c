#include "blocks.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "libremotestore.h"
#include "process.h"

/* What is before the memory of a block. */
typedef struct head {
    alignas(max_align_t) struct head *more; /* freed with it */
} head;

enum { SLOTS_IN_CHUNK = 1024, MAX_SLOTS = 1 << RSTORE_SLOT_BITS };
static const uint64_t max_generation = ((uint64_t)1 << RSTORE_GENERATION_BITS) - 1;

/* One that owns a block after another. state is the generation of the last one, shifted
 * by 1, and whether it is open. Only who made it open, or closed, uses the rest. */
typedef struct slot {
    _Atomic uint64_t state;
    _Atomic uint32_t next_free; /* index + 1; 0 is the end */
    head *block;
} slot;

static slot *_Atomic chunks[MAX_SLOTS / SLOTS_IN_CHUNK]; /* made as they are needed */
static _Atomic uint32_t used;                            /* slots that were handed out once */
static _Atomic uint64_t first_free;                      /* a count of changes, shifted by 32, and index + 1 */
static _Atomic int64_t live;

static head *head_of(void *block) { return (head *)block - 1; }

void *rstore_block_new(size_t size) {
    head *made = size > SIZE_MAX - sizeof(head) ? NULL : malloc(sizeof(head) + size);

    if (!made) return NULL;
    made->more = NULL;
    return made + 1;
}

void rstore_block_add(void *block, void *to) {
    head_of(block)->more = head_of(to)->more;
    head_of(to)->more = head_of(block);
}

static void free_all(head *block) {
    while (block) {
        head *more = block->more;

        free(block);
        block = more;
    }
}

void rstore_block_free(void *block) {
    if (block) free_all(head_of(block));
}

/* The slot, or NULL if there is none yet. */
static slot *slot_at(uint64_t index) {
    slot *chunk = atomic_load(&chunks[index / SLOTS_IN_CHUNK]);

    return chunk ? chunk + index % SLOTS_IN_CHUNK : NULL;
}

/* A slot that was never used, or NULL. */
static slot *new_slot(uint32_t *index) {
    slot *chunk, *none = NULL;
    uint32_t count = atomic_load(&used);

    do {
        if (count == MAX_SLOTS) return NULL;
    } while (!atomic_compare_exchange_weak(&used, &count, count + 1));
    *index = count;
    if (slot_at(count)) return slot_at(count);
    chunk = calloc(SLOTS_IN_CHUNK, sizeof *chunk);
    if (!chunk) return NULL; /* and so is this index */
    if (!atomic_compare_exchange_strong(&chunks[count / SLOTS_IN_CHUNK], &none, chunk)) free(chunk);
    return slot_at(count);
}

/* A slot that is free, or NULL. */
static slot *take_slot(uint32_t *index) {
    uint64_t first = atomic_load(&first_free), next;
    slot *taken;

    do {
        if ((uint32_t)first == 0) return new_slot(index);
        *index = (uint32_t)first - 1;
        taken = slot_at(*index);
        next = (first >> 32) + 1;
    } while (!atomic_compare_exchange_weak(&first_free, &first, next << 32 | atomic_load(&taken->next_free)));
    return taken;
}

static void give_back(slot *freed, uint32_t index) {
    uint64_t first = atomic_load(&first_free);

    do {
        atomic_store(&freed->next_free, (uint32_t)first);
    } while (!atomic_compare_exchange_weak(&first_free, &first, ((first >> 32) + 1) << 32 | (index + 1)));
}

static uint64_t epoch(void) { return rstore_generation() & ((1u << RSTORE_EPOCH_BITS) - 1); }

uint64_t rstore_block_own(void *block) {
    uint32_t index;
    uint64_t generation;
    slot *taken = take_slot(&index);

    if (!taken) return 0;
    taken->block = head_of(block);
    generation = (atomic_load(&taken->state) >> 1) + 1;
    atomic_store(&taken->state, generation << 1 | 1);
    atomic_fetch_add(&live, 1);
    return (uint64_t)RSTORE_BLOCK_KIND << RSTORE_KIND_SHIFT |
           epoch() << (RSTORE_SLOT_BITS + RSTORE_GENERATION_BITS) | generation << RSTORE_SLOT_BITS | index;
}

int32_t rstore_block_close(uint64_t handle) {
    uint64_t generation = handle >> RSTORE_SLOT_BITS & max_generation;
    uint64_t from = handle >> (RSTORE_SLOT_BITS + RSTORE_GENERATION_BITS) & ((1u << RSTORE_EPOCH_BITS) - 1);
    uint32_t index = handle & (MAX_SLOTS - 1);
    uint64_t state = generation << 1 | 1;
    slot *owner = slot_at(index);
    head *block;

    if (from < epoch()) return RSTORE_FORKED;
    if (from > epoch() || generation == 0 || !owner) return RSTORE_BAD_HANDLE;
    if (!atomic_compare_exchange_strong(&owner->state, &state, generation << 1))
        return generation > state >> 1 ? RSTORE_BAD_HANDLE : RSTORE_CLOSED;
    block = owner->block;
    atomic_fetch_sub(&live, 1);
    if (generation < max_generation) give_back(owner, index); /* else its handles would repeat */
    free_all(block);
    return RSTORE_OK;
}

int64_t rstore_blocks_live(void) { return atomic_load(&live); }
