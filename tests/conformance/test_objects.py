"""What is asked of objects beyond reading and writing them whole, through Python."""

import ctypes
import datetime
import pathlib
import pickle
import secrets
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest
import remotestore
from remotestore import RawPath, RemotePath, _abi, _arguments, _operations, _pages
from remotestore._library import library
from remotestore._memory import Text

ATTRIBUTES = {"cache-control": "max-age=1", "content-disposition": "inline", "content-encoding": "gzip",
              "content-language": "de", "content-type": "text/x", "storage-class": "STANDARD"}


@pytest.fixture
def store():
    with remotestore.Store(remotestore.MemoryBackend()) as store:
        yield store


@pytest.fixture
def local(tmp_path):
    with remotestore.Store(remotestore.LocalBackend(tmp_path)) as store:
        yield store


@pytest.fixture
def served(s3_servers):
    """A part of a real server's bucket."""
    url = s3_servers("versitygw")["REMOTESTORE_TEST_S3_URL"]
    with remotestore.Store.from_url(f"{url}/{secrets.token_hex(8)}") as store:
        yield store


def test_attributes_and_versions_are_extra(store, served):
    for where in (store, served):
        assert where.write("a", b"x", attributes=ATTRIBUTES, tags={"k": "v"}).size == 1
        info = where.get_file_info("a")
        assert info.extra["attributes"] == ATTRIBUTES and info.content_type == "text/x"
        assert "version_id" not in info.extra
        assert pickle.loads(pickle.dumps(info)).extra == info.extra
        assert [f.extra for f in where.list_files("")] == [{}]
    assert store.write("b", b"x").etag and store.get_file_info("b").extra == {}


@pytest.mark.parametrize("options", [
    {"attributes": {"x-amz-acl": "private"}}, {"attributes": {"content-type": "a\r\nb: c"}}, {"attributes": 5},
    {"attributes": {"content-type": 5}}, {"attributes": {"Content-Type": "a", "content-type": "b"}},
    {"tags": {"": "v"}}, {"tags": {"aws:k": "v"}}, {"tags": {"k" * 129: "v"}}, {"tags": {"k": "v" * 257}},
    {"tags": {"k": "?"}}, {"tags": {str(i): "" for i in range(11)}}, {"tags": [("k", "v")]}, {"acl": "everybody"},
    {"if_match": "*"}, {"if_match": "a,b"}, {"if_match": "a\nb"}, {"if_match": ""}, {"if_match": "", "overwrite": True}, {"if_match": "e", "overwrite": True},
])
def test_what_a_write_cannot_have(store, options):
    for write in (store.write, store.write_atomic):
        with pytest.raises(remotestore.InvalidArgument):
            write("a", b"x", **options)
    with pytest.raises(remotestore.InvalidArgument):
        store.open_atomic("a", **options)
    assert not store.exists("a")


@pytest.mark.parametrize("options, capability", [
    ({"attributes": {"content-type": "a"}}, "attributes"), ({"tags": {"k": "v"}}, "tags"), ({"acl": "private"}, "acl"),
    ({"if_match": "e"}, "update"), ({"metadata": {"k": "v"}}, "user_metadata"),
])
def test_what_a_backend_does_not_keep(local, options, capability):
    with pytest.raises(remotestore.CapabilityNotSupported) as caught:
        local.write("a", b"x", **options)
    assert caught.value.capability == capability


def test_a_write_replaces_the_object_with_an_etag(store, served):
    for where in (store, served):
        first = where.write("a", b"1")
        second = where.write("a", b"2", if_match=first.etag)
        for write in (where.write, where.write_atomic):
            with pytest.raises(remotestore.PreconditionFailed):
                write("a", b"3", if_match=first.etag)
        with pytest.raises(remotestore.PreconditionFailed):
            where.write("none", b"3", if_match=first.etag)
        with where.open_atomic("a", if_match=second.etag) as writer:
            writer.write(b"3")
        assert where.read_bytes("a") == b"3"
        with pytest.raises(remotestore.PreconditionFailed):
            where.delete("a", if_match=first.etag)
        where.delete("a", if_match=writer.result.etag)
        assert not where.exists("a")


@pytest.mark.parametrize("etag, error", [("", remotestore.InvalidArgument), (0, TypeError), (b"e", TypeError)])
def test_what_is_no_etag_is_not_taken_for_none(store, etag, error):
    store.write("a", b"1")
    for write in (store.write, store.write_atomic):
        with pytest.raises(error, match="if_match"):
            write("a", b"2", if_match=etag, overwrite=True)
    with pytest.raises(error, match="if_match"):
        store.delete("a", if_match=etag)
    assert store.read_bytes("a") == b"1"


