"""The header, the exported symbols, the golden list and the ctypes table say the same."""

import ctypes
import importlib.util
import os
import pathlib
import re
import subprocess

import pytest
from remotestore import _abi

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIBRARY = os.environ["REMOTESTORE_LIBRARY"]
GOLDEN = (ROOT / "tests" / "abi" / "golden.txt").read_text().splitlines()


@pytest.fixture
def generate():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "capi" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines(kind):
    return [line.split(" ", 1)[1] for line in GOLDEN if line.startswith(kind + " ")]


def functions():
    return {re.search(r"(\w+)\(", line).group(1) for line in lines("function")}


def run(*command, **kwargs):
    return subprocess.run(command, check=True, capture_output=True, text=True, **kwargs).stdout


def test_generated_files_are_what_the_header_says(generate, monkeypatch):
    monkeypatch.setattr("sys.argv", ["generate.py", "--check"])
    generate.main()


@pytest.mark.parametrize(
    "old, new",
    [
        ("int32_t rstore_close(rstore_handle handle);", "int32_t rstore_close(int32_t handle);"),
        ("uint64_t goroutines;", "uint32_t goroutines;"),
        ("#define RSTORE_BUSY 23", "#define RSTORE_BUSY 28"),
    ],
)
def test_the_check_sees_a_changed_header(generate, monkeypatch, tmp_path, old, new):
    text = generate.HEADER.read_text()
    assert old in text
    changed = tmp_path / "libremotestore.h"
    changed.write_text(text.replace(old, new))
    monkeypatch.setattr(generate, "HEADER", changed)
    monkeypatch.setattr("sys.argv", ["generate.py", "--check"])
    with pytest.raises(SystemExit, match="not what the header says"):
        generate.main()


def test_exactly_the_functions_are_exported():
    exported = {}
    for line in run("nm", "-D", "--defined-only", LIBRARY).splitlines():
        kind, name = line.split()[-2:]
        exported[name.partition("@")[0]] = kind
    assert exported.pop("LIBREMOTESTORE_1") == "A"  # the version itself
    assert set(exported) == functions()
    assert set(exported.values()) == {"T"}, "data and weak symbols are no part of the ABI"


def test_soname():
    assert "[libremotestore.so.1]" in run("readelf", "-d", LIBRARY)


def test_a_c_compiler_lays_the_records_out_as_the_golden_list_and_ctypes_do(tmp_path):
    fields = [line.split() for line in lines("field")]
    records = [line.split() for line in lines("record")]
    in_c = {r: r if r.startswith("rstore_") else f"struct {r}" for r, _ in records}
    prints = [f'printf("%zu\\n", offsetof({in_c[r]}, {f}));' for r, f, *_ in fields]
    prints += [f'printf("%zu\\n", sizeof({in_c[r]}));' for r, _ in records]
    source = tmp_path / "layout.c"
    source.write_text(
        '#include <stdio.h>\n#include "libremotestore.h"\nint main(void) {' + "\n".join(prints) + "return 0; }"
    )
    program = tmp_path / "layout"
    run("cc", "-I", str(ROOT / "include"), "-o", str(program), str(source))
    by_compiler = [int(n) for n in run(str(program)).split()]
    by_golden = [int(f[2]) for f in fields] + [int(size) for _, size in records]
    by_ctypes = [getattr(getattr(_abi, r), f).offset for r, f, *_ in fields]
    by_ctypes += [ctypes.sizeof(getattr(_abi, r)) for r, _ in records]
    assert by_compiler == by_golden == by_ctypes


def test_the_ctypes_table_has_every_function():
    assert set(_abi.FUNCTIONS) == functions()


def test_every_go_export_recovers_from_panics(generate):
    found = set()
    for file in (ROOT / "capi").glob("*.go"):
        for name, body in re.findall(r"^//export go_(\w+)\nfunc .*?\{\n(.*?)^\}", file.read_text(), re.M | re.S):
            assert body.startswith("\treturn call("), f"{name} must do everything inside call()"
            found.add(name)
    assert found == functions() - generate.PURE_C


def test_one_version_everywhere():
    versions = {
        _abi.VERSION,
        re.search(r'^const Version = "(.*)"', (ROOT / "core/store.go").read_text(), re.M).group(1),
        re.search(r'^version = "(.*)"', (ROOT / "bindings/python/pyproject.toml").read_text(), re.M).group(1),
    }
    assert len(versions) == 1


def test_the_status_codes_are_those_of_core():
    names = re.search(r"var Names = .*?\{(.*?)\}", (ROOT / "core/errs/errs.go").read_text(), re.S).group(1)
    in_core = re.findall(r'"(\w+)"', names)
    assert [*in_core, "PENDING"] == list(_abi.STATUS_NAMES.values()), "only the C interface has calls that are pending"
