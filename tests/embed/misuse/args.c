/* rstore_args: its size, and each of its fields, with every function that
 * takes it: what the operation does not read must be 0. */
#include <stddef.h>
#include <string.h>

#include "misuse.h"

/* On success a call undoes what it did. */
typedef int32_t args_call(const rstore_args *args, size_t size);

static int32_t delete_b(rstore_store store, int32_t status) {
    return status == RSTORE_OK ? rstore_delete(store, 0, RSTORE_STR("b"), NULL, 0, NULL) : status;
}
static int32_t close_out(int32_t status) { return status == RSTORE_OK ? rstore_close(handle_out) : status; }

static int32_t head_args(const rstore_args *a, size_t n) {
    return rstore_head(good[STORE], 0, RSTORE_STR("a"), a, n, NULL, 0, NULL);
}
static int32_t exists_args(const rstore_args *a, size_t n) {
    int32_t exists;

    return rstore_exists(good[STORE], 0, RSTORE_STR("a"), a, n, &exists, NULL);
}
static int32_t get_args(const rstore_args *a, size_t n) {
    int32_t status = rstore_get(good[STORE], 0, RSTORE_STR("a"), a, n, &object_out, sizeof object_out, NULL);

    return status == RSTORE_OK ? rstore_close(object_out.owner) : status;
}
static int32_t get_into_args(const rstore_args *a, size_t n) {
    return rstore_get_into(good[STORE], 0, RSTORE_STR("a"), a, n, buffer_out, sizeof buffer_out, &filled_out, NULL);
}
static int32_t get_file_args(const rstore_args *a, size_t n) {
    uint64_t filled;

    return rstore_get_file(good[STORE], 0, RSTORE_STR("a"), a, n, target_file(), 0, &filled, NULL, 0, NULL);
}
static int32_t put_args(const rstore_args *a, size_t n) {
    return delete_b(good[STORE], rstore_put(good[STORE], 0, RSTORE_STR("b"), "x", 1, a, n, NULL, 0, NULL));
}
static int32_t delete_args(const rstore_args *a, size_t n) {
    STATUS(RSTORE_OK, rstore_copy(good[STORE], 0, RSTORE_STR("a"), RSTORE_STR("gone"), NULL, 0, NULL));
    if (rstore_delete(good[STORE], 0, RSTORE_STR("gone"), a, n, NULL) == RSTORE_OK) {
        return RSTORE_OK;
    }
    STATUS(RSTORE_OK, rstore_delete(good[STORE], 0, RSTORE_STR("gone"), NULL, 0, NULL));
    return rstore_delete(good[STORE], 0, RSTORE_STR("gone"), a, n, NULL);
}
static int32_t copy_args(const rstore_args *a, size_t n) {
    return delete_b(good[STORE], rstore_copy(good[STORE], 0, RSTORE_STR("a"), RSTORE_STR("b"), a, n, NULL));
}
static int32_t move_args(const rstore_args *a, size_t n) {
    int32_t status = rstore_move(good[STORE], 0, RSTORE_STR("a"), RSTORE_STR("b"), a, n, NULL);

    return status == RSTORE_OK ? rstore_move(good[STORE], 0, RSTORE_STR("b"), RSTORE_STR("a"), NULL, 0, NULL) : status;
}
static int32_t folder_info_args(const rstore_args *a, size_t n) {
    rstore_folder folder;

    return rstore_folder_info(good[STORE], 0, NULL, 0, a, n, &folder, sizeof folder, NULL);
}
static int32_t delete_folder_args(const rstore_args *a, size_t n) {
    rstore_args missing_ok = {.flags = RSTORE_MISSING_OK};
    int32_t status;

    STATUS(RSTORE_OK, rstore_put(good[STORE], 0, RSTORE_STR("f/x"), NULL, 0, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_delete(good[STORE], 0, RSTORE_STR("f/x"), NULL, 0, NULL));
    status = rstore_delete_folder(good[STORE], 0, RSTORE_STR("f"), a, n, NULL);
    STATUS(RSTORE_OK,
           rstore_delete_folder(good[STORE], 0, RSTORE_STR("f"), &missing_ok, sizeof missing_ok, NULL));
    return status;
}
static int32_t list_args(const rstore_args *a, size_t n) {
    return close_out(rstore_list_open(good[S3_STORE], NULL, 0, a, n, &handle_out, NULL));
}
static int32_t glob_args(const rstore_args *a, size_t n) {
    return close_out(rstore_glob_open(good[STORE], RSTORE_STR("**"), a, n, &handle_out, NULL));
}
static int32_t reader_args(const rstore_args *a, size_t n) {
    return close_out(rstore_reader_open(good[STORE], 0, RSTORE_STR("a"), a, n, &handle_out, NULL, 0, NULL));
}
static int32_t reader_start_args(const rstore_args *a, size_t n) {
    uint64_t length;
    int32_t status = rstore_reader_start(good[STORE], 0, RSTORE_STR("a"), a, n, NULL, 0, &filled_out, &length,
                                         &handle_out, NULL);

    return close_out(status);
}
static int32_t writer_args(const rstore_args *a, size_t n) {
    return close_out(rstore_writer_open(good[STORE], 0, RSTORE_STR("b"), a, n, &handle_out, NULL));
}
static int32_t upload_args(const rstore_args *a, size_t n) {
    return close_out(rstore_upload_open(good[S3_STORE], 0, RSTORE_STR("b"), a, n, &handle_out, NULL));
}
static int32_t uploads_args(const rstore_args *a, size_t n) {
    return close_out(rstore_uploads_open(good[S3_STORE], NULL, 0, a, n, &handle_out, NULL));
}
static int32_t uploads_abort_args(const rstore_args *a, size_t n) { /* there is none: NOT_FOUND is its success */
    int32_t status = rstore_uploads_abort(good[S3_STORE], 0, RSTORE_STR("b"), a, n, RSTORE_STR("none"), NULL);

    return status == RSTORE_NOT_FOUND ? RSTORE_OK : status;
}
static int32_t registry_args(const rstore_args *a, size_t n) {
    return close_out(
        rstore_registry_open(registry_config, strlen(registry_config), a, n, &handle_out, NULL, 0, NULL));
}
static int32_t backend_args(const rstore_args *a, size_t n) {
    return close_out(rstore_backend_open(RSTORE_STR("{\"type\": \"memory\"}"), a, n, &handle_out, NULL, 0, NULL));
}

static int32_t put_file_args(const rstore_args *a, size_t n) {
    return delete_b(good[STORE], rstore_put_file(good[STORE], 0, RSTORE_STR("b"), source_file(), a, n, NULL, 0, NULL));
}
static int32_t append_args(const rstore_args *a, size_t n) {
    return delete_b(good[STORE], rstore_append(good[STORE], 0, RSTORE_STR("b"), "x", 1, a, n, NULL, 0, NULL));
}
static int32_t get_ranges_args(const rstore_args *a, size_t n) {
    rstore_range range = {0, buffer_out, sizeof buffer_out, 0};

    return rstore_get_ranges(good[STORE], 0, RSTORE_STR("a"), a, n, &range, 1, NULL, 0, NULL);
}
static int32_t results_args(int32_t (*many)(rstore_store, rstore_ctx, const rstore_path *, size_t, const rstore_args *, size_t,
                                           rstore_results *, size_t, rstore_error *),
                            const rstore_args *a, size_t n) {
    rstore_path path = {RSTORE_STR("a")};
    rstore_results results = {0};
    int32_t status = many(good[STORE], 0, &path, 1, a, n, &results, sizeof results, NULL);

    return status == RSTORE_OK ? rstore_close(results.owner) : status;
}
static int32_t get_many_args(const rstore_args *a, size_t n) { return results_args(rstore_get_many, a, n); }
static int32_t head_many_args(const rstore_args *a, size_t n) { return results_args(rstore_head_many, a, n); }
static int32_t delete_many_args(const rstore_args *a, size_t n) {
    rstore_deletion none = {RSTORE_STR("none"), NULL, 0};
    rstore_failures failures = {0};
    int32_t status = rstore_delete_many(good[STORE], 0, &none, 1, a, n, &failures, sizeof failures, NULL);

    return status == RSTORE_OK ? rstore_close(failures.owner) : status;
}
static int32_t sign_args(const rstore_args *a, size_t n) {
    rstore_text url = {0};
    int32_t status = rstore_sign(good[S3_STORE], 0, RSTORE_STR("a"), a, n, RSTORE_STR("PUT"), 60, &url, sizeof url, NULL);

    return status == RSTORE_OK ? rstore_close(url.owner) : status;
}
static int32_t set_acl_args(const rstore_args *a, size_t n) { /* the server has none: NOT_SUPPORTED is its success */
    int32_t status = rstore_set_acl(good[S3_STORE], 0, RSTORE_STR("a"), a, n, RSTORE_STR("private"), NULL);

    return status == RSTORE_NOT_SUPPORTED ? RSTORE_OK : status;
}
static int32_t abort_old_args(const rstore_args *a, size_t n) {
    return rstore_uploads_abort_old(good[S3_STORE], 0, NULL, 0, a, n, 86400000, NULL, NULL);
}

enum {
    RANGE = 1,
    PAGE = 2,
    PATTERN = 4, /* and what else is for listings of a folder */
    METADATA = 8, /* and what else is for writes */
    MATCH = 16,
    CONDITIONS = 32, /* the others */
    VERSION = 64,
    ATTRIBUTES = 128,
    COALESCE = 256,
    TEXTS = 512,
    READ = RANGE | MATCH | CONDITIONS | VERSION
};

static const struct {
    const char *name;
    args_call *call;
    uint32_t flags;
    int reads;
} args_calls[] = {
    {"head", head_args, RSTORE_RAW, MATCH | CONDITIONS | VERSION},
    {"exists", exists_args, RSTORE_RAW | RSTORE_OBJECTS | RSTORE_FOLDERS, 0},
    {"get", get_args, RSTORE_RAW | RSTORE_PARALLEL | RSTORE_VERIFY, READ},
    {"get_into", get_into_args, RSTORE_RAW | RSTORE_PARALLEL | RSTORE_VERIFY, READ},
    {"get_file", get_file_args, RSTORE_RAW | RSTORE_PARALLEL | RSTORE_VERIFY, READ},
    {"put", put_args, RSTORE_RAW | RSTORE_OVERWRITE, METADATA | ATTRIBUTES | MATCH},
    {"delete", delete_args, RSTORE_RAW | RSTORE_MISSING_OK, MATCH | VERSION},
    {"copy", copy_args, RSTORE_RAW | RSTORE_RAW_TARGET | RSTORE_OVERWRITE | RSTORE_REPLACE, MATCH | VERSION},
    {"move", move_args, RSTORE_RAW | RSTORE_RAW_TARGET | RSTORE_OVERWRITE, 0},
    {"folder_info", folder_info_args, RSTORE_RAW | RSTORE_MAX_DEPTH, 0},
    {"delete_folder", delete_folder_args, RSTORE_RAW | RSTORE_RECURSIVE | RSTORE_MISSING_OK, 0},
    {"list_open", list_args,
     RSTORE_RAW | RSTORE_RECURSIVE | RSTORE_OBJECTS | RSTORE_FOLDERS | RSTORE_MAX_DEPTH | RSTORE_VERSIONS | RSTORE_MUST_EXIST, PAGE | PATTERN},
    {"glob_open", glob_args, 0, PAGE},
    {"reader_open", reader_args, RSTORE_RAW | RSTORE_RANDOM | RSTORE_PARALLEL | RSTORE_VERIFY, READ},
    {"reader_start", reader_start_args, RSTORE_RAW | RSTORE_PARALLEL | RSTORE_VERIFY, READ},
    {"writer_open", writer_args, RSTORE_RAW | RSTORE_OVERWRITE, METADATA | ATTRIBUTES | MATCH},
    {"upload_open", upload_args, RSTORE_RAW | RSTORE_OVERWRITE, METADATA | ATTRIBUTES | MATCH},
    {"uploads_open", uploads_args, RSTORE_RAW, PAGE},
    {"uploads_abort", uploads_abort_args, RSTORE_RAW, 0},
    {"put_file", put_file_args, RSTORE_RAW | RSTORE_OVERWRITE, RANGE | METADATA | ATTRIBUTES | MATCH},
    {"append", append_args, RSTORE_RAW, METADATA | ATTRIBUTES},
    {"get_ranges", get_ranges_args, RSTORE_RAW | RSTORE_VERIFY, MATCH | CONDITIONS | VERSION | COALESCE},
    {"get_many", get_many_args, RSTORE_RAW, RANGE},
    {"head_many", head_many_args, RSTORE_RAW, 0},
    {"delete_many", delete_many_args, RSTORE_RAW, 0},
    {"sign", sign_args, RSTORE_RAW, VERSION | ATTRIBUTES},
    {"set_acl", set_acl_args, RSTORE_RAW, 0},
    {"uploads_abort_old", abort_old_args, RSTORE_RAW, 0},
    {"registry_open", registry_args, RSTORE_RESOLVE_ENV, 0},
    {"backend_open", backend_args, RSTORE_RESOLVE_ENV, TEXTS},
};

static int32_t accepted_if(int accepted) { return accepted ? RSTORE_OK : RSTORE_INVALID_ARGUMENT; }

static void sizes(void) {
    static struct {
        rstore_args args;
        unsigned char tail[16];
    } newer;
    static const size_t wrong[] = {1, 24, offsetof(rstore_args, suffix) - 1, 4097, SIZE_MAX, SIZE_MAX / 2 + 1};
    size_t i, n;

    for (i = 0; i < COUNT(args_calls); i++) {
        const char *name = args_calls[i].name;

        STATUS_FOR(name, RSTORE_OK, args_calls[i].call(NULL, 0));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&newer.args, 0));
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(NULL, sizeof(rstore_args)));
        for (n = 0; n < COUNT(wrong); n++) {
            STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&newer.args, wrong[n]));
        }
        STATUS_FOR(name, RSTORE_OK, args_calls[i].call(&newer.args, sizeof newer));
        newer.tail[sizeof newer.tail - 1] = 1;
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&newer.args, sizeof newer));
        newer.tail[sizeof newer.tail - 1] = 0;
        STATUS_FOR(name, RSTORE_OK, args_calls[i].call(&newer.args, offsetof(rstore_args, suffix))); /* of 0.3 */
    }
}

