/* What the files of the C runner share. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <stddef.h>
#include <stdint.h>

#include "case.h"
#include "queued.h"

enum { MAX_URL = 4096 };

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

/* Puts ETags and times into the conditions of a step. */
void complete(struct run *run, rstore_store store, struct step *step); /* conditions.c */

/* For the verbs of other files. */
void check_object(struct run *run, const rstore_object *object);                         /* objects.c */
void check_written(struct run *run, const struct step *step, const rstore_object *object,
                   uint64_t size);                                                       /* objects.c */
void check_listing(struct run *run, const struct step *step, int32_t status, rstore_list list,
                   rstore_error error);                                                  /* folders.c */

#endif
