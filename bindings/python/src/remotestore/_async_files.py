"""Objects as files in an event loop. Each is opened by its first use."""

from __future__ import annotations

import ctypes
import functools
import io
import operator
from typing import TYPE_CHECKING, Any, Awaitable, Callable, NoReturn, Optional, Tuple

from . import _abi
from ._call import call
from ._errors import RemoteStoreError
from ._library import library
from ._log import begin
from ._memory import Handle, new_bytes, readable, writable
from ._models import WriteResult
from ._queue import Operation, Record, wait
from ._streams import BUFFER_SIZE, sought, warn_unclosed
from ._streams_async import AsyncPublisher, read_rest_async

if TYPE_CHECKING:
    from ._arguments import Metadata
    from ._path import PathLike


class AsyncFiles:
    """What a store opens."""

    _handle: Handle
    _name: str

    async def _begin_reader(self, path: PathLike, args: Optional[_abi.rstore_args]) -> Tuple[Handle, int]:
        raise NotImplementedError

    async def _begin(
        self, function: Any, path: PathLike, args: Optional[_abi.rstore_args], operation: Operation
    ) -> Handle:
        raise NotImplementedError

    def read(self, path: PathLike) -> "AsyncReader":
        """Opens an object for reading: ``async for`` gives its bytes in blocks. It is
        one request, whose answer is read as it comes; a seek costs another.

        :raises NotFound: by the first use, if there is none
        :raises InvalidPath: for a folder
        """
        begin("read", path, self._name)
        return AsyncReader(path, functools.partial(self._begin_reader, path, None))

    def read_seekable(self, path: PathLike) -> "AsyncReader":
        """Opens an object for reads here and there: each is a request for just its
        bytes. All are of one version of the object.

        :raises ObjectChanged: at a read, if it changed meanwhile
        """
        begin("read_seekable", path, self._name)
        return AsyncReader(path, functools.partial(self._begin_reader, path, _abi.rstore_args(flags=_abi.RANDOM)))

    def _open_writer(
        self,
        path: PathLike,
        args: Optional[_abi.rstore_args],
        metadata: Metadata,
        operation: Operation,
        context: Optional[Record] = None,
    ) -> "AsyncWriter":
        return AsyncWriter(path, functools.partial(self._begin, library.rstore_writer_open, path, args, operation),
                           AsyncPublisher(library.rstore_writer_commit, metadata, operation), context)

    def _open_upload(
        self, path: PathLike, args: Optional[_abi.rstore_args], metadata: Metadata, operation: Operation
    ) -> "AsyncUpload":
        return AsyncUpload(path, functools.partial(self._begin, library.rstore_upload_open, path, args, operation),
                           AsyncPublisher(library.rstore_upload_commit, metadata, operation))


class _Open:
    """What is open, or will be by its first use, in this process."""

    _over = False  # and may not be used again

    def __init__(self, path: PathLike, opener: Callable[[], Awaitable[Any]]) -> None:
        self._path, self._opener = str(path), opener
        self._handle: Optional[Handle] = None

    @property
    def closed(self) -> bool:
        return self._over

    async def _opened(self) -> Handle:
        """The handle."""
        if self._over:
            raise ValueError("I/O operation on closed file")
        if self._handle is None:
            self._take(await self._opener())
        assert self._handle is not None
        return self._handle

    def _take(self, opened: Any) -> None:
        self._handle = opened

    async def _wait(self, function: Any, *arguments: Any, context: Optional[Record] = None) -> None:
        handle = await self._opened()
        try:
            await wait(function, handle, *arguments, context=context)
        except RemoteStoreError:
            if self._over:  # another task closed it meanwhile
                raise ValueError("I/O operation on closed file") from None
            raise

    def _end(self) -> None:
        self._over = True
        if self._handle is not None:
            self._handle.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._path!r}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be pickled or copied: it is open in this process only")

    def __del__(self) -> None:
        if self._handle and not self._over:
            warn_unclosed(self, self)


