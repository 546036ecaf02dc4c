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
 *              RSTORE_END and RSTORE_PENDING count as not, and so may
 *              RSTORE_FORKED. Close it after reading it (section 3).
 *   Outputs    are written only by a call that succeeds, except `error`.
 *   Doubt      A write, copy, move or delete that fails with RSTORE_UNAVAILABLE,
 *              RSTORE_DEADLINE or RSTORE_CANCELLED may have been carried out
 *              all the same, if the endpoint had all it needed.
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
 *   Memory     The library reads and writes your memory only during the call, or,
 *              if that is submitted to a queue, until its event.
 *              What it hands out stays valid until you close the handle that
 *              owns it, and is read-only.
 *   Threads    Any function may be called from any thread. Stores, options,
 *              contexts, uploads, registries and queues serve any number of calls at once; a
 *              reader, a writer and a list serve one, and answer RSTORE_BUSY
 *              to a second.
 *   Start      Loading the library starts no thread, takes no signal and reads
 *              no environment: the first call does that starts with a status.
 *   Fork       The child of a fork may use the library like a new process. What
 *              was opened before belongs to the parent: RSTORE_FORKED, and the
 *              child must open its own. Connections are not shared. Where the
 *              system forbids the copy of the library that this needs, and on
 *              other systems than Linux with glibc, every call of such a child is
 *              RSTORE_FORKED: see rstore_fork_problem. The child of a fork within
 *              an interrupt hook must not return from the hook: it is ended.
 *   Signals    The first call takes SIGSEGV, SIGBUS, SIGFPE and SIGPIPE. What Go
 *              did not cause goes on to the handlers that were there. Handlers
 *              that are installed later need SA_ONSTACK: see
 *              rstore_signals_unsafe. The library sends no signals, so it
 *              interrupts no system call of the host.
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

#define RSTORE_VERSION "0.6.0"
#define RSTORE_ABI_VERSION 6

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
#define RSTORE_DIRECTORY_NOT_EMPTY 10  /* a folder that is not empty, and may not be deleted with what is in it */
#define RSTORE_UNAVAILABLE 11          /* endpoint unreachable or failing; retries are used up */
#define RSTORE_RATE_LIMITED 12         /* the endpoint asks for fewer requests; retries are used up */
#define RSTORE_RESOURCE_LOCKED 13
#define RSTORE_PRECONDITION_FAILED 14  /* the object is not the one that the arguments ask for */
#define RSTORE_NOT_MODIFIED 15         /* the object is one that the arguments say is known already */
#define RSTORE_CHANGED 16              /* the object changed while it was read, copied or appended to; or the file that is written */
#define RSTORE_RANGE_NOT_SATISFIABLE 17 /* the range begins at or behind the end of the object */
#define RSTORE_CORRUPT 18              /* a checksum or a length does not hold */
#define RSTORE_DEADLINE 19             /* the timeout of the context passed */
#define RSTORE_CANCELLED 20            /* the context was cancelled */
#define RSTORE_CLOSED 21               /* the handle was closed, its store shut down, its writer or upload over */
#define RSTORE_BAD_HANDLE 22           /* 0, garbage, or a handle of another kind */
#define RSTORE_BUSY 23                 /* the handle serves another call */
#define RSTORE_FORKED 24               /* the handle belongs to the parent of this process; or rstore_fork_problem says why */
#define RSTORE_IO 25                   /* the local file system or memory failed: disk full, read error */
#define RSTORE_INTERNAL 26             /* a bug of ours; `detail` holds the stack: please report it */
#define RSTORE_END 27                  /* not an error: there are no more pages */
#define RSTORE_PENDING 28              /* not an error: the call was submitted, see section 16. Since 0.5 */

/* RSTORE_ABI_VERSION of the loaded library: compare it at start. Since 0.1. */
uint32_t rstore_abi_version(void);

/* RSTORE_VERSION of the loaded library. Since 0.1. */
const char *rstore_version(void);

/* Why all calls answer RSTORE_FORKED in a child that this process forks, or in this
 * process if it is such a child. NULL: they work, as far as is known before a
 * fork was tried. Since 0.5. */
const char *rstore_fork_problem(void);

/* The signals, number n as bit n - 1, whose handlers lack SA_ONSTACK: if one comes
 * on a thread that is in a call, Go ends the process. The first call adds it to all
 * handlers that are there; those that are installed later must have it. 0 is what a
 * host wants to see, behind the first call. Since 0.5. */
uint64_t rstore_signals_unsafe(void);

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
typedef rstore_handle rstore_reader;
typedef rstore_handle rstore_writer;
typedef rstore_handle rstore_upload;
typedef rstore_handle rstore_registry;
typedef rstore_handle rstore_queue;

/* Closes a handle of any kind and frees what it owns. Calls in flight on it
 * finish normally, and the last one frees. RSTORE_CLOSED if it was closed
 * already, RSTORE_BAD_HANDLE for 0 and for what never was one. Since 0.1. */
int32_t rstore_close(rstore_handle handle);

typedef struct rstore_stats_record {
    uint64_t live_handles; /* handles of all kinds that are open */
    uint64_t goroutines;   /* threads of execution inside the library that have something to do */
    uint64_t cleanups;     /* since 0.3: calls that ended early and left something that rstore_settle waits for */
    uint64_t fast_lane;    /* since 0.6: requests that went over connections of the library's own, as the option
                              fast_lane says, with all of their answers */
    uint64_t sdk_lane;     /* since 0.6: requests of the same kinds that the AWS SDK sent, or whose answers it took:
                              rstore_stats_reasons says why */
} rstore_stats_record;

/* What the library holds now, for leak checks, and what it has sent. Since 0.1. */
int32_t rstore_stats(rstore_stats_record *stats, size_t stats_size);

/* Text that was handed out. */
typedef struct rstore_text {
    rstore_handle owner; /* owns the text: close it */
    const char *text;
    size_t text_len;
} rstore_text;

/* Why requests of the kinds that the fast lane knows were the SDK's: a JSON object of
 * counts by reason, of which there may be more in later versions:
 *
 *   {"option": 0,            the option fast_lane is "false"
 *    "proxy": 0,             they go through a proxy
 *    "timeout": 0,           the option timeout bounds each as a whole
 *    "adaptive retries": 0,  they wait for their turn: retry_mode
 *    "session": 0,           a directory bucket has sessions
 *    "route": 0,             the SDK signs, or writes, them in a way of its own
 *    "credentials": 0,       there were none at hand
 *    "header": 0,            a value needs an encoding
 *    "answer": 0,            its status is rare, or it is long and says not how long
 *    "malformed answer": 0,  it was no plain HTTP/1.1
 *    "ended": 0,             the call was over before
 *    "connection": 0}        there was none, or it broke off before the answer
 *
 * Since 0.6. */
int32_t rstore_stats_reasons(rstore_text *reasons, size_t reasons_size, rstore_error *error);

/* ---- 3. Errors ----------------------------------------------------------- */

/* The evidence of one error. Text that does not apply is "", never NULL. No
 * field ever holds a credential. */
typedef struct rstore_evidence {
    int32_t status;         /* the RSTORE_ code that the call returned */
    int32_t http_status;    /* of the answer, 0 if there was none */
    int32_t attempts;       /* requests sent for the call, for a reader or a writer since it was opened; 0 if none */
    int32_t retryable;      /* 1 if the same call may succeed later, else 0 */
    const char *message;    /* one sentence: what was wrong, and what would be right */
    const char *operation;  /* "get", "put", ... */
    const char *path;       /* relative to the store, as the caller wrote it; what is no UTF-8, or NUL, is U+FFFD */
    const char *backend;    /* "memory", "local", "s3" */
    const char *s3_code;    /* <Code> of the answer: "NoSuchKey", ... */
    const char *request_id; /* x-amz-request-id of the answer */
    const char *host_id;    /* x-amz-id-2 of the answer */
    const char *capability; /* what RSTORE_NOT_SUPPORTED misses */
    const char *upload_id;  /* a multipart upload that could not be aborted, or not yet, and may stay */
    const char *detail;     /* more for people: the stack of RSTORE_INTERNAL */
} rstore_evidence;

/* Reads an error. The text belongs to the error handle. Since 0.1. */
int32_t rstore_error_evidence(rstore_error error, rstore_evidence *evidence, size_t evidence_size);

/* ---- 4. Options ---------------------------------------------------------- */

/* New, empty options for rstore_open. Since 0.1. */
int32_t rstore_options_new(rstore_options *options, rstore_error *error);

