/* Handles: 0, garbage, altered, of another kind, closed, closed twice, and
 * those that outlive their store; with every function that takes a handle. */
#include <string.h>

#include "misuse.h"

enum { GARBAGE_HANDLES = 20000 };

/* xorshift64: the same numbers in every run. */
static uint64_t next_random(void) {
    static uint64_t state = 88172645463325252U;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int is_refusal(int32_t status) { return status == RSTORE_BAD_HANDLE || status == RSTORE_CLOSED; }

static void invented_handles(void) {
    size_t i, n;

    for (i = 0; i < handle_calls_count; i++) {
        if (!handle_calls[i].may_be_0) {
            STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, call_bad(i, 0));
        }
        STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, call_bad(i, UINT64_MAX));
    }
    for (n = 0; n < GARBAGE_HANDLES; n++) {
        i = n % handle_calls_count;
        CHECK_FOR(handle_calls[i].name, is_refusal(call_bad(i, next_random())));
    }
}

static int is_good(rstore_handle handle) {
    int kind;

    for (kind = 0; kind < KINDS && good[kind] != handle; kind++) {
    }
    return kind < KINDS;
}

/* A number that differs from a handle in one bit is none, or another one. */
static void altered_handles(void) {
    size_t i;
    int kind, bit;

    for (i = 0; i < handle_calls_count; i++) {
        for (kind = 0; kind < KINDS; kind++) {
            int32_t answer = RSTORE_BAD_HANDLE;

            for (bit = 0; bit < 64; bit++) {
                rstore_handle altered = good[kind] ^ UINT64_C(1) << bit;
                int32_t status = is_good(altered) ? RSTORE_BAD_HANDLE : call_bad(i, altered);

                if (!is_refusal(status)) {
                    answer = status;
                }
            }
            STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, answer);
        }
    }
}

static void handles_of_another_kind(void) {
    size_t i;
    int kind;

    for (i = 0; i < handle_calls_count; i++) {
        for (kind = 0; kind < KINDS; kind++) {
            if (takes(i) != KINDS && !same_type(takes(i), (enum kind)kind)) {
                STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, call_bad(i, good[kind]));
            }
        }
    }
}

static void closed_handles(void) {
    size_t i;
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        rstore_handle handle = make((enum kind)kind);
        rstore_handle reused;

        STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(handle));
        STATUS_FOR(kind_names[kind], RSTORE_CLOSED, rstore_close(handle));
        reused = make((enum kind)kind); /* the closed one must not mean this one now */
        for (i = 0; i < handle_calls_count; i++) {
            if (takes(i) == KINDS || same_type(takes(i), (enum kind)kind)) {
                STATUS_FOR(handle_calls[i].name, RSTORE_CLOSED, call_bad(i, handle));
            }
        }
        STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(reused));
    }
}

/* Nothing keeps its store open, nor memory its store. */
static void handles_that_outlive_their_store(void) {
    rstore_store store = make(STORE);
    rstore_object object;
    rstore_list list;
    rstore_reader reader;
    rstore_writer writer;
    rstore_store child;

    STATUS(RSTORE_OK, rstore_get(store, 0, RSTORE_STR("a"), NULL, 0, &object, sizeof object, NULL));
    STATUS(RSTORE_OK, rstore_list_open(store, NULL, 0, NULL, 0, &list, NULL));
    STATUS(RSTORE_OK, rstore_reader_open(store, 0, RSTORE_STR("a"), NULL, 0, &reader, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_writer_open(store, 0, RSTORE_STR("b"), NULL, 0, &writer, NULL));
    STATUS(RSTORE_OK, rstore_child(store, RSTORE_STR("folder"), NULL, 0, &child, NULL));
    STATUS(RSTORE_OK, rstore_close(store));
    CHECK(object.data_len == 10 && memcmp(object.data, "0123456789", 10) == 0);
    STATUS(RSTORE_CLOSED, rstore_list_next(list, 0, &page_out, sizeof page_out, NULL));
    STATUS(RSTORE_CLOSED, rstore_reader_read(reader, 0, buffer_out, sizeof buffer_out, &filled_out, NULL));
    STATUS(RSTORE_CLOSED, rstore_reader_read_at(reader, 0, 0, buffer_out, sizeof buffer_out, &filled_out, NULL));
    STATUS(RSTORE_CLOSED, rstore_reader_seek(reader, 0, NULL));
    STATUS(RSTORE_CLOSED, rstore_writer_write(writer, 0, "x", 1, NULL));
    STATUS(RSTORE_CLOSED, rstore_head(child, 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(object.owner));
    STATUS(RSTORE_OK, rstore_close(list));
    STATUS(RSTORE_OK, rstore_close(reader));
    STATUS(RSTORE_OK, rstore_close(writer));
    STATUS(RSTORE_OK, rstore_close(child));
}

/* A shutdown closes all stores on the backend, but no handle. */
static void stores_that_were_shut_down(void) {
    rstore_store store = make(STORE), child = 0, grandchild = 0;
    rstore_location location = {0};
    rstore_text text = {0};
    uint64_t can = 0;

    STATUS(RSTORE_OK, rstore_child(store, RSTORE_STR("x"), NULL, 0, &child, NULL));
    STATUS(RSTORE_OK, rstore_child(child, RSTORE_STR("y/z"), NULL, 0, &grandchild, NULL));
    STATUS(RSTORE_OK, rstore_put(grandchild, 0, RSTORE_STR("deep"), "1", 1, NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_head(store, 0, RSTORE_STR("x/y/z/deep"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_close(child)); /* not its parent, nor its child */
    STATUS(RSTORE_OK, rstore_head(store, 0, RSTORE_STR("x/y/z/deep"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_head(grandchild, 0, RSTORE_STR("deep"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_OK, rstore_shutdown(grandchild, NULL));
    STATUS(RSTORE_OK, rstore_shutdown(grandchild, NULL));
    STATUS(RSTORE_OK, rstore_shutdown(store, NULL));
    STATUS(RSTORE_CLOSED, rstore_head(store, 0, RSTORE_STR("a"), NULL, 0, NULL, 0, NULL));
    STATUS(RSTORE_CLOSED, rstore_child(store, RSTORE_STR("x"), NULL, 0, &handle_out, NULL));
    STATUS(RSTORE_CLOSED, rstore_ping(store, 0, NULL));
    STATUS(RSTORE_CLOSED, rstore_list_open(store, NULL, 0, NULL, 0, &handle_out, NULL));
    STATUS(RSTORE_OK, rstore_capabilities(store, &can, NULL));
    STATUS(RSTORE_OK, rstore_resolve(grandchild, RSTORE_STR("deep"), NULL, 0, &location, sizeof location, NULL));
    CHECK(location.path != NULL && strcmp(location.path, "x/y/z/deep") == 0);
    STATUS(RSTORE_OK, rstore_to_key(grandchild, location.path, location.path_len, NULL, 0, &text, sizeof text, NULL));
    CHECK(text.text != NULL && strcmp(text.text, "deep") == 0);
    STATUS(RSTORE_OK, rstore_close(location.owner));
    STATUS(RSTORE_OK, rstore_close(text.owner));
    STATUS(RSTORE_OK, rstore_close(grandchild));
    STATUS(RSTORE_OK, rstore_close(store));
}

void test_handles(void) {
    invented_handles();
    altered_handles();
    handles_of_another_kind();
    closed_handles();
    handles_that_outlive_their_store();
    stores_that_were_shut_down();
}
