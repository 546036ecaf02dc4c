"""Stores as file systems of PyFilesystem (the package ``fs``, 2.4 or later), and :class:`S3FS` with the
arguments that it had in PyFilesystem 1 too. Where ``fs`` is not installed they are plain classes with
the methods that are here, and what they raise are Python's own exceptions.

    >>> from remotestore import MemoryBackend, Store
    >>> files = StoreFS(Store(MemoryBackend()))
    >>> _ = files.makedir("reports")
    >>> with files.open("reports/2024.txt", "w") as file:
    ...     file.write("January")
    7
    >>> files.listdir("reports", wildcard="*.txt", full=True)
    ['reports/2024.txt']
"""

from ._s3 import S3FS
from ._store import StoreFS

__all__ = ["S3FS", "StoreFS"]
