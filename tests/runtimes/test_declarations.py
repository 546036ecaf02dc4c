"""What Node, Rust and Java declare of the interface is what the header says."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GOLDEN = [line.split() for line in (ROOT / "tests" / "abi" / "golden.txt").read_text().splitlines()]
CONSTANTS = {line[1]: line[2] for line in GOLDEN if line[0] == "constant"}
RECORDS = ["rstore_evidence", "rstore_args", "rstore_object", "rstore_page", "rstore_stats_record"]

# Language: its file, what its records look like, and their fields in that.
DECLARATIONS = {
    "node": ("node/remotestore.js", r"koffi\.struct\('{record}', {{(.*?)}}", r"(\w+):"),
    "rust": ("rust/src/abi.rs", r"struct {record} {{(.*?)}}", r"pub (\w+):"),
    "java": ("java/src/remotestore/Abi.java", r"@FieldOrder\({{([^}}]*)}}\)\s+class {record} ", r'"(\w+)"'),
}


def source(language):
    return (ROOT / "bindings" / DECLARATIONS[language][0]).read_text()


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("language", DECLARATIONS)
def test_the_first_fields_of_a_record(language, record):
    _, whole, field = DECLARATIONS[language]
    (body,) = re.findall(whole.format(record=record), source(language), re.S)
    declared = re.findall(field, body)
    known = [line[2] for line in GOLDEN if line[0] == "field" and line[1] == record]
    assert declared == known[: len(declared)] and declared


@pytest.mark.parametrize("language", DECLARATIONS)
def test_constants(language):
    found = re.findall(r"\b([A-Z]+(?:_[A-Z]+)*)(?:: \w+)? = (\d+)\b", source(language))
    assert {"ABI_VERSION", "END", "OVERWRITE"} <= {name for name, _ in found}
    for name, value in found:
        assert CONSTANTS[f"RSTORE_{name}"] == value, name
