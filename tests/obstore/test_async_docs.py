"""What obstore's documentation shows for coroutines, as programs: fetching, putting,
listing, streams from one store into another, files, and many at once.

Each runs with the modules of REMOTESTORE_TEST_OBSTORE, on memory, in a folder and
on an S3 server.
"""

import asyncio
import os

import pytest

MIB = 1024 * 1024


def test_the_first_steps(obs, store):
    async def program():
        await obs.put_async(store, "data/file1", b"hello")
        result = await obs.get_async(store, "data/file1")
        assert result.meta["size"] == 5
        assert await result.bytes_async() == b"hello"
        assert await (await store.get_async("data/file1", options={"range": (1, 3)})).bytes_async() == b"el"
        assert await obs.get_range_async(store, "data/file1", start=1, length=2) == b"el"
        assert await obs.get_ranges_async(store, "data/file1", starts=[0, 3], ends=[2, 5]) == [b"he", b"lo"]
        assert (await obs.head_async(store, "data/file1"))["size"] == 5
        await obs.delete_async(store, "data/file1")
        with pytest.raises(FileNotFoundError):
            await obs.get_async(store, "data/file1")

    asyncio.run(program())


def test_listings(obs, store):
    async def program():
        await asyncio.gather(*(obs.put_async(store, f"data/{i:03}", b"foo") for i in range(100)))
        sizes = [len(batch) async for batch in obs.list(store, "data", chunk_size=30)]
        assert sizes == [30, 30, 30, 10]
        stream = obs.list(store, chunk_size=10)
        first = await stream.__anext__()
        assert len(first) == 10 and len(await stream.collect_async()) == 90
        found = await obs.list_with_delimiter_async(store)
        assert (found["common_prefixes"], list(found["objects"])) == (["data"], [])
        async for batch in obs.list(store, return_arrow=True):
            assert batch.num_rows == 50  # a batch has so many

    asyncio.run(program())


def test_chunks_of_what_is_fetched(obs, store, tmp_path):
    data = os.urandom(7 * MIB)

    async def program():
        await obs.put_async(store, "file", data)
        with open(tmp_path / "file", "wb") as f:
            async for chunk in (await obs.get_async(store, "file")).stream(min_chunk_size=2 * MIB):
                assert f.write(chunk) >= min(2 * MIB, len(data) - f.tell())
        assert (tmp_path / "file").read_bytes() == data
        assert sum([len(chunk) async for chunk in await obs.get_async(store, "file")]) == len(data)

    asyncio.run(program())


@pytest.mark.parametrize("kind", ["iterator", "async iterator", "bytes", "path", "file"])
def test_what_may_be_put(obs, store, tmp_path, kind):
    (tmp_path / "content").write_bytes(b"foo" * 5)

    async def pieces():
        for _ in range(5):
            await asyncio.sleep(0)
            yield b"foo"

    async def program():
        with open(tmp_path / "content", "rb") as file:
            await obs.put_async(store, "a", {
                "iterator": iter([b"foo"] * 5), "async iterator": pieces(), "bytes": b"foo" * 5,
                "path": tmp_path / "content", "file": file}[kind])
        assert await (await obs.get_async(store, "a")).bytes_async() == b"foo" * 5
        with pytest.raises(obs.exceptions.AlreadyExistsError):
            await obs.put_async(store, "a", b"", mode="create")

    asyncio.run(program())


def test_from_one_store_into_another(obs, stores, store):
    data = os.urandom(12 * MIB)
    other = stores.MemoryStore()

    async def program():
        await obs.put_async(other, "from", data)
        await obs.put_async(store, "to", await obs.get_async(other, "from"), chunk_size=5 * MIB)
        assert (await obs.head_async(store, "to"))["size"] == len(data)
        await obs.put_async(other, "back", (await obs.get_async(store, "to")).stream())
        assert await (await obs.get_async(other, "back")).bytes_async() == data

    asyncio.run(program())


def test_in_the_store(obs, store):
    async def program():
        await obs.put_async(store, "a", b"a")
        await obs.copy_async(store, "a", "b")
        await obs.rename_async(store, "b", "c")
        assert sorted(meta["path"] for meta in await obs.list(store).collect_async()) == ["a", "c"]
        await store.delete_async(["a", "c"])
        assert await obs.list(store).collect_async() == []

    asyncio.run(program())


def test_files(obs, store):
    async def program():
        async with obs.open_writer_async(store, "new.csv") as writer:
            await writer.write(b"col1,col2\n")
            await writer.write(b"a,1\n")
            await writer.flush()
        assert await writer.closed()
        file = await obs.open_reader_async(store, "new.csv")
        assert file.size == 14
        assert await file.readline() == b"col1,col2\n"
        assert await file.tell() == 10
        assert await file.readlines() == [b"a,1\n", b""]  # obstore has the last, empty line too
        assert await file.seek(-2, os.SEEK_END) == 12
        assert await file.read(1) == b"1" and await file.read() == b"\n"

    asyncio.run(program())


def test_a_file_that_breaks_off_is_not_there(obs, store):
    async def program():
        with pytest.raises(KeyError):
            async with obs.open_writer_async(store, "a") as writer:
                await writer.write(b"x" * 100)
                raise KeyError("mine")
        with pytest.raises(FileNotFoundError):
            await obs.head_async(store, "a")

    asyncio.run(program())


def test_many_at_once(obs, store):
    async def program():
        await obs.put_async(store, "a", bytes(range(256)))
        found = await asyncio.gather(*(obs.get_range_async(store, "a", start=i, length=1) for i in range(256)))
        assert [part.to_bytes()[0] for part in found] == list(range(256))

    asyncio.run(program())
