/* Starts Go at the first call, so that a program that loads the library and does
 * not use it has no thread more, no signal handler, and may fork. The linker
 * put Go's start into a section of its own (build.sh); where that is not
 * possible, Go has started when the library was loaded. */
#define _GNU_SOURCE

#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image.h"

typedef void start_function(int argc, char **argv, char **envp);
extern start_function *__start_rstore_go_start[] __attribute__((weak, visibility("hidden")));
extern start_function *__stop_rstore_go_start[] __attribute__((weak, visibility("hidden")));

rstore_image rstore_this = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static const int32_t not_live = 0;
volatile const int32_t *volatile rstore_live = &not_live;

/* What Go's runtime looks for (runtime/os_linux.go, sysauxv, and vdso_linux.go). */
static const unsigned long wanted[] = {AT_RANDOM, AT_PAGESZ, AT_HWCAP, AT_HWCAP2, AT_SECURE, AT_SYSINFO_EHDR};
enum { WANTED = sizeof wanted / sizeof *wanted };

/* What the kernel lays on the stack of a new process: arguments, the environment
 * as it is now, and facts about the machine. Go keeps it for ever, and the host
 * may change its environment, so that it is copied. */
static char **process_block(void) {
    static char *name = "libremotestore";
    size_t variables = 0, text = 0, i;
    ElfW(auxv_t) *facts;
    char **block, *at;

    while (environ && environ[variables]) text += strlen(environ[variables++]) + 1;
    block = malloc((3 + variables) * sizeof *block + (WANTED + 1) * sizeof *facts + text);
    if (!block) return NULL;
    block[0] = name;
    block[1] = NULL;
    facts = (ElfW(auxv_t) *)(block + 3 + variables);
    at = (char *)(facts + WANTED + 1);
    for (i = 0; i < variables; i++) {
        block[2 + i] = at;
        at = stpcpy(at, environ[i]) + 1;
    }
    block[2 + variables] = NULL;
    for (i = 0; i < WANTED; i++) {
        facts[i].a_type = wanted[i];
        facts[i].a_un.a_val = getauxval(wanted[i]);
    }
    facts[WANTED].a_type = AT_NULL;
    facts[WANTED].a_un.a_val = 0;
    return block;
}

static int live_page(int32_t **page) {
    size_t size = (size_t)sysconf(_SC_PAGESIZE);

    *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (*page == MAP_FAILED) return -1;
    (void)madvise(*page, size, MADV_WIPEONFORK); /* Linux 4.14; else fork.c does it, for fork only */
    return 0;
}

int rstore_is_lazy(void) { return __start_rstore_go_start != NULL; }

static int start(void) {
    static char **block; /* for the leak detector */
    start_function **function;
    int32_t *page;
    int number;

    if (rstore_is_lazy() && !block && !(block = process_block())) return -1;
    if (live_page(&page) != 0 || rstore_watch_forks() != 0) return -1; /* the last that can fail, so once */
    if (!rstore_this.file) rstore_this.file = rstore_own_file();
    if (rstore_is_lazy()) {
        for (number = 1; number <= RSTORE_SIGNALS; number++) sigaction(number, NULL, &rstore_this.before[number]);
        for (function = __start_rstore_go_start; function < __stop_rstore_go_start; function++) (*function)(1, block, block + 2);
    }
    *page = 1;
    rstore_live = page;
    __atomic_store_n(&rstore_this.started, 1, __ATOMIC_RELEASE); /* behind rstore_live: see below */
    return 0;
}

int rstore_release_signal(void) {
    struct sigaction action = rstore_this.before[SIGURG];

    if (!rstore_is_lazy()) return 0;
    action.sa_flags |= SA_ONSTACK; /* as Go does for all others */
    return sigaction(SIGURG, &action, NULL);
}

uint32_t rstore_generation(void) { return rstore_this.generation; }

/* Takes over from the image that was forked. */
static void adopt(rstore_image *copy) {
    if (copy->generation) return;
    copy->generation = rstore_this.generation + 1;
    copy->file = rstore_this.file;
}

uintptr_t rstore_runtime(uintptr_t function) {
    uintptr_t away;
    int failed = 0;

    if (__atomic_load_n(&rstore_this.started, __ATOMIC_ACQUIRE)) {
        if (*rstore_live) return function;
        if (!rstore_this.forked) return 0; /* a raw clone, whose locks nobody has put right */
    }
    pthread_mutex_lock(&rstore_this.mutex);
    if (!rstore_this.started) failed = start();
    away = rstore_this.copy;
    if (rstore_this.forked && away) adopt((rstore_image *)RSTORE_TWIN(&rstore_this, away));
    pthread_mutex_unlock(&rstore_this.mutex);
    if (failed) return 0;
    if (!rstore_this.forked) return function;
    if (!away) return 0;
    return ((uintptr_t(*)(uintptr_t))RSTORE_TWIN(rstore_runtime, away))(RSTORE_TWIN(function, away));
}

uintptr_t rstore_running(uintptr_t function) {
    uintptr_t away = rstore_this.copy;

    if (!rstore_this.forked) return rstore_runtime(function);
    if (!away || !((rstore_image *)RSTORE_TWIN(&rstore_this, away))->started) return 0;
    return ((uintptr_t(*)(uintptr_t))RSTORE_TWIN(rstore_running, away))(RSTORE_TWIN(function, away));
}

/* Go that has started at load must be watched from there on. */
__attribute__((constructor)) static void already_started(void) {
    if (!rstore_is_lazy()) (void)start();
}
