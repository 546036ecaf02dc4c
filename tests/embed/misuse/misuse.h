/* What the files of this program share: the valid handles, the table
 * of every function by its handle, and the tests in their order. */
#ifndef MISUSE_H
#define MISUSE_H

#include <stddef.h>
#include <stdint.h>

#include "checks.h"
#include "libremotestore.h"

/* valid.c: what is valid, and where calls write. */

enum kind { STORE, S3_STORE, OPTIONS, CONTEXT, LIST, ERROR, MEMORY, READER, WRITER, UPLOAD, REGISTRY, QUEUE, KINDS };

extern const char *const kind_names[KINDS];

/* One open handle of each kind; STORE is a memory store that holds the object
 * "a", 10 bytes, READER reads it, WRITER writes "w" there; S3_STORE is a part
 * of the test server's bucket that only this process uses, and UPLOAD in it. */
extern rstore_handle good[KINDS];

rstore_handle make(enum kind kind);
void make_anew(enum kind kind);
int same_type(enum kind a, enum kind b); /* both stores are */

extern rstore_object object_out;
extern rstore_page page_out;
extern rstore_handle handle_out;
extern size_t filled_out;
extern char buffer_out[64];
int source_file(void); /* a descriptor of a file of 10 bytes, which stays open */

int target_file(void); /* files.c: a descriptor of a file that is open for writing */

/* A registry of the store "m" on the backend "memory". */
extern const char registry_config[];

/* functions.c: every function, by each handle that it takes. */

typedef int32_t handle_call(rstore_handle handle, rstore_ctx ctx, rstore_error *error);

struct handle_row {
    const char *name;
    handle_call *call;
    enum kind of;  /* its first handle; KINDS: any */
    int as_ctx;    /* the row is about its context */
    int may_be_0;
    int ever;      /* it does its work with a cancelled context too */
};

extern const struct handle_row handle_calls[];
extern const size_t handle_calls_count;

enum kind takes(size_t i); /* the kind of handle that row i is about */

int32_t call_row(size_t i, rstore_handle handle, rstore_error *error);

/* Calls row i with a bad handle: checks the error, returns the status. */
int32_t call_bad(size_t i, rstore_handle handle);

/* options.c: a store with secrets in its options, and a look for them. */

rstore_store open_s3(const char *endpoint);
void check_no_secret(rstore_error error, const char *subject);

/* The tests, one per file; numbers_without_a_name is in fork.c. */

void numbers_without_a_name(void);
void test_handles(void);
void test_text(void);
void test_records(void);
void test_args(void);
void test_many(void);
void test_files(void);
void test_options(void);
void test_streams(void);
void test_starts(void);
void test_progress(void);
void test_uploads(void);
void test_registries(void);
void test_calls(void);
void test_fork(void);

#endif
