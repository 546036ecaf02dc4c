"""What obstore's documentation shows, as programs: getting started, cookbook,
streams, files, Arrow, authentication, pickles, S3 servers, signed URLs.

Each runs with the modules of REMOTESTORE_TEST_OBSTORE, on memory, in a folder
and on an S3 server. What is shown for coroutines: test_async_docs.py.
"""

import datetime
import importlib
import io
import json
import os
import pathlib
import pickle
import urllib.request

import arro3.core
import boto3
import numpy
import pyarrow
import pytest

UTC = datetime.timezone.utc
MIB = 1024 * 1024
KEYS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"]


def paths(store, *args, **kwargs):
    return sorted(meta["path"] for meta in store.list(*args, **kwargs).collect())


# Getting started


def test_three_ways_to_one_anonymous_store(stores, no_variables):
    first = stores.from_url("s3://bucket-name", region="us-east-1", skip_signature=True)
    second = stores.from_url("https://bucket-name.s3.us-east-1.amazonaws.com", skip_signature=True)
    third = stores.S3Store("bucket-name", region="us-east-1", skip_signature=True)
    assert isinstance(first, stores.S3Store) and first == third
    assert second.config == {**third.config, "virtual_hosted_style_request": "true"}


def test_put_get_range_copy(store):
    store.put("file.txt", b"hello world!")
    answer = store.get("file.txt")
    assert answer.meta["path"] == "file.txt" and answer.meta["size"] == 12 and answer.meta["version"] is None
    assert answer.meta["last_modified"].tzinfo is UTC
    assert answer.bytes() == b"hello world!"
    assert store.get_range("file.txt", start=0, end=5) == b"hello"
    store.copy("file.txt", "other.txt")
    assert store.get("other.txt").bytes() == b"hello world!"


def test_the_same_as_functions(obs, store):
    obs.put(store, "file.txt", b"hello world!")
    assert obs.get(store, "file.txt").bytes() == b"hello world!"
    assert obs.get_range(store, "file.txt", start=6, length=5) == b"world"
    obs.rename(store, "file.txt", "renamed.txt")
    assert obs.head(store, "renamed.txt")["size"] == 12
    obs.delete(store, "renamed.txt")
    assert obs.list(store).collect() == []


def test_the_first_object_of_memory_has_the_tag_zero(stores):
    store = stores.MemoryStore()
    store.put("file.txt", b"")
    assert store.head("file.txt")["e_tag"].strip('"') == "0"


# Cookbook: listing


def test_list_below_a_prefix(store):
    for name in ("data/a", "data/b/c", "data2/d", "data.txt"):
        store.put(name, name.encode())
    found = {meta["path"]: meta["size"] for batch in store.list("data") for meta in batch}
    assert found == {"data/a": 6, "data/b/c": 8}


def test_list_by_tens(store):
    for i in range(100):
        store.put(f"file{i}.txt", b"foo")
    stream = store.list(chunk_size=10)
    first = next(iter(stream))
    assert len(first) == 10 and first[0]["size"] == 3
    assert len(stream.collect()) == 90


def test_list_as_arrow(store):
    for i in range(100):
        store.put(f"file{i}.txt", b"foo")
    for batch in store.list(chunk_size=1000, return_arrow=True):
        assert batch.num_rows == 100
        assert isinstance(batch, arro3.core.RecordBatch)
        assert pyarrow.record_batch(batch).column("size").to_pylist() == [3] * 100
        assert arro3.core.RecordBatch(batch).num_rows == 100
    assert store.list(return_arrow=True).collect().num_rows == 100


def test_the_columns_of_a_listing(store):
    store.put("d/a", b"foo")
    schema = pyarrow.record_batch(store.list(return_arrow=True).collect()).schema
    assert schema == pyarrow.schema([
        pyarrow.field("path", pyarrow.string(), nullable=False),
        pyarrow.field("last_modified", pyarrow.timestamp("us", "UTC"), nullable=False),
        pyarrow.field("size", pyarrow.uint64(), nullable=False),
        pyarrow.field("e_tag", pyarrow.string()),
        pyarrow.field("version", pyarrow.string()),
    ])
    table = store.list_with_delimiter("d", return_arrow=True)["objects"]
    assert isinstance(table, arro3.core.Table) and pyarrow.table(table).schema == schema


