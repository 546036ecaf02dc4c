"""What programs do with a file system, and no suite asks."""

import asyncio
import concurrent.futures
import ctypes
import importlib.metadata
import multiprocessing
import os
import pathlib
import pickle
import secrets
import tomllib

import boto3
import fsspec
import pytest
import remotestore
from fsspec.callbacks import Callback
from remotestore import _abi
from remotestore._library import library
from remotestore.fsspec import MemoryFileSystem, RemoteStoreFileSystem, S3FileSystem, register


@pytest.fixture
def filled(fs, folder):
    fs.pipe({f"{folder}/a/1": b"0123456789", f"{folder}/a/b/2": b"two", f"{folder}/3": b""})
    return folder


@pytest.mark.parametrize("start", [None, 0, 3, 10, 11, -1, -4, -20])
@pytest.mark.parametrize("end", [None, 0, 3, 7, 10, 20, -1, -4])
def test_a_range_is_that_of_a_slice(fs, filled, start, end):
    wanted = b"0123456789"[start:end]
    assert fs.cat_file(f"{filled}/a/1", start, end) == wanted
    assert fs.cat_ranges([f"{filled}/a/1"], start, end) == [wanted]
    assert fs.cat_file(f"{filled}/3", start, end) == b""


def test_many_ranges(fs, filled):
    one, two, none = f"{filled}/a/1", f"{filled}/a/b/2", f"{filled}/none"
    for gap in (None, 0, 100):
        found = fs.cat_ranges([one, two, one, none, one], [0, 1, 8, 0, 3], [2, 2, 20, 1, 4], max_gap=gap)
        assert found[:3] == [b"01", b"w", b"89"] and found[4] == b"3" and isinstance(found[3], FileNotFoundError)
    assert fs.cat_ranges([one] * 3, [0, 99, -2], [1, 100, None]) == [b"0", b"", b"89"]
    assert fs.cat_ranges([one] * 2, [0, 99], [1, 100]) == [b"0", b""]
    with pytest.raises(FileNotFoundError):
        fs.cat_ranges([one, none, none], 0, [1, 1, 2], on_error="raise")


def test_many_files(fs, filled):
    names = [f"{filled}/a/1", f"{filled}/a/b/2", f"{filled}/none"]
    assert fs.cat(names[:2]) == {names[0]: b"0123456789", names[1]: b"two"}
    assert fs.cat(names, on_error="omit") == fs.cat(names[:2])
    assert isinstance(fs.cat(names, on_error="return")[names[2]], FileNotFoundError)
    with pytest.raises(FileNotFoundError):
        fs.cat(names)
    with pytest.raises(IsADirectoryError):
        fs.cat([names[0], f"{filled}/a"])


@pytest.mark.parametrize("url", ["versitygw"], indirect=True)
def test_what_is_too_large_for_one_call_is_read_alone(fs, folder):
    small, large = f"{folder}/small", f"{folder}/large"
    fs.pipe({small: b"1", large: bytes(6 << 20)})
    found = S3FileSystem(memory_budget=5 << 20).cat([small, large])
    assert found[small] == b"1" and len(found[large]) == 6 << 20


def test_listings(fs, filled):
    one, two, three = f"{filled}/a/1", f"{filled}/a/b/2", f"{filled}/3"
    assert fs.ls(filled, detail=False) == sorted([three, f"{filled}/a"])
    assert fs.ls(one, detail=False) == [one] == fs.find(one)
    assert fs.find(filled) == [three, one, two] and fs.find(filled, maxdepth=1) == [three]
    assert fs.find(filled, withdirs=True) == [filled, three, f"{filled}/a", one, f"{filled}/a/b", two]
    assert fs.glob(f"{filled}/**/2") == [two] and fs.glob(f"{filled}/a/*") == [one, f"{filled}/a/b"]
    assert fs.du(filled) == 13 and fs.find(f"{filled}/none") == []
    assert [(len(dirs), len(files)) for _, dirs, files in fs.walk(filled)] == [(1, 1), (1, 1), (0, 1)]
    info = fs.info(one)
    assert (info["name"], info["size"], info["type"]) == (one, 10, "file")
    assert fs.modified(one) == info["LastModified"] and info["mtime"] == info["LastModified"].timestamp() and info["ETag"]
    assert fs.info(filled)["type"] == "directory" and not fs.exists(f"{filled}/none")
    with pytest.raises(FileNotFoundError):
        fs.ls(f"{filled}/none")


