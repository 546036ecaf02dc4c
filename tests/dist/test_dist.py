"""The wheel that `make dist` made, installed into an empty environment, and what it was built from."""

import os
import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DIST = ROOT / "build" / "dist"
VERSION = re.search(r'^version = "(.*)"', (ROOT / "bindings" / "python" / "pyproject.toml").read_text(), re.M).group(1)
BARE = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "REMOTESTORE", "LD_"))}


@pytest.fixture(scope="module")
def wheel():
    (found,) = DIST.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """An interpreter that has nothing but the wheel."""
    folder = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, env=BARE)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", wheel],
                   check=True, env=BARE)
    return folder / "bin" / "python"


def run(python, program, folder):
    return subprocess.run([python, "-c", program], env=BARE, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_the_name_tells_the_oldest_system(wheel):
    assert re.fullmatch(rf"remotestore-{re.escape(VERSION)}-py3-none-manylinux_2_\d+_\w+\.whl", wheel.name)


def test_the_wheel_has_the_package_and_one_library(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    package = [name for name in names if not name.startswith(f"remotestore-{VERSION}.dist-info/") and name[-1] != "/"]
    source = ROOT / "bindings" / "python" / "src"
    modules = [str(path.relative_to(source)) for path in source.rglob("*.py")]
    assert sorted(package) == sorted([*modules, "remotestore/py.typed", "remotestore/libremotestore.so"])


def test_the_source_has_what_it_is_built_from(wheel):
    (archive,) = DIST.glob("*.tar.gz")
    inside = {name.partition("/")[2] for name in tarfile.open(archive).getnames()}
    assert {"native/build.sh", "native/go.mod", "native/include/libremotestore.h", "native/capi/main.go"} <= inside
    assert not [name for name in inside if name.endswith(("_test.go", ".so"))]


def test_the_readme_in_an_empty_environment(python, tmp_path):
    text = (ROOT / "bindings" / "python" / "README.md").read_text()
    text, others = re.subn(r"^## fsspec.*?(?=^## )", "", text, flags=re.M | re.S)  # which is another package
    assert others == 1
    (tmp_path / "README.md").write_text(text)
    said = run(python, "import doctest; print(doctest.testfile('README.md', module_relative=False, "
               "optionflags=doctest.ELLIPSIS))", tmp_path)
    failed, attempted = map(int, re.findall(r"\d+", said))
    assert not failed and attempted > 20, said


def test_it_needs_nothing_else(python, tmp_path):
    said = run(python, "import sys, remotestore; remotestore.Store.from_url('memory://').write('a', b'b')\n"
               "print({m.partition('.')[0] for m in sys.modules} - set(sys.stdlib_module_names))", tmp_path)
    assert set(eval(said)) <= {"remotestore", "__main__", "_distutils_hack", "sitecustomize"}
