"""What the Python binding adds to the engine: types, exceptions, lifetimes."""

import builtins
import copy
import ctypes
import doctest
import errno
import gc
import io
import os
import pathlib
import pickle
import subprocess
import sys
import threading

import pytest
import remotestore
from remotestore import _abi, _errors
from remotestore._library import library


def live_handles():
    stats = _abi.rstore_stats_record()
    assert library.rstore_stats(ctypes.byref(stats), ctypes.sizeof(stats)) == _abi.OK
    return stats.live_handles


@pytest.fixture(autouse=True)
def no_handle_is_left(request):
    gc.collect()
    before = live_handles()
    yield
    request.node.funcargs.clear()  # a store that is closed still says where its paths are: until it is gone
    gc.collect()
    assert live_handles() == before


@pytest.fixture
def store():
    with remotestore.Store(remotestore.MemoryBackend()) as store:
        yield store


def test_doctest():
    assert doctest.testmod(remotestore) == (0, 4)


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
    assert set(_errors._CLASSES) == set(_abi.STATUS_NAMES) - {_abi.OK, _abi.END}


def test_an_error_carries_its_evidence(store):
    with pytest.raises(remotestore.NotFound) as caught:
        store.read_bytes("no/such")
    error = caught.value
    assert (error.code, error.operation, error.path, error.backend) == ("NOT_FOUND", "get", "no/such", "memory")
    assert (error.http_status, error.s3_code, error.attempts, error.retryable) == (0, None, 0, False)
    assert error.args == (error.message,) == ("no such object",)


def test_an_endpoint_that_is_not_there():
    store = remotestore.Store(
        remotestore.S3Backend("bucket", endpoint_url="http://127.0.0.1:1", key="id", secret="s3cr3t", region_name="r")
    )
    with pytest.raises(remotestore.BackendUnavailable) as caught:
        store.read_bytes("x")
    assert caught.value.attempts == 3 and caught.value.retryable
    assert "http://127.0.0.1:1" in str(caught.value)
    store.close()


def test_no_secret_is_ever_shown():
    backend = remotestore.S3Backend("bucket", key="AKIAMARK", secret="S3CR3TMARK", session_token="T0KENMARK")
    texts = [repr(backend), str(backend), repr(remotestore.Store(backend))]
    for options in ({"secret_access_key": "S3CR3TMARK\n"}, {"access_key_id": "AKIAMARK"}):
        with pytest.raises(remotestore.InvalidOption) as caught:
            remotestore.Store.from_url("s3://bucket", **options)
        texts.append(str(caught.value))
    with pytest.raises(remotestore.InvalidArgument) as caught:
        remotestore.Store.from_url("s3://AKIAMARK:S3CR3TMARK@bucket")
    texts.append(str(caught.value))
    assert not [text for text in texts if "MARK" in text]
    backend.close()


@pytest.mark.parametrize("content", [b"abc", bytearray(b"abc"), memoryview(b"xabcx")[1:4], memoryview(b"a-b-c")[::2]])
def test_write_takes_any_buffer(store, content):
    assert store.write("a", content).size == 3
    assert store.read_bytes("a") == b"abc"


@pytest.mark.parametrize("content", ["text", 5, None])
def test_write_refuses_what_is_no_buffer(store, content):
    with pytest.raises(TypeError):
        store.write("a", content)


def test_read_into(store):
    store.write("a", b"0123456789")
    buffer = bytearray(b"-" * 12)
    assert store.read_into("a", buffer, offset=2, length=3) == 3
    assert buffer == b"234" + b"-" * 9
    assert store.read_into("a", memoryview(buffer)[1:]) == 10
    assert buffer == b"20123456789-"
    with pytest.raises(remotestore.InvalidArgument, match="9 bytes, but 10"):
        store.read_into("a", bytearray(9))
    with pytest.raises(TypeError, match="writable"):
        store.read_into("a", b"0123456789")


@pytest.mark.parametrize("arguments", [{"offset": -1}, {"length": -1}, {"offset": 2**63}])
def test_a_range_that_no_record_holds(store, arguments):
    with pytest.raises(remotestore.InvalidArgument):
        store.read_bytes("a", **arguments)


@pytest.mark.parametrize("path", [5, None, b"bytes", pathlib.Path("a")])
def test_a_path_must_be_a_str(store, path):
    for call in (store.read_bytes, store.get_file_info, store.delete, lambda p: list(store.list_files(p))):
        with pytest.raises(TypeError):
            call(path)


def test_a_lone_surrogate_is_an_invalid_path(store):
    with pytest.raises(remotestore.InvalidPath):
        store.write("a\udcff", b"")


def test_a_closed_store(store):
    store.close()
    store.close()
    for call in (store.read_bytes, store.get_file_info, store.delete, lambda p: list(store.list_files(p))):
        with pytest.raises(remotestore.BackendUnavailable, match="closed"):
            call("a")