/* A field that the operation does not read must be 0; any other is taken, whatever
 * comes of it. */
static void fields(void) {
    static rstore_pair type = {RSTORE_STR("content-type"), RSTORE_STR("a/b")};
    static const struct {
        const char *name;
        int reads;
        rstore_args args;
    } cases[] = {
        {"suffix", RANGE, {.suffix = 1}},
        {"if_match", MATCH, {.if_match = "e", .if_match_len = 1}},
        {"if_none_match", CONDITIONS, {.if_none_match = "e", .if_none_match_len = 1}},
        {"if_modified_since_ns", CONDITIONS, {.if_modified_since_ns = 1}},
        {"if_unmodified_since_ns", CONDITIONS, {.if_unmodified_since_ns = INT64_MIN}},
        {"version_id", VERSION, {.version_id = "v", .version_id_len = 1}},
        {"attributes", ATTRIBUTES, {.attributes = &type, .attributes_count = 1}},
        {"tags", METADATA, {.tags = &type, .tags_count = 1}},
        {"acl", METADATA, {.acl = "private", .acl_len = 7}},
        {"prefix", PATTERN, {.prefix = "p", .prefix_len = 1}},
        {"start_after", PATTERN, {.start_after = "p", .start_after_len = 1}},
        {"limit", PATTERN, {.limit = 1}},
        {"coalesce", COALESCE, {.coalesce = 1}},
        {"options", TEXTS, {.options = &type, .options_count = 1}},
    };
    static const rstore_args never[] = {
        {.suffix = UINT64_MAX}, {.limit = UINT64_MAX}, {.coalesce = UINT64_MAX}, {.suffix = 1, .offset = 1},
        {.if_match = NULL, .if_match_len = 1}, {.if_match = "e", .if_match_len = SIZE_MAX},
        {.if_match = "a\r\nb", .if_match_len = 4}, {.if_match = "a\0b", .if_match_len = 3},
        {.if_none_match = "\xff", .if_none_match_len = 1}, {.version_id = "a\nb", .version_id_len = 3},
        {.version_id = NULL, .version_id_len = SIZE_MAX}, {.acl = "everybody", .acl_len = 9},
        {.token = "?", .token_len = 1}, {.token = NULL, .token_len = 1},
        {.token = "YQ", .token_len = 2, .start_after = "a", .start_after_len = 1},
        {.attributes = NULL, .attributes_count = 1}, {.tags = NULL, .tags_count = SIZE_MAX},
        {.attributes = &type, .attributes_count = 4097}, {.options = NULL, .options_count = 1},
    };
    size_t i, n;

    for (i = 0; i < COUNT(args_calls); i++) {
        for (n = 0; n < COUNT(cases); n++) {
            int32_t status = args_calls[i].call(&cases[n].args, sizeof cases[n].args);

            CHECK_FOR(args_calls[i].name, (status != RSTORE_INVALID_ARGUMENT) == ((args_calls[i].reads & cases[n].reads) != 0));
        }
        for (n = 0; n < COUNT(never); n++) {
            STATUS_FOR(args_calls[i].name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&never[n], sizeof never[n]));
        }
    }
}

