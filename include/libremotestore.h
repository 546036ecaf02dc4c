/*
 * libremotestore: object storage for every language.
 *
 * One engine over three backends: memory, a local folder, and Amazon S3 or
 * what speaks its protocol. This header is the whole C interface and its
 * manual. It is written for C89 and later and for C++98 and later.
 *
 *     rstore_store store;
 *     rstore_object object;
 *
 *     rstore_open(RSTORE_STR("s3://bucket/prefix"), 0, &store, NULL);
 *     rstore_put(store, 0, RSTORE_STR("a/b.txt"), "hello", 5, NULL, 0, NULL, 0, NULL);
 *     rstore_get(store, 0, RSTORE_STR("a/b.txt"), NULL, 0, &object, sizeof object, NULL);
 *     fwrite(object.data, 1, object.data_len, stdout);
 *     rstore_close(object.owner);
 *     rstore_close(store);
 *
 * Rules that hold everywhere
 *
 *   Status     Every call that can fail returns RSTORE_OK (0) or one of the
 *              positive RSTORE_ codes of section 1. Nothing crashes or aborts
 *              the process, whatever handle or text it is given; pointers must
 *              be valid for the length that comes with them. (Running out of
 *              memory inside the engine ends the process, as it does with any
 *              Go program; what is handed out fails with RSTORE_IO instead.)
 *   Errors     The last parameter of most calls, `error`, may be NULL. Else it
 *              receives an error handle when the call fails, and 0 when not;
 *              RSTORE_END counts as not. Close it after reading it (section 3).
 *   Outputs    are written only by a call that succeeds, except `error`.
 *   Text       is UTF-8, passed as pointer and length in bytes; it needs no
 *              terminating NUL. Text that comes back is NUL-terminated too.
 *              RSTORE_STR("...") writes both arguments for a literal. NULL
 *              with length 0 is the empty text; NULL with another length is
 *              RSTORE_INVALID_ARGUMENT.
 *   Paths      are relative to the store. '\' counts as '/', empty and "."
 *              segments are dropped, and so are slashes at both ends; a ".."
 *              segment, a NUL byte, invalid UTF-8 and a path of which nothing
 *              remains are RSTORE_INVALID_PATH.
 *   Records    are passed with their size (sizeof), so that fields can be
 *              added at their end. A record passed in may be NULL with size 0,
 *              which is all zeros, the defaults. Bytes of it behind what this
 *              version knows must be zero.
 *   Memory     The library reads and writes your memory only during the call.
 *              What it hands out stays valid until you close the handle that
 *              owns it, and is read-only.
 *   Threads    Any function may be called from any thread. Stores, options
 *              and contexts serve any number of calls at once; a list serves
 *              one, and answers RSTORE_BUSY to a second.
 *   Fork       If a process that has loaded the library forks, the child gets
 *              RSTORE_FORKED from every call. Fork before loading, or exec.
 *   Stability  Versions 0.x may change anything here, with a new
 *              RSTORE_ABI_VERSION. Status codes keep their numbers.
 */
#ifndef LIBREMOTESTORE_H
#define LIBREMOTESTORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Two arguments, text and length, for a string literal. */
#define RSTORE_STR(literal) ("" literal), (sizeof(literal) - 1)

/* ---- 1. Version and status --------------------------------------------- */

#define RSTORE_VERSION "0.1.0"
#define RSTORE_ABI_VERSION 1

