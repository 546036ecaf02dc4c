"""LocalStore."""

import os
import pathlib
from typing import Any, Optional, Type, TypeVar
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from ._place import ConfiguredStore, opened
from ._scheme import parse_scheme
from ._types import Folder
from .exceptions import GenericError

L = TypeVar("L", bound="LocalStore")


class LocalStore(ConfiguredStore):
    """Objects as files below a folder, which nothing leaves: no link either.

    :param prefix: the folder; None is the whole file system
    :param automatic_cleanup: delete, with an object, the folders above it that become
        empty by that
    :param mkdir: make the folder if it is not there
    :raises GenericError: if there is no such folder
    """

    def __init__(self, prefix: Optional[Folder] = None, *, automatic_cleanup: bool = False, mkdir: bool = False) -> None:
        if prefix is not None and not isinstance(prefix, (str, os.PathLike)):
            raise TypeError(f"prefix must be a str or a path, not {type(prefix).__name__}")
        self._prefix = None if prefix is None else pathlib.Path(os.fsdecode(prefix))
        self._automatic_cleanup, self._mkdir = automatic_cleanup, mkdir
        self._root = os.sep
        if prefix is not None:
            if mkdir:
                os.makedirs(self._prefix or ".", exist_ok=True)
            if not os.fspath(prefix) or not os.path.exists(prefix):
                raise GenericError("there is no such folder: make it, or say mkdir=True")
            self._root = os.path.realpath(prefix)
        self._reopen()

    @classmethod
    def from_url(cls: Type[L], url: str, *, automatic_cleanup: bool = False, mkdir: bool = False) -> L:
        """The store of ``file:///folder``."""
        if parse_scheme(url) != "local":
            raise ValueError("the URL of a LocalStore is file:///folder")
        path = urlsplit(urljoin(url.strip(), urlsplit(url.strip()).path)).path
        return cls(os.fsdecode(unquote_to_bytes(path)), automatic_cleanup=automatic_cleanup, mkdir=mkdir)

    def _reopen(self) -> None:
        options = {"root": self._root, "automatic_cleanup": bool(self._automatic_cleanup)}
        place, _ = opened("local", options)
        self._is_now(place)

    @property
    def prefix(self) -> Optional[pathlib.Path]:
        """The folder as it was given, or None."""
        return self._prefix

    def _key(self) -> Any:
        return self._prefix, self._automatic_cleanup, self._mkdir

    def __repr__(self) -> str:
        return type(self).__name__ if self._prefix is None else f'{type(self).__name__}("{self._prefix}")'

    def __getnewargs_ex__(self) -> Any:
        return (self._prefix,), {"automatic_cleanup": self._automatic_cleanup, "mkdir": self._mkdir}
