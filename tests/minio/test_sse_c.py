"""Objects that are encrypted with a key of the customer (SSE-C): MinIO is the
only server of the tests that takes it seriously, and by TLS only."""

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
