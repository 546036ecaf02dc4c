"""The clauses that are about Python's own objects: iterators, files, blocks."""

import io
import os

import pyarrow
import pytest
import remotestore
from remotestore import _abi, _arrow
from remotestore._library import library

TARGETS = ["memory", "local", "versitygw"]


@pytest.fixture
def store(target, tmp_path, s3_servers):
    if target == "versitygw":
        prefix = os.urandom(8).hex()
        url = s3_servers(target)["REMOTESTORE_TEST_S3_URL"].rstrip("/") + "/" + prefix
    else:
        url = {"memory": "memory://", "local": f"file://{tmp_path}"}[target]
    with remotestore.Store.from_url(url) as store:
        yield store
    with remotestore.Store.from_url(url) as store:  # the test may have closed its own
        for entry in list(store.list_files("", recursive=True)):
            store.delete(entry.path)


on_every_target = pytest.mark.parametrize("target", TARGETS)


class Broken(io.RawIOBase):
    """A source that fails after some bytes."""

    def __init__(self, size):
        self.left = size

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self.left:
            raise OSError("the source fails")
        count = min(self.left, len(buffer))
        self.left -= count
        buffer[:count] = b"x" * count
        return count


@pytest.mark.parametrize("call", [
    lambda store: store.list_files("..", recursive=True),
    lambda store: store.list_files("", max_depth=-1),
    lambda store: store.list_folders("", max_depth=-1),
    lambda store: store.iter_children(".."),
    lambda store: store.glob("**x"),
    lambda store: store.list_uploads(),
])
def test_2_5_a_listing_raises_at_the_first_item(call):
    with remotestore.Store(remotestore.MemoryBackend()) as store:
        items = call(store)
        with pytest.raises((ValueError, remotestore.CapabilityNotSupported)):
            next(items)


@on_every_target
def test_2_2_a_stream(store):
    store.write("a", b"0123456789")
    for stream in (store.read("a"), store.read_seekable("a")):
        assert stream.readable() and stream.seekable() and not stream.writable()
        assert stream.tell() == 0
        assert stream.read(3) == b"012"
        assert stream.tell() == 3
        assert stream.read() == b"3456789"
        assert stream.read() == b"" and stream.read(1) == b""
        assert stream.seek(0, os.SEEK_END) == 10
        assert stream.seek(-2, os.SEEK_CUR) == 8
        assert stream.read() == b"89"
        stream.close()
        stream.close()
        with pytest.raises(ValueError):
            stream.read(1)


@on_every_target
def test_2_2_a_stream_ends_its_block(store):
    store.write("a", b"one\ntwo\n")
    with store.read("a") as stream:
        assert next(stream) == b"one\n"
    assert stream.closed


@on_every_target
def test_2_2_read_text_is_read_bytes_decoded(store):
    store.write_text("a", "é\r\n", encoding="latin-1")
    assert store.read_text("a", encoding="latin-1") == "é\r\n"
    with pytest.raises(UnicodeDecodeError):
        store.read_text("a")
    assert store.read_text("a", errors="replace") == "\ufffd\r\n"
    with pytest.raises(remotestore.NotFound):
        store.read_text("none")


@on_every_target
def test_2_3_a_file_is_read_from_where_it_is_to_its_end(store, tmp_path):
    source = io.BytesIO(b"0123456789")
    source.seek(4)
    result = store.write("a", source)
    assert (str(result.path), result.size) == ("a", 6)
    assert store.read_bytes("a") == b"456789"
    assert source.read() == b""
    assert result.etag == store.get_file_info("a").etag
    with pytest.raises(remotestore.AlreadyExists):
        store.write("a", io.BytesIO(b"new"))
    assert store.read_bytes("a") == b"456789"


