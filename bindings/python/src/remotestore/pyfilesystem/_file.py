"""Files that are open for writing."""

from __future__ import annotations

import io
from typing import Any, BinaryIO, Callable, Optional


class File(io.BufferedIOBase):
    """A temporary file, of which the store gets all that is in it when it is flushed or closed, if it was
    changed. What cannot be stored raises there. An exception in a ``with`` block drops the changes since it
    was flushed last.

    :ivar name: the path
    :ivar mode: such as ``"r+b"``
    """

    def __init__(self, name: str, mode: str, local: BinaryIO, push: Callable[[BinaryIO], object]) -> None:
        self.name, self.mode = name, mode
        self._local, self._push, self._changed = local, push, False
        self._dropped = False

    def readable(self) -> bool:
        return "r" in self.mode or "+" in self.mode

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: Optional[int] = -1) -> bytes:
        return self._for_reading().read(-1 if size is None else size)

    def read1(self, size: int = -1) -> bytes:
        return self.read(size)

    def readline(self, size: Optional[int] = -1) -> bytes:
        return self._for_reading().readline(-1 if size is None else size)

    def readinto(self, buffer: Any) -> int:
        return self._for_reading().readinto(buffer)  # type: ignore[attr-defined, no-any-return]

    def write(self, data: Any) -> int:
        local = self._open()
        if "a" in self.mode:
            local.seek(0, io.SEEK_END)
        self._changed = True
        return local.write(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._open().seek(offset, whence)

    def tell(self) -> int:
        return self._open().tell()

    def truncate(self, size: Optional[int] = None) -> int:
        self._changed = True
        return self._open().truncate(size)

    def flush(self) -> None:
        local = self._open()
        if self._changed and not self._dropped:
            position = local.tell()
            local.seek(0)
            try:
                self._push(local)
            finally:
                local.seek(position)
            self._changed = False

    def close(self) -> None:
        if not self.closed:
            try:
                super().close()  # which flushes
            finally:
                self._local.close()

    def drop(self) -> None:
        """Lets no change come to the store any more."""
        self._dropped = True

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is not None:
            self.drop()
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.name!r}, mode {self.mode!r}>"

    def _open(self) -> BinaryIO:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        return self._local

    def _for_reading(self) -> BinaryIO:
        if not self.readable():
            raise io.UnsupportedOperation("not readable")
        return self._open()


class Text(io.TextIOWrapper):
    """The same, of text."""

    buffer: File

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is not None:
            self.buffer.drop()
        self.close()
