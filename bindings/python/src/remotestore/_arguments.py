"""The arguments of an operation, as the library takes them."""

from __future__ import annotations

import collections.abc
import ctypes

from . import _abi
from ._errors import InvalidArgument
from ._memory import text
from ._path import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping, Optional, Tuple

    from ._path import PathLike

    Metadata = Optional[Mapping[str, str]]


def encoded(path: PathLike, args: Optional[_abi.rstore_args]) -> Tuple[bytes, Optional[_abi.rstore_args]]:
    """The path for the library, and the arguments with what it says."""
    p, flags = encode(path)
    if flags:
        args = args or _abi.rstore_args()
        args.flags |= flags
    return p, args


def passed(args: Optional[_abi.rstore_args]) -> Tuple[Any, int]:
    return (None, 0) if args is None else (ctypes.byref(args), _SIZE)


_SIZE = ctypes.sizeof(_abi.rstore_args)


def read_args(offset: int, length: int, parallel: bool, verify: bool) -> Optional[_abi.rstore_args]:
    if not (offset or length or parallel or verify):
        return None
    for name, value in (("offset", offset), ("length", length)):
        if not 0 <= value < 2**63:  # what would not fit into the record
            raise InvalidArgument(f"{name} is {value}, but must be 0 or more, and below 2**63")
    flags = _abi.PARALLEL * bool(parallel) | _abi.VERIFY * bool(verify)
    return _abi.rstore_args(flags=flags, offset=offset, length=length)


def depth_args(flags: int, max_depth: Optional[int], pattern: Optional[str] = None) -> _abi.rstore_args:
    args = _abi.rstore_args(flags=flags)
    if max_depth is not None:
        args.flags |= _abi.MAX_DEPTH
        args.max_depth = max(-(2**63), min(max_depth, 2**63 - 1))  # what fits into the record
    set_text(args, pattern=pattern)
    return args


def write_args(
    overwrite: bool,
    metadata: Metadata,
    attributes: Metadata = None,
    tags: Metadata = None,
    if_match: Optional[str] = None,
    acl: Optional[str] = None,
) -> Optional[_abi.rstore_args]:
    args = _abi.rstore_args(flags=_abi.OVERWRITE) if overwrite else None
    if not (metadata or attributes or tags or acl) and if_match is None:
        return args
    args = args or _abi.rstore_args()
    for name, named in (("metadata", metadata), ("attributes", attributes), ("tags", tags)):
        if named is not None:
            first, count = pairs(name, named)
            setattr(args, name, first)
            setattr(args, name + "_count", count)
    set_text(args, acl=acl)
    set_if_match(args, if_match)
    return args


def set_if_match(args: _abi.rstore_args, etag: Optional[str]) -> None:
    """An empty one is none for the library, which would overwrite or delete any object."""
    if etag == "":
        raise InvalidArgument("if_match is empty, but must be the ETag of an object, or None for any")
    set_text(args, if_match=etag)


def set_text(args: _abi.rstore_args, **fields: Optional[str]) -> None:
    for name, value in fields.items():
        if value is not None:
            if not isinstance(value, str):
                raise TypeError(f"{name} must be a str, not {type(value).__name__}")
            encoded = text(value)
            setattr(args, name, encoded)
            setattr(args, name + "_len", len(encoded))


def pairs(field: str, named: Metadata) -> Tuple[Any, int]:
    """A mapping of text to text, and its length."""
    if not isinstance(named, (collections.abc.Mapping, type(None))):
        raise InvalidArgument(f"{field} must be a mapping of text to text, not {type(named).__name__}")
    if not named:
        return None, 0
    found = (_abi.rstore_pair * len(named))()
    for pair, (name, value) in zip(found, list(named.items())):
        n, v = _text_of(field, name), _text_of(field, value)
        pair.key, pair.key_len, pair.value, pair.value_len = n, len(n), v, len(v)
    return found, len(found)


def _text_of(field: str, value: str) -> bytes:
    if not isinstance(value, str):
        raise InvalidArgument(f"{field} must be names and values of type str, not {type(value).__name__}")
    return text(value)
