"""A program for remote-store that says what happened at each of its steps.

    script.py MODULE BACKEND        remote_store or remotestore, memory or local

Every step is one call. It prints one line of JSON: {"step", "result"}, or
{"step", "error", "is"} with the class of the error and those it inherits from;
of a RemoteStoreError also .path, .backend and .capability, and as "shape"
whether its text is made of these. What must differ from run to run (times,
tags, temporary folders, the order of a listing) is made equal.
"""

import collections.abc
import contextlib
import datetime
import enum
import importlib
import io
import itertools
import json
import logging
import operator
import os
import pickle
import re
import sys
import tempfile
import threading
import time
import traceback
import warnings

MODULE, BACKEND = sys.argv[1:]
m = importlib.import_module(MODULE)
backends = importlib.import_module(MODULE + ".backends")
folder = tempfile.TemporaryDirectory(prefix="compat-")
number = itertools.count()

# Only these: a class of ours may have more, which no program for remote-store sees.
FIELDS = {
    "BackendConfig": "type options retry",
    "ContentDigest": "algorithm value",
    "FileInfo": "path name size modified_at digest etag content_type metadata extra",
    "FolderEntry": "path name",
    "FolderInfo": "path name file_count total_size modified_at extra",
    "RegistryConfig": "backends stores",
    "ResolutionPlan": "kind backend key native_path details",
    "RetryPolicy": "max_attempts backoff_base backoff_max jitter timeout",
    "StoreProfile": "backend root_path options",
    "WriteResult": "path size source digest etag version_id last_modified metadata",
}


def step(name, call):
    """Prints what the call returns or raises, and returns it for later steps."""
    value = None
    try:
        value = call()
        line = {"step": name, "result": plain(value)}
    except Exception as e:
        line = {"step": name, **plain_error(e)}
    print(json.dumps(line, sort_keys=True), flush=True)
    return value


def plain(value):
    kind = type(value).__name__
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, enum.Enum):
        return f"{kind}.{value.name}"
    if isinstance(value, str):
        return re.sub(re.escape(folder.name) + r"/\d+", "<ROOT>", value)
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, datetime.datetime):
        return "aware datetime" if value.tzinfo else "naive datetime"
    if isinstance(value, BaseException):
        return {k: v for k, v in plain_error(value).items() if k != "is"}
    if kind in ("RemotePath", "Secret"):
        return f"{kind}({value})"
    if kind in FIELDS:
        fields = {f: plain(getattr(value, f)) for f in FIELDS[kind].split()}
        if fields.get("etag"):
            fields["etag"] = None  # one step tells who has a tag, not each
        return {kind: fields}
    if isinstance(value, collections.abc.Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "read") or hasattr(value, "write_text"):
        return "a stream" if hasattr(value, "readline") else "a store"
    if isinstance(value, (set, frozenset, collections.abc.Iterator)):
        return sorted((plain(v) for v in value), key=json.dumps)
    return f"a {kind}"


def plain_error(e):
    known = {"error": type(e).__name__, "is": [c.__name__ for c in type(e).__mro__[:-1]]}
    if isinstance(e, m.RemoteStoreError):
        facts = {f: getattr(e, f) for f in ("path", "backend", "capability") if getattr(e, f, None) is not None}
        known.update({f: plain(v) for f, v in facts.items()})
        # Of the message it only matters that there is one.
        said = [str(e.args[0]) if e.args else ""] + [f"{f}={v!r}" for f, v in facts.items() if v or f != "capability"]
        known["shape"] = bool(said[0]) and str(e) == " | ".join(said)
    return known


def backend():
    """A new one, and empty."""
    if BACKEND == "memory":
        return backends.MemoryBackend()
    return backends.LocalBackend(root=os.path.join(folder.name, str(next(number))))


def filled():
    """A store with six files in four folders."""
    store = m.Store(backend())
    for path in ("a.txt", "b.csv", "d/a.txt", "d/e/a.csv", "d/e/f/deep.txt", "g/h.txt"):
        store.write(path, path.encode())
    return store


def paths(store):
    return sorted(str(entry.path) for entry in store.list_files("", recursive=True))


