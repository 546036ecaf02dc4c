"""The module that the steps run under, and new stores of it.

The program that imports this says which, and where: memory, local, s3 or none,
for what needs no store. s3 reads the variables of tests/servers/serve.py.
"""

import importlib
import itertools
import os
import pathlib
import secrets
import sys
import tempfile
import types
import urllib.parse

BACKENDS = ("none", "memory", "local", "s3")
MODULE, BACKEND = sys.argv[1:]

# What a server of the tests needs, and nothing of the user's own.
SERVER = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "REMOTESTORE_TEST_"))}
for name in SERVER:
    del os.environ[name]

m = importlib.import_module(MODULE)
stores = importlib.import_module(MODULE + ".store")
exceptions = importlib.import_module(MODULE + ".exceptions")

folder = tempfile.TemporaryDirectory(prefix="steps-")
number = itertools.count()
# A prefix of one run, so that runs share a bucket.
root = "steps-" + secrets.token_hex(8)


def new_folder():
    path = pathlib.Path(folder.name) / str(next(number))
    path.mkdir()
    return path


def new_store():
    """One with nothing in it."""
    if BACKEND == "memory":
        return stores.MemoryStore()
    if BACKEND == "local":
        return stores.LocalStore(new_folder())
    return bucket(prefix=f"{root}/{next(number)}")


def filled(*names):
    """One with objects that hold their own names."""
    store = new_store()
    for name in names:
        store.put(name, name.encode())
    return store


def server():
    """Where the server is, and the keys to it, as S3Store calls them."""
    return types.SimpleNamespace(
        bucket=urllib.parse.urlsplit(SERVER["REMOTESTORE_TEST_S3_URL"]).netloc,
        target=SERVER["REMOTESTORE_TEST_S3_TARGET"],
        config={
            "endpoint": SERVER["AWS_ENDPOINT_URL"],
            "access_key_id": SERVER["AWS_ACCESS_KEY_ID"],
            "secret_access_key": SERVER["AWS_SECRET_ACCESS_KEY"],
            "region": SERVER["AWS_REGION"] or "us-east-1",
        },
    )


def bucket(name=None, **arguments):
    """A store of the server's bucket, or of another one."""
    at = server()
    if "skip_signature" in arguments or "credential_provider" in arguments:  # instead of the keys
        del at.config["access_key_id"], at.config["secret_access_key"]
    options = {"client_options": {"allow_http": True}, "retry_config": {"max_retries": 0}, **at.config, **arguments}
    return stores.S3Store(name or at.bucket, **options)
