"""A store that remembers for a time what it was told, and forgets what is changed by it.

    >>> from remotestore import MemoryBackend, Store
    >>> store = Store(MemoryBackend())
    >>> _ = store.write("a", b"hello")
    >>> cached = cache(store, ttl=60)
    >>> cached.read_bytes("a"), cached.read_bytes("a"), cached.stats.hits
    (b'hello', b'hello', 1)
    >>> _ = cached.write("a", b"new", overwrite=True)
    >>> cached.read_bytes("a")
    b'new'

What others change is seen when its time is over, or after :meth:`CachedStore.invalidate`.
"""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple, runtime_checkable, Protocol

from .._errors import RemoteStoreError
from .._path import RawPath, RemotePath
from .._proxy import ProxyStore

if TYPE_CHECKING:
    from typing import Callable

    from .._models import FileInfo, FolderInfo, WriteResult
    from .._path import PathLike
    from .._store import Store
    from .._streams import Upload, Writer

    Key = Tuple[str, ...]

__all__ = ["CacheBackend", "CacheStats", "CachedStore", "MemoryCache", "cache"]

_OF_A_PATH = ("exists", "is_file", "is_folder", "read_bytes", "get_file_info")
_NOTHING: Any = object()
_LISTINGS = ("iter_children", "list_files", "list_folders", "glob", "get_folder_info")


@dataclasses.dataclass(frozen=True)
class CacheStats:
    """What a cache has done for a store and its children.

    :ivar hits: answers that were known
    :ivar misses: those that were not
    :ivar size: how many are known now
    """

    hits: int
    misses: int
    size: int


@runtime_checkable
class CacheBackend(Protocol):
    """Where answers are kept. A key begins with the name of the operation."""

    def get(self, key: Key) -> Any:
        """The value.

        :raises KeyError: if there is none, or its time is over
        """

    def set(self, key: Key, value: Any, ttl: float) -> None:
        """Keeps a value for so many seconds."""

    def delete(self, key: Key) -> None:
        """Forgets a value, if there is one."""

    def clear(self) -> None:
        """Forgets all."""

    def clear_prefix(self, prefix: str) -> None:
        """Forgets all whose key begins with this element."""

    def size(self) -> int:
        """How many values there are."""


class MemoryCache:
    """Keeps answers in memory. A pickle of it is empty.

    :param max_entries: of more, those go that were not asked for the longest; None is no limit
    """

    def __init__(self, *, max_entries: Optional[int] = None) -> None:
        _check(max_entries=max_entries)
        self._max = max_entries
        self._lock = threading.Lock()
        self._values: "collections.OrderedDict[Key, Tuple[Any, float]]" = collections.OrderedDict()
        self._keys: Dict[str, Set[Key]] = {}  # by their first element

    def get(self, key: Key) -> Any:
        with self._lock:
            value, until = self._values[key]
            if time.monotonic() >= until:
                self._drop(key)
                raise KeyError(key)
            self._values.move_to_end(key)
            return value

    def set(self, key: Key, value: Any, ttl: float) -> None:
        with self._lock:
            self._values[key] = value, time.monotonic() + ttl
            self._values.move_to_end(key)
            self._keys.setdefault(key[0], set()).add(key)
            while self._max is not None and len(self._values) > self._max:
                self._drop(next(iter(self._values)))

    def delete(self, key: Key) -> None:
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
            self._keys.clear()

    def clear_prefix(self, prefix: str) -> None:
        with self._lock:
            for key in self._keys.pop(prefix, ()):
                del self._values[key]

    def size(self) -> int:
        with self._lock:
            now = time.monotonic()
            return sum(now < until for _, until in self._values.values())

    def _drop(self, key: Key) -> None:
        if self._values.pop(key, None):
            self._keys[key[0]].discard(key)

    def __reduce__(self) -> Any:
        return functools.partial(MemoryCache, max_entries=self._max), ()


class _Shared:
    """What a store and its children have together."""

    def __init__(self, backend: CacheBackend) -> None:
        self.backend = backend
        self.lock = threading.Lock()
        self.hits = self.misses = 0
        self.changes = 0  # an answer that was asked for before one is not kept

    def __reduce__(self) -> Any:
        return _Shared, (self.backend,)


