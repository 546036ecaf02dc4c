"""Reads: into which memory, and as what kind of file."""

import copy
import ctypes
import gc
import io
import mmap
import os
import pickle
import warnings

import pytest
import remotestore
from remotestore._library import library


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


def test_a_listing_that_is_not_read_to_its_end_frees_its_handles(store, live_handles):
    for name in "abc":
        store.write(name, b"")
    before = live_handles()
    entries = store.iter_children("")
    assert str(next(entries).path) == "a"
    assert live_handles() == before + 2  # the listing, and the page that its entries are made of
    del entries
    assert live_handles() == before


@pytest.mark.parametrize("size", [0, 1, 2, 255, 64 << 10, (64 << 10) + 1, 3_000_000])
def test_bytes_are_filled_in_place(store, monkeypatch, size):
    """What is returned is what the library filled, unless it is small."""
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    store.write("a", data)
    filled = []
    function = library.rstore_reader_read

    def spied(handle, context, pointer, length, *rest):
        filled.append((pointer, length))
        return function(handle, context, pointer, length, *rest)

    monkeypatch.setattr(library, "rstore_reader_read", spied)
    read = store.read_bytes("a")
    assert read == data
    if size > 64 << 10:
        at = ctypes.cast(ctypes.c_char_p(read), ctypes.c_void_p).value
        assert all(at < pointer and pointer + length == at + size for pointer, length in filled) and filled
    with store.read_seekable("a") as reader:
        filled.clear()
        read = reader.read()
        assert read == data
        at = ctypes.cast(ctypes.c_char_p(read), ctypes.c_void_p).value
        assert all(at <= pointer and pointer + length == at + size for pointer, length in filled)


def test_the_empty_bytes_and_those_of_one_are_not_written_over(store):
    """CPython has one object for each of them."""
    for data in (b"", b"a", b"b"):
        store.write("x", data, overwrite=True)
        with store.read_seekable("x") as reader:
            assert store.read_bytes("x") == reader.read() == reader.read_at(0, 1) == data
    assert (bytes([97]), bytes([98]), bytes()) == (b"a", b"b", b"")


def test_readinto_fills_the_callers_memory(store, monkeypatch):
    store.write("a", b"0123456789")
    pointers, function = [], library.rstore_reader_read

    def spied(handle, context, pointer, *rest):
        pointers.append(pointer)
        return function(handle, context, pointer, *rest)

    monkeypatch.setattr(library, "rstore_reader_read", spied)
    with store.read_seekable("a") as reader:
        for buffer in (bytearray(4), mmap.mmap(-1, 4), (ctypes.c_uint16 * 2)()):
            reader.seek(0)
            assert reader.readinto(buffer) == 4 and bytes(buffer[:] if isinstance(buffer, mmap.mmap) else buffer) == b"0123"
            assert pointers.pop() == ctypes.addressof(ctypes.c_char.from_buffer(buffer))
        buffer = bytearray(b"----")
        assert reader.readinto(memoryview(buffer)[1:3]) == 2 and buffer == b"-45-"
        assert reader.readinto(bytearray()) == 0
        for wrong, error in ((b"1234", TypeError), (None, TypeError), (5, TypeError), ("text", TypeError),
                             (memoryview(bytearray(8))[::2], BufferError)):
            with pytest.raises(error):
                reader.readinto(wrong)


def test_read_is_a_buffered_reader(store):
    store.write("a", b"one\ntwo\nthree")
    with store.read("a") as file:
        assert isinstance(file, io.BufferedReader) and isinstance(file.raw, io.RawIOBase)
        assert file.peek(3)[:3] == b"one" and file.read1(2) == b"on" and file.readline() == b"e\n"
        assert list(file) == [b"two\n", b"three"]
        assert not file.writable()
        with pytest.raises(io.UnsupportedOperation):
            file.write(b"x")
    with io.TextIOWrapper(store.read("a"), encoding="ascii") as text:
        assert text.read().split() == ["one", "two", "three"]
    with store.read_seekable("a") as raw, io.BufferedReader(raw) as file:
        assert isinstance(raw, io.RawIOBase) and file.readlines() == [b"one\n", b"two\n", b"three"]


