"""MinIO, by TLS: its conditions, checksums of parts, keys and uploads."""

import base64
import hashlib
import zlib

import pytest
import remotestore
import trustme
from remotestore._library import library

PARTS = [bytes([n]) * (5 << 20) for n in range(2)] + [b"tail"]
SUMS = {
    "CRC32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}


def test_a_certificate_that_nobody_trusts(place, tmp_path):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    with place.open(tls_ca_bundle=str(tmp_path / "other.pem"), max_attempts="1") as store:
        with pytest.raises(remotestore.BackendUnavailable, match="certificate"):
            store.ping()


# -- conditions ---------------------------------------------------------------------


def test_a_write_that_may_not_overwrite(store, place):
    store.write("a", b"old")
    with pytest.raises(remotestore.AlreadyExists):
        store.write("a", b"new")
    assert store.read_bytes("a") == b"old"
    store.write("a", b"new", overwrite=True)
    assert store.read_bytes("a") == b"new"


def test_a_completion_that_may_not_overwrite(store, place):
    upload = store.create_upload("a")
    upload.part(1, b"new")
    store.write("a", b"old")
    with pytest.raises(remotestore.AlreadyExists):
        upload.commit()
    upload.close()
    assert store.read_bytes("a") == b"old"
    assert place.uploads() == []


@pytest.mark.parametrize("options", [{}, {"checksum_algorithm": "SHA256"}])
@pytest.mark.parametrize("text", [b"text", b""])
def test_a_copy_that_may_not_overwrite(place, options, text):
    place.put("source", text, ContentType="text/x-test", Metadata={"mark": "value"}, Tagging="team=a+b")
    with place.open(**options) as store:
        store.copy("source", "target")
        with pytest.raises(remotestore.AlreadyExists):
            store.copy("source", "target")
        assert store.read_bytes("target") == text
    head = place.head("target")
    assert (head["ContentType"], head["Metadata"], head["TagCount"]) == ("text/x-test", {"mark": "value"}, 1)
    assert place.uploads() == []


# -- checksums ----------------------------------------------------------------------


def write_parts(store):
    upload = store.create_upload("a")
    for number, part in enumerate(PARTS, 1):
        upload.part(number, part)
    return upload.commit()


@pytest.mark.parametrize("algorithm", SUMS)
def test_the_checksums_of_parts(place, algorithm):
    """MinIO has them, and a composite one, which is none of the object."""
    with place.open(checksum_algorithm=algorithm) as store:
        written = write_parts(store)
        assert written.digest is store.head("a").digest is None
        assert store.read_bytes("a") == b"".join(PARTS)
    found = place.attributes("a")
    assert found["ObjectSize"] == written.size
    field, sums = "Checksum" + algorithm, [SUMS[algorithm](part) for part in PARTS]
    assert [part[field] for part in found["ObjectParts"]["Parts"]] == [base64_of(sum) for sum in sums]
    assert found["Checksum"][field] == base64_of(SUMS[algorithm](b"".join(sums)))


def test_the_checksum_of_a_whole_object_in_parts(place):
    with place.open(checksum_algorithm="CRC64NVME") as store:
        digest = write_parts(store).digest
        assert store.head("a").digest == digest
    found = place.attributes("a")
    assert (found["Checksum"]["ChecksumType"], found["ObjectParts"]["TotalPartsCount"]) == ("FULL_OBJECT", len(PARTS))
    assert digest.algorithm == "crc64nvme"
    assert found["Checksum"]["ChecksumCRC64NVME"] == base64_of(bytes.fromhex(digest.value))


def base64_of(data):
    return base64.b64encode(data).decode()


# -- keys and uploads ---------------------------------------------------------------


def test_odd_keys_are_listed_as_they_are(store, place):
    keys = ["d/" + key for key in ("a b", "a%2Fb", "a+b", "a&<>\"'b", "é/ü", "~!@#$^()[]{}|;,", "\x7f", "日本/語")]
    for key in keys:
        place.put(key)
    found = [str(info.path) for info in store.list_files("d", recursive=True)]
    assert found == sorted(keys, key=str.encode)
    for key in keys:
        assert store.read_bytes(key) == b"text"
    store.delete_folder("d", recursive=True)
    assert list(store.iter_children("")) == []


@pytest.mark.parametrize("key", ["a//b", "a/../b", "a/./b"])
def test_a_key_that_it_refuses(store, key):
    with pytest.raises(remotestore.InvalidPath) as refused:
        store.write(remotestore.RawPath(key), b"text")
    assert refused.value.s3_code.startswith("XMinioInvalid")


def test_uploads_below_a_folder(store, place):
    for path in ("folder/a b", "folder2/b"):
        place.client.create_multipart_upload(Bucket=place.bucket, Key=place.prefix + path)
    for folder, want in (("folder", ["folder/a b"]), ("folder2", ["folder2/b"]), ("none", [])):
        assert [str(u.path) for u in store.list_uploads(folder)] == want
    for upload in store.list_uploads():
        store.abort_upload(upload.path, upload.upload_id)
    assert place.uploads() == []


def test_an_upload_that_is_dropped_leaves_nothing(store, place):
    with pytest.raises(ZeroDivisionError):
        with store.open_atomic("a") as file:
            file.write(bytes(20 << 20))
            assert place.uploads() == ["a"]
            raise ZeroDivisionError
    assert library.rstore_settle(0, None) == 0
    assert place.uploads() == []
    assert not store.exists("a")


def test_a_delete_marker_is_no_object(place):
    """In a bucket with versions: what was deleted is not overwritten."""
    place.bucket, place.prefix = place.bucket + "-versions", ""
    place.client.create_bucket(Bucket=place.bucket)
    place.client.put_bucket_versioning(Bucket=place.bucket, VersioningConfiguration={"Status": "Enabled"})
    with place.open() as store:
        versions = [store.write("a", b"first").version_id]
        store.delete("a")
        assert not store.exists("a")
        versions.insert(0, store.write("a", b"second").version_id)
        assert store.head("a").version_id == versions[0]
    found = place.client.list_object_versions(Bucket=place.bucket)
    assert [v["VersionId"] for v in found["Versions"]] == versions
    assert len(found["DeleteMarkers"]) == 1
