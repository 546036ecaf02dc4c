/* The conditions of a step: what cases.json can only name. */
#include "conformance.h"

#include <stdio.h>
#include <string.h>

enum { HOUR = 3600 };

/* Writes a list of ETags with that of what was written last: quoted for '@', bare for '~'. */
static void expand(const struct run *run, char *out, size_t size, const char **list, size_t *length) {
    const char *etag = run->written_etag;
    size_t used = 0, i;

    for (i = 0; i < *length && used < size; i++) {
        if ((*list)[i] == '@') {
            used += (size_t)snprintf(out + used, size - used, "%s", etag);
        } else if ((*list)[i] == '~') {
            used += (size_t)snprintf(out + used, size - used, "%.*s", (int)strlen(etag) - 2, etag + 1);
        } else {
            out[used++] = (*list)[i];
        }
    }
    if (*length != 0) {
        *list = out;
        *length = used;
    }
}

void complete(struct run *run, rstore_store store, struct step *step) {
    rstore_object object;
    rstore_error error;
    int32_t status;

    expand(run, run->etags[0], sizeof run->etags[0], &step->args.if_match, &step->args.if_match_len);
    expand(run, run->etags[1], sizeof run->etags[1], &step->args.if_none_match, &step->args.if_none_match_len);
    if (step->since == 0 && step->until == 0) {
        return;
    }
    status = rstore_head(store, 0, step->path.bytes, step->path.length, NULL, 0, &object, sizeof object, &error);
    if (expect(run, RSTORE_OK, NULL, status, error)) {
        if (step->since != 0) {
            step->args.if_modified_since_ns = object.modified_ns + (int64_t)step->since * HOUR * 1000000000;
        }
        if (step->until != 0) {
            step->args.if_unmodified_since_ns = object.modified_ns + (int64_t)step->until * HOUR * 1000000000;
        }
        close_handle(run, object.owner, "the object");
    }
}
