"""remotestore.aio: each operation, in each event loop."""

import asyncio
import datetime
import inspect
import io
import os

import pytest
import remotestore
from loops import LOOPS, together
from remotestore import aio

MIB = 1 << 20


@pytest.fixture(params=LOOPS)
def loop(request):
    return LOOPS[request.param]


@pytest.fixture(params=["memory", "local"])
def store(request, tmp_path):
    backend = remotestore.MemoryBackend() if request.param == "memory" else remotestore.LocalBackend(tmp_path)
    with backend:
        yield aio.AsyncStore(backend, "root")


def test_objects(loop, store, tmp_path):
    async def program():
        data = os.urandom(3 * MIB)
        assert (await store.write("d/a", data)).size == len(data)
        with pytest.raises(remotestore.AlreadyExists):
            await store.write("d/a", b"")
        assert await store.read_bytes("d/a") == data
        assert await store.read_bytes("d/a", offset=7, length=5) == data[7:12]
        assert await store.read_ranges("d/a", [(5, 3), (0, 1)]) == [data[5:8], data[:1]]
        buffer = bytearray(4 * MIB)
        assert await store.read_into("d/a", buffer) == len(data) and buffer[:len(data)] == data
        assert await store.download("d/a", tmp_path / "file", parallel=True) == len(data)
        assert (tmp_path / "file").read_bytes() == data == await store.read_bytes("d/a", parallel=True, verify=True)
        await store.copy("d/a", "b")
        await store.move("b", "c")
        assert [await store.exists(p) for p in ("b", "c", "d")] == [False, True, True]
        assert [await store.is_file("d"), await store.is_folder("d")] == [False, True]
        assert (await store.get_file_info("c")).size == (await store.head("c")).size == len(data)
        assert (await store.get_folder_info("")).file_count == 2
        await store.write_text("t", "grüße")
        assert await store.read_text("t") == "grüße"
        await store.append("t", b"!")
        assert await store.read_many(["t", "t"]) == [await store.read_bytes("t")] * 2
        (info, missing) = await store.get_file_infos(["t", "none"], return_exceptions=True)
        assert info == await store.get_file_info("t") and isinstance(missing, remotestore.NotFound)
        with pytest.raises(remotestore.NotFound):
            await store.read_many(["t", "none"])
        assert await store.delete_many(["t", "none"]) == {}
        await store.delete("c")
        with pytest.raises(remotestore.NotFound) as caught:
            await store.read_bytes("c")
        assert caught.value.path == "c"
        await store.delete_folder("d", recursive=True)
        await store.ping()
        with pytest.raises(remotestore.CapabilityNotSupported):
            await store.sign("a")
        assert store.resolve("a").key == "a" and store.to_key(store.native_path("a")) == "a"

    loop(program)


def test_listings(loop, store):
    async def program():
        for name in ("a", "d/b", "d/e/c"):
            await store.write(name, b"x")
        assert [str(e.path) async for e in store.list_files("", recursive=True)] == ["a", "d/b", "d/e/c"]
        assert [e.name async for e in store.list_folders("d")] == ["e"]
        assert [e.name async for e in store.iter_children("")] == ["a", "d"]
        assert [str(e.path) async for e in store.glob("d/**/c")] == ["d/e/c"]
        assert [str(e.path) async for e in store.child("d").list_files("")] == ["b"]
        with pytest.raises(remotestore.InvalidPath):
            async for _ in store.list_files(".."):
                pass
        with pytest.raises(remotestore.CapabilityNotSupported):
            async for _ in store.list_uploads():
                pass

    loop(program)


class Awaited:
    """A file whose reads are async."""

    def __init__(self, data):
        self.file = io.BytesIO(data)

    async def read(self, size):
        return self.file.read(size)


@pytest.mark.parametrize("source", ["bytes", "bytearray", "file", "pipe", "async file", "iterator", "async iterator"])
def test_what_a_write_takes(loop, store, source, tmp_path):
    data = os.urandom(2 * MIB + 7)
    pieces = [data[:5], bytearray(data[5:MIB]), b"", memoryview(data)[MIB:]]

    async def later():
        for piece in pieces:
            yield piece

    async def program():
        (tmp_path / "file").write_bytes(data)
        with open(tmp_path / "file", "rb") as file:
            content = {"bytes": data, "bytearray": bytearray(data), "file": file, "pipe": io.BytesIO(data),
                       "async file": Awaited(data), "iterator": iter(pieces), "async iterator": later()}[source]
            result = await store.write("a", content)
        assert result.size == len(data) and await store.read_bytes("a") == data

    loop(program)


def test_a_source_that_fails_leaves_nothing(loop, store):
    async def broken():
        yield b"x" * 10
        raise KeyError("mine")

    async def strange():
        yield 1

    async def program():
        for source, error in ((broken(), KeyError), (strange(), TypeError), (1, TypeError), ("text", TypeError)):
            with pytest.raises(error):
                await store.write("a", source)
        assert not await store.exists("a")

    loop(program)