static void flags(void) {
    size_t i;
    int bit;

    for (i = 0; i < COUNT(args_calls); i++) {
        rstore_args both = {.flags = RSTORE_OBJECTS | RSTORE_FOLDERS};

        for (bit = 0; bit < 32; bit++) {
            rstore_args flag = {.flags = UINT32_C(1) << bit};

            STATUS_FOR(args_calls[i].name, accepted_if((flag.flags & args_calls[i].flags) != 0),
                       args_calls[i].call(&flag, sizeof flag));
        }
        STATUS_FOR(args_calls[i].name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&both, sizeof both));
    }
}

static void numbers(void) {
    static const rstore_args never[] = {
        {.page_size = 1001},
        {.page_size = UINT32_MAX},
        {.offset = UINT64_MAX},
        {.offset = UINT64_C(1) << 63},
        {.length = UINT64_MAX},
        {.length = UINT64_C(1) << 63},
        {.max_depth = 1},
        {.max_depth = -1},
        {.flags = RSTORE_MAX_DEPTH, .max_depth = -1},
        {.flags = RSTORE_MAX_DEPTH, .max_depth = INT64_MIN},
    };
    size_t i, n;

    for (i = 0; i < COUNT(args_calls); i++) {
        const char *name = args_calls[i].name;
        rstore_args page = {.page_size = 1}, range = {.offset = 1, .length = 1};
        rstore_args deep = {.flags = RSTORE_MAX_DEPTH, .max_depth = INT64_MAX};

        STATUS_FOR(name, accepted_if(args_calls[i].reads & PAGE), args_calls[i].call(&page, sizeof page));
        STATUS_FOR(name, accepted_if(args_calls[i].reads & RANGE), args_calls[i].call(&range, sizeof range));
        range.length = INT64_MAX; /* is cut */
        STATUS_FOR(name, accepted_if(args_calls[i].reads & RANGE), args_calls[i].call(&range, sizeof range));
        STATUS_FOR(name, accepted_if((args_calls[i].flags & RSTORE_MAX_DEPTH) != 0),
                   args_calls[i].call(&deep, sizeof deep));
        for (n = 0; n < COUNT(never); n++) {
            STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&never[n], sizeof never[n]));
        }
    }
}

