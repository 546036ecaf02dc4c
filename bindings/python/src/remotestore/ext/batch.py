"""One call for many objects, which collects what fails.

    >>> from remotestore import MemoryBackend, Store
    >>> store = Store(MemoryBackend())
    >>> _ = store.write("a", b"hello")
    >>> batch_copy(store, [("a", "b"), ("none", "c")]).succeeded
    ('a',)
    >>> batch_exists(store, ["a", "b", "c"])
    {'a': True, 'b': True, 'c': False}
    >>> batch_delete(store, ["a", "b"]).all_succeeded
    True
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Tuple

from .._errors import CapabilityNotSupported, RemoteStoreError
from .._models import FileInfo
from .._path import RemotePath

if TYPE_CHECKING:
    from typing import Callable

    from .._store import Store

__all__ = ["BatchResult", "batch_copy", "batch_delete", "batch_exists"]


@dataclasses.dataclass(frozen=True)
class BatchResult:
    """What became of each path.

    :ivar succeeded: in the order in which they were given
    :ivar failed: why the others failed, by path
    """

    succeeded: Tuple[str, ...]
    failed: Dict[str, RemoteStoreError]

    @property
    def all_succeeded(self) -> bool:
        return not self.failed

    @property
    def total(self) -> int:
        """How many were tried."""
        return len(self.succeeded) + len(self.failed)


def batch_delete(
    store: Store,
    paths: Iterable[str],
    *,
    missing_ok: bool = False,
    stop_on_error: bool = False,
    concurrent: bool = False,
    max_workers: Optional[int] = None,
) -> BatchResult:
    """Deletes objects: of S3 a thousand by a request, once it is known that they are there.

    :param missing_ok: one that is missing is no failure; nobody looks then, and a folder is
        missing too
    :param stop_on_error: one by one, and none after the first that fails
    :param concurrent: not together with stop_on_error; else it changes nothing
    :param max_workers: changes nothing: the engine has up to 16 requests at once
    :raises CapabilityNotSupported: for a backend that cannot
    """
    _check(stop_on_error, concurrent)
    if stop_on_error:
        return _one_by_one(paths, lambda path: store.delete(path, missing_ok=missing_ok), str, stop_on_error)
    given = list(dict.fromkeys(paths))
    good, failed = _objects(given)
    if not missing_ok:
        found: List[Any] = store.get_file_infos(good, return_exceptions=True)
        failed.update((path, info) for path, info in zip(good, found) if isinstance(info, RemoteStoreError))
        good = [path for path in good if path not in failed]
    failed.update(store.delete_many(good))  # type: ignore[arg-type]
    return _result(given, failed)


def batch_copy(
    store: Store,
    pairs: Iterable[Tuple[str, str]],
    *,
    overwrite: bool = False,
    stop_on_error: bool = False,
    concurrent: bool = False,
    max_workers: Optional[int] = None,
) -> BatchResult:
    """Copies objects, each from the first path of a pair to the second one.

    :param stop_on_error: none after the first that fails
    :param concurrent: by threads, not together with stop_on_error
    :param max_workers: how many threads at most
    :returns: what became of each source
    :raises CapabilityNotSupported: for a backend that cannot
    """
    _check(stop_on_error, concurrent)

    def copy(pair: Tuple[str, str]) -> None:
        store.copy(pair[0], pair[1], overwrite=overwrite)

    if not concurrent:
        return _one_by_one(pairs, copy, lambda pair: pair[0], stop_on_error)
    from concurrent.futures import ThreadPoolExecutor  # 10 ms

    with ThreadPoolExecutor(max_workers) as threads:
        running = [(pair[0], threads.submit(copy, pair)) for pair in pairs]
        try:
            return _one_by_one(running, lambda one: one[1].result(), lambda one: one[0], False)
        finally:
            for _, future in running:
                future.cancel()  # if one of them ended all


def batch_exists(
    store: Store, paths: Iterable[str], *, concurrent: bool = False, max_workers: Optional[int] = None
) -> Dict[str, bool]:
    """Whether there is something at each path, an object or a folder.

    :param concurrent: changes nothing, as max_workers: the engine has up to 16 requests at once
    :raises RemoteStoreError: the first that could not be answered
    """
    given = list(dict.fromkeys(paths))
    good, _ = _objects(given)
    found = dict(zip(good, store.get_file_infos(good, return_exceptions=True)))
    return {path: isinstance(found.get(path), FileInfo) or store.exists(path) for path in given}  # a folder, maybe


def _check(stop_on_error: bool, concurrent: bool) -> None:
    if concurrent and stop_on_error:
        raise ValueError("stop_on_error goes one by one, and so not with concurrent=True")


def _one_by_one(items: Iterable[Any], do: Callable[[Any], None], name: Callable[[Any], str], stop: bool) -> BatchResult:
    succeeded: List[str] = []
    failed: Dict[str, RemoteStoreError] = {}
    for item in items:
        try:
            do(item)
        except CapabilityNotSupported:
            raise
        except RemoteStoreError as error:
            failed[name(item)] = error
            if stop:
                break
        else:
            succeeded.append(name(item))
    return BatchResult(tuple(succeeded), failed)


def _result(given: List[str], failed: Dict[str, RemoteStoreError]) -> BatchResult:
    for error in failed.values():
        if isinstance(error, CapabilityNotSupported):
            raise error
    return BatchResult(tuple(path for path in given if path not in failed), failed)


def _objects(paths: List[str]) -> Tuple[List[str], Dict[str, RemoteStoreError]]:
    """Those that can be of an object, and why the others cannot: calls for many refuse all for one."""
    good, failed = [], {}
    for path in paths:
        try:
            if isinstance(path, str):
                RemotePath(path)
        except RemoteStoreError as error:
            failed[path] = error
        else:
            good.append(path)
    return good, failed
