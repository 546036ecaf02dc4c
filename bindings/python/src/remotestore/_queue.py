"""Calls that go on while an event loop does something else: each loop that makes
some has a queue of the library, and watches its descriptor."""

from __future__ import annotations

import atexit
import ctypes
import functools
import itertools
import os
import struct
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any, Awaitable, Callable, List, Optional

from . import _abi, _call, _log
from ._call import call, progress_of, settle
from ._errors import RemoteStoreError, Unauthenticated, exception
from ._library import library
from ._memory import FirstBytes, Handle, Progress

if TYPE_CHECKING:
    import asyncio  # it takes 30 ms, and who has a loop of it has imported it

    from ._progress import Teller

_MOST = 256  # events that are fetched by one call
_KEPT = 256  # contexts that are kept for later calls
_EVERY = 0.05  # seconds between two words of how far a transfer is, as of a hook
_EVENT = struct.Struct("@Nii")  # rstore_event


async def wait(function: Any, handle: Any, *arguments: Any, context: "Optional[Record]" = None) -> bool:
    """Calls a function that may wait, and lets the loop go on meanwhile. It says
    whether there was something: False is the end of a listing. Who cancels the
    task ends the call; that is raised when the call touches no memory any more."""
    if context is not None:
        return await context.wait(function, handle, *arguments)
    queue = _current()
    own = queue.borrow()
    try:
        return await own.wait(function, handle, *arguments)
    finally:
        queue.give_back(own)


def borrow(handle: Any) -> "Context":
    """A context for one call after the other. One that is not given back is freed."""
    return _current().borrow()


def give_back(context: "Context") -> None:
    """Keeps a context for later calls."""
    context.queue.give_back(context)


class Record:
    """What the endpoint was asked by the calls of one operation, for the log."""

    def __init__(self) -> None:
        self.attempts, self.request_id = 0, b""

    async def wait(self, function: Any, handle: Any, *arguments: Any) -> bool:
        """See the function of that name."""
        queue = _current()
        own = queue.borrow()
        try:
            before = own.progress()
            try:
                return await own.wait(function, handle, *arguments)
            finally:
                after = own.progress()
                self.attempts += after.attempts - before.attempts
                self.request_id = after.request_id
        finally:
            queue.give_back(own)

    def progress(self) -> "Record":
        return self


class Watched(Record):
    """The context of all calls of one transfer, of which somebody wants to know how far it
    is, in a ``with`` block."""

    def __init__(self, teller: Teller) -> None:
        super().__init__()
        self.teller = teller

    @property
    def first_bytes(self) -> FirstBytes:
        return self._own.first_bytes

    async def wait(self, function: Any, handle: Any, *arguments: Any) -> bool:
        stop = self._own.queue.wake_every(_EVERY, self._own)
        try:
            return await self._own.wait(function, handle, *arguments)
        finally:
            stop()

    def progress(self) -> Any:
        return self._own.progress()

    def __enter__(self) -> "Watched":
        queue = _current()
        # One of its own: those that are kept have counted what other transfers had.
        self._own = queue.new_context()
        self._own.told = lambda: self.teller.tell(self._own.progress())
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        try:
            if kind is None:
                self.teller.tell(self._own.progress(), over=True)
        finally:
            self._own.told, self._own.spoilt = None, True
            give_back(self._own)
            self.teller.close()


watch = functools.partial(_call.watch, kind=Watched)


class Operation(_log.Operation):
    """One that changes something, in an event loop."""

    def _traced(self) -> Record:
        return Record()


class Context:
    """What one call at a time needs: a context of the library that belongs to the
    queue, and memory for what the library writes."""

    future: Any = None  # what the task waits for, as its loop knows it
    told: Optional[Callable[[], None]] = None  # when the call is woken without an event
    _first_bytes: Optional[FirstBytes] = None

    def __init__(self, queue: "Queue", key: int) -> None:
        self.queue, self.key, self.handle = queue, key, Handle()
        self.found: List[int] = []  # the status of the call, PENDING until its event
        self.asked = self.spoilt = False  # for credentials; by a cancel, for other calls
        self._error = ctypes.c_uint64()
        self._error_out = ctypes.byref(self._error)
        call(library.rstore_ctx_new, 0, ctypes.byref(self.handle))
        call(library.rstore_ctx_submit, self.handle, queue.value, key)

    @property
    def first_bytes(self) -> FirstBytes:
        if self._first_bytes is None:
            self._first_bytes = FirstBytes()
        return self._first_bytes

    @property
    def in_flight(self) -> bool:
        return bool(self.found) and self.found[0] == _abi.PENDING

    async def wait(self, function: Any, handle: Any, *arguments: Any) -> bool:
        """See the function of that name."""
        credentials = handle.credentials
        if credentials is not None:
            await credentials.before_task(self.queue.sleep)
        found = self.found = []
        refused: Optional[Unauthenticated] = None
        try:
            # No signal handler runs between the call and the list that has its status.
            found.extend(itertools.starmap(function, ((handle, self.handle, *arguments, self._error_out),)))
            while found[0] == _abi.PENDING:
                await self.queue.turn(self)
                if self.told is not None:
                    self.told()
                if self.asked:
                    self.asked = False
                    refused = await self._renew(credentials)
            status = found[0]
            if status and status != _abi.END:
                if status == _abi.UNAUTHENTICATED and credentials is not None and credentials.refusal:
                    raise refused or Unauthenticated(credentials.refusal)  # another call has asked
                raise exception(status, self._error)
        except BaseException as raised:
            try:
                if self.in_flight:
                    self.cancel()
                    await self.queue.end(self, raised)
            finally:
                library.rstore_close(self._error)
            raise
        return not status

    def cancel(self) -> None:
        """Ends the call, whose event comes then."""
        self.spoilt = True
        library.rstore_ctx_cancel(self.handle, None)

    def progress(self) -> Progress:
        """What the calls with this context have done so far."""
        return progress_of(self.handle)

    async def _renew(self, credentials: Any) -> Optional[Unauthenticated]:
        """Answers a request that waits for credentials, and says why there are none."""
        if credentials is None:
            raise Unauthenticated("the store waits for credentials that are pushed, but has no provider of them")
        try:
            await credentials.renew_in_task(self.queue.sleep)
        except Unauthenticated as error:
            credentials.none()
            return error
        return None


