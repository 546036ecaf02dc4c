"""A program of a user, for mypy --strict and to be run: the stores of remotestore.obstore."""

import datetime
import pathlib
import pickle
import tempfile
from typing import Any, List, Optional, Union

import remotestore
from remotestore.obstore import exceptions
from remotestore.obstore.store import (
    AzureStore,
    BackoffConfig,
    ClientConfig,
    GCSStore,
    HTTPStore,
    LocalStore,
    MemoryStore,
    ObjectStore,
    ObjectStoreMethods,
    PrefixStore,
    RetryConfig,
    S3ChecksumAlgorithm,
    S3Config,
    S3Credential,
    S3CredentialProvider,
    S3EncryptionAlgorithm,
    S3Regions,
    S3Store,
    from_url,
)


def provider() -> S3Credential:
    return {"access_key_id": "id", "secret_access_key": "s", "token": None, "expires_at": None}


async def later() -> S3Credential:
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"access_key_id": "id", "secret_access_key": "s", "expires_at": now + datetime.timedelta(hours=1)}


class Vault:
    config: S3Config = {"region": "eu-central-1"}

    def __call__(self) -> S3Credential:
        return provider()


region: S3Regions = "eu-west-1"
checksum: S3ChecksumAlgorithm = "SHA256"
encryption: S3EncryptionAlgorithm = "aws:kms"
config: S3Config = {
    "region": region, "AWS_ENDPOINT_URL": "https://h", "aws_skip_signature": False, "SERVER_SIDE_ENCRYPTION": encryption,
    "checksum_algorithm": checksum, "part_size": 16 << 20, "TOKEN": remotestore.Secret("t"), "access_key_id": "id",
    "secret_access_key": "s",
}
client_options: ClientConfig = {
    "allow_http": True, "timeout": datetime.timedelta(minutes=2), "connect_timeout": "5s", "read_timeout": 30,
    "default_headers": {"x-tenant": "a"}, "user_agent": "mine/1", "root_certificate": b"", "pool_max_idle_per_host": 8,
}
backoff: BackoffConfig = {"init_backoff": datetime.timedelta(milliseconds=10), "max_backoff": "1s", "base": 2}
retry_config: RetryConfig = {"max_retries": 3, "retry_timeout": 60, "backoff": backoff}
providers: List[S3CredentialProvider] = [provider, later, Vault()]

store: S3Store = S3Store("bucket", prefix="p", config=config, client_options=client_options, retry_config=retry_config)
told: S3Config = store.config
assert told.get("bucket") == "bucket" and "prefix" not in told
prefix: Optional[str] = store.prefix
options: Optional[ClientConfig] = store.client_options
retries: Optional[RetryConfig] = store.retry_config
assert options and retries and retries.get("max_retries") == 3 and options.get("timeout") == "2m"
assert pickle.loads(pickle.dumps(store)) == store
for each in providers:
    made = S3Store.from_env("bucket", credential_provider=each, region="eu-west-1")
    given: Optional[S3CredentialProvider] = made.credential_provider
    assert given is each
of_url: S3Store = S3Store.from_url("https://bucket.s3.eu-west-1.amazonaws.com/p", url_path="ignore", AWS_REQUEST_PAYER=True)
assert of_url.prefix is None

with tempfile.TemporaryDirectory() as folder:
    local: LocalStore = LocalStore(pathlib.Path(folder, "new"), mkdir=True, automatic_cleanup=True)
    path: Optional[pathlib.Path] = local.prefix
    memory: MemoryStore = MemoryStore()
    nested: PrefixStore = PrefixStore(PrefixStore(memory, "a"), "b")
    of_engine: PrefixStore = PrefixStore(remotestore.Store(remotestore.MemoryBackend()), "a")
    methods: List[ObjectStoreMethods] = [local, memory, nested, of_engine]
    every: List[ObjectStore] = [local, memory, nested, store, from_url("memory:///"), from_url(f"file://{folder}")]
    for one in methods:
        one.put("file", b"x")
        assert one.get("file").bytes() == b"x"


def kind(store: ObjectStore) -> Union[str, Any]:
    if isinstance(store, (AzureStore, GCSStore, HTTPStore)):
        return "elsewhere"
    return store.prefix if isinstance(store, (S3Store, LocalStore, PrefixStore)) else "memory"


assert [kind(store) for store in every[1:4]] == ["memory", "b", "p"]
try:
    GCSStore("bucket")
except exceptions.NotSupportedError as error:
    assert isinstance(error, exceptions.BaseError)
print("done")
