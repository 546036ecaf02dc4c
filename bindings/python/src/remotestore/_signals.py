"""What the engine asks of the handlers of signals."""

from typing import FrozenSet

from ._library import library


def unsafe_signals() -> FrozenSet[int]:
    """The signals whose handlers lack ``SA_ONSTACK``: if one comes on a thread that is
    in a call, Go ends the process. The first call of the engine adds it to all handlers
    that are there. From Python 3.10 on Python's own have it; those of Python 3.9, and
    of C code, that are installed later have not."""
    bits = library.rstore_signals_unsafe()
    return frozenset(number for number in range(1, 65) if bits >> (number - 1) & 1)
