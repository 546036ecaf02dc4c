"""A panic inside the engine is an InternalError with the stack, and never ends the host."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

PROGRAM = """
import ctypes
import remotestore
from remotestore import _abi
from remotestore._library import library

def panics(call, where):
    try:
        call()
    except remotestore.InternalError as error:
        assert "planted in " + where in error.message, error
        assert "panicking.go" in error.detail, error.detail
    else:
        raise AssertionError(where + " did not panic")

panics(lambda: remotestore.Store.from_url("panic://open"), "open")
store = remotestore.Store.from_url("panic://")
panics(lambda: store.get_file_info("x"), "head")
panics(lambda: store.read_bytes("x"), "get")
panics(lambda: store.read_into("x", bytearray(1)), "get")
panics(lambda: store.write("x", b""), "put")
panics(lambda: store.delete("x"), "delete")
panics(lambda: store.copy("x", "y"), "copy")
panics(lambda: list(store.list_files("")), "list")
for call in [
    lambda: store.exists("x"),
    lambda: store.is_folder("x"),
    lambda: store.move("x", "y"),
    lambda: store.get_folder_info("x"),
    lambda: store.delete_folder("x"),
    lambda: store.supports(remotestore.Capability.READ),
    lambda: store.ping(),
    lambda: store.native_path("x"),
    lambda: store.to_key("x"),
    lambda: store.open_atomic("x"),
    lambda: list(store.glob("*")),
]:
    try:
        call()
    except remotestore.InternalError as error:
        assert "panicking" in error.detail, error.detail  # the type, which has no word for these
    else:
        raise AssertionError("no panic")
# With a hook the engine runs on a goroutine of its own.
ctx, hook = ctypes.c_uint64(), _abi.rstore_interrupt(lambda user_data, reason: 0)
assert library.rstore_ctx_new(0, ctypes.byref(ctx), None) == 0
assert library.rstore_ctx_set_interrupt(ctx, hook, 0, None) == 0
assert library.rstore_ping(store._handle, ctx, None) == _abi.INTERNAL
assert library.rstore_head(store._handle, ctx, b"x", 1, None, 0, None, 0, None) == _abi.INTERNAL
# Submitted, the call is on one too, and its event comes.
queue, event, count = ctypes.c_uint64(), _abi.rstore_event(), ctypes.c_size_t()
assert library.rstore_queue_new(ctypes.byref(queue), None, None) == 0
assert library.rstore_ctx_submit(ctx, queue, 17, None) == 0
for path in b"x", b"y":
    assert library.rstore_head(store._handle, ctx, path, 1, None, 0, None, 0, None) == _abi.PENDING
    size = ctypes.sizeof(event)
    assert library.rstore_queue_wait(queue, 10000, ctypes.byref(event), size, 1, ctypes.byref(count), None) == 0
    assert (count.value, event.user_data, event.status) == (1, 17, _abi.INTERNAL)
assert library.rstore_close(queue) == 0
store.close()  # its panic has nobody to go to, and must not end this process
other = remotestore.Store.from_url("memory://")
other.write("x", b"alive")
print(other.read_bytes("x").decode())
"""


@pytest.fixture(scope="session")
def panicking_library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panicking")
    flags = os.environ.get("GOFLAGS", "") + " -tags=panicking"
    subprocess.run([ROOT / "build.sh", folder], check=True, env={**os.environ, "GOFLAGS": flags})
    return folder / "libremotestore.so"


def test_every_operation(panicking_library):
    environment = {**os.environ, "REMOTESTORE_LIBRARY": str(panicking_library)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