class CachedStore(ProxyStore):
    """What :func:`cache` gives. It remembers what is at a path, objects that are read whole, and
    listings that were seen to their end. Children share the memory."""

    def __init__(
        self,
        inner: Store,
        *,
        ttl: float = 300.0,
        max_content_size: Optional[int] = None,
        max_listing_size: Optional[int] = None,
        max_entries: Optional[int] = None,
        cache_backend: Optional[CacheBackend] = None,
    ) -> None:
        super().__init__(inner)
        _check(ttl=ttl, max_content_size=max_content_size, max_listing_size=max_listing_size)
        self._ttl, self._max_content, self._max_listing = ttl, max_content_size, max_listing_size
        self._shared = _Shared(MemoryCache(max_entries=max_entries) if cache_backend is None else cache_backend)
        self._above: Optional[str] = ""  # this store in the one that was given; None if that has no normal form

    @property
    def stats(self) -> CacheStats:
        shared = self._shared
        return CacheStats(shared.hits, shared.misses, shared.backend.size())

    def invalidate(self, path: PathLike) -> None:
        """Forgets what is known of a path, of the folders above it, and of all listings."""
        self._changed(path)

    def clear_cache(self) -> None:
        """Forgets all, for the children too."""
        with self._shared.lock:
            self._shared.changes += 1
            self._shared.backend.clear()

    def child(self, subpath: PathLike) -> "CachedStore":
        child, place = copy.copy(self), self._place(subpath)
        child._inner, child._above = self._inner.child(subpath), None if place is None else "/".join(filter(None, place))
        return child

    # -- what is remembered, of paths in normal form

    def exists(self, path: PathLike) -> bool:
        return self._remembered("exists", path, lambda: self._inner.exists(path))  # type: ignore[no-any-return]

    def is_file(self, path: PathLike) -> bool:
        return self._remembered("is_file", path, lambda: self._inner.is_file(path))  # type: ignore[no-any-return]

    def is_folder(self, path: PathLike) -> bool:
        return self._remembered("is_folder", path, lambda: self._inner.is_folder(path))  # type: ignore[no-any-return]

    def get_file_info(self, path: PathLike) -> FileInfo:
        return self._remembered(  # type: ignore[no-any-return]
            "get_file_info", path, lambda: self._inner.get_file_info(path))

    def read_bytes(
        self, path: PathLike, *, offset: int = 0, length: int = 0, verify: bool = False, **options: Any
    ) -> bytes:
        def read() -> bytes:
            return self._inner.read_bytes(path, offset=offset, length=length, verify=verify, **options)

        if offset or length or verify:
            return read()
        return self._remembered("read_bytes", path, read, most=self._max_content)  # type: ignore[no-any-return]

    def read_text(self, path: PathLike, *, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self.read_bytes(path).decode(encoding, errors)

    def get_folder_info(self, path: PathLike, *, max_depth: Optional[int] = None) -> FolderInfo:
        return self._remembered(  # type: ignore[no-any-return]
            "get_folder_info", path, lambda: self._inner.get_folder_info(path, max_depth=max_depth), max_depth=max_depth)

    def list_files(self, path: PathLike, **options: Any) -> Iterator[FileInfo]:
        return self._listed("list_files", path, **options)

    def list_folders(self, path: PathLike, **options: Any) -> Any:
        return self._listed("list_folders", path, **options)

    def iter_children(self, path: PathLike) -> Any:
        return self._listed("iter_children", path)

    def glob(self, pattern: str) -> Iterator[FileInfo]:
        return self._listed("glob", pattern)

    # -- what changes something, also where it fails: it may have been carried out

    def write(self, path: PathLike, content: Any, **options: Any) -> WriteResult:
        return self._changing([path], lambda: self._inner.write(path, content, **options))  # type: ignore[no-any-return]

    def write_atomic(self, path: PathLike, content: Any, **options: Any) -> WriteResult:
        return self._changing(  # type: ignore[no-any-return]
            [path], lambda: self._inner.write_atomic(path, content, **options))

    def write_text(self, path: PathLike, text: str, **options: Any) -> WriteResult:
        return self._changing([path], lambda: self._inner.write_text(path, text, **options))  # type: ignore[no-any-return]

    def append(self, path: PathLike, content: Any, **options: Any) -> WriteResult:
        return self._changing([path], lambda: self._inner.append(path, content, **options))  # type: ignore[no-any-return]

    def open_atomic(self, path: PathLike, **options: Any) -> Writer:
        return self._publishing(path, self._inner.open_atomic(path, **options))  # type: ignore[no-any-return]

    def create_upload(self, path: PathLike, **options: Any) -> Upload:
        return self._publishing(path, self._inner.create_upload(path, **options))  # type: ignore[no-any-return]

    def delete(self, path: PathLike, **options: Any) -> None:
        self._changing([path], lambda: self._inner.delete(path, **options))

    def delete_many(self, paths: Iterable[PathLike]) -> Dict[PathLike, RemoteStoreError]:
        given = paths if isinstance(paths, str) else list(paths)  # which is refused below
        return self._changing(list(given), lambda: self._inner.delete_many(given))  # type: ignore[no-any-return]

    def delete_folder(self, path: PathLike, **options: Any) -> None:
        try:
            self._inner.delete_folder(path, **options)
        finally:
            self.clear_cache()  # of all that was below it

    def copy(self, src: PathLike, dst: PathLike, **options: Any) -> None:
        self._changing([dst], lambda: self._inner.copy(src, dst, **options))

    def move(self, src: PathLike, dst: PathLike, **options: Any) -> None:
        self._changing([src, dst], lambda: self._inner.move(src, dst, **options))

    # --

    def _remembered(
        self, operation: str, path: PathLike, ask: Callable[[], Any], most: Optional[int] = None, **options: Any
    ) -> Any:
        key = self._key(operation, path, options)
        if key is None:
            return ask()
        found, changes = self._find(key)
        if found is _NOTHING:
            found = ask()
            self._keep(key, found, most, changes)
        return found

    def _listed(self, operation: str, path: PathLike, **options: Any) -> Iterator[Any]:
        def entries() -> Iterator[Any]:
            key = self._key(operation, path, options)
            found, changes = (_NOTHING, 0) if key is None else self._find(key)
            if found is not _NOTHING:
                yield from found
                return
            seen: List[Any] = []
            for entry in getattr(self._inner, operation)(path, **options):
                if key is not None and (self._max_listing is None or len(seen) <= self._max_listing):
                    seen.append(entry)
                yield entry
            if key is not None:
                self._keep(key, tuple(seen), self._max_listing, changes)

        return entries()

    def _key(self, operation: str, path: PathLike, options: Dict[str, Any]) -> Optional[Key]:
        place = self._place(path if operation != "glob" else "")
        if place and operation == "glob":
            place = place[0], str(path)  # which is a pattern
        given = (f"{name}={value}" for name, value in sorted(options.items()) if value is not None and value is not False)
        return None if place is None else (operation, *place, *given)

    def _place(self, path: PathLike) -> Optional[Tuple[str, str]]:
        """Where this store is, and a path in it: answers have paths, too. None if it has no
        normal form, or is wrong."""
        if self._above is None or isinstance(path, RawPath):
            return None
        try:
            normal = str(RemotePath(path)) if isinstance(path, str) and path else str(path)
        except RemoteStoreError:
            return None
        return self._above, normal

    def _find(self, key: Key) -> Tuple[Any, int]:
        """What is known, and how many changes there were before."""
        shared = self._shared
        with shared.lock:
            try:
                found = shared.backend.get(key)
                shared.hits += 1
            except KeyError:
                found = _NOTHING
                shared.misses += 1
            return found, shared.changes

    def _keep(self, key: Key, value: Any, most: Optional[int], changes: int) -> None:
        if most is not None and len(value) > most:
            return
        with self._shared.lock:
            if self._shared.changes == changes:  # else it may be what was there before
                self._shared.backend.set(key, value, self._ttl)

    def _changing(self, paths: List[PathLike], change: Callable[[], Any]) -> Any:
        try:
            return change()
        finally:
            self._changed(*paths)

    def _changed(self, *paths: PathLike) -> None:
        places: Set[Tuple[str, str]] = set()
        for path in paths:
            place = self._place(path)
            if place is None:
                return self.clear_cache()
            segments = [segment for part in place for segment in part.split("/") if segment]
            places.update(
                ("/".join(segments[:above]), "/".join(segments[above:below]))  # also for parents and children
                for below in range(len(segments) + 1) for above in range(below + 1))
        with self._shared.lock:
            self._shared.changes += 1
            for operation in _OF_A_PATH:
                for place in places:
                    self._shared.backend.delete((operation, *place))
            for operation in _LISTINGS:
                self._shared.backend.clear_prefix(operation)
        return None

    def _publishing(self, path: PathLike, opened: Any) -> Any:
        opened._publisher = _Publisher(opened._publisher, functools.partial(self._changed, path))
        return opened


class _Publisher:
    """Publishes, and then says so."""

    def __init__(self, inner: Any, then: Callable[[], None]) -> None:
        self._inner, self._then = inner, then

    def publish(self, handle: Any) -> Any:
        try:
            return self._inner.publish(handle)
        finally:
            self._then()

    def drop(self, error: Optional[BaseException]) -> None:
        self._inner.drop(error)


def cache(
    store: Store,
    *,
    ttl: float = 300.0,
    max_content_size: Optional[int] = None,
    max_listing_size: Optional[int] = None,
    max_entries: Optional[int] = None,
    cache_backend: Optional[CacheBackend] = None,
) -> CachedStore:
    """A store around this one that remembers.

    :param ttl: seconds that an answer is remembered
    :param max_content_size: bytes of an object that is remembered, at most; None is no limit
    :param max_listing_size: entries of a listing that is remembered, at most; None is no limit
    :param max_entries: answers at most, of which the oldest go; None is no limit. Not heeded beside
        cache_backend
    :param cache_backend: where they are kept, in the place of a :class:`MemoryCache`
    :raises ValueError: for a limit that is not above 0
    """
    return CachedStore(
        store, ttl=ttl, max_content_size=max_content_size, max_listing_size=max_listing_size,
        max_entries=max_entries, cache_backend=cache_backend)


def _check(**limits: Optional[float]) -> None:
    for name, limit in limits.items():
        if limit is not None and not limit > 0:
            raise ValueError(f"{name} must be above 0, not {limit}")
