"""A server in front of another one, in this process, that notes every request and passes it on."""

import dataclasses
import http.client
import http.server
import socket
import threading
import time
import urllib.parse

BLOCK = 256 << 10  # bytes between two pauses


@dataclasses.dataclass
class Passed:
    method: str
    path: str  # decoded
    query: dict  # decoded
    range: str  # the header; "" without one
    size: int  # of the answer's body


class Relay:
    """``passed`` are the requests since the last ``begin``, in the order of their answers. The name of
    the host, which a signature holds, is passed on too. ``pause`` is how many seconds each block takes
    of what is read and written."""

    def __init__(self, endpoint, pause=0):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.relay, self.onwards, self.pause = self, urllib.parse.urlsplit(endpoint).netloc, pause
        if pause:  # the system shall not take what is not read yet
            self._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BLOCK)
        self.url = "http://127.0.0.1:%d" % self._server.server_port
        self.begin()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def begin(self):
        self.passed = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        length = int(self.headers.get("Content-Length", 0))
        body = b"".join(self.rfile.read(min(BLOCK, length - at)) for at in self.blocks(length))
        if len(body) < length:  # who sends it has gone
            self.close_connection = True
            return
        relay, url = self.server.relay, urllib.parse.urlsplit(self.path)
        onwards = http.client.HTTPConnection(relay.onwards)
        onwards.request(self.command, self.path, body, dict(self.headers))
        answer = onwards.getresponse()
        data = answer.read()
        onwards.close()
        relay.passed.append(Passed(
            self.command, urllib.parse.unquote(url.path), dict(urllib.parse.parse_qsl(url.query, True)),
            self.headers.get("Range", ""), len(data)))
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") if self.command == "HEAD" else str(len(data)))
        self.end_headers()
        for at in self.blocks(len(data)):
            self.wfile.write(data[at : at + BLOCK])

    def blocks(self, length):
        for at in range(0, length, BLOCK):
            time.sleep(self.server.relay.pause)
            yield at

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve

    def log_message(self, *_):
        pass
