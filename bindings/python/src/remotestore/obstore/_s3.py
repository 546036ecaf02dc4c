"""S3Store."""

from __future__ import annotations

import ctypes
import json
import warnings
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Type, TypeVar, cast

from .._call import call
from .._library import library
from .._memory import Text, text
from . import _arguments
from ._errors import translated
from ._place import ConfiguredStore, below, opened
from ._session import SessionCredentials
from ._settings import DEFAULTS, check_names, hidden, plain, told, told_retry
from ._types import ClientConfig, RetryConfig, S3Config, S3CredentialProvider

if TYPE_CHECKING:
    from typing_extensions import Unpack

S = TypeVar("S", bound="S3Store")


class S3Store(ConfiguredStore):
    """Objects in a bucket of Amazon S3, or of what speaks its protocol.

    Options come from the arguments, then from the URL, then from the environment
    (``AWS_REGION``, ``AWS_ENDPOINT_URL``, ... for every option), then from the AWS
    configuration files. ``read_env=False`` leaves the environment to what every AWS
    SDK reads of it. Nothing is asked of the endpoint here.

    Two are equal if their arguments are. **A pickle holds them with the secrets**,
    which nothing else tells.

    :param bucket: its name, if no option and no variable gives it
    :param prefix: of all paths
    :param config: options, in any of their spellings
    :param client_options: how connections are made
    :param retry_config: how often a request is sent again
    :param credential_provider: a function that gives credentials: see
        :class:`S3CredentialProvider`. It is called by the thread of the call that
        needs some. An async one is run in an event loop of its own
    :param kwargs: options too, among them those that obstore does not have, such as
        ``profile``, ``part_size`` or ``addressing_style``
    :raises UnknownConfigurationKeyError: for what is no option
    :raises GenericError: for what cannot be right; it is a ValueError too
    """

    def __init__(  # type: ignore[misc]  # bucket is one of S3Config, for config
        self,
        bucket: Optional[str] = None,
        *,
        prefix: Optional[str] = None,
        config: Optional[S3Config] = None,
        client_options: Optional[ClientConfig] = None,
        retry_config: Optional[RetryConfig] = None,
        credential_provider: Optional[S3CredentialProvider] = None,
        **kwargs: Unpack[S3Config],
    ) -> None:
        if bucket is not None:
            kwargs["bucket"] = _text("bucket", bucket)
        self._prefix = prefix if prefix is None else str(_arguments.raw(_text("prefix", prefix)))
        self._begin(None, config, client_options, retry_config, credential_provider, kwargs)

    @classmethod
    def from_url(
        cls: Type[S],
        url: str,
        *,
        config: Optional[S3Config] = None,
        client_options: Optional[ClientConfig] = None,
        retry_config: Optional[RetryConfig] = None,
        credential_provider: Optional[S3CredentialProvider] = None,
        **kwargs: Unpack[S3Config],
    ) -> S:
        """The store of a URL, whose path is the prefix, or means nothing with
        ``url_path="ignore"``: ``s3://bucket/path``, ``s3a://``,
        ``https://s3.region.amazonaws.com/bucket/path``,
        ``https://bucket.s3.region.amazonaws.com/path``,
        ``https://account.r2.cloudflarestorage.com/bucket/path``, and
        ``http[s]://host[:port]/bucket/path`` of any other host."""
        made = cls.__new__(cls)
        made._prefix = None
        made._begin(_text("url", url).strip(), config, client_options, retry_config, credential_provider, kwargs)
        return made

    @classmethod
    def from_env(  # type: ignore[misc]  # as above
        cls: Type[S],
        bucket: Optional[str] = None,
        *,
        prefix: Optional[str] = None,
        config: Optional[S3Config] = None,
        client_options: Optional[ClientConfig] = None,
        retry_config: Optional[RetryConfig] = None,
        credential_provider: Optional[S3CredentialProvider] = None,
        **kwargs: Unpack[S3Config],
    ) -> S:
        """The same as the class itself, which reads the environment too."""
        return cls(
            bucket, prefix=prefix, config=config, client_options=client_options, retry_config=retry_config,
            credential_provider=credential_provider, **kwargs,
        )

    @classmethod
    def from_session(  # type: ignore[misc]  # as above
        cls: Type[S],
        session: Any,
        bucket: str,
        *,
        prefix: Optional[str] = None,
        config: Optional[S3Config] = None,
        client_options: Optional[ClientConfig] = None,
        retry_config: Optional[RetryConfig] = None,
        **kwargs: Unpack[S3Config],
    ) -> S:
        """A store with the region and the credentials of a session of boto3 or
        botocore, where no option gives others. The session is asked for credentials
        by the first request, and whenever they expire."""
        check_names([*(config or ()), *kwargs])
        given = told({**(config or {}), **kwargs})
        credentials = SessionCredentials(session)
        provider: Optional[S3CredentialProvider] = credentials
        unsigned = str(given.get("skip_signature", "no")).lower() not in ("false", "0", "no", "n", "off")
        if "access_key_id" in given or unsigned:
            provider = None
            config = cast(S3Config, {**_left(credentials.config, given), **(config or {})})
        return cls(
            bucket, prefix=prefix, config=config, client_options=client_options, retry_config=retry_config,
            credential_provider=provider, **kwargs,
        )

    def _begin(
        self, url: Optional[str], config: Any, client_options: Any, retry_config: Any, provider: Any, options: Any
    ) -> None:
        for name, value in (("config", config), ("client_options", client_options), ("retry_config", retry_config)):
            if value is not None and not isinstance(value, Mapping):
                raise TypeError(f"{name} must be a dict, not {type(value).__name__}")
        if provider is not None and not callable(provider):
            raise TypeError(f"credential_provider must be callable, not {type(provider).__name__}")
        config = dict(config or {})
        check_names([*config, *options])
        said = told({**(_url_options(url) if url else {}), **config, **options})
        config.update(_left(getattr(provider, "config", None) or {}, said))
        self._config = {**told(config), **said}
        self._provider = provider
        self._client_options = None if client_options is None else told(client_options)
        self._retry_config: Optional[Dict[str, Any]] = None
        self._options = hidden({
            "url": url,
            "config": config,
            "client_options": client_options,
            "retry_config": retry_config,
            "defaults": DEFAULTS,
            **options,
        })
        self._reopen()
        if retry_config is not None:  # which is right, or there is no store
            self._retry_config = told_retry(retry_config)

    def _reopen(self) -> None:
        options = plain(self._options)
        if self._provider is not None:
            options["credential_provider"] = "provider"
        if self._prefix is not None:
            options["prefix"] = "/"
        place, lines = opened("s3", options, self._provider)
        for line in lines:
            warnings.warn(line, UserWarning, stacklevel=4)
        details = place.resolve("").details
        self._bucket = str(details["bucket"])
        if self._prefix:
            place = below(place, _arguments.raw(self._prefix))
        elif self._prefix is None:
            self._prefix = details["object_key"] or None
        self._is_now(place)

    @property
    def prefix(self) -> Optional[str]:
        """That of all paths; None if there is none."""
        return self._prefix

    @property
    def config(self) -> S3Config:
        """The options that the arguments and the URL give, in text. The secrets among
        them say ``***``; another store takes them."""
        return cast(S3Config, dict(self._config))

    @property
    def client_options(self) -> Optional[ClientConfig]:
        """Those that were given, in text, or None."""
        return None if self._client_options is None else cast(ClientConfig, dict(self._client_options))

    @property
    def retry_config(self) -> Optional[RetryConfig]:
        """What was given, completed by the defaults, or None."""
        if self._retry_config is None:
            return None
        return cast(RetryConfig, {**self._retry_config, "backoff": dict(self._retry_config["backoff"])})

    @property
    def credential_provider(self) -> Optional[S3CredentialProvider]:
        """The function that gives credentials, or None."""
        return cast(Optional[S3CredentialProvider], self._provider)

    def _key(self) -> Any:
        return self._prefix, self._config, self._client_options, self._retry_config, self._provider

    def __repr__(self) -> str:
        prefix = f', prefix="{self._prefix}"' if self._prefix is not None else ""
        return f'{type(self).__name__}(bucket="{self._bucket}"{prefix})'

    def __getnewargs_ex__(self) -> Any:
        given = {
            "prefix": self.prefix, "config": self.config, "client_options": self.client_options,
            "retry_config": self.retry_config, "credential_provider": self.credential_provider,
        }
        return (), {name: value for name, value in given.items() if value is not None}


def _url_options(url: str) -> Dict[str, str]:
    """What a URL says, as obstore calls it."""
    u, found = text(url), Text()
    with translated:
        call(library.rstore_s3_url_options, u, len(u), ctypes.byref(found), ctypes.sizeof(found))
    options: Dict[str, str] = json.loads(str(found))
    options.pop("prefix", None)
    if options.pop("addressing_style", None) == "virtual":
        options["virtual_hosted_style_request"] = "true"
    return options


def _left(options: Mapping[str, Any], given: Mapping[str, Any]) -> Dict[str, Any]:
    """The options that are not given otherwise."""
    check_names(options)
    return {name: value for name, value in options.items() if not set(told({name: value})) & set(given)}


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    return value
