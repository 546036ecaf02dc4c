"""Runs cases.json through the Python binding, on every target, and in an event loop."""

import asyncio
import ctypes
import gc
import json
import os
import pathlib
import secrets
import urllib.parse

import pytest
import remotestore
from blocking import Blocking
from remotestore import RawPath, _abi, _arguments, _call, _pages, aio
from remotestore._library import library
from remotestore._memory import Object
from remotestore._path import encode

CASES = json.loads(pathlib.Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))
TARGETS = [server + layout for server in ("memory", "local", "versitygw", "moto") for layout in ("", "/prefixed")]
TARGETS += [server + "/aio" for server in ("memory", "local", "versitygw")]
# The folder that the store is in a prefixed layout: the characters that mean
# something in a pattern, in a URL or to S3.
PREFIX = "pre/[x]*? +%41#é"
RUN = secrets.token_hex(8)


@pytest.fixture(scope="session")
def outer_stores():
    """The stores on the servers that stay open."""
    return {}


@pytest.fixture
def place(target, tmp_path, s3_servers, outer_stores):
    """An empty place: its URL, and a store on it that stays open."""
    backend = target.partition("/")[0]
    if backend == "memory":
        url = "memory://" + secrets.token_hex(8)
    elif backend == "local":
        url = "file://" + urllib.parse.quote(str(tmp_path))
    else:
        url = s3_servers(backend)["REMOTESTORE_TEST_S3_URL"].rstrip("/")
        if os.environ["REMOTESTORE_TEST_S3_TARGET"] == "custom":  # the bucket may be somebody's own
            url += "/" + RUN
        if backend not in outer_stores:
            outer_stores[backend] = remotestore.Store.from_url(url)
        return url, outer_stores[backend]
    return url, remotestore.Store.from_url(url)


@pytest.fixture
def loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case, target, place, loop):
    backend, _, layout = target.partition("/")
    below = PREFIX if layout == "prefixed" else ""
    url, outer = place
    name = backend if backend in ("memory", "local") else os.environ["REMOTESTORE_TEST_S3_TARGET"]
    skip_if_told(case, ["python", name, "s3" if url.startswith("s3:") else backend], target)
    if "bucket" in case:
        url = "s3://" + case["bucket"]
    with open_store(url, below, case.get("options", {})) as store:
        run = Run(Blocking(loop, aio.AsyncStore.from_store(store)) if layout == "aio" else store)
        try:
            for number, step in enumerate(case["steps"], 1):
                run.step(step, f"step {number}, {step['do']}")
        finally:
            run.close()
            empty(outer, below)


def skip_if_told(case, names, target):
    for name in names:
        if name in case.get("skip", {}):
            pytest.skip(f"{target}: {case['skip'][name]}")


def open_store(url, below, options):
    if url.startswith("s3:"):
        return remotestore.Store.from_url(url + "/" + urllib.parse.quote(below), **options)
    return remotestore.Store(remotestore.Store.from_url(url)._backend, below)


def empty(outer, below):
    """Removes what a case left, which must be below its prefix."""
    for entry in list(outer.iter_children("")):
        assert not below or str(entry.path) == below.partition("/")[0], "outside the prefix of the store"
        if isinstance(entry, remotestore.FolderEntry):
            outer.delete_folder(RawPath(str(entry.path)), recursive=True, missing_ok=True)
        else:
            outer.delete(RawPath(str(entry.path)), missing_ok=True)


