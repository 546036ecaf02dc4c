"""What the operations return."""

import ctypes
import dataclasses
import datetime
from typing import Dict, Mapping, Optional

from . import _abi

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class RawPath(str):
    """A path that came out of a listing and is not in normal form, such as
    ``a//b``. Every operation accepts it, and takes it as it is: it is the only
    way to name that object. What is not UTF-8 is in it as surrogates."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True)
class ContentDigest:
    """A checksum of all the bytes of an object.

    :ivar algorithm: ``"crc64nvme"``, ``"crc32c"``, ``"crc32"``, ``"sha256"`` or ``"sha1"``
    :ivar value: in hexadecimal
    """

    algorithm: str
    value: str


@dataclasses.dataclass(frozen=True)
class FileInfo:
    """An object.

    :ivar path: relative to the store; a :class:`RawPath` if not in normal form
    :ivar name: last segment of the path
    :ivar size: bytes
    :ivar modified_at: time of the last write, in UTC
    :ivar digest: None if not known, as always in a listing
    :ivar etag: without quotes and in lower case; None if the backend has none
    :ivar content_type: None if not known, as always in a listing
    :ivar metadata: the user's; None if there is none, and in a listing
    """

    path: str
    name: str
    size: int
    modified_at: Optional[datetime.datetime] = None
    digest: Optional[ContentDigest] = None
    etag: Optional[str] = None
    content_type: Optional[str] = None
    metadata: Optional[Mapping[str, str]] = None


@dataclasses.dataclass(frozen=True)
class FolderEntry:
    """A folder in a listing; its path is as that of a :class:`FileInfo`."""

    path: str
    name: str


@dataclasses.dataclass(frozen=True)
class FolderInfo:
    """The sum of the objects below a folder.

    :ivar modified_at: the latest, in UTC; None if there are none
    """

    path: str
    file_count: int
    total_size: int
    modified_at: Optional[datetime.datetime] = None


@dataclasses.dataclass(frozen=True)
class WriteResult:
    """What a write made.

    :ivar path: relative to the store
    :ivar size: bytes
    :ivar digest: None if the backend tells none
    :ivar etag: without quotes and in lower case
    :ivar version_id: None if the bucket keeps no versions
    :ivar last_modified: in UTC; None for S3, which does not tell it after a write
    :ivar metadata: as it was given
    """

    path: str
    size: int
    digest: Optional[ContentDigest] = None
    etag: Optional[str] = None
    version_id: Optional[str] = None
    last_modified: Optional[datetime.datetime] = None
    metadata: Optional[Mapping[str, str]] = None


@dataclasses.dataclass(frozen=True)
class UploadInfo:
    """A multipart upload that was begun and neither committed nor aborted.

    :ivar initiated: when, in UTC
    """

    path: str
    upload_id: str
    initiated: Optional[datetime.datetime] = None


@dataclasses.dataclass(frozen=True)
class ResolutionPlan:
    """Where a path is.

    :ivar native_path: as people write it: ``"bucket/prefix/key"``, ``"/folder/file"``
    :ivar details: of S3: ``bucket``, ``object_key``, ``endpoint_url``
    """

    backend: str
    key: str
    native_path: str
    details: Dict[str, str]


def file_info(o: _abi.rstore_object) -> FileInfo:
    path = _path(o)
    return FileInfo(path, _name(path), o.size, _time(o.modified_ns), _digest(o), _etag(o.etag),
                    o.content_type.decode() or None, _metadata(o))


def folder_entry(o: _abi.rstore_object) -> FolderEntry:
    path = _path(o)
    return FolderEntry(path, _name(path))


def upload_info(o: _abi.rstore_object) -> UploadInfo:
    return UploadInfo(_path(o), o.upload_id.decode(), _time(o.modified_ns))


def folder_info(path: str, f: _abi.rstore_folder) -> FolderInfo:
    return FolderInfo(path, f.file_count, f.total_size, _time(f.modified_ns))


def write_result(o: _abi.rstore_object) -> WriteResult:
    return WriteResult(_path(o), o.size, _digest(o), _etag(o.etag), o.version_id.decode() or None,
                       _time(o.modified_ns), _metadata(o))


def _path(o: _abi.rstore_object) -> str:
    # Of an odd one, also what is behind a NUL, where c_char_p ends.
    if not o.odd:
        return o.path.decode()
    address = ctypes.c_void_p.from_buffer(o, _abi.rstore_object.path.offset)
    return RawPath(ctypes.string_at(address, o.path_len).decode("utf-8", "surrogateescape"))


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _digest(o: _abi.rstore_object) -> Optional[ContentDigest]:
    return ContentDigest(o.digest_algorithm.decode(), o.digest.decode()) if o.digest_len else None


def _metadata(o: _abi.rstore_object) -> Optional[Mapping[str, str]]:
    if not o.metadata_count:
        return None
    return {p.key.decode(): p.value.decode() for p in o.metadata[: o.metadata_count]}


def _etag(etag: bytes) -> Optional[str]:
    return etag.decode().strip('"').lower() or None


def _time(nanoseconds: int) -> Optional[datetime.datetime]:
    if not nanoseconds:
        return None
    return _EPOCH + datetime.timedelta(microseconds=nanoseconds // 1000)
