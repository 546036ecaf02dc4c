import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.CompletableFuture;
import remotestore.Entry;
import remotestore.RemoteStoreException;
import remotestore.Store;

/** Writes, reads, lists and deletes objects in the store of a URL, on this thread and another. */
public final class Demo {
    static void print(RemoteStoreException e) {
        System.out.printf("error   %s: %s %s: %s%n", e.code, e.operation, e.path, e.getMessage());
        System.out.printf("        %s, %d requests, HTTP status %d, S3 code \"%s\", request id \"%s\"%n", e.backend,
            e.attempts, e.httpStatus, e.s3Code, e.requestId);
    }

    static void use(Store store) {
        Entry written = store.put("demo/hello.txt", "hello, world".getBytes(UTF_8), true);
        System.out.printf("put     %s, %d bytes%n", written.path(), written.size());
        System.out.printf("get     %s%n", new String(store.get("demo/hello.txt"), UTF_8));
        for (Entry each : store.list("demo")) {
            System.out.printf("list    %s, %d bytes%n", each.path(), each.size());
        }
        try {
            store.get("demo/missing.txt");
        } catch (RemoteStoreException e) {
            print(e);
        }
        CompletableFuture<byte[]> worker = CompletableFuture.supplyAsync(() -> {
            store.put("demo/worker.txt", "hello, thread".getBytes(UTF_8), true);
            return store.get("demo/worker.txt");
        });
        System.out.printf("worker  %s%n", new String(worker.join(), UTF_8));
        store.delete("demo/hello.txt");
        store.delete("demo/worker.txt");
    }

    public static void main(String[] arguments) {
        try (Store store = new Store(arguments.length > 0 ? arguments[0] : "memory://")) {
            use(store);
        } catch (RemoteStoreException e) {
            print(e);
            System.exit(1);
        }
        System.out.printf("closed  %d handles are open%n", Store.liveHandles());
    }
}
