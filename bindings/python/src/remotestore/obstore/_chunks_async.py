"""In an event loop: what a listing gives at once.

Written by generate_async.py from _chunks.py: change that."""

from __future__ import annotations

from typing import Any

from .._arrow import Batch
from .._arrow_async import next_batch_async
from .._operations_async import next_page_async
from . import _arrow
from ._chunks import Chunks, _metas
from ._errors import translated_listing


async def next_chunk_async(chunks: Chunks) -> Any:
    """The next one; None at the end."""
    if chunks.as_arrow:
        with translated_listing:
            batch = await next_batch_async(chunks.listing, chunks.size)
        return batch and _arrow.record_batch(batch)
    while len(chunks.ahead) < chunks.size and await _read_async(chunks):
        pass
    chunk, chunks.ahead = chunks.ahead[: chunks.size], chunks.ahead[chunks.size :]
    return chunk or None


async def rest_async(chunks: Chunks) -> Any:
    """All that is left, in one."""
    if chunks.as_arrow:
        with translated_listing:
            batch = await next_batch_async(chunks.listing)
        return _arrow.record_batch(batch or Batch())
    while await _read_async(chunks):
        pass
    left, chunks.ahead = chunks.ahead, []
    return left


async def _read_async(chunks: Chunks) -> bool:
    with translated_listing:
        page = await next_page_async(chunks.listing, _metas)
    if page is None:
        return False
    chunks.ahead += page
    return True
