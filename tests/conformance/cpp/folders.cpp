// The verbs of folders and listings.
#include "conformance.hpp"

// As a case writes it: a folder ends in '/'.
static std::string written(const remotestore::entry &got) {
    return std::string(got.path()) + (got.kind() == RSTORE_KIND_FOLDER ? "/" : "");
}

static bool is_odd(const step &s, const remotestore::entry &got) {
    for (std::size_t i = 0; i < s.odd_count; i++) {
        if (string_of(s.odd[i]) == written(got)) {
            return true;
        }
    }
    return false;
}

static void check_entry(run &r, const step &s, const remotestore::entry &got, std::size_t number) {
    const std::string which = "entry " + std::to_string(number + 1) + ", " + written(got) + ": ";

    if (number >= s.path_count) {
        r.fail(which + "not expected");
    } else if (string_of(s.paths[number]) != written(got)) {
        r.fail(which + "expected " + string_of(s.paths[number]));
    }
    if (is_odd(s, got) != got.odd()) {
        r.fail(which + (got.odd() ? "it is odd" : "it is not odd"));
    }
    if (got.kind() == RSTORE_KIND_OBJECT) {
        check_object(r, got);
    }
    if (got.kind() == RSTORE_KIND_UPLOAD && got.upload_id().empty()) {
        r.fail(which + "the upload has no id");
    }
    if ((got.kind() == RSTORE_KIND_FOLDER) != (got.modified() == remotestore::time_point())) {
        r.fail(which + "its time is " + std::to_string(got.modified().time_since_epoch().count()));
    }
}

// Goes through the pages, for one that says how long they may be.
static std::optional<remotestore::error> by_pages(run &r, const step &s, store::listing &listing, std::size_t &done) {
    for (;;) {
        const auto page = attempt([&] { return listing.next(); });

        if (!page) {
            return page.error();
        }
        if (page->empty()) {
            return std::nullopt;
        }
        if (page->size() > s.args.page_size) {
            r.fail("there are " + std::to_string(page->size()) + " entries in a page");
        }
        for (std::size_t i = 0; i < page->size(); i++) {
            check_entry(r, s, (*page)[i], done++);
        }
    }
}

// What opened the listing may succeed and its first page fail.
void check_listing(run &r, const step &s, remotestore::result<store::listing> listing) {
    std::size_t done = 0;
    std::uint64_t size = 0;

    if (!listing) {
        r.succeeded(s, listing);
        return;
    }
    const auto failure = s.args.page_size != 0 ? by_pages(r, s, *listing, done)
                                               : go_through(*listing, [&](const remotestore::entry &each) {
                                                     check_entry(r, s, each, done++);
                                                     size += each.size();
                                                 });
    if (r.ended(s.want, s.about, failure ? &*failure : nullptr) && done < s.path_count) {
        r.fail("expected " + std::to_string(s.path_count) + " entries, got " + std::to_string(done));
    }
    if (s.size != 0 && s.args.page_size == 0 && s.size != size) {
        r.fail("expected " + std::to_string(s.size) + " bytes in all, got " + std::to_string(size));
    }
}

void do_list(run *r, rstore_store, const step *s) {
    check_listing(*r, *s, attempt([&] { return r->here->list(string_of(s->path), args_of(*s)); }));
}

void do_glob(run *r, rstore_store, const step *s) {
    remotestore::args how = args_of(*s);
    const std::string pattern = std::exchange(how.pattern, {}); // here it is the path

    check_listing(*r, *s, attempt([&] { return r->here->glob(pattern, how); }));
}

void do_folder_info(run *r, rstore_store, const step *s) {
    const auto folder = attempt([&] { return r->here->folder_info(string_of(s->path), args_of(*s)); });

    if (!r->succeeded(*s, folder)) {
        return;
    }
    if (folder->file_count != s->count || folder->total_size != s->size) {
        r->fail("got " + std::to_string(folder->file_count) + " objects of " + std::to_string(folder->total_size) +
                " bytes");
    }
    if ((folder->modified == remotestore::time_point()) != (s->count == 0)) {
        r->fail("the latest time is " + std::to_string(folder->modified.time_since_epoch().count()));
    }
}

void do_delete_folder(run *r, rstore_store, const step *s) {
    r->succeeded(*s, attempt([&] { return r->here->delete_folder(string_of(s->path), args_of(*s)); }));
}
