"""A signal whose handler raises ends whatever call the main thread waits in, at
once, with what was raised, and leaves nothing. How soon: tests/bench/ctrl_c.py;
the limits here are for a machine that is busy."""

import contextlib
import ctypes
import gc
import io
import os
import pathlib
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
import traceback

import pytest
import remotestore
from remotestore import _abi, _arrow, _call, _memory, _streams
from remotestore._library import library

SERVERS = pathlib.Path(__file__).resolve().parent.parent / "servers"
sys.path.insert(0, str(SERVERS))
import silent  # noqa: E402

LATE_SECONDS = 2  # the endpoints would be silent for 5 s and more
LARGE = 72 << 20  # is written in parts


class Alarm(Exception):
    pass


class Quit(BaseException):
    pass


@pytest.fixture(scope="module")
def endpoint():
    with silent.Server() as server:
        yield server.endpoint


@pytest.fixture
def store(endpoint):
    with open_store(endpoint) as store:
        store.read_bytes("warm/x")
        yield store


@pytest.fixture
def memory():
    with remotestore.Store.from_url("memory://") as memory:
        yield memory


def open_store(endpoint):
    return remotestore.Store.from_url("s3://bucket", endpoint=endpoint, **silent.OPTIONS)


@pytest.fixture(autouse=True)
def no_handle_is_left(request):
    before = live_handles()
    yield
    gc.collect()
    if not {"store", "memory"} & set(request.fixturenames):
        assert live_handles() == before


def live_handles():
    stats = _abi.rstore_stats_record()
    assert library.rstore_stats(ctypes.byref(stats), ctypes.sizeof(stats)) == _abi.OK
    return stats.live_handles - len(_call._free[True])


@contextlib.contextmanager
def handled(handler, number=signal.SIGALRM):
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(number, before)


def check_interrupted(do, raising=Alarm, number=signal.SIGALRM, after=None, within=LATE_SECONDS):
    """Lets a handler raise while do waits: some time after its begin, or after
    an event."""
    raised = []

    def handler(*_):
        raised.append((raising("by the handler"), time.monotonic()))
        raise raised[0][0]

    def send():
        after.wait(10) if after else None
        time.sleep(0.1)
        os.kill(os.getpid(), number)

    handles = live_handles()
    with handled(handler, number):
        sender = threading.Thread(target=send)
        sender.start()
        try:
            do()
            pytest.fail("nothing was raised")
        except raising as error:
            late = time.monotonic() - raised[0][1]
            assert error is raised.pop()[0]
            assert "handler" in [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        sender.join()
    assert live_handles() == handles  # at once: nothing waits for the garbage collector
    assert late < within


WAITS = {
    "header": lambda store: store.read_bytes("header/x"),
    "body": lambda store: store.read_bytes("body/x"),
    "open_body": lambda store: store.read("body/x").read(),
    "body_into": lambda store: store.read_into("body/x", bytearray(2 << 20)),
    "retry": lambda store: store.read_bytes("busy/x"),
    "listing": lambda store: list(store.list_files("pages")),
    "folder_info": lambda store: store.get_folder_info("pages"),
    "write": lambda store: store.write("header/x", b"x", overwrite=True),
    "writer": lambda store: write_in_block(store, "header/x", b"x"),
    "upload": lambda store: store.create_upload("header/x"),
    "copy": lambda store: store.copy("a/x", "header/x", overwrite=True),
    "delete_folder": lambda store: store.delete_folder("pages", recursive=True),
}


def write_in_block(store, path, content):
    with store.open_atomic(path) as writer:
        writer.write(content)


@pytest.mark.parametrize("wait", WAITS)
def test_each_wait(store, wait):
    check_interrupted(lambda: WAITS[wait](store))
    assert store.read_bytes("fine/x") == b"fine"


def test_the_rows_that_came_before_are_not_lost(store):
    found = store._listing(library.rstore_list_open, "pages", None)
    check_interrupted(lambda: _arrow.next_batch(found))
    assert _arrow.next_batch(found, silent.PAGE).num_rows == silent.PAGE


@pytest.mark.parametrize("number, raising", [
    (signal.SIGINT, KeyboardInterrupt), (signal.SIGINT, Quit), (signal.SIGALRM, Quit), (signal.SIGUSR1, SystemExit)])
def test_whatever_is_raised(store, number, raising):
    check_interrupted(lambda: WAITS["header"](store), raising, number)
    assert store.read_bytes("fine/x") == b"fine"


def test_connect():
    with silent.Full() as full, open_store(full.endpoint) as store:
        check_interrupted(lambda: store.read_bytes("a"))


def test_beside_a_busy_thread(store):
    over = []

    def busy():
        while not over:
            pass

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for wait in ("header", "listing"):
            check_interrupted(lambda: WAITS[wait](store))
        assert store.read_bytes("fine/x") == b"fine"
    finally:
        over.append(True)
        thread.join()


def test_large_data_in_memory_and_on_disk(memory, tmp_path):
    content = secrets.token_bytes(1 << 20) * 192
    with remotestore.Store.from_url(f"file://{tmp_path}") as disk:
        for store in (memory, disk):
            def many():
                for _ in range(1000):
                    store.write("a", content, overwrite=True)
                    assert store.read_bytes("a") == content
            check_interrupted(many)
            if store.exists("a"):
                assert store.read_bytes("a") == content
    assert [entry.name for entry in tmp_path.iterdir() if entry.name != "a"] == []


def test_a_handler_that_returns(store):
    runs = []
    with handled(lambda *_: runs.append(1)):
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        assert store.read_bytes("slow/x") == b"slow"
    assert len(runs) > 2


def test_other_threads_go_on(store):
    found = []
    thread = threading.Thread(target=lambda: found.append(store.read_bytes("slow/x")))
    thread.start()
    check_interrupted(lambda: WAITS["header"](store))
    assert found == []
    thread.join()
    assert found == [b"slow"]


def test_a_handler_that_calls(store, memory):
    found = []

    def handler(*_):
        memory.write("a", b"inside")
        found.extend([memory.read_bytes("a"), store.read_bytes("fine/x"), store.exists("fine/y")])

    with handled(handler):
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        assert store.read_bytes("slow/x") == b"slow"
    assert found == [b"inside", b"fine", True]


@pytest.mark.parametrize("caught", [True, False])
def test_a_call_in_a_handler_is_interrupted(store, caught):
    def inner(*_):
        raise Alarm

    def outer(*_):
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Alarm) if caught else contextlib.nullcontext():
            store.read_bytes("header/inner")

    with handled(inner), handled(outer, signal.SIGUSR1):
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        if caught:
            assert store.read_bytes("slow/x") == b"slow"
        else:
            with pytest.raises(Alarm):
                store.read_bytes("header/outer")
    assert store.read_bytes("fine/x") == b"fine"


