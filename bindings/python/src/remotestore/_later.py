"""Modules that are imported for the first who asks for anything in them: what a program
does not use, it does not wait for."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import _batch as batch
    from . import _models as models
    from . import _pages as pages
    from . import _probe as probe
    from . import _progress as progresses

__all__ = ["batch", "models", "pages", "probe", "progresses"]


class _Later:
    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(importlib.import_module(self._module, __package__), name)
        setattr(self, name, found)  # where the next one finds it
        return found


if not TYPE_CHECKING:
    batch, models, pages, probe, progresses = map(_Later, ("._batch", "._models", "._pages", "._probe", "._progress"))
