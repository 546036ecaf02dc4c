"""Entries of a listing, which are decoded when they are asked for."""

import copy
import ctypes
import dataclasses
import datetime
import gc
import pickle
import sys

import pytest
import remotestore
from remotestore import FileInfo, RawPath, RemotePath, _abi, _pages
from remotestore._memory import Page
from remotestore.obstore import _chunks

ETAG = '"0123456789ABCDEF0123456789ABCDEF"'


def entry(store):
    """One that nothing was asked of yet."""
    store.write("folder/name.txt", b"content", overwrite=True)
    (found,) = store.list_files("folder")
    return found


def plain(info):
    """Made by hand of the same fields."""
    return FileInfo(*(getattr(info, field.name) for field in dataclasses.fields(FileInfo)))


@pytest.mark.parametrize("use", [
    repr, str, hash, dataclasses.asdict, dataclasses.astuple, copy.copy, copy.deepcopy, pickle.dumps, type,
    lambda info: dataclasses.replace(info, size=3),
    lambda info: [pickle.loads(pickle.dumps(info, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)],
    lambda info: {info: 1}[info],
    lambda info: info.modified_at.tzinfo,
    lambda info: (info.size, info.name, info.etag, info.digest, info.content_type, info.metadata, info.extra),
], ids=lambda use: getattr(use, "__name__", ""))
def test_an_entry_is_as_one_that_was_made_by_hand(store, use):
    described = store.get_file_info(entry(store).path)
    by_hand = FileInfo(described.path, described.name, described.size, described.modified_at, etag=described.etag)
    assert use(entry_of(by_hand)) == use(by_hand)


def entry_of(info):
    """An entry of a listing with the fields of info."""
    ns = (info.modified_at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1) * 1000
    (made,) = _pages.files(page([(_abi.KIND_OBJECT, 0, info.size, ns, str(info.path).encode(), (info.etag or "").encode())]))
    return made


def test_each_side_of_a_comparison_may_be_an_entry(store):
    assert entry(store) == plain(entry(store)) and plain(entry(store)) == entry(store) and entry(store) == entry(store)
    assert entry(store) != FileInfo(RemotePath("other"), "other", 1, entry(store).modified_at)
    assert isinstance(entry(store), FileInfo) and isinstance(entry(store), remotestore.PathEntry)


def test_an_entry_is_frozen(store):
    for name in ("path", "size", "etag", "extra", "new", "_row"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(entry(store), name, None)
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(entry(store), name)


def test_a_field_is_decoded_once(store):
    found = entry(store)
    assert found.path is found.path and found.modified_at is found.modified_at
    found.extra["mine"] = 1
    assert found.extra == {"mine": 1} and entry(store).extra == {}
    assert not hasattr(found, "new")


def test_an_entry_outlives_its_page_and_its_store(live_handles):
    before = live_handles()
    with remotestore.Store(remotestore.MemoryBackend()) as store:
        written = {f"folder/{number:04}": store.write(f"folder/{number:04}", b"x") for number in range(1500)}
        kept = list(store.list_files("", recursive=True))[::700]
    del store
    gc.collect()
    assert live_handles() == before
    assert [(str(e.path), e.name, e.etag, e.modified_at) for e in kept] == [
        (path, path[7:], written[path].etag, written[path].last_modified) for path in sorted(written)[::700]]


def test_a_page_lives_as_long_as_entries_come_from_it(store, live_handles):
    for name in "ab":
        store.write(name, b"")
    before = live_handles()
    entries = store.list_files("")
    kept = [next(entries)]
    assert live_handles() == before + 2  # the listing, and its page
    kept += entries
    assert live_handles() == before and [entry.name for entry in kept] == ["a", "b"]


def test_an_entry_keeps_nothing_of_its_page(store):
    for number in range(1000):
        store.write(f"folder/{number:04}", b"")
    kept = next(iter(store.list_files("folder")))
    seen, left = {}, [kept]
    while left:
        for found in gc.get_referents(left.pop()):
            if id(found) not in seen and not isinstance(found, type):
                seen[id(found)] = found
                left.append(found)
    assert 0 < sum(map(sys.getsizeof, seen.values())) < 1000
    assert len(pickle.dumps(kept)) < 1000


def page(entries, more=0):
    """A page as the library makes it; its objects are of a newer one, if there is more."""
    size = ctypes.sizeof(_abi.rstore_object) + more
    memory, texts = ctypes.create_string_buffer(b"\xff" * size * len(entries)), b""
    alive = [memory]
    for number, (kind, odd, length, modified_ns, path, etag) in enumerate(entries):
        record = _abi.rstore_object(kind=kind, odd=odd, size=length, modified_ns=modified_ns, path_len=len(path),
                                    etag=etag, etag_len=len(etag))
        alive += [path_memory := ctypes.create_string_buffer(path), record, etag]
        ctypes.c_void_p.from_buffer(record, _abi.rstore_object.path.offset).value = ctypes.addressof(path_memory)
        ctypes.memmove(ctypes.addressof(memory) + number * size, ctypes.addressof(record), ctypes.sizeof(record))
        texts += path + b"\0" + etag + b"\0"
    alive.append(texts_memory := ctypes.create_string_buffer(texts))
    made = Page(objects=ctypes.cast(memory, ctypes.POINTER(_abi.rstore_object)), object_size=size, count=len(entries),
                texts_len=len(texts))
    ctypes.c_void_p.from_buffer(made, _abi.rstore_page.texts.offset).value = ctypes.addressof(texts_memory)
    made.alive = alive
    return made


@pytest.mark.parametrize("more", [0, 24])
@pytest.mark.parametrize("odd", [b"a\0b", b"a//b", b"a\xff/b", "a/\u00e9/\U0001f600".encode()])
def test_pages_have_odd_names_and_records_that_grow(odd, more):
    text = odd.decode("utf-8", "surrogateescape")
    made = page([
        (_abi.KIND_OBJECT, 0, 2**63, 1_700_000_000_123_456_789, b"a", ETAG.encode()),
        (_abi.KIND_OBJECT, 1, 0, 0, odd, b""),
        (_abi.KIND_FOLDER, 0, 0, 0, b"z/folder", b""),
    ], more)
    first, second, folder = _pages.children(made)
    assert (str(first.path), first.size, first.etag) == ("a", 2**63, ETAG.strip('"').lower())
    assert first.modified_at == datetime.datetime(2023, 11, 14, 22, 13, 20, 123456, datetime.timezone.utc)
    assert type(first.path) is RemotePath and type(second.path) is RawPath
    assert (str(second.path), second.name, second.etag) == (text, text.rpartition("/")[2], None)
    assert second.modified_at == datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
    assert folder == remotestore.FolderEntry(RemotePath("z/folder"), "folder") and folder.name == "folder"
    assert [meta["path"] for meta in _chunks._metas(made)] == ["a", text, "z/folder"]
