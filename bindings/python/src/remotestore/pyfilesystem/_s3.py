"""The file system of a bucket."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Optional

from .._backends import S3Backend
from .._errors import NotFound
from .._store import Store
from ._store import StoreFS

if TYPE_CHECKING:
    from .._models import WriteResult
    from .._path import PathLike

_PAUSE = 0.05  # seconds between two looks at a key


class S3FS(StoreFS):
    """A bucket, or what is below a prefix of it. See :class:`StoreFS` for what it can do.

    Nothing is asked of the endpoint here, and no bucket is made. A pickle holds the configuration with its
    secrets. What is not given comes from the environment and the AWS configuration files.

    :param bucket: name of the bucket
    :param prefix: what the key of each file begins with, and a separator
    :param aws_access_key: access key id; also ``aws_access_key_id=...``
    :param aws_secret_key: secret access key; also ``aws_secret_access_key=...``
    :param separator: what the segments of a path are joined with in a key. With any other than ``"/"`` a
        folder is listed by all keys below it
    :param thread_synchronize: one thread at a time does what takes several requests, such as to make or
        move; a single request never waits
    :param key_sync_timeout: seconds, at most, to look whether what was uploaded can be read, after which the
        call ends as it would have; 0 is no limit, None is to look not at all, which saves a request. S3
        itself shows at once what was uploaded
    :param conn_kwargs: ``aws_session_token``, ``endpoint_url``, ``region`` and every other option of
        :class:`remotestore.S3Backend`
    :raises InvalidOption: (a ValueError) for what cannot be right
    """

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        aws_access_key: Optional[str] = None,
        aws_secret_key: Optional[str] = None,
        separator: str = "/",
        thread_synchronize: bool = True,
        key_sync_timeout: Optional[float] = 1,
        **conn_kwargs: Any,
    ) -> None:
        for name, value in (("key", aws_access_key), ("secret", aws_secret_key)):
            if value is not None:
                conn_kwargs[name] = value
        backend = S3Backend(bucket, **conn_kwargs)
        super().__init__(Store(backend), prefix, separator, thread_synchronize)
        self._backend, self._key_sync_timeout = backend, key_sync_timeout
        self._shown = f"{type(self).__name__}({bucket!r}, {prefix!r})"

    def close(self) -> None:
        """Frees the connections too. Every later call is a FilesystemClosed."""
        super().close()
        if hasattr(self, "_backend"):  # else it was never opened
            self._backend.close()

    def __repr__(self) -> str:
        return self._shown

    def _put(self, key: PathLike, content: Any) -> WriteResult:
        written = super()._put(key, content)
        if self._key_sync_timeout is not None:
            end = time.monotonic() + (self._key_sync_timeout or float("inf"))
            while self._etag(key) != written.etag and time.monotonic() < end:
                time.sleep(_PAUSE)
        return written

    def _etag(self, key: PathLike) -> Optional[str]:
        try:
            return self._store.head(key).etag
        except NotFound:
            return None