def test_one_level(store):
    for name in ("a", "d/b", "d/e/c", "f/g"):
        store.put(name, b"")
    top = store.list_with_delimiter()
    assert sorted(top["common_prefixes"]) == ["d", "f"] and [meta["path"] for meta in top["objects"]] == ["a"]
    below = store.list_with_delimiter("d/")
    assert below["common_prefixes"] == ["d/e"] and [meta["path"] for meta in below["objects"]] == ["d/b"]


def test_list_from_an_offset(store):
    for name in ("a", "b", "c"):
        store.put(name, b"")
    assert paths(store, offset="a") == ["b", "c"]


# Cookbook: fetching


def test_fetch(store):
    path = "data/file01.parquet"
    store.put(path, b"0123456789" * 100)
    meta = store.head(path)
    result = store.get(path)
    assert result.meta == meta
    assert len(result.bytes()) == meta["size"]
    assert sum(len(chunk) for chunk in store.get(path).stream()) == meta["size"]


def test_download_to_disk(store, tmp_path):
    data = os.urandom(3 * MIB)
    store.put("file", data)
    with open(tmp_path / "file", "wb") as f:
        for chunk in store.get("file"):
            f.write(chunk)
    assert (tmp_path / "file").read_bytes() == data


def test_a_progress_bar(store):
    store.put("file", b"x" * 2 * MIB)
    response = store.get("file")
    done = []
    for chunk in response:
        done.append(len(chunk))
    assert sum(done) == response.meta["size"]


def test_chunks_have_at_least_the_size_asked_for(store):
    store.put("file", b"x" * 7 * MIB)
    sizes = [len(chunk) for chunk in store.get("file").stream(min_chunk_size=2 * MIB)]
    assert all(size >= 2 * MIB for size in sizes[:-1]) and sum(sizes) == 7 * MIB


def test_options_of_get(store):
    store.put("file", b"0123456789")
    assert store.get("file", options={"range": (2, 5)}).bytes() == b"234"
    assert store.get("file", options={"range": [2, 100]}).bytes() == b"23456789"
    assert store.get("file", options={"range": {"offset": 7}}).bytes() == b"789"
    assert store.get("file", options={"range": {"suffix": 2}}).bytes() == b"89"
    assert store.get("file", options={"range": (2, 5)}).range == (2, 5)
    assert store.get("file", options={"head": True}).meta["size"] == 10


def test_conditions_of_get(obs, store):
    store.put("file", b"x")
    meta = store.head("file")
    errors = obs.exceptions
    assert store.get("file", options={"if_match": meta["e_tag"]}).bytes() == b"x"
    with pytest.raises(errors.NotModifiedError):
        store.get("file", options={"if_none_match": meta["e_tag"]})
    with pytest.raises(errors.PreconditionError):
        store.get("file", options={"if_match": '"other"'})
    with pytest.raises(errors.PreconditionError):
        store.get("file", options={"if_unmodified_since": meta["last_modified"] - datetime.timedelta(hours=1)})


def test_ranges(store):
    store.put("file", b"0123456789" * 1000)
    assert store.get_ranges("file", starts=[0, 5000], ends=[3, 5002]) == [b"012", b"01"]
    assert store.get_ranges("file", starts=[0, 5000], lengths=[3, 2], coalesce=0) == [b"012", b"01"]


# Cookbook: putting


def test_put_bytes(store):
    result = store.put("data/file1", b"hello")
    assert result == {"e_tag": store.head("data/file1")["e_tag"], "version": None}


def test_put_a_local_file(store, tmp_path):
    (tmp_path / "file").write_bytes(b"of a file")
    store.put("a", pathlib.Path(tmp_path / "file"))
    with open(tmp_path / "file", "rb") as content:
        store.put("b", content)
    assert store.get("a").bytes() == store.get("b").bytes() == b"of a file"


