"""The binding in other processes: installed, pickled. (Forked: test_fork.py.)"""

import os
import pathlib
import pickle
import subprocess
import sys

import pytest
import remotestore


def test_pip_installs_a_working_package(tmp_path):
    here = pathlib.Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                    "--target", tmp_path, here], check=True)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "REMOTESTORE_LIBRARY")}
    program = "import remotestore as r; s = r.Store.from_url('memory://'); s.write('x', b'1'); print(s.read_bytes('x'))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "b'1'\n"), done.stderr


@pytest.mark.parametrize("libc, says", [("glibc", "native library: "), ("", "made for Linux with glibc: ")])
def test_a_library_that_cannot_be_loaded(libc, says):
    program = f"import platform; platform.libc_ver = lambda: ({libc!r}, ''); import remotestore"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          env={**os.environ, "REMOTESTORE_LIBRARY": "/there/is/none.so"})
    assert done.returncode == 1 and "ImportError: remotestore cannot load" in done.stderr
    assert says in done.stderr and "/there/is/none.so" in done.stderr


def test_a_child_that_was_pickled_owns_its_backend(tmp_path):
    with remotestore.Store(remotestore.LocalBackend(tmp_path)) as store:
        with pickle.loads(pickle.dumps(store.child("a"))) as child:
            child.write("b", b"1")
        with pytest.raises(remotestore.BackendUnavailable):
            child.exists("b")
        assert store.read_bytes("a/b") == b"1"
