"""Event loops with calls in flight: they are cancelled, closed, forked, interrupted."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import pathlib
import socket
import sys
import threading
import time

import pytest
import remotestore
import uvloop
from loops import LOOPS, cancelled_after, sleep, together
from remotestore import _abi, _queue, aio
from remotestore._library import library

SERVERS = pathlib.Path(__file__).resolve().parents[3] / "tests" / "servers"
sys.path.insert(0, str(SERVERS))
import silent  # noqa: E402

LATE_SECONDS = 2  # the endpoints would be silent for much longer
MIB = 1 << 20


@pytest.fixture(params=LOOPS)
def loop(request):
    return LOOPS[request.param]


@pytest.fixture
def server():
    with silent.Server() as server:
        yield server


def opened(endpoint):
    return remotestore.S3Backend("bucket", endpoint_url=endpoint, **silent.OPTIONS)


@pytest.fixture
def store(server):
    with opened(server.endpoint) as backend:
        yield aio.AsyncStore(backend)


def stats():
    record = _abi.rstore_stats_record()
    assert library.rstore_stats(ctypes.byref(record), ctypes.sizeof(record)) == _abi.OK
    return record


def descriptors():
    return len(os.listdir("/proc/self/fd"))


async def listed(store):
    return [entry async for entry in store.list_files("pages", recursive=True)]


async def in_a_reader(store):
    async with store.read("body") as reader:
        await reader.read()


async def in_a_writer(store):
    async with store.open_atomic("header") as writer:
        while True:
            await writer.write(b"x" * MIB)


async def in_an_upload(store):
    async with store.create_upload("header"):
        pass


PHASES = {
    "no answer": lambda store: store.read_bytes("header"),
    "a body that stalls": lambda store: store.read_bytes("body"),
    "into a buffer": lambda store: store.read_into("body", bytearray(MIB)),
    "ranges": lambda store: store.read_ranges("header", [(0, 5), (9, 5)]),
    "the wait for a retry": lambda store: store.head("busy"),
    "the second page": listed,
    "a put": lambda store: store.write("header", b"x" * MIB, overwrite=True),
    "a large put": lambda store: store.write("header", b"x" * (72 * MIB), overwrite=True),
    "a reader": in_a_reader,
    "a writer": in_a_writer,
    "an upload": in_an_upload,
    "a copy": lambda store: store.copy("header", "b"),
    "reads of many": lambda store: store.read_many(["header", "a", "b"]),
    "deletes": lambda store: store.delete_many(["header"]),
}


def test_cancelling_a_task_ends_its_call(loop, store):
    async def program():
        for phase, work in PHASES.items():
            begun = time.monotonic()
            assert await cancelled_after(0.2, lambda: work(store)), phase
            assert time.monotonic() - begun < LATE_SECONDS, phase

    loop(program)
    assert library.rstore_settle(0, None) == _abi.OK


class Stream:
    """An endpoint that gives an object without end, as fast as it is read."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=[self.listener.accept()[0]], daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: \"e\"\r\n"
                               b"Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n" % (1 << 30))
            while True:
                connection.sendall(b"x" * (64 << 10))


    def close(self):
        self.listener.close()


class Filled:
    """A buffer that is filled with x from its beginning on."""

    def __init__(self):
        self.buffer = bytearray(1 << 30)

    def clear(self):
        self.size = self.buffer.find(b"\0") + 8 * MIB
        ctypes.memset((ctypes.c_char * self.size).from_buffer(self.buffer), 0, self.size)

    def is_clear(self):
        return self.buffer.find(b"x", 0, self.size + 1) < 0  # who went on has passed the last of these


@pytest.fixture
def endless():
    with contextlib.closing(Stream()) as stream, opened(stream.endpoint) as backend:
        yield aio.AsyncStore(backend)


def test_a_buffer_is_not_touched_after_its_task_is_cancelled(loop, endless):
    async def program():
        for round in range(20):
            assert await cancelled_after(0.01 + round / 400, lambda: endless.read_into("a", filled.buffer))
            filled.clear()
            await sleep(0.01)
            assert filled.is_clear()

    filled = Filled()
    loop(program)


def test_a_task_that_is_cancelled_waits_for_the_end_of_its_call(store, monkeypatch):
    """Whoever cancels it again meanwhile."""
    events, fetch = [], _queue.Queue._fetch
    monkeypatch.setattr(_queue.Context, "cancel", lambda self: events.append("cancel"))  # so that it goes on

    def fetched(self, timeout_ms):
        events.append("fetched")
        return fetch(self, timeout_ms)

    async def program():
        task = asyncio.ensure_future(store.read_bytes("slow"))
        await asyncio.sleep(0.1)
        monkeypatch.setattr(_queue.Queue, "_fetch", fetched)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0.1)
            assert not task.done()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert events[0] == "cancel" and "fetched" in events

    asyncio.run(program())


