// libremotestore for C++17 and later: classes over the functions of libremotestore.h, which is
// the manual of what they mean, of options, paths, arguments and status codes. There is nothing
// to link but libremotestore.so, and no rule in here that the C interface does not have.
//
//     auto store = remotestore::store::open("s3://bucket/prefix", {{"region", "eu-central-1"}});
//     store.put("a/b.txt", "hello");
//     std::cout << store.get("a/b.txt").text();
//     for (const remotestore::entry &each : store.list("a")) std::cout << each.path();
//
// Rules that hold everywhere
//
//   Errors      Every class is there twice, from one template. Those in remotestore return what
//               was asked for, and throw a remotestore::error. Those in remotestore::results
//               throw nothing of ours and return a result<T>, which holds a T or an error:
//
//                   auto object = store.get("a/b.txt"); // store is a remotestore::results::store
//                   if (!object) std::cout << object.error().what();
//                   else std::cout << object->text();
//
//               Below, returns<T> stands for either. Without exceptions (-fno-exceptions) there
//               are those in results only. Both may be in one program, and a handle goes from
//               one to the other by release() and adopt().
//   Ownership   What has a handle can be moved, not copied, and closes it in its destructor,
//               which ignores the status; close() tells it. Views (std::string_view, entry) are
//               of what they were taken from, and end with it. Memory passed in is used during
//               the call only, strings in args are copies.
//   Threads     A const function may be called from several threads at once, also on one object.
//   Contexts    Each call that can wait takes a context at its end, which bounds that call; {} is
//               none.
//   Version     Compare rstore_abi_version() with RSTORE_ABI_VERSION at start, as in C.
#ifndef LIBREMOTESTORE_HPP
#define LIBREMOTESTORE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <ios>
#include <istream>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "libremotestore.h"

namespace remotestore {

// ---- 1. Errors and results ----------------------------------------------------------------------

// What a call failed with. It can be copied, thrown and kept; the evidence lives as long as the
// last copy.
class error : public std::runtime_error {
public:
    // Takes over the handle that a C function gave, which may be 0.
    error(std::int32_t status, rstore_error handle) : error(std::make_shared<const source>(status, handle)) {}

    // RSTORE_NOT_FOUND, ...
    std::int32_t status() const noexcept { return evidence().status; }

    // "NOT_FOUND", ...
    const char *name() const noexcept { return rstore_status_name(status()); }

    // All that is known, as in the header: message, operation, path, s3_code, request_id, ... No
    // text is NULL.
    const rstore_evidence &evidence() const noexcept { return source_->evidence; }

private:
    struct source {
        source(std::int32_t status, rstore_error error) noexcept : handle(error) {
            if (handle == 0 || rstore_error_evidence(handle, &evidence, sizeof evidence) != RSTORE_OK) {
                evidence.message = rstore_status_name(status);
                evidence.operation = evidence.path = evidence.backend = evidence.s3_code =
                    evidence.request_id = evidence.host_id = evidence.capability = evidence.upload_id =
                        evidence.detail = "";
            }
            evidence.status = status;
        }
        source(const source &) = delete;
        source &operator=(const source &) = delete;
        ~source() {
            if (handle != 0) {
                rstore_close(handle);
            }
        }
        rstore_error handle;
        rstore_evidence evidence{};
    };

    explicit error(std::shared_ptr<const source> from)
        : std::runtime_error(text(from->evidence)), source_(std::move(from)) {}

    // "NOT_FOUND: get a/b.txt: no such object"
    static std::string text(const rstore_evidence &e) {
        std::string all(rstore_status_name(e.status));
        if (*e.operation != '\0') {
            all.append(": ").append(e.operation);
            if (*e.path != '\0') {
                all.append(" ").append(e.path);
            }
        }
        return all.append(": ").append(e.message);
    }

    std::shared_ptr<const source> source_;
};

namespace detail {

// What value() of a result without one does: it throws the error, or ends the process.
[[noreturn]] inline void no_value(const error &failure) {
#if defined(__cpp_exceptions)
    throw failure;
#else
    std::fprintf(stderr, "remotestore::result: %s\n", failure.what());
    std::abort();
#endif
}

} // namespace detail

// A T, or the error that there is instead of it. value(), * and -> are for one that has a value:
// another throws its error, and without exceptions it ends the process.
template <class T> class [[nodiscard]] result {
public:
    result(T value) : content_(std::move(value)) {}
    result(remotestore::error failure) : content_(std::move(failure)) {}

    explicit operator bool() const noexcept { return content_.index() == 0; }

    T &value() & {
        require();
        return *std::get_if<0>(&content_);
    }
    const T &value() const & {
        require();
        return *std::get_if<0>(&content_);
    }
    T value() && { return std::move(value()); }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T operator*() && {
        return std::move(value());
    } // no reference: a range-for over it would outlive the result
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }

    // Only of one without a value.
    const remotestore::error &error() const noexcept { return *std::get_if<1>(&content_); }

private:
    void require() const {
        if (!*this) {
            detail::no_value(error());
        }
    }

    std::variant<T, remotestore::error> content_;
};

template <> class [[nodiscard]] result<void> {
public:
    result() = default;
    result(remotestore::error failure) : error_(std::move(failure)) {}

    explicit operator bool() const noexcept { return !error_; }

    void value() const {
        if (error_) {
            detail::no_value(*error_);
        }
    }

    const remotestore::error &error() const noexcept { return *error_; }

private:
    std::optional<remotestore::error> error_;
};

// How the classes below tell errors: their parameter. finish() makes of the status of a call what
// it returns, value() being what it returns when it succeeded.
struct returning {
    template <class T> using returns = result<T>;

    template <class T> static result<T> failed(error failure) { return failure; }

    template <class Value>
    static auto finish(std::int32_t status, rstore_error failure,
                       Value &&value) -> returns<decltype(value())> {
        if (status != RSTORE_OK) {
            return error(status, failure);
        }
        if constexpr (std::is_void_v<decltype(value())>) {
            value();
            return {};
        } else {
            return value();
        }
    }

    // Of a stream: the standard's have a flag only.
    static void fail(std::ios &stream, const error &) { stream.setstate(std::ios::badbit); }
};

#if defined(__cpp_exceptions)
struct throwing {
    template <class T> using returns = T;

    template <class T> [[noreturn]] static T failed(const error &failure) { throw failure; }

    template <class Value>
    static auto finish(std::int32_t status, rstore_error failure, Value &&value) -> decltype(value()) {
        if (status != RSTORE_OK) {
            throw error(status, failure);
        }
        return value();
    }

    // The stream catches it, sets its flag, and throws it on if exceptions(badbit) was asked for.
    static void fail(std::ios &, const error &failure) { throw failure; }
};
#endif

// ---- 2. What calls are given --------------------------------------------------------------------

// Nanoseconds since 1970-01-01 UTC; 0 is none, or not known.
using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

// Keys and values.
using pairs = std::vector<std::pair<std::string, std::string>>;

// A view of bytes: of a string, a vector, a std::span, or any container of bytes in a row.
class const_bytes {
public:
    const_bytes(const void *data, std::size_t size) noexcept
        : data_(static_cast<const std::byte *>(data)), size_(size) {}
    const_bytes(const char *text) noexcept : const_bytes(text, std::strlen(text)) {}
    template <class Container,
              class = std::enable_if_t<sizeof(*std::declval<const Container &>().data()) == 1>>
    const_bytes(const Container &bytes) noexcept : const_bytes(bytes.data(), bytes.size()) {}

    const std::byte *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

private:
    const std::byte *data_;
    std::size_t size_;
};

// How an operation is to be done: rstore_args, with its fields, their meaning and their order, so
// that {RSTORE_OVERWRITE} sets the flags, and in C++20 {.if_match = etag} one field. A field or
// flag that the operation does not read is RSTORE_INVALID_ARGUMENT.
struct args {
    std::uint32_t flags = 0;
    std::uint32_t page_size = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::int64_t max_depth = 0;
    std::string pattern{};
    pairs metadata{};
    std::uint64_t suffix = 0;
    std::string if_match{};
    std::string if_none_match{};
    time_point if_modified_since{};
    time_point if_unmodified_since{};
    std::string version_id{};
    pairs attributes{};
    pairs tags{};
    std::string acl{};
    std::string prefix{};
    std::string start_after{};
    std::string token{};
    std::uint64_t limit = 0;
    std::uint64_t coalesce = 0;
    pairs options{};
};