@pytest.mark.parametrize("offset, whence, error", [
    (-1, 0, ValueError), (-11, 1, ValueError), (-11, 2, ValueError), (2**63, 0, ValueError), (2**64, 0, ValueError),
    (2**64 + 3, 0, ValueError), (2**63 - 1, 2, ValueError), (0, 3, ValueError), (0, "0", ValueError),
    (1.5, 0, TypeError), (None, 0, TypeError), ("1", 0, TypeError),
])
def test_a_seek_that_no_file_has(store, offset, whence, error):
    store.write("a", b"0123456789")
    with store.read_seekable("a") as reader:
        reader.seek(2)
        with pytest.raises(error):
            reader.seek(offset, whence)
        assert reader.tell() == 2 and reader.read(2) == b"23"


def test_reads_behind_the_end(store):
    store.write("a", b"0123456789")
    with store.read_seekable("a") as reader, store.read("a") as file:
        for stream in (reader, file):
            assert stream.seek(2**63 - 1) == stream.tell() == 2**63 - 1
            assert stream.read() == stream.read(5) == b"" and stream.readinto(bytearray(4)) == 0
            assert stream.seek(True) == 1 and stream.read(1) == b"1"
        assert reader.read_at(8, 2**70) == b"89" and reader.read_at(2**62, 5) == reader.read_at(10, 5) == b""
        assert reader.read_at(0, 0) == b""
        for offset, length in ((-1, 1), (0, -1), (2**63, 1), (2**64, 1)):
            with pytest.raises(ValueError):
                reader.read_at(offset, length)
        for wrong in (1.5, None, "1"):
            for arguments in ((wrong, 1), (0, wrong)):
                with pytest.raises(TypeError):
                    reader.read_at(*arguments)


def test_a_closed_stream(store):
    store.write("a", b"x")
    reader = store.read_seekable("a")
    reader.close()
    for call in (reader.read, reader.tell, lambda: reader.seek(0), lambda: reader.readinto(bytearray(1)),
                 lambda: reader.read_at(0, 1), reader.readall, reader.__enter__, reader.readline, lambda: next(reader)):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_what_is_open_is_not_copied(store):
    """A copy would be a second owner: its end would close the first."""
    store.write("a", b"0123456789")
    with store.read_seekable("a") as reader, store.read("a") as file, store.open_atomic("b") as writer:
        for stream in (reader, file, writer):
            for copy_it in (copy.copy, copy.deepcopy, pickle.dumps):
                with pytest.raises(TypeError, match="cannot.* pickle"):
                    copy_it(stream)
        gc.collect()
        assert reader.read() == file.read() == b"0123456789"
        writer.write(b"x")
    assert store.read_bytes("b") == b"x"


def test_a_reader_that_is_moved_meanwhile_ends(store):
    """By another thread, between two of the calls that read the rest."""
    store.write("a", b"0123456789")
    reader = store.read_seekable("a")
    fill = type(reader)._fill

    def moved(pointer, length):
        count = fill(reader, pointer, 4)
        reader.seek(0, io.SEEK_END)
        return count

    reader._fill = moved
    assert reader.readall() == b"0123"
    del reader._fill
    reader.close()


def test_what_is_half_made_ends_in_silence(recwarn):
    from remotestore._streams import Reader, Upload, Writer
    for cls in (Reader, Writer, Upload):
        with pytest.raises(TypeError):
            cls()
        half = cls.__new__(cls)
        assert repr(half)
        del half
    for cls in (remotestore.Store, remotestore.MemoryBackend, remotestore.LocalBackend, remotestore.S3Backend,
                remotestore.Registry, remotestore.ProxyStore):
        cls.__new__(cls)
    gc.collect()
    assert not recwarn.list


