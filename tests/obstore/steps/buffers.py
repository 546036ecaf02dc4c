"""obstore.Bytes, without any store."""

import array
import collections.abc
import gc
import pickle
import weakref

from record import step
from subject import m

METHODS = "isalnum isalpha isascii isdigit islower isspace isupper lower upper".split()
TEXTS = [b"", b"abc", b"ABC", b"aBc1", b"123", b" \t\n\r\x0b\x0c", b"\xff", b"a b", b"a1", b"1A", b"\x80a", b"!a"]


def group_new():
    B = m.Bytes
    step("Bytes.empty", lambda: B())
    step("Bytes.bytes", lambda: B(b"abc"))
    step("Bytes.keyword", lambda: B(buf=b"abc"))
    step("Bytes.bytearray", lambda: B(bytearray(b"abc")))
    step("Bytes.memoryview", lambda: B(memoryview(b"abc")))
    step("Bytes.memoryview.part", lambda: B(memoryview(b"abcdef")[1:4]))
    step("Bytes.memoryview.strided", lambda: B(memoryview(b"abcdef")[::2]))
    step("Bytes.memoryview.reversed", lambda: B(memoryview(b"abcdef")[::-1]))
    step("Bytes.memoryview.2d", lambda: B(memoryview(b"abcdef").cast("B", (2, 3))))
    step("Bytes.memoryview.signed", lambda: B(memoryview(b"abc").cast("b")))
    step("Bytes.memoryview.char", lambda: B(memoryview(b"abc").cast("c")))
    step("Bytes.array.bytes", lambda: B(array.array("B", b"abc")))
    step("Bytes.array.ints", lambda: B(array.array("I", [1, 2])))
    step("Bytes.array.doubles", lambda: B(array.array("d", [1.0])))
    step("Bytes.numpy", lambda: B(numpy().frombuffer(b"abc", dtype="u1")))
    step("Bytes.numpy.2d", lambda: B(numpy().zeros((2, 2), dtype="u1")))
    step("Bytes.numpy.ints", lambda: B(numpy().zeros(2, dtype="i4")))
    step("Bytes.numpy.strided", lambda: B(numpy().arange(6, dtype="u1")[::2]))
    step("Bytes.itself", lambda: B(B(b"abc")))
    for name, wrong in (("text", "abc"), ("int", 3), ("none", None), ("list", [1, 2])):
        step(f"Bytes.wrong.{name}", lambda: B(wrong))
    step("Bytes.two", lambda: B(b"a", b"b"))
    step("Bytes.unknown", lambda: B(other=b"a"))

    def mutated():
        source = bytearray(b"abc")
        view = B(source)
        source[0] = 88
        return view

    step("Bytes.no_copy", lambda: mutated())

    def locked():
        source = bytearray(b"abc")
        view = B(source)
        source.append(1)
        return view

    step("Bytes.source_locked", lambda: locked())


def numpy():
    import numpy

    return numpy


def group_access():
    b = m.Bytes(b"0123456789")
    step("Bytes.len", lambda: [len(b), len(m.Bytes())])
    step("Bytes.bool", lambda: [bool(b), bool(m.Bytes())])
    for i in (0, 9, -1, -10, 10, -11, True):
        step(f"Bytes.index.{i}", lambda: b[i])
    step("Bytes.index.huge", lambda: b[2**70])
    step("Bytes.index.float", lambda: b[1.0])
    step("Bytes.index.text", lambda: b["1"])
    step("Bytes.index.none", lambda: b[None])
    step("Bytes.index.numpy", lambda: b[numpy().int64(3)])
    for name, s in {
        "all": slice(None), "part": slice(2, 5), "from": slice(7, None), "to": slice(None, 3), "negative": slice(-3, -1),
        "beyond": slice(5, 100), "outside": slice(20, 30), "empty": slice(5, 5), "crossed": slice(6, 2),
        "step": slice(None, None, 2), "step.part": slice(1, 8, 3), "reversed": slice(None, None, -1),
        "reversed.part": slice(8, 2, -2), "zero": slice(None, None, 0), "large": slice(None, None, 100),
    }.items():
        step(f"Bytes.slice.{name}", lambda: b[s])
    step("Bytes.slice.type", lambda: [type(b[:]).__name__, type(b[::2]).__name__, type(b[0]).__name__])
    step("Bytes.iterate", lambda: list(b))
    step("Bytes.iterator", lambda: type(iter(b)).__name__)
    step("Bytes.reversed", lambda: list(reversed(b)))
    step("Bytes.unpack", lambda: [*m.Bytes(b"ab")])
    step("Bytes.set", lambda: b.__setitem__(0, 1))
    step("Bytes.delete", lambda: b.__delitem__(0))
    step("Bytes.attribute", lambda: setattr(b, "x", 1))
    step("Bytes.slices_of_slices", lambda: b[2:8][1:4][::-1])


