#!/usr/bin/env python3
"""A stream of unknown length goes up, is copied on the server, twice, and
comes down again, while its memory is sampled from outside.

    big.py [GIB]     against REMOTESTORE_TEST_S3_URL; 6 GiB by default

Fails if the bytes are others, if an upload stays, or if the process needed
more than 200 MiB above what it had with an open store.
"""

import pathlib
import secrets
import subprocess
import sys
import time

MEMORY_LIMIT, SAMPLE_SECONDS = 200 << 20, 0.05
PIECE = 1 << 20


def pieces(count):
    """Pieces of the stream, of which no two are alike."""
    body = secrets.token_bytes(PIECE - 8)
    return (number.to_bytes(8, "big") + body for number in range(count))


def work(url, gib):
    import remotestore

    count = int(gib * 1024)
    with remotestore.Store.from_url(url) as store:
        store.exists("big")  # the connection and what comes with it
        report("open")
        stream = pieces(count)
        first = next(stream)
        with store.open_atomic("big") as writer:
            writer.write(first)
            for piece in stream:
                writer.write(piece)
        assert writer.result.size == count * PIECE
        report("written")
        store.copy("big", "copy")
        report("copied")
        store.copy("big", "copy", overwrite=True)
        report("copied over")
        with store.read("copy") as reader:
            for number in range(count):
                piece = reader.read(PIECE)
                assert piece == number.to_bytes(8, "big") + first[8:], f"piece {number} is another"
            assert reader.read() == b""
        report("read")
        assert list(store.list_uploads()) == []
        store.delete("big")
        store.delete("copy")
        report("deleted")


def report(step):
    print(step, flush=True)
    sys.stdin.readline()


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    return 0  # it has just ended


def watch(url, gib):
    import threading

    worker = subprocess.Popen(
        [sys.executable, __file__, "--work", url, str(gib)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    most = [0]

    def sample():
        while worker.poll() is None:
            most[0] = max(most[0], resident(worker.pid))
            time.sleep(SAMPLE_SECONDS)

    base, begun, sampler = 0, time.monotonic(), threading.Thread(target=sample, daemon=True)
    for line in worker.stdout:
        step, now = line.strip(), time.monotonic()
        if step == "open":
            base = resident(worker.pid)
            sampler.start()
            print(f"{step}: {base >> 20} MiB resident")
        else:
            print(f"{step}: {now - begun:.1f} s, {gib * 1024 / (now - begun):.0f} MiB/s, "
                  f"{(most[0] - base) >> 20} MiB above the start at most")
        begun = time.monotonic()
        worker.stdin.write("on\n")
        worker.stdin.flush()
    if worker.wait() != 0:
        sys.exit("the stream failed")
    if most[0] - base > MEMORY_LIMIT:
        sys.exit(f"{(most[0] - base) >> 20} MiB above the start: more than {MEMORY_LIMIT >> 20}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], float(sys.argv[3]))
    else:
        import os

        watch(os.environ["REMOTESTORE_TEST_S3_URL"] + "/" + secrets.token_hex(8), float((sys.argv + ["6"])[1]))