/* Sets one option; the value is checked here. RSTORE_INVALID_OPTION for an
 * unknown key (the error names the nearest one) and for a value that does not
 * fit. Keys may be in capitals, with AWS_ in front, or another name in brackets.
 * A later value replaces that of the same spelling; beside another spelling a
 * different value is refused. true and false may also be 1 and 0, yes and no,
 * on and off. A time is seconds ("2.5") or text such as "500ms", "2m 30s" or
 * "2 hours". PEM is text such as -----BEGIN CERTIFICATE-----. All options are
 * S3's:
 *
 *   bucket             where no URL says it, in a configuration of section 14;
 *                      beside a URL it must be the same [bucket_name]
 *   prefix             the part of the bucket that the store is: as bucket
 *   url_path           "prefix", the default: the path of the URL is the prefix;
 *                      "ignore": it means nothing
 *   read_env           "true": what no option says, and the URL does not, is
 *                      read from the variable AWS_<OPTION>, for all of these;
 *                      default "false": from those that are named here
 *   endpoint           URL of the service, without a path; a bare host:port is
 *                      https. It may begin with the bucket in virtual style.
 *                      Default: that of the URL, AWS_ENDPOINT_URL_S3,
 *                      AWS_ENDPOINT_URL, the profile, else AWS [endpoint_url]
 *   allow_http         "false" refuses an http endpoint; default "true"
 *   region             default: that of the URL, AWS_REGION, default_region,
 *                      AWS_DEFAULT_REGION, the profile, else us-east-1
 *   default_region     [region_name is region]
 *   addressing_style   "path" (https://endpoint/bucket/key), "virtual"
 *                      (https://bucket.endpoint/key), or "auto", the default:
 *                      that of the URL, else path with an endpoint and virtual
 *                      with AWS. A bucket with dots is in the path over https
 *   virtual_hosted_style_request  "true" is virtual, "false" is path
 *   access_key_id      static credentials, the first two together. Default:
 *   secret_access_key  the chain of the AWS SDKs: environment, web identity,
 *   session_token      profile (keys, SSO, login, process, roles), container,
 *                      instance [key, secret, token]
 *   skip_signature     "true" sends requests unsigned, as for a public bucket
 *   credentials        "provider": the program pushes them, by
 *                      rstore_credentials_set [credential_provider]
 *   profile            of the AWS configuration files; comes before keys of
 *                      the environment. Default: AWS_PROFILE, else "default"
 *   role_arn           a role to be assumed: with the web identity if there is
 *                      one, else with the credentials found. Default, for a
 *                      web identity: AWS_ROLE_ARN
 *   role_session_name  its name in the logs of the service. Default:
 *                      AWS_ROLE_SESSION_NAME for a web identity, else
 *                      "libremotestore"
 *   external_id        that the role asks for; not with a web identity
 *   web_identity_token_file  file of the token of a web identity; needs a role.
 *                      Default: AWS_WEB_IDENTITY_TOKEN_FILE
 *   sts_endpoint       URL of the service for roles. Default:
 *                      AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, the profile,
 *                      else AWS
 *   container_credentials_relative_uri  where the agent of a container gives
 *   container_credentials_full_uri      credentials: a path at 169.254.170.2, or
 *                      a URL: https, or http to this machine, 169.254.170.2 or
 *                      169.254.170.23. Default:
 *                      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, else _FULL_URI
 *   container_authorization_token_file  file of the token for it. Default:
 *                      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, else
 *                      AWS_CONTAINER_AUTHORIZATION_TOKEN
 *   metadata_endpoint  URL of the metadata of the instance. Default:
 *                      AWS_EC2_METADATA_SERVICE_ENDPOINT, else
 *                      http://169.254.169.254; AWS_EC2_METADATA_DISABLED=true
 *                      asks nobody
 *   imdsv1_fallback    "true" lets it be version 1, which gives credentials
 *                      without a session; default "false"
 *
 * Of skip_signature, credentials, access_key_id, web_identity_token_file and the
 * two URIs only one may be set. Credentials are fetched at the first request, kept
 * and renewed in time: before a quarter of their life is left, or 5 minutes if
 * that is less. What fails is asked for again after 1 s, at the earliest.
 *
 *   tls_ca_bundle      file of the certificates to trust, in PEM form, instead
 *                      of the system's. Default: AWS_CA_BUNDLE,
 *                      REQUESTS_CA_BUNDLE, SSL_CERT_FILE
 *   root_certificate   PEM of certificates that are trusted too
 *   client_certificate PEM, or a file of it: what the endpoint asks for,
 *   client_key         with its key, if that is not here
 *   allow_invalid_certificates  "true" takes any certificate, so anybody may be
 *                      the endpoint: for tests only. Default "false"
 *   http_proxy         URL of the proxy for an http:// or https:// endpoint,
 *   https_proxy        whatever host it is, or "none". Default: the variables
 *                      of that name and no_proxy
 *   proxy_url          both of them
 *   proxy_excludes     hosts without a proxy, as in no_proxy: names, domains,
 *                      addresses, networks; this computer is one then too
 *   proxy_ca_certificate  PEM of certificates that are trusted too for the
 *                      connection to an https:// proxy, and only for that
 *   connect_timeout    to connect, and for a TLS handshake; default 5 s
 *   read_timeout       without a byte in either direction; default 30 s
 *   timeout            of a request with all of its answer, after which it is
 *                      sent again like one that failed; default: none, since
 *                      it ends large transfers that are well
 *   max_pool_connections  connections that are kept open; default 64
 *                      [pool_max_idle_per_host]
 *   pool_idle_timeout  for which they are; default 90 s. Half of read_timeout
 *                      at most
 *   randomize_addresses  "true" connects to any address of a host, so that
 *                      connections are spread over them; default "false"
 *   user_agent         instead of the User-Agent
 *   user_agent_extra   comes behind it
 *   default_headers    of every request that has no such header, as a JSON
 *                      object: {"X-Tenant": "a"}. Refused are those that a
 *                      request has of its own
 *   default_content_type  of writes that name none
 *   http1_only         S3 is spoken over HTTP/1.1 only: accepted is http1_only,
 *   http2_only         http2_only that is "false", and, without effect,
 *                      http2_keep_alive_interval, _timeout and _while_idle
 *
 *   max_attempts       requests that are sent for one, the first included: 1
 *                      or more; default AWS_MAX_ATTEMPTS, or 3. Sent again are: answers 429,
 *                      500, 502, 503, 504 and the S3 codes that ask for it,
 *                      and connections that fail, break off or stall. A read
 *                      goes on where its body broke off
 *   max_retries        the same number, less 1
 *   retry_backoff_base wait before the second attempt, which grows with each
 *   retry_backoff_factor  one by this, up to the next; a random part of the
 *   retry_backoff_max  jitter comes on top. Default: 0.5 s, 2, 20 s and 0.5 s.
 *   retry_jitter       The wait is as long as the Retry-After of an answer, at
 *                      least; one above a minute, and above retry_backoff_max,
 *                      is not waited for: the call fails at once
 *   retry_timeout      no attempt begins later after the first; default: none
 *   retry_mode         "standard" or "legacy", or "adaptive": after answers that ask for
 *                      fewer requests, all later ones wait for their turn.
 *                      Default: AWS_RETRY_MODE, else standard
 *
 *   conditional_put    how a write is refused that may not overwrite: "etag",
 *                      the default, lets the endpoint do it (If-None-Match),
 *                      atomically; "check" looks first, for an endpoint that
 *                      ignores conditions: two writers may both win.
 *                      "dynamo:TABLE" or "dynamo:TABLE:TIMEOUT_MS" is atomic for
 *                      such an endpoint, as long as all who write the same
 *                      keys use the table; it holds for copies too, unless
 *                      copy_if_not_exists is another than its default
 *   copy_if_not_exists how a copy is refused that may not overwrite:
 *                      "multipart", the default, copies as a multipart upload
 *                      with a conditional completion, atomically; "native" is
 *                      one CopyObject with If-None-Match, for an endpoint
 *                      that is known to honour it; "header:NAME:VALUE" is one
 *                      with that header, which the endpoint refuses with
 *                      status 412, "header-with-status:NAME:VALUE:STATUS" with
 *                      that status too, 300 to 599; "dynamo:TABLE" or
 *                      "dynamo:TABLE:TIMEOUT_MS" is one without it, as above.
 *                      The table is one of DynamoDB, with the strings "path"
 *                      (partition key) and "etag" (sort key), for one bucket;
 *                      clients of the Rust crate object_store may share it.
 *                      Region and credentials are those of S3, and so is the
 *                      endpoint, if it is not AWS; the permission needed is
 *                      dynamodb:PutItem. A write (of an upload, its commit)
 *                      must end within 4/5 of TIMEOUT_MS, 100 to 3600000,
 *                      default 20000, else it is RSTORE_UNAVAILABLE. While
 *                      another writes, one waits; for one that died, 3 times
 *                      its TIMEOUT_MS. Costs two requests to DynamoDB and one
 *                      HEAD, one more of each in the hour after another write
 *   reject_write_under_file_ancestor  "true" looks for an object at each folder
 *                      above what is written, and refuses to write below one,
 *                      as local and memory do; default "false"
 *   checksum_algorithm of uploads: "CRC32", "CRC32C", "CRC64NVME", "SHA1",
 *                      "SHA256", in small letters too, or "none". Default:
 *                      CRC64NVME with AWS, none with an endpoint, of which
 *                      several break on one. With AWS, and with an endpoint
 *                      for which one is set, the bytes of an object that is
 *                      read whole are compared with what is kept of them
 *   fast_lane          "false" sends all requests by the AWS SDK for Go. By
 *                      default the most frequent ones (to head, get and put an
 *                      object or a part, to list, and to delete many) go over
 *                      connections of their own, the small ones at a tenth of
 *                      the CPU time; the SDK takes over where it alone
 *                      knows what to do, and where an answer is not the usual one
 *   unsigned_payload   "true" leaves the bytes of a write out of the signature,
 *                      also without TLS, and spares their SHA-256; a checksum
 *                      protects them all the same. Default "false"
 *   server_side_encryption  of what is written and of copies: "AES256" (keys of
 *                      S3), "aws:kms" or "aws:kms:dsse" (in KMS), "sse-c" (a
 *                      key of yours, which each request holds: over https
 *                      only; what has no such key cannot be read by the
 *                      store). Default: as the bucket says
 *   sse_kms_key_id     which key in KMS; default: that of S3
 *   sse_bucket_key_enabled  with "aws:kms": "true" asks KMS less often, "false"
 *                      does not. Default: as the bucket says
 *   sse_customer_key_base64  the key of "sse-c": 32 bytes in base64
 *   request_payer      "true" or "requester": you pay for requests and
 *                      transfers, not the owner of the bucket
 *                      [requester_pays]; default "false"
 *   disable_tagging    "true" leaves out the tags of writes, and of what is
 *                      copied in parts, which asks for none; default "false"
 *   disable_bulk_delete  "true" deletes many objects by a request for each, 10
 *                      at once; default "false"
 *   s3_express         a bucket NAME--ZONE--x-s3 is a directory bucket of S3
 *                      Express One Zone: it can be appended to, has no tags,
 *                      versions and lists of permissions, and no order, so that
 *                      no listing begins behind a path or a token. "true"
 *                      refuses any other bucket; "false" uses no sessions
 *   part_size          bytes of the first 1000 parts of an upload of unknown
 *                      size; later ones grow, so that 10,000 parts make 5 TiB.
 *                      At least 5242880; default 8388608
 *   copy_part_size     bytes that one request copies of an object that is
 *                      copied in parts; default 1073741824
 *   part_growth        "linear", or "none" for a service that wants all parts of
 *                      an object alike, such as R2: then part_size bounds the
 *                      size of a stream to 10,000 times it
 *   memory_budget      bytes of all parts that the writers of a store hold in
 *                      memory; default 134217728. A writer waits while others
 *                      send what they hold, but never for one that does not.
 *                      The results of one rstore_get_many have as many at most
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

/* Why an interrupt hook is called. */
#define RSTORE_TICK 1        /* the call is waiting */
#define RSTORE_CREDENTIALS 2 /* a request on the store of the call waits for credentials, since those pushed have
                                expired or there are none: push new ones (rstore_credentials_set) before the hook
                                returns 0, or it fails with RSTORE_UNAUTHENTICATED; or return not 0 */

