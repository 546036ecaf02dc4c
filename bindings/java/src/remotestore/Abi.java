package remotestore;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.LongByReference;

/**
 * The functions and records of libremotestore.h that Store needs; records up to the field that is
 * needed. A size_t is a long: 64 bits.
 */
interface Abi extends Library {
    int ABI_VERSION = 6;
    int OK = 0;
    int END = 27;
    int OVERWRITE = 1;
    int KIND_FOLDER = 2;

    Abi LIB = load();

    static Abi load() {
        Abi lib = Native.load("remotestore", Abi.class);
        if (lib.rstore_abi_version() != ABI_VERSION) {
            throw new UnsatisfiedLinkError("libremotestore has another interface than version " + ABI_VERSION);
        }
        return lib;
    }

    @FieldOrder({"status", "http_status", "attempts", "retryable", "message", "operation", "path", "backend",
        "s3_code", "request_id", "host_id", "capability", "upload_id", "detail"})
    class rstore_evidence extends Structure {
        public int status, http_status, attempts, retryable;
        public Pointer message, operation, path, backend, s3_code, request_id, host_id, capability, upload_id, detail;
    }

    @FieldOrder({"flags", "page_size", "offset", "length", "max_depth", "pattern", "pattern_len", "metadata",
        "metadata_count"})
    class rstore_args extends Structure {
        public int flags, page_size;
        public long offset, length, max_depth;
        public Pointer pattern;
        public long pattern_len;
        public Pointer metadata;
        public long metadata_count;
    }

    @FieldOrder({"owner", "kind", "odd", "size", "modified_ns", "path", "path_len", "etag", "etag_len",
        "content_type", "content_type_len", "data", "data_len", "metadata", "metadata_count", "version_id",
        "version_id_len", "digest_algorithm", "digest_algorithm_len", "digest", "digest_len", "upload_id",
        "upload_id_len", "length"})
    class rstore_object extends Structure {
        public long owner;
        public int kind, odd;
        public long size, modified_ns;
        public Pointer path;
        public long path_len;
        public Pointer etag;
        public long etag_len;
        public Pointer content_type;
        public long content_type_len;
        public Pointer data;
        public long data_len;
        public Pointer metadata;
        public long metadata_count;
        public Pointer version_id;
        public long version_id_len;
        public Pointer digest_algorithm;
        public long digest_algorithm_len;
        public Pointer digest;
        public long digest_len;
        public Pointer upload_id;
        public long upload_id_len, length;

        public rstore_object() {}

        rstore_object(Pointer at) {
            super(at);
            read();
        }
    }

    @FieldOrder({"owner", "objects", "object_size", "count"})
    class rstore_page extends Structure {
        public long owner;
        public Pointer objects;
        public long object_size, count;
    }

    @FieldOrder({"live_handles", "goroutines", "cleanups", "fast_lane", "sdk_lane"})
    class rstore_stats_record extends Structure {
        public long live_handles, goroutines, cleanups, fast_lane, sdk_lane;
    }

    int rstore_abi_version();

    String rstore_status_name(int status);

    int rstore_close(long handle);

    int rstore_stats(rstore_stats_record stats, long size);

    int rstore_error_evidence(long error, rstore_evidence evidence, long size);

    int rstore_open(byte[] url, long urlLength, long options, LongByReference store, LongByReference error);

    int rstore_get(long store, long ctx, byte[] path, long pathLength, rstore_args args, long argsSize,
        rstore_object object, long objectSize, LongByReference error);

    int rstore_put(long store, long ctx, byte[] path, long pathLength, byte[] data, long dataLength,
        rstore_args args, long argsSize, rstore_object object, long objectSize, LongByReference error);

    int rstore_delete(long store, long ctx, byte[] path, long pathLength, rstore_args args, long argsSize,
        LongByReference error);

    int rstore_list_open(long store, byte[] path, long pathLength, rstore_args args, long argsSize,
        LongByReference list, LongByReference error);

    int rstore_list_next(long list, long ctx, rstore_page page, long pageSize, LongByReference error);
}
