"""Files by a pattern.

    >>> from remotestore import MemoryBackend, Store
    >>> store = Store(MemoryBackend())
    >>> _ = store.write("2024/a.csv", b"1,2")
    >>> [str(info.path) for info in glob_files(store, "**/*.csv")]
    ['2024/a.csv']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

if TYPE_CHECKING:
    from .._models import FileInfo
    from .._store import Store

__all__ = ["glob_files"]


def glob_files(store: Store, pattern: str) -> Iterator[FileInfo]:
    """The same as :meth:`remotestore.Store.glob`, which every backend has here."""
    return store.glob(pattern)
