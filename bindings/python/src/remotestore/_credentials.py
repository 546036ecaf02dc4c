"""Credentials that a function of the program gives."""

from __future__ import annotations

import contextvars
import ctypes
import math
import threading
import time
from typing import Any, Awaitable, Callable, Mapping, Optional, Tuple, Union

from . import _abi
from ._call import call
from ._errors import InvalidArgument, RemoteStoreError, Unauthenticated
from ._library import library
from ._log import logger
from ._memory import text
from ._secret import Secret

Credentials = Mapping[str, Any]
CredentialProvider = Callable[[], Union[Credentials, Awaitable[Credentials]]]
Sleep = Callable[[float], Awaitable[None]]

_NEVER, _NOW = 0, 1  # of rstore_credentials_due
_FIELDS = ("access_key_id", "secret_access_key", "token", "expires_at")
_LISTED = ", ".join(_FIELDS)


class Provided:
    """The credentials of one backend, which a provider gives. The thread that makes
    a call asks it: before the call if they are due, or from the interrupt hook
    while it waits; one thread at a time.

    The backend is known by the number of its handle: each handle of what is open
    on it holds this.
    """

    def __init__(self, provider: CredentialProvider, store: int) -> None:
        self._provider, self._store = provider, store
        self._due = 0.0  # seconds since 1970, so that most calls need not ask the library
        self._again = 0.0  # before which nobody renews what still serves
        self._asking = threading.Lock()  # held while the provider is asked
        self._asker: Optional[int] = None  # the thread that does
        self.refusal = ""  # why the provider gave nothing, if it gave nothing since

    def before_call(self) -> None:
        """Renews what is due."""
        if time.time() >= self._due:
            self.renew()

    def renew(self) -> None:
        """Renews what is due as the library knows it, which also knows what an
        endpoint refuses."""
        if not self._is_due():
            return
        if self._asking.locked():
            if self._asker == threading.get_ident():
                raise _itself()
            if self._due_ns() != _NOW:
                return  # another thread is at it, and those that there are serve on
        with self._asking:
            try:
                self._asker = threading.get_ident()
                if self._is_due():
                    self._ask()
            finally:
                self._asker = None

    async def before_task(self, sleep: "Sleep") -> None:
        """The same for a call that a task makes, which awaits an async provider."""
        if time.time() >= self._due:
            await self.renew_in_task(sleep)

    async def renew_in_task(self, sleep: "Sleep") -> None:
        """The same as renew; others are waited for without stopping the loop."""
        if not self._is_due():
            return
        if self in _asked_by_task.get():
            raise _itself()
        import inspect

        while not self._asking.acquire(blocking=False):
            if self._due_ns() != _NOW:
                return
            await sleep(_POLL)
            if not self._is_due():
                return
        token = _asked_by_task.set((*_asked_by_task.get(), self))
        try:
            self._asker = threading.get_ident()
            if self._is_due():
                given = self._provider()
                self._push(await given if inspect.isawaitable(given) else given)
        except Exception as error:
            self._failed(error)
        finally:
            _asked_by_task.reset(token)
            self._asker = None
            self._asking.release()

    def none(self) -> None:
        """Ends the wait of those requests that wait for credentials."""
        call(library.rstore_credentials_none, self._store)

    def _ask(self) -> None:
        try:
            self._push(_given(self._provider))
        except Exception as error:
            self._failed(error)

    def _push(self, given: Any) -> None:
        pushed = _record(given)
        call(library.rstore_credentials_set, self._store, ctypes.byref(pushed), ctypes.sizeof(pushed))
        self.refusal = ""
        self._is_due()

    def _failed(self, error: Exception) -> None:
        if self._due_ns() == _NOW:
            self.refusal = f"the credential provider gave no credentials: {_named(error)}"
            raise Unauthenticated(self.refusal) from error
        logger("_credentials").warning("credentials could not be renewed, and serve until they expire: %s", _named(error))
        self._again = time.time() + _PAUSE
        self._is_due()

    def _is_due(self) -> bool:
        due = self._due_ns()
        if due == _NEVER:
            self._due = math.inf
        else:
            self._due = 0.0 if due == _NOW else max(due / 1e9, self._again)
        return time.time() >= self._due

    def _due_ns(self) -> int:
        due = ctypes.c_int64()
        call(library.rstore_credentials_due, self._store, ctypes.byref(due))
        return due.value


_PAUSE = 1.0  # seconds between two failures to renew what still serves
_POLL = 0.005  # seconds between two looks whether another task, or thread, is done with asking

# The providers that this task is called by.
_asked_by_task: "contextvars.ContextVar[Tuple[Provided, ...]]" = contextvars.ContextVar("asked", default=())


def _itself() -> Unauthenticated:
    return Unauthenticated("the credential provider itself uses the store, which waits for its credentials")


def _named(error: Exception) -> str:
    """The error, whose text may be a secret if it is the provider's own."""
    return str(error.message) if isinstance(error, RemoteStoreError) else type(error).__name__


def _given(provider: CredentialProvider) -> Any:
    """What the provider returns, or its coroutine."""
    import asyncio
    import inspect

    given = provider()
    if not inspect.isawaitable(given):
        return given
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_result(given))
    if inspect.iscoroutine(given):
        given.close()
    raise Unauthenticated(
        "it is async, and this thread runs an event loop, which the call stops: call the store in another thread "
        "(asyncio.to_thread), or use remotestore.aio, or the functions of remotestore.obstore that are named _async")


async def _result(given: Awaitable[Any]) -> Any:
    return await given


def _record(given: Any) -> _abi.rstore_credentials:
    """What a provider gave, for the library, which refuses what has expired."""
    if not isinstance(given, Mapping):
        raise InvalidArgument(f"it must return a mapping with {_LISTED}, not {type(given).__name__}")
    if not set(given) <= set(_FIELDS):
        raise InvalidArgument(f"it returned a field that is none of {_LISTED}")
    for name in ("access_key_id", "secret_access_key", "expires_at"):
        if name not in given:
            raise InvalidArgument(f"it returned no {name}, but must return {_LISTED}, where expires_at may be None")
    key, secret = _text(given, "access_key_id"), _text(given, "secret_access_key")
    token = b"" if given.get("token") is None else _text(given, "token")
    return _abi.rstore_credentials(key, len(key), secret, len(secret), token, len(token), _expires(given["expires_at"]))


def _text(given: Credentials, name: str) -> bytes:
    value = given[name]
    if isinstance(value, Secret):
        value = value.reveal()
    if not isinstance(value, str):
        raise InvalidArgument(f"{name} must be a str, not {type(value).__name__}")
    return text(value)


def _expires(at: Any) -> int:
    """Nanoseconds since 1970."""
    import datetime

    from ._time import nanoseconds_of

    if at is None:
        return _NEVER
    if not isinstance(at, datetime.datetime):
        raise InvalidArgument(f"expires_at must be a datetime or None, not {type(at).__name__}")
    if at.utcoffset() is None:
        raise InvalidArgument("expires_at must say its time zone, as datetime.now(timezone.utc) does")
    return max(nanoseconds_of(at), 1)
