"""put."""

import collections.abc
import contextlib
import ctypes
import io
import os
from typing import IO, Any, ContextManager, Dict, Iterable, Iterator, Literal, Optional, Tuple, TypedDict, Union

from .. import _abi
from .._arguments import encoded, passed
from .._call import wait
from .._library import library
from .._memory import Object, readable
from .._operations import Operations
from .._path import RawPath
from .._sources import on_disk
from .._streams import BUFFER_SIZE
from ._arguments import boolean, keeps_tags, number, operations, optional, raw, string, write_args
from ._errors import all_of, translated
from ._meta import Attributes
from ._writing import Writing
from .exceptions import GenericError, NotSupportedError


class UpdateVersion(TypedDict, total=False):
    """The object that is to be replaced, as a put or a head told it."""

    e_tag: Optional[str]
    version: Optional[str]


class PutResult(TypedDict):
    """What a put made."""

    e_tag: Optional[str]
    version: Optional[str]


PutMode = Union[Literal["create", "overwrite"], UpdateVersion, PutResult]
Source = Union[str, "os.PathLike[str]", IO[bytes], IO[str], bytes, bytearray, memoryview, Iterable[Any], Any]


def put(
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
    at, p = operations(store), raw(path)
    args = _in_mode(mode, write_args(attributes, tags, keeps_tags(at)))
    in_parts = optional(boolean, "use_multipart", use_multipart)
    number("chunk_size", chunk_size)
    number("max_concurrency", max_concurrency)
    memory = _memory(file)
    if memory is not None and in_parts:
        made = _stream(at, p, args, _chunks([file]))
    elif memory is not None:
        made = _at_once(at, p, args, memory)
    else:
        with _opened(file) as source:
            found = on_disk(source)
            if found is None:
                made = _stream(at, p, args, _chunks(source))
            else:
                descriptor, args.offset = found
                made = _from_disk(at, p, args, descriptor)
                source.seek(found[1] + made.size)  # as if it had been read
    return {"e_tag": made.etag.decode() or None, "version": made.version_id.decode() or None}


def _at_once(at: Operations, path: RawPath, args: _abi.rstore_args, memory: Tuple[Any, int, Any]) -> Object:
    (p, _), (pointer, length, _alive), made = encoded(path, args), memory, Object()
    with translated:
        wait(library.rstore_put, at._handle, p, len(p), pointer, length, *passed(args), ctypes.byref(made),
             ctypes.sizeof(made))
    return made


def _from_disk(at: Operations, path: RawPath, args: _abi.rstore_args, descriptor: int) -> Object:
    (p, _), made = encoded(path, args), Object()
    with translated:
        wait(library.rstore_put_file, at._handle, p, len(p), descriptor, *passed(args), ctypes.byref(made),
             ctypes.sizeof(made))
    return made


def _stream(at: Operations, path: RawPath, args: _abi.rstore_args, chunks: Iterator[Any]) -> Object:
    with Writing(at, path, args, translated) as writing:
        for chunk in chunks:
            writing.write(chunk)
        return writing.commit()


def _in_mode(mode: Any, args: _abi.rstore_args) -> _abi.rstore_args:
    if isinstance(mode, dict):
        tag = optional(string, "e_tag", mode.get("e_tag"))
        optional(string, "version", mode.get("version"))
        if not tag:
            raise _NO_TAG("mode has no e_tag of the object that is to be replaced")
        args.flags, args.if_match, args.if_match_len = 0, tag, len(tag)
    elif mode is not None:
        if not isinstance(mode, str):
            raise TypeError(f"mode must be a str or a dict, not {type(mode).__name__}")
        if mode.lower() not in ("create", "overwrite"):
            raise ValueError("mode must be 'create', 'overwrite', or a dict with the e_tag of the object to be replaced")
        args.flags = _abi.OVERWRITE * (mode.lower() == "overwrite")
    return args


_NO_TAG = all_of(NotSupportedError, GenericError)  # as obstore has it in a folder, and elsewhere


def _memory(source: Any) -> Optional[Tuple[Any, int, Any]]:
    try:
        return None if isinstance(source, (str, os.PathLike)) else readable(source)
    except TypeError:
        return None


def _chunks(source: Any) -> Iterator[Any]:
    """What is no memory, in pieces that are.

    :raises ValueError: if it cannot be read
    """
    if hasattr(source, "read") and hasattr(source, "seek"):
        return _blocks(source)
    if not isinstance(source, collections.abc.Iterable):
        raise ValueError(f"file must be memory, a path, a file, or an iterable of memory, not {type(source).__name__}")
    return iter(source)


def _opened(source: Any) -> ContextManager[Any]:
    """A file that is named, or what is none."""
    return open(source, "rb") if isinstance(source, (str, os.PathLike)) else contextlib.nullcontext(source)


def _blocks(file: Any) -> Iterator[Any]:
    if getattr(file, "closed", False) is True:
        raise io.UnsupportedOperation("the file is closed")
    while block := file.read(BUFFER_SIZE):
        yield block.encode() if isinstance(block, str) else block
