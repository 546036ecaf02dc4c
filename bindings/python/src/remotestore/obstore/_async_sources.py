"""What put_async reads."""

from typing import Any, AsyncIterator

from ._put import _chunks


async def chunks(source: Any) -> AsyncIterator[Any]:
    """What is no memory, in pieces that are."""
    if hasattr(source, "__aiter__") and not hasattr(source, "read"):
        async for chunk in source:
            yield chunk
    else:
        for chunk in _chunks(source):
            yield chunk