class Queue:
    """What one event loop has in flight. The loop has what watches the descriptor,
    and that has the handle: it is closed with the loop, which ends what is in
    flight and waits for it."""

    def __init__(self) -> None:
        self._owner, fd = Handle(), ctypes.c_int32()
        call(library.rstore_queue_new, ctypes.byref(self._owner), ctypes.byref(fd))
        self.value, self.fd = self._owner.value, fd.value
        self._contexts: List[Optional[Context]] = []  # by the key that their events have
        self._keys: List[int] = []  # that are not used any more
        self._free: List[Context] = []
        self._events, self._count = (_abi.rstore_event * _MOST)(), ctypes.c_size_t()
        self._next = 0  # of the events, which an interrupted drain has left
        _all.add(self)

    def disown(self) -> Handle:
        """The handle, for who closes it."""
        owner, self._owner = self._owner, Handle()
        return owner

    def borrow(self) -> Context:
        try:
            return self._free.pop()
        except IndexError:
            return self.new_context()

    def new_context(self) -> Context:
        if not self._keys:
            self._contexts.append(None)
            self._keys.append(len(self._contexts) - 1)
        context = Context(self, self._keys[-1])
        self._contexts[self._keys.pop()] = context
        return context

    def give_back(self, context: Context) -> None:
        first = context._first_bytes
        if first is not None and first.reader:
            first.reader.close()
            first.reader.credentials = None
        if context.spoilt or len(self._free) >= _KEPT:
            context.handle.close()
            self._contexts[context.key] = None
            self._keys.append(context.key)
        else:
            self._free.append(context)

    def drain(self, owner: Any = None) -> None:
        """Fetches events and wakes who waits for them. What a signal handler raises
        meanwhile loses none of them."""
        try:
            self._deliver()
            self._fetch(0)
            self._deliver()
        except BaseException:
            self._deliver()  # before any task goes on
            raise

    def block(self, context: Context) -> None:
        """Waits for the event of a call on this thread, where no task can wait any more."""
        while context.in_flight:
            self._deliver()
            if context.in_flight and self._fetch(-1):
                return  # the queue was closed, and nothing is in flight then
            self._deliver()

    def _fetch(self, timeout_ms: int) -> int:
        self._next = self._count.value = 0
        status: int = library.rstore_queue_wait(
            self.value, timeout_ms, self._events, ctypes.sizeof(_abi.rstore_event), _MOST, ctypes.byref(self._count), None)
        return status

    def _deliver(self) -> None:
        while self._next < self._count.value:
            key, kind, status = _EVENT.unpack_from(self._events, self._next * _EVENT.size)
            context = self._contexts[key]
            if context is not None:
                if kind == _abi.EVENT_DONE:
                    context.found[0] = status
                else:
                    context.asked = True
                self.wake(context)
            self._next += 1

    def turn(self, context: Context) -> Awaitable[Any]:
        """Lets the task wait for the next event of its call. If it is cancelled, so
        is the call."""
        raise NotImplementedError

    def wake(self, context: Context) -> None:
        """Ends that wait."""
        raise NotImplementedError

    async def end(self, context: Context, why: BaseException) -> None:
        """Waits for the end of a call, whoever cancels the task."""
        raise NotImplementedError

    def wake_every(self, seconds: float, context: Context) -> Callable[[], None]:
        """Wakes a call without an event, again and again, until what it returns is called."""
        raise NotImplementedError

    sleep: Callable[[float], Awaitable[None]]