/* A function of yours that is called on the thread that made a call, while
 * that call waits, about every 50 ms, and soon after that thread has handled a
 * signal whose handler was set without SA_RESTART; with no lock of the library
 * held. A reason that it does not know is to be answered like RSTORE_TICK. Not 0 ends the call with RSTORE_CANCELLED, and the call only, not the
 * context. In it any function of the library may be called; an object that is
 * in use answers RSTORE_BUSY. It must return: do not longjmp or throw out of it. */
typedef int32_t (*rstore_interrupt)(uintptr_t user_data, int32_t reason);

/* Sets the hook of the calls that begin later with this context; NULL is
 * none. Since 0.2. */
int32_t rstore_ctx_set_interrupt(rstore_ctx ctx, rstore_interrupt hook, uintptr_t user_data, rstore_error *error);

/* What the calls with a context have done so far. */
typedef struct rstore_progress {
    rstore_handle owner;     /* owns what is pointed to below: close it */
    uint64_t attempts;       /* requests that were sent, those that were sent again included */
    const char *request_id;  /* x-amz-request-id of the last answer; "" if there was none */
    size_t request_id_len;
    /* Bytes of objects that came, were sent, or were copied part by part; what comes
     * or is sent twice counts once. Where the AWS SDK sends a part, or an object (see
     * fast_lane), it counts when all of it is there. A copy or move by one request has
     * none. Since 0.6. */
    uint64_t transferred;
    uint64_t total;          /* bytes that there are to be, as far as it is known: a writer's when it commits. Since 0.6 */
} rstore_progress;

/* Reads what the calls with a context have done so far, those that are over
 * and those in flight, from any thread, also in its interrupt hook. With a
 * context for one call it is about that call, also if it succeeds. The parts
 * that a writer sends between its calls are noted for the call that sent the
 * first. Since 0.3. */
int32_t rstore_ctx_progress(rstore_ctx ctx, rstore_progress *progress, size_t progress_size, rstore_error *error);

/* Waits until what calls that ended early, and closes, left to be cleaned up
 * behind their callers is done, in all stores of the process: for a host that
 * is about to exit. It takes some seconds at most, and no time if there is
 * nothing. Since 0.3. */
int32_t rstore_settle(rstore_ctx ctx, rstore_error *error);

/* ---- 6. Arguments -------------------------------------------------------- */

#define RSTORE_OVERWRITE 1    /* writes: replace an object that exists */
#define RSTORE_RECURSIVE 2    /* list: all levels below the folder. delete_folder: with what is in it */
#define RSTORE_MISSING_OK 4   /* delete, delete_folder: what is missing is no error */
#define RSTORE_RAW 8          /* the path, of a copy or move the source, is as a listing gave it: see `odd` */
#define RSTORE_RAW_TARGET 16  /* copy, move: the target too */
#define RSTORE_OBJECTS 32     /* list, exists: objects only */
#define RSTORE_FOLDERS 64     /* list, exists: folders only */
#define RSTORE_MAX_DEPTH 128  /* list, folder_info: max_depth counts, whatever RSTORE_RECURSIVE says */
#define RSTORE_RANDOM 256     /* reader_open: for reads here and there */
#define RSTORE_RESOLVE_ENV 512 /* registry_open, backend_open: replace ${NAME} in text */
#define RSTORE_VERSIONS 1024  /* list: every version of an object */
#define RSTORE_REPLACE 2048   /* copy: what args has of metadata, attributes and tags replaces the source's */
#define RSTORE_VERIFY 4096    /* reads, but those here and there: compare the bytes with the checksum of the object */
#define RSTORE_PARALLEL 16384 /* get, get_into, get_file, readers: by several requests at once */
#define RSTORE_MUST_EXIST 8192 /* list: a missing bucket is RSTORE_NOT_FOUND, not an empty listing */

/* A key and its value. */
typedef struct rstore_pair {
    const char *key;
    size_t key_len;
    const char *value;
    size_t value_len;
} rstore_pair;

/* How an operation is to be done; NULL, 0 or all zeros are the defaults. A
 * field or flag that the operation does not read must be 0. */
typedef struct rstore_args {
    uint32_t flags;      /* RSTORE_OVERWRITE, ... */
    uint32_t page_size;  /* listings: entries in a page at most, 1 to 1000; 0 is 1000 */
    uint64_t offset;     /* reads, rstore_put_file: first byte */
    uint64_t length;     /* the same: number of bytes. 0 is all up to the end, never "none" */
    int64_t max_depth;   /* with RSTORE_MAX_DEPTH: levels below the folder itself, 0 or more */
    const char *pattern; /* list: that the last segment of a path must match. '*' is any text, '?' any character,
                            [abc] [a-z] [!abc] one of a set; a '[' that is not closed is itself. 4096 bytes at
                            most; "" is any */
    size_t pattern_len;
    const rstore_pair *metadata; /* writes: kept with the object. Keys are ASCII letters, digits and -._ and the
                            like, do not begin with '_', and are in lower case when they are read; values are
                            text without control characters and without space around it; 2048 bytes in all.
                            RSTORE_NOT_SUPPORTED by local */
    size_t metadata_count;

    /* Since 0.4. */
    uint64_t suffix;           /* as offset: the last so many bytes, where offset and length are 0 */
    const char *if_match;      /* head and reads: the ETag that the object must have, several with commas, or "*" for
                            any: else RSTORE_PRECONDITION_FAILED. Writes: the one ETag of the object that is
                            replaced, without RSTORE_OVERWRITE. delete: of the one that is deleted. copy: of the
                            source. Quotes may be left out */
    size_t if_match_len;
    const char *if_none_match; /* head and reads: the ETags that it must not have: else RSTORE_NOT_MODIFIED */
    size_t if_none_match_len;
    int64_t if_modified_since_ns;   /* head and reads: nanoseconds since 1970-01-01 UTC, of which HTTP tells whole
                            seconds; 0 is none. Else RSTORE_NOT_MODIFIED; not heeded beside if_none_match */
    int64_t if_unmodified_since_ns; /* the same: else RSTORE_PRECONDITION_FAILED; not heeded beside if_match */
    const char *version_id;    /* head, reads, sign, delete, copy (of the source): which version; "" is the present one.
                            RSTORE_NOT_FOUND for one that says that the object was deleted */
    size_t version_id_len;
    const rstore_pair *attributes; /* writes: cache-control, content-disposition, content-encoding, content-language,
                            content-type, storage-class; printable ASCII; case does not count in the names.
                            sign: see there. RSTORE_NOT_SUPPORTED by local */
    size_t attributes_count;
    const rstore_pair *tags;   /* writes: kept with the object: 10 at most, keys of 1 to 128 letters, digits, spaces and
                            +-=._:/@, values of 256 at most. RSTORE_NOT_SUPPORTED by local */
    size_t tags_count;
    const char *acl;           /* writes: who may use the object, as for rstore_set_acl: S3 only */
    size_t acl_len;
    const char *prefix;        /* list: what follows the folder must begin with this text, not with whole segments only */
    size_t prefix_len;
    const char *start_after;   /* list: a path that the listing begins behind, whether it is there or not; with a '/' at
                            its end that of a folder */
    size_t start_after_len;
    const char *token;         /* list: of rstore_list_token, for the same folder and prefix, instead of start_after */
    size_t token_len;
    uint64_t limit;            /* list: entries at most; 0 is all */
    uint64_t coalesce;         /* get_ranges: bytes that may lie between two ranges that one request reads */

    /* Since 0.6. */
    const rstore_pair *options; /* backend_open: options that are text, beside those in its configuration */
    size_t options_count;
} rstore_args;