def test_put_an_iterator(store):
    def five_times():
        for _ in range(5):
            yield b"foo"

    store.put("a", five_times())
    assert store.get("a").bytes() == b"foo" * 5
    store.put("a", [b"foo", bytearray(b"bar")])
    assert store.get("a").bytes() == b"foobar"


def test_put_in_parts(store):
    data = os.urandom(12 * MIB)
    store.put("large", data, chunk_size=5 * MIB, max_concurrency=4)
    assert store.get("large").bytes() == data
    store.put("large", io.BytesIO(data), use_multipart=True)
    assert store.get("large").bytes() == data


def test_create_only(obs, store):
    store.put("a", b"first", mode="create")
    with pytest.raises(obs.exceptions.AlreadyExistsError):
        store.put("a", b"second", mode="create")
    store.put("a", b"third", mode="overwrite")
    assert store.get("a").bytes() == b"third"


@pytest.mark.parametrize("kind", ["memory", "s3"])
def test_update_what_is_known(kind, obs, stores, request):
    if kind == "memory":
        store = stores.MemoryStore()
    else:
        bucket, arguments = request.getfixturevalue("s3")
        store = stores.S3Store(bucket, **arguments)
    first = store.put("a", b"1")
    store.put("a", b"2", mode={"e_tag": first["e_tag"]})
    with pytest.raises(obs.exceptions.PreconditionError):
        store.put("a", b"3", mode={"e_tag": first["e_tag"]})
    assert store.get("a").bytes() == b"2"
    attributes = {"Content-Type": "text/html", "Cache-Control": "max-age=604800", "my-key": "my value"}
    store.put("b", b"x", attributes=attributes)
    assert store.get("b").attributes == attributes


def test_a_local_folder_has_no_attributes_and_no_updates(stores, tmp_path):
    store = stores.LocalStore(tmp_path)
    with pytest.raises(NotImplementedError):
        store.put("a", b"x", attributes={"Content-Type": "text/html"})
    with pytest.raises(NotImplementedError):
        store.put("a", b"x", mode={"e_tag": '"x"'})


def test_delete_one_and_many(store):
    for name in ("a", "b", "c"):
        store.put(name, b"")
    store.delete("a")
    store.delete(["b", "c"])
    assert store.list().collect() == []


def test_do_not_overwrite(obs, stores, tmp_path):
    for store in (stores.MemoryStore(), stores.LocalStore(tmp_path)):
        store.put("a", b"a")
        store.put("b", b"b")
        for call in (store.copy, store.rename):
            with pytest.raises(obs.exceptions.AlreadyExistsError):
                call("a", "b", overwrite=False)
        store.rename("a", "c", overwrite=False)
        assert paths(store) == ["b", "c"]


def test_copy_without_overwriting_on_s3_is_by_parts(obs, stores, s3):
    bucket, arguments = s3
    store = stores.S3Store(bucket, copy_if_not_exists="multipart", **arguments)
    store.put("a", b"a")
    store.copy("a", "b", overwrite=False)
    with pytest.raises(obs.exceptions.AlreadyExistsError):
        store.copy("a", "b", overwrite=False)
    assert store.get("b").bytes() == b"a"


# Cookbook: from one store to another


def test_copy_through_memory(store, other):
    store.put("data/file1", b"content")
    other.put("data/file2", store.get("data/file1").bytes())
    assert other.get("data/file2").bytes() == b"content"


def test_copy_through_a_file(store, other, tmp_path):
    store.put("data/file1", b"content" * 100_000)
    with open(tmp_path / "temporary", "wb") as f:
        for chunk in store.get("data/file1"):
            f.write(chunk)
    other.put("data/file2", tmp_path / "temporary")
    assert other.get("data/file2").bytes() == b"content" * 100_000


# Bytes


def test_bytes_are_a_buffer(obs, store):
    store.put("a", numpy.arange(4, dtype="<u2").tobytes())
    data = store.get("a").bytes()
    assert isinstance(data, obs.Bytes)
    assert numpy.frombuffer(data, dtype="<u2").tolist() == [0, 1, 2, 3]
    assert bytes(data) == data.to_bytes() and memoryview(data).readonly
    assert data[2:4] == b"\1\0" and data[2] == 1 and len(data) == 8
    with pytest.raises(IndexError):
        data[8]


