"""The programs in README.md compile, run, and print what it says."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()


def block(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)
    return found


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(["make", "-s", "install", f"PREFIX={prefix}"], cwd=ROOT, check=True)
    return prefix


def run(*command, **environment):
    return subprocess.run(
        command, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def test_the_c_program(installed, tmp_path):
    source, program = tmp_path / "example.c", tmp_path / "example"
    source.write_text(block("c"))
    where = {"PKG_CONFIG_PATH": str(installed / "lib" / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "libremotestore", **where).split()
    run("cc", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source), *flags)
    assert run(str(program), LD_LIBRARY_PATH=str(installed / "lib")) == block("text")


def test_the_python_program():
    assert run(sys.executable, "-c", block("python")) == block("text")


def test_they_are_short():
    assert len(block("c").splitlines()) <= 25
    assert len(block("python").splitlines()) <= 20


def test_no_row_is_there_twice():
    rows = re.findall(r"^\| (.+?) \|", README, re.M)
    assert len(rows) > 20 and len(set(rows)) == len(rows)