def test_no_listing_is_kept(fs, filled):
    assert len(fs.ls(filled)) == 2
    with remotestore.Store.from_url({"memory": "memory://fsspec", "file": "file:///"}.get(
            fs.protocol[0], "s3://" + filled.partition("/")[0])) as other:
        other.write((filled if fs.protocol[0] != "s3" else filled.partition("/")[2]) + "/4", b"4")
    assert len(fs.ls(filled)) == 3 and fs.cat(f"{filled}/4") == b"4"


def test_removals(fs, filled):
    fs.rm(f"{filled}/3")
    with pytest.raises(FileNotFoundError):
        fs.rm(f"{filled}/3")
    fs.pipe({f"{filled}/{i}": b"" for i in range(5)})
    fs.rm([f"{filled}/0", f"{filled}/1"])
    fs.rm(f"{filled}/[23]")
    assert fs.find(filled) == [f"{filled}/4", f"{filled}/a/1", f"{filled}/a/b/2"]
    fs.rm(f"{filled}/a", recursive=True)
    assert not fs.exists(f"{filled}/a") and fs.exists(f"{filled}/4")
    fs.rm(f"{filled}/4", recursive=True)
    assert fs.find(filled) == []


def test_moves(fs, filled):
    fs.mv(f"{filled}/a/1", f"{filled}/moved")
    fs.mv(f"{filled}/a", f"{filled}/c", recursive=True)
    assert fs.find(filled) == [f"{filled}/3", f"{filled}/c/b/2", f"{filled}/moved"]


@pytest.mark.parametrize("cache", [None, "none", "readahead", "blockcache"])
def test_a_file_is_read_here_and_there(fs, filled, cache):
    with fs.open(f"{filled}/a/1", cache_type=cache, block_size=4) as file:
        assert file.seekable() and file.read(2) == b"01" and file.seek(-3, os.SEEK_END) == 7
        assert file.read() == b"789" and file.seek(1) == 1 and file.readline() == b"123456789"
    assert file.closed
    for wrong, error in ((f"{filled}/none", FileNotFoundError), (f"{filled}/a", IsADirectoryError)):
        with pytest.raises(error):
            fs.open(wrong, cache_type=cache)


def test_an_exception_publishes_nothing(fs, filled):
    with pytest.raises(ZeroDivisionError):
        with fs.open(f"{filled}/3", "wb") as file:
            file.write(b"half")
            1 / 0
    assert fs.cat(f"{filled}/3") == b""


def test_appending(fs, filled):
    with fs.open(f"{filled}/a/b/2", "ab") as file:
        file.write(b" and three")
        if "s3" in fs.protocol:
            with pytest.raises(NotImplementedError):  # S3 cannot
                file.close()
    assert fs.cat(f"{filled}/a/b/2") == (b"two" if "s3" in fs.protocol else b"two and three")


def test_a_transaction(fs, filled):
    with fs.transaction:
        with fs.open(f"{filled}/3", "wb") as file:
            file.write(b"later")
        assert fs.cat(f"{filled}/3") == b""
    assert fs.cat(f"{filled}/3") == b"later"
    with pytest.raises(ZeroDivisionError), fs.transaction:
        with fs.open(f"{filled}/3", "wb") as file:
            file.write(b"never")
        1 / 0
    assert fs.cat(f"{filled}/3") == b"later"


def test_progress(fs, filled, tmp_path):
    told = Callback()
    fs.get_file(f"{filled}/a/1", str(tmp_path / "1"), callback=told)
    assert (told.size, told.value) == (10, 10)
    told = Callback()
    fs.put_file(str(tmp_path / "1"), f"{filled}/5", callback=told)
    assert (told.size, told.value) == (10, 10) and fs.cat(f"{filled}/5") == b"0123456789"


