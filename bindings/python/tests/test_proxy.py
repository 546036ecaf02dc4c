"""Stores around stores: nothing of Store is left out."""

import copy
import inspect
import io
import pickle

import pytest
import remotestore
from remotestore import LocalBackend, MemoryBackend, ProxyStore, Store

PUBLIC = [name for name, value in inspect.getmembers(Store) if not name.startswith("_") and callable(value)]


class Inner(Store):
    """Says what it was asked, with which arguments, and answers."""

    def __init__(self):
        super().__init__(MemoryBackend())
        self.asked = []


def answering(name):
    def answer(self, *args, **options):
        self.asked.append((name, args, options))
        return answer

    return answer


for _name in PUBLIC:
    if _name not in ("from_url", "child"):
        setattr(Inner, _name, answering(_name))


def arguments(function):
    """One for each parameter: by its place or its name, and none the default."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    args = tuple(object() for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
    return args, {p.name: object() for p in parameters if p.kind is p.KEYWORD_ONLY}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_method_is_passed_on(name):
    assert name in vars(ProxyStore), f"ProxyStore inherits {name}"
    mine, its = inspect.signature(getattr(ProxyStore, name)), inspect.signature(getattr(Store, name))
    assert [(p.name, p.kind, p.default) for p in mine.parameters.values()] == [
        (p.name, p.kind, p.default) for p in its.parameters.values()]
    if name in ("from_url", "child"):
        return
    inner = Inner()
    args, options = arguments(getattr(Store, name))
    answer = getattr(ProxyStore(inner), name)(*args, **options)
    assert inner.asked == [(name, args, options)]
    assert answer is None or callable(answer)


class Loud(ProxyStore):
    def _wrap_child(self, inner_child):
        return type(self)(inner_child)


def test_a_proxy_is_a_store():
    inner = Store(MemoryBackend(), "root")
    proxy = Loud(inner)
    with proxy as entered:
        assert entered is proxy and proxy.inner is inner
        proxy.write("d/a", io.BytesIO(b"x"))
        child = proxy.child("d")
        assert type(child) is Loud and child.read_bytes("a") == inner.read_bytes("d/a") == b"x"
        assert type(child.child("e")) is Loud and repr(proxy) == repr(inner)
        assert proxy == Loud(inner) and hash(proxy) == hash(Loud(inner)) and proxy != ProxyStore(inner)
        assert Loud(proxy).read_bytes("d/a") == b"x" and Loud(proxy).inner is proxy
        with pytest.raises(NotImplementedError, match="_wrap_child"):
            ProxyStore(inner).child("d")
    with pytest.raises(remotestore.BackendUnavailable):
        inner.read_bytes("d/a")
    for wrong in (None, 5, MemoryBackend(), Store):
        with pytest.raises(TypeError, match="must be a Store"):
            ProxyStore(wrong)


def test_a_proxy_by_url_and_in_a_pickle(tmp_path):
    proxy = Loud.from_url(f"file://{tmp_path}")
    assert type(proxy) is Loud and type(proxy.inner) is Store
    proxy.write("a", b"x")
    local = Loud(Store(LocalBackend(tmp_path)))
    local.tag = "mine"
    for again in (pickle.loads(pickle.dumps(local)), copy.deepcopy(local), copy.copy(local)):
        assert again == local and again.tag == "mine" and again.read_bytes("a") == b"x"