// An object to be deleted; without a version the present one.
struct deletion {
    deletion(std::string_view object, std::string_view version = {}) noexcept
        : path(object), version_id(version) {}
    deletion(const char *object) noexcept : path(object) {}
    deletion(const std::string &object) noexcept : path(object) {}

    std::string_view path;
    std::string_view version_id{};
};

// Credentials that a program pushes; expires 0 is never.
struct credentials {
    std::string_view access_key_id;
    std::string_view secret_access_key;
    std::string_view session_token{};
    time_point expires{};
};

template <class Errors> class basic_context;

// The context of a call, or none. It is no owner.
class context_ref {
public:
    context_ref() = default;
    template <class Errors>
    context_ref(const basic_context<Errors> &context) noexcept : handle_(context.native_handle()) {}

    rstore_ctx native_handle() const noexcept { return handle_; }

private:
    rstore_ctx handle_ = 0;
};

namespace detail {

inline std::int64_t nanoseconds(time_point time) noexcept { return time.time_since_epoch().count(); }

inline time_point time_of(std::int64_t nanoseconds) noexcept {
    return time_point(std::chrono::nanoseconds(nanoseconds));
}

// args for a call of C.
class lowered {
public:
    explicit lowered(const args &a)
        : metadata_(list(a.metadata)), attributes_(list(a.attributes)), tags_(list(a.tags)), options_(list(a.options)) {
        args_.flags = a.flags;
        args_.page_size = a.page_size;
        args_.offset = a.offset;
        args_.length = a.length;
        args_.max_depth = a.max_depth;
        args_.pattern = a.pattern.data();
        args_.pattern_len = a.pattern.size();
        args_.metadata = metadata_.data();
        args_.metadata_count = metadata_.size();
        args_.suffix = a.suffix;
        args_.if_match = a.if_match.data();
        args_.if_match_len = a.if_match.size();
        args_.if_none_match = a.if_none_match.data();
        args_.if_none_match_len = a.if_none_match.size();
        args_.if_modified_since_ns = nanoseconds(a.if_modified_since);
        args_.if_unmodified_since_ns = nanoseconds(a.if_unmodified_since);
        args_.version_id = a.version_id.data();
        args_.version_id_len = a.version_id.size();
        args_.attributes = attributes_.data();
        args_.attributes_count = attributes_.size();
        args_.tags = tags_.data();
        args_.tags_count = tags_.size();
        args_.acl = a.acl.data();
        args_.acl_len = a.acl.size();
        args_.prefix = a.prefix.data();
        args_.prefix_len = a.prefix.size();
        args_.start_after = a.start_after.data();
        args_.start_after_len = a.start_after.size();
        args_.token = a.token.data();
        args_.token_len = a.token.size();
        args_.limit = a.limit;
        args_.coalesce = a.coalesce;
        args_.options = options_.data();
        args_.options_count = options_.size();
    }
    lowered(const lowered &) = delete;
    lowered &operator=(const lowered &) = delete;

    const rstore_args *get() const noexcept { return &args_; }
    static constexpr std::size_t size = sizeof(rstore_args);

private:
    static std::vector<rstore_pair> list(const pairs &from) {
        std::vector<rstore_pair> to;
        to.reserve(from.size());
        for (const auto &[key, value] : from) {
            to.push_back({key.data(), key.size(), value.data(), value.size()});
        }
        return to;
    }

    std::vector<rstore_pair> metadata_, attributes_, tags_, options_;
    rstore_args args_{};
};

// Closes a handle.
class handle {
public:
    handle() = default;
    explicit handle(rstore_handle number) noexcept : number_(number), owned_(number != 0) {}
    handle(handle &&other) noexcept
        : number_(std::exchange(other.number_, 0)), owned_(std::exchange(other.owned_, false)) {}
    handle &operator=(handle &&other) noexcept {
        handle old(std::move(*this));
        number_ = std::exchange(other.number_, 0);
        owned_ = std::exchange(other.owned_, false);
        return *this;
    }
    ~handle() {
        if (owned_) {
            close();
        }
    }

    rstore_handle get() const noexcept { return number_; }

    rstore_handle release() noexcept {
        owned_ = false;
        return std::exchange(number_, 0);
    }

    // The number stays, so that a later call is RSTORE_CLOSED.
    std::int32_t close() noexcept {
        owned_ = false;
        return rstore_close(number_);
    }

private:
    rstore_handle number_ = 0;
    bool owned_ = false;
};

// RSTORE_PAGE_OBJECT and RSTORE_FAILURE, for those who let the compiler warn of C's casts.
template <class T> const T *element(const T *first, std::size_t i, std::size_t stride) noexcept {
    const void *const at = static_cast<const char *>(static_cast<const void *>(first)) + i * stride;
    return static_cast<const T *>(at);
}

// A copy of a text that was handed out, which is closed.
inline std::string take(const rstore_text &text) {
    const handle owner(text.owner);
    return std::string(text.text, text.text_len);
}

} // namespace detail

// ---- 3. What calls return -----------------------------------------------------------------------

// What is known of an object, or of a folder or an upload in a listing: rstore_object. It is a
// view of the page or the object that it comes from.
class entry {
public:
    explicit entry(const rstore_object &record) noexcept : record_(record) {}

    std::int32_t kind() const noexcept { return record_.kind; } // RSTORE_KIND_OBJECT, ...
    bool odd() const noexcept { return record_.odd != 0; }      // to be found with RSTORE_RAW only
    std::string_view path() const noexcept { return {record_.path, record_.path_len}; }
    std::uint64_t size() const noexcept { return record_.size; }
    time_point modified() const noexcept { return detail::time_of(record_.modified_ns); }
    std::string_view etag() const noexcept { return {record_.etag, record_.etag_len}; }
    std::string_view content_type() const noexcept {
        return {record_.content_type, record_.content_type_len};
    }
    std::string_view version_id() const noexcept { return {record_.version_id, record_.version_id_len}; }
    bool latest() const noexcept { return record_.latest != 0; }
    std::string_view digest_algorithm() const noexcept {
        return {record_.digest_algorithm, record_.digest_algorithm_len};
    }
    std::string_view digest() const noexcept { return {record_.digest, record_.digest_len}; }
    std::string_view upload_id() const noexcept { return {record_.upload_id, record_.upload_id_len}; }
    std::vector<std::pair<std::string_view, std::string_view>> metadata() const {
        return views(record_.metadata, record_.metadata_count);
    }
    std::vector<std::pair<std::string_view, std::string_view>> attributes() const {
        return views(record_.attributes, record_.attributes_count);
    }

    // The record itself, for what is not above.
    const rstore_object &record() const noexcept { return record_; }

private:
    static std::vector<std::pair<std::string_view, std::string_view>> views(const rstore_pair *first,
                                                                            std::size_t count) {
        std::vector<std::pair<std::string_view, std::string_view>> all;
        all.reserve(count);
        for (std::size_t i = 0; i < count; i++) {
            all.emplace_back(std::string_view(first[i].key, first[i].key_len),
                             std::string_view(first[i].value, first[i].value_len));
        }
        return all;
    }

    rstore_object record_;
};

// The same with the memory that it is a view of, and after a get the bytes.
class object : public entry {
public:
    // Takes over the record that a C function filled.
    explicit object(const rstore_object &record) noexcept : entry(record), owner_(record.owner) {}

    const_bytes bytes() const noexcept { return {record().data, record().data_len}; }

    // The same as text, whatever they are.
    std::string_view text() const noexcept {
        return {static_cast<const char *>(record().data), record().data_len};
    }

    // Of the first of the bytes, in the object.
    std::uint64_t offset() const noexcept { return record().offset; }

    // After get_ranges with RSTORE_VERIFY: the bytes have the checksum that is kept.
    bool verified() const noexcept { return record().verified != 0; }

private:
    detail::handle owner_;
};

