// What only C++ has: ownership, exceptions and results, ranges, streams. Prints what fails.
#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libremotestore.hpp"

namespace rs = remotestore;

static int failures = 0;

static void check(bool holds, const char *what, int line) {
    if (!holds) {
        std::cout << "FAIL classes.cpp:" << line << ": " << what << '\n';
        failures++;
    }
}
#define CHECK(holds) check(static_cast<bool>(holds), #holds, __LINE__)

// The status that a call ends with by an exception, RSTORE_OK without one.
template <class Call> static std::int32_t status_of(Call call) {
    try {
        call();
        return RSTORE_OK;
    } catch (const rs::error &failure) {
        return failure.status();
    }
}

static std::uint64_t live_handles() { return rs::library::stats().live_handles; }

static void handles_have_one_owner() {
    auto store = rs::store::open("memory://");
    auto moved = std::move(store);
    CHECK(moved.put("a", "1").size() == 1);
    CHECK(status_of([&] { store.put("b", "1"); }) == RSTORE_BAD_HANDLE);

    store = rs::store::open("memory://");
    store = std::move(moved); // which closes the other one
    CHECK(store.exists("a"));

    auto results = rs::results::store::adopt(store.release());
    CHECK(results.get("a")->text() == "1");
    CHECK(results.close());
    CHECK(results.close().error().status() == RSTORE_CLOSED);
    CHECK(results.get("a").error().status() == RSTORE_CLOSED);
}

static void an_error_carries_the_evidence() {
    const auto store = rs::store::open("memory://");
    std::optional<rs::error> kept;
    try {
        store.get("no/such");
    } catch (const std::runtime_error &failure) {
        kept = dynamic_cast<const rs::error &>(failure);
    }
    CHECK(kept && kept->status() == RSTORE_NOT_FOUND && std::string(kept->name()) == "NOT_FOUND");
    CHECK(std::string("NOT_FOUND: get no/such: ") + kept->evidence().message == kept->what());
    CHECK(std::string("no/such") == kept->evidence().path && std::string("memory") == kept->evidence().backend);
    CHECK(std::string("get") == kept->evidence().operation && kept->evidence().retryable == 0);

    const rs::error copy = *kept; // of which the evidence lives on
    kept.reset();
    CHECK(*copy.evidence().message != '\0');
    CHECK(std::string("FORKED: FORKED") == rs::error(RSTORE_FORKED, 0).what()); // one without a handle
}

static void a_result_holds_a_value_or_an_error() {
    const auto store = *rs::results::store::open("memory://");
    CHECK(store.put("a", "1"));
    const auto missing = store.get("b");
    CHECK(!missing && missing.error().status() == RSTORE_NOT_FOUND);
    CHECK(status_of([&] { missing.value(); }) == RSTORE_NOT_FOUND);
    CHECK(status_of([&] { store.delete_object("b").value(); }) == RSTORE_NOT_FOUND);
    CHECK(store.get("a").value().text() == "1");
    CHECK(rs::results::store::open("nothing").error().status() == RSTORE_INVALID_ARGUMENT);
}

static void options_are_checked_at_open() {
    CHECK(status_of([] { rs::store::open("s3://bucket", {{"region", "eu-central-1"}, {"part_size", "1"}}); }) ==
          RSTORE_INVALID_OPTION);
    CHECK(status_of([] { rs::store::open("s3://bucket", {{"region", "eu-central-1"}}); }) == RSTORE_OK);
}

static void bytes_are_of_any_container() {
    const auto store = rs::store::open("memory://");
    const std::vector<std::byte> bytes(3, std::byte{'b'});
    const std::array<unsigned char, 2> array{'a', 'a'};
    const std::string text("t\0t", 3);
    CHECK(store.put("bytes", bytes).size() == 3);
    CHECK(store.put("array", array).size() == 2);
    CHECK(store.put("text", text).size() == 3 && store.get("text").text() == text);
    CHECK(store.put("pointer", {text.data(), 1}).size() == 1);
    CHECK(store.put("nothing", {nullptr, 0}).size() == 0);
    CHECK(store.put("copy", store.get("text", {0, 0, 2, 1}).bytes()).size() == 1); // of a range
}

