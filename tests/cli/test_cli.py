"""`python -m remotestore`, as people and scripts call it, on folders and on an S3 server."""

import contextlib
import json
import os
import subprocess
import sys
import urllib.request

import pytest
import remotestore

CLI = [sys.executable, "-m", "remotestore"]


def run(*arguments, code=0, input=None, cwd=None, **environment):
    done = subprocess.run([*CLI, *map(str, arguments)], input=input, capture_output=True, cwd=cwd,
                          env={**os.environ, **environment})
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode() if not code else done.stderr.decode()


def records(*arguments, **options):
    return [json.loads(line) for line in run(*arguments, "--json", **options).splitlines()]


@pytest.fixture(params=["file", "s3"])
def place(request, tmp_path, s3_servers):
    """The URL of a new folder."""
    if request.param == "file":
        return f"file://{tmp_path}/place"
    return s3_servers("versitygw")["REMOTESTORE_TEST_S3_URL"].rstrip("/") + f"/cli-{tmp_path.name}"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "here" / "d").mkdir(parents=True)
    (tmp_path / "here" / "a").write_bytes(b"hello")
    (tmp_path / "here" / "d" / "b").write_bytes(b"b" * 100)
    return tmp_path / "here"


def names(url):
    return sorted(record["path"].rpartition("/")[2] for record in records("ls", "-r", url))


def test_there_and_back(place, folder, tmp_path):
    assert [sorted(r) for r in records("cp", "-r", folder, place)] == [["from", "to"]] * 2
    assert names(place) == ["a", "b"]
    listed = run("ls", place).splitlines()
    assert len(listed) == 2 and listed[0].split()[:2] == ["5", "B"] and listed[1].endswith("/d/")
    assert run("cat", f"{place}/a", f"{place}/**/b") == "hello" + "b" * 100
    run("cp", "-r", f"{place}/d", tmp_path / "back")
    assert (tmp_path / "back" / "b").read_bytes() == b"b" * 100
    run("cp", f"{place}/*", f"{tmp_path}/back/")
    assert sorted(os.listdir(tmp_path / "back")) == ["a", "b"]


def test_inside_one_place(place, folder):
    run("cp", folder / "a", folder / "d" / "b", place + "/")
    run("cp", f"{place}/a", f"{place}/n/c")
    run("mv", f"{place}/b", f"{place}/n/")
    assert names(place) == ["a", "b", "c"]
    (a,) = records("stat", f"{place}/a")
    assert a["size"] == 5 and a["etag"] and a["modified_at"].endswith("+00:00")
    assert "size: 5" in run("stat", f"{place}/a").splitlines()
    run("rm", f"{place}/a")
    (gone,) = records("rm", "-r", f"{place}/n")
    assert gone["deleted"].endswith("/n")
    assert names(place) == []


def test_from_one_place_to_another(place, folder, tmp_path):
    run("mv", folder / "a", f"{place}/a")
    assert not (folder / "a").exists()
    run("cp", "-", f"{place}/in", input=b"piped")
    assert run("cat", f"{place}/in") == "piped"
    run("mv", f"{place}/in", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"piped"
    assert names(place) == ["a"]


def test_what_goes_wrong_has_a_code(place, folder):
    run("cp", folder / "a", f"{place}/a")
    for code, arguments in (
        (4, ["cp", folder / "a", f"{place}/a"]),
        (4, ["cp", f"{place}/a", folder / "d" / "b"]),
        (3, ["cat", f"{place}/none"]),
        (3, ["cat", f"{place}/none*"]),
        (3, ["rm", f"{place}/none"]),
        (3, ["cp", folder / "none", f"{place}/b"]),
        (2, ["cp", folder / "a"]),
        (2, ["ls"]),
        (2, ["ls", place, "-o", "region"]),
        (2, ["rm", "-r", "/"]),
        (2, ["rm", "-r", "s3://bucket/"]),
        (2, ["ls", "s3://bucket/", "-o", "nothing=1"]),
        (2, ["ls", "other://bucket/"]),
        (6, ["ls", "s3://bucket/", "-o", "endpoint=http://127.0.0.1:1", "-o", "max_attempts=1"]),
    ):
        said = run(*arguments, code=code)
        assert "Traceback" not in said and said.startswith(("remotestore ", "usage: ")), said
    run("cp", "-f", folder / "d" / "b", f"{place}/a")
    assert run("cat", f"{place}/a") == "b" * 100


def test_a_name_with_a_wildcard_means_itself(folder):
    (folder / "x[1]").write_bytes(b"this")
    (folder / "x1").write_bytes(b"not this")
    run("rm", folder / "x[1]")
    assert sorted(os.listdir(folder)) == ["a", "d", "x1"]


def test_paths_are_where_the_shell_is(folder):
    assert run("cat", "a", cwd=folder) == "hello"
    assert run("ls", ".", cwd=folder).split()[-1] == f"{folder}/d/"


def test_s3_only(tmp_path, s3_servers):
    place = s3_servers("versitygw")["REMOTESTORE_TEST_S3_URL"].rstrip("/") + f"/cli-{tmp_path.name}"
    run("cp", "-", f"{place}/a", input=b"hello")
    with urllib.request.urlopen(run("sign", f"{place}/a", "--expires", "60").strip()) as answer:
        assert answer.read() == b"hello"
    with remotestore.Store.from_url(place) as store, contextlib.closing(store.create_upload("left")):
        (found,) = records("uploads", place)
        assert found["path"].endswith("/left") and found["upload_id"] in run("uploads", place)
        assert records("uploads", place, "--abort", "1") == [{"aborted": 0}]
        assert records("uploads", place, "--abort", "0.000001") == [{"aborted": 1}]
        assert run("uploads", place) == ""


def test_what_has_an_odd_key_is_meant_itself(s3_servers, tmp_path):
    place = s3_servers("moto")["REMOTESTORE_TEST_S3_URL"].rstrip("/") + f"/cli-{tmp_path.name}"
    with remotestore.Store.from_url(place) as store:
        store.write(remotestore.RawPath("d//a"), b"odd")
        store.write("d/a", b"usual")
        run("cp", "-r", f"{place}/d", tmp_path / "back", code=4)  # both have one name there
        assert run("cat", f"{place}/d/a") == "usual"
        run("rm", f"{place}/d/a")
        run("cp", "-r", f"{place}/d", tmp_path / "again")
        assert (tmp_path / "again" / "a").read_bytes() == b"odd"
        run("rm", f"{place}/d/**")
        assert not list(store.list_files("", recursive=True))


def test_probe(s3_servers):
    place = s3_servers("versitygw")["REMOTESTORE_TEST_S3_URL"]
    (report,) = records("probe", place)
    assert report["requests"] > 50 and {f["outcome"] for f in report["findings"]} >= {"honoured"}
    assert "put_if_none_match" in run("probe", place)


def test_a_pipe_that_ends(folder):
    for n in range(200):
        (folder / f"{n:0100}").write_bytes(b"")
    done = subprocess.run(f"{' '.join(CLI)} ls {folder} | head -1", shell=True, capture_output=True, text=True)
    assert done.stdout and not done.stderr


def test_a_bar_is_for_people(folder, tmp_path):
    import pty

    ours, theirs = pty.openpty()
    subprocess.run([*CLI, "cp", str(folder / "a"), "memory://x/a"], stderr=theirs, check=True)
    os.close(theirs)
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "a: " in said and "5" in said
    assert run("--version").count(".") == 2 and "s3://BUCKET/KEY" in run("cp", "--help")
