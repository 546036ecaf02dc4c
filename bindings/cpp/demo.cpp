// Writes, reads, lists and deletes objects in the store of a URL, on this thread and another.
#include <cstdio>
#include <future>
#include <string>

#include <libremotestore.hpp>

namespace rs = remotestore;

static void print(const rs::error &error) {
    const rstore_evidence &e = error.evidence();
    std::printf("error   %s\n", error.what());
    std::printf("        %s, %d requests, HTTP status %d, S3 code \"%s\", request id \"%s\"\n", e.backend, e.attempts,
                e.http_status, e.s3_code, e.request_id);
}

static void use(const rs::store &store) {
    const auto written = store.put("demo/hello.txt", "hello, world", {RSTORE_OVERWRITE});
    std::printf("put     %s, %lu bytes\n", std::string(written.path()).c_str(), static_cast<unsigned long>(written.size()));
    std::printf("get     %s\n", std::string(store.get("demo/hello.txt").text()).c_str());
    for (const rs::entry &each : store.list("demo")) {
        std::printf("list    %s, %lu bytes\n", std::string(each.path()).c_str(), static_cast<unsigned long>(each.size()));
    }
    try {
        store.get("demo/missing.txt");
    } catch (const rs::error &error) {
        print(error);
    }
    auto worker = std::async(std::launch::async, [&] {
        store.put("demo/worker.txt", "hello, thread", {RSTORE_OVERWRITE});
        return std::string(store.get("demo/worker.txt").text());
    });
    std::printf("worker  %s\n", worker.get().c_str());
    store.delete_object("demo/hello.txt");
    store.delete_object("demo/worker.txt");
}

int main(int argc, char **argv) {
    if (rstore_abi_version() != RSTORE_ABI_VERSION) {
        std::fprintf(stderr, "the library is another one than the header\n");
        return 1;
    }
    try {
        use(rs::store::open(argc > 1 ? argv[1] : "memory://"));
    } catch (const rs::error &error) {
        print(error);
        return 1;
    }
    std::printf("closed  %lu handles are open\n", static_cast<unsigned long>(rs::library::stats().live_handles));
}
