/* The cases, for the runners in C and in C++: cases_to_c.py writes cases.json in
 * these structures, which name the verbs that a runner defines. */
#ifndef CASE_H
#define CASE_H

#include <stddef.h>
#include <stdint.h>

#include "libremotestore.h"

#ifdef __cplusplus
extern "C" {
#endif

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

extern const struct test_case *const cases; /* cases.c */
extern const size_t case_count;

/* The verbs, by the file of a runner that has them. */
verb do_put, do_get, do_get_into, do_head, do_exists, do_is_file, do_is_folder, do_delete, do_copy,
    do_move; /* objects */
verb do_append, do_get_ranges, do_get_many, do_head_many, do_delete_many, do_set_acl; /* many */
verb do_list, do_glob, do_folder_info, do_delete_folder; /* folders */
verb do_reader, do_read, do_read_at, do_seek, do_close_reader; /* readers */
verb do_writer, do_write, do_commit, do_abort, do_close_writer, do_upload, do_part,
    do_commit_upload, do_abort_upload, do_close_upload, do_uploads, do_uploads_abort; /* writers */
verb do_child, do_resolve, do_to_key, do_capabilities, do_ping, do_shutdown; /* stores */

#ifdef __cplusplus
}
#endif

#endif
