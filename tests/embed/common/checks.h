/* What the test programs that check many things share: checks count, print
 * and go on; and what the process holds. */
#ifndef CHECKS_H
#define CHECKS_H

#include <stddef.h>
#include <stdint.h>

#include "libremotestore.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

extern long passed, failed;

void check(int holds, const char *what, const char *subject, const char *file, int line);
void check_status(int32_t want, int32_t got, const char *what, const char *subject, const char *file, int line);

/* `subject` says which row of a table it was. */
#define CHECK_FOR(subject, condition) check((condition), #condition, (subject), __FILE__, __LINE__)
#define STATUS_FOR(subject, want, call) check_status((want), (call), #call, (subject), __FILE__, __LINE__)
#define CHECK(condition) CHECK_FOR("", condition)
#define STATUS(want, call) STATUS_FOR("", want, call)

struct holdings {
    uint64_t handles, goroutines;
    long files;
};

/* What is held now, at rest: goroutines and connections end shortly after
 * what they were started for. */
struct holdings holdings(void);

/* Checks that what is held comes back to what it was. */
void check_holdings(const struct holdings *before);

#endif
