"""CPU time of reading 4 KiB in an event loop, by so many tasks at once.

    tests/servers/serve.py versitygw -- tests/bench/aio.py

From an S3 server beside obstore's get_async, by turns: the medians of all rounds are
compared. And without a server, from memory and from a folder, which shows what the
queue itself costs: the goal is 10 us at 64 tasks on memory. The interpreter is that
of `tests/tools.py obstore`.
"""

import asyncio
import os
import statistics
import tempfile
import time
import urllib.parse

import obstore
import remotestore
from remotestore import aio
from remotestore import obstore as ours

PATH, SIZE, ROUNDS = "bench-aio", 4096, 11
TASKS = {1: 200, 64: 1024, 1024: 2048}  # and how many reads they share in a round
GOAL = 10


def main():
    data = os.urandom(SIZE)
    with tempfile.TemporaryDirectory() as folder:
        for backend in (remotestore.MemoryBackend(), remotestore.LocalBackend(folder)):
            with backend:
                backend.write(PATH, data)
                lanes = {"read_bytes": bytes_of(aio.AsyncStore(backend)), "read_bytes, no loop": None}
                report(backend.name, lanes, backend)
    report("s3", on_the_server(data))


def on_the_server(data):
    url = os.environ["REMOTESTORE_TEST_S3_URL"]
    store = aio.AsyncStore.from_store(remotestore.Store.from_url(url))
    options = {
        "endpoint": os.environ["AWS_ENDPOINT_URL"], "region": os.environ["AWS_REGION"] or "us-east-1",
        "access_key_id": os.environ["AWS_ACCESS_KEY_ID"], "secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
        "client_options": {"allow_http": True}}
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # one that is empty is a panic in obstore
    bucket = urllib.parse.urlsplit(url).netloc
    own, theirs = ours.store.S3Store(bucket, **options), obstore.store.S3Store(bucket, **options)
    own.put(PATH, data)
    return {"obstore": content_of(obstore, theirs), "remotestore.obstore": content_of(ours, own), "aio": bytes_of(store)}


def bytes_of(store):
    return lambda: store.read_bytes(PATH)


def content_of(module, store):
    async def read():
        return await (await module.get_async(store, PATH)).bytes_async()

    return read


def report(place, lanes, backend=None):
    for tasks, count in TASKS.items():
        times = {name: [] for name in lanes}
        for _ in range(ROUNDS):
            for name, read in lanes.items():
                times[name].append(asyncio.run(measure(read, tasks, count)) if read else measure_sync(backend, count))
        medians = {name: statistics.median(t[1:]) for name, t in times.items()}  # the first round has the caches
        first = medians[next(iter(lanes))]
        for name, median in medians.items():
            print(f"{place:7} {tasks:5} tasks  {name:20} {median:7.1f} us of CPU a read, {median / first:.2f}")
        if place == "memory" and tasks == 64:
            print(f"the goal is {GOAL} us: {'met' if first <= GOAL else 'MISSED'}")


async def measure(read, tasks, count):
    async def task():
        for _ in range(count // tasks):
            assert len(await read()) == SIZE

    before = time.process_time()
    await asyncio.gather(*(task() for _ in range(tasks)))
    return (time.process_time() - before) * 1e6 / count


def measure_sync(backend, count):
    before = time.process_time()
    for _ in range(count):
        assert len(backend.read_bytes(PATH)) == SIZE
    return (time.process_time() - before) * 1e6 / count


if __name__ == "__main__":
    main()
