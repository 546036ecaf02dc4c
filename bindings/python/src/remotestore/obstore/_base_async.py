"""In an event loop: what the stores share: each function of this package that is about a store, as
a method of it.

Written by generate_async.py from _base.py: change that."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Literal, Optional, Sequence, Union, overload

from . import _copy_async, _delete_async, _get_async, _list_async, _put_async
from ._bytes import Bytes
from ._get import GetOptions, GetResult
from ._meta import Attributes, ObjectMeta
from ._put import PutMode, PutResult, Source

if TYPE_CHECKING:
    from ._list import ListResult


class AsyncObjectStoreMethods:
    """The base class of the stores. What its methods do is said at the functions
    of the same name.

    :ivar _operations: where the calls run: paths are relative to its root
    """

    async def copy_async(self, from_: str, to: str, *, overwrite: bool = True) -> None:
        """See :func:`remotestore.obstore.copy`."""
        await _copy_async.copy_async(self, from_, to, overwrite=overwrite)

    async def delete_async(self, paths: Union[str, Sequence[str]]) -> None:
        """See :func:`remotestore.obstore.delete`."""
        await _delete_async.delete_async(self, paths)

    async def get_async(self, path: str, *, options: Optional[GetOptions] = None) -> GetResult:
        """See :func:`remotestore.obstore.get`."""
        return await _get_async.get_async(self, path, options=options)

    async def get_range_async(
        self, path: str, *, start: int, end: Optional[int] = None, length: Optional[int] = None
    ) -> Bytes:
        """See :func:`remotestore.obstore.get_range`."""
        return await _get_async.get_range_async(self, path, start=start, end=end, length=length)

    async def get_ranges_async(
        self,
        path: str,
        *,
        starts: Sequence[int],
        ends: Optional[Sequence[int]] = None,
        lengths: Optional[Sequence[int]] = None,
        coalesce: int = 1024 * 1024,
    ) -> builtins.list[Bytes]:
        """See :func:`remotestore.obstore.get_ranges`."""
        return await _get_async.get_ranges_async(self, path, starts=starts, ends=ends, lengths=lengths, coalesce=coalesce)

    async def head_async(self, path: str) -> ObjectMeta:
        """See :func:`remotestore.obstore.head`."""
        return await _get_async.head_async(self, path)

    @overload
    async def list_with_delimiter_async(
        self, prefix: Optional[str] = None, *, return_arrow: Literal[True]
    ) -> ListResult[Any]: ...

    @overload
    async def list_with_delimiter_async(
        self, prefix: Optional[str] = None, *, return_arrow: Literal[False] = False
    ) -> ListResult[builtins.list[ObjectMeta]]: ...

    @overload
    async def list_with_delimiter_async(
        self, prefix: Optional[str] = None, *, return_arrow: bool
    ) -> ListResult[Any]: ...

    async def list_with_delimiter_async(
        self, prefix: Optional[str] = None, *, return_arrow: bool = False
    ) -> ListResult[Any]:
        """See :func:`remotestore.obstore.list_with_delimiter`."""
        return await _list_async.list_with_delimiter_async(self, prefix, return_arrow=return_arrow)

    async def put_async(
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
        return await _put_async.put_async(
            self, path, file, attributes=attributes, tags=tags, mode=mode, use_multipart=use_multipart,
            chunk_size=chunk_size, max_concurrency=max_concurrency,
        )

    async def rename_async(self, from_: str, to: str, *, overwrite: bool = True) -> None:
        """See :func:`remotestore.obstore.rename`."""
        await _copy_async.rename_async(self, from_, to, overwrite=overwrite)
