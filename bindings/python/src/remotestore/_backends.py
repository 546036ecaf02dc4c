"""The backends: each opens one store of the engine."""

import ctypes
import os
import urllib.parse
from typing import Dict, NoReturn, Optional, Union

from . import _abi
from ._errors import InvalidArgument, check
from ._library import library


class Backend:
    """A place that holds objects. Make a :class:`MemoryBackend`,
    :class:`LocalBackend` or :class:`S3Backend`; one may serve several stores
    and threads."""

    _handle = 0  # until it is open: close() works all the same

    def __init__(self, url: str, options: Dict[str, Optional[str]]) -> None:
        self._handle = _open(url, options)

    def close(self) -> None:
        """Frees the connections. Every later call is a BackendUnavailable, but
        for those that only say where a path is."""
        if self._handle:
            library.rstore_shutdown(self._handle, None)

    def __del__(self) -> None:
        if self._handle:
            library.rstore_close(self._handle)

    def __reduce__(self) -> NoReturn:
        # The handle is a number that means another store in another process.
        raise TypeError(f"a {type(self).__name__} cannot be pickled or copied: make one there")


class MemoryBackend(Backend):
    """Objects in this process, private to this backend."""

    def __init__(self) -> None:
        super().__init__("memory://", {})

    def __repr__(self) -> str:
        return "MemoryBackend()"


class LocalBackend(Backend):
    """Objects as files below a folder.

    :param root: the folder; the first write makes it
    """

    def __init__(self, root: Union[str, "os.PathLike[str]"]) -> None:
        if not os.fspath(root):
            raise InvalidArgument("root is empty, but must be a folder")
        self._root = os.path.abspath(root)
        super().__init__("file://" + urllib.parse.quote(os.fsencode(self._root)), {})

    def __repr__(self) -> str:
        return f"LocalBackend({self._root!r})"


class S3Backend(Backend):
    """Objects in a bucket of Amazon S3, or of what speaks its protocol.

    What is not given comes from the environment and the AWS configuration
    files, as for every AWS SDK.

    :param bucket: name of the bucket, which must exist
    :param endpoint_url: URL of the service; a bare host:port is https
    :param key: access key id, together with ``secret``
    :param secret: secret access key
    :param session_token: for temporary credentials
    :param region_name: region of the bucket
    :param addressing_style: ``"path"`` or ``"virtual"``; by default path with
        an endpoint, virtual with AWS
    :param options: any other option of the library as text, such as
        ``max_attempts="5"``, ``read_timeout="60"``, ``tls_ca_bundle=...``
    """

    def __init__(
        self,
        bucket: str,
        *,
        endpoint_url: Optional[str] = None,
        key: Optional[str] = None,
        secret: Optional[str] = None,
        session_token: Optional[str] = None,
        region_name: Optional[str] = None,
        addressing_style: Optional[str] = None,
        **options: str,
    ) -> None:
        self._bucket = bucket
        named = {
            "endpoint": endpoint_url,
            "access_key_id": key,
            "secret_access_key": secret,
            "session_token": session_token,
            "region": region_name,
            "addressing_style": addressing_style,
        }
        super().__init__("s3://" + urllib.parse.quote(bucket, safe=""), {**named, **options})

    def __repr__(self) -> str:
        return f"S3Backend({self._bucket!r})"


def _open(url: str, options: Dict[str, Optional[str]]) -> int:
    error, handle, store = ctypes.c_uint64(), ctypes.c_uint64(), ctypes.c_uint64()
    check(library.rstore_options_new(ctypes.byref(handle), ctypes.byref(error)), error)
    try:
        for key, value in options.items():
            if value is None:
                continue
            k, v = text(key), text(value)
            check(library.rstore_options_set(handle, k, len(k), v, len(v), ctypes.byref(error)), error)
        u = text(url)
        check(library.rstore_open(u, len(u), handle, ctypes.byref(store), ctypes.byref(error)), error)
    finally:
        library.rstore_close(handle)
    return store.value


def text(value: str) -> bytes:
    """UTF-8 for the library, which refuses what is not Unicode with an error."""
    if not isinstance(value, str):
        raise TypeError(f"expected a str, not {type(value).__name__}")
    return value.encode("utf-8", "surrogatepass")
