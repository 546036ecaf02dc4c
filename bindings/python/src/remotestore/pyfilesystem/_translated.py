"""The errors of a store as those of ``fs``."""

from __future__ import annotations

import importlib
from typing import NoReturn

from .. import _errors as ours

_NAMES = [
    (ours.NotFound, "ResourceNotFound"),
    (ours.AlreadyExists, "FileExists"),
    (ours.DirectoryNotEmpty, "DirectoryNotEmpty"),
    (ours.InvalidPath, "InvalidPath"),
    (ours.PermissionDenied, "PermissionDenied"),
    (ours.ResourceLocked, "ResourceLocked"),
    (ours.BackendUnavailable, "RemoteConnectionError"),
    (ours.DeadlineExceeded, "OperationTimeout"),
    (ours.CapabilityNotSupported, "Unsupported"),
    (ours.RemoteStoreError, "OperationFailed"),
]


def reraise(error: ours.RemoteStoreError, path: str) -> NoReturn:
    """Raises the one of ``fs`` that says the same; its ``exc`` is the error, with the evidence."""
    name = next(name for cls, name in _NAMES if isinstance(error, cls))
    raise getattr(importlib.import_module("fs.errors"), name)(path=path, exc=error) from error
