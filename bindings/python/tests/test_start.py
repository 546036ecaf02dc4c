"""What a start does not do: counted, since times are the machine's."""

import os
import subprocess
import sys

import pytest
import remotestore

# What asyncio takes 30 ms for; and others, of which each takes a millisecond or more.
LOOPS = "asyncio concurrent.futures logging multiprocessing selectors socket ssl subprocess trio uvloop".split()
HEAVY = [*LOOPS, *"""contextlib dataclasses datetime email enum http inspect ipaddress json pathlib platform re tokenize typing
                  unittest urllib""".split()]

READ = """
import remotestore
store = remotestore.Store(remotestore.S3Backend("bucket", endpoint_url="http://127.0.0.1:1", key="k", secret="s", max_attempts="1"))
try:
    store.read_bytes("a")
except remotestore.BackendUnavailable:
    pass
"""


def imported(program):
    """What it imports that Python has not by itself."""
    whole = f"import sys; before = set(sys.modules)\n{program}\nprint(*(set(sys.modules) - before))"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    done = subprocess.run([sys.executable, "-c", whole], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return set(done.stdout.split())


def test_an_import_loads_the_library_and_nothing_else():
    made = {name for name in imported("import remotestore") if name.startswith("remotestore")}
    assert made == {"remotestore", "remotestore._abi", "remotestore._library"}


@pytest.mark.parametrize("program, without", [
    ("import remotestore", HEAVY),
    (READ, HEAVY),
    ("import remotestore.obstore, remotestore.aio", LOOPS),
], ids=["import", "read", "more"])
def test_what_is_not_imported(program, without):
    found = imported(program)
    assert not found & set(without)
    others = {name.partition(".")[0] for name in found} - {"remotestore", "typing"}
    if sys.version_info >= (3, 10):
        assert others <= set(sys.stdlib_module_names)


def test_an_import_starts_nothing(run):
    assert run("import os, remotestore; print(len(os.listdir('/proc/self/task')))") == ("1\n", "")


def test_who_imports_logging_later_is_told(run):
    program = """
import sys, remotestore
store = remotestore.Store(remotestore.MemoryBackend())
store.write("a", b"")
import logging
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(message)s")
store.delete("a")
"""
    assert run(program) == ("delete path='a' missing_ok=False\ndelete complete path='a'\n", "")


def test_the_engine_prepares_little():
    """A regular expression takes 50 allocations or more, and nothing is collected yet."""
    program = "import remotestore; remotestore.Store(remotestore.MemoryBackend())"
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "GODEBUG": "inittrace=1,gctrace=1"}, capture_output=True,
                          text=True)
    lines = [line.split() for line in done.stderr.splitlines() if line.startswith("init ")]
    ours = {line[1]: int(line[-2]) for line in lines if line[1] == "main" or "libremotestore" in line[1]}
    assert "github.com/libremotestore/libremotestore/core" in ours
    assert sum(ours.values()) < 300, ours
    assert "gc 1 @" not in done.stderr
