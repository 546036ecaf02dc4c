"""put: every source, mode and option."""

import array
import io
import tempfile

from record import names, step
from subject import BACKEND, m, new_folder, new_store

MIB = 1024 * 1024


class Reader:
    """A file that can be read and sought, and nothing more."""

    def __init__(self, data):
        self.file = io.BytesIO(data)

    def read(self, size=-1):
        return self.file.read(size)

    def seek(self, offset, whence=0):
        return self.file.seek(offset, whence)


class ReadOnly:
    """A file that cannot be sought."""

    def __init__(self, data):
        self.file = io.BytesIO(data)

    def read(self, size=-1):
        return self.file.read(size)


class Iterable:
    def __init__(self, chunks):
        self.chunks = chunks

    def __iter__(self):
        return iter(self.chunks)


def numpy(*args, **kwargs):
    import numpy

    return numpy.frombuffer(*args, **kwargs)


def generator(*chunks, error=None):
    yield from chunks
    if error:
        raise error


def group_sources():
    store = new_store()
    path = new_folder() / "file"
    path.write_bytes(b"of a file")

    def put(file, **options):
        store.put("a", file, **options)
        return store.get("a").bytes()

    step("put.result", lambda: store.put("r", b"x"))
    step("put.result.order", lambda: list(store.put("r", b"x")))
    step("put.result.type", lambda: type(store.put("r", b"x")).__name__)
    for name, source in {
        "bytes": lambda: b"abc", "bytes.empty": lambda: b"", "bytearray": lambda: bytearray(b"abc"),
        "memoryview": lambda: memoryview(b"abcdef")[2:4], "memoryview.strided": lambda: memoryview(b"abcdef")[::2],
        "memoryview.2d": lambda: memoryview(b"abcd").cast("B", (2, 2)), "Bytes": lambda: m.Bytes(b"abc"),
        "array": lambda: array.array("B", b"abc"), "array.ints": lambda: array.array("H", [1, 2]),
        "numpy": lambda: numpy(b"abc", dtype="u1"), "numpy.ints": lambda: numpy(b"abcd", dtype="<i4"),
        "numpy.2d": lambda: numpy(b"abcd", dtype="u1").reshape(2, 2),
        "bytesio": lambda: io.BytesIO(b"abc"), "bytesio.empty": lambda: io.BytesIO(b""), "path": lambda: path,
        "path.missing": lambda: path.with_name("none"), "path.folder": lambda: path.parent,
        "text": lambda: str(path), "text.missing": lambda: "none", "stringio": lambda: io.StringIO("abc"),
        "reader": lambda: Reader(b"abc"), "read_only": lambda: ReadOnly(b"abc"),
        "list": lambda: [b"a", b"b"], "tuple": lambda: (b"a", bytearray(b"b")), "list.empty": lambda: [],
        "iterator": lambda: iter([b"a", b"", b"bc"]), "generator": lambda: generator(b"a", b"b"),
        "generator.empty": lambda: generator(), "iterable": lambda: Iterable([b"x", m.Bytes(b"y")]),
        "map": lambda: map(bytes, [b"a"]), "list.texts": lambda: ["a"], "list.ints": lambda: [1, 2],
        "set": lambda: {b"only"}, "dict": lambda: {b"key": 1}, "int": lambda: 5, "none": lambda: None, "object": lambda: object(),
        "bytes_of_get": lambda: store.get("r").bytes(), "stream": lambda: store.get("r").stream(), "get_result": lambda: store.get("r"),
    }.items():
        step(f"put.{name}", lambda: put(source()))
        if name not in ("text", "path.folder"):
            step(f"put.multipart.{name}", lambda: put(source(), use_multipart=True))
            step(f"put.whole.{name}", lambda: put(source(), use_multipart=False))

    def opened(mode, **options):
        with open(path, mode) as file:
            return put(file, **options)

    step("put.file", lambda: opened("rb"))
    step("put.file.text", lambda: opened("r"))
    step("put.file.multipart", lambda: opened("rb", use_multipart=True))
    step("put.file.write_only", lambda: opened("ab"))

    def positioned(**options):
        file = io.BytesIO(b"0123456789")
        file.seek(4)
        return [put(file, **options), file.tell(), file.closed]

    step("put.file.position", lambda: positioned())
    step("put.file.position.multipart", lambda: positioned(use_multipart=True))
    step("put.file.closed", lambda: put(closed()))
    with tempfile.TemporaryFile() as spooled:
        spooled.write(b"temporary")
        spooled.seek(0)
        step("put.file.temporary", lambda: put(spooled))
    step("put.generator.raises", lambda: store.put("g", generator(b"a", error=KeyError("mine"))))
    step("put.generator.raises.left", lambda: [p for p in names(store) if p == "g"])
    store.put("old", b"old")
    step("put.generator.raises.over", lambda: store.put("old", generator(b"a", error=KeyError("mine"))))
    step("put.generator.raises.kept", lambda: store.get("old").bytes())
    step("put.function", lambda: sorted(m.put(store, "f", b"x")))
    step("put.keywords", lambda: sorted(m.put(store=store, path="f", file=b"x")))