// A page of a listing. Its entries are views of it; an empty one is the end.
class page {
public:
    page() = default;
    // Takes over the record that a C function filled.
    explicit page(const rstore_page &record) noexcept : record_(record), owner_(record.owner) {}

    std::size_t size() const noexcept { return record_.count; }
    bool empty() const noexcept { return record_.count == 0; }
    entry operator[](std::size_t i) const noexcept {
        return entry(*detail::element(record_.objects, i, record_.object_size));
    }

private:
    rstore_page record_{};
    detail::handle owner_;
};

// What a batch found at one path: rstore_result. It is a view of the outcomes that it comes from.
class outcome {
public:
    explicit outcome(const rstore_result &record) noexcept : record_(record) {}

    std::int32_t status() const noexcept { return record_.status; } // RSTORE_OK, or why there is nothing
    std::string_view message() const noexcept { return record_.message; }
    std::string_view s3_code() const noexcept { return record_.s3_code; }
    std::uint64_t size() const noexcept { return record_.size; } // of the whole object; 0 if not known

    // After get_many, none if it failed.
    const_bytes bytes() const noexcept { return {record_.data, record_.data_len}; }
    std::string_view text() const noexcept {
        return {static_cast<const char *>(record_.data), record_.data_len};
    }

    // After head_many, none if it failed.
    std::optional<remotestore::entry> entry() const noexcept {
        return record_.object ? std::optional<remotestore::entry>(*record_.object) : std::nullopt;
    }

private:
    rstore_result record_;
};

// What a batch found, in the order of its paths.
class outcomes {
public:
    // Takes over the record that a C function filled.
    explicit outcomes(const rstore_results &record) noexcept : record_(record), owner_(record.owner) {}

    std::size_t size() const noexcept { return record_.count; }
    outcome operator[](std::size_t i) const noexcept {
        return outcome(*detail::element(record_.results, i, record_.result_size));
    }

private:
    rstore_results record_;
    detail::handle owner_;
};

// The sum of the objects below a folder.
struct folder {
    std::uint64_t file_count;
    std::uint64_t total_size;
    time_point modified; // the latest
};

// Where a path is: rstore_location.
struct location {
    std::string backend;
    std::string path;
    std::string bucket;
    std::string key;
    std::string endpoint;
    std::string root;
};

// An object that was not deleted, and why.
struct failure {
    std::size_t index; // of the object, from 0
    std::int32_t status;
    std::string message;
    std::string s3_code;
};

// What the calls with a context have done so far.
struct progress {
    std::uint64_t attempts;
    std::string request_id;
    std::uint64_t transferred; // bytes of objects
    std::uint64_t total;       // as far as it is known
};

// ---- 4. Handles and contexts --------------------------------------------------------------------

// What all classes with a handle have.
template <class Errors> class basic_handle {
public:
    template <class T> using returns = typename Errors::template returns<T>;

    // For calls of the C interface. 0 of what was moved from.
    rstore_handle native_handle() const noexcept { return handle_.get(); }

    // Gives the handle away: the caller closes it.
    rstore_handle release() noexcept { return handle_.release(); }

    // Closes it, as the destructor does, and says whether that worked. RSTORE_CLOSED if it was
    // closed before.
    returns<void> close() { return done(handle_.close(), 0); }

protected:
    explicit basic_handle(rstore_handle handle) noexcept : handle_(handle) {}

    static returns<void> done(std::int32_t status, rstore_error failure) {
        return Errors::finish(status, failure, [] {});
    }

private:
    detail::handle handle_;
};

// Bounds the calls that it is given to: section 5 of the header. It must live as long as those.
template <class Errors> class basic_context : public basic_handle<Errors> {
public:
    using basic_handle<Errors>::native_handle;
    template <class T> using returns = typename Errors::template returns<T>;

    // Each call may take so long, from its start; 0 is no limit.
    static returns<basic_context> create(std::chrono::milliseconds timeout = {}) {
        rstore_ctx handle = 0;
        rstore_error failure = 0;
        const auto status = rstore_ctx_new(static_cast<std::uint64_t>(timeout.count()), &handle, &failure);
        return Errors::finish(status, failure, [&] { return adopt(handle); });
    }

    // Takes over a handle.
    static basic_context adopt(rstore_ctx handle) noexcept { return basic_context(handle); }

    // Ends all calls in flight with it, and every later one, with RSTORE_CANCELLED.
    returns<void> cancel() const {
        rstore_error failure = 0;
        const auto status = rstore_ctx_cancel(native_handle(), &failure);
        return this->done(status, failure);
    }

    // Sets the function that later calls ask, while they wait, on the thread that made them, about
    // every 50 ms: not 0 ends the call with RSTORE_CANCELLED. It gets the data, and RSTORE_TICK or
    // RSTORE_CREDENTIALS. It cannot throw; nullptr is none.
    returns<void> set_interrupt(std::int32_t (*hook)(std::uintptr_t data, std::int32_t reason) noexcept,
                                std::uintptr_t data = 0) const {
        rstore_error failure = 0;
        const auto status = rstore_ctx_set_interrupt(native_handle(), hook, data, &failure);
        return this->done(status, failure);
    }

    // What the calls with it have done so far.
    returns<remotestore::progress> progress() const {
        rstore_progress record{};
        rstore_error failure = 0;
        const auto status = rstore_ctx_progress(native_handle(), &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] {
            const detail::handle owner(record.owner);
            return remotestore::progress{record.attempts,
                                         std::string(record.request_id, record.request_id_len),
                                         record.transferred, record.total};
        });
    }

private:
    explicit basic_context(rstore_ctx handle) noexcept : basic_handle<Errors>(handle) {}
};

// ---- 5. Listings, readers, writers, uploads -----------------------------------------------------

// A listing: a range that can be gone through once. Its pages are requested as they are needed,
// with the context that it was opened with.
//
//     for (const auto &each : store.list("folder", {RSTORE_RECURSIVE})) use(each.path());
//
// An entry is valid until the next one is asked for. In remotestore::results each is a
// result<entry>; one without a value is the last. It serves one call at a time (RSTORE_BUSY).
template <class Errors> class basic_listing : public basic_handle<Errors> {
public:
    using basic_handle<Errors>::native_handle;
    template <class T> using returns = typename Errors::template returns<T>;
    class iterator;

    // Takes over a handle.
    static basic_listing adopt(rstore_list handle, context_ref context = {}) noexcept {
        return basic_listing(handle, context);
    }

    // Requests the first page; after an error, goes on. Errors are those of rstore_list_next.
    iterator begin() {
        over_ = false;
        step();
        return iterator(current_ ? this : nullptr);
    }
    iterator end() noexcept { return iterator(); }

    // The next page, as it comes; an empty one is the end. Not to be mixed with the range.
    returns<page> next() {
        rstore_page record{};
        rstore_error failure = 0;
        const auto status =
            rstore_list_next(native_handle(), context_.native_handle(), &record, sizeof record, &failure);
        return Errors::finish(status == RSTORE_END ? RSTORE_OK : status, failure,
                              [&] { return page(record); });
    }

    // The next objects as an Arrow record batch, `rows` at most, 0 for all that are left: see
    // rstore_list_next_arrow. false at the end. Array and schema are the caller's, who releases
    // them; schema may be nullptr.
    returns<bool> next_arrow(std::uint64_t rows, ArrowArray *array, ArrowSchema *schema = nullptr) {
        rstore_error failure = 0;
        const auto status =
            rstore_list_next_arrow(native_handle(), context_.native_handle(), rows, array, schema, &failure);
        return Errors::finish(status == RSTORE_END ? RSTORE_OK : status, failure,
                              [&] { return status != RSTORE_END; });
    }

    // Where it is, for args.token. A range stands behind the page of the present entry.
    returns<std::string> token() const {
        rstore_text text{};
        rstore_error failure = 0;
        const auto status = rstore_list_token(native_handle(), &text, sizeof text, &failure);
        return Errors::finish(status, failure, [&] { return detail::take(text); });
    }

private:
    basic_listing(rstore_list handle, context_ref context) noexcept
        : basic_handle<Errors>(handle), context_(context) {}

    // Goes to the next entry; current_ is empty at the end.
    void step() {
        const bool failed = over_;
        current_.reset();
        if (failed) {
            return;
        }
        if (next_ == page_.size()) {
            rstore_page record{};
            rstore_error failure = 0;
            const auto status =
                rstore_list_next(native_handle(), context_.native_handle(), &record, sizeof record, &failure);
            page_ = page(record);
            next_ = 0;
            over_ = status != RSTORE_OK;
            if (status == RSTORE_END) {
                return;
            }
            current_.emplace(Errors::finish(status, failure, [&] { return page_[next_++]; }));
            return;
        }
        current_.emplace(page_[next_++]);
    }

    context_ref context_;
    page page_;
    std::size_t next_ = 0;
    bool over_ = false;
    std::optional<returns<entry>> current_;
};

