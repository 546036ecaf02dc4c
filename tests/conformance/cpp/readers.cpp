// The verbs of readers.
#include "conformance.hpp"

void do_reader(run *r, rstore_store, const step *s) {
    auto opened = attempt([&] { return r->here->open_reader(string_of(s->path), completed(*r, *s)); });

    if (!r->succeeded(*s, opened)) {
        return;
    }
    r->reader = std::move(opened).value();
    check_object(*r, r->reader->info());
    if (r->reader->length() != s->size) {
        r->fail("expected " + std::to_string(s->size) + " bytes to read, got " + std::to_string(r->reader->length()));
    }
}

void do_read(run *r, rstore_store, const step *s) {
    std::string buffer(s->args.length, '\0');
    const auto filled = attempt([&] { return r->reader->read(buffer.data(), buffer.size()); });

    if (r->succeeded(*s, filled)) {
        compare(*r, *s, std::string_view(buffer).substr(0, *filled));
    }
}

void do_read_at(run *r, rstore_store, const step *s) {
    std::string buffer(s->args.length, '\0');
    const auto filled = attempt([&] { return r->reader->read_at(s->args.offset, buffer.data(), buffer.size()); });

    if (r->succeeded(*s, filled)) {
        compare(*r, *s, std::string_view(buffer).substr(0, *filled));
    }
}

void do_seek(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->reader->seek(s->args.offset); }));
}

void do_close_reader(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->reader->close(); }));
}
