/* What the files of this program share: the checks, the valid handles, the
 * table of every function by its handle, and the tests in their order. */
#ifndef MISUSE_H
#define MISUSE_H

#include <stddef.h>
#include <stdint.h>

#include "libremotestore.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* checks.c: checks count, print and go on. */

extern long passed, failed;

void check(int holds, const char *what, const char *subject, const char *file, int line);
void check_status(int32_t want, int32_t got, const char *what, const char *subject, const char *file, int line);

/* `subject` says which row of a table it was. */
#define CHECK_FOR(subject, condition) check((condition), #condition, (subject), __FILE__, __LINE__)
#define STATUS_FOR(subject, want, call) check_status((want), (call), #call, (subject), __FILE__, __LINE__)
#define CHECK(condition) CHECK_FOR("", condition)
#define STATUS(want, call) STATUS_FOR("", want, call)

/* valid.c: what is valid, and where calls write. */

enum kind { STORE, OPTIONS, CONTEXT, LIST, ERROR, MEMORY, KINDS };

extern const char *const kind_names[KINDS];

/* One open handle of each kind; store holds the object "a", 10 bytes. */
extern rstore_handle good[KINDS];

rstore_handle make(enum kind kind);

extern rstore_object object_out;
extern rstore_handle handle_out;
extern size_t filled_out;
extern char buffer_out[64];

/* handles.c: every function, by the handle that it takes. */

typedef int32_t handle_call(rstore_handle handle, rstore_error *error);

struct handle_row {
    const char *name;
    handle_call *call;
    enum kind takes; /* KINDS: any */
    int may_be_0;
};

extern const struct handle_row handle_calls[];
extern const size_t handle_calls_count;

int32_t cancel_it(rstore_handle h, rstore_error *e);

/* Calls number i with a bad handle: checks the error, returns the status. */
int32_t call_bad(size_t i, rstore_handle handle);

/* options.c: a store with secrets in its options, and a look for them. */

rstore_store open_s3(const char *endpoint);
void check_no_secret(rstore_error error, const char *subject);

/* The tests, one per file; numbers_without_a_name is in fork.c. */

void numbers_without_a_name(void);
void test_handles(void);
void test_text(void);
void test_records(void);
void test_options(void);
void test_calls(void);
void test_fork(void);

#endif
