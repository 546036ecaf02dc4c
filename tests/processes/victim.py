"""Overwrites one object by a stream, and is killed while it does: what
test_kill.py starts, with the URL of the store and the size."""

import sys

import remotestore

PATH, PIECE = "victim", b"new" * 100_000

url, size = sys.argv[1], int(sys.argv[2])
store = remotestore.Store.from_url(url)
print("ready", flush=True)
sys.stdin.readline()
with store.open_atomic(PATH, overwrite=True) as writer:
    while writer.tell() < size:
        writer.write(PIECE)
print("done", flush=True)