/* ---- 7. Stores ---------------------------------------------------------- */

/* Opens a store. Nothing is requested from a server. options may be 0.
 *
 *   memory://              private to this handle
 *   memory://NAME          shared in this process until its last store is closed
 *   file:///FOLDER         a local folder, made by the first write
 *   s3://BUCKET[/PREFIX]   a bucket, or the part of it below a prefix; s3a://
 *                          is the same
 *   https://s3.REGION.amazonaws.com/BUCKET[/PREFIX]
 *   https://BUCKET.s3.REGION.amazonaws.com[/PREFIX]
 *   https://ACCOUNT.r2.cloudflarestorage.com/BUCKET[/PREFIX]
 *   http://HOST[:PORT]/BUCKET[/PREFIX]
 *
 * A host of AWS may be without the region, have s3.dualstack for s3, and
 * amazonaws.com.cn; one of R2 may have a jurisdiction behind the account, and
 * its region is auto. Any other host of the last form, by http or https, is the
 * endpoint, in path style; other hosts of these domains are refused. The region,
 * endpoint and addressing style that a URL implies are used where no option
 * says them.
 *
 * A URL with credentials in it is refused. '%', '?' and '#' in a folder or a
 * prefix are written %25, %3F and %23. The environment is read here, live.
 *
 * Local: a symbolic link that leaves the folder is refused. Names that begin
 * with ".remotestore-tmp-" are files being written: they are not listed, and
 * such a path is RSTORE_INVALID_PATH. A process that is killed may leave some;
 * they may be removed when nobody writes.
 * Since 0.1. */
int32_t rstore_open(const char *url, size_t url_len, rstore_options options,
                    rstore_store *store, rstore_error *error);

/* The store of a folder in another one, not of the root: its paths are relative
 * to it. It lives on the same backend, and closing it does not close that.
 * RSTORE_RAW only may be set in args. Since 0.2. */
int32_t rstore_child(rstore_store store, const char *path, size_t path_len,
                     const rstore_args *args, size_t args_size, rstore_store *child, rstore_error *error);

/* Closes the backend for a store and all its children: every later call on
 * them, and on what was opened on them, is RSTORE_CLOSED, but
 * rstore_capabilities, rstore_resolve and rstore_to_key. Closing the handle
 * that rstore_open gave does it too. Since 0.2. */
int32_t rstore_shutdown(rstore_store store, rstore_error *error);

/* Credentials that a program pushes. */
typedef struct rstore_credentials {
    const char *access_key_id;
    size_t access_key_id_len;
    const char *secret_access_key;
    size_t secret_access_key_len;
    const char *session_token; /* "" if they need none */
    size_t session_token_len;
    int64_t expires_ns;        /* nanoseconds since 1970-01-01 UTC; 0 is never */
} rstore_credentials;

/* Pushes the credentials of a store that was opened with the option credentials =
 * "provider", for all stores on its backend; other stores are
 * RSTORE_NOT_SUPPORTED. Requests that begin later are signed with them, and so
 * are those that wait for some; what is on its way is not. They are copied.
 * RSTORE_INVALID_ARGUMENT for keys that are empty or no printable ASCII,
 * RSTORE_UNAUTHENTICATED for those that have expired: what was pushed before
 * stays then. May be called from a hook.
 *
 * A request that finds none that are valid waits while a call on the store is in
 * flight whose context has a hook: that is called with RSTORE_CREDENTIALS, one at
 * a time; or which was submitted to a queue: that gets RSTORE_EVENT_CREDENTIALS.
 * Without such a call it fails with RSTORE_UNAUTHENTICATED, at once; or,
 * if it belongs to no call in flight (parts of a writer, a page of a listing that
 * is asked for ahead, what is cleaned up), when 30 s pass without a push. If the endpoint says that they have expired,
 * a request is sent again, once, when new ones were pushed. Since 0.3. */
int32_t rstore_credentials_set(rstore_store store, const rstore_credentials *credentials, size_t credentials_size,
                               rstore_error *error);

/* Says that there are none to push, such as to RSTORE_EVENT_CREDENTIALS: the
 * requests that wait for some fail with RSTORE_UNAUTHENTICATED. What was pushed
 * before stays. RSTORE_NOT_SUPPORTED as above. Since 0.5. */
int32_t rstore_credentials_none(rstore_store store, rstore_error *error);

/* The time from which new credentials should be pushed, so that no request has
 * to wait, in nanoseconds since 1970-01-01 UTC: when a quarter of the life is
 * left that they had when they were pushed, or 5 minutes if that is less. 0 is
 * never, 1 is at once: there are none that could be used. They serve until they
 * expire. Errors as of rstore_credentials_set. Since 0.3. */
int32_t rstore_credentials_due(rstore_store store, int64_t *due_ns, rstore_error *error);

/* Finds out whether the place of the store exists and may be used.
 * RSTORE_NOT_FOUND for a missing bucket, RSTORE_PERMISSION_DENIED,
 * RSTORE_UNAVAILABLE. Since 0.2. */
int32_t rstore_ping(rstore_store store, rstore_ctx ctx, rstore_error *error);

/* Finds out what an S3 endpoint honours, ignores and refuses, and which options of
 * section 4 suit it: for other backends it is RSTORE_NOT_SUPPORTED. It asks about
 * objects of its own, of some hundred bytes, in a folder ".remotestore-probe-*" of
 * the store, by about 80 requests, a third more if the bucket keeps versions. It
 * changes nothing else, also not the store that is asked, and needs the right to
 * write, read, list and delete. What it wrote is removed, also if it fails or is
 * cancelled: then behind the call, see rstore_settle. A killed process may leave
 * some. The report is JSON:
 *
 *   {"endpoint": "https://...",     "" for AWS
 *    "bucket": "...",
 *    "server": "...",               the header of that name; "" if there is none
 *    "requests": 80,
 *    "findings": [{"name": "put_if_none_match", "outcome": "honoured",
 *                  "http_status": 412, "s3_code": "PreconditionFailed",
 *                  "message": "..."}],
 *    "options": [{"name": "...", "value": "...", "reason": "..."}],
 *    "left": []}                    keys in the bucket that could not be removed
 *
 * An outcome is "honoured"; "ignored", without an error; "refused", with one;
 * "unsupported": there is no such operation; "corrupt": other bytes are stored than
 * were sent; or "unknown": not asked, as what needs https, or not answered. The
 * status and the code are those of the answer that decided, 0 and "" if there was
 * none. Options are only those that should be other than their default, and none is
 * there because of what is unknown. One that makes a promise weaker, such as
 * conditional_put "check", says so in its reason: nothing is set by itself.
 *
 *   versions                    the bucket keeps what is deleted
 *   delete_objects              DeleteObjects; delete_objects_without_md5
 *   put_if_none_match           conditions on PutObject: "*", and put_if_match
 *   get_if_none_match           on GetObject; get_if_match
 *   copy                        CopyObject; copy_if_none_match
 *   delete_if_match             on DeleteObject
 *   multipart                   uploads in parts, and conditions on their completion:
 *                               complete_if_none_match, complete_if_match
 *   list_uploads                by prefix
 *   upload_part_copy            of a whole object; upload_part_copy_range,
 *                               upload_part_copy_if_match
 *   checksum_header_ALGORITHM   crc64nvme and crc32: a wrong one is refused;
 *                               checksum_kept_: a HEAD tells it; checksum_trailer_:
 *                               behind the body, over https; checksum_multipart_
 *   get_range, get_suffix       ranges of GetObject
 *   metadata                    that is not ASCII
 *   tagging, unsigned_payload, sse_c
 *   list_v2                     ListObjectsV2; list_order, list_encoding,
 *                               list_start_after, list_continuation
 *   key_special                 keys are kept as they are: with signs and letters;
 *                               key_empty_segment "a//b", key_dot_segments
 *                               "a/../b", key_trailing_slash "a/"
 *
 * Later versions may add findings. Since 0.3. */
int32_t rstore_probe(rstore_store store, rstore_ctx ctx, rstore_text *report, size_t report_size,
                     rstore_error *error);

/* What a backend can do. */
#define RSTORE_CAN_READ 1
#define RSTORE_CAN_WRITE 2
#define RSTORE_CAN_DELETE 4
#define RSTORE_CAN_LIST 8
#define RSTORE_CAN_MOVE 16
#define RSTORE_CAN_COPY 32
#define RSTORE_CAN_ATOMIC_WRITE 64         /* a write is seen whole or not at all */
#define RSTORE_CAN_ATOMIC_MOVE 128         /* a move too: not S3 */
#define RSTORE_CAN_METADATA 256            /* size, time and ETag of an object */
#define RSTORE_CAN_GLOB 512
#define RSTORE_CAN_SEEKABLE_READ 1024
#define RSTORE_CAN_LAZY_READ 2048          /* an object is read while it comes, not before */
#define RSTORE_CAN_WRITE_RESULT_NATIVE 4096 /* what a write tells is of that write, not looked up later */
#define RSTORE_CAN_USER_METADATA 8192      /* not local */
#define RSTORE_CAN_MULTIPART 16384         /* rstore_upload_open: S3 only */
#define RSTORE_CAN_UPDATE 32768            /* writes and deletes with if_match: not local */
#define RSTORE_CAN_ATTRIBUTES 65536        /* not local */
#define RSTORE_CAN_TAGS 131072             /* not local */
#define RSTORE_CAN_VERSIONS 262144         /* version_id, RSTORE_VERSIONS: S3 only */
#define RSTORE_CAN_SIGN 524288             /* rstore_sign: S3 only */
#define RSTORE_CAN_ACL 1048576             /* rstore_set_acl: S3 only */
#define RSTORE_CAN_APPEND 2097152          /* rstore_append: local, memory, S3 Express */

