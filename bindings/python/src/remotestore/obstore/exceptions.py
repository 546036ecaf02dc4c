"""The exceptions of obstore, each also what Python itself calls it.

What is not there is a FileNotFoundError, as with obstore, and no BaseError.
"""


class BaseError(Exception):
    """Base class of the others."""


class GenericError(BaseError):
    """All that is nothing else of these."""


class NotFoundError(BaseError):
    """Never raised: what is not there is a FileNotFoundError."""


class InvalidPathError(BaseError, ValueError):
    """A key that no path can name."""


class JoinError(BaseError):
    """Never raised: no task of ours can be lost."""


class NotSupportedError(BaseError, NotImplementedError):
    """The store cannot do this."""


class AlreadyExistsError(BaseError, FileExistsError):
    """The target exists and may not be overwritten."""


class PreconditionError(BaseError):
    """A condition of the call does not hold."""


class NotModifiedError(BaseError):
    """The object is the one that the caller has."""


class PermissionDeniedError(BaseError, PermissionError):
    """The caller is known, but not allowed."""


class UnauthenticatedError(BaseError, PermissionError):
    """The credentials are missing, unknown, wrong or expired."""


class UnknownConfigurationKeyError(BaseError, ValueError):
    """No option has this name."""
