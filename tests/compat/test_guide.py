"""The samples of remote-store's guide to its S3 backend, as programs of ours.

Where a sample ends with a backend, something is written, read and listed
through it. What cannot be seen at a server that works (a proxy, an attempt) is
seen at one that stands before it, or that always fails.
"""

import contextlib
import http.client
import http.server
import logging
import os
import socket
import threading
import time
import urllib.parse

import pytest
import remotestore as remote_store
from remotestore import BackendConfig, Capability, Registry, RegistryConfig, StoreProfile
from remotestore.backends import LocalBackend, MemoryBackend, S3Backend

CA_VARIABLES = ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"]
PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"]
NOWHERE = "http://s3.nowhere.invalid:9000"  # only a proxy gets there (RFC 6761)
NO_WAIT = {"backoff_base": 0.0, "jitter": 0.0}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in CA_VARIABLES + PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def s3(s3_servers):
    """The options of a bucket that works, and a folder of it for one test."""
    variables = s3_servers("versitygw")
    url = urllib.parse.urlsplit(variables["REMOTESTORE_TEST_S3_URL"])
    options = {
        "bucket": url.netloc,
        "endpoint_url": variables["AWS_ENDPOINT_URL_S3"] or variables["AWS_ENDPOINT_URL"],
        "key": variables["AWS_ACCESS_KEY_ID"],
        "secret": variables["AWS_SECRET_ACCESS_KEY"],
        "region_name": variables["AWS_REGION"],
    }
    options = {name: value for name, value in options.items() if value}
    root = "/".join(filter(None, [url.path.strip("/"), "guide-" + os.urandom(8).hex()]))
    # Made before the test changes the environment.
    with remote_store.Store(S3Backend(**options)) as store:
        yield options, root
        store.delete_folder(root, recursive=True, missing_ok=True)


def works(backend, root):
    with remote_store.Store(backend, root_path=root) as store:
        name = f"works/{os.urandom(4).hex()}.txt"
        store.write(name, b"it does")
        assert store.read_bytes(name) == b"it does"
        assert name in [str(file.path) for file in store.list_files("works")]


class Forwarder(http.server.ThreadingHTTPServer):
    """A proxy, and an endpoint too: whatever comes goes to one server, and
    its method and URL are kept. The Host stays: it is signed."""

    def __init__(self, endpoint):
        super().__init__(("127.0.0.1", 0), Forwarding)
        self.endpoint, self.seen = endpoint, []


class Forwarding(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self):
        self.server.seen.append((self.command, self.path))
        target, asked = urllib.parse.urlsplit(self.server.endpoint), urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Connection = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}[target.scheme]
        connection = Connection(target.netloc, timeout=30)
        connection.putrequest(self.command, asked._replace(scheme="", netloc="").geturl(), True, True)
        for name, value in self.headers.items():
            # The body is here already: nothing is to be awaited.
            if name.lower() not in ("connection", "proxy-connection", "expect"):
                connection.putheader(name, value)
        connection.endheaders(body)
        with contextlib.closing(connection):
            answer = connection.getresponse()
            content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else len(content)
        self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward

    def log_message(self, *args):
        pass


