"""The requests of obstore's functions."""

import datetime
import io
import pickle

import comparison
import pytest
import remotestore.obstore as obstore
from recorder import Answer, error
from remotestore.obstore import exceptions
from remotestore.obstore._base import ObjectStoreMethods

HOUR = datetime.timedelta(hours=1)
NOTHING = Answer(body=b"<ListBucketResult><Name>bucket</Name></ListBucketResult>")  # no folder either
TAGGED = {"Content-Type": "a/b", "mark": "some value"}


class Store(ObjectStoreMethods):
    """One whose calls run on a store of the engine."""

    def __init__(self, operations):
        self._operations = operations


@pytest.fixture
def store(recorder):
    with comparison.open_store(recorder) as operations:
        yield Store(operations)


def read(file, *sizes):
    return b"".join(file.read(size) for size in sizes)


@pytest.mark.parametrize("call, operations", [
    (lambda s: s.get("a").bytes(), "GetObject"),
    (lambda s: list(s.get("a", options={"range": (2, 4), "if_match": '"e"'})), "GetObject"),
    (lambda s: s.get("a", options={"head": True, "range": (2, 4)}).bytes(), "HeadObject"),
    (lambda s: s.get_range("a", start=2, length=3), "GetObject"),
    (lambda s: s.get_ranges("a", starts=[0, 4, 8], lengths=[1, 1, 1]), "GetObject"),
    (lambda s: s.get_ranges("a", starts=[0, 8], lengths=[1, 1], coalesce=0), "GetObject GetObject"),
    (lambda s: s.get_ranges("a", starts=[], lengths=[]), ""),
    (lambda s: s.head("a"), "HeadObject"),
    (lambda s: s.put("a", b"x", attributes=TAGGED, tags={"t": "v"}), "PutObject"),
    (lambda s: s.put("a", b"x", mode="create"), "PutObject"),
    (lambda s: s.put("a", b"x", mode={"e_tag": '"e"'}), "PutObject"),
    (lambda s: s.put("a", b"x", use_multipart=True), "PutObject"),
    (lambda s: s.put("a", io.BytesIO(b"x")), "PutObject"),
    (lambda s: s.put("a", iter([b"x" * (9 << 20)])), "CreateMultipartUpload UploadPart UploadPart CompleteMultipartUpload"),
    (lambda s: s.delete("a"), "DeleteObjects"),
    (lambda s: s.delete(["a", "b"]), "DeleteObjects"),
    (lambda s: s.delete([]), ""),
    (lambda s: s.copy("a", "b"), "CopyObject"),
    (lambda s: s.rename("a", "b"), "CopyObject DeleteObject"),
    (lambda s: s.list("d", offset="d/x"), ""),
    (lambda s: s.list("d", offset="d/x").collect(), "ListObjectsV2"),
    (lambda s: list(s.list(chunk_size=1)), "ListObjectsV2"),
    (lambda s: s.list_with_delimiter("d"), "ListObjectsV2"),
    (lambda s: obstore.sign(s, "GET", ["a", "b"], HOUR), ""),
    (lambda s: obstore.open_reader(s, "a"), "HeadObject"),
    (lambda s: obstore.open_reader(s, "a").readall(), "HeadObject GetObject"),
    (lambda s: obstore.open_reader(s, "a", size=10).readlines(), "GetObject"),
    (lambda s: read(obstore.open_reader(s, "a", size=10), 1, 2, 3), "GetObject"),
    (lambda s: read(obstore.open_reader(s, "a", size=10, buffer_size=4), 1, 2, 3, 1), "GetObject GetObject"),
    (lambda s: read(obstore.open_reader(s, "a", size=10, buffer_size=2), 1, 8), "GetObject GetObject"),
    (lambda s: obstore.open_writer(s, "a").close(), "PutObject"),
])
def test_requests(recorder, store, call, operations):
    recorder.begin()
    call(store)
    assert [r.operation for r in recorder.requests] == operations.split()


