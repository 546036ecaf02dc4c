"""The options that shape requests, each beside what boto3 sends for the same."""

import base64

import pytest
from comparison import Difference
from test_requests import NAMED_CRC32, ODD, XML_TYPE

KEY = bytes(range(32))
CUSTOMER = {"server_side_encryption": "sse-c", "sse_customer_key_base64": base64.b64encode(KEY).decode()}
THEIR_KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY}
THEIR_SOURCE_KEY = {"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": KEY}

# The option, and what boto3 calls it in operations that say how a new object is
# encrypted, that need its key, that need that of a source, and in all.
OPTIONS = {
    "AES256": ({"server_side_encryption": "AES256"}, {"ServerSideEncryption": "AES256"}, {}, {}, {}),
    "aws:kms": ({"server_side_encryption": "aws:kms"}, {"ServerSideEncryption": "aws:kms"}, {}, {}, {}),
    "aws:kms with a key": (
        {"server_side_encryption": "aws:kms", "sse_kms_key_id": "alias/a b", "sse_bucket_key_enabled": "true"},
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/a b", "BucketKeyEnabled": True}, {}, {}, {}),
    "aws:kms without the key of the bucket": (
        {"server_side_encryption": "aws:kms", "sse_bucket_key_enabled": "false"},
        {"ServerSideEncryption": "aws:kms", "BucketKeyEnabled": False}, {}, {}, {}),
    "aws:kms:dsse": (
        {"server_side_encryption": "aws:kms:dsse", "sse_kms_key_id": "id"},
        {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": "id"}, {}, {}, {}),
    "sse-c": (CUSTOMER, {}, THEIR_KEY, THEIR_SOURCE_KEY, {}),
    "request_payer": ({"request_payer": "requester"}, {}, {}, {}, {"RequestPayer": "requester"}),
}
CHECKSUM = {"checksum_algorithm": "SHA256"}  # one that boto3 has too


@pytest.fixture(params=OPTIONS)
def shaped(request, compare):
    """``compare`` for AWS with an option, and what boto3 calls it: by the kind
    of the operation."""
    options, encryption, key, source, every = OPTIONS[request.param]

    def run(ours, theirs, differs=()):
        kinds = {"new": {**encryption, **key, **every}, "key": {**key, **every},
                 "source": {**key, **source, **every}, "every": every,
                 "copy": {**encryption, **key, **source, **every}}
        compare(ours, lambda client: theirs(client, **kinds), aws=True, options={**CHECKSUM, **options}, differs=differs)

    return run


OBJECT = {"Bucket": "bucket", "Key": "a"}
TARGET = {"Bucket": "bucket", "Key": "b"}


def test_put(shaped):
    shaped(
        lambda store: store.write("a", b"text", overwrite=True),
        lambda client, new, **_: client.put_object(**OBJECT, Body=b"text", ChecksumAlgorithm="SHA256", **new),
    )


def test_get(shaped):
    shaped(lambda store: store.read_bytes("a"), lambda client, key, **_: client.get_object(**OBJECT, **key))


def test_head(shaped):
    shaped(
        lambda store: store.get_file_info("a"),
        lambda client, key, **_: client.head_object(**OBJECT, ChecksumMode="ENABLED", **key),
    )


def test_upload(shaped):
    def ours(store):
        with store.create_upload("b", overwrite=True) as upload:
            upload.part(1, b"text")

    def theirs(client, new, key, **_):
        client.create_multipart_upload(**TARGET, ChecksumAlgorithm="SHA256", **new)
        client.upload_part(**TARGET, UploadId="id", PartNumber=1, Body=b"text", ChecksumAlgorithm="SHA256", **key)
        client.complete_multipart_upload(
            **TARGET, UploadId="id", MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"e"'}]}, **key)

    shaped(ours, theirs, differs=[XML_TYPE])


def test_upload_that_is_aborted(shaped):
    def ours(store):
        store.create_upload("b").abort()

    def theirs(client, new, every, **_):
        client.create_multipart_upload(**TARGET, ChecksumAlgorithm="SHA256", **new)
        client.abort_multipart_upload(**TARGET, UploadId="id", **every)

    shaped(ours, theirs)


def test_copy(shaped):
    shaped(
        lambda store: store.copy(ODD, "b", overwrite=True),
        lambda client, copy, **_: client.copy_object(**TARGET, CopySource={"Bucket": "bucket", "Key": ODD}, **copy),
    )


def test_copy_in_parts(shaped):
    def theirs(client, new, key, source, **_):
        client.head_object(**OBJECT, ChecksumMode="ENABLED", **key)
        client.create_multipart_upload(**TARGET, ContentType="binary/octet-stream", ChecksumAlgorithm="SHA256", **new)
        client.upload_part_copy(
            **TARGET, UploadId="id", PartNumber=1, CopySource=OBJECT, CopySourceIfMatch='"e"', CopySourceRange="bytes=0-9",
            **source)
        client.complete_multipart_upload(
            **TARGET, UploadId="id", MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"e"'}]}, IfNoneMatch="*", **key)

    shaped(lambda store: store.copy("a", "b"), theirs, differs=[XML_TYPE])


def test_delete(shaped):
    def theirs(client, key, every, **_):
        client.head_object(**OBJECT, ChecksumMode="ENABLED", **key)
        client.delete_object(**OBJECT, **every)

    shaped(lambda store: store.delete("a"), theirs)


def test_delete_of_a_folder(shaped):
    def theirs(client, every, **_):
        client.list_objects_v2(Bucket="bucket", Prefix="folder/", MaxKeys=1000, **every)
        client.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "folder/a"}], "Quiet": True}, **every)

    shaped(lambda store: store.delete_folder("folder", recursive=True), theirs, differs=[NAMED_CRC32, XML_TYPE])


def test_list_of_uploads(shaped):
    shaped(
        lambda store: list(store.list_uploads("folder")),
        lambda client, every, **_: client.list_multipart_uploads(
            Bucket="bucket", Prefix="folder/", MaxUploads=1000, EncodingType="url", **every),
    )


# -- the other options --------------------------------------------------------------


UNSIGNED = Difference(
    "header x-amz-content-sha256", "UNSIGNED-PAYLOAD", "of the body", "boto3 signs every body that is not behind TLS")


@pytest.mark.parametrize("checksum", [None, "SHA256"])
def test_unsigned_payload(compare, checksum):
    """Without TLS, where the body is a part of the signature unless it is told
    otherwise. A checksum is sent all the same."""
    def ours(store):
        store.write("a", b"text", overwrite=True)
        with store.create_upload("b", overwrite=True) as upload:
            upload.part(1, b"text")

    more = {"ChecksumAlgorithm": checksum} if checksum else {}

    def theirs(client):
        client.put_object(**OBJECT, Body=b"text", **more)
        client.create_multipart_upload(**TARGET, **more)
        client.upload_part(**TARGET, UploadId="id", PartNumber=1, Body=b"text", **more)
        client.complete_multipart_upload(
            **TARGET, UploadId="id", MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"e"'}]})

    compare(
        ours, theirs,
        options={"unsigned_payload": "true", **({"checksum_algorithm": checksum} if checksum else {})},
        differs=[XML_TYPE, UNSIGNED],
    )


# -- directory buckets --------------------------------------------------------------

DIRECTORY = "bucket--euc1-az1--x-s3"


def test_directory_bucket(compare):
    """One session serves all requests. The folder of a prefix is listed."""
    def ours(store):
        store.write("a", b"text", overwrite=True)
        store.read_bytes("a")
        store.copy("a", "b", overwrite=True)
        list(store.iter_children("folder"))

    def theirs(client):
        here = {"Bucket": DIRECTORY}
        client.put_object(**here, Key="a", Body=b"text", ChecksumAlgorithm="SHA256")
        client.get_object(**here, Key="a")
        client.copy_object(**here, Key="b", CopySource={**here, "Key": "a"})
        client.list_objects_v2(**here, Prefix="folder/", Delimiter="/", MaxKeys=1000)

    compare(ours, theirs, aws=True, bucket=DIRECTORY, options=CHECKSUM)


def test_directory_bucket_without_a_session(compare):
    compare(
        lambda store: store.read_bytes("a"),
        lambda client: client.get_object(Bucket=DIRECTORY, Key="a"),
        aws=True, bucket=DIRECTORY, options={"s3_express": "false"}, config={"s3": {"disable_s3_express_session_auth": True}},
    )