def group_compare():
    B = m.Bytes
    b = B(b"abc")
    step("Bytes.equal", lambda: [b == B(b"abc"), b == b"abc", b == bytearray(b"abc"), b == memoryview(b"abc")])
    step("Bytes.equal.reflected", lambda: [b"abc" == b, bytearray(b"abc") == b, memoryview(b"abc") == b])
    step("Bytes.unequal", lambda: [b != B(b"abd"), b != b"abc", b == b"ab", b == b""])
    for name, other in (("text", "abc"), ("int", 3), ("none", None), ("list", [97, 98, 99])):
        step(f"Bytes.equal.{name}", lambda: [b == other, b != other])
    step("Bytes.equal.array", lambda: b == array.array("I", [1]))
    for name, compare in {
        "less": lambda: b < B(b"abd"), "less.bytes": lambda: b < b"abd", "more": lambda: b > b"abb",
        "at_most": lambda: b <= b"abc",
    }.items():
        step(f"Bytes.{name}", compare)
    step("Bytes.hash", lambda: hash(b) == hash(B(b"abc")))
    step("Bytes.hash.bytes", lambda: hash(b) == hash(b"abc"))
    step("Bytes.in_set", lambda: len({b, B(b"abc")}))


def group_operators():
    B = m.Bytes
    b = B(b"abcabc")
    step("Bytes.add", lambda: b + B(b"x"))
    step("Bytes.add.bytes", lambda: b + b"x")
    step("Bytes.add.bytearray", lambda: b + bytearray(b"x"))
    step("Bytes.add.empty", lambda: b + b"")
    step("Bytes.add.text", lambda: b + "x")
    step("Bytes.add.int", lambda: b + 1)
    step("Bytes.add.reflected", lambda: b"x" + b)
    step("Bytes.add.reflected.bytearray", lambda: bytearray(b"x") + b)
    step("Bytes.multiply", lambda: b * 2)
    step("Bytes.multiply.zero", lambda: b * 0)
    step("Bytes.multiply.negative", lambda: b * -1)
    step("Bytes.multiply.reflected", lambda: 2 * b)
    step("Bytes.multiply.float", lambda: b * 2.0)
    step("Bytes.contains", lambda: [b"bca" in b, b"x" in b, b"abcabcabc" in b, B(b"a") in b])
    step("Bytes.contains.empty", lambda: b"" in b)
    step("Bytes.contains.int", lambda: 97 in b)
    step("Bytes.contains.text", lambda: "a" in b)
    step("Bytes.join", lambda: b"-".join([b, b"x", B(b"y")]))
    step("Bytes.format", lambda: f"{B(b'a')}")


def group_methods():
    for method in METHODS:
        step(f"Bytes.{method}", lambda: [getattr(m.Bytes(text), method)() for text in TEXTS])
        step(f"Bytes.{method}.type", lambda: type(getattr(m.Bytes(b"a"), method)()).__name__)
    b = m.Bytes(b"prefix-middle-suffix")
    step("Bytes.removeprefix", lambda: [b.removeprefix(b"prefix"), b.removeprefix(b"x"), b.removeprefix(b"")])
    step("Bytes.removesuffix", lambda: [b.removesuffix(b"suffix"), b.removesuffix(b"x"), b.removesuffix(b"")])
    step("Bytes.removeprefix.whole", lambda: b.removeprefix(b))
    step("Bytes.removeprefix.text", lambda: b.removeprefix("prefix"))
    step("Bytes.removeprefix.keyword", lambda: b.removeprefix(prefix=b"p"))
    step("Bytes.to_bytes", lambda: [b.to_bytes(), type(b.to_bytes()).__name__])
    step("Bytes.has_not", lambda: [n for n in dir(b"") if not n.startswith("_") and not hasattr(b, n)])
    step("Bytes.has", lambda: sorted(n for n in dir(b) if not n.startswith("_")))