class _AsyncioQueue(Queue):
    """Of asyncio, uvloop, and every other loop that has its interface."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        import asyncio

        super().__init__()
        self.sleep = asyncio.sleep
        # Of all that is here only this one has the handle, and only the loop has this one.
        loop.add_reader(self.fd, functools.partial(self.drain, self.disown()))

    def turn(self, context: Context) -> Awaitable[Any]:
        import asyncio

        context.future = future = asyncio.get_running_loop().create_future()
        if not context.in_flight or context.asked:  # it came while memory was collected
            future.set_result(None)
        return future

    def wake(self, context: Context) -> None:
        if context.future is not None and not context.future.done():
            context.future.set_result(None)

    async def end(self, context: Context, why: BaseException) -> None:
        try:
            import asyncio

            if isinstance(why, GeneratorExit):
                raise why
            while context.in_flight:
                try:
                    await self.turn(context)
                except asyncio.CancelledError:
                    pass  # once more
        except BaseException:  # the loop will never go on with this task
            self.block(context)
            raise

    def wake_every(self, seconds: float, context: Context) -> Callable[[], None]:
        import asyncio

        loop = asyncio.get_running_loop()

        def again() -> None:
            timer[:] = [loop.call_later(seconds, wake)]

        def wake() -> None:
            self.wake(context)
            again()

        timer: List[asyncio.TimerHandle] = []
        again()
        return lambda: timer[0].cancel()


class _TrioQueue(Queue):
    """Of trio."""

    def __init__(self, lowlevel: Any) -> None:
        super().__init__()
        self._lowlevel = lowlevel
        self.sleep = sys.modules["trio"].sleep
        lowlevel.spawn_system_task(self._watch, self.disown())

    async def _watch(self, owner: Handle) -> None:
        try:
            while True:
                await self._lowlevel.wait_readable(self.fd)
                self.drain()
        finally:
            owner.close()

    def turn(self, context: Context) -> Awaitable[Any]:
        return self._turn(context, shielded=False)

    async def _turn(self, context: Context, shielded: bool) -> None:
        cancelled: List[Any] = []

        def abort(raise_cancel: Any) -> Any:
            if not shielded:
                context.cancel()
                cancelled.append(raise_cancel)
            return self._lowlevel.Abort.FAILED

        context.future = self._lowlevel.current_task()
        await self._lowlevel.wait_task_rescheduled(abort)
        if cancelled:
            cancelled[0]()  # which raises

    def wake(self, context: Context) -> None:
        if context.future is not None:
            task, context.future = context.future, None
            self._lowlevel.reschedule(task)

    async def end(self, context: Context, why: BaseException) -> None:
        try:
            if isinstance(why, GeneratorExit):
                raise why
            while context.in_flight:
                await self._turn(context, shielded=True)
        except BaseException:
            self.block(context)
            raise

    def wake_every(self, seconds: float, context: Context) -> Callable[[], None]:
        scope = sys.modules["trio"].CancelScope()

        async def wake() -> None:
            with scope:
                while True:
                    await self.sleep(seconds)
                    self.wake(context)

        self._lowlevel.spawn_system_task(wake)
        return scope.cancel  # type: ignore[no-any-return]


_here = threading.local()  # the loop and the queue that this thread asked for last: weak references
_of_loops: "weakref.WeakKeyDictionary[Any, weakref.ref[Queue]]" = weakref.WeakKeyDictionary()
_all: "weakref.WeakSet[Queue]" = weakref.WeakSet()
_of_trio: Any = None  # the RunVar that has the queue of a run


def _current() -> Queue:
    """The queue of the loop that runs."""
    if "trio" in sys.modules and _trio_runs():
        return _in_trio()
    import asyncio

    loop = asyncio.get_running_loop()
    try:
        known, queue = _here.known
        found: Optional[Queue] = queue() if known() is loop else None
        if found is not None:
            return found
    except AttributeError:
        pass
    made = _of_loops.get(loop)
    found = None if made is None else made()
    if found is None:
        found = _AsyncioQueue(loop)
        _of_loops[loop] = weakref.ref(found)
    _here.known = weakref.ref(loop), weakref.ref(found)
    return found


def _trio_runs() -> bool:
    # trio tells who asks which library runs: it may itself run inside of another loop.
    sniffio = sys.modules.get("sniffio")
    return sniffio is not None and sniffio.thread_local.name == "trio"


def _in_trio() -> Queue:
    global _of_trio
    lowlevel = sys.modules["trio"].lowlevel
    if _of_trio is None:
        _of_trio = lowlevel.RunVar("remotestore")
    found: Optional[Queue] = _of_trio.get(None)
    if found is None:
        found = _TrioQueue(lowlevel)
        _of_trio.set(found)
    return found


def _in_child() -> None:
    """The queues belong to the parent."""
    global _here
    _here = threading.local()
    _of_loops.clear()
    _all.clear()


os.register_at_fork(after_in_child=_in_child)


@atexit.register
def _close() -> None:
    """Ends what is in flight while its memory is still there."""
    queues = list(_all)
    for queue in queues:
        library.rstore_close(queue.value)
    if queues:
        settle()