template <class Errors> class basic_listing<Errors>::iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = typename Errors::template returns<entry>;
    using difference_type = std::ptrdiff_t;
    using pointer = const value_type *;
    using reference = const value_type &;

    iterator() = default;

    reference operator*() const { return *listing_->current_; }
    pointer operator->() const { return &*listing_->current_; }

    iterator &operator++() {
        listing_->step();
        if (!listing_->current_) {
            listing_ = nullptr;
        }
        return *this;
    }
    void operator++(int) { ++*this; }

    friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.listing_ == b.listing_; }
    friend bool operator!=(const iterator &a, const iterator &b) noexcept { return a.listing_ != b.listing_; }

private:
    friend class basic_listing;
    explicit iterator(basic_listing *listing) noexcept : listing_(listing) {}

    basic_listing *listing_ = nullptr;
};

// Reads an object, or a range of it: section 11 of the header. All that it gives is of one version,
// else it is RSTORE_CHANGED. It serves one call at a time (RSTORE_BUSY).
template <class Errors> class basic_reader : public basic_handle<Errors> {
public:
    using basic_handle<Errors>::native_handle;
    template <class T> using returns = typename Errors::template returns<T>;

    // Takes over a handle, and what is known of the object.
    static basic_reader adopt(rstore_reader handle, object known = object({})) noexcept {
        return basic_reader(handle, std::move(known));
    }

    // What was known of the object when it was opened; all zeros of one from start_reader.
    const object &info() const noexcept { return info_; }

    // How many bytes it has.
    std::uint64_t length() const noexcept { return info_.record().length; }

    // Reads the next bytes into the buffer, and returns their number, 0 at the end only.
    returns<std::size_t> read(void *buffer, std::size_t size, context_ref context = {}) {
        std::size_t filled = 0;
        rstore_error failure = 0;
        const auto status =
            rstore_reader_read(native_handle(), context.native_handle(), buffer, size, &filled, &failure);
        return Errors::finish(status, failure, [&] { return filled; });
    }

    // Fills the buffer from an offset, and moves nothing. The number is less than size only where
    // the object, or the range, ends.
    returns<std::size_t> read_at(std::uint64_t offset, void *buffer, std::size_t size,
                                 context_ref context = {}) {
        std::size_t filled = 0;
        rstore_error failure = 0;
        const auto status = rstore_reader_read_at(native_handle(), context.native_handle(), offset, buffer,
                                                  size, &filled, &failure);
        return Errors::finish(status, failure, [&] { return filled; });
    }

    // Moves to an offset, from where the next read goes on.
    returns<void> seek(std::uint64_t offset) {
        rstore_error failure = 0;
        const auto status = rstore_reader_seek(native_handle(), offset, &failure);
        return this->done(status, failure);
    }

private:
    basic_reader(rstore_reader handle, object known) noexcept
        : basic_handle<Errors>(handle), info_(std::move(known)) {}

    object info_;
};

// What start_reader returns: how many bytes are in the buffer, how many there are, and if those are
// more, what gives the rest.
template <class Errors> struct started {
    std::size_t filled = 0;
    std::uint64_t length = 0;
    std::optional<basic_reader<Errors>> rest{};
};

// Writes an object of unknown size: section 12 of the header. commit() publishes it; without one
// the destructor aborts. After an error it is over and leaves no trace, or the error names an
// upload_id. It serves one call at a time (RSTORE_BUSY).
template <class Errors> class basic_writer : public basic_handle<Errors> {
public:
    using basic_handle<Errors>::native_handle;
    template <class T> using returns = typename Errors::template returns<T>;

    // Takes over a handle.
    static basic_writer adopt(rstore_writer handle) noexcept { return basic_writer(handle); }

    // Takes the next bytes, all of them.
    returns<void> write(const_bytes data, context_ref context = {}) {
        rstore_error failure = 0;
        const auto status =
            rstore_writer_write(native_handle(), context.native_handle(), data.data(), data.size(), &failure);
        return this->done(status, failure);
    }

    // Publishes the object. RSTORE_ALREADY_EXISTS may come from here.
    returns<object> commit(context_ref context = {}) {
        rstore_object record{};
        rstore_error failure = 0;
        const auto status =
            rstore_writer_commit(native_handle(), context.native_handle(), &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return object(record); });
    }

    // Drops what was written, and says whether that worked.
    returns<void> abort(context_ref context = {}) {
        rstore_error failure = 0;
        const auto status = rstore_writer_abort(native_handle(), context.native_handle(), &failure);
        return this->done(status, failure);
    }

private:
    explicit basic_writer(rstore_writer handle) noexcept : basic_handle<Errors>(handle) {}
};

// An upload in parts, which several threads may send at once: section 13 of the header, S3 only.
// Without a commit the destructor aborts it.
template <class Errors> class basic_upload : public basic_handle<Errors> {
public:
    using basic_handle<Errors>::native_handle;
    template <class T> using returns = typename Errors::template returns<T>;

    // Takes over a handle.
    static basic_upload adopt(rstore_upload handle) noexcept { return basic_upload(handle); }

    // Sends the part with this number, 1 to 10000; all but the last one have 5 MiB at least.
    returns<void> part(std::uint32_t number, const_bytes data, context_ref context = {}) const {
        rstore_error failure = 0;
        const auto status = rstore_upload_part(native_handle(), context.native_handle(), number, data.data(),
                                               data.size(), &failure);
        return this->done(status, failure);
    }

    // Publishes the parts in the order of their numbers. RSTORE_BUSY while another call is in
    // flight; any other error aborts the upload.
    returns<object> commit(context_ref context = {}) const {
        rstore_object record{};
        rstore_error failure = 0;
        const auto status =
            rstore_upload_commit(native_handle(), context.native_handle(), &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return object(record); });
    }

    // Drops the parts, and says whether that worked. RSTORE_BUSY as for a commit.
    returns<void> abort(context_ref context = {}) const {
        rstore_error failure = 0;
        const auto status = rstore_upload_abort(native_handle(), context.native_handle(), &failure);
        return this->done(status, failure);
    }

private:
    explicit basic_upload(rstore_upload handle) noexcept : basic_handle<Errors>(handle) {}
};

// ---- 6. Stores ----------------------------------------------------------------------------------

