// Runs the cases of cases.json through libremotestore.hpp, on one target:
//
//     conformance memory | local | s3
//
// s3 needs what it needs in C: see ../c/conformance.c.
#include "conformance.hpp"

#include <iostream>

// Runs a step in the child of the store that it names.
static void run_step(run &r, const store &s, const step &what, std::size_t depth) {
    if (depth == what.child_count) {
        r.here = &s;
        what.run(&r, s.native_handle(), &what);
        return;
    }
    const auto child = attempt([&] { return s.child(string_of(what.children[depth])); });
    if (r.expect(RSTORE_OK, nullptr, child)) {
        run_step(r, *child, what, depth + 1);
    }
}

static std::size_t run_case(const place &p, std::size_t number, const std::string &target, bool prefixed) {
    opened o;
    run r;

    r.target = target;
    r.test = &cases[number];
    if (open_place(r, p, number, prefixed, o)) {
        for (std::size_t i = 0; i < r.test->step_count; i++) {
            r.number = i + 1;
            run_step(r, *o.inner, r.test->steps[i], 0);
        }
        r.number = 0;
        r.reader.reset();
        r.writer.reset();
        r.upload.reset();
        r.must(attempt([] { return library::settle(); }));
        empty(r, *o.outer, prefixed);
    }
    return r.failures;
}

static const char *skip_reason(const test_case &test, const place &p) {
    for (std::size_t i = 0; i < test.skip_count; i++) {
        for (const std::string &name : {std::string("cpp"), p.name, p.backend}) {
            if (name == test.skips[i].key) {
                return test.skips[i].value;
            }
        }
    }
    return nullptr;
}

// Runs all cases; returns whether they passed.
static bool run_all(const place &p, bool prefixed) {
    const std::string target = p.name + (prefixed ? "/prefixed" : "");
    std::size_t passed = 0, failed = 0, skipped = 0;

    for (std::size_t i = 0; i < case_count; i++) {
        if (const char *reason = skip_reason(cases[i], p)) {
            std::cout << "skip " << target << ": " << cases[i].name << ": " << reason << '\n';
            skipped++;
        } else {
            run_case(p, i, target, prefixed) == 0 ? passed++ : failed++;
        }
    }
    std::cout << "conformance (C++ " << (throws ? "throwing" : "returning") << ", " << target << "): " << passed
              << " passed, " << failed << " failed, " << skipped << " skipped\n";
    return failed == 0;
}

// Nothing may be left open.
static bool all_closed() {
    const auto reasons = attempt([] { return library::reasons(); });
    const auto stats = attempt([] { return library::stats(); });

    if (stats && stats->live_handles == 0 && reasons) {
        std::cout << stats->fast_lane << " requests by the fast lane, " << stats->sdk_lane << " by the SDK: " << *reasons << "\n";
        return true;
    }
    std::cout << "FAIL at the end: " << (stats ? std::to_string(stats->live_handles) : stats.error().what())
              << " open handles\n";
    return false;
}

int main(int argc, char **argv) {
    if (argc != 2 || rstore_abi_version() != RSTORE_ABI_VERSION) {
        std::cerr << "usage: " << argv[0] << " memory|local|s3, with the library of this header\n";
        return 1;
    }
    const place p = prepare(argv[1]);
    bool passed = run_all(p, false);

    passed = run_all(p, true) && passed;
    remove_folders(p);
    return all_closed() && passed ? 0 : 1;
}
