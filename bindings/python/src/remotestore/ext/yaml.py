"""A configuration in YAML.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "stores.yaml")
    >>> _ = path.write_text("backends: {main: {type: memory}}\\nstores: {data: {backend: main}}")
    >>> from_yaml(path).stores["data"].backend
    'main'
"""

from __future__ import annotations

import os
from typing import Union

try:
    import yaml  # type: ignore[import-not-found, import-untyped, unused-ignore]
except ImportError as _error:
    raise ImportError("this needs the package PyYAML: pip install pyyaml") from _error

from .._config import RegistryConfig, resolve_env

__all__ = ["from_yaml"]


def from_yaml(path: Union[str, os.PathLike[str]], *, resolve_env_vars: bool = False) -> RegistryConfig:
    """Reads a file of one YAML document: see :meth:`remotestore.RegistryConfig.from_dict`.

    :param resolve_env_vars: see :func:`remotestore.resolve_env`
    :raises yaml.YAMLError: for what is no YAML, and for tags that would make objects
    :raises TypeError: if it is no mapping
    """
    with open(path, encoding="utf-8") as file:
        data = yaml.safe_load(file)
    return RegistryConfig.from_dict(resolve_env(data) if resolve_env_vars else data)
