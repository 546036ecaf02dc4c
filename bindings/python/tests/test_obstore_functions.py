"""obstore's functions: what a run beside obstore itself does not show (tests/obstore)."""

import asyncio
import builtins
import gc
import importlib
import threading

import pytest
import remotestore
import remotestore.obstore as obstore
from remotestore._library import library
from remotestore._memory import address_of
from remotestore.obstore import _arrow, _bytes, _content
from remotestore.obstore._base import ObjectStoreMethods

MIB = 1 << 20


class Store(ObjectStoreMethods):
    def __init__(self, operations=None):
        self._operations = operations or remotestore.MemoryBackend()


@pytest.fixture
def blank_arrow():
    _arrow.library.cache_clear()
    yield
    _arrow.library.cache_clear()


@pytest.mark.parametrize("size", [0, 1, 64 << 10, (64 << 10) + 1, 3 * MIB])
def test_bytes_are_read_into_memory_of_their_own(size):
    store, data = Store(), bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    store.put("a", data)
    for read in (lambda: store.get("a").bytes(), lambda: obstore.open_reader(store, "a").read(),
                 lambda: store.get_range("a", start=0, length=size + 1) if size else obstore.Bytes()):
        found = read()
        assert type(found) is obstore.Bytes and found == data and bytes(found) == data
        assert found[-1:] == data[-1:] and memoryview(found).nbytes == size


def test_new_bytes_are_bytes():
    made = _bytes.new(3)
    assert made == b"\0\0\0" and bytes(made) + b"x" == b"\0\0\0x" and int(_bytes.new(0) + b"12") == 12
    with pytest.raises(TypeError, match="unhashable"):
        hash(made)
    held = [_bytes.new(i) for i in range(1000)]
    gc.collect()
    assert [len(each) for each in held] == builtins.list(range(1000))


@pytest.mark.parametrize("open_it, use", [
    (lambda store: store.get("a"), lambda result: result.bytes()),
    (lambda store: store.get("a").stream(), list),
    (lambda store: store.list(), lambda stream: stream.collect()),
    (lambda store: store.list(return_arrow=True), lambda stream: stream.collect()),
    (lambda store: obstore.open_reader(store, "a"), lambda file: file.read()),
    (lambda store: obstore.open_writer(store, "b"), lambda file: [file.write(b"x"), file.close()]),
])
def test_what_is_open_keeps_the_store(open_it, use):
    store = Store()
    store.put("a", b"content")
    found = open_it(store)
    del store
    gc.collect()
    use(found)


@pytest.mark.parametrize("size", [2**62, 2**63, 2**64 - 1])
def test_what_no_memory_holds(size):
    store = Store()
    store.put("a", b"0123456789")
    assert obstore.get_ranges(store, "a", starts=[0, 3], lengths=[size, 2]) == [b"0123456789", b"34"]
    assert obstore.get_ranges(store, "a", starts=[0, 9], ends=[1, size], coalesce=size) == [b"0", b"9"]
    with pytest.raises(obstore.exceptions.GenericError, match="10 bytes"):
        obstore.get_ranges(store, "a", starts=[10], ends=[size])
    for read in (lambda f: f.read(), lambda f: f.read(size), lambda f: f.readline()):
        with pytest.raises((MemoryError, OverflowError)):
            read(obstore.open_reader(store, "a", size=size, buffer_size=size))
    with pytest.raises(MemoryError):
        _bytes.new(size)


def test_what_is_dropped_is_closed(live_handles):
    store = Store()
    store.put("a", b"content")
    before = live_handles()
    for drop in (lambda: store.get("a"), lambda: store.get("a").stream(), store.list, lambda: next(store.list()),
                 lambda: obstore.open_writer(store, "b").write(b"x"), lambda: obstore.open_reader(store, "a")):
        drop()
    assert live_handles() == before and [m["path"] for m in store.list().collect()] == ["a"]


