"""Objects as binary files."""

import ctypes
import io
from typing import Any, Callable, Optional

from . import _abi
from ._errors import check
from ._library import library
from ._models import WriteResult, write_result


class Reader(io.RawIOBase):
    """An object that is open for reading, from a store."""

    def __init__(self, handle: int, size: int) -> None:
        self._handle, self._size, self._position = handle, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        self._check_open()
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._check_open()
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}
        if whence not in start:
            raise ValueError(f"whence is {whence}, but must be 0, 1 or 2")
        position = start[whence] + offset
        if position < 0:
            raise ValueError(f"the position would be {position}, but must be 0 or more")
        error = ctypes.c_uint64()
        check(library.rstore_reader_seek(self._handle, position, ctypes.byref(error)), error)
        self._position = position
        return position

    def readinto(self, buffer: Any) -> int:
        self._check_open()
        memory, length = writable_memory(buffer)
        filled, error = ctypes.c_size_t(), ctypes.c_uint64()
        check(library.rstore_reader_read(self._handle, 0, memory, length, ctypes.byref(filled), ctypes.byref(error)),
              error)
        self._position += filled.value
        return filled.value

    def read_at(self, offset: int, length: int) -> bytes:
        """Reads up to ``length`` bytes from an offset, by one request, and
        moves nothing."""
        self._check_open()
        if offset < 0 or length < 0:
            raise ValueError("offset and length must be 0 or more")
        memory, filled, error = ctypes.create_string_buffer(length), ctypes.c_size_t(), ctypes.c_uint64()
        check(library.rstore_reader_read_at(self._handle, 0, offset, memory, length, ctypes.byref(filled),
                                            ctypes.byref(error)), error)
        return memory.raw[: filled.value]

    def close(self) -> None:
        if not self.closed:
            library.rstore_close(self._handle)
        super().close()

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")


class Writer(io.RawIOBase):
    """An object that is being written: closing it publishes the object. In a
    ``with`` block the end of the block does, and an exception in it drops what
    was written, whatever was closed in it. So does forgetting the writer.

    :ivar result: what was written, when it is published
    """

    result: Optional[WriteResult] = None
    _in_block = False

    def __init__(self, handle: int) -> None:
        self._handle, self._position = handle, 0  # a handle of 0: it is over

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        self._check_open()
        return self._position

    def write(self, data: Any) -> int:
        self._check_open()
        content = readable_memory(data)
        self._call(library.rstore_writer_write, content, len(content))
        self._position += len(content)
        return len(content)

    def commit(self) -> WriteResult:
        """Publishes the object, and closes the writer."""
        self._check_open()
        self._publish()
        self.close()
        assert self.result is not None
        return self.result

    def abort(self) -> None:
        """Drops what was written, and closes the writer."""
        self._check_open()
        try:
            self._call(library.rstore_writer_abort)
        finally:
            self._end()
            self.close()

    def close(self) -> None:
        if not self.closed:
            super().close()
            if self._handle and not self._in_block:
                self._publish()

    def __enter__(self) -> "Writer":
        self._check_open()
        self._in_block = True
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        self._in_block = False
        try:
            if self._handle and kind is None:
                self._publish()
        finally:
            self._end()
            super().close()

    def __del__(self) -> None:
        self._end()  # not close(), which would publish half an object

    def _publish(self) -> None:
        made = _abi.rstore_object()
        try:
            self._call(library.rstore_writer_commit, ctypes.byref(made), ctypes.sizeof(made))
        finally:
            self._end()
        self.result = take(made, write_result)

    def _end(self) -> None:
        if self._handle:
            library.rstore_close(self._handle)  # which drops what was not published
            self._handle = 0

    def _check_open(self) -> None:
        if self.closed or not self._handle:
            raise ValueError("I/O operation on closed file")

    def _call(self, function: Any, *arguments: Any) -> None:
        error = ctypes.c_uint64()
        check(function(self._handle, 0, *arguments, ctypes.byref(error)), error)


class Upload:
    """A multipart upload, whose parts any number of threads may send at once.
    The end of a ``with`` block commits it, an exception in it aborts it."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def part(self, number: int, data: Any) -> None:
        """Sends the part with this number, 1 to 10000. All but the last must
        have 5 MiB at least."""
        if not 0 <= number < 2**32:  # what would not fit
            raise ValueError(f"number is {number}, but must be 1 to 10000")
        content = readable_memory(data)
        self._call(library.rstore_upload_part, number, content, len(content))

    def commit(self) -> WriteResult:
        """Publishes the object: the parts in the order of their numbers."""
        made = _abi.rstore_object()
        self._call(library.rstore_upload_commit, ctypes.byref(made), ctypes.sizeof(made))
        return take(made, write_result)

    def abort(self) -> None:
        """Drops the parts."""
        self._call(library.rstore_upload_abort)

    def close(self) -> None:
        """Aborts the upload, if it is not over."""
        library.rstore_close(self._handle)

    def __enter__(self) -> "Upload":
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.close()

    def __del__(self) -> None:
        self.close()

    def _call(self, function: Any, *arguments: Any) -> None:
        error = ctypes.c_uint64()
        check(function(self._handle, 0, *arguments, ctypes.byref(error)), error)


def take(record: Any, convert: Callable[[Any], Any]) -> Any:
    """Converts what a record points to, and frees it."""
    try:
        return convert(record)
    finally:
        library.rstore_close(record.owner)


def readable_memory(content: Any) -> bytes:
    return content if isinstance(content, bytes) else bytes(memoryview(content))


def writable_memory(buffer: Any) -> Any:
    """The memory of a buffer, and its length."""
    view = memoryview(buffer).cast("B")
    if view.readonly:
        raise TypeError("buffer must be writable")
    return (ctypes.c_char * len(view)).from_buffer(view) if len(view) else None, len(view)
