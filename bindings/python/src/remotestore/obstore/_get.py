"""get, get_range, get_ranges, head, and what they give."""

import collections.abc
import ctypes
import datetime
from typing import Any, List, Optional, Sequence, Tuple, TypedDict, Union

from .. import _abi
from .._call import wait
from .._library import library
from .._memory import Handle, Object, address_of, new_bytes
from .._operations import Operations
from .._path import RawPath
from .._streams import read_rest
from .._time import nanoseconds_of
from . import _bytes
from ._arguments import boolean, number, operations, optional, raw, string
from ._bytes import Bytes
from ._content import Content, fill
from ._content_async import fill_async
from ._errors import translated
from ._meta import Attributes, ObjectMeta, attributes, meta
from .exceptions import GenericError

_SMALLEST_CHUNK = 64 << 10


class OffsetRange(TypedDict):
    """All bytes from an offset on."""

    offset: int


class SuffixRange(TypedDict):
    """The last bytes."""

    suffix: int


class GetOptions(TypedDict, total=False):
    """What get asks for. None is no option.

    :ivar if_match: the ETag that the object must have, several with commas, or ``*``
    :ivar if_none_match: those that it must not have
    :ivar if_modified_since: an aware datetime, as the next
    :ivar if_unmodified_since: HTTP tells whole seconds of them
    :ivar range: first byte and the one behind the last
    :ivar version: which version of the object, where there are several
    :ivar head: no content, where that saves some: of S3
    """

    if_match: Optional[str]
    if_none_match: Optional[str]
    if_unmodified_since: Optional[datetime.datetime]
    if_modified_since: Optional[datetime.datetime]
    range: Union[Tuple[int, int], Sequence[int], OffsetRange, SuffixRange, None]
    version: Optional[str]
    head: Optional[bool]


class BytesStream:
    """The content of an object, in chunks, as it comes: for ``for`` and ``async for``."""

    def __init__(self, content: Content, min_chunk_size: int) -> None:
        self._content, self._size = content, max(min_chunk_size, _SMALLEST_CHUNK)

    def __iter__(self) -> "BytesStream":
        return self

    def __next__(self) -> bytes:
        if not self._content.left:
            raise StopIteration
        return fill(self._content, self._chunk())

    def __aiter__(self) -> "BytesStream":
        return self

    async def __anext__(self) -> bytes:
        if not self._content.left:
            raise StopAsyncIteration
        return await fill_async(self._content, self._chunk())

    def _chunk(self) -> bytes:
        return new_bytes(min(self._content.left, self._size))


class GetResult:
    """An object, or a range of it, that was asked for: what is known of it, and its
    content, which can be taken once."""

    def __init__(self, found: _abi.rstore_object, content: Content, asked: Tuple[int, int]) -> None:
        self._attributes, self._meta, self._range = attributes(found), meta(found), asked
        if content.at._name == "s3" and self._attributes.get("Storage-Class") == "STANDARD":
            del self._attributes["Storage-Class"]  # of all that have no other: obstore does not tell it
        self._content: Optional[Content] = content

    @property
    def attributes(self) -> Attributes:
        """What HTTP knows of the content, and the user's metadata."""
        return dict(self._attributes)

    @property
    def meta(self) -> ObjectMeta:
        """What is known of the object."""
        return self._meta.copy()

    @property
    def range(self) -> Tuple[int, int]:
        """The first byte of the content in the object, and the one behind the last."""
        return self._range

    def bytes(self) -> Bytes:
        """All of the content."""
        content = self._take()
        made = _bytes.new(content.left)
        return fill(content, made)  # type: ignore[return-value]

    async def bytes_async(self) -> Bytes:
        """The same, in an event loop."""
        content = self._take()
        made = _bytes.new(content.left)
        return await fill_async(content, made)  # type: ignore[return-value]

    def buffer(self) -> Bytes:
        """The same as bytes."""
        return self.bytes()

    async def buffer_async(self) -> Bytes:
        """The same as bytes_async."""
        return await self.bytes_async()

    def stream(self, min_chunk_size: int = 10 * 1024 * 1024) -> BytesStream:
        """The content in chunks of so many bytes, or 64 KiB if that is more; the
        last one is what is left."""
        size = number("min_chunk_size", min_chunk_size)
        return BytesStream(self._take(), size)

    def __iter__(self) -> BytesStream:
        return self.stream()

    def __aiter__(self) -> BytesStream:
        return self.stream()

    def _take(self) -> Content:
        if self._content is None:
            raise ValueError("the content of this result was taken before")
        content, self._content = self._content, None
        return content


def get(store: Any, path: str, *, options: Optional[GetOptions] = None) -> GetResult:
    """Asks for an object by one request, whose answer is read as it is taken.

    :raises FileNotFoundError: if there is none
    :raises PreconditionError: by ``if_match`` and ``if_unmodified_since``
    :raises NotModifiedError: by ``if_none_match`` and ``if_modified_since``
    :raises GenericError: for a range that begins at the end of the object, or behind
    """
    at, p, (args, wants_range, head_only) = operations(store), raw(path), _read_args(options)
    found, reader = Object(), at._handle.new()
    known = ctypes.byref(found), ctypes.sizeof(found)
    with translated:
        if head_only and at._name == "s3":
            return _without_content(at, p, args, found)
        at._call(library.rstore_reader_open, p, args, ctypes.byref(reader), *known)
    if wants_range and not found.length:
        raise _no_bytes()
    return GetResult(found, Content(at, reader, found.length), (found.offset, found.offset + found.length))


