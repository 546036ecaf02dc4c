"""What the stores share: each function of this package that is about a store, as
a method of it."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Literal, Optional, Sequence, Union, overload

from .._operations import Operations
from . import _copy, _delete, _get, _list, _put
from ._base_async import AsyncObjectStoreMethods
from ._bytes import Bytes
from ._get import GetOptions, GetResult
from ._list import ListStream
from ._meta import Attributes, ObjectMeta
from ._put import PutMode, PutResult, Source

if TYPE_CHECKING:
    from ._list import ListResult


class ObjectStoreMethods(AsyncObjectStoreMethods):
    """The base class of the stores. What its methods do is said at the functions
    of the same name.

    :ivar _operations: where the calls run: paths are relative to its root
    """

    _operations: Operations

    def copy(self, from_: str, to: str, *, overwrite: bool = True) -> None:
        """See :func:`remotestore.obstore.copy`."""
        _copy.copy(self, from_, to, overwrite=overwrite)

    def delete(self, paths: Union[str, Sequence[str]]) -> None:
        """See :func:`remotestore.obstore.delete`."""
        _delete.delete(self, paths)

    def get(self, path: str, *, options: Optional[GetOptions] = None) -> GetResult:
        """See :func:`remotestore.obstore.get`."""
        return _get.get(self, path, options=options)

    def get_range(
        self, path: str, *, start: int, end: Optional[int] = None, length: Optional[int] = None
    ) -> Bytes:
        """See :func:`remotestore.obstore.get_range`."""
        return _get.get_range(self, path, start=start, end=end, length=length)

    def get_ranges(
        self,
        path: str,
        *,
        starts: Sequence[int],
        ends: Optional[Sequence[int]] = None,
        lengths: Optional[Sequence[int]] = None,
        coalesce: int = 1024 * 1024,
    ) -> builtins.list[Bytes]:
        """See :func:`remotestore.obstore.get_ranges`."""
        return _get.get_ranges(self, path, starts=starts, ends=ends, lengths=lengths, coalesce=coalesce)

    def head(self, path: str) -> ObjectMeta:
        """See :func:`remotestore.obstore.head`."""
        return _get.head(self, path)

    @overload
    def list(
        self, prefix: Optional[str] = None, *, offset: Optional[str] = None, chunk_size: int = 50,
        return_arrow: Literal[True],
    ) -> ListStream[Any]: ...

    @overload
    def list(
        self, prefix: Optional[str] = None, *, offset: Optional[str] = None, chunk_size: int = 50,
        return_arrow: Literal[False] = False,
    ) -> ListStream[builtins.list[ObjectMeta]]: ...

    @overload
    def list(
        self, prefix: Optional[str] = None, *, offset: Optional[str] = None, chunk_size: int = 50,
        return_arrow: bool,
    ) -> ListStream[Any]: ...

    def list(
        self,
        prefix: Optional[str] = None,
        *,
        offset: Optional[str] = None,
        chunk_size: int = 50,
        return_arrow: bool = False,
    ) -> ListStream[Any]:
        """See :func:`remotestore.obstore.list`."""
        return _list.list(self, prefix, offset=offset, chunk_size=chunk_size, return_arrow=return_arrow)

    @overload
    def list_async(
        self, prefix: Optional[str] = None, *, offset: Optional[str] = None, chunk_size: int = 50,
        return_arrow: Literal[True],
    ) -> ListStream[Any]: ...

    @overload
    def list_async(
        self, prefix: Optional[str] = None, *, offset: Optional[str] = None, chunk_size: int = 50,
        return_arrow: Literal[False] = False,
    ) -> ListStream[builtins.list[ObjectMeta]]: ...

    @overload
    def list_async(
        self, prefix: Optional[str] = None, *, offset: Optional[str] = None, chunk_size: int = 50,
        return_arrow: bool,
    ) -> ListStream[Any]: ...

    def list_async(
        self,
        prefix: Optional[str] = None,
        *,
        offset: Optional[str] = None,
        chunk_size: int = 50,
        return_arrow: bool = False,
    ) -> ListStream[Any]:
        """The same as list, whose stream serves event loops too."""
        return _list.list(self, prefix, offset=offset, chunk_size=chunk_size, return_arrow=return_arrow)

    @overload
    def list_with_delimiter(
        self, prefix: Optional[str] = None, *, return_arrow: Literal[True]
    ) -> ListResult[Any]: ...

    @overload
    def list_with_delimiter(
        self, prefix: Optional[str] = None, *, return_arrow: Literal[False] = False
    ) -> ListResult[builtins.list[ObjectMeta]]: ...

    @overload
    def list_with_delimiter(
        self, prefix: Optional[str] = None, *, return_arrow: bool
    ) -> ListResult[Any]: ...

    def list_with_delimiter(
        self, prefix: Optional[str] = None, *, return_arrow: bool = False
    ) -> ListResult[Any]:
        """See :func:`remotestore.obstore.list_with_delimiter`."""
        return _list.list_with_delimiter(self, prefix, return_arrow=return_arrow)

    def put(
        self,
        path: str,
        file: Source,
        *,
        attributes: Optional[Attributes] = None,
        tags: Optional[dict[str, str]] = None,
        mode: Optional[PutMode] = None,
        use_multipart: Optional[bool] = None,
        chunk_size: int = 5 * 1024 * 1024,
        max_concurrency: int = 12,
    ) -> PutResult:
        """See :func:`remotestore.obstore.put`."""
        return _put.put(
            self, path, file, attributes=attributes, tags=tags, mode=mode, use_multipart=use_multipart,
            chunk_size=chunk_size, max_concurrency=max_concurrency,
        )

    def rename(self, from_: str, to: str, *, overwrite: bool = True) -> None:
        """See :func:`remotestore.obstore.rename`."""
        _copy.rename(self, from_, to, overwrite=overwrite)
