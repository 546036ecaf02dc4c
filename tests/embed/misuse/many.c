/* Arrays: ranges, paths and deletions; and numbers of signatures and of old uploads. */
#include <stddef.h>
#include <string.h>

#include "misuse.h"

static int32_t get_ranges(rstore_range *ranges, size_t count) {
    return rstore_get_ranges(good[STORE], 0, RSTORE_STR("a"), NULL, 0, ranges, count, NULL, 0, NULL);
}

static void ranges(void) {
    static char far[4];
    rstore_range two[] = {{0, buffer_out, 4, 4711}, {2, buffer_out + 4, 4, 4711}};
    rstore_range bad[] = {
        {0, NULL, 1, 0},        {0, NULL, 0, 0},        {0, buffer_out, 0, 0},           {UINT64_MAX, far, 1, 0},
        {INT64_MAX, far, 1, 0}, {0, far, SIZE_MAX, 0},  {0, far, SIZE_MAX / 2 + 1, 0},   {0, buffer_out, 5, 0},
        {0, buffer_out + 7, 4, 0}, {0, buffer_out + 3, 2, 0},
    };
    static const size_t counts[] = {SIZE_MAX, SIZE_MAX / sizeof(rstore_range) + 1, (size_t)1 << 60};
    size_t i;

    STATUS(RSTORE_OK, get_ranges(two, 2)); /* they overlap in the object, not in memory */
    CHECK(two[0].filled == 4 && two[1].filled == 4 && memcmp(buffer_out, "01232345", 8) == 0);
    STATUS(RSTORE_INVALID_ARGUMENT, get_ranges(NULL, 0));
    STATUS(RSTORE_INVALID_ARGUMENT, get_ranges(NULL, 1));
    STATUS(RSTORE_INVALID_ARGUMENT, get_ranges(two, 0));
    for (i = 0; i < COUNT(counts); i++) {
        STATUS(RSTORE_INVALID_ARGUMENT, get_ranges(two, counts[i]));
    }
    for (i = 0; i < COUNT(bad); i++) {
        rstore_range with[] = {{0, buffer_out + 4, 4, 4711}, bad[i]};

        STATUS(RSTORE_INVALID_ARGUMENT, get_ranges(with, 2));
        CHECK(with[0].filled == 4711);
    }
    two[1].offset = 10;
    two[0].filled = 4711;
    STATUS(RSTORE_RANGE_NOT_SATISFIABLE, get_ranges(two, 2));
    CHECK(two[0].filled == 4711);
}

/* An old caller, or one whose record ends within a field, has nothing behind it written. */
static void what_was_verified(void) {
    rstore_args verify = {.flags = RSTORE_VERIFY};
    rstore_range whole = {0, buffer_out, 10, 0};
    unsigned char record[sizeof(rstore_object)];
    size_t size;

    for (size = offsetof(rstore_object, offset); size < sizeof record; size++) {
        rstore_handle owner;

        memset(record, 0x5a, sizeof record);
        STATUS(RSTORE_OK, rstore_get_ranges(good[STORE], 0, RSTORE_STR("a"), &verify, sizeof verify, &whole, 1,
                                            (rstore_object *)(void *)record, size, NULL));
        CHECK(record[size] == 0x5a && record[sizeof record - 1] == 0x5a);
        memcpy(&owner, record, sizeof owner);
        STATUS(RSTORE_OK, rstore_close(owner));
    }
}

static int32_t delete_many(const rstore_deletion *objects, size_t count) {
    rstore_failures failures;
    int32_t status = rstore_delete_many(good[STORE], 0, objects, count, NULL, 0, &failures, sizeof failures, NULL);

    if (status == RSTORE_OK) {
        CHECK(failures.count == 0);
        STATUS(RSTORE_OK, rstore_close(failures.owner));
    }
    return status;
}

static void deletions(void) {
    static const size_t counts[] = {SIZE_MAX, SIZE_MAX / sizeof(rstore_deletion) + 1, (size_t)1 << 60};
    static const rstore_deletion bad[] = {
        {NULL, 1, NULL, 0},
        {"x", SIZE_MAX, NULL, 0},
        {RSTORE_STR("x"), NULL, 1},
        {RSTORE_STR("x"), "v", SIZE_MAX},
        {RSTORE_STR("x"), RSTORE_STR("a\nb")},
    };
    size_t i;

    STATUS(RSTORE_OK, delete_many(NULL, 0));
    STATUS(RSTORE_INVALID_ARGUMENT, delete_many(NULL, 1));
    for (i = 0; i < COUNT(counts); i++) {
        STATUS(RSTORE_INVALID_ARGUMENT, delete_many(bad, counts[i]));
    }
    for (i = 0; i < COUNT(bad); i++) {
        rstore_deletion with[] = {{RSTORE_STR("a"), NULL, 0}, bad[i]};

        STATUS(RSTORE_INVALID_ARGUMENT, delete_many(with, 2));
    }
    STATUS(RSTORE_OK, rstore_head(good[STORE], 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL)); /* nothing was deleted */
}

