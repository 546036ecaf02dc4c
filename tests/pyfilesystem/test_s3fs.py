"""S3FS with PyFilesystem's own package: what the published test cases do not ask."""

import ctypes
import multiprocessing
import os
import pathlib
import pickle
import re
import urllib.error
import urllib.request

import fs
import pkg_resources
import pytest
import remotestore
from fs import errors
from fs.subfs import SubFS
from remotestore import _abi
from remotestore._library import library
from remotestore.pyfilesystem import S3FS, StoreFS

BINDING = pathlib.Path(__file__).resolve().parents[2] / "bindings" / "python"


@pytest.fixture
def bucket(s3_servers, request):
    target = getattr(request, "param", "versitygw")
    return s3_servers(target)["REMOTESTORE_TEST_S3_URL"].partition("://")[2].partition("/")[0]


@pytest.fixture
def prefix():
    return os.urandom(8).hex()


@pytest.fixture
def files(bucket, prefix):
    with S3FS(bucket, prefix) as files:
        yield files


@pytest.fixture
def store(bucket, prefix):
    """Where the keys are."""
    with remotestore.Store(remotestore.S3Backend(bucket), prefix) as store:
        yield store


@pytest.mark.parametrize("separator", ["/", "|"])
def test_a_folder_is_an_empty_object(bucket, prefix, separator):
    with S3FS(bucket, prefix, separator=separator) as files, remotestore.Store(remotestore.S3Backend(bucket)) as store:
        made = files.makedir("a")
        assert isinstance(made, SubFS)
        marker = remotestore.RawPath(f"{prefix}{separator}a{separator}")
        assert store.get_file_info(marker).size == 0
        made.writetext("b", "text")
        assert store.read_bytes(remotestore.RawPath(f"{prefix}{separator}a{separator}b")) == b"text"
        files.remove("a/b")
        assert files.listdir("/") == ["a"]
        files.removedir("a")
        assert not store.is_file(marker)


def test_folders_that_nobody_made(files, store):
    store.write("a/b/c", b"1")
    assert files.isdir("a/b") and files.getinfo("a").is_dir and files.listdir("a") == ["b"]
    assert files.readbytes("a/b/c") == b"1"
    assert sorted(files.walk.files()) == ["/a/b/c"]
    files.writebytes("a/b/d", b"2")
    files.removedir("a/b", recursive=True, force=True)
    assert files.listdir("/") == []


def test_odd_keys_do_not_end_a_listing(s3_servers, prefix):
    bucket = s3_servers("moto")["REMOTESTORE_TEST_S3_URL"].partition("://")[2]
    with S3FS(bucket, prefix) as files, remotestore.Store(remotestore.S3Backend(bucket), prefix) as store:
        for key in ("a//b", "a/../b", "a/c", "a/d\\e"):
            store.write(remotestore.RawPath(key), b"1")
        assert files.listdir("a") == ["c", "d\\e"]
        assert files.readbytes("a/d\\e") == b"1"


def test_errors_are_those_of_fs(files, bucket):
    with pytest.raises(errors.ResourceNotFound) as caught:
        files.readbytes("a/b")
    assert caught.value.path == "a/b" and isinstance(caught.value.exc, remotestore.NotFound)
    with S3FS(bucket, aws_access_key="nobody", aws_secret_key="knows") as other, pytest.raises(errors.PermissionDenied):
        other.listdir("/")
    with S3FS(bucket, endpoint_url="http://127.0.0.1:1", max_attempts=1) as other:
        for call in (other.listdir, other.exists, other.makedir, other.removedir, other.open, other.remove, other.getinfo):
            with pytest.raises(errors.RemoteConnectionError):
                call("a")
    with StoreFS(remotestore.Store(remotestore.MemoryBackend())) as other:
        other.create("a")
        with pytest.raises(errors.Unsupported):
            other.makepublic("a")


@pytest.mark.parametrize("timeout, heads", [(1, 1), (0, 1), (None, 0)])
def test_key_sync_timeout(bucket, prefix, monkeypatch, timeout, heads):
    asked = []
    head = remotestore.Store.head
    monkeypatch.setattr(remotestore.Store, "head", lambda self, path: asked.append(path) or head(self, path))
    with S3FS(bucket, prefix, key_sync_timeout=timeout) as files:
        files.writebytes("a", b"1")
    assert len(asked) == heads


