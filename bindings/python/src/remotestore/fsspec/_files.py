"""What open gives: the files of stores, in the forms that fsspec asks for."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Dict, Optional

from fsspec.spec import AbstractBufferedFile  # type: ignore[import-not-found, import-untyped, unused-ignore]

from .._errors import AlreadyExists

if TYPE_CHECKING:
    from .._path import RemotePath
    from .._store import Store
    from .._streams import Writer
    from ..aio import AsyncStore


def opened(
    fs: Any, path: str, store: Store, key: RemotePath, mode: str, autocommit: bool, cache_type: Optional[str],
    block_size: Optional[int], cache_options: Optional[Dict[str, Any]],
) -> Any:
    """A file of a binary mode."""
    if mode == "rb":
        if cache_type is None:
            return store.read(key)
        reader: Any = store.read_seekable(key)
        return reader if cache_type == "none" else CachedFile(fs, path, reader, block_size, cache_type, cache_options)
    if mode == "ab":
        return Appender(store, key)
    if not _overwrites(mode) and store.is_file(key):  # else only the end would say so
        raise AlreadyExists("the object exists already and may not be overwritten", path=path)
    writer = store.open_atomic(key, overwrite=_overwrites(mode))
    return writer if autocommit else Held(writer)


def opened_async(store: AsyncStore, key: RemotePath, mode: str) -> Any:
    """The same for event loops, where nothing is kept."""
    return store.read(key) if mode == "rb" else store.open_atomic(key, overwrite=_overwrites(mode))


def _overwrites(mode: str) -> bool:
    if mode not in ("wb", "xb"):
        raise NotImplementedError(f"the mode is {mode!r}, but must be 'rb', 'wb', 'xb' or 'ab'")
    return mode == "wb"


class CachedFile(AbstractBufferedFile):  # type: ignore[misc, unused-ignore]
    """A reader behind one of fsspec's caches."""

    def __init__(
        self, fs: Any, path: str, reader: Any, block_size: Optional[int], cache_type: str,
        cache_options: Optional[Dict[str, Any]],
    ) -> None:
        self._reader = reader
        super().__init__(fs, path, "rb", block_size or "default", cache_type=cache_type, cache_options=cache_options,
                         size=reader.seek(0, io.SEEK_END))

    def _fetch_range(self, start: int, end: int) -> bytes:
        return self._reader.read_at(start, end - start)  # type: ignore[no-any-return]

    def close(self) -> None:
        super().close()
        self._reader.close()


class Appender(io.BytesIO):
    """What closing it adds to the end of an object."""

    def __init__(self, store: Store, key: RemotePath) -> None:
        super().__init__()
        self._store, self._key = store, key

    def close(self) -> None:
        if not self.closed:
            try:
                self._store.append(self._key, self.getvalue())
            finally:
                super().close()


class Held(io.BufferedWriter):
    """What the end of a transaction publishes or drops, whatever was closed before."""

    raw: Writer

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer.__enter__())

    def commit(self) -> None:
        """Publishes it."""
        self.close()
        self.raw.__exit__(None)

    def discard(self) -> None:
        """Drops it."""
        self.close()
        self.raw.__exit__(OSError)
