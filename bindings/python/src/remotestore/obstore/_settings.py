"""The options of an S3Store: how they are named, and what is told of them."""

import ctypes
import datetime
from typing import Any, Dict, Iterable, Mapping, Optional

from .._call import call
from .._errors import InvalidOption
from .._library import library
from .._memory import Handle, text
from .._secret import SECRET_NAMES, Secret
from ._types import ClientConfig, S3Config
from .exceptions import UnknownConfigurationKeyError

# What obstore's documentation says holds where nothing else is said. Of its defaults
# these are left out:
#   timeout (30 s)        it ends large transfers that are well: here is no limit to a
#                         request, but to the time in which nothing comes, read_timeout
#   pool_max_idle_per_host, pool_idle_timeout (no limit, 90 s)  the engine keeps 64, for
#                         half of read_timeout at most, before an endpoint closes them
# Its backoff is random between the first wait and the present one: here a random part
# comes on top, of up to the first wait.
DEFAULTS: Dict[str, Any] = {
    "read_env": True,
    "virtual_hosted_style_request": False,
    "conditional_put": "etag",
    "imdsv1_fallback": False,
    "allow_http": False,
    "connect_timeout": "5s",
    "max_retries": 10,
    "retry_timeout": "3m",
    "retry_backoff_base": "100ms",
    "retry_backoff_factor": 2,
    "retry_backoff_max": "15s",
    "retry_jitter": "100ms",
}

_RETRY_DEFAULTS = {"max_retries": 10, "retry_timeout": datetime.timedelta(minutes=3)}
_BACKOFF_DEFAULTS = {
    "init_backoff": datetime.timedelta(milliseconds=100), "max_backoff": datetime.timedelta(seconds=15), "base": 2.0,
}

_ALIASES = {
    "bucket_name": "bucket", "endpoint_url": "endpoint", "token": "session_token", "requester_pays": "request_payer",
    "key": "access_key_id", "secret": "secret_access_key", "region_name": "region",
    "max_pool_connections": "pool_max_idle_per_host",
}


def canonical(name: str) -> str:
    """The name of an option that somebody spelt in another way."""
    folded = name.lower()
    folded = folded[4:] if folded.startswith("aws_") else folded
    return _ALIASES.get(folded, folded)


_KNOWN = {canonical(name) for name in [*S3Config.__annotations__, *ClientConfig.__annotations__]}


class Hidden(Secret):
    """A secret that a store has. Other stores take it, but nobody can read it."""

    __slots__ = ()

    def reveal(self) -> str:
        raise TypeError("the secrets of a store cannot be read back")

    def __reduce__(self) -> Any:
        return Hidden, (Secret.reveal(self),)


def check_names(names: Iterable[Any]) -> None:
    """Refuses what is no option, as the engine would."""
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"the name of an option must be a str, not {type(name).__name__}")
        if canonical(name) not in _KNOWN:
            raise UnknownConfigurationKeyError(_unknown(name))


def _unknown(name: str) -> str:
    if canonical(name) in ("credentials", "credential_provider"):
        return f"{name} is for the engine: a program gives a credential_provider"
    options, n = Handle(), text(name)
    call(library.rstore_options_new, ctypes.byref(options))
    try:
        call(library.rstore_options_set, options, n, len(n), b"x", 1)
    except InvalidOption as error:
        return error.message
    return f"unknown option {name!r}"


def plain(value: Any) -> Any:
    """A value as the engine takes it."""
    if isinstance(value, Secret):
        return Secret.reveal(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("latin-1")
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    return value


def told(options: Mapping[str, Any]) -> Dict[str, Any]:
    """The options by their names, in text, of which secrets are :class:`Hidden`. What
    is None or blank is none."""
    found = ((canonical(name), _told(canonical(name), value)) for name, value in options.items() if value is not None)
    return {name: value for name, value in found if not isinstance(value, str) or value.strip()}


def _told(name: str, value: Any) -> Any:
    if name == "default_headers" and isinstance(value, Mapping):
        return {header.lower(): v if isinstance(v, bytes) else str(v).encode() for header, v in value.items()}
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.timedelta):
        return duration(value)
    value = str(plain(value))
    return Hidden(value) if _is_secret(name, value) else value


def _is_secret(name: str, value: str) -> bool:
    return name in SECRET_NAMES or name.endswith(("proxy", "proxy_url")) and "@" in value


def hidden(options: Mapping[str, Any]) -> Dict[str, Any]:
    """The options as they are given, of which secrets are :class:`Hidden`: :func:`plain` undoes it."""
    return {name: _hidden(canonical(name), plain(value)) for name, value in options.items()}


def _hidden(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return hidden(value)
    return Hidden(value) if isinstance(value, str) and _is_secret(name, value) else value


_UNITS = [("year", 31_557_600), ("month", 2_630_016), ("day", 86_400), ("h", 3600), ("m", 60), ("s", 1)]


def duration(time: datetime.timedelta) -> str:
    """A time as obstore writes it: ``"1m 30s"``."""
    seconds, micro = divmod(time // datetime.timedelta(microseconds=1), 1_000_000)
    said = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            said.append(f"{count}{unit}{'s' if count > 1 and len(unit) > 1 else ''}")
    said += [f"{count}{unit}" for unit, count in zip(("ms", "us"), divmod(micro, 1000)) if count]
    return " ".join(said) or "0s"


def told_retry(given: Mapping[str, Any]) -> Dict[str, Any]:
    """A retry_config with what it leaves open; times are timedeltas, where they were not text."""
    backoff = {**_BACKOFF_DEFAULTS, **_times(given.get("backoff"))}
    return {**_RETRY_DEFAULTS, **_times(given), "backoff": {**backoff, "base": float(backoff["base"])}}


def _times(given: Optional[Mapping[str, Any]]) -> Dict[str, Any]:
    return {
        name: datetime.timedelta(seconds=value)
        if name in ("retry_timeout", "init_backoff", "max_backoff") and isinstance(value, (int, float)) else value
        for name, value in (given or {}).items() if value is not None
    }
