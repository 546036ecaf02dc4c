"""Runs cases.json through the Python binding, on every target."""

import ctypes
import json
import os
import pathlib
import secrets
import urllib.parse

import pytest
import remotestore
from remotestore import _abi
from remotestore._library import library

CASES = json.loads(pathlib.Path(__file__).with_name("cases.json").read_text())
TARGETS = ["memory", "local", "versitygw", "moto"]


@pytest.fixture
def url(target, tmp_path, s3_servers):
    if target == "memory":
        return "memory://"
    if target == "local":
        return "file://" + urllib.parse.quote(str(tmp_path))
    server = s3_servers(target)
    return server["REMOTESTORE_TEST_S3_URL"] + "/" + secrets.token_hex(8)


@pytest.fixture
def store(url):
    with remotestore.Store.from_url(url) as store:
        yield store
        for info in list(store.list_files("", recursive=True)):
            store.delete(info.path)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case, target, store):
    if target == "versitygw":  # or what stands in for it
        target = os.environ["REMOTESTORE_TEST_S3_TARGET"]
    reason = case.get("skip", {}).get(target)
    if reason:
        pytest.skip(f"{target}: {reason}")
    for number, step in enumerate(case["steps"], 1):
        check(store, step, f"step {number}")


def check(store, step, where):
    want = step.get("want", "OK")
    try:
        got = OPERATIONS[step["do"]](store, step)
    except remotestore.RemoteStoreError as error:
        assert error.code == want, f"{where}: {error}"
        return
    assert want == "OK", f"{where}: {want} was expected"
    if step["do"] in ("get", "get_into"):
        assert got == data(step), where
    elif step["do"] == "head":
        assert got.size == step["size"] and got.etag and got.modified_at, where
    elif step["do"] == "list":
        assert got == step["paths"], where


def put(store, step):
    return store.write(path(step), data(step), overwrite=step.get("overwrite", False))


def get(store, step):
    return store.read_bytes(path(step), offset=step.get("offset", 0), length=step.get("length", 0))


def get_into(store, step):
    buffer = bytearray(step.get("buffer", len(data(step)) + 64))
    filled = store.read_into(path(step), buffer, offset=step.get("offset", 0), length=step.get("length", 0))
    return bytes(buffer[:filled])


def head(store, step):
    return store.get_file_info(path(step))


def delete(store, step):
    return store.delete(path(step))


def copy(store, step):
    return store.copy(path(step), step["to"], overwrite=step.get("overwrite", False))


def listing(store, step):
    pages = store._pages(path(step), step.get("recursive", False), step.get("page_size", 0))
    return [e.path + "/" * isinstance(e, remotestore.FolderEntry) for page in pages for e in page]


OPERATIONS = {
    "put": put, "get": get, "get_into": get_into, "head": head, "delete": delete, "copy": copy, "list": listing,
}


def path(step):
    if "path_repeat" in step:
        return "k" * step["path_repeat"]
    if "path_hex" in step:
        return Raw(bytes.fromhex(step["path_hex"]))
    return step["path"]


class Raw(str):
    """A str that encodes to given bytes, since no real one is invalid UTF-8."""

    def __new__(cls, raw):
        made = super().__new__(cls, raw.decode("latin-1"))
        made.raw = raw
        return made

    def encode(self, *_):
        return self.raw


def data(step):
    if "data" in step:
        return step["data"].encode()
    first = step.get("from", 0)
    # The pattern repeats after 251 bytes: build it once and cut.
    period = bytes((31 * i + 7) % 251 for i in range(251))
    size = step.get("size", 0)
    return (period * (size // 251 + 2))[first % 251:][:size]


def test_no_handle_is_left():
    stats = _abi.rstore_stats_record()
    assert library.rstore_stats(stats, ctypes.sizeof(stats)) == _abi.OK
    assert stats.live_handles == 0