def closed():
    file = io.BytesIO(b"abc")
    file.close()
    return file


def group_modes():
    store = new_store()
    store.put("a", b"old")
    tag = store.head("a")["e_tag"]
    step("mode.create.exists", lambda: store.put("a", b"new", mode="create"))
    step("mode.create.kept", lambda: store.get("a").bytes())
    step("mode.create", lambda: [sorted(store.put("c", b"new", mode="create")), store.get("c").bytes()])
    step("mode.create.upper", lambda: sorted(store.put("cu", b"new", mode="CREATE")))
    step("mode.create.iterator", lambda: [store.put("ci", iter([b"a", b"b"]), mode="create") and None, store.get("ci").bytes()])
    step("mode.create.iterator.exists", lambda: store.put("ci", iter([b"c"]), mode="create"))
    step("mode.create.multipart", lambda: store.put("a", b"x", mode="create", use_multipart=True))
    step("mode.overwrite", lambda: [store.put("o", b"1", mode="overwrite") and None,
                                    store.put("o", b"2", mode="overwrite") and None, store.get("o").bytes()])
    step("mode.none", lambda: [store.put("o", b"3", mode=None) and None, store.get("o").bytes()])
    step("mode.other", lambda: store.put("o", b"4", mode="append"))
    step("mode.int", lambda: store.put("o", b"4", mode=1))
    step("mode.update.other", lambda: store.put("a", b"new", mode={"e_tag": '"other"'}))
    step("mode.update.version.none", lambda: store.put("a", b"new", mode={"e_tag": '"other"', "version": None}))
    step("mode.update.no_tag", lambda: store.put("a", b"new", mode={"e_tag": None}))
    step("mode.update.empty", lambda: store.put("a", b"new", mode={}))
    step("mode.update.version", lambda: store.put("a", b"new", mode={"version": "1"}))
    step("mode.update.unknown", lambda: store.put("a", b"new", mode={"etag": tag}))
    step("mode.update.missing", lambda: store.put("none", b"new", mode={"e_tag": tag}))
    step("mode.update.nulls", lambda: store.put("a", b"new", mode={"e_tag": None, "version": None}))
    step("mode.update", lambda: [sorted(store.put("a", b"new", mode={"e_tag": tag})), store.get("a").bytes()])
    step("mode.update.again", lambda: store.put("a", b"newer", mode={"e_tag": tag}))
    step("mode.update.kept", lambda: store.get("a").bytes())
    step("mode.update.iterator", lambda: [
        store.put("a", iter([b"i", b"t"]), mode={"e_tag": store.head("a")["e_tag"]}) and None, store.get("a").bytes()])
    step("mode.update.result", lambda: store.put("a", b"x", mode=store.put("a", b"y")).keys() == {"e_tag", "version"})
    step("mode.update.unquoted", lambda: store.put("a", b"x", mode={"e_tag": store.head("a")["e_tag"].strip('"')}) and None)
    step("mode.update.meta", lambda: store.put("a", b"x", mode=store.head("a")))


