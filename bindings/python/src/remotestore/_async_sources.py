"""What a write in an event loop reads: files and iterables, also async ones."""

import collections.abc
from typing import Any

from ._sources import check_block, is_source as _is_file
from ._streams import BUFFER_SIZE


def is_source(content: Any) -> bool:
    """Whether a write reads it: it has no memory itself."""
    if _is_file(content) or hasattr(content, "__aiter__"):
        return True
    if not isinstance(content, collections.abc.Iterable) or isinstance(content, str):
        return False
    try:
        memoryview(content)  # type: ignore[arg-type]
    except TypeError:
        return True
    return False


async def copy_source(source: Any, writer: Any) -> None:
    """Writes a file from where it is to its end, or all that an iterable gives. What
    is not async stops the loop while it reads."""
    if hasattr(source, "read"):
        import inspect

        while True:
            part = source.read(BUFFER_SIZE)
            part = check_block(await part if inspect.isawaitable(part) else part)
            if not part.nbytes:
                return
            await writer.write(part)
    elif hasattr(source, "__aiter__"):
        async for part in source:
            await writer.write(check_block(part))
    else:
        for part in source:
            await writer.write(check_block(part))
