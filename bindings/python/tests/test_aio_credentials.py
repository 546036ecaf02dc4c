"""Credentials that a function gives to calls of tasks."""

import asyncio
import datetime
import threading
import time

import pytest
import remotestore
from loops import LOOPS, cancelled_after, in_trio, sleep, together
from remotestore import Unauthenticated, aio, obstore
from test_credentials import Cloud, now

HOUR = datetime.timedelta(hours=1)


@pytest.fixture(params=LOOPS)
def loop(request):
    return LOOPS[request.param]


@pytest.fixture
def cloud():
    cloud = Cloud()
    yield cloud
    cloud.shutdown()
    cloud.server_close()


@pytest.fixture
def opened(cloud):
    made = []

    def make(provider):
        made.append(remotestore.S3Backend("bucket", endpoint_url=cloud.url, region_name="r", credential_provider=provider))
        return aio.AsyncStore(made[-1])

    yield make
    for backend in made:
        backend.close()


def keys(name="PROVIDED", life=HOUR):
    return {"access_key_id": name, "secret_access_key": "s", "token": "t", "expires_at": now() + life}


@pytest.mark.parametrize("is_async", [False, True])
def test_a_provider(loop, cloud, opened, is_async):
    calls = []

    def provide():
        calls.append(threading.get_ident())
        return keys()

    async def provide_later():
        await sleep(0.05)
        return provide()

    store = opened(provide_later if is_async else provide)

    async def program():
        assert await together(*[lambda: store.read_bytes("a")] * 50) == [b"content"] * 50

    loop(program)
    assert calls == [threading.get_ident()]  # one task asks, the others wait for it
    assert set(cloud.askers) == {"PROVIDED"}


@pytest.mark.parametrize("is_async", [False, True])
def test_what_an_endpoint_refuses_is_renewed_in_the_middle(loop, cloud, opened, is_async):
    given = iter(["OLD", "NEW"])

    def provide():
        return keys(next(given))

    async def provide_later():
        await sleep(0.05)
        return provide()

    store = opened(provide_later if is_async else provide)

    async def program():
        assert await store.read_bytes("a") == b"content"
        cloud.refused.add("OLD")
        assert await together(*[lambda: store.read_bytes("a")] * 10) == [b"content"] * 10

    loop(program)
    assert list(given) == []


def test_what_a_provider_raises_is_the_cause(loop, cloud, opened):
    given = [keys("OLD")]

    async def provide():
        await sleep(0.01)
        if given:
            return given.pop()
        raise LookupError("hidden")

    store = opened(provide)

    async def program():
        assert await store.read_bytes("a") == b"content"
        cloud.refused.add("OLD")
        with pytest.raises(Unauthenticated, match="LookupError") as caught:
            await store.read_bytes("a")
        assert isinstance(caught.value.__cause__, LookupError) and "hidden" not in str(caught.value)

        async def failed():
            with pytest.raises(Unauthenticated, match="LookupError"):
                await store.read_bytes("a")

        await together(*[failed] * 10)

    loop(program)


def test_a_provider_that_uses_its_own_store(loop, opened):
    async def provide():
        return await store.read_bytes("a")

    store = opened(provide)

    async def program():
        with pytest.raises(Unauthenticated) as caught:
            await store.read_bytes("a")
        assert "itself" in str(caught.value)

    loop(program)


def test_a_task_that_asks_is_cancelled(loop, cloud, opened):
    asked = []

    async def provide():
        asked.append(True)
        await sleep(0.5 if len(asked) == 1 else 0.01)
        return keys()

    store = opened(provide)

    async def program():
        async def later():
            await sleep(0.05)
            return await store.read_bytes("a")

        cancelled, content = await together(lambda: cancelled_after(0.2, lambda: store.read_bytes("a")), later)
        assert cancelled and content == b"content"

    loop(program)
    assert len(asked) == 2


def test_a_thread_asks_while_a_loop_goes_on(cloud, opened):
    def provide():
        time.sleep(0.3)
        return keys()

    store = opened(provide)
    thread = threading.Thread(target=lambda: store._store.read_bytes("a"))

    async def program():
        thread.start()
        await asyncio.sleep(0.1)
        ticks = []

        async def tick():
            for _ in range(10):
                ticks.append(time.monotonic())
                await asyncio.sleep(0.01)

        content, _ = await asyncio.gather(store.read_bytes("a"), tick())
        assert content == b"content" and max(b - a for a, b in zip(ticks, ticks[1:])) < 0.15

    asyncio.run(program())
    thread.join()


def test_the_coroutines_of_obstore(cloud):
    async def provide():
        await asyncio.sleep(0.01)
        return keys()

    store = obstore.store.S3Store("bucket", endpoint=cloud.url, region="r", client_options={"allow_http": True},
                                  credential_provider=provide)

    async def program():
        return (await (await obstore.get_async(store, "a")).bytes_async()).to_bytes()

    assert asyncio.run(program()) == b"content"


def test_nobody_pushes(cloud):
    with remotestore.Store.from_url("s3://bucket", endpoint=cloud.url, region="r", credentials="provider") as store:
        async def program():
            with pytest.raises(Unauthenticated, match="provider"):
                await aio.AsyncStore.from_store(store).read_bytes("a")

        asyncio.run(program())


def test_the_error_of_an_async_provider_names_this(opened):
    async def provide():
        return keys()

    async def program():
        with pytest.raises(Unauthenticated, match="remotestore.aio"):
            opened(provide)._store.read_bytes("a")

    assert not in_trio()
    asyncio.run(program())