def group_attributes():
    store = new_store()

    def put(attributes, **options):
        store.put("a", b"x", attributes=attributes, **options)
        return store.get("a").attributes

    known = ["Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition", "Cache-Control", "Storage-Class"]
    for name in known:
        value = "STANDARD" if name == "Storage-Class" else "gzip" if name == "Content-Encoding" else "text/plain"
        step(f"attributes.{name}", lambda: put({name: value}))
        step(f"attributes.{name}.lower", lambda: put({name.lower(): value}))
        step(f"attributes.{name}.short", lambda: put({name.replace("-", ""): value}))
    for name, attributes in {
        "metadata": {"key": "value"}, "metadata.case": {"KeY": "VaLuE"}, "several": {"Content-Type": "a/b", "k": "v", "l": "w"},
        "empty": {}, "none": None, "value.empty": {"k": ""}, "value.spaces": {"k": " v "}, "value.unicode": {"k": "é"},
        "value.newline": {"k": "a\nb"}, "key.unicode": {"é": "v"}, "key.space": {"a b": "v"}, "key.empty": {"": "v"},
        "key.underscore": {"a_b": "v"}, "key.dots": {"a.b": "v"}, "key.colon": {"a:b": "v"},
        "value.int": {"k": 1}, "key.int": {1: "v"}, "list": [("k", "v")], "twice": {"Content-Type": "a/b", "content-type": "c/d"},
        "content_type.bad": {"Content-Type": "a\nb"},
    }.items():
        step(f"attributes.{name}", lambda: put(attributes))
    step("attributes.multipart", lambda: put({"Content-Type": "a/b", "k": "v"}, use_multipart=True))
    step("attributes.replaced", lambda: [put({"k": "v"}), store.put("a", b"y") and None, store.get("a").attributes])
    step("attributes.range", lambda: [put({"k": "v"}) and None, store.get("a", options={"range": (0, 1)}).attributes])
    step("attributes.head", lambda: [put({"k": "v"}) and None, store.get("a", options={"head": True}).attributes])
    step("tags", lambda: sorted(store.put("t", b"x", tags={"k": "v"})))
    step("tags.several", lambda: sorted(store.put("t", b"x", tags={"k": "v", "l": "w x/y=z"})))
    step("tags.multipart", lambda: sorted(store.put("t", b"x", tags={"k": "v"}, use_multipart=True)))
    step("tags.empty", lambda: sorted(store.put("t", b"x", tags={})))
    step("tags.value.int", lambda: store.put("t", b"x", tags={"k": 1}))
    step("tags.list", lambda: store.put("t", b"x", tags=["k"]))
    step("tags.not_attributes", lambda: store.get("t").attributes)


def group_parts():
    store = new_store()
    large = bytes(range(256)) * 4096 * 11  # 11 MiB

    def put(file=large, **options):
        store.put("large", file, **options)
        return bytes(store.get("large").bytes()) == large

    step("parts.default", lambda: put())
    step("parts.file", lambda: put(io.BytesIO(large)))
    step("parts.iterator", lambda: put(large[i:i + MIB] for i in range(0, len(large), MIB)))
    step("parts.small_pieces", lambda: put(large[i:i + 10_007] for i in range(0, len(large), 10_007)))
    step("parts.one_piece", lambda: put(iter([large])))
    step("parts.whole", lambda: put(use_multipart=False))
    step("parts.whole.iterator", lambda: put((large[i:i + MIB] for i in range(0, len(large), MIB)), use_multipart=False))
    step("parts.chunk_size", lambda: put(chunk_size=6 * MIB))
    step("parts.chunk_size.large", lambda: put(chunk_size=100 * MIB))
    step("parts.concurrency.one", lambda: put(max_concurrency=1))
    step("parts.concurrency.many", lambda: put(max_concurrency=100))
    step("parts.chunk_size.negative", lambda: put(chunk_size=-1))
    step("parts.chunk_size.float", lambda: put(chunk_size=5.0))
    step("parts.concurrency.negative", lambda: put(max_concurrency=-1))
    step("parts.use_multipart.int", lambda: put(use_multipart=1))
    step("parts.small", lambda: [store.put("s", b"abc", use_multipart=True) and None, store.get("s").bytes()])
    step("parts.empty", lambda: [store.put("e", b"", use_multipart=True) and None, store.get("e").bytes()])
    step("parts.tag", lambda: store.put("large", large)["e_tag"] == store.head("large")["e_tag"])
    if BACKEND != "s3":  # a part of S3 has 5 MiB at least
        step("parts.tiny", lambda: put(chunk_size=1000))
        step("parts.zero", lambda: len(str(store.put("z", b"abc", chunk_size=0))) > 0)
