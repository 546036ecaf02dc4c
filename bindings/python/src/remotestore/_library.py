"""Loads libremotestore.so and declares its functions."""

import ctypes
import os

from . import _abi


def _load() -> ctypes.CDLL:
    # The variable is for developers: a wheel carries the library beside this file.
    path = os.environ.get("REMOTESTORE_LIBRARY") or os.path.join(os.path.dirname(__file__), "libremotestore.so")
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        import platform

        # The loader of musl has no room for Go's thread-local storage (golang/go#54805).
        why = "" if platform.libc_ver()[0] == "glibc" else ": it is made for Linux with glibc"
        raise ImportError(f"remotestore cannot load its native library{why}: {error}") from error
    library.rstore_abi_version.restype = ctypes.c_uint32
    found = library.rstore_abi_version()
    if found != _abi.ABI_VERSION:
        raise ImportError(f"{path} has ABI version {found}, but this package needs {_abi.ABI_VERSION}")
    for name, (result, parameters) in _abi.FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, parameters
    return library


library = _load()

# The same, for what takes less than a microsecond: its calls keep the GIL, which another
# thread would take meanwhile, and keep for some milliseconds.
quick = ctypes.PyDLL(library._name)
