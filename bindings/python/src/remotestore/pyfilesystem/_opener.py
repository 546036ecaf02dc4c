"""Opens a bucket by URL, for ``fs.open_fs``."""

from __future__ import annotations

from typing import Any

from ._base import Opener
from ._s3 import S3FS


class S3Opener(Opener):
    """``s3://[access key id:secret access key@]bucket[/prefix][?option=value&...]``. The options are
    ``separator`` and the ``conn_kwargs`` of :class:`S3FS`."""

    protocols = ["s3"]

    def open_fs(self, fs_url: str, parse_result: Any, writeable: bool, create: bool, cwd: str) -> S3FS:
        """Opens it; whether it can be written is for the bucket to say, and none is created."""
        bucket, _, prefix = parse_result.resource.partition("/")
        return S3FS(bucket, prefix, parse_result.username or None, parse_result.password or None, **parse_result.params)
