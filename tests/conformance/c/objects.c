/* The verbs of objects. */
#include "conformance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE_BUFFER = 64 };

void check_object(struct run *run, const rstore_object *object) {
    if (object->kind != RSTORE_KIND_OBJECT) {
        fail(run, "the kind is %" PRId32, object->kind);
    }
    if (object->etag_len == 0 || strlen(object->etag) != object->etag_len) {
        fail(run, "the ETag is \"%s\", its length %zu", object->etag, object->etag_len);
    }
    if (!object->odd && strlen(object->path) != object->path_len) {
        fail(run, "the path is \"%s\", but its length %zu", object->path, object->path_len);
    }
}

/* The same for one that a write or a head describes. */
static void check_described(struct run *run, const struct step *step, const rstore_object *object) {
    check_object(run, object);
    if (step->to.bytes != NULL && !same_text(&step->to, object->path, object->path_len)) {
        fail(run, "expected the path %s, got %s", step->to.bytes, object->path);
    }
}

static const rstore_pair *find_pair(const rstore_object *object, const rstore_pair *wanted) {
    size_t i;

    for (i = 0; i < object->metadata_count; i++) {
        const rstore_pair *pair = &object->metadata[i];

        if (pair->key_len == wanted->key_len && memcmp(pair->key, wanted->key, pair->key_len) == 0) {
            return pair;
        }
    }
    return NULL;
}

static void check_metadata(struct run *run, const struct step *step, const rstore_object *object) {
    size_t i;

    if (object->metadata_count != step->args.metadata_count) {
        fail(run, "expected %zu pairs of metadata, got %zu", step->args.metadata_count, object->metadata_count);
        return;
    }
    for (i = 0; i < step->args.metadata_count; i++) {
        const rstore_pair *want = &step->args.metadata[i];
        const rstore_pair *got = find_pair(object, want);

        if (got == NULL) {
            fail(run, "there is no metadata %s", want->key);
        } else if (got->value_len != want->value_len || memcmp(got->value, want->value, got->value_len) != 0) {
            fail(run, "the metadata %s is \"%s\"", want->key, got->value);
        }
    }
}

static void check_attributes(struct run *run, const struct step *step, const rstore_object *object) {
    size_t i, j;

    for (i = 0; i < step->args.attributes_count; i++) {
        const rstore_pair *want = &step->args.attributes[i];
        const char *got = "";

        for (j = 0; j < object->attributes_count; j++) {
            if (strcmp(object->attributes[j].key, want->key) == 0) {
                got = object->attributes[j].value;
            }
        }
        if (strcmp(got, want->value) != 0) {
            fail(run, "the attribute %s is \"%s\", not \"%s\"", want->key, got, want->value);
        }
    }
}

void check_written(struct run *run, const struct step *step, const rstore_object *object, uint64_t size) {
    check_described(run, step, object);
    check_metadata(run, step, object);
    if (object->size != size) {
        fail(run, "%" PRIu64 " bytes were written, the answer says %" PRIu64, size, object->size);
    }
    run->written = *object;
    snprintf(run->written_etag, sizeof run->written_etag, "%s", object->etag);
    close_handle(run, object->owner, "the object");
}

void do_put(struct run *run, rstore_store store, const struct step *step) {
    rstore_object object;
    rstore_error error;
    size_t length;
    char *bytes = content(step, &length);
    int32_t status = rstore_put(store, 0, step->path.bytes, step->path.length, bytes, length, &step->args,
                                sizeof step->args, &object, sizeof object, &error);

    free(bytes);
    if (succeeded(run, step, status, error)) {
        check_written(run, step, &object, length);
    }
}

void do_get(struct run *run, rstore_store store, const struct step *step) {
    rstore_object object;
    rstore_error error;
    int32_t status = rstore_get(store, 0, step->path.bytes, step->path.length, &step->args, sizeof step->args,
                                &object, sizeof object, &error);

    if (succeeded(run, step, status, error)) {
        check_object(run, &object);
        compare(run, step, object.data, object.data_len);
        close_handle(run, object.owner, "the object");
    }
}

void do_get_into(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    size_t size, filled;
    char *buffer;
    int32_t status;

    if (step->has_buffer) {
        size = step->buffer;
    } else {
        free(content(step, &size));
        size += SPARE_BUFFER;
    }
    buffer = allocate(size);
    status = rstore_get_into(store, 0, step->path.bytes, step->path.length, &step->args, sizeof step->args,
                             buffer, size, &filled, &error);
    /* Bytes behind what was filled may have any value. */
    if (succeeded(run, step, status, error)) {
        compare(run, step, buffer, filled);
    }
    free(buffer);
}

static void check_as_written(struct run *run, const rstore_object *object) {
    const rstore_object *written = &run->written;

    if (object->size != written->size || strcmp(object->etag, run->written_etag) != 0 ||
        object->version_id_len != written->version_id_len) {
        fail(run, "this is not what the write told: %" PRIu64 " bytes, ETag %s, now %" PRIu64 " bytes, ETag %s",
             written->size, run->written_etag, object->size, object->etag);
    }
}

void do_head(struct run *run, rstore_store store, const struct step *step) {
    rstore_args args = step->args;
    rstore_object object;
    rstore_error error;
    int32_t status;

    args.metadata = NULL; /* it is what is expected */
    args.metadata_count = 0;
    args.attributes = NULL;
    args.attributes_count = 0;
    status = rstore_head(store, 0, step->path.bytes, step->path.length, &args, sizeof args, &object,
                         sizeof object, &error);
    if (!succeeded(run, step, status, error)) {
        return;
    }
    check_described(run, step, &object);
    if (object.size != step->size) {
        fail(run, "expected size %" PRIu64 ", got %" PRIu64, step->size, object.size);
    }
    if (object.modified_ns == 0) {
        fail(run, "the time of the last change is missing");
    }
    if (step->has_metadata) {
        check_metadata(run, step, &object);
    }
    check_attributes(run, step, &object);
    if (step->as_written) {
        check_as_written(run, &object);
    }
    close_handle(run, object.owner, "the object");
}

static void check_exists(struct run *run, rstore_store store, const struct step *step, uint32_t kind) {
    rstore_args args = step->args;
    rstore_error error;
    int32_t found, status;

    args.flags |= kind;
    status = rstore_exists(store, 0, step->path.bytes, step->path.length, &args, sizeof args, &found, &error);
    if (succeeded(run, step, status, error) && found != step->is) {
        fail(run, "expected %d, got %" PRId32, step->is, found);
    }
}

void do_exists(struct run *run, rstore_store store, const struct step *step) {
    check_exists(run, store, step, 0);
}

void do_is_file(struct run *run, rstore_store store, const struct step *step) {
    check_exists(run, store, step, RSTORE_OBJECTS);
}

void do_is_folder(struct run *run, rstore_store store, const struct step *step) {
    check_exists(run, store, step, RSTORE_FOLDERS);
}

void do_delete(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_delete(store, 0, step->path.bytes, step->path.length, &step->args,
                                   sizeof step->args, &error);

    succeeded(run, step, status, error);
}

void do_copy(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_copy(store, 0, step->path.bytes, step->path.length, step->to.bytes,
                                 step->to.length, &step->args, sizeof step->args, &error);

    succeeded(run, step, status, error);
}

void do_move(struct run *run, rstore_store store, const struct step *step) {
    rstore_error error;
    int32_t status = rstore_move(store, 0, step->path.bytes, step->path.length, step->to.bytes,
                                 step->to.length, &step->args, sizeof step->args, &error);

    succeeded(run, step, status, error);
}
