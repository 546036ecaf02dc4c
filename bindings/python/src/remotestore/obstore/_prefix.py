"""PrefixStore."""

from typing import Any, Union

from .._fork import Reopened
from .._operations import Operations
from ._arguments import raw
from ._base import ObjectStoreMethods
from ._place import ConfiguredStore, below


class PrefixStore(ConfiguredStore):
    """What another store has below a prefix: of any store here, also of another
    PrefixStore, and of a store or backend of :mod:`remotestore`.

    :param store: the other one
    :param prefix: a path in it
    """

    def __init__(self, store: Union[ObjectStoreMethods, Operations], prefix: str) -> None:
        if not isinstance(store, (ObjectStoreMethods, Operations)):
            raise TypeError(f"store must be a store, not {type(store).__name__}")
        self._store, self._prefix = store, str(raw(prefix))
        self._reopen()

    def _reopen(self) -> None:
        operations = self._store if isinstance(self._store, Operations) else self._store._operations
        self._is_now(below(operations, raw(self._prefix)) if self._prefix else operations)

    def _can_reopen(self) -> bool:
        return isinstance(self._store, Reopened) and self._store._can_reopen()

    @property
    def prefix(self) -> str:
        """The path in the other store."""
        return self._prefix

    def _key(self) -> Any:
        return self._store, self._prefix

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self._store!r}, "{self._prefix}")'

    def __getnewargs_ex__(self) -> Any:
        return (self._store, self._prefix), {}
