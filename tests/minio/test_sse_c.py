"""Objects that are encrypted with a key of the customer (SSE-C): MinIO is the
only server of the tests that takes it seriously, and by TLS only."""

import base64
import os

import pytest
import remotestore

KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}


def test_without_its_key_an_object_is_listed_but_not_read(store, place):
    place.put("a", b"text", **KEY)
    assert place.head("a", **KEY)["ContentLength"] == 4
    assert [(str(info.path), info.size) for info in store.list_files("")] == [("a", 4)]
    with pytest.raises(remotestore.RemoteStoreError) as refused:
        store.read_bytes("a")
    assert (refused.value.http_status, refused.value.attempts) == (400, 1)
    with pytest.raises(remotestore.RemoteStoreError) as refused:
        store.get_file_info("a")
    assert refused.value.http_status == 400
    store.delete(remotestore.RawPath("a"), missing_ok=True)  # one request, which needs no key
    assert list(store.list_files("")) == []


PART = 5 << 20


def keyed(key):
    return {"server_side_encryption": "sse-c", "sse_customer_key_base64": base64.b64encode(key).decode()}


@pytest.fixture
def encrypted(place):
    """A store whose objects have that key."""
    with place.open(**keyed(KEY["SSECustomerKey"])) as store:
        yield store


def theirs(place, path, **key):
    return place.client.get_object(Bucket=place.bucket, Key=place.prefix + path, **key)["Body"].read()


def test_what_is_written_has_the_key_of_the_store(encrypted, place, store):
    large = b"0123456789abcdef" * (2 * PART // 16) + b"tail"
    encrypted.write("put", b"text")
    with encrypted.open_atomic("writer") as writer:
        writer.write(large)
    with encrypted.create_upload("upload") as upload:
        upload.part(2, large[PART:])
        upload.part(1, large[:PART])
    encrypted.copy("upload", "copy")
    encrypted.copy("upload", "copy over it", overwrite=True)
    encrypted.copy("upload", "copy over it", overwrite=True)
    encrypted.move("copy", "moved")
    contents = {"put": b"text", "writer": large, "upload": large, "copy over it": large, "moved": large}
    for path, content in contents.items():
        assert encrypted.read_bytes(path) == content == theirs(place, path, **KEY)
        assert encrypted.get_file_info(path).size == len(content)
        assert encrypted.read_bytes(path, offset=1, length=2) == content[1:3]
        assert place.head(path, **KEY)["SSECustomerAlgorithm"] == "AES256"
        with pytest.raises(remotestore.RemoteStoreError):
            store.read_bytes(path)
    with encrypted.read_seekable("writer") as reader:
        reader.seek(PART)
        assert reader.read() == large[PART:]
    with pytest.raises(remotestore.AlreadyExists):
        encrypted.write("put", b"other")
    with pytest.raises(remotestore.AlreadyExists):
        encrypted.copy("writer", "put")
    for path in contents:
        encrypted.delete(path)
    assert list(encrypted.list_files("")) == [] == place.uploads()


def test_another_key_opens_nothing(encrypted, place):
    encrypted.write("a", b"text")
    other = keyed(os.urandom(32))
    with place.open(**other) as store:
        for call in (store.read_bytes, store.get_file_info, lambda path: store.copy(path, "b")):
            with pytest.raises(remotestore.RemoteStoreError) as refused:
                call("a")
            assert refused.value.http_status in (400, 403)
            assert other["sse_customer_key_base64"] not in str(refused.value)
    assert encrypted.read_bytes("a") == b"text"


def test_a_service_with_its_own_keys(place, store):
    """MinIO has one in memory, that it calls a KMS."""
    for options, said in (
        ({"server_side_encryption": "AES256"}, ("AES256", None)),
        ({"server_side_encryption": "aws:kms"}, ("aws:kms", "arn:aws:kms:test-key")),
        ({"server_side_encryption": "aws:kms", "sse_kms_key_id": "test-key"}, ("aws:kms", "arn:aws:kms:test-key")),
    ):
        with place.open(**options) as other:
            other.write("a", b"text", overwrite=True)
            with other.create_upload("upload", overwrite=True) as upload:
                upload.part(1, b"text")
            store.write("plain", b"text", overwrite=True)
            other.copy("plain", "copy", overwrite=True)
            other.delete("parts", missing_ok=True)
            other.copy("plain", "parts")
        for path in ("a", "upload", "copy", "parts"):
            head = place.head(path)
            assert (head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")) == said, (path, options)
            assert store.read_bytes(path) == b"text"


def test_the_key_never_goes_without_tls(place):
    with pytest.raises(ValueError, match="must be https") as refused:
        place.open(endpoint="http://localhost:9000", **keyed(KEY["SSECustomerKey"]))
    assert keyed(KEY["SSECustomerKey"])["sse_customer_key_base64"] not in str(refused.value)
