"""Object storage with one behaviour: in memory, on disk and in S3.

    >>> import remotestore
    >>> store = remotestore.Store(remotestore.MemoryBackend())
    >>> store.write("folder/hello.txt", b"hello").size
    5
    >>> store.read_bytes("folder/hello.txt")
    b'hello'
"""

from . import _abi
from ._backends import Backend, LocalBackend, MemoryBackend, S3Backend
from ._errors import (
    AlreadyExists,
    BackendIOError,
    BackendUnavailable,
    Busy,
    Cancelled,
    CapabilityNotSupported,
    Corrupt,
    DeadlineExceeded,
    DirectoryNotEmpty,
    Forked,
    InternalError,
    InvalidArgument,
    InvalidHandle,
    InvalidOption,
    InvalidPath,
    NotFound,
    NotModified,
    ObjectChanged,
    PermissionDenied,
    PreconditionFailed,
    RangeNotSatisfiable,
    RateLimited,
    RemoteStoreError,
    ResourceLocked,
    Unauthenticated,
)
from ._models import (
    ContentDigest,
    FileInfo,
    FolderEntry,
    FolderInfo,
    RawPath,
    ResolutionPlan,
    UploadInfo,
    WriteResult,
)
from ._store import Store

__version__ = _abi.VERSION

__all__ = [
    "AlreadyExists",
    "Backend",
    "BackendIOError",
    "BackendUnavailable",
    "Busy",
    "Cancelled",
    "CapabilityNotSupported",
    "ContentDigest",
    "Corrupt",
    "DeadlineExceeded",
    "DirectoryNotEmpty",
    "FileInfo",
    "FolderEntry",
    "FolderInfo",
    "Forked",
    "InternalError",
    "InvalidArgument",
    "InvalidHandle",
    "InvalidOption",
    "InvalidPath",
    "LocalBackend",
    "MemoryBackend",
    "NotFound",
    "NotModified",
    "ObjectChanged",
    "PermissionDenied",
    "PreconditionFailed",
    "RangeNotSatisfiable",
    "RateLimited",
    "RawPath",
    "RemoteStoreError",
    "ResolutionPlan",
    "ResourceLocked",
    "S3Backend",
    "Store",
    "Unauthenticated",
    "UploadInfo",
    "WriteResult",
]
