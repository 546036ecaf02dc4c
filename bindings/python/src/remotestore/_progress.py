"""How far a transfer is, for who wants to know."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional, Union

if TYPE_CHECKING:
    Wanted = Union[None, bool, Callable[["Progress"], object]]
    """What ``progress=`` takes."""


class Progress(NamedTuple):
    """How far a transfer is.

    What ``progress=`` is given, if it is no ``True``, is called with one about each 50 ms, where the
    call is made (for :mod:`remotestore.aio` in the event loop), and once more when all is done. What it
    raises ends the transfer, unless that is done, and is raised. Whatever is sent or comes twice counts once. Of an object
    that the endpoint copies by one request nothing is told.

    :ivar bytes: that came, or were sent
    :ivar total: bytes that there are to be, as far as it is known; None while it is not
    :ivar rate: bytes in a second, since the beginning
    """

    bytes: int
    total: Optional[int]
    rate: float


class Teller:
    """Tells who wants to know, what the library has counted, in a ``with`` block.

    :ivar total: bytes, where the caller knows and the library does not
    """

    def __init__(self, wanted: Wanted, label: object) -> None:
        if wanted is True:
            from ._bar import Bar

            bar = Bar(str(label))
            self._tell: Callable[[Progress], object] = bar
            self.close: Callable[[], None] = bar.close
        elif callable(wanted):
            self._tell, self.close = wanted, _nothing
        else:
            raise TypeError(f"progress must be a callable, or True for a bar, not {type(wanted).__name__}")
        self.total: Optional[int] = None
        self._begun = time.monotonic()

    def tell(self, counted: Any, over: bool = False) -> None:
        """Tells what rstore_progress says."""
        done: int = counted.transferred
        total = max(counted.total, self.total or 0)
        rate = done / max(time.monotonic() - self._begun, 1e-9)
        self._tell(Progress(done, total if over or total and total >= done else None, rate))


def _nothing() -> None:
    pass
