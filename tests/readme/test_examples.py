"""The C examples of event loops compile against an installed library, and run on
memory, where no call waits, on a folder, and on an S3 server."""

import subprocess
import sys

import pytest

from test_readme import ROOT, installed, run  # noqa: F401: a fixture

sys.path.insert(0, str(ROOT / "tests"))
import tools  # noqa: E402

EXAMPLES = ROOT / "bindings" / "c" / "examples"
SERVE = ROOT / "tests" / "servers" / "serve.py"


@pytest.fixture(params=["epoll", "libuv"])
def program(request, installed, tmp_path):  # noqa: F811
    built = tmp_path / request.param
    flags = [f"-I{installed}/include", f"-L{installed}/lib", "-lremotestore", f"-Wl,-rpath,{installed}/lib"]
    if request.param == "libuv":
        flags += tools.libuv().split()
    run("cc", "-std=c99", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", str(built),
        str(EXAMPLES / f"{request.param}.c"), *flags)
    return str(built)


CONTENT = sum(len(f"object {i}") for i in range(100))


@pytest.mark.parametrize("place", ["memory", "local", "s3"])
def test_a_loop_of_events(program, place, tmp_path):
    url = {"memory": "memory://", "local": f"file://{tmp_path}/store", "s3": "$REMOTESTORE_TEST_S3_URL"}[place]
    beside = [sys.executable, str(SERVE), "versitygw", "--"] if place == "s3" else []
    said = run(*beside, "sh", "-c", f'exec "{program}" "{url}"')
    assert said == f"100 objects with {CONTENT} bytes, 0 failed\n"


def test_what_fails_is_explained(program, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "libremotestore-demo").write_text("in the way")
    ended = subprocess.run([program, f"file://{tmp_path}/store"], capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stdout == "100 objects with 0 bytes, 100 failed\n"
    assert len(ended.stderr.splitlines()) == 100 and "put libremotestore-demo/" in ended.stderr
