"""A configuration as a model of pydantic, such as settings of pydantic-settings.

    >>> import pydantic, typing
    >>> class Settings(pydantic.BaseModel):
    ...     backends: typing.Dict[str, typing.Any] = {"main": {"type": "memory"}}
    ...     stores: typing.Dict[str, typing.Any] = {"data": {"backend": "main"}}
    >>> from_pydantic(Settings()).stores["data"].backend
    'main'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._config import RegistryConfig
from .._secret import Secret

if TYPE_CHECKING:
    from pydantic import BaseModel  # type: ignore[import-not-found, unused-ignore]

__all__ = ["from_pydantic"]


def from_pydantic(model: BaseModel) -> RegistryConfig:
    """Takes what a model dumps: see :meth:`remotestore.RegistryConfig.from_dict`. A SecretStr becomes a
    :class:`remotestore.Secret`."""
    return RegistryConfig.from_dict(_ours(model.model_dump()))


def _ours(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ours(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_ours(inner) for inner in value]
    return Secret(value.get_secret_value()) if hasattr(value, "get_secret_value") else value
