"""The store: what a program works with."""

import ctypes
import io
from typing import Any, BinaryIO, Callable, Iterator, List, Mapping, Optional, Union

from . import _abi
from ._backends import Backend, text
from ._errors import InvalidArgument, check
from ._library import library
from ._models import (
    FileInfo,
    FolderEntry,
    FolderInfo,
    RawPath,
    ResolutionPlan,
    UploadInfo,
    WriteResult,
    file_info,
    folder_entry,
    folder_info,
    upload_info,
    write_result,
)
from ._streams import Reader, Upload, Writer, readable_memory, take, writable_memory

_BUFFER_SIZE = 1 << 20


class Store:
    """Objects under paths such as ``"folder/file.txt"``.

    Paths are relative to the store and normalised: ``"a//b/./"`` is
    ``"a/b"``. A store may be used from any number of threads.

    :param backend: where the objects are
    :param root_path: folder of the backend that the store is
    """

    def __init__(self, backend: Backend, root_path: str = "") -> None:
        if not isinstance(backend, Backend):
            raise TypeError(f"backend must be a Backend, not {type(backend).__name__}")
        self._backend = backend
        self._root = root_path
        self._handle = backend._handle
        self._is_child = False
        if root_path:
            self._handle = self._open_child(root_path)

    @classmethod
    def from_url(cls, url: str, **options: str) -> "Store":
        """Opens ``memory://``, ``memory://name``, ``file:///folder`` or
        ``s3://bucket/prefix``. The options are those of the library, such as
        ``endpoint``, ``region``, ``access_key_id``, ``max_attempts``.

        :raises InvalidArgument: for a URL that cannot be right
        :raises InvalidOption: for an option that cannot be right
        """
        return cls(Backend(url, dict(options)))

    def child(self, subpath: str) -> "Store":
        """The store of a folder in this one. Closing it does nothing."""
        child = object.__new__(type(self))
        child._backend, child._root, child._is_child = self._backend, subpath, True
        child._handle = self._open_child(subpath)
        return child

    # -- objects ---------------------------------------------------------------

    def exists(self, path: str) -> bool:
        """Tells whether there is an object or a folder."""
        return self._exists(path, 0)

    def is_file(self, path: str) -> bool:
        """Tells whether there is an object."""
        return self._exists(path, _abi.OBJECTS)

    def is_folder(self, path: str) -> bool:
        """Tells whether there is a folder. The root always is one."""
        return self._exists(path, _abi.FOLDERS)

    def get_file_info(self, path: str) -> FileInfo:
        """Describes an object.

        :raises NotFound: if there is none
        :raises InvalidPath: for a folder
        """
        return take(self._head(path), file_info)

    def head(self, path: str) -> WriteResult:
        """Describes an object in the form of what a write returns."""
        return take(self._head(path), write_result)

    def read_bytes(self, path: str, *, offset: int = 0, length: int = 0) -> bytes:
        """Reads an object, or a range of it.

        :param offset: first byte
        :param length: number of bytes; 0 is all up to the end. A range that
            ends behind the object is cut there
        :raises NotFound: if there is none
        :raises InvalidPath: for a folder
        :raises RangeNotSatisfiable: if the offset is not inside the object
        """
        found = _abi.rstore_object()
        self._call(library.rstore_get, path, _range(offset, length), ctypes.byref(found), ctypes.sizeof(found))
        return take(found, lambda o: ctypes.string_at(o.data, o.data_len))

    def read_text(self, path: str, *, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Reads an object and decodes it."""
        return self.read_bytes(path).decode(encoding, errors)

    def read_into(self, path: str, buffer: Any, *, offset: int = 0, length: int = 0) -> int:
        """Reads an object, or a range of it, into a writable buffer, such as a
        bytearray, and returns the number of bytes.

        :raises InvalidArgument: if the buffer is too small: nothing is cut
        """
        memory, size = writable_memory(buffer)
        filled = ctypes.c_size_t()
        self._call(library.rstore_get_into, path, _range(offset, length), memory, size, ctypes.byref(filled))
        return filled.value

    def read(self, path: str) -> BinaryIO:
        """Opens an object for reading: one request, whose answer is read as it
        comes; a seek costs another.

        :raises NotFound: if there is none
        :raises InvalidPath: for a folder
        """
        return io.BufferedReader(self._open_reader(path, 0), _BUFFER_SIZE)

    def read_seekable(self, path: str) -> BinaryIO:
        """Opens an object for reads here and there, without a buffer: each read
        is a request for just its bytes. All are of one version of the object.

        :raises ObjectChanged: at a read, if it changed meanwhile
        """
        return self._open_reader(path, _abi.RANDOM)  # type: ignore[return-value]

    def write(
        self, path: str, content: Any, *, overwrite: bool = False, metadata: Optional[Mapping[str, str]] = None
    ) -> WriteResult:
        """Writes an object, all of it or nothing.

        :param content: bytes, another object with contiguous memory, or a
            binary file, which is read from where it is to its end
        :param overwrite: replace an object that exists
        :param metadata: kept with the object
        :raises AlreadyExists: if it exists and may not be overwritten; it
            stays as it was, whoever else writes at the same time
        """
        if hasattr(content, "read"):
            with self.open_atomic(path, overwrite=overwrite, metadata=metadata) as writer:
                while True:
                    part = content.read(_BUFFER_SIZE)
                    if not part:
                        break
                    writer.write(part)
            return writer.result  # type: ignore[attr-defined,no-any-return]
        data, made = readable_memory(content), _abi.rstore_object()
        p, args = self._arguments(path, _write_args(overwrite, metadata))
        error = ctypes.c_uint64()
        check(library.rstore_put(self._handle, 0, p, len(p), data, len(data), ctypes.byref(args), ctypes.sizeof(args),
                                 ctypes.byref(made), ctypes.sizeof(made), ctypes.byref(error)), error)
        return take(made, write_result)

    def write_text(
        self,
        path: str,
        text: str,
        *,
        encoding: str = "utf-8",
        overwrite: bool = False,
        metadata: Optional[Mapping[str, str]] = None,
    ) -> WriteResult:
        """Encodes text and writes it."""
        return self.write(path, text.encode(encoding), overwrite=overwrite, metadata=metadata)

    def open_atomic(
        self, path: str, *, overwrite: bool = False, metadata: Optional[Mapping[str, str]] = None
    ) -> Writer:
        """Opens an object for writing, in a ``with`` block: nobody sees it
        before the end of the block, and all of it then; an exception in it
        leaves what was there before."""
        handle = ctypes.c_uint64()
        self._call(library.rstore_writer_open, path, _write_args(overwrite, metadata), ctypes.byref(handle))
        return Writer(handle.value)

    def create_upload(
        self, path: str, *, overwrite: bool = False, metadata: Optional[Mapping[str, str]] = None
    ) -> Upload:
        """Begins a multipart upload.

        :raises CapabilityNotSupported: where the backend has none
        """
        handle = ctypes.c_uint64()
        self._call(library.rstore_upload_open, path, _write_args(overwrite, metadata), ctypes.byref(handle))
        return Upload(handle.value)

    def delete(self, path: str, *, missing_ok: bool = False) -> None:
        """Deletes an object.

        :raises NotFound: if there is none, and that is not ok
        :raises InvalidPath: for a folder, always
        """
        self._call(library.rstore_delete, path, _abi.rstore_args(flags=_abi.MISSING_OK * missing_ok))

    def copy(self, src: str, dst: str, *, overwrite: bool = False) -> None:
        """Copies an object inside the store, with its metadata.

        :raises NotFound: if there is no source
        :raises AlreadyExists: if the target exists and may not be overwritten
        """
        self._transfer(library.rstore_copy, src, dst, overwrite)

    def move(self, src: str, dst: str, *, overwrite: bool = False) -> None:
        """Moves an object inside the store. S3 copies it and deletes the source."""
        self._transfer(library.rstore_move, src, dst, overwrite)

    # -- folders and listings ----------------------------------------------------

    def get_folder_info(self, path: str, *, max_depth: Optional[int] = None) -> FolderInfo:
        """Sums up the objects below a folder.

        :raises NotFound: if there is none; the root always is there
        :raises InvalidPath: for an object
        """
        found = _abi.rstore_folder()
        self._call(library.rstore_folder_info, path, _depth(0, max_depth), ctypes.byref(found), ctypes.sizeof(found))
        return folder_info(path, found)

    def delete_folder(self, path: str, *, recursive: bool = False, missing_ok: bool = False) -> None:
        """Deletes a folder, with ``recursive`` all that is in it too.

        :raises NotFound: if there is none, and that is not ok
        :raises DirectoryNotEmpty: if there is something in it
        :raises InvalidPath: for an object and for the root, always
        """
        flags = _abi.RECURSIVE * recursive | _abi.MISSING_OK * missing_ok
        self._call(library.rstore_delete_folder, path, _abi.rstore_args(flags=flags))

    def list_files(
        self, path: str, *, recursive: bool = False, pattern: Optional[str] = None, max_depth: Optional[int] = None
    ) -> Iterator[FileInfo]:
        """Lists the objects in a folder (``""`` is the root), in the byte order
        of the paths. A folder that does not exist is empty. Errors come with
        the first item.

        :param recursive: every level below it
        :param pattern: that the last segment of the path must match: ``*``,
            ``?``, ``[abc]``, ``[!abc]``
        :param max_depth: so many levels below it, whatever ``recursive`` says
        """
        flags = _abi.OBJECTS | _abi.RECURSIVE * recursive
        return self._entries(library.rstore_list_open, path, _depth(flags, max_depth, pattern), file_info)

    def list_folders(
        self, path: str, *, pattern: Optional[str] = None, max_depth: Optional[int] = None
    ) -> Iterator[FolderEntry]:
        """Lists the folders in a folder, with ``max_depth`` also those in them."""
        return self._entries(library.rstore_list_open, path, _depth(_abi.FOLDERS, max_depth, pattern), folder_entry)

    def iter_children(self, path: str) -> Iterator[Union[FileInfo, FolderEntry]]:
        """Lists the objects and the folders in a folder."""
        return self._entries(library.rstore_list_open, path, _abi.rstore_args(), _child)

    def glob(self, pattern: str) -> Iterator[FileInfo]:
        """Lists the objects whose path matches: ``*``, ``?`` and ``[abc]`` in a
        segment, ``**`` for any number of segments."""
        return self._entries(library.rstore_glob_open, pattern, _abi.rstore_args(), file_info)

    def list_uploads(self, path: str = "") -> Iterator[UploadInfo]:
        """Lists the multipart uploads to a folder that were begun and neither
        committed nor aborted, also by processes that died.

        :raises CapabilityNotSupported: where the backend has none
        """
        return self._entries(library.rstore_uploads_open, path, _abi.rstore_args(), upload_info)

    def abort_upload(self, path: str, upload_id: str) -> None:
        """Aborts such an upload."""
        i = text(upload_id)
        self._call(library.rstore_uploads_abort, path, _abi.rstore_args(), i, len(i))

    # -- the store ---------------------------------------------------------------

    def capabilities(self) -> List[str]:
        """What the backend can do, such as ``"atomic_move"``."""
        can, error = ctypes.c_uint64(), ctypes.c_uint64()
        check(library.rstore_capabilities(self._handle, ctypes.byref(can), ctypes.byref(error)), error)
        return [name for name, bit in _CAPABILITIES.items() if can.value & bit]

    def ping(self) -> None:
        """Finds out whether the place of the store exists and may be used."""
        error = ctypes.c_uint64()
        check(library.rstore_ping(self._handle, 0, ctypes.byref(error)), error)

    def native_path(self, key: str) -> str:
        """Where a path is, as people write it: ``"bucket/prefix/key"``."""
        return self.resolve(key).native_path

    def to_key(self, path: str) -> str:
        """The path in this store whose native path is ``path``.

        :raises InvalidPath: if it is not in this store
        """
        n, found, error = text(path), _abi.rstore_text(), ctypes.c_uint64()
        check(library.rstore_to_key(self._handle, n, len(n), None, 0, ctypes.byref(found), ctypes.sizeof(found),
                                    ctypes.byref(error)), error)
        return take(found, lambda t: t.text.decode())

    def resolve(self, key: str) -> ResolutionPlan:
        """Says where a path is, without a request."""
        p, args = self._arguments(key, _abi.rstore_args())
        found, error = _abi.rstore_location(), ctypes.c_uint64()
        check(library.rstore_resolve(self._handle, p, len(p), ctypes.byref(args), ctypes.sizeof(args),
                                     ctypes.byref(found), ctypes.sizeof(found), ctypes.byref(error)), error)
        return take(found, lambda l: _plan(key, l))

    def close(self) -> None:
        """Closes the backend, for every store on it. Of a child it does nothing."""
        if not self._is_child:
            self._backend.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if "_handle" in self.__dict__ and self._handle != self._backend._handle:
            library.rstore_close(self._handle)

    def __repr__(self) -> str:
        root = f", root_path={self._root!r}" if self._root else ""
        return f"Store({self._backend!r}{root})"

    # -- the calls ---------------------------------------------------------------

    def _exists(self, path: str, flags: int) -> bool:
        found = ctypes.c_int32()
        self._call(library.rstore_exists, path, _abi.rstore_args(flags=flags), ctypes.byref(found))
        return bool(found.value)

    def _head(self, path: str) -> _abi.rstore_object:
        found = _abi.rstore_object()
        self._call(library.rstore_head, path, _abi.rstore_args(), ctypes.byref(found), ctypes.sizeof(found))
        return found

    def _open_reader(self, path: str, flags: int) -> Reader:
        handle, found = ctypes.c_uint64(), _abi.rstore_object()
        self._call(library.rstore_reader_open, path, _abi.rstore_args(flags=flags),
                   ctypes.byref(handle), ctypes.byref(found), ctypes.sizeof(found))
        return Reader(handle.value, take(found, lambda o: o.length))

    def _open_child(self, path: str) -> int:
        p, args = self._arguments(path, _abi.rstore_args())
        handle, error = ctypes.c_uint64(), ctypes.c_uint64()
        check(library.rstore_child(self._handle, p, len(p), ctypes.byref(args), ctypes.sizeof(args),
                                   ctypes.byref(handle), ctypes.byref(error)), error)
        return handle.value

    def _transfer(self, function: Any, src: str, dst: str, overwrite: bool) -> None:
        s, args = self._arguments(src, _write_args(overwrite, None))
        d, target = self._arguments(dst, _abi.rstore_args())
        if target.flags & _abi.RAW:
            args.flags |= _abi.RAW_TARGET
        error = ctypes.c_uint64()
        check(function(self._handle, 0, s, len(s), d, len(d), ctypes.byref(args), ctypes.sizeof(args),
                       ctypes.byref(error)), error)

    def _entries(self, function: Any, path: str, args: _abi.rstore_args, convert: Callable[[Any], Any]) -> Iterator[Any]:
        p, args = self._arguments(path, args)
        error, listing, page = ctypes.c_uint64(), ctypes.c_uint64(), _abi.rstore_page()
        check(function(self._handle, p, len(p), ctypes.byref(args), ctypes.sizeof(args),
                       ctypes.byref(listing), ctypes.byref(error)), error)
        try:
            while True:
                status = library.rstore_list_next(listing, 0, ctypes.byref(page), ctypes.sizeof(page),
                                                  ctypes.byref(error))
                if status == _abi.END:
                    return
                check(status, error)
                yield from take(page, lambda found: _convert(found, convert))
        finally:
            library.rstore_close(listing)

    def _call(self, function: Any, path: str, args: _abi.rstore_args, *results: Any) -> None:
        """Calls an operation on a path of this store, without a context."""
        p, args = self._arguments(path, args)
        error = ctypes.c_uint64()
        check(function(self._handle, 0, p, len(p), ctypes.byref(args), ctypes.sizeof(args), *results,
                       ctypes.byref(error)), error)

    @staticmethod
    def _arguments(path: str, args: _abi.rstore_args) -> Any:
        if isinstance(path, RawPath):
            args.flags |= _abi.RAW
            return path.encode("utf-8", "surrogateescape"), args
        return text(path), args


_CAPABILITIES = {name[len("CAN_"):].lower(): bit for name, bit in vars(_abi).items() if name.startswith("CAN_")}


def _convert(page: _abi.rstore_page, convert: Callable[[Any], Any]) -> List[Any]:
    first = ctypes.cast(page.objects, ctypes.c_void_p).value or 0
    return [convert(_abi.rstore_object.from_address(first + i * page.object_size)) for i in range(page.count)]


def _child(o: _abi.rstore_object) -> Union[FileInfo, FolderEntry]:
    return folder_entry(o) if o.kind == _abi.KIND_FOLDER else file_info(o)


def _plan(key: str, l: _abi.rstore_location) -> ResolutionPlan:
    details = {"bucket": l.bucket.decode(), "object_key": l.key.decode(), "endpoint_url": l.endpoint.decode()}
    return ResolutionPlan(l.backend.decode(), key, l.path.decode(), details if l.bucket_len else {})


def _range(offset: int, length: int) -> _abi.rstore_args:
    for name, value in (("offset", offset), ("length", length)):
        if not 0 <= value < 2**63:  # what would not fit into the record
            raise InvalidArgument(f"{name} is {value}, but must be 0 or more, and below 2**63")
    return _abi.rstore_args(offset=offset, length=length)


def _depth(flags: int, max_depth: Optional[int], pattern: Optional[str] = None) -> _abi.rstore_args:
    args = _abi.rstore_args(flags=flags)
    if max_depth is not None:
        args.flags |= _abi.MAX_DEPTH
        args.max_depth = max_depth
    if pattern:
        args.pattern = text(pattern)
        args.pattern_len = len(args.pattern)
    return args


def _write_args(overwrite: bool, metadata: Optional[Mapping[str, str]]) -> _abi.rstore_args:
    args = _abi.rstore_args(flags=_abi.OVERWRITE * bool(overwrite))
    if metadata:
        pairs = (_abi.rstore_pair * len(metadata))()
        for pair, (key, value) in zip(pairs, metadata.items()):
            pair.key, pair.value = text(key), text(value)
            pair.key_len, pair.value_len = len(pair.key), len(pair.value)
        args.metadata, args.metadata_count = pairs, len(metadata)
    return args
