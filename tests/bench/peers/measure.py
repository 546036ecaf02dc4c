"""The kinds of rows: each function does the work of a row by a client, and returns what
it took, for how many calls or bytes."""

import asyncio
import contextlib
import os
import random
import threading
import time

import clients
import content
from work import resident

SECONDS = float(os.environ["BENCH_SECONDS"])
FOLDER = os.environ["BENCH_FOLDER"]
WARM_UP = int(os.environ["BENCH_WARM_UP"])  # calls, of all threads or tasks
KEPT = 64  # of so many calls the first result is compared
LARGE_TIMES, DELETE_TIMES, READ_TIMES = 2, 3, 2
RANGES, RANGE_SIZE = 500, 64 << 10
server = content.Server(os.environ["BENCH_PLAIN"])


@contextlib.contextmanager
def clock(made):
    cpu, begun = time.process_time(), time.perf_counter()
    yield
    made.update(time=time.perf_counter() - begun, cpu=time.process_time() - cpu)


def small(row, client, first):
    """Calls by threads, as many as there is time for."""
    call, check = {"get": (get, check_get), "put": (put, check_put), "head": (head, check_head)}[row.work]

    def run(count):
        kept, failed, made = [], [], {"count": count * row.at_once}
        ready = threading.Barrier(row.at_once + 1)

        def work(start):
            ready.wait()
            try:
                for number in range(start, start + count):
                    result = call(client, number)
                    if (number - start) % KEPT == 0:
                        kept.append((number, result))
            except BaseException as error:
                failed.append(error)

        starts = [n * content.SMALL_COUNT // row.at_once for n in range(row.at_once)]
        threads = [threading.Thread(target=work, args=(start,)) for start in starts]
        for thread in threads:
            thread.start()
        with clock(made):
            ready.wait()
            for thread in threads:
                thread.join()
        if failed:
            raise failed[0]
        for number, result in kept:
            check(number, result)
        return made

    run(warm_up(row))
    return run(calls(run(warm_up(row)), row.at_once))


def warm_up(row):
    """Calls of each, which make the connections."""
    return max(WARM_UP // row.at_once, 2)


def calls(made, at_once=1):
    """How many there is time for, if so many took so long."""
    return max(int(SECONDS / made["time"] * made["count"] / at_once), 2)


def get(client, number):
    return client.get(content.small_key(number))


def check_get(number, found):
    content.compare(found, content.small(number))
    assert len(found) == content.SMALL_SIZE


def put(client, number):
    client.put(f"put/{number % content.SMALL_COUNT}", content.small(number))


def check_put(number, _):
    check_get(number, server.get(f"put/{number % content.SMALL_COUNT}"))


def head(client, number):
    return client.head(content.small_key(number))


def check_head(_, size):
    assert size == content.SMALL_SIZE


def tasks(row, client, first):
    """Calls by the tasks of an event loop."""

    async def program():
        read = client.coroutine()

        async def run(count):
            kept, made = [], {"count": count * row.at_once}

            async def work(start):
                for number in range(start, start + count):
                    result = await read(content.small_key(number))
                    if (number - start) % KEPT == 0:
                        kept.append((number, result))

            with clock(made):
                await asyncio.gather(*(work(n * content.SMALL_COUNT // row.at_once) for n in range(row.at_once)))
            for number, result in kept:
                check_get(number, result)
            return made

        await run(warm_up(row))
        return await run(calls(await run(warm_up(row)), row.at_once))

    return asyncio.run(program())


def batch(row, client, first):
    """Calls that get all small objects."""
    keys = [content.small_key(number) for number in range(content.SMALL_COUNT)]
    found, made = [], {"count": 1}

    def run(times):
        with clock(made):
            for _ in range(times):
                found[:] = client.get_many(keys)

    run(1)
    made["count"] = times = calls(made)
    run(times)
    made["count"] *= len(keys)
    assert len(found) == len(keys)
    for number, each in enumerate(found):
        check_get(number, each)
    return made


def large(row, client, first):
    """Transfers of the large object, and the memory that they need above it."""
    size, path = os.path.getsize(content.large_path(FOLDER)), os.path.join(FOLDER, "got")
    expected, in_memory, target = content.large(FOLDER), 0, "large/put"
    if row.work == "put_large":
        data = bytes(expected)
        call = lambda: client.put_large(target, data)
    elif row.work == "put_file":
        call = lambda: client.put_file(target, content.large_path(FOLDER))
    elif row.work == "get_file":
        call = lambda: client.get_file(content.LARGE, path)
    else:
        in_memory = size
        call = {"get_large": lambda: [client.get_large(content.LARGE)],
                "get_parallel": lambda: [client.get_parallel(content.LARGE, size)],
                "get_parts": lambda: client.get_parts(content.LARGE, size)}[row.work]
    if hasattr(client, "get"):
        client.get(content.small_key(0))  # the connection
    made, found = {"count": LARGE_TIMES * size}, None
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the most that was resident is what is resident
    before = resident()
    with clock(made):
        for _ in range(LARGE_TIMES):
            found = None
            found = call()
    made["memory"] = max(peak() - before - in_memory, 0)
    if row.work.startswith("put"):
        status, length, _ = server.ask("HEAD", target)
        assert (status, length) == (200, size)
        if first:
            target = "keep/put"
            call()
            check_large([server.get(target)], expected)
            server.ask("DELETE", target)
    elif row.work == "get_file":
        with open(path, "rb") as file:
            check_large(iter(lambda: file.read(clients.PART), b""), expected)
        os.remove(path)
    else:
        check_large(found, expected)
    return made


def check_large(pieces, expected):
    start = 0
    for piece in pieces:
        content.compare(piece, expected, start)
        start += len(piece)
    assert start == len(expected)


def peak():
    with open("/proc/self/status") as file:
        (line,) = (line for line in file if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


def listing(row, client, first):
    """A listing of all that is below a prefix."""
    made, expected = {"count": 1}, (content.LISTED, content.LISTED * (content.LISTED - 1) // 2)
    client.get(content.small_key(0))
    with clock(made):
        found = getattr(client, row.work)("list")
    assert (found() if callable(found) else found) == expected
    return made


def deletion(row, client, first):
    """Calls that delete keys, of which a few are there: a missing one is the same work."""
    made, keys = {"count": DELETE_TIMES}, [f"delete/{number}" for number in range(content.DELETED)]
    for key in keys[::500]:
        server.put(key, b"x")
    client.get(content.small_key(0))
    with clock(made):
        for _ in range(DELETE_TIMES):
            client.delete(keys)
    for key in keys[::500]:
        assert server.ask("HEAD", key)[0] == 404
    return made


def reads(row, client, first):
    """Reads of ranges here and there in the large object."""
    expected, call = content.large(FOLDER), getattr(client, row.work)
    chance = random.Random(9)
    starts = [chance.randrange(1, len(expected) - RANGE_SIZE) for _ in range(RANGES)]
    found, made = call(content.LARGE, starts, RANGE_SIZE), {"count": READ_TIMES * RANGES}
    with clock(made):
        for _ in range(READ_TIMES):
            found = call(content.LARGE, starts, RANGE_SIZE)
    assert len(found) == RANGES
    for start, each in zip(starts, found):
        content.compare(each, expected, start)
        assert len(each) == RANGE_SIZE
    return made