#define RSTORE_OK 0
#define RSTORE_UNKNOWN 1               /* a failure of no known kind */
#define RSTORE_NOT_FOUND 2             /* no such object, or no such bucket */
#define RSTORE_ALREADY_EXISTS 3        /* the target exists and may not be overwritten */
#define RSTORE_PERMISSION_DENIED 4     /* known caller, not allowed */
#define RSTORE_UNAUTHENTICATED 5       /* missing, unknown, wrong or expired credentials */
#define RSTORE_INVALID_PATH 6          /* not a path, a folder where an object is meant, a file in the way */
#define RSTORE_INVALID_ARGUMENT 7      /* an argument that cannot be right, such as a URL or a NULL */
#define RSTORE_INVALID_OPTION 8        /* an unknown option, or a value that does not fit, a wrong region too */
#define RSTORE_NOT_SUPPORTED 9         /* the backend cannot do this; `capability` names what */
#define RSTORE_DIRECTORY_NOT_EMPTY 10
#define RSTORE_UNAVAILABLE 11          /* endpoint unreachable or failing; retries are used up */
#define RSTORE_RATE_LIMITED 12         /* the endpoint asks for fewer requests; retries are used up */
#define RSTORE_RESOURCE_LOCKED 13
#define RSTORE_PRECONDITION_FAILED 14
#define RSTORE_NOT_MODIFIED 15
#define RSTORE_CHANGED 16              /* the object changed while it was read */
#define RSTORE_RANGE_NOT_SATISFIABLE 17 /* the range begins at or behind the end of the object */
#define RSTORE_CORRUPT 18              /* a checksum or a length does not hold */
#define RSTORE_DEADLINE 19             /* the timeout of the context passed */
#define RSTORE_CANCELLED 20            /* the context was cancelled */
#define RSTORE_CLOSED 21               /* the handle was closed */
#define RSTORE_BAD_HANDLE 22           /* 0, garbage, or a handle of another kind */
#define RSTORE_BUSY 23                 /* the handle serves another call */
#define RSTORE_FORKED 24               /* called in the child of a fork */
#define RSTORE_IO 25                   /* the local file system or memory failed: disk full, read error */
#define RSTORE_INTERNAL 26             /* a bug of ours; `detail` holds the stack: please report it */
#define RSTORE_END 27                  /* not an error: there are no more pages */

/* RSTORE_ABI_VERSION of the loaded library: compare it at start. Since 0.1. */
uint32_t rstore_abi_version(void);

/* RSTORE_VERSION of the loaded library. Since 0.1. */
const char *rstore_version(void);

/* The name of a status, "NOT_FOUND"; "?" for a number that is none. Since 0.1. */
const char *rstore_status_name(int32_t status);

/* ---- 2. Handles --------------------------------------------------------- */

/* A handle is a number, never a pointer; 0 is none. All kinds have one
 * rstore_close. A stale, foreign or invented handle is a typed error. */
typedef uint64_t rstore_handle;
typedef rstore_handle rstore_error;
typedef rstore_handle rstore_options;
typedef rstore_handle rstore_ctx;
typedef rstore_handle rstore_store;
typedef rstore_handle rstore_list;

/* Closes a handle of any kind and frees what it owns. Calls in flight on it
 * finish normally, and the last one frees. RSTORE_CLOSED if it was closed
 * already, RSTORE_BAD_HANDLE for 0 and for what never was one. Since 0.1. */
int32_t rstore_close(rstore_handle handle);

typedef struct rstore_stats_record {
    uint64_t live_handles; /* handles of all kinds that are open */
    uint64_t goroutines;   /* threads of execution inside the library */
} rstore_stats_record;

/* What the library holds now, for leak checks. Since 0.1. */
int32_t rstore_stats(rstore_stats_record *stats, size_t stats_size);

/* ---- 3. Errors ----------------------------------------------------------- */

/* The evidence of one error. Text that does not apply is "", never NULL. No
 * field ever holds a credential. */
typedef struct rstore_evidence {
    int32_t status;         /* the RSTORE_ code that the call returned */
    int32_t http_status;    /* of the answer, 0 if there was none */
    int32_t attempts;       /* requests sent for the call, 0 if none */
    int32_t retryable;      /* 1 if the same call may succeed later, else 0 */
    const char *message;    /* one sentence: what was wrong, and what would be right */
    const char *operation;  /* "get", "put", ... */
    const char *path;       /* relative to the store, as the caller wrote it */
    const char *backend;    /* "memory", "local", "s3" */
    const char *s3_code;    /* <Code> of the answer: "NoSuchKey", ... */
    const char *request_id; /* x-amz-request-id of the answer */
    const char *host_id;    /* x-amz-id-2 of the answer */
    const char *capability; /* what RSTORE_NOT_SUPPORTED misses */
    const char *upload_id;  /* a multipart upload that could not be aborted */
    const char *detail;     /* more for people: the stack of RSTORE_INTERNAL */
} rstore_evidence;

/* Reads an error. The text belongs to the error handle. Since 0.1. */
int32_t rstore_error_evidence(rstore_error error, rstore_evidence *evidence, size_t evidence_size);

