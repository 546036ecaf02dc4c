"""delete."""

from typing import Any, List, Sequence, Union

from .._errors import RemoteStoreError
from .._library import library
from .._operations import Operations
from .._path import RawPath
from ._arguments import operations, raw_paths
from ._errors import translated


def delete(store: Any, paths: Union[str, Sequence[str]]) -> None:
    """Deletes objects, by one request for 1000 of them. One that is not there is no
    error, but in a folder.

    :raises FileNotFoundError: in a folder, if there is none
    :raises PermissionDeniedError: or what else keeps the first one from being deleted;
        the others are all the same. ``failures`` of the error has all of them
    """
    at, wanted = operations(store), raw_paths(paths)
    if not wanted:
        return
    failed = _from_folder(at, wanted) if at._name == "local" else _at_once(at, wanted)
    if failed:
        failed[0].failures = [translated.of(error) for error in failed]  # type: ignore[attr-defined]
        with translated:
            raise failed[0]


def _at_once(at: Operations, paths: List[RawPath]) -> List[RemoteStoreError]:
    paths = [path for path in paths if str(path)]  # the root is no object, and so is missing
    with translated:
        return list(at.delete_many(paths).values())


def _from_folder(at: Operations, paths: List[RawPath]) -> List[RemoteStoreError]:
    """As obstore does it, which says there what is missing."""
    failed = []
    for path in paths:
        try:
            at._call(library.rstore_delete, path, None)
        except RemoteStoreError as error:
            failed.append(error)
    return failed
