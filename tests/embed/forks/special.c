/* Children of another kind, and of another system. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forks.h"

static rstore_store memory_store(void) {
    rstore_store store = 0;

    STATUS(RSTORE_OK, rstore_open(RSTORE_STR("memory://"), 0, &store, NULL));
    return store;
}

static const int signals_of_go[] = {SIGSEGV, SIGBUS, SIGFPE, SIGPIPE};

static uintptr_t handler_of(int number) {
    struct sigaction action;

    sigaction(number, NULL, &action);
    return action.sa_flags & SA_SIGINFO ? (uintptr_t)action.sa_sigaction : (uintptr_t)action.sa_handler;
}

/* ---- Before the first call -------------------------------------------------- */

void lazy_start(void) {
    size_t i;

    CHECK(threads_here() == 1);
    for (i = 0; i < COUNT(signals_of_go); i++) CHECK(handler_of(signals_of_go[i]) == (uintptr_t)SIG_DFL);
    CHECK(rstore_abi_version() == RSTORE_ABI_VERSION && rstore_fork_problem() == NULL);
    CHECK(threads_here() == 1);
    STATUS(RSTORE_BAD_HANDLE, rstore_close(0));
    CHECK(threads_here() > 1);
    for (i = 0; i < COUNT(signals_of_go); i++) CHECK(handler_of(signals_of_go[i]) != (uintptr_t)SIG_DFL);
    CHECK(handler_of(SIGURG) == (uintptr_t)SIG_DFL);
}

/* ---- Signals ---------------------------------------------------------------- */

static volatile sig_atomic_t seen;
static sigjmp_buf behind_fault;

static void ours(int number) {
    seen = number;
    if (number == SIGSEGV) siglongjmp(behind_fault, 1);
}

/* What the host does wrong, and what a pipe says, comes to the host's handlers,
 * through Go's or not. */
__attribute__((no_sanitize("undefined"))) static void faults_are_ours(void) {
    static volatile int *volatile nowhere;
    int ends[2];

    seen = 0;
    if (sigsetjmp(behind_fault, 1) == 0) *nowhere = 1;
    CHECK(seen == SIGSEGV);
    CHECK(pipe(ends) == 0 && close(ends[0]) == 0 && write(ends[1], "x", 1) < 0 && errno == EPIPE);
    CHECK(seen == SIGPIPE);
    close(ends[1]);
    raise(SIGUSR1);
    CHECK(seen == SIGUSR1);
    raise(SIGURG);
    CHECK(seen == SIGURG);
}

static void are_of_go(int yes) {
    static const int taken[] = {SIGSEGV, SIGPIPE};
    size_t i;

    for (i = 0; i < COUNT(taken); i++) CHECK((handler_of(taken[i]) != (uintptr_t)ours) == yes);
    CHECK((handler_of(SIGFPE) != (uintptr_t)SIG_DFL) == yes);
    CHECK(handler_of(SIGUSR1) == (uintptr_t)ours); /* taken after Go started */
}

static void back_and_forth(void) {
    are_of_go(0);
    faults_are_ours();
    (void)memory_store();
    are_of_go(1);
    faults_are_ours();
}

static void crash(void) {
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

__attribute__((no_sanitize("undefined"))) static void start_and_crash(void) {
    static volatile int *volatile nowhere;

    signal(SIGSEGV, SIG_DFL);
    (void)memory_store();
    *nowhere = 1;
}

static void must_die_of(void (*run)(void), int number) {
    int state = 0;
    pid_t child = start_child(run);

    CHECK(waitpid(child, &state, 0) == child && WIFSIGNALED(state) && WTERMSIG(state) == number);
}

void signals(void) {
    struct sigaction action = {.sa_handler = ours, .sa_flags = SA_ONSTACK | SA_RESTART};

    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGURG, &action, NULL);
    action.sa_flags = 0;
    sigaction(SIGUSR2, &action, NULL);
    CHECK(rstore_signals_unsafe() == (uint64_t)1 << (SIGUSR2 - 1));
    (void)memory_store();
    CHECK(rstore_signals_unsafe() == 0);
    sigaction(SIGUSR2, &action, NULL);
    CHECK(rstore_signals_unsafe() == (uint64_t)1 << (SIGUSR2 - 1));
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    are_of_go(1);
    faults_are_ours();
    end_child(start_child(back_and_forth));
    must_die_of(crash, SIGSEGV);
    must_die_of(start_and_crash, SIGSEGV);
    are_of_go(1);
}

/* ---- No copy ------------------------------------------------------------------ */

static rstore_store parents;
static const char *why;

