"""What the operations return."""

import ctypes
import dataclasses
import datetime
import re
import types
from typing import TYPE_CHECKING, Any, Callable, Dict, Literal, Mapping, Optional, Protocol, Tuple, runtime_checkable

from . import _abi
from ._path import RawPath, RemotePath, trusted
from ._time import moment

_UNKNOWN_TIME = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)


@runtime_checkable
class PathEntry(Protocol):
    """What every entry of a listing has."""

    @property
    def name(self) -> str:
        """The last segment of the path."""

    @property
    def path(self) -> RemotePath:
        """The path, relative to the store."""


@dataclasses.dataclass(frozen=True)
class ContentDigest:
    """A checksum of all the bytes of an object; both fields become lower case.

    :ivar algorithm: such as ``"sha256"``; of the engine ``"crc64nvme"``,
        ``"crc32c"``, ``"crc32"``, ``"sha256"`` or ``"sha1"``
    :ivar value: in hexadecimal
    :raises ValueError: for an empty field, and for a value that is no hexadecimal
    """

    algorithm: str
    value: str

    def __post_init__(self) -> None:
        algorithm, value = self.algorithm.strip().lower(), self.value.strip().lower()
        if not algorithm:
            raise ValueError("the algorithm of a digest is empty")
        if not value or value.strip("0123456789abcdef"):
            raise ValueError(f"the value of a digest must be hexadecimal, not {self.value!r}")
        object.__setattr__(self, "algorithm", algorithm)
        object.__setattr__(self, "value", value)


class _ByPath:
    """Two of them are equal if their paths are."""

    __slots__ = ()
    path: RemotePath

    def __eq__(self, other: object) -> bool:
        return self.path == other.path if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.path)


# What a page of a listing says of an entry: path, ETag, and kind, odd, size, modified_ns.
Row = Tuple[str, str, Tuple[int, int, int, int]]


class _Listed:
    """What a :class:`FileInfo` of a listing has: its row, which is a few small objects of its
    own and nothing of the page, and of its fields just the size, which needs no decoding."""

    __slots__ = ("_row", "size")


class _Lazy:
    """Another field that a listing tells, which is decoded when it is asked for, once: to
    decode all of them takes longer than all the rest of a listing."""

    def __init__(self, name: str, decode: Callable[[Row], Any]) -> None:
        self._name, self._decode = name, decode

    def __get__(self, info: Any, cls: Any = None) -> Any:
        if info is None:
            return self
        value = self._decode(info._row)
        object.__setattr__(info, self._name, value)
        return value


@dataclasses.dataclass(frozen=True, eq=False)
class FileInfo(_ByPath, _Listed):
    """An object.

    :ivar path: relative to the store; a :class:`RawPath` if not in normal form
    :ivar name: last segment of the path
    :ivar size: bytes
    :ivar modified_at: time of the last write, in UTC; ``datetime.min`` if not known
    :ivar digest: None if the backend has none, and in a listing
    :ivar etag: without quotes, an MD5 in lower case; None if the backend has none
    :ivar content_type: None if the backend has none, and in a listing
    :ivar metadata: the user's; None if there is none, and in a listing
    :ivar extra: of what an object has: ``"version_id"``, and ``"attributes"``, a dict
        of its content headers and storage class by their names; empty in a listing
    """

    path: RemotePath
    name: str
    size: int
    modified_at: datetime.datetime
    digest: Optional[ContentDigest] = None
    etag: Optional[str] = None
    content_type: Optional[str] = None
    metadata: Optional[Mapping[str, str]] = None
    extra: Dict[str, object] = dataclasses.field(default_factory=dict)

    def __reduce__(self) -> Any:
        return type(self), tuple(getattr(self, field.name) for field in dataclasses.fields(self))


@dataclasses.dataclass(frozen=True, eq=False)
class FolderEntry(_ByPath):
    """A folder in a listing; its path is as that of a :class:`FileInfo`."""

    path: RemotePath
    name: str


@dataclasses.dataclass(frozen=True, eq=False)
class FolderInfo(_ByPath):
    """The sum of the objects below a folder.

    :ivar file_count: number of objects
    :ivar total_size: bytes
    :ivar modified_at: the latest, in UTC; None if there are none
    :ivar extra: empty: for programs that expect it
    """

    path: RemotePath
    file_count: int
    total_size: int
    modified_at: Optional[datetime.datetime] = None
    extra: Dict[str, object] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.name


@dataclasses.dataclass(frozen=True)
class WriteResult:
    """What a write made.

    :ivar path: relative to the store
    :ivar size: bytes
    :ivar source: ``"native"`` from the answer to the write, ``"sidecar"`` from
        :meth:`Store.head`; ``"basic"``, the default, knows path and size only
    :ivar digest: None if the backend tells none
    :ivar etag: without quotes, an MD5 in lower case
    :ivar version_id: None if the bucket keeps no versions
    :ivar last_modified: in UTC; None after a write to S3, which does not tell it
    :ivar metadata: as it was given; None if it was not
    """

    path: RemotePath
    size: int
    source: Literal["native", "basic", "sidecar"] = "basic"
    digest: Optional[ContentDigest] = None
    etag: Optional[str] = None
    version_id: Optional[str] = None
    last_modified: Optional[datetime.datetime] = None
    metadata: Optional[Mapping[str, str]] = None


