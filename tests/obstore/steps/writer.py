"""open_writer."""

from record import names, step
from subject import m, new_store

MIB = 1024 * 1024


def group_writer():
    store = new_store()
    f = step("writer", lambda: m.open_writer(store, "a"))
    step("writer.type", lambda: type(f).__name__)
    step("writer.repr", lambda: repr(f))
    step("writer.has", lambda: sorted(n for n in dir(f) if not n.startswith("_")))
    step("writer.nothing_yet", lambda: names(store))
    step("writer.write", lambda: [f.write(b"ab"), f.write(bytearray(b"c")), f.write(memoryview(b"d")), f.write(m.Bytes(b"e")), f.write(b"")])
    step("writer.not_visible", lambda: names(store))
    step("writer.flush", lambda: [f.flush(), names(store)])
    step("writer.closed.no", lambda: f.closed())
    step("writer.write.text", lambda: f.write("text"))
    step("writer.write.int", lambda: f.write(1))
    step("writer.write.none", lambda: f.write(None))
    step("writer.write.keyword", lambda: f.write(buffer=b"z"))
    step("writer.close", lambda: [f.close(), f.closed(), names(store)])
    step("writer.content", lambda: store.get("a").bytes())
    step("writer.close.twice", lambda: f.close())
    step("writer.write.closed", lambda: f.write(b"x"))
    step("writer.flush.closed", lambda: f.flush())
    step("writer.with.closed", lambda: enter(f))
    step("writer.exit.closed", lambda: f.__exit__(None, None, None))

    def block(path, *chunks, error=None, **options):
        with m.open_writer(store, path, **options) as g:
            for chunk in chunks:
                g.write(chunk)
            if error:
                raise error
        return [g.closed(), store.get(path).bytes()]

    step("writer.with", lambda: block("w", b"one ", b"two"))
    step("writer.with.over", lambda: block("w", b"new"))
    step("writer.with.itself", lambda: (lambda g: g.__enter__() is g)(m.open_writer(store, "i")))
    step("writer.with.error", lambda: block("e", b"never", error=KeyError("mine")))
    step("writer.with.error.left", lambda: [p for p in names(store) if p == "e"])
    step("writer.with.error.over", lambda: block("w", b"never", error=KeyError("mine")))
    step("writer.with.error.kept", lambda: store.get("w").bytes())
    step("writer.with.error.large", lambda: block("l", b"x" * 11 * MIB, b"y", error=KeyError("mine"), buffer_size=5 * MIB))
    step("writer.with.error.large.left", lambda: [p for p in names(store) if p == "l"])
    step("writer.with.error.closed", lambda: closed_after_error(store))
    step("writer.with.closed_inside", lambda: closed_inside(store))
    step("writer.empty", lambda: block("empty"))
    step("writer.dropped", lambda: [m.open_writer(store, "dropped").write(b"x"), [p for p in names(store) if p == "dropped"]])
    step("writer.large", lambda: large(store))
    step("writer.large.small_buffer", lambda: large(store, buffer_size=5 * MIB, max_concurrency=2))
    step("writer.large.pieces", lambda: large(store, piece=100_003))
    step("writer.attributes", lambda: attributes(store, {"Content-Type": "text/x", "key": "value"}))
    step("writer.attributes.large", lambda: attributes(store, {"Content-Type": "text/x", "key": "value"}, b"x" * 11 * MIB))
    step("writer.attributes.bad", lambda: m.open_writer(store, "b", attributes={"k": 1}))
    step("writer.tags", lambda: block("t", b"x", tags={"k": "v"}))
    step("writer.tags.bad", lambda: m.open_writer(store, "b", tags={"k": 1}))
    step("writer.keywords", lambda: type(m.open_writer(
        store=store, path="k", attributes=None, buffer_size=100, tags=None, max_concurrency=1)).__name__)
    step("writer.positional", lambda: m.open_writer(store, "k", None))
    step("writer.path.bad", lambda: m.open_writer(store, "a//b"))
    step("writer.under_object", lambda: block("a/b", b"x"))
    step("writer.buffer.negative", lambda: m.open_writer(store, "b", buffer_size=-1))
    step("writer.seek", lambda: hasattr(f, "seek"))
    step("writer.mutated", lambda: mutated(store))


def enter(f):
    with f:
        return "entered"


def closed_after_error(store):
    f = m.open_writer(store, "x")
    try:
        with f:
            raise KeyError
    except KeyError:
        return f.closed()


def closed_inside(store):
    with m.open_writer(store, "ci") as f:
        f.write(b"x")
        f.close()


def large(store, piece=MIB, **options):
    data = bytes(range(256)) * 4096 * 12
    with m.open_writer(store, "large", **options) as f:
        for i in range(0, len(data), piece):
            f.write(data[i:i + piece])
    return bytes(store.get("large").bytes()) == data


def attributes(store, given, data=b"x"):
    with m.open_writer(store, "attributes", attributes=given) as f:
        f.write(data)
    return store.get("attributes").attributes


def mutated(store):
    """The bytes count that were there when they were written."""
    data = bytearray(b"before")
    with m.open_writer(store, "mutated") as f:
        f.write(data)
        data[:] = b"after!"
    return bytes(store.get("mutated").bytes()) in (b"before", b"after!")
