"""remotestore.pyfilesystem where the package fs is not installed; with it, see tests/pyfilesystem."""

import builtins
import errno
import io
import pickle
import sys

import pytest
import remotestore


@pytest.fixture
def module(monkeypatch):
    """The face, as it is without the package, installed or not."""
    def forget():
        for name in [name for name in sys.modules if name.startswith("remotestore.pyfilesystem")]:
            del sys.modules[name]

    forget()
    monkeypatch.setitem(sys.modules, "fs", None)
    import remotestore.pyfilesystem

    yield remotestore.pyfilesystem
    forget()


@pytest.fixture(params=["/", "|"])
def files(module, store, request):
    return module.StoreFS(store, separator=request.param)


def raised(call, *arguments, **named):
    with pytest.raises(OSError) as caught:
        call(*arguments, **named)
    return caught.value.errno


def test_a_class_of_its_own(module):
    assert [cls.__module__ for cls in module.S3FS.__mro__[1:]] == [
        "remotestore.pyfilesystem._store", "remotestore.pyfilesystem._plain", "builtins"]


def test_what_fs_needs_and_is_missing_is_told(module, monkeypatch):
    def load(name, *arguments, real=builtins.__import__):
        if name == "fs":
            raise ModuleNotFoundError("No module named 'pkg_resources'", name="pkg_resources")
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", load)
    monkeypatch.delitem(sys.modules, "remotestore.pyfilesystem._base")
    with pytest.raises(ModuleNotFoundError, match="pkg_resources"):
        import remotestore.pyfilesystem._base  # noqa: F401


def test_errors_are_pythons_own(files):
    files.writebytes("file", b"1")
    files.makedir("folder")
    files.writebytes("folder/file", b"2")
    for number, call in {
        errno.ENOENT: [(files.openbin, "nothing"), (files.remove, "nothing"), (files.removedir, "nothing"),
                       (files.writebytes, "nothing/a", b""), (files.getinfo, "nothing"), (files.listdir, "nothing"),
                       (files.copy, "nothing", "a"), (files.copy, "file", "nothing/a"), (files.makedir, "nothing/a"),
                       (files.setinfo, "nothing", {}), (files.openbin, "nothing", "r+")],
        errno.EEXIST: [(files.openbin, "file", "x"), (files.makedir, "file"), (files.makedir, "folder"),
                       (files.makedir, "/"), (files.copy, "file", "folder/file"), (files.rename, "file", "folder/file")],
        errno.EISDIR: [(files.openbin, "folder"), (files.openbin, "/"), (files.openbin, "folder", "a"),
                       (files.remove, "folder"), (files.copy, "folder", "a"), (files.writebytes, "folder", b"")],
        errno.ENOTDIR: [(files.listdir, "file"), (files.removedir, "file"), (files.makedir, "file/a"),
                        (files.makedir, "file", None, True), (files.writebytes, "file/a", b"")],
        errno.ENOTEMPTY: [(files.removedir, "folder")],
        errno.EBUSY: [(files.removedir, "/")],
        errno.ENOTSUP: [(files.geturl, "file"), (files.geturl, "file", "fs"), (files.getpathurl, "file")],
    }.items():
        for function, *arguments in call:
            assert raised(function, *arguments) == number, (function, arguments)
    with pytest.raises(remotestore.CapabilityNotSupported):
        files.makepublic("file")
    for path in ("..", "a/../..", "\0"):
        with pytest.raises(ValueError):
            files.exists(path)
    for mode in ("", "h", "rt+b", "rw", "rbb"):
        with pytest.raises(ValueError, match="mode is"):
            files.open("file", mode)
    with pytest.raises(ValueError, match="mode is"):
        files.openbin("file", "rt")
    with pytest.raises(TypeError):
        files.exists(b"file")
    with pytest.raises(TypeError):
        files.writebytes("file", "text")
    assert files.readbytes("file") == b"1"
    assert files.getpathurl("file", allow_none=True) is None


def test_listings_of_version_1(files):
    files.makedir("a/b", recursive=True)
    files.writebytes("a/1.txt", b"1")
    files.writebytes("a/2.py", b"2")
    files.writebytes("a/b/3", b"3")
    assert sorted(files.listdir()) == ["a"]
    assert sorted(files.listdir("a")) == ["1.txt", "2.py", "b"]
    assert files.listdir("a", wildcard="*.txt") == ["1.txt"]
    assert files.listdir("a", wildcard=lambda name: name == "b") == ["b"]
    assert files.listdir("a", dirs_only=True) == ["b"]
    assert sorted(files.listdir("a", files_only=True)) == ["1.txt", "2.py"]
    assert files.listdir("/a/b", full=True) == ["a/b/3"]
    assert files.listdir("a/b", absolute=True) == ["/a/b/3"]
    assert (files.listdir("", full=True), files.listdir("", absolute=True)) == (["a"], ["/a"])
    assert next(files.ilistdir("a/b")) == "3"
    with pytest.raises(ValueError, match="nothing to list"):
        files.ilistdir("a", dirs_only=True, files_only=True)


