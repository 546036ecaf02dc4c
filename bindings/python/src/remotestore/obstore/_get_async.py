"""In an event loop: get, get_range, get_ranges, head, and what they give.

Written by generate_async.py from _get.py: change that."""

import ctypes
from typing import Any, List, Optional, Sequence

from .. import _abi
from .._library import library
from .._memory import Handle, Object
from .._operations_async import AsyncOperations
from .._path import RawPath
from . import _bytes
from ._arguments import number, optional, raw
from ._bytes import Bytes
from ._content import Content
from ._errors import translated
from ._get import GetOptions, GetResult, _no_bytes, _numbers, _range, _read_args, _size
from ._meta import ObjectMeta, meta
from ._view import async_operations


async def get_async(store: Any, path: str, *, options: Optional[GetOptions] = None) -> GetResult:
    """Asks for an object by one request, whose answer is read as it is taken.

    :raises FileNotFoundError: if there is none
    :raises PreconditionError: by ``if_match`` and ``if_unmodified_since``
    :raises NotModifiedError: by ``if_none_match`` and ``if_modified_since``
    :raises GenericError: for a range that begins at the end of the object, or behind
    """
    at, p, (args, wants_range, head_only) = async_operations(store), raw(path), _read_args(options)
    found, reader = Object(), at._handle.new()
    known = ctypes.byref(found), ctypes.sizeof(found)
    with translated:
        if head_only and at._name == "s3":
            return await _without_content_async(at, p, args, found)
        await at._call(library.rstore_reader_open, p, args, ctypes.byref(reader), *known)
    if wants_range and not found.length:
        raise _no_bytes()
    return GetResult(found, Content(at, reader, found.length), (found.offset, found.offset + found.length))


async def _without_content_async(at: AsyncOperations, p: RawPath, args: _abi.rstore_args, found: Object) -> GetResult:
    first, length, suffix = args.offset, args.length, args.suffix
    args.offset = args.length = args.suffix = 0
    await at._call(library.rstore_head, p, args, ctypes.byref(found), ctypes.sizeof(found))
    if suffix:
        first = max(found.size - suffix, 0)
    end = min(first + length, found.size) if length else found.size
    return GetResult(found, Content(at, Handle(), 0), (first, end))


async def get_range_async(
    store: Any, path: str, *, start: int, end: Optional[int] = None, length: Optional[int] = None
) -> Bytes:
    """Reads a range of an object: from a first byte to before another, or so many.
    It is cut where the object ends.

    :raises ValueError: unless one of ``end`` and ``length`` is given, and for a
        range of no bytes
    :raises GenericError: for one that begins at the end of the object, or behind
    :raises FileNotFoundError: if there is none
    """
    at, p, first = async_operations(store), raw(path), number("start", start)
    size = _size(first, optional(number, "end", end), optional(number, "length", length))
    with translated:
        return await at._read(p, _range(_abi.rstore_args(), first, size), _bytes.new)  # type: ignore[return-value]


async def get_ranges_async(
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
    at, p, gap = async_operations(store), raw(path), number("coalesce", coalesce)
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
        return await at._read_ranges(p, wanted, args, _bytes.new)  # type: ignore[return-value]


async def head_async(store: Any, path: str) -> ObjectMeta:
    """Describes an object.

    :raises FileNotFoundError: if there is none
    """
    with translated:
        return meta(await async_operations(store)._head(raw(path)))
