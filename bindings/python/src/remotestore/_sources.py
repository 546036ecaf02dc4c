"""What a write reads: files."""

from __future__ import annotations

import io
import mmap
import os
import stat

from ._streams import BUFFER_SIZE, Reader, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional, Tuple


def is_source(content: Any) -> bool:
    """Whether a write reads it: it has no memory itself."""
    return hasattr(content, "read")


def memory_of(file: Any) -> Optional[memoryview]:
    """What is behind the position of a file in memory, for a write to point to.
    None for every other file."""
    if type(file) is io.BytesIO:
        return file.getbuffer()[file.tell():]
    if isinstance(file, mmap.mmap):
        return memoryview(file)[file.tell():]
    return None


def on_disk(file: Any) -> Optional[Tuple[int, int]]:
    """The descriptor and the position of a regular file, which the library reads by
    itself. None for every other file, and for one that is at its end, or of /proc."""
    raw = file.raw if type(file) in (io.BufferedReader, io.BufferedRandom) and not file.closed else file
    if type(raw) is not io.FileIO or raw.closed or not raw.readable():
        return None
    found = os.fstat(raw.fileno())
    if not stat.S_ISREG(found.st_mode):
        return None
    if file.writable():
        file.flush()
        found = os.fstat(raw.fileno())
    position = file.tell()
    return (raw.fileno(), position) if position < found.st_size else None


def left_in(file: Any) -> Optional[int]:
    """How many bytes come yet, if the file knows that without looking: an object."""
    raw = file.raw if type(file) is io.BufferedReader else file
    return raw._size - file.tell() if isinstance(raw, Reader) else None


def copy_file(source: Any, writer: Writer) -> None:
    """Writes a file from where it is to its end."""
    block = memoryview(bytearray(BUFFER_SIZE)) if hasattr(source, "readinto") else None
    while True:
        if block is not None:
            count = source.readinto(block)
            if count is not None and not 0 <= count <= len(block):
                raise OSError(f"readinto() of the source returned {count}, but must return 0 to {len(block)}")
            part = check_block(None if count is None else block[:count])
        else:
            part = check_block(source.read(BUFFER_SIZE))
        if not part.nbytes:
            return
        writer.write(part)


def check_block(part: Any) -> memoryview:
    """What a source gave, as memory."""
    if part is None:  # not the end: no bytes now
        raise ValueError("the source of a write may not be non-blocking")
    try:
        return memoryview(part)
    except TypeError:
        raise TypeError(f"the source of a write must give bytes, not {type(part).__name__}") from None