/* ---- 4. Options ---------------------------------------------------------- */

/* New, empty options for rstore_open. Since 0.1. */
int32_t rstore_options_new(rstore_options *options, rstore_error *error);

/* Sets one option; the value is checked here. A later value replaces an
 * earlier one. RSTORE_INVALID_OPTION for an unknown key (the error names the
 * nearest one) and for a value that does not fit. All options are S3's:
 *
 *   endpoint           URL of the service; a bare host:port is https. Default:
 *                      AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the
 *                      profile, else AWS
 *   region             default: AWS_REGION, AWS_DEFAULT_REGION, the profile,
 *                      else us-east-1
 *   addressing_style   "path" (https://endpoint/bucket/key) or "virtual"
 *                      (https://bucket.endpoint/key). Default: path with an
 *                      endpoint, virtual with AWS
 *   access_key_id      static credentials, the first two together. Default:
 *   secret_access_key  the chain of the AWS SDKs: environment, profile, SSO,
 *   session_token      process, web identity, container, instance
 *
 * Since 0.1. */
int32_t rstore_options_set(rstore_options options, const char *key, size_t key_len,
                           const char *value, size_t value_len, rstore_error *error);

/* ---- 5. Contexts --------------------------------------------------------- */

/* A context bounds calls. Every call that can wait takes one; 0 is none.
 * timeout_ms is the time that each single call may take, in milliseconds from
 * its start; 0 is no limit. One context serves any number of calls. Since 0.1. */
int32_t rstore_ctx_new(uint64_t timeout_ms, rstore_ctx *ctx, rstore_error *error);

/* Ends all calls in flight with this context, and every later one, with
 * RSTORE_CANCELLED. It cannot be undone. Since 0.1. */
int32_t rstore_ctx_cancel(rstore_ctx ctx, rstore_error *error);

/* ---- 6. Stores ----------------------------------------------------------- */

/* Opens a store. Nothing is requested from a server. options may be 0.
 *
 *   memory://              private to this handle
 *   memory://NAME          shared in this process until its last store is closed
 *   file:///FOLDER         a local folder, made by the first write
 *   s3://BUCKET[/PREFIX]   a bucket, or the part of it below a prefix
 *
 * A URL with credentials in it is refused. '%', '?' and '#' in a folder or a
 * prefix are written %25, %3F and %23. The environment is read here, live.
 *
 * S3: a request that fails for a passing reason is sent up to three times. An
 * attempt ends after 5 s without a connection, or 30 s without a byte; there
 * is no limit on a whole transfer but that of a context.
 *
 * Local: a symbolic link that leaves the folder is refused. Names that begin
 * with ".remotestore-tmp-" are files being written: they are not listed, and
 * such a path is RSTORE_INVALID_PATH. A process that is killed may leave some;
 * they may be removed when nobody writes.
 * Since 0.1. */
int32_t rstore_open(const char *url, size_t url_len, rstore_options options,
                    rstore_store *store, rstore_error *error);

/* ---- 7. Records of the operations ---------------------------------------- */

#define RSTORE_OVERWRITE 1 /* put, copy: replace an object that exists */
#define RSTORE_RECURSIVE 2 /* list: every object below the folder, no folders */

/* How an operation is to be done; NULL, 0 or all zeros are the defaults. A
 * field or flag that the operation does not read must be 0. */
typedef struct rstore_args {
    uint32_t flags;     /* RSTORE_OVERWRITE, RSTORE_RECURSIVE */
    uint32_t page_size; /* list: objects in a page at most, 1 to 1000; 0 is 1000 */
    uint64_t offset;    /* get, get_into: first byte */
    uint64_t length;    /* get, get_into: number of bytes. 0 is all up to the end, never "none" */
} rstore_args;

#define RSTORE_KIND_OBJECT 1
#define RSTORE_KIND_FOLDER 2 /* in listings only */

