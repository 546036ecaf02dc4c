#!/usr/bin/env python3
"""Opens, reads, writes, uploads, cancels, forks and closes, for minutes: what the
process and the server hold is the same behind it as before.

    serve.py versitygw -- churn.py [SECONDS]

Threads use the blocking interface, an event loop cancels most of what it begins,
and the main thread forks children that do a little of both. Some of everything
ends in the middle, by an exception, a cancel, or by being forgotten.
"""

import asyncio
import collections
import ctypes
import gc
import os
import random
import signal
import sys
import threading
import time
import warnings

import remotestore
from remotestore import _abi, aio
from remotestore._library import library

PLACE = f"{os.environ['REMOTESTORE_TEST_S3_URL']}/churn-{os.getpid()}"
MIB = bytes(1 << 20)
THREADS, TASKS, CHILD_SECONDS, WARM_SECONDS = 4, 32, 60, 30
SPARE_THREADS = 8  # Go keeps the threads that it once needed at the same time


class Enough(Exception):
    """Ends a block in its middle."""


def held():
    """Handles, goroutines, descriptors, threads and KiB of memory."""
    stats = _abi.rstore_stats_record()
    library.rstore_stats(ctypes.byref(stats), ctypes.sizeof(stats))
    with open("/proc/self/status") as status:
        memory = next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))
    return {"handles": stats.live_handles, "goroutines": stats.goroutines, "descriptors": len(os.listdir("/proc/self/fd")),
            "threads": len(os.listdir("/proc/self/task")), "KiB": memory}


def open_store():
    return remotestore.Store.from_url(PLACE, part_size="5242880", max_attempts="1")


# -- the blocking interface ---------------------------------------------------------


def read(store, key):
    store.write(key, MIB, overwrite=True)
    with store.read(key) as reader:
        reader.read(random.randrange(len(MIB)))
    assert store.read_ranges(key, [(0, 10), (1000, 10)]) == [bytes(10)] * 2
    forgotten = store.read(key)
    forgotten.read(1)


def stream(store, key):
    try:
        with store.open_atomic(key, overwrite=True) as writer:
            for _ in range(random.randrange(12)):
                writer.write(MIB)
            if random.random() < 0.5:
                raise Enough
    except Enough:
        pass


def upload(store, key):
    try:
        with store.create_upload(key, overwrite=True) as made:
            made.part(1, MIB * 5)
            made.part(2, b"end")
            if random.random() < 0.5:
                raise Enough
    except Enough:
        pass


def listing(store, key):
    folder = f"{key}-folder"  # the server keeps keys in a file system
    for name in "ab":
        store.write(f"{folder}/{name}", b"1", overwrite=True)
    next(store.list_files(folder))
    store.copy(f"{folder}/a", f"{folder}/c", overwrite=True)
    store.delete_many([f"{folder}/{name}" for name in "abc"])


def missing(store, key):
    try:
        store.read_bytes(f"{key}-missing")
    except remotestore.NotFound:
        pass


WORK = [read, stream, upload, listing, missing]


def churn(name, until, counts):
    while time.monotonic() < until:
        with open_store() as store:
            for _ in range(random.randrange(1, 10)):
                work = random.choice(WORK)
                work(store, name)
                counts[work.__name__] += 1


# -- the event loop -----------------------------------------------------------------


async def read_async(store, key):
    await store.write(key, MIB, overwrite=True)
    assert len(await store.read_bytes(key)) % len(MIB) == 0  # or what a cancelled stream wrote all the same


async def stream_async(store, key):
    async with store.open_atomic(key, overwrite=True) as writer:
        for _ in range(8):
            await writer.write(MIB)


async def list_async(store, key):
    async for _ in store.list_files("", recursive=True):
        await asyncio.sleep(0)


async def churn_async(name, until, counts):
    store = aio.AsyncStore.from_url(PLACE, part_size="5242880", max_attempts="1")
    async with store:
        while time.monotonic() < until:
            work = random.choice([read_async, stream_async, list_async])
            task = asyncio.ensure_future(work(store, name))
            done, _ = await asyncio.wait([task], timeout=random.choice([0.0, 0.01, 0.1, 10.0]))
            task.cancel()
            try:
                await task
                counts[work.__name__] += 1
            except asyncio.CancelledError:
                counts[work.__name__ + " cancelled"] += 1
            except remotestore.BackendUnavailable:  # of a server where a cancelled write of the same key goes on
                counts[work.__name__ + " failed"] += 1


async def churn_loop(name, until, counts):
    while time.monotonic() < until:
        end = min(until, time.monotonic() + 10)
        await asyncio.gather(*(churn_async(f"{name}-{i}", end, counts) for i in range(TASKS)))


# -- children -----------------------------------------------------------------------


def in_child(store):
    signal.alarm(CHILD_SECONDS)
    counts = collections.Counter()
    name = f"child-{os.getpid()}"
    for work in WORK:
        work(store, name)
    asyncio.run(churn_async(name, time.monotonic() + 0.2, counts))
    store.delete(name, missing_ok=True)
    library.rstore_settle(0, None)  # os._exit does not


def fork(store, counts):
    child = os.fork()
    if not child:
        code = 1
        try:
            in_child(store)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert status == 0, f"a child ended with status {status}"
    counts["forks"] += 1


def once(seconds, counts):
    """All of it, for so long."""
    until = time.monotonic() + seconds
    failed = []

    def run(work, *arguments):
        try:
            work(*arguments)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=run, args=(churn, f"thread-{i}", until, counts)) for i in range(THREADS)]
    threads += [threading.Thread(target=run, args=(lambda name: asyncio.run(churn_loop(name, until, counts)), f"loop-{i}")) for i in range(2)]
    for thread in threads:
        thread.start()
    with open_store() as store:
        while time.monotonic() < until and not failed:
            fork(store, counts)
            time.sleep(0.2)
        for thread in threads:
            thread.join()
        assert not failed, failed
        settle(store)


def settle(store):
    """Waits for what goes on behind cancels, and for the server."""
    gc.collect()
    library.rstore_settle(0, None)
    end = time.monotonic() + 20
    while uploads := list(store.list_uploads()):
        assert time.monotonic() < end, f"uploads that stay: {uploads}"
        time.sleep(0.2)


def main(seconds):
    warnings.simplefilter("ignore")
    counts = collections.Counter()
    once(min(WARM_SECONDS, seconds), counts)  # what is made once, and kept
    before = settled()
    counts.clear()
    once(seconds, counts)
    after = settled(before)
    print(f"{seconds} s: {dict(sorted(counts.items()))}")
    for name in before:
        print(f"{name:12} before and after: {before[name]} and {after[name]}")
    assert all(after[name] <= before[name] for name in ("handles", "goroutines", "descriptors"))
    assert after["threads"] <= before["threads"] + SPARE_THREADS
    assert after["KiB"] < 1.5 * before["KiB"]  # it goes up and down: 356 to 534 MiB in four rounds of 40 s
    with open_store() as store:
        store.delete_many([info.path for info in store.list_files("", recursive=True)])


def settled(limit=None):
    """What is held when nothing goes on: connections and goroutines end a little later."""
    end = time.monotonic() + 30
    while True:
        gc.collect()
        found = held()
        if time.monotonic() > end or limit and all(found[name] <= limit[name] for name in found if name != "KiB"):
            return found
        time.sleep(0.5 if limit else 5)
        if limit is None and found == held():
            return found


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 600)
