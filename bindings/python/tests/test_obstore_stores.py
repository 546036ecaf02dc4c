"""The stores of remotestore.obstore, beside what the programs of tests/obstore see."""

import asyncio
import copy
import datetime
import json
import os
import pathlib
import pickle
import subprocess
import sys

import boto3
import botocore.session
import pytest
import remotestore
from remotestore.obstore import auth, exceptions, store as stores
from remotestore.obstore.auth.boto3 import Boto3CredentialProvider, StsCredentialProvider
from remotestore.obstore.store import LocalStore, MemoryStore, PrefixStore, S3Store, from_url
from test_credentials import Cloud, cloud, environment, now  # noqa: F401  # the fixtures

SECRET = "s3cr3t-v4lue"
HOUR = datetime.timedelta(hours=1)
KEYS = {"access_key_id": "id", "secret_access_key": SECRET, "session_token": SECRET + "-token"}


@pytest.fixture
def opened(cloud, environment):  # noqa: F811
    """Opens stores on the cloud, from an environment without credentials."""
    environment.delenv("AWS_EC2_METADATA_DISABLED")
    environment.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")

    def make(*arguments, how=S3Store, **options):
        return how(*(arguments or ("bucket",)), endpoint=cloud.url, client_options={"allow_http": True},
                   retry_config={"max_retries": 0}, **options)

    return make


def asker(cloud, store):  # noqa: F811
    """Whose key signs the requests of a store."""
    del cloud.askers[:], cloud.requests[:]
    assert store.get("a").bytes() == b"content"
    return cloud.askers[-1]


# -- where credentials come from ----------------------------------------------------


@pytest.mark.parametrize("spell", [str.lower, str.upper, "aws_{}".format, lambda name: "AWS_" + name.upper()])
def test_a_container(cloud, opened, tmp_path, spell):  # noqa: F811
    (tmp_path / "token").write_text("bearer")
    where = {"container_credentials_full_uri": cloud.url + "/container"}
    assert asker(cloud, opened(config={spell(name): value for name, value in where.items()})) == "CONTAINER"
    assert cloud.requests == [("GET", "/container", None)]
    where["container_authorization_token_file"] = str(tmp_path / "token")
    assert asker(cloud, opened(config={spell(name): value for name, value in where.items()})) == "CONTAINER"
    assert cloud.requests == [("GET", "/container", "bearer")]


def test_a_container_of_ecs(opened):
    """The host is that of ECS, which answers in no test but those in Go."""
    opened(container_credentials_relative_uri="/role")
    with pytest.raises(exceptions.GenericError, match="exclude each other"):
        opened(container_credentials_relative_uri="/role", container_credentials_full_uri="https://h/role")


@pytest.mark.parametrize("spell", [str.lower, str.upper, "aws_{}".format, lambda name: "AWS_" + name.upper()])
def test_an_instance(cloud, opened, spell):  # noqa: F811
    where = {spell("metadata_endpoint"): cloud.url}
    assert asker(cloud, opened(config=where)) == "INSTANCE"
    assert [path for _, path, _ in cloud.requests][0] == "/latest/api/token"
    with pytest.raises(exceptions.UnauthenticatedError):
        opened().get("a")

    cloud.version1 = True  # it has no sessions
    with pytest.raises(exceptions.UnauthenticatedError):
        opened(config=where).get("a")
    assert asker(cloud, opened(config={**where, spell("imdsv1_fallback"): True})) == "INSTANCE"


@pytest.mark.parametrize("spell", [str.lower, str.upper, "aws_{}".format, lambda name: "AWS_" + name.upper()])
def test_a_web_identity(cloud, opened, tmp_path, spell):  # noqa: F811
    (tmp_path / "token").write_text("the-token")
    config = {"web_identity_token_file": str(tmp_path / "token"), "role_arn": "arn:aws:iam::123456789012:role/r",
              "role_session_name": "me", "sts_endpoint": cloud.url}
    assert asker(cloud, opened(config={spell(name): value for name, value in config.items()})) == "WEB"
    ((_, _, form),) = cloud.requests
    assert [form[name] for name in ("Action", "RoleArn", "RoleSessionName", "WebIdentityToken")] == [
        "AssumeRoleWithWebIdentity", config["role_arn"], "me", "the-token"]


def test_a_role(cloud, opened):  # noqa: F811
    role = {"role_arn": "arn:aws:iam::123456789012:role/r", "sts_endpoint": cloud.url}
    assert asker(cloud, opened(config=role, access_key_id="id", secret_access_key="s")) == "WEB"
    assert cloud.requests[0][2]["Action"] == "AssumeRole"


