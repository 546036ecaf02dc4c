"""The annotations: mypy --strict on the package and on a user's program, which runs."""

import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent / "src" / "remotestore"
PROGRAMS = [HERE / name for name in ("typed_program.py", "typed_stores.py", "typed_aio.py")]


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_mypy_finds_nothing(tmp_path, version):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-version", version, "--cache-dir", str(tmp_path),
         "--no-error-summary", str(SOURCE), *map(str, PROGRAMS)], capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_the_program_runs(run, program, monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    assert run(program.read_text(), "-X", "dev", "-W", "error") == ("done\n", "")
