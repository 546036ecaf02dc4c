"""Bytes: what obstore's reads return."""

import ctypes
import sys
from typing import Any, ClassVar, Optional, SupportsIndex, Union

from .._memory import address_of


class Bytes(bytes):
    """Bytes that stay Bytes when they are cut, joined or changed.

    A class written in Python can lend its memory only from 3.12 on, except by
    inheriting it (PEP 688). So these are bytes, with all that bytes can do.
    """

    __slots__ = ()
    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __new__(cls, buf: Any = b"") -> "Bytes":
        view = memoryview(buf)
        if view.format not in ("B", "c"):
            raise BufferError(f"a buffer of bytes is expected, not of format {view.format}")
        if view.ndim != 1 or not view.c_contiguous:
            raise ValueError("a contiguous buffer of one dimension is expected")
        return super().__new__(cls, view)

    def __repr__(self) -> str:
        quoted = super().__repr__()[2:-1]
        if super().__repr__()[1] == "'":  # then there is no ' in it, or both quotes are
            quoted = quoted.replace("\\'", "'").replace('"', '\\"')
        return f'Bytes(b"{quoted}")'

    __str__ = __repr__

    def __getitem__(self, key: Union[SupportsIndex, slice]) -> Any:
        found = super().__getitem__(key)
        return Bytes(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> "Bytes":
        return Bytes(super().__add__(other))

    def __mul__(self, count: SupportsIndex) -> "Bytes":
        return Bytes(super().__mul__(count))

    def __rmul__(self, count: SupportsIndex) -> "Bytes":
        return self * count

    def lower(self) -> "Bytes":
        return Bytes(super().lower())

    def upper(self) -> "Bytes":
        return Bytes(super().upper())

    def removeprefix(self, prefix: Any, /) -> "Bytes":
        return Bytes(super().removeprefix(prefix))

    def removesuffix(self, suffix: Any, /) -> "Bytes":
        return Bytes(super().removesuffix(suffix))

    def to_bytes(self) -> bytes:
        return bytes(memoryview(self))


_allocate = ctypes.pythonapi.PyType_GenericAlloc
_allocate.restype, _allocate.argtypes = ctypes.py_object, [ctypes.py_object, ctypes.c_ssize_t]


def new(size: int, address: Optional[int] = None) -> Bytes:
    """The bytes at an address. Without one they are zero, for the library to fill,
    before anybody else sees them (CPython, C API: "PyType_GenericAlloc": there is
    no hash of them yet either, and never will be)."""
    if size > sys.maxsize:  # which ctypes would make negative
        raise MemoryError(f"no memory can hold {size} bytes")
    made: Bytes = _allocate(Bytes, size)
    if address is not None:
        ctypes.memmove(address_of(made), address, size)
    return made