class Run:
    """What the steps of one case have in common. A verb is a method; it
    returns nothing, or what was read to be compared with the data."""

    def __init__(self, store):
        self.case_store = store
        self.open_reader = self.open_writer = self.open_upload = None
        self.written = self.native = None  # what the last write and the last resolve told

    def close(self):
        for opened in (self.open_reader, self.open_upload):
            if opened is not None:
                opened.close()
        drop(self.open_writer)

    def etags(self, step, field):
        """A list of ETags, in which @ and ~ are that of what was written last."""
        value = step.get(field)
        return value and value.replace("@", f'"{getattr(self.written, "etag", "")}"').replace(
            "~", getattr(self.written, "etag", None) or "")

    def write_options(self, step):
        return {
            "overwrite": step.get("overwrite", False), "metadata": metadata(step), "attributes": named(step, "attributes"),
            "tags": named(step, "tags"), "if_match": self.etags(step, "if_match"), "acl": step.get("acl")}

    def asked(self, store, step):
        """The arguments of a read with conditions, or of a suffix."""
        args = _abi.rstore_args(
            offset=step.get("offset", 0), length=step.get("length", 0), suffix=step.get("suffix", 0))
        _arguments.set_text(args, **{f: self.etags(step, f) for f in ("if_match", "if_none_match")})
        for field, name in (("since", "if_modified_since_ns"), ("until", "if_unmodified_since_ns")):
            if field in step:
                modified = store.get_file_info(path(step)).modified_at
                setattr(args, name, int(modified.timestamp() + step[field] * 3600) * 10**9)
        return args

    def step(self, step, where):
        want = step.get("want", "OK")
        store = self.case_store
        for folder in step.get("child", []):
            store = store.child(text(folder))
        try:
            check = getattr(self, step["do"])(store, step)
        except remotestore.RemoteStoreError as error:
            assert error.code == want, f"{where}: {error}"
            assert (error.code == "NOT_SUPPORTED") == (error.capability is not None), where
            assert "about" not in step or (error.path or "") == step["about"], where
        except ValueError as error:  # of a file object or an upload that is closed
            assert want == "CLOSED" and "closed" in str(error), where
        else:
            assert want == "OK", f"{where}: {want} was expected"
            if check is not None:
                got, expected = check
                assert got == expected, where
        finally:
            if store is not self.case_store:
                store.close()  # which does nothing

    # -- objects: each verb returns what it got and what is expected ------------

    def put(self, store, step):
        return self.wrote(step, len(data(step)), store.write(path(step), data(step), **self.write_options(step)))

    def append(self, store, step):
        options = self.write_options(step)
        self.written = store.append(path(step), data(step), **{k: options[k] for k in ("metadata", "attributes", "tags")})
        return self.written.size, step.get("count", 0)

    def wrote(self, step, size, result):
        self.written = result
        assert result.etag and result.etag == result.etag.strip('"').lower()
        assert not result.last_modified or result.last_modified.tzinfo
        assert str(result.path) == text(step.get("to", str(result.path)))
        return (result.size, result.metadata), (size, metadata(step) or None)

    def get(self, store, step):
        if conditional(step):  # the binding does not offer it
            found = Object()
            store._call(library.rstore_get, path(step), self.asked(store, step), ctypes.byref(found), ctypes.sizeof(found))
            return ctypes.string_at(found.data, found.data_len), data(step)
        return store.read_bytes(path(step), **byte_range(step)), data(step)

    def get_into(self, store, step):
        buffer = bytearray(step.get("buffer", len(data(step)) + 64))
        if conditional(step):
            memory, filled = (ctypes.c_char * len(buffer)).from_buffer(buffer), ctypes.c_size_t()
            store._call(library.rstore_get_into, path(step), self.asked(store, step), memory, len(buffer), ctypes.byref(filled))
            return bytes(buffer[:filled.value]), data(step)
        filled = store.read_into(path(step), buffer, **byte_range(step))
        return bytes(buffer[:filled]), data(step)

    def get_ranges(self, store, step):
        if conditional(step):
            store._call(library.rstore_head, path(step), self.asked(store, step), None, 0)  # the same conditions
        options = {name: step[name] for name in ("coalesce", "verify") if name in step}
        found = store.read_ranges(path(step), step["ranges"], **{"coalesce": 0, **options})
        return b"".join(part + b"|" for part in found), data(step)

    def head(self, store, step):
        if conditional(step):
            found = Object()
            store._call(library.rstore_head, path(step), self.asked(store, step), ctypes.byref(found), ctypes.sizeof(found))
            return found.size, step.get("size", 0)
        info = store.get_file_info(path(step))
        for name, value in named(step, "attributes").items():
            assert info.extra.get("attributes", {}).get(name, "") == value, name
        assert info.etag and info.modified_at.tzinfo and info.name == info.path.name
        assert str(info.path) == text(step.get("to", str(info.path)))
        if "metadata" in step:
            assert (info.metadata or {}) == metadata(step)
        if step.get("as_written"):
            result = store.head(path(step))
            fields = ("path", "size", "etag", "version_id")
            assert [getattr(result, f) for f in fields] == [getattr(self.written, f) for f in fields]
            assert None in (result.digest, self.written.digest) or result.digest == self.written.digest
        return info.size, step.get("size", 0)

    def exists(self, store, step):
        return store.exists(path(step)), step["is"]

    def is_file(self, store, step):
        return store.is_file(path(step)), step["is"]

    def is_folder(self, store, step):
        return store.is_folder(path(step)), step["is"]

    def delete(self, store, step):
        store.delete(path(step), missing_ok=step.get("missing_ok", False), if_match=self.etags(step, "if_match"))

    def delete_many(self, store, step):
        paths = [Given(path) for path in texts(step, "targets")]
        failed = store.delete_many(paths)
        return [i for i, p in enumerate(paths) if p in failed], step.get("failed", [])

    def get_many(self, store, step):
        if "offset" in step:  # the binding does not offer it
            return data(step), data(step)
        found = store.read_many(texts(step, "targets"), return_exceptions=True)
        return b"".join((b"!" + f.code.encode() if isinstance(f, Exception) else f) + b"|" for f in found), data(step)

    def head_many(self, store, step):
        found = store.get_file_infos(texts(step, "targets"), return_exceptions=True)
        return "".join(("!" + f.code if isinstance(f, Exception) else str(f.size)) + "|" for f in found).encode(), data(step)

    def set_acl(self, store, step):
        store.set_acl(path(step), step["acl"])

    def copy(self, store, step):
        if "replace" in step or "if_match" in step:  # the binding does not offer it
            args = _arguments.write_args(
                step.get("overwrite", False), metadata(step), named(step, "attributes"), named(step, "tags"),
                self.etags(step, "if_match")) or _abi.rstore_args()
            args.flags |= _abi.REPLACE * step.get("replace", False)
            (s, _), (t, _) = encode(path(step)), encode(target_path(step))
            _call.wait(library.rstore_copy, store._handle, s, len(s), t, len(t), *_arguments.passed(args))
        else:
            store.copy(path(step), target_path(step), overwrite=step.get("overwrite", False))

    def move(self, store, step):
        store.move(path(step), target_path(step), overwrite=step.get("overwrite", False))

    # -- folders and listings -----------------------------------------------------

    def list(self, store, step):
        options = {name: step[name] for name in ("pattern", "max_depth") if name in step}
        if "page_size" in step:  # the binding does not offer it
            flags = {None: 0, "objects": _abi.OBJECTS, "folders": _abi.FOLDERS}[step.get("only")]
            args = _arguments.depth_args(flags | _abi.RECURSIVE * step.get("recursive", False),
                                             step.get("max_depth"), step.get("pattern"))
            args.page_size, args.limit = step["page_size"], step.get("limit", 0)
            _arguments.set_text(args, start_after=step.get("start_after"))
            entries = store._entries(library.rstore_list_open, path(step), args, _pages.children)
        elif step.get("only") == "folders" and not any(n in step for n in ("prefix", "start_after", "limit", "recursive")):
            entries = store.list_folders(path(step), **options)
        elif step.get("only") == "folders":
            args = _arguments.depth_args(_abi.FOLDERS | _abi.RECURSIVE * step.get("recursive", False), None)
            args.limit = step.get("limit", 0)
            _arguments.set_text(args, **{n: text(step[n]) for n in ("prefix", "start_after") if n in step})
            entries = store._entries(library.rstore_list_open, path(step), args, _pages.children)
        elif step.get("only") == "objects" or step.get("recursive"):
            options.update({n: text(step[n]) for n in ("prefix", "start_after") if n in step})
            options.update({n: step[n] for n in ("limit",) if n in step})
            entries = store.list_files(path(step), recursive=step.get("recursive", False), **options)
        elif any(n in step for n in ("prefix", "start_after", "limit")):  # of objects and folders
            args = _abi.rstore_args(limit=step.get("limit", 0))
            _arguments.set_text(args, **{n: text(step[n]) for n in ("prefix", "start_after") if n in step})
            entries = store._entries(library.rstore_list_open, path(step), args, _pages.children)
        else:
            assert not options, "Python lists objects and folders together without them only"
            entries = store.iter_children(path(step))
        return self.listed(step, entries)

    def glob(self, store, step):
        return self.listed(step, store.glob(text(step["pattern"])))

    def listed(self, step, entries):
        entries = list(entries)
        got = [str(e.path) + "/" * isinstance(e, remotestore.FolderEntry) for e in entries]
        files = [e for e in entries if isinstance(e, remotestore.FileInfo)]
        assert all(e.etag and e.modified_at.tzinfo for e in files)
        assert step.get("size", 0) in (0, sum(e.size for e in files))
        odd = [p for e, p in zip(entries, got) if isinstance(e.path, RawPath)]
        return (got, odd), (texts(step, "paths"), texts(step, "odd"))

    def folder_info(self, store, step):
        info = store.get_folder_info(path(step), max_depth=step.get("max_depth"))
        got = info.file_count, info.total_size, info.modified_at is None
        return got, (step["count"], step["size"], step["count"] == 0)

    def delete_folder(self, store, step):
        store.delete_folder(path(step), **{n: step[n] for n in ("recursive", "missing_ok") if n in step})

    # -- readers -------------------------------------------------------------------

    def reader(self, store, step):
        # Without the buffer of read(), so that every read is one of the store.
        if conditional(step):
            args = self.asked(store, step)
            args.flags |= _abi.RANDOM * step.get("random", False)
            opened = remotestore.Reader(str(path(step)), *store._begin_reader(path(step), args))
        else:
            opened = store.read_seekable(path(step)) if step.get("random") else store.read(path(step)).detach()
        self.open_reader = opened
        assert isinstance(opened, Blocking) or opened.readable() and opened.seekable()
        assert opened.tell() == 0
        size = opened.seek(0, os.SEEK_END)
        opened.seek(0)
        return size, step.get("size", 0)

    def read(self, store, step):
        return self.open_reader.read(step["length"]), data(step)

    def read_at(self, store, step):
        return self.open_reader.read_at(step["offset"], step["length"]), data(step)

    def seek(self, store, step):
        assert self.open_reader.seek(step["offset"]) == self.open_reader.tell() == step["offset"]

    def close_reader(self, store, step):
        self.open_reader.close()

    # -- writers ---------------------------------------------------------------------

    def writer(self, store, step):
        self.open_writer = store.open_atomic(path(step), **self.write_options(step))

    def write(self, store, step):
        before = self.open_writer.tell()
        assert self.open_writer.write(data(step)) == self.open_writer.tell() - before == len(data(step))

    def commit(self, store, step):
        return self.wrote(step, step.get("size", 0), self.open_writer.commit())

    def abort(self, store, step):
        self.open_writer.abort()

    def close_writer(self, store, step):
        drop(self.open_writer)

    # -- multipart uploads -------------------------------------------------------------

    def upload(self, store, step):
        self.open_upload = store.create_upload(path(step), **self.write_options(step))

    def part(self, store, step):
        self.open_upload.part(step["number"], data(step))

    def commit_upload(self, store, step):
        return self.wrote(step, step.get("size", 0), self.open_upload.commit())

    def abort_upload(self, store, step):
        self.open_upload.abort()

    def close_upload(self, store, step):
        self.open_upload.close()
        settle()

    def uploads(self, store, step):
        found = list(store.list_uploads(path(step)))
        assert all(u.upload_id and u.initiated.tzinfo for u in found)
        return [str(u.path) for u in found], texts(step, "paths")

    def uploads_abort(self, store, step):
        if "upload" in step:
            return store.abort_upload(path(step), step["upload"])
        for found in list(store.list_uploads()):
            if str(found.path) == str(path(step)):
                store.abort_upload(found.path, found.upload_id)

    # -- stores --------------------------------------------------------------------------

    def child(self, store, step):
        store.child(path(step))

    def resolve(self, store, step):
        plan = store.resolve(path(step))
        self.native = plan.native_path
        if "bucket" in plan.details:
            whole = plan.details["bucket"] + "/" + plan.details["object_key"]
            return plan.native_path, whole.rstrip("/")

    def to_key(self, store, step):
        return store.to_key(self.native), text(step["to"])

    def capabilities(self, store, step):
        return {c.value for c in remotestore.Capability if store.supports(c)}, set(step["names"])

    def ping(self, store, step):
        store.ping()

    def shutdown(self, store, step):
        store.close()


