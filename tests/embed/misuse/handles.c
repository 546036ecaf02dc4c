/* Handles: 0, garbage, altered, of another kind, closed, closed twice, and
 * those that outlive their store; with every function that takes a handle. */
#include <string.h>

#include "misuse.h"

enum { GARBAGE_HANDLES = 20000 };

static rstore_page page_out;
static rstore_evidence evidence_out;

static int32_t close_it(rstore_handle h, rstore_error *e) { *e = 0; return rstore_close(h); }
static int32_t evidence_of(rstore_handle h, rstore_error *e) {
    *e = 0;
    return rstore_error_evidence(h, &evidence_out, sizeof evidence_out);
}
static int32_t set_in(rstore_handle h, rstore_error *e) {
    return rstore_options_set(h, RSTORE_STR("region"), RSTORE_STR("r"), e);
}
static int32_t open_with(rstore_handle h, rstore_error *e) {
    return rstore_open(RSTORE_STR("memory://"), h, &handle_out, e);
}
int32_t cancel_it(rstore_handle h, rstore_error *e) { return rstore_ctx_cancel(h, e); }
static int32_t head_in(rstore_handle h, rstore_error *e) {
    return rstore_head(h, 0, RSTORE_STR("a"), &object_out, sizeof object_out, e);
}
static int32_t get_in(rstore_handle h, rstore_error *e) {
    return rstore_get(h, 0, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t get_into_in(rstore_handle h, rstore_error *e) {
    return rstore_get_into(h, 0, RSTORE_STR("a"), NULL, 0, buffer_out, sizeof buffer_out, &filled_out, e);
}
static int32_t put_in(rstore_handle h, rstore_error *e) {
    return rstore_put(h, 0, RSTORE_STR("b"), "x", 1, NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t delete_in(rstore_handle h, rstore_error *e) {
    return rstore_delete(h, 0, RSTORE_STR("a"), e);
}
static int32_t copy_in(rstore_handle h, rstore_error *e) {
    return rstore_copy(h, 0, RSTORE_STR("a"), RSTORE_STR("b"), NULL, 0, e);
}
static int32_t list_in(rstore_handle h, rstore_error *e) {
    return rstore_list_open(h, NULL, 0, NULL, 0, &handle_out, e);
}
static int32_t next_of(rstore_handle h, rstore_error *e) {
    return rstore_list_next(h, 0, &page_out, sizeof page_out, e);
}
static int32_t head_within(rstore_handle h, rstore_error *e) {
    return rstore_head(good[STORE], h, RSTORE_STR("a"), &object_out, sizeof object_out, e);
}
static int32_t get_within(rstore_handle h, rstore_error *e) {
    return rstore_get(good[STORE], h, RSTORE_STR("a"), NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t get_into_within(rstore_handle h, rstore_error *e) {
    return rstore_get_into(good[STORE], h, RSTORE_STR("a"), NULL, 0, buffer_out, sizeof buffer_out,
                           &filled_out, e);
}
static int32_t put_within(rstore_handle h, rstore_error *e) {
    return rstore_put(good[STORE], h, RSTORE_STR("b"), "x", 1, NULL, 0, &object_out, sizeof object_out, e);
}
static int32_t delete_within(rstore_handle h, rstore_error *e) {
    return rstore_delete(good[STORE], h, RSTORE_STR("a"), e);
}
static int32_t copy_within(rstore_handle h, rstore_error *e) {
    return rstore_copy(good[STORE], h, RSTORE_STR("a"), RSTORE_STR("b"), NULL, 0, e);
}
static int32_t next_within(rstore_handle h, rstore_error *e) {
    return rstore_list_next(good[LIST], h, &page_out, sizeof page_out, e);
}

const struct handle_row handle_calls[] = {
    {"close", close_it, KINDS, 0},
    {"error_evidence", evidence_of, ERROR, 0},
    {"options_set", set_in, OPTIONS, 0},
    {"open, its options", open_with, OPTIONS, 1},
    {"ctx_cancel", cancel_it, CONTEXT, 0},
    {"head", head_in, STORE, 0},
    {"get", get_in, STORE, 0},
    {"get_into", get_into_in, STORE, 0},
    {"put", put_in, STORE, 0},
    {"delete", delete_in, STORE, 0},
    {"copy", copy_in, STORE, 0},
    {"list_open", list_in, STORE, 0},
    {"list_next", next_of, LIST, 0},
    {"head, its ctx", head_within, CONTEXT, 1},
    {"get, its ctx", get_within, CONTEXT, 1},
    {"get_into, its ctx", get_into_within, CONTEXT, 1},
    {"put, its ctx", put_within, CONTEXT, 1},
    {"delete, its ctx", delete_within, CONTEXT, 1},
    {"copy, its ctx", copy_within, CONTEXT, 1},
    {"list_next, its ctx", next_within, CONTEXT, 1},
};

const size_t handle_calls_count = COUNT(handle_calls);

int32_t call_bad(size_t i, rstore_handle handle) {
    const char *name = handle_calls[i].name;
    rstore_error error = UINT64_MAX;
    rstore_evidence evidence = {0};
    int32_t status = handle_calls[i].call(handle, &error);

    if (error != 0) { /* close and error_evidence have none */
        STATUS_FOR(name, RSTORE_OK, rstore_error_evidence(error, &evidence, sizeof evidence));
        CHECK_FOR(name, evidence.status == status);
        CHECK_FOR(name, evidence.message != NULL && *evidence.message != '\0');
        STATUS_FOR(name, RSTORE_OK, rstore_close(error));
    }
    return status;
}

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

    for (i = 0; i < COUNT(handle_calls); i++) {
        if (!handle_calls[i].may_be_0) {
            STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, call_bad(i, 0));
        }
        STATUS_FOR(handle_calls[i].name, RSTORE_BAD_HANDLE, call_bad(i, UINT64_MAX));
    }
    for (n = 0; n < GARBAGE_HANDLES; n++) {
        i = n % COUNT(handle_calls);
        CHECK_FOR(handle_calls[i].name, is_refusal(call_bad(i, next_random())));
    }
}

/* A number that differs from a handle in one bit is none. */
static void altered_handles(void) {
    size_t i;
    int kind, bit;

    for (i = 0; i < COUNT(handle_calls); i++) {
        for (kind = 0; kind < KINDS; kind++) {
            int32_t answer = RSTORE_BAD_HANDLE;

            for (bit = 0; bit < 64; bit++) {
                int32_t status = call_bad(i, good[kind] ^ UINT64_C(1) << bit);

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

    for (i = 0; i < COUNT(handle_calls); i++) {
        for (kind = 0; kind < KINDS; kind++) {
            if (handle_calls[i].takes != KINDS && handle_calls[i].takes != (enum kind)kind) {
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
        for (i = 0; i < COUNT(handle_calls); i++) {
            if (handle_calls[i].takes == (enum kind)kind || handle_calls[i].takes == KINDS) {
                STATUS_FOR(handle_calls[i].name, RSTORE_CLOSED, call_bad(i, handle));
            }
        }
        STATUS_FOR(kind_names[kind], RSTORE_OK, rstore_close(reused));
    }
}

/* A list does not keep its store open, nor memory its store. */
static void handles_that_outlive_their_store(void) {
    rstore_store store = make(STORE);
    rstore_object object;
    rstore_list list;

    STATUS(RSTORE_OK, rstore_get(store, 0, RSTORE_STR("a"), NULL, 0, &object, sizeof object, NULL));
    STATUS(RSTORE_OK, rstore_list_open(store, NULL, 0, NULL, 0, &list, NULL));
    STATUS(RSTORE_OK, rstore_close(store));
    CHECK(object.data_len == 10 && memcmp(object.data, "0123456789", 10) == 0);
    STATUS(RSTORE_CLOSED, rstore_list_next(list, 0, &page_out, sizeof page_out, NULL));
    STATUS(RSTORE_OK, rstore_close(object.owner));
    STATUS(RSTORE_OK, rstore_close(list));
}

void test_handles(void) {
    invented_handles();
    altered_handles();
    handles_of_another_kind();
    closed_handles();
    handles_that_outlive_their_store();
}
