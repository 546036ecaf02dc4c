"""A store that tells what is asked of it, how long that takes and how it ends.

    >>> from remotestore import MemoryBackend, Store
    >>> store = observe(Store(MemoryBackend()), on_write=lambda event: print(event.operation, event.path, event.metadata))
    >>> with store.open_atomic("a", overwrite=True) as file:
    ...     _ = file.write(b"hello")
    open_atomic a {'overwrite': True}
"""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import functools
import inspect
import itertools
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional

from .._fork import tell
from .._log import logger
from .._models import WriteResult
from .._proxy import ProxyStore
from .._streams import Writer

if TYPE_CHECKING:
    from typing import Callable, ContextManager, Mapping

    from .._store import Store

    Hook = Callable[["StoreEvent"], object]
    Around = Callable[[str, str, str], Optional[ContextManager[Any]]]

__all__ = ["BufferedObserver", "ObservedStore", "StoreEvent", "observe", "set_correlation_id"]

# Every operation by the hook that hears of it, beside on_any and on_error.
_OPERATIONS = {
    "on_read": "download read read_bytes read_into read_many read_ranges read_seekable read_text",
    "on_write": "append create_upload open_atomic set_acl write write_atomic write_text",
    "on_delete": "abort_upload abort_uploads delete delete_folder delete_many",
    "on_copy": "copy",
    "on_move": "move",
    "on_list":
        "exists get_file_info get_file_infos get_folder_info glob head is_file is_folder iter_children list_files "
        "list_folders list_uploads resolve",
    "on_ping": "ping probe",
    "": "child close native_path sign supports to_key unwrap",
}
_LISTINGS = ("glob", "iter_children", "list_files", "list_folders", "list_uploads")
_PATHS = ("key", "path", "pattern", "src", "subpath")  # what an operation is about, where that comes first
_ARGUMENTS = ("acl", "capability", "dst", "method", "paths", "pattern", "type_hint", "upload_id")  # told, as options are
_BY_DEFAULT = ("encoding", "max_depth", "missing_ok", "overwrite", "pattern", "recursive")  # told also if not given
_NOT_TOLD = ("attributes", "metadata", "progress", "tags")
_TOLD_AS: Dict[str, Callable[[Any], object]] = {
    "capability": lambda value: getattr(value, "name", value), "dst": str, "type_hint": str}

_correlation_id: contextvars.ContextVar[Optional[str]] = contextvars.ContextVar("correlation_id", default=None)


def set_correlation_id(cid: Optional[str]) -> contextvars.Token[Optional[str]]:
    """Sets what all events of this thread, or this asyncio task, have as their correlation_id from now on.

    :returns: what ``.var.reset`` takes, to set again what was set before
    """
    return _correlation_id.set(cid)


@dataclasses.dataclass(frozen=True)
class StoreEvent:
    """What became of an operation.

    :ivar operation: the name of the method of :class:`remotestore.Store`
    :ivar path: as it was given, or the source of two; ``""`` if there is none, or many
    :ivar backend: its name
    :ivar started_at: seconds of ``time.monotonic``
    :ivar duration_ms: milliseconds
    :ivar error: what it raised; None if it did not
    :ivar metadata: its options, such as ``overwrite``; ``dst`` of a copy or move, ``paths`` of what has many, and
        ``write_result`` of a write. Not what the object has in it or with it
    :ivar correlation_id: see :func:`set_correlation_id`
    """

    operation: str
    path: str
    backend: str
    started_at: float
    duration_ms: float
    error: Optional[BaseException]
    metadata: Dict[str, Any]
    correlation_id: Optional[str]


class ObservedStore(ProxyStore):
    """What :func:`observe` gives. Children are observed too.

    An operation has one event, at its end, of which it is the end when

    * an object is opened for reading, whatever is read then, or ``create_upload`` has begun one;
    * a writer of ``open_atomic`` has published its object, or dropped it;
    * a listing has its first entry, for which it is asked at once. An error later on is an event of its own.

    :param hooks: by the names that they have for :func:`observe`
    """

    def __init__(self, inner: Store, *, hooks: Mapping[str, Hook], around: Optional[Around]) -> None:
        super().__init__(inner)
        self._hooks, self._around = hooks, around

    def __repr__(self) -> str:
        return f"{type(self).__name__}(inner={self._inner!r})"

    def _wrap_child(self, inner_child: Store) -> ObservedStore:
        return type(self)(inner_child, hooks=self._hooks, around=self._around)

    @contextlib.contextmanager
    def _told(self, operation: str, path: str, metadata: Dict[str, Any]) -> Iterator[None]:
        around = self._around and self._around(operation, path, self._backend.name)
        started = time.monotonic()
        try:
            with around or contextlib.nullcontext():
                yield
        except BaseException as error:
            self._tell(operation, path, metadata, started, error)
            raise
        self._tell(operation, path, metadata, started, None)

    def _tell(
        self, operation: str, path: str, metadata: Dict[str, Any], started: float, error: Optional[BaseException]
    ) -> None:
        took = (time.monotonic() - started) * 1000
        event = StoreEvent(operation, path, self._backend.name, started, took, error, metadata, _correlation_id.get())
        for name in (_HOOKS[operation], "on_any", "on_error" if error is not None else ""):
            hook = self._hooks.get(name)
            if hook is None:
                continue
            try:
                hook(event)
            except Exception:
                logger("ext.observe").warning("%s has failed", name, exc_info=True)

    def _begun(self, entries: Iterator[Any], *about: Any) -> Iterator[Any]:
        """The same entries, when the first one is there."""
        first = list(itertools.islice(entries, 1))

        def all_of_them() -> Iterator[Any]:
            yield from first
            try:
                yield from entries
            except Exception:
                with self._told(*about):
                    raise

        return all_of_them()