def warned(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [w.category.__name__ for w in caught]


class Broken(io.RawIOBase):
    """A source that fails after its first bytes."""

    given = False

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.given:
            raise OSError("the source fails")
        self.given = True
        buffer[:3] = b"xxx"
        return 3


def group_path():
    P = m.RemotePath
    p = step("path.normal", lambda: P("/a\\b//./c.tar.gz/"))
    step("path.repr", lambda: [str(p), repr(p), p.as_posix()])
    step("path.name", lambda: [p.name, p.suffix, P(".hidden").suffix, P("none").suffix])
    step("path.parent", lambda: [p.parent, p.parent.parent.parent])
    step("path.parts", lambda: p.parts)
    step("path.join", lambda: p.parent / "x//y")
    step("path.join.up", lambda: p / "..")
    step("path.root", lambda: [P.ROOT, P.ROOT.as_posix(), repr(P.ROOT)])
    step("path.root.truth", lambda: [P.ROOT == P.from_backend_path(""), P.from_backend_path("."), P.ROOT.parent])
    step("path.from_backend_path", lambda: P.from_backend_path("x//y"))
    step("path.equal", lambda: [
        P("a/b") == P("a\\b/"), hash(P("a")) == hash(P("./a")), P("a") == "a", {P("a"): 1}[P("/a")],
    ])
    step("path.immutable", lambda: setattr(p, "name", "x"))
    step("path.immutable.new", lambda: setattr(p, "other", "x"))
    step("path.immutable.delete", lambda: delattr(p, "name"))
    step("path.not_a_str", lambda: [isinstance(p, str), isinstance(p, os.PathLike)])
    for name, raw in (("empty", ""), ("dot", "./"), ("slash", "/"), ("up", "a/../b"), ("nul", "a\0b")):
        step(f"path.error.{name}", lambda: P(raw))
    step("path.legal", lambda: [P("a..b"), P("..."), P("a\nb"), P(" ")])


def group_write():
    store = m.Store(backend())
    step("write.bytes", lambda: store.write("d/a.txt", b"hello"))
    step("write.conflict", lambda: store.write("d/a.txt", b"new"))
    step("write.conflict.kept", lambda: store.read_bytes("d/a.txt"))
    step("write.overwrite", lambda: store.write("d/a.txt", b"hello2", overwrite=True))
    step("write.spelling", lambda: store.write("/d\\b//./", b""))
    step("write.text", lambda: store.write_text("t", "h\u00e9\r\n"))
    step("write.text.encoding", lambda: store.write_text("u", "\u00e9", encoding="latin-1"))
    step("write.text.unfit", lambda: store.write_text("v", "\u20ac", encoding="latin-1"))
    step("write.atomic", lambda: store.write_atomic("at", b"x"))
    step("write.atomic.conflict", lambda: store.write_atomic("at", b"y"))
    step("write.atomic.overwrite", lambda: store.write_atomic("at", io.BytesIO(b"yy"), overwrite=True))
    source = io.BytesIO(b"0123456789")
    source.seek(4)
    step("write.stream", lambda: store.write("s", source))
    step("write.stream.from_position", lambda: [store.read_bytes("s"), source.tell()])
    step("write.stream.conflict", lambda: store.write("s", io.BytesIO(b"new")))
    step("write.under_file", lambda: store.write("t/x", b""))
    step("write.over_folder", lambda: store.write("d", b""))
    step("write.over_folder.overwrite", lambda: store.write("d", b"", overwrite=True))
    step("write.broken", lambda: store.write("broken", Broken()))
    step("write.broken.left", lambda: store.exists("broken"))
    store.write("old", b"old!")
    step("write.broken.overwrite", lambda: store.write("old", Broken(), overwrite=True))
    step("write.broken.old", lambda: store.read_bytes("old"))
    step("write.broken.atomic", lambda: store.write_atomic("old", Broken(), overwrite=True))
    step("write.head", lambda: store.head("d/a.txt"))
    step("write.head.missing", lambda: store.head("none"))
    tagged = [store.write("e", b"").etag, store.head("e").etag, store.get_file_info("e").etag]
    step("write.etag", lambda: [type(tag).__name__ for tag in tagged])


def group_open_atomic():
    store = m.Store(backend())

    def block(path, *chunks, error=None, overwrite=False):
        with store.open_atomic(path, overwrite=overwrite) as f:
            for chunk in chunks:
                f.write(chunk)
            seen = [f.tell(), f.writable(), store.exists(path)]
            if error:
                raise error
        return seen

    step("open_atomic", lambda: block("d/a", b"hello ", b"world"))
    step("open_atomic.written", lambda: store.read_bytes("d/a"))
    step("open_atomic.conflict", lambda: block("d/a"))
    step("open_atomic.overwrite", lambda: block("d/a", b"new", overwrite=True))
    step("open_atomic.exception", lambda: block("d/a", b"never", error=KeyError("mine"), overwrite=True))
    step("open_atomic.exception.kept", lambda: store.read_bytes("d/a"))
    step("open_atomic.exception.new", lambda: block("none", b"never", error=KeyError("mine")))
    step("open_atomic.exception.none", lambda: paths(store))
    step("open_atomic.under_file", lambda: block("d/a/x", b""))
    step("open_atomic.over_folder", lambda: block("d", b""))


def group_metadata():
    store = m.Store(backend())
    step("metadata.write", lambda: store.write("a", b"x", metadata={"Key": "v\u00e9"}))
    step("metadata.text", lambda: store.write_text("b", "x", metadata={"k": "v"}))
    step("metadata.atomic", lambda: store.write_atomic("c", b"x", metadata={"k": "v"}))
    step("metadata.read", lambda: store.get_file_info("b").metadata)
    step("metadata.head", lambda: store.head("b").metadata)
    step("metadata.copied", lambda: [store.copy("b", "bc"), store.get_file_info("bc").metadata])
    step("metadata.overwritten", lambda: [store.write("b", b"", overwrite=True), store.get_file_info("b").metadata])
    step("metadata.empty", lambda: store.write("e", b"", metadata={}))
    for name, bad in (
        ("value", {"k": 1}), ("key", {1: "v"}), ("empty_key", {"": "v"}), ("underscore", {"_k": "v"}),
        ("ascii", {"\u00e9": "v"}), ("large", {"k": "v" * 2048}),
    ):
        step(f"metadata.error.{name}", lambda: store.write("bad", b"", metadata=bad))
    # Which of two errors: the shape of the metadata, then the capability, then the path.
    step("metadata.error.before_path", lambda: store.write("", b"", metadata={"k": 1}))
    step("metadata.before_path", lambda: store.write("", b"", metadata={"k": "v"}))


def group_read():
    store = m.Store(backend())
    store.write("d/a", b"one\ntwo\nthree")
    store.write("t", "h\u00e9".encode())
    for call in ("read", "read_seekable"):
        f = step(f"{call}", lambda: getattr(store, call)("d/a"))
        step(f"{call}.is", lambda: [f.readable(), f.writable(), f.seekable(), f.closed, isinstance(f, io.IOBase)])
        step(f"{call}.some", lambda: [f.read(3), f.tell()])
        step(f"{call}.rest", lambda: [f.read(), f.tell(), f.read(), f.read(1)])
        step(f"{call}.seek", lambda: [f.seek(-5, os.SEEK_END), f.read(2), f.seek(1, os.SEEK_CUR), f.read(), f.seek(4)])
        step(f"{call}.readline", lambda: [f.readline(), f.readlines()])
        step(f"{call}.iterate", lambda: [f.seek(0), *f])
        step(f"{call}.readinto", lambda: [f.seek(0), f.readinto(bytearray(3)), f.tell()])
        step(f"{call}.seek.before", lambda: f.seek(-1))
        step(f"{call}.seek.behind", lambda: [f.seek(100), f.read()])
        step(f"{call}.write", lambda: f.write(b"x"))
        step(f"{call}.close", lambda: [f.close(), f.close(), f.closed])
        step(f"{call}.closed", lambda: f.read(1))
    step("read.with", lambda: store.read("d/a").__enter__().read())
    step("read.wrapped", lambda: io.TextIOWrapper(store.read("t"), encoding="utf-8").read())
    step("read_bytes", lambda: store.read_bytes("d/a"))
    step("read_text", lambda: store.read_text("t"))
    step("read_text.encoding", lambda: store.read_text("t", encoding="latin-1"))
    step("read_text.errors", lambda: store.read_text("t", encoding="ascii", errors="replace"))
    step("read_text.unfit", lambda: store.read_text("t", encoding="ascii"))
    step("read_text.unknown", lambda: store.read_text("t", encoding="no-such"))
    for call in ("read", "read_bytes", "read_seekable", "read_text", "get_file_info"):
        step(f"{call}.missing", lambda: getattr(store, call)("none"))
        step(f"{call}.folder", lambda: getattr(store, call)("d"))
        step(f"{call}.under_file", lambda: getattr(store, call)("t/x"))
    step("read_bytes.spelling", lambda: store.read_bytes("\\d//./a/"))
    step("read_bytes.missing.spelling", lambda: store.read_bytes("d//./none/"))
    step("read_bytes.up", lambda: store.read_bytes("d/../t"))
    step("read_bytes.nul", lambda: store.read_bytes("d\0"))
    step("get_file_info", lambda: store.get_file_info("d/a"))
    for call in ("exists", "is_file", "is_folder"):
        step(call, lambda: [getattr(store, call)(path) for path in ("d/a", "d", "none", "t/x", "", ".")])
    step("exists.up", lambda: store.exists("../x"))


def group_delete():
    store = filled()
    step("delete", lambda: [store.delete("a.txt"), store.exists("a.txt")])
    step("delete.missing", lambda: store.delete("a.txt"))
    step("delete.missing_ok", lambda: store.delete("a.txt", missing_ok=True))
    step("delete.folder", lambda: store.delete("d"))
    step("delete.folder.missing_ok", lambda: store.delete("d", missing_ok=True))
    step("delete.under_file", lambda: store.delete("b.csv/x"))
    step("delete.leaves_folder", lambda: [store.delete("g/h.txt"), store.is_folder("g")])
    step("delete_folder.empty", lambda: [store.delete_folder("g"), store.exists("g")])
    step("delete_folder.not_empty", lambda: store.delete_folder("d"))
    step("delete_folder.recursive", lambda: [store.delete_folder("d/e", recursive=True), paths(store)])
    step("delete_folder.missing", lambda: store.delete_folder("none"))
    step("delete_folder.missing.recursive", lambda: store.delete_folder("none", recursive=True))
    step("delete_folder.missing_ok", lambda: store.delete_folder("none", missing_ok=True))
    step("delete_folder.file", lambda: store.delete_folder("b.csv"))
    step("delete_folder.file.missing_ok", lambda: store.delete_folder("b.csv", missing_ok=True))
    step("delete_folder.under_file", lambda: store.delete_folder("b.csv/x"))


def group_copy_and_move():
    for call in ("copy", "move"):
        store = filled()
        do = getattr(store, call)
        step(f"{call}", lambda: [do("a.txt", "new/a.txt"), paths(store)])
        step(f"{call}.content", lambda: store.read_bytes("new/a.txt"))
        step(f"{call}.conflict", lambda: do("b.csv", "new/a.txt"))
        step(f"{call}.overwrite", lambda: [do("b.csv", "new/a.txt", overwrite=True), store.read_bytes("new/a.txt")])
        step(f"{call}.missing", lambda: do("none", "x"))
        step(f"{call}.missing.over_file", lambda: do("none", "d/a.txt"))
        step(f"{call}.folder", lambda: do("d", "x"))
        step(f"{call}.to_folder", lambda: do("d/a.txt", "g"))
        step(f"{call}.to_folder.overwrite", lambda: do("d/a.txt", "g", overwrite=True))
        step(f"{call}.under_file", lambda: do("d/a.txt", "g/h.txt/x"))
        step(f"{call}.from_under_file", lambda: do("g/h.txt/x", "y"))
        step(f"{call}.self", lambda: [do("d/a.txt", "d//a.txt"), store.read_bytes("d/a.txt")])
        step(f"{call}.self.overwrite", lambda: [do("d/a.txt", "d/a.txt", overwrite=True), store.read_bytes("d/a.txt")])
        step(f"{call}.self.folder", lambda: do("d", "d"))
        step(f"{call}.self.missing", lambda: do("none", "none"))
        step(f"{call}.missing_to_root", lambda: do("none", ""))


def group_list():
    store = filled()
    step("list_files", lambda: store.list_files(""))
    step("list_files.folder", lambda: store.list_files("d"))
    step("list_files.slash", lambda: store.list_files("/d/"))
    step("list_files.recursive", lambda: store.list_files("", recursive=True))
    step("list_files.folder.recursive", lambda: store.list_files("d", recursive=True))
    step("list_files.pattern", lambda: store.list_files("", recursive=True, pattern="a.*"))
    step("list_files.pattern.path", lambda: store.list_files("", recursive=True, pattern="d/*"))
    step("list_files.pattern.class", lambda: store.list_files("", recursive=True, pattern="[!a].[ct]*"))
    for depth in (0, 1, 2):
        step(f"list_files.max_depth.{depth}", lambda: store.list_files("", max_depth=depth))
    step("list_files.max_depth.folder", lambda: store.list_files("d", max_depth=1))
    step("list_files.max_depth.wins", lambda: store.list_files("", recursive=True, max_depth=0))
    step("list_files.max_depth.pattern", lambda: store.list_files("", max_depth=1, pattern="*.txt"))
    step("list_files.max_depth.negative", lambda: next(store.list_files("", max_depth=-1)))
    step("list_files.lazy", lambda: next(iter(store.list_files("g"))))
    step("list_files.lazy.error", lambda: bool([store.list_files("", max_depth=-1), store.list_files("..")]))
    step("list_files.missing", lambda: store.list_files("none", recursive=True))
    step("list_files.file", lambda: store.list_files("a.txt"))
    step("list_files.under_file", lambda: store.list_files("a.txt/x"))
    step("list_files.up", lambda: list(store.list_files("..")))
    step("list_folders", lambda: store.list_folders(""))
    step("list_folders.folder", lambda: store.list_folders("d"))
    step("list_folders.pattern", lambda: store.list_folders("", pattern="[ef]", max_depth=2))
    step("list_folders.max_depth", lambda: store.list_folders("", max_depth=1))
    step("list_folders.max_depth.order", lambda: [str(f.path) for f in store.list_folders("d", max_depth=5)])
    step("list_folders.max_depth.negative", lambda: next(store.list_folders("", max_depth=-1)))
    step("list_folders.missing", lambda: store.list_folders("none"))
    step("list_folders.file", lambda: store.list_folders("a.txt"))
    step("iter_children", lambda: store.iter_children(""))
    step("iter_children.folder", lambda: store.iter_children("d/e"))
    step("iter_children.missing", lambda: store.iter_children("none"))
    step("iter_children.file", lambda: store.iter_children("a.txt"))
    step("iter_children.protocol", lambda: [isinstance(e, m.PathEntry) for e in store.iter_children("d")])
    step("list_files.fed_back", lambda: [store.read_bytes(str(f.path)) for f in store.list_files("d")])


def group_glob():
    store = filled()
    for pattern in ("*", "*.txt", "d/*", "**/*.txt", "d/**/*.csv", "?.???", "[ab].*", "none/*"):
        step(f"glob.{pattern}", lambda: store.glob(pattern))


def group_folder_info():
    store = filled()
    step("get_folder_info", lambda: store.get_folder_info("d"))
    step("get_folder_info.nested", lambda: store.get_folder_info("d//e/"))
    for depth in (0, 1, 5):
        step(f"get_folder_info.max_depth.{depth}", lambda: store.get_folder_info("d", max_depth=depth))
    step("get_folder_info.max_depth.negative", lambda: store.get_folder_info("d", max_depth=-1))
    step("get_folder_info.missing", lambda: store.get_folder_info("none"))
    step("get_folder_info.missing.max_depth", lambda: store.get_folder_info("none", max_depth=0))
    step("get_folder_info.file", lambda: store.get_folder_info("a.txt"))
    step("get_folder_info.file.max_depth", lambda: store.get_folder_info("a.txt", max_depth=0))
    step("get_folder_info.root", lambda: store.get_folder_info(""))
    step("get_folder_info.root.max_depth", lambda: store.get_folder_info(".", max_depth=0))
    step("get_folder_info.empty", lambda: m.Store(backend()).get_folder_info(""))


def group_root():
    store = filled()

    def opened(path):
        with store.open_atomic(path, overwrite=True):
            pass

    refused = {
        "read": store.read,
        "read_bytes": store.read_bytes,
        "read_seekable": store.read_seekable,
        "read_text": store.read_text,
        "write": lambda p: store.write(p, b"", overwrite=True),
        "write_text": lambda p: store.write_text(p, ""),
        "write_atomic": lambda p: store.write_atomic(p, b"", overwrite=True),
        "open_atomic": opened,
        "delete": lambda p: store.delete(p, missing_ok=True),
        "delete_folder": lambda p: store.delete_folder(p, recursive=True, missing_ok=True),
        "get_file_info": store.get_file_info,
        "head": store.head,
        "copy.from": lambda p: store.copy(p, "x"),
        "copy.to": lambda p: store.copy("a.txt", p, overwrite=True),
        "move.from": lambda p: store.move(p, "x"),
        "move.to": lambda p: store.move("a.txt", p, overwrite=True),
    }
    for name, call in refused.items():
        for spelling in ("", ".", "/"):
            step(f"root.{name}({spelling!r})", lambda: call(spelling))
    for name in ("exists", "is_file", "is_folder"):
        step(f"root.{name}", lambda: [getattr(store, name)(p) for p in ("", ".")])
    step("root.exists('/')", lambda: store.exists("/"))
    step("root.list('.')", lambda: store.list_files("."))
    step("root.list('/')", lambda: list(store.list_files("/")))
    step("root.untouched", lambda: paths(store))


def group_rooted():
    backend_ = backend()
    store = m.Store(backend_, root_path="/r//s/")
    step("rooted.repr", lambda: repr(store))
    step("rooted.write", lambda: store.write("a/b", b"x"))
    step("rooted.inside", lambda: paths(m.Store(backend_)))
    step("rooted.info", lambda: store.get_file_info("a/b"))
    step("rooted.head", lambda: store.head("a/b"))
    step("rooted.list", lambda: store.list_files("", recursive=True))
    step("rooted.list_folders", lambda: store.list_folders("a"))
    step("rooted.iter_children", lambda: store.iter_children(""))
    step("rooted.folder_info", lambda: [store.get_folder_info("a"), store.get_folder_info("")])
    step("rooted.glob", lambda: store.glob("**/b"))
    step("rooted.missing", lambda: store.read_bytes("none"))
    step("rooted.conflict", lambda: store.write("a/b", b""))
    step("rooted.copy.missing", lambda: store.copy("none", "x"))
    step("rooted.native_path", lambda: [store.native_path("a/b"), store.native_path("")])
    step("rooted.to_key", lambda: store.to_key(store.native_path("a/b")))
    step("rooted.to_key.root", lambda: store.to_key(store.native_path("")))
    step("rooted.to_key.outside", lambda: store.to_key(m.Store(backend_).native_path("other")))
    step("rooted.resolve", lambda: store.resolve("a/b"))
    step("rooted.root.error", lambda: m.Store(backend_, root_path="a/.."))
    step("rooted.root.dot", lambda: m.Store(backend_, root_path="."))
    step("rooted.empty.is_folder", lambda: m.Store(backend_, root_path="none").is_folder(""))
    step("rooted.empty.list", lambda: m.Store(backend_, root_path="none").list_files("", recursive=True))
    step("rooted.empty.folder_info", lambda: m.Store(backend_, root_path="none").get_folder_info(""))
    child = step("child", lambda: store.child("a"))
    step("child.read", lambda: child.read_bytes("b"))
    step("child.repr", lambda: repr(child))
    step("child.child", lambda: m.Store(backend_).child("r").child("s") == m.Store(backend_).child("r/s"))
    step("child.equal", lambda: store.child("a") == m.Store(backend_, "r/s/a"))
    step("child.close", lambda: [child.close(), store.exists("a/b"), child.exists("b")])
    step("child.missing", lambda: child.read_bytes("none"))
    for name, bad in (("empty", ""), ("up", "../x"), ("nul", "\0"), ("root", ".")):
        step(f"child.error.{name}", lambda: store.child(bad))


def group_store():
    backend_ = backend()
    store = m.Store(backend_)
    step("store.repr", lambda: repr(store))
    step("store.equal", lambda: [
        store == m.Store(backend_), hash(store) == hash(m.Store(backend_)), store == m.Store(backend()),
        store == m.Store(backend_, "a"), store == 1,
    ])
    step("store.native_path", lambda: [store.native_path("a//b"), store.native_path(""), store.native_path(".")])
    step("store.to_key", lambda: [store.to_key(store.native_path("a/b")), store.to_key(store.native_path(""))])
    step("store.to_key.strange", lambda: store.to_key("/some/where/else"))
    step("store.native_path.up", lambda: store.native_path("../x"))
    plan = step("store.resolve", lambda: store.resolve("a/b"))
    step("store.resolve.root", lambda: store.resolve(""))
    step("store.resolve.spelling", lambda: store.resolve("a//b").key)
    step("store.resolve.frozen", lambda: setattr(plan, "key", "x"))
    step("store.resolve.details", lambda: operator.setitem(plan.details, "x", 1))
    for capability in m.Capability:
        step(f"store.supports.{capability.value}", lambda: store.supports(capability))
    step("store.supports.other", lambda: store.supports("read"))
    step("store.unwrap", lambda: store.unwrap(dict))
    step("store.ping", lambda: store.ping())
    step("store.backend", lambda: [
        backend_.name, sorted(c.value for c in backend_.capabilities), isinstance(backend_, m.Backend),
    ])
    step("store.backend.check_health", lambda: backend_.check_health())
    if BACKEND == "local":
        root = os.path.join(folder.name, str(next(number)))
        step("local.makes_root", lambda: [backends.LocalBackend(root).name, os.path.isdir(root)])
        step("local.relative", lambda: m.Store(backends.LocalBackend(os.path.relpath(root))).native_path("a"))
    step("store.with", lambda: store.__enter__() is store)
    store.write("a", b"x")
    step("store.close", lambda: [store.close(), store.close()])
    step("store.closed.read", lambda: store.read_bytes("a"))
    step("store.closed.write", lambda: store.write("b", b""))
    step("store.closed.exists", lambda: store.exists("a"))
    step("store.closed.list", lambda: len(list(store.list_files(""))))
    step("store.closed.ping", lambda: store.ping())
    step("store.closed.native_path", lambda: store.native_path("a"))
    step("store.closed.resolve", lambda: store.resolve("a").key)
    step("store.closed.supports", lambda: store.supports(m.Capability.READ))


def group_proxy():
    class Loud(m.ProxyStore):
        def read_text(self, path, *, encoding="utf-8", errors="strict"):
            return self.inner.read_text(path, encoding=encoding, errors=errors).upper()

        def _wrap_child(self, inner_child):
            return Loud(inner_child)

    store = filled()
    proxy = step("proxy", lambda: Loud(store))
    step("proxy.inner", lambda: [proxy.inner is store, isinstance(proxy, m.Store)])
    step("proxy.overridden", lambda: proxy.read_text("a.txt"))
    step("proxy.write", lambda: proxy.write("new", b"x"))
    step("proxy.shared", lambda: store.read_bytes("new"))
    step("proxy.list", lambda: [len(list(proxy.list_files("", recursive=True))), len(list(proxy.iter_children("")))])
    step("proxy.error", lambda: proxy.read_bytes("none"))
    step("proxy.child", lambda: [
        type(proxy.child("d")).__name__, proxy.child("d").read_text("a.txt"),
        proxy.child("d").inner == store.child("d"),
    ])
    step("proxy.equal", lambda: [
        proxy == Loud(store), hash(proxy) == hash(Loud(store)), proxy == store, proxy == m.ProxyStore(store),
    ])
    step("proxy.repr", lambda: repr(proxy))
    step("proxy.plain.child", lambda: m.ProxyStore(store).child("d"))
    step("proxy.plain.read", lambda: m.ProxyStore(store).read_bytes("a.txt"))
    step("proxy.rest", lambda: [
        proxy.exists("d"), proxy.supports(m.Capability.READ), proxy.head("a.txt").size, proxy.ping(),
        proxy.get_folder_info("d", max_depth=0).file_count,
    ])
    with store:
        step("proxy.with", lambda: proxy.__enter__() is proxy)
    step("proxy.close", lambda: proxy.close())


def options():
    return {} if BACKEND == "memory" else {"root": os.path.join(folder.name, str(next(number)))}


def group_registry():
    def config(**backend_config):
        given = {"type": BACKEND, "options": options(), **backend_config}
        stores = {"data": m.StoreProfile("main", root_path="r"), "all": m.StoreProfile(backend="main")}
        return m.RegistryConfig(backends={"main": m.BackendConfig(**given)}, stores=stores)

    registry = step("registry", lambda: repr(m.Registry(config())))
    registry = m.Registry(config())
    data, everything = (step(f"registry.get_store.{s}", lambda: registry.get_store(s)) for s in ("data", "all"))
    step("registry.shared", lambda: [data.write("a", b"x").size, paths(everything)])
    step("registry.same", lambda: registry.get_store("data") == data)
    step("registry.store.repr", lambda: repr(data))
    step("registry.store.close", lambda: [data.close(), data.exists("a"), registry.get_store("data").exists("a")])
    step("registry.unknown", lambda: registry.get_store("none"))
    step("registry.equal", lambda: [registry == registry, registry == m.Registry(), m.Registry() == m.Registry()])
    step("registry.with", lambda: registry.__enter__() is registry)
    step("registry.close", lambda: [registry.close(), registry.close()])
    step("registry.closed.store", lambda: data.read_bytes("a"))
    step("registry.closed.get_store", lambda: registry.get_store("data").exists("a"))
    step("registry.empty", lambda: [repr(m.Registry()), m.Registry().close()])
    step("registry.unknown_backend", lambda: m.Registry(m.RegistryConfig(stores={"s": m.StoreProfile("none")})))
    step("registry.unknown_type.lazy", lambda: repr(m.Registry(config(type="no-such"))))
    step("registry.unknown_type", lambda: m.Registry(config(type="no-such")).get_store("data"))
    step("registry.bad_option", lambda: m.Registry(config(options={**options(), "no_such": 1})).get_store("data"))
    step("registry.retry", lambda: m.Registry(config(retry=m.RetryPolicy(max_attempts=5))).get_store("data"))
    if BACKEND == "local":
        step("registry.no_root", lambda: m.Registry(config(options={})).get_store("data"))

    kind = type(backend())
    step("registry.alias", lambda: m.register_backend("alias", kind))
    step("registry.alias.use", lambda: m.Registry(config(type="alias")).get_store("data").write("a", b"x"))

    class Failing(kind):
        def close(self):
            super().close()
            raise OSError("cannot close")

    step("registry.failing", lambda: m.register_backend("failing", Failing))
    failing = m.Registry(config(type="failing"))
    step("registry.failing.use", lambda: failing.get_store("data").exists("a"))
    step("registry.failing.close", lambda: failing.close())


def group_config():
    R = m.RegistryConfig
    good = {
        "backends": {
            "main": {
                "type": "s3",
                "options": {"bucket": "b", "key": "k", "secret": "s", "password": ""},
                "retry": {"max_attempts": 5, "timeout": 2.0},
            },
            "mem": {"type": "memory", "options": None},
        },
        "stores": {
            "data": {"backend": "main", "root_path": None, "options": None},
            "x": {"backend": "mem", "root_path": "r"},
        },
    }
    config = step("config.from_dict", lambda: R.from_dict(good))
    step("config.from_dict.secret", lambda: [
        config.backends["main"].options["key"].reveal(), config.backends["main"].options["bucket"],
    ])
    step("config.from_dict.secret.repr", lambda: "'k'" in repr(config))
    step("config.from_dict.kept", lambda: good["backends"]["main"]["options"]["key"])
    step("config.validate", lambda: config.validate())
    step("config.equal", lambda: [config == R.from_dict(good), config == R()])
    step("config.frozen", lambda: setattr(config, "stores", {}))
    step("config.empty", lambda: R.from_dict({}))
    step("config.unknown_key", lambda: warned(lambda: R.from_dict({"other": 1})))
    step("config.known_keys", lambda: warned(lambda: R.from_dict(good)))
    for name, bad in (
        ("backends", {"backends": []}),
        ("stores", {"stores": "x"}),
        ("backend", {"backends": {"a": "memory"}}),
        ("no_type", {"backends": {"a": {}}}),
        ("type", {"backends": {"a": {"type": 1}}}),
        ("retry", {"backends": {"a": {"type": "memory", "retry": {"attempts": 1}}}}),
        ("retry_value", {"backends": {"a": {"type": "memory", "retry": {"max_attempts": 0}}}}),
        ("store", {"stores": {"a": "x"}}),
        ("no_backend", {"stores": {"a": {}}}),
        ("store_backend", {"stores": {"a": {"backend": 1}}}),
        ("root_path", {"stores": {"a": {"backend": "x", "root_path": 1}}}),
    ):
        step(f"config.error.{name}", lambda: R.from_dict(bad))
    step("config.unvalidated", lambda: R.from_dict({"stores": {"a": {"backend": "none"}}}))
    step("config.validate.error", lambda: R.from_dict({"stores": {"a": {"backend": "none"}}}).validate())
    step("config.backend", lambda: m.BackendConfig("memory"))
    step("config.backend.retry", lambda: m.BackendConfig("s3", options={"bucket": "b"}, retry=m.RetryPolicy.disabled()))
    step("config.profile", lambda: [m.StoreProfile("b"), m.StoreProfile("b", "r", {"x": 1})])

    toml = os.path.join(folder.name, "config.toml")
    with open(toml, "w") as f:
        f.write('[backends.main]\ntype = "${COMPAT_TYPE}"\n[stores.data]\nbackend = "main"\n'
                '[tool.here.backends.other]\ntype = "memory"\n[tool.unset.backends.b]\ntype = "${COMPAT_NONE}"\n')
    os.environ["COMPAT_TYPE"] = "memory"
    step("config.from_toml.unknown_key", lambda: warned(lambda: R.from_toml(toml)))
    step("config.from_toml.unresolved", lambda: R.from_toml(toml).backends["main"].type)
    step("config.from_toml.table", lambda: R.from_toml(toml, table=("tool", "here")))
    step("config.from_toml.no_table", lambda: R.from_toml(toml, table=("tool", "none")))
    step("config.from_toml.resolved", lambda: R.from_toml(toml, table=("tool", "here"), resolve_env_vars=True))
    step("config.from_toml.unset", lambda: R.from_toml(toml, table=("tool", "unset"), resolve_env_vars=True))
    step("config.from_toml.no_file", lambda: R.from_toml(toml + ".none"))

    resolve, env = m.resolve_env, {"A": "1", "EMPTY": ""}
    given = {"a": "${A}-${NONE:-d}-$${A}-$A", "l": ["${A}", 2], "d": {"x": "${EMPTY:-d}"}}
    step("resolve_env", lambda: [resolve(given, environ=env), given["a"]])
    step("resolve_env.unset", lambda: resolve({"a": {"b": ["${NONE}"]}}, environ=env))
    step("resolve_env.os", lambda: resolve({"a": "${COMPAT_TYPE}"}))


def group_secret():
    secret = step("secret", lambda: m.Secret("abc"))
    step("secret.text", lambda: [str(secret), repr(secret), f"{secret}", "%s" % secret])
    step("secret.reveal", lambda: secret.reveal())
    step("secret.equal", lambda: [
        secret == m.Secret("abc"), secret == m.Secret("x"), secret == "abc", hash(secret) == hash(m.Secret("abc")),
    ])
    step("secret.bool", lambda: [bool(secret), bool(m.Secret(""))])
    step("secret.immutable", lambda: setattr(secret, "value", "x"))
    step("secret.immutable.delete", lambda: delattr(secret, "value"))
    step("secret.no_len", lambda: len(secret))
    step("secret.no_iter", lambda: iter(secret))
    step("secret.pickle", lambda: pickle.loads(pickle.dumps(secret)) == secret)
    step("secret.not_str", lambda: m.Secret(1))

    def filtered(*args):
        record = logging.LogRecord("x", logging.INFO, "", 0, "a=%s b=%s" if len(args) == 2 else "a=%(a)s", args, None)
        return [m.SecretRedactionFilter().filter(record), record.args, record.getMessage()]

    step("filter", lambda: filtered(secret, 2))
    step("filter.mapping", lambda: filtered({"a": secret}))
    step("filter.is", lambda: isinstance(m.SecretRedactionFilter(), logging.Filter))


def group_retry():
    R = m.RetryPolicy
    step("retry", lambda: R())
    step("retry.disabled", lambda: R.disabled())
    step("retry.given", lambda: R(5, 0, 0.0, 0, 1.5))
    step("retry.equal", lambda: [R() == R(3), hash(R()) == hash(R(3)), R() == R(4)])
    step("retry.frozen", lambda: setattr(R(), "jitter", 0))
    for name, bad in (
        ("max_attempts", 0), ("backoff_base", -1), ("backoff_max", -0.1), ("jitter", -1), ("timeout", 0), ("no_such", 1)
    ):
        step(f"retry.error.{name}", lambda: R(**{name: bad}))


def group_capability():
    C = m.Capability
    step("capability.values", lambda: {c.name: c.value for c in C})
    step("capability.lookup", lambda: [C("read"), C["USER_METADATA"]])
    some = step("capabilities", lambda: m.CapabilitySet({C.READ, C.WRITE}))
    step("capabilities.supports", lambda: [some.supports(C.READ), some.supports(C.LIST)])
    step("capabilities.contains", lambda: [C.READ in some, C.LIST in some, "read" in some])
    step("capabilities.iter", lambda: {c.value for c in some})
    step("capabilities.len", lambda: len(some))
    step("capabilities.repr", lambda: repr(some))
    step("capabilities.require", lambda: some.require(C.READ))
    step("capabilities.require.missing", lambda: some.require(C.GLOB))
    step("capabilities.require.backend", lambda: some.require(C.GLOB, backend="mine"))
    step("capabilities.immutable", lambda: setattr(some, "x", 1))
    step("capabilities.immutable.delete", lambda: delattr(some, "x"))


def group_model():
    P, now = m.RemotePath, datetime.datetime.now(datetime.timezone.utc)

    def file(path, size=1, **rest):
        return m.FileInfo(path=P(path), name=P(path).name, size=size, modified_at=now, **rest)

    step("model.file", lambda: file("a/b"))
    step("model.file.equal", lambda: [
        file("a", 1) == file("a", 2), hash(file("a", 1)) == hash(file("a", 2)), file("a") == file("b"),
        file("a") == "a",
    ])
    step("model.file.frozen", lambda: setattr(file("a"), "size", 2))
    step("model.folder_entry.equal", lambda: [
        m.FolderEntry(P("a"), "a") == m.FolderEntry(P("a"), "x"), m.FolderEntry(P("a"), "a") == file("a"),
        len({m.FolderEntry(P("a"), "a"), m.FolderEntry(P("a"), "a")}),
    ])
    step("model.folder", lambda: m.FolderInfo(P("a/b"), 1, 2))
    step("model.folder.equal", lambda: [
        m.FolderInfo(P("a"), 1, 2) == m.FolderInfo(P("a"), 3, 4), hash(m.FolderInfo(P("a"), 1, 2)) == hash(P("a")),
    ])
    step("model.folder.root", lambda: m.FolderInfo(P.ROOT, 0, 0).name)
    result = m.WriteResult(P("a"), 1)
    step("model.result", lambda: result)
    step("model.result.equal", lambda: [
        result == m.WriteResult(P("a"), 1), result == m.WriteResult(P("a"), 2),
        hash(result) == hash(m.WriteResult(P("a"), 1)),
    ])
    step("model.result.unhashable", lambda: hash(m.WriteResult(P("a"), 1, metadata={"k": "v"})))
    models = [file("a"), m.FolderEntry(P("a"), "a"), m.FolderInfo(P("a"), 0, 0), result]
    step("model.entry", lambda: [isinstance(model, m.PathEntry) for model in models])
    step("model.plan", lambda: m.ResolutionPlan("k", "b", "key", "native", {"x": 1}))
    D = m.ContentDigest
    step("digest", lambda: D(" SHA256 ", " ABCDEF01 "))
    step("digest.equal", lambda: [D("MD5", "AB") == D("md5", "ab"), hash(D("MD5", "AB")) == hash(D("md5", "ab"))])
    step("digest.frozen", lambda: setattr(D("md5", "ab"), "value", "cd"))
    for name, bad in (("algorithm", (" ", "ab")), ("value", ("md5", " ")), ("hex", ("md5", "xyz"))):
        step(f"digest.error.{name}", lambda: D(*bad))


def group_error():
    names = """RemoteStoreError NotFound AlreadyExists PermissionDenied InvalidPath CapabilityNotSupported
        DirectoryNotEmpty BackendUnavailable ResourceLocked"""
    for name in names.split():
        E = getattr(m, name)
        step(f"error.{name}", lambda: [E("said"), E("said", path="p", backend="b"), issubclass(E, m.RemoteStoreError)])
        step(f"error.{name}.text", lambda: [
            str(E("said", path="p")), str(E("said", backend="b")), str(E()), E("said").args,
        ])
        step(f"error.{name}.repr", lambda: [repr(E("said", path="p", backend="b")), repr(E())])
    E = m.CapabilityNotSupported
    step("error.capability", lambda: [
        E().capability, str(E("said", path="p", backend="b", capability="glob")),
        repr(E("said", capability="glob")),
    ])
    step("error.capability.alone", lambda: str(E(capability="glob")))
    step("error.pickle", lambda: pickle.loads(pickle.dumps(m.NotFound("said", path="p", backend="b"))))
    step("error.attributes", lambda: [m.NotFound("x").path, m.NotFound("x").backend])


def group_log():
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            name = record.name.replace(MODULE, "", 1)
            lines.append([name, record.levelname, *(getattr(record, f, None) for f in ("op", "path", "backend"))])

    def logged(call):
        lines.clear()
        try:
            call()
        except m.RemoteStoreError:
            pass
        return list(lines)

    logger = logging.getLogger(MODULE)
    step("log.null_handler", lambda: [type(h).__name__ for h in logger.handlers])
    logger.addHandler(Keep())
    logger.setLevel(logging.DEBUG)
    store = m.Store(backend())

    def opened():
        with store.open_atomic("o"):
            pass

    for name, call in {
        "write": lambda: store.write("a", b"x"),
        "write.error": lambda: store.write("a", b"x"),
        "write_text": lambda: store.write_text("b", "x"),
        "write_atomic": lambda: store.write_atomic("w", b"x"),
        "open_atomic": opened,
        "read": lambda: store.read("a").close(),
        "read_bytes": lambda: store.read_bytes("a"),
        "read_text": lambda: store.read_text("a"),
        "exists": lambda: store.exists("a//b"),
        "get_file_info": lambda: store.get_file_info("a"),
        "get_folder_info": lambda: store.get_folder_info(""),
        "head": lambda: store.head("a"),
        "list_files": lambda: list(store.list_files("")),
        "list_files.lazy": lambda: store.list_files(""),
        "list_folders": lambda: list(store.list_folders("")),
        "iter_children": lambda: list(store.iter_children("")),
        "copy": lambda: store.copy("a", "c"),
        "move": lambda: store.move("c", "e"),
        "delete": lambda: store.delete("e"),
        "delete_folder": lambda: store.delete_folder("none", missing_ok=True),
        "ping": lambda: store.ping(),
        "addressing": lambda: [store.native_path("a"), store.resolve("a"), store.supports(m.Capability.READ)],
    }.items():
        step(f"log.{name}", lambda: logged(call))


def group_info():
    step("names", lambda: [n for n in NAMES.split() if not hasattr(m, n)])
    step("version", lambda: isinstance(m.__version__, str))
    info = step("info", lambda: sorted(m.info())) and m.info()
    step("info.version", lambda: info["version"] == m.__version__)
    step("info.backend", lambda: [info["backends"][BACKEND][k] for k in ("available", "extras")])
    step("info.class", lambda: info["backends"][BACKEND]["class"].split(".")[-1])
    step("info.s3", lambda: sorted(info["backends"]["s3"]))
    step("info.alias", lambda: [
        m.register_backend("info-alias", type(backend())), m.info()["backends"]["info-alias"]["available"],
    ])
    step("info.extensions", lambda: {
        name: info["extensions"][name]["extras"] for name in ("batch", "cache", "glob", "observe", "otel", "pydantic", "yaml")})


def group_ext():
    """The extensions, by their names at the top."""
    store = m.Store(backend())
    for name in ("a", "b", "d/c"):
        store.write(name, b"hello")

    def batch(result):
        return [sorted(result.succeeded), {k: type(e).__name__ for k, e in sorted(result.failed.items())},
                result.all_succeeded, result.total]

    step("ext.copy", lambda: batch(m.batch_copy(store, [("a", "e"), ("none", "f"), ("b", "a")])))
    step("ext.copy.stop", lambda: batch(m.batch_copy(store, [("none", "f"), ("a", "g")], stop_on_error=True)))
    step("ext.copy.concurrent", lambda: batch(
        m.batch_copy(store, [("a", "h"), ("none", "f")], concurrent=True, max_workers=2)))
    step("ext.copy.both", lambda: m.batch_copy(store, [], concurrent=True, stop_on_error=True))
    step("ext.exists", lambda: m.batch_exists(store, ["a", "none", "d", "d/c"]))
    step("ext.exists.concurrent", lambda: m.batch_exists(store, ["a", "none"], concurrent=True))
    step("ext.exists.root", lambda: m.batch_exists(store, [""]))
    step("ext.exists.path", lambda: m.batch_exists(store, ["../a"]))
    step("ext.delete", lambda: batch(m.batch_delete(store, ["e", "none", "../x"])))
    step("ext.delete.stop", lambda: batch(m.batch_delete(store, ["none", "h"], stop_on_error=True)))
    step("ext.delete.missing", lambda: batch(m.batch_delete(store, ["h", "none"], missing_ok=True)))
    step("ext.delete.none", lambda: batch(m.batch_delete(store, [])))
    step("ext.delete.both", lambda: m.batch_delete(store, [], concurrent=True, stop_on_error=True))
    step("ext.checksum", lambda: list(m.checksum(store, "a", "MD5")))
    step("ext.checksum.missing", lambda: m.checksum(store, "none"))
    step("ext.checksum.unknown", lambda: m.checksum(store, "a", "nothing"))
    step("ext.digest", lambda: m.content_digest(store, "a"))
    known = m.checksum(store, "a")[1]
    step("ext.verify", lambda: [m.verify(store, "a", known.upper()), m.verify(store, "a", "00"),
                                m.verify_hex(store, "a", "sha256", known)])
    told = []
    path = os.path.join(folder.name, "ext")
    with open(path, "wb") as file:
        file.write(b"hello, file")
    step("ext.upload", lambda: [m.upload(store, path, "up", on_progress=told.append), store.read_bytes("up"), sum(told)])
    step("ext.upload.exists", lambda: m.upload(store, path, "up"))
    step("ext.upload.missing", lambda: m.upload(store, path + ".none", "up2"))
    step("ext.download.exists", lambda: m.download(store, "up", path))
    step("ext.download", lambda: m.download(store, "a", path, overwrite=True))
    step("ext.download.bytes", lambda: open(path, "rb").read())
    step("ext.download.told", lambda: [
        m.download(store, "a", path, overwrite=True, on_progress=told.append), open(path, "rb").read(), sum(told)])
    step("ext.transfer", lambda: [m.transfer(store, "a", store, "t", on_progress=told.append), store.read_bytes("t")])
    step("ext.transfer.exists", lambda: m.transfer(store, "a", store, "t"))
    step("ext.write", lambda: m.write_with_hash(store, "w", b"hello").digest)
    step("ext.write.file", lambda: m.write_with_hash(store, "w", io.BytesIO(b"hi"), algorithm="md5", overwrite=True).digest)
    step("ext.write.exists", lambda: m.write_with_hash(store, "w", b"hello"))

    def atomically():
        with m.open_atomic_with_hash(store, "x") as file:
            written = file.write(b"hello"), file.hexdigest(), file.result
        return [*written, file.result.digest, file.result.size, file.result.path]

    step("ext.atomic", atomically)
    step("ext.atomic.exists", atomically)
    told.clear()
    reader = m.ChecksumReader(io.BytesIO(b"a\nbc\nd"), "MD5")
    step("ext.reader.lines", lambda: [reader.readline(), reader.readlines(), reader.hexdigest(), reader.algorithm])
    with m.read_with_progress(store, "a", told.append) as file:
        step("ext.progress", lambda: [file.read(2), file.read(), file.read(), told])
    sink = io.BytesIO()
    writer = m.ProgressWriter(m.ChecksumWriter(sink, "md5"), told.append)
    step("ext.writer", lambda: [writer.write(b"hello"), writer.write(b""), sink.getvalue(), told])


def group_cache():
    inner = m.Store(backend())
    for name in ("a", "d/b", "d/e/c"):
        inner.write(name, b"hello")
    store = m.cache(inner, ttl=60)
    asked = {
        "exists": lambda s: [s.exists("a"), s.exists("none"), s.exists("d")],
        "kind": lambda s: [s.is_file("a"), s.is_folder("d"), s.is_folder("none")],
        "read": lambda s: [s.read_bytes("a"), s.read_text("d/b")],
        "info": lambda s: [s.get_file_info("a").size, s.get_folder_info("d").file_count],
        "list": lambda s: sorted(str(f.path) for f in s.list_files("", recursive=True)),
        "folders": lambda s: sorted(str(f.path) for f in s.list_folders("d")),
        "children": lambda s: sorted(f.name for f in s.iter_children("d")),
        "missing": lambda s: s.read_bytes("none"),
    }
    for name, ask in asked.items():
        step(f"cache.{name}", lambda: ask(store))
        step(f"cache.{name}.again", lambda: ask(store))
        step(f"cache.{name}.stats", lambda: [store.stats.hits, store.stats.misses, store.stats.size])
    inner.write("a", b"changed by others", overwrite=True)
    step("cache.others", lambda: store.read_bytes("a"))
    step("cache.invalidate", lambda: [store.invalidate("a"), store.read_bytes("a")])
    for name, change in {
        "write": lambda: store.write("n/a", b"new"),
        "write.over": lambda: store.write("a", b"new", overwrite=True),
        "write_text": lambda: store.write_text("t", "text"),
        "write_atomic": lambda: store.write_atomic("atomic", b"text"),
        "delete": lambda: store.delete("d/b"),
        "copy": lambda: store.copy("a", "d/copied"),
        "move": lambda: store.move("t", "d/moved"),
        "delete_folder": lambda: store.delete_folder("d", recursive=True),
    }.items():
        step(f"cache.change.{name}", lambda: [change() and None] + [
            plain(ask(store)) for key, ask in asked.items() if key in ("exists", "kind", "list", "children")])
    step("cache.clear", lambda: [store.clear_cache(), store.stats.size])
    step("cache.kind.of", lambda: [type(store).__name__, isinstance(store, m.ProxyStore), store.inner is inner])
    step("cache.ttl", lambda: m.cache(inner, ttl=0))
    step("cache.content", lambda: m.cache(inner, max_content_size=-1))
    step("cache.entries", lambda: m.cache(inner, max_entries=0))
    memory = m.MemoryCache(max_entries=2)
    for key in ("exists", "a"), ("exists", "b"), ("other", "c"):
        memory.set(key, key[1], 60)
    step("cache.memory", lambda: [memory.size(), memory.get(("other", "c"))])
    step("cache.memory.gone", lambda: memory.get(("exists", "a")))
    step("cache.memory.prefix", lambda: [memory.clear_prefix("exists"), memory.size()])
    step("cache.backend", lambda: isinstance(memory, m.CacheBackend))
    step("cache.child", lambda: [store.write("c/x", b"1") and None, store.child("c").exists("x"), store.exists("c/x"),
                                 store.child("c").delete("x"), store.exists("c/x"), store.child("c").exists("x")])


def group_glob_files():
    store = m.Store(backend())
    for name in ("a.txt", "d/b.txt", "d/e/c.csv", "d/.h/f.txt"):
        store.write(name, b"1")
    for pattern in ("*", "*.txt", "**/*.txt", "d/*", "d/*/*.csv", "?.txt", "[!b].txt", "none/*", "d/e/c.csv"):
        step(f"glob_files.{pattern}", lambda: sorted(str(file.path) for file in m.glob_files(store, pattern)))
    step("glob_files.child", lambda: sorted(str(file.path) for file in m.glob_files(store.child("d"), "**/*.txt")))
    step("glob_files.stars", lambda: list(m.glob_files(store, "**x")))


def group_yaml():
    read = importlib.import_module(MODULE + ".ext.yaml").from_yaml
    path = os.path.join(folder.name, "stores.yaml")
    os.environ["COMPAT_ROOT"] = "of the environment"
    whole = "backends: {main: {type: local, options: {root: '${COMPAT_ROOT}', secret: s}}}\nstores: {data: {backend: main}}"
    for name, text, options in [
        ("whole", whole, {}), ("variables", whole, {"resolve_env_vars": True}), ("empty", "", {}), ("list", "- a", {}),
        ("fields", whole + "\nother: 1", {}), ("tag", "a: !!python/name:os.system", {}), ("broken", "a: [", {}),
        ("unset", whole.replace("ROOT", "NONE"), {"resolve_env_vars": True}),
    ]:
        with open(path, "w") as file:
            file.write(text)
        step(f"yaml.{name}", lambda: read(path, **options))
    step("yaml.missing", lambda: read(path + ".none"))


def group_partition():
    for name, call in {
        "path": lambda: m.partition_path("f.parquet", year=2024, month="01"),
        "path.none": lambda: m.partition_path("f.parquet"),
        "path.text": lambda: m.partition_path("f", filename=True, a=-1.5, b="x y/\u00e9%", c=".."),
        "path.empty": lambda: m.partition_path(""),
        "path.slash": lambda: m.partition_path("d/f", a=1),
        "path.value.empty": lambda: m.partition_path("f", a=""),
        "path.value.equals": lambda: m.partition_path("f", a="x=y"),
        "path.key.empty": lambda: m.partition_path("f", **{"": 1}),
        "path.key.equals": lambda: m.partition_path("f", **{"a=b": 1}),
    }.items():
        step(f"partition.{name}", call)
    for path in ("year=2024/month=01/f.parquet", "f", "", "a=1", "a=1/", "d/a=1/f", "a=1/d/f", "a=1/a=2/f", "a=/f", "=1/f",
                 "a=b=c/f", "a=x%20y/f", "/a=1/f", "a=1//f", "a=1/../f", "a=1/f=2.txt", " a = 1 /f"):
        step(f"partition.parse.{path}", lambda: [
            list(m.parse_partition(path).partitions.items()), m.parse_partition(path).filename])
    step("partition.parsed", lambda: [
        m.parse_partition("a=1/f") == m.ParsedPartition({"a": "1"}, "f"), setattr(m.parse_partition("f"), "filename", "x")])


def group_observe():
    inner = m.Store(backend())
    for name in ("a", "d/b", "d/e/c"):
        inner.write(name, b"hello")
    told = []
    hooks = "on_read on_write on_delete on_copy on_move on_list on_ping on_error on_any"

    def hook(name):
        return lambda event: told.append([
            name, event.operation, event.path, event.backend, type(event.error).__name__,
            {k: v.size if isinstance(v, m.WriteResult) else v for k, v in event.metadata.items()}, event.correlation_id])

    @contextlib.contextmanager
    def around(*about):
        told.append(["around", *about])
        try:
            yield
        except Exception as e:
            told.append(["failed", type(e).__name__])
            raise
        finally:
            told.append(["left"])

    def said(call):
        told.clear()
        try:
            result = call()
        except Exception as e:
            result = type(e).__name__
        return [result if isinstance(result, (str, bytes, bool)) else None, *map(list, told)]

    def block(path, error=None):
        with store.open_atomic(path) as file:
            file.write(b"12")
            told.append(["in the block"])
            if error:
                raise error

    def read(opened):
        with opened as file:
            return file.read()

    store = m.observe(inner, around=around, **{name: hook(name) for name in hooks.split()})
    for name, call in {
        "write": lambda: store.write("w", b"hello", metadata=None),
        "write.exists": lambda: store.write("w", b"hello"),
        "write.over": lambda: store.write("w", io.BytesIO(b"hi"), overwrite=True),
        "write.path": lambda: store.write("../w", b""),
        "write_text": lambda: store.write_text("t", "h\u00e9"),
        "write_atomic": lambda: store.write_atomic("at", b"hello"),
        "open_atomic": lambda: block("o"),
        "open_atomic.fails": lambda: block("o2", KeyError("x")),
        "open_atomic.exists": lambda: block("o"),
        "read": lambda: read(store.read("w")),
        "read.missing": lambda: store.read("none"),
        "read_bytes": lambda: store.read_bytes("d//b"),
        "read_bytes.keyword": lambda: store.read_bytes(path="a"),
        "read_bytes.missing": lambda: store.read_bytes("none"),
        "read_seekable": lambda: read(store.read_seekable("a")),
        "read_text": lambda: store.read_text("t"),
        "read_text.unfit": lambda: store.read_text("t", encoding="ascii"),
        "exists": lambda: store.exists("a"),
        "is_file": lambda: store.is_file("d"),
        "is_folder": lambda: store.is_folder("d"),
        "get_file_info": lambda: store.get_file_info("a"),
        "get_file_info.missing": lambda: store.get_file_info("none"),
        "get_folder_info": lambda: store.get_folder_info("d"),
        "get_folder_info.depth": lambda: store.get_folder_info("d", max_depth=1),
        "head": lambda: store.head("a"),
        "list_files": lambda: ",".join(sorted(file.name for file in store.list_files("d", recursive=True, pattern="*"))),
        "list_files.empty": lambda: list(store.list_files("none")),
        "list_files.at_once": lambda: store.list_files("d") and None,
        "list_files.path": lambda: store.list_files("../d"),
        "list_folders": lambda: ",".join(sorted(folder.name for folder in store.list_folders(""))),
        "iter_children": lambda: ",".join(sorted(child.name for child in store.iter_children("d"))),
        "copy": lambda: store.copy("a", "c"),
        "copy.missing": lambda: store.copy("none", "c", overwrite=True),
        "move": lambda: store.move("c", "m"),
        "move.exists": lambda: store.move("m", "a"),
        "delete": lambda: store.delete("m"),
        "delete.missing": lambda: store.delete("m"),
        "delete.missing_ok": lambda: store.delete("m", missing_ok=True),
        "delete_folder": lambda: store.delete_folder("d"),
        "delete_folder.recursive": lambda: store.delete_folder("d", recursive=True),
        "ping": lambda: store.ping(),
        "native_path": lambda: store.native_path("a") and None,
        "resolve": lambda: store.resolve("a"),
        "supports": lambda: store.supports(m.Capability.READ),
        "unwrap": lambda: store.unwrap(dict),
        "child": lambda: store.child("k").write("x", b"1"),
        "child.root": lambda: store.child(""),
        "cached": lambda: m.cache(store).exists("a"),
    }.items():
        step(f"observe.{name}", lambda: said(call))
    step("observe.kind.of", lambda: [
        type(store).__name__, isinstance(store, m.ProxyStore), store.inner is inner, type(store.child("d")).__name__])

    def failing(event):
        told.append([event.operation])
        raise RuntimeError("of a hook")

    step("observe.hook.fails", lambda: said(lambda: m.observe(inner, on_read=failing, on_any=failing).read_bytes("a")))
    step("observe.hook.fails.too", lambda: said(
        lambda: m.observe(inner, on_error=failing, on_any=failing).read_bytes("none")))

    def interrupted(event):
        raise KeyboardInterrupt

    def outcome(call):
        try:
            return call()
        except BaseException as e:
            return type(e).__name__

    step("observe.hook.interrupts", lambda: outcome(lambda: m.observe(inner, on_any=interrupted).read_bytes("a")))

    class Interrupting(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            raise KeyboardInterrupt

    step("observe.interrupted", lambda: said(lambda: outcome(lambda: store.write("i", Interrupting()))))

    def at(where):
        @contextlib.contextmanager
        def entered(*about):
            if where == "enter":
                raise RuntimeError(where)
            yield
            if where == "exit":
                raise RuntimeError(where)

        def made(*about):
            if where == "call":
                raise RuntimeError(where)
            return entered(*about) if where else None

        return m.observe(inner, on_any=hook("on_any"), on_error=hook("on_error"), around=made)

    for where in ("call", "enter", "exit", ""):
        step(f"observe.around.{where}", lambda: said(lambda: at(where).read_bytes("a")))
    step("observe.around.suppresses", lambda: said(
        lambda: m.observe(inner, on_any=hook("on_any"), around=lambda *_: contextlib.suppress(Exception)).read_bytes("none")))

    token = m.set_correlation_id("id")
    step("observe.correlation", lambda: said(lambda: store.exists("a")))
    token.var.reset(token)
    step("observe.correlation.reset", lambda: said(lambda: store.exists("a")))
    times = []
    m.observe(inner, on_any=times.append).exists("a")
    step("observe.times", lambda: [0 <= time.monotonic() - times[0].started_at < 60, 0 <= times[0].duration_ms < 60000,
                                   type(times[0].duration_ms).__name__])
    event = m.StoreEvent("read", "a", "memory", 1.0, 2.0, None, {}, None)
    step("observe.event", lambda: repr(event))
    step("observe.event.equal", lambda: event == m.StoreEvent("read", "a", "memory", 1.0, 2.0, None, {}, None))
    step("observe.event.frozen", lambda: setattr(event, "path", "b"))
    step("observe.event.hash", lambda: hash(event))
    step("observe.raw", lambda: m.ObservedStore(inner, hooks={"on_list": hook("on_list")}, around=None).exists("a"))
    step("observe.raw.none", lambda: m.ObservedStore(inner))


def group_buffered():
    batches, handled = [], threading.Event()

    def handler(events):
        batches.append([event.path for event in events])
        handled.set()

    def event(path):
        return m.StoreEvent("read", path, "memory", 1.0, 2.0, None, {}, None)

    observer = m.BufferedObserver(handler, max_queue=3, flush_interval=60)
    store = m.observe(m.Store(backend()), on_any=observer.on_event)
    step("buffered.waits", lambda: [store.exists("a"), store.exists("b"), batches])
    step("buffered.flush", lambda: [observer.flush(), observer.flush(), batches])
    step("buffered.full", lambda: [[observer.on_event(event(p)) for p in "cdefg"], observer.flush(), batches])
    step("buffered.close", lambda: [observer.on_event(event("h")), observer.close(), batches])
    step("buffered.closed", lambda: [observer.on_event(event("i")), observer.flush(), observer.close(), batches])
    batches.clear()
    handled.clear()
    observer = m.BufferedObserver(handler, flush_interval=0.01)
    step("buffered.interval", lambda: [observer.on_event(event("a")), handled.wait(30), batches])
    observer.close()

    def failing(events):
        raise RuntimeError("of a handler")

    observer = m.BufferedObserver(failing, max_queue=0, flush_interval=60)
    observer.on_event(event("a"))
    step("buffered.fails", lambda: observer.flush())
    step("buffered.fails.close", lambda: observer.close())


# What remote_store offers at its top, but for AsyncBackendSyncAdapter.
NAMES = """
BufferedObserver ObservedStore ParsedPartition StoreEvent glob_files observe parse_partition partition_path set_correlation_id
BatchResult CacheBackend CacheStats CachedStore MemoryCache cache ChecksumReader ChecksumWriter HashingAtomicWriter ProgressReader ProgressWriter batch_copy batch_delete
batch_exists checksum content_digest download open_atomic_with_hash read_with_progress transfer upload verify
verify_hex write_with_hash
AlreadyExists Backend BackendConfig BackendInfo BackendUnavailable Capability CapabilityNotSupported CapabilitySet
ContentDigest DirectoryNotEmpty ExtensionInfo FileInfo FolderEntry FolderInfo InfoResult InvalidPath NotFound PathEntry
PermissionDenied ProxyStore Registry RegistryConfig RemotePath RemoteStoreError ResolutionPlan ResourceLocked
RetryPolicy Secret SecretRedactionFilter Store StoreProfile WriteResult info register_backend resolve_env
"""


def main():
    warnings.simplefilter("ignore")
    for name, group in list(globals().items()):
        if name.startswith("group_"):
            try:
                group()
            except Exception as e:  # between two steps: the rest of the group is missing
                traceback.print_exc()
                print(json.dumps({"step": f"{name}.crashed", **plain_error(e)}), flush=True)
    folder.cleanup()


if __name__ == "__main__":
    main()
