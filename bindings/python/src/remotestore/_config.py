"""Configurations: what backends there are, and what stores on them."""

import collections.abc
import dataclasses
import importlib
import os
import re
import warnings
from typing import Any, Callable, Dict, Mapping, Optional, Tuple, TypeVar, Union

from ._secret import concealed

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class RetryPolicy:
    """How often a request is sent again that failed for a passing reason, and
    when: the wait before attempt n + 2 is ``backoff_base * 2**n``, at most
    ``backoff_max``, and a random part of ``jitter`` on top; at least what the
    endpoint's Retry-After asks for.

    :ivar max_attempts: requests, the first included: 1 or more
    :ivar backoff_base: seconds, 0 or more
    :ivar backoff_max: seconds, 0 or more
    :ivar jitter: seconds, 0 or more
    :ivar timeout: seconds after the first attempt, after which none begins;
        None is no limit
    :raises ValueError: for what is outside these ranges

    >>> RetryPolicy(max_attempts=5).max_attempts, RetryPolicy.disabled().max_attempts
    (5, 1)
    """

    max_attempts: int = 3
    backoff_base: float = 1.0
    backoff_max: float = 60.0
    jitter: float = 1.0
    timeout: Optional[float] = None

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts is {self.max_attempts}, but must be 1 or more")
        for name in ("backoff_base", "backoff_max", "jitter"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be 0 or more")
        if self.timeout is not None and not self.timeout > 0:
            raise ValueError(f"timeout is {self.timeout}, but must be more than 0, or None")

    @classmethod
    def disabled(cls) -> "RetryPolicy":
        """The policy of exactly one request."""
        return cls(max_attempts=1)


@dataclasses.dataclass(frozen=True)
class BackendConfig:
    """What a backend is made of.

    :ivar type: ``"memory"``, ``"local"``, ``"s3"``, or a name that
        :func:`register_backend` got
    :ivar options: the arguments of its class
    :ivar retry: None is the default of the backend
    """

    type: str
    options: Dict[str, Any] = dataclasses.field(default_factory=dict)
    retry: Optional[RetryPolicy] = None


@dataclasses.dataclass(frozen=True)
class StoreProfile:
    """A store on a backend.

    :ivar backend: name of the backend
    :ivar root_path: folder of it that the store is; ``""`` is its root
    :ivar options: empty: for programs that expect it
    """

    backend: str
    root_path: str = ""
    options: Dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class RegistryConfig:
    """Backends and stores by name.

    >>> config = RegistryConfig.from_dict({
    ...     "backends": {"main": {"type": "s3", "options": {"bucket": "b", "secret": "hunter2"}}},
    ...     "stores": {"data": {"backend": "main", "root_path": "data"}},
    ... })
    >>> config.backends["main"].options["secret"]
    Secret('***')
    """

    backends: Dict[str, BackendConfig] = dataclasses.field(default_factory=dict)
    stores: Dict[str, StoreProfile] = dataclasses.field(default_factory=dict)

    def validate(self) -> None:
        """Checks that each store is on a backend that there is.

        :raises ValueError: names the store and the backends that there are
        """
        for name, profile in self.stores.items():
            if profile.backend not in self.backends:
                raise ValueError(f"the store {name!r} is on the unknown backend {profile.backend!r}: "
                                 f"there is {listed(self.backends)}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "RegistryConfig":
        """Reads a configuration as JSON, TOML or YAML give it. Text under names
        such as ``key``, ``secret`` and ``password`` becomes a :class:`Secret`.
        A field at the top that nobody knows is a UserWarning.

        :raises TypeError: for a field of the wrong type, and an unknown one of
            a retry policy
        :raises KeyError: for a backend without a type, a store without a backend
        """
        return _from_dict(cls, data)

    @classmethod
    def from_toml(
        cls, path: "Union[str, os.PathLike[str]]", *, table: Tuple[str, ...] = (), resolve_env_vars: bool = False
    ) -> "RegistryConfig":
        """Reads a TOML file. Python 3.11 and later can; an older one needs the
        package tomli.

        :param table: where in the file it is: ``("tool", "remotestore")``
        :param resolve_env_vars: see :func:`resolve_env`
        :raises KeyError: for a table that is not there
        """
        with open(path, "rb") as file:
            data = _toml().load(file)
        for name in table:
            if not isinstance(data, dict) or name not in data:
                raise KeyError(f"{os.fspath(path)} has no table {'.'.join(table)}")
            data = data[name]
        if not isinstance(data, dict):
            raise TypeError(f"{'.'.join(table)} must be a table, not {type(data).__name__}")
        return _from_dict(cls, resolve_env(data) if resolve_env_vars else data)


def resolve_env(data: Mapping[str, Any], *, environ: Optional[Mapping[str, str]] = None) -> Dict[str, Any]:
    """Replaces ``${NAME}`` in every text by the variable of that name, and
    ``${NAME:-default}`` too, which may be not set. ``$${`` becomes ``${``. The
    data stays as it is.

    :param environ: the variables; None is ``os.environ``
    :raises KeyError: for a variable that is not set; names where it is needed

    >>> resolve_env({"region": "${REGION:-eu-west-1}"}, environ={})
    {'region': 'eu-west-1'}
    """
    resolved: Dict[str, Any] = _resolve(data, "$", os.environ if environ is None else environ)
    return resolved


_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]+)\}")


