"""conditional_put=dynamo, through the library: of two processes that may not
overwrite, exactly one wins, and the lock of one that was killed ends.

moto's S3 checks a condition and writes in two steps, its DynamoDB does not:
see run_moto.py."""

import collections
import http.client
import http.server
import json
import multiprocessing
import pathlib
import secrets
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

import pytest
import remotestore

import racers

WRITER = "import remotestore, sys; remotestore.Store.from_url(sys.argv[1], **eval(sys.argv[2])).write('a', b'dead')"


class Table:
    """A table of locks on moto."""

    def __init__(self, server):
        self.server, self.name = server, "locks-" + secrets.token_hex(8)
        keys = [("path", "HASH"), ("etag", "RANGE")]
        self.ask(
            "CreateTable",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            BillingMode="PAY_PER_REQUEST",
        )

    def ask(self, operation, **arguments):
        scope = f"{self.server['AWS_ACCESS_KEY_ID']}/20300101/{self.server['AWS_REGION']}/dynamodb/aws4_request"
        request = urllib.request.Request(
            self.server["AWS_ENDPOINT_URL"],
            json.dumps({"TableName": self.name, **arguments}).encode(),
            {
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "DynamoDB_20120810." + operation,
                # moto finds the service here, and checks no signature.
                "Authorization": "AWS4-HMAC-SHA256 Credential=" + scope,
            },
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.load(answer)

    def locks(self):
        return [{name: next(iter(value.values())) for name, value in item.items()} for item in self.ask("Scan")["Items"]]


@pytest.fixture
def server(s3_servers):
    return s3_servers("moto")


@pytest.fixture
def url(server):
    return server["REMOTESTORE_TEST_S3_URL"] + "/" + secrets.token_hex(8)


@pytest.fixture
def table(server):
    return Table(server)


def race(url, kinds, rounds, options):
    """Who won which round, of two processes."""
    with remotestore.Store.from_url(url) as store:
        for racer in range(2):
            store.write(racers.source(racer), racers.content(racer))
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=racers.run, args=(url, [racer], kinds, rounds, barrier, results, options))
        for racer in range(2)
    ]
    for process in processes:
        process.start()
    reports = [report for _ in processes for report in results.get(timeout=300)]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    winners = collections.defaultdict(list)
    for kind, number, racer, outcome in reports:
        assert outcome in ("WON", "ALREADY_EXISTS"), f"{kind} {number}, racer {racer}"
        winners[kind, number] += [racer] if outcome == "WON" else []
    assert len(reports) == 2 * len(kinds) * rounds
    return winners


KINDS, ROUNDS = ["put", "multipart", "copy"], 100


def test_one_wins(url, table):
    begun = time.monotonic()
    winners = race(url, KINDS, ROUNDS, {"conditional_put": "dynamo:" + table.name})
    print(f"{len(winners)} rounds, {time.monotonic() - begun:.0f} s")
    with remotestore.Store.from_url(url) as store:
        for (kind, number), won in winners.items():
            assert len(won) == 1, f"{kind} {number}: {won} won"
            assert store.read_bytes(racers.target(kind, number)) == racers.content(won[0])
    assert len(winners) == len(table.locks()) == len(KINDS) * ROUNDS


def test_both_win_without_the_lock(url):
    """What the lock is around, a look and a write without a condition, does not
    decide by itself: the race is one."""
    winners = race(url, ["put"], 30, {"conditional_put": "check"})
    assert any(len(won) == 2 for won in winners.values())


class Relay(http.server.BaseHTTPRequestHandler):
    """A proxy that answers no request to write an object."""

    protocol_version = "HTTP/1.1"
    written = threading.Event()

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.command == "PUT":
            Relay.written.set()
            time.sleep(60)
            return
        at = urllib.parse.urlsplit(self.path)
        onwards = http.client.HTTPConnection(at.netloc)
        onwards.request(self.command, f"{at.path}?{at.query}", body, dict(self.headers))
        answer = onwards.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") if self.command == "HEAD" else str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_HEAD = do_GET = do_POST = do_PUT = forward

    def log_message(self, *arguments):
        pass


def test_the_lock_of_a_killed_process_ends(url, table):
    lock = f"dynamo:{table.name}:1000"
    relay = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    relay.daemon_threads = True
    threading.Thread(target=relay.serve_forever, daemon=True).start()
    options = {"conditional_put": lock, "http_proxy": f"http://127.0.0.1:{relay.server_port}"}
    victim = subprocess.Popen([sys.executable, "-c", WRITER, url, repr(options)])
    assert Relay.written.wait(30), "it did not come to its write"
    victim.kill()
    victim.wait()
    relay.shutdown()
    relay.server_close()
    assert [(one["generation"], one["timeout"]) for one in table.locks()] == [("0", "1000")]
    begun = time.monotonic()
    with remotestore.Store.from_url(url, conditional_put=lock) as store:
        store.write("a", b"alive")
        assert time.monotonic() - begun >= 3, "it did not wait for 3 timeouts"
        assert store.read_bytes("a") == b"alive"
    assert [(one["generation"], one["timeout"]) for one in table.locks()] == [("2", "0")]


def test_a_missing_table(url):
    with remotestore.Store.from_url(url, conditional_put="dynamo:no-such-table") as store:
        with pytest.raises(remotestore.InvalidOption, match='the DynamoDB table "no-such-table" of conditional_put'):
            store.write("a", b"text")
        assert not store.exists("a")
