"""The programs in C++, Node, Rust and Java print the same, on memory and on a server.

A toolchain that is missing is a failure.
"""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import tools  # noqa: E402

BINDINGS = ROOT / "bindings"
LIBRARY = pathlib.Path(os.environ["REMOTESTORE_LIBRARY"])
LANGUAGES = ["cpp", "node", "rust", "java"]

DONE = """\
put     demo/hello.txt, 12 bytes
get     hello, world
list    demo/hello.txt, 12 bytes
error   NOT_FOUND: get demo/missing.txt: no such object
        {evidence}
worker  hello, thread
closed  0 handles are open
"""
EVIDENCE = {
    "memory": r'memory, 0 requests, HTTP status 0, S3 code "", request id ""',
    "versitygw": r's3, 2 requests, HTTP status 404, S3 code "NoSuchKey", request id "\w+"',
}


def run(*command, cwd=None, **environment):
    done = subprocess.run(
        [str(c) for c in command], env={**os.environ, **environment}, cwd=cwd,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def build_cpp(folder):
    run("make", "-s", "install", f"PREFIX={folder}", cwd=ROOT)
    run("cmake", "-S", BINDINGS / "cpp", "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={folder}")
    run("cmake", "--build", folder / "build")
    return [folder / "build" / "demo"], {}


def build_node(folder):
    where = {"NODE_PATH": str(tools.node()), "REMOTESTORE_LIBRARY": str(LIBRARY)}
    return ["node", BINDINGS / "node" / "demo.js"], where


def build_rust(folder):
    where = {
        "REMOTESTORE_LIB_DIR": str(LIBRARY.parent), "CARGO_TARGET_DIR": str(folder), "RUSTFLAGS": "-D warnings",
    }  # fmt: skip
    run("cargo", "build", "--quiet", "--locked", "--offline", "--example", "demo", cwd=BINDINGS / "rust", **where)
    return [folder / "debug" / "examples" / "demo"], {}


def build_java(folder):
    jar = tools.jna()
    sources = sorted((BINDINGS / "java" / "src").rglob("*.java"))
    run("javac", "-Xlint:all", "-Werror", "-cp", jar, "-d", folder, *sources)
    properties = f"-Djna.library.path={LIBRARY.parent}", f"-Djna.tmpdir={folder}"
    return ["java", "-cp", f"{jar}:{folder}", *properties, "Demo"], {}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A function that builds the program of a language, once, and returns its command and variables."""
    built = {}

    def program(language):
        if language not in built:
            built[language] = globals()[f"build_{language}"](tmp_path_factory.mktemp(language))
        return built[language]

    return program


@pytest.mark.parametrize("target", EVIDENCE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_program(programs, s3_servers, language, target):
    url = "memory://" if target == "memory" else s3_servers(target)["REMOTESTORE_TEST_S3_URL"]
    command, where = programs(language)
    written = run(*command, url, **where)
    want = re.escape(DONE).replace(re.escape("{evidence}"), EVIDENCE[target])
    assert re.fullmatch(want, written), written


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_at_open_is_told(programs, language):
    command, where = programs(language)
    done = subprocess.run([*command, "nothing"], env={**os.environ, **where}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.startswith("error   INVALID_ARGUMENT: open"), done.stdout + done.stderr
