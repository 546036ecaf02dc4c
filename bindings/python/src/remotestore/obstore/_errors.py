"""How an error of the engine becomes one of obstore's, in one place."""

import functools
from typing import Any, Callable, Dict, Tuple, Type

from .. import _errors as native
from .exceptions import (
    AlreadyExistsError,
    GenericError,
    InvalidPathError,
    NotModifiedError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)


class Translation:
    """A block in which an error of the engine becomes one of obstore's, with the
    same evidence as its attributes, and the engine's as its ``__cause__``."""

    def __init__(self, class_of: Callable[[native.RemoteStoreError], Type[Exception]]) -> None:
        self._class_of = class_of

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if isinstance(error, native.RemoteStoreError) and not isinstance(error, self._class_of(error)):
            raise self.of(error) from error

    def of(self, error: native.RemoteStoreError) -> Exception:
        """The error of obstore for one of the engine."""
        cls = self._class_of(error)
        if isinstance(error, cls):
            return error
        made = cls(str(error))
        made.__dict__.update(vars(error), code=error.code)
        return made


@functools.lru_cache(maxsize=None)
def all_of(*classes: Any) -> Type[Exception]:
    """A class of what is all of them, which tracebacks show as the first."""

    def reduce(error: Exception) -> Any:
        return _unpickled, (classes, error.args, vars(error))

    first = classes[0]
    members = {"__module__": first.__module__, "__doc__": first.__doc__, "__reduce__": reduce, "_all": classes}
    return type(first.__name__, classes, members)


def _unpickled(classes: Tuple[Any, ...], args: Tuple[Any, ...], attributes: Dict[str, Any]) -> Exception:
    made = all_of(*classes)(*args)
    made.__dict__.update(attributes)
    return made


_CLASSES: Dict[Type[native.RemoteStoreError], Type[Exception]] = {
    native.AlreadyExists: AlreadyExistsError,
    native.CapabilityNotSupported: NotSupportedError,
    native.InvalidArgument: all_of(GenericError, ValueError),
    native.InvalidOption: all_of(GenericError, ValueError),
    # A folder, where obstore knows no folders; or an object in the way.
    native.InvalidPath: all_of(GenericError, FileNotFoundError),
    native.NotFound: native.NotFound,  # a FileNotFoundError, as there
    native.NotModified: NotModifiedError,
    native.ObjectChanged: PreconditionError,
    native.PermissionDenied: PermissionDeniedError,
    native.PreconditionFailed: PreconditionError,
    native.Unauthenticated: all_of(UnauthenticatedError, PermissionDeniedError),  # as every 403 is there
}

# Where it is other than above: of a listing all are a GenericError there.
_LISTED = {
    native.InvalidPath: all_of(InvalidPathError, GenericError),
    native.NotFound: all_of(GenericError, FileNotFoundError),
    native.PermissionDenied: all_of(PermissionDeniedError, GenericError),
    native.Unauthenticated: all_of(UnauthenticatedError, PermissionDeniedError, GenericError),
}
def _class_of(error: native.RemoteStoreError) -> Type[Exception]:
    return _CLASSES.get(type(error), GenericError)


def _of_listing(error: native.RemoteStoreError) -> Type[Exception]:
    return _LISTED.get(type(error)) or _class_of(error)


def _of_file(error: native.RemoteStoreError) -> Type[Exception]:
    cls = _class_of(error)
    return cls if issubclass(cls, OSError) else all_of(*getattr(cls, "_all", [cls]), OSError)


translated = Translation(_class_of)
translated_listing = Translation(_of_listing)
translated_file = Translation(_of_file)
