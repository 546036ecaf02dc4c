"""The binding in other processes: forked, installed."""

import os
import pathlib
import pickle
import subprocess
import sys

import pytest
import remotestore


def test_a_forked_child_gets_a_typed_error():
    program = """
import os, remotestore
store = remotestore.Store.from_url("memory://")
store.write("x", b"1")
if child := os.fork():
    _, status = os.waitpid(child, 0)
    assert status == 0, status
    print(store.read_bytes("x"))
else:
    try:
        store.read_bytes("x")
    except remotestore.Forked:
        os._exit(0)
    os._exit(1)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "b'1'\n"), done.stderr


def test_pip_installs_a_working_package(tmp_path):
    here = pathlib.Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                    "--target", tmp_path, here], check=True)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "REMOTESTORE_LIBRARY")}
    program = "import remotestore as r; s = r.Store.from_url('memory://'); s.write('x', b'1'); print(s.read_bytes('x'))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "b'1'\n"), done.stderr


def test_a_store_that_reaches_a_forked_worker_says_so(run):
    """An error while it is unpickled would end the worker, and the pool wait for ever."""
    program = """
import multiprocessing, tempfile, remotestore

def work(store):
    return store.exists("a")

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, remotestore.Store(remotestore.LocalBackend(folder), "root") as store:
        with multiprocessing.get_context("fork").Pool(1) as pool:
            try:
                pool.apply_async(work, [store]).get(timeout=30)
            except remotestore.Forked as error:
                print("spawn" in str(error))
"""
    assert run(program, "-W", "ignore")[0] == "True\n"


def test_a_child_that_was_pickled_owns_its_backend(tmp_path):
    with remotestore.Store(remotestore.LocalBackend(tmp_path)) as store:
        with pickle.loads(pickle.dumps(store.child("a"))) as child:
            child.write("b", b"1")
        with pytest.raises(remotestore.BackendUnavailable):
            child.exists("b")
        assert store.read_bytes("a/b") == b"1"
