"""Files around files, which tell how far they are, or sum up what passes.

    >>> import io
    >>> file = ChecksumReader(ProgressReader(io.BytesIO(b"hello"), print), "md5")
    >>> file.read(3)
    3
    b'hel'
    >>> file.read()
    2
    b'lo'
    >>> file.hexdigest()
    '5d41402abc4b2a76b9719d911017c592'
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Iterable, Iterator, List

if TYPE_CHECKING:
    from typing import Callable

    from .._path import PathLike
    from .._store import Store

__all__ = ["ChecksumReader", "ChecksumWriter", "ProgressReader", "ProgressWriter", "read_with_progress"]


class _Around:
    """A file around another one, which is asked for everything that moves no bytes."""

    _PASSED_ON = {"closed", "fileno", "flush", "isatty", "mode", "name", "readable", "seek", "seekable", "tell", "writable"}

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        if name in self._PASSED_ON:  # read1 and the like would move bytes that nobody sees
            return getattr(self._inner, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def close(self) -> None:
        self._inner.close()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Reader(_Around):
    def _pass(self, data: Any) -> None:
        """Is told the bytes that were read, of which there are some."""
        raise NotImplementedError

    def read(self, size: int = -1) -> bytes:
        return self._passed(self._inner.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._passed(self._inner.readline(size))

    def readlines(self, hint: int = -1) -> List[bytes]:
        return [self._passed(line) for line in self._inner.readlines(hint)]

    def readinto(self, buffer: Any) -> int:
        with memoryview(buffer) as view, view.cast("B") as target:
            if hasattr(self._inner, "readinto"):
                count: int = self._inner.readinto(target)
            else:
                data = self._inner.read(len(target))
                count = len(data)
                target[:count] = data
            if count:
                self._pass(target[:count])
            return count

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _passed(self, data: bytes) -> bytes:
        if data:
            self._pass(data)
        return data


class _Writer(_Around):
    def _pass(self, data: Any) -> None:
        """Is told the bytes that were written, of which there are some."""
        raise NotImplementedError

    def write(self, data: Any) -> int:
        with memoryview(data) as view, view.cast("B") as source:
            count = self._inner.write(source)
            count = len(source) if count is None else count
            if count:
                self._pass(source[:count])
            return count

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)


class _Hashing(_Around):
    def __init__(self, inner: Any, algorithm: str = "sha256") -> None:
        super().__init__(inner)
        self._algorithm = algorithm.lower()
        self._hash = hashlib.new(self._algorithm)

    @property
    def algorithm(self) -> str:
        """In lower case."""
        return self._algorithm

    def hexdigest(self) -> str:
        """Of all bytes up to now, in lower case."""
        return self._hash.hexdigest()

    def _pass(self, data: Any) -> None:
        self._hash.update(data)


class _Telling(_Around):
    def __init__(self, inner: Any, callback: Callable[[int], None]) -> None:
        super().__init__(inner)
        self._callback = callback

    def _pass(self, data: Any) -> None:
        self._callback(len(data))


class ProgressReader(_Telling, _Reader):
    """Calls back with the number of bytes of each read that gave some."""


class ProgressWriter(_Telling, _Writer):
    """Calls back with the number of bytes of each write that took some."""


class ChecksumReader(_Hashing, _Reader):
    """Sums up what is read, by an algorithm of hashlib. What is read twice counts twice.

    :raises ValueError: for an algorithm that there is not
    """


class ChecksumWriter(_Hashing, _Writer):
    """Sums up what is written, by an algorithm of hashlib.

    :raises ValueError: for an algorithm that there is not
    """


def read_with_progress(store: Store, path: PathLike, callback: Callable[[int], None]) -> ProgressReader:
    """Opens an object for reading, in a file to be closed: see :meth:`remotestore.Store.read`."""
    return ProgressReader(store.read(path), callback)
