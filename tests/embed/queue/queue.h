/* What the files of this program share: a store of each kind, and a call through a
 * queue. */
#ifndef QUEUE_H
#define QUEUE_H

#include "checks.h"
#include "libremotestore.h"

enum { LONGEST_MS = 60000 };

struct place {
    const char *name;
    rstore_store store; /* with an object "known" of KNOWN_SIZE bytes 'k' */
    int waits;          /* whether calls on it are pending */
};

enum { KNOWN_SIZE = 4096, PLACES = 3 };

extern struct place places[PLACES];

struct queued {
    rstore_queue queue;
    int32_t fd;
    rstore_ctx ctx; /* whose user_data is USER_DATA */
};

enum { USER_DATA = 4711 };

struct queued new_queued(void);
void close_queued(const struct queued *queued);

int readable(int32_t fd, int timeout_ms);
void sleep_ms(long ms);

/* The status of a call that returned this one: its event is the only one. */
int32_t status_of(const struct queued *queued, int32_t status);

/* The tests, one per file. */

void test_waiting(const struct place *place);
void test_calls(const struct place *place);
void test_storm(const struct place *place);
void test_closing(const struct place *place);

#endif
