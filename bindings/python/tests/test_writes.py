"""Writes: what is pointed to, what a source may do, and what is never left."""

import array
import ctypes
import gc
import io
import mmap
import os
import tempfile
import threading

import pytest
import remotestore
from remotestore._library import library


@pytest.mark.parametrize("content", [b"abc", bytearray(b"abc"), memoryview(b"xabcx")[1:4], memoryview(b"a-b-c")[::2]])
def test_write_takes_any_buffer(store, content):
    assert store.write("a", content).size == 3
    assert store.read_bytes("a") == b"abc"


@pytest.mark.parametrize("content", ["text", 5, None])
def test_write_refuses_what_is_no_buffer(store, content):
    with pytest.raises(TypeError):
        store.write("a", content)


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


# -- without a copy ------------------------------------------------------------

SIZE = 100_000


def address(buffer):
    """Where a buffer that may be written is."""
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def address_of_bytes(data):
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value


@pytest.fixture
def given(monkeypatch):
    """What a function of the library got as its content: (pointer, length)."""
    calls = []

    def spy(name, position):
        function = getattr(library, name)

        def spied(*arguments):
            pointer, length = arguments[position:position + 2]
            if isinstance(pointer, bytes):  # ctypes passes its address
                pointer = address_of_bytes(pointer)
            calls.append((pointer, length))
            return function(*arguments)

        monkeypatch.setattr(library, name, spied)

    spy("rstore_put", 4)
    spy("rstore_writer_write", 2)
    return calls


class Bytes(bytes):
    """Bytes of the caller's own."""


def mapped(size):
    block = mmap.mmap(-1, size)
    block.write(b"m" * size)
    block.seek(0)
    return block


