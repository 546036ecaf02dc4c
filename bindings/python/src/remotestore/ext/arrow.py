"""A store as a file system of pyarrow, for Parquet, datasets and all that opens files by it.

    >>> import pyarrow, pyarrow.parquet
    >>> from remotestore import MemoryBackend, Store
    >>> fs = pyarrow_fs(Store(MemoryBackend()))
    >>> pyarrow.parquet.write_table(pyarrow.table({"n": [1, 2], "name": ["one", "two"]}), "a/b.parquet", filesystem=fs)
    >>> pyarrow.parquet.read_table("a/b.parquet", columns=["n"], filesystem=fs).to_pydict()
    {'n': [1, 2]}
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, Any, Iterable, Iterator, List, Mapping, Optional, Union

try:
    from pyarrow import PythonFile  # type: ignore[import-not-found, import-untyped, unused-ignore]
    from pyarrow.fs import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
        FileInfo,
        FileSystemHandler,
        FileType,
        PyFileSystem,
    )
except ImportError as _error:
    raise ImportError("this needs the package pyarrow: pip install pyarrow") from _error

from .._capabilities import Capability
from .._errors import CapabilityNotSupported, InvalidPath, NotFound
from .._models import FileInfo as ObjectInfo
from .._path import RemotePath

if TYPE_CHECKING:
    from .._errors import RemoteStoreError
    from .._store import Store
    from .._streams import Writer

__all__ = ["StoreFileSystemHandler", "pyarrow_fs"]

_ATTRIBUTES = {
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "storage-class"}


class StoreFileSystemHandler(FileSystemHandler):  # type: ignore[misc, unused-ignore]
    """What a ``pyarrow.fs.PyFileSystem`` asks, answered by a store.

    Paths are those of the store; ``""`` and ``"/"`` are its root. Two are equal if their stores are, and
    a pickle holds the store. Errors are those of the store; a folder in the place of a file is an
    IsADirectoryError, and a file in that of a folder a NotADirectoryError.

    :param store: where the files are; it is not closed
    :param materialization_threshold: changes nothing: no object is read before it is asked for
    :param write_spill_threshold: changes nothing: no object is kept before it is sent
    """

    def __init__(
        self, store: Store, materialization_threshold: int = 64 << 20, write_spill_threshold: int = 64 << 20
    ) -> None:
        self.store = store

    def __eq__(self, other: object) -> bool:
        return self.store == other.store if isinstance(other, StoreFileSystemHandler) else NotImplemented

    def get_type_name(self) -> str:
        return "remotestore"

    def normalize_path(self, path: str) -> str:
        found = RemotePath.from_backend_path(path.strip("/"))
        return "" if found == RemotePath.ROOT else str(found)

    # -- what there is -----------------------------------------------------------

    def get_file_info(self, paths: List[str]) -> List[FileInfo]:
        """By one request for each object, and two for what is none; 16 at once."""
        objects = [path for path in paths if self.normalize_path(path)]
        found = dict(zip(objects, self.store.get_file_infos(objects, return_exceptions=True)))
        return [_described(path, found.get(path)) for path in paths]

    def get_file_info_selector(self, selector: Any) -> List[FileInfo]:
        """By one listing. A recursive one has just the folders in which there are objects.

        :raises FileNotFoundError: if there is no such folder, and that is not allowed
        """
        base = self.normalize_path(selector.base_dir)
        if selector.recursive:
            found = list(_with_folders(base, self.store.list_files(base, recursive=True)))
        else:
            found = [_file(str(each.path), each) if isinstance(each, ObjectInfo) else _folder(str(each.path))
                     for each in self.store.iter_children(base)]
        if not found:
            self._check_folder(base, selector.allow_not_found)
        return found

    # -- folders -----------------------------------------------------------------

    def create_dir(self, path: str, recursive: bool) -> None:
        """Does nothing: a write makes the folders above it."""

    def delete_dir(self, path: str) -> None:
        try:
            self.store.delete_folder(path, recursive=True)
        except InvalidPath as error:
            raise NotADirectoryError(errno.ENOTDIR, error.message, path) from error

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:
        if not self.normalize_path(path):
            raise ValueError("the path is the root, whose contents delete_root_dir_contents deletes")
        self._delete_contents(path, missing_dir_ok)

    def delete_root_dir_contents(self) -> None:
        self._delete_contents("", True)

    def _delete_contents(self, path: str, missing_ok: bool) -> None:
        objects = []
        children = list(self.store.iter_children(path))
        for each in children:
            if isinstance(each, ObjectInfo):
                objects.append(each.path)
            else:
                self.store.delete_folder(each.path, recursive=True)
        for error in self.store.delete_many(objects).values():
            raise error
        if not children:
            self._check_folder(path, missing_ok)

    def _check_folder(self, path: str, missing_ok: bool) -> None:
        (info,) = self.get_file_info([path])
        if info.type == FileType.File:
            raise NotADirectoryError(errno.ENOTDIR, "this is an object, not a folder", path)
        if info.type == FileType.NotFound and not missing_ok:
            raise NotFound("no such folder", path=path)

    # -- files -------------------------------------------------------------------

    def delete_file(self, path: str) -> None:
        with _of_a_file():
            self.store.delete(path)

    def move(self, src: str, dest: str) -> None:
        """Moves an object; a folder is not moved."""
        with _of_a_file():
            self.store.move(src, dest, overwrite=True)

    def copy_file(self, src: str, dest: str) -> None:
        with _of_a_file():
            self.store.copy(src, dest, overwrite=True)

    def open_input_stream(self, path: str) -> PythonFile:
        """Opens an object to be read from its beginning: one request, whose answer is read as it comes."""
        with _of_a_file():
            return PythonFile(_Stream(self.store.read(path)), "r")

    def open_input_file(self, path: str) -> PythonFile:
        """Opens an object to be read here and there, without a buffer: one request to describe it, and one
        for just the bytes of each read. Of one file, pyarrow makes the reads one after another."""
        with _of_a_file():
            return PythonFile(_Ranges(self.store.read_seekable(path)), "r")

    def open_output_stream(self, path: str, metadata: Optional[Mapping[bytes, bytes]] = None) -> PythonFile:
        """Opens an object for writing. Closing it publishes the object.

        pyarrow closes it also where an exception ends the ``with`` block, and does not say so. Therefore a
        close while an exception is handled drops what was written and raises that exception again, unless
        it was handled already when this was called. A file that is forgotten is dropped too.

        :param metadata: attributes such as ``Content-Type``, see :meth:`remotestore.Store.write`; other
            names, and all where the store keeps no attributes, are ignored, as pyarrow wants it
        """
        attributes = {}
        if metadata and self.store.supports(Capability.ATTRIBUTES):
            named = {name.decode(): value.decode() for name, value in metadata.items()}
            attributes = {name: value for name, value in named.items() if name.lower() in _ATTRIBUTES}
        with _of_a_file():
            return PythonFile(_Sink(self.store.open_atomic(path, overwrite=True, attributes=attributes)), "w")

    def open_append_stream(self, path: str, metadata: Optional[Mapping[bytes, bytes]] = None) -> PythonFile:
        """Raises CapabilityNotSupported."""
        raise CapabilityNotSupported("a stream cannot append to an object", path=path, capability="append")


def pyarrow_fs(
    store: Store, *, materialization_threshold: int = 64 << 20, write_spill_threshold: int = 64 << 20
) -> PyFileSystem:
    """The store as a file system of pyarrow: see :class:`StoreFileSystemHandler`."""
    return PyFileSystem(StoreFileSystemHandler(store, materialization_threshold, write_spill_threshold))


class _Stream:
    """A file that pyarrow reads. One that it forgets, as it does with most, is closed."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        return self._file.read(size)  # type: ignore[no-any-return]

    def seek(self, offset: int, whence: int) -> None:
        self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()  # type: ignore[no-any-return]

    @property
    def closed(self) -> bool:
        return self._file.closed  # type: ignore[no-any-return]

    def close(self) -> None:
        self._file.close()

    __del__ = close


