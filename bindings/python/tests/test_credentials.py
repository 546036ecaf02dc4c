"""Where credentials come from: the live environment, and functions of the program."""

import asyncio
import contextlib
import datetime
import http.server
import logging
import pickle
import re
import signal
import threading
import time
import urllib.parse

import botocore.config
import botocore.session
import pytest
import remotestore
from remotestore import (
    BackendConfig,
    CapabilityNotSupported,
    Registry,
    RegistryConfig,
    S3Backend,
    Secret,
    Store,
    StoreProfile,
    Unauthenticated,
)

HOUR = datetime.timedelta(hours=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Cloud(http.server.ThreadingHTTPServer):
    """What gives credentials, and an endpoint of S3, which notes who asks."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server_address[1]
        self.askers, self.requests = [], []  # of S3; and those for credentials
        self.refused = set()  # keys that have expired, as the endpoint says
        self.delay = 0.0
        self.version1 = False  # of the metadata of the instance, which has no sessions
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def respond(self):
        cloud, length = self.server, int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode("latin-1")
        if self.path.startswith("/container"):
            cloud.requests.append((self.command, self.path, self.headers.get("Authorization")))
            return self.answer(200, '{"AccessKeyId": "CONTAINER", "SecretAccessKey": "s", "Token": "T", "Expiration": "%s"}'
                               % (now() + HOUR).strftime("%Y-%m-%dT%H:%M:%SZ"))
        if self.path.startswith("/latest/api/token"):
            cloud.requests.append((self.command, self.path, self.headers.get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") and "ttl"))
            if cloud.version1:
                return self.answer(403, "")
            return self.answer(200, "session", [("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")])
        if self.path.startswith("/latest/meta-data"):
            cloud.requests.append((self.command, self.path, self.headers.get("X-Aws-Ec2-Metadata-Token")))
            return self.answer(200, "role" if self.path.endswith("/") else
                               '{"Code": "Success", "AccessKeyId": "INSTANCE", "SecretAccessKey": "s", "Token": "T", '
                               '"Expiration": "%s"}' % (now() + HOUR).strftime("%Y-%m-%dT%H:%M:%SZ"))
        if self.path == "/" and self.command == "POST":
            form = dict(urllib.parse.parse_qsl(body))
            cloud.requests.append((self.command, self.path, form))
            action = form["Action"]
            return self.answer(200, f"""<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>
                <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn><AssumedRoleId>i</AssumedRoleId></AssumedRoleUser>
                <Credentials><AccessKeyId>WEB</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>T</SessionToken>
                <Expiration>{(now() + HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")}</Expiration></Credentials>
                </{action}Result></{action}Response>""")
        time.sleep(cloud.delay)
        found = re.search("Credential=([^/]*)/", self.headers.get("Authorization") or "")
        asker = found.group(1) if found else None
        cloud.askers.append(asker)
        if asker in cloud.refused:
            return self.answer(400, "<Error><Code>ExpiredToken</Code></Error>")
        if "list-type" in self.path:
            return self.answer(200, "<ListBucketResult><Name>bucket</Name></ListBucketResult>")
        return self.answer(200, "content", [("ETag", '"e"')])

    def answer(self, status, text, headers=()):
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(text)))]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = respond


@pytest.fixture
def cloud():
    with Cloud() as cloud:
        yield cloud
        cloud.shutdown()


@pytest.fixture
def opened(cloud):
    """Opens stores on the cloud, whose credentials a provider gives."""
    with contextlib.ExitStack() as open_now:
        def make(provider=None, **options):
            backend = S3Backend("bucket", endpoint_url=cloud.url, region_name="r", credential_provider=provider,
                                retry=remotestore.RetryPolicy.disabled(), **options)
            return open_now.enter_context(Store(backend))

        yield make


# -- the live environment ---------------------------------------------------------


@pytest.fixture
def environment(monkeypatch, tmp_path, cloud):
    """The environment of this process, without credentials."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return monkeypatch


def asker(cloud, opened):
    del cloud.askers[:], cloud.requests[:]
    opened().read_bytes("a")
    return cloud.askers[-1]


def by_botocore():
    """Lets botocore find credentials in the same environment."""
    botocore.session.get_session().get_credentials().get_frozen_credentials()


def both(cloud, opened, want):
    """The requests for credentials that the library sends, and those of botocore."""
    assert asker(cloud, opened) == want
    ours = list(cloud.requests)
    del cloud.requests[:]
    by_botocore()
    return ours, cloud.requests


def test_a_web_identity_of_the_live_environment(cloud, opened, environment, tmp_path):
    token = tmp_path / "token"
    token.write_text("the-token")
    environment.setenv("AWS_ENDPOINT_URL_STS", cloud.url)
    environment.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    environment.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r")
    environment.setenv("AWS_ROLE_SESSION_NAME", "session")
    ours, theirs = both(cloud, opened, "WEB")
    assert ours == theirs and len(ours) == 1
    environment.setenv("AWS_ROLE_SESSION_NAME", "changed")
    ours, theirs = both(cloud, opened, "WEB")
    assert ours == theirs and ours[0][2]["RoleSessionName"] == "changed"
    environment.delenv("AWS_ROLE_ARN")
    with pytest.raises(remotestore.InvalidOption, match="AWS_ROLE_ARN is not set"):
        opened()
    environment.delenv("AWS_WEB_IDENTITY_TOKEN_FILE")
    with pytest.raises(Unauthenticated, match="AWS_WEB_IDENTITY_TOKEN_FILE"):
        opened().read_bytes("a")


def test_a_container_of_the_live_environment(cloud, opened, environment, tmp_path):
    environment.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", cloud.url + "/container/a?b=c")
    environment.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "bearer")
    ours, theirs = both(cloud, opened, "CONTAINER")
    assert ours == theirs == [("GET", "/container/a?b=c", "bearer")]
    token = tmp_path / "token"
    token.write_text("of-the-file")
    environment.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
    ours, theirs = both(cloud, opened, "CONTAINER")
    assert ours == theirs == [("GET", "/container/a?b=c", "of-the-file")]
    environment.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    with pytest.raises(Unauthenticated, match="AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        opened().read_bytes("a")


def test_an_instance_of_the_live_environment(cloud, opened, environment):
    environment.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.url)
    environment.delenv("AWS_EC2_METADATA_DISABLED")
    ours, theirs = both(cloud, opened, "INSTANCE")
    assert ours == theirs and len(ours) == 3
    environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(Unauthenticated, match="AWS_EC2_METADATA_DISABLED"):
        opened().read_bytes("a")


def test_keys_of_the_live_environment(cloud, opened, environment):
    environment.setenv("AWS_ACCESS_KEY_ID", "ENV")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert asker(cloud, opened) == "ENV"
    del cloud.askers[:]
    opened(skip_signature=True).read_bytes("a")
    assert cloud.askers == [None]


# -- providers --------------------------------------------------------------------


class Vault:
    """A provider, each of whose credentials has another key."""

    def __init__(self, life=HOUR, **more):
        self.calls, self.life, self.more = 0, life, more

    def __call__(self):
        self.calls += 1
        return {"access_key_id": f"KEY{self.calls}", "secret_access_key": "s", "token": "t",
                "expires_at": self.life and now() + self.life, **self.more}


def test_a_provider(cloud, opened):
    vault = Vault()
    store = opened(vault)
    assert vault.calls == 0, "nobody asked for anything"
    child = store.child("folder")
    assert child.read_bytes("a") == b"content"
    with store.read("a") as reader:
        assert reader.read() == b"content"
    store.write("a", b"x", overwrite=True)
    assert list(store.list_files("")) == []
    assert vault.calls == 1 and set(cloud.askers) == {"KEY1"}
    assert store._backend.credential_provider is vault
    assert "KEY" not in repr(store._backend) and "credential_provider" in repr(store._backend)


def test_what_a_provider_may_leave_out(cloud, opened):
    store = opened(lambda: {"access_key_id": "K", "secret_access_key": Secret("s"), "expires_at": None})
    store.read_bytes("a")
    store = opened(Vault(life=None, token=None))
    store.read_bytes("a")
    assert cloud.askers == ["K", "KEY1"]


@pytest.mark.parametrize("given, message", [
    (None, "must return a mapping"),
    ("text", "must return a mapping"),
    ({}, "returned no access_key_id"),
    ({"access_key_id": "a"}, "returned no secret_access_key"),
    ({"access_key_id": "a", "secret_access_key": "s"}, "returned no expires_at"),
    ({"access_key_id": 1, "secret_access_key": "s", "expires_at": None}, "access_key_id must be a str"),
    ({"access_key_id": "a", "secret_access_key": None, "expires_at": None}, "secret_access_key must be a str"),
    ({"access_key_id": "", "secret_access_key": "s", "expires_at": None}, "access_key_id is empty"),
    ({"access_key_id": "a", "secret_access_key": "s\n", "expires_at": None}, "secret_access_key must be printable"),
    ({"access_key_id": "a", "secret_access_key": "s", "session_token": "t", "expires_at": None}, "a field that is none of"),
    ({"access_key_id": "a", "secret_access_key": "s", "expires_at": 1e9}, "expires_at must be a datetime"),
    ({"access_key_id": "a", "secret_access_key": "s", "expires_at": datetime.datetime.now()}, "time zone"),
    ({"access_key_id": "a", "secret_access_key": "s", "expires_at": now() - HOUR}, "expired already"),
    ({"access_key_id": "a", "secret_access_key": "s", "expires_at": datetime.datetime(
        1, 1, 1, tzinfo=datetime.timezone.utc)}, "expired already"),
])
def test_rubbish_of_a_provider(cloud, opened, given, message):
    store = opened(lambda: given)
    with pytest.raises(Unauthenticated, match=message) as caught:
        store.read_bytes("a")
    assert caught.value.path == "a" and caught.value.__cause__ is not None
    assert cloud.askers == []


def test_a_provider_that_raises(cloud, opened):
    store = opened(lambda: {}["missing"])
    for _ in range(2):
        with pytest.raises(Unauthenticated, match="KeyError") as caught:
            store.exists("a")
        assert isinstance(caught.value.__cause__, KeyError)
    assert cloud.askers == []


def test_a_provider_that_fails_while_what_it_gave_serves(cloud, opened, caplog):
    vault = Vault(datetime.timedelta(seconds=4))
    store = opened(lambda: vault() if not vault.calls else {}["missing"])
    store.read_bytes("a")
    time.sleep(3.05)
    with caplog.at_level(logging.WARNING, "remotestore"):
        store.read_bytes("a")
        store.read_bytes("a")
    assert cloud.askers == ["KEY1"] * 3
    assert [record.levelname for record in caplog.records] == ["WARNING"], "it is not asked again at once"
    time.sleep(1)
    with pytest.raises(Unauthenticated, match="KeyError"):
        store.read_bytes("a")


def test_what_is_no_provider():
    with pytest.raises(TypeError, match="credential_provider must be callable, not str"):
        S3Backend("bucket", credential_provider="x")
    with pytest.raises(remotestore.InvalidOption, match="credential_provider and key exclude each other"):
        S3Backend("bucket", key="k", secret="s", credential_provider=Vault())


def test_an_async_provider(cloud, opened):
    vault = Vault()

    async def provide():
        await asyncio.sleep(0.01)
        return vault()

    store = opened(provide)
    store.read_bytes("a")
    assert cloud.askers == ["KEY1"]

    async def within_a_loop():
        opened(provide).read_bytes("a")

    with pytest.raises(Unauthenticated, match="asyncio.to_thread"):
        asyncio.run(within_a_loop())

    async def beside_a_loop():
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, opened(provide).read_bytes, "a")

    assert asyncio.run(beside_a_loop()) == b"content"


def test_a_provider_that_uses_the_store(opened):
    stores = []
    stores.append(opened(lambda: stores[0].read_bytes("a")))
    with pytest.raises(Unauthenticated, match="itself uses the store"):
        stores[0].read_bytes("a")


def from_a_module():
    return Vault()()


def test_pickles_and_registries(cloud, opened):
    store = opened(from_a_module)
    again = pickle.loads(pickle.dumps(store))
    with again:
        again.read_bytes("a")
        assert again._backend.credential_provider is from_a_module
        assert again == store != opened(Vault())
    config = RegistryConfig(
        backends={"b": BackendConfig("s3", {"bucket": "bucket", "endpoint_url": cloud.url, "region_name": "r",
                                            "credential_provider": from_a_module})},
        stores={"s": StoreProfile("b", "folder")},
    )
    with Registry(config) as registry:
        registry.get_store("s").read_bytes("a")
    assert cloud.askers == ["KEY1", "KEY1"]


def test_a_store_whose_credentials_expire_during_a_call(cloud, opened):
    """It is not the first request of a call that finds that out."""
    vault = Vault(datetime.timedelta(seconds=1))
    store = opened(vault)
    cloud.delay = 0.4
    with store.read("a") as reader:
        reader.read()
    for _ in range(5):
        store.exists("a")
    assert len(set(cloud.askers)) > 2, "one after the other"


@pytest.mark.parametrize("thread", ["main", "other"])
def test_what_the_endpoint_refuses_is_renewed_in_the_call(cloud, opened, thread):
    vault = Vault()
    store = opened(vault)
    store.read_bytes("a")
    cloud.refused.add("KEY1")
    read = []
    if thread == "main":
        read.append(store.read_bytes("a"))
    else:
        other = threading.Thread(target=lambda: read.append(store.read_bytes("a")))
        other.start()
        other.join(10)
    assert read == [b"content"] and cloud.askers == ["KEY1", "KEY1", "KEY2"]


@pytest.mark.parametrize("thread", ["main", "other"])
def test_a_provider_that_raises_in_the_call(cloud, opened, thread):
    vault = Vault()
    store = opened(lambda: {}["missing"] if vault.calls else vault())
    store.read_bytes("a")
    cloud.refused.add("KEY1")
    raised = []

    def read():
        try:
            store.read_bytes("a")
        except Unauthenticated as error:
            raised.append(error)

    if thread == "main":
        read()
    else:
        other = threading.Thread(target=read)
        other.start()
        other.join(10)
    assert isinstance(raised[0].__cause__, KeyError) and raised[0].path == "a"


class Alarm(BaseException):  # as KeyboardInterrupt: another is the provider's own
    pass


@contextlib.contextmanager
def alarm(seconds):
    def ring(*_):
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("when", ["before the call", "in the call"])
def test_a_signal_ends_a_provider_that_blocks(cloud, opened, when):
    vault, block = Vault(), when == "before the call"

    def provide():
        if block:
            time.sleep(30)
        return vault()

    store = opened(provide)
    if when == "in the call":
        store.read_bytes("a")
        cloud.refused.add("KEY1")
        block = True
    begun = time.monotonic()
    with alarm(0.2), pytest.raises(Alarm):
        store.read_bytes("a")
    assert time.monotonic() - begun < 2
    block = False
    assert store.read_bytes("a") == b"content", "it goes on with the next call"


def test_a_signal_ends_the_wait_for_another_thread(opened):
    vault, go_on, asked = Vault(), threading.Event(), threading.Event()

    def provide():
        asked.set()
        go_on.wait(30)
        return vault()

    store = opened(provide)
    other = threading.Thread(target=store.read_bytes, args=("a",))
    other.start()
    asked.wait(10)
    begun = time.monotonic()
    with alarm(0.2), pytest.raises(Alarm):
        store.read_bytes("a")
    assert time.monotonic() - begun < 2
    go_on.set()
    other.join(10)
    assert store.read_bytes("a") == b"content" and vault.calls == 1


def test_others_go_on_while_one_thread_renews(opened):
    vault, go_on, asked = Vault(datetime.timedelta(seconds=4)), threading.Event(), threading.Event()

    def provide():
        if vault.calls:
            asked.set()
            go_on.wait(30)
        return vault()

    store = opened(provide)
    store.read_bytes("a")
    time.sleep(3.05)  # due, and valid for some time
    other = threading.Thread(target=store.read_bytes, args=("a",))
    other.start()
    assert asked.wait(10)
    begun = time.monotonic()
    store.read_bytes("a")
    assert time.monotonic() - begun < 0.5 and vault.calls == 1
    go_on.set()
    other.join(10)
    assert vault.calls == 2


def test_what_is_open_for_several_lives(cloud, opened):
    vault = Vault(datetime.timedelta(seconds=1))
    store = opened(vault)
    with store.open_atomic("a", overwrite=True) as writer:
        time.sleep(1.1)
        writer.write(b"x")
    time.sleep(1.1)
    with store.read_seekable("a") as reader:
        time.sleep(1.1)
        with contextlib.suppress(CapabilityNotSupported, remotestore.Corrupt):
            reader.read(3)
    assert len(set(cloud.askers)) >= 3, "one after the other"


def test_calls_without_a_provider_have_no_hook_on_other_threads(opened):
    from remotestore import _call

    contexts = []

    def look(store):
        context = _call.borrow(store._handle)
        contexts.append((context.listens, bool(context.handle)))
        _call.give_back(context)

    for provider in (None, Vault()):
        thread = threading.Thread(target=look, args=(opened(provider),))
        thread.start()
        thread.join()
    assert contexts == [(False, False), (True, True)]
