"""Stores as an event loop works with them."""

from typing import Any

from .._operations_async import AsyncOperations
from ._arguments import operations


class View(AsyncOperations):
    """The same place, for coroutines."""

    def __init__(self, store: Any) -> None:
        self._place = operations(store)  # with which what is open behind the handle is closed
        self._name, self._handle = self._place._name, self._place._handle


def async_operations(store: Any) -> View:
    """Where the coroutines of a store run."""
    return View(store)
