"""The annotations: type checkers find nothing in a user's programs, which run, and all of the API is typed."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest
import remotestore.fsspec

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
SOURCE = HERE.parent / "src" / "remotestore"
PROGRAMS = sorted(HERE.glob("typed_*.py"))
sys.path.insert(0, str(ROOT / "tests"))
import tools  # noqa: E402

# What is made of classes that have no types themselves: those of fsspec and of pyarrow.
UNTYPED = {f"remotestore.fsspec.{name}" for name in remotestore.fsspec.__all__ if name != "register"}
UNTYPED.add("remotestore.ext.arrow.StoreFileSystemHandler")


def pyright(*arguments):
    """What it found, of what this interpreter imports."""
    done = subprocess.run([str(tools.pyright()), "--outputjson", "--pythonpath", sys.executable, *arguments],
                          capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_mypy_finds_nothing(tmp_path, version):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-version", version, "--cache-dir", str(tmp_path),
         "--no-error-summary", str(SOURCE), *map(str, PROGRAMS)], capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_pyright_finds_nothing(tmp_path, version):
    for program in PROGRAMS:
        shutil.copy(program, tmp_path)
    (tmp_path / "wrong.py").write_text("import remotestore\nnumber: int = remotestore.Store.read_bytes\n")
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    report = pyright("--project", str(tmp_path), "--pythonversion", version)
    assert report["summary"]["filesAnalyzed"] == len(PROGRAMS) + 1
    found = [(pathlib.Path(each["file"]).name, each.get("rule"), each["message"]) for each in report["generalDiagnostics"]]
    assert [each[:2] for each in found] == [("wrong.py", "reportAssignmentType")], found


def test_the_api_has_types():
    found = pyright("--verifytypes", "remotestore", "--ignoreexternal")["typeCompleteness"]
    counts = found["exportedSymbolCounts"]
    print(f"{found['completenessScore']:.1%} of {sum(counts.values())} names are typed")
    assert counts["withAmbiguousType"] == 0 and counts["withKnownType"] > 300
    unknown = {each["name"] for each in found["symbols"] if each["isExported"] and not each["isTypeKnown"]}
    assert unknown == UNTYPED


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_the_program_runs(run, program):
    assert run(program.read_text(), "-X", "dev", "-W", "error") == ("done\n", "")
