"""open_reader."""

import io
import os

from record import step
from subject import m, new_store

TEXT = b"one\ntwo\r\n\nfour\xc3\xa9\nlast"


def group_reader():
    store = new_store()
    store.put("a", b"0123456789")
    store.put("t", TEXT)
    store.put("empty", b"")
    store.put("latin", b"\xff\xfe\nx")
    large = bytes(range(256)) * 8192 * 2  # 4 MiB
    store.put("large", large)
    f = step("reader", lambda: m.open_reader(store, "a"))
    step("reader.type", lambda: type(f).__name__)
    step("reader.has", lambda: sorted(n for n in dir(f) if not n.startswith("_")))
    step("reader.facts", lambda: [f.size, f.tell(), f.seekable()])
    step("reader.read.some", lambda: [f.read(3), f.tell()])
    step("reader.read.zero", lambda: f.read(0))
    step("reader.read.none", lambda: [f.read(None), f.tell()])
    step("reader.read.end", lambda: [f.read(), f.read(5), f.tell()])
    step("reader.read.type", lambda: type(f.read()).__name__)
    step("reader.read.negative", lambda: f.read(-1))
    step("reader.read.float", lambda: f.read(1.0))
    step("reader.read.keyword", lambda: f.read(size=1))
    step("reader.seek", lambda: [f.seek(4), f.read(2), f.tell()])
    step("reader.seek.current", lambda: [f.seek(-2, os.SEEK_CUR), f.read(1)])
    step("reader.seek.end", lambda: [f.seek(-3, os.SEEK_END), f.read()])
    step("reader.seek.to_end", lambda: [f.seek(0, os.SEEK_END), f.read(1)])
    step("reader.seek.behind", lambda: f.seek(100))
    step("reader.seek.behind.read", lambda: [f.tell(), f.read()])
    step("reader.seek.behind.read.some", lambda: [f.seek(100), f.read(3)])
    step("reader.seek.before", lambda: f.seek(-1))
    step("reader.seek.before.current", lambda: [f.seek(2), f.seek(-5, 1)])
    step("reader.seek.before.end", lambda: f.seek(-100, 2))
    step("reader.seek.whence", lambda: f.seek(0, 3))
    step("reader.seek.whence.negative", lambda: f.seek(0, -1))
    step("reader.seek.keyword", lambda: f.seek(offset=1))
    step("reader.readall", lambda: [f.seek(7), f.readall(), f.readall()])
    step("reader.more_than_there", lambda: [f.seek(5), f.read(100)])
    step("reader.close", lambda: [f.close(), f.close()])
    step("reader.closed", lambda: hasattr(f, "closed"))
    step("reader.after_close", lambda: [f.seek(0), f.read(2)])
    step("reader.with", lambda: f.__enter__())
    step("reader.iterate", lambda: list(f))
    step("reader.wrapped", lambda: io.BufferedReader(m.open_reader(store, "a")))
    step("reader.set_size", lambda: setattr(f, "size", 1))
    step("reader.missing", lambda: m.open_reader(store, "none"))
    step("reader.folder", lambda: [store.put("d/x", b"") and None, m.open_reader(store, "d")])
    step("reader.keywords", lambda: m.open_reader(store=store, path="a", buffer_size=4, size=None).read())
    step("reader.positional", lambda: m.open_reader(store, "a", 4))
    step("reader.empty", lambda: (lambda e: [e.size, e.read(), e.read(1), e.readline(), e.readlines()])(m.open_reader(store, "empty")))

    def lines(path, hint=-1, **options):
        return m.open_reader(store, path, **options).readlines(hint)

    step("reader.readline", lambda: (lambda t: [t.readline() for _ in range(8)])(m.open_reader(store, "t")))
    step("reader.readline.type", lambda: type(m.open_reader(store, "t").readline()).__name__)
    step("reader.readline.tell", lambda: (lambda t: [t.readline(), t.tell(), t.read(2), t.readline()])(m.open_reader(store, "t")))
    step("reader.readline.latin", lambda: m.open_reader(store, "latin").readline())
    step("reader.readline.argument", lambda: m.open_reader(store, "t").readline(2))
    step("reader.readlines", lambda: lines("t"))
    step("reader.readlines.type", lambda: type(lines("t")).__name__)
    for hint in (0, 1, 4, 5, 100):
        step(f"reader.readlines.{hint}", lambda: lines("t", hint))
    step("reader.readlines.keyword", lambda: m.open_reader(store, "t").readlines(hint=1))
    step("reader.readlines.latin", lambda: lines("latin"))
    step("reader.readlines.rest", lambda: (lambda t: [t.read(4), t.readlines()])(m.open_reader(store, "t")))
    step("reader.readlines.small_buffer", lambda: lines("t", buffer_size=2))

    step("reader.large", lambda: bytes(m.open_reader(store, "large").read()) == large)
    step("reader.large.some", lambda: len(m.open_reader(store, "large").read(3 * 1024 * 1024)))
    for size in (1, 3, 10, 1000):
        step(f"reader.buffer.{size}", lambda: pieces(m.open_reader(store, "a", buffer_size=size)))
    step("reader.buffer.zero", lambda: m.open_reader(store, "a", buffer_size=0).read(4))
    step("reader.buffer.negative", lambda: m.open_reader(store, "a", buffer_size=-1))
    step("reader.size", lambda: (lambda s: [s.size, s.read()])(m.open_reader(store, "a", size=10)))
    step("reader.size.smaller", lambda: (lambda s: [s.size, s.read()])(m.open_reader(store, "a", size=4)))
    step("reader.size.larger", lambda: (lambda s: [s.size, s.read()])(m.open_reader(store, "a", size=20)))
    step("reader.size.larger.some", lambda: m.open_reader(store, "a", size=20).read(4))
    step("reader.size.zero", lambda: m.open_reader(store, "a", size=0).read())
    step("reader.size.missing", lambda: m.open_reader(store, "none", size=10).size)
    step("reader.size.missing.read", lambda: m.open_reader(store, "none", size=10).read())
    step("reader.size.negative", lambda: m.open_reader(store, "a", size=-1))
    step("reader.changed", lambda: changed(store))
    step("reader.two", lambda: (lambda a, b: [a.read(2), b.read(3), a.read(2)])(m.open_reader(store, "a"), m.open_reader(store, "a")))


def pieces(f):
    return [f.read(4), f.read(4), f.read(4), f.read(4)]


def changed(store):
    store.put("c", b"0123456789")
    f = m.open_reader(store, "c", buffer_size=2)
    first = f.read(2)
    store.put("c", b"abcdefghij")
    return [first, f.read(2)]
