"""Stores around stores."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Dict, Iterable, Iterator, List, Optional, Tuple, Type, TypeVar, Union

from ._backends import Backend
from ._capabilities import Capability
from ._errors import RemoteStoreError
from ._models import FileInfo, FolderEntry, FolderInfo, ResolutionPlan, UploadInfo, WriteResult
from ._path import RemotePath
from ._probe import ProbeReport
from ._store import Store
from ._streams import Upload, Writer

if TYPE_CHECKING:
    from ._arguments import Metadata
    from ._operations import WritableContent
    from ._path import PathLike
    from ._progress import Wanted

T = TypeVar("T")


class ProxyStore(Store):
    """A store that passes everything on to another one: override what you want
    to change, and :meth:`_wrap_child`, so that children change it too.

    >>> from remotestore import MemoryBackend
    >>> class Loud(ProxyStore):
    ...     def read_bytes(self, path, **options):
    ...         print("reading", path)
    ...         return super().read_bytes(path, **options)
    ...
    ...     def _wrap_child(self, inner_child):
    ...         return Loud(inner_child)
    >>> store = Loud(Store(MemoryBackend()))
    >>> _ = store.write("a/b", b"hello")
    >>> store.child("a").read_bytes("b")
    reading b
    b'hello'
    """

    def __init__(self, inner: Store) -> None:
        if not isinstance(inner, Store):
            raise TypeError(f"inner must be a Store, not {type(inner).__name__}")
        self._inner = inner

    @classmethod
    def from_url(cls, url: str, **options: str) -> "Store":
        return cls(Store.from_url(url, **options))

    @property
    def _backend(self) -> Backend:  # type: ignore[override]
        return self._inner._backend

    @property
    def _root(self) -> Optional[RemotePath]:  # type: ignore[override]
        return self._inner._root

    @property
    def inner(self) -> Store:
        """The store that everything is passed on to."""
        return self._inner

    def _wrap_child(self, inner_child: Store) -> Store:
        """Makes the child of this store from that of the inner one."""
        raise NotImplementedError(f"{type(self).__name__} must define _wrap_child to have children")

    def child(self, subpath: PathLike) -> Store:
        return self._wrap_child(self._inner.child(subpath))

    def read(self, path: PathLike) -> BinaryIO:
        return self._inner.read(path)

    def read_bytes(
        self,
        path: PathLike,
        *,
        offset: int = 0,
        length: int = 0,
        parallel: bool = False,
        verify: bool = False,
        progress: Wanted = None,
    ) -> bytes:
        return self._inner.read_bytes(
            path, offset=offset, length=length, parallel=parallel, verify=verify, progress=progress)

    def read_into(
        self,
        path: PathLike,
        buffer: Any,
        *,
        offset: int = 0,
        length: int = 0,
        parallel: bool = False,
        verify: bool = False,
        progress: Wanted = None,
    ) -> int:
        return self._inner.read_into(
            path, buffer, offset=offset, length=length, parallel=parallel, verify=verify, progress=progress)

    def download(
        self,
        path: PathLike,
        file: Any,
        *,
        overwrite: bool = False,
        offset: int = 0,
        length: int = 0,
        parallel: bool = False,
        verify: bool = False,
        progress: Wanted = None,
    ) -> int:
        return self._inner.download(
            path, file, overwrite=overwrite, offset=offset, length=length, parallel=parallel, verify=verify, progress=progress)

    def read_ranges(
        self,
        path: PathLike,
        ranges: Iterable[Tuple[int, int]],
        *,
        coalesce: int = 1 << 20,
        verify: bool = False,
        progress: Wanted = None,
    ) -> List[bytes]:
        return self._inner.read_ranges(path, ranges, coalesce=coalesce, verify=verify, progress=progress)

    def read_seekable(self, path: PathLike) -> BinaryIO:
        return self._inner.read_seekable(path)

    def read_text(self, path: PathLike, *, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._inner.read_text(path, encoding=encoding, errors=errors)

    def write(
        self,
        path: PathLike,
        content: WritableContent,
        *,
        overwrite: bool = False,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
        if_match: Optional[str] = None,
        acl: Optional[str] = None,
        progress: Wanted = None,
    ) -> WriteResult:
        return self._inner.write(
            path, content, overwrite=overwrite, metadata=metadata, attributes=attributes, tags=tags, if_match=if_match,
            acl=acl, progress=progress)

    def write_atomic(
        self,
        path: PathLike,
        content: WritableContent,
        *,
        overwrite: bool = False,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
        if_match: Optional[str] = None,
        acl: Optional[str] = None,
        progress: Wanted = None,
    ) -> WriteResult:
        return self._inner.write_atomic(
            path, content, overwrite=overwrite, metadata=metadata, attributes=attributes, tags=tags, if_match=if_match,
            acl=acl, progress=progress)

    def write_text(
        self, path: PathLike, text: str, *, encoding: str = "utf-8", overwrite: bool = False, metadata: Metadata = None
    ) -> WriteResult:
        return self._inner.write_text(path, text, encoding=encoding, overwrite=overwrite, metadata=metadata)

    def open_atomic(
        self,
        path: PathLike,
        *,
        overwrite: bool = False,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
        if_match: Optional[str] = None,
        acl: Optional[str] = None,
    ) -> Writer:
        return self._inner.open_atomic(
            path, overwrite=overwrite, metadata=metadata, attributes=attributes, tags=tags, if_match=if_match, acl=acl)

    def create_upload(
        self,
        path: PathLike,
        *,
        overwrite: bool = False,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
        if_match: Optional[str] = None,
        acl: Optional[str] = None,
    ) -> Upload:
        return self._inner.create_upload(
            path, overwrite=overwrite, metadata=metadata, attributes=attributes, tags=tags, if_match=if_match, acl=acl)

    def append(
        self,
        path: PathLike,
        content: Any,
        *,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
    ) -> WriteResult:
        return self._inner.append(path, content, metadata=metadata, attributes=attributes, tags=tags)

    def delete(self, path: PathLike, *, missing_ok: bool = False, if_match: Optional[str] = None) -> None:
        self._inner.delete(path, missing_ok=missing_ok, if_match=if_match)

    def get_file_infos(self, paths: Iterable[PathLike], *, return_exceptions: bool = False) -> List[FileInfo]:
        return self._inner.get_file_infos(paths, return_exceptions=return_exceptions)

    def read_many(
        self, paths: Iterable[PathLike], *, return_exceptions: bool = False, progress: Wanted = None
    ) -> List[bytes]:
        return self._inner.read_many(paths, return_exceptions=return_exceptions, progress=progress)

    def delete_many(self, paths: Iterable[PathLike]) -> Dict[PathLike, RemoteStoreError]:
        return self._inner.delete_many(paths)

    def sign(
        self,
        path: PathLike,
        method: str = "GET",
        *,
        expires_in: Union[float, datetime.timedelta] = 3600,
        attributes: Metadata = None,
        version_id: Optional[str] = None,
    ) -> str:
        return self._inner.sign(path, method, expires_in=expires_in, attributes=attributes, version_id=version_id)

    def set_acl(self, path: PathLike, acl: str) -> None:
        self._inner.set_acl(path, acl)

    def copy(self, src: PathLike, dst: PathLike, *, overwrite: bool = False, progress: Wanted = None) -> None:
        self._inner.copy(src, dst, overwrite=overwrite, progress=progress)

    def move(self, src: PathLike, dst: PathLike, *, overwrite: bool = False, progress: Wanted = None) -> None:
        self._inner.move(src, dst, overwrite=overwrite, progress=progress)

    def exists(self, path: PathLike) -> bool:
        return self._inner.exists(path)

    def is_file(self, path: PathLike) -> bool:
        return self._inner.is_file(path)

    def is_folder(self, path: PathLike) -> bool:
        return self._inner.is_folder(path)

    def get_file_info(self, path: PathLike) -> FileInfo:
        return self._inner.get_file_info(path)

    def head(self, path: PathLike) -> WriteResult:
        return self._inner.head(path)

    def get_folder_info(self, path: PathLike, *, max_depth: Optional[int] = None) -> FolderInfo:
        return self._inner.get_folder_info(path, max_depth=max_depth)

    def delete_folder(self, path: PathLike, *, recursive: bool = False, missing_ok: bool = False) -> None:
        self._inner.delete_folder(path, recursive=recursive, missing_ok=missing_ok)

    def list_files(
        self,
        path: PathLike,
        *,
        recursive: bool = False,
        pattern: Optional[str] = None,
        max_depth: Optional[int] = None,
        prefix: Optional[str] = None,
        start_after: Optional[PathLike] = None,
        limit: Optional[int] = None,
    ) -> Iterator[FileInfo]:
        return self._inner.list_files(
            path, recursive=recursive, pattern=pattern, max_depth=max_depth, prefix=prefix, start_after=start_after, limit=limit)

    def list_folders(
        self, path: PathLike, *, pattern: Optional[str] = None, max_depth: Optional[int] = None
    ) -> Iterator[FolderEntry]:
        return self._inner.list_folders(path, pattern=pattern, max_depth=max_depth)

    def iter_children(self, path: PathLike) -> Iterator[Union[FileInfo, FolderEntry]]:
        return self._inner.iter_children(path)

    def glob(self, pattern: str) -> Iterator[FileInfo]:
        return self._inner.glob(pattern)

    def list_uploads(self, path: PathLike = "") -> Iterator[UploadInfo]:
        return self._inner.list_uploads(path)

    def abort_upload(self, path: PathLike, upload_id: str) -> None:
        self._inner.abort_upload(path, upload_id)

    def abort_uploads(self, path: PathLike = "", *, older_than: datetime.timedelta) -> int:
        return self._inner.abort_uploads(path, older_than=older_than)

    def probe(self) -> ProbeReport:
        return self._inner.probe()

    def native_path(self, key: PathLike) -> str:
        return self._inner.native_path(key)

    def to_key(self, path: str) -> str:
        return self._inner.to_key(path)

    def resolve(self, key: PathLike) -> ResolutionPlan:
        return self._inner.resolve(key)

    def supports(self, capability: Capability) -> bool:
        return self._inner.supports(capability)

    def unwrap(self, type_hint: Type[T]) -> T:
        return self._inner.unwrap(type_hint)

    def ping(self) -> None:
        self._inner.ping()

    def close(self) -> None:
        self._inner.close()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ProxyStore) or type(other) is not type(self):
            return NotImplemented
        return self._inner == other._inner

    def __hash__(self) -> int:
        return hash(self._inner)

    def __getstate__(self) -> Any:
        return self.__dict__

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state)
