"""delete."""

import ctypes
from typing import Any, List, Sequence, Union

from .. import _abi
from .._call import wait
from .._errors import RemoteStoreError, failure
from .._library import library
from .._memory import Failures
from .._operations import Operations
from .._path import RawPath, encode
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
    delete_all = _from_folder if at._name == "local" else _at_once
    failed = delete_all(at, wanted) if wanted else []
    if failed:
        failed[0].failures = [translated.of(error) for error in failed]  # type: ignore[attr-defined]
        with translated:
            raise failed[0]


def _at_once(at: Operations, paths: List[RawPath]) -> List[RemoteStoreError]:
    paths = [path for path in paths if str(path)]  # the root is no object, and so is missing
    deletions, found = (_abi.rstore_deletion * len(paths))(), Failures()
    for one, path in zip(deletions, paths):
        one.path, _ = encode(path)
        one.path_len = len(one.path)
    args = _abi.rstore_args(flags=_abi.RAW)
    with translated:
        wait(library.rstore_delete_many, at._handle, deletions, len(paths), ctypes.byref(args), ctypes.sizeof(args),
             ctypes.byref(found), ctypes.sizeof(found))
    first = ctypes.cast(found.failures, ctypes.c_void_p).value or 0
    failures = (_abi.rstore_failure.from_address(first + i * found.failure_size) for i in range(found.count))
    return [failure(one, str(paths[one.index]), at._name) for one in failures]


def _from_folder(at: Operations, paths: List[RawPath]) -> List[RemoteStoreError]:
    """As obstore does it, which says there what is missing."""
    failed = []
    for path in paths:
        try:
            at._call(library.rstore_delete, path, None)
        except RemoteStoreError as error:
            failed.append(error)
    return failed
