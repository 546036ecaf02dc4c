"""The store: what a program works with."""

from __future__ import annotations

import ctypes

from . import _abi
from ._backends import Backend, UrlBackend, check_class
from ._call import call
from ._fork import Reopened
from ._later import models
from ._library import library
from ._log import begin
from ._operations import Operations, about
from ._path import RawPath, RemotePath, encode, trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional, Type, TypeVar

    from ._arguments import Metadata
    from ._capabilities import Capability
    from ._models import WriteResult
    from ._path import PathLike

    T = TypeVar("T")

# A class by its module and its name, and what makes one of a store, which is imported for the first who asks.
_FACES = {
    ("fsspec.spec", "AbstractFileSystem"): (".fsspec", "RemoteStoreFileSystem"),
    ("pyarrow._fs", "FileSystem"): (".ext.arrow", "pyarrow_fs"),
}


class Store(Reopened, Operations):
    """Objects under paths, in a folder of a backend.

    Two are equal if backend and folder are. A pickle holds the configuration
    of the backend, with its secrets. On the main thread, Ctrl-C and every other
    signal handler that raises ends a call that waits, within 100 ms.

    :param backend: where the objects are
    :param root_path: folder of the backend that the store is; ``""`` is its root

    >>> from remotestore import MemoryBackend
    >>> with Store(MemoryBackend(), "data") as store:
    ...     store.write("2024/a.txt", b"hello").size
    ...     [str(info.path) for info in store.list_files("", recursive=True)]
    5
    ['2024/a.txt']
    """

    def __init__(self, backend: Backend, root_path: PathLike = "") -> None:
        if not isinstance(backend, Backend):
            raise TypeError(f"backend must be a Backend, not {type(backend).__name__}")
        check_class(type(backend))
        root = root_path if isinstance(root_path, RemotePath) else RemotePath(root_path) if root_path else None
        self._at(backend, root, owns=True)

    @classmethod
    def from_url(cls, url: str, **options: str) -> "Store":
        """Opens ``memory://``, ``memory://name``, ``file:///folder`` or
        ``s3://bucket/prefix``. The options are those of the library, such as
        ``endpoint``, ``region``, ``access_key_id``, ``max_attempts``.

        :raises InvalidArgument: for a URL that cannot be right
        :raises InvalidOption: for an option that cannot be right
        """
        return cls(UrlBackend(url, options))

    def child(self, subpath: PathLike) -> "Store":
        """The store of a folder in this one, on the same backend. Closing it
        does nothing.

        :raises InvalidPath: for the root
        """
        sub = subpath if isinstance(subpath, RemotePath) else RemotePath(subpath)
        child = object.__new__(Store)
        about(subpath, child._at, self._backend, self._below(sub), owns=False)
        return child

    def read_text(self, path: PathLike, *, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Reads an object and decodes it.

        :raises UnicodeDecodeError: for what is not in that encoding
        """
        begin("read_text", path, self._name, encoding=encoding)
        return self.read_bytes(path).decode(encoding, errors)

    def write_text(
        self, path: PathLike, text: str, *, encoding: str = "utf-8", overwrite: bool = False, metadata: Metadata = None
    ) -> WriteResult:
        """Encodes text and writes it: see :meth:`write`."""
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, not {type(text).__name__}")
        begin("write_text", path, self._name, encoding=encoding, overwrite=overwrite)
        return self.write(path, text.encode(encoding), overwrite=overwrite, metadata=metadata)

    def head(self, path: PathLike) -> WriteResult:
        """Describes an object in the form of what a write returns.

        :raises NotFound: if there is none
        """
        begin("head", path, self._name)
        return models.head_result(self._head(path))

    def ping(self) -> None:
        """Finds out whether the place of the store exists and may be used.

        :raises NotFound: for a missing bucket. A folder of local is made by the
            first write
        """
        self._ping()

    def supports(self, capability: Capability) -> bool:
        """Tells whether the backend can do something."""
        return self._backend.capabilities.supports(capability)

    def unwrap(self, type_hint: Type[T]) -> T:
        """The store by the interface of another package: as an ``fsspec.AbstractFileSystem``
        or a ``pyarrow.fs.FileSystem``. For all else, see :meth:`Backend.unwrap`."""
        face = _FACES.get((getattr(type_hint, "__module__", ""), getattr(type_hint, "__qualname__", "")))
        if face is None:
            return self._backend.unwrap(type_hint)
        import importlib

        module, make = face
        return getattr(importlib.import_module(module, __package__), make)(self)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Closes the backend, for every store on it. Of a child, and of a store
        that a Registry gave, it does nothing."""
        if self._owns:
            self._backend.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Store):
            return NotImplemented
        return self._backend == other._backend and self._root == other._root

    def __hash__(self) -> int:
        return hash((self._backend, self._root))

    def __repr__(self) -> str:
        root = str(self._root) if self._root else ""
        return f"Store(backend={self._backend.name!r}, root_path={root!r})"

    def __getstate__(self) -> Any:
        return {**super().__getstate__(), "_owns": True}  # of a pickle nobody else has the backend

    def _at(self, backend: Backend, root: Optional[RemotePath], owns: bool) -> None:
        self._backend, self._root, self._owns, self._name = backend, root, owns, backend.name
        self._reopen()

    _NATIVE = "_handle"

    def _can_reopen(self) -> bool:
        return self._backend._can_reopen()

    def _reopen(self) -> None:
        handle = self._backend._handle
        if self._root:
            (p, flags), handle = encode(self._root), handle.new()
            args = _abi.rstore_args(flags=flags)
            call(library.rstore_child, self._backend._handle, p, len(p), ctypes.byref(args), ctypes.sizeof(args),
                 ctypes.byref(handle))
        self._is_now(handle)

    def _below(self, path: RemotePath) -> RemotePath:
        if self._root is None:
            return path
        raw = isinstance(path, RawPath) or isinstance(self._root, RawPath)
        joined: RemotePath = trusted(f"{self._root}/{path}", RawPath if raw else RemotePath)
        return joined