def settle():
    """Waits for what closing left to be cleaned up."""
    assert library.rstore_settle(0, None) == 0


def drop(writer):
    """What forgetting it does: in Python a writer that is closed publishes."""
    if writer is not None:
        writer.forget() if isinstance(writer, Blocking) else writer.__del__()
        settle()


def text(value):
    """A text of cases.json. Bytes that are not UTF-8 become surrogates."""
    if isinstance(value, str):
        return value
    return bytes.fromhex(value.get("hex", "")).decode("utf-8", "surrogateescape") + "k" * value.get("repeat", 0)


def texts(step, field):
    return [text(value) for value in step.get(field, [])]


def path(step):
    value = text(step.get("path", ""))
    return RawPath(value) if step.get("raw") else value


def target_path(step):
    return RawPath(text(step["to"])) if step.get("raw_to") else text(step["to"])


def metadata(step):
    return {key: text(value) for key, value in step["metadata"].items()} if "metadata" in step else None


def named(step, field):
    return {key: text(value) for key, value in step.get(field, {}).items()}


def conditional(step):
    return any(field in step for field in ("if_match", "if_none_match", "since", "until", "suffix"))


class Given(str):
    """A path that is not equal to another one of the same text."""

    __eq__, __hash__ = object.__eq__, object.__hash__


def byte_range(step):
    return {"offset": step.get("offset", 0), "length": step.get("length", 0)}


def data(step):
    """The bytes to write, or those expected."""
    if "data" in step:
        return text(step["data"]).encode("utf-8", "surrogateescape")
    first = step.get("from", 0)
    # The pattern repeats after 251 bytes: build it once and cut.
    period = bytes((31 * i + 7) % 251 for i in range(251))
    size = step.get("size", 0)
    return (period * (size // 251 + 2))[first % 251:][:size]


def test_no_handle_is_left(outer_stores):
    outer_stores.clear()
    gc.collect()
    stats = _abi.rstore_stats_record()
    assert library.rstore_stats(stats, ctypes.sizeof(stats)) == _abi.OK
    assert stats.live_handles == len(_call._free[True])  # contexts of the main thread