def test_what_is_described(files):
    files.makedir("a")
    files.writebytes("a/file", b"123")
    info = files.getinfo("a/file", ["details"])
    assert (info.name, info.is_dir, info.get("details", "size"), info.get("details", "type")) == ("file", False, 3, 2)
    (listed,) = files.scandir("a", ["details"])
    assert listed.raw == info.raw
    assert [files.getinfo(path).name for path in ("/", "a")] == ["", "a"]
    assert files.getinfo("a", ["details"]).raw["details"] == {"type": 1, "size": 0, "modified": None}
    assert "details" not in files.getinfo("a/file").raw
    assert files.getmeta()["case_insensitive"] is False and files.getmeta("other") == {}


def test_folders_of_version_1(files):
    assert files.makedir("a/b/c", recursive=True) is None
    assert files.isdir("a/b") and files.exists("a") and not files.isfile("a")
    files.makedir("a/b/c", allow_recreate=True)
    files.writebytes("a/b/c/file", b"")
    files.makedir("a/b/c/d")
    assert raised(files.removedir, "a/b/c", recursive=True) == errno.ENOTEMPTY
    files.removedir("a/b/c", force=True)
    assert files.listdir("a/b") == []
    files.makedir("x/y/z", recursive=True)
    files.writebytes("x/file", b"")
    files.removedir("x/y/z", recursive=True)  # up to the first one that holds something
    assert files.listdir("x") == ["file"]
    files.removedir("a/b", recursive=True)
    assert files.listdir("/") == ["x"]
    files.removetree("/")
    assert files.listdir("/") == []


def test_copies_and_moves_go_into_a_folder(files):
    files.makedir("folder")
    files.makedir("other")
    files.writebytes("file", b"1")
    files.copy("file", "folder")
    assert files.readbytes("folder/file") == b"1"
    assert raised(files.move, "file", "folder") == errno.EEXIST
    files.writebytes("file", b"2")
    files.move("file", "folder", overwrite=True)
    assert files.readbytes("folder/file") == b"2" and not files.exists("file")
    files.rename("folder/file", "/")
    assert files.readbytes("file") == b"2"
    files.makedir("other/file")
    assert raised(files.copy, "file", "other") == errno.EISDIR


@pytest.mark.parametrize("mode, left, position", [
    ("r+", b"XYc", 0), ("w+", b"XY", 0), ("a+", b"abcXY", 3), ("x+", b"XY", 0)])
def test_what_is_open_for_writing(files, mode, left, position):
    path = "new" if mode == "x+" else "file"
    files.writebytes("file", b"abc")
    with files.open(path, mode[0] + "b+") as file:
        assert (file.name, file.mode) == (path, mode[0] + "+b")
        assert (file.readable(), file.writable(), file.seekable(), file.tell()) == (True, True, True, position)
        assert files.readbytes(path) == (b"abc" if mode[0] in "ra" else b"")
        assert file.write(b"XY") == 2
        assert files.readbytes(path) == (b"abc" if mode[0] in "ra" else b"")
        file.flush()
        assert files.readbytes(path) == left
        assert file.tell() == position + 2
        assert file.seek(0) == 0 and file.read() == left
        assert file.truncate(1) == 1
    assert files.readbytes(path) == left[:1]
    for call in (file.read, file.flush, file.tell, lambda: file.write(b"")):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_what_is_not_changed_is_not_uploaded(files, store, monkeypatch):
    files.writebytes("file", b"abc\ndef")
    monkeypatch.setattr(type(store), "write", None)
    with files.open("file", "r+b") as file:
        assert (file.readline(), file.read1(2), list(file)) == (b"abc\n", b"de", [b"f"])
    with files.open("file", "a") as file:
        assert file.tell() == 7


def test_an_upload_that_fails_is_told_once(files, store, monkeypatch):
    file = files.open("file", "wb")
    file.write(b"1")
    tried = []

    def write(*arguments, **named):
        tried.append(arguments)
        raise remotestore.BackendUnavailable("gone")

    monkeypatch.setattr(type(store), "write", write)
    with pytest.raises(remotestore.BackendUnavailable):
        file.close()
    assert file.closed and len(tried) == 1
    file.close()


@pytest.mark.parametrize("mode, text", [("r+b", b"new"), ("r+", "new"), ("ab", b"new"), ("a", "new"), ("w", "new"), ("wb", b"new")])
def test_an_exception_in_a_block_uploads_nothing(files, mode, text):
    files.writebytes("a", b"before")
    with pytest.raises(KeyError):
        with files.open("a", mode) as file:
            file.write(text)
            raise KeyError
    assert file.closed and files.readbytes("a") == (b"" if "w" in mode else b"before")
    with pytest.raises(KeyError):
        with files.open("a", mode) as file:
            file.write(text)
            file.flush()
            file.write(text)
            raise KeyError
    assert files.readbytes("a").count(b"new") == 1


def test_readinto(files):
    files.writebytes("a", b"before")
    buffer = bytearray(4)
    with files.open("a", "r+b") as file:
        assert (file.readinto(buffer), buffer, file.tell()) == (4, b"befo", 4)
    with files.open("a", "ab") as file, pytest.raises(io.UnsupportedOperation):
        file.readinto(buffer)


