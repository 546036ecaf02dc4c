"""Where the file systems are: which store a path is in."""

from __future__ import annotations

import errno
import functools
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Tuple, Union

from fsspec.implementations.local import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
    LocalFileSystem as _Local,
)
from fsspec.implementations.memory import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
    MemoryFileSystem as _Memory,
)
from fsspec.utils import tokenize  # type: ignore[import-not-found, import-untyped, unused-ignore]

from .._backends import S3Backend
from .._errors import InvalidPath
from .._path import RawPath, RemotePath
from .._store import Store
from ._filesystem import FileSystem

if TYPE_CHECKING:
    Place = Tuple[Store, RemotePath, str]


class RemoteStoreFileSystem(FileSystem):
    """A store as a file system: ``remotestore://`` and paths in the store.

    :param store: a store, or the URL of one, which is opened once in a process
    :param default_cache_type: see :class:`S3FileSystem`
    :param options: of the URL: see :meth:`remotestore.Store.from_url`
    """

    protocol: Tuple[str, ...] = ("remotestore",)
    cachable = False  # fsspec knows instances by the text of their arguments, which of a store is not all

    def __init__(
        self, store: Union[Store, str], *, default_cache_type: Optional[str] = None, asynchronous: bool = False,
        loop: Any = None, batch_size: Optional[int] = None, **options: str,
    ) -> None:
        super().__init__(default_cache_type=default_cache_type, asynchronous=asynchronous, loop=loop, batch_size=batch_size)
        self.store: Store = _from_url(store, **options) if isinstance(store, str) else store

    @property
    def _fs_token(self) -> str:
        import pickle

        try:
            return tokenize(type(self), pickle.dumps(self.store))  # type: ignore[no-any-return]
        except TypeError:  # in memory
            return tokenize(type(self), id(self.store._backend), self.store)  # type: ignore[no-any-return]

    def _place(self, path: str) -> Place:
        return self.store, RemotePath.from_backend_path(self._strip_protocol(path)), ""


class S3FileSystem(FileSystem):
    """Buckets of S3 and the objects in them: ``s3://bucket/folder/file``.

    :param anon: requests are not signed
    :param client_kwargs: as s3fs takes them, and ``config_kwargs``: see ``client_options`` of
        :class:`remotestore.S3Backend`
    :param default_cache_type: what a file that is read keeps: None is what one request streams, with
        a buffer of 1 MiB; ``"none"`` makes a request of each read, for just its bytes;
        others are fsspec's, such as ``"readahead"``. ``open`` takes it as ``cache_type``
    :param options: all others of :class:`remotestore.S3Backend`: ``key``, ``secret``, ``token``,
        ``endpoint_url``, ``region``, ``max_attempts``, ...
    """

    protocol: Tuple[str, ...] = ("s3", "s3a")

    def __init__(
        self, *, anon: bool = False, client_kwargs: Optional[Mapping[str, Any]] = None,
        config_kwargs: Optional[Mapping[str, Any]] = None, default_cache_type: Optional[str] = None,
        asynchronous: bool = False, loop: Any = None, batch_size: Optional[int] = None, **options: Any,
    ) -> None:
        super().__init__(default_cache_type=default_cache_type, asynchronous=asynchronous, loop=loop, batch_size=batch_size)
        if anon:
            options["skip_signature"] = True
        if client_kwargs or config_kwargs:
            options["client_options"] = {"client_kwargs": client_kwargs or {}, "config_kwargs": config_kwargs or {}}
        self._options, self._stores, self._lock = options, {}, threading.Lock()  # type: Any, Dict[str, Store], Any
        weakref.finalize(self, _close, self._stores)

    def _place(self, path: str) -> Place:
        bucket, _, key = self._strip_protocol(path).partition("/")
        if not bucket:
            raise InvalidPath("there is no bucket in the path, and buckets are not listed", path=path)
        with self._lock:
            if bucket not in self._stores:
                self._stores[bucket] = Store(S3Backend(bucket, **self._options))
        return self._stores[bucket], RawPath(key) if key else RemotePath.ROOT, bucket + "/" * bool(key)


class _Rooted(FileSystem):
    """A store whose names begin with "/"."""

    root_marker = "/"
    _url: str
    _like: Any  # fsspec's own, which knows how its paths are written

    def _place(self, path: str) -> Place:
        return _from_url(self._url), RemotePath.from_backend_path(self._strip_protocol(path).lstrip("/")), "/"

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        return [cls._strip_protocol(each) for each in path] if isinstance(path, list) else cls._like._strip_protocol(path)

    async def _mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
        await self._makedirs(path)


class LocalFileSystem(_Rooted):
    """The files of this machine: ``file:///folder/file``. A file makes the folders above it."""

    protocol: Tuple[str, ...] = ("file", "local")
    local_file = True
    _url, _like = "file:///", _Local

    async def _makedirs(self, path: str, exist_ok: bool = False) -> None:
        os.makedirs(self._strip_protocol(path), exist_ok=exist_ok)


class MemoryFileSystem(_Rooted):
    """Files in the memory of this process, the same for all instances: ``memory://folder/file``."""

    protocol: Tuple[str, ...] = ("memory",)
    _url, _like = "memory://fsspec", _Memory

    async def _makedirs(self, path: str, exist_ok: bool = False) -> None:
        if not exist_ok and await self._exists(path):
            raise FileExistsError(errno.EEXIST, "there is something with that name already", path)
        store, key, _ = self._async_place(f"{path}/.folder")
        await store.write(key, b"", overwrite=True)
        await store.delete(key)  # a folder of memory stays


@functools.lru_cache(maxsize=None)
def _from_url(url: str, **options: str) -> Store:
    return Store.from_url(url, **options)


def _close(stores: Dict[str, Store]) -> None:
    for store in stores.values():
        store.close()
