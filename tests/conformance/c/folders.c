/* The verbs of folders and listings. */
#include "conformance.h"

#include <inttypes.h>
#include <string.h>

/* The expectation of a folder ends in '/', which its path does not. */
static int is_expected(const struct text *want, const rstore_object *got) {
    struct text path = *want;

    if (got->kind == RSTORE_KIND_FOLDER) {
        if (path.length == 0 || path.bytes[path.length - 1] != '/') {
            return 0;
        }
        path.length--;
    }
    return same_text(&path, got->path, got->path_len);
}

static int is_odd(const struct step *step, const rstore_object *got) {
    size_t i;

    for (i = 0; i < step->odd_count; i++) {
        if (is_expected(&step->odd[i], got)) {
            return 1;
        }
    }
    return 0;
}

static void check_entry(struct run *run, const struct step *step, const rstore_object *got, size_t number) {
    const char *slash = got->kind == RSTORE_KIND_FOLDER ? "/" : "";

    if (number >= step->path_count) {
        fail(run, "entry %zu was not expected: %s%s", number + 1, got->path, slash);
    } else if (!is_expected(&step->paths[number], got)) {
        fail(run, "entry %zu: expected %s, got %s%s", number + 1, step->paths[number].bytes, got->path, slash);
    }
    if (is_odd(step, got) != got->odd) {
        fail(run, "entry %zu: odd is %" PRId32 ": %s%s", number + 1, got->odd, got->path, slash);
    }
    if (got->kind == RSTORE_KIND_OBJECT) {
        check_object(run, got);
    }
    if (got->kind == RSTORE_KIND_UPLOAD && got->upload_id_len == 0) {
        fail(run, "entry %zu: the upload has no id", number + 1);
    }
    if ((got->kind == RSTORE_KIND_FOLDER) != (got->modified_ns == 0)) {
        fail(run, "entry %zu: its time is %" PRId64, number + 1, got->modified_ns);
    }
}

/* Compares a page with the expectation from the path number `done` on. Returns
 * the sum of the sizes. */
static uint64_t check_page(struct run *run, const struct step *step, const rstore_page *page, size_t done) {
    uint64_t size = 0;
    size_t i;

    if (page->count == 0 || (step->args.page_size != 0 && page->count > step->args.page_size)) {
        fail(run, "there are %zu entries in a page of %" PRIu32, page->count, step->args.page_size);
    }
    for (i = 0; i < page->count; i++) {
        check_entry(run, step, RSTORE_PAGE_OBJECT(*page, i), done + i);
        size += RSTORE_PAGE_OBJECT(*page, i)->size;
    }
    return size;
}

/* What opened the list may succeed and its first page fail. */
void check_listing(struct run *run, const struct step *step, int32_t status, rstore_list list,
                   rstore_error error) {
    rstore_page page;
    size_t done = 0;
    uint64_t size = 0;

    if (status != RSTORE_OK) {
        succeeded(run, step, status, error);
        return;
    }
    while ((status = rstore_list_next(list, 0, &page, sizeof page, &error)) == RSTORE_OK) {
        size += check_page(run, step, &page, done);
        done += page.count;
        close_handle(run, page.owner, "the page");
    }
    if (expect(run, step->want == RSTORE_OK ? RSTORE_END : step->want, step->about, status, error) &&
        done < step->path_count) {
        fail(run, "expected %zu entries, got %zu", step->path_count, done);
    }
    if (step->size != 0 && step->size != size) {
        fail(run, "expected %" PRIu64 " bytes in all, got %" PRIu64, step->size, size);
    }
    close_handle(run, list, "the list");
}

void do_list(struct run *run, rstore_store store, const struct step *step) {
    rstore_list list;
    rstore_error error;
    int32_t status = rstore_list_open(store, step->path.bytes, step->path.length, &step->args,
                                      sizeof step->args, &list, &error);

    check_listing(run, step, status, list, error);
}

void do_glob(struct run *run, rstore_store store, const struct step *step) {
    rstore_args args = step->args;
    rstore_list list;
    rstore_error error;
    int32_t status;

    args.pattern = NULL; /* here it is the path */
    args.pattern_len = 0;
    status = rstore_glob_open(store, step->args.pattern, step->args.pattern_len, &args, sizeof args, &list, &error);
    check_listing(run, step, status, list, error);
}

void do_folder_info(struct run *run, rstore_store store, const struct step *step) {
    rstore_folder folder;
    rstore_error error;
    int32_t status = rstore_folder_info(store, 0, step->path.bytes, step->path.length, &step->args,
                                        sizeof step->args, &folder, sizeof folder, &error);

    if (!succeeded(run, step, status, error)) {
        return;
    }
    if (folder.file_count != step->count || folder.total_size != step->size) {
        fail(run, "expected %" PRIu64 " objects of %" PRIu64 " bytes, got %" PRIu64 " of %" PRIu64, step->count,
             step->size, folder.file_count, folder.total_size);
    }
    if ((folder.modified_ns == 0) != (step->count == 0)) {
        fail(run, "the latest time is %" PRId64, folder.modified_ns);
    }
}

void do_delete_folder(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_delete_folder(store, 0, step->path.bytes, step->path.length, &step->args,
                                          sizeof step->args, &error);

    succeeded(run, step, status, error);
}
