"""Secrets that do not show themselves."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Mapping



class Secret:
    """Text that shows itself to nobody who does not ask: repr, str and so what
    is logged or printed is masked. It cannot be changed; a pickle holds the
    text, since another process needs it.

    :raises TypeError: if ``value`` is not a str

    >>> secret = Secret("hunter2")
    >>> print(secret, repr(secret), secret.reveal())
    *** Secret('***') hunter2
    """

    __slots__ = ("_value",)
    _value: str

    def __init__(self, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"a secret must be a str, not {type(value).__name__}")
        object.__setattr__(self, "_value", value)

    def reveal(self) -> str:
        """The text."""
        return self._value

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret('***')"

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Secret cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Secret cannot be changed")

    def __reduce__(self) -> Any:
        return Secret, (self._value,)


# The names under which a configuration holds secrets, of any backend; and proxies, whose
# URL may hold a password. The engine's own are in core/secret.go.
SECRET_NAMES = {
    "key", "secret", "password", "account_key", "sas_token", "connection_string", "client_secret",
    "client_certificate", "client_cert", "client_key", "access_key_id", "secret_access_key", "session_token", "token",
    "sse_customer_key_base64", "default_headers",
}
_PROXIES = {"http_proxy", "https_proxy", "proxy_url", "http", "https"}


def concealed(options: Mapping[str, Any], every: bool = False, levels: int = 4) -> Dict[str, Any]:
    """The options, with the text of secrets as such, as deep as an option may be: a
    dict may hold itself."""
    return {name: _concealed(str(name).lower(), value, every, levels) for name, value in options.items()}


def _concealed(name: str, value: Any, every: bool, levels: int) -> Any:
    name = name[4:] if name.startswith("aws_") else name
    if isinstance(value, dict) and levels > 1:
        return concealed(value, every or name == "default_headers", levels - 1)
    if isinstance(value, str) and (every or name in SECRET_NAMES or name in _PROXIES and "@" in value):
        return Secret(value)
    return value