# -- where a handler may run: right after the library returned ------------------


def and_raise(function):
    def call(*arguments, **named):
        function(*arguments, **named)
        raise Alarm
    return call


def test_a_second_signal_after_a_call():
    first, context = Quit(), _call.Context()

    def interrupted_twice(*_):
        context._raised.append(first)  # by the hook
        raise Alarm

    with pytest.raises(Alarm) as caught:
        _call.wait(interrupted_twice, _memory.Handle(), context=context)
    assert caught.value.__context__ is first
    assert context._raised == []  # else the next call would raise it


def test_a_failed_call_keeps_no_error(memory):
    handles, found = live_handles(), _memory.Object()
    head, rest = and_raise(library.rstore_head), (b"missing", 7, None, 0, ctypes.byref(found), ctypes.sizeof(found))
    with pytest.raises(Alarm):
        _call.wait(head, memory._handle, *rest)
    with pytest.raises(Alarm):
        _call.call(head, memory._handle, 0, *rest)
    assert live_handles() == handles


def test_a_read_that_was_interrupted_moved_nothing(memory, monkeypatch):
    content = secrets.token_bytes(3 << 20)
    memory.write("a", content)
    for opening in (memory.read, memory.read_seekable):
        with opening("a") as stream:
            assert stream.read(1000) == content[:1000]
            with monkeypatch.context() as patched:
                patched.setattr(_streams, "wait", and_raise(_streams.wait))
                with pytest.raises(Alarm):
                    stream.read(2 << 20)
            at = stream.tell()  # io may have taken what it had
            assert stream.read() == content[at:]


def test_a_writer_that_was_interrupted_publishes_nothing(memory, monkeypatch):
    with pytest.raises(ValueError, match="interrupted"):
        with memory.open_atomic("a") as writer:
            with monkeypatch.context() as patched:
                patched.setattr(_streams, "wait", and_raise(_streams.wait))
                with pytest.raises(Alarm):
                    writer.write(b"half")
    assert not memory.exists("a")


@pytest.mark.skipif(sys.version_info < (3, 10), reason="CPython's handlers run on any stack, also on Go's")
def test_signals_at_any_moment(memory):
    """Each one is raised, and what was interrupted left nothing."""
    small, large = b"a" * 3000, b"b" * 200_000
    memory.write("o", small)
    memory.write("long", large)
    stream = memory.read("long")  # opening one, io drops what a handler raises in its `tell`

    def missing():
        with pytest.raises(remotestore.NotFound):
            memory.read_bytes("missing")

    def go_on():
        at = stream.tell()
        assert stream.read(5000) == large[at : at + 5000]
        if at > 150_000:
            stream.seek(0)

    dos = [
        missing, go_on,
        lambda: memory.write("o", random.choice([small, large]), overwrite=True),
        lambda: check(memory.read_bytes("o") in (small, large)),
        lambda: check(memory.get_file_info("o").size in (len(small), len(large))),
        lambda: check(len(list(memory.list_files(""))) == 2),
        lambda: memory.delete("none", missing_ok=True),
    ]
    runs, caught = [], 0

    def handler(*_):
        runs.append(1)
        raise Alarm

    def until_it_runs(before):
        end = time.monotonic() + 1
        while len(runs) == before and time.monotonic() < end:
            time.sleep(0)

    gc.collect()
    handles = live_handles()
    with handled(handler):
        end = time.monotonic() + 2
        while time.monotonic() < end:
            do = random.choice(dos)
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 6e-5))
                do()
                until_it_runs(caught)
            except Alarm:
                caught += 1
    stream.close()
    gc.collect()
    assert len(runs) == caught > 1000
    assert live_handles() == handles - 1  # the stream


