"""How far a transfer is, on a terminal."""

from __future__ import annotations

import sys
import time
from typing import Any, Optional

_EVERY = 0.1  # seconds


class Bar:
    """A bar of tqdm, or a line of text where that is not installed, in a ``with`` block. It
    is called with the number of bytes that came.

    :param total: bytes; None if nobody knows
    """

    def __init__(self, label: str, total: Optional[int]) -> None:
        self._label, self._total = label, total
        self._count, self._begun, self._said = 0, time.monotonic(), 0.0
        try:
            from tqdm import tqdm  # type: ignore[import-untyped, unused-ignore]

            self._bar: Any = tqdm(desc=label, total=total, unit="B", unit_scale=True, unit_divisor=1024)
        except ImportError:
            self._bar = None

    def __call__(self, count: int) -> None:
        self._count += count
        if self._bar is not None:
            self._bar.update(count)
        elif time.monotonic() - self._said > _EVERY:
            self._say("\r")

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        else:
            self._say("\n")

    def _say(self, end: str) -> None:
        self._said = time.monotonic()
        of = "" if self._total is None else f" of {size(self._total)}"
        rate = self._count / max(self._said - self._begun, 1e-9)
        print(f"\r{self._label}: {size(self._count)}{of}, {size(rate)}/s   ", end=end, file=sys.stderr, flush=True)


def size(count: float) -> str:
    """Bytes for people."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            break
        count /= 1024
    else:
        unit = "TiB"
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
