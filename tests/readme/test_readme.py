"""The programs in README.md, and the example for C beside them, compile, run, and print what they should."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request

import pytest
import remotestore

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()
HEADER = (ROOT / "include" / "libremotestore.h").read_text()
SERIES = re.search(r'RSTORE_VERSION "(\d+\.\d+)', HEADER).group(1)


def block(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)
    return found


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(["make", "-s", "install", f"PREFIX={prefix}"], cwd=ROOT, check=True)
    return prefix


def run(*command, **environment):
    return subprocess.run(
        command, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def test_the_c_program(installed, tmp_path):
    source, program = tmp_path / "example.c", tmp_path / "example"
    source.write_text(block("c"))
    where = {"PKG_CONFIG_PATH": str(installed / "lib" / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "libremotestore", **where).split()
    run("cc", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source), *flags)
    assert run(str(program), LD_LIBRARY_PATH=str(installed / "lib")) == block("text")


@pytest.fixture(scope="session")
def manifest(installed, tmp_path_factory):
    """Runs the example, and returns its lines, of which those set in belong to the one before."""
    program = tmp_path_factory.mktemp("program") / "manifest"
    where = {"PKG_CONFIG_PATH": str(installed / "lib" / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "libremotestore", **where).split()
    run("cc", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-o", str(program),
        str(ROOT / "bindings" / "c" / "examples" / "manifest.c"), *flags)

    def lines(*arguments):
        said = run(str(program), *arguments, LD_LIBRARY_PATH=str(installed / "lib"))
        return [line.strip() for line in said.replace("\n    ", " ").splitlines()]

    return lines


RANGES = "three ranges: OK from 0: abc from 10: klmn from 26: ."
REFUSED = "OK", "OK", "OK", "ALREADY_EXISTS"


def outcomes(lines):
    return [line.split(": ")[1] for line in lines]


def test_the_manifest(manifest):
    said = manifest("memory://")
    assert outcomes(said) == [*REFUSED, "OK", "OK", "OK", "PRECONDITION_FAILED", "OK from 0", "NOT_SUPPORTED", "OK"]
    assert said[8] == RANGES


def test_the_manifest_in_a_folder(manifest, tmp_path):
    said = manifest(f"file://{tmp_path}", "other", ".remotestore-tmp-x")
    assert outcomes(said)[:5] == [*REFUSED, "NOT_SUPPORTED"] and said[8] == RANGES
    assert said[-1].startswith("deletes: OK not .remotestore-tmp-x: INVALID_PATH: ") and "not other" not in said[-1]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_manifest_on_s3(manifest, s3_servers, tmp_path):
    place = s3_servers("versitygw")["REMOTESTORE_TEST_S3_URL"].rstrip("/") + f"/readme-{tmp_path.name}"
    said = manifest(place)
    assert outcomes(said)[:8] == [*REFUSED, "OK", "OK", "OK", "PRECONDITION_FAILED"] and said[8] == RANGES
    url = said[9].split("OK ")[1]
    with remotestore.Store.from_url(place) as store:
        assert list(store.list_files("", recursive=True)) == []
        store.write("libremotestore-demo/manifest", b"signed")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        assert answer.read() == b"signed"


PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(example LANGUAGES {languages})
find_package(libremotestore {version} REQUIRED)
add_executable(example example.{suffix})
target_link_libraries(example PRIVATE libremotestore::libremotestore)
"""


def configure(folder, prefix, language, version):
    """Runs cmake on a project of one of the README's programs."""
    languages, suffix = {"c": ("C", "c"), "cpp": ("CXX", "cpp")}[language]
    (folder / "CMakeLists.txt").write_text(PROJECT.format(languages=languages, suffix=suffix, version=version))
    (folder / f"example.{suffix}").write_text(block(language))
    return subprocess.run(
        ["cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_the_cmake_package(installed, tmp_path, language):
    moved = tmp_path / "moved"
    shutil.copytree(installed, moved, symlinks=True)
    done = configure(tmp_path, moved, language, SERIES)
    assert done.returncode == 0, done.stdout
    run("cmake", "--build", str(tmp_path / "build"))
    assert run(str(tmp_path / "build" / "example")) == block("text")
    assert f"`find_package(libremotestore {SERIES} REQUIRED)`" in README


@pytest.mark.parametrize("version", ["0.1", "0.99", "1.0", f"{SERIES}.99"])
def test_another_version_is_refused(installed, tmp_path, version):
    done = configure(tmp_path, installed, "cpp", version)
    assert done.returncode != 0
    assert "libremotestore" in done.stdout and "version" in done.stdout


def test_the_cpp_program(installed, tmp_path):
    source, program = tmp_path / "example.cpp", tmp_path / "example"
    source.write_text(block("cpp"))
    where = {"PKG_CONFIG_PATH": str(installed / "lib" / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "libremotestore", **where).split()
    run("c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source), *flags)
    assert run(str(program), LD_LIBRARY_PATH=str(installed / "lib")) == block("text")


def test_the_python_program():
    assert run(sys.executable, "-c", block("python")) == block("text")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A copy of all, with what is built, that may be written to."""
    folder = tmp_path_factory.mktemp("checkout") / "copy"
    shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(".git", "__pycache__"))
    return folder


@pytest.mark.parametrize("language", ["cpp", "node", "rust", "java"])
def test_the_commands_of_the_other_languages(checkout, tmp_path, language):
    text = (checkout / "bindings" / language / "README.md").read_text()
    commands = [line.strip() for line in re.findall(r"^    .*", text, re.M)]
    on_s3 = [line for line in commands if "s3://bucket/prefix" in line]
    assert len(on_s3) == 1 and on_s3[0].replace("s3://bucket/prefix", "memory://") in commands
    script = "\n".join(line for line in commands if line not in on_s3)
    where = {"PREFIX": str(tmp_path)}
    done = subprocess.run(
        ["sh", "-euc", script], cwd=checkout, env={**os.environ, **where}, stdout=subprocess.PIPE, text=True
    )
    assert done.returncode == 0 and done.stdout.endswith("closed  0 handles are open\n"), done.stdout


def test_they_are_short():
    assert len(block("c").splitlines()) <= 25
    assert len(block("cpp").splitlines()) <= 20
    assert len(block("python").splitlines()) <= 20


def test_no_row_is_there_twice():
    rows = re.findall(r"^\| (.+?) \|", README, re.M)
    assert len(rows) > 20 and len(set(rows)) == len(rows)
