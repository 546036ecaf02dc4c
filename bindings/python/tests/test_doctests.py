"""Every example in the documentation of a module works."""

import doctest
import importlib
import pkgutil

import pytest
import remotestore
from remotestore import _registry

MODULES = ["remotestore", *(f"remotestore.{m.name}" for m in pkgutil.iter_modules(remotestore.__path__))]


@pytest.fixture(autouse=True)
def types(monkeypatch):
    monkeypatch.setattr(_registry, "_TYPES", dict(_registry._TYPES))


@pytest.mark.parametrize("name", MODULES)
def test_doctests(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 20


def test_all_is_all():
    names = {name for name in vars(remotestore) if not name.startswith("_")} - {m.rpartition(".")[2] for m in MODULES}
    assert set(remotestore.__all__) == names | {"__version__"}
    assert sorted(remotestore.__all__) == remotestore.__all__
