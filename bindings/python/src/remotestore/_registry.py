"""Registries: stores by name."""

import functools
import threading
from typing import Any, Dict, Optional, Type, Union

from ._backends import Backend, LocalBackend, MemoryBackend, S3Backend, check_class
from ._config import RegistryConfig, listed
from ._fork import tell
from ._store import Store

_TYPES: Dict[str, Any] = {"local": LocalBackend, "memory": MemoryBackend, "s3": S3Backend}


def register_backend(type_name: str, cls: "Union[Type[Backend], functools.partial[Any]]") -> None:
    """Makes a name that a :class:`BackendConfig` may have as its type: an alias
    of one of the engine's backends, or a subclass or a ``functools.partial``
    of it that presets arguments.

    :raises TypeError: for a backend written in Python: the rules live in the
        engine

    >>> register_backend("minio", functools.partial(S3Backend, endpoint_url="https://minio:9000"))
    """
    if not isinstance(type_name, str):
        raise TypeError(f"type_name must be a str, not {type(type_name).__name__}")
    check_class(cls.func if isinstance(cls, functools.partial) else cls)
    _TYPES[type_name] = cls


def registered() -> Dict[str, Any]:
    """The classes by the names of their types."""
    return dict(_TYPES)


class Registry:
    """The stores of a configuration. A backend is opened when the first store
    on it is asked for, and serves all of them.

    :raises ValueError: for a configuration that cannot work
    """

    def __init__(self, config: Optional[RegistryConfig] = None) -> None:
        self._config = RegistryConfig() if config is None else config
        if not isinstance(self._config, RegistryConfig):
            raise TypeError(f"config must be a RegistryConfig, not {type(config).__name__}")
        self._config.validate()
        self._backends: Dict[str, Backend] = {}
        self._in_child()
        tell(self)

    def _in_child(self) -> None:
        self._lock = threading.Lock()  # so that no backend is opened twice

    def get_store(self, name: str) -> Store:
        """The store of that name. Closing it does nothing: the registry closes
        its backend.

        :raises KeyError: for a name that there is not
        :raises ValueError: for a backend of an unknown type, or with options
            that cannot be right
        """
        if name not in self._config.stores:
            raise KeyError(f"there is no store {name!r}, but {listed(self._config.stores)}")
        profile = self._config.stores[name]
        with self._lock:
            backend = self._backend(profile.backend)
        store = Store(backend, profile.root_path)
        store._owns = False
        return store

    def close(self) -> None:
        """Closes all backends, and raises the first error."""
        with self._lock:
            backends, self._backends = list(self._backends.values()), {}
        first: Optional[Exception] = None
        for backend in backends:
            try:
                backend.close()
            except Exception as error:
                first = first or error
        if first:
            raise first

    def __enter__(self) -> "Registry":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __eq__(self, other: object) -> bool:
        return self._config == other._config if isinstance(other, Registry) else NotImplemented

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> Any:
        return type(self), (self._config,)

    def __repr__(self) -> str:
        return f"Registry(stores={sorted(self._config.stores)!r})"

    def _backend(self, name: str) -> Backend:
        if name not in self._backends:
            config = self._config.backends[name]
            if config.type not in _TYPES:
                raise ValueError(f"the backend {name!r} is of the unknown type {config.type!r}: "
                                 f"there is {listed(_TYPES)}")
            retry = {"retry": config.retry} if config.retry else {}
            try:
                self._backends[name] = _TYPES[config.type](**config.options, **retry)
            except TypeError as error:
                raise ValueError(f"the backend {name!r} of the type {config.type!r}: {error}") from error
        return self._backends[name]
