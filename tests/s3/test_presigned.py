"""Presigned URLs beside those of boto3."""

import base64
import ctypes

import comparison
import pytest
from comparison import BUCKET, Difference, compare_presigned, make_client, open_store
from remotestore import _abi
from remotestore._call import wait
from remotestore._library import library
from test_requests import ODD

KEY = bytes(range(32))
AWS = {"aws": True, "style": "virtual"}  # without it, boto3 signs for the host of all regions
PLACES = {
    "endpoint": {},
    "endpoint, virtual": {"style": "virtual"},
    "AWS": AWS,
    "AWS, path": {"aws": True, "style": "path"},
    "AWS, with a token": {**AWS, "token": "session/+="},
}
ANSWER = {
    "cache-control": "no-cache", "content-disposition": 'attachment; filename="a b"', "content-encoding": "br",
    "content-language": "de", "content-type": "text/x-test",
}
CONTENT = {
    "cache-control": "max-age=60", "content-type": "text/x-test", "content-language": "de", "storage-class": "STANDARD_IA",
}


def sign(store, method, path, attributes=(), version=None, expires=600):
    pairs = (_abi.rstore_pair * len(attributes))()
    for pair, (name, value) in zip(pairs, dict(attributes).items()):
        pair.key, pair.key_len = name.encode(), len(name.encode())
        pair.value, pair.value_len = value.encode(), len(value.encode())
    args = _abi.rstore_args(attributes=pairs, attributes_count=len(pairs))
    if version:
        args.version_id, args.version_id_len = version.encode(), len(version)
    url, path, method = _abi.rstore_text(), path.encode(), method.encode()
    wait(library.rstore_sign, store._handle, path, len(path), ctypes.byref(args), ctypes.sizeof(args),
         method, len(method), expires, ctypes.byref(url), ctypes.sizeof(url))
    text = ctypes.string_at(url.text, url.text_len).decode()
    library.rstore_close(url.owner)
    return text


@pytest.fixture
def same(recorder):
    """Compares the URL of a method with that of an operation of boto3. No
    request is sent for it."""

    def run(method, operation, ours=None, theirs=None, *, options=None, differs=(), **place):
        recorder.begin()
        with open_store(recorder, **place, **(options or {})) as store:
            mine = sign(store, method, ODD, **(ours or {}))
        its = make_client(recorder, **place).generate_presigned_url(
            operation, {"Bucket": BUCKET, "Key": ODD, **(theirs or {})}, ExpiresIn=600)
        compare_presigned(mine, its, differs=differs)
        assert recorder.requests == []

    return run


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("method, operation", [
    ("GET", "get_object"), ("HEAD", "head_object"), ("PUT", "put_object"), ("DELETE", "delete_object")])
def test_method(same, place, method, operation):
    same(method, operation, **PLACES[place])


@pytest.mark.parametrize("place", PLACES)
def test_get_that_says_how_to_answer(same, place):
    same(
        "GET", "get_object", {"attributes": ANSWER, "version": "v+/="},
        {"ResponseCacheControl": "no-cache", "ResponseContentDisposition": 'attachment; filename="a b"',
         "ResponseContentEncoding": "br", "ResponseContentLanguage": "de", "ResponseContentType": "text/x-test",
         "VersionId": "v+/="},
        **PLACES[place],
    )


@pytest.mark.parametrize("method, operation", [("HEAD", "head_object"), ("DELETE", "delete_object")])
def test_of_a_version(same, method, operation):
    same(method, operation, {"version": "v"}, {"VersionId": "v"})


@pytest.mark.parametrize("place", PLACES)
def test_put_with_headers(same, place):
    same(
        "PUT", "put_object", {"attributes": CONTENT},
        {"CacheControl": "max-age=60", "ContentType": "text/x-test", "ContentLanguage": "de", "StorageClass": "STANDARD_IA"},
        **PLACES[place],
    )


@pytest.mark.parametrize("options, theirs", [
    ({"server_side_encryption": "AES256"}, {"ServerSideEncryption": "AES256"}),
    ({"server_side_encryption": "aws:kms", "sse_kms_key_id": "id", "sse_bucket_key_enabled": "true"},
     {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "id", "BucketKeyEnabled": True}),
])
def test_put_that_is_encrypted(same, options, theirs):
    same("PUT", "put_object", None, theirs, options=options, **AWS)
    same("GET", "get_object", options=options, **AWS)


@pytest.mark.parametrize("method, operation", [
    ("GET", "get_object"), ("HEAD", "head_object"), ("PUT", "put_object"), ("DELETE", "delete_object")])
def test_customer_key(same, method, operation):
    theirs = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY} if method != "DELETE" else {}
    options = {"server_side_encryption": "sse-c", "sse_customer_key_base64": base64.b64encode(KEY).decode()}
    same(method, operation, None, theirs, options=options, **AWS)


@pytest.mark.parametrize("method, operation", [
    ("GET", "get_object"), ("HEAD", "head_object"), ("PUT", "put_object"), ("DELETE", "delete_object")])
def test_request_payer(same, method, operation):
    """So that the URL is enough, without a header: S3 takes either."""
    reason = "boto3 leaves it to whoever has the URL, as a header"
    same(
        method, operation, None, {"RequestPayer": "requester"}, options={"request_payer": "true"}, **AWS,
        differs=[
            Difference("query X-Amz-Request-Payer", "requester", None, reason),
            Difference("query X-Amz-SignedHeaders", "host", "host;x-amz-request-payer", reason),
        ],
    )


@pytest.mark.parametrize("checksum", ["SHA256", "none"])
def test_checksums_have_no_part_in_it(same, checksum):
    for method, operation in (("GET", "get_object"), ("PUT", "put_object")):
        same(method, operation, options={"checksum_algorithm": checksum})


def test_directory_bucket(recorder):
    bucket = "bucket--euc1-az1--x-s3"
    with open_store(recorder, aws=True, bucket=bucket) as store:
        mine = sign(store, "GET", "a")
    its = make_client(recorder, aws=True).generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a"}, ExpiresIn=600)
    compare_presigned(mine, its)
    assert comparison.presigned(mine)["query X-Amz-S3session-Token"] == "session"
