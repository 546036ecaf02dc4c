/* The verbs of appends, many ranges, batches, many deletes and ACLs. */
#include "conformance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void do_append(struct run *run, rstore_store store, const struct step *step) {
    rstore_object object;
    rstore_error error;
    size_t length;
    char *bytes = content(step, &length);
    int32_t status = rstore_append(store, 0, step->path.bytes, step->path.length, bytes, length, &step->args,
                                   sizeof step->args, &object, sizeof object, &error);

    free(bytes);
    if (succeeded(run, step, status, error)) {
        check_written(run, step, &object, step->count);
    }
}

/* Puts what was read of all ranges together, with a '|' behind each. */
static void compare_ranges(struct run *run, const struct step *step, const rstore_range *ranges) {
    size_t length = 0, i;
    char *all;

    for (i = 0; i < step->range_count; i++) {
        length += ranges[i].filled + 1;
    }
    all = allocate(length);
    length = 0;
    for (i = 0; i < step->range_count; i++) {
        memcpy(all + length, ranges[i].buffer, ranges[i].filled);
        length += ranges[i].filled;
        all[length++] = '|';
    }
    compare(run, step, all, length);
    free(all);
}

void do_get_ranges(struct run *run, rstore_store store, const struct step *step) {
    rstore_range *ranges = allocate(step->range_count * sizeof *ranges);
    rstore_object object;
    rstore_error error;
    int32_t status;
    size_t i;

    for (i = 0; i < step->range_count; i++) {
        ranges[i] = step->ranges[i];
        ranges[i].buffer = allocate(ranges[i].buffer_len);
    }
    status = rstore_get_ranges(store, 0, step->path.bytes, step->path.length, &step->args, sizeof step->args,
                               ranges, step->range_count, &object, sizeof object, &error);
    if (succeeded(run, step, status, error)) {
        check_object(run, &object);
        compare_ranges(run, step, ranges);
        close_handle(run, object.owner, "the object");
    }
    for (i = 0; i < step->range_count; i++) {
        free(ranges[i].buffer);
    }
    free(ranges);
}

static void check_failures(struct run *run, const struct step *step, const rstore_failures *failures) {
    size_t i;

    if (failures->count != step->failed_count) {
        fail(run, "expected %zu failures, got %zu", step->failed_count, failures->count);
        return;
    }
    for (i = 0; i < failures->count; i++) {
        const rstore_failure *one = RSTORE_FAILURE(*failures, i);

        if (one->index != step->failed[i] || one->status == RSTORE_OK || *one->message == '\0' || one->s3_code == NULL) {
            fail(run, "failure %zu is of object %zu: %s: %s", i, one->index, rstore_status_name(one->status), one->message);
        }
    }
}

void do_delete_many(struct run *run, rstore_store store, const struct step *step) {
    rstore_deletion *objects = allocate(step->target_count * sizeof *objects);
    rstore_failures failures;
    rstore_error error;
    int32_t status;
    size_t i;

    memset(objects, 0, step->target_count * sizeof *objects);
    for (i = 0; i < step->target_count; i++) {
        objects[i].path = step->targets[i].bytes;
        objects[i].path_len = step->targets[i].length;
    }
    status = rstore_delete_many(store, 0, objects, step->target_count, &step->args, sizeof step->args, &failures,
                                sizeof failures, &error);
    free(objects);
    if (succeeded(run, step, status, error)) {
        check_failures(run, step, &failures);
        close_handle(run, failures.owner, "the failures");
    }
}

static size_t described(char *to, size_t room, const rstore_result *one) {
    if (one->status != RSTORE_OK) {
        return (size_t)snprintf(to, room, "!%s|", rstore_status_name(one->status));
    }
    if (one->object != NULL) {
        return (size_t)snprintf(to, room, "%" PRIu64 "|", one->object->size);
    }
    memcpy(to, one->data, one->data_len);
    to[one->data_len] = '|';
    return one->data_len + 1;
}

/* Puts all results together, each with a '|' behind, and a '!' before the status of one that failed. */
static void compare_results(struct run *run, const struct step *step, const rstore_results *results) {
    enum { NAME = 64 };
    size_t length = 1, i;
    char *all;

    for (i = 0; i < results->count; i++) {
        length += RSTORE_RESULT(*results, i)->data_len + NAME;
    }
    all = allocate(length);
    length = 0;
    for (i = 0; i < results->count; i++) {
        const rstore_result *one = RSTORE_RESULT(*results, i);

        if ((one->status == RSTORE_OK) != (*one->message == '\0') || one->s3_code == NULL ||
            (one->object != NULL && (one->object->owner != 0 || one->object->size != one->size))) {
            fail(run, "result %zu is %s: %s", i, rstore_status_name(one->status), one->message);
        }
        length += described(all + length, NAME, one);
    }
    compare(run, step, all, length);
    free(all);
}

static void finish_many(struct run *run, const struct step *step, rstore_path *paths, int32_t status, rstore_error error,
                        const rstore_results *results) {
    free(paths);
    if (succeeded(run, step, status, error)) {
        compare_results(run, step, results);
        close_handle(run, results->owner, "the results");
    }
}

static rstore_path *paths_of(const struct step *step) {
    rstore_path *paths = allocate(step->target_count * sizeof *paths);
    size_t i;

    for (i = 0; i < step->target_count; i++) {
        paths[i].path = step->targets[i].bytes;
        paths[i].path_len = step->targets[i].length;
    }
    return paths;
}

void do_get_many(struct run *run, rstore_store store, const struct step *step) {
    rstore_path *paths = paths_of(step);
    rstore_results results;
    rstore_error error;
    int32_t status = rstore_get_many(store, 0, paths, step->target_count, &step->args, sizeof step->args, &results,
                                     sizeof results, &error);

    finish_many(run, step, paths, status, error, &results);
}

void do_head_many(struct run *run, rstore_store store, const struct step *step) {
    rstore_path *paths = paths_of(step);
    rstore_results results;
    rstore_error error;
    int32_t status = rstore_head_many(store, 0, paths, step->target_count, &step->args, sizeof step->args, &results,
                                      sizeof results, &error);

    finish_many(run, step, paths, status, error, &results);
}

void do_set_acl(struct run *run, rstore_store store, const struct step *step) {
    rstore_args args = step->args;
    rstore_error error;
    int32_t status;

    args.acl = NULL; /* it is a parameter */
    args.acl_len = 0;
    status = rstore_set_acl(store, 0, step->path.bytes, step->path.length, &args, sizeof args, step->args.acl,
                            step->args.acl_len, &error);
    succeeded(run, step, status, error);
}
