"""What happens in the child of a fork: what has a configuration is opened anew, at
its first use."""

from __future__ import annotations

import os
import weakref

from ._errors import Forked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_open: "weakref.WeakValueDictionary[int, Any]" = weakref.WeakValueDictionary()


def tell(thing: Any) -> None:
    """Lets the ``_in_child`` of a thing be called in the child of a fork."""
    _open[id(thing)] = thing


class Reopened:
    """A thing whose native side belongs to the parent: in the child of a fork it is
    forgotten, and made anew when it is asked for."""

    _NATIVE: str  #: the attribute that holds it

    def _reopen(self) -> None:
        """Opens what the configuration says."""
        raise NotImplementedError

    def _is_now(self, native: Any) -> None:
        """Keeps what was opened."""
        self.__dict__[self._NATIVE] = native
        tell(self)

    def _can_reopen(self) -> bool:
        """Whether there is something to open anew."""
        return True

    def _is_open(self) -> bool:
        """Whether it is open in this process."""
        return self._NATIVE in self.__dict__

    def _in_child(self) -> None:
        if self._can_reopen():
            self.__dict__.pop(self._NATIVE, None)

    def __getattr__(self, name: str) -> Any:
        if name == self._NATIVE and id(self) in _open:
            self._reopen()
            return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # A pickle holds the configuration.

    def __getstate__(self) -> Any:
        return {name: value for name, value in self.__dict__.items() if name != self._NATIVE}

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state)
        try:
            self._reopen()
        except Forked:  # raised by the first call, not where a pool of processes unpickles
            tell(self)


def _in_child() -> None:
    for thing in list(_open.values()):
        thing._in_child()


os.register_at_fork(after_in_child=_in_child)
