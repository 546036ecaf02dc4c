"""A folder in each place, as a file system and its path, and what fsspec knows put back."""

import os
import secrets

import fsspec
import pytest
from fsspec.registry import _registry
from remotestore.fsspec import register

TARGETS = ["memory", "local", "versitygw"]


@pytest.fixture(autouse=True)
def registered():
    """The engine is behind these protocols."""
    before = dict(_registry)
    register("memory", "file", "s3", "remotestore")
    yield
    _registry.clear()
    _registry.update(before)


@pytest.fixture(params=TARGETS)
def url(request, tmp_path_factory, s3_servers):
    """A new folder."""
    name = "tests-" + secrets.token_hex(8)
    if request.param == "versitygw":
        url = f"{s3_servers('versitygw')['REMOTESTORE_TEST_S3_URL']}/{name}"
    else:
        url = {"memory": f"memory://{name}", "local": f"file://{tmp_path_factory.mktemp(name)}/store"}[request.param]
    yield url
    fs, path = fsspec.url_to_fs(url)
    if fs.exists(path):
        fs.rm(path, recursive=True)


@pytest.fixture
def fs(url):
    made = fsspec.url_to_fs(url)[0]
    assert type(made).__module__ == "remotestore.fsspec"
    return made


@pytest.fixture
def folder(fs, url):
    return fsspec.url_to_fs(url)[1]


@pytest.fixture
def not_root():
    if os.getuid() == 0:
        pytest.skip("root may write into any folder")