def test_no_thread_for_each_call(loop, store):
    def threads():  # without those of the endpoint of this test, which are Python's
        return len(os.listdir("/proc/self/task")) - threading.active_count()

    async def program():
        await cancelled_after(0.1, lambda: store.read_bytes("header"))
        before, more = threads(), []

        async def watch():
            await sleep(0.7)
            more.append(threads() - before)

        await together(watch, *[lambda: cancelled_after(1, lambda: store.read_bytes("header"))] * 200)
        return more[0]

    assert loop(program) < 20


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_loop_is_closed_with_calls_in_flight(store, new_loop):
    buffers = [bytearray(MIB) for _ in range(50)]

    async def begin():
        tasks = [asyncio.ensure_future(store.read_into("body", buffer)) for buffer in buffers]
        await asyncio.sleep(0.3)
        return tasks, _queue._current()

    def round():
        loop = new_loop()
        tasks, queue = loop.run_until_complete(begin())
        begun = time.monotonic()
        loop.close()
        assert time.monotonic() - begun < LATE_SECONDS
        assert queue._fetch(0) == _abi.CLOSED  # so nothing is in flight
        del queue
        assert not any(task.done() for task in tasks)
        for buffer in buffers:
            buffer[:] = bytes(MIB)
        time.sleep(0.1)
        assert not any(map(any, buffers))
        logging.disable(logging.CRITICAL)  # asyncio says that tasks were pending
        try:
            del tasks
            gc.collect()
        finally:
            logging.disable(logging.NOTSET)
        return stats().live_handles

    first = round()
    fds = descriptors()
    assert [round() for _ in range(3)] == [first] * 3
    assert descriptors() <= fds + 1  # connections that are closed behind


@pytest.mark.filterwarnings("ignore:unclosed event loop")
def test_a_loop_that_is_forgotten(store):
    async def begin():
        task = asyncio.ensure_future(store.read_bytes("header"))
        await asyncio.sleep(0.2)
        return task

    gc.collect()
    before = stats().live_handles
    loop = asyncio.new_event_loop()
    task = loop.run_until_complete(begin())
    assert stats().live_handles > before
    logging.disable(logging.CRITICAL)
    try:
        del loop, task
        gc.collect()
    finally:
        logging.disable(logging.NOTSET)
    assert stats().live_handles == before


@pytest.mark.parametrize("key", ["body", "slow"])
def test_a_coroutine_that_is_closed(store, monkeypatch, key):
    """The call ends with it: by a cancel, or by itself."""

    async def program():
        buffer = bytearray(MIB)
        coroutine = store.read_into(key, buffer)
        coroutine.send(None)
        await asyncio.sleep(0.2)
        (context,) = _queue._current()._contexts
        assert context.in_flight
        begun = time.monotonic()
        coroutine.close()
        assert time.monotonic() - begun < LATE_SECONDS
        assert not context.in_flight
        buffer[:] = bytes(MIB)  # which nobody holds
        await asyncio.sleep(0.1)
        assert not any(buffer)

    if key == "slow":
        monkeypatch.setattr(_queue.Context, "cancel", lambda self: None)
    asyncio.run(program())


