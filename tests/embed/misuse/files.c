/* Files that a read is written to. */
#define _GNU_SOURCE /* memfd_create */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "misuse.h"

int target_file(void) {
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("ours", MFD_CLOEXEC);
        CHECK(fd >= 0);
    }
    return fd;
}

static int32_t get_file(int fd, uint64_t offset, uint64_t *filled) {
    return rstore_get_file(good[STORE], 0, RSTORE_STR("a"), NULL, 0, fd, offset, filled, NULL, 0, NULL);
}

/* Only what was read changes; the descriptor stays as it was. */
static void what_is_written(void) {
    rstore_args args = {.offset = 2, .length = 3};
    rstore_object object;
    int fd = memfd_create("file", MFD_CLOEXEC);
    uint64_t filled = 0;
    char found[32];

    CHECK(fd >= 0 && write(fd, "--------------------", 20) == 20 && lseek(fd, 5, SEEK_SET) == 5);
    STATUS(RSTORE_OK, get_file(fd, 4, &filled));
    CHECK(filled == 10 && pread(fd, found, sizeof found, 0) == 20);
    CHECK(memcmp(found, "----0123456789------", 20) == 0);
    STATUS(RSTORE_OK, rstore_get_file(good[STORE], 0, RSTORE_STR("a"), &args, sizeof args, fd, 30, &filled, &object,
                                      sizeof object, NULL));
    CHECK(filled == 3 && object.size == 10 && object.verified == 0);
    STATUS(RSTORE_OK, rstore_close(object.owner));
    CHECK(pread(fd, found, sizeof found, 20) == 13 && memcmp(found, "\0\0\0\0\0\0\0\0\0\000234", 13) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 5);
    CHECK(close(fd) == 0);
}

static void refused(const char *why, int fd, uint64_t offset, int32_t want) {
    uint64_t filled = 4711;

    STATUS_FOR(why, want, get_file(fd, offset, &filled));
    CHECK_FOR(why, filled == 4711);
}

static void what_is_no_such_file(void) {
    int ends[2], same, full = open("/dev/full", O_WRONLY | O_CLOEXEC), sealed = memfd_create("sealed", MFD_ALLOW_SEALING);
    char path[64];

    CHECK(pipe(ends) == 0 && full >= 0 && sealed >= 0);
    refused("no descriptor", -1, 0, RSTORE_INVALID_ARGUMENT);
    refused("one that is not open", 1000000, 0, RSTORE_INVALID_ARGUMENT);
    refused("the largest", INT32_MAX, 0, RSTORE_INVALID_ARGUMENT);
    refused("a pipe", ends[1], 0, RSTORE_INVALID_ARGUMENT);
    refused("a device", full, 0, RSTORE_INVALID_ARGUMENT);
    refused("an offset without end", target_file(), UINT64_MAX, RSTORE_INVALID_ARGUMENT);
    refused("an offset where no file ends", target_file(), INT64_MAX, RSTORE_IO);
    STATUS(RSTORE_INVALID_ARGUMENT, get_file(target_file(), 0, NULL));

    snprintf(path, sizeof path, "/proc/self/fd/%d", target_file());
    CHECK((same = open(path, O_RDONLY | O_CLOEXEC)) >= 0);
    refused("one that is read", same, 0, RSTORE_INVALID_ARGUMENT);
    CHECK(close(same) == 0);
    CHECK((same = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)) >= 0);
    refused("one at whose end is written", same, 0, RSTORE_INVALID_ARGUMENT);
    CHECK(close(same) == 0);

    CHECK(fcntl(sealed, F_ADD_SEALS, F_SEAL_GROW) == 0); /* as a disk that is full */
    refused("one that cannot grow", sealed, 0, RSTORE_IO);
    CHECK(close(sealed) == 0 && close(full) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
}

void test_files(void) {
    what_is_written();
    what_is_no_such_file();
}
