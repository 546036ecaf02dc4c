"""An object that is being written."""

import ctypes
from typing import Any

from .. import _abi
from .._call import wait
from .._errors import RemoteStoreError
from .._library import library
from .._memory import Object, readable
from .._operations import Operations
from .._path import RawPath
from ._errors import Translation


class Writing:
    """It begins with the first write or the commit. Nobody sees it before the
    commit; the end of the block drops what was not committed, and so does
    forgetting it."""

    def __init__(self, at: Operations, path: RawPath, args: _abi.rstore_args, translation: Translation) -> None:
        self._at, self._path, self._args = at, path, args  # who forgets the store still writes this
        self._handle, self._translation, self._begun = at._handle.new(), translation, False

    def write(self, data: Any) -> int:
        """Takes what has memory, and returns its length."""
        pointer, length, _alive = readable(data)
        self._begin()
        try:
            with self._translation:
                wait(library.rstore_writer_write, self._handle, pointer, length)
        except BaseException as error:
            if not isinstance(error.__cause__, RemoteStoreError):  # a signal handler's: the data may have been taken
                self.drop()
            raise
        return length

    def commit(self) -> Object:
        """Publishes the object, and says what was made."""
        made = Object()
        self._begin()
        with self._translation:
            wait(library.rstore_writer_commit, self._handle, ctypes.byref(made), ctypes.sizeof(made))
        return made

    def drop(self) -> None:
        """Drops what was not committed."""
        self._handle.close()

    def __enter__(self) -> "Writing":
        return self

    def __exit__(self, *_: Any) -> None:
        self.drop()

    def _begin(self) -> None:
        if not self._begun:
            with self._translation:
                self._at._call(library.rstore_writer_open, self._path, self._args, ctypes.byref(self._handle))
            self._begun = True
