"""The exceptions: what they are, carry, and keep in a pickle."""

import builtins
import copy
import errno
import pickle

import pytest
import remotestore
from remotestore import _abi, _errors


@pytest.mark.parametrize(
    "name, builtin",
    [
        ("NotFound", "FileNotFoundError"),
        ("AlreadyExists", "FileExistsError"),
        ("PermissionDenied", "PermissionError"),
        ("Unauthenticated", "PermissionError"),
        ("InvalidPath", "ValueError"),
        ("InvalidArgument", "ValueError"),
        ("InvalidOption", "ValueError"),
        ("CapabilityNotSupported", "NotImplementedError"),
        ("DirectoryNotEmpty", "OSError"),
        ("BackendUnavailable", "ConnectionError"),
        ("RateLimited", "ConnectionError"),
        ("ResourceLocked", "OSError"),
        ("RangeNotSatisfiable", "ValueError"),
        ("Corrupt", "OSError"),
        ("DeadlineExceeded", "TimeoutError"),
        ("InvalidHandle", "ValueError"),
        ("BackendIOError", "OSError"),
        ("InternalError", "RuntimeError"),
    ],
)
def test_an_exception_is_the_builtin_too(name, builtin):
    made = getattr(remotestore, name)("why", path="a", backend="s3")
    assert isinstance(made, remotestore.RemoteStoreError)
    assert isinstance(made, getattr(builtins, builtin))
    assert str(made) == "why | path='a' | backend='s3'"


def test_every_status_has_an_exception():
    assert set(_errors._CLASSES) == set(_abi.STATUS_NAMES) - {_abi.OK, _abi.END, _abi.PENDING}


def test_an_error_carries_its_evidence(store):
    with pytest.raises(remotestore.NotFound) as caught:
        store.read_bytes("no/such")
    error = caught.value
    assert (error.code, error.operation, error.path, error.backend) == ("NOT_FOUND", "get", "no/such", "memory")
    assert (error.http_status, error.s3_code, error.attempts, error.retryable) == (0, None, 0, False)
    assert error.args == (error.message,) == ("no such object",)


def test_an_endpoint_that_is_not_there(s3):
    store = remotestore.Store(
        remotestore.S3Backend("bucket", endpoint_url="http://127.0.0.1:1", key="id", secret="s3cr3t", region_name="r")
    )
    with pytest.raises(remotestore.BackendUnavailable) as caught:
        store.read_bytes("x")
    assert caught.value.attempts == 3 and caught.value.retryable
    assert "http://127.0.0.1:1" in str(caught.value)
    store.close()


def test_an_os_error_has_its_number(store):
    with pytest.raises(OSError) as caught:
        store.read_bytes("none")
    assert (caught.value.errno, caught.value.strerror) == (errno.ENOENT, "no such object")


def test_errors_of_the_binding_have_their_code(store):
    with pytest.raises(remotestore.InvalidArgument) as caught:
        store.read_bytes("a", offset=-1)
    assert caught.value.code == "INVALID_ARGUMENT"
    assert remotestore.BackendUnavailable.code == "UNAVAILABLE"


def test_a_closed_store(store):
    store.close()
    store.close()
    for call in (store.read_bytes, store.get_file_info, store.delete, lambda p: list(store.list_files(p))):
        with pytest.raises(remotestore.BackendUnavailable, match="closed"):
            call("a")


EVIDENCE = {
    "path": "a/b", "backend": "s3", "operation": "get", "s3_code": "NoSuchKey", "http_status": 404,
    "request_id": "R", "host_id": "H", "attempts": 2, "retryable": True, "upload_id": "U", "detail": "D",
    "capability": "multipart", "code": "OTHER",
}


@pytest.mark.parametrize("cls", sorted({*_errors._CLASSES.values()}, key=lambda cls: cls.__name__))
@pytest.mark.parametrize("copy_it", [copy.copy, copy.deepcopy, *(
    lambda error, p=p: pickle.loads(pickle.dumps(error, p)) for p in range(2, pickle.HIGHEST_PROTOCOL + 1))])
def test_a_pickle_keeps_all_that_an_error_carries(cls, copy_it):
    error = cls("why", path="a/b", backend="s3")
    error.__dict__.update(EVIDENCE)
    again = copy_it(error)
    assert type(again) is cls and again.args == ("why",)
    assert again.__dict__ == error.__dict__
    assert (str(again), repr(again)) == (str(error), repr(error))
    if isinstance(error, OSError):
        assert (again.errno, again.strerror) == (error.errno, "why")


def test_an_error_without_a_message():
    error = remotestore.NotFound(path="a")
    assert (str(error), repr(error), error.args) == ("path='a'", "NotFound('', path='a')", ("",))


