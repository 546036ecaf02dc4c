"""Where a download goes: files."""

from __future__ import annotations

import io
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Target:
    """A file in the file system, in a ``with`` block. One that is opened here is closed
    behind the block, and removed if that fails. What it replaces stays until then: the
    bytes come into a file beside it."""

    def __init__(self, file: Any, overwrite: bool) -> None:
        if isinstance(file, io.TextIOBase):
            raise TypeError("file must be a path, or a binary file, not one of text")
        self._made = self._replaced = ""
        if hasattr(file, "write"):
            self._file = file
        else:
            self._made = os.fsdecode(file)
            if overwrite:
                self._replaced = os.path.realpath(self._made)
                self._made = f"{self._replaced}.{os.urandom(6).hex()}"
            self._file = open(self._made, "xb", buffering=0)
        try:
            self._file.flush()
            self.descriptor, self.offset = self._file.fileno(), self._file.tell()
        except (AttributeError, ValueError) as error:  # io.UnsupportedOperation is a ValueError
            raise TypeError(f"file must be a path, or an open file of the file system: {error}") from None

    def written(self, count: int) -> None:
        self._file.seek(self.offset + count)

    def __enter__(self) -> "Target":
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if not self._made:
            return
        self._file.close()
        failed = True
        try:
            if kind is None and self._replaced:
                os.replace(self._made, self._replaced)
            failed = kind is not None
        finally:
            if failed:
                os.unlink(self._made)
