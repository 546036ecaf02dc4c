"""In an event loop: list and list_with_delimiter, and what they give.

Written by generate_async.py from _list.py: change that."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Literal, Optional, overload

from .._arrow import Batch
from .._arrow_async import next_batch_async
from .._operations_async import next_page_async
from . import _arrow
from ._errors import translated_listing
from ._list import _as_arrow, _entries, _open
from ._meta import ObjectMeta

if TYPE_CHECKING:
    from ._list import ListResult


@overload
async def list_with_delimiter_async(
    store: Any, prefix: Optional[str] = None, *, return_arrow: Literal[True]
) -> ListResult[Any]: ...


@overload
async def list_with_delimiter_async(
    store: Any, prefix: Optional[str] = None, *, return_arrow: Literal[False] = False
) -> ListResult[builtins.list[ObjectMeta]]: ...


@overload
async def list_with_delimiter_async(
    store: Any, prefix: Optional[str] = None, *, return_arrow: bool
) -> ListResult[Any]: ...


async def list_with_delimiter_async(
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
        table = _arrow.table(await next_batch_async(listing) or Batch()) if as_arrow else None
        while (page := await next_page_async(listing, _entries)) is not None:
            for is_prefix, entry in page:
                (prefixes if is_prefix else objects).append(entry)
    return {"common_prefixes": prefixes, "objects": table if as_arrow else objects}