def test_a_raised_error_survives_its_pickle(store):
    with pytest.raises(remotestore.NotFound) as caught:
        store.read_bytes("no/such")
    assert pickle.loads(pickle.dumps(caught.value)).__dict__ == caught.value.__dict__


@pytest.mark.parametrize("path", ["", "a/../b", "./x//y/", "a\0b", "\ud800", "..", remotestore.RawPath("r\udcff")])
def test_an_error_has_the_path_as_it_was_given(store, path):
    """Of every operation; also what the C ABI has no word for."""
    store.write("here", b"")
    calls = [
        store.read_bytes, store.get_file_info, store.head, store.delete, store.read, store.read_seekable,
        store.delete_folder, store.create_upload, lambda p: store.get_folder_info(p).name and store.delete(p),
        lambda p: list(store.list_uploads(p)), lambda p: store.copy(p, "t"), lambda p: store.move(p, "t"),
        lambda p: store.abort_upload(p, "x"), lambda p: store.write(p, b"", metadata={"": ""}),
    ]
    if path in ("a/../b", "a\0b", "\ud800", ".."):
        calls += [
            store.exists, store.resolve, store.native_path, store.to_key, store.child, store.open_atomic,
            remotestore.RemotePath, lambda p: list(store.list_files(p)), lambda p: list(store.list_folders(p)),
            lambda p: list(store.iter_children(p)), lambda p: list(store.glob(p)), lambda p: store.copy("here", p),
            lambda p: store.move("here", p), lambda p: remotestore.Store(store._backend, p),
        ]
    for call in calls:
        with pytest.raises(remotestore.RemoteStoreError) as caught:
            call(path)
        assert caught.value.path == str(path), call


def test_listings_of_a_closed_store_have_it_too(store):
    store.close()
    for listing in (store.list_files("a//b"), store.list_folders("a//b"), store.iter_children("a//b"),
                    store.glob("a//b")):
        with pytest.raises(remotestore.BackendUnavailable) as caught:
            next(listing)
        assert caught.value.path == "a//b"


@pytest.mark.parametrize("metadata", [
    [("a", "b")], 5, "text", {1: "x"}, {"a": 1}, {"a": None}, {"": "x"}, {"a b": "x"}, {"_a": "x"},
    {"a": "\ud800"}, {"a": "x\ny"}, {"a": "1", "A": "2"}, {"a": "x" * 2048},
])
def test_metadata_that_cannot_be_kept_is_a_value_error(store, metadata):
    for write in (
        lambda: store.write("a", b"", metadata=metadata),
        lambda: store.write_text("a", "", metadata=metadata),
        lambda: store.open_atomic("a", metadata=metadata),
    ):
        with pytest.raises(ValueError, match="metadata|one text"):
            write()
    assert not store.exists("a")


def test_numbers_that_no_record_holds_do_not_wrap(store):
    store.write("d/e/a", b"0123")
    assert len(list(store.list_files("", max_depth=2**64))) == 1
    assert store.get_folder_info("", max_depth=2**64 + 1).file_count == 1
    for depth in (-1, -2**64, -2**63 - 1):
        with pytest.raises(ValueError, match="max_depth"):
            list(store.list_files("", max_depth=depth))


@pytest.mark.parametrize("value", [5, 1.5, None, b"x", [], {}, object(), lambda: 0])
def test_arguments_of_a_wrong_type_are_type_errors(store, value):
    """And never an AttributeError, or an error of ctypes."""
    store.write("a", b"0123")
    calls = [
        lambda: store.read_bytes(value), lambda: store.write(value, b""), lambda: store.child(value),
        lambda: store.copy(value, "b"), lambda: store.copy("a", value), lambda: list(store.glob(value)),
        lambda: store.write_text("b", value), lambda: store.to_key(value), lambda: remotestore.RemotePath(value),
        lambda: remotestore.RawPath(value), lambda: remotestore.Store.from_url(value), lambda: remotestore.Secret(value),
        lambda: remotestore.Store(value), lambda: remotestore.ProxyStore(value),
        lambda: remotestore.register_backend("x", value), lambda: remotestore.CapabilitySet([value]),
        lambda: store.read_into("a", value) if not isinstance(value, list) else store.read_into("a", "text"),
    ]
    if value is not None:
        calls += [lambda: remotestore.Registry(value)]
    if value != 5:
        calls += [lambda: remotestore.RegistryConfig.from_dict(value or [])]
    if value != 5 and value is not None:
        calls += [lambda: list(store.list_files("", max_depth=value)), lambda: store.read_bytes("a", offset=value or "x")]
    for call in calls:
        with pytest.raises(TypeError):
            call()