def _without_content(at: Operations, p: RawPath, args: _abi.rstore_args, found: Object) -> GetResult:
    first, length, suffix = args.offset, args.length, args.suffix
    args.offset = args.length = args.suffix = 0
    at._call(library.rstore_head, p, args, ctypes.byref(found), ctypes.sizeof(found))
    if suffix:
        first = max(found.size - suffix, 0)
    end = min(first + length, found.size) if length else found.size
    return GetResult(found, Content(at, Handle(), 0), (first, end))


def get_range(
    store: Any, path: str, *, start: int, end: Optional[int] = None, length: Optional[int] = None
) -> Bytes:
    """Reads a range of an object: from a first byte to before another, or so many.
    It is cut where the object ends.

    :raises ValueError: unless one of ``end`` and ``length`` is given, and for a
        range of no bytes
    :raises GenericError: for one that begins at the end of the object, or behind
    :raises FileNotFoundError: if there is none
    """
    at, p, first = operations(store), raw(path), number("start", start)
    size = _size(first, optional(number, "end", end), optional(number, "length", length))
    with translated:
        return at._read(p, _range(_abi.rstore_args(), first, size), _bytes.new)  # type: ignore[return-value]


def get_ranges(
    store: Any,
    path: str,
    *,
    starts: Sequence[int],
    ends: Optional[Sequence[int]] = None,
    lengths: Optional[Sequence[int]] = None,
    coalesce: int = 1024 * 1024,
) -> List[Bytes]:
    """Reads ranges of one version of an object, as :func:`get_range` reads one. Those
    with no more than ``coalesce`` bytes between them come by one request.

    :raises PreconditionError: if the object changes meanwhile
    """
    at, p, gap = operations(store), raw(path), number("coalesce", coalesce)
    first = _numbers("starts", starts)
    until, sizes = (None if of is None else _numbers(name, of) for name, of in (("ends", ends), ("lengths", lengths)))
    if (until is None) == (sizes is None):
        raise ValueError("one of ends and lengths must be given")
    if sizes is None:
        sizes = [_size(a, b, None) for a, b in zip(first, until or [])]
    wanted = [(a, _size(a, None, n)) for a, n in zip(first, sizes)]
    if not wanted:
        return []
    args = _abi.rstore_args(coalesce=min(gap, 2**63 - 1))
    with translated:
        return at._read_ranges(p, wanted, args, _bytes.new)  # type: ignore[return-value]


def head(store: Any, path: str) -> ObjectMeta:
    """Describes an object.

    :raises FileNotFoundError: if there is none
    """
    with translated:
        return meta(operations(store)._head(raw(path)))


def _size(first: int, end: Optional[int], length: Optional[int]) -> int:
    """How many bytes a range has."""
    if (end is None) == (length is None):
        raise ValueError("one of end and length must be given")
    size = length if length is not None else (end or 0) - first
    if size <= 0 or first + size >= 2**64:
        raise ValueError(f"a range that begins at {first} cannot have {size} bytes")
    return size


def _numbers(name: str, values: Any) -> List[int]:
    if not isinstance(values, collections.abc.Sequence) and not hasattr(values, "__array__"):
        raise TypeError(f"{name} must be a sequence, not {type(values).__name__}")
    return [number(name, value) for value in values]


def _read_args(options: Optional[GetOptions]) -> Tuple[_abi.rstore_args, bool, bool]:
    """The options for the engine, whether a range is among them, and whether no
    content is wanted."""
    if not isinstance(options, (dict, type(None))):
        raise TypeError(f"options must be a dict, not {type(options).__name__}")
    args, given = _abi.rstore_args(), {k: v for k, v in (options or {}).items() if v is not None}
    if not all(isinstance(name, str) for name in given):
        raise TypeError("options must have names of type str")
    for name, field in (("if_match",) * 2, ("if_none_match",) * 2, ("version", "version_id")):
        if name in given:
            value = string(name, given[name]).strip()
            setattr(args, field, value)
            setattr(args, field + "_len", len(value))
    for name in ("if_modified_since", "if_unmodified_since"):
        if name in given:
            setattr(args, name + "_ns", _nanoseconds(name, given[name]))
    if "range" in given:
        _range(args, *_asked(given["range"]))
    return args, "range" in given, boolean("head", given.get("head", False))


def _nanoseconds(name: str, at: Any) -> int:
    if not isinstance(at, datetime.datetime) or at.utcoffset() is None:
        raise TypeError(f"{name} must be a datetime that says its time zone")
    return max(-(2**63), min(nanoseconds_of(at), 2**63 - 1)) or 1  # 0 is none


def _asked(value: Any) -> Tuple[int, int, int]:
    """First byte, number of bytes and suffix; 0 is none of the last two."""
    try:
        if isinstance(value, dict):
            if "offset" in value:
                return number("offset", value["offset"]), 0, 0
            suffix = number("suffix", value["suffix"])
            if suffix:
                return 0, 0, suffix
            first = end = 0
        else:
            first, end = (number("range", n) for n in value[:])
    except (TypeError, ValueError, KeyError, OverflowError):
        raise ValueError("range must be two ints of 0 or more, or a dict with 'offset' or 'suffix'") from None
    if end <= first:
        raise _no_bytes()
    return first, end - first, 0


def _range(args: _abi.rstore_args, first: int, length: int, suffix: int = 0) -> _abi.rstore_args:
    """Sets the range; one that no object reaches is one up to the end."""
    args.offset, args.length, args.suffix = first, length if first + length < 2**63 else 0, min(suffix, 2**63 - 1)
    return args


def _no_bytes() -> GenericError:
    return GenericError("the range has no bytes")
