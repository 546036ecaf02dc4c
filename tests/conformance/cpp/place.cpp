// Where the cases run.
#include "conformance.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include <unistd.h>

// The folder that the store is in when it is below a prefix: the characters that mean something in
// a pattern, in a URL or to S3.
static const std::string top = "pre";
static const std::string prefix = top + "/[x]*? +%41#\303\251";

[[noreturn]] static void give_up(const std::string &why) {
    std::cerr << why << '\n';
    std::exit(1);
}

static std::string variable(const char *name) {
    const char *value = std::getenv(name);

    return value != nullptr ? value : "";
}

static std::string new_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "rstore-XXXXXX").string();

    if (mkdtemp(name.data()) == nullptr) {
        give_up("mkdtemp: " + std::string(std::strerror(errno)));
    }
    return name;
}

static place prepare_s3() {
    place p{variable("REMOTESTORE_TEST_S3_TARGET"), "s3", variable("REMOTESTORE_TEST_S3_URL")};

    if (p.base.empty()) {
        give_up("REMOTESTORE_TEST_S3_URL is not set");
    }
    while (p.base.back() == '/') {
        p.base.pop_back();
    }
    if (p.name.empty() || p.name == "custom") { // the bucket may be somebody's own
        p.name = "custom";
        p.base += "/conformance-" + std::to_string(getpid());
    }
    return p;
}

place prepare(const std::string &name) {
    if (name == "memory") {
        return {name, name, ""};
    }
    if (name == "local") {
        return {name, name, new_folder()};
    }
    if (name == "s3") {
        return prepare_s3();
    }
    give_up("unknown target " + name + ": memory, local or s3");
}

void remove_folders(const place &p) {
    if (p.backend == "local") {
        std::filesystem::remove_all(p.base);
    }
}

// A folder in a URL, in which these three would not be part of it.
static std::string in_url(const std::string &folder) {
    std::string all;

    for (char c : folder) {
        all += c == '%' ? "%25" : c == '?' ? "%3F" : c == '#' ? "%23" : std::string(1, c);
    }
    return all;
}

// Opens a store, and of what has no prefix in its URL the child.
static bool open_below(run &r, const std::string &url, bool child, opened &o) {
    remotestore::pairs options;

    for (std::size_t i = 0; i < r.test->option_count; i++) {
        options.emplace_back(r.test->options[i].key, r.test->options[i].value);
    }
    auto base = attempt([&] { return store::open(url, options); });
    if (!r.expect(RSTORE_OK, nullptr, base)) {
        return false;
    }
    if (!child) {
        o.inner = std::move(base).value();
        return true;
    }
    o.base = std::move(base).value();
    auto below = attempt([&] { return o.base->child(prefix); });
    if (!r.expect(RSTORE_OK, nullptr, below)) {
        return false;
    }
    o.inner = std::move(below).value();
    return true;
}

bool open_place(run &r, const place &p, std::size_t number, bool prefixed, opened &o) {
    const std::string name = std::to_string(number) + (prefixed ? "-1" : "-0");
    const bool s3 = p.backend == "s3";
    std::string url = s3                     ? p.base
                      : p.backend == "local" ? "file://" + in_url(p.base + "/" + name)
                                             : "memory://conformance-" + name;

    auto outer = attempt([&] { return store::open(url); });
    if (!r.expect(RSTORE_OK, nullptr, outer)) {
        return false;
    }
    o.outer = std::move(outer).value();
    if (r.test->bucket != nullptr) {
        url = std::string("s3://") + r.test->bucket;
    }
    if (s3 && prefixed) {
        url += "/" + in_url(prefix);
    }
    return open_below(r, url, prefixed && !s3, o);
}

void empty(run &r, const store &outer, bool prefixed) {
    auto listing = attempt([&] { return outer.list(); });

    if (!r.expect(RSTORE_OK, nullptr, listing)) {
        return;
    }
    const auto failure = go_through(*listing, [&](const remotestore::entry &left) {
        if (prefixed && left.path() != top) {
            r.fail("outside the prefix of the store: " + std::string(left.path()));
        }
        r.must(attempt([&] {
            return left.kind() == RSTORE_KIND_FOLDER
                       ? outer.delete_folder(left.path(), {RSTORE_RAW | RSTORE_MISSING_OK | RSTORE_RECURSIVE})
                       : outer.delete_object(left.path(), {RSTORE_RAW | RSTORE_MISSING_OK});
        }));
    });
    r.ended(RSTORE_OK, nullptr, failure ? &*failure : nullptr);
}
