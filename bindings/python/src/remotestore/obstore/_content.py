"""What a get reads."""

import ctypes
from typing import Any

from .._call import wait
from .._library import library
from .._memory import Handle
from .._streams import read_rest
from ._errors import translated
from .exceptions import GenericError


class Content:
    """What a reader gives, from its beginning to its end."""

    def __init__(self, at: Any, reader: Handle, left: int) -> None:
        self.at = at  # who forgets the store still reads this
        self.reader = reader
        self.left = left


def fill(content: Content, memory: bytes) -> bytes:
    """Fills new bytes with the next ones, and returns them."""
    if memory and not content.reader:
        raise GenericError("reading this content has failed before, so some of it is lost: get it anew")
    filled = ctypes.c_size_t()

    def read(pointer: int, size: int) -> int:
        wait(library.rstore_reader_read, content.reader, pointer, size, ctypes.byref(filled))
        return filled.value

    try:
        with translated:
            memory = read_rest(read, memory, 0)
    except BaseException:  # also of a signal handler: what was read is lost
        content.reader.close()
        raise
    content.left -= len(memory)
    if not content.left:
        content.reader.close()
    return memory
