/* The checks: they count, print and go on. */
#include <stdio.h>

#include "misuse.h"

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
