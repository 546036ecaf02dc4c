"""Object storage with one behaviour: in memory, on disk and in S3.

    >>> import remotestore
    >>> store = remotestore.Store(remotestore.MemoryBackend())
    >>> store.write("folder/hello.txt", b"hello").size
    5
    >>> store.read_bytes("folder/hello.txt")
    b'hello'
"""

import importlib as _importlib

from . import _abi, _library

TYPE_CHECKING = False  # as of typing, which need not be imported for it
if TYPE_CHECKING:
    from ._backends import Backend, LocalBackend, MemoryBackend, S3Backend
    from ._capabilities import Capability, CapabilitySet
    from ._config import BackendConfig, RegistryConfig, RetryPolicy, StoreProfile, resolve_env
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
    from ._info import BackendInfo, ExtensionInfo, InfoResult, info
    from ._models import (
        ContentDigest,
        FileInfo,
        FolderEntry,
        FolderInfo,
        PathEntry,
        ResolutionPlan,
        UploadInfo,
        WriteResult,
    )
    from ._path import RawPath, RemotePath
    from ._probe import Finding, ProbeReport
    from ._progress import Progress
    from ._proxy import ProxyStore
    from ._redaction import SecretRedactionFilter
    from ._registry import Registry, register_backend
    from ._secret import Secret
    from ._signals import unsafe_signals
    from ._store import Store
    from ._streams import Reader, Upload, Writer
    from .ext.batch import BatchResult, batch_copy, batch_delete, batch_exists
    from .ext.cache import CacheBackend, CachedStore, CacheStats, MemoryCache, cache
    from .ext.glob import glob_files
    from .ext.integrity import checksum, content_digest, verify, verify_hex
    from .ext.observe import BufferedObserver, ObservedStore, StoreEvent, observe, set_correlation_id
    from .ext.partition import ParsedPartition, parse_partition, partition_path
    from .ext.streams import ChecksumReader, ChecksumWriter, ProgressReader, ProgressWriter, read_with_progress
    from .ext.transfer import download, transfer, upload
    from .ext.write import HashingAtomicWriter, open_atomic_with_hash, write_with_hash

__version__ = _abi.VERSION

__all__ = [
    "AlreadyExists",
    "Backend",
    "BackendConfig",
    "BackendIOError",
    "BackendInfo",
    "BackendUnavailable",
    "BatchResult",
    "BufferedObserver",
    "Busy",
    "CacheBackend",
    "CacheStats",
    "CachedStore",
    "Cancelled",
    "Capability",
    "CapabilityNotSupported",
    "CapabilitySet",
    "ChecksumReader",
    "ChecksumWriter",
    "ContentDigest",
    "Corrupt",
    "DeadlineExceeded",
    "DirectoryNotEmpty",
    "ExtensionInfo",
    "FileInfo",
    "Finding",
    "FolderEntry",
    "FolderInfo",
    "Forked",
    "HashingAtomicWriter",
    "InfoResult",
    "InternalError",
    "InvalidArgument",
    "InvalidHandle",
    "InvalidOption",
    "InvalidPath",
    "LocalBackend",
    "MemoryBackend",
    "MemoryCache",
    "NotFound",
    "NotModified",
    "ObjectChanged",
    "ObservedStore",
    "ParsedPartition",
    "PathEntry",
    "PermissionDenied",
    "PreconditionFailed",
    "ProbeReport",
    "Progress",
    "ProgressReader",
    "ProgressWriter",
    "ProxyStore",
    "RangeNotSatisfiable",
    "RateLimited",
    "RawPath",
    "Reader",
    "Registry",
    "RegistryConfig",
    "RemotePath",
    "RemoteStoreError",
    "ResolutionPlan",
    "ResourceLocked",
    "RetryPolicy",
    "S3Backend",
    "Secret",
    "SecretRedactionFilter",
    "Store",
    "StoreEvent",
    "StoreProfile",
    "Unauthenticated",
    "Upload",
    "UploadInfo",
    "WriteResult",
    "Writer",
    "__version__",
    "batch_copy",
    "batch_delete",
    "batch_exists",
    "cache",
    "checksum",
    "content_digest",
    "download",
    "glob_files",
    "info",
    "observe",
    "open_atomic_with_hash",
    "parse_partition",
    "partition_path",
    "read_with_progress",
    "register_backend",
    "resolve_env",
    "set_correlation_id",
    "transfer",
    "unsafe_signals",
    "upload",
    "verify",
    "verify_hex",
    "write_with_hash",
]

# All but the library itself is imported for the first who asks for it.
_PLACES = {
    "_backends": "Backend LocalBackend MemoryBackend S3Backend",
    "_capabilities": "Capability CapabilitySet",
    "_config": "BackendConfig RegistryConfig RetryPolicy StoreProfile resolve_env",
    "_errors":
        "AlreadyExists BackendIOError BackendUnavailable Busy Cancelled CapabilityNotSupported Corrupt "
        "DeadlineExceeded DirectoryNotEmpty Forked InternalError InvalidArgument InvalidHandle InvalidOption "
        "InvalidPath NotFound NotModified ObjectChanged PermissionDenied PreconditionFailed RangeNotSatisfiable "
        "RateLimited RemoteStoreError ResourceLocked Unauthenticated",
    "_info": "BackendInfo ExtensionInfo InfoResult info",
    "_models": "ContentDigest FileInfo FolderEntry FolderInfo PathEntry ResolutionPlan UploadInfo WriteResult",
    "_path": "RawPath RemotePath",
    "_probe": "Finding ProbeReport",
    "_progress": "Progress",
    "_proxy": "ProxyStore",
    "_redaction": "SecretRedactionFilter",
    "_registry": "Registry register_backend",
    "_secret": "Secret",
    "_signals": "unsafe_signals",
    "_store": "Store",
    "_streams": "Reader Upload Writer",
    "ext.batch": "BatchResult batch_copy batch_delete batch_exists",
    "ext.cache": "CacheBackend CachedStore CacheStats MemoryCache cache",
    "ext.glob": "glob_files",
    "ext.integrity": "checksum content_digest verify verify_hex",
    "ext.observe": "BufferedObserver ObservedStore StoreEvent observe set_correlation_id",
    "ext.partition": "ParsedPartition parse_partition partition_path",
    "ext.streams": "ChecksumReader ChecksumWriter ProgressReader ProgressWriter read_with_progress",
    "ext.transfer": "download transfer upload",
    "ext.write": "HashingAtomicWriter open_atomic_with_hash write_with_hash",
}


def __getattr__(name: str) -> object:
    for module, names in _PLACES.items():
        if name in names.split():
            return globals().setdefault(name, getattr(_importlib.import_module("." + module, __name__), name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