static void arguments_reach_the_store() {
    const auto store = rs::store::open("memory://");
    rs::args how;
    how.metadata = {{"colour", "blue"}, {"empty", ""}};
    how.attributes = {{"content-type", "text/plain"}};
    const auto written = store.put("a", "1", how);
    CHECK(written.metadata().size() == 2 && store.head("a").metadata()[0].second == "blue");
    CHECK(store.head("a").content_type() == "text/plain");
    how = {};
    how.if_match = written.etag();
    CHECK(store.put("a", "22", how).size() == 2);
    CHECK(status_of([&] { store.put("a", "3", how); }) == RSTORE_PRECONDITION_FAILED);
    how = {};
    how.if_modified_since = store.head("a").modified() + std::chrono::hours(1);
    CHECK(status_of([&] { store.get("a", how); }) == RSTORE_NOT_MODIFIED);
}

static std::vector<std::string> paths(const rs::store &store, const rs::args &how = {}) {
    std::vector<std::string> all;
    for (const auto &each : store.list("", how)) {
        all.emplace_back(each.path());
    }
    return all;
}

static void a_listing_is_a_range() {
    const auto store = rs::store::open("memory://");
    CHECK(paths(store).empty());
    for (const char *path : {"a", "b", "c", "d", "e"}) {
        store.put(path, "1");
    }
    CHECK((paths(store, {0, 2}) == std::vector<std::string>{"a", "b", "c", "d", "e"})); // three pages
    auto listing = store.list();
    CHECK(std::count_if(listing.begin(), listing.end(), [](const rs::entry &each) { return each.size() == 1; }) == 5);
    listing = store.glob("[bd]");
    CHECK(std::distance(listing.begin(), listing.end()) == 2);

    auto half = store.list("", {0, 2});
    CHECK(half.next().size() == 2);
    rs::args rest;
    rest.token = half.token();
    CHECK((paths(store, rest) == std::vector<std::string>{"c", "d", "e"}));
}

static void a_listing_fails_where_its_page_does() {
    const auto store = rs::store::open("memory://");
    store.put("a", "1");
    store.put("b", "1");
    auto listing = store.list("", {0, 1});
    auto results = rs::results::listing::adopt(store.list("", {0, 1}).release());
    std::size_t seen = 0;
    CHECK(status_of([&] {
              for ([[maybe_unused]] const auto &each : listing) {
                  seen++;
                  store.shutdown();
              }
          }) == RSTORE_CLOSED);
    CHECK(seen == 1);
    CHECK(status_of([&] { listing.begin(); }) == RSTORE_CLOSED); // it is no end

    std::vector<std::int32_t> statuses;
    for (const auto &each : results) {
        statuses.push_back(each ? RSTORE_OK : each.error().status());
    }
    CHECK(statuses == std::vector<std::int32_t>{RSTORE_CLOSED});
}

static void a_batch_of_arrow_data() {
    const auto store = rs::store::open("memory://");
    store.put("a", "1");
    auto listing = store.list();
    ArrowArray array;
    CHECK(listing.next_arrow(0, &array));
    CHECK(array.length == 1);
    array.release(&array);
    CHECK(!listing.next_arrow(0, &array));
}

static void a_writer_without_a_commit_leaves_nothing() {
    const auto store = rs::store::open("memory://");
    { store.open_writer("a").write("1"); }
    { rs::writer_stream(store.open_writer("a")) << "1" << std::flush; }
    CHECK(!store.exists("a"));
    auto writer = store.open_writer("a");
    writer.write("1");
    writer.write("2");
    CHECK(writer.commit().size() == 2 && store.get("a").text() == "12");
}

static std::string much() {
    std::ostringstream text;
    for (int i = 0; i < 60'000; i++) {
        text << i << '\n';
    }
    return text.str();
}