class AsyncReader(_Open):
    """An object that is open for reading, for one task at a time. All that it gives
    is of one version of the object. The end of an ``async with`` block closes it, and
    so does ``async for`` at the end of the object.

    :raises ObjectChanged: at a read, if the object changed meanwhile
    """

    def __init__(self, path: PathLike, opener: Callable[[], Awaitable[Tuple[Handle, int]]]) -> None:
        super().__init__(path, opener)
        self._size = self._position = 0
        self._at = 0  # the library's position; -1 is unknown

    def tell(self) -> int:
        return self._position

    async def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves, also behind the end."""
        await self._opened()
        self._position = sought(offset, whence, self._position, self._size)
        return self._position

    async def read(self, size: Optional[int] = -1) -> bytes:
        """Reads so many bytes, or all that are left. Less come at the end only."""
        await self._opened()
        left = max(self._size - self._position, 0)
        content = new_bytes(left if size is None or size < 0 else min(operator.index(size), left))
        return await read_rest_async(self._fill, content, 0)

    async def readall(self) -> bytes:
        """Reads all that is left."""
        return await self.read()

    async def readinto(self, buffer: Any) -> int:
        """Reads into memory, up to its length, and returns the number of bytes: 0 at the end."""
        await self._opened()
        pointer, length, _alive = writable(buffer)
        return await self._fill(pointer, length)

    async def read_at(self, offset: int, length: int) -> bytes:
        """Reads up to ``length`` bytes from an offset, by one request, and
        moves nothing."""
        await self._opened()
        offset, length = operator.index(offset), operator.index(length)
        if not 0 <= offset < 2**63 or length < 0:
            raise ValueError("offset and length must be 0 or more, and the offset below 2**63")
        content, filled = new_bytes(min(length, max(self._size - offset, 0))), ctypes.c_size_t()
        await self._wait(library.rstore_reader_read_at, offset, content, len(content), ctypes.byref(filled))
        return content[: filled.value]

    async def close(self) -> None:
        self._end()

    aclose = close

    def __aiter__(self) -> "AsyncReader":
        return self

    async def __anext__(self) -> bytes:
        block = await self.read(BUFFER_SIZE)
        if not block:
            await self.close()
            raise StopAsyncIteration
        return block

    async def __aenter__(self) -> "AsyncReader":
        await self._opened()
        return self

    async def __aexit__(self, *_: Any) -> None:
        self._end()

    async def _fill(self, pointer: Any, length: int) -> int:
        filled = ctypes.c_size_t()
        if self._at != self._position:
            call(library.rstore_reader_seek, self._handle, self._position)
        self._at = -1  # if the task is cancelled, nobody knows
        await self._wait(library.rstore_reader_read, pointer, length, ctypes.byref(filled))
        self._at = self._position = self._position + filled.value
        return filled.value

    def _take(self, opened: Tuple[Handle, int]) -> None:
        self._handle, self._size = opened


class AsyncWriter(_Open):
    """An object that is being written. The end of an ``async with`` block publishes it,
    and an exception in the block drops what was written, as forgetting it does.

    :ivar result: what was written, when it is published
    """

    result: Optional[WriteResult] = None

    def __init__(
        self,
        path: PathLike,
        opener: Callable[[], Awaitable[Handle]],
        publisher: AsyncPublisher,
        context: Any = None,
    ) -> None:
        super().__init__(path, opener)
        self._publisher, self._position, self._context = publisher, 0, context

    def tell(self) -> int:
        return self._position

    async def write(self, data: Any) -> int:
        """Takes what has memory, and returns its length."""
        pointer, length, _alive = readable(data)
        try:
            await self._wait(library.rstore_writer_write, pointer, length, context=self._context)
        except Exception:
            raise
        except BaseException:  # the task is cancelled: the data may have been taken
            self._end()
            raise
        self._position += length
        return length

    async def commit(self) -> WriteResult:
        """Publishes the object, and closes the writer."""
        handle = await self._opened()
        try:
            self.result = await self._publisher.publish(handle)
        finally:
            self._end()
        return self.result

    async def abort(self) -> None:
        """Drops what was written, and closes the writer."""
        try:
            await self._wait(library.rstore_writer_abort)
        finally:
            self._end()

    async def close(self) -> None:
        """Publishes the object, if that was not done."""
        if not self._over:
            await self.commit()

    aclose = close

    async def __aenter__(self) -> "AsyncWriter":
        await self._opened()
        return self

    async def __aexit__(self, kind: Any, *_: Any) -> None:
        try:
            if kind is None:
                await self.close()
        finally:
            self._end()


class AsyncUpload(_Open):
    """A multipart upload, whose parts any number of tasks may send at once, when it is
    open. The end of an ``async with`` block commits it, if the block has not committed
    or aborted it; an exception in the block aborts it."""

    _done = False

    def __init__(
        self, path: PathLike, opener: Callable[[], Awaitable[Handle]], publisher: AsyncPublisher
    ) -> None:
        super().__init__(path, opener)
        self._publisher = publisher

    async def part(self, number: int, data: Any) -> None:
        """Sends the part with this number, 1 to 10000. All but the last must
        have 5 MiB at least ("Amazon S3 multipart upload limits", User Guide)."""
        number = operator.index(number)
        if not 0 <= number < 2**32:  # what would not fit
            raise ValueError(f"number is {number}, but must be 1 to 10000")
        pointer, length, _alive = readable(data)
        await self._wait(library.rstore_upload_part, number, pointer, length)

    async def commit(self) -> WriteResult:
        """Publishes the object: the parts in the order of their numbers."""
        result = await self._publisher.publish(await self._opened())
        self._done = True
        return result

    async def abort(self) -> None:
        """Drops the parts."""
        await self._wait(library.rstore_upload_abort)
        self._done = True

    async def close(self) -> None:
        """Aborts the upload, if it is not over."""
        self._end()

    aclose = close

    async def __aenter__(self) -> "AsyncUpload":
        await self._opened()
        return self

    async def __aexit__(self, kind: Any, *_: Any) -> None:
        try:
            if kind is None and not self._done:
                await self.commit()
        finally:
            self._end()
