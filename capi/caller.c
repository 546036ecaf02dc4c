#define _GNU_SOURCE

#include "caller.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "image.h"

/* Between two questions to a hook, in milliseconds, however many signals come. */
#define PAUSE_MS 5

static int64_t now_ms(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void rstore_caller_init(rstore_caller *caller) {
    sem_init(&caller->woken, 0, 0);
    atomic_init(&caller->done, 0);
    atomic_init(&caller->wanted, 0);
}

int32_t rstore_call_interrupt(rstore_interrupt hook, uintptr_t user_data, int32_t reason) {
    static const char text[] = "libremotestore: the child of a fork returned from an interrupt hook\n";
    int32_t ended = hook(user_data, reason);

    /* There is no way back in the child of a fork that it made: the call is one of
     * the parent's, and the Go that waits for its end is gone. */
    if (!RSTORE_LIVE) {
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        _exit(70); /* EX_SOFTWARE */
    }
    return ended;
}

static int32_t wait_or_ask(rstore_caller *caller, rstore_interrupt hook, uintptr_t user_data) {
    int64_t asked = 0;

    /* Without a timeout: one costs 30 % of the CPU time of a small read, on a
     * virtual machine at least. The ticks come from a timer of Go. */
    for (;;) {
        (void)sem_wait(&caller->woken); /* or a signal */
        if (atomic_load(&caller->done)) return RSTORE_CALLER_DONE;
        if (!hook) continue;
        if (rstore_caller_wanted(caller))
            return rstore_call_interrupt(hook, user_data, RSTORE_CREDENTIALS) ? RSTORE_CALLER_ENDS : RSTORE_CALLER_ANSWERED;
        if (now_ms() - asked < PAUSE_MS) continue;
        if (rstore_call_interrupt(hook, user_data, RSTORE_TICK)) return RSTORE_CALLER_ENDS;
        asked = now_ms();
    }
}

int32_t rstore_caller_wait(rstore_caller *caller, rstore_interrupt hook, uintptr_t user_data) {
    int32_t ended;
    int old;

    /* sem_wait would let a pthread_cancel unwind the frames of Go below, while
     * the goroutine goes on to use the memory of the thread that is gone. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    ended = wait_or_ask(caller, hook, user_data);
    pthread_setcancelstate(old, &old);
    return ended;
}

void rstore_caller_tick(rstore_caller *caller) { sem_post(&caller->woken); }

void rstore_caller_want(rstore_caller *caller) {
    atomic_store(&caller->wanted, 1);
    sem_post(&caller->woken);
}

int32_t rstore_caller_wanted(rstore_caller *caller) { return atomic_exchange(&caller->wanted, 0); }

void rstore_caller_again(rstore_caller *caller) { atomic_store(&caller->done, 0); }

void rstore_caller_done(rstore_caller *caller) {
    atomic_store(&caller->done, 1);
    sem_post(&caller->woken);
}
