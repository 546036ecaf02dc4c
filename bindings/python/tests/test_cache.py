"""The store that remembers: what it says is what the store would say, whatever is changed by it."""

import pickle
import time

import pytest
import remotestore
from remotestore import RawPath, RemotePath
from remotestore.ext import cache as module
from remotestore.ext.cache import MemoryCache, cache

PLACES = ["", "a", "d", "d/b", "d/e", "d/e/c", "new", "new/x", RemotePath.ROOT, RemotePath("d/b"), "d//b/", RawPath("d//b")]


class Counted(remotestore.ProxyStore):
    """Counts what it is asked."""

    def __init__(self, inner):
        super().__init__(inner)
        self.asked = []

    def child(self, subpath):
        child = Counted(self._inner.child(subpath))
        child.asked = self.asked
        return child


def counting(name):
    def method(self, *arguments, **options):
        self.asked.append(name)
        return getattr(self._inner, name)(*arguments, **options)

    return method


ASKED = ["exists", "is_file", "is_folder", "read_bytes", "get_file_info", "get_folder_info"]
LISTED = ["list_files", "list_folders", "iter_children", "glob"]
for each in ASKED + LISTED:
    setattr(Counted, each, counting(each))


@pytest.fixture
def inner(store):
    for path in ("a", "d/b", "d/e/c"):
        store.write(path, path.encode())
    return Counted(store)


def said(store, operation, *arguments, **options):
    try:
        answer = getattr(store, operation)(*arguments, **options)
        if operation in LISTED:
            return sorted(str(entry.path) for entry in answer)
        return (answer.path, answer) if hasattr(answer, "path") else answer
    except remotestore.RemoteStoreError as error:
        return type(error), str(error)


def everything(store):
    found = {(operation, repr(path)): said(store, operation, path) for operation in ASKED for path in PLACES}
    for path in ("", "d", "new"):
        for operation in ("list_files", "list_folders", "iter_children"):
            found[operation, path] = said(store, operation, path)
        found["recursive", path] = said(store, "list_files", path, recursive=True)
        found["deep", path] = said(store, "list_files", path, max_depth=1, limit=0)
    for pattern in ("*", "d/*", "**/c", "./a"):
        found["glob", pattern] = said(store, "glob", pattern)
    return found


def write_in_block(store):
    with store.open_atomic("new/x") as file:
        file.write(b"x")


def fail_in_block(store):
    with pytest.raises(KeyError), store.open_atomic("a", overwrite=True) as file:
        file.write(b"x")
        raise KeyError


def write_behind_its_back(store):
    store.inner.inner.write("new", b"others")
    store.invalidate("new")


