/* A library of Go in a process that forks. Each part is a process of its own:
 *
 *     forks lazy              nothing runs before the first call
 *     forks load COUNT        forks while threads are in calls, pooled connections are
 *                             open, dials are refused, and others load libraries
 *     forks nested DEPTH      a child of a child of a child ...
 *     forks together COUNT    children that start at once
 *     forks many COUNT        the parent does not grow
 *     forks clone             a raw clone is told apart
 *     forks signals           the host's handlers come back in a child
 *     forks no-memfd          where a copy is forbidden, a child is told why
 *     forks plain             so it is with the library of REMOTESTORE_BUILD=plain
 *     forks replaced          so it is where the library's file was replaced
 *     forks hook              a child that returns from an interrupt hook is ended
 */
#define _XOPEN_SOURCE 700

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forks.h"

int main(int argc, char **argv) {
    const char *part = argc > 1 ? argv[1] : "";
    int count = argc > 2 ? atoi(argv[2]) : 0;

    if (strcmp(part, "lazy") == 0) lazy_start();
    else if (strcmp(part, "load") == 0) under_load(count);
    else if (strcmp(part, "nested") == 0) nested(count);
    else if (strcmp(part, "together") == 0) together(count);
    else if (strcmp(part, "many") == 0) many(count);
    else if (strcmp(part, "clone") == 0) raw_clone();
    else if (strcmp(part, "signals") == 0) signals();
    else if (strcmp(part, "no-memfd") == 0) without_memfd();
    else if (strcmp(part, "plain") == 0) plain_build();
    else if (strcmp(part, "replaced") == 0) replaced();
    else if (strcmp(part, "hook") == 0) within_a_hook();
    else {
        fprintf(stderr, "forks: no such part: %s\n", part);
        return 2;
    }
    printf("forks %s: %ld checks, %ld failed\n", part, passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
