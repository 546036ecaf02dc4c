#!/usr/bin/env python3
"""Ours beside its peers, on an S3 server in memory: a table of ratios and goals.

    compare.py SERVER [--rows NAME,...] [--rounds N] [--quick | --smoke] [--out FILE.md] [--picture FILE.svg]

SERVER is the program built from tests/bench/server. Of each row the clients take
turns, each time in a process of its own, whose CPU time counts; the medians of all
rounds are compared, and the bytes outside the clock. Of ours, the first client that
rows.py names for a row is the one with goals. A goal that is missed is no failure; an
error is, and wrong bytes. A NAME is one of rows.py, and may have "*" for any text.
--quick is for a first look: less of all; --smoke only shows, in a minute, that all of
it works. The interpreter is that of `tests/tools.py peers`.
"""

import argparse
import contextlib
import fnmatch
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import content
import report
import rows

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT = 300
MEBIBYTE = 1 << 20
PACES = {  # seconds of a measurement, calls before it, bytes of the large object
    "full": (0.5, 256, 256 * MEBIBYTE),
    "quick": (0.2, 128, 128 * MEBIBYTE),
    "smoke": (0.005, 4, 80 * MEBIBYTE),  # above what ours sends in one request
}
REMOVED = ("AWS_", "PYTHONDONTWRITEBYTECODE")  # which clients would read, and which costs each start the same again
AWAKE = """
import os
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while os.getppid() == {}:
    sum(range(100_000))
"""


def main():
    given = arguments()
    seconds, warm_up, size = PACES[given.pace]
    failures, compared = [], []
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        place = stack.enter_context(serving(given.server, folder))
        content.make_large(content.large_path(folder), size)
        fill(place["BENCH_PLAIN"], folder)
        place.update(BENCH_SECONDS=str(seconds), BENCH_WARM_UP=str(warm_up))
        if given.pace != "smoke":
            stack.enter_context(awake())
        begun = time.monotonic()
        for row in given.rows:
            compared.append((row, measured(row, given.rounds, place, failures)))
            for line in report.lines(*compared[-1]):
                print(report.plain(line), flush=True)
    print(f"{time.monotonic() - begun:.0f} s")
    if given.out:
        given.out.write_text(report.markdown(compared, given.rounds))
    if given.picture:
        given.picture.write_text(report.picture(compared))
    missed = [line for row, medians in compared for line in report.lines(row, medians) if line.missed]
    print(f"\n{len(missed)} lines with goals that are missed:" if missed else "\nall goals are met")
    for line in missed:
        print(f"  {line.row}, {line.ours} beside {line.peer}: {'; '.join(line.missed)}")
    if failures:
        raise SystemExit("\n".join(["", f"{len(failures)} failures:", *failures]))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("--rows", default="*", help="names, with commas")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--quick", dest="pace", action="store_const", const="quick", default="full")
    parser.add_argument("--smoke", dest="pace", action="store_const", const="smoke")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--picture", type=pathlib.Path)
    given = parser.parse_args()
    patterns = given.rows.split(",")
    given.rows = [row for row in rows.ROWS if any(fnmatch.fnmatch(row.name, pattern) for pattern in patterns)]
    for pattern in patterns:
        if not fnmatch.filter([row.name for row in rows.ROWS], pattern):
            parser.error(f"there is no row {pattern}, but: {' '.join(row.name for row in rows.ROWS)}")
    given.rounds = given.rounds or {"full": 5, "quick": 3, "smoke": 1}[given.pace]
    return given


@contextlib.contextmanager
def serving(program, folder):
    """Starts the server; gives the variables for work.py."""
    trustme = [sys.executable, "-m", "trustme", "--quiet", "--dir", folder, "--identities", "127.0.0.1"]
    subprocess.run(trustme, check=True)
    certificate, key, ca = (os.path.join(folder, name) for name in ("server.pem", "server.key", "client.pem"))
    with subprocess.Popen([program, certificate, key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        plain, tls = (server.stdout.readline().strip() for _ in range(2))
        yield {"BENCH_PLAIN": plain, "BENCH_TLS": tls, "BENCH_CA": ca, "BENCH_FOLDER": folder}
        server.stdin.close()  # and so it ends


def fill(address, folder):
    server = content.Server(address)
    for number in range(content.SMALL_COUNT):
        server.put(content.small_key(number), content.small(number))
    with open(content.large_path(folder), "rb") as file:
        server.put(content.LARGE, file)


@contextlib.contextmanager
def awake():
    """Keeps the processors from sleeping, by loops that get only time that nobody wants: else
    a round trip costs 50 to 100 us of waking up, and all clients look alike."""
    loops = [subprocess.Popen([sys.executable, "-c", AWAKE.format(os.getpid())]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def measured(row, rounds, place, failures):
    """The medians of a row: per client, the unit of its row, or what is not there."""
    names, found = [*row.ours, *row.peers], {}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            found.setdefault(name, []).append(worked(row, name, number == 0, place, failures))
    return {name: median(row, found[name]) for name in names}


def worked(row, name, first, place, failures):
    variables = {k: v for k, v in os.environ.items() if not k.startswith(REMOVED) and not k.lower().endswith("_proxy")}
    scheme, address = ("https", place["BENCH_TLS"]) if row.tls else ("http", place["BENCH_PLAIN"])
    variables.update(place, BENCH_ENDPOINT=f"{scheme}://{address}", AWS_EC2_METADATA_DISABLED="true")
    work = [sys.executable, str(HERE / "work.py"), row.name, name, str(int(first))]
    try:
        ended = subprocess.run(work, env=variables, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        failures.append(f"{row.name}, {name}: not done after {TIMEOUT} s")
        return {"missing": "error"}
    if ended.returncode or not ended.stdout:
        failures.append(f"{row.name}, {name}: status {ended.returncode}\n{ended.stderr[-2000:]}")
        return {"missing": "error"}
    return json.loads(ended.stdout.splitlines()[-1])


def median(row, rounds):
    """What one unit took: us of a call, s of a GB, ms of all; and MiB of memory."""
    for each in rounds:
        if "missing" in each:
            return each
    scale = {"call": 1e6, "byte": 1e9, "all": 1e3}[row.unit]
    made = {what: statistics.median(each[what] * scale / each["count"] for each in rounds) for what in ("cpu", "time")}
    each_cpu = [each["cpu"] / each["count"] for each in rounds]
    made["spread"] = max(each_cpu) / min(each_cpu)
    if "memory" in rounds[0]:
        made["memory"] = statistics.median(each["memory"] for each in rounds) / MEBIBYTE
    return made


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing of it stays
    main()
