"""A process that is killed while it writes leaves the old object or the new
one, and no upload that nobody finds."""

import os
import pathlib
import random
import secrets
import subprocess
import sys
import time
import urllib.parse

import pytest
import remotestore

VICTIM = pathlib.Path(__file__).with_name("victim.py")
KILLS, SIZE = 20, 40_000_000  # five parts


@pytest.fixture
def url(target, tmp_path, s3_servers):
    if target == "local":
        return "file://" + urllib.parse.quote(str(tmp_path))
    return s3_servers(target)["REMOTESTORE_TEST_S3_URL"] + "/" + secrets.token_hex(8)


def start(url):
    victim = subprocess.Popen(
        [sys.executable, VICTIM, url, str(SIZE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout.readline() == "ready\n"
    victim.stdin.write("go\n")
    victim.stdin.flush()
    return victim


def run(url):
    """The time that a victim takes whom nobody kills."""
    victim = start(url)
    begun = time.monotonic()
    assert victim.stdout.readline() == "done\n"
    whole = time.monotonic() - begun
    victim.communicate()
    return whole


def uploads(store):
    return list(store.list_uploads()) if store.supports(remotestore.Capability.MULTIPART) else []


def abort_all(store):
    """Aborts what the dead process left, and returns how many uploads that
    were. The server may still be at work on its last requests: versitygw
    creates an upload anew when a part of it lands after the abort."""
    found, deadline = set(), time.monotonic() + 10
    while left := uploads(store):
        for upload in left:
            assert str(upload.path) == "victim" and upload.upload_id and upload.initiated
            store.abort_upload(upload.path, upload.upload_id)
            found.add(upload.upload_id)
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return len(found)


@pytest.mark.parametrize("target", ["local", "versitygw"])
def test_killed_at_random_moments(target, url):
    seed = int(os.environ.get("REMOTESTORE_TEST_SEED", "0")) or secrets.randbits(32)
    moments = random.Random(seed)
    with remotestore.Store.from_url(url) as store:
        whole = run(url)
        new = store.read_bytes("victim")
        assert len(new) >= SIZE and uploads(store) == []
        outcomes = {"old": 0, "new": 0}
        left = 0
        for _ in range(KILLS):
            store.write("victim", b"old", overwrite=True)
            victim = start(url)
            time.sleep(moments.uniform(0, whole))
            victim.kill()
            victim.communicate()
            found = store.read_bytes("victim")
            assert found in (b"old", new), f"{len(found)} bytes that nobody wrote, seed {seed}"
            outcomes["old" if found == b"old" else "new"] += 1
            left += abort_all(store)
            assert uploads(store) == [], f"seed {seed}"
        print(f"{target}: {KILLS} kills in {whole:.2f} s: {outcomes}, {left} uploads found and aborted, seed {seed}")
        assert outcomes["old"], "no kill came in time"
        if target == "versitygw":
            assert left, "no kill came during an upload"
        store.delete("victim")
