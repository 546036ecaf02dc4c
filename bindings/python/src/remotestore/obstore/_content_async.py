"""In an event loop: what a get reads.

Written by generate_async.py from _content.py: change that."""

import ctypes

from .._library import library
from .._queue import wait
from .._streams_async import read_rest_async
from ._content import Content
from ._errors import translated
from .exceptions import GenericError


async def fill_async(content: Content, memory: bytes) -> bytes:
    """Fills new bytes with the next ones, and returns them."""
    if memory and not content.reader:
        raise GenericError("reading this content has failed before, so some of it is lost: get it anew")
    filled = ctypes.c_size_t()

    async def read(pointer: int, size: int) -> int:
        await wait(library.rstore_reader_read, content.reader, pointer, size, ctypes.byref(filled))
        return filled.value

    try:
        with translated:
            memory = await read_rest_async(read, memory, 0)
    except BaseException:  # also of a signal handler: what was read is lost
        content.reader.close()
        raise
    content.left -= len(memory)
    if not content.left:
        content.reader.close()
    return memory