// A store: sections 7, 9, 10 and 13 of the header. A path is relative to it. Closing one that
// open() or a configuration gave closes the backend for all its children.
template <class Errors> class basic_store : public basic_handle<Errors> {
public:
    using basic_handle<Errors>::native_handle;
    template <class T> using returns = typename Errors::template returns<T>;
    using listing = basic_listing<Errors>;
    using reader = basic_reader<Errors>;
    using writer = basic_writer<Errors>;
    using upload = basic_upload<Errors>;

    // ---- Opening

    // Opens the store of a URL, with the options of section 4 of the header. Nothing is requested
    // from a server. RSTORE_INVALID_OPTION names the option, RSTORE_INVALID_ARGUMENT is the URL.
    static returns<basic_store> open(std::string_view url, const pairs &options = {}) {
        rstore_options made = 0;
        rstore_error failure = 0;
        rstore_store handle = 0;
        auto status = options.empty() ? RSTORE_OK : rstore_options_new(&made, &failure);
        const detail::handle owner(made);
        for (const auto &[key, value] : options) {
            if (status == RSTORE_OK) {
                status =
                    rstore_options_set(made, key.data(), key.size(), value.data(), value.size(), &failure);
            }
        }
        if (status == RSTORE_OK) {
            status = rstore_open(url.data(), url.size(), made, &handle, &failure);
        }
        return Errors::finish(status, failure, [&] { return adopt(handle); });
    }

    // Opens one backend from its configuration in JSON: {"type": "s3", "options": {...}}. warnings
    // receives lines about what is not an error. RSTORE_RESOLVE_ENV may be set.
    static returns<basic_store> open_backend(std::string_view json, const args &how = {},
                                             std::string *warnings = nullptr) {
        const detail::lowered lowered(how);
        rstore_store handle = 0;
        rstore_text text{};
        rstore_error failure = 0;
        const auto status = rstore_backend_open(json.data(), json.size(), lowered.get(), lowered.size,
                                                &handle, warnings != nullptr ? &text : nullptr,
                                                warnings != nullptr ? sizeof text : 0, &failure);
        return Errors::finish(status, failure, [&] {
            basic_store opened = adopt(handle);
            if (warnings != nullptr) {
                *warnings = detail::take(text);
            }
            return opened;
        });
    }

    // Takes over a handle.
    static basic_store adopt(rstore_store handle) noexcept { return basic_store(handle); }

    // The store of a folder in this one, on the same backend.
    returns<basic_store> child(std::string_view path, const args &how = {}) const {
        const detail::lowered lowered(how);
        rstore_store handle = 0;
        rstore_error failure = 0;
        const auto status = rstore_child(native_handle(), path.data(), path.size(), lowered.get(),
                                         lowered.size, &handle, &failure);
        return Errors::finish(status, failure, [&] { return adopt(handle); });
    }

    // Closes the backend: every later call on it, by whatever store, is RSTORE_CLOSED.
    returns<void> shutdown() const {
        rstore_error failure = 0;
        const auto status = rstore_shutdown(native_handle(), &failure);
        return this->done(status, failure);
    }

    // ---- About the store

    // Pushes credentials to a store with the option credentials = "provider"; they are copied.
    // RSTORE_UNAUTHENTICATED for those that have expired.
    returns<void> set_credentials(const credentials &pushed) const {
        rstore_credentials record{};
        record.access_key_id = pushed.access_key_id.data();
        record.access_key_id_len = pushed.access_key_id.size();
        record.secret_access_key = pushed.secret_access_key.data();
        record.secret_access_key_len = pushed.secret_access_key.size();
        record.session_token = pushed.session_token.data();
        record.session_token_len = pushed.session_token.size();
        record.expires_ns = detail::nanoseconds(pushed.expires);
        rstore_error failure = 0;
        const auto status = rstore_credentials_set(native_handle(), &record, sizeof record, &failure);
        return this->done(status, failure);
    }

    // Says that there are none to push: requests that wait for some fail with RSTORE_UNAUTHENTICATED.
    returns<void> no_credentials() const {
        rstore_error failure = 0;
        const auto status = rstore_credentials_none(native_handle(), &failure);
        return this->done(status, failure);
    }

    // From when new ones should be pushed: 0 is never, 1 ns at once.
    returns<time_point> credentials_due() const {
        std::int64_t due = 0;
        rstore_error failure = 0;
        const auto status = rstore_credentials_due(native_handle(), &due, &failure);
        return Errors::finish(status, failure, [&] { return detail::time_of(due); });
    }

    // Finds out whether its place exists and may be used: RSTORE_NOT_FOUND for a missing bucket.
    returns<void> ping(context_ref context = {}) const {
        rstore_error failure = 0;
        const auto status = rstore_ping(native_handle(), context.native_handle(), &failure);
        return this->done(status, failure);
    }

    // What the endpoint honours, ignores and refuses, by about 80 requests: JSON. S3 only.
    returns<std::string> probe(context_ref context = {}) const {
        rstore_text text{};
        rstore_error failure = 0;
        const auto status =
            rstore_probe(native_handle(), context.native_handle(), &text, sizeof text, &failure);
        return Errors::finish(status, failure, [&] { return detail::take(text); });
    }

    // The sum of the RSTORE_CAN_ bits of what its backend can do.
    returns<std::uint64_t> capabilities() const {
        std::uint64_t can = 0;
        rstore_error failure = 0;
        const auto status = rstore_capabilities(native_handle(), &can, &failure);
        return Errors::finish(status, failure, [&] { return can; });
    }

    // Where a path is; "" is the root. Nothing is requested.
    returns<location> resolve(std::string_view path, const args &how = {}) const {
        const detail::lowered lowered(how);
        rstore_location record{};
        rstore_error failure = 0;
        const auto status = rstore_resolve(native_handle(), path.data(), path.size(), lowered.get(),
                                           lowered.size, &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] {
            const detail::handle owner(record.owner);
            return location{{record.backend, record.backend_len},   {record.path, record.path_len},
                            {record.bucket, record.bucket_len},     {record.key, record.key_len},
                            {record.endpoint, record.endpoint_len}, {record.root, record.root_len}};
        });
    }

    // The path whose location has the path `native`. RSTORE_INVALID_PATH for one outside.
    returns<std::string> to_key(std::string_view native, const args &how = {}) const {
        const detail::lowered lowered(how);
        rstore_text text{};
        rstore_error failure = 0;
        const auto status = rstore_to_key(native_handle(), native.data(), native.size(), lowered.get(),
                                          lowered.size, &text, sizeof text, &failure);
        return Errors::finish(status, failure, [&] { return detail::take(text); });
    }

    // ---- Objects

    // What is known of an object. RSTORE_NOT_FOUND; RSTORE_INVALID_PATH for a folder.
    returns<object> head(std::string_view path, const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_object record{};
        rstore_error failure = 0;
        const auto status = rstore_head(native_handle(), context.native_handle(), path.data(), path.size(),
                                        lowered.get(), lowered.size, &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return object(record); });
    }

    // Whether there is something at the path: an object or a folder, or with RSTORE_OBJECTS or
    // RSTORE_FOLDERS just that.
    returns<bool> exists(std::string_view path, const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        std::int32_t found = 0;
        rstore_error failure = 0;
        const auto status = rstore_exists(native_handle(), context.native_handle(), path.data(), path.size(),
                                          lowered.get(), lowered.size, &found, &failure);
        return Errors::finish(status, failure, [&] { return found != 0; });
    }

    // Reads an object, or the range in args. The bytes are those of the object returned.
    // RSTORE_NOT_FOUND, RSTORE_RANGE_NOT_SATISFIABLE.
    returns<object> get(std::string_view path, const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_object record{};
        rstore_error failure = 0;
        const auto status = rstore_get(native_handle(), context.native_handle(), path.data(), path.size(),
                                       lowered.get(), lowered.size, &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return object(record); });
    }

    // Reads an object, or the range in args, into the buffer, and returns the number of bytes. A
    // buffer that is too small is RSTORE_INVALID_ARGUMENT. After an error its content is undefined.
    returns<std::size_t> get_into(std::string_view path, void *buffer, std::size_t size, const args &how = {},
                                  context_ref context = {}) const {
        const detail::lowered lowered(how);
        std::size_t filled = 0;
        rstore_error failure = 0;
        const auto status =
            rstore_get_into(native_handle(), context.native_handle(), path.data(), path.size(), lowered.get(),
                            lowered.size, buffer, size, &filled, &failure);
        return Errors::finish(status, failure, [&] { return filled; });
    }

    // Reads an object, or the range in args, into a regular file, from an offset in it on, and
    // returns what is known of the object. filled, if not NULL, receives the number of bytes.
    returns<object> get_file(std::string_view path, int fd, std::uint64_t file_offset = 0,
                             std::uint64_t *filled = nullptr, const args &how = {},
                             context_ref context = {}) const {
        const detail::lowered lowered(how);
        std::uint64_t count = 0;
        rstore_object record{};
        rstore_error failure = 0;
        const auto status = rstore_get_file(native_handle(), context.native_handle(), path.data(), path.size(),
                                            lowered.get(), lowered.size, fd, file_offset,
                                            filled ? filled : &count, &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return object(record); });
    }

    // Reads many ranges of one version into their buffers, and sets what is filled of each. After
    // an error the content of the buffers is undefined. With RSTORE_VERIFY, RSTORE_CORRUPT.
    returns<object> get_ranges(std::string_view path, std::vector<rstore_range> &ranges, const args &how = {},
                               context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_object record{};
        rstore_error failure = 0;
        const auto status = rstore_get_ranges(native_handle(), context.native_handle(), path.data(),
                                              path.size(), lowered.get(), lowered.size, ranges.data(),
                                              ranges.size(), &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return object(record); });
    }

    // Reads many objects, or the range in how of each: rstore_get_many. An error is one of a path,
    // before all else, or the end of the call.
    returns<outcomes> get_many(const std::vector<std::string> &paths, const args &how = {},
                               context_ref context = {}) const {
        return many(rstore_get_many, paths, how, context);
    }

    // Describes many objects.
    returns<outcomes> head_many(const std::vector<std::string> &paths, const args &how = {},
                                context_ref context = {}) const {
        return many(rstore_head_many, paths, how, context);
    }

    // Writes an object, all of it or nothing, and returns what is known of it. Without
    // RSTORE_OVERWRITE one that exists is RSTORE_ALREADY_EXISTS and stays as it was.
    returns<object> put(std::string_view path, const_bytes data, const args &how = {},
                        context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_object record{};
        rstore_error failure = 0;
        const auto status =
            rstore_put(native_handle(), context.native_handle(), path.data(), path.size(), data.data(),
                       data.size(), lowered.get(), lowered.size, &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return object(record); });
    }

    // put of a regular file: of how.length bytes from how.offset on, or of all behind it.
    returns<object> put_file(std::string_view path, int fd, const args &how = {},
                             context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_object record{};
        rstore_error failure = 0;
        const auto status =
            rstore_put_file(native_handle(), context.native_handle(), path.data(), path.size(), fd,
                            lowered.get(), lowered.size, &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return object(record); });
    }

    // Adds to the end of an object, which is made if there is none. Local, memory, S3 Express.
    returns<object> append(std::string_view path, const_bytes data, const args &how = {},
                           context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_object record{};
        rstore_error failure = 0;
        const auto status =
            rstore_append(native_handle(), context.native_handle(), path.data(), path.size(), data.data(),
                          data.size(), lowered.get(), lowered.size, &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return object(record); });
    }

    // Deletes an object: rstore_delete. RSTORE_NOT_FOUND, unless RSTORE_MISSING_OK;
    // RSTORE_INVALID_PATH for a folder.
    returns<void> delete_object(std::string_view path, const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_error failure = 0;
        const auto status = rstore_delete(native_handle(), context.native_handle(), path.data(), path.size(),
                                          lowered.get(), lowered.size, &failure);
        return this->done(status, failure);
    }

    // Deletes any number of objects, and returns those that were not deleted one by one. An error
    // is one of a path, before all else, or of a whole request.
    returns<std::vector<failure>> delete_many(const std::vector<deletion> &objects, const args &how = {},
                                              context_ref context = {}) const {
        const detail::lowered lowered(how);
        std::vector<rstore_deletion> records;
        records.reserve(objects.size());
        for (const deletion &each : objects) {
            records.push_back(
                {each.path.data(), each.path.size(), each.version_id.data(), each.version_id.size()});
        }
        rstore_failures found{};
        rstore_error failure = 0;
        const auto status =
            rstore_delete_many(native_handle(), context.native_handle(), records.data(), records.size(),
                               lowered.get(), lowered.size, &found, sizeof found, &failure);
        return Errors::finish(status, failure, [&] {
            const detail::handle owner(found.owner);
            std::vector<remotestore::failure> all;
            for (std::size_t i = 0; i < found.count; i++) {
                const rstore_failure *each = detail::element(found.failures, i, found.failure_size);
                all.push_back({each->index, each->status, each->message, each->s3_code});
            }
            return all;
        });
    }

    // Copies an object inside the store. RSTORE_OVERWRITE as for put.
    returns<void> copy(std::string_view source, std::string_view target, const args &how = {},
                       context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_error failure = 0;
        const auto status =
            rstore_copy(native_handle(), context.native_handle(), source.data(), source.size(), target.data(),
                        target.size(), lowered.get(), lowered.size, &failure);
        return this->done(status, failure);
    }

    // Moves an object inside the store, as copy copies it. On S3 it is a copy and a delete.
    returns<void> move(std::string_view source, std::string_view target, const args &how = {},
                       context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_error failure = 0;
        const auto status =
            rstore_move(native_handle(), context.native_handle(), source.data(), source.size(), target.data(),
                        target.size(), lowered.get(), lowered.size, &failure);
        return this->done(status, failure);
    }

    // A URL with which everybody may send one kind of request ("GET", "PUT", ...) to the object,
    // for so long: 1 s to 7 days. S3 only.
    returns<std::string> sign(std::string_view path, std::string_view method, std::chrono::seconds expires,
                              const args &how = {}) const {
        const detail::lowered lowered(how);
        rstore_text text{};
        rstore_error failure = 0;
        const auto status = rstore_sign(
            native_handle(), 0, path.data(), path.size(), lowered.get(), lowered.size, method.data(),
            method.size(), static_cast<std::uint64_t>(expires.count()), &text, sizeof text, &failure);
        return Errors::finish(status, failure, [&] { return detail::take(text); });
    }

    // Says who may use an object: "private", "public-read", ... S3 only.
    returns<void> set_acl(std::string_view path, std::string_view acl, const args &how = {},
                          context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_error failure = 0;
        const auto status = rstore_set_acl(native_handle(), context.native_handle(), path.data(), path.size(),
                                           lowered.get(), lowered.size, acl.data(), acl.size(), &failure);
        return this->done(status, failure);
    }

    // ---- Folders and listings

    // Sums up the objects below a folder. RSTORE_NOT_FOUND, but not for the root.
    returns<folder> folder_info(std::string_view path, const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_folder record{};
        rstore_error failure = 0;
        const auto status =
            rstore_folder_info(native_handle(), context.native_handle(), path.data(), path.size(),
                               lowered.get(), lowered.size, &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] {
            return folder{record.file_count, record.total_size, detail::time_of(record.modified_ns)};
        });
    }

    // Deletes an empty folder, with RSTORE_RECURSIVE one with what is in it: else
    // RSTORE_DIRECTORY_NOT_EMPTY. RSTORE_NOT_FOUND, unless RSTORE_MISSING_OK.
    returns<void> delete_folder(std::string_view path, const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_error failure = 0;
        const auto status = rstore_delete_folder(native_handle(), context.native_handle(), path.data(),
                                                 path.size(), lowered.get(), lowered.size, &failure);
        return this->done(status, failure);
    }

    // The objects and folders in a folder, and with RSTORE_RECURSIVE the objects below it. Nothing
    // is requested before the first page, which the context is for too.
    returns<listing> list(std::string_view path = {}, const args &how = {}, context_ref context = {}) const {
        return open_listing(rstore_list_open, path, how, context);
    }

    // The objects whose path matches a pattern: "a/**/*.txt".
    returns<listing> glob(std::string_view pattern, const args &how = {}, context_ref context = {}) const {
        return open_listing(rstore_glob_open, pattern, how, context);
    }

    // ---- Readers, writers and uploads

    // Opens an object, or the range in args, for reading; with RSTORE_RANDOM for reads here and
    // there. RSTORE_NOT_FOUND.
    returns<reader> open_reader(std::string_view path, const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_reader handle = 0;
        rstore_object record{};
        rstore_error failure = 0;
        const auto status =
            rstore_reader_open(native_handle(), context.native_handle(), path.data(), path.size(),
                               lowered.get(), lowered.size, &handle, &record, sizeof record, &failure);
        return Errors::finish(status, failure, [&] { return reader::adopt(handle, object(record)); });
    }

    // Opens an object, or the range in args, and fills the buffer with its first bytes, in one call:
    // for bytes that are wanted in memory of their own, whose size is not known yet.
    returns<started<Errors>> start_reader(std::string_view path, void *buffer, std::size_t size,
                                          const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        started<Errors> begun;
        rstore_reader handle = 0;
        rstore_error failure = 0;
        const auto status = rstore_reader_start(native_handle(), context.native_handle(), path.data(),
                                                path.size(), lowered.get(), lowered.size, buffer, size,
                                                &begun.filled, &begun.length, &handle, &failure);
        return Errors::finish(status, failure, [&] {
            if (handle != 0) {
                begun.rest.emplace(reader::adopt(handle));
            }
            return std::move(begun);
        });
    }

    // Begins to write an object of unknown size, as put.
    returns<writer> open_writer(std::string_view path, const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_writer handle = 0;
        rstore_error failure = 0;
        const auto status = rstore_writer_open(native_handle(), context.native_handle(), path.data(),
                                               path.size(), lowered.get(), lowered.size, &handle, &failure);
        return Errors::finish(status, failure, [&] { return writer::adopt(handle); });
    }

    // Begins an upload in parts. RSTORE_NOT_SUPPORTED but for S3.
    returns<upload> open_upload(std::string_view path, const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_upload handle = 0;
        rstore_error failure = 0;
        const auto status = rstore_upload_open(native_handle(), context.native_handle(), path.data(),
                                               path.size(), lowered.get(), lowered.size, &handle, &failure);
        return Errors::finish(status, failure, [&] { return upload::adopt(handle); });
    }

    // The uploads to a folder and below it that were begun and are not over.
    returns<listing> list_uploads(std::string_view path = {}, const args &how = {},
                                  context_ref context = {}) const {
        return open_listing(rstore_uploads_open, path, how, context);
    }

    // Aborts such an upload. RSTORE_NOT_FOUND if it is over.
    returns<void> abort_upload(std::string_view path, std::string_view upload_id, const args &how = {},
                               context_ref context = {}) const {
        const detail::lowered lowered(how);
        rstore_error failure = 0;
        const auto status =
            rstore_uploads_abort(native_handle(), context.native_handle(), path.data(), path.size(),
                                 lowered.get(), lowered.size, upload_id.data(), upload_id.size(), &failure);
        return this->done(status, failure);
    }

    // Aborts all uploads to a folder and below it that were begun so long ago, with 0 all, and
    // returns their number.
    returns<std::uint64_t> abort_old_uploads(std::string_view path, std::chrono::milliseconds age,
                                             const args &how = {}, context_ref context = {}) const {
        const detail::lowered lowered(how);
        std::uint64_t aborted = 0;
        rstore_error failure = 0;
        const auto status = rstore_uploads_abort_old(
            native_handle(), context.native_handle(), path.data(), path.size(), lowered.get(), lowered.size,
            static_cast<std::uint64_t>(age.count()), &aborted, &failure);
        return Errors::finish(status, failure, [&] { return aborted; });
    }

