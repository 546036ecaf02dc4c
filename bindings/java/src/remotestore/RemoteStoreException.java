package remotestore;

import com.sun.jna.Pointer;

/** What a call failed with: the evidence of the header. */
public final class RemoteStoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** "NOT_FOUND", ... */
    public final String code;
    public final String operation, path, backend, s3Code, requestId;
    public final int httpStatus, attempts;
    public final boolean retryable;

    private RemoteStoreException(int status, Abi.rstore_evidence evidence) {
        super(text(evidence.message));
        code = Abi.LIB.rstore_status_name(status);
        operation = text(evidence.operation);
        path = text(evidence.path);
        backend = text(evidence.backend);
        s3Code = text(evidence.s3_code);
        requestId = text(evidence.request_id);
        httpStatus = evidence.http_status;
        attempts = evidence.attempts;
        retryable = evidence.retryable != 0;
    }

    /** Takes over the handle of an error. */
    static RemoteStoreException of(int status, long handle) {
        Abi.rstore_evidence evidence = new Abi.rstore_evidence();
        Abi.LIB.rstore_error_evidence(handle, evidence, evidence.size());
        try {
            return new RemoteStoreException(status, evidence);
        } finally {
            Abi.LIB.rstore_close(handle);
        }
    }

    private static String text(Pointer pointer) {
        return pointer == null ? "" : pointer.getString(0, "UTF-8");
    }
}
