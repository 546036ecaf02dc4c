"""What obstore tells about an object."""

import ctypes
import datetime
from typing import Dict, Optional, TypedDict

from .. import _abi
from .._time import moment

Attributes = Dict[str, str]


class ObjectMeta(TypedDict):
    """What is known of an object."""

    path: str
    last_modified: datetime.datetime
    size: int
    e_tag: Optional[str]
    version: Optional[str]


def meta(o: _abi.rstore_object) -> ObjectMeta:
    return {
        "path": path_of(o),
        "last_modified": moment(o.modified_ns),
        "size": o.size,
        "e_tag": o.etag.decode() or None,
        "version": o.version_id.decode() or None,
    }


def attributes(o: _abi.rstore_object) -> Attributes:
    """Those of HTTP, and the user's metadata."""
    found = {p.key.decode().title(): p.value.decode() for p in o.attributes[: o.attributes_count]}
    found.update((p.key.decode(), p.value.decode()) for p in o.metadata[: o.metadata_count])
    return found


def path_of(o: _abi.rstore_object) -> str:
    """Its path; what is no UTF-8 in it is surrogates."""
    if not o.odd:
        return o.path.decode()  # type: ignore[no-any-return]
    # Also what is behind a NUL, where c_char_p ends.
    address = ctypes.c_void_p.from_buffer(o, _abi.rstore_object.path.offset)
    return ctypes.string_at(address, o.path_len).decode("utf-8", "surrogateescape")
