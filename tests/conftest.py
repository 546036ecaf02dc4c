"""Fixtures of the Python tests: the S3 servers, and the count by target."""

import collections
import os
import pathlib
import subprocess
import sys

import pytest

SERVE = pathlib.Path(__file__).parent / "servers" / "serve.py"


@pytest.fixture(scope="session")
def s3_servers():
    """A function that starts a target once, puts its variables into the
    environment, where the library finds them, and returns them."""
    running = {}

    def start(target):
        if target not in running:
            server = subprocess.Popen(
                [sys.executable, str(SERVE), target], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            lines = iter(server.stdout.readline, "\n")
            running[target] = server, dict(line.rstrip("\n").split("=", 1) for line in lines)
        os.environ.update(running[target][1])
        return running[target][1]

    before = dict(os.environ)
    yield start
    os.environ.clear()
    os.environ.update(before)
    for server, _ in running.values():
        server.stdin.close()  # which stops it
        server.wait()


def pytest_terminal_summary(terminalreporter):
    """Run and skipped, per target, and each skip with its reason."""
    counts = collections.defaultdict(collections.Counter)
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            if "test_conformance.py::test_case" not in report.nodeid:
                continue
            target = report.nodeid.rsplit("-", 1)[1].rstrip("]")
            counts[target][outcome] += 1
            if outcome == "skipped":
                terminalreporter.write_line(f"skip {report.nodeid.split('[')[1]}: {report.longrepr[2]}")
    for target, count in counts.items():
        terminalreporter.write_line(
            f"conformance (Python, {target}): {count['passed']} passed, "
            f"{count['failed']} failed, {count['skipped']} skipped"
        )
