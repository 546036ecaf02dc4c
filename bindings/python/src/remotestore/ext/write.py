"""Writes whose result has a checksum that was made here, of the bytes as they went off.

    >>> from remotestore import MemoryBackend, Store
    >>> store = Store(MemoryBackend())
    >>> write_with_hash(store, "a", b"hello", algorithm="md5").digest.value
    '5d41402abc4b2a76b9719d911017c592'
    >>> with open_atomic_with_hash(store, "b") as file:
    ...     _ = file.write(b"hello")
    >>> file.result.digest.algorithm
    'sha256'
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any, BinaryIO, Iterator, Optional, Union

from .._models import ContentDigest, WriteResult
from .streams import ChecksumReader, ChecksumWriter

if TYPE_CHECKING:
    from .._arguments import Metadata
    from .._store import Store

__all__ = ["HashingAtomicWriter", "open_atomic_with_hash", "write_with_hash"]


class HashingAtomicWriter(ChecksumWriter):
    """What :func:`open_atomic_with_hash` gives.

    :ivar result: what was written, behind the block; None if it failed
    """

    result: Optional[WriteResult] = None


def write_with_hash(
    store: Store,
    path: str,
    content: Union[BinaryIO, bytes],
    *,
    algorithm: str = "sha256",
    overwrite: bool = False,
    metadata: Metadata = None,
) -> WriteResult:
    """Writes an object: see :meth:`remotestore.Store.write`.

    :param content: bytes, another object with memory, or a binary file
    :param algorithm: one of hashlib
    :returns: what the write told, with this digest
    :raises ValueError: for another algorithm, before anything is written
    """
    if hasattr(content, "read"):
        reader: Any = ChecksumReader(content, algorithm)
        made = store.write(path, reader, overwrite=overwrite, metadata=metadata)
        return _with_digest(made, algorithm, reader.hexdigest())
    value = hashlib.new(algorithm, content).hexdigest()
    return _with_digest(store.write(path, content, overwrite=overwrite, metadata=metadata), algorithm, value)


@contextlib.contextmanager
def open_atomic_with_hash(
    store: Store, path: str, *, algorithm: str = "sha256", overwrite: bool = False, metadata: Metadata = None
) -> Iterator[HashingAtomicWriter]:
    """Opens an object for writing: see :meth:`remotestore.Store.open_atomic`. Metadata need no copy
    of the bytes.

    :param algorithm: one of hashlib
    :raises ValueError: for another one
    """
    hashlib.new(algorithm)
    with store.open_atomic(path, overwrite=overwrite, metadata=metadata) as file:
        writer = HashingAtomicWriter(file, algorithm)
        yield writer
    writer.result = _with_digest(file.result, algorithm, writer.hexdigest())


def _with_digest(made: Any, algorithm: str, value: str) -> WriteResult:
    return dataclasses.replace(made, digest=ContentDigest(algorithm, value))  # type: ignore[no-any-return]
