"""The backends, under the name of the module that remote-store has for them."""

from ._backends import LocalBackend, MemoryBackend, S3Backend

__all__ = ["LocalBackend", "MemoryBackend", "S3Backend"]