def test_a_counter_of_many_threads_loses_nothing(served):
    threads = 16
    served.write("counter", b"0")

    def add_one():
        barrier.wait()
        while True:
            etag = served.get_file_info("counter").etag
            value = int(served.read_bytes("counter"))
            if etag != served.get_file_info("counter").etag:
                continue  # the value may be of another one
            try:
                served.write("counter", str(value + 1).encode(), if_match=etag)
                return
            except remotestore.PreconditionFailed:
                pass

    barrier = threading.Barrier(threads)
    running = [threading.Thread(target=add_one) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert served.read_bytes("counter") == str(threads).encode()


def test_an_upload_that_is_over_ends_its_block(served):
    with served.create_upload("a", attributes={"content-type": "text/x"}, tags={"k": "v"}) as upload:
        upload.part(1, b"text")
        assert upload.commit().size == 4
    with served.create_upload("b") as upload:
        upload.part(1, b"text")
        upload.abort()
    with served.create_upload("c") as upload:
        upload.part(1, b"text")
    assert [str(f.path) for f in served.list_files("")] == ["a", "c"]
    assert served.get_file_info("a").content_type == "text/x"
    with pytest.raises(remotestore.PreconditionFailed), served.create_upload("a", if_match="other") as upload:
        upload.part(1, b"new")
    assert served.read_bytes("a") == b"text" and list(served.list_uploads()) == []


def test_append(store, local, served):
    for where in (store, local):
        assert where.append("d/a", b"one").size == 3
        assert where.append("d/a", bytearray(b" two")).size == 7
        assert where.append("d/a", b"").size == 7
        assert where.read_bytes("d/a") == b"one two"
        with pytest.raises(remotestore.InvalidPath):
            where.append("d", b"x")
        with pytest.raises(remotestore.InvalidPath):
            where.append("d/a/b", b"x")
        with pytest.raises(TypeError):
            where.append("d/a", "text")
    assert store.append("m", b"x", metadata={"K": "v"}).metadata == {"K": "v"}
    assert store.get_file_info("m").metadata == {"k": "v"}
    with pytest.raises(remotestore.CapabilityNotSupported) as caught:
        served.append("a", b"x")
    assert caught.value.capability == "append"


def test_read_ranges(store, local, served):
    for where in (store, local, served):
        where.write("a", b"0123456789")
        assert where.read_ranges("a", []) == []
        for coalesce in (0, 1 << 20):
            ranges = [(7, 2), (0, 3), (2, 3), (0, 3), (8, 100), (9, 1)]
            assert where.read_ranges("a", iter(ranges), coalesce=coalesce) == [
                b"78", b"012", b"234", b"012", b"89", b"9"]
        assert where.read_ranges("a", [(4, 2**62), (0, 1)]) == [b"456789", b"0"]
        with pytest.raises(remotestore.RangeNotSatisfiable):
            where.read_ranges("a", [(10, 2**62)])
        assert where.read_ranges("a", [(0, 5), (5, 5)], verify=True) == [b"01234", b"56789"]
        for bad in ((10, 1), (100, 5)):
            with pytest.raises(remotestore.RangeNotSatisfiable):
                where.read_ranges("a", [(0, 1), bad])
        for bad in ((0, 0), (-1, 5), (5, -1), (2**63, 1), (0, 2**63), (2**63 - 1, 1)):
            with pytest.raises(remotestore.InvalidArgument):
                where.read_ranges("a", [(0, 1), bad])
        with pytest.raises(remotestore.InvalidArgument):
            where.read_ranges("a", [(0, 1)], coalesce=-1)
        with pytest.raises(remotestore.NotFound):
            where.read_ranges("none", [(0, 1)])


@pytest.mark.parametrize("call", [
    lambda store: store.read_ranges("a", ["ab"]), lambda store: store.read_ranges("a", [(1, 2, 3)]),
    lambda store: store.read_ranges("a", [5]), lambda store: store.read_ranges("a", [(0.5, 1)]),
    lambda store: store.sign("a", expires_in=None), lambda store: store.sign("a", expires_in="60"),
    lambda store: store.sign("a", version_id=5), lambda store: store.abort_uploads(older_than=None),
    lambda store: store.write("a", b"", acl=5), lambda store: list(store.list_files("", prefix=b"p")),
])
def test_what_has_another_type_is_named(store, call):
    with pytest.raises(TypeError, match="must be (a|an|seconds or) .*, not "):
        call(store)


def test_read_many(store, local, served):
    for where in (store, local, served):
        texts = {f"d/{i}": b"%d" % i * i for i in range(40)}
        for path, text in texts.items():
            where.write(path, text)
        assert where.read_many(texts) == list(texts.values())
        assert where.read_many(iter(["d/1", RemotePath("d/2"), "/d//1/"])) == [b"1", b"22", b"1"]
        assert where.read_many([]) == where.get_file_infos([]) == []
        assert where.get_file_infos(texts) == [where.get_file_info(path) for path in texts]
        for many, op in ((where.read_many, "get"), (where.get_file_infos, "head")):
            first, missing, folder, last = many(["d/3", "none", RemotePath("d"), "d/3"], return_exceptions=True)
            assert first == last and not isinstance(first, Exception)
            assert isinstance(missing, remotestore.NotFound) and isinstance(folder, remotestore.InvalidPath)
            assert (missing.code, missing.path, missing.operation) == ("NOT_FOUND", "none", op)
            assert folder.path == "d" and folder.backend == where._name
            with pytest.raises(remotestore.InvalidPath) as caught:
                many(["d/3", "d", "none"])
            assert caught.value.path == "d"
            with pytest.raises(remotestore.InvalidPath) as caught:
                many(["d/3", "../d"], return_exceptions=True)
            assert caught.value.path == "../d"
            for one in ("ab", RemotePath("d")):
                with pytest.raises(TypeError):
                    many(one)
    store.write(RawPath("x\\y"), b"raw")
    store.write("x/y", b"normal")
    assert store.read_many([RawPath("x\\y"), "/x//y"]) == [b"raw", b"normal"]


def test_delete_many(store, local, served):
    for where in (store, local, served):
        for path in ("a", "b", "d/c"):
            where.write(path, b"x")
        assert where.delete_many([]) == {}
        assert where.delete_many(iter(["a", RemotePath("d/c"), "none", "a", "/b/"])) == {}
        assert list(where.list_files("", recursive=True)) == []
        where.write("a", b"x")
        for one in ("ab", RemotePath("a")):
            with pytest.raises(TypeError):
                where.delete_many(one)
        where.delete("a")
        with pytest.raises(remotestore.InvalidPath) as caught:
            where.delete_many(["a", "../b"])
        assert caught.value.path == "../b"
    store.write(RawPath("x\\y"), b"x")
    store.write("x/y", b"x")
    assert store.delete_many([RawPath("x\\y"), "/x//z"]) == {}
    assert [str(f.path) for f in store.list_files("", recursive=True)] == ["x/y"]


def test_delete_many_says_what_stays(local, tmp_path, served):
    local.write("d/a", b"x")
    local.write("b", b"x")
    failed = local.delete_many([".remotestore-tmp-x", "b"])
    (error,) = failed.values()
    assert list(failed) == [".remotestore-tmp-x"] and isinstance(error, remotestore.InvalidPath)
    assert (error.code, error.path, error.backend) == ("INVALID_PATH", ".remotestore-tmp-x", "local")
    assert not local.exists("b")
    for i in range(1200):
        served.write(f"d/{i}", b"")
    assert served.delete_many(f"d/{i}" for i in range(1200)) == {}
    assert list(served.list_files("d")) == []


def fetch(url, method, data=None):
    request = urllib.request.Request(url, data=data, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return answer.read(), answer.headers


def test_sign(served, store):
    served.write("d/ü+ %", b"text")
    assert fetch(served.sign("d/ü+ %"), "GET")[0] == b"text"
    assert fetch(served.sign("d/ü+ %", "HEAD"), "HEAD")[1]["content-length"] == "4"
    fetch(served.sign("new", "PUT", expires_in=datetime.timedelta(days=7)), "PUT", b"put")
    assert served.read_bytes("new") == b"put"
    _, headers = fetch(served.sign("new", attributes={"content-type": "text/x", "cache-control": "no-store"}), "GET")
    assert (headers["content-type"], headers["cache-control"]) == ("text/x", "no-store")
    fetch(served.sign("new", "DELETE"), "DELETE")
    assert not served.exists("new")
    for url, method in ((served.sign("d/ü+ %"), "DELETE"), (served.sign("other"), "PUT"), (served.sign("d/ü+ %") + "0", "GET")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(url, method, b"x" if method == "PUT" else None)
        assert refused.value.code == 403
    assert served.read_bytes("d/ü+ %") == b"text"
    for options in ({"method": "get"}, {"expires_in": 0}, {"expires_in": 0.5}, {"expires_in": -1}, {"expires_in": 604801},
                    {"expires_in": datetime.timedelta(days=8)}, {"expires_in": 1e300},
                    {"attributes": {"storage-class": "GLACIER"}}, {"version_id": "a\nb"}):
        with pytest.raises(remotestore.InvalidArgument):
            served.sign("a", **options)
    with pytest.raises(remotestore.CapabilityNotSupported):
        store.sign("a")


def test_a_put_has_to_have_what_is_signed(served):
    url = served.sign("a", "PUT", attributes={"content-type": "text/x"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(url, "PUT", b"x")
    assert refused.value.code == 403
    request = urllib.request.Request(url, data=b"x", method="PUT", headers={"Content-Type": "text/x"})
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()
    assert served.get_file_info("a").content_type == "text/x"


def test_an_url_that_has_expired(served):
    served.write("a", b"x")
    url = served.sign("a", expires_in=1)
    threading.Event().wait(2.1)
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(url, "GET")
    assert refused.value.code == 403


def test_acls(store, served, s3_servers):
    for where in (store, served):  # versitygw has none
        with pytest.raises(remotestore.CapabilityNotSupported) as caught:
            where.set_acl("a", "public-read")
        assert caught.value.capability == "acl"
    for acl in ("", "everybody"):
        with pytest.raises(remotestore.InvalidArgument):
            served.set_acl("a", acl)
    with remotestore.Store.from_url(f"{s3_servers('moto')['REMOTESTORE_TEST_S3_URL']}/{secrets.token_hex(8)}") as moto:
        moto.write("a", b"x")
        moto.set_acl("a", "public-read")
        with pytest.raises(remotestore.NotFound):
            moto.set_acl("none", "public-read")


def test_old_uploads_are_aborted(served, store):
    left = [served.create_upload(path) for path in ("d/a", "d/b/c", "e")]
    assert served.abort_uploads(older_than=datetime.timedelta(hours=1)) == 0
    assert served.abort_uploads("d", older_than=datetime.timedelta(0)) == 2
    assert [str(u.path) for u in served.list_uploads()] == ["e"]
    assert served.abort_uploads(older_than=datetime.timedelta(0)) == 1
    with pytest.raises(remotestore.InvalidArgument):
        served.abort_uploads(older_than=datetime.timedelta(-1))
    with pytest.raises(remotestore.CapabilityNotSupported):
        store.abort_uploads(older_than=datetime.timedelta(0))
    for upload in left:
        upload.close()


def test_listings_begin_and_end_where_they_should(store, local, served):
    for where in (store, local, served):
        for path in ("a1", "a2/x", "b", "c"):
            where.write(path, b"")

        def paths(**options):
            return [str(f.path) for f in where.list_files("", recursive=True, **options)]

        assert paths(prefix="a") == ["a1", "a2/x"]
        assert paths(prefix="a2/") == ["a2/x"]
        assert paths(start_after="a2/x") == paths(start_after=RemotePath("az")) == ["b", "c"]
        assert paths(limit=2) == ["a1", "a2/x"]
        assert paths(limit=1, start_after="a1") == ["a2/x"]
        assert paths(limit=0) == []
        assert paths(limit=100) == ["a1", "a2/x", "b", "c"]
        for bad in ({"limit": -1}, {"prefix": "\0"}, {"start_after": "a\0"}, {"prefix": "\ud800"}):
            with pytest.raises(ValueError):
                paths(**bad)


GO_ON = """
import sys
from remotestore import Store
from test_objects import listed
with Store.from_url(sys.argv[1]) as store:
    print(*listed(store, sys.argv[2], 2))
"""


def listed(store, token, limit):
    """The paths of a part of a listing, by calls that the binding does not offer, and the token behind it."""
    args = _abi.rstore_args(flags=_abi.RECURSIVE, limit=limit)
    _arguments.set_text(args, token=token)
    listing, found = store._listing(library.rstore_list_open, "", args), Text()
    paths = []
    while (entries := _operations.next_page(listing, _pages.files)) is not None:
        paths += [str(entry.path) for entry in entries]
    assert library.rstore_list_token(listing, ctypes.byref(found), ctypes.sizeof(found), None) == _abi.OK
    return [*paths, str(found)]


@pytest.mark.parametrize("target", ["local", "versitygw"])
def test_a_listing_goes_on_in_another_process(target, tmp_path, s3_servers):
    if target == "local":
        url = f"file://{tmp_path}"
    else:
        url = f"{s3_servers(target)['REMOTESTORE_TEST_S3_URL']}/{secrets.token_hex(8)}"
    with remotestore.Store.from_url(url) as store:
        expected = ["a", "b/c", "b/d", "e", "f/g"]
        for path in expected:
            store.write(path, b"")
        *found, token = listed(store, "", 1)
        for _ in range(3):
            ran = subprocess.run([sys.executable, "-c", GO_ON, url, token], capture_output=True, text=True, timeout=60,
                                 cwd=pathlib.Path(__file__).parent)
            assert ran.returncode == 0, ran.stderr
            *more, token = ran.stdout.split()
            found += more
        assert found == expected
