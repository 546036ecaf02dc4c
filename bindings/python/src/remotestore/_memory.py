"""Memory that goes over the border: text, bytes, buffers, handles, records."""

from __future__ import annotations

import ctypes
import mmap

from . import _abi
from ._library import library, quick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional, Tuple


def _in_c(function: Any, argument: Any) -> Any:
    """A ``__del__`` that is no Python code: a pending signal's handler would run
    in that, and what it raises is lost in a ``__del__``, with what is left to do."""
    function.argtypes = [argument]
    return _bound(function)


_bound = ctypes.pythonapi.PyInstanceMethod_New
_bound.restype, _bound.argtypes = ctypes.py_object, [ctypes.py_object]


class Handle(ctypes.c_uint64):
    """A handle of the library, which is closed with it. It is made before the
    call that fills it, so that a signal handler that raises right after the
    call loses nothing.

    :ivar credentials: of the backend that it is about, if a provider gives them
    """

    credentials: Any = None

    def new(self) -> "Handle":
        """One for what will be open on the same backend."""
        handle = Handle()
        if self.credentials is not None:
            handle.credentials = self.credentials
        return handle

    def close(self) -> int:
        # In this order: a signal handler may raise in between.
        status: int = library.rstore_close(self) if self.value else _abi.OK
        self.value = 0
        return status

    __del__: Any = _in_c(library["rstore_close"], ctypes.c_uint64)


class _First:
    """The argument that is the first field of a record."""

    from_param = ctypes.c_uint64.from_buffer


class _Owner:
    """A record that frees what it points to when it is forgotten: its first
    field owns that."""

    __del__: Any = _in_c(quick["rstore_close"], _First)


class Object(_abi.rstore_object, _Owner):
    pass


class Page(_abi.rstore_page, _Owner):
    pass


class Failures(_abi.rstore_failures, _Owner):
    pass


class Results(_abi.rstore_results, _Owner):
    pass


class Location(_abi.rstore_location, _Owner):
    pass


class Text(_abi.rstore_text, _Owner):
    def __str__(self) -> str:
        return bytes(self.text).decode()


class Progress(_abi.rstore_progress, _Owner):
    pass


def text(value: str) -> bytes:
    """UTF-8 for the library, which refuses what is not Unicode with an error."""
    if not isinstance(value, str):
        raise TypeError(f"expected a str, not {type(value).__name__}")
    return value.encode("utf-8", "surrogatepass")


_new_bytes = ctypes.pythonapi.PyBytes_FromStringAndSize
_new_bytes.restype, _new_bytes.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_ssize_t]
_address_of_bytes = ctypes.pythonapi.PyBytes_AsString
_address_of_bytes.restype, _address_of_bytes.argtypes = ctypes.c_void_p, [ctypes.py_object]


def new_bytes(size: int, address: Optional[int] = None) -> bytes:
    """The bytes at an address. Without one they are not written yet: for the
    library to fill, before anybody else sees them (CPython, C API:
    "PyBytes_FromStringAndSize")."""
    return _new_bytes(address, size)  # type: ignore[no-any-return]


class FirstBytes:
    """Where the library puts the first bytes of an object whose size is not known
    yet: most objects have no more."""

    CAPACITY = 64 << 10

    def __init__(self) -> None:
        pages = mmap.mmap(-1, self.CAPACITY, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # no memory until they are written
        self._memory = (ctypes.c_char * self.CAPACITY).from_buffer(pages)
        self.address = ctypes.addressof(self._memory)
        self.filled, self.length, self.reader = ctypes.c_size_t(), ctypes.c_uint64(), Handle()
        self.filled_out = ctypes.byref(self.filled)
        self.arguments = (self.address, self.CAPACITY, self.filled_out, ctypes.byref(self.length),
                          ctypes.byref(self.reader))


def address_of(data: bytes) -> int:
    return _address_of_bytes(data)  # type: ignore[no-any-return]


class Buffer(ctypes.Structure):
    """The memory of an object that has some, while this lives (CPython, C API:
    "Buffer Protocol"): a pointer for the library, without a copy."""

    _fields_ = [
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    ]

    def __init__(self, holder: Any, flags: int) -> None:
        super().__init__()
        _get_buffer(holder, ctypes.byref(self), flags)


_release = ctypes.pythonapi["PyBuffer_Release"]
_release.restype = None
Buffer.__del__ = _in_c(_release, ctypes.POINTER(Buffer))  # type: ignore[attr-defined]
_get_buffer = ctypes.pythonapi.PyObject_GetBuffer
_get_buffer.argtypes = [ctypes.py_object, ctypes.POINTER(Buffer), ctypes.c_int]
_SIMPLE, _WRITABLE = 0, 1  # PyBUF_SIMPLE, PyBUF_WRITABLE


def readable(content: Any) -> Tuple[Any, int, Any]:
    """Pointer and length of what may be read, and what has to live as long."""
    if type(content) is bytes:  # which ctypes points to by itself
        return content, len(content), None
    view = memoryview(content)  # a TypeError for what has no memory
    if not view.c_contiguous:
        return view.tobytes(), view.nbytes, None
    buffer = Buffer(view, _SIMPLE)
    return buffer.buf, buffer.len, buffer


def writable(target: Any) -> Tuple[Any, int, Any]:
    """Pointer and length of what may be written, and what has to live as long."""
    view = memoryview(target)
    if view.readonly:
        raise TypeError("buffer must be writable")
    buffer = Buffer(view, _WRITABLE)
    return buffer.buf, buffer.len, buffer