static int32_t get_many(const rstore_path *paths, size_t count) {
    rstore_results results;
    int32_t status = rstore_get_many(good[STORE], 0, paths, count, NULL, 0, &results, sizeof results, NULL);

    if (status == RSTORE_OK) {
        CHECK(results.count == count);
        STATUS(RSTORE_OK, rstore_close(results.owner));
    }
    return status;
}

static void paths(void) {
    static const size_t counts[] = {SIZE_MAX, SIZE_MAX / sizeof(rstore_path) + 1, (size_t)1 << 60};
    static const rstore_path bad[] = {{NULL, 1}, {"x", SIZE_MAX}};
    static const rstore_path some[] = {{RSTORE_STR("none")}, {RSTORE_STR("a")}, {RSTORE_STR("a")}};
    rstore_args range = {.offset = 2, .length = 3};
    rstore_results results = {0};
    size_t i;

    STATUS(RSTORE_OK, get_many(NULL, 0));
    STATUS(RSTORE_INVALID_ARGUMENT, get_many(NULL, 1));
    for (i = 0; i < COUNT(counts); i++) {
        STATUS(RSTORE_INVALID_ARGUMENT, get_many(some, counts[i]));
    }
    for (i = 0; i < COUNT(bad); i++) {
        rstore_path with[] = {{RSTORE_STR("a")}, bad[i]};

        STATUS(RSTORE_INVALID_ARGUMENT, get_many(with, 2));
    }
    STATUS(RSTORE_OK, rstore_get_many(good[STORE], 0, some, COUNT(some), &range, sizeof range, &results, sizeof results, NULL));
    for (i = 0; i < COUNT(some); i++) {
        const rstore_result *one = RSTORE_RESULT(results, i);

        CHECK(one->reserved == 0 && one->object == NULL && *one->s3_code == '\0');
        CHECK((one->status == RSTORE_OK) == (*one->message == '\0') && one->status == (i ? RSTORE_OK : RSTORE_NOT_FOUND));
        CHECK(i ? one->size == 10 && one->data_len == 3 && memcmp(one->data, "234", 3) == 0
                : one->size == 0 && one->data_len == 0 && one->data == NULL);
    }
    STATUS(RSTORE_OK, rstore_close(results.owner));
    STATUS(RSTORE_CLOSED, rstore_close(results.owner));
}

static void numbers(void) {
    static const uint64_t seconds[] = {0, 604801, UINT64_C(1) << 31, UINT64_C(1) << 63, UINT64_MAX};
    rstore_text url = {0};
    uint64_t aborted = 4711;
    size_t i;

    for (i = 0; i < COUNT(seconds); i++) {
        STATUS(RSTORE_INVALID_ARGUMENT, rstore_sign(good[S3_STORE], 0, RSTORE_STR("a"), NULL, 0, RSTORE_STR("GET"),
                                                    seconds[i], &url, sizeof url, NULL));
    }
    STATUS(RSTORE_OK, rstore_sign(good[S3_STORE], 0, RSTORE_STR("a"), NULL, 0, RSTORE_STR("GET"), 604800, &url, sizeof url, NULL));
    CHECK(url.text != NULL && strncmp(url.text, "http", 4) == 0 && strlen(url.text) == url.text_len);
    STATUS(RSTORE_OK, rstore_close(url.owner));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_uploads_abort_old(good[S3_STORE], 0, NULL, 0, NULL, 0, UINT64_MAX, &aborted, NULL));
    CHECK(aborted == 4711);
    STATUS(RSTORE_NOT_SUPPORTED, rstore_uploads_abort_old(good[STORE], 0, NULL, 0, NULL, 0, 0, &aborted, NULL));
    STATUS(RSTORE_NOT_SUPPORTED, rstore_set_acl(good[STORE], 0, RSTORE_STR("a"), NULL, 0, RSTORE_STR("private"), NULL));
    STATUS(RSTORE_NOT_SUPPORTED, rstore_append(good[S3_STORE], 0, RSTORE_STR("a"), "x", 1, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_NOT_SUPPORTED, rstore_sign(good[STORE], 0, RSTORE_STR("a"), NULL, 0, RSTORE_STR("GET"), 60, &url, sizeof url, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_append(good[STORE], 0, RSTORE_STR("a"), NULL, 1, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_INVALID_ARGUMENT, rstore_append(good[STORE], 0, RSTORE_STR("a"), "x", SIZE_MAX, NULL, 0, NULL, 0, NULL));
}

void test_many(void) {
    ranges();
    what_was_verified();
    deletions();
    paths();
    numbers();
}
