"""A bucket that keeps the versions of its objects."""

import secrets

import boto3
import pytest
import remotestore


@pytest.fixture
def place(s3_servers):
    """A store on a part of the bucket, a client, and where that part is."""
    variables = s3_servers("versitygw-versioned")
    url = variables["REMOTESTORE_TEST_S3_URL"]
    client = boto3.client(
        "s3", endpoint_url=variables["AWS_ENDPOINT_URL"], region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"], aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"])
    prefix = secrets.token_hex(8) + "/"
    with remotestore.Store.from_url(f"{url}/{prefix}") as store:
        yield store, client, url[len("s3://"):], prefix


def test_a_write_tells_its_version(place):
    store, client, bucket, prefix = place
    first = store.write("a", b"first")
    second = store.write("a", b"second", overwrite=True)
    found = client.list_object_versions(Bucket=bucket, Prefix=prefix)["Versions"]
    assert [v["VersionId"] for v in found] == [second.version_id, first.version_id]
    assert store.head("a").version_id == second.version_id


def test_an_upload_tells_its_version(place):
    store, client, bucket, prefix = place
    upload = store.create_upload("a")
    upload.part(1, b"text")
    written = upload.commit()
    upload.close()
    assert written.version_id == store.head("a").version_id is not None


def test_what_is_deleted_is_there_as_a_version(place):
    store, client, bucket, prefix = place
    written = store.write("a", b"text")
    store.delete("a")
    assert not store.exists("a")
    found = client.list_object_versions(Bucket=bucket, Prefix=prefix)
    assert [v["VersionId"] for v in found["Versions"]] == [written.version_id]
    assert [m["IsLatest"] for m in found["DeleteMarkers"]] == [True]
