"""A program of a user, for type checkers and to be run: the file systems of remotestore.fsspec."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# fsspec has no types, and so what is its own has none.

import datetime
import tempfile
from typing import Dict

import fsspec  # type: ignore[import-untyped]
from remotestore import MemoryBackend, Store
from remotestore.fsspec import LocalFileSystem, MemoryFileSystem, RemoteStoreFileSystem, S3FileSystem, register

memory = RemoteStoreFileSystem(Store(MemoryBackend()), default_cache_type="readahead")
with memory.open("folder/file", "wb") as file:
    file.write(b"0123456789")
part: bytes = memory.cat_file("folder/file", start=2, end=-2)
modified: datetime.datetime = memory.modified("folder/file")
store: Store = memory.store
found: Dict[str, object] = memory.info("folder/file")
assert part == store.read_bytes("folder/file")[2:-2] and modified.tzinfo and found["size"] == 10
assert memory.find("") == ["folder/file"]
memory.rm("folder", recursive=True)

register("memory", "file")
shared: MemoryFileSystem = fsspec.filesystem("memory")
shared.pipe_file("/folder/file", b"x")
with tempfile.TemporaryDirectory() as folder:
    local = LocalFileSystem()
    local.pipe_file(f"{folder}/file", shared.cat_file("/folder/file"))
    assert local.cat_file(f"{folder}/file") == b"x" and local.exists(folder)

protocols = RemoteStoreFileSystem.protocol + S3FileSystem.protocol
bucket = S3FileSystem(anon=True, endpoint_url="http://127.0.0.1:1", client_kwargs={"region_name": "r"},
                      config_kwargs={"max_pool_connections": 8})
assert protocols[0] == "remotestore" and bucket.default_cache_type is None
assert isinstance(fsspec.filesystem("memory"), MemoryFileSystem)
print("done")