/* The furthest offset is behind every end; the deepest depth is all levels. */
static void the_largest_numbers(void) {
    rstore_args far = {.offset = INT64_MAX, .length = INT64_MAX};
    rstore_args deep = {.flags = RSTORE_MAX_DEPTH, .max_depth = INT64_MAX};
    rstore_args recursive = {.flags = RSTORE_RECURSIVE};
    rstore_folder folder = {0};
    rstore_list list = 0;

    STATUS(RSTORE_RANGE_NOT_SATISFIABLE, get_args(&far, sizeof far));
    STATUS(RSTORE_RANGE_NOT_SATISFIABLE, put_file_args(&far, sizeof far));
    STATUS(RSTORE_RANGE_NOT_SATISFIABLE, get_into_args(&far, sizeof far));
    STATUS(RSTORE_RANGE_NOT_SATISFIABLE, reader_args(&far, sizeof far));
    STATUS(RSTORE_RANGE_NOT_SATISFIABLE, reader_start_args(&far, sizeof far));
    STATUS(RSTORE_OK, rstore_put(good[STORE], 0, RSTORE_STR("deep/er/x"), "12", 2, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_folder_info(good[STORE], 0, RSTORE_STR("deep"), &deep, sizeof deep, &folder,
                                         sizeof folder, NULL));
    CHECK(folder.file_count == 1 && folder.total_size == 2);
    STATUS(RSTORE_OK, rstore_list_open(good[STORE], RSTORE_STR("deep"), &deep, sizeof deep, &list, NULL));
    STATUS(RSTORE_OK, rstore_list_next(list, 0, &page_out, sizeof page_out, NULL));
    CHECK(page_out.count == 1 && strcmp(page_out.objects->path, "deep/er/x") == 0);
    STATUS(RSTORE_OK, rstore_close(page_out.owner));
    STATUS(RSTORE_OK, rstore_close(list));
    STATUS(RSTORE_OK, rstore_delete_folder(good[STORE], 0, RSTORE_STR("deep"), &recursive, sizeof recursive, NULL));
}

static void patterns(void) {
    static const struct {
        const char *text;
        size_t length;
        int32_t status;
    } cases[] = {
        {NULL, 0, RSTORE_OK},
        {NULL, 1, RSTORE_INVALID_ARGUMENT},
        {NULL, SIZE_MAX, RSTORE_INVALID_ARGUMENT},
        {"x", SIZE_MAX, RSTORE_INVALID_ARGUMENT},
        {RSTORE_STR("\xff"), RSTORE_INVALID_ARGUMENT},
        {RSTORE_STR("[\xff]"), RSTORE_INVALID_ARGUMENT},
        {RSTORE_STR("[z-a]"), RSTORE_INVALID_ARGUMENT},
        {RSTORE_STR("["), RSTORE_OK},
        {RSTORE_STR("[]"), RSTORE_OK},
        {RSTORE_STR("[!]"), RSTORE_OK},
        {RSTORE_STR("[]]"), RSTORE_OK},
        {RSTORE_STR("[[:alpha:]]"), RSTORE_OK},
        {RSTORE_STR("\\"), RSTORE_OK},
        {RSTORE_STR("(a|b){1000}$^"), RSTORE_OK},
        {RSTORE_STR("a/b"), RSTORE_OK},
    };
    rstore_args pattern = {.pattern = "a", .pattern_len = 1};
    size_t i;

    for (i = 0; i < COUNT(args_calls); i++) {
        STATUS_FOR(args_calls[i].name, accepted_if(args_calls[i].reads & PATTERN),
                   args_calls[i].call(&pattern, sizeof pattern));
    }
    for (i = 0; i < COUNT(cases); i++) {
        rstore_args args = {.pattern = cases[i].text, .pattern_len = cases[i].length};

        STATUS_FOR(cases[i].text != NULL ? cases[i].text : "NULL", cases[i].status, list_args(&args, sizeof args));
    }
}

static void metadata(void) {
    static const struct {
        const char *name;
        rstore_pair pairs[2];
        size_t count;
    } refused[] = {
        {"empty key", {{RSTORE_STR(""), RSTORE_STR("v")}}, 1},
        {"NULL key", {{NULL, 1, RSTORE_STR("v")}}, 1},
        {"NULL value", {{RSTORE_STR("k"), NULL, 1}}, 1},
        {"endless key", {{"k", SIZE_MAX, RSTORE_STR("v")}}, 1},
        {"endless value", {{RSTORE_STR("k"), "v", SIZE_MAX}}, 1},
        {"space in a key", {{RSTORE_STR("a b"), RSTORE_STR("v")}}, 1},
        {"colon in a key", {{RSTORE_STR("a:b"), RSTORE_STR("v")}}, 1},
        {"NUL in a key", {{RSTORE_STR("a\0b"), RSTORE_STR("v")}}, 1},
        {"line break in a key", {{RSTORE_STR("a\r\nb"), RSTORE_STR("v")}}, 1},
        {"key that is not ASCII", {{RSTORE_STR("\xc3\xa4"), RSTORE_STR("v")}}, 1},
        {"key that begins with _", {{RSTORE_STR("_k"), RSTORE_STR("v")}}, 1},
        {"line break in a value", {{RSTORE_STR("k"), RSTORE_STR("v\r\nx-amz-acl: public-read")}}, 1},
        {"NUL in a value", {{RSTORE_STR("k"), RSTORE_STR("a\0b")}}, 1},
        {"value that is not UTF-8", {{RSTORE_STR("k"), RSTORE_STR("\xff")}}, 1},
        {"space before a value", {{RSTORE_STR("k"), RSTORE_STR(" v")}}, 1},
        {"space behind a value", {{RSTORE_STR("k"), RSTORE_STR("v ")}}, 1},
        {"the same key twice", {{RSTORE_STR("k"), RSTORE_STR("v")}, {RSTORE_STR("k"), RSTORE_STR("w")}}, 2},
        {"the same but for case", {{RSTORE_STR("k"), RSTORE_STR("v")}, {RSTORE_STR("K"), RSTORE_STR("v")}}, 2},
    };
    static char long_value[2049];
    rstore_pair good_pair = {RSTORE_STR("Key"), RSTORE_STR("v \xe2\x82\xac")}, full = {"k", 1, long_value, 2047};
    rstore_args one = {.metadata = &good_pair, .metadata_count = 1}, most = {.metadata = &full, .metadata_count = 1};
    size_t i, n;

    memset(long_value, 'v', sizeof long_value);
    for (i = 0; i < COUNT(args_calls); i++) {
        static const size_t counts[] = {1, 4096, 4097, SIZE_MAX / sizeof(rstore_pair) + 1, SIZE_MAX};
        const char *name = args_calls[i].name;
        int reads = args_calls[i].reads & METADATA;

        STATUS_FOR(name, accepted_if(reads), args_calls[i].call(&one, sizeof one));
        for (n = 0; n < COUNT(counts); n++) {
            rstore_args none = {.metadata_count = counts[n]};
            rstore_args many = {.metadata = &good_pair, .metadata_count = counts[n]};

            STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&none, sizeof none));
            if (counts[n] > 4096) {
                STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&many, sizeof many));
            }
        }
        if (!reads) {
            continue;
        }
        for (n = 0; n < COUNT(refused); n++) {
            rstore_args args = {.metadata = refused[n].pairs, .metadata_count = refused[n].count};

            STATUS_FOR(refused[n].name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&args, sizeof args));
        }
        full.value_len = 2047;
        STATUS_FOR(name, RSTORE_OK, args_calls[i].call(&most, sizeof most));
        full.value_len = 2048;
        STATUS_FOR(name, RSTORE_INVALID_ARGUMENT, args_calls[i].call(&most, sizeof most));
    }
}