def test_a_listing_may_be_left_and_changed_while_it_is_read(store):
    for i in range(2500):
        store.write(f"d/{i:04}", b"")
    seen = []
    for info in store.list_files("d"):
        seen.append(info.name)
        store.delete(info.path)
    assert len(set(seen)) == len(seen) == 2500 and not store.exists("d/0000")
    listing = store.list_files("d")
    assert next(listing, None) is None and next(listing, None) is None
    store.write("d/x", b"")
    listing = store.list_files("d")
    listing.close()
    assert next(listing, None) is None
    listing = store.list_files("d")
    next(listing)
    with pytest.raises(KeyError):
        listing.throw(KeyError())


def test_no_warning_for_what_is_closed(store):
    store.write("a", b"x")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with store.read("a") as file:
            file.read()
        store.read_seekable("a").close()
        list(store.list_files(""))
        next(store.list_files(""))
        gc.collect()


@pytest.fixture(params=["memory", "local"])
def any_store(request, tmp_path):
    backend = remotestore.MemoryBackend() if request.param == "memory" else remotestore.LocalBackend(tmp_path / "store")
    with remotestore.Store(backend) as store:
        yield store


OPTIONS = [{}, {"parallel": True}, {"verify": True}, {"parallel": True, "verify": True}]


@pytest.mark.parametrize("options", OPTIONS)
def test_parallel_reads(any_store, options):
    data = bytes(range(256)) * 40_000  # larger than a part
    any_store.write("a", data)
    any_store.write("empty", b"")
    assert any_store.read_bytes("a", **options) == data
    assert any_store.read_bytes("a", offset=9, length=99, **options) == data[9:108]
    assert any_store.read_bytes("empty", **options) == b""
    buffer = bytearray(len(data) + 1)
    assert any_store.read_into("a", buffer, **options) == len(data) and buffer == data + b"\0"


@pytest.mark.parametrize("options", OPTIONS)
def test_download(any_store, tmp_path, options):
    any_store.write("a", b"0123456789")
    path = tmp_path / "file"
    assert any_store.download("a", path, **options) == 10 and path.read_bytes() == b"0123456789"
    with pytest.raises(FileExistsError):
        any_store.download("a", path, **options)
    assert any_store.download("a", str(path), overwrite=True, offset=2, length=3, **options) == 3
    assert path.read_bytes() == b"234"
    for buffering in (0, -1):
        with open(path, "wb", buffering=buffering) as file:
            file.write(b"head ")
            assert any_store.download("a", file, **options) == 10
            file.write(b" tail")
        assert path.read_bytes() == b"head 0123456789 tail"


def test_a_download_that_fails(any_store, tmp_path):
    any_store.write("a", b"0123456789")
    path = tmp_path / "file"
    for overwrite in (False, True):
        with pytest.raises(remotestore.NotFound):
            any_store.download("missing", path, overwrite=overwrite)
        assert not path.exists()
    path.write_bytes(b"old")
    with open(path, "rb") as file, pytest.raises(remotestore.InvalidArgument, match="open for writing"):
        any_store.download("a", file)
    with open(path, "ab") as file, pytest.raises(remotestore.InvalidArgument, match="O_APPEND"):
        any_store.download("a", file)
    with open(path, "r+b") as file, pytest.raises(remotestore.NotFound):
        any_store.download("missing", file)
    names = sorted(os.listdir(tmp_path))
    with pytest.raises(remotestore.NotFound):
        any_store.download("missing", path, overwrite=True)
    assert path.read_bytes() == b"old"
    for file in (7.5, io.BytesIO(), io.StringIO()):
        with pytest.raises(TypeError):
            any_store.download("a", file)
    with pytest.raises(IsADirectoryError):
        any_store.download("a", tmp_path, overwrite=True)
    assert sorted(os.listdir(tmp_path)) == names
    assert not [name for name in os.listdir(tmp_path.parent) if name.startswith(tmp_path.name + ".")]
