// What came of a case: failures, errors, bytes; and what it is given.
#include "conformance.hpp"

#include <iostream>

void run::fail(const std::string &what) {
    std::cout << "FAIL " << target << ": " << test->name << ": step " << number << ": " << what << '\n';
    failures++;
}

void run::check_evidence(const char *about, const remotestore::error &failure) {
    const rstore_evidence &evidence = failure.evidence();

    if (*evidence.message == '\0') {
        fail(std::string(failure.name()) + " has no message");
    } else if ((failure.status() == RSTORE_NOT_SUPPORTED) != (*evidence.capability != '\0')) {
        fail(std::string(failure.name()) + " is about the capability \"" + evidence.capability + "\"");
    } else if (about != nullptr && std::string_view(about) != evidence.path) {
        fail(std::string("the error is about \"") + evidence.path + "\", not \"" + about + "\"");
    } else if (std::string_view(failure.what()).find(evidence.message) == std::string_view::npos) {
        fail(std::string("what() is \"") + failure.what() + "\"");
    }
}

bool run::ended(std::int32_t want, const char *about, const remotestore::error *failure) {
    const std::int32_t status = failure != nullptr ? failure->status() : RSTORE_OK;

    if (failure != nullptr) {
        check_evidence(about, *failure);
    }
    if (status != want) {
        fail(std::string("expected ") + rstore_status_name(want) + ", got " +
             (failure != nullptr ? failure->what() : "OK"));
    }
    return status == want && failure == nullptr;
}

static remotestore::pairs pairs_of(const rstore_pair *first, std::size_t count) {
    remotestore::pairs all;

    for (std::size_t i = 0; i < count; i++) {
        all.emplace_back(std::string(first[i].key, first[i].key_len), std::string(first[i].value, first[i].value_len));
    }
    return all;
}

static std::string string_of(const char *text, std::size_t length) { return {text != nullptr ? text : "", length}; }

remotestore::args args_of(const step &s) {
    const rstore_args &a = s.args;
    remotestore::args how;

    how.flags = a.flags;
    how.page_size = a.page_size;
    how.offset = a.offset;
    how.length = a.length;
    how.max_depth = a.max_depth;
    how.pattern = string_of(a.pattern, a.pattern_len);
    how.metadata = pairs_of(a.metadata, a.metadata_count);
    how.suffix = a.suffix;
    how.if_match = string_of(a.if_match, a.if_match_len);
    how.if_none_match = string_of(a.if_none_match, a.if_none_match_len);
    how.attributes = pairs_of(a.attributes, a.attributes_count);
    how.tags = pairs_of(a.tags, a.tags_count);
    how.acl = string_of(a.acl, a.acl_len);
    how.prefix = string_of(a.prefix, a.prefix_len);
    how.start_after = string_of(a.start_after, a.start_after_len);
    how.limit = a.limit;
    how.coalesce = a.coalesce;
    return how;
}

// A list of ETags with that of what was written last: quoted for '@', bare for '~'.
static std::string expand(const run &r, const std::string &list) {
    std::string all;

    for (char c : list) {
        all += c == '@'   ? r.written_etag
               : c == '~' ? r.written_etag.substr(1, r.written_etag.size() - 2)
                          : std::string(1, c);
    }
    return all;
}

remotestore::args completed(run &r, const step &s) {
    remotestore::args how = args_of(s);

    how.if_match = expand(r, how.if_match);
    how.if_none_match = expand(r, how.if_none_match);
    if (s.since != 0 || s.until != 0) {
        const auto known = attempt([&] { return r.here->head(string_of(s.path)); });

        if (r.expect(RSTORE_OK, nullptr, known)) {
            if (s.since != 0) {
                how.if_modified_since = known->modified() + std::chrono::hours(s.since);
            }
            if (s.until != 0) {
                how.if_unmodified_since = known->modified() + std::chrono::hours(s.until);
            }
        }
    }
    return how;
}

std::string content(const step &s) {
    if (s.data.bytes != nullptr) {
        return string_of(s.data);
    }
    std::string all(s.size, '\0');
    for (std::size_t i = 0; i < all.size(); i++) {
        all[i] = static_cast<char>((31 * (s.from + i) + 7) % 251);
    }
    return all;
}

void compare(run &r, const step &s, std::string_view got) {
    const std::string want = content(s);

    if (got.size() != want.size()) {
        r.fail("expected " + std::to_string(want.size()) + " bytes, got " + std::to_string(got.size()));
    } else if (got != want) {
        r.fail("got " + std::to_string(got.size()) + " other bytes than expected");
    }
}
