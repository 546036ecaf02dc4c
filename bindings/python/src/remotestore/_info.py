"""What this installation can do."""

import pkgutil
from typing import Dict, Optional, TypedDict

from . import _abi, ext
from ._registry import registered

BackendInfo = TypedDict("BackendInfo", {"available": bool, "extras": Optional[str], "class": Optional[str]})


class ExtensionInfo(TypedDict):
    """A module that may need another package."""

    available: bool
    extras: Optional[str]


class InfoResult(TypedDict):
    """What :func:`info` returns."""

    version: str
    backends: Dict[str, BackendInfo]
    extensions: Dict[str, ExtensionInfo]


def info() -> InfoResult:
    """The version, and the backends by the names of their types, and the modules of
    :mod:`remotestore.ext`. All are available: the engine has the backends built in.

    >>> sorted(info()["backends"])[:2]
    ['local', 'memory']
    """
    backends: Dict[str, BackendInfo] = {}
    for name, made in registered().items():
        cls = getattr(made, "func", made)  # behind a functools.partial
        backends[name] = {"available": True, "extras": None, "class": f"{cls.__module__}.{cls.__qualname__}"}
    extensions: Dict[str, ExtensionInfo] = {
        module.name: {"available": True, "extras": None} for module in pkgutil.iter_modules(ext.__path__)}
    return {"version": _abi.VERSION, "backends": backends, "extensions": extensions}