def test_a_provider(cloud, opened):  # noqa: F811
    calls = []

    def provider():
        calls.append(1)
        return {"access_key_id": "PROVIDED", "secret_access_key": "s", "token": "t", "expires_at": now() + HOUR}

    async def later():
        await asyncio.sleep(0)
        return provider()

    for given in (provider, later):
        store = opened(credential_provider=given)
        assert store.credential_provider is given and not calls
        assert asker(cloud, store) == asker(cloud, store) == "PROVIDED" and len(calls) == 1
        assert asker(cloud, copy.copy(store)) == "PROVIDED" and len(calls) == 2
        del calls[:]

    async def program():
        opened(credential_provider=later).get("a")

    with pytest.raises(exceptions.UnauthenticatedError, match="async"):
        asyncio.run(program())
    with pytest.raises(exceptions.GenericError, match="credential_provider and access_key_id exclude each other"):
        opened(credential_provider=provider, access_key_id="id", secret_access_key="s")
    with pytest.raises(TypeError, match="credential_provider must be callable, not dict"):
        opened(credential_provider={})


@pytest.mark.parametrize("given", [
    {}, None, {"access_key_id": "k", "secret_access_key": "s"},
    {"access_key_id": "k", "secret_access_key": "s", "expires_at": now() - HOUR},
    {"access_key_id": "k", "secret_access_key": "s", "expires_at": datetime.datetime(2999, 1, 1)},
])
def test_a_provider_that_gives_nothing_good(opened, given):
    with pytest.raises(exceptions.UnauthenticatedError, match="credential provider"):
        opened(credential_provider=lambda: given).get("a")


# -- sessions -----------------------------------------------------------------------


def session_of_botocore():
    session = botocore.session.Session()
    session.set_credentials("SESSION", "s", "t")
    session.set_config_variable("region", "eu-south-7")
    return session


@pytest.mark.parametrize("session", [
    boto3.Session("SESSION", "s", "t", region_name="eu-south-7"), session_of_botocore(),
], ids=["boto3", "botocore"])
def test_from_session(cloud, opened, session):  # noqa: F811
    store = opened(session, "bucket", how=S3Store.from_session)
    assert store.config["region"] == "eu-south-7" and asker(cloud, store) == "SESSION"
    assert opened(session, "bucket", how=S3Store.from_session) == store
    store = opened(session, "bucket", how=S3Store.from_session, prefix="p", AWS_REGION="mine")
    assert store.config["region"] == "mine" and store.prefix == "p" and asker(cloud, store) == "SESSION"
    store = opened(session, "bucket", how=S3Store.from_session, config={"AWS_ACCESS_KEY_ID": "own", "secret_access_key": "s"})
    assert store.config["region"] == "eu-south-7" and asker(cloud, store) == "own"
    assert asker(cloud, opened(session, "bucket", how=S3Store.from_session, skip_signature=True)) is None
    assert asker(cloud, opened(session, "bucket", how=S3Store.from_session, skip_signature=False)) == "SESSION"


def test_a_session_without_credentials_or_none(opened, environment):  # noqa: F811
    environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
    store = opened(boto3.Session(), "bucket", how=S3Store.from_session)
    with pytest.raises(exceptions.UnauthenticatedError) as raised:
        store.get("a")
    assert isinstance(raised.value.__cause__.__cause__, ValueError)
    with pytest.raises(TypeError, match="a session of boto3 or botocore, not str"):
        S3Store.from_session("session", "bucket")
    with pytest.raises(ValueError):
        Boto3CredentialProvider(boto3.Session())


def refreshing(life):
    """A session whose credentials are renewed: each has another key."""
    made = []

    def refresh():
        made.append(1)
        return {"access_key": f"KEY{len(made)}", "secret_key": "s", "token": "t", "expiry_time": (now() + life).isoformat()}

    session = botocore.session.Session()
    session._credentials = botocore.credentials.RefreshableCredentials.create_from_metadata(
        refresh(), refresh, "test", advisory_timeout=0, mandatory_timeout=0)
    return session


def test_a_session_is_asked_whenever_its_credentials_expire(cloud, opened):  # noqa: F811
    store = opened(refreshing(HOUR), "bucket", how=S3Store.from_session)
    assert asker(cloud, store) == asker(cloud, store) == "KEY1"
    store = opened(refreshing(datetime.timedelta(seconds=1)), "bucket", how=S3Store.from_session)
    seen = set()
    deadline = now() + datetime.timedelta(seconds=20)
    while len(seen) < 3 and now() < deadline:
        seen.add(asker(cloud, store))
    assert seen == {"KEY1", "KEY2", "KEY3"}


