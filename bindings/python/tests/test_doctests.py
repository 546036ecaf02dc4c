"""Every example in the documentation of a module works."""

import ast
import doctest
import importlib
import inspect
import pkgutil

import pytest
import remotestore
from remotestore import _registry

MODULES = ["remotestore", *(m.name for m in pkgutil.walk_packages(remotestore.__path__, "remotestore."))]


@pytest.fixture(autouse=True)
def types(monkeypatch):
    monkeypatch.setattr(_registry, "_TYPES", dict(_registry._TYPES))


@pytest.mark.parametrize("name", MODULES)
def test_doctests(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 20


def test_all_is_all():
    places = [name for names in remotestore._PLACES.values() for name in names.split()]
    assert sorted([*places, "__version__"]) == remotestore.__all__
    assert set(remotestore.__all__) <= set(dir(remotestore))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        remotestore.nothing


def test_type_checkers_see_what_programs_get():
    (seen,) = [node for node in ast.parse(inspect.getsource(remotestore)).body if isinstance(node, ast.If)]
    assert {node.module: " ".join(a.name for a in node.names) for node in seen.body} == remotestore._PLACES