/* What is written comes back, its key in lower case. */
static void metadata_that_is_kept(void) {
    rstore_pair pair = {RSTORE_STR("Key"), RSTORE_STR("v \xe2\x82\xac")};
    rstore_args args = {.metadata = &pair, .metadata_count = 1};
    rstore_object object = {0};
    int kind;

    for (kind = STORE; kind <= S3_STORE; kind++) {
        STATUS_FOR(kind_names[kind], RSTORE_OK,
                   rstore_put(good[kind], 0, RSTORE_STR("b"), "x", 1, &args, sizeof args, NULL, 0, NULL));
        STATUS_FOR(kind_names[kind], RSTORE_OK,
                   rstore_head(good[kind], 0, RSTORE_STR("b"), NULL, 0, &object, sizeof object, NULL));
        CHECK_FOR(kind_names[kind], object.metadata_count == 1 && strcmp(object.metadata->key, "key") == 0 &&
                                        strcmp(object.metadata->value, pair.value) == 0);
        STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(object.owner));
        STATUS_FOR(kind_names[kind], RSTORE_OK, delete_b(good[kind], RSTORE_OK));
    }
}

void test_args(void) {
    sizes();
    fields();
    flags();
    numbers();
    the_largest_numbers();
    patterns();
    metadata();
    metadata_that_is_kept();
}