/* Stores the sum of the RSTORE_CAN_ bits in *can. Since 0.2. */
int32_t rstore_capabilities(rstore_store store, uint64_t *can, rstore_error *error);

/* Where a path is. */
typedef struct rstore_location {
    rstore_handle owner;  /* owns what is pointed to below: close it */
    const char *backend;  /* "memory", "local", "s3" */
    size_t backend_len;
    const char *path;     /* as people write it: "bucket/prefix/key", "/folder/file" */
    size_t path_len;
    const char *bucket;   /* "" if the backend has none */
    size_t bucket_len;
    const char *key;      /* in the bucket; "" if the backend has none */
    size_t key_len;
    const char *endpoint; /* URL; "" for AWS, and if the backend has none */
    size_t endpoint_len;
    const char *root;     /* since 0.3: the folder of a local backend; else "" */
    size_t root_len;
} rstore_location;

/* Says where a path is; "" and "." are the root of the store. Nothing is
 * requested. RSTORE_RAW only may be set in args. Since 0.2. */
int32_t rstore_resolve(rstore_store store, const char *path, size_t path_len,
                       const rstore_args *args, size_t args_size,
                       rstore_location *location, size_t location_size, rstore_error *error);

/* The path in this store whose location has the path `native`; "" is the root.
 * RSTORE_INVALID_PATH for one outside the store. With RSTORE_RAW it comes as it
 * is, else in normal form. Since 0.2. */
int32_t rstore_to_key(rstore_store store, const char *native, size_t native_len,
                      const rstore_args *args, size_t args_size,
                      rstore_text *path, size_t path_size, rstore_error *error);

/* A path in normal form: see "Paths" above. RSTORE_INVALID_PATH for one that has
 * none. Since 0.3. */
int32_t rstore_path_normalize(const char *path, size_t path_len,
                              rstore_text *normal, size_t normal_size, rstore_error *error);

/* ---- 8. What is known of an object -------------------------------------- */

#define RSTORE_KIND_OBJECT 1
#define RSTORE_KIND_FOLDER 2 /* in listings only */
#define RSTORE_KIND_UPLOAD 3 /* in those of rstore_uploads_open only */
#define RSTORE_KIND_DELETED 4 /* in those with RSTORE_VERSIONS only: the object was deleted then */

/* What is known of an object. */
typedef struct rstore_object {
    rstore_handle owner; /* owns what is pointed to below: close it. 0 in a page, which owns it itself */
    int32_t kind;        /* RSTORE_KIND_OBJECT, ... */
    int32_t odd;         /* 1: path is not in normal form (keys such as "a//b" or "a/../b", names
                            with '\'), and perhaps not UTF-8. A call finds this object with RSTORE_RAW only: without
                            it, the path means the object that has the normal form */
    uint64_t size;       /* bytes of the whole object; 0 for a folder */
    int64_t modified_ns; /* nanoseconds since 1970-01-01 UTC; 0 if not known: S3 does not tell it after a write.
                            Of an upload, when it was begun */
    const char *path;    /* relative to the store */
    size_t path_len;
    const char *etag;    /* as the backend sends it, quotes included; "" if not known */
    size_t etag_len;
    const char *content_type; /* "" if not known, as always in a listing */
    size_t content_type_len;
    const void *data;    /* get: the bytes; else NULL */
    size_t data_len;     /* get: their number; else 0 */
    const rstore_pair *metadata; /* the user's; unknown in a listing */
    size_t metadata_count;
    const char *version_id; /* "" if the bucket keeps no versions, or it is not known */
    size_t version_id_len;
    const char *digest_algorithm; /* of the checksum of all bytes: "crc64nvme", "crc32c", "crc32", "sha256", "sha1";
                            "" if not known: reads and listings do not tell it */
    size_t digest_algorithm_len;
    const char *digest;  /* in hexadecimal */
    size_t digest_len;
    const char *upload_id; /* of an upload; else "" */
    size_t upload_id_len;
    uint64_t length;     /* reader_open: how many bytes the reader has; else 0 */

    /* Since 0.4. */
    uint64_t offset;     /* get and reader_open: of the first of the bytes, in the object */
    int32_t latest;      /* in a listing with RSTORE_VERSIONS: 1 if this is the present version */
    int32_t verified;    /* get, get_file and get_ranges with RSTORE_VERIFY: 1 if the bytes have the checksum that is kept */
    const rstore_pair *attributes; /* as in rstore_args; in a listing the storage-class, if that */
    size_t attributes_count;
} rstore_object;

/* One page of a listing. */
typedef struct rstore_page {
    rstore_handle owner;          /* owns the page: close it */
    const rstore_object *objects; /* the first one; the next ones follow at object_size bytes each */
    size_t object_size;           /* sizeof(rstore_object) in the library, which may be a newer one */
    size_t count;                 /* at least 1 */

    /* Since 0.6. */
    const char *texts;            /* the path and the etag of each object, in their order, each with its NUL: where
                                     a pointer costs more than a split of all of it */
    size_t texts_len;
} rstore_page;

/* The i-th object of a page. */
#define RSTORE_PAGE_OBJECT(page, i) \
    ((const rstore_object *)(const void *)((const char *)(page).objects + (i) * (page).object_size))

/* The sum of the objects below a folder. */
typedef struct rstore_folder {
    uint64_t file_count;
    uint64_t total_size; /* bytes */
    int64_t modified_ns; /* the latest, as in rstore_object; 0 if there are none */
} rstore_folder;

/* ---- 9. Objects --------------------------------------------------------- */

/* Describes an object. object may be NULL to ask only whether it exists.
 * RSTORE_NOT_FOUND; RSTORE_INVALID_PATH for a folder. S3: one request, two for
 * what is missing. Since 0.1. */
int32_t rstore_head(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                    const rstore_args *args, size_t args_size,
                    rstore_object *object, size_t object_size, rstore_error *error);

/* Stores in *exists 1 if there is something at path, an object or a folder, or
 * with RSTORE_OBJECTS or RSTORE_FOLDERS just that; else 0. "" and "." are the
 * root, a folder. S3: one request, two for what is no object. Since 0.2. */
int32_t rstore_exists(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                      const rstore_args *args, size_t args_size, int32_t *exists, rstore_error *error);

/* Reads an object, or the range in args, into memory of the library. A range
 * that ends behind the object is cut; one that begins at its end or behind is
 * RSTORE_RANGE_NOT_SATISFIABLE. S3: one request, two for what is missing.
 *
 * With RSTORE_PARALLEL, since 0.6, a large object comes in parts of 8 to 32 MiB
 * by up to 16 requests at once, each straight to its place, and all of one version:
 * else RSTORE_CHANGED. What breaks off goes on part by part. An object of up to 8 MiB is
 * one request still, and for the other backends the flag changes nothing.
 *
 * With RSTORE_VERIFY, since 0.6, all the bytes of the object are compared with the
 * checksum that the endpoint keeps: RSTORE_CORRUPT if it is another.
 * object->verified is 0 where that is not possible. With RSTORE_PARALLEL too that
 * has to be a CRC, and costs a request.
 *
 * Memory of 4 MiB and more that a read fills, yours or the library's, is marked as
 * one that may have huge pages (madvise(2), MADV_HUGEPAGE): new memory costs less so.
 * Since 0.1. */
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

/* Reads an object, or the range in args, into a regular file of yours, which is open
 * for writing: its byte at file_offset is the first. The position of fd stays, it is
 * not closed, and what lies behind the bytes is not cut off. One that is open for
 * appending is RSTORE_INVALID_ARGUMENT; what the file refuses is RSTORE_IO, and
 * after any error the content of that part of it is undefined. *filled receives the
 * number of bytes; object may be NULL. RSTORE_PARALLEL and RSTORE_VERIFY are as in
 * rstore_get, and 1 MiB of memory is needed for each request at once. Since 0.6. */
int32_t rstore_get_file(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                        const rstore_args *args, size_t args_size, int32_t fd, uint64_t file_offset,
                        uint64_t *filled, rstore_object *object, size_t object_size, rstore_error *error);

/* A range of an object, and where its bytes go. */
typedef struct rstore_range {
    uint64_t offset;   /* first byte */
    void *buffer;
    size_t buffer_len; /* how many bytes are wanted: 1 or more */
    size_t filled;     /* receives their number: less only where the object ends */
} rstore_range;

/* Reads many ranges of one version of an object into your memory. Ranges with
 * no more than args.coalesce bytes between them come by one request, up to 16
 * MiB of it, and up to 10 requests at once; they may overlap, and be in any order, but
 * their buffers must not share memory. One that begins at the end of the object or
 * behind is RSTORE_RANGE_NOT_SATISFIABLE. After an error the content of the buffers
 * is undefined. object may be NULL.
 *
 * With RSTORE_VERIFY the CRC of all bytes, made of those of the ranges, is
 * compared with the one that the endpoint keeps of the whole object, which costs
 * a request: RSTORE_CORRUPT if it is another. object->verified is 0 where that
 * is not possible: the endpoint keeps none, or the ranges are not the whole
 * object, each byte once. Since 0.4. */
