"""The store: what a program works with."""

import ctypes
from typing import Any, Iterator, List, Union

from . import _abi
from ._backends import Backend, text
from ._errors import InvalidArgument, check
from ._library import library
from ._models import FileInfo, FolderEntry, WriteResult, file_info, folder_entry, write_result


class Store:
    """Objects under paths such as ``"folder/file.txt"``.

    Paths are relative to the store and normalised: ``"a//b/./"`` is
    ``"a/b"``. A store may be used from any number of threads.

    :param backend: where the objects are
    """

    def __init__(self, backend: Backend) -> None:
        if not isinstance(backend, Backend):
            raise TypeError(f"backend must be a Backend, not {type(backend).__name__}")
        self._backend = backend

    @classmethod
    def from_url(cls, url: str, **options: str) -> "Store":
        """Opens ``memory://``, ``memory://name``, ``file:///folder`` or
        ``s3://bucket/prefix``. The options are those of the library:
        ``endpoint``, ``region``, ``access_key_id``, ``secret_access_key``,
        ``session_token``, ``addressing_style``.

        :raises InvalidArgument: for a URL that cannot be right
        :raises InvalidOption: for an option that cannot be right
        """
        return cls(Backend(url, dict(options)))

    def get_file_info(self, path: str) -> FileInfo:
        """Describes an object.

        :raises NotFound: if there is none
        :raises InvalidPath: for a folder
        """
        p, found = text(path), _abi.rstore_object()
        self._call(library.rstore_head, p, len(p), ctypes.byref(found), ctypes.sizeof(found))
        return _take(found, file_info)

    def read_bytes(self, path: str, *, offset: int = 0, length: int = 0) -> bytes:
        """Reads an object, or a range of it.

        :param offset: first byte
        :param length: number of bytes; 0 is all up to the end. A range that
            ends behind the object is cut there
        :raises NotFound: if there is none
        :raises InvalidPath: for a folder
        :raises RangeNotSatisfiable: if the offset is not inside the object
        """
        p, found, args = text(path), _abi.rstore_object(), _range(offset, length)
        self._call(library.rstore_get, p, len(p), ctypes.byref(args), ctypes.sizeof(args),
                   ctypes.byref(found), ctypes.sizeof(found))
        return _take(found, lambda o: ctypes.string_at(o.data, o.data_len))

    def read_into(self, path: str, buffer: Any, *, offset: int = 0, length: int = 0) -> int:
        """Reads an object, or a range of it, into a writable buffer, such as a
        bytearray, and returns the number of bytes.

        :raises InvalidArgument: if the buffer is too small: nothing is cut
        """
        view = memoryview(buffer).cast("B")
        if view.readonly:
            raise TypeError("buffer must be writable")
        memory = (ctypes.c_char * len(view)).from_buffer(view) if len(view) else None
        p, filled, args = text(path), ctypes.c_size_t(), _range(offset, length)
        self._call(library.rstore_get_into, p, len(p), ctypes.byref(args), ctypes.sizeof(args),
                   memory, len(view), ctypes.byref(filled))
        return filled.value

    def write(self, path: str, content: Any, *, overwrite: bool = False) -> WriteResult:
        """Writes an object, all of it or nothing.

        :param content: bytes, or another object with contiguous memory
        :param overwrite: replace an object that exists
        :raises AlreadyExists: if it exists and may not be overwritten; it
            stays as it was, whoever else writes at the same time
        """
        data = content if isinstance(content, bytes) else bytes(memoryview(content))
        p, made, args = text(path), _abi.rstore_object(), _overwrite(overwrite)
        self._call(library.rstore_put, p, len(p), data, len(data), ctypes.byref(args), ctypes.sizeof(args),
                   ctypes.byref(made), ctypes.sizeof(made))
        return _take(made, write_result)

    def delete(self, path: str) -> None:
        """Deletes an object.

        :raises NotFound: if there is none
        :raises InvalidPath: for a folder
        """
        p = text(path)
        self._call(library.rstore_delete, p, len(p))

    def copy(self, src: str, dst: str, *, overwrite: bool = False) -> None:
        """Copies an object inside the store, with its metadata.

        :raises NotFound: if there is no source
        :raises AlreadyExists: if the target exists and may not be overwritten
        """
        s, d, args = text(src), text(dst), _overwrite(overwrite)
        self._call(library.rstore_copy, s, len(s), d, len(d), ctypes.byref(args), ctypes.sizeof(args))

    def list_files(self, path: str, *, recursive: bool = False) -> Iterator[FileInfo]:
        """Lists the objects in a folder (``""`` is the root), or with
        ``recursive`` every object below it, in the byte order of the paths. A
        folder that does not exist is empty. Errors come with the first item."""
        return (e for page in self._pages(path, recursive) for e in page if isinstance(e, FileInfo))

    def list_folders(self, path: str) -> Iterator[FolderEntry]:
        """Lists the folders in a folder."""
        return (e for page in self._pages(path, False) for e in page if isinstance(e, FolderEntry))

    def iter_children(self, path: str) -> Iterator[Union[FileInfo, FolderEntry]]:
        """Lists the objects and the folders in a folder."""
        return (e for page in self._pages(path, False) for e in page)

    def close(self) -> None:
        """Closes the backend, for every store on it."""
        self._backend.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self._backend!r})"

    def _pages(
        self, path: str, recursive: bool, page_size: int = 0
    ) -> Iterator[List[Union[FileInfo, FolderEntry]]]:
        flags = _abi.RECURSIVE if recursive else 0
        p, args = text(path), _abi.rstore_args(flags=flags, page_size=page_size)
        error, listing, page = ctypes.c_uint64(), ctypes.c_uint64(), _abi.rstore_page()
        check(library.rstore_list_open(self._backend._handle, p, len(p), ctypes.byref(args), ctypes.sizeof(args),
                                       ctypes.byref(listing), ctypes.byref(error)), error)
        try:
            while True:
                status = library.rstore_list_next(listing, 0, ctypes.byref(page), ctypes.sizeof(page),
                                                  ctypes.byref(error))
                if status == _abi.END:
                    return
                check(status, error)
                yield _take(page, _entries)
        finally:
            library.rstore_close(listing)

    def _call(self, function: Any, *arguments: Any) -> None:
        """Calls an operation of this store, without a context."""
        error = ctypes.c_uint64()
        check(function(self._backend._handle, 0, *arguments, ctypes.byref(error)), error)


def _take(record: Any, convert: Any) -> Any:
    """Converts what a record points to, and frees it."""
    try:
        return convert(record)
    finally:
        library.rstore_close(record.owner)


def _entries(page: _abi.rstore_page) -> List[Union[FileInfo, FolderEntry]]:
    first = ctypes.cast(page.objects, ctypes.c_void_p).value or 0
    entries: List[Union[FileInfo, FolderEntry]] = []
    for i in range(page.count):
        o = _abi.rstore_object.from_address(first + i * page.object_size)
        entries.append(folder_entry(o) if o.kind == _abi.KIND_FOLDER else file_info(o))
    return entries


def _range(offset: int, length: int) -> _abi.rstore_args:
    for name, value in (("offset", offset), ("length", length)):
        if not 0 <= value < 2**63:  # what would not fit into the record
            raise InvalidArgument(f"{name} is {value}, but must be 0 or more, and below 2**63")
    return _abi.rstore_args(offset=offset, length=length)


def _overwrite(overwrite: bool) -> _abi.rstore_args:
    return _abi.rstore_args(flags=_abi.OVERWRITE if overwrite else 0)
