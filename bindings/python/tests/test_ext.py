"""The extensions: what tests/compat does not show, where remote-store's programs run."""

import hashlib
import io

import pytest
import remotestore
from remotestore.ext import batch, integrity, streams, transfer, write

TEXT = b"a line\nand another\nlast"


class OnlyRead:
    """A source that can do nothing else."""

    def __init__(self, data):
        self._file = io.BytesIO(data)

    def read(self, size=-1):
        return self._file.read(size)


def read_all(reader):
    return [reader.read()]


def read_pieces(reader):
    return list(iter(lambda: reader.read(5), b""))


def read_lines(reader):
    return list(reader)


def read_into(reader):
    buffer = bytearray(7)
    return [bytes(buffer[:count]) for count in iter(lambda: reader.readinto(buffer), 0)]


@pytest.mark.parametrize("read", [read_all, read_pieces, read_lines, read_into, lambda r: r.readlines()])
def test_every_way_to_read_counts(read):
    told = []
    reader = streams.ChecksumReader(streams.ProgressReader(io.BytesIO(TEXT), told.append), "SHA256")
    pieces = read(reader)
    assert b"".join(pieces) == TEXT
    assert told == [len(piece) for piece in pieces]
    assert reader.hexdigest() == hashlib.sha256(TEXT).hexdigest()


def test_no_byte_goes_by_unseen():
    for cls in (streams.ProgressReader, streams.ProgressWriter):
        file = cls(io.BytesIO(TEXT), print)
        for name in ("read1", "readinto1", "readall", "peek", "getvalue", "getbuffer", "detach", "raw"):
            assert not hasattr(file, name)
        assert (file.tell(), file.seekable(), file.closed) == (0, True, False)


def test_who_made_a_file_closes_it():
    file = io.BytesIO(TEXT)
    streams.ProgressReader(file, print)  # forgotten at once
    assert not file.closed
    with streams.ProgressReader(file, print):
        pass
    assert file.closed


def test_a_writer_is_told_what_was_taken():
    class Half(io.RawIOBase):
        def write(self, data):
            return len(data) // 2

    writer = streams.ChecksumWriter(Half(), "md5")
    assert writer.write(bytearray(b"hello!")) == 3
    assert writer.hexdigest() == hashlib.md5(b"hel").hexdigest()


def test_a_source_that_can_only_read(store):
    made = write.write_with_hash(store, "a", OnlyRead(TEXT * 100_000), algorithm="md5")
    assert made.digest == remotestore.ContentDigest("md5", hashlib.md5(TEXT * 100_000).hexdigest())
    assert made.size == len(TEXT) * 100_000
    assert integrity.verify(store, "a", made.digest.value.upper(), "MD5")


def test_an_unknown_algorithm_writes_nothing(store):
    for content in (TEXT, io.BytesIO(TEXT)):
        with pytest.raises(ValueError):
            write.write_with_hash(store, "a", content, algorithm="none")
    with pytest.raises(ValueError), write.open_atomic_with_hash(store, "a", algorithm="none"):
        raise AssertionError
    assert not store.exists("a")


def test_an_atomic_write_that_fails_has_no_result(store):
    with pytest.raises(KeyError), write.open_atomic_with_hash(store, "a", metadata={"k": "v"}) as file:
        file.write(TEXT)
        raise KeyError
    assert file.result is None and not store.exists("a")
    with write.open_atomic_with_hash(store, "a", metadata={"k": "v"}) as file:
        file.write(TEXT)
    assert (file.result.metadata, file.result.size) == ({"k": "v"}, len(TEXT))
    assert store.get_file_info("a").metadata == {"k": "v"}


def test_a_download_that_fails_leaves_what_was_there(store, tmp_path):
    store.write("a", TEXT)
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail(count):
        raise KeyError

    for call_back, name in ((fail, "a"), (None, "none"), (print, "none")):
        with pytest.raises((KeyError, remotestore.NotFound)):
            transfer.download(store, name, path, overwrite=True, on_progress=call_back)
    assert path.read_bytes() == b"old"
    with pytest.raises(KeyError):
        transfer.download(store, "a", tmp_path / "new", on_progress=fail)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_an_upload_that_fails_leaves_what_was_there(store, tmp_path):
    store.write("a", b"old")
    (tmp_path / "a").write_bytes(TEXT)

    def fail(count):
        raise KeyError

    with pytest.raises(KeyError):
        transfer.upload(store, tmp_path / "a", "a", overwrite=True, on_progress=fail)
    assert store.read_bytes("a") == b"old"


def test_many_objects_are_asked_for_at_once(store):
    class Counted(remotestore.ProxyStore):
        calls = []

        def get_file_infos(self, paths, **options):
            self.calls.append(("infos", list(paths)))
            return super().get_file_infos(paths, **options)

        def delete_many(self, paths):
            self.calls.append(("delete", list(paths)))
            return super().delete_many(paths)

    store.write("a", TEXT)
    store.write("b", TEXT)
    counted = Counted(store)
    result = batch.batch_delete(counted, ["a", "none", "b", "a"])
    assert result.succeeded == ("a", "b") and list(result.failed) == ["none"]
    assert counted.calls == [("infos", ["a", "none", "b"]), ("delete", ["a", "b"])]
    assert batch.batch_delete(counted, ["a"], missing_ok=True).all_succeeded
    assert counted.calls[2:] == [("delete", ["a"])]


def test_a_copy_that_is_not_supported_ends_all(store):
    class Unable(remotestore.ProxyStore):
        def copy(self, src, dst, **options):
            raise remotestore.CapabilityNotSupported("no", capability="copy")

    for concurrent in (False, True):
        with pytest.raises(remotestore.CapabilityNotSupported):
            batch.batch_copy(Unable(store), [("a", "b"), ("c", "d")], concurrent=concurrent)
