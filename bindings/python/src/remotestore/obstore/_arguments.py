"""What the functions take: stores, paths, numbers; and how the engine takes them."""

import collections.abc
import operator
import re
from typing import Any, Callable, Dict, List, Tuple

from .. import _abi
from .._memory import text
from .._operations import Operations
from .._path import RawPath, trusted

_REFUSED = re.compile(r"[\x00-\x1f\x7f]|(?:^|/)\.{0,2}(?:/|$)")


def operations(store: Any) -> Operations:
    """Where the calls on a store run."""
    found = getattr(store, "_operations", None)
    if isinstance(found, Operations):
        return found
    raise ValueError(f"expected a store, not {type(store).__name__}")


def raw(path: str) -> RawPath:
    """A path by the rules of obstore, which the engine is to take as it is: a slash
    at each end does not count; there are no empty segments, no ``.`` and no ``..``,
    and no ASCII control characters. ``""`` is the root."""
    if not isinstance(path, str):
        raise TypeError(f"a path must be a str, not {type(path).__name__}")
    if not path.isascii():
        path.encode()  # an error for what is not Unicode
    trimmed = path[1:] if path.startswith("/") else path
    if trimmed:
        trimmed = trimmed[:-1] if trimmed.endswith("/") else trimmed
        if _REFUSED.search(trimmed):
            raise ValueError(f"{path!r} is no path: it may hold no empty segments, no '.' and no '..' as one, and no "
                             "control characters")
    return trusted(trimmed, RawPath)  # type: ignore[no-any-return]


def raw_paths(paths: Any) -> List[RawPath]:
    """One path, or a sequence of them. As of obstore, every error is a TypeError."""
    if not isinstance(paths, collections.abc.Sequence):
        raise TypeError(f"paths must be a str or a sequence of them, not {type(paths).__name__}")
    try:
        return [raw(path) for path in ([paths] if isinstance(paths, str) else paths)]
    except ValueError as error:
        raise TypeError(str(error)) from error


def number(name: str, value: Any) -> int:
    """A number of 64 bits without a sign."""
    try:
        found = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an int, not {type(value).__name__}") from None
    if not 0 <= found < 2**64:
        raise OverflowError(f"{name} is {found}, but must be 0 or more, and below 2**64")
    return found


def boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {type(value).__name__}")
    return value


def optional(check: Callable[[str, Any], Any], name: str, value: Any) -> Any:
    """None, or what passes a check."""
    return None if value is None else check(name, value)


def string(name: str, value: Any) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    return text(value)


def keeps_tags(at: Any) -> bool:
    """Whether there is a place for tags: as obstore does it, a folder drops them."""
    return bool(at._name != "local")


def write_args(attributes: Any, tags: Any, tagged: bool) -> _abi.rstore_args:
    """How an object is written. What is no attribute of HTTP is the user's metadata."""
    http: Dict[str, bytes] = {}
    metadata: Dict[str, bytes] = {}
    for name, value in _strings("attributes", attributes):
        known = _ATTRIBUTES.get(name.lower())
        (http if known else metadata)[known or name] = text(value.strip())
    args = _abi.rstore_args(flags=_abi.OVERWRITE)
    args.attributes, args.attributes_count = _pairs(http)
    args.metadata, args.metadata_count = _pairs(metadata)
    kept = {name: text(value) for name, value in _strings("tags", tags)}
    if tagged:
        args.tags, args.tags_count = _pairs(kept)
    return args


_ATTRIBUTES = {
    spelling: name
    for name in ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type",
                 "storage-class")
    for spelling in (name, name.replace("-", ""))
}


def _strings(name: str, values: Any) -> List[Tuple[str, str]]:
    if not isinstance(values, (dict, type(None))):
        raise TypeError(f"{name} must be a dict, not {type(values).__name__}")
    items = list((values or {}).items())
    if not all(isinstance(part, str) for item in items for part in item):
        raise TypeError(f"{name} must be names and values of type str")
    return items


def _pairs(values: Dict[str, bytes]) -> Tuple[Any, int]:
    pairs = (_abi.rstore_pair * len(values))()
    for pair, (name, value) in zip(pairs, values.items()):
        pair.key = text(name)
        pair.key_len, pair.value, pair.value_len = len(pair.key), value, len(value)
    return pairs, len(pairs)