def test_in_an_event_loop(fs, filled):
    async def program():
        there = type(fs)(asynchronous=True)
        assert await there._cat_file(f"{filled}/a/1", 2, 4) == b"23"
        await there._pipe_file(f"{filled}/a/9", b"nine")
        assert await there._find(f"{filled}/a") == [f"{filled}/a/1", f"{filled}/a/9", f"{filled}/a/b/2"]
        async with await there.open_async(f"{filled}/a/9") as file:
            assert await file.read() == b"nine"
        async with await there.open_async(f"{filled}/a/10", "wb") as file:
            await file.write(b"ten")
        return await asyncio.gather(*(there._cat_file(f"{filled}/a/{i}") for i in (1, 9, 10)))

    assert asyncio.run(program()) == [b"0123456789", b"nine", b"ten"]


def read_in_child(fs, name):
    return fs.cat([name]), fs.cat_file(name)


@pytest.mark.parametrize("url", ["local", "versitygw"], indirect=True)
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes(fs, filled, method):
    name = f"{filled}/a/b/2"
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
        assert pool.submit(read_in_child, fs, name).result(timeout=60) == ({name: b"two"}, b"two")


def child_of_a_fork(fs, name, pipe):
    pipe.send(read_in_child(fs, name))


@pytest.mark.parametrize("url", ["local", "versitygw"], indirect=True)
def test_a_fork_goes_on_with_what_it_has(fs, filled):
    here, there = multiprocessing.Pipe()
    name = f"{filled}/a/b/2"
    child = multiprocessing.get_context("fork").Process(target=child_of_a_fork, args=(fs, name, there), daemon=True)
    child.start()
    there.close()  # so that a child that fails is no wait
    assert here.poll(60) and here.recv() == ({name: b"two"}, b"two")
    child.join()


def test_equal_by_where_they_are(s3_servers):
    s3_servers("versitygw")
    one, two = (RemoteStoreFileSystem(f"s3://bucket-{i}/prefix") for i in (1, 2))
    assert one != two and hash(one) != hash(two) and one == RemoteStoreFileSystem("s3://bucket-1/prefix")
    assert one == pickle.loads(pickle.dumps(one)) and one.store is RemoteStoreFileSystem("s3://bucket-1/prefix").store
    with remotestore.Store.from_url("memory://") as store, remotestore.Store.from_url("memory://") as other:
        assert RemoteStoreFileSystem(store) == RemoteStoreFileSystem(store) != RemoteStoreFileSystem(other)
    assert S3FileSystem(region="eu-west-1") is S3FileSystem(region="eu-west-1") != S3FileSystem()


def test_the_options_of_s3fs(s3_servers, monkeypatch):
    given = dict(s3_servers("versitygw"))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    path = f"{given['REMOTESTORE_TEST_S3_URL'][len('s3://'):]}/{secrets.token_hex(8)}"
    keys = {"key": given["AWS_ACCESS_KEY_ID"], "secret": given["AWS_SECRET_ACCESS_KEY"]}
    named = {"endpoint_url": given["AWS_ENDPOINT_URL"], "client_kwargs": {"region_name": "us-east-1"}}
    inside = {"client_kwargs": {"endpoint_url": given["AWS_ENDPOINT_URL"], "region_name": "us-east-1"},
              "config_kwargs": {"s3": {"addressing_style": "path"}, "retries": {"max_attempts": 1}}}
    for where in (named, inside):
        fs = S3FileSystem(**keys, **where)
        fs.pipe(path, b"1")
        assert fs.cat(path) == b"1"
        with pytest.raises(PermissionError):
            S3FileSystem(anon=True, **where).cat_file(path)
    fs.rm(path)
    with pytest.raises(ValueError, match="nonsense"):
        S3FileSystem(nonsense="1").cat_file(path)


