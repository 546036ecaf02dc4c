"""Checksums of what a store has, made of the bytes themselves.

    >>> from remotestore import MemoryBackend, Store
    >>> store = Store(MemoryBackend())
    >>> _ = store.write("a", b"hello")
    >>> checksum(store, "a", "md5")
    ('md5', '5d41402abc4b2a76b9719d911017c592')

What an endpoint keeps itself is in ``Store.get_file_info(path).digest``, and compared with the
bytes by ``Store.read_bytes(path, verify=True)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Tuple

from .._models import ContentDigest
from .._streams import BUFFER_SIZE
from .streams import ChecksumReader

if TYPE_CHECKING:
    from .._store import Store

__all__ = ["checksum", "content_digest", "verify", "verify_hex"]


def checksum(store: Store, path: str, algorithm: str = "sha256") -> Tuple[str, str]:
    """The algorithm, in lower case, and the checksum in hexadecimal, for which the object is read
    in blocks.

    :param algorithm: one of hashlib
    :raises ValueError: for another one
    :raises NotFound: if there is no object
    """
    block = memoryview(bytearray(BUFFER_SIZE))
    with ChecksumReader(store.read(path), algorithm) as reader:
        while reader.readinto(block):
            pass
        return reader.algorithm, reader.hexdigest()


def content_digest(store: Store, path: str, algorithm: str = "sha256") -> ContentDigest:
    """The same in one object."""
    return ContentDigest(*checksum(store, path, algorithm))


def verify(store: Store, path: str, expected: str, algorithm: str = "sha256") -> bool:
    """Whether the object has this checksum, in hexadecimal of any case: see :func:`checksum`."""
    return checksum(store, path, algorithm)[1] == expected.lower()


def verify_hex(store: Store, path: str, algorithm: str, expected_hex: str) -> bool:
    """The same with its arguments in another order."""
    return verify(store, path, expected_hex, algorithm)
