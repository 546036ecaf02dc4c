package remotestore;

/** An object, or a folder in a listing. */
public record Entry(String path, long size, boolean folder) {
    static Entry of(Abi.rstore_object object) {
        return new Entry(new String(Store.copied(object.path, object.path_len), java.nio.charset.StandardCharsets.UTF_8),
            object.size, object.kind == Abi.KIND_FOLDER);
    }
}
