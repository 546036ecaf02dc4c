"""CPU time of reading 4 KiB from an S3 server: read_bytes from Python, on its
main thread and so with the hook for Ctrl-C, against the same call in Go.

    tests/servers/serve.py versitygw -- tests/bench/binding.py GETS

GETS is the program built from tests/bench/gets. They take turns; the medians
of all rounds are compared. The goal: 1.1 times Go's and 5 us at most. Go is
measured twice: as it likes to work, and on a thread of its own, where Go code
that is called from another language always is.
"""

import os
import statistics
import subprocess
import sys
import time

import remotestore

PATH, SIZE, COUNT, ROUNDS = "bench-binding", 4096, 300, 41


def main():
    url = os.environ["REMOTESTORE_TEST_S3_URL"]
    with remotestore.Store.from_url(url) as store, Go(sys.argv[1], url) as go:
        store.write(PATH, os.urandom(SIZE), overwrite=True)
        lanes = {
            "Go": go.measure,
            "Go, own thread": lambda count: go.measure(f"{count} locked"),
            "Python": lambda count: measure(store, count),
        }
        for lane in lanes.values():
            lane(COUNT)  # connections, caches
        times = {name: [] for name in lanes}
        for _ in range(ROUNDS):
            for name, lane in lanes.items():
                times[name].append(lane(COUNT))
        store.delete(PATH)
    medians = {name: statistics.median(t) for name, t in times.items()}
    for name, median in medians.items():
        print(f"{name:15} {median:6.1f} us of CPU a read ({min(times[name]):.1f} to {max(times[name]):.1f})")
    for name in ("Go", "Go, own thread"):
        limit = 1.1 * medians[name] + 5
        ratio = medians["Python"] / medians[name]
        print(f"Python is {ratio:.2f} of {name}; the goal is {limit:.0f} us: "
              f"{'met' if medians['Python'] <= limit else 'MISSED'}")


class Go:
    """The program that reads in Go."""

    def __init__(self, program, url):
        self.process = subprocess.Popen([program, url, PATH], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, count):
        print(count, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()


def measure(store, count):
    before = time.process_time()
    for _ in range(count):
        assert len(store.read_bytes(PATH)) == SIZE
    return (time.process_time() - before) * 1e6 / count


if __name__ == "__main__":
    main()
