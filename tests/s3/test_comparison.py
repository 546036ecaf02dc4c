"""The comparison sees what it is there to see."""

import botocore.config
import boto3
import comparison
import pytest
from comparison import Difference, compare_presigned
from recorder import Answer, decode_aws_chunked, error


def put(client, **more):
    return client.put_object(**{"Bucket": "bucket", "Key": "a", "Body": b"text", **more})


@pytest.mark.parametrize("theirs, field", [
    (lambda client: put(client, Body=b"other"), "PutObject, body:"),
    (lambda client: put(client, IfNoneMatch="*"), "PutObject, header if-none-match:"),
    (lambda client: put(client, Metadata={"k": "v"}), "PutObject, header x-amz-meta-k:"),
    (lambda client: put(client, Key="b"), "PutObject, path:"),
    (lambda client: put(client, Bucket="other"), "PutObject, path:"),
    (lambda client: client.get_object(Bucket="bucket", Key="a"), "we send ['PutObject'], boto3 sends ['GetObject']"),
    (lambda client: [put(client), put(client)], "boto3 sends ['PutObject', 'PutObject']"),
])
def test_what_differs_is_said(compare, theirs, field):
    with pytest.raises(AssertionError) as failure:
        compare(lambda store: store.write("a", b"text", overwrite=True), theirs)
    assert field in str(failure.value)


@pytest.mark.parametrize("options, field", [
    ({"region": "us-west-2"}, "signer"),
    ({"access_key_id": "somebody"}, "signer"),
    ({"session_token": "token"}, "header x-amz-security-token"),
    ({"addressing_style": "virtual"}, "host"),
    ({"endpoint": "http://other.test"}, "host"),
])
def test_who_asks_whom_counts(compare, options, field):
    with pytest.raises(AssertionError, match=f"PutObject, {field}:"):
        compare(lambda store: store.write("a", b"text", overwrite=True), put, options=options, proxied=True)


def test_a_difference_that_is_listed_must_occur(compare):
    never = Difference("header x-never", "a", None, "tested")
    elsewhere = Difference("header content-type", "application/octet-stream", None, "tested", "GetObject")
    for extra in (never, elsewhere):
        with pytest.raises(AssertionError, match="does not occur: .*" + extra.field):
            compare(lambda store: store.write("a", b"text", overwrite=True), put, differs=[extra])


def test_a_header_that_nobody_signed(recorder):
    """x-amz-* headers mean nothing if they can be changed on the way."""
    recorder.begin()
    client = comparison.make_client(recorder)
    client.meta.events.register("before-send.s3", lambda request, **_: request.headers.update({"x-amz-late": "1"}))
    put(client)
    assert comparison.fields(recorder.requests[0])["header x-amz-late"] == "1 (not signed)"


def test_a_hash_that_is_not_that_of_the_body(recorder):
    put(comparison.make_client(recorder), ChecksumAlgorithm="SHA256")
    request = recorder.requests[0]
    assert comparison.fields(request)["header x-amz-checksum-sha256"] == "of the body"
    request.body = b"other"
    with pytest.raises(AssertionError, match="x-amz-checksum-sha256 is not that of the body"):
        comparison.fields(request)


def test_the_order_of_xml_counts_among_elements_of_one_name():
    one = b'<D xmlns="http://s3"><O><K>a</K><V>1</V></O><O><K>b</K></O><Q>true</Q></D>'
    same = b"<D><Q>true</Q>\n<O><V>1</V><K>a</K></O><O><K>b</K></O></D>"
    other = b"<D><Q>true</Q><O><K>b</K></O><O><V>1</V><K>a</K></O></D>"
    assert comparison.content(one) == comparison.content(same) != comparison.content(other)


# -- the recorder -------------------------------------------------------------------


def test_a_script_comes_before_the_answers_by_default(recorder):
    recorder.begin({"GetObject": [error(503, "SlowDown"), Answer(body=b"scripted")]})
    client = comparison.make_client(recorder)
    with pytest.raises(client.exceptions.ClientError, match="SlowDown"):
        client.get_object(Bucket="bucket", Key="a")
    for want in (b"scripted", b"0123456789"):
        assert client.get_object(Bucket="bucket", Key="a")["Body"].read() == want
    assert [r.operation for r in recorder.requests] == ["GetObject"] * 3


