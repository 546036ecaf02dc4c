"""What a file system is made of where the package ``fs`` is not installed: of Python's own."""

from __future__ import annotations

import errno
import os
from typing import Any, Mapping, NoReturn, TypeVar

F = TypeVar("F", bound="FS")


class FS:
    """What every file system can do."""

    _meta: Mapping[str, Any] = {}
    _closed = False

    def __enter__(self: F) -> F:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Every later call is a ValueError."""
        self._closed = True

    def isclosed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def check(self) -> None:
        """Finds out whether it is open.

        :raises ValueError: if not
        """
        if self._closed:
            raise ValueError("the file system is closed")

    def getmeta(self, namespace: str = "standard") -> Mapping[str, Any]:
        """What is true of all of it; nothing in other namespaces."""
        return dict(self._meta) if namespace == "standard" else {}

    def validatepath(self, path: str) -> str:
        """The path as it is named inside: absolute, without ``"."`` and ``".."``.

        :raises ValueError: for a NUL, and for ``".."`` that leads out
        """
        self.check()
        if not isinstance(path, str):
            raise TypeError(f"a path must be a str, not {type(path).__name__}")
        parts: "list[str]" = []
        for part in path.split("/"):
            if "\0" in part or part == ".." and not parts:
                raise ValueError(f"{path!r} is not a path in the file system")
            if part == "..":
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)


class Opener:
    """What opens a file system by its URL, which takes ``fs``."""


class Info:
    """What is known of a file or a folder.

    :ivar raw: by namespace
    """

    def __init__(self, raw: Mapping[str, Mapping[str, Any]]) -> None:
        self.raw = raw

    @property
    def name(self) -> str:
        """The last segment of the path; ``""`` of the root."""
        return str(self.raw["basic"]["name"])

    @property
    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return bool(self.raw["basic"]["is_dir"])

    def get(self, namespace: str, key: str, default: Any = None) -> Any:
        """What a namespace says."""
        return self.raw.get(namespace, {}).get(key, default)


def sub_fs(parent: FS, path: str) -> Any:
    """What makedir returns: None, as in PyFilesystem 1."""
    return None


class _Raised:
    """Makes the builtin exception of an error number."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __call__(self, path: str, *_: object, **__: object) -> Exception:
        return OSError(self._number, os.strerror(self._number), path)


class errors:
    """What is raised, under the names of ``fs.errors``."""

    DestinationExists = DirectoryExists = FileExists = _Raised(errno.EEXIST)
    DirectoryExpected = _Raised(errno.ENOTDIR)
    DirectoryNotEmpty = _Raised(errno.ENOTEMPTY)
    FileExpected = _Raised(errno.EISDIR)
    NoURL = _Raised(errno.ENOTSUP)
    RemoveRootError = _Raised(errno.EBUSY)
    ResourceNotFound = _Raised(errno.ENOENT)


def reraise(error: Exception, path: str) -> NoReturn:
    """Lets an error of the store pass: it is a builtin one already."""
    raise error
