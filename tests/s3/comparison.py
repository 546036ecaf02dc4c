"""Compares the requests that the engine sends with those of boto3.

What is compared is what S3 understands: the method, the host, the path and the
query (decoded), the headers, who signed and which x-amz-* headers that covers,
the body (XML as its elements) and the trailers. How a body travels and what an
SDK says of itself is not: see IGNORED.
"""

import base64
import dataclasses
import datetime
import difflib
import functools
import hashlib
import re
import urllib.parse
import xml.etree.ElementTree
import zlib
from typing import Optional

import boto3
import botocore.config
import remotestore

BUCKET = "bucket"
ENDPOINT = "http://s3.test"  # only a proxy gets there (RFC 6761)
REGION = "eu-central-1"
KEYS = ("access-key", "secret-key")

IGNORED = {
    "authorization": "taken apart in `signer` and in the headers",
    "host": "compared as a part of the URL",
    "x-amz-date": "the clock",
    "user-agent": "of the SDK",
    "amz-sdk-invocation-id": "of the SDK",
    "amz-sdk-request": "of the SDK",
    "accept-encoding": "what net/http and urllib3 can unpack; no object is asked for in another form",
    "expect": "when to send a body",
    "content-length": "how a body travels",
    "transfer-encoding": "how a body travels",
    "connection": "of the connection",
    "proxy-connection": "of the connection",
}


@dataclasses.dataclass(frozen=True)
class Difference:
    """One that is meant. The values are those of the diff; None is absent."""

    field: str
    ours: Optional[str]
    boto3: Optional[str]
    reason: str
    operation: str = ""  # "" is any


@dataclasses.dataclass(frozen=True)
class Found:
    operation: str
    field: str
    ours: Optional[str]
    boto3: Optional[str]

    def is_meant_by(self, difference):
        return difference.operation in ("", self.operation) and (
            (difference.field, difference.ours, difference.boto3) == (self.field, self.ours, self.boto3))


def compare(recorder, ours, theirs, *, aws=False, style=None, token=None, bucket=BUCKET, options=None, config=None,
            script=None, differs=(), proxied=False):
    """Runs ``ours(store)`` and ``theirs(client)`` against the recorder, and
    compares what they sent. Every difference must be one of ``differs``, and
    each of those must occur.

    :param aws: the endpoint is that of AWS, by TLS; else it is one of its own,
        for which boto3 is told to send checksums only where they are required
    :param style: ``addressing_style``, of both; the default is each one's own for
        AWS, and path for another endpoint
    :param token: ``session_token``, of both
    :param proxied: by the recorder as a proxy, as AWS and buckets in the name of a host
        must be. What needs none may be sent by the fast lane, which uses no proxy
    :param bucket: of the store; one of the recorder's
    :param options: more options of the store
    :param config: more of botocore's ``Config``
    :param script: answers by operation, as of :meth:`Recorder.begin`
    """
    place = {"aws": aws, "style": style, "token": token, "proxied": proxied}
    with open_store(recorder, bucket=bucket, **place, **(options or {})) as store:
        recorder.begin(script)
        ours(store)
        mine = normalised(recorder.requests)
    client = make_client(recorder, **place, **(config or {}))
    recorder.begin(script)
    theirs(client)
    check(mine, normalised(recorder.requests), differs)


def open_store(recorder, *, aws=False, style=None, token=None, proxied=False, bucket=BUCKET, **options):
    """A store that knows nothing but the recorder."""
    given = {
        "region": REGION, "access_key_id": KEYS[0], "secret_access_key": KEYS[1], "max_attempts": "1",
        "tls_ca_bundle": recorder.ca, "http_proxy": "none", "https_proxy": "none",
    }
    proxied = proxied or aws or style == "virtual"
    if proxied:
        given.update(http_proxy=recorder.url, https_proxy=recorder.url)
    if not aws:
        given["endpoint"] = ENDPOINT if proxied else recorder.url
    if style:
        given["addressing_style"] = style
    if token:
        given["session_token"] = token
    return remotestore.Store.from_url("s3://" + bucket, **{**given, **options})


def make_client(recorder, *, aws=False, style=None, token=None, proxied=False, **config):
    """A client of boto3 that knows nothing but the recorder."""
    given = {"retries": {"total_max_attempts": 1}}
    proxied = proxied or aws or style == "virtual"
    if proxied:
        given["proxies"] = {"http": recorder.url, "https": recorder.url}
    if not aws:
        given.update(request_checksum_calculation="when_required", response_checksum_validation="when_required")
    given["s3"] = {"addressing_style": style or ("auto" if aws else "path")}
    return session().client(
        "s3", aws_access_key_id=KEYS[0], aws_secret_access_key=KEYS[1], aws_session_token=token, verify=recorder.ca,
        endpoint_url=None if aws else ENDPOINT if proxied else recorder.url, config=botocore.config.Config(**{**given, **config}))


@functools.lru_cache(maxsize=None)
def session():
    """Reading the description of S3 takes half a second, once."""
    return boto3.Session(region_name=REGION)


# -- comparing ------------------------------------------------------------------