@pytest.mark.parametrize("asked, got", [("bytes=2-4", b"234"), ("bytes=8-", b"89"), ("bytes=-3", b"789"), ("bytes=8-20", b"89")])
def test_ranges_are_answered(recorder, asked, got):
    answer = comparison.make_client(recorder).get_object(Bucket="bucket", Key="a", Range=asked)
    assert answer["Body"].read() == got


def test_chunks_are_taken_apart():
    signed = b"4;chunk-signature=0\r\n\r\n\r\n\r\n2;chunk-signature=1\r\nab\r\n0;chunk-signature=2\r\nx-amz-checksum-crc32:AA==\r\n\r\n"
    assert decode_aws_chunked(signed) == (b"\r\n\r\nab", {"x-amz-checksum-crc32": "AA=="})


@pytest.mark.parametrize("call, operation", [
    (lambda c: c.put_object_acl(Bucket="bucket", Key="a", ACL="private"), "PutObjectAcl"),
    (lambda c: c.get_object_acl(Bucket="bucket", Key="a"), "GetObjectAcl"),
    (lambda c: c.put_object_tagging(Bucket="bucket", Key="a", Tagging={"TagSet": []}), "PutObjectTagging"),
    (lambda c: c.delete_object_tagging(Bucket="bucket", Key="a"), "DeleteObjectTagging"),
    (lambda c: c.get_object_attributes(Bucket="bucket", Key="a", ObjectAttributes=["ETag"]), "GetObjectAttributes"),
    (lambda c: c.list_parts(Bucket="bucket", Key="a", UploadId="id"), "ListParts"),
    (lambda c: c.list_object_versions(Bucket="bucket"), "ListObjectVersions"),
    (lambda c: c.get_bucket_location(Bucket="bucket"), "GetBucketLocation"),
    (lambda c: c.create_session(Bucket="bucket"), "CreateSession"),
])
def test_operations_are_known_and_answered(recorder, call, operation):
    for style in ("path", "virtual"):
        recorder.begin()
        call(comparison.make_client(recorder, style=style))
        assert [r.operation for r in recorder.requests] == [operation]


def test_a_bucket_of_s3_express_gets_a_session(recorder):
    bucket = "bucket--euc1-az1--x-s3"
    client = comparison.make_client(recorder, aws=True)
    client.get_object(Bucket=bucket, Key="a")
    assert [r.operation for r in recorder.requests] == ["CreateSession", "GetObject"]
    assert {r.bucket for r in recorder.requests} == {bucket}
    assert recorder.requests[1].headers["x-amz-s3session-token"] == "session"


# -- presigned URLs -----------------------------------------------------------------


def sign(key="a b+é", seconds=60, region="eu-central-1", **more):
    client = boto3.client(
        "s3", region_name=region, aws_access_key_id="id", aws_secret_access_key="secret",
        endpoint_url="http://s3.test", config=botocore.config.Config(signature_version="s3v4"))
    return client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": key, **more}, ExpiresIn=seconds)


def test_presigned_urls(recorder):
    url = sign()
    compare_presigned(url, sign())
    compare_presigned(url + "&x-id=GetObject", url)
    compare_presigned(sign(seconds=61), url, differs=[Difference("query X-Amz-Expires", "61", "60", "tested")])


@pytest.mark.parametrize("other, said", [
    (lambda: sign(key="b"), "URL, path:"),
    (lambda: sign(seconds=61), "URL, query X-Amz-Expires:"),
    (lambda: sign(region="us-east-1"), "URL, query X-Amz-Credential:"),
    (lambda: sign(VersionId="v"), "URL, query versionId:"),
    (lambda: sign().replace("X-Amz-Signature=", "X-Other="), "not signed"),
    (lambda: sign().replace("X-Amz-Date=2", "X-Amz-Date=1"), "is not now"),
    (lambda: sign().replace("http:", "https:"), "URL, host:"),
])
def test_presigned_urls_that_differ(recorder, other, said):
    for ours, theirs in ((other(), sign()), (sign(), other())):
        with pytest.raises(AssertionError) as failure:
            compare_presigned(ours, theirs)
        assert said in str(failure.value)
