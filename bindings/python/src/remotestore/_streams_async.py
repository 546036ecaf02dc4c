"""In an event loop: objects as binary files.

Written by generate_async.py from _streams.py: change that."""

from __future__ import annotations

import ctypes

from ._later import models
from ._memory import Handle, Object, address_of
from ._queue import Operation, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ._arguments import Metadata
    from ._models import WriteResult


async def read_rest_async(fill: Callable[[int, int], Any], content: bytes, filled: int) -> bytes:
    """Fills the rest of new bytes. A read may give less. It gives nothing only
    if another thread moved the reader meanwhile, for where something is missing
    it raises: then the bytes are less."""
    address = address_of(content)
    while filled < len(content):
        count: int = await fill(address + filled, len(content) - filled)
        if not count:
            return content[:filled]
        filled += count
    return content


class AsyncPublisher:
    """What publishes what a writer or an upload has."""

    def __init__(self, function: Any, metadata: Metadata, operation: Operation) -> None:
        self._function, self._metadata, self._operation = function, metadata, operation

    async def publish(self, handle: Handle) -> WriteResult:
        made, operation = Object(), self._operation
        await wait(self._function, handle, ctypes.byref(made), ctypes.sizeof(made), context=operation.context)
        operation.done()
        return models.write_result(made, self._metadata)