def test_an_object_is_put_with_what_was_given(recorder, store):
    for put in (lambda: store.put("a", b"x", attributes=TAGGED, tags={"t": "v w"}),
                lambda: obstore.open_writer(store, "a", attributes=TAGGED, tags={"t": "v w"}).close()):
        recorder.begin()
        put()
        [request] = recorder.requests
        sent = {name: request.headers[name] for name in ("content-type", "x-amz-meta-mark", "x-amz-tagging")}
        assert sent == {"content-type": "a/b", "x-amz-meta-mark": "some value", "x-amz-tagging": "t=v+w"}
        assert "if-none-match" not in request.headers


def test_conditions_and_versions_are_sent(recorder, store):
    store.get("a", options={"if_match": '"e"', "version": "v"})
    since = datetime.datetime(2026, 1, 1, 2, tzinfo=datetime.timezone(HOUR))
    store.get("a", options={"if_unmodified_since": since})
    by_etag, by_time = recorder.requests
    assert by_etag.headers["if-match"] == '"e"' and ("versionId", "v") in by_etag.query
    assert by_time.headers["if-unmodified-since"] == "Thu, 01 Jan 2026 01:00:00 GMT"


def test_a_reader_is_pinned_by_its_first_answer(recorder, store):
    for file in (obstore.open_reader(store, "a", buffer_size=2), obstore.open_reader(store, "a", size=10, buffer_size=2)):
        file.read(2)
        recorder.begin()
        assert file.read(2) == b"23"
        assert recorder.requests[0].headers["if-match"] == '"e"'


def test_paths_are_keys_as_they_are(recorder, store):
    store.get("/a\\b/%41 ~é/")
    assert recorder.requests[0].key == "a\\b/%41 ~é"


@pytest.mark.parametrize("status, code, cls", [
    (403, "AccessDenied", exceptions.PermissionDeniedError),
    (403, "SignatureDoesNotMatch", exceptions.PermissionDeniedError),
    (403, "SignatureDoesNotMatch", exceptions.UnauthenticatedError),
    (404, "NoSuchKey", FileNotFoundError),
    (412, "PreconditionFailed", exceptions.PreconditionError),
    (416, "InvalidRange", exceptions.GenericError),
    (400, "Strange", exceptions.GenericError),
    (503, "SlowDown", exceptions.GenericError),
])
def test_an_error_has_the_evidence(recorder, store, status, code, cls):
    refusal = error(status, code)
    refusal.headers["x-amz-request-id"] = "ID"
    for call in (lambda: store.get("a"), lambda: store.get_range("a", start=0, end=1),
                 lambda: obstore.open_reader(store, "a", size=1).read()):
        recorder.begin({"GetObject": [refusal], "ListObjectsV2": [NOTHING]})
        with pytest.raises(cls) as raised:
            call()
        said = raised.value
        assert (said.http_status, said.s3_code, said.request_id, said.path) == (status, code, "ID", "a")
        again = pickle.loads(pickle.dumps(said))
        assert type(again) is type(said) and again.s3_code == code and str(again) == str(said)
    assert isinstance(said, OSError)  # of a file


@pytest.mark.parametrize("status, code", [(403, "AccessDenied"), (404, "NoSuchBucket"), (403, "InvalidAccessKeyId")])
def test_errors_of_listings_are_generic_too(recorder, store, status, code):
    for call in (lambda: store.list().collect(), store.list_with_delimiter):
        recorder.begin({"ListObjectsV2": [error(status, code)]})
        with pytest.raises(exceptions.GenericError) as raised:
            call()
        assert isinstance(raised.value, FileNotFoundError if status == 404 else exceptions.PermissionDeniedError)
        assert raised.value.s3_code == code


def test_what_was_not_deleted(recorder, store):
    refused = "".join(f"<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>" for key in "bd")
    answer = Answer(body=f"<DeleteResult>{refused}</DeleteResult>".encode())
    recorder.begin({"DeleteObjects": [answer]})
    with pytest.raises(exceptions.PermissionDeniedError) as raised:
        store.delete(["a", "b", "c", "d"])
    assert [e.path for e in raised.value.failures] == ["b", "d"] and raised.value.path == "b"
    assert {type(e) for e in raised.value.failures} == {exceptions.PermissionDeniedError}
