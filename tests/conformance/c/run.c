/* What came of a case: failures, statuses, bytes. */
#include "conformance.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(struct run *run, const char *format, ...) {
    va_list arguments;

    printf("FAIL %s: %s: step %zu: ", run->target, run->test->name, run->step);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    run->failures++;
}

void die(const char *what) {
    perror(what);
    exit(1);
}

void *allocate(size_t size) {
    void *memory = malloc(size + 1); /* never NULL for 0 bytes */

    if (memory == NULL) {
        die("malloc");
    }
    return memory;
}

/* Checks the evidence of a call that failed. */
static void check_evidence(struct run *run, const char *about, int32_t status, const rstore_evidence *evidence) {
    if (evidence->status != status) {
        fail(run, "%s has the evidence of %s", rstore_status_name(status), rstore_status_name(evidence->status));
    } else if (*evidence->message == '\0') {
        fail(run, "%s has no message", rstore_status_name(status));
    } else if ((status == RSTORE_NOT_SUPPORTED) != (*evidence->capability != '\0')) {
        fail(run, "%s is about the capability \"%s\"", rstore_status_name(status), evidence->capability);
    } else if (about != NULL && strcmp(about, evidence->path) != 0) {
        fail(run, "the error is about \"%s\", not \"%s\"", evidence->path, about);
    }
}

int expect(struct run *run, int32_t want, const char *about, int32_t status, rstore_error error) {
    rstore_evidence evidence = {0};
    int failed = status != RSTORE_OK && status != RSTORE_END;

    if (!failed && error != 0) {
        fail(run, "the call did not fail, but there is an error handle");
    }
    if (failed && rstore_error_evidence(error, &evidence, sizeof evidence) != RSTORE_OK) {
        fail(run, "%s has no evidence", rstore_status_name(status));
    } else if (failed) {
        check_evidence(run, about, status, &evidence);
    }
    if (status != want) {
        fail(run, "expected %s, got %s: %s", rstore_status_name(want), rstore_status_name(status),
             evidence.message != NULL ? evidence.message : "");
    }
    if (error != 0 && rstore_close(error) != RSTORE_OK) {
        fail(run, "the error handle does not close");
    }
    return status == want && !failed;
}

int succeeded(struct run *run, const struct step *step, int32_t status, rstore_error error) {
    return expect(run, step->want, step->about, status, error);
}

void close_handle(struct run *run, rstore_handle handle, const char *what) {
    int32_t status = rstore_close(handle);

    if (status != RSTORE_OK) {
        fail(run, "closing %s: %s", what, rstore_status_name(status));
    }
}

void close_as_told(struct run *run, const struct step *step, rstore_handle handle) {
    int32_t status = rstore_close(handle); /* which gives no error handle */

    if (rstore_settle(0, NULL) != RSTORE_OK) {
        fail(run, "what was left to clean up did not end");
    }
    if (status != step->want) {
        fail(run, "expected %s, got %s", rstore_status_name(step->want), rstore_status_name(status));
    }
}

void close_left(struct run *run, rstore_handle handle, const char *what) {
    int32_t status = handle == 0 ? RSTORE_OK : rstore_close(handle);

    if (status != RSTORE_OK && status != RSTORE_CLOSED) {
        fail(run, "closing %s: %s", what, rstore_status_name(status));
    }
}

int same_text(const struct text *text, const char *bytes, size_t length) {
    return text->length == length && memcmp(text->bytes, bytes, length) == 0;
}

char *content(const struct step *step, size_t *length) {
    char *bytes;
    size_t i;

    if (step->data.bytes != NULL) {
        *length = step->data.length;
        bytes = allocate(*length);
        memcpy(bytes, step->data.bytes, *length);
        return bytes;
    }
    *length = (size_t)step->size;
    bytes = allocate(*length);
    for (i = 0; i < *length; i++) {
        bytes[i] = (char)(unsigned char)((31 * (step->from + i) + 7) % 251);
    }
    return bytes;
}

void compare(struct run *run, const struct step *step, const char *got, size_t got_length) {
    size_t length;
    char *want = content(step, &length);

    if (got_length != length) {
        fail(run, "expected %zu bytes, got %zu", length, got_length);
    } else if (memcmp(want, got, length) != 0) {
        fail(run, "got %zu other bytes than expected", length);
    }
    free(want);
}
