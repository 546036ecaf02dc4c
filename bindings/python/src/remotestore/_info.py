"""What this installation can do."""

import importlib.util
import pkgutil
from typing import Dict, Optional, TypedDict

from . import _abi, ext
from ._registry import registered

BackendInfo = TypedDict("BackendInfo", {"available": bool, "extras": Optional[str], "class": Optional[str]})


class ExtensionInfo(TypedDict):
    """A module that may need another package: extras is what brings it, ``remotestore[extras]``."""

    available: bool
    extras: Optional[str]


class InfoResult(TypedDict):
    """What :func:`info` returns."""

    version: str
    backends: Dict[str, BackendInfo]
    extensions: Dict[str, ExtensionInfo]


# What else is imported by a module whose name is that of its extra.
_NEEDED = {"arrow": "pyarrow", "otel": "opentelemetry", "pydantic": "pydantic", "yaml": "yaml"}


def info() -> InfoResult:
    """The version, and the backends by the names of their types, and the modules of
    :mod:`remotestore.ext`. All backends are available: the engine has them built in.

    >>> sorted(info()["backends"])[:2]
    ['local', 'memory']
    """
    backends: Dict[str, BackendInfo] = {}
    for name, made in registered().items():
        cls = getattr(made, "func", made)  # behind a functools.partial
        backends[name] = {"available": True, "extras": None, "class": f"{cls.__module__}.{cls.__qualname__}"}
    extensions: Dict[str, ExtensionInfo] = {}
    for module in pkgutil.iter_modules(ext.__path__):
        needed = _NEEDED.get(module.name)
        extensions[module.name] = {
            "available": needed is None or importlib.util.find_spec(needed) is not None,
            "extras": needed and module.name,
        }
    return {"version": _abi.VERSION, "backends": backends, "extensions": extensions}
