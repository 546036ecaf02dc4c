"""What obstore tells about an object."""

import datetime
from typing import Dict, Optional, TypedDict

from .. import _abi
from .._models import Row, path_text
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
        "path": path_text(o),
        "last_modified": moment(o.modified_ns),
        "size": o.size,
        "e_tag": o.etag.decode() or None,
        "version": o.version_id.decode() or None,
    }


def listed(row: Row) -> ObjectMeta:
    path, etag, (_, _, size, modified_ns) = row
    return {"path": path, "last_modified": moment(modified_ns), "size": size, "e_tag": etag or None, "version": None}


def attributes(o: _abi.rstore_object) -> Attributes:
    """Those of HTTP, and the user's metadata."""
    found = {p.key.decode().title(): p.value.decode() for p in o.attributes[: o.attributes_count]}
    found.update((p.key.decode(), p.value.decode()) for p in o.metadata[: o.metadata_count])
    return found
