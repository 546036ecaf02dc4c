/* What the files of the C runner share. cases.h, which cases_to_c.py writes,
 * holds the cases in these structures. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <stddef.h>
#include <stdint.h>

#include "libremotestore.h"
#include "queued.h"

enum { MAX_URL = 4096 };

/* ---- Cases ------------------------------------------------------------------ */

struct text {
    const char *bytes; /* length counts: there may be NULs inside */
    size_t length;
};

struct run;
struct step;

/* Runs a step in a store and checks what came of it. */
typedef void verb(struct run *run, rstore_store store, const struct step *step);

struct step {
    verb *run;
    const struct text *children;
    size_t child_count;
    struct text path;
    struct text to;
    rstore_args args;
    struct text data;    /* bytes NULL: the pattern, size bytes from where `from` says */
    uint64_t size;
    uint64_t from;
    int has_buffer; /* 0: the runner chooses */
    size_t buffer;
    uint32_t number;
    struct text upload;
    int is;
    uint64_t count;
    uint64_t can; /* RSTORE_CAN_ bits */
    const struct text *paths;
    size_t path_count;
    const struct text *odd;
    size_t odd_count;
    int has_metadata; /* 0: whatever it is */
    int since;        /* hours from when the object was modified to that of a condition; 0 is none */
    int until;
    const rstore_range *ranges; /* without memory */
    size_t range_count;
    const struct text *targets;
    size_t target_count;
    const size_t *failed;
    size_t failed_count;
    int as_written;
    const char *about; /* NULL: whatever it is */
    int32_t want;
};

struct pair {
    const char *key;
    const char *value;
};

struct test_case {
    const char *name;
    const struct pair *skips; /* target and reason */
    size_t skip_count;
    const struct pair *options;
    size_t option_count;
    const char *bucket; /* NULL: that of the target */
    const struct step *steps;
    size_t step_count;
};

/* ---- run.c: what came of a case ---------------------------------------------- */

/* What runs now. */
struct run {
    const char *target;
    const struct test_case *test;
    size_t step;     /* counted from 1; 0 outside the steps */
    size_t failures; /* of this case */

    rstore_reader reader; /* 0: none was opened */
    rstore_writer writer;
    rstore_upload upload;
    rstore_object written; /* what the last write told; its texts are not valid any more, but: */
    char written_etag[256];
    char etags[2][1024]; /* the conditions of the step */
    char native[MAX_URL]; /* what the last resolve told */
};

void fail(struct run *run, const char *format, ...);
void die(const char *what);
void *allocate(size_t size);

/* Checks a status, and the error that came with it, which it closes. Returns
 * whether the call succeeded as it should. */
int expect(struct run *run, int32_t want, const char *about, int32_t status, rstore_error error);

/* The same with what the step wants. */
int succeeded(struct run *run, const struct step *step, int32_t status, rstore_error error);

void close_handle(struct run *run, rstore_handle handle, const char *what);

/* Closes a handle, which is the step. */
void close_as_told(struct run *run, const struct step *step, rstore_handle handle);

/* Closes what the steps may have left open, or not opened at all. */
void close_left(struct run *run, rstore_handle handle, const char *what);
int same_text(const struct text *text, const char *bytes, size_t length);

/* The bytes to write, or those expected; free them. */
char *content(const struct step *step, size_t *length);

/* Compares what was read with the data of the step. */
void compare(struct run *run, const struct step *step, const char *got, size_t got_length);

/* ---- place.c: where the cases run ---------------------------------------------- */

struct place {
    const char *name;    /* "memory", "local", "versitygw", ... */
    const char *backend; /* "memory", "local", "s3" */
    char base[MAX_URL];  /* local: the folder of all cases; s3: their URL */
};

void prepare(struct place *place, const char *name);
void remove_folders(const struct place *place);

struct opened {
    rstore_store outer; /* stays as it is */
    rstore_store base;  /* what the store is, or the one of which it is a child */
    rstore_store store; /* in which the case runs */
};

/* Opens stores on an empty place. Returns whether it worked. */
int open_place(struct run *run, const struct place *place, size_t number, int prefixed, struct opened *opened);
void close_place(struct run *run, const struct opened *opened);

/* Removes what a case left, which must be below its prefix. */
void empty(struct run *run, rstore_store outer, int prefixed);

/* ---- The verbs ------------------------------------------------------------------- */

verb do_put, do_get, do_get_into, do_head, do_exists, do_is_file, do_is_folder, do_delete, do_copy,
    do_move; /* objects.c */
verb do_append, do_get_ranges, do_delete_many, do_set_acl; /* many.c */
verb do_list, do_glob, do_folder_info, do_delete_folder; /* folders.c */
verb do_reader, do_read, do_read_at, do_seek, do_close_reader; /* readers.c */
verb do_writer, do_write, do_commit, do_abort, do_close_writer, do_upload, do_part,
    do_commit_upload, do_abort_upload, do_close_upload, do_uploads, do_uploads_abort; /* writers.c */
verb do_child, do_resolve, do_to_key, do_capabilities, do_ping, do_shutdown; /* stores.c */

/* Puts ETags and times into the conditions of a step. */
void complete(struct run *run, rstore_store store, struct step *step); /* conditions.c */

/* For the verbs of other files. */
void check_object(struct run *run, const rstore_object *object);                         /* objects.c */
void check_written(struct run *run, const struct step *step, const rstore_object *object,
                   uint64_t size);                                                       /* objects.c */
void check_listing(struct run *run, const struct step *step, int32_t status, rstore_list list,
                   rstore_error error);                                                  /* folders.c */

#endif
