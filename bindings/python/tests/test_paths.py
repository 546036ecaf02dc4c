"""Paths as arguments: str, RemotePath and RawPath."""

import copy
import pathlib
import pickle

import pytest
import remotestore
from remotestore import RawPath, RemotePath


@pytest.mark.parametrize("path", [5, None, b"bytes", pathlib.Path("a")])
def test_a_path_must_be_a_str(store, path):
    for call in (store.read_bytes, store.get_file_info, store.delete, lambda p: list(store.list_files(p))):
        with pytest.raises(TypeError):
            call(path)


def test_a_lone_surrogate_is_an_invalid_path(store):
    with pytest.raises(remotestore.InvalidPath):
        store.write("a\udcff", b"")


def test_a_name_that_no_path_can_say_is_marked(tmp_path):
    (tmp_path / "back\\slash").write_text("odd")
    (tmp_path / "plain").write_text("plain")
    with remotestore.Store(remotestore.LocalBackend(tmp_path)) as store:
        odd, plain = (f.path for f in store.list_files(""))
        assert (str(odd), str(plain)) == ("back\\slash", "plain")
        assert isinstance(odd, remotestore.RawPath) and not isinstance(plain, remotestore.RawPath)
        assert store.read_bytes(odd) == b"odd"


class Text(str):
    """A str of the caller's own."""


@pytest.mark.parametrize("make", [str, Text, RemotePath, RawPath])
def test_every_call_takes_every_kind_of_path(store, make):
    a, b, d, buffer = make("d/a"), make("d/b"), make("d"), bytearray(1)
    assert str(store.write(a, b"x").path) == "d/a"
    assert store.write_atomic(a, b"x", overwrite=True).path == store.write_text(a, "x", overwrite=True).path
    with store.open_atomic(b) as writer:
        writer.write(b"y")
    assert store.exists(a) and store.is_file(a) and store.is_folder(d)
    assert store.read_bytes(a) == b"x" and store.read_text(a) == "x" and store.read_into(a, buffer) == 1
    with store.read(a) as reader, store.read_seekable(a) as seekable:
        assert reader.read() == seekable.read() == b"x"
    assert store.get_file_info(a).path == store.head(a).path == RemotePath("d/a")
    assert store.get_folder_info(d).file_count == 2
    assert len(list(store.list_files(d))) == len(list(store.iter_children(d))) == 2
    assert list(store.list_folders(d)) == []
    assert store.resolve(a).key == "d/a" and store.to_key(store.native_path(a)) == "d/a"
    assert store.child(d).read_bytes("a") == remotestore.Store(store._backend, d).read_bytes("a") == b"x"
    store.copy(a, make("d/c"))
    store.move(make("d/c"), make("d/e"))
    store.delete(make("d/e"))
    for call in (lambda: list(store.list_uploads(d)), lambda: store.create_upload(a), lambda: store.abort_upload(a, "x")):
        with pytest.raises(remotestore.CapabilityNotSupported):
            call()
    store.delete_folder(d, recursive=True)


def test_a_raw_path_is_taken_as_it_is(store):
    odd = [RawPath("d/back\\slash"), RawPath("d/a\udcff"), RawPath("d/a\n\u00e9")]
    for i, path in enumerate(odd):
        store.write(path, b"%d" % i)
    assert [store.read_bytes(path) for path in odd] == [b"0", b"1", b"2"]
    found = {info.path for info in store.list_files("d")}
    assert found == set(odd)
    store.copy(odd[0], RawPath("t\\1"))
    store.move(RawPath("t\\1"), RawPath("t\\2"))
    assert store.read_bytes(RawPath("t\\2")) == b"0" and not store.exists(RawPath("t\\1"))
    assert store.child("d").read_bytes(RawPath("a\udcff")) == b"1"


def test_paths_do_not_change_and_are_told_apart_by_their_text():
    a = RemotePath("d//a/./")
    assert a == RemotePath("d\\a") == RawPath("d/a") and hash(a) == hash(RawPath("d/a"))
    assert a != "d/a" and a != RemotePath("d/b")
    for change in (lambda: setattr(a, "_text", "x"), lambda: setattr(a, "more", 1), lambda: delattr(a, "_text")):
        with pytest.raises(AttributeError, match="cannot be changed"):
            change()
    for path in (a, RawPath("a//b\udcff"), RemotePath.ROOT):
        for again in (copy.copy(path), copy.deepcopy(path), pickle.loads(pickle.dumps(path))):
            assert again == path and type(again) is type(path)


@pytest.mark.parametrize("text, name, parent, parts, suffix", [
    ("a", "a", None, ("a",), ""),
    ("a/b.tar.gz", "b.tar.gz", RemotePath("a"), ("a", "b.tar.gz"), ".gz"),
    (".hidden", ".hidden", None, (".hidden",), ""),
    ("a/dot.", "dot.", RemotePath("a"), ("a", "dot."), "."),
])
def test_the_parts_of_a_path(text, name, parent, parts, suffix):
    path = RemotePath(text)
    assert (path.name, path.parent, path.parts, path.suffix) == (name, parent, parts, suffix)
    assert str(path) == path.as_posix() == text and eval(repr(path)) == path


@pytest.mark.parametrize("raw", ["", ".", "/", "//", "./.", "..", "a/..", "../a", "a\0", "\ud800"])
def test_what_is_no_path(raw):
    with pytest.raises(remotestore.InvalidPath) as caught:
        RemotePath(raw)
    assert caught.value.path == raw