int32_t rstore_get_ranges(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                          const rstore_args *args, size_t args_size, rstore_range *ranges, size_t count,
                          rstore_object *object, size_t object_size, rstore_error *error);

/* A path of many. */
typedef struct rstore_path {
    const char *path;
    size_t path_len;
} rstore_path;

/* What a batch found at one path. */
typedef struct rstore_result {
    int32_t status;              /* RSTORE_OK, or why there is nothing: RSTORE_NOT_FOUND, ... */
    int32_t reserved;            /* 0 */
    uint64_t size;               /* bytes of the whole object; 0 if not known */
    const void *data;            /* get_many: the bytes; NULL after a failure */
    size_t data_len;
    const rstore_object *object; /* head_many: the object, whose owner is 0; NULL after a failure */
    const char *message;         /* "" if there is no failure */
    const char *s3_code;         /* "" if there is none */
} rstore_result;

typedef struct rstore_results {
    rstore_handle owner;          /* owns what is pointed to below: close it */
    const rstore_result *results; /* in the order of the paths; the next one follows at result_size bytes */
    size_t result_size;           /* sizeof(rstore_result) in the library, which may be a newer one */
    size_t count;                 /* as many as there were paths */
} rstore_results;

/* The i-th result. */
#define RSTORE_RESULT(found, i) \
    ((const rstore_result *)(const void *)((const char *)(found).results + (i) * (found).result_size))

/* Reads many objects, or the range in args of each, into memory of the library, by up to
 * 16 requests at once. What fails for one object is the status of its result, as
 * rstore_get would answer it; an error of the call is one of a path that cannot be,
 * before all else, or the end of the call.
 *
 * The results have as many bytes together as the option memory_budget says, or
 * 134217728 where there is no such option. What does not fit is never cut: its status is
 * RSTORE_INVALID_ARGUMENT. If it is more than that by itself, read it alone, by
 * rstore_get_into or a reader; else it may be the first of another batch, with those
 * that were not asked for any more, whose status is the same, and their size 0. Of args,
 * RSTORE_RAW, offset, length and suffix may be set. S3: one request for each object, two
 * for what is missing. Since 0.6. */
int32_t rstore_get_many(rstore_store store, rstore_ctx ctx, const rstore_path *paths, size_t count,
                        const rstore_args *args, size_t args_size,
                        rstore_results *results, size_t results_size, rstore_error *error);

/* Describes many objects, as rstore_get_many reads them, with the status that rstore_head
 * would answer. RSTORE_RAW only may be set in args. Since 0.6. */
int32_t rstore_head_many(rstore_store store, rstore_ctx ctx, const rstore_path *paths, size_t count,
                         const rstore_args *args, size_t args_size,
                         rstore_results *results, size_t results_size, rstore_error *error);

/* Writes an object, all of it or nothing. Without RSTORE_OVERWRITE an object
 * that exists is RSTORE_ALREADY_EXISTS and stays as it was, whoever else
 * writes at the same time. object may be NULL. S3: one request up to 64 MiB, a
 * multipart upload above. Since 0.1. */
int32_t rstore_put(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                   const void *data, size_t data_len, const rstore_args *args, size_t args_size,
                   rstore_object *object, size_t object_size, rstore_error *error);

/* rstore_put of a regular file, or a range of it, of which never more than some parts are
 * in memory. The position of fd stays, and it is not closed. If the file is cut
 * meanwhile, or grows where its end counts, nothing is written: RSTORE_CHANGED. A range that begins at its end is no bytes, and behind it
 * RSTORE_RANGE_NOT_SATISFIABLE. S3: one request up to a part (8 MiB), a multipart upload
 * above. Since 0.6. */
int32_t rstore_put_file(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                        int32_t fd, const rstore_args *args, size_t args_size,
                        rstore_object *object, size_t object_size, rstore_error *error);

/* Adds to the end of an object, which is made, as args say, if there is none. The
 * bytes of two calls do not mix. Local: who reads it meanwhile may see a part, and
 * all may after an error. Since 0.4. */
int32_t rstore_append(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                      const void *data, size_t data_len, const rstore_args *args, size_t args_size,
                      rstore_object *object, size_t object_size, rstore_error *error);

/* Deletes an object. RSTORE_NOT_FOUND, unless RSTORE_MISSING_OK;
 * RSTORE_INVALID_PATH for a folder, always. S3: two requests, the first to
 * tell these; one with RSTORE_RAW and RSTORE_MISSING_OK but without if_match, where
 * the path is an object's and no folder's, and one with a version_id, which is
 * deleted for good, whether it is there or not. Since 0.1. */
int32_t rstore_delete(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                      const rstore_args *args, size_t args_size, rstore_error *error);

/* An object to be deleted. */
typedef struct rstore_deletion {
    const char *path;
    size_t path_len;
    const char *version_id; /* "" is the present one */
    size_t version_id_len;
} rstore_deletion;

/* An object that was not deleted, and why. */
typedef struct rstore_failure {
    size_t index;        /* of the object, from 0 */
    int32_t status;      /* RSTORE_PERMISSION_DENIED, ... */
    int32_t reserved;    /* 0 */
    const char *message;
    const char *s3_code; /* "" if there is none */
} rstore_failure;

typedef struct rstore_failures {
    rstore_handle owner;            /* owns what is pointed to below: close it */
    const rstore_failure *failures; /* by their index; the next one follows at failure_size bytes */
    size_t failure_size;            /* sizeof(rstore_failure) in the library, which may be a newer one */
    size_t count;
} rstore_failures;

/* The i-th failure. */
#define RSTORE_FAILURE(found, i) \
    ((const rstore_failure *)(const void *)((const char *)(found).failures + (i) * (found).failure_size))

/* Deletes any number of objects; one that is missing is no failure, and a folder
 * is missing too. *failures receives those that were not deleted one by one; an
 * error is one of a path that cannot be, before all else, or of a whole request, and
 * leaves open which are. RSTORE_RAW only may be set in args. S3: a request for 1000.
 * Since 0.4. */
int32_t rstore_delete_many(rstore_store store, rstore_ctx ctx, const rstore_deletion *objects, size_t count,
                           const rstore_args *args, size_t args_size,
                           rstore_failures *failures, size_t failures_size, rstore_error *error);

/* Copies an object inside the store, with its attributes, metadata and tags, or
 * with those of args if RSTORE_REPLACE is set; the bytes do not pass through this process where the backend can copy
 * itself. RSTORE_OVERWRITE as for rstore_put. A copy onto itself without
 * RSTORE_REPLACE changes nothing. S3: one request with RSTORE_OVERWRITE, four without, more above
 * 5 GiB. Since 0.1. */
int32_t rstore_copy(rstore_store store, rstore_ctx ctx, const char *source, size_t source_len,
                    const char *target, size_t target_len,
                    const rstore_args *args, size_t args_size, rstore_error *error);

/* Moves an object inside the store, as rstore_copy copies it. S3 has no such
 * request: the source is deleted when it has been copied, and what somebody
 * writes to it meanwhile is lost. Since 0.2. */
int32_t rstore_move(rstore_store store, rstore_ctx ctx, const char *source, size_t source_len,
                    const char *target, size_t target_len,
                    const rstore_args *args, size_t args_size, rstore_error *error);

/* Makes a URL with which everybody may send one kind of request ("GET", "PUT",
 * "HEAD", "DELETE", "POST", ...) to the object, for so many seconds: 1 to 604800,
 * and no longer than the credentials live. Of args, attributes are those that
 * the answer to a GET or HEAD shall have, but for the storage-class, and headers that
 * a PUT has to have; version_id and RSTORE_RAW may be set. A PUT has to have the
 * headers of server_side_encryption too, and of sse-c GET and HEAD have to. The
 * object is not asked for. S3 only, by Signature Version 4. Since 0.4. */
int32_t rstore_sign(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                    const rstore_args *args, size_t args_size, const char *method, size_t method_len,
                    uint64_t expires_s, rstore_text *url, size_t url_size, rstore_error *error);

/* Says who may use an object: "private", "public-read", "public-read-write",
 * "authenticated-read", "aws-exec-read", "bucket-owner-read" or
 * "bucket-owner-full-control" ("Access control list overview", Amazon S3 User
 * Guide). RSTORE_RAW only may be set in args. S3 only. Since 0.4. */
int32_t rstore_set_acl(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                       const rstore_args *args, size_t args_size, const char *acl, size_t acl_len,
                       rstore_error *error);

/* ---- 10. Folders and listings ------------------------------------------- */

/* Local and memory: a write makes the folders above it, and they stay when
 * they become empty. S3: a folder is a prefix that holds keys, and dies with
 * the last of them; a key that ends in '/' makes its folder exist too, and is
 * no object. An object and a folder may have one name there: then the path means
 * the object, for what is about objects. A missing bucket is an empty one for
 * rstore_exists, for the listings and the sum of the root, and where
 * RSTORE_MISSING_OK is set: rstore_ping tells. */

/* Sums up the objects below a folder. RSTORE_NOT_FOUND, but not for the root;
 * RSTORE_INVALID_PATH for an object. S3: a request for 1000 keys. Since 0.2. */
