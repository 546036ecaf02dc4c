"""Signed URLs: made without any request."""

import datetime
import re
import urllib.parse

from record import step
from steps.config import environment
from subject import m, stores

HOUR = datetime.timedelta(hours=1)
KEYS = {"access_key_id": "AKID", "secret_access_key": "s3cr3t", "region": "eu-west-1"}


def shape(url):
    """A URL without what the time makes of it."""
    parts = urllib.parse.urlsplit(url)
    query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
    return [parts.scheme, parts.netloc, parts.path, sorted([k, masked(v)] for k, v in query)]


def masked(value):
    if re.fullmatch(r"[0-9a-f]{64}", value):
        return "<signature>"
    return re.sub(r"\d{8}(T\d{6}Z)?(?=$|/)", "<time>", value)


def signed(method="GET", path="a/b.txt", expires=HOUR, **config):
    return shape(m.sign(stores.S3Store("bucket", **{**KEYS, **config}), method, path, expires))


def group_sign():
    for method in "GET PUT POST HEAD PATCH TRACE DELETE OPTIONS CONNECT".split():
        step(f"sign.{method}", lambda: signed(method))
    for method in ("get", "LINK", "", None, 1):
        step(f"sign.method.{method}", lambda: signed(method))
    store = stores.S3Store("bucket", **KEYS)
    step("sign.type", lambda: type(m.sign(store, "GET", "a", HOUR)))
    step("sign.many", lambda: [shape(url) for url in m.sign(store, "GET", ["a", "b/c"], HOUR)])
    step("sign.many.tuple", lambda: [shape(url) for url in m.sign(store, "GET", ("a",), HOUR)])
    step("sign.many.none", lambda: m.sign(store, "GET", [], HOUR))
    step("sign.keywords", lambda: shape(m.sign(store=store, method="GET", paths="a", expires_in=HOUR)))
    step("sign.token", lambda: signed(session_token="to/ken+="))
    step("sign.prefix", lambda: shape(m.sign(stores.S3Store("bucket", prefix="p/q", **KEYS), "GET", "a", HOUR)))
    step("sign.endpoint", lambda: signed(endpoint="http://127.0.0.1:9000"))
    step("sign.endpoint.slash", lambda: signed(endpoint="http://127.0.0.1:9000/"))
    step("sign.endpoint.path", lambda: signed(endpoint="https://h/base"))
    step("sign.virtual", lambda: signed(virtual_hosted_style_request=True))
    step("sign.virtual.endpoint", lambda: signed(virtual_hosted_style_request=True, endpoint="https://bucket.h"))
    step("sign.region.default", lambda: shape(m.sign(
        stores.S3Store("bucket", access_key_id="k", secret_access_key="s"), "GET", "a", HOUR)))
    step("sign.request_payer", lambda: signed(request_payer=True))
    step("sign.unsigned_payload", lambda: signed(unsigned_payload=True))
    step("sign.skip_signature", lambda: signed(skip_signature=True))
    for path in ("a b", "é", "a%20b", "a+b", "a~b", "a=b&c", "a*b", "a'b", "a?b", "a#b", "a:b", "(a)", "a@b", "a,b", "/a", "a/", "", "a//b", "../a"):
        step(f"sign.path.{path}", lambda: signed(path=path))
    step("sign.path.int", lambda: signed(path=1))
    for name, time in (("day", {"days": 1}), ("week", {"days": 7}), ("longer", {"days": 8}), ("second", {"seconds": 1}),
                       ("fraction", {"milliseconds": 1500}), ("zero", {}), ("negative", {"seconds": -1})):
        step(f"sign.expires.{name}", lambda: signed(expires=datetime.timedelta(**time)))
    step("sign.expires.int", lambda: signed(expires=3600))
    step("sign.memory", lambda: m.sign(stores.MemoryStore(), "GET", "a", HOUR))
    step("sign.local", lambda: m.sign(stores.LocalStore(), "GET", "a", HOUR))
    step("sign.none", lambda: m.sign(None, "GET", "a", HOUR))
    step("sign.provider", lambda: shape(m.sign(stores.S3Store("bucket", region="r", credential_provider=lambda: {
        "access_key_id": "of-provider", "secret_access_key": "s", "token": "t", "expires_at": None}), "GET", "a", HOUR)))


def group_environment():
    """What comes from the environment is seen in a URL."""
    for name, variables in {
        "endpoint": {"AWS_ENDPOINT_URL": "https://h:1"}, "endpoint.old": {"AWS_ENDPOINT": "https://e:1"},
        "endpoint.s3": {"AWS_ENDPOINT_URL_S3": "https://s3:1", "AWS_ENDPOINT_URL": "https://h:1"},
        "endpoint.empty": {"AWS_ENDPOINT_URL": ""}, "endpoint.s3.empty": {"AWS_ENDPOINT_URL_S3": ""},
        "region": {"AWS_REGION": "r"}, "region.default": {"AWS_DEFAULT_REGION": "d"},
        "region.both": {"AWS_REGION": "r", "AWS_DEFAULT_REGION": "d"},
        "token": {"AWS_SESSION_TOKEN": "t"}, "virtual": {"AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true"},
        "payer": {"AWS_REQUEST_PAYER": "requester"}, "payer.misspelt": {"AWS_REQUESTER_PAYS": "true"},
        "lower": {"aws_region": "r"},
    }.items():
        with environment(AWS_ACCESS_KEY_ID="k", AWS_SECRET_ACCESS_KEY="s", **variables):
            step(f"sign.environment.{name}", lambda: shape(m.sign(stores.S3Store("b"), "GET", "a", HOUR)))
    with environment(AWS_REGION="r", AWS_ENDPOINT_URL="https://h:1"):
        step("sign.environment.arguments_win", lambda: signed(endpoint="https://given"))
        made = stores.S3Store("b", **{k: v for k, v in KEYS.items() if k != "region"})
    step("sign.environment.read_once", lambda: shape(m.sign(made, "GET", "a", HOUR)))
    step("sign.endpoints", lambda: signed(endpoint="https://a", aws_endpoint_url_s3="https://b"))
    step("sign.regions", lambda: shape(m.sign(stores.S3Store(
        "b", access_key_id="k", secret_access_key="s", default_region="d", region="r"), "GET", "a", HOUR)))
    step("sign.region.of_default", lambda: shape(m.sign(stores.S3Store(
        "b", access_key_id="k", secret_access_key="s", default_region="d"), "GET", "a", HOUR)))