def test_readers(loop, store):
    async def program():
        data = os.urandom(2 * MIB + 5)
        await store.write("a", data)
        blocks = [block async for block in store.read("a")]
        assert b"".join(blocks) == data and len(blocks) == 3
        for reader in (store.read("a"), store.read_seekable("a")):
            async with reader:
                assert await reader.read(3) == data[:3]
                assert await reader.seek(-5, os.SEEK_END) == len(data) - 5 == reader.tell()
                assert await reader.read() == data[-5:] and await reader.read(1) == b""
                assert await reader.read_at(7, 3) == data[7:10]
                await reader.seek(0)
                assert await reader.readall() == data
            with pytest.raises(ValueError, match="closed"):
                await reader.read(1)
        with pytest.raises(remotestore.NotFound):
            async with store.read("none"):
                pass

    loop(program)


def test_writers(loop, store):
    async def program():
        async with store.open_atomic("a", overwrite=True) as writer:
            assert await writer.write(b"one ") == 4
            await writer.write(bytearray(b"two"))
            assert writer.tell() == 7 and not await store.exists("a")
        assert writer.result.size == 7 and await store.read_bytes("a") == b"one two"
        with pytest.raises(KeyError):
            async with store.open_atomic("b") as writer:
                await writer.write(b"never")
                raise KeyError
        async with store.open_atomic("b") as writer:
            await writer.abort()
        assert not await store.exists("b")
        writer = store.open_atomic("c")
        await writer.write(b"x")
        assert (await writer.commit()).size == 1
        with pytest.raises(ValueError, match="closed"):
            await writer.write(b"x")
        with pytest.raises(remotestore.CapabilityNotSupported):
            async with store.create_upload("u"):
                pass

    loop(program)


def test_backends():
    async def program():
        for backend in (aio.AsyncMemoryBackend(), aio.SyncBackendAdapter(remotestore.MemoryBackend())):
            async with backend:
                await backend.check_health()
                await backend.write("a", b"x")
                assert await aio.AsyncStore(backend).read_bytes("a") == b"x"
                assert backend.name == "memory" and backend.close_is_terminal
                assert backend.capabilities.supports(remotestore.Capability.READ)
                assert backend.to_key(native_path=backend.native_path(path="a")) == "a"
            with pytest.raises(remotestore.BackendUnavailable):
                await backend.read_bytes("a")
        with pytest.raises(TypeError):
            aio.AsyncBackend()

    asyncio.run(program())


def test_a_store_of_a_registry():
    config = remotestore.RegistryConfig.from_dict({"backends": {"m": {"type": "memory"}}, "stores": {"s": {"backend": "m"}}})
    with remotestore.Registry(config) as registry:
        store = aio.AsyncStore.from_store(registry.get_store("s"))

        async def program():
            async with store:
                await store.write("a", b"x")
            assert await store.read_bytes("a") == b"x"  # the registry closes it

        asyncio.run(program())
        assert store == aio.AsyncStore.from_store(registry.get_store("s")) and "AsyncStore" in repr(store)


# What remote-store's AsyncStore has: methods, and those that are no coroutines.
NAMES = """aclose child copy delete delete_folder exists get_file_info get_folder_info glob head is_file is_folder
iter_children list_files list_folders move native_path ping read read_bytes read_text resolve supports to_key unwrap write
write_atomic write_text""".split()
PLAIN = "child glob iter_children list_files list_folders native_path read resolve supports to_key unwrap".split()


@pytest.mark.parametrize("name", NAMES)
def test_the_surface_of_remote_store(name):
    assert inspect.iscoroutinefunction(getattr(aio.AsyncStore, name)) == (name not in PLAIN)


def test_all_of_store_is_there():
    names = {name for name in dir(remotestore.Store) if not name.startswith("_")} - {"close"}
    assert names <= set(dir(aio.AsyncStore))
    for name in names - {"child", "from_url", "read", "unwrap"}:
        theirs, ours = (list(inspect.signature(getattr(cls, name)).parameters) for cls in (remotestore.Store, aio.AsyncStore))
        assert ours == theirs, name


def test_without_a_loop(store):
    coroutine = store.exists("a")
    with pytest.raises(RuntimeError, match="no running event loop"):
        coroutine.send(None)


def test_many_at_once(loop, store):
    threads = len(os.listdir("/proc/self/task"))

    async def program():
        async def one(i):
            await store.write(f"n/{i}", b"%d" % i)
            return await store.read_bytes(f"n/{i}")

        await together(*(lambda i=i: one(i) for i in range(1000)))
        found = await together(*(lambda i=i: store.read_bytes(f"n/{i}") for i in range(1000)))
        assert found == [b"%d" % i for i in range(1000)]
        return len(os.listdir("/proc/self/task"))

    assert loop(program) < threads + 100  # those of Go, that wait for the disk


def test_a_log_of_what_changes(caplog, store):
    async def program():
        await store.write("a", b"x")

    with caplog.at_level("INFO", "remotestore"):
        asyncio.run(program())
    assert [(r.op, r.getMessage(), hasattr(r, "attempts")) for r in caplog.records if r.levelname == "INFO"] == [
        ("write", "write complete path='a'", True)]


def test_an_age(store):
    async def program():
        with pytest.raises(remotestore.CapabilityNotSupported):
            await store.abort_uploads(older_than=datetime.timedelta(days=1))

    asyncio.run(program())
