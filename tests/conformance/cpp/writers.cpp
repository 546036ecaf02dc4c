// The verbs of writers and multipart uploads.
#include "conformance.hpp"

void do_writer(run *r, rstore_store, const step *s) {
    auto opened = attempt([&] { return r->here->open_writer(string_of(s->path), completed(*r, *s)); });

    if (r->succeeded(*s, opened)) {
        r->writer = std::move(opened).value();
    }
}

void do_write(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->writer->write(content(*s)); }));
}

void do_commit(run *r, rstore_store, const step *s) {
    const auto done = attempt([&] { return r->writer->commit(); });

    if (r->succeeded(*s, done)) {
        check_written(*r, *s, *done, s->size);
    }
}

void do_abort(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->writer->abort(); }));
}

void do_close_writer(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->writer->close(); }));
    r->must(attempt([] { return library::settle(); }));
}

void do_upload(run *r, rstore_store, const step *s) {
    auto opened = attempt([&] { return r->here->open_upload(string_of(s->path), completed(*r, *s)); });

    if (r->succeeded(*s, opened)) {
        r->upload = std::move(opened).value();
    }
}

void do_part(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->upload->part(s->number, content(*s)); }));
}

void do_commit_upload(run *r, rstore_store, const step *s) {
    const auto done = attempt([&] { return r->upload->commit(); });

    if (r->succeeded(*s, done)) {
        check_written(*r, *s, *done, s->size);
    }
}

void do_abort_upload(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->upload->abort(); }));
}

void do_close_upload(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->upload->close(); }));
    r->must(attempt([] { return library::settle(); }));
}

void do_uploads(run *r, rstore_store, const step *s) {
    check_listing(*r, *s, attempt([&] { return r->here->list_uploads(string_of(s->path), args_of(*s)); }));
}

void do_uploads_abort(run *r, rstore_store, const step *s) {
    if (s->upload.bytes != nullptr) {
        r->succeeded(*s, attempt([&] { return r->here->abort_upload(string_of(s->path), string_of(s->upload)); }));
        return;
    }
    auto uploads = attempt([&] { return r->here->list_uploads(); });
    if (!r->succeeded(*s, uploads)) {
        return;
    }
    const auto failure = go_through(*uploads, [&](const remotestore::entry &upload) {
        if (upload.path() == string_of(s->path)) {
            r->succeeded(*s, attempt([&] { return r->here->abort_upload(upload.path(), upload.upload_id()); }));
        }
    });
    r->ended(RSTORE_OK, nullptr, failure ? &*failure : nullptr);
}