def test_json_of_a_buffer(store):
    store.put("a", b'{"stars": 1}')
    assert json.loads(bytes(store.get("a").bytes())) == {"stars": 1}


def test_bytes_have_some_methods_of_bytes(obs):
    assert obs.Bytes(b"test").upper() == b"TEST" and obs.Bytes(b"test").islower()
    assert obs.Bytes(b"prefix-x").removeprefix(b"prefix-") == b"x"
    assert repr(obs.Bytes(b"hello")) == 'Bytes(b"hello")'


# Files


def test_read_a_file(obs, store):
    store.put("a", b"the quick\nbrown fox\njumps")
    f = obs.open_reader(store, "a")
    assert f.size == 25 and f.seekable()
    assert f.read(3) == b"the" and f.tell() == 3
    assert f.readline() == b" quick\n"
    assert f.seek(-5, os.SEEK_END) == 20 and f.read() == b"jumps"
    f.seek(0)
    assert [bytes(line) for line in f.readlines() if line] == [b"the quick\n", b"brown fox\n", b"jumps"]
    f.close()


def test_read_a_file_of_known_size(obs, store):
    store.put("a", b"0123456789")
    assert obs.open_reader(store, "a", size=10, buffer_size=4).readall() == b"0123456789"
    assert obs.open_reader(store, "a", size=4).readall() == b"0123"


def test_write_a_file(obs, store):
    with obs.open_writer(store, "a") as f:
        assert f.write(b"the quick ") == 10
        f.flush()
        f.write(bytearray(b"brown fox"))
        assert not f.closed()
    assert f.closed()
    assert store.get("a").bytes() == b"the quick brown fox"
    with pytest.raises(OSError):
        f.write(b"more")


def test_a_write_that_fails_is_no_file(obs, store):
    with pytest.raises(KeyError), obs.open_writer(store, "a") as f:
        f.write(b"half")
        raise KeyError
    assert store.list().collect() == []


# Errors


def test_what_is_not_there(obs, store):
    for call in (store.get, store.head, lambda path: obs.open_reader(store, path)):
        with pytest.raises(FileNotFoundError):
            call("none")


def test_errors_have_one_base(obs):
    errors = obs.exceptions
    for name in ("AlreadyExistsError", "GenericError", "InvalidPathError", "JoinError", "NotFoundError", "NotModifiedError",
                 "NotSupportedError", "PermissionDeniedError", "PreconditionError", "UnauthenticatedError",
                 "UnknownConfigurationKeyError"):
        assert issubclass(getattr(errors, name), errors.BaseError)
    assert issubclass(errors.BaseError, Exception)


def test_unknown_and_duplicate_options(obs, stores, no_variables):
    with pytest.raises(obs.exceptions.UnknownConfigurationKeyError):
        stores.S3Store("bucket", no_such_option="x")
    with pytest.raises(obs.exceptions.GenericError):
        stores.S3Store("bucket", config={"region": "a"}, AWS_REGION="b")


# Stores


def test_local_stores(stores, tmp_path):
    for store in (stores.LocalStore(tmp_path), stores.LocalStore(str(tmp_path)), stores.LocalStore.from_url(f"file://{tmp_path}/")):
        assert store.prefix == tmp_path
        store.put("a/b", b"x")
        assert (tmp_path / "a" / "b").read_bytes() == b"x"
    assert stores.LocalStore().prefix is None
    made = stores.LocalStore(tmp_path / "new" / "er", mkdir=True)
    assert made.prefix.is_dir()
    cleaning = stores.LocalStore(tmp_path / "new", automatic_cleanup=True)
    cleaning.put("c/d", b"")
    cleaning.delete("c/d")
    assert not (tmp_path / "new" / "c").exists()


