// The verbs of objects.
#include "conformance.hpp"

void check_object(run &r, const remotestore::entry &object) {
    if (object.kind() != RSTORE_KIND_OBJECT) {
        r.fail("the kind is " + std::to_string(object.kind()));
    }
    if (object.etag().empty()) {
        r.fail("there is no ETag");
    }
}

// The same for one that a write or a head describes.
static void check_described(run &r, const step &s, const remotestore::object &object) {
    check_object(r, object);
    if (s.to.bytes != nullptr && object.path() != string_of(s.to)) {
        r.fail("expected the path " + string_of(s.to) + ", got " + std::string(object.path()));
    }
}

using views = std::vector<std::pair<std::string_view, std::string_view>>;

// One that is not there is "".
static std::string_view find(const views &all, std::string_view wanted) {
    for (const auto &[key, value] : all) {
        if (key == wanted) {
            return value;
        }
    }
    return {};
}

static void check_pairs(run &r, const char *what, const remotestore::pairs &wanted, const views &got) {
    for (const auto &[key, value] : wanted) {
        if (find(got, key) != value) {
            r.fail(std::string(what) + " " + key + " is \"" + std::string(find(got, key)) + "\", not \"" + value +
                   "\"");
        }
    }
}

static void check_metadata(run &r, const step &s, const remotestore::object &object) {
    const remotestore::pairs wanted = args_of(s).metadata;

    if (object.metadata().size() != wanted.size()) {
        r.fail("there are " + std::to_string(object.metadata().size()) + " pairs of metadata");
    }
    check_pairs(r, "the metadata", wanted, object.metadata());
}

void check_written(run &r, const step &s, const remotestore::object &object, std::uint64_t size) {
    check_described(r, s, object);
    check_metadata(r, s, object);
    if (object.size() != size) {
        r.fail(std::to_string(size) + " bytes were written, the answer says " + std::to_string(object.size()));
    }
    r.written_size = object.size();
    r.written_etag = object.etag();
    r.written_version = object.version_id();
}

void do_put(run *r, rstore_store, const step *s) {
    const std::string bytes = content(*s);
    const auto done = attempt([&] { return r->here->put(string_of(s->path), bytes, completed(*r, *s)); });

    if (r->succeeded(*s, done)) {
        check_written(*r, *s, *done, bytes.size());
    }
}

void do_get(run *r, rstore_store, const step *s) {
    const auto object = attempt([&] { return r->here->get(string_of(s->path), completed(*r, *s)); });

    if (r->succeeded(*s, object)) {
        check_object(*r, *object);
        compare(*r, *s, object->text());
    }
}

void do_get_into(run *r, rstore_store, const step *s) {
    constexpr std::size_t spare = 64;
    std::string buffer(s->has_buffer ? s->buffer : content(*s).size() + spare, '\0');
    const auto filled =
        attempt([&] { return r->here->get_into(string_of(s->path), buffer.data(), buffer.size(), completed(*r, *s)); });

    if (r->succeeded(*s, filled)) {
        compare(*r, *s, std::string_view(buffer).substr(0, *filled));
    }
}

void do_head(run *r, rstore_store, const step *s) {
    remotestore::args how = completed(*r, *s);
    const remotestore::pairs attributes = std::exchange(how.attributes, {}); // they are what is expected

    how.metadata.clear();
    const auto object = attempt([&] { return r->here->head(string_of(s->path), how); });
    if (!r->succeeded(*s, object)) {
        return;
    }
    check_described(*r, *s, *object);
    if (object->size() != s->size) {
        r->fail("expected size " + std::to_string(s->size) + ", got " + std::to_string(object->size()));
    }
    if (object->modified() == remotestore::time_point()) {
        r->fail("the time of the last change is missing");
    }
    if (s->has_metadata) {
        check_metadata(*r, *s, *object);
    }
    check_pairs(*r, "the attribute", attributes, object->attributes());
    if (s->as_written && (object->size() != r->written_size || object->etag() != r->written_etag ||
                          object->version_id() != r->written_version)) {
        r->fail("this is not what the write told");
    }
}

static void check_exists(run &r, const step &s, std::uint32_t kind) {
    remotestore::args how = completed(r, s);

    how.flags |= kind;
    const auto found = attempt([&] { return r.here->exists(string_of(s.path), how); });
    if (r.succeeded(s, found) && *found != (s.is != 0)) {
        r.fail(*found ? "it is there" : "it is not there");
    }
}

void do_exists(run *r, rstore_store, const step *s) { check_exists(*r, *s, 0); }

void do_is_file(run *r, rstore_store, const step *s) { check_exists(*r, *s, RSTORE_OBJECTS); }

void do_is_folder(run *r, rstore_store, const step *s) { check_exists(*r, *s, RSTORE_FOLDERS); }

void do_delete(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->here->delete_object(string_of(s->path), completed(*r, *s)); }));
}

void do_copy(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->here->copy(string_of(s->path), string_of(s->to), completed(*r, *s)); }));
}

void do_move(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->here->move(string_of(s->path), string_of(s->to), completed(*r, *s)); }));
}