def check(ours, boto3, differs):
    """Both are lists of operations with their fields."""
    names = [name for name, _ in ours], [name for name, _ in boto3]
    assert names[0] == names[1], f"we send {names[0]}, boto3 sends {names[1]}"
    found = [
        Found(operation, field, mine.get(field), its.get(field))
        for (operation, mine), (_, its) in zip(ours, boto3)
        for field in sorted({*mine, *its}) if mine.get(field) != its.get(field)
    ]
    lines = []
    for each in found:
        if not any(each.is_meant_by(d) for d in differs):
            lines += [f"{each.operation}, {each.field}:", *diff(each.boto3, each.ours)]
    for d in differs:
        if not any(each.is_meant_by(d) for each in found):
            lines.append(f"this difference does not occur: {d}")
    assert not lines, "(- boto3, + ours)\n" + "\n".join(lines)


def diff(before, after):
    before, after = (["(absent)"] if value is None else value.splitlines() or ["(empty)"] for value in (before, after))
    return ["  " + line for line in difflib.ndiff(before, after) if not line.startswith("?")]


def normalised(requests):
    """Parts come in the order of their numbers: several are sent at once."""
    parts = sorted((r for r in requests if r.operation == "UploadPart"), key=lambda r: int(dict(r.query)["partNumber"]))
    parts = iter(parts)
    requests = [next(parts) if r.operation == "UploadPart" else r for r in requests]
    return [(r.operation, fields(r)) for r in requests]


def fields(request):
    """What S3 understands of a request, as texts by name."""
    signer, signed = signature(request.headers)
    said = {"method": request.method, "host": f"{request.scheme}://{request.host}", "path": request.path,
            "signer": signer, "body": content(request.body)}
    for name, value in request.query:
        if name == "x-id":  # a hint of the SDK for Go, without a meaning
            assert value == request.operation
            continue
        assert "query " + name not in said, f"{name} is twice in the query"
        said["query " + name] = value
    for name, value in request.headers.items():
        if name in IGNORED:
            continue
        if name.startswith("x-amz-") and name not in signed:
            value += " (not signed)"
        said["header " + name] = hashed(name, value, request)
    for name, value in request.trailers.items():
        said["trailer " + name] = hashed(name, value, request)
    return said


def signature(headers):
    """Who signed and for what, and the names of the headers that it covers."""
    found = re.fullmatch(
        r"(AWS4-\S+) Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=[0-9a-f]{64}", headers.get("authorization", ""))
    if not found:
        return "nobody" if "authorization" not in headers else headers["authorization"].split()[0], ()
    algorithm, credential, signed = found.groups()
    return f"{algorithm} {without_day(credential)}", signed.split(";")


def without_day(credential):
    key, day, scope = credential.split("/", 2)
    assert re.fullmatch(r"\d{8}", day)
    return f"{key} {scope}"


DIGESTS = {
    "content-md5": lambda data: hashlib.md5(data).digest(),
    "x-amz-checksum-crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "x-amz-checksum-sha1": lambda data: hashlib.sha1(data).digest(),
    "x-amz-checksum-sha256": lambda data: hashlib.sha256(data).digest(),
}


def hashed(name, value, request):
    """What is a hash of the body is checked, and said so: two that mean the
    same may be written in two ways."""
    if name == "x-amz-content-sha256" and re.fullmatch(r"[0-9a-f]{64}", value):
        assert value == hashlib.sha256(request.payload).hexdigest(), "the body is not what was signed"
        return "of the body"
    if name in DIGESTS:
        assert value == base64.b64encode(DIGESTS[name](request.body)).decode(), f"{name} is not that of the body"
        return "of the body"
    return value


def content(body):
    if body.startswith(b"<"):
        return "\n".join(elements(xml.etree.ElementTree.fromstring(body), ""))
    if len(body) > 100:
        return f"{len(body)} bytes, SHA-256 {hashlib.sha256(body).hexdigest()}"
    return repr(body)


def elements(element, above):
    """A line for each text. The order among elements of one name counts."""
    path = above + "/" + element.tag.rpartition("}")[2]
    if len(element) == 0:
        yield f"{path} {element.text or ''}"
    for child in sorted(element, key=lambda e: e.tag):
        yield from elements(child, path)


# -- presigned URLs -------------------------------------------------------------

CLOCK = datetime.timedelta(minutes=1)


def compare_presigned(ours, theirs, *, differs=()):
    """Compares two URLs: all but the signature and the date, which must be now."""
    check([("URL", presigned(ours))], [("URL", presigned(theirs))], differs)


def presigned(url):
    parts = urllib.parse.urlsplit(url)
    said = {"host": f"{parts.scheme}://{parts.netloc}", "path": urllib.parse.unquote(parts.path)}
    for name, value in urllib.parse.parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True):
        assert "query " + name not in said, f"{name} is twice in the query"
        said["query " + name] = value
    said.pop("query x-id", None)  # see fields
    assert re.fullmatch(r"[0-9a-f]{64}", said.pop("query X-Amz-Signature", "")), "the URL is not signed"
    date = datetime.datetime.strptime(said.pop("query X-Amz-Date") + "+0000", "%Y%m%dT%H%M%SZ%z")
    assert abs(datetime.datetime.now(datetime.timezone.utc) - date) < CLOCK, f"{date} is not now"
    said["query X-Amz-Credential"] = without_day(said["query X-Amz-Credential"])
    return said
