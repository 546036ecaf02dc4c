"""What the objects hold, and how it is compared: by the server's plain port and Python's
http.client, so by no client that is measured."""

import http.client
import mmap
import os
import random

SMALL_SIZE, SMALL_COUNT = 4096, 1000
LARGE = "keep/large"
LISTED, DELETED = 100_000, 10_000
_BLOCK = 1 << 20
_RANDOM = random.Random(8).randbytes(_BLOCK)


def small_key(number):
    return f"small/{number % SMALL_COUNT:04}"


def small(number):
    return (number % SMALL_COUNT).to_bytes(8, "big") + _RANDOM[8:SMALL_SIZE]


def make_large(path, size):
    """A file of which no two blocks are alike."""
    with open(path, "wb") as file:
        for number in range(size // _BLOCK):
            file.write(number.to_bytes(8, "big") + _RANDOM[8:])


def large(folder):
    """The content of LARGE."""
    with open(large_path(folder), "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def large_path(folder):
    return os.path.join(folder, "large")


def compare(found, expected, start=0):
    """Compares what a client gave with what begins at start."""
    found = memoryview(found).cast("B")
    for at in range(0, max(len(found), 1), _BLOCK):
        piece = bytes(found[at : at + _BLOCK])
        if piece != expected[start + at : start + at + len(piece)]:
            raise SystemExit(f"the bytes from {start + at} on are others")


class Server:
    """Its plain port."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address)

    def ask(self, method, key, body=None):
        """The status of the answer, its length, and its content."""
        self.connection.request(method, "/bench/" + key, body, {"Authorization": "AWS4-HMAC-SHA256 of nobody"})
        answer = self.connection.getresponse()
        return answer.status, int(answer.headers.get("Content-Length", 0)), answer.read()

    def put(self, key, body):
        status, _, said = self.ask("PUT", key, body)
        assert status == 200, said

    def get(self, key):
        status, _, content = self.ask("GET", key)
        assert status == 200, content[:200]
        return content
