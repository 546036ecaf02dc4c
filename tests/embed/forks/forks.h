/* What the parts of this program share. */
#ifndef FORKS_H
#define FORKS_H

#include <sys/types.h>

#include "checks.h"
#include "libremotestore.h"

/* children.c */

/* A store on the test server, and an object in it that everybody reads. */
rstore_store open_store(void);
void write_object(rstore_store store);
int reads_object(rstore_store store); /* whether its bytes are right */
void delete_object(rstore_store store);

long threads_here(void);
int sockets_connected(void); /* of this process, but for those of the test */

/* Forks, runs the function in the child, which fails if a check of its does, and
 * which an alarm ends. */
enum { CHILD_SECONDS = 60 };
pid_t start_child(void (*run)(void));
void end_child(pid_t child); /* waits, and checks that it did not fail */

/* The parts: see main.c. */
void lazy_start(void);
void under_load(int forks);
void nested(int depth);
void together(int children);
void many(int forks);
void raw_clone(void);
void signals(void);
void without_memfd(void);
void plain_build(void);
void replaced(void);
void within_a_hook(void);

#endif
