// The verbs of stores.
#include "conformance.hpp"

void do_child(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->here->child(string_of(s->path)); }));
}

void do_resolve(run *r, rstore_store, const step *s) {
    const auto place = attempt([&] { return r->here->resolve(string_of(s->path)); });

    if (!r->succeeded(*s, place)) {
        return;
    }
    r->native = place->path;
    if (!place->bucket.empty() && place->path != place->bucket + (place->key.empty() ? "" : "/") + place->key) {
        r->fail("bucket and key are " + place->bucket + " and " + place->key + ", but the path is " + place->path);
    }
}

void do_to_key(run *r, rstore_store, const step *s) {
    const auto path = attempt([&] { return r->here->to_key(r->native); });

    if (r->succeeded(*s, path) && *path != string_of(s->to)) {
        r->fail("the path is \"" + *path + "\"");
    }
}

void do_capabilities(run *r, rstore_store, const step *s) {
    const auto can = attempt([&] { return r->here->capabilities(); });

    if (r->succeeded(*s, can) && *can != s->can) {
        r->fail("expected " + std::to_string(s->can) + ", got " + std::to_string(*can));
    }
}

void do_ping(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->here->ping(); }));
}

void do_shutdown(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->here->shutdown(); }));
}
