"""A program of a user with an event loop, for mypy --strict and to be run."""

import asyncio
import os
from typing import AsyncIterator, Dict, List, Union

from remotestore import Capability, FileInfo, FolderEntry, LocalBackend, MemoryBackend, NotFound, Store, WriteResult, aio
from remotestore import obstore


async def pieces() -> AsyncIterator[bytes]:
    for _ in range(3):
        await asyncio.sleep(0)
        yield b"piece"


async def objects(store: aio.AsyncStore) -> None:
    written: WriteResult = await store.write("a", pieces())
    info: FileInfo = await store.get_file_info("a")
    data: bytes = await store.read_bytes("a", offset=5)
    assert (written.size, info.size, data) == (15, 15, b"piecepiece")
    buffer = bytearray(20)
    filled: int = await store.read_into("a", buffer)
    parts: List[bytes] = await store.read_ranges("a", [(0, 2), (5, 2)])
    assert (filled, parts) == (15, [b"pi", b"pi"])
    try:
        await store.read_text("none")
    except NotFound as error:
        path: Union[str, None] = error.path
        assert path == "none"
    assert await store.exists("a") and await store.is_file("a") and not await store.is_folder("a")
    assert (await store.head("a")).size == 15
    await store.copy("a", "b")
    await store.move("b", "c")
    failed = await store.delete_many(["c", "none"])
    assert not failed


async def files(store: aio.AsyncStore) -> None:
    async with store.open_atomic("file", overwrite=True) as writer:
        count: int = await writer.write(b"line\n")
        position: int = writer.tell()
        assert count == position == 5
    assert writer.result is not None and writer.result.size == 5
    async with store.read_seekable("file") as reader:
        size: int = await reader.seek(0, os.SEEK_END)
        last: bytes = await reader.read_at(4, 1)
        assert (size, last) == (5, b"\n")
    blocks: List[bytes] = [block async for block in store.read("file")]
    assert blocks == [b"line\n"]


async def listings(store: aio.AsyncStore) -> None:
    folder: aio.AsyncStore = store.child("folder")
    await folder.write_text("file", "text")
    sizes: Dict[str, int] = {str(info.path): info.size async for info in store.list_files("", recursive=True)}
    assert sizes["folder/file"] == 4
    entry: Union[FileInfo, FolderEntry]
    async for entry in store.iter_children("folder"):
        assert entry.name == "file"
    await store.delete_folder("folder", recursive=True)


async def as_obstore() -> None:
    store = obstore.store.MemoryStore()
    await obstore.put_async(store, "a", pieces())
    result: obstore.GetResult = await store.get_async("a")
    content: obstore.Bytes = await result.bytes_async()
    meta: obstore.ObjectMeta = await obstore.head_async(store, "a")
    assert (bytes(content), meta["size"]) == (b"piece" * 3, 15)
    paths: List[str] = [found["path"] async for batch in store.list() for found in batch]
    assert paths == ["a"]
    async with obstore.open_writer_async(store, "b") as writer:
        await writer.write(b"x")


async def main() -> None:
    async with aio.AsyncStore(MemoryBackend(), "root") as store:
        assert store.supports(Capability.ATOMIC_WRITE)
        await objects(store)
        await files(store)
        await listings(store)
    with Store(LocalBackend(os.getcwd())) as sync:
        await aio.AsyncStore.from_store(sync).ping()
    await as_obstore()
    print("done")


asyncio.run(main())