static void streams_carry_text() {
    const auto store = rs::store::open("memory://");
    rs::writer_stream out(store.open_writer("lines"));
    for (int i = 0; i < 60'000; i++) {
        out << i << '\n';
    }
    CHECK(out.commit().size() == much().size());
    CHECK(store.get("lines").text() == much());

    rs::reader_stream in(store.open_reader("lines"));
    int number = -1, count = 0;
    while (in >> number && number == count) {
        count++;
    }
    CHECK(count == 60'000 && in.eof() && !in.bad() && !in.failure());
}

static void streams_carry_blocks() {
    const auto store = rs::store::open("memory://");
    const std::string all = much();
    rs::writer_stream out(store.open_writer("block"));
    out << 'x';
    out.write(all.data(), static_cast<std::streamsize>(all.size())); // more than the buffer
    out << 'y' << std::flush << 'z';
    out.commit();

    rs::reader_stream in(store.open_reader("block"));
    std::string back(all.size(), '\0');
    CHECK(in.get() == 'x');
    in.read(back.data(), static_cast<std::streamsize>(back.size()));
    CHECK(back == all && in.get() == 'y' && in.get() == 'z' && in.get() == EOF);
    CHECK(in.reader().info().size() == all.size() + 3);
}

static void a_reader_stream_seeks() {
    const auto store = rs::store::open("memory://");
    store.put("digits", "0123456789");
    rs::reader_stream in(store.open_reader("digits"));
    CHECK(in.get() == '0' && in.tellg() == 1);
    CHECK(in.seekg(5).get() == '5' && in.tellg() == 6);
    CHECK(in.seekg(-2, std::ios::end).get() == '8');
    CHECK(in.seekg(-3, std::ios::cur).get() == '6');
    CHECK(!in.seekg(-1) && !in.bad());
    in.clear();
    CHECK(in.seekg(20).get() == EOF && !in.bad());
}

static void a_stream_tells_errors() {
    const auto store = rs::store::open("memory://");
    const auto open = [&] { return store.open_reader("changing", {RSTORE_RANDOM}); };
    store.put("changing", "1");
    rs::reader_stream flagged(open()), thrown(open());
    rs::results::reader_stream result(rs::results::reader::adopt(open().release()));
    store.put("changing", "2", {RSTORE_OVERWRITE});

    std::string word;
    CHECK(!(flagged >> word) && flagged.bad() && flagged.failure()->status() == RSTORE_CHANGED);
    CHECK(!(result >> word) && result.bad() && result.failure()->status() == RSTORE_CHANGED);
    thrown.exceptions(std::ios::badbit);
    CHECK(status_of([&] { thrown >> word; }) == RSTORE_CHANGED);
}

static void a_stream_that_failed_commits_nothing() {
    const auto store = rs::store::open("memory://");
    rs::writer_stream out(store.open_writer("a"));
    rs::results::writer_stream without(rs::results::writer::adopt(store.open_writer("b").release()));
    store.shutdown();
    CHECK((out << "1").good()); // it is in the buffer
    CHECK((out << std::flush).bad() && out.failure()->status() == RSTORE_CLOSED);
    CHECK(status_of([&] { out.commit(); }) == RSTORE_CLOSED);
    without << "1";
    CHECK(without.commit().error().status() == RSTORE_CLOSED && without.bad());
}

// An endpoint that takes connections and says nothing.
class silence {
public:
    silence() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto *const generic = static_cast<sockaddr *>(static_cast<void *>(&address));
        if (bind(socket_, generic, size) != 0 || listen(socket_, 16) != 0 ||
            getsockname(socket_, generic, &size) != 0) {
            std::perror("silence");
            std::exit(1);
        }
        port_ = ntohs(address.sin_port);
    }
    silence(const silence &) = delete;
    silence &operator=(const silence &) = delete;
    ~silence() { close(socket_); }

    rs::store store() const {
        return rs::store::open("http://127.0.0.1:" + std::to_string(port_) + "/bucket",
                               {{"access_key_id", "key"}, {"secret_access_key", "secret"}});
    }

private:
    int socket_;
    int port_ = 0;
};

static void a_context_bounds_calls() {
    const silence endpoint;
    const auto store = endpoint.store();
    const auto brief = rs::context::create(std::chrono::milliseconds(50));
    CHECK(status_of([&] { store.get("a", {}, brief); }) == RSTORE_DEADLINE);
    CHECK(brief.progress().attempts == 1);

    const auto counting = rs::context::create();
    rs::store::open("memory://").put("a", "text", {}, counting);
    CHECK(counting.progress().transferred == 4 && counting.progress().total == 4);

    const auto cancelled = rs::context::create();
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        cancelled.cancel();
    });
    CHECK(status_of([&] { store.head("a", {}, cancelled); }) == RSTORE_CANCELLED);
    other.join();

    const auto interrupted = rs::context::create();
    std::atomic<int> reason = 0;
    interrupted.set_interrupt(
        [](std::uintptr_t data, std::int32_t why) noexcept -> std::int32_t {
            *reinterpret_cast<std::atomic<int> *>(data) = why;
            return 1;
        },
        reinterpret_cast<std::uintptr_t>(&reason));
    CHECK(status_of([&] { store.ping(interrupted); }) == RSTORE_CANCELLED);
    CHECK(reason == RSTORE_TICK);
    auto listing = store.list("", {}, brief);
    CHECK(status_of([&] { listing.begin(); }) == RSTORE_DEADLINE);
    rs::library::settle();
}

