#!/usr/bin/env python3
"""Shows that each option has a test that fails when the option is ignored.

    tests/options/dropped.py [OPTION...]

The table of options in the README of the Python binding names the tests. They
are run with an engine that checks the value of one option and then forgets it,
one option after the other: each time one of the tests must fail. With nothing
forgotten all must pass. It is no part of `make test`: see `make test-dropped`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import tools  # noqa: E402

README = ROOT / "bindings" / "python" / "README.md"
SETTINGS = ROOT / "core" / "settings.go"
DROPPED = "REMOTESTORE_TEST_DROPPED"

# Options that are accepted and change nothing: the header says so. http2_only
# can only be false.
WITHOUT_EFFECT = {
    "http1_only", "http2_keep_alive_interval", "http2_keep_alive_timeout", "http2_keep_alive_while_idle",
    "http2_only",
}


def rows():
    """The options of the table, each with the tests that show it."""
    table = {}
    for line in README.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        tests = re.findall(r"`([\w/.-]+::[\w/\[\]-]+)`", cells[-1]) if line.startswith("|") else []
        for name in re.findall(r"`(\w+)`", cells[0]) if tests else []:
            table.setdefault(name.lower(), set()).update(tests)
    return table


def options():
    """The names of the engine's options, each with its other spellings."""
    source = (ROOT / "core" / "s3_options.go").read_text()
    return [names.split() for names in re.findall(r'^\t\{"([a-z0-9_ ]+)", func\(', source, re.MULTILINE)]


def forgetful(folder):
    """An overlay for the Go compiler, with which an option can be dropped."""
    source = SETTINGS.read_text()
    patched = source.replace(
        "\treturn o.apply(c, name, text)\n",
        f'\tif os.Getenv("{DROPPED}") == o.name() {{\n\t\tc = &s3Setup{{}}\n\t}}\n\treturn o.apply(c, name, text)\n',
    ).replace('import (\n', 'import (\n\t"os"\n', 1)
    assert patched.count(DROPPED) == 1, "core/settings.go has no place to drop an option any more"
    (folder / "settings.go").write_text(patched)
    overlay = folder / "overlay.json"
    overlay.write_text(json.dumps({"Replace": {str(SETTINGS): str(folder / "settings.go")}}))
    return overlay


class Tests:
    """The tests, built with the overlay."""

    def __init__(self, folder):
        self.folder, self.overlay, self.binaries = folder, forgetful(folder), {}
        environment = {**os.environ, "GOFLAGS": f"-overlay={self.overlay}"}
        subprocess.run([ROOT / "build.sh", folder / "lib"], check=True, env=environment, stdout=subprocess.DEVNULL)
        self.python = {
            "REMOTESTORE_LIBRARY": str(folder / "lib" / "libremotestore.so"),
            "PYTHONPATH": str(ROOT / "bindings" / "python" / "src"),
        }

    def fail(self, tests, dropped):
        """Runs tests, and says whether one failed."""
        environment = {**os.environ, **self.python, DROPPED: dropped}
        go, python = {}, []
        for test in sorted(tests):
            file, name = test.split("::", 1)
            if file.endswith(".go"):
                go.setdefault(os.path.dirname(file), []).append(name)
            else:
                python.append(test)
        failed = False
        for package, names in go.items():
            pattern = "^(" + "|".join(name.split("/")[0] for name in names) + ")$"
            run = subprocess.run(
                [self.binary(package), "-test.run", pattern, "-test.timeout", "120s"],
                cwd=ROOT / package, env=environment, capture_output=True, text=True)
            assert "no tests to run" not in run.stdout + run.stderr, f"{package}: none of {names}"
            failed |= run.returncode != 0
        if python and not failed:
            run = subprocess.run(
                [tools.python(), "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *python],
                cwd=ROOT, env=environment, capture_output=True, text=True)
            assert run.returncode in (0, 1), run.stdout + run.stderr
            failed |= run.returncode == 1
        return failed

    def binary(self, package):
        if package not in self.binaries:
            self.binaries[package] = self.folder / package.replace("/", "_")
            subprocess.run(["go", "test", "-c", f"-overlay={self.overlay}", "-o", self.binaries[package], f"./{package}"],
                           cwd=ROOT, check=True)
        return self.binaries[package]


def main(chosen):
    table, missed = rows(), []
    with tempfile.TemporaryDirectory() as folder:
        tests = Tests(pathlib.Path(folder))
        for names in options():
            if chosen and names[0] not in chosen:
                continue
            named = set().union(*(table.get(name, set()) for name in names))
            if names[0] in WITHOUT_EFFECT:
                print(f"{names[0]:40} has no effect")
            elif not named:
                missed.append(f"{names[0]}: no row of the table")
            elif tests.fail(named, ""):
                missed.append(f"{names[0]}: {', '.join(sorted(named))} fail without it being dropped")
            elif not tests.fail(named, names[0]):
                missed.append(f"{names[0]}: {', '.join(sorted(named))} do not see that it is dropped")
            else:
                print(f"{names[0]:40} seen by {', '.join(sorted(named))}", flush=True)
    for line in missed:
        print(f"MISSED {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
