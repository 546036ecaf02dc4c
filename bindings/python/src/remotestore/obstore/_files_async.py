"""In an event loop: open_reader and open_writer, and what they give.

Written by generate_async.py from _files.py: change that."""

import ctypes
import operator
import os
import sys
from typing import Any, Dict, List, Optional

from .. import _abi
from .._library import library
from .._memory import Object, address_of, new_bytes
from .._operations_async import AsyncOperations
from .._path import RawPath
from . import _bytes
from ._arguments import keeps_tags, number, optional, raw, write_args
from ._bytes import Bytes
from ._errors import translated, translated_file
from ._meta import Attributes
from ._view import async_operations
from ._writing_async import AsyncWriting


class AsyncReadableFile:
    """An object as a file to be read, here and there. All of it is one version."""

    def __init__(self, at: AsyncOperations, path: RawPath, buffer_size: int, size: int, tag: bytes) -> None:
        self._at, self._path, self._size, self._tag = at, path, size, tag
        self._block, self._begin, self._block_size = b"", 0, buffer_size  # the last block, and where it begins
        self._position = 0

    @property
    def size(self) -> int:
        """Its number of bytes."""
        return self._size

    def close(self) -> None:
        """Does nothing: nothing is open."""

    def seekable(self) -> bool:
        return True

    async def tell(self) -> int:
        return self._position

    async def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Moves, also behind the end.

        :raises OSError: to before the beginning
        """
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        whence = number("whence", whence)
        if whence not in start:
            raise OSError(f"whence is {whence}, but must be 0, 1 or 2")
        position = start[whence] + operator.index(offset)
        if not 0 <= position < 2**64:
            raise OSError(f"the position would be {position}, but must be 0 or more, and below 2**64")
        self._position = position
        return position

    async def read(self, size: Optional[int] = None, /) -> Bytes:
        """Reads so many bytes, or all that are left."""
        left = max(self._size - self._position, 0)
        wanted = left if size is None else min(number("size", size), left)
        ahead = self._ahead()[:wanted]
        if len(ahead) == wanted:
            made = Bytes(ahead)
        else:
            made = _bytes.new(wanted)
            ctypes.memmove(address_of(made), bytes(ahead), len(ahead))
            made = made[: len(ahead) + await self._read_on(made, len(ahead))]
        self._position += len(made)
        if size is None and self._position < self._size:
            raise OSError(f"the object has {self._position} bytes, but {self._size} were said")
        return made

    async def readall(self) -> Bytes:
        """Reads all that is left."""
        return await self.read()

    async def readline(self) -> Bytes:
        """Reads up to the next line feed, or the end."""
        line = b""
        while self._position < self._size and not line.endswith(b"\n"):
            piece, feed, _ = bytes(self._ahead() or await self._load(self._position)).partition(b"\n")
            if not piece and not feed:
                break
            line += piece + feed
            self._position += len(piece) + len(feed)
        return Bytes(line)

    async def readlines(self, hint: int = -1) -> List[Bytes]:
        """Reads lines up to the end, where the last one is empty; or, with a hint
        above 0, until they have so many bytes."""
        lines: List[Bytes] = []
        hint, read = operator.index(hint), 0
        while not lines or lines[-1] and not 0 < hint <= read:
            lines.append(await self.readline())
            read += len(lines[-1])
        return lines

    def _ahead(self) -> memoryview:
        """What of the last block is at the position and behind it."""
        at = self._position - self._begin
        return memoryview(self._block)[at:] if at >= 0 else memoryview(b"")

    async def _read_on(self, made: bytes, filled: int) -> int:
        """Fills the rest of new bytes by one request, and returns how many there are."""
        offset, wanted = self._position + filled, len(made) - filled
        if wanted >= self._block_size:
            return await self._fetch(offset, address_of(made) + filled, wanted)
        block = bytes((await self._load(offset))[:wanted])
        ctypes.memmove(address_of(made) + filled, block, len(block))
        return len(block)

    async def _load(self, offset: int) -> memoryview:
        """Reads the block at an offset."""
        block = new_bytes(min(self._block_size, self._size - offset, sys.maxsize))
        filled = await self._fetch(offset, address_of(block), len(block))
        self._block, self._begin = block[:filled], offset
        return memoryview(self._block)

    async def _fetch(self, offset: int, address: int, size: int) -> int:
        """Reads by one request, of the version that was read before."""
        wanted, found = _abi.rstore_range(offset, address, size, 0), Object()
        args = _abi.rstore_args(if_match=self._tag, if_match_len=len(self._tag))
        with translated_file:
            await self._at._call(library.rstore_get_ranges, self._path, args, ctypes.byref(wanted), 1, ctypes.byref(found),
                                 ctypes.sizeof(found))
        self._tag = found.etag
        return wanted.filled  # type: ignore[no-any-return]


class AsyncWritableFile:
    """An object as a file to be written: closing it publishes the object. In a
    ``with`` block the end of the block does, and an exception in it drops what was
    written. So does forgetting it."""

    def __init__(self, writing: AsyncWriting) -> None:
        self._writing: Optional[AsyncWriting] = writing

    async def write(self, buffer: Any) -> int:
        """Takes what has memory, and returns its length.

        :raises OSError: what it is about, and after ``close``
        """
        return await self._open().write(buffer)

    async def flush(self) -> None:
        """Publishes nothing."""
        self._open()

    async def close(self) -> None:
        """Publishes the object.

        :raises OSError: if that fails, and if it was closed
        """
        writing, self._writing = self._open(), None
        with writing:
            await writing.commit()

    async def closed(self) -> bool:
        return self._writing is None

    async def __aenter__(self) -> "AsyncWritableFile":
        return self

    async def __aexit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            await self.close()
        elif self._writing is not None:
            self._writing.drop()
            self._writing = None

    def __repr__(self) -> str:
        return type(self).__name__

    def _open(self) -> AsyncWriting:
        if self._writing is None:
            raise OSError("the file is closed")
        return self._writing


async def open_reader_async(
    store: Any, path: str, *, buffer_size: int = 1024 * 1024, size: Optional[int] = None
) -> AsyncReadableFile:
    """Opens an object to read parts of it. Each request is for so many bytes as are
    wanted, at least those of the buffer; one more asks for the size first.

    :param size: of the object, if it is known: then nothing is asked here
    :raises FileNotFoundError: if there is none
    """
    at, p, block = async_operations(store), raw(path), number("buffer_size", buffer_size) or 1
    known = optional(number, "size", size)
    if known is not None:
        return AsyncReadableFile(at, p, block, known, b"")
    with translated:
        found = await at._head(p)
    return AsyncReadableFile(at, p, block, found.size, found.etag)


def open_writer_async(
    store: Any,
    path: str,
    *,
    attributes: Optional[Attributes] = None,
    buffer_size: int = 10 * 1024 * 1024,
    tags: Optional[Dict[str, str]] = None,
    max_concurrency: int = 12,
) -> AsyncWritableFile:
    """Opens an object to be written, as :func:`put` writes an iterable. The arguments
    are those of it; ``buffer_size`` is without effect, as ``max_concurrency`` is."""
    at, p = async_operations(store), raw(path)
    args = write_args(attributes, tags, keeps_tags(at))
    number("buffer_size", buffer_size)
    number("max_concurrency", max_concurrency)
    return AsyncWritableFile(AsyncWriting(at, p, args, translated_file))
