"""The table of the README: every option has a row, and every test that it names is there."""

import json
import pathlib
import re

import pytest
from remotestore.obstore.store import BackoffConfig, ClientConfig, RetryConfig, S3Config

ROOT = pathlib.Path(__file__).resolve().parents[3]
TEXT = (ROOT / "bindings" / "python" / "README.md").read_text().partition("## Every option, and the tests")[2]
ROWS = [line.strip("|").split("|") for line in TEXT.splitlines() if line.startswith("| `") and "| tests |" not in line]
NAMED = sorted({test for _, _, tests in ROWS for test in re.findall("`([^`]+)`", tests)})


def test_every_row_names_a_test():
    assert len(ROWS) > 80
    assert all(re.search(r"`[^`]+::[^`]+`", tests) for _, _, tests in ROWS)


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_is_there(named):
    path, _, name = named.partition("::")
    text = (ROOT / path).read_text()
    if path.endswith(".go"):
        assert f"func {name}(t *testing.T)" in text
    elif path.endswith(".json"):
        assert name in [case["name"] for case in json.loads(text)["cases"]]
    else:
        assert f"\ndef {name}(" in text


def test_every_option_has_a_row():
    names = {name for what, _, _ in ROWS for name in re.findall("`([^`]+)`", what)}
    spellings = [*S3Config.__annotations__, *ClientConfig.__annotations__, *RetryConfig.__annotations__,
                 *BackoffConfig.__annotations__]
    assert {re.sub("^aws_", "", spelling.lower()) for spelling in spellings} <= names


def test_every_option_of_the_engine_is_known():
    """Section 4 of the header has them all; what a program pushes is no option of a store."""
    section = (ROOT / "include" / "libremotestore.h").read_text().partition("---- 4. Options")[2].partition("---- 5.")[0]
    of_header = set(re.findall(r"^ \*   ([a-z][a-z0-9_]+) ", section, re.MULTILINE))
    known = {*S3Config.__annotations__, *ClientConfig.__annotations__, "prefix", "credentials"}
    assert "region" in of_header and of_header - known == set()
