"""The C++ header has what the C header has."""

import pathlib
import re

import pytest

INCLUDE = pathlib.Path(__file__).resolve().parent.parent.parent / "include"
C = (INCLUDE / "libremotestore.h").read_text()
CPP = (INCLUDE / "libremotestore.hpp").read_text()

NOT_IN_CPP = {
    "rstore_abi_version": "the program compares it",
    "rstore_version": "it is no better in C++",
    "rstore_fork_problem": "it is no better in C++",
    "rstore_signals_unsafe": "it is no better in C++",
    "rstore_queue_new": "what is submitted outlives the call, and so what the classes return",
    "rstore_queue_wait": "as above",
    "rstore_ctx_submit": "as above",
    "rstore_pycapsule_schema": "for Python",
    "rstore_pycapsule_array": "for Python",
}


def test_every_function_is_called():
    functions = set(re.findall(r"^\w[\w *]*?\b(rstore_\w+)\(", C, re.M))
    assert len(functions) > 50
    called = set(re.findall(r"\b(rstore_\w+)\b", re.sub(r"//.*", "", CPP)))
    assert functions - called == set(NOT_IN_CPP)


def c_fields(record):
    """The names of its fields, without those of lengths."""
    body = re.search(rf"^typedef struct {record} {{\n(.*?)^}}", C, re.M | re.S).group(1)
    names = re.findall(r"(\w+);", re.sub(r"/\*.*?\*/", "", body, flags=re.S))
    return [re.sub("_ns$", "", n) for n in names if not n.endswith(("_len", "_count"))]


def test_the_arguments_are_those_of_c_in_their_order():
    body = re.search(r"^struct args {\n(.*?)^}", CPP, re.M | re.S).group(1)
    assert re.findall(r"(\w+)(?: = 0|{});", body) == c_fields("rstore_args")


@pytest.mark.parametrize("record", ["rstore_location", "rstore_credentials", "rstore_object"])
def test_the_fields_of_records_are_there(record):
    for field in c_fields(record):
        assert re.search(rf"[\w)]\.{field}(?:_ns)?\b", CPP), f"{record}.{field}"