def test_urls(obs, stores, tmp_path, no_variables):
    assert isinstance(stores.from_url("memory:///"), stores.MemoryStore)
    assert isinstance(stores.from_url(f"file://{tmp_path}"), stores.LocalStore)
    inside = stores.from_url("s3://bucket/path/to/directory")
    assert inside.prefix == "path/to/directory" and inside.config["bucket"] == "bucket"
    assert stores.S3Store.from_url("s3a://bucket/path") == stores.S3Store("bucket", prefix="path")
    assert stores.from_url("https://s3.us-west-2.amazonaws.com/bucket").config == {"bucket": "bucket", "region": "us-west-2"}
    for url, scheme in (("s3://b", "s3"), ("gs://b", "gcs"), ("az://c", "azure"), ("memory:///", "memory"), ("file:///x", "local"),
                        ("https://example.com", "http")):
        assert obs.parse_scheme(url) == scheme


def test_the_url_of_r2(stores, no_variables):
    config = {"access_key_id": "k", "secret_access_key": "s"}
    store = stores.S3Store.from_url("https://account.r2.cloudflarestorage.com/public", **config)
    assert {name: value for name, value in store.config.items() if name not in config} == {
        "bucket": "public", "endpoint": "https://account.r2.cloudflarestorage.com", "region": "auto",
    }


def test_a_server_of_ones_own(stores, s3):
    bucket, arguments = s3
    store = stores.S3Store(bucket, virtual_hosted_style_request=False, **arguments)
    store.put("a.txt", b"foo")
    store.put("b.txt", b"bar")
    store.put("c/d.txt", b"baz")
    assert paths(store) == ["a.txt", "b.txt", "c/d.txt"]
    assert store.get("a.txt").bytes() == b"foo"
    store.delete("a.txt")
    assert paths(store) == ["b.txt", "c/d.txt"]


def test_the_environment(stores, s3, monkeypatch):
    bucket, arguments = s3
    for name, key in zip(KEYS, ("access_key_id", "secret_access_key", "region")):
        monkeypatch.setenv(name, arguments.pop(key))
    monkeypatch.setenv("AWS_ENDPOINT_URL", arguments.pop("endpoint"))
    store = stores.S3Store(bucket, **arguments)
    store.put("a", b"x")
    assert store.get("a").bytes() == b"x"
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    with pytest.raises(Exception, match="(?i)denied|forbidden|403"):
        stores.S3Store(bucket, **arguments).get("a")


def test_arguments_win_over_the_environment(stores, s3, monkeypatch):
    bucket, arguments = s3
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "wrong")
    stores.S3Store(bucket, **arguments).put("a", b"x")


def test_configuration_is_told(stores, no_variables):
    retry = {"max_retries": 2, "backoff": {"init_backoff": datetime.timedelta(seconds=1)}}
    store = stores.S3Store("bucket", config={"AWS_REGION": "us-west-2"}, skip_signature=True, retry_config=retry,
                           client_options={"timeout": "2h 37min", "connect_timeout": datetime.timedelta(seconds=3)})
    assert store.config == {"bucket": "bucket", "region": "us-west-2", "skip_signature": "true"}
    assert store.client_options == {"timeout": "2h 37min", "connect_timeout": "3s"}
    assert store.retry_config == {
        "max_retries": 2, "retry_timeout": datetime.timedelta(minutes=3),
        "backoff": {"init_backoff": datetime.timedelta(seconds=1), "max_backoff": datetime.timedelta(seconds=15), "base": 2},
    }
    assert store.prefix is None and store.credential_provider is None


# Credentials


def given(arguments):
    """What a provider gives out, and the arguments without it."""
    rest = dict(arguments)
    credential = {"access_key_id": rest.pop("access_key_id"), "secret_access_key": rest.pop("secret_access_key")}
    return credential, rest


@pytest.mark.parametrize("lifetime", [None, datetime.timedelta(minutes=5)])
def test_a_function_gives_credentials(lifetime, stores, s3):
    bucket, arguments = s3
    credential, rest = given(arguments)

    def get_credentials():
        return {**credential, "token": None, "expires_at": lifetime and datetime.datetime.now(UTC) + lifetime}

    store = stores.S3Store(bucket, credential_provider=get_credentials, **rest)
    store.put("a", b"x")
    assert store.get("a").bytes() == b"x" and store.credential_provider is get_credentials


