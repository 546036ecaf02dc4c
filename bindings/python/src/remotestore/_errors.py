"""The exceptions, and how a status of the library becomes one."""

from __future__ import annotations

import ctypes
import errno

from . import _abi
from ._library import library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Type, Union


class RemoteStoreError(Exception):
    """Base class of every error of this package.

    Attributes that do not apply are None, or 0 for numbers.

    :ivar code: name of the status, such as ``"NOT_FOUND"``
    :ivar path: the path as it was given, relative to the store
    :ivar backend: ``"memory"``, ``"local"`` or ``"s3"``
    :ivar operation: ``"get"``, ``"put"``, ...
    :ivar s3_code: the code in the answer of an S3 endpoint, such as ``"NoSuchKey"``
    :ivar http_status: status of that answer
    :ivar request_id: x-amz-request-id of that answer
    :ivar host_id: x-amz-id-2 of that answer
    :ivar attempts: requests that were sent for the call
    :ivar retryable: whether the same call may succeed later
    :ivar capability: what a CapabilityNotSupported misses
    :ivar upload_id: a multipart upload that could not be aborted, or not yet
    :ivar detail: more for people, such as the stack of an InternalError
    """

    code = "UNKNOWN"
    _errno: Optional[int] = None  # of those that are an OSError

    def __init__(self, message: str = "", *, path: Optional[str] = None, backend: Optional[str] = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.backend = backend
        self.operation: Optional[str] = None
        self.s3_code: Optional[str] = None
        self.http_status = 0
        self.request_id: Optional[str] = None
        self.host_id: Optional[str] = None
        self.attempts = 0
        self.retryable = False
        self.capability: Optional[str] = None
        self.upload_id: Optional[str] = None
        self.detail: Optional[str] = None
        if isinstance(self, OSError):
            _number(self, self._errno)

    def __str__(self) -> str:
        return " | ".join([self.message, *self._where()] if self.message else self._where())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join([repr(self.message), *self._where()])})"

    def _where(self) -> List[str]:
        fields = {"path": self.path, "backend": self.backend, "capability": self.capability or None}
        return [f"{name}={value!r}" for name, value in fields.items() if value is not None]


def _number(error: OSError, number: Optional[int]) -> None:
    error.errno, error.strerror = number, error.args[0]


class NotFound(RemoteStoreError, FileNotFoundError):
    """There is no such object, or no such bucket."""

    _errno = errno.ENOENT


class AlreadyExists(RemoteStoreError, FileExistsError):
    """The target exists and may not be overwritten."""

    _errno = errno.EEXIST


class PermissionDenied(RemoteStoreError, PermissionError):
    """The caller is known, but not allowed."""

    _errno = errno.EACCES


class Unauthenticated(PermissionDenied):
    """The credentials are missing, unknown, wrong or expired."""


class InvalidPath(RemoteStoreError, ValueError):
    """Not a path, a folder where an object is meant, or a file in the way."""


class InvalidArgument(RemoteStoreError, ValueError):
    """An argument that cannot be right, such as a URL."""


class InvalidOption(InvalidArgument):
    """An unknown option, or a value that does not fit; a wrong region too."""


class CapabilityNotSupported(RemoteStoreError, NotImplementedError):
    """The backend cannot do this; ``capability`` names what."""

    def __init__(
        self, message: str = "", *, path: Optional[str] = None, backend: Optional[str] = None, capability: str = ""
    ) -> None:
        super().__init__(message, path=path, backend=backend)
        self.capability: str = capability


class DirectoryNotEmpty(RemoteStoreError, OSError):
    """The folder still holds something."""

    _errno = errno.ENOTEMPTY


class BackendUnavailable(RemoteStoreError, ConnectionError):
    """The endpoint cannot be reached or fails, or the store was closed."""


class RateLimited(BackendUnavailable):
    """The endpoint asks for fewer requests."""


class ResourceLocked(RemoteStoreError, OSError):
    """Somebody else holds the object."""

    _errno = errno.EBUSY


class PreconditionFailed(RemoteStoreError):
    """A condition of the call does not hold."""


class NotModified(RemoteStoreError):
    """The object is the one that the caller has."""


class ObjectChanged(PreconditionFailed):
    """The object changed while it was read."""


class RangeNotSatisfiable(RemoteStoreError, ValueError):
    """The range begins at or behind the end of the object."""


