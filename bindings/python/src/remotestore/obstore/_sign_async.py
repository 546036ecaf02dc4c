"""In an event loop: sign.

Written by generate_async.py from _sign.py: change that."""

import ctypes
import datetime
from typing import Any, List, Sequence, Union, overload

from .. import _abi
from .._library import library
from .._memory import Text
from .._operations_async import AsyncOperations
from .._path import RawPath
from ._arguments import raw_paths, string
from ._errors import translated
from ._sign import HTTP_METHOD, _METHODS
from ._view import async_operations
from .exceptions import NotSupportedError


@overload
async def sign_async(store: Any, method: HTTP_METHOD, paths: str, expires_in: datetime.timedelta) -> str: ...


@overload
async def sign_async(store: Any, method: HTTP_METHOD, paths: Sequence[str], expires_in: datetime.timedelta) -> List[str]: ...


async def sign_async(
    store: Any, method: HTTP_METHOD, paths: Union[str, Sequence[str]], expires_in: datetime.timedelta
) -> Union[str, List[str]]:
    """Makes URLs with which everybody may send one kind of request, until they
    expire, or the credentials do. Nothing is asked of the endpoint.

    :param expires_in: 1 second to 7 days
    :raises ValueError: for a store that has no such URLs, and an unknown method
    """
    at, verb = async_operations(store), string("method", method)
    wanted = raw_paths(paths)
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}")
    if not isinstance(expires_in, datetime.timedelta):
        raise TypeError(f"expires_in must be a timedelta, not {type(expires_in).__name__}")
    seconds = expires_in // datetime.timedelta(seconds=1)
    if seconds < 0:
        raise ValueError("expires_in must be more than nothing")
    try:
        with translated:
            urls = [await _signed_async(at, path, verb, seconds) for path in wanted]
    except NotSupportedError as error:
        raise ValueError(str(error)) from error
    return urls[0] if isinstance(paths, str) else urls


async def _signed_async(at: AsyncOperations, path: RawPath, method: bytes, seconds: int) -> str:
    url = Text()
    await at._call(library.rstore_sign, path, _abi.rstore_args(), method, len(method), min(seconds, 2**64 - 1), ctypes.byref(url),
                   ctypes.sizeof(url))
    return str(url)
