/* The verbs of readers. */
#include "conformance.h"

#include <inttypes.h>
#include <stdlib.h>

void do_reader(struct run *run, rstore_store store, const struct step *step) {
    rstore_reader reader;
    rstore_object object;
    rstore_error error;
    int32_t status = rstore_reader_open(store, 0, step->path.bytes, step->path.length, &step->args,
                                        sizeof step->args, &reader, &object, sizeof object, &error);

    if (!succeeded(run, step, status, error)) {
        return;
    }
    close_left(run, run->reader, "the reader before");
    run->reader = reader;
    check_object(run, &object);
    if (object.length != step->size) {
        fail(run, "expected %" PRIu64 " bytes to read, got %" PRIu64, step->size, object.length);
    }
    close_handle(run, object.owner, "the object");
}

void do_read(struct run *run, rstore_store store, const struct step *step) {
    size_t length = (size_t)step->args.length, filled;
    char *buffer = allocate(length);
    rstore_error error;
    int32_t status = rstore_reader_read(run->reader, 0, buffer, length, &filled, &error);

    (void)store;
    if (succeeded(run, step, status, error)) {
        compare(run, step, buffer, filled);
    }
    free(buffer);
}

void do_read_at(struct run *run, rstore_store store, const struct step *step) {
    size_t length = (size_t)step->args.length, filled;
    char *buffer = allocate(length);
    rstore_error error;
    int32_t status = rstore_reader_read_at(run->reader, 0, step->args.offset, buffer, length, &filled, &error);

    (void)store;
    if (succeeded(run, step, status, error)) {
        compare(run, step, buffer, filled);
    }
    free(buffer);
}

void do_seek(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_reader_seek(run->reader, step->args.offset, &error);

    (void)store;
    succeeded(run, step, status, error);
}

void do_close_reader(struct run *run, rstore_store store, const struct step *step) {
    (void)store;
    close_as_told(run, step, run->reader);
}
