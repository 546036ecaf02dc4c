/* The store, the object, and what a process has. */
#define _XOPEN_SOURCE 700

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forks.h"

static const char object[] = "what every child reads";

rstore_store open_store(void) {
    const char *url = getenv("REMOTESTORE_TEST_S3_URL");
    char place[256];
    rstore_store store = 0;
    rstore_error error = 0;
    rstore_evidence evidence;

    snprintf(place, sizeof place, "%s/forks", url ? url : "s3://there-is-none");
    if (rstore_open(place, strlen(place), 0, &store, &error) != RSTORE_OK) {
        if (rstore_error_evidence(error, &evidence, sizeof evidence) == RSTORE_OK) printf("%s\n", evidence.message);
        rstore_close(error);
    }
    return store;
}

void write_object(rstore_store store) {
    const rstore_args args = {.flags = RSTORE_OVERWRITE};

    STATUS(RSTORE_OK, rstore_put(store, 0, RSTORE_STR("a"), object, sizeof object, &args, sizeof args, NULL, 0, NULL));
}

int reads_object(rstore_store store) {
    char buffer[sizeof object + 1];
    size_t filled = 0;

    return rstore_get_into(store, 0, RSTORE_STR("a"), NULL, 0, buffer, sizeof buffer, &filled, NULL) == RSTORE_OK &&
           filled == sizeof object && memcmp(buffer, object, filled) == 0;
}

void delete_object(rstore_store store) { STATUS(RSTORE_OK, rstore_delete(store, 0, RSTORE_STR("a"), NULL, 0, NULL)); }

long threads_here(void) {
    DIR *dir = opendir("/proc/self/task");
    long count = -2; /* . and .. */

    if (!dir) return -1;
    while (readdir(dir)) count++;
    closedir(dir);
    return count;
}

int sockets_connected(void) {
    struct sockaddr_storage peer;
    int fd, count = 0;

    for (fd = 3; fd < 1024; fd++) {
        socklen_t size = sizeof peer;

        count += getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.ss_family != AF_UNIX;
    }
    return count;
}

pid_t start_child(void (*run)(void)) {
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child != 0) return child;
    alarm(CHILD_SECONDS); /* ends a call that hangs */
    failed = 0;
    run();
    fflush(stdout);
    _exit(failed == 0 ? 0 : 1);
}

void end_child(pid_t child) {
    int state = -1;

    CHECK(child > 0 && waitpid(child, &state, 0) == child);
    CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
}