WRITABLE = {
    "bytearray": lambda: bytearray(SIZE),
    "array": lambda: array.array("d", [1.5] * (SIZE // 8)),
    "mmap": lambda: mapped(SIZE),
    "ctypes": lambda: (ctypes.c_int32 * (SIZE // 4))(),
    "two dimensions": lambda: memoryview(bytearray(SIZE)).cast("B", (SIZE // 100, 100)),
    "items of 8": lambda: memoryview(bytearray(SIZE)).cast("d"),
}


@pytest.mark.parametrize("make", WRITABLE.values(), ids=WRITABLE)
def test_a_buffer_is_pointed_to(store, given, make):
    buffer = make()
    assert store.write("a", buffer).size == SIZE
    with store.open_atomic("b") as writer:
        assert writer.write(buffer) == SIZE
    assert given == [(address(buffer), SIZE)] * 2
    assert store.read_bytes("a") == store.read_bytes("b") == memoryview(buffer).tobytes()


def test_what_may_only_be_read_is_pointed_to(store, given, tmp_path):
    data = os.urandom(SIZE)
    own = Bytes(data)
    for content in (data, own, memoryview(data), memoryview(data).toreadonly(), memoryview(data)[10:]):
        store.write("a", content, overwrite=True)
        assert store.read_bytes("a") == content
    at = address_of_bytes(data)
    assert given == [(at, SIZE), (address_of_bytes(own), SIZE), (at, SIZE), (at, SIZE), (at + 10, SIZE - 10)]
    (tmp_path / "file").write_bytes(data)
    with open(tmp_path / "file", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as block:
        assert store.write("b", block).size == SIZE
    assert store.read_bytes("b") == data


def test_a_file_in_memory_is_pointed_to_from_its_position(store, given):
    for file in (mapped(SIZE), io.BytesIO(b"m" * SIZE)):
        file.seek(10)
        assert store.write("a", file, overwrite=True).size == SIZE - 10
        assert file.tell() == SIZE and file.read() == b""
        assert store.write("empty", file, overwrite=True).size == 0
        with pytest.raises(remotestore.AlreadyExists):
            file.seek(5)
            store.write("a", file)
        assert file.tell() == 5  # it was not written
        view = memoryview(file) if isinstance(file, mmap.mmap) else file.getbuffer()
        start = address(view)
        del view
        assert given == [(start + 10, SIZE - 10), (given[1][0], 0), (start + 5, SIZE - 5)]
        file.close()  # nobody holds its memory
        with pytest.raises(ValueError):
            store.write("a", file, overwrite=True)
        given.clear()
    behind = io.BytesIO(b"123")
    behind.seek(10)
    assert store.write("b", behind).size == 0 and behind.tell() == 10


def test_a_bytesio_of_the_callers_own_is_read(store):
    class Shout(io.BytesIO):
        def readinto(self, block):
            count = super().readinto(block)
            block[:count] = bytes(block[:count]).upper()
            return count

    store.write("a", Shout(b"abc"))
    assert store.read_bytes("a") == b"ABC"


@pytest.mark.parametrize("content", [
    memoryview(b"0123456789")[::2], memoryview(bytearray(b"0123456789"))[::-1],
    memoryview(bytes(range(24))).cast("B", (4, 6)), memoryview(b"")[::2],
], ids=["strided", "reversed", "two dimensions", "empty"])
def test_what_is_not_in_one_piece_is_written_in_order(store, content):
    store.write("a", content)
    with store.open_atomic("b") as writer:
        writer.write(content)
    assert store.read_bytes("a") == store.read_bytes("b") == content.tobytes()


@pytest.mark.parametrize("content", [b"", bytearray(), memoryview(b""), array.array("d"), io.BytesIO(), Bytes()])
def test_nothing_is_content_too(store, content):
    assert store.write("a", content).size == 0 and store.read_bytes("a") == b""


def test_a_buffer_is_held_as_long_as_the_write(store, given, monkeypatch):
    buffer, put = bytearray(b"x" * 100), library.rstore_put

    def resize(*arguments):
        with pytest.raises(BufferError):
            buffer.extend(b"y" * 10_000)
        return put(*arguments)

    monkeypatch.setattr(library, "rstore_put", resize)
    store.write("a", buffer)
    buffer.extend(b"y")  # and no longer
    with pytest.raises(remotestore.AlreadyExists):
        store.write("a", buffer)
    buffer.extend(b"y")


def test_a_view_that_was_released(store):
    view = memoryview(b"x")
    view.release()
    with pytest.raises((ValueError, TypeError)):
        store.write("a", view)


# -- sources -------------------------------------------------------------------


class Into:
    """A source with a readinto that answers what it is told to."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def read(self, size):
        raise AssertionError("there is a readinto")

    def readinto(self, block):
        answer = self.answers.pop(0) if self.answers else 0
        if isinstance(answer, type):  # an instance would hold the store, by its traceback
            raise answer
        return answer() if callable(answer) else answer


class Read:
    """A source with a read only."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def read(self, size):
        return self.answers.pop(0) if self.answers else b""


@pytest.fixture(params=["memory", "local"])
def old(request, tmp_path):
    """A store with one object that has to stay as it is."""
    backend = remotestore.MemoryBackend() if request.param == "memory" else remotestore.LocalBackend(tmp_path / "root")
    with remotestore.Store(backend) as store:
        store.write("old", b"old")
        yield store
        assert store.read_bytes("old") == b"old"
        assert [str(info.path) for info in store.list_files("", recursive=True)] == ["old"]
        if request.param == "local":
            assert os.listdir(tmp_path / "root") == ["old"]


@pytest.mark.parametrize("source, error", [
    (Into(10, -1), OSError), (Into(10, 2**21), OSError), (Into(10, 2**70), OSError), (Into(10, None), ValueError),
    (Into(10, 1.5), TypeError), (Into(10, "5"), TypeError), (Into(10, KeyboardInterrupt), KeyboardInterrupt),
    (Into(10, SystemExit), SystemExit), (Into(GeneratorExit), GeneratorExit),
    (Read(b"x", None), ValueError), (Read(b"x", 5), TypeError), (Read("text"), TypeError), (Read(""), TypeError),
    (Read([]), TypeError), (Read(b"x", [1]), TypeError), (io.StringIO("text"), TypeError), (io.StringIO(), TypeError),
    (io.BytesIO, TypeError),
], ids=lambda value: type(value).__name__)
def test_a_source_that_is_broken_leaves_nothing(old, source, error):
    answers = list(getattr(source, "answers", ()))
    for path, overwrite in (("new", False), ("old", True)):
        with pytest.raises(error):
            old.write(path, source, overwrite=overwrite)
        if answers:
            source.answers = list(answers)


def test_a_text_file_is_refused_by_what_it_gives(store, tmp_path):
    (tmp_path / "file").write_text("")
    with open(tmp_path / "file") as text, pytest.raises(TypeError, match="must give bytes, not str"):
        store.write("a", text)


def test_a_source_that_has_no_bytes_yet(store):
    read, write = os.pipe()
    os.set_blocking(read, False)
    with open(read, "rb", buffering=0) as source, open(write, "wb"):
        with pytest.raises(ValueError, match="non-blocking"):
            store.write("a", source)
    assert not store.exists("a")


def test_a_pipe_is_read_to_its_end(store):
    read, write = os.pipe()

    def send():
        with open(write, "wb", buffering=0) as file:
            for i in range(100):
                file.write(b"%03d" % i)

    thread = threading.Thread(target=send)
    thread.start()
    with open(read, "rb") as source:
        assert store.write("a", source).size == 300
    thread.join()
    assert store.read_bytes("a").endswith(b"098099")


@pytest.mark.parametrize("parts", [
    [b"one", b"two"], [bytearray(b"one"), memoryview(b"two")], [memoryview(b"o-n-e-")[::2], b"two"],
    [b"x" * (3 << 20)], [array.array("B", b"one"), b"two"],
])
def test_a_source_with_a_read_only(store, parts):
    store.write("a", Read(*parts))
    assert store.read_bytes("a") == b"".join(bytes(part) for part in parts)


def test_a_source_is_read_from_where_it_is(store):
    with tempfile.TemporaryFile() as file, tempfile.SpooledTemporaryFile() as spooled:
        for source in (file, spooled, io.BufferedReader(io.BytesIO(b"0123456789"))):
            if source in (file, spooled):
                source.write(b"0123456789")
            source.seek(4)
            assert store.write("a", source, overwrite=True).size == 6
            assert store.read_bytes("a") == b"456789" and source.read() == b""


# -- files on disk, which the library reads by itself ---------------------------

TEXT = b"0123456789" * 1000


@pytest.fixture
def from_disk(monkeypatch):
    """How often it did."""
    calls, put_file = [], library.rstore_put_file

    def spied(*arguments):
        calls.append(arguments)
        return put_file(*arguments)

    monkeypatch.setattr(library, "rstore_put_file", spied)
    return calls


@pytest.fixture
def text_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(TEXT)
    return path


def opened(mode, buffering=-1):
    return lambda path: open(path, mode, buffering)


@pytest.mark.parametrize("opens", [opened("rb"), opened("rb", 0), opened("r+b"), opened("r+b", 0), opened("rb", 7)])
def test_a_file_on_disk_is_read_by_the_library(store, text_file, from_disk, opens):
    for position in (0, 1, 5000, len(TEXT) - 1):
        with opens(text_file) as file:
            assert file.read(position) == TEXT[:position]  # and more is in its buffer
            assert store.write("a", file, overwrite=True, metadata={"k": "v"}).size == len(TEXT) - position
            assert file.tell() == len(TEXT) and file.read() == b""
        assert store.read_bytes("a") == TEXT[position:]
    assert len(from_disk) == 4
    with opens(text_file) as file, pytest.raises(remotestore.AlreadyExists):
        store.write("a", file)


def test_what_was_written_to_a_file_is_read_too(store, from_disk):
    with tempfile.TemporaryFile() as file:
        file.write(b"0123456789")
        file.seek(4)
        file.write(b"abc")
        file.seek(2)
        assert store.write("a", file).size == 8
        assert store.read_bytes("a") == b"23abc789"
    assert len(from_disk) == 1


def test_files_that_the_library_does_not_read(store, text_file, from_disk):
    with open(text_file, "rb") as file:
        file.seek(0, io.SEEK_END)
        assert store.write("at its end", file).size == 0
        file.seek(1, io.SEEK_END)
        assert store.write("behind it", file).size == 0 and file.tell() == len(TEXT) + 1
    with open("/proc/self/cmdline", "rb") as file:  # whose size is 0, as it says
        assert store.write("proc", file).size > 0
    with open(os.devnull, "rb") as file:
        assert store.write("device", file).size == 0
    with open(text_file, "ab") as file, pytest.raises(io.UnsupportedOperation):
        store.write("not readable", file)
    with open(text_file, "rb") as file:
        pass
    with pytest.raises(ValueError, match="closed"):
        store.write("closed", file)
    assert from_disk == [] and not store.exists("not readable")


def test_a_file_on_disk_into_a_folder(tmp_path, text_file):
    with remotestore.Store(remotestore.LocalBackend(tmp_path)) as store, open(text_file, "rb") as file:
        assert store.write("copy", file).size == len(TEXT)
        assert store.read_bytes("copy") == TEXT


def test_a_source_that_closes_the_store():
    store = remotestore.Store(remotestore.MemoryBackend())
    with pytest.raises(remotestore.BackendUnavailable, match="closed"):
        store.write("a", Into(10, lambda: store.close() or 10))


def test_a_source_that_writes_the_same_object(store):
    with pytest.raises(remotestore.AlreadyExists):
        store.write("a", Into(10, lambda: store.write("a", b"mine").size))
    assert store.read_bytes("a") == b"mine"
    store.write("a", Into(10, lambda: store.write("a", b"mine", overwrite=True).size), overwrite=True)
    assert len(store.read_bytes("a")) == 14


def test_a_source_that_is_the_object_itself(store):
    store.write("a", b"x" * (3 << 20))
    with store.read("a") as source:
        store.write("a", source, overwrite=True)
    assert store.read_bytes("a") == b"x" * (3 << 20)


# -- writers -------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [
    io.BufferedWriter, lambda raw: io.TextIOWrapper(raw, write_through=True), io.TextIOWrapper,
    lambda raw: io.TextIOWrapper(io.BufferedWriter(raw)),
], ids=["buffered", "text", "lazy text", "text and buffer"])
def test_a_forgotten_buffer_around_a_writer_publishes_nothing(store, wrap):
    """It flushes and closes what it holds, as Python has it."""
    store.write("a", b"old")
    wrapped = wrap(store.open_atomic("a", overwrite=True))
    wrapped.write("half" if isinstance(wrapped, io.TextIOBase) else b"half")
    with pytest.warns(ResourceWarning, match="unclosed <Writer of 'a'>"):
        del wrapped
        gc.collect()
    assert store.read_bytes("a") == b"old"


def test_one_that_is_forgotten_in_the_block_loses_nothing(store):
    def fill(raw):
        io.TextIOWrapper(raw, encoding="utf-8").write("all of it")

    with store.open_atomic("a") as raw:
        fill(raw)
        gc.collect()
    assert store.read_bytes("a") == b"all of it"


def test_a_writer_is_a_file_that_is_written_once(store):
    with store.open_atomic("a") as writer:
        assert (writer.writable(), writer.readable(), writer.seekable(), writer.closed) == (True, False, False, False)
        for call in (writer.read, lambda: writer.seek(0), writer.truncate, writer.fileno, lambda: writer.readinto(bytearray())):
            with pytest.raises(io.UnsupportedOperation):
                call()
        for value in ("text", 5, None, [1]):
            with pytest.raises(TypeError):
                writer.write(value)
        assert writer.write(b"") == 0
        writer.writelines([b"one", b"two"])
        assert writer.tell() == 6
    for call in (writer.tell, lambda: writer.write(b""), writer.commit, writer.abort, writer.__enter__):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_a_writer_that_may_not_overwrite_says_so_at_its_end(store):
    writer = store.open_atomic("a")
    store.write("a", b"first")
    writer.write(b"second")
    with pytest.raises(remotestore.AlreadyExists):
        writer.close()
    assert writer.closed and store.read_bytes("a") == b"first"
    writer.close()


def test_the_exception_of_a_block_is_the_callers(store):
    for raised in (KeyError("mine"), KeyboardInterrupt(), GeneratorExit()):
        with pytest.raises(type(raised)) as caught, store.open_atomic("a") as writer:
            writer.write(b"x")
            raise raised
        assert caught.value is raised
    assert not store.exists("a")
