"""Objects as binary files."""

from __future__ import annotations

import ctypes
import io
import operator
import warnings

from . import _abi
from ._call import call, wait
from ._errors import RemoteStoreError
from ._later import models
from ._library import library
from ._log import Operation
from ._memory import Handle, Object, address_of, new_bytes, readable, writable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn, Optional

    from ._arguments import Metadata
    from ._models import WriteResult

BUFFER_SIZE = 1 << 20  # of a file that is read or written


def sought(offset: int, whence: int, position: int, size: int) -> int:
    """Where a seek leads from a position."""
    start = {io.SEEK_SET: 0, io.SEEK_CUR: position, io.SEEK_END: size}
    if whence not in start:
        raise ValueError(f"whence is {whence}, but must be 0, 1 or 2")
    to = start[whence] + operator.index(offset)
    if not 0 <= to < 2**63:  # what would not fit
        raise ValueError(f"the position would be {to}, but must be 0 or more, and below 2**63")
    return to


class _Open:
    """What is open, which has one owner, in this process."""

    _handle = Handle()  # none, until it is open
    _path = ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._path!r}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be pickled or copied: it is open in this process only")

    def _wait(self, function: Any, *arguments: Any) -> None:
        self._checked(wait, function, self._handle, *arguments)

    def _checked(self, call_it: Any, *arguments: Any) -> None:
        try:
            call_it(*arguments)
        except RemoteStoreError:
            self._check_open()  # another thread closed it meanwhile
            raise

    def _check_open(self) -> None:
        raise NotImplementedError


class Reader(_Open, io.RawIOBase):
    """An object, or a range of it, that is open for reading. All that it gives
    is of one version of the object.

    :raises ObjectChanged: at a read, if the object changed meanwhile
    """

    _finalizing = False  # io sets it before it closes what was forgotten

    def __init__(self, path: str, handle: Handle, size: int) -> None:
        self._handle, self._path = handle, path
        self._size, self._position = size, 0
        self._at = 0  # the library's position; -1 is unknown

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        raise io.UnsupportedOperation("not writable")

    def tell(self) -> int:
        self._check_open()
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._check_open()
        self._position = sought(offset, whence, self._position, self._size)
        return self._position

    def readinto(self, buffer: Any) -> int:
        self._check_open()
        pointer, length, _alive = writable(buffer)
        return self._fill(pointer, length)

    def readall(self) -> bytes:
        self._check_open()
        content = new_bytes(max(self._size - self._position, 0))
        return read_rest(self._fill, content, 0)

    def read_at(self, offset: int, length: int) -> bytes:
        """Reads up to ``length`` bytes from an offset, by one request, and
        moves nothing."""
        self._check_open()
        offset, length = operator.index(offset), operator.index(length)
        if not 0 <= offset < 2**63 or length < 0:
            raise ValueError("offset and length must be 0 or more, and the offset below 2**63")
        content, filled = new_bytes(min(length, max(self._size - offset, 0))), ctypes.c_size_t()
        self._wait(library.rstore_reader_read_at, offset, content, len(content), ctypes.byref(filled))
        return content[: filled.value]

    def close(self) -> None:
        if self._finalizing and self._handle:  # in a BufferedReader, that one asks for this
            warn_unclosed(self, self)
        super().close()  # first: another thread that reads then sees why it cannot
        self._handle.close()

    def _dealloc_warn(self, source: object) -> None:
        warn_unclosed(self, source)

    def _fill(self, pointer: Any, length: int) -> int:
        filled = ctypes.c_size_t()
        if self._at != self._position:
            self._checked(call, library.rstore_reader_seek, self._handle, self._position)
        self._at = -1  # if a signal handler raises, nothing was read
        self._wait(library.rstore_reader_read, pointer, length, ctypes.byref(filled))
        self._at = self._position = self._position + filled.value
        return filled.value

    def _check_open(self) -> None:
        if self.closed or not self._handle:
            raise ValueError("I/O operation on closed file")


def read_rest(fill: Callable[[int, int], Any], content: bytes, filled: int) -> bytes:
    """Fills the rest of new bytes. A read may give less. It gives nothing only
    if another thread moved the reader meanwhile, for where something is missing
    it raises: then the bytes are less."""
    address = address_of(content)
    while filled < len(content):
        count: int = fill(address + filled, len(content) - filled)
        if not count:
            return content[:filled]
        filled += count
    return content


class Publisher:
    """What publishes what a writer or an upload has."""

    def __init__(self, function: Any, metadata: Metadata, operation: Operation) -> None:
        self._function, self._metadata, self._operation = function, metadata, operation

    def publish(self, handle: Handle) -> WriteResult:
        made, operation = Object(), self._operation
        wait(self._function, handle, ctypes.byref(made), ctypes.sizeof(made), context=operation.context)
        operation.done()
        return models.write_result(made, self._metadata)

    def drop(self, error: Optional[BaseException]) -> None:
        """Is told that nothing is published, and the error that is why, if one is."""


