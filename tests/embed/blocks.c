/* The handles of memory, which are closed without Go (capi/blocks.c): compiled with that
 * alone, so that ThreadSanitizer sees all of it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../capi/blocks.h"
#include "libremotestore.h"

enum { THREADS = 8, ROUNDS = 50000, PLACES = 64 };

static uint32_t forks = 3;
static _Atomic uint64_t places[PLACES]; /* handles, which any thread closes */
static _Atomic long closed, refused;
static int failed;

uint32_t rstore_generation(void);
uint32_t rstore_generation(void) { return forks; }

#define CHECK(condition) check(condition, #condition, __LINE__)
static void check(int holds, const char *what, int line) {
    if (holds) return;
    fprintf(stderr, "blocks.c:%d: %s\n", line, what);
    failed = 1;
}

static uint64_t made(size_t size) {
    void *block = rstore_block_new(size);

    memset(block, 1, size);
    return rstore_block_own(block);
}

static void one_at_a_time(void) {
    const uint64_t generation = (uint64_t)1 << RSTORE_SLOT_BITS, epoch = generation << RSTORE_GENERATION_BITS;
    uint64_t first = made(100), again;
    void *several = rstore_block_new(1);

    CHECK(RSTORE_IS_BLOCK(first));
    CHECK(rstore_blocks_live() == 1);
    CHECK(rstore_block_close(first + generation) == RSTORE_BAD_HANDLE);
    CHECK(rstore_block_close(first - generation) == RSTORE_BAD_HANDLE); /* the generation 0 */
    CHECK(rstore_block_close(first + 1) == RSTORE_BAD_HANDLE);
    CHECK(rstore_block_close(first | (generation - 1)) == RSTORE_BAD_HANDLE);
    CHECK(rstore_block_close(first + epoch) == RSTORE_BAD_HANDLE);
    CHECK(rstore_block_close(first - epoch) == RSTORE_FORKED);
    CHECK(rstore_block_close(first) == RSTORE_OK);
    CHECK(rstore_block_close(first) == RSTORE_CLOSED);
    again = made(0);
    CHECK(again == first + generation); /* the same slot */
    CHECK(rstore_block_close(first) == RSTORE_CLOSED);
    CHECK(rstore_block_close(again) == RSTORE_OK);
    rstore_block_add(rstore_block_new(2), several);
    rstore_block_add(rstore_block_new(3), several);
    CHECK(rstore_block_close(rstore_block_own(several)) == RSTORE_OK); /* and so nothing leaks */
    rstore_block_free(rstore_block_new(4));
    rstore_block_free(NULL);
    CHECK(rstore_block_new(SIZE_MAX) == NULL);
    CHECK(rstore_blocks_live() == 0);
}

static void *exchange(void *seed) {
    unsigned random = (unsigned)(uintptr_t)seed;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        uint64_t mine = made(16);
        _Atomic uint64_t *place = &places[(random = random * 1103515245 + 12345) / 65536 % PLACES];
        uint64_t other = round % 8 ? atomic_exchange(place, mine) : atomic_load(place);

        if (other) atomic_fetch_add(rstore_block_close(other) == RSTORE_OK ? &closed : &refused, 1);
        if (round % 8 == 0) CHECK(rstore_block_close(mine) == RSTORE_OK);
    }
    return NULL;
}

static void all_at_once(void) {
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, exchange, (void *)(uintptr_t)(i + 1)) == 0);
    for (i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    for (i = 0; i < PLACES; i++)
        if (places[i]) atomic_fetch_add(rstore_block_close(places[i]) == RSTORE_OK ? &closed : &refused, 1);
    CHECK(closed == (long)THREADS * ROUNDS / 8 * 7); /* each was closed once */
    CHECK(refused > 0);
    CHECK(rstore_blocks_live() == 0);
    printf("%ld blocks, each closed once; %ld times it was too late\n", closed, refused);
}

int main(void) {
    one_at_a_time();
    all_at_once();
    return failed;
}
