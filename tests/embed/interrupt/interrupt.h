/* What the files of this program share: the endpoint that falls silent, the
 * calls that wait for it, the hook, and the tests in their order. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "checks.h"
#include "libremotestore.h"

/* stub.c */

enum { KNOWN_SIZE = 1000000, KNOWN_SENT = 1000 };

extern char stub_endpoint[64];
extern char full_endpoint[64];    /* takes no connection */
extern atomic_int stub_keeps; /* 1: silent to the abort of an upload too */

void start_stub(void);
void stop_stub(void);

/* waits.c: every call that can wait, in a store of the silent endpoint. */

extern rstore_store silent;

struct wait {
    const char *name;
    rstore_handle (*begin)(void);                                           /* what it needs, or NULL */
    int32_t (*call)(rstore_handle handle, rstore_ctx ctx, rstore_error *error); /* waits for ever */
};

extern const struct wait waits[];
extern const size_t waits_count;

void open_silent(void);
void close_silent(void);
const struct wait *wait_named(const char *name);

/* A handle for a wait, 0 if it needs none; and its end. */
rstore_handle begin_wait(const struct wait *wait);
void end_wait(rstore_handle handle);

/* The memory that the calls write to. */
void spoil_outs(void);
int outs_are_spoilt(void);

rstore_writer begin_writer_of_a_closed_store(void); /* with a part on its way; nothing answers its abort */

rstore_ctx new_ctx(uint64_t timeout_ms);

/* The context and the store serve the next call. */
void still_serve(const char *name, rstore_ctx ctx);

/* credentials.c: a store of the endpoint that answers, and what it is pushed. */

rstore_store open_fed(void);
int32_t push(rstore_store store, int64_t expires_ns, rstore_error *error);
int32_t head_known(rstore_store store, rstore_ctx ctx);

/* ticks.c: what a hook saw. */

struct ticks {
    pthread_t caller;         /* of the call; set before it */
    atomic_int calling;       /* whether a call is in progress */
    atomic_int count;
    int elsewhere;            /* ticks that were not on that thread, or without a call, or for another reason */
    int end_after;            /* the tick that ends the call; 0 is none */
    double first_ms, last_ms; /* when */
    void (*act)(struct ticks *); /* on the first one, or NULL */
    rstore_handle handle;     /* for act */
    rstore_ctx ctx;
};

rstore_ctx ticking(struct ticks *ticks, uint64_t timeout_ms); /* a context with the hook */
int32_t call_ticking(struct ticks *ticks, const struct wait *wait, rstore_handle handle, rstore_ctx ctx,
                     rstore_error *error);

double now_ms(void);
void sleep_ms(long ms);

/* The tests, one per file. */

void test_hook(void);
void test_signals(void);
void test_progress(void);
void test_inside(void);
void test_ends(void);
void test_settle(void);
void test_others(void);
void test_credentials(void);
void test_queued(void);
void test_queued_credentials(void);
void test_server(void);

#endif
