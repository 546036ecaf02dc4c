"""An S3 endpoint in this process that keeps its callers waiting, as no real
server does when asked, and what else makes calls wait: the tests of Ctrl-C.

The first word of a key says what comes: header: no answer; body: its beginning
only; busy: 503, always; pages: a listing whose second page does not come, and
whose keys are not deleted; slow: the object, after SLOW_SECONDS; any other: the
object at once, whose content is the word.
"""

import contextlib
import re
import socket
import threading
import time

SLOW_SECONDS = 0.8
PAGE = 1000
OPTIONS = {
    "access_key_id": "id", "secret_access_key": "secret", "region": "us-east-1",
    "retry_backoff_base": "30", "retry_backoff_max": "30",
}


class Server:
    """Serves each connection on a thread of its own, until the block ends."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.endpoint = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        self._open = []
        in_background(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in [self._listener, *self._open]:
            shut(each)

    def _accept(self):
        while True:
            connection, _ = self._listener.accept()
            self._open.append(connection)
            in_background(self._serve, connection)

    def _serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            while head := read_head(stream):
                stream.read(length_of(head))
                method, target = head.split(b" ", 2)[:2]
                self._answer(connection, method.decode(), target.decode())

    def _answer(self, connection, method, target):
        word = re.search(r"prefix=(\w*)|/bucket/(\w*)|$", target)
        word = word.group(1) or word.group(2) or ""
        if word == "slow":
            time.sleep(SLOW_SECONDS)
        if "list-type" in target:
            if word != "pages":
                send(connection, "200 OK", page([]))
            elif "continuation-token" not in target:
                send(connection, "200 OK", page([f"pages/{i}" for i in range(PAGE)], "<NextContinuationToken>2</NextContinuationToken>"))
        elif word == "busy":
            send(connection, "503 Slow Down", "<Error><Code>SlowDown</Code></Error>")
        elif word == "body":
            send(connection, "200 OK", "the beginning", length=1 << 20)
        elif word not in ("header", "") and method in ("GET", "HEAD"):
            send(connection, "200 OK", "" if method == "HEAD" else word, length=len(word))


def page(keys, more=""):
    contents = "".join(
        f"<Contents><Key>{key}</Key><Size>1</Size><ETag>e</ETag>"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>" for key in keys
    )
    return (f"<ListBucketResult><Name>bucket</Name><EncodingType>url</EncodingType>"
            f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{more}{contents}</ListBucketResult>")


def send(connection, status, body, length=None):
    length = len(body) if length is None else length
    connection.sendall(
        f'HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: "e"\r\n'
        f"Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n{body}".encode()
    )


class Full:
    """A port that drops every SYN: nobody accepts, and the backlog is full."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self._fillers = []
        address = self._listener.getsockname()
        self.endpoint = "http://127.0.0.1:%d" % address[1]
        while not self._fillers or connected(self._fillers[-1]):
            self._fillers.append(socket.socket())
            self._fillers[-1].setblocking(False)
            self._fillers[-1].connect_ex(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in [self._listener, *self._fillers]:
            each.close()


def connected(s):
    time.sleep(0.1)
    try:
        return bool(s.getpeername())
    except OSError:
        return False


class Relay:
    """Between the library and a real server. Parts pass it slowly; ``part`` is
    set when one has begun."""

    PIECE, PAUSE = 64 << 10, 0.05

    def __init__(self, endpoint):
        host, port = endpoint.rsplit("/", 1)[1].split(":")
        self._target = host, int(port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.endpoint = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        self._open = []
        self.part = threading.Event()
        in_background(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in [self._listener, *self._open]:
            shut(each)

    def _accept(self):
        while True:
            near, _ = self._listener.accept()
            far = socket.create_connection(self._target)
            self._open += [near, far]
            in_background(self._pass, near, far, True)
            in_background(self._pass, far, near, False)

    def _pass(self, source, target, slowly):
        """Passes bytes on, and the end; those of a part slowly."""
        try:
            slow = False
            while piece := source.recv(self.PIECE):
                if slowly and (head := re.match(rb"[A-Z]+ (\S+) HTTP", piece)):
                    if slow := b"partNumber=" in head.group(1):
                        self.part.set()
                if slow:
                    time.sleep(self.PAUSE)
                target.sendall(piece)
        finally:
            shut(target)
            shut(source)


def read_head(stream):
    return b"".join(iter(stream.readline, b"\r\n")) if stream.peek(1) else b""


def length_of(head):
    found = re.search(rb"(?i)\ncontent-length: (\d+)", head)
    return int(found.group(1)) if found else 0


def in_background(function, *arguments):
    """Runs it on a thread that ends with its sockets."""

    def run():
        with contextlib.suppress(OSError):
            function(*arguments)

    threading.Thread(target=run, daemon=True).start()


def shut(s):
    with contextlib.suppress(OSError):
        s.shutdown(socket.SHUT_RDWR)
    s.close()
