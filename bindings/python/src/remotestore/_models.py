"""What the operations return."""

import dataclasses
import datetime
from typing import Optional

from . import _abi

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclasses.dataclass(frozen=True)
class FileInfo:
    """An object.

    :ivar path: relative to the store
    :ivar name: last segment of the path
    :ivar size: bytes
    :ivar modified_at: time of the last write, in UTC
    :ivar etag: without quotes and in lower case; None if the backend has none
    :ivar content_type: None if not known, as always in a listing
    :ivar odd: in a listing, no call can name this one, as its path is not in
        normal form (a key such as ``a//b``); another may have the normal form
    """

    path: str
    name: str
    size: int
    modified_at: Optional[datetime.datetime] = None
    etag: Optional[str] = None
    content_type: Optional[str] = None
    odd: bool = False


@dataclasses.dataclass(frozen=True)
class FolderEntry:
    """A folder in a listing; ``odd`` as for :class:`FileInfo`."""

    path: str
    name: str
    odd: bool = False


@dataclasses.dataclass(frozen=True)
class WriteResult:
    """What a write made.

    :ivar path: relative to the store
    :ivar size: bytes
    :ivar etag: without quotes and in lower case
    :ivar last_modified: in UTC; None for S3, which does not tell it after a write
    """

    path: str
    size: int
    etag: Optional[str] = None
    last_modified: Optional[datetime.datetime] = None


def file_info(o: _abi.rstore_object) -> FileInfo:
    path = o.path.decode()
    return FileInfo(
        path, _name(path), o.size, _time(o.modified_ns), _etag(o.etag), o.content_type.decode() or None, bool(o.odd)
    )


def folder_entry(o: _abi.rstore_object) -> FolderEntry:
    path = o.path.decode()
    return FolderEntry(path, _name(path), bool(o.odd))


def write_result(o: _abi.rstore_object) -> WriteResult:
    return WriteResult(o.path.decode(), o.size, _etag(o.etag), _time(o.modified_ns))


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _etag(etag: bytes) -> Optional[str]:
    return etag.decode().strip('"').lower() or None


def _time(nanoseconds: int) -> Optional[datetime.datetime]:
    if not nanoseconds:
        return None
    return _EPOCH + datetime.timedelta(microseconds=nanoseconds // 1000)
