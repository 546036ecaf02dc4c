"""What a listing gives at once."""

from __future__ import annotations

from typing import Any, Iterator, List

from .._arrow import Batch, next_batch
from .._memory import Handle, Page
from .._operations import next_page
from .._pages import rows
from . import _arrow
from ._errors import translated_listing
from ._meta import ObjectMeta, listed


class Chunks:
    """A listing, in chunks of so many objects: lists, or Arrow data."""

    def __init__(self, listing: Handle, size: int, as_arrow: bool) -> None:
        self.listing = listing
        self.size = size
        self.as_arrow = as_arrow
        self.ahead: List[ObjectMeta] = []  # read, but not given yet


def next_chunk(chunks: Chunks) -> Any:
    """The next one; None at the end."""
    if chunks.as_arrow:
        with translated_listing:
            batch = next_batch(chunks.listing, chunks.size)
        return batch and _arrow.record_batch(batch)
    while len(chunks.ahead) < chunks.size and _read(chunks):
        pass
    chunk, chunks.ahead = chunks.ahead[: chunks.size], chunks.ahead[chunks.size :]
    return chunk or None


def rest(chunks: Chunks) -> Any:
    """All that is left, in one."""
    if chunks.as_arrow:
        with translated_listing:
            batch = next_batch(chunks.listing)
        return _arrow.record_batch(batch or Batch())
    while _read(chunks):
        pass
    left, chunks.ahead = chunks.ahead, []
    return left


def _read(chunks: Chunks) -> bool:
    with translated_listing:
        page = next_page(chunks.listing, _metas)
    if page is None:
        return False
    chunks.ahead += page
    return True


def _metas(page: Page) -> Iterator[ObjectMeta]:
    return map(listed, rows(page))