class _Ranges(_Stream):
    """The same by one request for each read, into memory that pyarrow takes as it is."""

    def read(self, size: int) -> bytes:
        data: bytes = self._file.read_at(self._file.tell(), size)
        self._file.seek(len(data), os.SEEK_CUR)
        return data


class _Sink:
    """A file that pyarrow writes."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._handled = sys.exc_info()[1]

    def write(self, data: Any) -> None:
        self._writer.write(data)

    @property
    def closed(self) -> bool:
        return self._writer.closed

    def close(self) -> None:
        error = sys.exc_info()[1]
        if error is None or error is self._handled:
            with _of_a_file():
                self._writer.close()
        else:
            self._writer.__exit__(type(error), error)
            raise error


@contextlib.contextmanager
def _of_a_file() -> Iterator[None]:
    """What is not the path of a file is an OSError."""
    try:
        yield
    except InvalidPath as error:
        raise IsADirectoryError(errno.EISDIR, error.message, error.path) from error


def _file(path: str, found: ObjectInfo) -> FileInfo:
    modified = found.modified_at if found.modified_at.year > 1 else None  # else it is not known
    return FileInfo(path, FileType.File, mtime=modified, size=found.size)


def _folder(path: str) -> FileInfo:
    return FileInfo(path, FileType.Directory)


def _described(path: str, found: Union[ObjectInfo, RemoteStoreError, None]) -> FileInfo:
    if isinstance(found, ObjectInfo):
        return _file(path, found)
    if isinstance(found, NotFound):
        return FileInfo(path, FileType.NotFound)
    if found is None or isinstance(found, InvalidPath):
        return _folder(path)
    raise found


def _with_folders(base: str, files: Iterable[ObjectInfo]) -> Iterator[FileInfo]:
    """The files, and the folders between them and the one that is listed."""
    known = {base}
    for each in files:
        above = str(each.path)
        while (above := above.rpartition("/")[0]) not in known:
            known.add(above)
            yield _folder(above)
        yield _file(str(each.path), each)
