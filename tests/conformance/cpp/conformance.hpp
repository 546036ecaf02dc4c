// What the files of the C++ runner share. The cases are those of the C runner, in its structures.
// ERRORS is how the classes tell errors: throwing or returning.
#ifndef CONFORMANCE_HPP
#define CONFORMANCE_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "../c/case.h"
#include "libremotestore.hpp"

using errors = remotestore::ERRORS;
using store = remotestore::basic_store<errors>;
using library = remotestore::basic_library<errors>;

constexpr bool throws = !std::is_same_v<errors, remotestore::returning>;

// Calls what may throw, or return a result, and returns a result.
template <class Call> auto attempt(Call call) {
#if defined(__cpp_exceptions)
    if constexpr (throws) {
        using value = decltype(call());
        try {
            if constexpr (std::is_void_v<value>) {
                call();
                return remotestore::result<void>();
            } else {
                return remotestore::result<value>(call());
            }
        } catch (const remotestore::error &failure) {
            return remotestore::result<value>(failure);
        }
    } else
#endif
    {
        return call();
    }
}

inline std::string string_of(const text &t) { return std::string(t.bytes != nullptr ? t.bytes : "", t.length); }

// ---- run.cpp: what came of a case ----

// What runs now. Global, since the structures of C name it.
struct run {
    std::string target;
    const test_case *test = nullptr;
    std::size_t number = 0; // of the step, from 1; 0 outside the steps
    std::size_t failures = 0;

    const store *here = nullptr; // in which the step runs
    std::optional<store::reader> reader;
    std::optional<store::writer> writer;
    std::optional<store::upload> upload;
    std::uint64_t written_size = 0; // what the last write told
    std::string written_etag;
    std::string written_version;
    std::string native; // what the last resolve told

    void fail(const std::string &what);

    // Checks how a call ended. Returns whether it succeeded as it should.
    template <class T> bool expect(std::int32_t want, const char *about, const remotestore::result<T> &got) {
        return ended(want, about, got ? nullptr : &got.error());
    }

    // The same with what the step wants.
    template <class T> bool succeeded(const step &s, const remotestore::result<T> &got) {
        return expect(s.want, s.about, got);
    }

    template <class T> void must(const remotestore::result<T> &got) { expect(RSTORE_OK, nullptr, got); }

    bool ended(std::int32_t want, const char *about, const remotestore::error *failure);

private:
    void check_evidence(const char *about, const remotestore::error &failure);
};

// The arguments of a step.
remotestore::args args_of(const step &s);

// The same with ETags and times in the conditions.
remotestore::args completed(run &r, const step &s);

// The bytes to write, or those expected.
std::string content(const step &s);

// Compares what was read with the data of the step.
void compare(run &r, const step &s, std::string_view got);

// Goes through a listing, and returns the error that it ended with.
template <class Listing, class Use> std::optional<remotestore::error> go_through(Listing &listing, Use use) {
    const auto gone = attempt([&]() -> errors::returns<void> {
        for (const auto &each : listing) {
            if constexpr (throws) {
                use(each);
            } else {
                if (!each) {
                    return each.error();
                }
                use(*each);
            }
        }
        return errors::returns<void>();
    });
    return gone ? std::nullopt : std::optional(gone.error());
}

// ---- place.cpp: where the cases run ----

struct place {
    std::string name;    // "memory", "local", "versitygw", ...
    std::string backend; // "memory", "local", "s3"
    std::string base;    // local: the folder of all cases; s3: their URL
};

place prepare(const std::string &name);
void remove_folders(const place &p);

struct opened {
    std::optional<store> outer; // stays as it is
    std::optional<store> base;  // of which the next one is a child, if it is one
    std::optional<store> inner; // in which the case runs
};

// Opens stores on an empty place. Returns whether it worked.
bool open_place(run &r, const place &p, std::size_t number, bool prefixed, opened &o);

// Removes what a case left, which must be below its prefix.
void empty(run &r, const store &outer, bool prefixed);

// ---- For the verbs of other files ----

void check_object(run &r, const remotestore::entry &object);                                      // objects.cpp
void check_written(run &r, const step &s, const remotestore::object &object, std::uint64_t size); // objects.cpp
void check_listing(run &r, const step &s, remotestore::result<store::listing> listing);           // folders.cpp

#endif