class Corrupt(RemoteStoreError, OSError):
    """A checksum or a length does not hold."""

    _errno = errno.EIO


class DeadlineExceeded(RemoteStoreError, TimeoutError):
    """The timeout of the call passed."""

    _errno = errno.ETIMEDOUT


class Cancelled(RemoteStoreError):
    """The call was cancelled."""


class InvalidHandle(RemoteStoreError, ValueError):
    """The library does not know the handle: a bug in a binding."""


class Busy(RemoteStoreError):
    """The object serves another call."""


class Forked(RemoteStoreError):
    """It belongs to the process that forked this one; or the system does not let a
    forked process use the library: start processes with spawn there."""


class BackendIOError(RemoteStoreError, OSError):
    """The local file system failed: disk full, read error."""

    _errno = errno.EIO


class InternalError(RemoteStoreError, RuntimeError):
    """A bug of the library; ``detail`` holds the stack."""


_CLASSES: Dict[int, Type[RemoteStoreError]] = {
    _abi.UNKNOWN: RemoteStoreError,
    _abi.NOT_FOUND: NotFound,
    _abi.ALREADY_EXISTS: AlreadyExists,
    _abi.PERMISSION_DENIED: PermissionDenied,
    _abi.UNAUTHENTICATED: Unauthenticated,
    _abi.INVALID_PATH: InvalidPath,
    _abi.INVALID_ARGUMENT: InvalidArgument,
    _abi.INVALID_OPTION: InvalidOption,
    _abi.NOT_SUPPORTED: CapabilityNotSupported,
    _abi.DIRECTORY_NOT_EMPTY: DirectoryNotEmpty,
    _abi.UNAVAILABLE: BackendUnavailable,
    _abi.RATE_LIMITED: RateLimited,
    _abi.RESOURCE_LOCKED: ResourceLocked,
    _abi.PRECONDITION_FAILED: PreconditionFailed,
    _abi.NOT_MODIFIED: NotModified,
    _abi.CHANGED: ObjectChanged,
    _abi.RANGE_NOT_SATISFIABLE: RangeNotSatisfiable,
    _abi.CORRUPT: Corrupt,
    _abi.DEADLINE: DeadlineExceeded,
    _abi.CANCELLED: Cancelled,
    _abi.CLOSED: BackendUnavailable,
    _abi.BAD_HANDLE: InvalidHandle,
    _abi.BUSY: Busy,
    _abi.FORKED: Forked,
    _abi.IO: BackendIOError,
    _abi.INTERNAL: InternalError,
}


for _status, _class in _CLASSES.items():
    _class.__module__ = "remotestore"  # where they are looked for, and what a traceback says
    if _status != _abi.CLOSED:  # whose class is that of another
        _class.code = _abi.STATUS_NAMES[_status]


def exception(status: int, error: ctypes.c_uint64) -> RemoteStoreError:
    """What ``status`` says, with the evidence behind the error handle."""
    made = _new(status)
    evidence = _abi.rstore_evidence()
    if library.rstore_error_evidence(error, ctypes.byref(evidence), ctypes.sizeof(evidence)) == _abi.OK:
        _say(made, evidence.message)
        made.http_status = evidence.http_status
        made.attempts = evidence.attempts
        made.retryable = bool(evidence.retryable)
        for field in ("operation", "path", "backend", "s3_code", "request_id", "host_id",
                      "capability", "upload_id", "detail"):
            setattr(made, field, getattr(evidence, field).decode() or None)
    return made


def failure(
    one: Union[_abi.rstore_failure, _abi.rstore_result], operation: str, path: object, backend: str
) -> RemoteStoreError:
    """Why an operation failed for one of many objects."""
    made = _new(one.status)
    _say(made, one.message)
    made.operation, made.path, made.backend, made.s3_code = operation, str(path), backend, one.s3_code.decode() or None
    return made


def _new(status: int) -> RemoteStoreError:
    name = _abi.STATUS_NAMES.get(status, str(status))
    cls = _CLASSES.get(status, RemoteStoreError)
    made = cls((cls.__doc__ or name).splitlines()[0])  # of a call that gives no evidence
    made.code = name
    return made


def _say(error: RemoteStoreError, message: bytes) -> None:
    error.message = message.decode()
    error.args = (error.message,)
    if isinstance(error, OSError):
        error.strerror = error.message
