"""The binding in other processes: forked, installed."""

import os
import pathlib
import subprocess
import sys


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