int32_t rstore_folder_info(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                           const rstore_args *args, size_t args_size,
                           rstore_folder *folder, size_t folder_size, rstore_error *error);

/* Deletes a folder: an empty one, another is RSTORE_DIRECTORY_NOT_EMPTY; with
 * RSTORE_RECURSIVE all that is below it too. RSTORE_NOT_FOUND, unless
 * RSTORE_MISSING_OK; RSTORE_INVALID_PATH for an object and for the root,
 * always. S3: two requests for 1000 keys. Since 0.2. */
int32_t rstore_delete_folder(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                             const rstore_args *args, size_t args_size, rstore_error *error);

/* Starts the listing of a folder; "" and "." are the root. Nothing is
 * requested before the first page. It is the objects and folders in the folder
 * itself; with RSTORE_RECURSIVE or RSTORE_MAX_DEPTH the objects on those
 * levels, and with RSTORE_FOLDERS the folders. S3: a request for 1000 keys.
 * Since 0.1. */
int32_t rstore_list_open(rstore_store store, const char *path, size_t path_len,
                         const rstore_args *args, size_t args_size,
                         rstore_list *list, rstore_error *error);

/* Starts the listing of the objects whose path matches a pattern, in which the
 * segments are as in rstore_args, and "**" is any number of segments.
 * Since 0.2. */
int32_t rstore_glob_open(rstore_store store, const char *pattern, size_t pattern_len,
                         const rstore_args *args, size_t args_size,
                         rstore_list *list, rstore_error *error);

/* The next page, in the byte order of the paths (that of a folder ends in '/':
 * "a.txt" comes before the folder "a"; a directory bucket of S3 has no order), or
 * RSTORE_END. A folder or a bucket that does not exist is an empty listing, and so
 * is an object; but see RSTORE_MUST_EXIST. From the second page of a listing of S3 on,
 * the next one is asked for while the caller works: who stops before the end may have
 * cost one request more. That request is counted by the call that takes its page, and
 * ends when the listing is closed. Since 0.1. */
int32_t rstore_list_next(rstore_list list, rstore_ctx ctx,
                         rstore_page *page, size_t page_size, rstore_error *error);

/* A text that says where the listing is: behind the last entry that it gave, or where
 * it began; "" is the beginning of the folder. In args.token, in the place of
 * start_after, another listing of the same folder with the same arguments goes on
 * there, in another process too. Since 0.4. */
int32_t rstore_list_token(rstore_list list, rstore_text *token, size_t token_size, rstore_error *error);

/* The structures of the Arrow C data interface (arrow.apache.org), under the
 * guard that it prescribes, so that a program may have them from elsewhere. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

/* The next objects of the listing as an Arrow record batch, `rows` at most, or
 * with 0 all that are left, from as many requests as they need; or RSTORE_END.
 * Its columns are always these; schema may be NULL.
 *
 *   path           utf8, as in rstore_object: one that is odd is not marked
 *   last_modified  timestamp[us, UTC]; 1970 if not known
 *   size           uint64
 *   e_tag          utf8 or null
 *   version        utf8 or null
 *
 * Folders, and objects whose path is not UTF-8, are in no row: rstore_list_next
 * gives them, first of all. For those objects the call is RSTORE_INVALID_PATH
 * in the place of RSTORE_END, until it has. After an error nothing is lost:
 * what was read before it comes with the next call. A batch may have 2 GiB of
 * paths; more is RSTORE_INVALID_ARGUMENT, and fewer rows help. Not for
 * listings of uploads.
 *
 * Array and schema are yours, and no handles: what they hold lives until they
 * are released, which any thread may do at any time, also when everything was
 * closed, at the exit of the process, and in the child of a fork. Since 0.4. */
int32_t rstore_list_next_arrow(rstore_list list, rstore_ctx ctx, uint64_t rows,
                               struct ArrowArray *array, struct ArrowSchema *schema, rstore_error *error);

/* ---- 11. Readers -------------------------------------------------------- */

/* Opens an object, or the range in args, for reading. object may be NULL. One
 * request brings all bytes, as they are read; with RSTORE_RANDOM it asks for
 * size and ETag only, and each read is a request for just its bytes. With
 * RSTORE_PARALLEL, since 0.6, a read fills its buffer as rstore_get does, all of it:
 * buffers of 64 MiB and more are for that. RSTORE_VERIFY, since 0.6, counts where all
 * is read in order: RSTORE_CORRUPT comes with the last bytes. All that a reader gives is of one version: if it would not be, RSTORE_CHANGED.
 * Since 0.2. */
int32_t rstore_reader_open(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                           const rstore_args *args, size_t args_size, rstore_reader *reader,
                           rstore_object *object, size_t object_size, rstore_error *error);

/* Opens an object, or the range in args, and fills the buffer with its first
 * bytes, in one call. *filled receives their number, and *length that of all.
 * If they are the same, *reader is 0; else the buffer is full, and *reader, which
 * the caller closes, gives the rest. After an error the content of the buffer is
 * undefined, and the rest is not written. For hosts that want the bytes in
 * memory of their own, of a size that they do not know yet. Since 0.3. */
int32_t rstore_reader_start(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                            const rstore_args *args, size_t args_size, void *buffer, size_t buffer_len,
                            size_t *filled, uint64_t *length, rstore_reader *reader, rstore_error *error);

/* Reads the next bytes. *filled receives their number: 0 at the end only, less
 * than buffer_len also where an error came after some bytes, which the next
 * read meets again if it lasts. Since 0.2. */
int32_t rstore_reader_read(rstore_reader reader, rstore_ctx ctx, void *buffer, size_t buffer_len,
                           size_t *filled, rstore_error *error);

/* Fills the buffer from an offset, by one request, and moves nothing. *filled
 * is less than buffer_len only where the object, or the range, ends. Since 0.2. */
int32_t rstore_reader_read_at(rstore_reader reader, rstore_ctx ctx, uint64_t offset,
                              void *buffer, size_t buffer_len, size_t *filled, rstore_error *error);

/* Moves to an offset, from where the next read asks anew. One behind the end
 * is legal: there is nothing to read. Nothing is requested here. Since 0.2. */
int32_t rstore_reader_seek(rstore_reader reader, uint64_t offset, rstore_error *error);

/* ---- 12. Writers -------------------------------------------------------- */

/* Begins to write an object of unknown size, as rstore_put. That it exists and
 * may not be overwritten, S3 tells at the commit only. Closing the writer
 * without a commit aborts it, but waits for no endpoint that does not answer
 * at once (see rstore_settle), and cannot say whether it worked. Since 0.2. */
int32_t rstore_writer_open(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                           const rstore_args *args, size_t args_size, rstore_writer *writer, rstore_error *error);

/* Takes the next bytes. An error ends the writer, but for those about the
 * arguments, the context's handle and RSTORE_BUSY: it leaves no trace then, or
 * the error names the upload_id of what may stay. If the context ended, the
 * call does too, and what was on its way to the endpoint is aborted behind it,
 * within some seconds: see rstore_settle. Since 0.2. */
int32_t rstore_writer_write(rstore_writer writer, rstore_ctx ctx, const void *data, size_t data_len,
                            rstore_error *error);

/* Publishes the object. object may be NULL. An error as of rstore_writer_write.
 * S3: one request up to one part, else one for each part and two more.
 * Since 0.2. */
int32_t rstore_writer_commit(rstore_writer writer, rstore_ctx ctx,
                             rstore_object *object, size_t object_size, rstore_error *error);

/* Drops what was written, also with a context that is over, and says whether
 * that worked; if not, it may be tried again. After a commit it does nothing.
 * Since 0.2. */
int32_t rstore_writer_abort(rstore_writer writer, rstore_ctx ctx, rstore_error *error);

/* ---- 13. Multipart uploads ---------------------------------------------- */

/* Begins an upload in parts, which any number of threads may send at once: for
 * S3 only, else RSTORE_NOT_SUPPORTED. The arguments are those of rstore_put.
 * Closing it without a commit aborts it, as for a writer. Since 0.2. */
int32_t rstore_upload_open(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                           const rstore_args *args, size_t args_size, rstore_upload *upload, rstore_error *error);

/* Sends the part with this number, 1 to 10000. All but the last one must have
 * 5 MiB at least; one that comes again replaces the earlier one. Since 0.2. */
int32_t rstore_upload_part(rstore_upload upload, rstore_ctx ctx, uint32_t number, const void *data, size_t data_len,
                           rstore_error *error);

/* Publishes the object: the parts in the order of their numbers. RSTORE_BUSY
 * while another call on the upload is in flight. If it fails for another
 * reason, the upload is aborted. Since 0.2. */
int32_t rstore_upload_commit(rstore_upload upload, rstore_ctx ctx,
                             rstore_object *object, size_t object_size, rstore_error *error);

/* Drops the parts, as rstore_writer_abort does. RSTORE_BUSY as for a commit.
 * Since 0.2. */
int32_t rstore_upload_abort(rstore_upload upload, rstore_ctx ctx, rstore_error *error);

/* Starts the listing of the uploads to a folder and below it that were begun
 * and neither committed nor aborted, also by writers of processes that died.
 * (MinIO lists those to one key only, where path is that key.) Since 0.2. */
int32_t rstore_uploads_open(rstore_store store, const char *path, size_t path_len,
                            const rstore_args *args, size_t args_size, rstore_list *list, rstore_error *error);

