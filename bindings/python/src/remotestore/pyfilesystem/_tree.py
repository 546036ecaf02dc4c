"""How the paths of a file system are keys of a store."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Iterator, Optional, Tuple

from .._errors import DirectoryNotEmpty, InvalidPath, NotFound
from .._models import FileInfo
from .._path import RawPath

if TYPE_CHECKING:
    from .._path import PathLike
    from .._store import Store

    Child = Tuple[str, Optional[FileInfo]]


class Tree:
    """Keys whose segments are joined with ``"/"``: folders are those of the store.

    A path is absolute and in normal form, such as ``"/folder/file"``. Its key is raw, because a backslash
    is part of a name here.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def key(self, path: str) -> PathLike:
        """The key of a file; ``""``, which no file can have, of the root."""
        return RawPath(path[1:]) if path != "/" else ""

    def exists(self, path: str) -> bool:
        """Tells whether there is a file or a folder."""
        return self.store.exists(self.key(path))

    def is_folder(self, path: str) -> bool:
        """Tells whether there is anything below a path, or its marker."""
        return self.store.is_folder(self.key(path))

    def children(self, path: str) -> Iterator[Child]:
        """The names in a folder, each with what a listing tells of a file, None of a folder. A name that
        no path can have is left out."""
        for entry in self.store.iter_children(self.key(path)):
            if entry.name not in ("", ".", ".."):
                yield entry.name, entry if isinstance(entry, FileInfo) else None

    def make(self, path: str) -> None:
        """Makes a folder: by the marker of S3, an empty object whose key ends in ``"/"``."""
        try:
            self.store.write(RawPath(path[1:] + "/"), b"", overwrite=True)
        except InvalidPath:  # a store with real folders, which stay when what was in them is gone
            passing = RawPath(f"{path[1:]}/{secrets.token_hex(8)}")
            self.store.write(passing, b"")
            self.store.delete(passing)

    def delete(self, path: str, recursive: bool) -> None:
        """Deletes a folder: see :meth:`remotestore.Store.delete_folder`."""
        self.store.delete_folder(self.key(path), recursive=recursive)


class FlatTree(Tree):
    """Keys whose segments are joined with another separator, of which the store knows nothing: a folder
    is found, and listed, by the keys that begin with its own, all of them."""

    def __init__(self, store: Store, separator: str, prefix: str) -> None:
        super().__init__(store)
        self._separator = separator
        self._prefix = prefix + separator if prefix else ""

    def key(self, path: str) -> PathLike:
        return RawPath(self._below(path)[: -len(self._separator)]) if path != "/" else ""

    def exists(self, path: str) -> bool:
        return self.is_folder(path) or self.store.is_file(self.key(path))

    def is_folder(self, path: str) -> bool:
        return path == "/" or any(self._keys(path, limit=1))

    def children(self, path: str) -> Iterator[Child]:
        start, before = len(self._below(path)), None
        for info in self._keys(path):
            name, is_folder, _ = str(info.path)[start:].partition(self._separator)
            if "/" in name or name in ("", ".", "..") or is_folder and name == before:
                continue
            yield name, None if is_folder else info
            before = name if is_folder else before

    def make(self, path: str) -> None:
        self.store.write(RawPath(self._below(path)), b"", overwrite=True)

    def delete(self, path: str, recursive: bool) -> None:
        keys = [info.path for info in self._keys(path)]
        if not keys:
            raise NotFound("no such folder", path=path)
        if not recursive and [str(key) for key in keys] != [self._below(path)]:
            raise DirectoryNotEmpty("the folder is not empty", path=path)
        for error in self.store.delete_many(keys).values():
            raise error

    def _below(self, path: str) -> str:
        """What the keys in a folder begin with."""
        return self._prefix + path[1:].replace("/", self._separator) + self._separator * (path != "/")

    def _keys(self, path: str, limit: Optional[int] = None) -> Iterator[FileInfo]:
        return self.store.list_files("", recursive=True, prefix=self._below(path), limit=limit)
