"""The stores, and what they take."""

from __future__ import annotations

from typing import Any, Optional, Type, TypeVar, Union

from ._base import ObjectStoreMethods
from ._local import LocalStore
from ._memory import MemoryStore
from ._prefix import PrefixStore
from ._s3 import S3Store
from ._scheme import parse_scheme
from ._types import (
    BackoffConfig,
    ClientConfig,
    RetryConfig,
    S3ChecksumAlgorithm,
    S3Config,
    S3Credential,
    S3CredentialProvider,
    S3EncryptionAlgorithm,
    S3Regions,
)
from .exceptions import GenericError, NotSupportedError

N = TypeVar("N", bound="_NotHere")


class _NotHere(ObjectStoreMethods):
    """A store that this package does not have: the name is for ``isinstance``.

    :raises NotSupportedError: always
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotSupportedError(f"there is no {type(self).__name__} here, but S3Store, LocalStore and MemoryStore")

    @classmethod
    def from_url(cls: Type[N], url: str, *_: Any, **__: Any) -> N:
        return cls(url)


class AzureStore(_NotHere):
    __doc__ = _NotHere.__doc__


class GCSStore(_NotHere):
    __doc__ = _NotHere.__doc__


class HTTPStore(_NotHere):
    __doc__ = _NotHere.__doc__


ObjectStore = Union[AzureStore, GCSStore, HTTPStore, S3Store, LocalStore, MemoryStore, PrefixStore]


def from_url(
    url: str,
    *,
    config: Optional[S3Config] = None,
    client_options: Optional[ClientConfig] = None,
    retry_config: Optional[RetryConfig] = None,
    credential_provider: Optional[S3CredentialProvider] = None,
    **kwargs: Any,
) -> ObjectStore:
    """The store of a URL: those of :meth:`S3Store.from_url`, but for other hosts than
    those of AWS and R2, and ``file:///folder`` and ``memory:///``.

    :raises NotSupportedError: for a URL of a store that is not here
    :raises GenericError: for a URL that no store has
    :raises ValueError: for what is no URL
    """
    kind = parse_scheme(url)
    if kind == "s3":
        return S3Store.from_url(
            url, config=config, client_options=client_options, retry_config=retry_config,
            credential_provider=credential_provider, **kwargs,
        )
    if kind == "local":
        if credential_provider is not None:
            raise GenericError("a LocalStore has no credential_provider")
        options = {name: kwargs[name] for name in ("automatic_cleanup", "mkdir") if name in kwargs}
        return LocalStore.from_url(url, **options)
    if kind == "memory":
        if config or kwargs or credential_provider is not None:
            raise GenericError("a MemoryStore has no options")
        return MemoryStore()
    if kind == "http":
        raise NotSupportedError("there is no HTTPStore here; for the bucket of an S3 endpoint, http://host:port/bucket, "
                                "use S3Store.from_url")
    raise NotSupportedError(f"there is no store for {kind} here, but for s3://, file:// and memory://")


__all__ = [
    "AzureStore",
    "BackoffConfig",
    "ClientConfig",
    "GCSStore",
    "HTTPStore",
    "LocalStore",
    "MemoryStore",
    "ObjectStore",
    "ObjectStoreMethods",
    "PrefixStore",
    "RetryConfig",
    "S3ChecksumAlgorithm",
    "S3Config",
    "S3Credential",
    "S3CredentialProvider",
    "S3EncryptionAlgorithm",
    "S3Regions",
    "S3Store",
    "from_url",
]

for _name in __all__:  # where they are looked for, and what a traceback says
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = __name__
