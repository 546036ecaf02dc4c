"""What is written by a program is as it would be written now."""

import pathlib
import subprocess
import sys

PROGRAM = pathlib.Path(__file__).resolve().parent.parent / "generate_async.py"


def test_the_coroutines_are_current():
    done = subprocess.run([sys.executable, str(PROGRAM), "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
