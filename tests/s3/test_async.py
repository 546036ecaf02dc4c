"""Many tasks at once on a real server, by each interface and in each loop."""

import asyncio
import datetime
import os
import pathlib
import secrets
import sys

import pytest
import remotestore
from remotestore import aio, obstore

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bindings" / "python" / "tests"))
from loops import LOOPS, together  # noqa: E402

TASKS, SIZE, MIB = 1000, 4096, 1 << 20


@pytest.fixture
def store(s3_servers):
    url = s3_servers("versitygw")["REMOTESTORE_TEST_S3_URL"].rstrip("/") + "/" + secrets.token_hex(8)
    with remotestore.Store.from_url(url) as store:
        yield aio.AsyncStore.from_store(store)
        store.delete_many([info.path for info in store.list_files("", recursive=True)])


def threads():
    return len(os.listdir("/proc/self/task"))


@pytest.mark.parametrize("loop", LOOPS)
def test_a_thousand_tasks(store, loop):
    data = [os.urandom(SIZE) for _ in range(20)]

    async def program():
        await together(*(lambda i=i: store.write(f"{i}", data[i]) for i in range(len(data))))
        before = threads()
        found = await together(*(lambda i=i: store.read_bytes(f"{i % len(data)}") for i in range(TASKS)))
        assert found == data * (TASKS // len(data))
        assert threads() - before < 50

    LOOPS[loop](program)


@pytest.mark.parametrize("loop", LOOPS)
def test_an_upload_by_tasks(store, loop):
    data = os.urandom(12 * MIB)

    async def program():
        async with store.create_upload("u") as upload:
            await together(*(lambda i=i: upload.part(i + 1, data[i * 5 * MIB: (i + 1) * 5 * MIB]) for i in range(3)))
        assert await store.read_bytes("u") == data
        with pytest.raises(KeyError):
            async with store.create_upload("v") as upload:
                await upload.part(1, b"x")
                raise KeyError
        assert [info.upload_id async for info in store.list_uploads()] == []

    LOOPS[loop](program)
    assert "?" in asyncio.run(store.sign("u"))


def test_an_upload_that_is_cancelled_leaves_nothing(store):
    async def endless():
        while True:
            yield b"x" * MIB
            await asyncio.sleep(0)

    async def program():
        task = asyncio.ensure_future(store.write("w", endless()))
        while not [info async for info in store.list_uploads()]:
            await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while [info async for info in store.list_uploads()]:  # it is aborted behind the task
            await asyncio.sleep(0.05)
        assert not await store.exists("w")

    asyncio.run(asyncio.wait_for(program(), 60))


def test_the_coroutines_of_obstore(store):
    at = obstore.store.PrefixStore(store._store, "p")
    large = os.urandom(9 * MIB)

    async def pieces():
        for i in range(9):
            yield large[i * MIB: (i + 1) * MIB]

    async def program():
        await obstore.put_async(at, "large", pieces())
        await asyncio.gather(*(at.put_async(f"n/{i}", b"%d" % i) for i in range(60)))
        found = await asyncio.gather(*(obstore.get_range_async(at, "large", start=i, length=9) for i in range(TASKS)))
        assert [bytes(part) for part in found] == [large[i: i + 9] for i in range(TASKS)]
        assert b"".join([chunk async for chunk in (await at.get_async("large")).stream(MIB)]) == large
        assert len(await at.list("n").collect_async()) == 60
        assert [len(chunk) async for chunk in at.list_async("n", chunk_size=50)] == [50, 10]
        listed = await obstore.list_with_delimiter_async(at)
        assert listed["common_prefixes"] == ["n"] and [meta["path"] for meta in listed["objects"]] == ["large"]
        file = await obstore.open_reader_async(at, "large")
        await file.seek(5)
        assert await file.read(5) == large[5:10] and (await file.readall()) == large[10:]
        async with obstore.open_writer_async(at, "w") as writer:
            await writer.write(b"line\n")
        assert await (await obstore.open_reader_async(at, "w")).readline() == b"line\n"
        assert "?" in await obstore.sign_async(at, "GET", "w", datetime.timedelta(hours=1))
        with pytest.raises(FileNotFoundError):
            await obstore.head_async(at, "none")

    asyncio.run(program())
