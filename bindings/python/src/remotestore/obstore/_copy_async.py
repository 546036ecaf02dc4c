"""In an event loop: copy and rename.

Written by generate_async.py from _copy.py: change that."""

from typing import Any

from .. import _abi
from .._arguments import passed
from .._library import library
from .._path import encode
from .._queue import wait
from ._arguments import boolean, raw
from ._errors import translated
from ._view import async_operations


async def copy_async(store: Any, from_: str, to: str, *, overwrite: bool = True) -> None:
    """Copies an object inside a store, with its attributes and tags. The bytes do
    not pass through this process where the store can copy itself.

    :param overwrite: replace an object that exists; else that is refused, atomically
    :raises FileNotFoundError: if there is no source
    :raises AlreadyExistsError: if there is a target, and ``overwrite`` is False
    """
    await _transfer_async(library.rstore_copy, store, from_, to, overwrite)


async def rename_async(store: Any, from_: str, to: str, *, overwrite: bool = True) -> None:
    """Moves an object, as :func:`copy` copies it. S3 has no such request: the source
    is deleted when it has been copied."""
    await _transfer_async(library.rstore_move, store, from_, to, overwrite)


async def _transfer_async(function: Any, store: Any, from_: str, to: str, overwrite: bool) -> None:
    at, (source, _), (target, _) = async_operations(store), encode(raw(from_)), encode(raw(to))
    flags = _abi.RAW | _abi.RAW_TARGET | _abi.OVERWRITE * boolean("overwrite", overwrite)
    args = _abi.rstore_args(flags=flags)
    with translated:
        await wait(function, at._handle, source, len(source), target, len(target), *passed(args))