def _resolve(value: Any, where: str, environ: Mapping[str, str]) -> Any:
    def variable(found: "re.Match[str]") -> str:
        if found.group(1) is None:
            return "${"
        name, has_default, default = found.group(1).partition(":-")
        if name in environ:
            return environ[name]
        if not has_default:
            raise KeyError(f"{where} needs the environment variable {name}, which is not set: "
                           f"set it, or write ${{{name}:-default}}")
        return default

    if isinstance(value, str):
        return _VARIABLE.sub(variable, value)
    if isinstance(value, dict):
        return {name: _resolve(inner, f"{where}.{name}", environ) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolve(inner, f"{where}[{i}]", environ) for i, inner in enumerate(value)]
    return value


def _from_dict(cls: Any, data: Mapping[str, Any]) -> RegistryConfig:
    _typed(data, collections.abc.Mapping, "the configuration", False)
    unknown = sorted(map(str, set(data) - {"backends", "stores"}))
    if unknown:
        warnings.warn(f"unknown fields of the configuration: {', '.join(unknown)}; it has backends and stores",
                      UserWarning, stacklevel=3)
    made: RegistryConfig = cls(_each(data, "backends", _backend), _each(data, "stores", _store))
    return made


def _backend(fields: Dict[str, Any], where: str) -> BackendConfig:
    options = concealed(_typed(fields.get("options"), dict, f"{where}.options") or {})
    retry = fields.get("retry")
    if not isinstance(retry, RetryPolicy):
        retry = _typed(retry, dict, f"{where}.retry")
        retry = RetryPolicy(**retry) if retry is not None else None
    return BackendConfig(_typed(fields["type"], str, f"{where}.type", False), options, retry)


def _store(fields: Dict[str, Any], where: str) -> StoreProfile:
    return StoreProfile(
        _typed(fields["backend"], str, f"{where}.backend", False),
        _typed(fields.get("root_path"), str, f"{where}.root_path") or "",
        dict(_typed(fields.get("options"), dict, f"{where}.options") or {}),
    )


def _each(data: Mapping[str, Any], name: str, make: Callable[[Dict[str, Any], str], T]) -> Dict[str, T]:
    found = _typed(data.get(name), dict, name) or {}
    return {str(n): make(_typed(fields, dict, f"{name}.{n}", False), f"{name}.{n}") for n, fields in found.items()}


def _typed(value: Any, wanted: type, where: str, none: bool = True) -> Any:
    if isinstance(value, wanted) or value is None and none:
        return value
    raise TypeError(f"{where} must be a {wanted.__name__}, not {type(value).__name__}")


def _toml() -> Any:
    for name in ("tomllib", "tomli"):
        try:
            return importlib.import_module(name)
        except ImportError:
            pass
    raise ImportError("this Python cannot read TOML: install the package tomli, or use from_dict")


def listed(names: Mapping[str, Any]) -> str:
    """Names, for an error."""
    return ", ".join(sorted(names)) or "none"
