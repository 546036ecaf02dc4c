#!/usr/bin/env python3
"""What a read of 1 GiB in parallel needs beside the memory or the file that it fills, and
how many requests are in flight.

    parallel.py SERVER

SERVER is the program built from tests/bench/server. It is read from directly, where four
connections bring as much as sixteen, and through a relay that lets 25 MB/s through each
connection, as a distant bucket would, where they do not.
"""

import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

import remotestore

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
import content  # noqa: E402

SIZE, RATE, BLOCK, KEY, MEBIBYTE = 1 << 30, 25e6, 256 << 10, "keep/big", 1 << 20


class Relay:
    """Passes connections on, each at a limited rate, and counts those that bring bytes."""

    def __init__(self, address, rate):
        host, port = address.split(":")
        self.to, self.rate, self.busy, self.most = (host, int(port)), rate, 0, 0
        self.lock, self.listener = threading.Lock(), socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client = self.listener.accept()[0]
            server = socket.create_connection(self.to)
            threading.Thread(target=self.requests, args=(client, server), daemon=True).start()
            threading.Thread(target=self.answers, args=(server, client), daemon=True).start()

    def requests(self, client, server):
        while data := client.recv(BLOCK):
            server.sendall(data)

    def answers(self, server, client):
        buffer, came = memoryview(bytearray(BLOCK)), 0
        while count := server.recv_into(buffer):
            begun, came = time.monotonic(), came + count
            if came - count < MEBIBYTE <= came:  # a part, and no error
                with self.lock:
                    self.most += 1
            client.sendall(buffer[:count])
            if self.rate:
                time.sleep(max(count / self.rate - (time.monotonic() - begun), 0))


def main():
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            address = server.stdout.readline().strip()
            path = os.path.join(folder, "large")
            content.make_large(path, SIZE)
            with open(path, "rb") as file:
                content.Server(address).put(KEY, file)
            os.remove(path)
            for name, rate in (("from a server beside it", None), (f"by {RATE / 1e6:.0f} MB/s a connection", RATE)):
                for what in ("memory", "file"):
                    relay = Relay(address, rate)
                    program = [sys.executable, __file__, "--read", relay.address, what, os.path.join(folder, "got")]
                    took, above = map(float, subprocess.run(program, check=True, capture_output=True, text=True).stdout.split())
                    print(f"{name:26} to {what:6} {SIZE / took / 1e6:6.0f} MB/s over {relay.most:2} connections, "
                          f"{above / MEBIBYTE:5.1f} MiB above it", flush=True)
            server.stdin.close()


def read(address, what, path):
    store = remotestore.Store(remotestore.S3Backend(
        "bench", endpoint_url="http://" + address, key="k", secret="s", region_name="us-east-1"))
    store.exists("keep/nothing")
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the most that was resident is what is resident
    before, begun, kept = memory("VmRSS"), time.perf_counter(), 0
    if what == "memory":
        kept = len(store.read_bytes(KEY, parallel=True))
        assert kept == SIZE
    else:
        assert store.download(KEY, path, overwrite=True, parallel=True) == SIZE
    print(time.perf_counter() - begun, memory("VmHWM") - before - kept, flush=True)


def memory(which):
    with open("/proc/self/status") as file:
        (line,) = (line for line in file if line.startswith(which + ":"))
    return int(line.split()[1]) << 10


if __name__ == "__main__":
    read(*sys.argv[2:]) if sys.argv[1] == "--read" else main()
