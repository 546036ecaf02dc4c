"""The arguments of an operation, as the library takes them."""

import ctypes
from typing import Any, Mapping, Optional, Tuple

from . import _abi
from ._errors import InvalidArgument
from ._memory import text
from ._path import PathLike, encode

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


def byte_range(offset: int, length: int) -> Optional[_abi.rstore_args]:
    if not offset and not length:
        return None
    for name, value in (("offset", offset), ("length", length)):
        if not 0 <= value < 2**63:  # what would not fit into the record
            raise InvalidArgument(f"{name} is {value}, but must be 0 or more, and below 2**63")
    return _abi.rstore_args(offset=offset, length=length)


def depth_args(flags: int, max_depth: Optional[int], pattern: Optional[str] = None) -> _abi.rstore_args:
    args = _abi.rstore_args(flags=flags)
    if max_depth is not None:
        args.flags |= _abi.MAX_DEPTH
        args.max_depth = max(-(2**63), min(max_depth, 2**63 - 1))  # what fits into the record
    if pattern:
        encoded = text(pattern)
        args.pattern, args.pattern_len = encoded, len(encoded)
    return args


def write_args(overwrite: bool, metadata: Metadata) -> Optional[_abi.rstore_args]:
    if not overwrite and not metadata:
        return None
    args = _abi.rstore_args(flags=_abi.OVERWRITE * bool(overwrite))
    if not isinstance(metadata, (Mapping, type(None))):
        raise InvalidArgument(f"metadata must be a mapping of text to text, not {type(metadata).__name__}")
    if metadata:
        items = list(metadata.items())
        pairs = (_abi.rstore_pair * len(items))()
        for pair, (name, value) in zip(pairs, items):
            n, v = _metadata_text(name), _metadata_text(value)
            pair.key, pair.key_len, pair.value, pair.value_len = n, len(n), v, len(v)
        args.metadata, args.metadata_count = pairs, len(items)
    return args


def _metadata_text(value: str) -> bytes:
    if not isinstance(value, str):
        raise InvalidArgument(f"metadata must be names and values of type str, not {type(value).__name__}")
    return text(value)