class Refuser(http.server.ThreadingHTTPServer):
    """Counts what comes and answers 503 to all of it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Refusing)
        self.seen = []


class Refusing(http.server.BaseHTTPRequestHandler):
    def refuse(self):
        self.server.seen.append((self.command, self.path))
        body = b"<Error><Code>ServiceUnavailable</Code><Message>not now</Message></Error>"
        self.send_response(503)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = refuse

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serving(server):
    """The server runs in the block, which gets it with its URL."""
    server.daemon_threads = True
    server.url = "http://%s:%d" % server.server_address
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def forwarder(s3):
    with serving(Forwarder(s3[0]["endpoint_url"])) as server:
        yield server


def attempts(**options):
    """How many requests one read is, when none of them succeeds."""
    with serving(Refuser()) as server:
        backend = S3Backend(bucket="b", endpoint_url=server.url, key="k", secret="s", region_name="r", **options)
        with remote_store.Store(backend) as store, pytest.raises(remote_store.BackendUnavailable):
            store.read_bytes("a")
        return len(server.seen)


# -- usage -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "local", "s3"])
def test_usage(kind, tmp_path, request):
    options, root = request.getfixturevalue("s3") if kind == "s3" else ({}, "sales")
    if kind == "local":
        options = {"root": str(tmp_path)}
    config = RegistryConfig(
        backends={"main": BackendConfig(type=kind, options=options)},
        stores={
            "reports": StoreProfile(backend="main", root_path=f"{root}/reports"),
            "everything": StoreProfile(backend="main", root_path=root),
        },
    )
    with Registry(config) as registry:
        store = registry.get_store("reports")
        store.write("may.csv", b"day,sum\n1,20\n")
        assert store.read_text("may.csv") == "day,sum\n1,20\n"
        found = registry.get_store("everything").list_files("", recursive=True)
        assert [str(file.path) for file in found] == ["reports/may.csv"]


def test_a_bucket_needs_a_name():
    with pytest.raises(ValueError):
        S3Backend(bucket=" ")


def test_no_secret_is_shown(s3):
    options, _ = s3
    backend = S3Backend(**{**options, "secret": remote_store.Secret("hidden-secret"), "key": "hidden-key"})
    assert "hidden" not in repr(backend) + str(backend) + repr(remote_store.Store(backend))
    backend.close()


# -- custom TLS certificates -------------------------------------------------


def test_tls_ca_bundle(s3):
    certifi = pytest.importorskip("certifi")
    options, root = s3
    works(S3Backend(**options, tls_ca_bundle=certifi.where()), root)


def test_tls_ca_bundle_in_a_configuration(s3):
    certifi = pytest.importorskip("certifi")
    options, root = s3
    config = RegistryConfig.from_dict({
        "backends": {"minio": {"type": "s3", "options": {**options, "tls_ca_bundle": certifi.where()}}},
        "stores": {"data": {"backend": "minio", "root_path": root}},
    })
    with Registry(config) as registry:
        assert registry.get_store("data").write("a", b"x").size == 1


def test_a_missing_tls_ca_bundle_is_told_at_once(s3, tmp_path):
    options, _ = s3
    with pytest.raises(ValueError, match="none.pem"):
        S3Backend(**options, tls_ca_bundle=str(tmp_path / "none.pem"))


@pytest.mark.parametrize("variable", CA_VARIABLES)
def test_the_ca_variables(s3, tmp_path, monkeypatch, variable):
    options, _ = s3
    for earlier in CA_VARIABLES[: CA_VARIABLES.index(variable)]:
        monkeypatch.setenv(earlier, "")  # set, but empty: the next one counts
    for later in CA_VARIABLES[CA_VARIABLES.index(variable) + 1 :]:
        monkeypatch.setenv(later, str(tmp_path / "later.pem"))
    monkeypatch.setenv(variable, str(tmp_path / "first.pem"))
    with pytest.raises(ValueError, match="first.pem"):
        S3Backend(**options)


def test_tls_ca_bundle_outranks_the_ca_variables(s3, tmp_path, monkeypatch):
    certifi = pytest.importorskip("certifi")
    options, root = s3
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "none.pem"))
    works(S3Backend(**options, tls_ca_bundle=certifi.where()), root)


# -- config_kwargs -----------------------------------------------------------


def test_a_client_config_is_refused(s3):
    options, _ = s3
    # There it is told at the first request, here it may be sooner.
    with pytest.raises(ValueError, match="config_kwargs"):
        backend = S3Backend(**options, client_options={"client_kwargs": {"config": object()}})
        remote_store.Store(backend).exists("a")


def test_no_proxy_of_the_environment(s3, monkeypatch):
    options, root = s3
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))  # nobody listens
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:%d" % dead.getsockname()[1])
        works(S3Backend(**options, client_options={"config_kwargs": {"proxies": {"http": None, "https": None}}}), root)


def test_no_proxy_of_the_environment_that_would_serve(s3, forwarder, monkeypatch):
    # The one above cannot fail where a proxy is never used for a loopback address.
    options, root = s3
    options["endpoint_url"] = NOWHERE
    monkeypatch.setenv("HTTP_PROXY", forwarder.url)
    works(S3Backend(**options), root)
    assert forwarder.seen
    forwarder.seen.clear()
    backend = S3Backend(
        **options,
        retry=remote_store.RetryPolicy.disabled(),
        client_options={"config_kwargs": {"proxies": {"http": None, "https": None}}},
    )
    with remote_store.Store(backend) as store, pytest.raises(remote_store.BackendUnavailable):
        store.read_bytes("a")
    assert not forwarder.seen


def test_a_proxy(s3, forwarder):
    options, root = s3
    options["endpoint_url"] = NOWHERE
    proxies = {"http": forwarder.url, "https": forwarder.url}
    works(S3Backend(**options, client_options={"config_kwargs": {"proxies": proxies}}), root)
    assert len(forwarder.seen) >= 3
    assert all(url.startswith(NOWHERE) for _, url in forwarder.seen)


def test_retry(s3):
    options, root = s3
    works(S3Backend(**options, retry=remote_store.RetryPolicy(max_attempts=5)), root)
    assert attempts(retry=remote_store.RetryPolicy(max_attempts=5, **NO_WAIT)) == 5
    assert attempts(retry=remote_store.RetryPolicy.disabled()) == 1


def test_retries_of_botocore(s3):
    # Its max_attempts are those after the first one (X10).
    options, root = s3
    kwargs = {"config_kwargs": {"retries": {"max_attempts": 5, "mode": "adaptive"}}}
    works(S3Backend(**options, client_options=kwargs), root)
    assert attempts(client_options=kwargs, retry_backoff_base=0.01, retry_jitter=0) == 6


def test_retry_replaces_retries():
    retries = {"max_attempts": 2, "mode": "adaptive"}
    with pytest.warns(UserWarning, match="config_kwargs.retries has no effect beside retry"):
        count = attempts(
            retry=remote_store.RetryPolicy(max_attempts=5, **NO_WAIT),
            client_options={"config_kwargs": {"retries": retries}},
        )
    assert count == 5
    assert retries == {"max_attempts": 2, "mode": "adaptive"}  # the caller's own


def test_timeouts(s3):
    options, root = s3
    kwargs = {"config_kwargs": {"connect_timeout": 3.0, "read_timeout": 10.0}}
    works(S3Backend(**options, client_options=kwargs), root)


def test_a_read_timeout_ends_the_wait():
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()  # the kernel connects, and nobody answers
        backend = S3Backend(
            bucket="b", key="k", secret="s", region_name="r",
            endpoint_url="http://127.0.0.1:%d" % mute.getsockname()[1],
            retry=remote_store.RetryPolicy.disabled(), client_options={"config_kwargs": {"read_timeout": 0.5}},
        )
        start = time.monotonic()
        with remote_store.Store(backend) as store, pytest.raises(remote_store.RemoteStoreError):
            store.read_bytes("a")
        assert 0.4 < time.monotonic() - start < 10


def test_path_addressing(s3, forwarder):
    options, root = s3
    options["endpoint_url"] = forwarder.url
    works(S3Backend(**options, client_options={"config_kwargs": {"s3": {"addressing_style": "path"}}}), root)
    assert forwarder.seen
    for _, url in forwarder.seen:
        assert urllib.parse.urlsplit(url).path.split("/")[1] == options["bucket"]


def test_virtual_addressing(s3, forwarder):
    options, _ = s3
    backend = S3Backend(
        **{**options, "endpoint_url": NOWHERE}, retry=remote_store.RetryPolicy.disabled(),
        client_options={"config_kwargs": {"s3": {"addressing_style": "virtual"}, "proxies": {"http": forwarder.url}}},
    )
    with remote_store.Store(backend) as store, contextlib.suppress(remote_store.RemoteStoreError):
        store.read_bytes("a")
    assert [urllib.parse.urlsplit(url).hostname for _, url in forwarder.seen] == [
        options["bucket"] + "." + urllib.parse.urlsplit(NOWHERE).hostname
    ]


def test_putting_it_together(s3, monkeypatch):
    options, root = s3
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    backend = S3Backend(
        bucket=options["bucket"],
        endpoint_url=options["endpoint_url"],
        key=options.get("key"),
        secret=options.get("secret"),
        region_name=options.get("region_name"),
        retry=remote_store.RetryPolicy(max_attempts=5),
        client_options={
            "config_kwargs": {
                "connect_timeout": 3.0,
                "read_timeout": 10.0,
                "s3": {"addressing_style": "path"},
                "proxies": {"http": None, "https": None},
            },
        },
    )
    works(backend, root)


def test_more_of_config_kwargs(s3):
    options, root = s3
    kwargs = {"max_pool_connections": 20, "user_agent_extra": "guide/1"}
    works(S3Backend(**options, client_options={"config_kwargs": kwargs}), root)


def test_reject_write_under_file_ancestor(s3, forwarder):
    options, root = s3
    options["endpoint_url"] = forwarder.url
    with remote_store.Store(S3Backend(**options, reject_write_under_file_ancestor=True), root) as store:
        store.write("a", b"")
        forwarder.seen.clear()
        with pytest.raises(remote_store.InvalidPath):
            store.write("a/c", b"")
        # It was found before: a server over a file system would refuse it too.
        assert {method for method, _ in forwarder.seen} == {"HEAD"}


# -- file metadata, write results ---------------------------------------------


@pytest.fixture(params=["memory", "local", "s3"])
def store(request, tmp_path):
    if request.param == "s3":
        options, root = request.getfixturevalue("s3")
        made = remote_store.Store(S3Backend(**options), root_path=root)
    else:
        made = remote_store.Store(MemoryBackend() if request.param == "memory" else LocalBackend(str(tmp_path)))
    with made:
        yield made


def test_file_metadata(store):
    written = store.write("d/a.txt", b"content")
    info = store.get_file_info("d/a.txt")
    (listed,) = store.list_files("d")
    assert (str(info.path), info.name, info.size) == ("d/a.txt", "a.txt", 7)
    assert info.modified_at.tzinfo and listed.modified_at.tzinfo
    assert written.etag == info.etag == listed.etag
    assert info.etag == info.etag.strip('"').lower()
    assert listed.digest is None
    # The guide says never; its specification, and we: where the server has one (X8).
    assert info.digest is None or isinstance(info.digest, remote_store.ContentDigest)
    assert written.digest in (None, info.digest)


def test_write_results(store):
    plain = store.write("a", b"12345")
    assert (str(plain.path), plain.size, plain.source, plain.metadata) == ("a", 5, "native", None)
    assert plain.etag
    assert plain.last_modified is None or plain.last_modified.tzinfo
    assert store.head("a").source == "sidecar"
    if not store.supports(Capability.USER_METADATA):
        with pytest.raises(remote_store.CapabilityNotSupported):
            store.write("b", b"", metadata={"author": "me"})
        return
    tagged = store.write("b", b"", metadata={"author": "me", "Year": "2024"})
    assert tagged.metadata == {"author": "me", "Year": "2024"}
    assert {k.lower(): v for k, v in store.get_file_info("b").metadata.items()} == {"author": "me", "year": "2024"}


# -- listings ----------------------------------------------------------------

FILES = [
    "bronze/2023/01/a.csv", "bronze/2023/01/b.txt", "bronze/2023/c.csv", "bronze/d.csv", "bronze/x/y/z/w/deep.csv",
    "gold/e.csv", "readme",
]


@pytest.fixture
def lake(store):
    for path in FILES:
        store.write(path, path.encode())
    return store


def of(entries):
    return sorted(str(entry.path) for entry in entries)


def test_a_shallow_listing(lake):
    assert sorted(entry.name for entry in lake.iter_children("bronze/")) == ["2023", "d.csv", "x"]
    assert of(lake.iter_children("")) == ["bronze", "gold", "readme"]
    assert of(lake.list_files("bronze/", recursive=False)) == ["bronze/d.csv"]


def test_a_recursive_listing(lake):
    assert of(lake.list_files("", recursive=True)) == FILES
    assert of(lake.list_files("bronze/", recursive=True)) == [f for f in FILES if f.startswith("bronze/")]


def test_the_root_folders(lake):
    assert sorted(folder.name for folder in lake.list_folders("")) == ["bronze", "gold"]


def test_a_listing_with_a_depth(lake):
    assert of(lake.list_files("bronze", max_depth=0)) == ["bronze/d.csv"]
    assert of(lake.list_files("bronze", max_depth=1)) == ["bronze/2023/c.csv", "bronze/d.csv"]
    shallow = [f for f in FILES if f.startswith("bronze/") and f != "bronze/x/y/z/w/deep.csv"]
    assert of(lake.list_files("bronze", max_depth=3)) == shallow
    assert of(lake.list_files("bronze", max_depth=None)) == ["bronze/d.csv"]


def test_a_glob_is_better_than_a_walk(lake):
    assert of(lake.glob("bronze/**/*.csv")) == [f for f in FILES if f.startswith("bronze/") and f.endswith(".csv")]


def test_a_recursive_listing_is_one_request(s3, forwarder):
    options, root = s3
    with remote_store.Store(S3Backend(**{**options, "endpoint_url": forwarder.url}), root_path=root) as store:
        for path in FILES:
            store.write(path, b"")
        for listing in (
            lambda: store.list_files("", recursive=True),
            lambda: store.list_files("bronze", max_depth=3),
            lambda: store.list_files("bronze"),
            lambda: store.iter_children("bronze"),
            lambda: store.glob("bronze/**/*.csv"),
        ):
            forwarder.seen.clear()
            assert list(listing())
            assert [method for method, _ in forwarder.seen] == ["GET"]


@pytest.mark.parametrize("cached", [True, False])
def test_a_listing_is_never_stale(s3, cached):
    options, root = s3
    reader = remote_store.Store(S3Backend(**options, client_options={"use_listings_cache": cached}), root)
    with reader, remote_store.Store(S3Backend(**options), root) as writer:
        writer.write("d/a", b"")
        assert of(reader.list_files("d")) == ["d/a"]
        writer.write("d/b", b"")
        assert of(reader.list_files("d")) == ["d/a", "d/b"]


# -- capabilities ------------------------------------------------------------


def test_capabilities():
    backend = S3Backend(bucket="b", endpoint_url="http://127.0.0.1:9", key="k", secret="s", region_name="r")
    with remote_store.Store(backend) as store:
        assert {c for c in Capability if not store.supports(c)} == {Capability.ATOMIC_MOVE, Capability.APPEND}
        assert set(backend.capabilities) == set(Capability) - {Capability.ATOMIC_MOVE, Capability.APPEND}


def test_a_move_is_a_copy_and_a_delete(s3):
    options, root = s3
    with remote_store.Store(S3Backend(**options), root) as store:
        store.write("a", b"x")
        store.move("a", "b")
        assert of(store.list_files("")) == ["b"]