CHANGES = {
    "write": lambda s: s.write("new/x", b"x"),
    "write over": lambda s: s.write("a", b"longer", overwrite=True),
    "write text": lambda s: s.write_text("new", "x"),
    "write atomically": lambda s: s.write_atomic("d/e/new", b"x"),
    "open_atomic": write_in_block,
    "open_atomic that fails": fail_in_block,
    "a raw path": lambda s: s.write(RawPath("new/x"), b"raw"),
    "delete": lambda s: s.delete("d/e/c"),
    "delete by another spelling": lambda s: s.delete("./d//b"),
    "delete many": lambda s: s.delete_many(iter(["a", "d/b"])),
    "delete a folder": lambda s: s.delete_folder("d", recursive=True),
    "copy": lambda s: s.copy("a", "new/x"),
    "move": lambda s: s.move("d/e/c", "new"),
    "of a child": lambda s: s.child("d").write("e/new", b"x"),
    "of a grandchild": lambda s: s.child("d").child("e").delete("c"),
    "of a raw child": lambda s: s.child(RawPath("new")).write("x", b"x"),
    "invalidate": write_behind_its_back,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen_at_once(inner, name):
    store = cache(inner)
    child = store.child("d")
    assert everything(store) == everything(inner)
    everything(child)
    CHANGES[name](store)
    assert everything(store) == everything(inner)
    assert everything(child) == everything(inner.child("d"))
    assert everything(store) == everything(inner), "and remembered"


def test_nothing_is_asked_twice(inner):
    store = cache(inner)
    for _ in range(3):
        for operation in ASKED:
            said(store, operation, "d" if "folder" in operation else "a")
            said(store, operation, RemotePath("d" if "folder" in operation else "a"))
        for operation in LISTED:
            said(store, operation, "d")
        store.child("d").exists("b")
        store.exists("d/b")
    assert sorted(inner.asked) == sorted([*ASKED, *LISTED, "exists", "exists"]), "a child is another store"
    assert store.stats.misses == len(inner.asked) == store.stats.size
    store.read_bytes("d/b", offset=1)
    store.read_bytes("a", verify=True)
    assert inner.asked[-2:] == ["read_bytes"] * 2


def test_what_is_not_seen_to_its_end_is_not_kept(inner):
    store = cache(inner)
    next(store.list_files("", recursive=True))
    assert len(list(store.list_files("", recursive=True))) == 3
    assert inner.asked == ["list_files"] * 2


def test_an_old_answer_is_not_kept(inner):
    store = cache(inner)

    class Slow(remotestore.ProxyStore):
        def read_bytes(self, path, **options):
            content = super().read_bytes(path, **options)
            if content == b"a":
                store.write("a", b"new", overwrite=True)  # while the answer is on its way
            return content

    store._inner = Slow(inner)
    assert store.read_bytes("a") == b"a"
    assert store.read_bytes("a") == b"new"


def test_a_change_that_fails_may_have_been_one(inner):
    class Unsure(remotestore.ProxyStore):
        def write(self, path, content, **options):
            super().write(path, content, **options)
            raise remotestore.BackendUnavailable("no answer")

    store = cache(Unsure(inner))
    assert store.read_bytes("a") == b"a"
    with pytest.raises(remotestore.BackendUnavailable):
        store.write("a", b"new", overwrite=True)
    assert store.read_bytes("a") == b"new"


def test_limits(inner, monkeypatch):
    store = cache(inner, ttl=10, max_content_size=1, max_listing_size=1)
    for _ in range(2):
        store.read_bytes("a"), store.read_bytes("d/b")
        list(store.list_files("")), list(store.list_files("", recursive=True))
    assert inner.asked == ["read_bytes", "read_bytes", "list_files", "list_files", "read_bytes", "list_files"]
    now = time.monotonic()
    monkeypatch.setattr(module.time, "monotonic", lambda: now + 11)
    assert store.stats.size == 0
    store.read_bytes("a")
    assert inner.asked[-1] == "read_bytes"
    for limit in ("ttl", "max_content_size", "max_listing_size", "max_entries"):
        for wrong in (0, -1, float("nan")):
            with pytest.raises(ValueError, match=limit):
                cache(inner, **{limit: wrong})


def test_the_oldest_goes_first():
    memory = MemoryCache(max_entries=2)
    for name in ("a", "b"):
        memory.set(("exists", name), name, 60)
    assert memory.get(("exists", "a")) == "a"
    memory.set(("other", "c"), "c", 60)
    with pytest.raises(KeyError):
        memory.get(("exists", "b"))
    memory.delete(("exists", "b"))
    memory.clear_prefix("exists")
    memory.clear_prefix("exists")
    assert (memory.size(), memory.get(("other", "c"))) == (1, "c")


def test_an_upload_is_seen(inner):
    class Uploads(remotestore.ProxyStore):
        def create_upload(self, path, **options):
            return self._inner.open_atomic(path, **options)  # memory has no uploads

    store = cache(Uploads(inner))
    assert not store.exists("new")
    upload = store.create_upload("new")
    assert not store.exists("new")
    upload.commit()
    assert store.exists("new")


def test_pickles(tmp_path):
    with remotestore.Store(remotestore.LocalBackend(str(tmp_path))) as local:
        local.write("a", b"hello")
        store = cache(local, ttl=5, max_entries=3)
        store.read_bytes("a")
        with pickle.loads(pickle.dumps(store)) as again:
            assert again.stats == module.CacheStats(0, 0, 0)
            assert again.read_bytes("a") == again.read_bytes("a") == b"hello"
            assert again.stats.hits == 1
            again.write("a", b"new", overwrite=True)
            assert again.read_bytes("a") == b"new"
