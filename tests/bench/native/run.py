#!/usr/bin/env python3
"""Small requests from C beside the Rust crate object_store, on the server in memory:

    run.py SERVER LIBRARY_FOLDER

The two take turns; the medians are compared."""

import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path.home() / ".cache" / "libremotestore" / "bench-native"
ROUNDS, CALLS = 7, 20_000
GOAL = 0.5  # of the crate's CPU time


def main(server, library):
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", HERE / "Cargo.toml", "--target-dir", CACHE],
                   check=True)
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = f"{scratch}/small", str(CACHE / "release" / "small")
        library = pathlib.Path(library).resolve()
        subprocess.run(["cc", "-std=c11", "-O2", "-Wall", "-Wextra", f"-I{HERE.parents[2] / 'include'}", "-o", ours, HERE / "small.c",
                        f"-L{library}", "-lremotestore", f"-Wl,-rpath,{library}", "-pthread"], check=True)
        with subprocess.Popen([server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            endpoint = "http://" + running.stdout.readline().strip()
            for work in ("get", "head", "put"):
                for threads in (1, 16, 64):
                    compare(endpoint, work, threads, ours, theirs)
            running.stdin.close()


def compare(endpoint, work, threads, ours, theirs):
    took = {ours: [], theirs: []}
    for number in range(ROUNDS):
        for program in (ours, theirs) if number % 2 else (theirs, ours):
            done = subprocess.run([program, endpoint, work, str(threads), str(CALLS // threads)], stdout=subprocess.PIPE,
                                  text=True, check=True)
            took[program].append([float(us) for us in done.stdout.split()])
    (cpu, time), (its_cpu, its_time) = ([statistics.median(each) for each in zip(*took[p])] for p in (ours, theirs))
    said = "" if threads > 1 else f"   goal: CPU <= {GOAL}, {'met' if cpu <= GOAL * its_cpu else 'MISSED'}"
    print(f"{work:4} by {threads:2}: {cpu:5.1f} us of CPU, object_store {its_cpu:5.1f}: {cpu / its_cpu:.2f}; "
          f"time {time:5.1f} and {its_time:5.1f}: {time / its_time:.2f}{said}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
