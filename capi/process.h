/* What Go asks, and tells, about the process that it runs in. */
#ifndef REMOTESTORE_PROCESS_H
#define REMOTESTORE_PROCESS_H

#include <stdint.h>

/* Forks between the process that loaded the library and this one. */
uint32_t rstore_generation(void) __attribute__((visibility("hidden")));

/* Gives back the signal that Go has a handler for, and does not send itself. */
int rstore_release_signal(void) __attribute__((visibility("hidden")));

/* Notes a socket of Go, which a forked child must close. */
void rstore_socket_opened(int fd) __attribute__((visibility("hidden")));

#endif
