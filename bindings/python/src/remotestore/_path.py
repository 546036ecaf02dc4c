"""Paths in a store."""

from __future__ import annotations

import ctypes

from . import _abi
from ._call import call
from ._errors import InvalidPath
from ._library import library
from ._memory import Text, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, Optional, Tuple, Union

    PathLike = Union[str, "RemotePath"]


class RemotePath:
    """A path in a store, in normal form: ``"a//b/./"`` is ``"a/b"``, and so is
    ``"a\\\\b"``. It cannot be changed, and is equal to another one of the same
    text. Every operation takes it, or a str.

    :raises InvalidPath: for a ``".."`` segment, a NUL, what is not Unicode, and
        for a path of which nothing remains
    :cvar ROOT: the root of a store; its text is ``"."``

    >>> path = RemotePath("data//2024/report.tar.gz")
    >>> path.name, path.suffix, str(path.parent)
    ('report.tar.gz', '.gz', 'data/2024')
    >>> path.parent / "notes.txt"
    RemotePath('data/2024/notes.txt')
    """

    __slots__ = ("_text",)
    _text: str
    ROOT: ClassVar["RemotePath"]

    def __init__(self, raw: str) -> None:
        given, normal = text(raw), Text()
        try:
            call(library.rstore_path_normalize, given, len(given), ctypes.byref(normal), ctypes.sizeof(normal))
        except InvalidPath as error:
            error.path = raw
            raise
        _set_text(self, str(normal))

    @classmethod
    def from_backend_path(cls, path: str) -> "RemotePath":
        """The path, or :attr:`ROOT` for ``""`` and ``"."``."""
        return cls.ROOT if path in ("", ".") else cls(path)

    @property
    def name(self) -> str:
        """The last segment."""
        return self._text.rpartition("/")[2]

    @property
    def parent(self) -> "Optional[RemotePath]":
        """The path without its last segment; None if that is all."""
        parent = self._text.rpartition("/")[0]
        return trusted(parent, type(self)) if parent else None

    @property
    def parts(self) -> Tuple[str, ...]:
        """The segments."""
        return tuple(self._text.split("/"))

    @property
    def suffix(self) -> str:
        """The last dot of the name and what follows; ``""`` if there is none, or
        only a first one."""
        dot = self.name.rfind(".")
        return self.name[dot:] if dot > 0 else ""

    def as_posix(self) -> str:
        """The text."""
        return self._text

    def __truediv__(self, other: str) -> "RemotePath":
        return type(self)(f"{self._text}/{other}")

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, RemotePath) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a RemotePath cannot be changed: not its {name} either")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a RemotePath cannot be changed: not its {name} either")

    def __reduce__(self) -> Any:
        return trusted, (self._text, type(self))


class RawPath(RemotePath):
    """A path that came out of a listing and is not in normal form, such as
    ``a//b``. Every operation takes it as it is: it is the only way to name that
    object, since a str is normalised. What is not UTF-8 is in it as surrogates."""

    __slots__ = ()

    def __init__(self, raw: str) -> None:
        text(raw)
        _set_text(self, raw)


_set_text = RemotePath.__dict__["_text"].__set__


def trusted(normal: str, cls: type = RemotePath) -> Any:
    """A path whose text is known to be right."""
    path: Any = object.__new__(cls)
    _set_text(path, normal)
    return path


RemotePath.ROOT = trusted(".")


def encode(path: PathLike) -> Tuple[bytes, int]:
    """The path for the library, and RAW if it is to be taken as it is."""
    if isinstance(path, str):
        return path.encode("utf-8", "surrogatepass"), 0
    if isinstance(path, RawPath):
        return path._text.encode("utf-8", "surrogateescape"), _abi.RAW
    if isinstance(path, RemotePath):
        return path._text.encode(), 0
    raise TypeError(f"a path must be a str or a RemotePath, not {type(path).__name__}")
