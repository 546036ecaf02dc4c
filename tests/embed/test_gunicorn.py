"""gunicorn that loads the application, opens a store and uses it, and then forks its workers."""

import collections
import concurrent.futures
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
import remotestore

APPLICATION = """
import os, remotestore

store = remotestore.Store.from_url(os.environ["TEST_STORE"])
assert store.read_bytes("a") == b"text"  # so that there is an engine, with a connection, when it forks

def application(environ, start_response):
    body = store.read_bytes("a")
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Worker", str(os.getpid()))])
    return [body]
"""
REQUESTS, CLIENTS = 1000, 8


class Gunicorn:
    """A server, which serves until the end of the block."""

    def __init__(self, folder, url, workers):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        (folder / "application.py").write_text(APPLICATION)
        self.log = folder / "log"
        environment = {**os.environ, "TEST_STORE": url}
        command = [sys.executable, "-m", "gunicorn", "--preload", "--bind", self.address, *workers, "application"]
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=self.log.open("w"), stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log.read_text()

    def get(self):
        """The body, and who served it; again where nobody listens, as while workers change."""
        for _ in range(100):
            try:
                with urllib.request.urlopen(f"http://{self.address}/", timeout=30) as response:
                    return response.read(), int(response.headers["X-Worker"])
            except (ConnectionError, urllib.error.URLError) as error:
                if isinstance(error, urllib.error.HTTPError):
                    raise
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def workers(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(child) for child in children.read_text().split()}

    def replace_workers(self):
        """SIGHUP: the workers go, and others are forked."""
        before = self.workers()
        self.process.send_signal(signal.SIGHUP)
        end = time.time() + 30
        while self.workers() & before or len(self.workers()) < len(before):
            assert time.time() < end, self.log.read_text()
            time.sleep(0.05)


@pytest.mark.parametrize("workers", [
    ["--workers", "4", "--worker-class", "sync"],
    ["--workers", "2", "--worker-class", "gthread", "--threads", "4"],
], ids=["sync", "gthread"])
def test_preloaded(s3_servers, tmp_path, workers):
    url = f"{s3_servers('versitygw')['REMOTESTORE_TEST_S3_URL']}/{secrets.token_hex(8)}"
    with remotestore.Store.from_url(url) as store:
        store.write("a", b"text")
        with Gunicorn(tmp_path, url, workers) as server, concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
            served = collections.Counter()
            for _ in range(3):
                got = list(clients.map(lambda _: server.get(), range(REQUESTS // 3 + 1)))
                assert {body for body, _ in got} == {b"text"}
                served.update(worker for _, worker in got)
                server.replace_workers()
            assert server.process.pid not in served
            assert len(served) >= 3 * 2, "not all workers served"
            assert sum(served.values()) >= REQUESTS
        store.delete("a")
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log and "WORKER TIMEOUT" not in log, log
