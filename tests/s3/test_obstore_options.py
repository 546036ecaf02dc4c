"""The options of obstore's S3Store, in all their spellings: what the endpoint
notices of each, and would not without it."""

import base64
import contextlib
import hashlib
import hmac
import re
import socket
import time
import urllib.parse

import pytest
from recorder import Answer, error
from remotestore.obstore import exceptions
from remotestore.obstore.store import ClientConfig, RetryConfig, S3Config, S3Store

KEYS = {"access_key_id": "id", "secret_access_key": "secret"}
REFUSED = error(503, "SlowDown")
KEY = base64.b64encode(bytes(range(32))).decode()
DIRECTORY = "bucket--euc1-az1--x-s3"


@pytest.fixture
def sent(recorder):
    """Makes a store that knows nothing but the recorder, lets it work, and returns
    the requests. Any host, behind TLS too, is the recorder."""

    def run(work, bucket="bucket", client=(), retry=(), script=None, **options):
        given = {**KEYS, "endpoint": "http://s3.test", **options}
        for name in ("access_key_id", "secret_access_key", "endpoint"):
            if given[name] is None:
                del given[name]
        client = {"allow_http": True, "proxy_url": recorder.url, "root_certificate": open(recorder.ca).read(), **dict(client)}
        store = S3Store(bucket, client_options={name: value for name, value in client.items() if value is not None},
                        retry_config={"max_retries": 0, **dict(retry)}, **given)
        recorder.begin(script)
        with contextlib.suppress(exceptions.BaseError):
            work(store)
        return recorder.requests

    return run


def get(store):
    store.get("a").bytes()


def put(store):
    store.put("a", b"text")


def header(name, value=".+"):
    """All requests have a header, which matches."""
    return lambda requests: bool(requests) and all(re.fullmatch(value, r.headers.get(name, "")) for r in requests)


def signed(text):
    return lambda requests: bool(requests) and all(text in r.headers.get("authorization", "") for r in requests)


def host(name):
    return lambda requests: bool(requests) and all(r.host == name for r in requests)


def operations(*names):
    return lambda requests: [r.operation for r in requests] == list(names)


def copy_new(store):
    store.copy("a", "b", overwrite=False)


def tagged(store):
    store.put("a", b"text", tags={"team": "a"})


def delete_two(store):
    store.delete(["a", "b"])


def create(store):
    store.put("a", b"text", mode="create")


CUSTOMER = {"endpoint": "https://s3.test", "server_side_encryption": "sse-c", "sse_customer_key_base64": KEY}
KMS = {"server_side_encryption": "aws:kms"}

