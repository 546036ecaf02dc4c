"""obstore's interface over the engine of remotestore."""

from . import exceptions
from ._bytes import Bytes

__all__ = ["Bytes", "exceptions"]