/* Everything is refused, at once, and the reason told. */
static void refused(void) {
    rstore_store store = 0;
    rstore_error error = UINT64_MAX;

    STATUS(RSTORE_FORKED, rstore_head(parents, 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_FORKED, rstore_open(RSTORE_STR("memory://"), 0, &store, &error));
    CHECK(error == 0 && store == 0);
    STATUS(RSTORE_FORKED, rstore_close(parents));
    CHECK_FOR(rstore_fork_problem(), rstore_fork_problem() && strstr(rstore_fork_problem(), why));
}

void raw_clone(void) {
    long child;
    int state = -1;

    parents = memory_store();
    why = "raw clone";
    fflush(stdout);
    child = syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
    if (child == 0) {
        failed = 0;
        refused();
        _exit(failed == 0 ? 0 : 1);
    }
    CHECK(waitpid((pid_t)child, &state, 0) == child && WIFEXITED(state) && WEXITSTATUS(state) == 0);
    STATUS(RSTORE_OK, rstore_close(parents));
}

static void forbid_memfd(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = COUNT(rules), .filter = rules};

    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

void plain_build(void) {
    why = "starts Go when it is loaded";
    CHECK(rstore_fork_problem() && strstr(rstore_fork_problem(), why));
    CHECK(threads_here() > 1);
    parents = memory_store();
    end_child(start_child(refused));
    STATUS(RSTORE_OK, rstore_close(parents));
}

void without_memfd(void) {
    forbid_memfd();
    parents = memory_store();
    why = "no file in memory";
    end_child(start_child(refused));
    CHECK(rstore_fork_problem() && strstr(rstore_fork_problem(), why)); /* the parent knows it too */
    STATUS(RSTORE_OK, rstore_close(parents));
}

/* The library is loaded again from a copy of its file, which is replaced. */
void replaced(void) {
    int32_t (*open_it)(const char *, size_t, rstore_options, rstore_store *, rstore_error *);
    const char *(*problem)(void);
    char file[] = "/tmp/remotestore-forks-XXXXXX", command[PATH_MAX + 64];
    Dl_info info;
    void *library;
    rstore_store store = 0;
    int fd = mkstemp(file), state = -1;
    pid_t child;

    CHECK(fd >= 0 && dladdr((void *)(uintptr_t)rstore_close, &info));
    close(fd);
    snprintf(command, sizeof command, "cp '%s' '%s'", info.dli_fname, file);
    CHECK(system(command) == 0);
    library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    if (!library) return;
    *(void **)&open_it = dlsym(library, "rstore_open");
    *(void **)&problem = dlsym(library, "rstore_fork_problem");
    CHECK(open_it(RSTORE_STR("memory://"), 0, &store, NULL) == RSTORE_OK);
    unlink(file);
    snprintf(command, sizeof command, "head -c 100000 /dev/zero >'%s'", file);
    CHECK(system(command) == 0);
    fflush(stdout);
    child = fork();
    if (child == 0) _exit(open_it(RSTORE_STR("memory://"), 0, &store, NULL) == RSTORE_FORKED ? 0 : 1);
    CHECK(waitpid(child, &state, 0) == child && WIFEXITED(state) && WEXITSTATUS(state) == 0);
    CHECK_FOR(problem(), problem() && strstr(problem(), "replaced"));
    unlink(file);
}

/* ---- Within a call -------------------------------------------------------------- */

static pid_t hook_child = -1;
static pid_t host;

static int32_t fork_once(uintptr_t user_data, int32_t reason) {
    (void)user_data;
    (void)reason;
    if (hook_child < 0) hook_child = fork();
    return getpid() == host; /* the child would go on */
}

static void must_be_ended(void) {
    int state = -1;

    CHECK(getpid() == host);
    CHECK(waitpid(hook_child, &state, 0) == hook_child && WIFEXITED(state) && WEXITSTATUS(state) == 70);
    hook_child = -1;
}

void within_a_hook(void) {
    static char large[128 << 20];
    const rstore_args args = {.flags = RSTORE_OVERWRITE};
    int32_t status;
    const char url[] = "http://127.0.0.1:1/bucket";
    const char *options[][2] = {{"retry_backoff_base", "60"}, {"access_key_id", "a"}, {"secret_access_key", "b"}};
    rstore_options o = 0;
    rstore_store store = 0;
    rstore_ctx ctx = 0;
    size_t i;

    host = getpid();
    STATUS(RSTORE_OK, rstore_options_new(&o, NULL));
    for (i = 0; i < COUNT(options); i++)
        STATUS(RSTORE_OK, rstore_options_set(o, options[i][0], strlen(options[i][0]), options[i][1], strlen(options[i][1]), NULL));
    STATUS(RSTORE_OK, rstore_open(url, strlen(url), o, &store, NULL));
    STATUS(RSTORE_OK, rstore_ctx_new(0, &ctx, NULL));
    STATUS(RSTORE_OK, rstore_ctx_set_interrupt(ctx, fork_once, 0, NULL));
    STATUS(RSTORE_CANCELLED, rstore_head(store, ctx, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    must_be_ended();

    /* A call that waits for nobody asks on its way. */
    store = memory_store();
    for (i = 0; i < 100 && hook_child < 0; i++) {
        status = rstore_put(store, ctx, RSTORE_STR("a"), large, sizeof large, &args, sizeof args, NULL, 0, NULL);
        CHECK(status == RSTORE_OK || status == RSTORE_CANCELLED);
    }
    must_be_ended();
}
