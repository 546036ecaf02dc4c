/* How a thread waits for the events of a queue: in C, where the Go scheduler has
 * nothing to do with it. */
#ifndef REMOTESTORE_QUEUE_H
#define REMOTESTORE_QUEUE_H

/* Waits until the descriptor is readable, the time is over (-1 is never), or a
 * signal came. */
void rstore_queue_poll(int fd, int timeout_ms);

#endif