def test_reading_needs_no_copy(files, store):
    files.writebytes("file", b"abc")
    with files.open("file", "rb") as file:
        assert isinstance(file, io.BufferedReader) and isinstance(file.raw, remotestore.Reader)
        assert (file.mode, file.raw.name, file.seek(1), file.read()) == ("rb", "file", 1, b"bc")


def test_text(files):
    with files.open("file", "w", encoding="latin-1") as file:
        file.write("é\n")
    assert files.readbytes("file") == b"\xe9\n"
    with files.open("file", "w", line_buffering=True) as file:
        file.write("é\n")
        assert files.readbytes("file") == b"\xc3\xa9\n"
    with files.open("file", "r+t") as file:
        assert file.read() == "é\n"
        file.write("more")
    with files.open("file") as file:
        assert (list(file), file.encoding) == (["é\n", "more"], "utf-8")
    with pytest.raises(LookupError):
        files.open("file", encoding="nothing")


def test_whole_files(files):
    files.upload("file", io.BytesIO(b"abc"), chunk_size=1)
    target = io.BytesIO()
    files.download("file", target, chunk_size=1)
    assert target.getvalue() == b"abc"


def test_a_closed_one(files, store):
    with files:
        files.writebytes("file", b"1")
        assert not files.isclosed()
    assert files.isclosed()
    with pytest.raises(ValueError, match="closed"):
        files.exists("file")
    assert store.exists("file")  # which is not the file system's


def test_a_prefix_is_a_folder(module, store):
    with module.StoreFS(store, "/in/here/") as files:
        files.writebytes("file", b"1")
        assert files.listdir("/") == ["file"]
    assert store.read_bytes("in/here/file") == b"1"


def test_separators_make_the_keys(module, store):
    files = module.StoreFS(store, "in|here", separator="|")
    files.makedir("a")
    files.writebytes("a/b", b"1")
    files.makedir("a/c")
    store.write("in|here|a|x/y", b"")  # a name that no path can have
    store.write("in|hereafter", b"")
    assert sorted(str(info.path) for info in store.list_files("", recursive=True)) == [
        "in|hereafter", "in|here|a|", "in|here|a|b", "in|here|a|c|", "in|here|a|x/y"]
    assert files.listdir("/") == ["a"] and files.listdir("a") == ["b", "c"]
    with pytest.raises(ValueError, match="separator"):
        module.StoreFS(store, separator="")


def test_a_backslash_is_part_of_a_name(module, store):
    files = module.StoreFS(store)
    files.writebytes("a\\b", b"1")
    assert (files.listdir("/"), files.exists("a"), files.readbytes("a\\b")) == (["a\\b"], False, b"1")


@pytest.mark.parametrize("names", [
    {"aws_access_key": "id", "aws_secret_key": "S3CR3T"},
    {"aws_access_key_id": "id", "aws_secret_access_key": "S3CR3T", "aws_session_token": "S3CR3T"},
])
def test_s3fs_takes_keys_by_both_names(module, names):
    files = module.S3FS("bucket", "in/here", endpoint_url="http://127.0.0.1:1", region="r", addressing_style="path", **names)
    assert repr(files) == "S3FS('bucket', 'in/here')"
    url = files.getpathurl("a b", expires=60)
    assert url.startswith("http://127.0.0.1:1/bucket/in/here/a%20b?") and "Expires=60" in url and "id%2F" in url
    assert ("Security-Token" in url) == ("aws_session_token" in names)
    assert "S3CR3T" not in repr(vars(files))
    assert "Expires=3600" in files.geturl("a")
    assert raised(files.geturl, "a", "fs") == errno.ENOTSUP
    again = pickle.loads(pickle.dumps(files))
    assert again.getpathurl("a b", expires=60).startswith("http://127.0.0.1:1/bucket/in/here/a%20b?")
    with files, again:
        pass
    with pytest.raises(ValueError, match="closed"):
        files.geturl("a")


def test_s3fs_names_what_cannot_be_right(module):
    with pytest.raises(remotestore.InvalidOption, match="is_secure"):
        module.S3FS("bucket", is_secure=True)
    with pytest.raises(remotestore.InvalidOption):
        module.S3FS("bucket", aws_access_key="a", aws_secret_key="s", aws_access_key_id="b")


@pytest.mark.parametrize("synchronize", [True, False])
def test_one_thread_at_a_time(module, s3, synchronize):
    import threading

    files = module.S3FS("bucket", thread_synchronize=synchronize, endpoint_url="http://127.0.0.1:1", region="r",
                        aws_access_key="id", aws_secret_key="s", max_attempts=1)
    answers = []
    with files, files._lock:
        def make():
            with pytest.raises(ConnectionError):
                files.makedir("a")
            answers.append(1)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join(0.5 if synchronize else 30)
        assert len(answers) == (0 if synchronize else 1)
        if not synchronize:
            return
        files._lock.release()
        thread.join(30)
        files._lock.acquire()
        assert len(answers) == 1
