"""Between a store and local files, and between stores.

    >>> from remotestore import MemoryBackend, Store
    >>> here, there = Store(MemoryBackend()), Store(MemoryBackend())
    >>> _ = here.write("a", b"hello")
    >>> transfer(here, "a", there, "b", on_progress=print)
    5
    >>> there.read_bytes("b")
    b'hello'
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, Optional, Union

from .._streams import BUFFER_SIZE
from .._targets import Target
from .streams import ProgressReader, read_with_progress

if TYPE_CHECKING:
    from typing import Callable

    from .._path import PathLike
    from .._progress import Wanted
    from .._store import Store

    Callback = Optional[Callable[[int], None]]
    LocalPath = Union[str, "os.PathLike[str]"]

__all__ = ["download", "transfer", "upload"]


def upload(
    store: Store,
    local_path: LocalPath,
    remote_path: PathLike,
    *,
    overwrite: bool = False,
    on_progress: Callback = None,
    progress: Wanted = None,
) -> None:
    """Writes a local file into a store, all of it or nothing.

    :param on_progress: called with the number of bytes of each block that was read. It costs time: the
        file comes through Python then
    :param progress: as of :meth:`remotestore.Store.write`, in the place of that
    :raises FileNotFoundError: if there is no such file
    :raises AlreadyExists: if the object exists and may not be overwritten
    """
    _check(on_progress, progress)
    with open(local_path, "rb") as file:
        store.write(remote_path, _told(file, on_progress), overwrite=overwrite, progress=progress)


def download(
    store: Store,
    remote_path: PathLike,
    local_path: LocalPath,
    *,
    overwrite: bool = False,
    on_progress: Callback = None,
    progress: Wanted = None,
) -> None:
    """Reads an object into a local file, which is as it was if that fails.

    :param on_progress: called with the number of bytes of each block that was read. It costs time: the
        object comes through Python then
    :param progress: as of :meth:`remotestore.Store.download`, in the place of that
    :raises FileExistsError: if the file exists and may not be overwritten
    """
    _check(on_progress, progress)
    if on_progress is None:
        store.download(remote_path, local_path, overwrite=overwrite, progress=progress)
        return
    with Target(local_path, overwrite) as target, open(target.descriptor, "wb", closefd=False) as file:
        with read_with_progress(store, remote_path, on_progress) as reader:
            shutil.copyfileobj(reader, file, BUFFER_SIZE)


def transfer(
    src_store: Store,
    src_path: PathLike,
    dst_store: Store,
    dst_path: PathLike,
    *,
    overwrite: bool = False,
    on_progress: Callback = None,
    progress: Wanted = None,
) -> None:
    """Writes an object of one store into another one, or the same, through this process. Its bytes
    only: :meth:`remotestore.Store.copy` keeps metadata.

    :param on_progress: called with the number of bytes of each block that was read
    :param progress: as of :meth:`remotestore.Store.write`, in the place of that
    :raises AlreadyExists: if there is one that may not be overwritten
    """
    _check(on_progress, progress)
    with src_store.read(src_path) as file:
        dst_store.write(dst_path, _told(file, on_progress), overwrite=overwrite, progress=progress)


def _check(on_progress: Callback, progress: Wanted) -> None:
    if on_progress is not None and progress:
        raise TypeError("on_progress and progress are two ways to know the same: give one of them")


def _told(file: Any, on_progress: Callback) -> Any:
    return file if on_progress is None else ProgressReader(file, on_progress)
