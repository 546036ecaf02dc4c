// The verbs of appends, many ranges, batches, many deletes and ACLs.
#include "conformance.hpp"

void do_append(run *r, rstore_store, const step *s) {
    const auto done = attempt([&] { return r->here->append(string_of(s->path), content(*s), completed(*r, *s)); });

    if (r->succeeded(*s, done)) {
        check_written(*r, *s, *done, s->count);
    }
}

void do_get_ranges(run *r, rstore_store, const step *s) {
    std::vector<rstore_range> ranges(s->ranges, s->ranges + s->range_count);
    std::vector<std::string> buffers(ranges.size());

    for (std::size_t i = 0; i < ranges.size(); i++) {
        buffers[i].resize(ranges[i].buffer_len);
        ranges[i].buffer = buffers[i].data();
    }
    const auto object = attempt([&] { return r->here->get_ranges(string_of(s->path), ranges, completed(*r, *s)); });
    if (!r->succeeded(*s, object)) {
        return;
    }
    check_object(*r, *object);
    std::string all; // of all ranges, with a '|' behind each
    for (std::size_t i = 0; i < ranges.size(); i++) {
        all.append(buffers[i], 0, ranges[i].filled).append("|");
    }
    compare(*r, *s, all);
}

void do_delete_many(run *r, rstore_store, const step *s) {
    std::vector<remotestore::deletion> objects;

    for (std::size_t i = 0; i < s->target_count; i++) {
        objects.emplace_back(std::string_view(s->targets[i].bytes, s->targets[i].length));
    }
    const auto left = attempt([&] { return r->here->delete_many(objects, completed(*r, *s)); });
    if (!r->succeeded(*s, left)) {
        return;
    }
    if (left->size() != s->failed_count) {
        r->fail("expected " + std::to_string(s->failed_count) + " failures, got " + std::to_string(left->size()));
        return;
    }
    for (std::size_t i = 0; i < left->size(); i++) {
        const remotestore::failure &one = (*left)[i];

        if (one.index != s->failed[i] || one.status == RSTORE_OK || one.message.empty()) {
            r->fail("failure " + std::to_string(i) + " is of object " + std::to_string(one.index) + ": " + one.message);
        }
    }
}

// Each with a '|' behind it, and a '!' before the status of one that failed.
static void many(run *r, const step *s, bool contents) {
    std::vector<std::string> paths;

    for (std::size_t i = 0; i < s->target_count; i++) {
        paths.emplace_back(s->targets[i].bytes, s->targets[i].length);
    }
    const auto found = attempt([&] {
        return contents ? r->here->get_many(paths, completed(*r, *s)) : r->here->head_many(paths, completed(*r, *s));
    });
    if (!r->succeeded(*s, found)) {
        return;
    }
    std::string all;
    for (std::size_t i = 0; i < found->size(); i++) {
        const remotestore::outcome one = (*found)[i];

        if (one.status() != RSTORE_OK) {
            all.append("!").append(rstore_status_name(one.status()));
        } else if (contents) {
            all.append(one.text());
        } else {
            all.append(std::to_string(one.entry()->size()));
        }
        all.append("|");
    }
    compare(*r, *s, all);
}

void do_get_many(run *r, rstore_store, const step *s) { many(r, s, true); }
void do_head_many(run *r, rstore_store, const step *s) { many(r, s, false); }

void do_set_acl(run *r, rstore_store, const step *s) {
    remotestore::args how = completed(*r, *s);
    const std::string acl = std::exchange(how.acl, {}); // it is a parameter

    r->succeeded(*s, attempt([&] { return r->here->set_acl(string_of(s->path), acl, how); }));
}
