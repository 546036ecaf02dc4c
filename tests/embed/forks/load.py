#!/usr/bin/env python3
"""Forks of a Python that is busy: the same as load.c.

    serve.py versitygw-tls -- load.py [COUNT]

Threads read through TLS, are refused, and load and unload libraries, while the
main thread forks: every child reads the object, by the stores that it got.
"""

import _ctypes
import ctypes
import os
import platform
import signal
import sys
import threading
import time

import remotestore

CHILD_SECONDS = 60


def repeat(over, work, counts, name):
    while not over.is_set():
        work()
        counts[name] += 1


def load_a_library(name):
    _ctypes.dlclose(ctypes.CDLL(name)._handle)


def be_refused(store):
    try:
        store.exists("a")
    except remotestore.BackendUnavailable:
        return
    raise AssertionError("not refused")


def in_child(store, child_store):
    signal.alarm(CHILD_SECONDS)
    assert store.read_bytes("f/a") == child_store.read_bytes("a") == b"text"
    assert remotestore.Store.from_url(os.environ["PLACE"]).read_bytes("f/a") == b"text"


def main(count):
    os.environ["PLACE"] = place = f"{os.environ['REMOTESTORE_TEST_S3_URL']}/forks-{os.getpid()}"
    over, counts = threading.Event(), dict.fromkeys(("reads", "refusals", "libraries"), 0)
    with remotestore.Store.from_url(place) as store:
        store.write("f/a", b"text")
        child_store = store.child("f")
        nobody = remotestore.Store.from_url("s3://bucket", endpoint="http://127.0.0.1:1", access_key_id="a",
                                            secret_access_key="b", max_attempts="1")
        work = [(lambda: store.read_bytes("f/a"), "reads")] * 5 + [(lambda: be_refused(nobody), "refusals")]
        work += [(lambda name=name: load_a_library(name), "libraries") for name in ("libresolv.so.2", "libanl.so.1")]
        threads = [threading.Thread(target=repeat, args=(over, do, counts, name)) for do, name in work]
        for thread in threads:
            thread.start()
        begun = time.monotonic()
        try:
            for number in range(count):
                child = os.fork()
                if not child:
                    code = 1
                    try:
                        in_child(store, child_store)
                        code = 0
                    finally:
                        os._exit(code)
                status = os.waitpid(child, 0)[1]
                assert status == 0, f"child {number}: status {status}"
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert min(counts.values()) > 0, counts
        assert store.read_bytes("f/a") == b"text"
        store.delete("f/a")
        nobody.close()
    print(f"Python {platform.python_version()}: {count} of {count} forks in {time.monotonic() - begun:.0f} s, meanwhile {counts}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