/* Aborts such an upload. RSTORE_NOT_FOUND if it is over. Since 0.2. */
int32_t rstore_uploads_abort(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                             const rstore_args *args, size_t args_size,
                             const char *upload_id, size_t upload_id_len, rstore_error *error);

/* Aborts all uploads to a folder and below it that were begun so many
 * milliseconds ago, or earlier; with 0 all, whatever the clock of the endpoint
 * says. *aborted receives their number, and may be NULL. RSTORE_RAW only may be
 * set in args. Since 0.4. */
int32_t rstore_uploads_abort_old(rstore_store store, rstore_ctx ctx, const char *path, size_t path_len,
                                 const rstore_args *args, size_t args_size, uint64_t age_ms,
                                 uint64_t *aborted, rstore_error *error);

/* ---- 14. Registries ----------------------------------------------------- */

/* Reads a configuration that names backends, and stores on them, in JSON:
 *
 *   {"backends": {"main": {"type": "s3",
 *                          "options": {"bucket": "b", "region_name": "eu-central-1"},
 *                          "retry": {"max_attempts": 5}}},
 *    "stores":   {"data": {"backend": "main", "root_path": "data"}}}
 *
 * A type is "memory", "local" or "s3". Options of local are root, the folder, and
 * automatic_cleanup: true deletes, with an object, the folders above it that
 * become empty by that (since 0.4; default false; not by a move). Those of s3 are
 * those of section 4, in all spellings, and objects that hold them too:
 *
 *   config             the same options, as in obstore's S3Config
 *   client_options     see below
 *   retry_config       max_retries, retry_timeout, backoff: {init_backoff
 *                      (retry_backoff_base), max_backoff, base
 *                      (retry_backoff_factor)}; not beside retry
 *   url                of the bucket, as for rstore_open
 *   defaults           options that hold where nothing else says them: neither
 *                      another option, nor the url, nor a variable by read_env
 *
 * What is given in several places must agree. Numbers and true and false may be
 * those of JSON, default_headers an object. Fields that are null are left out.
 * Of retry all fields are optional, and times are seconds: max_attempts (3),
 * backoff_base (1), backoff_max (60), jitter (1), timeout (none).
 *
 * All of it is checked here, as far as nobody has to be asked, and nothing
 * opened yet. A relative root is one of the current folder. With RSTORE_RESOLVE_ENV
 * in args, "${NAME}" in text is replaced by that variable of the environment,
 * "${NAME:-default}" by the default where it is not set, and "$${" by "${".
 * A name is any text but '}'. warnings may be NULL; else it receives lines
 * about what is not an error, such as a field that nobody knows.
 *
 * client_options are those of obstore's ClientConfig, client_certificate and
 * client_key, and those of Python's s3fs that have an effect:
 *
 *   key, secret, token, endpoint_url
 *   client_kwargs      region_name, endpoint_url; verify: false is
 *                      allow_invalid_certificates, a text is tls_ca_bundle
 *   config_kwargs      region_name, connect_timeout, read_timeout,
 *                      max_pool_connections, user_agent, user_agent_extra;
 *                      client_cert: a file, or [certificate, key]
 *    .s3               addressing_style
 *    .proxies          http and https: one that is null or missing is "none"
 *    .retries          mode, total_max_attempts (max_attempts of section 4),
 *                      or max_attempts (max_retries); dropped beside retry
 *
 * use_listings_cache and signature_version "s3v4" are accepted, and have none.
 * Since 0.2, client_options since 0.3. */
int32_t rstore_registry_open(const char *config, size_t config_len, const rstore_args *args, size_t args_size,
                             rstore_registry *registry, rstore_text *warnings, size_t warnings_size,
                             rstore_error *error);

/* The store of that name. Its backend is opened when it is first needed, and
 * shared by all stores on it; closing the registry closes it. RSTORE_NOT_FOUND
 * for a name that there is not. Since 0.2. */
int32_t rstore_registry_store(rstore_registry registry, const char *name, size_t name_len,
                              rstore_store *store, rstore_error *error);

/* Opens one backend, whose configuration is that of a name under "backends"
 * above: {"type": "s3", "options": {"bucket": "b"}}. Nothing is requested from
 * a server. The store owns its backend, as one of rstore_open does; args and
 * warnings are as above. Since 0.3. Options that are text may be options of args
 * too, as they are, also with RSTORE_RESOLVE_ENV: since 0.6. */
int32_t rstore_backend_open(const char *config, size_t config_len, const rstore_args *args, size_t args_size,
                            rstore_store *store, rstore_text *warnings, size_t warnings_size,
                            rstore_error *error);

/* What the URL of a bucket says, as an object of options in JSON: bucket, prefix,
 * region, endpoint and addressing_style, as far as it says them. So a program can
 * show them, and open {"type": "s3", "options": {"url": ..., ...}} with others.
 * RSTORE_INVALID_ARGUMENT for any other URL. Since 0.4. */
int32_t rstore_s3_url_options(const char *url, size_t url_len, rstore_text *options, size_t options_size,
                              rstore_error *error);

/* ---- 15. Python --------------------------------------------------------- */

/* For a binding by ctypes, with the interpreter's lock held: new capsules of the
 * Arrow PyCapsule interface, "arrow_schema" and "arrow_array", or NULL. Their
 * destructors must be C: in one that ctypes makes of a function of Python, the
 * exception is lost that is on its way when a capsule dies. The array is one
 * more owner of the memory of that in `array`, which has no rows if it is
 * released; NULL makes a released one, to be filled. Since 0.4. */
void *rstore_pycapsule_schema(void);
void *rstore_pycapsule_array(const struct ArrowArray *array);

/* ---- 16. Queues --------------------------------------------------------- */

/* For event loops, and for more calls at once than there are threads: a call whose
 * context belongs to a queue is submitted. It returns at once, with one of two
 * things:
 *
 *   RSTORE_PENDING   it goes on behind its caller. Exactly one event of the kind
 *                    RSTORE_EVENT_DONE will come to the queue, with the status that
 *                    the call would have returned; what it writes, *error too, was
 *                    written before. Until then all memory that was passed to it
 *                    belongs to it: text, args and what they point to, buffers,
 *                    outputs; also when it is cancelled
 *   anything else    it is over, and no event comes: its arguments were wrong, or
 *                    it had nothing to wait for, as on memory stores
 *
 * All functions that take a context may be submitted; those without one do not wait.
 * What the call uses may be closed meanwhile. Its time (timeout_ms of its context)
 * runs, rstore_ctx_cancel ends it, and its event comes then, soon. Hooks are not
 * called. A reader, writer or list serves one call at a time as ever, up to its
 * event: RSTORE_BUSY. Of the calls on local files, 64 at most run at once: each
 * keeps a thread of the process while the disk works.
 *
 *     rstore_queue_new(&queue, &fd, NULL);
 *     rstore_ctx_new(0, &ctx, NULL);
 *     rstore_ctx_submit(ctx, queue, 17, NULL);
 *     status = rstore_get_into(store, ctx, ..., buffer, sizeof buffer, &filled, &error);
 *     if (status == RSTORE_PENDING) ...poll(fd), then
 *         rstore_queue_wait(queue, 0, events, sizeof *events, 64, &count, NULL);
 */

/* New queue. *fd, which may be NULL, receives an eventfd, to be watched by poll,
 * epoll and the like: it is readable while there are events (level-triggered). It
 * belongs to the queue: do not read, write or close it.
 *
 * Closing the queue cancels the contexts of what is in flight on it, and returns
 * when that is over: then no memory is touched any more. Events that were not fetched
 * are dropped, and the errors of their calls closed; what those calls handed out is
 * in their outputs. Threads that wait get RSTORE_CLOSED, and so do later calls.
 * Since 0.5. */
int32_t rstore_queue_new(rstore_queue *queue, int32_t *fd, rstore_error *error);

/* Lets the calls that begin later with this context be submitted to a queue, and
 * have user_data in their events; queue 0 undoes it. A context can be used for one
 * call after the other, and for several at once. Since 0.5. */
int32_t rstore_ctx_submit(rstore_ctx ctx, rstore_queue queue, uintptr_t user_data, rstore_error *error);

/* The kinds of events. */
#define RSTORE_EVENT_DONE 1        /* a call is over */
#define RSTORE_EVENT_CREDENTIALS 2 /* a request on the store of a call waits for credentials, as for the reason
                                      RSTORE_CREDENTIALS of a hook. Push new ones (rstore_credentials_set), or say
                                      that there are none (rstore_credentials_none): it waits for one of them, as long
                                      as its context lets it. Comes before the RSTORE_EVENT_DONE of that call */

typedef struct rstore_event {
    uintptr_t user_data; /* of rstore_ctx_submit, when the call began */
    int32_t kind;        /* RSTORE_EVENT_DONE, ... */
    int32_t status;      /* of the call that is over, else RSTORE_PENDING */
} rstore_event;

/* Fetches events, max at most and those that came first: *count receives their
 * number, and events[0] to events[*count - 1] them. If there are none it waits for
 * timeout_ms, not at all with 0, and for ever with -1; no events came in that time
 * if *count is 0 then. Since 0.5. */
int32_t rstore_queue_wait(rstore_queue queue, int64_t timeout_ms, rstore_event *events, size_t event_size,
                          size_t max, size_t *count, rstore_error *error);

#ifdef __cplusplus
}
#endif

#endif