class SessionProvider:
    """Takes what a session of boto3 has."""

    def __init__(self, session):
        self.credentials = session.get_credentials()
        if self.credentials is None:
            raise ValueError("the session has none")

    def __call__(self):
        frozen = self.credentials.get_frozen_credentials()
        return {"access_key_id": frozen.access_key, "secret_access_key": frozen.secret_key, "token": frozen.token,
                "expires_at": None}


def test_an_object_gives_credentials(stores, s3):
    bucket, arguments = s3
    credential, rest = given(arguments)
    session = boto3.Session(credential["access_key_id"], credential["secret_access_key"])
    store = stores.S3Store(bucket, credential_provider=SessionProvider(session), **rest)
    store.put("a", b"x")
    assert store.get("a").bytes() == b"x"


def test_boto3_gives_credentials_and_region(obs, stores, s3):
    bucket, arguments = s3
    credential, rest = given(arguments)
    region = rest.pop("region")
    auth = importlib.import_module(obs.__name__ + ".auth.boto3")
    session = boto3.Session(credential["access_key_id"], credential["secret_access_key"], region_name=region)
    store = stores.S3Store(bucket, credential_provider=auth.Boto3CredentialProvider(session), **rest)
    assert store.config["region"] == region
    store.put("a", b"x")
    assert store.get("a").bytes() == b"x"


class Refreshing:
    """Asked again when what it gave has expired."""

    calls = 0

    def __init__(self, credential, lifetime):
        self.credential, self.lifetime = credential, lifetime

    def __call__(self):
        self.calls += 1
        return {**self.credential, "token": None, "expires_at": datetime.datetime.now(UTC) + self.lifetime}


def test_credentials_are_kept_until_they_expire(stores, s3):
    bucket, arguments = s3
    credential, rest = given(arguments)
    provider = Refreshing(credential, datetime.timedelta(hours=1))
    store = stores.S3Store(bucket, credential_provider=provider, **rest)
    for _ in range(3):
        store.put("a", b"x")
    assert provider.calls == 1


def test_a_provider_that_fails(obs, stores, s3):
    bucket, arguments = s3
    _, rest = given(arguments)

    def failing():
        raise RuntimeError("no network")

    with pytest.raises(obs.exceptions.UnauthenticatedError):
        stores.S3Store(bucket, credential_provider=failing, **rest).get("a")


# Pickles


def module_level_provider():
    return {"access_key_id": "k", "secret_access_key": "s", "token": None, "expires_at": None}


def test_stores_are_pickled_by_configuration(stores, s3, tmp_path):
    bucket, arguments = s3
    store = stores.S3Store(bucket, **arguments)
    store.put("a", b"x")
    loaded = pickle.loads(pickle.dumps(store))
    assert loaded == store and loaded.get("a").bytes() == b"x"
    local = stores.LocalStore(tmp_path)
    assert pickle.loads(pickle.dumps(local)) == local
    provided = stores.S3Store("bucket", credential_provider=module_level_provider)
    assert pickle.loads(pickle.dumps(provided)).credential_provider is module_level_provider


def test_memory_is_not_pickled(stores):
    with pytest.raises(TypeError):
        pickle.dumps(stores.MemoryStore())


# Signed URLs


def fetch(url, method="GET", data=None):
    headers = {"Content-Type": "application/octet-stream"} if data else {}
    request = urllib.request.Request(url, data, headers, method=method)
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()


def test_signed_urls(obs, stores, s3):
    bucket, arguments = s3
    store = stores.S3Store(bucket, **arguments)
    hour = datetime.timedelta(hours=1)
    store.put("a", b"a")
    assert fetch(obs.sign(store, "GET", "a", hour)) == b"a"
    fetch(obs.sign(store, "PUT", "b", hour), "PUT", b"b")
    assert [fetch(url) for url in obs.sign(store, "GET", ["a", "b"], hour)] == [b"a", b"b"]


def test_only_some_stores_sign(obs, stores):
    with pytest.raises(ValueError):
        obs.sign(stores.MemoryStore(), "GET", "a", datetime.timedelta(hours=1))