/* What is known of an object. */
typedef struct rstore_object {
    rstore_handle owner; /* owns what is pointed to below: close it. 0 in a page, which owns it itself */
    int32_t kind;        /* RSTORE_KIND_OBJECT or RSTORE_KIND_FOLDER */
    int32_t odd;         /* in a listing, 1: no call can name this one, as its path is not in normal form (keys
                            such as "a//b" or "a/../b", names with '\'); another object may have the normal form */
    uint64_t size;       /* bytes of the whole object; 0 for a folder */
    int64_t modified_ns; /* nanoseconds since 1970-01-01 UTC; 0 if not known: S3 does not tell it after a put */
    const char *path;    /* relative to the store */
    size_t path_len;
    const char *etag;    /* as the backend sends it, quotes included; "" if not known */
    size_t etag_len;
    const char *content_type; /* "" if not known, as always in a listing */
    size_t content_type_len;
    const void *data;    /* get: the bytes; else NULL */
    size_t data_len;     /* get: their number */
} rstore_object;

/* One page of a listing. */
typedef struct rstore_page {
    rstore_handle owner;          /* owns the page: close it */
    const rstore_object *objects; /* the first one; the next ones follow at object_size bytes each */
    size_t object_size;           /* sizeof(rstore_object) in the library, which may be a newer one */
    size_t count;                 /* at least 1 */
} rstore_page;

/* The i-th object of a page. */
#define RSTORE_PAGE_OBJECT(page, i) \
    ((const rstore_object *)(const void *)((const char *)(page).objects + (i) * (page).object_size))

/* ---- 8. Operations ------------------------------------------------------- */

/* Describes an object. object may be NULL to ask only whether it exists.
 * RSTORE_NOT_FOUND; RSTORE_INVALID_PATH for a folder. Since 0.1. */
int32_t rstore_head(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                    rstore_object *object, size_t object_size, rstore_error *error);

/* Reads an object, or the range in args, into memory of the library. A range
 * that ends behind the object is cut; one that begins at its end or behind is
 * RSTORE_RANGE_NOT_SATISFIABLE. Since 0.1. */
int32_t rstore_get(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                   const rstore_args *args, size_t args_size,
                   rstore_object *object, size_t object_size, rstore_error *error);

/* Reads an object, or the range in args, into your memory, without a copy in
 * between. *filled receives the number of bytes. A buffer that is too small
 * for the object, or for the part of the range that exists, is
 * RSTORE_INVALID_ARGUMENT: nothing is ever cut short silently. After a failure
 * the content of the buffer is undefined. Since 0.1. */
int32_t rstore_get_into(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                        const rstore_args *args, size_t args_size,
                        void *buffer, size_t buffer_len, size_t *filled, rstore_error *error);

/* Writes an object, all of it or nothing. Without RSTORE_OVERWRITE an object
 * that exists is RSTORE_ALREADY_EXISTS and stays as it was, whoever else
 * writes at the same time. object may be NULL. Since 0.1. */
int32_t rstore_put(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                   const void *data, size_t data_len, const rstore_args *args, size_t args_size,
                   rstore_object *object, size_t object_size, rstore_error *error);

/* Deletes an object. RSTORE_NOT_FOUND; RSTORE_INVALID_PATH for a folder.
 * Since 0.1. */
int32_t rstore_delete(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                      rstore_error *error);

/* Copies an object inside the store, with its content headers, metadata and
 * tags; the bytes do not pass through this process where the backend can copy
 * itself. RSTORE_OVERWRITE as for rstore_put. A copy onto itself changes
 * nothing. Since 0.1. */
int32_t rstore_copy(rstore_store store, rstore_ctx ctx, const char *source, size_t source_len,
                    const char *target, size_t target_len,
                    const rstore_args *args, size_t args_size, rstore_error *error);

/* ---- 9. Listings --------------------------------------------------------- */

/* Starts the listing of a folder; "" and "." are the root. Nothing is
 * requested before the first page. One level has objects and folders; with
 * RSTORE_RECURSIVE it is every object below. Since 0.1. */
int32_t rstore_list_open(rstore_store store, const char *path, size_t path_len,
                         const rstore_args *args, size_t args_size,
                         rstore_list *list, rstore_error *error);

/* The next page, in the byte order of the paths (that of a folder ends in '/':
 * "a.txt" comes before the folder "a"), or RSTORE_END. A folder or a
 * bucket that does not exist is an empty listing. Since 0.1. */
int32_t rstore_list_next(rstore_list list, rstore_ctx ctx,
                         rstore_page *page, size_t page_size, rstore_error *error);

#ifdef __cplusplus
}
#endif

#endif
