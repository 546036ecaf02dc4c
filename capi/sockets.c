/* The sockets of Go that a forked child has too: the endpoint would not see the
 * parent close them while a child lives. */
#define _GNU_SOURCE

#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"

enum { MOST = 1 << 16 };

/* By descriptor, the inode of a socket that it was. Nobody takes it out: the
 * descriptor may be another file by now, which has another inode. */
static atomic_ulong inodes[MOST];
static atomic_int end; /* behind the highest of them */

void rstore_socket_opened(int fd) {
    struct stat status;
    int before = atomic_load(&end);

    if (fd < 0 || fd >= MOST || fstat(fd, &status) != 0) return;
    atomic_store(&inodes[fd], status.st_ino);
    while (before <= fd && !atomic_compare_exchange_weak(&end, &before, fd + 1)) {
    }
}

void rstore_sockets_close(void) {
    struct stat status;
    int fd, until = atomic_load(&end);

    for (fd = 0; fd < until; fd++) {
        unsigned long inode = atomic_load(&inodes[fd]);

        if (inode && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_ino == inode) close(fd);
    }
}
