"""list and list_with_delimiter, and what they give."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Generic, Iterator, Literal, Optional, Tuple, TypedDict, TypeVar, overload

from .. import _abi
from .._arrow import Batch, next_batch
from .._library import library
from .._memory import Handle, Page
from .._operations import next_page
from .._pages import rows
from . import _arrow
from ._arguments import boolean, number, operations, raw
from ._chunks import Chunks, next_chunk, rest
from ._chunks_async import next_chunk_async, rest_async
from ._errors import translated_listing
from ._meta import ObjectMeta, listed

ListChunkType = TypeVar("ListChunkType")


if TYPE_CHECKING:  # Python has generic ones from 3.11 on

    class ListResult(TypedDict, Generic[ListChunkType]):
        """One level of a listing."""

        common_prefixes: builtins.list[str]
        objects: ListChunkType


class ListStream(Generic[ListChunkType]):
    """The objects of a listing, in chunks, which are asked for as they are taken: for
    ``for`` and ``async for``."""

    def __init__(self, store: Any, chunks: Chunks) -> None:
        self._store, self._chunks = store, chunks  # who forgets the store still lists this

    def __iter__(self) -> "ListStream[ListChunkType]":
        return self

    def __next__(self) -> ListChunkType:
        chunk: Optional[ListChunkType] = next_chunk(self._chunks)
        if chunk is None:
            raise StopIteration
        return chunk

    def __aiter__(self) -> "ListStream[ListChunkType]":
        return self

    async def __anext__(self) -> ListChunkType:
        chunk: Optional[ListChunkType] = await next_chunk_async(self._chunks)
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def collect(self) -> ListChunkType:
        """All objects that were not given yet."""
        collected: ListChunkType = rest(self._chunks)
        return collected

    async def collect_async(self) -> ListChunkType:
        """The same, in an event loop."""
        collected: ListChunkType = await rest_async(self._chunks)
        return collected


@overload
def list(
    store: Any, prefix: Optional[str] = None, *, offset: Optional[str] = None, chunk_size: int = 50,
    return_arrow: Literal[True],
) -> ListStream[Any]: ...


@overload
def list(
    store: Any, prefix: Optional[str] = None, *, offset: Optional[str] = None, chunk_size: int = 50,
    return_arrow: Literal[False] = False,
) -> ListStream[builtins.list[ObjectMeta]]: ...


@overload
def list(
    store: Any, prefix: Optional[str] = None, *, offset: Optional[str] = None, chunk_size: int = 50,
    return_arrow: bool,
) -> ListStream[Any]: ...


def list(
    store: Any,
    prefix: Optional[str] = None,
    *,
    offset: Optional[str] = None,
    chunk_size: int = 50,
    return_arrow: bool = False,
) -> ListStream[Any]:
    """Lists the objects below a prefix, which is whole segments of a path: ``d`` is not
    that of ``dd/a``. Nothing is asked before the first chunk is taken.

    :param offset: list what comes behind this path in byte order, whether it is there
    :param chunk_size: objects in a chunk; a request brings 1000 all the same
    :param return_arrow: record batches of arro3, else of pyarrow, instead of lists
    :raises ImportError: if neither is installed
    :raises GenericError: at a chunk, if the listing fails
    """
    as_arrow, size = _as_arrow(return_arrow), number("chunk_size", chunk_size) or 1
    listing = _open(store, prefix, _abi.RECURSIVE, offset)
    return ListStream(store, Chunks(listing, size, as_arrow))


@overload
def list_with_delimiter(
    store: Any, prefix: Optional[str] = None, *, return_arrow: Literal[True]
) -> ListResult[Any]: ...


@overload
def list_with_delimiter(
    store: Any, prefix: Optional[str] = None, *, return_arrow: Literal[False] = False
) -> ListResult[builtins.list[ObjectMeta]]: ...


@overload
def list_with_delimiter(
    store: Any, prefix: Optional[str] = None, *, return_arrow: bool
) -> ListResult[Any]: ...


def list_with_delimiter(
    store: Any, prefix: Optional[str] = None, *, return_arrow: bool = False
) -> ListResult[Any]:
    """Lists what is directly below a prefix: objects, and the prefixes of what is
    deeper. Arguments and errors are those of :func:`list`.

    :param return_arrow: the objects are a table of arro3, else of pyarrow
    """
    as_arrow = _as_arrow(return_arrow)
    listing = _open(store, prefix, 0, None)
    prefixes: builtins.list[str] = []
    objects: builtins.list[ObjectMeta] = []
    with translated_listing:
        table = _arrow.table(next_batch(listing) or Batch()) if as_arrow else None
        while (page := next_page(listing, _entries)) is not None:
            for is_prefix, entry in page:
                (prefixes if is_prefix else objects).append(entry)
    return {"common_prefixes": prefixes, "objects": table if as_arrow else objects}


def _as_arrow(value: Any) -> bool:
    if boolean("return_arrow", value):
        _arrow.library()
    return bool(value)


def _open(store: Any, prefix: Optional[str], flags: int, offset: Optional[str]) -> Handle:
    at, p = operations(store), raw("" if prefix is None else prefix)
    after = raw("" if offset is None else offset).as_posix().encode()
    args = _abi.rstore_args(flags=flags | _abi.MUST_EXIST, start_after=after, start_after_len=len(after))
    with translated_listing:
        return at._listing(library.rstore_list_open, p, args)


def _entries(page: Page) -> Iterator[Tuple[bool, Any]]:
    return ((True, row[0]) if row[2][0] == _abi.KIND_FOLDER else (False, listed(row)) for row in rows(page))