static void credentials_are_pushed() {
    const auto store = rs::store::open("s3://bucket", {{"credentials", "provider"}, {"region", "eu-central-1"}});
    CHECK(store.credentials_due().time_since_epoch().count() == 1);
    const auto now = std::chrono::system_clock::now();
    CHECK(status_of([&] { store.set_credentials({"key", "secret", "", now - std::chrono::hours(1)}); }) ==
          RSTORE_UNAUTHENTICATED);
    store.set_credentials({"key", "secret"});
    CHECK(store.credentials_due().time_since_epoch().count() == 0);
    const std::string url = store.sign("a", "GET", std::chrono::minutes(1));
    CHECK(url.find("X-Amz-Expires=60") != std::string::npos && url.find("key%2F") != std::string::npos);
}

static void configurations_open_stores() {
    std::string warnings;
    const auto registry = rs::registry::open(R"({"backends": {"m": {"type": "memory"}}, "surplus": 1,
                                                 "stores": {"s": {"backend": "m", "root_path": "below"}}})",
                                             {}, &warnings);
    CHECK(warnings.find("surplus") != std::string::npos);
    registry.store("s").put("a", "1");
    CHECK(registry.store("s").exists("a"));
    CHECK(status_of([&] { registry.store("none"); }) == RSTORE_NOT_FOUND);
    CHECK(rs::store::open_backend(R"({"type": "memory"})", {}, &warnings).put("a", "1").size() == 1);
    CHECK(warnings.empty());
    CHECK(rs::library::normalize("/a//b") == "a/b");
    CHECK(rs::library::s3_url_options("s3://b/p").find("\"prefix\":\"p\"") != std::string::npos);
}

static void a_reader_begins_in_memory() {
    const auto store = rs::store::open("memory://");
    store.put("digits", "0123456789");
    char buffer[16];
    auto whole = store.start_reader("digits", buffer, 16);
    CHECK(whole.filled == 10 && whole.length == 10 && !whole.rest);
    auto begun = store.start_reader("digits", buffer, 4);
    CHECK(begun.filled == 4 && begun.length == 10 && begun.rest);
    CHECK(begun.rest->read(buffer, 16) == 6 && std::string_view(buffer, 6) == "456789");
}

static void what_memory_has_not_is_refused() {
    const auto store = rs::store::open("memory://");
    CHECK(status_of([&] { store.probe(); }) == RSTORE_NOT_SUPPORTED);
    CHECK(status_of([&] { store.abort_old_uploads("", {}); }) == RSTORE_NOT_SUPPORTED);
    CHECK(status_of([&] { store.open_upload("a"); }) == RSTORE_NOT_SUPPORTED);
    CHECK(store.delete_many({"a", std::string("b"), {"c", ""}}).empty());
}

static void threads_share_a_store() {
    const auto store = rs::store::open("memory://");
    std::vector<std::thread> threads;
    std::atomic<int> won = 0;
    for (int i = 0; i < 8; i++) {
        threads.emplace_back([&, i] {
            store.put("own/" + std::to_string(i), "1");
            won += status_of([&] { store.put("one", "1"); }) == RSTORE_OK;
        });
    }
    for (auto &each : threads) {
        each.join();
    }
    CHECK(won == 1 && store.folder_info("own").file_count == 8);
}

int main() {
    const auto before = live_handles();
    for (const auto test : {handles_have_one_owner,
                            an_error_carries_the_evidence,
                            a_result_holds_a_value_or_an_error,
                            options_are_checked_at_open,
                            bytes_are_of_any_container,
                            arguments_reach_the_store,
                            a_listing_is_a_range,
                            a_listing_fails_where_its_page_does,
                            a_batch_of_arrow_data,
                            a_writer_without_a_commit_leaves_nothing,
                            streams_carry_text,
                            streams_carry_blocks,
                            a_reader_stream_seeks,
                            a_stream_tells_errors,
                            a_stream_that_failed_commits_nothing,
                            a_context_bounds_calls,
                            credentials_are_pushed,
                            configurations_open_stores,
                            a_reader_begins_in_memory,
                            what_memory_has_not_is_refused,
                            threads_share_a_store}) {
        test();
        CHECK(live_handles() == before);
    }
    std::cout << "classes (C++): " << (failures == 0 ? "passed" : "failed") << '\n';
    return failures == 0 ? 0 : 1;
}
