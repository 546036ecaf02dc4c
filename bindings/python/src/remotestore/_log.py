"""The log of what is asked of a store."""

import logging
from typing import Any, Dict

from ._call import Context

logging.getLogger("remotestore").addHandler(logging.NullHandler())
_logger = logging.getLogger("remotestore._store")


def begin(op: str, path: object, backend: str, **arguments: object) -> None:
    """Logs, at DEBUG, that an operation begins. A path of None is none."""
    if _logger.isEnabledFor(logging.DEBUG):
        texts = "".join(f" {name}={value!r}" for name, value in arguments.items())
        _logger.debug("%s%s%s", op, _of(path), texts, extra=_extra(op, path, backend))


class Operation:
    """One that changes something: its end is logged too, at INFO, with what the
    endpoint was asked."""

    def __init__(self, op: str, path: object, backend: str, **arguments: object) -> None:
        begin(op, path, backend, **arguments)
        self._about = op, path, backend
        self.context: Any = self._traced() if _logger.isEnabledFor(logging.INFO) else None

    def _traced(self) -> Any:
        """What knows the progress of its calls."""
        return Context(traced=True)

    def done(self) -> None:
        if self.context is None:
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
