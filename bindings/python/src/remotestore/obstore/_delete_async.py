"""In an event loop: delete.

Written by generate_async.py from _delete.py: change that."""

from typing import Any, List, Sequence, Union

from .._errors import RemoteStoreError
from .._library import library
from .._operations_async import AsyncOperations
from .._path import RawPath
from ._arguments import raw_paths
from ._errors import translated
from ._view import async_operations


async def delete_async(store: Any, paths: Union[str, Sequence[str]]) -> None:
    """Deletes objects, by one request for 1000 of them. One that is not there is no
    error, but in a folder.

    :raises FileNotFoundError: in a folder, if there is none
    :raises PermissionDeniedError: or what else keeps the first one from being deleted;
        the others are all the same. ``failures`` of the error has all of them
    """
    at, wanted = async_operations(store), raw_paths(paths)
    if not wanted:
        return
    failed = await _from_folder_async(at, wanted) if at._name == "local" else await _at_once_async(at, wanted)
    if failed:
        failed[0].failures = [translated.of(error) for error in failed]  # type: ignore[attr-defined]
        with translated:
            raise failed[0]


async def _at_once_async(at: AsyncOperations, paths: List[RawPath]) -> List[RemoteStoreError]:
    paths = [path for path in paths if str(path)]  # the root is no object, and so is missing
    with translated:
        return list((await at.delete_many(paths)).values())


async def _from_folder_async(at: AsyncOperations, paths: List[RawPath]) -> List[RemoteStoreError]:
    """As obstore does it, which says there what is missing."""
    failed = []
    for path in paths:
        try:
            await at._call(library.rstore_delete, path, None)
        except RemoteStoreError as error:
            failed.append(error)
    return failed