def test_boto3_gives_credentials_for_a_while():
    session = refreshing(HOUR)
    given = Boto3CredentialProvider(session, ttl=datetime.timedelta(minutes=5))()
    assert given["access_key_id"] == "KEY1" and now() < given["expires_at"] <= now() + datetime.timedelta(minutes=5)
    given = Boto3CredentialProvider(session, ttl=2 * HOUR)()
    assert given["expires_at"] <= now() + HOUR, "they expire earlier"


def test_sts_gives_credentials(cloud, opened):  # noqa: F811
    session = boto3.Session("id", "s", region_name="eu-south-7")

    class Client:
        def client(self, name):
            return session.client(name, endpoint_url=cloud.url)

        region_name = session.region_name

    provider = StsCredentialProvider(Client(), RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="me")
    store = opened(credential_provider=provider)
    assert store.config["region"] == "eu-south-7" and asker(cloud, store) == "WEB"
    assert cloud.requests[0][2]["RoleSessionName"] == "me"


def test_nothing_else_needs_boto3():
    program = """
import sys
sys.modules["boto3"] = sys.modules["botocore"] = None
from remotestore.obstore.store import S3Store, from_url
S3Store("bucket"); from_url("s3://bucket")
try:
    import remotestore.obstore.auth.boto3
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("this needs the package boto3: pip install boto3\n", "")
    assert auth.__name__


# -- secrets, pickles, copies ---------------------------------------------------------


def everything():
    return S3Store("bucket", prefix="p", config={**KEYS, "region": "r"}, client_options={
        "proxy_url": f"http://user:{SECRET}@proxy:1", "timeout": datetime.timedelta(minutes=1)}, retry_config={"max_retries": 3})


def test_secrets_cannot_be_read_back(caplog):
    store = everything()
    for said in (repr(store), str(store), repr(store.config), str(store.config["secret_access_key"]),
                 repr(store.client_options), repr(store.__getnewargs_ex__()), f"{store.config['session_token']}",
                 repr(vars(store)), repr(vars(S3Store("bucket", **KEYS)))):
        assert SECRET not in said
    assert str(store.config["secret_access_key"]) == "***"
    assert isinstance(store.config["secret_access_key"], remotestore.Secret)
    with pytest.raises(TypeError, match="cannot be read back"):
        store.config["secret_access_key"].reveal()
    with pytest.raises(TypeError):
        json.dumps(store.config)


def test_another_store_takes_them(cloud, opened):  # noqa: F811
    store = opened(access_key_id="id", secret_access_key=SECRET)
    again = opened(config=store.config)
    assert again == store and asker(cloud, again) == "id"
    assert S3Store(config=everything().config, client_options=everything().client_options,
                   retry_config=everything().retry_config, prefix="p") == everything()


@pytest.mark.parametrize("change", [
    {"secret_access_key": "other"}, {"access_key_id": "other"}, {"region": "other"}, {"bucket": "other"}, {"AWS_REGION": None},
])
def test_equal_by_what_was_given(change):
    def made(**more):
        return S3Store(config={"bucket": "bucket", "region": "r", **KEYS, **more})

    assert made() == made() == S3Store("bucket", AWS_REGION="r", **KEYS)
    if None in change.values():
        assert made() == made(**change)
    else:
        assert made() != made(**change)
    with pytest.raises(TypeError):
        hash(made())


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_hold_the_secrets(protocol):
    store = everything()
    store.note = "mine"
    loaded = pickle.loads(pickle.dumps(store, protocol))
    assert loaded == store and loaded.note == "mine" and loaded.prefix == "p"
    assert SECRET in str(pickle.dumps(store, 0))


def test_a_store_travels_to_another_process(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    made = [everything(), S3Store.from_url("https://b.s3.dualstack.eu-west-1.amazonaws.com/p"), LocalStore(tmp_path),
            PrefixStore(LocalStore(tmp_path.parent), tmp_path.name)]
    program = """