class _Publisher:
    """Publishes or drops, and leaves what was entered for it."""

    def __init__(self, inner: Any, entered: contextlib.ExitStack) -> None:
        self._inner, self._entered = inner, entered

    def publish(self, handle: Any) -> Any:
        with self._entered:
            return self._inner.publish(handle)

    def drop(self, error: Optional[BaseException]) -> None:
        self._inner.drop(error)
        self._entered.__exit__(None if error is None else type(error), error, getattr(error, "__traceback__", None))


def _observed(operation: str) -> Any:
    """The method of a store that is observed."""
    method = getattr(ProxyStore, operation)
    signature = inspect.signature(method)
    parameters = list(signature.parameters.values())[1:]
    first = parameters[0].name if parameters else ""
    defaults = {p.name: p.default for p in parameters if p.name in _BY_DEFAULT and p.default is not p.empty}
    told = {p.name for p in parameters if p.name in _ARGUMENTS or p.kind is p.KEYWORD_ONLY and p.name not in _NOT_TOLD}

    @functools.wraps(method)
    def observed(*args: Any, **options: Any) -> Any:
        given = signature.bind(*args, **options).arguments
        if "paths" in given and not isinstance(given["paths"], str):  # which is refused
            given["paths"] = list(given["paths"])
        store, path = given["self"], str(given.get(first, "")) if first in _PATHS else ""
        metadata = {**defaults, **{k: _TOLD_AS.get(k, _as_it_is)(v) for k, v in given.items() if k in told}}
        with contextlib.ExitStack() as entered:
            entered.enter_context(store._told(operation, path, metadata))
            found = method(**given)
            if isinstance(found, Writer):
                publisher: Any = _Publisher(found._publisher, entered.pop_all())
                found._publisher = publisher
            elif isinstance(found, WriteResult) and _HOOKS[operation] == "on_write":
                metadata["write_result"] = found
            elif operation in _LISTINGS:
                found = store._begun(found, operation, path, metadata)
            return found

    return observed


def _as_it_is(value: object) -> object:
    return value


_HOOKS = {operation: hook for hook, operations in _OPERATIONS.items() for operation in operations.split()}
for _operation in _HOOKS:
    setattr(ObservedStore, _operation, _observed(_operation))


def observe(
    store: Store,
    *,
    on_read: Optional[Hook] = None,
    on_write: Optional[Hook] = None,
    on_delete: Optional[Hook] = None,
    on_copy: Optional[Hook] = None,
    on_move: Optional[Hook] = None,
    on_list: Optional[Hook] = None,
    on_ping: Optional[Hook] = None,
    on_error: Optional[Hook] = None,
    on_any: Optional[Hook] = None,
    around: Optional[Around] = None,
) -> ObservedStore:
    """A store around this one that calls hooks, in the thread of the operation: the one for its kind, on_any, and
    on_error if it has failed. An Exception of a hook is logged as a warning, and disturbs nothing.

    :param on_list: of listings, and of all that asks what there is
    :param on_ping: of ``ping`` and ``probe``
    :param around: called with operation, path and name of the backend, for a context manager in which the
        operation takes place, or None. What it raises is raised
    """
    hooks = {
        "on_read": on_read, "on_write": on_write, "on_delete": on_delete, "on_copy": on_copy, "on_move": on_move,
        "on_list": on_list, "on_ping": on_ping, "on_error": on_error, "on_any": on_any}
    return ObservedStore(store, hooks={name: hook for name, hook in hooks.items() if hook is not None}, around=around)


class BufferedObserver:
    """Collects events, for a handler that is called with many: ``on_any=observer.on_event``. It is called once at a
    time, by a thread that lives as long as events wait. Those that wait when the process ends are lost: close it.

    :param handler: takes a list of :class:`StoreEvent`
    :param max_queue: events that wait at most; more are dropped, with a warning in the log. 0 is no limit
    :param flush_interval: seconds that an event waits
    """

    def __init__(
        self, handler: Callable[[List[StoreEvent]], object], *, max_queue: int = 1000, flush_interval: float = 5.0
    ) -> None:
        self._handler, self._max, self._interval = handler, max_queue, flush_interval
        self._closed = False
        self._in_child()
        tell(self)

    def _in_child(self) -> None:
        """Of a fork: what waits is told by the parent. A new observer begins like that, too."""
        self._lock, self._handling = threading.Lock(), threading.RLock()
        self._events: List[StoreEvent] = []
        self._timer: Optional[threading.Timer] = None

    def on_event(self, event: StoreEvent) -> None:
        """Takes an event. Behind :meth:`close`, it drops it."""
        with self._lock:
            if self._closed:
                return
            if 0 < self._max <= len(self._events):
                logger("ext.observe").warning("%d events wait: %s of %r is dropped", self._max, event.operation, event.path)
                return
            self._events.append(event)
            if self._timer is None:
                self._timer = threading.Timer(self._interval, self._flush_or_log)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Calls the handler with what waits, if something does, and raises what it raises."""
        with self._handling:
            with self._lock:
                events, self._events = self._events, []
                timer, self._timer = self._timer, None
            if timer is not None:
                timer.cancel()
            if events:
                self._handler(events)

    def close(self) -> None:
        """Flushes, and takes no events any more."""
        with self._lock:
            self._closed = True
        self.flush()

    def _flush_or_log(self) -> None:
        try:
            self.flush()
        except Exception:
            logger("ext.observe").warning("the handler of events has failed", exc_info=True)
