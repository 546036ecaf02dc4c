"""What fsspec asks of a file system, by the operations of stores.

A call that waits is a coroutine, of which fsspec makes the one that blocks, by a thread
with an event loop. Those that programs make most do without that thread.
"""

from __future__ import annotations

import asyncio
import collections
import errno
import os
from typing import IO, TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Tuple, Union

from fsspec.asyn import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
    AsyncFileSystem,
    _run_coros_in_chunks,
    get_loop,
)
from fsspec.callbacks import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
    DEFAULT_CALLBACK,
    NoOpCallback,
)

from .. import _abi
from .._errors import InvalidArgument, InvalidPath, RangeNotSatisfiable
from .._memory import new_bytes
from .._models import FileInfo
from ..aio import AsyncStore
from ._files import opened, opened_async

if TYPE_CHECKING:
    import datetime

    from .._path import RemotePath
    from .._progress import Progress, Wanted
    from .._store import Store

    Info = Dict[str, Any]


class FileSystem(AsyncFileSystem):  # type: ignore[misc, unused-ignore]
    """The base class. No listing is kept, and no byte that was not asked for.

    :param default_cache_type: the ``cache_type`` of :meth:`open` that gives none
    """

    _pid: int  # of the process that the event loop is of
    _loop: Any

    def __init__(self, *, default_cache_type: Optional[str] = None, **options: Any) -> None:
        super().__init__(**options)
        self.default_cache_type = default_cache_type

    if TYPE_CHECKING:  # who has no types to go by takes it for a file of text

        def open(self, path: str, mode: str = "rb", **kwargs: Any) -> IO[Any]: ...

    def _place(self, path: str) -> Tuple[Store, RemotePath, str]:
        """A store, a path in it, and what the names of this file system have before the paths
        of that store."""
        raise NotImplementedError

    @property
    def loop(self) -> Any:
        """fsspec's event loop, of this process: a store may be used behind a fork."""
        if self._pid != os.getpid() and not self.asynchronous:
            self._pid, self._loop = os.getpid(), get_loop()
        return self._loop

    # -- reads -------------------------------------------------------------------

    def info(self, path: str, **kwargs: Any) -> Info:
        store, key, root = self._place(path)
        try:
            return _file(root, store.get_file_info(key))
        except InvalidPath:
            if not _text(key):
                store.ping()
            return _folder(root + _text(key))

    async def _info(self, path: str, **kwargs: Any) -> Info:
        store, key, root = self._async_place(path)
        try:
            return _file(root, await store.get_file_info(key))
        except InvalidPath:
            if not _text(key):
                await store.ping()
            return _folder(root + _text(key))

    def cat_file(self, path: str, start: Optional[int] = None, end: Optional[int] = None, **kwargs: Any) -> bytes:
        store, key, _ = self._place(path)
        try:
            if _is_from_the_end(start, end):
                start, end, _step = slice(start, end).indices(store.get_file_info(key).size)
            return b"" if _is_empty(start, end) else store._read(key, _span(start, end), new_bytes)
        except RangeNotSatisfiable:
            return b""
        except InvalidPath as error:
            raise IsADirectoryError(*_said(error)) from error

    async def _cat_file(self, path: str, start: Optional[int] = None, end: Optional[int] = None, **kwargs: Any) -> bytes:
        store, key, _ = self._async_place(path)
        try:
            if _is_from_the_end(start, end):
                start, end, _step = slice(start, end).indices((await store.get_file_info(key)).size)
            return b"" if _is_empty(start, end) else await store._read(key, _span(start, end), new_bytes)
        except RangeNotSatisfiable:
            return b""
        except InvalidPath as error:
            raise IsADirectoryError(*_said(error)) from error

    async def _cat(
        self, path: Union[str, List[str]], recursive: bool = False, on_error: str = "raise",
        batch_size: Optional[int] = None, **kwargs: Any,
    ) -> Any:
        paths = await self._expand_path(path, recursive=recursive)
        if len(paths) == 1:
            return await super()._cat(path, recursive, on_error, batch_size, **kwargs)
        found: Dict[str, Any] = {}
        for store, names in self._by_store(paths):
            found.update(zip(names.values(), await store.read_many(names, return_exceptions=True)))
        for each in found:
            if isinstance(found[each], InvalidArgument):  # it does not fit into the memory of one call
                found[each] = await self._cat_file(each)
            elif isinstance(found[each], InvalidPath):
                found[each] = IsADirectoryError(*_said(found[each]))
        failed = [each for each in found if isinstance(found[each], Exception)]
        if failed and on_error == "raise":
            raise found[failed[0]]
        return {each: found[each] for each in paths if on_error != "omit" or each not in failed}

    async def _cat_ranges(
        self, paths: List[str], starts: Any, ends: Any, max_gap: Optional[int] = None, batch_size: Optional[int] = None,
        on_error: str = "return", **kwargs: Any,
    ) -> List[Any]:
        if not isinstance(paths, list):
            raise TypeError(f"paths must be a list, not {type(paths).__name__}")
        starts, ends = (list(each) if isinstance(each, Iterable) else [each] * len(paths) for each in (starts, ends))
        if not len(paths) == len(starts) == len(ends):
            raise ValueError("there must be a start and an end for each path")
        wanted: Dict[str, List[int]] = collections.defaultdict(list)
        for i, path in enumerate(paths):
            wanted[path].append(i)
        found: List[Any] = [None] * len(paths)
        read = [self._ranges(path, [(starts[i], ends[i]) for i in where], max_gap) for path, where in wanted.items()]
        contents = await _run_coros_in_chunks(read, batch_size or self.batch_size, nofiles=True)
        for where, content in zip(wanted.values(), contents):
            for i, data in zip(where, content):
                found[i] = data
        failed = [each for each in found if isinstance(each, Exception)]
        if failed and on_error != "return":
            raise failed[0]
        return found

    async def _ranges(
        self, path: str, ranges: List[Tuple[Optional[int], Optional[int]]], max_gap: Optional[int]
    ) -> List[Any]:
        """What is in each range of one object, or why nothing is."""
        store, key, _ = self._async_place(path)
        spans = [(start or 0, (end or 0) - (start or 0)) for start, end in ranges]
        if len(ranges) > 1 and all(offset >= 0 and length > 0 for offset, length in spans):
            try:
                if max_gap is None:
                    return await store.read_ranges(key, spans)
                return await store.read_ranges(key, spans, coalesce=max_gap)
            except RangeNotSatisfiable:  # of one, and nobody knows which
                pass
            except Exception as error:
                return [error] * len(ranges)
        return await asyncio.gather(*(self._cat_file(path, *each) for each in ranges), return_exceptions=True)

    def _open(
        self, path: str, mode: str = "rb", block_size: Optional[int] = None, autocommit: bool = True,
        cache_options: Optional[Dict[str, Any]] = None, cache_type: Optional[str] = None, **kwargs: Any,
    ) -> Any:
        store, key, _ = self._place(path)
        cache = cache_type or self.default_cache_type
        try:
            return opened(self, path, store, key, mode, autocommit, cache, block_size, cache_options)
        except InvalidPath as error:
            raise IsADirectoryError(*_said(error)) from error

    async def open_async(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        store, key, _ = self._async_place(path)
        return opened_async(store, key, mode)

    async def _get_file(self, rpath: str, lpath: str, callback: Any = DEFAULT_CALLBACK, **kwargs: Any) -> None:
        store, key, _ = self._async_place(rpath)
        if os.path.isdir(lpath):
            return  # it was found as a folder, and made for what is in it
        try:
            await store.download(key, lpath, overwrite=True, progress=_told(callback))
        except InvalidPath:
            os.makedirs(lpath, exist_ok=True)

    # -- writes ------------------------------------------------------------------

    async def _pipe_file(self, path: str, value: Any, mode: str = "overwrite", **kwargs: Any) -> None:
        store, key, _ = self._async_place(path)
        await store.write(key, value, overwrite=mode != "create")

    async def _put_file(
        self, lpath: str, rpath: str, callback: Any = DEFAULT_CALLBACK, mode: str = "overwrite", **kwargs: Any
    ) -> None:
        store, key, _ = self._async_place(rpath)
        if os.path.isdir(lpath):
            return  # a folder is there with what is in it
        with open(lpath, "rb") as file:
            await store.write(key, file, overwrite=mode != "create", progress=_told(callback))

    async def _cp_file(self, path1: str, path2: str, **kwargs: Any) -> None:
        (store, source, _), (to, target, _) = self._async_place(path1), self._async_place(path2)
        try:
            if store == to:
                await store.copy(source, target, overwrite=True)
            else:
                async with store.read(source) as file:
                    await to.write(target, file, overwrite=True)
        except InvalidPath:
            if not await self._isdir(path1):
                raise

    async def _rm_file(self, path: str, **kwargs: Any) -> None:
        store, key, _ = self._async_place(path)
        await store.delete(key)

    async def _rm(
        self, path: Union[str, List[str]], recursive: bool = False, batch_size: Optional[int] = None,
        maxdepth: Optional[int] = None, **kwargs: Any,
    ) -> None:
        if recursive and maxdepth is None:
            for each in await self._expand_path(path):
                store, key, _ = self._async_place(each)
                try:
                    await store.delete_folder(key, recursive=True)
                except InvalidPath:
                    await store.delete(key)
            return
        paths = await self._expand_path(path, recursive=recursive, maxdepth=maxdepth)
        if len(paths) == 1:
            await self._rm_file(paths[0])
            return
        for store, names in self._by_store(paths):
            for failure in (await store.delete_many(names)).values():
                raise failure

    def rmdir(self, path: str) -> None:
        store, key, _ = self._place(path)
        store.delete_folder(key)

    # -- listings ----------------------------------------------------------------

    async def _ls(self, path: str, detail: bool = True, **kwargs: Any) -> List[Any]:
        store, key, root = self._async_place(path)
        found = [_entry(root, each) async for each in store.iter_children(key)]
        if not found:
            found = [one for one in [await self._info(path)] if one["type"] == "file"]
        return found if detail else [each["name"] for each in found]

    async def _find(
        self, path: str, maxdepth: Optional[int] = None, withdirs: bool = False, detail: bool = False, prefix: str = "",
        **kwargs: Any,
    ) -> Any:
        path = self._strip_protocol(path)
        if maxdepth is not None:
            return await super()._find(path, maxdepth, withdirs, detail=detail, **kwargs)
        store, key, root = self._async_place(path)
        listed = [_file(root, each) async for each in store.list_files(key, recursive=True, prefix=prefix or None)]
        found = {each["name"]: each for each in listed}
        if withdirs:
            for name in list(found):
                while len(name := name.rpartition("/")[0]) >= len(path) and name and name not in found:
                    found[name] = _folder(name)
        if not found:
            one = await self._info_or_none(path)
            if one and (withdirs or one["type"] == "file"):
                found[one["name"]] = one
        names = sorted(found)
        return {name: found[name] for name in names} if detail else names

    async def _info_or_none(self, path: str) -> Optional[Info]:
        try:
            return await self._info(path)
        except FileNotFoundError:
            return None

    async def _du(self, path: str, total: bool = True, maxdepth: Optional[int] = None, **kwargs: Any) -> Any:
        found = await self._find(path, maxdepth=maxdepth, detail=True, **kwargs)
        sizes = {name: each["size"] for name, each in found.items()}
        return sum(sizes.values()) if total else sizes

    # -- more --------------------------------------------------------------------

    def modified(self, path: str) -> datetime.datetime:
        return self.info(path)["LastModified"]  # type: ignore[no-any-return]

    def sign(self, path: str, expiration: int = 100, **kwargs: Any) -> str:
        store, key, _ = self._place(path)
        return store.sign(key, expires_in=expiration, **kwargs)

    def _async_place(self, path: str) -> Tuple[AsyncStore, RemotePath, str]:
        store, key, root = self._place(path)
        return AsyncStore.from_store(store), key, root

    def _by_store(self, paths: Iterable[str]) -> Iterable[Tuple[AsyncStore, Dict[RemotePath, str]]]:
        """Each store that paths are in, with those in it and their names here."""
        found: Dict[Store, Dict[RemotePath, str]] = {}
        for path in paths:
            store, key, _ = self._place(path)
            found.setdefault(store, {})[key] = path
        return [(AsyncStore.from_store(store), names) for store, names in found.items()]


def _text(key: RemotePath) -> str:
    """The path, which is "" for the root."""
    return "" if key == key.ROOT else str(key)


def _file(root: str, found: FileInfo) -> Info:
    info: Info = {"name": root + str(found.path), "size": found.size, "type": "file"}
    if found.modified_at.year > 1:  # else it is not known
        info.update(LastModified=found.modified_at, mtime=found.modified_at.timestamp())
    if found.etag:
        info["ETag"] = found.etag
    return info


def _folder(name: str) -> Info:
    return {"name": name, "size": 0, "type": "directory"}


def _entry(root: str, found: Any) -> Info:
    return _file(root, found) if isinstance(found, FileInfo) else _folder(root + str(found.path))


def _is_from_the_end(start: Optional[int], end: Optional[int]) -> bool:
    """Whether the size must be known to say where a range is."""
    return (end or 0) < 0 or (start or 0) < 0 and end is not None


def _is_empty(start: Optional[int], end: Optional[int]) -> bool:
    return end is not None and end <= (start or 0)


def _span(start: Optional[int], end: Optional[int]) -> Optional[_abi.rstore_args]:
    start = start or 0
    if start < 0:
        return _abi.rstore_args(suffix=-start)
    return _abi.rstore_args(offset=start, length=0 if end is None else end - start) if start or end else None


def _told(callback: Any) -> Wanted:
    """What tells a callback of fsspec."""
    if isinstance(callback, NoOpCallback):
        return None

    def tell(progress: Progress) -> None:
        if progress.total is not None and progress.total != callback.size:
            callback.set_size(progress.total)
        callback.absolute_update(progress.bytes)

    return tell


def _said(error: InvalidPath) -> Tuple[int, str, Optional[str]]:
    return errno.EISDIR, error.message, error.path