class Writer(_Open, io.RawIOBase):
    """An object that is being written: closing it publishes the object. In a
    ``with`` block the end of the block does, and an exception in it drops what
    was written, whatever was closed in it. So does forgetting the writer.

    :ivar result: what was written, when it is published
    """

    result: Optional[WriteResult] = None
    _in_block = _forgotten = False
    _finalizing = False  # io sets it before it closes what was forgotten

    def __init__(self, path: str, handle: Handle, publisher: Publisher, context: Any = None) -> None:
        self._path, self._position, self._publisher, self._context = path, 0, publisher, context
        self._handle = handle  # without a value: it is over

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise io.UnsupportedOperation("not readable")

    def tell(self) -> int:
        self._check_open()
        return self._position

    def write(self, data: Any) -> int:
        if self._forgotten:
            return memoryview(data).nbytes
        self._check_open()
        pointer, length, _alive = readable(data)
        try:
            wait(library.rstore_writer_write, self._handle, pointer, length, context=self._context)
        except RemoteStoreError:
            self._check_open()  # another thread closes it, which is not to be disturbed
            raise
        except BaseException as error:  # a signal handler's: the data may have been taken
            self._handle.close()
            self._publisher.drop(error)
            raise
        self._position += length
        return length

    def commit(self) -> WriteResult:
        """Publishes the object, and closes the writer."""
        self._check_open()
        try:
            self._publish()
        finally:
            super().close()
        assert self.result is not None
        return self.result

    def abort(self) -> None:
        """Drops what was written, and closes the writer."""
        self._check_open()
        try:
            self._wait(library.rstore_writer_abort)
        finally:
            self._handle.close()
            super().close()
            self._publisher.drop(None)

    def close(self) -> None:
        if not self.closed:
            super().close()
            if self._finalizing:
                self._forget(self)
            elif not self._in_block and not self._forgotten:
                self._publish()

    def __enter__(self) -> "Writer":
        self._check_open()
        self._in_block = True
        return self

    def __exit__(self, kind: Any, error: Any = None, *_: Any) -> None:
        self._in_block = False
        try:
            if kind is None and (self._handle or not self.closed):
                self._publish()
        finally:
            self._handle.close()  # which drops what was not published
            super().close()
            if kind is not None:
                self._publisher.drop(error)

    def _dealloc_warn(self, source: object) -> None:
        # A buffer around this was forgotten, and is about to flush and to close
        # it. In a block that is well: the end of the block decides.
        if not self._in_block:
            self._forget(source)

    def _forget(self, source: object) -> None:
        if self._handle:  # to publish it now would publish half an object
            warn_unclosed(self, source, 4)
            self._handle.close()
            self._forgotten = True

    def _publish(self) -> None:
        if not self._handle:
            raise ValueError("the writer was interrupted: begin anew")
        try:
            self.result = self._publisher.publish(self._handle)
        finally:
            self._handle.close()

    def _check_open(self) -> None:
        if self.closed or not self._handle:
            raise ValueError("I/O operation on closed file")


class Upload(_Open):
    """A multipart upload, whose parts any number of threads may send at once.
    The end of a ``with`` block commits it, if the block has not
    committed or aborted it; an exception in the block aborts it."""

    def __init__(self, path: str, handle: Handle, publisher: Publisher) -> None:
        self._handle, self._path, self._publisher = handle, path, publisher
        self._over = False

    def part(self, number: int, data: Any) -> None:
        """Sends the part with this number, 1 to 10000. All but the last must
        have 5 MiB at least ("Amazon S3 multipart upload limits", User Guide)."""
        number = operator.index(number)
        if not 0 <= number < 2**32:  # what would not fit
            raise ValueError(f"number is {number}, but must be 1 to 10000")
        self._check_open()
        pointer, length, _alive = readable(data)
        self._wait(library.rstore_upload_part, number, pointer, length)

    def commit(self) -> WriteResult:
        """Publishes the object: the parts in the order of their numbers."""
        self._check_open()
        result = self._publisher.publish(self._handle)
        self._over = True
        return result

    def abort(self) -> None:
        """Drops the parts."""
        self._check_open()
        self._wait(library.rstore_upload_abort)
        self._over = True

    def close(self) -> None:
        """Aborts the upload, if it is not over."""
        self._handle.close()

    def __enter__(self) -> "Upload":
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        try:
            if kind is None and not self._over:
                self.commit()
        finally:
            self.close()

    def __del__(self) -> None:
        if self._handle:
            warn_unclosed(self, self)

    def _check_open(self) -> None:
        if not self._handle:
            raise ValueError("the upload is closed")


def warn_unclosed(holder: object, source: object, stacklevel: int = 3) -> None:
    """Says, as Python does of files, that something was not closed."""
    try:
        warnings.warn(f"unclosed {holder!r}", ResourceWarning, stacklevel=stacklevel, source=source)
    except Warning as error:  # -W error makes it one
        _Unraisable(error)
    except Exception:  # no module any more, at the exit
        pass


class _Unraisable:
    """Reports an error without raising it: Python does so with what a finalizer raises."""

    def __init__(self, error: Warning) -> None:
        self._error = error

    def __del__(self) -> None:
        raise self._error
