"""The log of what is asked of a store."""

from __future__ import annotations

import sys

from ._call import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

_DEBUG, _INFO = 10, 20  # of logging
_logger: Any = None


def logger(name: str) -> Any:
    """A logger of this package. Warnings that nobody listens to stay off standard error."""
    import logging

    package = logging.getLogger("remotestore")
    if not package.handlers:
        package.addHandler(logging.NullHandler())
    return package.getChild(name)


def _is_heard(level: int) -> bool:
    """Whether somebody listens, who must have imported logging: that takes 5 ms."""
    global _logger
    if _logger is None:
        if "logging" not in sys.modules:
            return False
        _logger = logger("_store")
    return bool(_logger.isEnabledFor(level))


def begin(op: str, path: object, backend: str, **arguments: object) -> None:
    """Logs, at DEBUG, that an operation begins. A path of None is none."""
    if _is_heard(_DEBUG):
        texts = "".join(f" {name}={value!r}" for name, value in arguments.items())
        _logger.debug("%s%s%s", op, _of(path), texts, extra=_extra(op, path, backend))


class Operation:
    """One that changes something: its end is logged too, at INFO, with what the
    endpoint was asked."""

    def __init__(self, op: str, path: object, backend: str, **arguments: object) -> None:
        begin(op, path, backend, **arguments)
        self._about = op, path, backend
        self._is_heard = _is_heard(_INFO)
        self.context: Any = self._traced() if self._is_heard else None

    def _traced(self) -> Any:
        """What knows the progress of its calls."""
        return Context(traced=True)

    def done(self) -> None:
        if not self._is_heard:
            return
        op, path, backend = self._about
        progress = self.context.progress()
        extra = _extra(op, path, backend)
        extra.update(attempts=progress.attempts, request_id=progress.request_id.decode() or None)
        _logger.info("%s complete%s", op, _of(path), extra=extra)


def _of(path: object) -> str:
    return "" if path is None else f" path={str(path)!r}"


def _extra(op: str, path: object, backend: str) -> Dict[str, Any]:
    extra = {"op": op, "path": str(path), "backend": backend}
    if path is None:
        del extra["path"]
    return extra