def group_buffer():
    B = m.Bytes
    b = B(b"abc")
    step("Bytes.to.bytes", lambda: bytes(b))
    step("Bytes.to.bytearray", lambda: bytearray(b))
    step("Bytes.to.memoryview", lambda: memoryview(b))
    step("Bytes.to.memoryview.empty", lambda: memoryview(B()))
    step("Bytes.to.memoryview.slice", lambda: memoryview(B(b"abcdef")[2:4]))
    step("Bytes.to.memoryview.write", lambda: memoryview(b).__setitem__(0, 1))
    step("Bytes.to.memoryview.contiguous", lambda: [memoryview(b).c_contiguous, memoryview(b).shape])
    step("Bytes.to.numpy", lambda: numpy().frombuffer(B(b"\1\0\2\0"), dtype="<u2").tolist())
    step("Bytes.to.numpy.writable", lambda: numpy().frombuffer(b, dtype="u1").flags.writeable)
    step("Bytes.to.arrow", lambda: __import__("pyarrow").py_buffer(b).to_pybytes())
    step("Bytes.to.int", lambda: int.from_bytes(B(b"\1\2"), "big"))
    step("Bytes.to.text", lambda: str(b, "ascii"))
    step("Bytes.to.file", lambda: __import__("io").BytesIO(b).read())
    step("Bytes.to.json", lambda: __import__("json").loads(B(b"[1]")))
    step("Bytes.to.json.bytes", lambda: __import__("json").loads(bytes(B(b"[1]"))))
    step("Bytes.to.struct", lambda: __import__("struct").unpack("<H", B(b"\1\0")))
    step("Bytes.to.regex", lambda: __import__("re").match(b"a(.)", b).group(1))
    step("Bytes.to.zip", lambda: len(__import__("zlib").compress(b)) > 0)
    step("Bytes.same_memory", lambda: same_memory(memoryview(b"abcdef")))
    step("Bytes.outlives", lambda: outlives())


def same_memory(source):
    np = numpy()
    at = np.frombuffer(source, dtype="u1").ctypes.data
    b = m.Bytes(source)
    return [np.frombuffer(b, dtype="u1").ctypes.data - at, np.frombuffer(b[2:], dtype="u1").ctypes.data - at,
            np.frombuffer(b[1:][1:3], dtype="u1").ctypes.data - at]


def outlives():
    view = memoryview(m.Bytes(b"a" * 1000)[10:20])
    gc.collect()
    return bytes(view)


def group_class():
    B = m.Bytes
    for text in (b"", b"abc", b"a'b", b'a"b', b"a'\"b", b"\0\t\n\r\\\x7f\x80\xff", "é".encode()):
        step(f"Bytes.repr.{text!r}", lambda: repr(B(text)))
    step("Bytes.str", lambda: str(B(b"abc")))
    step("Bytes.pickle", lambda: pickle.loads(pickle.dumps(B(b"abc"))))
    step("Bytes.pickle.protocols", lambda: [pickle.loads(pickle.dumps(B(b"a"), p)) for p in range(2, 6)])
    step("Bytes.pickle.protocol0", lambda: pickle.loads(pickle.dumps(B(b"a"), 0)))
    step("Bytes.getnewargs", lambda: B(b"a").__getnewargs_ex__())
    step("Bytes.copy", lambda: __import__("copy").copy(B(b"a")))
    step("Bytes.deepcopy", lambda: __import__("copy").deepcopy(B(b"a")))
    step("Bytes.weakref", lambda: weakref.ref(B(b"a"))() is None)
    step("Bytes.is_bytes", lambda: isinstance(B(), bytes))
    step("Bytes.is_sequence", lambda: isinstance(B(), collections.abc.Sequence))
    step("Bytes.is_hashable", lambda: isinstance(B(), collections.abc.Hashable))
    step("Bytes.is_sized", lambda: isinstance(B(), collections.abc.Sized))
    step("Bytes.match", lambda: matched(B(b"ab")))
    step("Bytes.name", lambda: [B.__name__, B.__qualname__])

    class Sub(B):
        def more(self):
            return len(self) + 1

    step("Bytes.subclass", lambda: [Sub(b"abc").more(), Sub(b"abc") == b"abc"])
    step("Bytes.subclass.type", lambda: [type(Sub(b"abc")[1:]).__name__, type(Sub(b"a") + b"").__name__])


def matched(value):
    match value:
        case [a, b]:
            return [a, b]
    return "no sequence"