import pickle, sys
made = pickle.load(sys.stdin.buffer)
print([repr(store) for store in made], made[2].get("a").bytes() == made[3].get("a").bytes() == b"x")
"""
    run = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(made), stdout=subprocess.PIPE, check=True)
    assert run.stdout.decode() == f"{[repr(store) for store in made]} True\n"


# -- the environment and URLs -----------------------------------------------------------


def test_from_env(environment):  # noqa: F811
    environment.setenv("AWS_BUCKET", "of-env")
    environment.setenv("AWS_PREFIX", "p")
    for store in (S3Store(), S3Store.from_env(), S3Store.from_env(None, region="r")):
        assert repr(store) == 'S3Store(bucket="of-env", prefix="p")' and "bucket" not in store.config
    assert repr(S3Store.from_env("b", prefix="q", config={"region": "r"})) == 'S3Store(bucket="b", prefix="q")'
    with pytest.raises(exceptions.GenericError, match="bucket"):
        S3Store(read_env=False)


@pytest.mark.parametrize("url, bucket, prefix, config", [
    ("s3://b/p/q", "b", "p/q", {}),
    ("s3a://b", "b", None, {}),
    ("https://s3.eu-west-1.amazonaws.com/b/p", "b", "p", {"region": "eu-west-1"}),
    ("https://b.s3.eu-west-1.amazonaws.com/p", "b", "p", {"region": "eu-west-1", "virtual_hosted_style_request": "true"}),
    ("https://acct.r2.cloudflarestorage.com/b/p", "b", "p",
     {"region": "auto", "endpoint": "https://acct.r2.cloudflarestorage.com"}),
    ("https://s3.amazonaws.com/b", "b", None, {}),
    ("https://b.s3.dualstack.eu-west-1.amazonaws.com", "b", None,
     {"region": "eu-west-1", "virtual_hosted_style_request": "true"}),
    ("http://localhost:9000/b/p", "b", "p", {"endpoint": "http://localhost:9000"}),
])
def test_from_url(url, bucket, prefix, config):
    client = {"allow_http": True}
    store = S3Store.from_url(url, client_options=client)
    assert (store.prefix, store.config) == (prefix, {"bucket": bucket, **config})
    if url.startswith("s3") or "aws" in url or "r2" in url:
        assert from_url(url, client_options=client) == store
    ignored = S3Store.from_url(url, client_options=client, url_path="ignore")
    assert ignored.prefix is None and repr(ignored) == f'S3Store(bucket="{bucket}")'


def test_what_is_not_here():
    for url in ("gs://b", "az://c", "http://h/p", "https://h/p", "https://a.blob.core.windows.net/c"):
        with pytest.raises(exceptions.NotSupportedError, match="there is no"):
            from_url(url)
    for name in ("AzureStore", "GCSStore", "HTTPStore"):
        assert not isinstance(MemoryStore(), getattr(stores, name))
        with pytest.raises(exceptions.NotSupportedError, match=f"there is no {name} here"):
            getattr(stores, name)("x")
        with pytest.raises(NotImplementedError):
            getattr(stores, name).from_url("x")


@pytest.mark.parametrize("arguments, error, says", [
    ({"regoin": "r"}, exceptions.UnknownConfigurationKeyError, 'unknown option "regoin": did you mean "region"'),
    ({"url": "s3://b"}, exceptions.UnknownConfigurationKeyError, "unknown option"),
    ({"defaults": {}}, exceptions.UnknownConfigurationKeyError, "unknown option"),
    ({"credentials": "provider"}, exceptions.UnknownConfigurationKeyError, "a program gives a credential_provider"),
    ({"config": {"credential_provider": "provider"}}, exceptions.UnknownConfigurationKeyError, "is for the engine"),
    ({"config": {"AWS_REGOIN": "r"}}, exceptions.UnknownConfigurationKeyError, 'unknown option "AWS_REGOIN"'),
    ({"config": {"region": "a"}, "AWS_REGION": "b"}, exceptions.GenericError, "AWS_REGION and config.region are the same option"),
    ({"bucket": "a", "BUCKET_NAME": "b"}, exceptions.GenericError, "BUCKET_NAME and bucket are the same option"),
    ({"config": {"Skip_Signature": "maybe"}}, exceptions.GenericError, "config.Skip_Signature must be true or false"),
    ({"client_options": {"timeout": "soon"}}, exceptions.GenericError, "client_options.timeout must be a time"),
    ({"client_options": {"time": 1}}, ValueError, "client_options.time is not known"),
    ({"retry_config": {"retries": 1}}, exceptions.GenericError, "retry_config.retries is not known"),
    ({"retry_config": {"backoff": 1}}, exceptions.GenericError, "retry_config.backoff must be an object"),
    ({"access_key_id": "id"}, exceptions.GenericError, "secret is missing: access_key_id needs it"),
    ({"server_side_encryption": "sse-c"}, exceptions.GenericError, "sse_customer_key_base64"),
    ({"sse_kms_key_id": "id"}, exceptions.GenericError, "server_side_encryption"),
    ({"copy_if_not_exists": "header-with-status:a:b:x"}, exceptions.GenericError, "copy_if_not_exists"),
    ({"endpoint": "https://user@h"}, exceptions.GenericError, "endpoint may not hold credentials"),
    ({"endpoint": "https://h/path"}, exceptions.GenericError, "endpoint may not hold a path"),
    ({"prefix": "a//b"}, ValueError, "a//b"),
    ({"prefix": 1}, TypeError, "prefix must be a str, not int"),
    ({"config": []}, TypeError, "config must be a dict, not list"),
    ({"config": {1: "x"}}, TypeError, "the name of an option must be a str, not int"),
])
def test_what_cannot_be_right_is_named(arguments, error, says):
    with pytest.raises(error) as raised:
        S3Store(**{"bucket": "bucket", **arguments})
    assert says in str(raised.value)


# -- local, memory, prefixes ---------------------------------------------------------------


def test_the_whole_file_system(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    for store in (LocalStore(), from_url("file:///")):
        assert store.get(str(tmp_path / "a")).bytes() == b"x"
        assert [m["path"] for m in store.list(str(tmp_path)).collect()] == [str(tmp_path / "a").lstrip("/")]


def test_automatic_cleanup(tmp_path):
    store = from_url(tmp_path.as_uri(), automatic_cleanup=True)
    store.put("a/b/c", b"")
    store.put("a/d", b"")
    store.delete("a/b/c")
    assert sorted(os.listdir(tmp_path / "a")) == ["d"]
    store.delete(["a/d"])
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there(tmp_path):
    for make in (LocalStore, lambda path: from_url(path.as_uri())):
        with pytest.raises(exceptions.GenericError, match="mkdir=True"):
            make(tmp_path / "none")
    LocalStore(tmp_path / "new" / "er", mkdir=True).put("a", b"x")
    assert (tmp_path / "new" / "er" / "a").read_bytes() == b"x"
    with pytest.raises(exceptions.GenericError, match="mkdir=True"):
        LocalStore("")


@pytest.fixture(params=["memory", "local", "remotestore"])
def inner(request, tmp_path):
    if request.param == "remotestore":
        return remotestore.Store(remotestore.MemoryBackend(), "root")
    return MemoryStore() if request.param == "memory" else LocalStore(tmp_path)


def test_a_prefix_of_any_store(inner):
    outer = PrefixStore(inner, "/a/b/")
    nested = PrefixStore(PrefixStore(inner, "a"), "b")
    outer.put("c/d", b"x")
    assert nested.get("c/d").bytes() == PrefixStore(inner, "").get("a/b/c/d").bytes() == b"x"
    assert [m["path"] for m in nested.list().collect()] == ["c/d"]
    outer.copy("c/d", "e")
    nested.rename("e", "f")
    outer.delete("c/d")
    assert [m["path"] for m in nested.list().collect()] == ["f"]
    assert (outer.prefix, nested.prefix) == ("a/b", "b")
    assert outer == PrefixStore(inner, "a/b") != nested
    for path in ("..", "a//b"):
        with pytest.raises(ValueError):
            PrefixStore(inner, path)
    with pytest.raises(TypeError, match="store must be a store, not str"):
        PrefixStore("store", "a")


def test_a_prefix_is_taken_as_it_is():
    """A backslash is no slash."""
    memory = MemoryStore()
    PrefixStore(memory, "a\\b").put("c", b"x")
    assert [m["path"] for m in memory.list().collect()] == ["a\\b/c"]
    assert S3Store("bucket", prefix="a\\b")._operations.resolve("c").details["object_key"] == "a\\b/c"


def test_the_prefix_of_a_closed_store():
    inner = remotestore.Store(remotestore.MemoryBackend())
    store = PrefixStore(inner, "a")
    inner.close()
    with pytest.raises(exceptions.GenericError, match="closed"):
        store.get("b")


def test_names(tmp_path):
    local = LocalStore(tmp_path)
    assert repr(PrefixStore(local, "a")) == f'PrefixStore(LocalStore("{tmp_path}"), "a")'
    assert local.prefix == pathlib.Path(tmp_path)
    assert set(stores.__all__) <= set(vars(stores))