@dataclasses.dataclass(frozen=True)
class UploadInfo:
    """A multipart upload that was begun and neither committed nor aborted.

    :ivar initiated: when, in UTC; None if not known
    """

    path: RemotePath
    upload_id: str
    initiated: Optional[datetime.datetime] = None


@dataclasses.dataclass(frozen=True)
class ResolutionPlan:
    """Where a path is.

    :ivar kind: ``"memory"``, ``"local"`` or ``"s3"``
    :ivar backend: the same
    :ivar key: the path that was asked for
    :ivar native_path: as people write it: ``"bucket/prefix/key"``, ``"/folder/file"``
    :ivar details: of S3 ``bucket``, ``object_key``, and ``endpoint_url``, which
        is None for AWS; of local ``root``, ``absolute_path``. They cannot be changed
    """

    kind: str
    backend: str
    key: str
    native_path: str
    details: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "details", types.MappingProxyType(dict(self.details)))

    def __reduce__(self) -> Any:
        return type(self), (self.kind, self.backend, self.key, self.native_path, dict(self.details))


for _name, _decode in {
    "path": lambda row: (RawPath if row[2][1] else trusted)(row[0]),
    "name": lambda row: row[0].rpartition("/")[2],
    "modified_at": lambda row: _time(row[2][3]) or _UNKNOWN_TIME,
    "etag": lambda row: _etag(row[1]),
    "extra": lambda row: {},
}.items():
    setattr(FileInfo, _name, _Lazy(_name, _decode))
_set_row, _set_size = _Listed.__dict__["_row"].__set__, _Listed.__dict__["size"].__set__


def listed_file(row: Row) -> FileInfo:
    info = object.__new__(FileInfo)
    _set_row(info, row)
    _set_size(info, row[2][2])  # which is there already
    return info


def listed_folder(row: Row) -> FolderEntry:
    path = (RawPath if row[2][1] else trusted)(row[0])
    return FolderEntry(path, path.name)


def described(o: _abi.rstore_object) -> FileInfo:
    """With what a listing does not tell."""
    path = path_text(o) if o.odd else o.path.decode()
    info = listed_file((path, o.etag.decode(), (o.kind, o.odd, o.size, o.modified_ns)))
    more: Dict[str, Any] = {}
    if o.content_type_len:
        more["content_type"] = o.content_type.decode()
    if o.digest_len:
        more["digest"] = _digest(o)
    if o.metadata_count:
        more["metadata"] = _metadata(o)
    if o.version_id_len or o.attributes_count:
        more["extra"] = extra = {}
        if o.version_id_len:
            extra["version_id"] = o.version_id.decode()
        if o.attributes_count:
            extra["attributes"] = _named(o.attributes, o.attributes_count)
    info.__dict__.update(more)
    return info


def upload_info(o: _abi.rstore_object) -> UploadInfo:
    return UploadInfo(_path(o), o.upload_id.decode(), _time(o.modified_ns))


def folder_info(path: RemotePath, f: _abi.rstore_folder) -> FolderInfo:
    return FolderInfo(path, f.file_count, f.total_size, _time(f.modified_ns))


def head_result(o: _abi.rstore_object) -> WriteResult:
    return _result(o, "sidecar", _metadata(o))


def write_result(o: _abi.rstore_object, metadata: Optional[Mapping[str, str]]) -> WriteResult:
    return _result(o, "native", metadata or None)


def _result(o: _abi.rstore_object, source: str, metadata: Optional[Mapping[str, str]]) -> WriteResult:
    made = object.__new__(WriteResult)
    made.__dict__.update(  # half the time of a call for each field
        path=_path(o), size=o.size, source=source, digest=_digest(o), etag=_etag(o.etag.decode()),
        version_id=o.version_id.decode() or None, last_modified=_time(o.modified_ns), metadata=metadata)
    return made


def path_text(o: _abi.rstore_object) -> str:
    """A path; what is no UTF-8 in it is surrogates."""
    # Also what is behind a NUL, where c_char_p ends.
    address = ctypes.c_void_p.from_buffer(o, _abi.rstore_object.path.offset)
    return ctypes.string_at(address, o.path_len).decode("utf-8", "surrogateescape")


def _path(o: _abi.rstore_object) -> RemotePath:
    if not o.odd:
        return trusted(o.path.decode())  # type: ignore[no-any-return]
    return RawPath(path_text(o))


def _digest(o: _abi.rstore_object) -> Optional[ContentDigest]:
    return ContentDigest(o.digest_algorithm.decode(), o.digest.decode()) if o.digest_len else None


def _metadata(o: _abi.rstore_object) -> Optional[Mapping[str, str]]:
    return _named(o.metadata, o.metadata_count) if o.metadata_count else None


def _named(pairs: Any, count: int) -> Dict[str, str]:
    return {p.key.decode(): p.value.decode() for p in pairs[:count]}


_MD5 = re.compile("[0-9A-F]{32}(-[0-9]+)?")


def _etag(etag: str) -> Optional[str]:
    """Without quotes. In lower case if it is a number: others must be sent as they came."""
    e = etag.strip('"')
    return e.lower() if _MD5.fullmatch(e) else e or None


def _time(nanoseconds: int) -> Optional[datetime.datetime]:
    return moment(nanoseconds) if nanoseconds else None
