"""Functions and methods are the same thing; the asynchronous twins exist."""

import asyncio

from record import step
from subject import filled, m


def group_async():
    store = filled("a", "b")

    async def several():
        result = await m.get_async(store, "a")
        head = await store.head_async("a")
        await store.put_async("c", b"c")
        await m.copy_async(store, "c", "d")
        await store.rename_async("d", "e")
        await m.delete_async(store, ["c"])
        listed = sorted([meta["path"] async for chunk in store.list() for meta in chunk])
        return [await result.bytes_async(), head["size"], listed, await store.get_range_async("e", start=0, end=1)]

    step("async", lambda: asyncio.run(several()))

    async def streamed():
        return [chunk async for chunk in await store.get_async("a")]

    step("async.stream", lambda: asyncio.run(streamed()))

    async def collected():
        return len(await store.list().collect_async())

    step("async.collect", lambda: asyncio.run(collected()))

    async def missing():
        return await store.get_async("none")

    step("async.missing", lambda: asyncio.run(missing()))


def group_functions():
    store = filled("a")
    step("methods.get", lambda: m.get(store, "a").meta == store.get("a").meta)
    step("methods.list", lambda: m.list(store).collect() == store.list().collect())
    step("methods.head", lambda: m.head(store, "a") == store.head("a"))
    step("methods.delimiter", lambda: m.list_with_delimiter(store) == store.list_with_delimiter())
    step("methods.list_async", lambda: store.list_async().collect() == store.list().collect())
    step("methods.put", lambda: [sorted(m.put(store, "b", b"b")), sorted(store.put("b", b"b"))])
    step("methods.keywords", lambda: store.get(path="a").bytes())
    step("methods.keywords.put", lambda: store.put(path="p", file=b"x").keys() == {"e_tag", "version"})
    step("methods.keywords.copy", lambda: store.copy(from_="a", to="q"))
    step("methods.keywords.delete", lambda: store.delete(paths=["q", "p"]))
