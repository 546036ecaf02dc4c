"""The same stores in event loops: of asyncio, uvloop and trio.

    >>> import asyncio
    >>> from remotestore import MemoryBackend, aio
    >>> async def program():
    ...     async with aio.AsyncStore(MemoryBackend()) as store:
    ...         await store.write("folder/hello.txt", b"hello")
    ...         return await store.read_bytes("folder/hello.txt")
    >>> asyncio.run(program())
    b'hello'

A call is a submission to the engine, and no thread waits for it. Who cancels a task
cancels its call: the task ends when no memory of the call is touched any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterable, BinaryIO, Iterable, Type, TypeVar, Union

from ._backends import Backend, MemoryBackend
from ._capabilities import Capability, CapabilitySet
from ._async_files import AsyncReader, AsyncUpload, AsyncWriter
from ._log import begin
from ._memory import Handle
from ._models import ResolutionPlan, WriteResult, head_result
from ._operations_async import AsyncOperations
from ._store import Store

if TYPE_CHECKING:
    from ._arguments import Metadata
    from ._path import PathLike

T = TypeVar("T")

AsyncWritableContent = Union[bytes, bytearray, memoryview, BinaryIO, AsyncIterable[Any], Iterable[Any], Any]
"""Bytes, another object with memory, a file (also one whose ``read`` is async), or an
iterable, also an async one, of what has memory."""


class AsyncStore(AsyncOperations):
    """Objects under paths, in a folder of a backend, for event loops. One may be used
    by several loops, in several threads.

    :param backend: where the objects are: the same backends as of a :class:`Store`
    :param root_path: folder of the backend that the store is; ``""`` is its root
    """

    def __init__(self, backend: "Union[AsyncBackend, Backend]", root_path: PathLike = "") -> None:
        self._store = Store(backend._backend if isinstance(backend, AsyncBackend) else backend, root_path)

    @classmethod
    def from_url(cls, url: str, **options: str) -> "AsyncStore":
        """See :meth:`Store.from_url`."""
        return cls.from_store(Store.from_url(url, **options))

    @classmethod
    def from_store(cls, store: Store) -> "AsyncStore":
        """The same store for event loops, such as one of a :class:`Registry`."""
        made = cls.__new__(cls)
        made._store = store
        return made

    @property
    def _handle(self) -> Handle:  # type: ignore[override]
        return self._store._handle

    @property
    def _name(self) -> str:  # type: ignore[override]
        return self._store._name

    def child(self, subpath: PathLike) -> "AsyncStore":
        """The store of a folder in this one, on the same backend. Closing it
        does nothing.

        :raises InvalidPath: for the root
        """
        return self.from_store(self._store.child(subpath))

    async def read_text(self, path: PathLike, *, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Reads an object and decodes it.

        :raises UnicodeDecodeError: for what is not in that encoding
        """
        begin("read_text", path, self._name, encoding=encoding)
        return (await self.read_bytes(path)).decode(encoding, errors)

    async def write_text(
        self, path: PathLike, text: str, *, encoding: str = "utf-8", overwrite: bool = False, metadata: Metadata = None
    ) -> WriteResult:
        """Encodes text and writes it: see :meth:`write`."""
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, not {type(text).__name__}")
        begin("write_text", path, self._name, encoding=encoding, overwrite=overwrite)
        return await self.write(path, text.encode(encoding), overwrite=overwrite, metadata=metadata)

    async def head(self, path: PathLike) -> WriteResult:
        """Describes an object in the form of what a write returns.

        :raises NotFound: if there is none
        """
        begin("head", path, self._name)
        return head_result(await self._head(path))

    async def ping(self) -> None:
        """Finds out whether the place of the store exists and may be used.

        :raises NotFound: for a missing bucket. A folder of local is made by the
            first write
        """
        await self._ping()

    def supports(self, capability: Capability) -> bool:
        """Tells whether the backend can do something."""
        return self._store.supports(capability)

    def unwrap(self, type_hint: Type[T]) -> T:
        """See :meth:`Backend.unwrap`."""
        return self._store.unwrap(type_hint)

    async def aclose(self) -> None:
        """Closes the backend, for every store on it. Of a child, and of a store
        that a Registry gave, it does nothing."""
        self._store.close()

    async def __aenter__(self) -> "AsyncStore":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __eq__(self, other: object) -> bool:
        return self._store == other._store if isinstance(other, AsyncStore) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._store)

    def __repr__(self) -> str:
        return "Async" + repr(self._store)


class AsyncBackend(AsyncOperations):
    """A backend for event loops: a :class:`SyncBackendAdapter` of any backend, or an
    :class:`AsyncMemoryBackend`. None can be written in Python: see :class:`Backend`."""

    _backend: Backend

    def __init__(self, *_: Any, **__: Any) -> None:
        raise TypeError("an AsyncBackend cannot be written in Python: take SyncBackendAdapter(backend)")

    @property
    def _handle(self) -> Handle:  # type: ignore[override]
        return self._backend._handle

    @property
    def _name(self) -> str:  # type: ignore[override]
        return self._backend._name

    @property
    def name(self) -> str:
        """``"memory"``, ``"local"`` or ``"s3"``."""
        return self._backend.name

    @property
    def capabilities(self) -> CapabilitySet:
        """What it can do."""
        return self._backend.capabilities

    @property
    def close_is_terminal(self) -> bool:
        """Whether it cannot be used again when it was closed: always."""
        return True

    async def check_health(self) -> None:
        """Finds out whether the place exists and may be used.

        :raises NotFound: for a missing bucket. A folder of local is made by the
            first write
        """
        await self._ping()

    # The same as of a store, but for the names of the parameters.

    def native_path(self, path: PathLike) -> str:
        return super().native_path(path)

    def to_key(self, native_path: str) -> str:
        return super().to_key(native_path)

    def resolve(self, path: PathLike) -> ResolutionPlan:
        return super().resolve(path)

    def unwrap(self, type_hint: Type[T]) -> T:
        """See :meth:`Backend.unwrap`."""
        return self._backend.unwrap(type_hint)

    async def aclose(self) -> None:
        """Frees the connections. Every later call is a BackendUnavailable."""
        self._backend.close()

    async def __aenter__(self) -> "AsyncBackend":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class SyncBackendAdapter(AsyncBackend):
    """Any backend, for event loops. No thread is behind it: the engine itself works so."""

    def __init__(self, backend: Backend) -> None:
        if not isinstance(backend, Backend):
            raise TypeError(f"backend must be a Backend, not {type(backend).__name__}")
        self._backend = backend

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._backend!r})"


class AsyncMemoryBackend(AsyncBackend):
    """Objects in this process, private to this backend."""

    def __init__(self) -> None:
        self._backend = MemoryBackend()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


__all__ = [
    "AsyncBackend", "AsyncMemoryBackend", "AsyncReader", "AsyncStore", "AsyncUpload", "AsyncWritableContent", "AsyncWriter",
    "SyncBackendAdapter",
]

for _public in (AsyncReader, AsyncUpload, AsyncWriter):
    _public.__module__ = __name__  # where they are looked for
