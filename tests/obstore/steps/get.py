"""get, and what it gives: a result that is used once."""

import datetime

from record import step
from subject import filled, m, new_store

TEN = b"0123456789"
ATTRIBUTES = ["attributes", "meta", "range"]


def group_result():
    store = new_store()
    store.put("d/a.txt", TEN)
    step("get.type", lambda: type(store.get("d/a.txt")).__name__)
    step("get.meta", lambda: store.get("d/a.txt").meta)
    step("get.meta.type", lambda: [type(store.get("d/a.txt").meta).__name__, list(store.get("d/a.txt").meta)])
    step("get.meta.last_modified", lambda: recent(store.get("d/a.txt").meta["last_modified"]))
    step("get.meta.tzinfo", lambda: store.get("d/a.txt").meta["last_modified"].tzinfo is datetime.timezone.utc)
    step("get.range", lambda: store.get("d/a.txt").range)
    step("get.attributes", lambda: store.get("d/a.txt").attributes)
    step("get.attributes.type", lambda: type(store.get("d/a.txt").attributes).__name__)
    step("get.bytes", lambda: store.get("d/a.txt").bytes())
    step("get.bytes.type", lambda: isinstance(store.get("d/a.txt").bytes(), m.Bytes))
    step("get.buffer", lambda: store.get("d/a.txt").buffer())
    step("get.function", lambda: m.get(store, "d/a.txt").bytes())
    step("get.function.keywords", lambda: m.get(store=store, path="d/a.txt", options=None).bytes())
    step("get.missing", lambda: store.get("none"))
    step("get.folder", lambda: store.get("d"))
    step("get.under_object", lambda: store.get("d/a.txt/x"))
    step("get.root", lambda: store.get(""))
    step("get.set", lambda: setattr(store.get("d/a.txt"), "meta", {}))
    step("get.len", lambda: len(store.get("d/a.txt")))
    step("get.repr", lambda: repr(store.get("d/a.txt")).split(" object")[0].split(".")[-1])
    step("get.meta.is_head", lambda: store.get("d/a.txt").meta == store.head("d/a.txt"))
    step("get.meta.is_listed", lambda: store.get("d/a.txt").meta == store.list().collect()[0])
    store.put("empty", b"")
    step("get.empty", lambda: store.get("empty").bytes())
    step("get.empty.range", lambda: store.get("empty").range)
    step("get.empty.meta", lambda: store.get("empty").meta)
    step("get.empty.stream", lambda: list(store.get("empty").stream()))
    step("get.snapshot", lambda: snapshot(store))


def recent(time):
    return abs(datetime.datetime.now(datetime.timezone.utc) - time) < datetime.timedelta(minutes=5)


def snapshot(store):
    store.put("s", b"old")
    result = store.get("s")
    store.put("s", b"new!")
    return [result.bytes(), result.meta["size"]]


def group_used_once():
    store = filled("a")
    for first in ("bytes", "buffer", "stream", "__iter__"):
        for second in ("bytes", "buffer", "stream", "__iter__"):
            def both():
                result = store.get("a")
                getattr(result, first)()
                getattr(result, second)()

            step(f"get.used.{first}.{second}", both)

        def facts():
            result = store.get("a")
            getattr(result, first)()
            return [getattr(result, name) for name in ATTRIBUTES]

        step(f"get.used.{first}.facts", facts)


def group_stream():
    store = new_store()
    large = bytes(range(256)) * 4096 * 3  # 3 MiB
    store.put("large", large)
    store.put("small", TEN)
    step("stream.whole", lambda: b"".join(store.get("large").stream()) == large)
    step("stream.iterate", lambda: b"".join(store.get("large")) == large)
    step("stream.type", lambda: type(store.get("small").stream()).__name__)
    step("stream.chunk.type", lambda: [type(chunk).__name__ for chunk in store.get("small").stream()])
    step("stream.small", lambda: list(store.get("small").stream()))
    step("stream.small.iterate", lambda: list(store.get("small")))
    step("stream.default", lambda: [len(c) for c in store.get("large").stream()])
    for size in (1, 1000, 1024 * 1024, 3 * 1024 * 1024, 100 * 1024 * 1024):
        step(f"stream.min.{size}", lambda: at_least([len(c) for c in store.get("large").stream(size)], size))
    step("stream.min.keyword", lambda: list(store.get("small").stream(min_chunk_size=3)))
    step("stream.min.zero", lambda: b"".join(store.get("small").stream(0)))
    step("stream.min.negative", lambda: store.get("small").stream(-1))
    step("stream.min.float", lambda: store.get("small").stream(1.0))
    step("stream.min.none", lambda: store.get("small").stream(None))

    def exhausted():
        stream = store.get("small").stream()
        return [next(stream), next(stream, "end"), next(stream, "end"), iter(stream) is stream]

    step("stream.exhausted", exhausted)
    step("stream.half", lambda: len(next(store.get("large").stream(1))) >= 1)
    step("stream.range", lambda: list(store.get("small", options={"range": (2, 5)}).stream()))
    step("stream.has", lambda: sorted(n for n in dir(store.get("small").stream()) if not n.startswith("_")))


def at_least(sizes, size):
    """Whether all chunks but the last have the size, and how long they are together."""
    return [all(n >= size for n in sizes[:-1]), all(n > 0 for n in sizes), sum(sizes)]


def group_head():
    store = new_store()
    store.put("d/a", TEN)
    step("head", lambda: store.head("d/a"))
    step("head.function", lambda: m.head(store, "d/a"))
    step("head.keyword", lambda: m.head(store=store, path="d/a"))
    step("head.order", lambda: list(store.head("d/a")))
    step("head.missing", lambda: store.head("none"))
    step("head.folder", lambda: store.head("d"))
    step("head.root", lambda: store.head(""))
    step("head.spelling", lambda: store.head("/d/a/")["path"])
    step("head.tag_changes", lambda: [store.head("d/a")["e_tag"] == store.head("d/a")["e_tag"],
                                      store.put("d/a", b"x") and store.head("d/a")["size"]])
    step("head.put.tag", lambda: store.put("t", b"x")["e_tag"] == store.head("t")["e_tag"])
