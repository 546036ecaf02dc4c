"""How far a transfer is, on a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._progress import Progress

_EVERY = 0.1  # seconds


class Bar:
    """A bar of tqdm, or a line of text where that is not installed, on standard error."""

    def __init__(self, label: str) -> None:
        self._label, self._said, self._line = label, 0.0, ""
        try:
            from tqdm import tqdm  # type: ignore[import-untyped, unused-ignore]

            self._bar: Any = tqdm(desc=label, unit="B", unit_scale=True, unit_divisor=1024)
        except ImportError:
            self._bar = None

    def __call__(self, progress: Progress) -> None:
        if self._bar is not None:
            self._bar.total = progress.total
            self._bar.update(progress.bytes - self._bar.n)
            return
        of = "" if progress.total is None else f" of {size(progress.total)}"
        self._line = f"\r{self._label}: {size(progress.bytes)}{of}, {size(progress.rate)}/s   "
        if time.monotonic() - self._said > _EVERY:
            self._said = time.monotonic()
            self._say("")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._line:
            self._say("\n")

    def _say(self, end: str) -> None:
        print(self._line, end=end, file=sys.stderr, flush=True)


def size(count: float) -> str:
    """Bytes for people."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            break
        count /= 1024
    else:
        unit = "TiB"
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
