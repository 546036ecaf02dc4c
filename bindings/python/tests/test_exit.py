"""How a process ends while the engine is at work in it, and what Python does beside it."""

import signal
import subprocess
import sys
import time

import pytest

START = """
import os, signal, socket, sys, threading, time, remotestore

ticks, ended = [], []
signal.signal(signal.SIGPROF, lambda *_: ticks.append(1))  # before the first call, for Python 3.9
signal.signal(signal.SIGCHLD, lambda *_: ended.append(1))
listener = socket.create_server(("127.0.0.1", 0), backlog=64)  # connects, and never answers
store = remotestore.Store.from_url(
    "s3://bucket", endpoint="http://127.0.0.1:%d" % listener.getsockname()[1], access_key_id="a", secret_access_key="b")
memory = remotestore.Store(remotestore.MemoryBackend())
memory.write("a", b"text")

def wait_for_ever():
    try:
        store.read_bytes("a")
    except remotestore.RemoteStoreError:
        pass

def at_work(count=8):
    for _ in range(count):
        threading.Thread(target=wait_for_ever, daemon=True).start()
    for _ in range(4):
        threading.Thread(target=lambda: [memory.read_bytes("a") for _ in iter(int, 1)], daemon=True).start()
    time.sleep(0.3)

"""


def end_of(tmp_path, program, signals=()):
    """The exit code, seconds until the process ended, and what it said."""
    path = tmp_path / "program.py"
    path.write_text(START + program)
    process = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for number in signals:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
    begun = time.monotonic()
    out, err = process.communicate(timeout=60)
    return process.returncode, time.monotonic() - begun, out + err


@pytest.mark.parametrize("program, code, says", [
    ("at_work()", 0, ""),
    ("at_work(); sys.exit(3)", 3, ""),
    ("at_work(); os._exit(4)", 4, ""),
    ("at_work(); raise LookupError('the host')", 1, "LookupError: the host"),
    ("at_work(); store.close(); sys.exit(5)", 5, ""),
    ("import atexit; atexit.register(lambda: memory.read_bytes('a') == b'text' or os._exit(9)); at_work()", 0, ""),
], ids=["end", "sys.exit", "os._exit", "uncaught", "closed", "atexit"])
def test_the_code_of_the_exit_is_the_hosts(tmp_path, program, code, says):
    returned, took, said = end_of(tmp_path, program)
    assert (returned, took < 20) == (code, True), said
    assert says in said and "fatal error" not in said and "SIG" not in said, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGABRT])
def test_a_signal_ends_the_process_at_once(tmp_path, number):
    returned, took, said = end_of(tmp_path, "at_work(); print('ready', flush=True); wait_for_ever()", [number])
    assert returned == -number and took < 5, said


def test_a_crash_in_the_host_is_the_hosts(tmp_path):
    """Python's faulthandler says where, though Go has a handler of its own."""
    program = "import ctypes, faulthandler; {}; at_work(); {}; ctypes.string_at(8)"
    for order in (("faulthandler.enable()", "pass"), ("pass", "faulthandler.enable()")):
        returned, _, said = end_of(tmp_path, program.format(*order))
        assert returned == -signal.SIGSEGV and "Fatal Python error: Segmentation fault" in said, said


def test_a_profilers_signals_arrive(tmp_path):
    program = """
at_work()
signal.setitimer(signal.ITIMER_PROF, 0.01, 0.01)
end = time.monotonic() + 1
while time.monotonic() < end:
    memory.read_bytes("a")
signal.setitimer(signal.ITIMER_PROF, 0)
assert len(ticks) > 10, ticks
"""
    returned, _, said = end_of(tmp_path, program)
    assert returned == 0, said


def test_children_are_told_of(tmp_path):
    program = """
import subprocess
at_work()
for _ in range(5):
    subprocess.run(["true"], check=True)
assert len(ended) == 5, ended
"""
    returned, _, said = end_of(tmp_path, program)
    assert returned == 0, said


def test_a_pipe_that_is_closed_is_an_exception(tmp_path):
    program = """
at_work()
read, write = os.pipe()
os.close(read)
try:
    os.write(write, b"x")
except BrokenPipeError:
    sys.exit(7)
"""
    returned, _, said = end_of(tmp_path, program)
    assert returned == 7, said


def test_which_handlers_are_not_safe(run):
    program = """
import signal, remotestore
remotestore.Store(remotestore.MemoryBackend()).exists("a")
signal.signal(signal.SIGUSR1, lambda *_: None)
print(sorted(remotestore.unsafe_signals()))
"""
    unsafe = [] if sys.version_info >= (3, 10) else [int(signal.SIGUSR1)]
    assert run(program)[0] == f"{unsafe}\n"
