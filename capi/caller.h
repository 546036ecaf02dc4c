/* How the thread that makes a call waits for the goroutine that carries it out:
 * in C, where the Go scheduler has nothing to do with it. */
#ifndef REMOTESTORE_CALLER_H
#define REMOTESTORE_CALLER_H

#include <semaphore.h>
#include <stdatomic.h>

#include "libremotestore.h"

typedef struct rstore_caller {
    sem_t woken;
    atomic_int done;
    atomic_int wanted; /* credentials are */
} rstore_caller;

void rstore_caller_init(rstore_caller *caller);

/* Waits until the call is done (RSTORE_CALLER_DONE), the hook says that it should
 * end, or the hook was asked for credentials and says that it goes on. The hook
 * may be NULL. It is asked at each tick, when a signal came, and when
 * credentials are wanted. */
#define RSTORE_CALLER_DONE 0
#define RSTORE_CALLER_ENDS 1
#define RSTORE_CALLER_ANSWERED 2
int32_t rstore_caller_wait(rstore_caller *caller, rstore_interrupt hook, uintptr_t user_data);

/* Lets the caller ask its hook. */
void rstore_caller_tick(rstore_caller *caller);

/* Lets the caller ask its hook for credentials. */
void rstore_caller_want(rstore_caller *caller);

/* Tells, once, whether that was wanted. */
int32_t rstore_caller_wanted(rstore_caller *caller);

/* Ends the wait. */
void rstore_caller_done(rstore_caller *caller);

/* Behind a wait, before what ends the next one is begun. */
void rstore_caller_again(rstore_caller *caller);

/* Asks the hook, for a reason, whether the call should end. */
int32_t rstore_call_interrupt(rstore_interrupt hook, uintptr_t user_data, int32_t reason);

#endif