private:
    explicit basic_store(rstore_store handle) noexcept : basic_handle<Errors>(handle) {}

    template <class Function>
    returns<outcomes> many(Function function, const std::vector<std::string> &paths, const args &how,
                           context_ref context) const {
        const detail::lowered lowered(how);
        std::vector<rstore_path> records;
        records.reserve(paths.size());
        for (const std::string &each : paths) {
            records.push_back({each.data(), each.size()});
        }
        rstore_results found{};
        rstore_error failure = 0;
        const auto status = function(native_handle(), context.native_handle(), records.data(), records.size(),
                                     lowered.get(), lowered.size, &found, sizeof found, &failure);
        return Errors::finish(status, failure, [&] { return outcomes(found); });
    }

    template <class Start>
    returns<listing> open_listing(Start start, std::string_view path, const args &how,
                                  context_ref context) const {
        const detail::lowered lowered(how);
        rstore_list handle = 0;
        rstore_error failure = 0;
        const auto status =
            start(native_handle(), path.data(), path.size(), lowered.get(), lowered.size, &handle, &failure);
        return Errors::finish(status, failure, [&] { return listing::adopt(handle, context); });
    }
};

// Several stores that one JSON text describes: section 14 of the header.
template <class Errors> class basic_registry : public basic_handle<Errors> {
public:
    using basic_handle<Errors>::native_handle;
    template <class T> using returns = typename Errors::template returns<T>;

    // Reads a configuration. warnings receives lines about what is not an error.
    static returns<basic_registry> open(std::string_view json, const args &how = {},
                                        std::string *warnings = nullptr) {
        const detail::lowered lowered(how);
        rstore_registry handle = 0;
        rstore_text text{};
        rstore_error failure = 0;
        const auto status = rstore_registry_open(json.data(), json.size(), lowered.get(), lowered.size,
                                                 &handle, warnings != nullptr ? &text : nullptr,
                                                 warnings != nullptr ? sizeof text : 0, &failure);
        return Errors::finish(status, failure, [&] {
            basic_registry opened = adopt(handle);
            if (warnings != nullptr) {
                *warnings = detail::take(text);
            }
            return opened;
        });
    }

    // Takes over a handle.
    static basic_registry adopt(rstore_registry handle) noexcept { return basic_registry(handle); }

    // The store of that name, whose backend lives as long as the registry. RSTORE_NOT_FOUND.
    returns<basic_store<Errors>> store(std::string_view name) const {
        rstore_store handle = 0;
        rstore_error failure = 0;
        const auto status =
            rstore_registry_store(native_handle(), name.data(), name.size(), &handle, &failure);
        return Errors::finish(status, failure, [&] { return basic_store<Errors>::adopt(handle); });
    }

private:
    explicit basic_registry(rstore_registry handle) noexcept : basic_handle<Errors>(handle) {}
};

