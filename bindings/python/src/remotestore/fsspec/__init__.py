"""The engine as a file system of fsspec, for pandas, Dask, xarray, zarr and all that opens
files by it.

Importing this registers nothing: ``remotestore://`` is known by the package, and
:func:`register` puts the engine behind ``s3://`` and others.

    >>> import fsspec, remotestore
    >>> store = remotestore.Store(remotestore.MemoryBackend())
    >>> fs = store.unwrap(fsspec.AbstractFileSystem)
    >>> with fs.open("folder/hello.txt", "w") as file:
    ...     file.write("hello")
    5
    >>> fs.cat_file("folder/hello.txt", start=-2)
    b'lo'
"""

from __future__ import annotations

try:
    import fsspec  # type: ignore[import-not-found, import-untyped, unused-ignore]
except ImportError as _error:
    raise ImportError("this needs the package fsspec: pip install fsspec") from _error

from ._places import LocalFileSystem, MemoryFileSystem, RemoteStoreFileSystem, S3FileSystem

__all__ = ["LocalFileSystem", "MemoryFileSystem", "RemoteStoreFileSystem", "S3FileSystem", "register"]

_CLASSES = {
    protocol: cls
    for cls in (RemoteStoreFileSystem, S3FileSystem, LocalFileSystem, MemoryFileSystem)
    for protocol in cls.protocol
}


def register(*protocols: str) -> None:
    """Puts the engine behind protocols of fsspec, in this process, in the place of what is there.

    :param protocols: ``"s3"``, ``"s3a"``, ``"file"``, ``"local"``, ``"memory"``, ``"remotestore"``
    :raises ValueError: for another one; then nothing is changed
    """
    unknown = [protocol for protocol in protocols if protocol not in _CLASSES]
    if unknown:
        raise ValueError(f"no protocol of the engine is named {', '.join(unknown)}: there are {', '.join(_CLASSES)}")
    for protocol in protocols:
        fsspec.register_implementation(protocol, _CLASSES[protocol], clobber=True)


for _public in (LocalFileSystem, MemoryFileSystem, RemoteStoreFileSystem, S3FileSystem):
    _public.__module__ = __name__  # where they are looked for, also by a pickle
