"""parse_scheme."""

import re
import urllib.parse
from typing import List, Literal

from ._arguments import raw
from .exceptions import GenericError

Scheme = Literal["s3", "gcs", "http", "local", "memory", "azure"]

_BUCKETS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "az": "azure", "azure": "azure", "abfs": "azure", "abfss": "azure",
            "adl": "azure"}
_HOSTS = (
    (("amazonaws.com", ".r2.cloudflarestorage.com"), "s3"),
    ((".blob.core.windows.net", ".dfs.core.windows.net", ".blob.fabric.microsoft.com", ".dfs.fabric.microsoft.com"), "azure"),
)


def parse_scheme(url: str) -> Scheme:
    """Says which kind of store a URL names, also of kinds that are not here.

    :raises ValueError: for what is no URL
    :raises GenericError: for one that names no store
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a str, not {type(url).__name__}")
    url = url.strip()
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url):
        raise ValueError("this is no URL: it has no scheme")
    parts = urllib.parse.urlsplit(url)
    found = _kind(parts.scheme, parts.hostname or "")
    if not found:
        raise GenericError(f"no store has such a URL: {parts.scheme}:")
    try:
        raw(_path(parts.path))
    except ValueError as error:
        raise GenericError(f"the URL holds no path: {error}") from error
    return found  # type: ignore[return-value]


def _path(encoded: str) -> str:
    """The path without dot segments (RFC 3986, section 5.2.4), decoded."""
    kept: List[str] = []
    for segment in encoded.split("/"):
        name = urllib.parse.unquote(segment, errors="strict")
        if name == "..":
            kept[1:] = kept[1:-1]
        elif name != ".":
            kept.append(name)
    return "/".join(kept)


def _kind(scheme: str, host: str) -> str:
    if scheme in _BUCKETS:
        return _BUCKETS[scheme] if host else ""
    if scheme == "memory":
        return "" if host else "memory"
    if scheme == "file":
        return "" if host not in ("", "localhost") else "local"
    if scheme == "https":
        for endings, kind in _HOSTS:
            if host.endswith(endings):
                return kind
    return "http" if scheme in ("http", "https") else ""
