"""The file system of a store."""

from __future__ import annotations

import contextlib
import fnmatch
import io
import itertools
import posixpath
import re
import shutil
import tempfile
import threading
from typing import (
    IO, TYPE_CHECKING, Any, BinaryIO, Callable, Collection, Iterator, List, Mapping, NoReturn, Optional, Tuple, Union,
)

from .._errors import AlreadyExists, CapabilityNotSupported, DirectoryNotEmpty, InvalidPath, NotFound, RemoteStoreError
from .._streams import BUFFER_SIZE
from ._base import FS, Info, errors, reraise, sub_fs
from ._file import File, Text
from ._tree import FlatTree, Tree

if TYPE_CHECKING:
    from .._models import FileInfo, WriteResult
    from .._path import PathLike
    from .._store import Store
    from ._tree import Child

_DIRECTORY, _FILE = 1, 2  # of fs.ResourceType


class StoreFS(FS):
    """A store as a file system.

    Where the two versions of PyFilesystem differ, the arguments of both are taken and version 2 says what is
    the default: a folder that is made must be new and below another one, and makedir returns the file
    system of it. Of version 1 it has that a copy or a move to a folder goes into it, that ``open`` for
    writing empties the file at once, that folders are also those for which only longer keys speak, and
    the arguments of listdir and removedir.

    A folder that was made stays. In S3, one that was never made is there as long as a file in it.

    Errors are those of ``fs.errors``. Paths are normalised: ``"a"`` and ``"/a/b/.."`` are one. All of
    it may be used from any number of threads.

    :param store: where the files are; it is not closed with the file system
    :param prefix: see :class:`S3FS`
    :param separator: see :class:`S3FS`
    :param thread_synchronize: see :class:`S3FS`
    """

    _meta = {
        "case_insensitive": False, "invalid_path_chars": "\0", "network": True, "read_only": False,
        "supports_rename": False, "thread_safe": True, "unicode_paths": True, "virtual": False,
    }

    def __init__(self, store: Store, prefix: str = "", separator: str = "/", thread_synchronize: bool = True) -> None:
        if not separator:
            raise ValueError("separator is empty, but must be what segments are joined with")
        super().__init__()
        prefix = prefix.strip(separator)
        self._store = store.child(prefix) if prefix and separator == "/" else store
        self._tree = Tree(self._store) if separator == "/" else FlatTree(store, separator, prefix)
        self._synchronize = thread_synchronize
        self._lock = self._new_lock()

    # -- what there is -----------------------------------------------------------

    def exists(self, path: str) -> bool:
        """Tells whether there is a file or a folder."""
        with self._about(path) as at:
            return self._tree.exists(at)

    def isfile(self, path: str) -> bool:
        """Tells whether there is a file."""
        with self._about(path) as at:
            return self._store.is_file(self._tree.key(at))

    def isdir(self, path: str) -> bool:
        """Tells whether there is a folder: one that was made, or anything below it."""
        with self._about(path) as at:
            return self._tree.is_folder(at)

    def getinfo(self, path: str, namespaces: Optional[Collection[str]] = None) -> Info:
        """Describes a file or a folder.

        :param namespaces: ``"details"`` has type, size in bytes and time of the last write
        :raises ResourceNotFound: if there is none
        """
        with self._about(path) as at:
            found = None
            if at != "/":
                try:
                    found = self._store.get_file_info(self._tree.key(at))
                except (NotFound, InvalidPath):
                    if not self._tree.is_folder(at):
                        raise errors.ResourceNotFound(path) from None
            return _info(posixpath.basename(at), found, namespaces)

    def setinfo(self, path: str, info: Mapping[str, Mapping[str, object]]) -> None:
        """Looks whether there is something, and changes nothing: times are those of the writes.

        :raises ResourceNotFound: if there is nothing
        """
        self.getinfo(path)

    def listdir(
        self,
        path: str = "./",
        wildcard: Union[str, Callable[[str], bool], None] = None,
        full: bool = False,
        absolute: bool = False,
        dirs_only: bool = False,
        files_only: bool = False,
    ) -> List[str]:
        """Lists the names in a folder.

        :param wildcard: what a name must match, or a function of it
        :param full: paths from the root instead of names
        :param absolute: the same, beginning with ``"/"``
        :param dirs_only: just folders
        :param files_only: just files
        :raises DirectoryExpected: for a file
        :raises ResourceNotFound: if there is no such folder
        :raises ValueError: for both, folders only and files only
        """
        return list(self.ilistdir(path, wildcard, full, absolute, dirs_only, files_only))

    def ilistdir(
        self,
        path: str = "./",
        wildcard: Union[str, Callable[[str], bool], None] = None,
        full: bool = False,
        absolute: bool = False,
        dirs_only: bool = False,
        files_only: bool = False,
    ) -> Iterator[str]:
        """The same, page by page, as it is iterated. Errors of the folder come with the first name."""
        if dirs_only and files_only:
            raise ValueError("dirs_only and files_only leave nothing to list")
        at = self.validatepath(path)
        pattern = wildcard
        matches = pattern if callable(pattern) else lambda name: pattern is None or fnmatch.fnmatchcase(name, pattern)
        folder = posixpath.join(at, "") if absolute else posixpath.join(at, "")[1:] if full else ""
        return (folder + name for name, info in self._children(path)
                if not (dirs_only and info or files_only and not info) and matches(name))

    def scandir(
        self, path: str, namespaces: Optional[Collection[str]] = None, page: Optional[Tuple[int, int]] = None
    ) -> Iterator[Info]:
        """Describes what is in a folder, by the requests of its listing alone.

        :param namespaces: see :meth:`getinfo`
        :param page: begin and end of those that are wanted
        :raises DirectoryExpected: for a file
        :raises ResourceNotFound: if there is no such folder
        """
        return itertools.islice((_info(name, info, namespaces) for name, info in self._children(path)), *(page or (None,)))

    def geturl(self, path: str, purpose: str = "download") -> str:
        """Makes a URL by which everybody can read a file for an hour.

        :raises NoURL: for another purpose, and where there are none
        """
        url = self.getpathurl(path, allow_none=True) if purpose == "download" else None
        if url is None:
            raise errors.NoURL(path, purpose)
        return url

    def getpathurl(self, path: str, allow_none: bool = False, expires: float = 3600) -> Optional[str]:
        """The same, by the name it had before.

        :param allow_none: return None where there are none
        :param expires: seconds, up to seven days
        """
        with self._about(path) as at:
            try:
                return self._store.sign(self._tree.key(at), expires_in=expires)
            except (CapabilityNotSupported, InvalidPath):
                if allow_none:
                    return None
                raise errors.NoURL(path, "download") from None

    # -- folders -----------------------------------------------------------------

    def makedir(
        self,
        path: str,
        permissions: Any = None,
        recreate: bool = False,
        recursive: bool = False,
        allow_recreate: bool = False,
    ) -> Any:
        """Makes a folder: in S3 an empty object whose key is its path and a separator.

        :param permissions: not kept
        :param recreate: it may be there; ``allow_recreate`` is the same
        :param recursive: make the missing ones above it too
        :returns: the file system of the folder; None without the package ``fs``
        :raises DirectoryExists: if there is a folder that may not, or a file
        :raises DirectoryExpected: if a file is above it, or there is one which may be there as a folder
        :raises ResourceNotFound: if there is none above it
        """
        with self._about(path) as at, self._lock:
            if not recursive:
                self._check_parent(path, at)
            for slash in re.finditer("(?<!^)/", at if recursive else ""):
                self._make(at[: slash.start()], at[: slash.start()], True)
            self._make(path, at, recreate or allow_recreate)
        return sub_fs(self, path)

    def makedirs(self, path: str, permissions: Any = None, recreate: bool = False) -> Any:
        """Makes a folder and the missing ones above it: see :meth:`makedir`."""
        return self.makedir(path, permissions, recreate, recursive=True)

    def removedir(self, path: str, recursive: bool = False, force: bool = False) -> None:
        """Deletes a folder.

        :param recursive: then also those above it, as long as they are empty
        :param force: with all that is in it
        :raises DirectoryNotEmpty: if there is something in it
        :raises DirectoryExpected: for a file
        :raises ResourceNotFound: if there is none
        :raises RemoveRootError: for the root
        """
        with self._about(path) as at, self._lock:
            if at == "/":
                raise errors.RemoveRootError(path)
            try:
                self._tree.delete(at, force)
            except (NotFound, InvalidPath):
                self._raise_no_folder(path, at)
            while recursive and (at := posixpath.dirname(at)) != "/":
                try:
                    self._tree.delete(at, False)
                except DirectoryNotEmpty:
                    break
                except NotFound:  # it was there by the one in it only
                    pass

    def removetree(self, dir_path: str) -> None:
        """Deletes a folder with all that is in it; of the root, just what is in it."""
        if self.validatepath(dir_path) != "/":
            return self.removedir(dir_path, force=True)
        for name, info in list(self._children("/")):
            if info:
                self.remove(name)
            else:
                self.removedir(name, force=True)

    # -- files -------------------------------------------------------------------

    def open(
        self,
        path: str,
        mode: str = "r",
        buffering: int = -1,
        encoding: Optional[str] = None,
        errors: Optional[str] = None,
        newline: Optional[str] = "",
        line_buffering: bool = False,
        **options: Any,
    ) -> IO[Any]:
        """Opens a file of text, or one of bytes: see :meth:`openbin`.

        :param mode: ``r``, ``w``, ``a`` or ``x``, with ``+``, and with ``t`` (the default) or ``b``
        :param buffering: 1 is ``line_buffering``
        :param encoding: UTF-8 if it is None
        :param newline: as for Python's own, but the default leaves ends of lines as they are
        :param line_buffering: flush, which uploads, at each end of a line
        """
        _check_mode(mode, "bt")
        file = self.openbin(path, mode.replace("t", ""))
        if "b" in mode:
            return file
        try:
            kind = Text if isinstance(file, File) else io.TextIOWrapper
            return kind(file, encoding or "utf-8", errors, newline, line_buffering or buffering == 1)
        except BaseException:  # such as an unknown encoding
            file.close()
            raise

    def openbin(self, path: str, mode: str = "r", buffering: int = -1, **options: Any) -> BinaryIO:
        """Opens a file of bytes.

        One that is only read is read as it comes, by one request and another one for each seek. Any other
        is worked with in a temporary file, which is uploaded when it was changed and is flushed or closed: as
        a new object, without the metadata that an older one had. An exception in a ``with`` block drops the
        changes since it was flushed last.

        :param mode: ``r``, ``w``, ``a`` or ``x``, with ``+`` or without
        :param buffering: any: there always is a buffer
        :raises FileExpected: for a folder
        :raises FileExists: for a file, by ``x``
        :raises ResourceNotFound: if there is no such file, or no folder for a new one
        :raises ValueError: for another mode
        """
        _check_mode(mode, "b")
        with self._about(path) as at, contextlib.ExitStack() as undo:
            key = self._tree.key(at)
            if mode.strip("b") == "r":
                with self._reading(path, at):
                    reader: Any = self._store.read(key)
                # The file system may be forgotten, and is closed then: not while it is read.
                reader.raw.name, reader.raw.mode, reader.raw.file_system = path, "rb", self
                return reader  # type: ignore[no-any-return]
            if "r" not in mode:
                self._check_target(path, at)
            local = undo.enter_context(tempfile.TemporaryFile())
            if "w" in mode:
                self._store.write(key, b"", overwrite=True)
            elif "x" in mode:
                self._store.write(key, b"")
            else:
                try:
                    with self._reading(path, at):
                        self._store.download(key, local)
                except NotFound:
                    if "a" not in mode:
                        raise
                    self._store.write(key, b"")
                local.seek(0, io.SEEK_END if "a" in mode else io.SEEK_SET)
            undo.pop_all()
        kind = mode.replace("b", "") + "b"
        return File(path, kind, local, lambda file: self._push(path, key, file))  # type: ignore[return-value]

    def readbytes(self, path: str) -> bytes:
        """Reads a file."""
        with self._about(path) as at, self._reading(path, at):
            return self._store.read_bytes(self._tree.key(at))

    def writebytes(self, path: str, contents: bytes) -> None:
        """Writes a file, or replaces one."""
        if not isinstance(contents, bytes):
            raise TypeError(f"contents must be bytes, not {type(contents).__name__}")
        self._upload(path, contents)

    def upload(self, path: str, file: BinaryIO, chunk_size: Optional[int] = None, **options: Any) -> None:
        """Writes a file from an open one, up to its end; all of it or nothing.

        :param chunk_size: any: the store chooses
        """
        self._upload(path, file)

    def download(self, path: str, file: BinaryIO, chunk_size: Optional[int] = None, **options: Any) -> None:
        """Reads a file into an open one.

        :param chunk_size: bytes to read at once; None is 1 MiB
        """
        with self.openbin(path) as reader:
            shutil.copyfileobj(reader, file, chunk_size or BUFFER_SIZE)

    def copy(
        self, src_path: str, dst_path: str, overwrite: bool = False, preserve_time: bool = False, chunk_size: int = 16384
    ) -> None:
        """Copies a file, which does not pass through this process where the store can copy.

        :param dst_path: a path, or a folder for it
        :param overwrite: a file may be there
        :param preserve_time: not possible: the copy is a new file
        :param chunk_size: any
        :raises DestinationExists: if it may not
        :raises FileExpected: for a folder
        :raises ResourceNotFound: if there is no such file, or no folder for the copy
        """
        self._transfer(self._store.copy, src_path, dst_path, overwrite)

    def move(
        self, src_path: str, dst_path: str, overwrite: bool = False, preserve_time: bool = False, chunk_size: int = 16384
    ) -> None:
        """Moves a file; the parameters are those of :meth:`copy`."""
        self._transfer(self._store.move, src_path, dst_path, overwrite)

    def rename(self, src: str, dst: str) -> None:
        """Moves a file to where none is: see :meth:`move`."""
        self.move(src, dst)

    def remove(self, path: str) -> None:
        """Deletes a file.

        :raises FileExpected: for a folder
        :raises ResourceNotFound: if there is none
        """
        with self._about(path) as at, self._reading(path, at):
            self._store.delete(self._tree.key(at))

    def makepublic(self, path: str) -> None:
        """Lets everybody read a file.

        :raises Unsupported: where there are no lists of permissions
        """
        with self._about(path) as at, self._reading(path, at):
            self._store.set_acl(self._tree.key(at), "public-read")

    # -- the object --------------------------------------------------------------

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._store!r})"

    def __getstate__(self) -> Any:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state)
        self._lock = self._new_lock()

    def _new_lock(self) -> Any:
        return threading.RLock() if self._synchronize else contextlib.nullcontext()

    # -- how ---------------------------------------------------------------------

    @contextlib.contextmanager
    def _about(self, path: str) -> Iterator[str]:
        """The normal form of a path; what the store raises is raised as it is here."""
        at = self.validatepath(path)
        try:
            yield at
        except RemoteStoreError as error:
            reraise(error, path)

    @contextlib.contextmanager
    def _reading(self, path: str, at: str) -> Iterator[None]:
        """Says of a file that is not there whether it is a folder."""
        try:
            yield
        except (NotFound, InvalidPath):
            if self._tree.is_folder(at):
                raise errors.FileExpected(path) from None
            raise

    def _children(self, path: str) -> Iterator[Child]:
        with self._about(path) as at:
            child = None
            for child in self._tree.children(at):
                yield child
            if child is None and not self._tree.is_folder(at):
                self._raise_no_folder(path, at)

    def _raise_no_folder(self, path: str, at: str) -> NoReturn:
        raise (errors.DirectoryExpected if self._store.is_file(self._tree.key(at)) else errors.ResourceNotFound)(path)

    def _check_parent(self, path: str, at: str) -> None:
        parent = posixpath.dirname(at)
        if not self._tree.is_folder(parent):
            self._raise_no_folder(path, parent)

    def _check_target(self, path: str, at: str) -> None:
        """A new file may not be in the place of a folder, and needs one for itself."""
        if self._tree.is_folder(at):
            raise errors.FileExpected(path)
        self._check_parent(path, at)

    def _make(self, path: str, at: str, recreate: bool) -> None:
        if not self._tree.exists(at):
            self._tree.make(at)
        elif not recreate:
            raise errors.DirectoryExists(path)
        elif not self._tree.is_folder(at):
            raise errors.DirectoryExpected(path)

    def _transfer(self, function: Callable[..., None], src_path: str, dst_path: str, overwrite: bool) -> None:
        dst = self.validatepath(dst_path)
        with self._about(src_path) as src, self._lock, self._reading(src_path, src):
            if self._tree.is_folder(dst):
                dst = posixpath.join(dst, posixpath.basename(src))
                if self._tree.is_folder(dst):
                    raise errors.FileExpected(dst_path)
            else:
                self._check_parent(dst_path, dst)
            try:
                function(self._tree.key(src), self._tree.key(dst), overwrite=overwrite)
            except AlreadyExists:
                raise errors.DestinationExists(dst_path) from None

    def _upload(self, path: str, content: Any) -> None:
        with self._about(path) as at:
            self._check_target(path, at)
            self._put(self._tree.key(at), content)

    def _push(self, path: str, key: PathLike, content: Any) -> None:
        with self._about(path):
            self._put(key, content)

    def _put(self, key: PathLike, content: Any) -> WriteResult:
        return self._store.write(key, content, overwrite=True)


def _check_mode(mode: str, kinds: str) -> None:
    if not re.fullmatch(rf"[rwax]([{kinds}]?\+?|\+[{kinds}])", mode):
        raise ValueError(f"mode is {mode!r}, but must be r, w, a or x, with + or without")


def _info(name: str, file: Optional[FileInfo], namespaces: Optional[Collection[str]]) -> Info:
    raw = {"basic": {"name": name, "is_dir": file is None}}
    if "details" in (namespaces or ()):
        raw["details"] = {
            "type": _DIRECTORY if file is None else _FILE,
            "size": 0 if file is None else file.size,
            "modified": None if file is None else file.modified_at.timestamp(),
        }
    return Info(raw)