# Of each option: its value, the work, and what is seen of the value; perhaps
# options beside it, which are there without it too.
SEEN = {
    "access_key_id": ("other", get, signed("Credential=other/"), {}),
    "session_token": ("token", get, header("x-amz-security-token", "token"), {}),
    "bucket": ("other", get, lambda requests: bool(requests) and all(r.bucket == "other" for r in requests), {}),
    "checksum_algorithm": ("SHA256", put, header("x-amz-checksum-sha256"), {}),
    "conditional_put": ("check", create, operations("HeadObject"), {}),  # for it is there
    "copy_if_not_exists": ("header:x-absent:*", copy_new, header("x-absent", r"\*"), {}),
    "default_region": ("eu-west-7", get, signed("/eu-west-7/s3/"), {}),
    "region": ("eu-west-7", get, signed("/eu-west-7/s3/"), {"default_region": "x"}),
    "disable_tagging": (True, tagged, lambda requests: bool(requests) and "x-amz-tagging" not in requests[0].headers, {}),
    "disable_bulk_delete": (True, delete_two, operations("DeleteObject", "DeleteObject"), {}),
    "endpoint": ("http://other.test", get, host("other.test"), {}),
    "request_payer": (True, get, header("x-amz-request-payer", "requester"), {}),
    "s3_express": (False, get, operations("GetObject"), {"bucket": DIRECTORY, "endpoint": None, "region": "eu-central-1"}),
    "server_side_encryption": ("AES256", put, header("x-amz-server-side-encryption", "AES256"), {}),
    "sse_bucket_key_enabled": (True, put, header("x-amz-server-side-encryption-bucket-key-enabled", "true"), KMS),
    "sse_kms_key_id": ("my-key", put, header("x-amz-server-side-encryption-aws-kms-key-id", "my-key"), KMS),
    "skip_signature": (True, get, lambda requests: bool(requests) and "authorization" not in requests[0].headers,
                       {"access_key_id": None, "secret_access_key": None}),
    "unsigned_payload": (True, put, header("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), {}),
    "virtual_hosted_style_request": (True, get, host("bucket.s3.test"), {}),
}

# Those with a test of their own.
ALONE = {"sse_customer_key_base64", "secret_access_key"}

# Who gives credentials is asked in bindings/python/tests/test_obstore_stores.py.
OF_CREDENTIALS = {
    "container_credentials_relative_uri", "container_credentials_full_uri", "container_authorization_token_file",
    "imdsv1_fallback", "metadata_endpoint", "role_arn", "role_session_name", "sts_endpoint", "web_identity_token_file",
}

ALIASES = {"bucket_name": "bucket", "endpoint_url": "endpoint", "endpoint_url_s3": "endpoint", "token": "session_token",
           "requester_pays": "request_payer", "key": "access_key_id", "secret": "secret_access_key", "region_name": "region"}


def canonical(spelling):
    name = spelling.lower()
    name = name[4:] if name.startswith("aws_") else name
    return ALIASES.get(name, name)


# Those of obstore have four spellings; the others are the engine's own, and tested in Go.
SPELLINGS = [name for name in S3Config.__annotations__ if "AWS_" + name.upper() in S3Config.__annotations__
             or name.startswith("aws_") or name.isupper()]


def test_every_option_of_obstore_is_seen():
    names = {canonical(spelling) for spelling in SPELLINGS}
    assert names == {*SEEN, *ALONE, *OF_CREDENTIALS}


def arguments(name):
    """Those of a store that says all but one option, in which it is seen."""
    _, _, _, beside = SEEN[name]
    left_out = {name: None} if name in ("access_key_id", "endpoint") else {}
    return {"bucket": None if name == "bucket" else "bucket", **beside, **left_out}


@pytest.mark.parametrize("spelling", [s for s in SPELLINGS if canonical(s) in SEEN])
def test_an_option_is_seen(sent, spelling):
    value, work, is_seen, beside = SEEN[canonical(spelling)]
    given = arguments(canonical(spelling))
    assert is_seen(sent(work, **given, config={spelling: value}))
    if canonical(spelling) != "bucket":
        assert is_seen(sent(work, **{**given, spelling: value}))
    assert not is_seen(sent(work, **beside)), "without it"


@pytest.mark.parametrize("variable", [s for s in SPELLINGS if canonical(s) in SEEN and s.startswith("AWS_")])
def test_a_variable_is_seen(sent, monkeypatch, variable):
    value, work, is_seen, _ = SEEN[canonical(variable)]
    given = arguments(canonical(variable))
    if canonical(variable) in ("access_key_id", "session_token"):
        given = {**given, "access_key_id": None, "secret_access_key": None}
        for name, key in KEYS.items():
            monkeypatch.setenv("AWS_" + name.upper(), key)
    monkeypatch.setenv(variable, str(value))
    assert is_seen(sent(work, **given))
    if canonical(variable) not in READ_ANYWAY:
        given = {**given, "bucket": given["bucket"] or "bucket"}
        assert not is_seen(sent(work, **given, read_env=False)), "not asked for"


# By every SDK, in some of their spellings.
READ_ANYWAY = {"access_key_id", "session_token", "region", "default_region", "endpoint"}


def signature(request, secret):
    """That of a request for an object, by the key ("Signature Version 4", IAM User Guide)."""
    found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=[^/]*/(.*), ?SignedHeaders=(.*), ?Signature=(.*)",
                         request.headers["authorization"])
    scope, names, _ = found.groups()
    lines = [f"{name}:{request.headers[name]}" for name in names.split(";")]
    query = urllib.parse.urlencode(sorted(request.query))
    whole = "\n".join([request.method, request.path, query, *lines, "", names, request.headers["x-amz-content-sha256"]])
    text = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashlib.sha256(whole.encode()).hexdigest()])
    key = b"AWS4" + secret.encode()
    for part in [*scope.split("/"), text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


@pytest.mark.parametrize("spelling", [s for s in SPELLINGS if canonical(s) == "secret_access_key"])
def test_the_secret_key(sent, spelling):
    (request,) = sent(get, secret_access_key=None, config={spelling: "another"})
    assert request.headers["authorization"].endswith("Signature=" + signature(request, "another"))
    assert signature(request, "another") != signature(request, "secret")


def test_a_key_of_the_customer(sent):
    """Only behind TLS."""
    name = "x-amz-server-side-encryption-customer-key"
    assert header(name, re.escape(KEY))(sent(put, **CUSTOMER))
    assert header(name, re.escape(KEY))(sent(get, **CUSTOMER))
    assert not header(name)(sent(put, endpoint="https://s3.test"))


def test_copy_if_not_exists(sent):
    assert operations("HeadObject", "CreateMultipartUpload", "UploadPartCopy", "CompleteMultipartUpload")(sent(copy_new))
    assert operations("CopyObject")(sent(copy_new, copy_if_not_exists="header-with-status: x-absent: yes: 409"))


# -- client_options ---------------------------------------------------------------


def in_vain(requests):
    return not requests


CLIENT = {
    "default_content_type": ("text/x-mine", put, header("content-type", "text/x-mine")),
    "default_headers": ({"X-Tenant": "a"}, get, header("x-tenant", "a")),
    "user_agent": ("mine/1", get, header("user-agent", "mine/1( .*)?")),
    "proxy_url": ("http://127.0.0.1:1", get, in_vain),
    "proxy_excludes": ("s3.test", get, in_vain),
}
TLS = {"endpoint": "https://s3.test"}

# What needs time, a TLS host of one's own or many connections is tested in Go: see
# the table of the binding's README.
CLIENT_IN_GO = {
    "client_certificate", "client_key", "connect_timeout", "pool_idle_timeout", "pool_max_idle_per_host",
    "proxy_ca_certificate", "randomize_addresses",
}
CLIENT_BELOW = {"allow_http", "allow_invalid_certificates", "root_certificate", "read_timeout", "timeout"}
HTTP2 = {"http1_only", "http2_keep_alive_interval", "http2_keep_alive_timeout", "http2_keep_alive_while_idle", "http2_only"}


def test_every_client_option_is_seen():
    assert set(ClientConfig.__annotations__) == {*CLIENT, *CLIENT_IN_GO, *CLIENT_BELOW, *HTTP2}


@pytest.mark.parametrize("name", CLIENT)
@pytest.mark.parametrize("spelling", [str.lower, str.upper])
def test_a_client_option_is_seen(sent, name, spelling):
    value, work, is_seen = CLIENT[name]
    client = {"proxy_url": None} if name == "proxy_url" else {}
    assert is_seen(sent(work, client={**client, spelling(name): value}))
    assert not is_seen(sent(work)), "without it"


def test_allow_http(recorder):
    for refused in ({}, {"allow_http": False}, {"allow_http": "off"}):
        with pytest.raises(exceptions.GenericError, match="allow_http"):
            S3Store("bucket", endpoint="http://s3.test", client_options=refused)
    S3Store("bucket", endpoint="http://s3.test", client_options={"allow_http": "1"})
    S3Store("bucket", endpoint="https://s3.test")


def test_certificates(sent):
    assert operations("GetObject")(sent(get, **TLS))
    assert in_vain(sent(get, **TLS, client={"root_certificate": None}))
    assert operations("GetObject")(sent(get, **TLS, client={"root_certificate": None, "allow_invalid_certificates": True}))


@pytest.mark.parametrize("option", ["read_timeout", "timeout"])
@pytest.mark.parametrize("value", [0.2, "200ms"])
def test_timeouts(recorder, option, value):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = S3Store("bucket", endpoint="http://127.0.0.1:%d" % silent.getsockname()[1], skip_signature=True,
                        client_options={"allow_http": True, option: value}, retry_config={"max_retries": 0})
        begin = time.monotonic()
        with pytest.raises(exceptions.GenericError):
            store.get("a")
        assert 0.2 <= time.monotonic() - begin < 20


@pytest.mark.parametrize("name", sorted(HTTP2))
def test_what_is_about_http2(recorder, name):
    """It is not spoken: what asks for it is refused, what else is said of it has no effect."""
    wanted = "1s" if name.endswith(("interval", "timeout")) else True
    if name == "http2_only":
        S3Store("bucket", client_options={name: False})
        with pytest.raises(exceptions.GenericError, match="HTTP/1.1 only"):
            S3Store("bucket", client_options={name: True})
    elif name == "http1_only":
        S3Store("bucket", client_options={name: wanted})
    else:
        with pytest.warns(UserWarning, match=f"client_options.{name} has no effect"):
            S3Store("bucket", client_options={name: wanted})


# -- retry_config -----------------------------------------------------------------


def answers(count):
    return {"GetObject": [REFUSED] * count + [Answer(headers={"ETag": '"e"'})]}


def test_every_option_of_retries_is_seen():
    assert set(RetryConfig.__annotations__) == {"backoff", "max_retries", "retry_timeout"}


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_max_retries(sent, retries):
    backoff = {"init_backoff": "1ms"}
    assert len(sent(get, retry={"max_retries": retries, "backoff": backoff}, script=answers(5))) == retries + 1


def test_retry_timeout(sent):
    backoff = {"init_backoff": "300ms"}
    assert len(sent(get, retry={"max_retries": 1, "backoff": backoff}, script=answers(5))) == 2
    for timeout in (0.1, "100ms"):
        assert len(sent(get, retry={"max_retries": 1, "retry_timeout": timeout, "backoff": backoff}, script=answers(5))) == 1


@pytest.mark.parametrize("backoff, least", [
    ({"init_backoff": "700ms"}, 0.7 + 1.4),
    ({"init_backoff": "100ms", "base": 20}, 0.1 + 2.0),
])
def test_backoff(sent, backoff, least):
    begin = time.monotonic()
    assert len(sent(get, retry={"max_retries": 2, "backoff": backoff}, script=answers(2))) == 3
    assert time.monotonic() - begin >= least


def test_max_backoff(sent):
    begin = time.monotonic()
    backoff = {"init_backoff": "60s", "max_backoff": "10ms"}
    assert len(sent(get, retry={"max_retries": 2, "backoff": backoff, "retry_timeout": "1h"}, script=answers(2))) == 3
    assert time.monotonic() - begin < 30


def test_the_defaults_are_those_of_obstore(recorder):
    """Ten retries, which begin at once: a tenth of a second, and twice as long each."""
    store = S3Store("bucket", endpoint=recorder.url, client_options={"allow_http": True}, **KEYS)
    recorder.begin(answers(2))
    begin = time.monotonic()
    get(store)
    assert len(recorder.requests) == 3 and time.monotonic() - begin >= 0.1 + 0.2
    recorder.begin({"GetObject": [REFUSED] * 4 + [Answer(headers={"ETag": '"e"'})]})
    get(store)
    assert len(recorder.requests) == 5