// What is of no store.
template <class Errors> struct basic_library {
    template <class T> using returns = typename Errors::template returns<T>;

    // Waits until what calls that ended early, and closes, left to be cleaned up is done.
    static returns<void> settle(context_ref context = {}) {
        rstore_error failure = 0;
        const auto status = rstore_settle(context.native_handle(), &failure);
        return Errors::finish(status, failure, [] {});
    }

    // Why requests of the kinds that the fast lane knows were the SDK's, as JSON.
    static returns<std::string> reasons() {
        rstore_text text{};
        rstore_error failure = 0;
        const auto status = rstore_stats_reasons(&text, sizeof text, &failure);
        return Errors::finish(status, failure, [&] { return detail::take(text); });
    }

    // What the library holds now, for leak checks, and what it has sent.
    static returns<rstore_stats_record> stats() {
        rstore_stats_record record{};
        const auto status = rstore_stats(&record, sizeof record);
        return Errors::finish(status, 0, [&] { return record; });
    }

    // A path in normal form. RSTORE_INVALID_PATH for one that has none.
    static returns<std::string> normalize(std::string_view path) {
        rstore_text text{};
        rstore_error failure = 0;
        const auto status = rstore_path_normalize(path.data(), path.size(), &text, sizeof text, &failure);
        return Errors::finish(status, failure, [&] { return detail::take(text); });
    }

    // What the URL of a bucket says, as options in JSON. RSTORE_INVALID_ARGUMENT for any other.
    static returns<std::string> s3_url_options(std::string_view url) {
        rstore_text text{};
        rstore_error failure = 0;
        const auto status = rstore_s3_url_options(url.data(), url.size(), &text, sizeof text, &failure);
        return Errors::finish(status, failure, [&] { return detail::take(text); });
    }
};

// ---- 7. Streams ---------------------------------------------------------------------------------