def test_a_listing_that_is_not_read_to_its_end_frees_its_handles(store):
    for name in "abc":
        store.write(name, b"")
    before = live_handles()
    entries = store.iter_children("")
    assert next(entries).path == "a"
    assert live_handles() == before + 1
    del entries
    assert live_handles() == before


def test_a_backend_that_cannot_open_is_no_trouble_later():
    for make in (lambda: remotestore.S3Backend(""), lambda: remotestore.S3Backend(5), lambda: remotestore.LocalBackend(5)):
        with pytest.raises((ValueError, TypeError)):
            make()
    with pytest.raises(TypeError, match="must be a Backend"):
        remotestore.Store("memory://")


def test_local_names_that_a_url_must_quote(tmp_path):
    root = tmp_path / "a b%41?#\u00e9"
    with remotestore.Store(remotestore.LocalBackend(root)) as store:
        store.write("x", b"1")
    assert (root / "x").read_bytes() == b"1"


def test_a_store_is_not_pickled_or_copied(store):
    """A handle means another store in another process."""
    for copy_it in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            copy_it(store._backend)
    for copy_it in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            copy_it(store)


def test_an_os_error_has_its_number(store):
    with pytest.raises(OSError) as caught:
        store.read_bytes("none")
    assert (caught.value.errno, caught.value.strerror) == (errno.ENOENT, "no such object")


def test_a_name_that_no_path_can_say_is_marked(tmp_path):
    (tmp_path / "back\\slash").write_text("odd")
    (tmp_path / "plain").write_text("plain")
    with remotestore.Store(remotestore.LocalBackend(tmp_path)) as store:
        odd, plain = (f.path for f in store.list_files(""))
        assert (odd, plain) == ("back\\slash", "plain")
        assert isinstance(odd, remotestore.RawPath) and not isinstance(plain, remotestore.RawPath)
        assert store.read_bytes(odd) == b"odd"


def test_threads_share_a_store(store):
    failures = []

    def work(n):
        try:
            for i in range(200):
                store.write(f"{n}/{i}", b"%d" % i)
                assert store.read_bytes(f"{n}/{i}") == b"%d" % i
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sum(1 for _ in store.list_files("", recursive=True)) == 1600


def test_a_forked_child_gets_a_typed_error():
    program = """
import os, remotestore
store = remotestore.Store.from_url("memory://")
store.write("x", b"1")
if child := os.fork():
    _, status = os.waitpid(child, 0)
    assert status == 0, status
    print(store.read_bytes("x"))
else:
    try:
        store.read_bytes("x")
    except remotestore.Forked:
        os._exit(0)
    os._exit(1)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "b'1'\n"), done.stderr


def test_the_environment_is_read_when_a_store_is_opened(monkeypatch):
    """Go's own copy of the environment is older than these variables."""
    for endpoint in ("http://127.0.0.1:1", "http://127.0.0.1:2"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        with remotestore.Store(remotestore.S3Backend("bucket")) as store:
            with pytest.raises(remotestore.BackendUnavailable, match=endpoint):
                store.get_file_info("x")


def test_pip_installs_a_working_package(tmp_path):
    here = pathlib.Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                    "--target", tmp_path, here], check=True)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "REMOTESTORE_LIBRARY")}
    program = "import remotestore as r; s = r.Store.from_url('memory://'); s.write('x', b'1'); print(s.read_bytes('x'))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "b'1'\n"), done.stderr


def test_a_writer_that_is_closed_in_its_block_publishes(store):
    with store.open_atomic("text") as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        text.write("1,2\n")
    assert store.read_bytes("text") == b"1,2\n"
    with store.open_atomic("closed") as writer:
        writer.write(b"all of it")
        writer.close()
        with pytest.raises(ValueError):
            writer.write(b"more")
    assert store.read_bytes("closed") == b"all of it" and writer.result.size == 9


def test_a_writer_without_a_block_publishes_when_it_is_closed(store):
    writer = store.open_atomic("a")
    writer.write(b"text")
    assert not store.exists("a")
    writer.close()
    assert store.read_bytes("a") == b"text" and writer.result.size == 4


def test_a_writer_that_fails_or_is_forgotten_publishes_nothing(store):
    with pytest.raises(KeyError):
        with store.open_atomic("failed") as raw, io.TextIOWrapper(raw) as text:
            text.write("half")
            raise KeyError
    writer = store.open_atomic("forgotten")
    writer.write(b"half")
    del writer
    gc.collect()
    writer = store.open_atomic("aborted")
    writer.write(b"half")
    writer.abort()
    assert writer.closed and writer.result is None
    assert list(store.list_files("")) == []


def test_errors_of_the_binding_have_their_code(store):
    with pytest.raises(remotestore.InvalidArgument) as caught:
        store.read_bytes("a", offset=-1)
    assert caught.value.code == "INVALID_ARGUMENT"
    assert remotestore.BackendUnavailable.code == "UNAVAILABLE"