def check(condition):
    assert condition


# -- uploads to a real server ----------------------------------------------------


@pytest.fixture
def served(s3_servers):
    return s3_servers("versitygw")


@pytest.fixture
def place(served):
    return served["REMOTESTORE_TEST_S3_URL"] + "/" + secrets.token_hex(8)


def uploads(place):
    with remotestore.Store.from_url(place) as direct:
        return list(direct.list_uploads()), direct.exists("large")


UPLOADS = {
    "open_atomic": lambda store: write_in_block(store, "large", bytes(LARGE)),
    "bytes": lambda store: store.write("large", bytes(LARGE)),
    "file": lambda store: store.write("large", io.BytesIO(bytes(LARGE))),
}


@pytest.mark.parametrize("kind", UPLOADS)
def test_an_upload(served, place, kind):
    with silent.Relay(served["AWS_ENDPOINT_URL"]) as relay:
        with remotestore.Store.from_url(place, endpoint=relay.endpoint) as store:
            check_interrupted(lambda: UPLOADS[kind](store), after=relay.part)
            store.write("small", b"x")  # the store serves on
            end = time.monotonic() + 10
            while uploads(place) != ([], False) and time.monotonic() < end:
                time.sleep(0.1)
    assert uploads(place) == ([], False)


# -- the end of a process --------------------------------------------------------

PROGRAM = f"""
import os, sys, threading
sys.path.insert(0, {str(SERVERS)!r})
import remotestore, silent
place, endpoint = sys.argv[1:]
options = {{}} if os.environ.get("AWS_ENDPOINT_URL") else silent.OPTIONS
store = remotestore.Store.from_url(place, endpoint=endpoint, **options)

def thread(path, daemon):
    threading.Thread(target=store.read_bytes, args=[path], daemon=daemon).start()

def ready():
    print("ready", flush=True)

"""


def start(program, place, endpoint, environment=None):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + program, place, endpoint],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which a shell ignores behind its "&"
    )


def finish(process):
    try:
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
    return process.returncode, said


ENDS = {
    "main": ("ready()\nstore.read_bytes('header/x')", -signal.SIGINT),
    "caught": ("ready()\ntry: store.read_bytes('header/x')\nexcept KeyboardInterrupt: sys.exit(5)", 5),
    "daemons": ("[thread('header/x', True) for _ in range(4)]\nready()\nstore.read_bytes('header/x')", -signal.SIGINT),
    "threads": ("[thread('slow/x', False) for _ in range(4)]\nready()\nstore.read_bytes('header/x')", -signal.SIGINT),
    "exit": ("[thread(p + '/x', True) for p in ['header', 'slow', 'body', 'busy']]\nready()\n"
             "import time; time.sleep(0.2); sys.exit(3)", 3),
    "_exit": ("[thread('header/x', False) for _ in range(4)]\nready()\nimport time; time.sleep(0.2); os._exit(4)", 4),
}


def test_the_end_of_a_process(endpoint):
    # Custom servers may be in the environment: these have their own.
    environment = {"AWS_ENDPOINT_URL": ""}
    running = {name: start(program, "s3://bucket", endpoint, environment) for name, (program, _) in ENDS.items()}
    for process in running.values():
        assert process.stdout.readline() == "ready\n", finish(process)
    time.sleep(0.3)
    for name, process in running.items():
        if not name.endswith("exit"):
            process.send_signal(signal.SIGINT)
    for name, process in running.items():
        status, said = finish(process)
        assert status == ENDS[name][1], (name, said)
        if status < 0:
            assert said.startswith("Traceback ") and said.count("Traceback") == 1, (name, said)
            assert said.endswith("KeyboardInterrupt\n") and "ignored" not in said, (name, said)
        else:
            assert said == "", name


@pytest.mark.parametrize("write", [
    "store.write('large', bytes({large}))",
    "with store.open_atomic('large') as w: w.write(bytes({large}))",
])
def test_a_process_that_ends_by_it_leaves_no_upload(served, place, write):
    with silent.Relay(served["AWS_ENDPOINT_URL"]) as relay:
        process = start("ready()\n" + write.format(large=LARGE), place, relay.endpoint, served)
        assert process.stdout.readline() == "ready\n", finish(process)
        assert relay.part.wait(10)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        status, said = finish(process)
    assert status == -signal.SIGINT and said.endswith("KeyboardInterrupt\n"), said
    assert uploads(place) == ([], False)