def test_loops_in_threads(tmp_path):
    with remotestore.LocalBackend(tmp_path) as backend:
        store, failed = aio.AsyncStore(backend), []

        def work(loop, number):
            async def program():
                for i in range(5):
                    await together(*(lambda j=j: store.write(f"{number}/{i}/{j}", b"%d" % j) for j in range(20)))
                    assert await together(*(lambda j=j: store.read_bytes(f"{number}/{i}/{j}") for j in range(20))) == [
                        b"%d" % j for j in range(20)]

            try:
                loop(program)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=[loop, i]) for i, loop in enumerate(list(LOOPS.values()) * 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed


def test_two_loops_in_one_thread_take_turns(tmp_path):
    with remotestore.LocalBackend(tmp_path) as backend:
        store = aio.AsyncStore(backend)
        loops = [asyncio.new_event_loop(), uvloop.new_event_loop()]
        for i in range(10):
            loops[i % 2].run_until_complete(store.write(f"{i}", b"x"))
        before = descriptors()
        for loop in loops:
            loop.close()
        assert descriptors() <= before - 4  # each has one of ours


@pytest.mark.parametrize("line", range(12))
@pytest.mark.parametrize("function", ["drain", "_deliver", "_fetch"])
def test_an_interrupt_while_events_are_fetched_loses_none(tmp_path, function, line):
    """Raised behind a line of it, as a signal handler's would be."""
    code = getattr(_queue.Queue, function).__code__
    raised = []

    def trace(frame, event, argument):
        if frame.f_code is not code:
            return None

        def behind(frame, event, argument):
            if event == "line" and frame.f_lineno == code.co_firstlineno + line and not raised and begun:
                raised.append(True)
                sys.settrace(None)
                raise KeyboardInterrupt
            return behind

        return behind

    loop, begun = asyncio.new_event_loop(), []
    with remotestore.LocalBackend(tmp_path) as backend:
        store = aio.AsyncStore(backend)

        async def program():
            await store.write("a", b"x")
            begun.append(True)
            return await asyncio.gather(*(store.read_bytes("a") for _ in range(50)))

        task = loop.create_task(program())
        sys.settrace(trace)
        try:
            loop.run_until_complete(task)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(None)
        assert loop.run_until_complete(asyncio.wait_for(task, 10)) == [b"x"] * 50
        loop.close()


def test_a_fork_in_the_middle(run):
    run("""
import asyncio, os, tempfile, threading, remotestore
from remotestore import aio, _queue

folder = tempfile.mkdtemp()
store = aio.AsyncStore(remotestore.LocalBackend(folder))

async def program():
    await store.write("a", b"x", overwrite=True)
    return await asyncio.gather(*(store.read_bytes("a") for _ in range(50)))

def child():
    assert not _queue._all
    assert asyncio.run(program()) == [b"x"] * 50
    os._exit(0)

async def parent():
    await program()
    reads = [asyncio.ensure_future(store.read_bytes("a")) for _ in range(50)]
    await asyncio.sleep(0)
    for _ in range(3):
        pid = os.fork()
        if not pid:
            try:
                thread = threading.Thread(target=child)  # whose thread has no loop
                thread.start()
                thread.join()
            finally:
                os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0
    assert await asyncio.gather(*reads) == [b"x"] * 50
    return await program()

assert asyncio.run(parent()) == [b"x"] * 50
pid = os.fork()
if not pid:
    child()
assert os.waitpid(pid, 0)[1] == 0
assert asyncio.run(program()) == [b"x"] * 50
""")


def test_ctrl_c(run, server):
    """As asyncio does it: the task is cancelled, and with it the call."""
    out, _ = run(f"""
import asyncio, os, signal, threading, time, remotestore
from remotestore import aio

signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell ignores behind its "&"

async def program():
    async with aio.AsyncStore(remotestore.S3Backend("bucket", endpoint_url={server.endpoint!r}, key="a", secret="b",
                                                    region_name="r")) as store:
        threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
        await store.read_bytes("body")

begun = time.monotonic()
try:
    asyncio.run(program())
except KeyboardInterrupt:
    print("ended", time.monotonic() - begun < {LATE_SECONDS})
""")
    assert out == "ended True\n"


def test_the_exit_of_a_process_with_calls_in_flight(run, server):
    out, _ = run(f"""
import asyncio, remotestore
from remotestore import aio

store = aio.AsyncStore(remotestore.S3Backend("bucket", endpoint_url={server.endpoint!r}, key="a", secret="b",
                                             region_name="r"))
loop = asyncio.new_event_loop()
tasks = [loop.create_task(store.read_into("body", bytearray(1 << 20))) for _ in range(20)]
loop.run_until_complete(asyncio.sleep(0.3))
print("done")
""", timeout=20)
    assert out == "done\n"


def test_no_memory_is_touched_behind_the_exit(run):
    """What ends them was registered later than the function that looks, and so runs before it."""
    with contextlib.closing(Stream()) as stream:
        out, _ = run(f"""
import asyncio, atexit, ctypes, time

def look():
    size = buffer.find(b"\\0") + (8 << 20)
    ctypes.memset((ctypes.c_char * size).from_buffer(buffer), 0, size)
    time.sleep(0.05)
    print(buffer.find(b"x", 0, size + 1))

atexit.register(look)

import remotestore
from remotestore import aio

buffer = bytearray(1 << 30)
store = aio.AsyncStore(remotestore.S3Backend("bucket", endpoint_url={stream.endpoint!r}, key="a", secret="b",
                                             region_name="r"))
loop = asyncio.new_event_loop()
task = loop.create_task(store.read_into("a", buffer))
loop.run_until_complete(asyncio.sleep(0.1))
assert buffer.find(b"x") == 0
""", timeout=20)
    assert out == "-1\n"
