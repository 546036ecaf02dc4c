/* A second image of this library in the same process, by a copy of its file: the
 * loader gives the same image again for the same file. */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* A handle has 8 bits for it: see handle.go. */
enum { MOST_GENERATIONS = 255 };

/* Where this image begins, by the linker. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static const ElfW(Phdr) *segments(void) {
    return (const ElfW(Phdr) *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
}

int rstore_is_ours(const void *address) {
    uintptr_t offset = (uintptr_t)address - (uintptr_t)&__ehdr_start;
    int i;

    for (i = 0; i < __ehdr_start.e_phnum; i++) {
        const ElfW(Phdr) *segment = &segments()[i];

        if (segment->p_type == PT_LOAD && offset - segment->p_vaddr < segment->p_memsz) return 1;
    }
    return 0;
}

char *rstore_own_file(void) {
    Dl_info info;

    return dladdr(&__ehdr_start, &info) && info.dli_fname ? realpath(info.dli_fname, NULL) : NULL;
}

/* Whether the file has the notes of this image, of which one is the build id: it
 * may have been replaced. */
static int is_this(int file) {
    char note[512];
    int i, notes = 0;

    for (i = 0; i < __ehdr_start.e_phnum; i++) {
        const ElfW(Phdr) *segment = &segments()[i];

        if (segment->p_type != PT_NOTE) continue;
        notes++;
        if (segment->p_filesz > sizeof note ||
            pread(file, note, segment->p_filesz, (off_t)segment->p_offset) != (ssize_t)segment->p_filesz ||
            memcmp(note, (const char *)&__ehdr_start + segment->p_vaddr, segment->p_filesz) != 0)
            return 0;
    }
    return notes > 0;
}

static int copy_file(int from, int to) {
    struct stat status;
    off_t at = 0;

    if (fstat(from, &status) != 0) return -1;
    while (at < status.st_size) {
        if (sendfile(to, from, &at, (size_t)(status.st_size - at)) <= 0) return -1;
    }
    return 0;
}

/* A file in memory that may be executed, also where that must be asked for
 * (Linux 6.3, vm.memfd_noexec). */
static int memory_file(void) {
    int fd = memfd_create("libremotestore", MFD_CLOEXEC | MFD_EXEC);

    return fd >= 0 ? fd : memfd_create("libremotestore", MFD_CLOEXEC);
}

/* Loads the file, and says how far behind this image it is. */
static const char *load(int file, uintptr_t *away) {
    char name[sizeof "/proc//fd/" + 2 * 3 * sizeof(int)];
    struct link_map *map = NULL;
    const rstore_image *copy;
    void *library;

    /* The loader knows images by name as well. So this is not /proc/self, under
     * which it finds that of the parent (pid and descriptor may still repeat). */
    snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)getpid(), file);
    library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0)
        return "the copy of the library cannot be loaded: executable memory files may be forbidden here";
    *away = map->l_addr - (uintptr_t)&__ehdr_start;
    copy = (const rstore_image *)RSTORE_TWIN(&rstore_this, *away);
    return *away == 0 || copy->started || copy->generation ? "an image of an earlier fork has the same name" : NULL;
}

const char *rstore_copy_map(void) {
    const char *problem;
    uintptr_t away = 0;
    int file, copy;

    if (!rstore_is_lazy()) return "a copy would start at once";
    if (rstore_this.generation == MOST_GENERATIONS) return "there are too many forks, one within the other";
    if (!rstore_this.file) return "the library's file is not known";
    file = open(rstore_this.file, O_RDONLY | O_CLOEXEC);
    if (file < 0) return "the library's file cannot be read";
    copy = memory_file();
    if (copy < 0)
        problem = "there can be no file in memory";
    else if (copy_file(file, copy) != 0)
        problem = "there is no memory for a copy of the library";
    else if (!is_this(copy))
        problem = "the library's file was replaced after it was loaded";
    else
        problem = load(copy, &away);
    if (copy >= 0) close(copy);
    close(file);
    if (!problem) rstore_this.copy = away;
    return problem;
}
