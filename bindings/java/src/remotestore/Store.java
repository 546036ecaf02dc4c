package remotestore;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A store, by JNA over the functions of libremotestore.h, which is the manual. Threads may share it. */
public final class Store implements AutoCloseable {
    private final long handle;

    /** Opens the store of a URL. */
    public Store(String url) {
        LongByReference store = new LongByReference(), error = new LongByReference();
        byte[] text = utf8(url);
        check(Abi.LIB.rstore_open(text, text.length, 0, store, error), error);
        handle = store.getValue();
    }

    /** Reads an object. */
    public byte[] get(String path) {
        Abi.rstore_object object = new Abi.rstore_object();
        LongByReference error = new LongByReference();
        byte[] text = utf8(path);
        check(Abi.LIB.rstore_get(handle, 0, text, text.length, null, 0, object, object.size(), error), error);
        try {
            return copied(object.data, object.data_len);
        } finally {
            Abi.LIB.rstore_close(object.owner);
        }
    }

    /** Writes an object; one that exists only with overwrite. */
    public Entry put(String path, byte[] data, boolean overwrite) {
        Abi.rstore_object object = new Abi.rstore_object();
        Abi.rstore_args args = new Abi.rstore_args();
        LongByReference error = new LongByReference();
        byte[] text = utf8(path);
        args.flags = overwrite ? Abi.OVERWRITE : 0;
        check(Abi.LIB.rstore_put(handle, 0, text, text.length, data, data.length, args, args.size(), object,
            object.size(), error), error);
        try {
            return Entry.of(object);
        } finally {
            Abi.LIB.rstore_close(object.owner);
        }
    }

    /** Deletes an object. */
    public void delete(String path) {
        LongByReference error = new LongByReference();
        byte[] text = utf8(path);
        check(Abi.LIB.rstore_delete(handle, 0, text, text.length, null, 0, error), error);
    }

    /** The objects and folders in a folder. */
    public List<Entry> list(String path) {
        LongByReference list = new LongByReference(), error = new LongByReference();
        byte[] text = utf8(path);
        check(Abi.LIB.rstore_list_open(handle, text, text.length, null, 0, list, error), error);
        try {
            List<Entry> entries = new ArrayList<>();
            while (nextPage(list.getValue(), entries)) {}
            return entries;
        } finally {
            Abi.LIB.rstore_close(list.getValue());
        }
    }

    private static boolean nextPage(long list, List<Entry> entries) {
        Abi.rstore_page page = new Abi.rstore_page();
        LongByReference error = new LongByReference();
        int status = Abi.LIB.rstore_list_next(list, 0, page, page.size(), error);
        if (status == Abi.END) {
            return false;
        }
        check(status, error);
        try {
            for (long i = 0; i < page.count; i++) {
                entries.add(Entry.of(new Abi.rstore_object(page.objects.share(i * page.object_size))));
            }
        } finally {
            Abi.LIB.rstore_close(page.owner);
        }
        return true;
    }

    @Override
    public void close() {
        Abi.LIB.rstore_close(handle);
    }

    /** How many handles are open: for leak checks. */
    public static long liveHandles() {
        Abi.rstore_stats_record stats = new Abi.rstore_stats_record();
        Abi.LIB.rstore_stats(stats, stats.size());
        return stats.live_handles;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A copy of memory of the library. */
    static byte[] copied(Pointer pointer, long length) {
        return length == 0 ? new byte[0] : pointer.getByteArray(0, Math.toIntExact(length));
    }

    private static void check(int status, LongByReference error) {
        if (status != Abi.OK) {
            throw RemoteStoreException.of(status, error.getValue());
        }
    }
}
