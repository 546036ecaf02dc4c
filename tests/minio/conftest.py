"""Fixtures of the tests of what only MinIO has."""

import secrets

import boto3
import pytest
import remotestore

CA_VARIABLES = ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"]


class Place:
    """A part of a bucket that a test has for itself, and who looks at it:
    ``open`` is the engine, ``client`` boto3."""

    def __init__(self, variables):
        self.bucket = variables["REMOTESTORE_TEST_S3_URL"][len("s3://"):]
        self.prefix = secrets.token_hex(8) + "/"
        self._ca = variables["AWS_CA_BUNDLE"]
        self.client = boto3.client(
            "s3", endpoint_url=variables["AWS_ENDPOINT_URL"], region_name=variables["AWS_REGION"], verify=self._ca,
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"], aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"])

    def open(self, **options):
        """A store on it, with options."""
        url = f"s3://{self.bucket}/{self.prefix}"
        return remotestore.Store.from_url(url, **{"tls_ca_bundle": self._ca, **options})

    def put(self, path, body=b"text", **more):
        return self.client.put_object(Bucket=self.bucket, Key=self.prefix + path, Body=body, **more)

    def head(self, path, **more):
        return self.client.head_object(Bucket=self.bucket, Key=self.prefix + path, ChecksumMode="ENABLED", **more)

    def attributes(self, path):
        return self.client.get_object_attributes(
            Bucket=self.bucket, Key=self.prefix + path, ObjectAttributes=["Checksum", "ObjectParts", "ObjectSize"])

    def uploads(self):
        """The keys of all uploads: MinIO lists none by a prefix (minio/minio#20989)."""
        found = self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        return [u["Key"][len(self.prefix):] for u in found if u["Key"].startswith(self.prefix)]


@pytest.fixture
def place(s3_servers, monkeypatch):
    place = Place(s3_servers("minio"))
    for name in CA_VARIABLES:  # what is trusted comes from the option
        monkeypatch.delenv(name, raising=False)
    return place


@pytest.fixture
def store(place):
    with place.open() as store:
        yield store