@on_every_target
@pytest.mark.parametrize("size", [0, 100, 9_000_000])
def test_2_3_a_source_that_fails_leaves_nothing(store, target, size):
    store.write("old", b"old")
    for path, overwrite in (("new", False), ("old", True)):
        with pytest.raises(OSError, match="^the source fails$"):
            store.write(path, Broken(size), overwrite=overwrite)
    assert [str(f.path) for f in store.list_files("", recursive=True)] == ["old"]
    assert store.read_bytes("old") == b"old"
    if target == "versitygw":
        assert list(store.list_uploads()) == []


@on_every_target
def test_2_3_open_atomic(store):
    with store.open_atomic("a/b") as file:
        assert file.writable() and file.tell() == 0
        file.write(b"hello ")
        file.write(bytearray(b"world"))
        assert file.tell() == 11
        assert not store.exists("a/b")
    assert file.closed and (str(file.result.path), file.result.size) == ("a/b", 11)
    assert store.read_bytes("a/b") == b"hello world"
    with pytest.raises(KeyError, match="^'mine'$"), store.open_atomic("a/b", overwrite=True) as file:
        file.write(b"new")
        raise KeyError("mine")
    assert file.closed and file.result is None
    assert store.read_bytes("a/b") == b"hello world"


@on_every_target
def test_2_3_an_empty_mapping_is_as_none(store):
    assert store.write("a", b"", metadata={}).metadata is None
    assert store.write("b", b"").metadata is None
    assert store.get_file_info("a").metadata is None


@pytest.mark.parametrize("target", ["memory", "versitygw"])
def test_2_3_metadata_is_echoed_as_it_was_given(store):
    assert store.write("a", b"x", metadata={"Key": "v"}).metadata == {"Key": "v"}
    assert store.write("b", io.BytesIO(b"x"), metadata={"Key": "v"}).metadata == {"Key": "v"}
    assert store.get_file_info("b").metadata == {"key": "v"}


@pytest.mark.parametrize("target", ["local"])
def test_2_6_an_error_names_the_capability(store):
    with pytest.raises(remotestore.CapabilityNotSupported) as caught:
        store.write("a", b"x", metadata={"k": "v"})
    assert (caught.value.capability, caught.value.backend) == ("user_metadata", "local")
    with pytest.raises(remotestore.CapabilityNotSupported) as caught:
        store.create_upload("a")
    assert caught.value.capability == "multipart"


@pytest.mark.parametrize("target", ["memory"])
def test_2_1_every_path_that_comes_back_can_be_fed_back(store):
    store.write(remotestore.RawPath("d/a\\b"), b"x")
    (found,) = store.list_files("", recursive=True)
    assert isinstance(found.path, remotestore.RawPath)
    for path in (found.path, store.get_file_info(found.path).path, store.head(found.path).path):
        assert store.read_bytes(path) == b"x"
        assert store.write(path, b"x", overwrite=True).path == path


@on_every_target
def test_2_8_close_is_terminal_and_may_be_repeated(store):
    child = store.child("a")
    child.close()
    store.write("a/b", b"x")
    store.close()
    store.close()
    for call in (lambda: child.read_bytes("b"), lambda: store.exists(""), lambda: store.write("", b"")):
        with pytest.raises(remotestore.BackendUnavailable):
            call()
    assert child.to_key(store.native_path("a/b")) == "b"


@on_every_target
def test_a_listing_is_the_same_as_arrow_data(store):
    for i in range(1200):
        store.write(f"d{i % 2}/ü{i:04}", b"x" * (i % 3))
    store.write("top", b"")
    args = _abi.rstore_args(flags=_abi.RECURSIVE | _abi.OBJECTS)
    listing = store._listing(library.rstore_list_open, "", args)
    table = pyarrow.table(_arrow.next_batch(listing))
    assert _arrow.next_batch(listing) is None
    table.validate(full=True)
    rows = [(r["path"], r["last_modified"], r["size"], r["e_tag"].strip('"'), r["version"]) for r in table.to_pylist()]
    infos = store.list_files("", recursive=True)
    assert rows == [(str(i.path), i.modified_at, i.size, i.etag, None) for i in infos]