@pytest.mark.parametrize("timeout, looks", [(0.2, range(2, 6)), (0, range(9, 10))])
def test_a_key_that_is_not_seen_at_once(bucket, prefix, monkeypatch, timeout, looks):
    asked = []
    head = remotestore.Store.head

    def late(self, path):
        asked.append(path)
        if len(asked) < 5:
            raise remotestore.NotFound("not yet")
        found = head(self, path)
        return found if len(asked) == 9 else remotestore.WriteResult(found.path, 1, etag="another")

    monkeypatch.setattr(remotestore.Store, "head", late)
    with S3FS(bucket, prefix, key_sync_timeout=timeout) as files:
        files.writebytes("a", b"1")
        assert len(asked) in looks
        assert files.readbytes("a") == b"1"


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)  # versitygw has no lists of permissions of objects
def test_makepublic(files, bucket, prefix):
    import boto3

    files.writebytes("a", b"1")
    files.makepublic("a")
    acl = boto3.client("s3").get_object_acl(Bucket=bucket, Key=f"{prefix}/a")
    grants = [(grant["Permission"], grant["Grantee"].get("URI", "").rpartition("/")[2]) for grant in acl["Grants"]]
    assert ("READ", "AllUsers") in grants
    with pytest.raises(errors.ResourceNotFound):
        files.makepublic("nothing")


def sent():
    stats = _abi.rstore_stats_record()
    library.rstore_stats(ctypes.byref(stats), ctypes.sizeof(stats))
    return stats.fast_lane + stats.sdk_lane


def written(files, mode):
    with files.open("a/file", mode) as file:
        file.write("text")


@pytest.mark.parametrize("requests, call", [
    (1, lambda files: files.readbytes("a/file")),
    (1, lambda files: files.open("a/file", "rb").close()),
    (1, lambda files: files.listdir("a")),
    (1, lambda files: list(files.scandir("a", ["details"]))),
    (1, lambda files: files.getinfo("a/file", ["details"])),
    (1, lambda files: files.remove("a/file")),
    (2, lambda files: files.removedir("a", force=True)),
    (3, lambda files: files.writebytes("a/file", b"1")),
    (4, lambda files: written(files, "w")),
    (4, lambda files: written(files, "a")),
    (2, lambda files: written(files, "r+")),
    (4, lambda files: files.makedir("a/b")),
])
def test_requests(bucket, prefix, requests, call):
    with S3FS(bucket, prefix, key_sync_timeout=None) as files:
        files.makedir("a").create("file")
        before = sent()
        call(files)
        assert sent() - before == requests


def test_urls(files):
    files.writebytes("a b", b"1")
    for url in (files.geturl("a b"), files.getpathurl("a b", expires=60)):
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"1"
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(url.replace("Expires=60", "Expires=61"))
    assert files.getpathurl("/", allow_none=True) is None
    with pytest.raises(errors.NoURL):
        files.getpathurl("/")


def read(files, answers):
    with files:
        answers.put(files.readtext("a"))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_it_travels_to_another_process(files, method):
    files.writetext("a", "text")
    context = multiprocessing.get_context(method)
    answers = context.SimpleQueue()
    process = context.Process(target=read, args=(pickle.loads(pickle.dumps(files)), answers))
    process.start()
    process.join(60)
    assert process.exitcode == 0 and answers.get() == "text"


def test_a_file_outlives_its_file_system(bucket, prefix):
    with S3FS(bucket, prefix).open("a", "w") as file:
        file.write("text")
    with S3FS(bucket, prefix).open("a") as file:
        assert file.read() == "text"


@pytest.fixture
def announced(tmp_path, monkeypatch):
    """What an installation says of the package: fs looks there for who opens a URL."""
    announcement = re.search(r'entry-points."fs.opener"\]\n(\w+) = "(.+)"\n', (BINDING / "pyproject.toml").read_text())
    installed = tmp_path / "remotestore-0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: remotestore\nVersion: 0\n")
    (installed / "entry_points.txt").write_text("[fs.opener]\n{} = {}\n".format(*announcement.groups()))
    monkeypatch.setattr(pkg_resources, "working_set", pkg_resources.WorkingSet([str(tmp_path)]))
    monkeypatch.setattr(pkg_resources, "iter_entry_points", pkg_resources.working_set.iter_entry_points)


def test_the_opener(bucket, prefix, announced, monkeypatch):
    keys = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL")}
    with fs.open_fs(f"s3://{bucket}/{prefix}/sub") as files:
        assert isinstance(files, S3FS)
        files.writetext("a", "text")
    for name in keys:
        monkeypatch.delenv(name)
    user, secret, endpoint = keys.values()
    with fs.open_fs(f"s3://{user}:{secret}@{bucket}/{prefix}?endpoint_url={endpoint}&region=us-east-1") as files:
        assert files.readtext("sub/a") == "text"
