"""MemoryStore."""

from typing import ClassVar, NoReturn

from ._base import ObjectStoreMethods
from ._place import opened


class MemoryStore(ObjectStoreMethods):
    """Objects in this process, private to this store. It cannot be pickled or copied."""

    def __init__(self) -> None:
        self._operations, _ = opened("memory", {})

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __reduce__(self) -> NoReturn:
        raise TypeError("a store in memory cannot be pickled or copied: its objects are in this process only")
