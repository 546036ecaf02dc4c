/* Whether this process is a forked child of the one that loaded the library. */
#ifndef REMOTESTORE_FORK_H
#define REMOTESTORE_FORK_H

extern volatile int rstore_forked;

#endif
