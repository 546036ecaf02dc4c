/* Runs the cases of cases.json through the C interface, on one target:
 *
 *     conformance memory | local | s3
 *
 * They run twice in each place: as calls that return when they are over, and
 * submitted to a queue.
 *
 * s3 needs REMOTESTORE_TEST_S3_URL, s3://bucket[/prefix], and its name in
 * REMOTESTORE_TEST_S3_TARGET, for the reasons to skip a case; endpoint
 * and credentials are what the library finds in the environment. */
#include "conformance.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Runs a step in the child of the store that it names. */
static void run_step(struct run *run, rstore_store store, const struct step *step, size_t depth) {
    rstore_store child;
    rstore_error error;
    const struct text *path = &step->children[depth];
    int32_t status;

    if (depth == step->child_count) {
        struct step completed = *step;

        complete(run, store, &completed);
        step->run(run, store, &completed);
        return;
    }
    status = rstore_child(store, path->bytes, path->length, NULL, 0, &child, &error);
    if (expect(run, RSTORE_OK, NULL, status, error)) {
        run_step(run, child, step, depth + 1);
        close_handle(run, child, "the child"); /* which does not close the backend */
    }
}

static size_t run_case(const struct place *place, size_t number, const char *target, int prefixed) {
    struct run run = {.target = target, .test = &cases[number]};
    struct opened opened = {0, 0, 0};
    size_t i;

    if (open_place(&run, place, number, prefixed, &opened)) {
        for (i = 0; i < run.test->step_count; i++) {
            run.step = i + 1;
            run_step(&run, opened.store, &run.test->steps[i], 0);
        }
        run.step = 0;
        close_left(&run, run.reader, "the reader");
        close_left(&run, run.writer, "the writer");
        close_left(&run, run.upload, "the upload");
        empty(&run, opened.outer, prefixed);
    }
    close_place(&run, &opened);
    return run.failures;
}

static const char *skip_reason(const struct test_case *test, const struct place *place) {
    const char *names[] = {"c", NULL, NULL};
    size_t i, j;

    names[1] = place->name;
    names[2] = place->backend;
    for (i = 0; i < test->skip_count; i++) {
        for (j = 0; j < sizeof names / sizeof *names; j++) {
            if (strcmp(test->skips[i].key, names[j]) == 0) {
                return test->skips[i].value;
            }
        }
    }
    return NULL;
}

/* Runs all cases; returns whether they passed. */
static int run_all(const struct place *place, int prefixed, const char *way) {
    size_t passed = 0, failed = 0, skipped = 0, i;
    char target[64];

    snprintf(target, sizeof target, "%s%s%s", place->name, prefixed ? "/prefixed" : "", way);
    for (i = 0; i < case_count; i++) {
        const char *reason = skip_reason(&cases[i], place);

        if (reason != NULL) {
            printf("skip %s: %s: %s\n", target, cases[i].name, reason);
            skipped++;
        } else if (run_case(place, i, target, prefixed) == 0) {
            passed++;
        } else {
            failed++;
        }
    }
    printf("conformance (C, %s): %zu passed, %zu failed, %zu skipped\n", target, passed, failed, skipped);
    return failed == 0;
}

/* The same through a queue. */
static int run_queued(const struct place *place, int prefixed) {
    int passed, waits = strcmp(place->backend, "memory") != 0;
    size_t pending;

    begin_queue();
    passed = run_all(place, prefixed, ", queued");
    pending = end_queue();
    printf("%zu calls were pending\n", pending);
    if (waits != (pending > 0)) {
        printf("FAIL %s: calls on it %s\n", place->name, waits ? "wait" : "have nothing to wait for");
        return 0;
    }
    return passed;
}

/* Nothing may be left open. */
static int all_closed(const char *target) {
    rstore_stats_record stats = {0};
    int32_t status = rstore_stats(&stats, sizeof stats);

    if (status == RSTORE_OK && stats.live_handles == 0) {
        return 1;
    }
    printf("FAIL %s: at the end: rstore_stats says %s, %" PRIu64 " open handles\n", target,
           rstore_status_name(status), stats.live_handles);
    return 0;
}

int main(int argc, char **argv) {
    struct place place;
    int passed;

    if (argc != 2) {
        fprintf(stderr, "usage: %s memory|local|s3\n", argv[0]);
        return 1;
    }
    if (rstore_abi_version() != RSTORE_ABI_VERSION) {
        fprintf(stderr, "the library has another ABI version than the header\n");
        return 1;
    }
    prepare(&place, argv[1]);
    passed = run_all(&place, 0, "");
    passed = run_all(&place, 1, "") && passed;
    passed = run_queued(&place, 0) && passed;
    passed = run_queued(&place, 1) && passed;
    remove_folders(&place);
    return all_closed(place.name) && passed ? 0 : 1;
}
