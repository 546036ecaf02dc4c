"""A program of a user, for type checkers and to be run: the file systems of remotestore.pyfilesystem."""

import io
import pickle
from typing import IO, BinaryIO, Dict, Iterator, List, Optional

from remotestore import MemoryBackend, Store
from remotestore.pyfilesystem import S3FS, StoreFS


def work(files: StoreFS) -> None:
    files.makedir("folder", allow_recreate=True)
    files.makedirs("folder/below", recreate=True)
    with files.open("folder/text", "w", encoding="utf-8") as text:
        text.write("lines\n")
    file: IO[bytes]
    with files.open("folder/text", "rb") as file:
        assert file.read() == b"lines\n"
    binary: BinaryIO = files.openbin("folder/binary", "w+")
    with binary:
        binary.write(b"123")
    files.writebytes("folder/bytes", b"bytes")
    data: bytes = files.readbytes("folder/bytes")
    files.upload("folder/up", io.BytesIO(data))
    down = io.BytesIO()
    files.download("folder/up", down, chunk_size=1024)
    assert down.getvalue() == data
    files.copy("folder/up", "folder/copy", overwrite=True)
    files.move("folder/copy", "folder/moved")
    files.rename("folder/moved", "folder/renamed")
    names: List[str] = files.listdir("folder", wildcard="*n*", files_only=True, full=True)
    lazily: Iterator[str] = files.ilistdir("folder", wildcard=lambda name: name == "below", dirs_only=True)
    assert names == ["folder/binary", "folder/renamed"] and list(lazily) == ["below"]
    sizes: Dict[str, object] = {info.name: info.get("details", "size") for info in files.scandir("folder", ["details"])}
    name: str = files.getinfo("folder/up").name
    url: Optional[str] = files.getpathurl("folder/up", allow_none=True)
    there: bool = files.exists("folder/up") and files.isfile("folder/up") and files.isdir("folder")
    assert sizes == {"below": 0, "binary": 3, "bytes": 5, "renamed": 5, "text": 6, "up": 5}
    assert name == "up" and url is None and there
    files.remove("folder/up")
    files.removedir("folder", force=True)
    files.removetree("/")


with StoreFS(Store(MemoryBackend()), prefix="root") as memory:
    work(memory)
assert memory.isclosed()
work(StoreFS(Store(MemoryBackend()), separator="|", thread_synchronize=False))
with S3FS("bucket", "prefix", aws_access_key="id", aws_secret_key="s", endpoint_url="http://127.0.0.1:1", region="r",
          key_sync_timeout=None) as bucket:
    again: S3FS = pickle.loads(pickle.dumps(bucket))
    again.close()
print("done")
