"""Fixtures of the binding's tests."""

import ctypes
import gc
import os
import subprocess
import sys

import pytest
import remotestore
from remotestore import _abi, _call
from remotestore._library import library


def count_handles():
    stats = _abi.rstore_stats_record()
    assert library.rstore_stats(ctypes.byref(stats), ctypes.sizeof(stats)) == _abi.OK
    return stats.live_handles - len(_call._free[True])  # contexts of the main thread


def settled_handles():
    gc.collect()
    return count_handles()


@pytest.fixture(autouse=True)
def no_handle_is_left(request):
    before = count_handles()
    yield
    request.node.funcargs.clear()  # a store that is closed still says where its paths are: until it is gone
    if count_handles() > before:  # a collection takes 0.1 s
        assert settled_handles() <= before


@pytest.fixture(autouse=True)
def nothing_of_aws_is_set(monkeypatch):
    """Which the shell may have, and tests with a server do."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def live_handles():
    return settled_handles


@pytest.fixture
def store():
    with remotestore.Store(remotestore.MemoryBackend()) as store:
        yield store


@pytest.fixture
def s3():
    """Makes backends of an endpoint that nobody listens at."""
    made = []

    def make(cls=remotestore.S3Backend, **options):
        given = {"endpoint_url": "http://127.0.0.1:1", "key": "id", "secret": "S3CR3T", "region_name": "r"}
        made.append(cls("bucket", **{**given, **options}))
        return made[-1]

    yield make
    for backend in made:
        backend.close()


@pytest.fixture
def run(tmp_path):
    """Runs a program in a process of its own, and returns what it wrote."""

    def run(program, *flags, timeout=60):
        path = tmp_path / "program.py"
        path.write_text(program)
        done = subprocess.run([sys.executable, *flags, str(path)], env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                              capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr

    return run
