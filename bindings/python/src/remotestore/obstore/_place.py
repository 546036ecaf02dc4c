"""Where the calls of a store run."""

import copyreg
import ctypes
from typing import Any, ClassVar, Dict, List, Optional, Tuple

from .. import _abi
from .._backends import open_configured
from .._call import call
from .._credentials import CredentialProvider
from .._fork import Reopened
from .._library import library
from .._memory import Handle
from .._operations import Operations
from .._path import RawPath, encode
from ._base import ObjectStoreMethods
from ._errors import translated


class Place(Operations):
    """What is open behind a handle. With the last one on a backend that is closed."""

    def __init__(self, name: str, handle: Handle, parent: Optional[Operations] = None) -> None:
        self._name, self._handle, self._parent = name, handle, parent


def opened(
    kind: str, options: Dict[str, Any], provider: Optional[CredentialProvider] = None
) -> Tuple[Place, List[str]]:
    """What a configuration describes, and the warnings about it."""
    with translated:
        handle, warnings = open_configured(kind, options, provider)
    return Place(kind, handle), warnings


def below(place: Operations, prefix: RawPath) -> Place:
    """A folder of what is open."""
    (p, flags), handle = encode(prefix), place._handle.new()
    args = _abi.rstore_args(flags=flags)
    with translated:
        call(library.rstore_child, place._handle, p, len(p), ctypes.byref(args), ctypes.sizeof(args), ctypes.byref(handle))
    return Place(place._name, handle, place)


class ConfiguredStore(Reopened, ObjectStoreMethods):
    """A store that its configuration makes anew: for a pickle, which holds that with
    its secrets, and for a copy. Two are equal if it is."""

    _NATIVE = "_operations"

    def _key(self) -> Any:
        """What makes two of them equal."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfiguredStore):
            return NotImplemented
        return (isinstance(other, type(self)) or isinstance(self, type(other))) and bool(self._key() == other._key())

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        return copyreg.__newobj__, (type(self),), self.__getstate__()  # type: ignore[attr-defined]
