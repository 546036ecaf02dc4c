"""Fixtures of the documentation's programs: the modules that run them, and stores."""

import importlib
import os
import urllib.parse

import pytest

MODULES = os.environ.get("REMOTESTORE_TEST_OBSTORE", "remotestore.obstore").split(",")


@pytest.fixture(params=MODULES)
def obs(request):
    return importlib.import_module(request.param)


@pytest.fixture
def stores(obs):
    return importlib.import_module(obs.__name__ + ".store")


@pytest.fixture
def no_variables(monkeypatch):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)


@pytest.fixture
def s3(s3_servers, request):
    """The bucket and the arguments of S3Store; no variables of AWS are set."""
    variables = s3_servers("versitygw")
    request.getfixturevalue("no_variables")
    return urllib.parse.urlsplit(variables["REMOTESTORE_TEST_S3_URL"]).netloc, {
        "endpoint": variables["AWS_ENDPOINT_URL"],
        "access_key_id": variables["AWS_ACCESS_KEY_ID"],
        "secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
        "region": variables["AWS_REGION"] or "us-east-1",
        "client_options": {"allow_http": True},
        "prefix": "docs-" + os.urandom(8).hex(),
    }


@pytest.fixture(params=["memory", "local", "s3"])
def store(request, stores, tmp_path):
    if request.param == "memory":
        return stores.MemoryStore()
    if request.param == "local":
        return stores.LocalStore(tmp_path / "store", mkdir=True)
    bucket, arguments = request.getfixturevalue("s3")
    return stores.S3Store(bucket, **arguments)


@pytest.fixture
def other(stores):
    return stores.MemoryStore()
