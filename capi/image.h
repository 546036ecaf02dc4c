/* One image of this library: the file that the process loaded, or a copy of it
 * that a forked child runs. Each has a Go runtime of its own, which starts at
 * the first call (start.c) and does not survive a fork (fork.c). */
#ifndef REMOTESTORE_IMAGE_H
#define REMOTESTORE_IMAGE_H

#include <pthread.h>
#include <signal.h>
#include <stdint.h>

#include "process.h"

#define RSTORE_HIDDEN __attribute__((visibility("hidden")))
#define RSTORE_COLD __attribute__((cold, noinline))

/* Set while Go runs here. The kernel clears it in the child of whatever forks,
 * also of a raw clone, which tells nobody: see MADV_WIPEONFORK. */
extern volatile const int32_t *volatile rstore_live RSTORE_HIDDEN;
#define RSTORE_LIVE __builtin_expect(*rstore_live, 1)

/* Where the exported function is to be carried out: itself if Go runs here, or
 * its twin in the copy that this child of a fork runs; 0 if there is none. */
uintptr_t rstore_runtime(uintptr_t function) RSTORE_HIDDEN;

/* The same, but for the child of a fork whose first call this is: 0. */
uintptr_t rstore_running(uintptr_t function) RSTORE_HIDDEN;

/* The twin of what belongs to this image, in the copy that is so far away. */
#define RSTORE_TWIN(what, away) ((uintptr_t)(what) + (away))

enum { RSTORE_SIGNALS = 64 };

typedef struct rstore_image {
    pthread_mutex_t mutex; /* guards what follows, and is held across a fork */
    volatile int started;
    volatile int forked;  /* Go was started, and did not come along */
    uint32_t generation;
    char *file;           /* that the library was loaded from */
    struct sigaction before[RSTORE_SIGNALS + 1]; /* Go, by number of the signal */
    uintptr_t copy;       /* where its code is, counted from here; 0 is none */
} rstore_image;

extern rstore_image rstore_this RSTORE_HIDDEN;

/* Whether Go starts at the first call; else it did when the library was loaded. */
int rstore_is_lazy(void) RSTORE_HIDDEN;

/* Maps a copy of this image, which starts nothing. Returns NULL, or why not. */
const char *rstore_copy_map(void) RSTORE_HIDDEN;

/* The file that this image was loaded from, to be freed, or NULL. */
char *rstore_own_file(void) RSTORE_HIDDEN;

/* Whether the address is in this image. */
int rstore_is_ours(const void *address) RSTORE_HIDDEN;

/* Registers what has to be done at a fork. */
int rstore_watch_forks(void) RSTORE_HIDDEN;

/* Closes the sockets of Go in the child of a fork. */
void rstore_sockets_close(void) RSTORE_HIDDEN;

#endif