@pytest.mark.parametrize("missing, module", [(set(), "arro3.core"), ({"arro3.core"}, "pyarrow")])
def test_which_arrow(monkeypatch, blank_arrow, missing, module):
    hide(monkeypatch, missing)
    store = Store()
    for name in ("a", "d/b"):
        store.put(name, b"x")
    for found in (store.list(return_arrow=True).collect(), next(store.list(return_arrow=True)),
                  store.list_with_delimiter(return_arrow=True)["objects"]):
        assert type(found).__module__.startswith(module) and found.num_rows in (1, 2)
    assert Store().list(return_arrow=True).collect().num_rows == 0


def test_no_arrow(monkeypatch, blank_arrow):
    hide(monkeypatch, {"arro3.core", "pyarrow"})
    for call in (Store().list, Store().list_with_delimiter):
        with pytest.raises(ImportError, match="arro3-core.*pyarrow"):
            call(return_arrow=True)


def hide(monkeypatch, names):
    def import_module(name):
        if name in names:
            raise ModuleNotFoundError(name)
        return importlib.__import__(name, fromlist=["*"])

    monkeypatch.setattr(_arrow.importlib, "import_module", import_module)


def test_what_a_provider_of_chunks_raises_leaves_nothing():
    store, seen = Store(), []

    def chunks():
        for _ in range(3):
            yield b"x" * MIB
        seen.append(store.list().collect())
        raise remotestore.NotFound("mine")  # which is nobody else's

    with pytest.raises(remotestore.NotFound, match="mine") as raised:
        store.put("a", chunks())
    assert type(raised.value) is remotestore.NotFound and seen == [[]] and store.list().collect() == []


@pytest.mark.parametrize("wait", [lambda store, *a, **k: store.put(*a, **k),
                                  lambda store, *a, **k: asyncio.run(store.put_async(*a, **k))])
def test_files_on_disk_are_read_by_the_library(tmp_path, monkeypatch, wait):
    calls, put_file = [], library.rstore_put_file

    def spied(*arguments):
        calls.append(arguments)
        return put_file(*arguments)

    monkeypatch.setattr(library, "rstore_put_file", spied)
    store, path = Store(), tmp_path / "file"
    path.write_bytes(b"0123456789")
    for source in (path, str(path)):
        wait(store, "a", source)
        assert bytes(store.get("a").bytes()) == b"0123456789"
    with open(path, "rb") as file:
        file.read(4)
        wait(store, "a", file, attributes={"Content-Type": "text/plain"})
        assert bytes(store.get("a").bytes()) == b"456789" and file.tell() == 10
        wait(store, "a", file)
        assert bytes(store.get("a").bytes()) == b""
    assert len(calls) == 3
    with pytest.raises(FileNotFoundError):
        wait(store, "a", tmp_path / "none")
    with pytest.raises(obstore.exceptions.AlreadyExistsError):
        wait(store, "a", path, mode="create")


def test_a_stream_that_failed_gives_nothing_out_of_place(monkeypatch):
    store, data = Store(), bytes(range(256)) * 2048
    store.put("a", data)
    stream, interrupted = store.get("a").stream(100_000), []
    begun = next(stream)

    def interrupt(read, content, filled):
        read(address_of(content), 10)  # which nobody gets
        interrupted.append(True)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(_content, "read_rest", interrupt)
        with pytest.raises(KeyboardInterrupt):
            next(stream)
    assert interrupted and begun == data[:100_000]
    for _ in range(2):
        with pytest.raises(obstore.exceptions.GenericError, match="anew"):
            next(stream)


def test_failures_of_a_folder(tmp_path):
    store = Store(remotestore.LocalBackend(tmp_path))
    store.put("d/a", b"")
    store.put("b", b"")
    with pytest.raises(FileNotFoundError) as raised:
        store.delete(["none", "d", "b"])
    assert [(type(e).__name__, e.path) for e in raised.value.failures] == [("NotFound", "none"), ("GenericError", "d")]
    assert [m["path"] for m in store.list().collect()] == ["d/a"]


def test_a_reader_serves_threads():
    store, data = Store(), bytes(range(256)) * 4096
    store.put("a", data)
    file, read, threads = obstore.open_reader(store, "a", buffer_size=1000), [], []
    for _ in range(4):
        threads.append(threading.Thread(target=lambda: read.extend(file.read(777) for _ in range(100))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert all(type(piece) is obstore.Bytes and len(piece) <= 777 for piece in read)
