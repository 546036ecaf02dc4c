"""In an event loop: put.

Written by generate_async.py from _put.py: change that."""

import ctypes
from typing import Any, AsyncIterator, Dict, Optional, Tuple

from .. import _abi
from .._arguments import encoded, passed
from .._library import library
from .._memory import Object
from .._operations_async import AsyncOperations
from .._path import RawPath
from .._queue import wait
from .._sources import on_disk
from ._arguments import boolean, keeps_tags, number, optional, raw, write_args
from ._async_sources import chunks
from ._errors import translated
from ._meta import Attributes
from ._put import PutMode, PutResult, Source, _in_mode, _memory, _opened
from ._view import async_operations
from ._writing_async import AsyncWriting


async def put_async(
    store: Any,
    path: str,
    file: Source,
    *,
    attributes: Optional[Attributes] = None,
    tags: Optional[Dict[str, str]] = None,
    mode: Optional[PutMode] = None,
    use_multipart: Optional[bool] = None,
    chunk_size: int = 5 * 1024 * 1024,
    max_concurrency: int = 12,
) -> PutResult:
    """Writes an object, all of it or nothing.

    :param file: anything with memory; the path of a local file; a file, which is read
        from where it is to its end; or an iterable of what has memory
    :param attributes: those of HTTP, such as ``Content-Type``; any other is the user's
        metadata
    :param mode: ``"create"`` refuses to replace an object, ``"overwrite"`` is the
        default; what a put or a head told replaces just that object
    :param use_multipart: True sends memory in parts as they are needed, as all that is
        no memory is sent; False in one request up to 64 MiB, which is the default
    :param chunk_size: without effect, as the next: the engine chooses parts and how many
        of them are on their way, within ``memory_budget`` of the store
    :raises AlreadyExistsError: if it exists and may not be replaced
    :raises PreconditionError: if it is not the one to be replaced
    """
    at, p = async_operations(store), raw(path)
    args = _in_mode(mode, write_args(attributes, tags, keeps_tags(at)))
    in_parts = optional(boolean, "use_multipart", use_multipart)
    number("chunk_size", chunk_size)
    number("max_concurrency", max_concurrency)
    memory = _memory(file)
    if memory is not None and in_parts:
        made = await _stream_async(at, p, args, chunks([file]))
    elif memory is not None:
        made = await _at_once_async(at, p, args, memory)
    else:
        with _opened(file) as source:
            found = on_disk(source)
            if found is None:
                made = await _stream_async(at, p, args, chunks(source))
            else:
                descriptor, args.offset = found
                made = await _from_disk_async(at, p, args, descriptor)
                source.seek(found[1] + made.size)  # as if it had been read
    return {"e_tag": made.etag.decode() or None, "version": made.version_id.decode() or None}


async def _at_once_async(at: AsyncOperations, path: RawPath, args: _abi.rstore_args, memory: Tuple[Any, int, Any]) -> Object:
    (p, _), (pointer, length, _alive), made = encoded(path, args), memory, Object()
    with translated:
        await wait(library.rstore_put, at._handle, p, len(p), pointer, length, *passed(args), ctypes.byref(made),
                   ctypes.sizeof(made))
    return made


async def _from_disk_async(at: AsyncOperations, path: RawPath, args: _abi.rstore_args, descriptor: int) -> Object:
    (p, _), made = encoded(path, args), Object()
    with translated:
        await wait(library.rstore_put_file, at._handle, p, len(p), descriptor, *passed(args), ctypes.byref(made),
                   ctypes.sizeof(made))
    return made


async def _stream_async(at: AsyncOperations, path: RawPath, args: _abi.rstore_args, chunks: AsyncIterator[Any]) -> Object:
    with AsyncWriting(at, path, args, translated) as writing:
        async for chunk in chunks:
            await writing.write(chunk)
        return await writing.commit()