@pytest.mark.parametrize("url", ["versitygw"], indirect=True)
def test_between_buckets(fs, filled):
    other = "b" + secrets.token_hex(8)
    client = boto3.client("s3")
    client.create_bucket(Bucket=other)
    fs.copy(f"{filled}/a/1", f"{other}/copy")
    assert fs.cat(f"{other}/copy") == b"0123456789" and fs.cat([f"{other}/copy", f"{filled}/a/b/2"]) == {
        f"{other}/copy": b"0123456789", f"{filled}/a/b/2": b"two"}
    fs.rm([f"{other}/copy", f"{filled}/a/1"])
    assert fs.find(filled) == [f"{filled}/3", f"{filled}/a/b/2"] and fs.find(other) == []
    client.delete_bucket(Bucket=other)


def test_a_path_without_a_bucket():
    with pytest.raises(ValueError, match="no bucket"):
        S3FileSystem().ls("")


def test_the_store_as_a_file_system(url):
    with remotestore.Store.from_url(url) as store:
        fs = store.unwrap(fsspec.AbstractFileSystem)
        assert isinstance(fs, RemoteStoreFileSystem) and fs.store is store
        fs.pipe("a/b", b"1")
        assert store.read_bytes("a/b") == b"1" and store.child("a").unwrap(fsspec.AbstractFileSystem).cat("b") == b"1"
        with pytest.raises(remotestore.CapabilityNotSupported):
            store.unwrap(Callback)


def requests():
    """How many this process has sent."""
    stats = _abi.rstore_stats_record()
    assert library.rstore_stats(ctypes.byref(stats), ctypes.sizeof(stats)) == _abi.OK
    return stats.fast_lane + stats.sdk_lane


@pytest.mark.parametrize("url", ["versitygw"], indirect=True)
def test_requests(fs, filled):
    one, two, folder = f"{filled}/a/1", f"{filled}/a/b/2", f"{filled}/a"
    calls = {
        "cat_file": (1, lambda: fs.cat_file(one, 2, 5)),
        "the end": (1, lambda: fs.cat_file(one, -2)),
        "pipe_file": (1, lambda: fs.pipe_file(one, b"0123456789")),
        "info": (1, lambda: fs.info(one)),
        "a folder": (2, lambda: fs.info(folder)),
        "nothing": (2, lambda: fs.exists(f"{filled}/none")),
        "find": (1, lambda: fs.find(filled)),
        "glob": (1, lambda: fs.glob(f"{filled}/**/2", withdirs=False)),
        "du": (1, lambda: fs.du(filled)),
        "cat": (2, lambda: fs.cat([one, two])),
        "cat_ranges": (1, lambda: fs.cat_ranges([one] * 3, [0, 3, 8], [1, 5, 10])),
        "open": (1, lambda: fs.open(one, "rb").close()),
        "lines": (1, lambda: list(fs.open(one, "rb"))),
        "rm": (1, lambda: fs.rm([f"{folder}/copy", f"{folder}/other"])),
        "rm a folder": (2, lambda: fs.rm(folder, recursive=True)),
    }
    sent = {}
    for name, (_, call) in calls.items():
        before = requests()
        call()
        sent[name] = requests() - before
    assert sent == {name: count for name, (count, _) in calls.items()}


def test_the_entry_point():
    project = pathlib.Path(remotestore.__file__).resolve().parents[2] / "pyproject.toml"
    (value,) = tomllib.loads(project.read_text())["project"]["entry-points"]["fsspec.specs"].values()
    assert importlib.metadata.EntryPoint("remotestore", value, "fsspec.specs").load() is RemoteStoreFileSystem


def test_register():
    with pytest.raises(ValueError, match="gcs"):
        register("memory", "gcs")
    assert fsspec.get_filesystem_class("memory") is MemoryFileSystem
    assert "s3a" not in fsspec.registry  # on request only
    register("s3a")
    assert fsspec.get_filesystem_class("s3a") is S3FileSystem
    assert fsspec.get_filesystem_class("remotestore") is RemoteStoreFileSystem


@pytest.mark.parametrize("url", ["versitygw"], indirect=True)
def test_urls_are_signed(fs, filled):
    assert "X-Amz-Expires=60" in fs.sign(f"{filled}/a/1", expiration=60)
