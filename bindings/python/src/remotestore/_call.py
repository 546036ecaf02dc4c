"""Calls of the library: their errors, and Ctrl-C while they wait."""

from __future__ import annotations

import atexit
import ctypes
import os
import threading

from . import _abi
from ._errors import exception
from ._later import progresses
from ._library import library
from ._memory import FirstBytes, Handle, Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Generator, List, Optional, Tuple

    from ._log import Operation
    from ._progress import Teller, Wanted

_main = threading.main_thread().ident


def call(function: Any, *arguments: Any) -> None:
    """Calls a function that does not wait for anything."""
    error = ctypes.c_uint64()
    try:
        status = function(*arguments, ctypes.byref(error))
        if status:
            raise exception(status, error)
    except BaseException:  # also of a signal handler that ran meanwhile
        library.rstore_close(error)
        raise


def wait(function: Any, handle: Any, *arguments: Any, context: "Optional[Context]" = None) -> bool:
    """Calls a function that may wait, and says whether there was something: False
    is the end of a listing. On the main thread, where Python runs signal
    handlers, what a handler raises ends the call and is raised here."""
    if context is not None:
        return context.wait(function, handle, *arguments)
    context = borrow(handle)
    try:
        return context.wait(function, handle, *arguments)
    finally:
        give_back(context)


class Context:
    """What one call at a time needs: a context of the library with a hook on the
    main thread and where a provider gives credentials, none elsewhere, and memory
    for what the library writes."""

    def __init__(self, traced: bool = False, listens: bool = False) -> None:
        self.first_bytes = FirstBytes()
        self.listens = listens or threading.get_ident() == _main
        self._error = ctypes.c_uint64()
        self._error_out = ctypes.byref(self._error)
        self._raised: List[BaseException] = []  # by a signal handler or a provider, during a call
        self._provided: List[Any] = []  # the credentials of a call, if a provider gives them
        self.handle = Handle()
        if self.listens or traced:
            call(library.rstore_ctx_new, 0, ctypes.byref(self.handle))
        if self.listens:
            self._listen()

    def wait(self, function: Any, handle: Any, *arguments: Any) -> bool:
        """See the function of that name."""
        credentials = handle.credentials
        try:
            if credentials is not None:
                self._provide(credentials)
            status = function(handle, self.handle, *arguments, self._error_out)
            if self._raised:
                raise self._raised[0]
            if status and status != _abi.END:
                raise exception(status, self._error)
        except BaseException as raised:
            library.rstore_close(self._error)
            if self._raised:
                if raised is not self._raised[0] and raised.__context__ is None:
                    raised.__context__ = self._raised[0]  # of a second signal, after the call
                del self._raised[:]  # whose traceback leads here
                self._listen()
            raise
        finally:
            if credentials is not None:
                del self._provided[:]
        return not status

    def progress(self) -> Progress:
        """What the calls with this context have done so far."""
        return progress_of(self.handle)

    def _provide(self, credentials: Any) -> None:
        """Renews credentials that are due, and lets the hook do it during the call."""
        if not self.listens:  # it was made where nobody knew of them
            self._listen()
            self.listens = True
        self._provided[:] = [credentials]
        credentials.before_call()

    def _listen(self) -> None:
        """Lets the next calls ask for signals and credentials, until one raises."""
        asked = _ask(self._raised, self._provided, self._told())
        next(asked)
        self._hook = _Hook(asked.send)
        call(library.rstore_ctx_set_interrupt, self.handle, ctypes.cast(self._hook, _abi.rstore_interrupt), 0)

    def _told(self) -> "Optional[Callable[[], None]]":
        """What is called as often as a call asks for signals."""
        return None


def progress_of(context: Handle) -> Progress:
    """What the calls with a context of the library have done so far."""
    progress = Progress()
    call(library.rstore_ctx_progress, context, ctypes.byref(progress), ctypes.sizeof(progress))
    return progress


class Watched(Context):
    """The context of all calls of one transfer, of which somebody wants to know how far it
    is, in a ``with`` block."""

    def __init__(self, teller: Teller) -> None:
        self.teller = teller
        super().__init__(traced=True, listens=True)

    def _told(self) -> Callable[[], None]:
        handle, teller = self.handle, self.teller  # not self, which has what has this
        return lambda: teller.tell(progress_of(handle))

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        self.first_bytes.reader.close()
        try:
            if kind is None:
                self.teller.tell(self.progress(), over=True)
        finally:
            self.teller.close()


class _Unwatched:
    """The same for a transfer of which nobody wants to know: its calls need no certain context."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: Any) -> None:
        pass


_unwatched = _Unwatched()


def watch(progress: Wanted, path: object, operation: "Optional[Operation]" = None, kind: Any = Watched) -> Any:
    """A ``with`` block around a transfer, which gives the context for its calls, or None:
    that of ``progress=``. It is also that of an operation that is logged."""
    if progress is None or progress is False:
        return _unwatched
    watched = kind(progresses.Teller(progress, path))
    if operation is not None:
        operation.context = watched
    return watched


# Those that no call uses, without a hook and with one. A signal handler may call
# the library while a call waits: each call has its own.
_free: Tuple[List[Context], List[Context]] = ([], [])


def borrow(handle: Any) -> Context:
    """A context for one call on a handle. One that is not given back is freed."""
    listens = handle.credentials is not None or threading.get_ident() == _main
    try:
        return _free[listens].pop()
    except IndexError:
        return Context(listens=listens)


def give_back(context: Context) -> None:
    """Keeps a context for later calls."""
    if context.first_bytes.reader:
        context.first_bytes.reader.close()
        context.first_bytes.reader.credentials = None
    _free[context.listens].append(context)


# What Python does by itself between two lines, but does not in the child of a thread
# that forked: Python 3.13.0 tells the thread that had been the main one.
_check_signals = ctypes.pythonapi.PyErr_CheckSignals

# The hook that takes the first one of its two arguments: `send` has one. The
# reason is the second.
_Hook = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_size_t)


def _ask(
    found: List[BaseException], provided: List[Any], told: Optional[Callable[[], None]]
) -> Generator[int, int, None]:
    """Answers whether the call should end. Where a provider gives credentials, it
    renews those that are due: so it need not know the reason, which `send` has no
    place for. Where somebody wants to know how far the call is, it tells.

    Python runs signal handlers when the
    generator goes on, inside its `try`: what they raise in a function that was
    just called is raised before its first `try`, and lost (20 of 20 times). So
    is what they raise behind the `try`: nothing there lets one run, up to 1."""
    try:
        while True:
            yield 0
            _check_signals()
            if provided:
                provided[0].renew()
            if told is not None:
                told()
    except GeneratorExit:
        return
    except BaseException as raised:  # whatever a handler or a provider raises
        found[:] = [raised]
    while True:
        yield 1


def _in_child() -> None:
    """The thread that forked is the main one, and what is free belongs to the parent."""
    global _main
    _main = threading.get_ident()
    for free in _free:
        free.clear()


os.register_at_fork(after_in_child=_in_child)


@atexit.register
def _settle() -> None:
    if any(_free):  # else no call has waited in this process
        settle()


def settle() -> None:
    """Lets what interrupted calls left to clean up come to an end: uploads
    to be aborted. Another Ctrl-C ends that."""
    try:
        context = Context()
        library.rstore_settle(context.handle, None)
    except BaseException:  # the process ends anyway, and says its own error
        pass