namespace detail {

constexpr std::size_t stream_buffer = 64 * 1024;

// What fails is kept, since a stream has a flag only.
template <class Errors> class stream_buffer_base : public std::streambuf {
public:
    const std::optional<error> &failure() const noexcept { return failure_; }

protected:
    stream_buffer_base(std::ios &stream, context_ref context) : context_(context), stream_(stream) {}

    // Keeps an error and tells the stream. Returns whether there was none.
    bool went_well(std::int32_t status, rstore_error failure) {
        if (status == RSTORE_OK) {
            return true;
        }
        failure_.emplace(status, failure);
        Errors::fail(stream_, *failure_);
        return false;
    }

    const context_ref context_;

private:
    std::ios &stream_;
    std::optional<error> failure_;
};

template <class Errors> class reader_buffer : public stream_buffer_base<Errors> {
    using traits = std::streambuf::traits_type;
    using pos_type = std::streambuf::pos_type;
    using off_type = std::streambuf::off_type;

public:
    reader_buffer(std::ios &stream, basic_reader<Errors> reader, context_ref context)
        : stream_buffer_base<Errors>(stream, context), reader_(std::move(reader)),
          memory_(new char[stream_buffer]) {}

    const basic_reader<Errors> &reader() const noexcept { return reader_; }

protected:
    int underflow() override {
        const std::size_t filled = read(memory_.get(), stream_buffer);
        this->setg(memory_.get(), memory_.get(), memory_.get() + filled);
        return filled == 0 ? traits::eof() : traits::to_int_type(*this->gptr());
    }

    // Reads what is longer than the buffer without it.
    std::streamsize xsgetn(char *to, std::streamsize count) override {
        std::streamsize done = 0;
        while (done < count) {
            const std::streamsize left = count - done, ready = this->egptr() - this->gptr();
            if (ready > 0) {
                const auto some = ready < left ? ready : left;
                traits::copy(to + done, this->gptr(), static_cast<std::size_t>(some));
                this->setg(this->eback(), this->gptr() + some, this->egptr());
                done += some;
            } else if (left >= static_cast<std::streamsize>(stream_buffer)) {
                const std::size_t filled = read(to + done, static_cast<std::size_t>(left));
                if (filled == 0) {
                    break;
                }
                done += static_cast<std::streamsize>(filled);
            } else if (traits::eq_int_type(underflow(), traits::eof())) {
                break;
            }
        }
        return done;
    }

    pos_type seekoff(off_type by, std::ios_base::seekdir from, std::ios_base::openmode) override {
        const off_type now = static_cast<off_type>(position_) - (this->egptr() - this->gptr());
        if (from == std::ios_base::cur && by == 0) {
            return pos_type(now); // tellg() keeps what was read ahead
        }
        const off_type base = from == std::ios_base::beg   ? 0
                              : from == std::ios_base::cur ? now
                                                           : static_cast<off_type>(reader_.length());
        return seekpos(pos_type(base + by), std::ios_base::in);
    }

    pos_type seekpos(pos_type to, std::ios_base::openmode) override {
        if (off_type(to) < 0) {
            return pos_type(off_type(-1));
        }
        rstore_error failure = 0;
        const auto status =
            rstore_reader_seek(reader_.native_handle(), static_cast<std::uint64_t>(off_type(to)), &failure);
        if (!this->went_well(status, failure)) {
            return pos_type(off_type(-1));
        }
        this->setg(nullptr, nullptr, nullptr);
        position_ = static_cast<std::uint64_t>(off_type(to));
        return to;
    }

private:
    // The next bytes; 0 at the end, and after an error.
    std::size_t read(char *to, std::size_t count) {
        this->setg(nullptr, nullptr, nullptr);
        std::size_t filled = 0;
        rstore_error failure = 0;
        const auto status = rstore_reader_read(reader_.native_handle(), this->context_.native_handle(), to,
                                               count, &filled, &failure);
        position_ += filled;
        return this->went_well(status, failure) ? filled : 0;
    }

    basic_reader<Errors> reader_;
    std::unique_ptr<char[]> memory_;
    std::uint64_t position_ = 0; // behind what is in the memory
};

template <class Errors> class writer_buffer : public stream_buffer_base<Errors> {
    using traits = std::streambuf::traits_type;

public:
    writer_buffer(std::ios &stream, basic_writer<Errors> writer, context_ref context)
        : stream_buffer_base<Errors>(stream, context), writer_(std::move(writer)),
          memory_(new char[stream_buffer]) {
        this->setp(memory_.get(), memory_.get() + stream_buffer);
    }

    basic_writer<Errors> &writer() noexcept { return writer_; }

    // Hands on what is in the memory. Returns whether that worked.
    bool empty() {
        const auto count = static_cast<std::size_t>(this->pptr() - this->pbase());
        this->setp(memory_.get(), memory_.get() + stream_buffer);
        return count == 0 || write(memory_.get(), count);
    }

protected:
    int overflow(int next) override {
        if (!empty()) {
            return traits::eof();
        }
        return traits::eq_int_type(next, traits::eof()) ? traits::not_eof(next)
                                                        : this->sputc(traits::to_char_type(next));
    }

    std::streamsize xsputn(const char *from, std::streamsize count) override {
        if (count <= this->epptr() - this->pptr()) {
            traits::copy(this->pptr(), from, static_cast<std::size_t>(count));
            this->pbump(static_cast<int>(count));
            return count;
        }
        return empty() && write(from, static_cast<std::size_t>(count)) ? count : 0;
    }

    int sync() override { return empty() ? 0 : -1; }

private:
    bool write(const char *from, std::size_t count) {
        rstore_error failure = 0;
        const auto status = rstore_writer_write(writer_.native_handle(), this->context_.native_handle(), from,
                                                count, &failure);
        return this->went_well(status, failure);
    }

    basic_writer<Errors> writer_;
    std::unique_ptr<char[]> memory_;
};

} // namespace detail

// A std::istream over a reader, which can seek. After an error it is bad(), and failure() has it;
// with exceptions(std::ios::badbit), those in remotestore throw it.
//
//     remotestore::reader_stream in(store.open_reader("a.txt"));
//     for (std::string line; std::getline(in, line);) use(line);
template <class Errors> class basic_reader_stream : public std::istream {
public:
    explicit basic_reader_stream(basic_reader<Errors> reader, context_ref context = {})
        : std::istream(nullptr), buffer_(*this, std::move(reader), context) {
        rdbuf(&buffer_);
    }

    // What a read failed with.
    const std::optional<error> &failure() const noexcept { return buffer_.failure(); }

    const basic_reader<Errors> &reader() const noexcept { return buffer_.reader(); }

private:
    detail::reader_buffer<Errors> buffer_;
};

// A std::ostream over a writer. commit() publishes the object; without it the destructor aborts.
// After an error it is as a reader_stream, and a commit fails with that error.
//
//     remotestore::writer_stream out(store.open_writer("a.txt"));
//     out << "hello\n";
//     out.commit();
template <class Errors> class basic_writer_stream : public std::ostream {
public:
    template <class T> using returns = typename Errors::template returns<T>;

    explicit basic_writer_stream(basic_writer<Errors> writer, context_ref context = {})
        : std::ostream(nullptr), buffer_(*this, std::move(writer), context) {
        rdbuf(&buffer_);
    }

    // What a write failed with.
    const std::optional<error> &failure() const noexcept { return buffer_.failure(); }

    // Writes what is still in memory, and publishes the object.
    returns<object> commit(context_ref context = {}) {
        if (!buffer_.failure()) {
            buffer_.empty();
        }
        if (buffer_.failure()) {
            return Errors::template failed<object>(*buffer_.failure());
        }
        return buffer_.writer().commit(context);
    }

private:
    detail::writer_buffer<Errors> buffer_;
};

// ---- 8. The classes -----------------------------------------------------------------------------

// Those that return a result.
namespace results {
using context = basic_context<returning>;
using listing = basic_listing<returning>;
using reader = basic_reader<returning>;
using writer = basic_writer<returning>;
using upload = basic_upload<returning>;
using store = basic_store<returning>;
using registry = basic_registry<returning>;
using library = basic_library<returning>;
using reader_stream = basic_reader_stream<returning>;
using writer_stream = basic_writer_stream<returning>;
} // namespace results

// Those that throw.
#if defined(__cpp_exceptions)
using context = basic_context<throwing>;
using listing = basic_listing<throwing>;
using reader = basic_reader<throwing>;
using writer = basic_writer<throwing>;
using upload = basic_upload<throwing>;
using store = basic_store<throwing>;
using registry = basic_registry<throwing>;
using library = basic_library<throwing>;
using reader_stream = basic_reader_stream<throwing>;
using writer_stream = basic_writer_stream<throwing>;
#endif

} // namespace remotestore

#endif
