/* The checks, and a look at what the process holds. */
#define _XOPEN_SOURCE 700 /* nanosleep, opendir */

#include "checks.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* What a cancelled write left on its way is cleaned up for some seconds. */
enum { REST_MS = 300, SETTLE_MS = 15000 };

long passed, failed;

void check(int holds, const char *what, const char *subject, const char *file, int line) {
    if (holds) {
        passed++;
        return;
    }
    failed++;
    printf("FAIL %s:%d: %s [%s]\n", file, line, what, subject);
}

void check_status(int32_t want, int32_t got, const char *what, const char *subject, const char *file, int line) {
    char text[512];

    snprintf(text, sizeof text, "%s: expected %s, got %s", what, rstore_status_name(want),
             rstore_status_name(got));
    check(want == got, text, subject, file, line);
}

static long open_files(void) {
    DIR *dir = opendir("/proc/self/fd");
    long count = 0;

    CHECK(dir != NULL);
    if (dir != NULL) {
        while (readdir(dir) != NULL) {
            count++;
        }
        closedir(dir);
    }
    return count;
}

static struct holdings sample(void) {
    rstore_stats_record stats = {0};
    struct holdings now;

    STATUS(RSTORE_OK, rstore_stats(&stats, sizeof stats));
    now.handles = stats.live_handles;
    now.goroutines = stats.goroutines;
    now.files = open_files();
    return now;
}

static void pause_ms(long ms) {
    const struct timespec time = {.tv_nsec = ms * 1000000};

    nanosleep(&time, NULL);
}

struct holdings holdings(void) {
    struct holdings least = sample();
    int waited;

    for (waited = 0; waited < REST_MS; waited += 10) {
        struct holdings now;

        pause_ms(10);
        now = sample();
        least.handles = now.handles < least.handles ? now.handles : least.handles;
        least.goroutines = now.goroutines < least.goroutines ? now.goroutines : least.goroutines;
        least.files = now.files < least.files ? now.files : least.files;
    }
    return least;
}

static int no_more(const struct holdings *now, const struct holdings *before) {
    return now->handles == before->handles && now->goroutines <= before->goroutines && now->files <= before->files;
}

void check_holdings(const struct holdings *before) {
    struct holdings now = sample();
    int waited;

    for (waited = 0; waited < SETTLE_MS && !no_more(&now, before); waited += 10) {
        pause_ms(10);
        now = sample();
    }
    printf("held before and after: %" PRIu64 " and %" PRIu64 " handles, %" PRIu64 " and %" PRIu64
           " goroutines, %ld and %ld open files\n",
           before->handles, now.handles, before->goroutines, now.goroutines, before->files, now.files);
    CHECK(no_more(&now, before));
}
