"""Registries, their configurations, and the names of types."""

import copy
import functools
import gc
import json
import pathlib
import pickle
import sys
import threading
import warnings

import pytest
import remotestore
from remotestore import BackendConfig, MemoryBackend, Registry, RegistryConfig, RetryPolicy, S3Backend, StoreProfile
from remotestore import _registry

CASES = json.loads((pathlib.Path(__file__).parents[3] / "tests" / "conformance" / "resolve_env.json").read_text())
MEMORY = {"backends": {"m": {"type": "memory"}}, "stores": {"s": {"backend": "m", "root_path": "r"}, "t": {"backend": "m"}}}


@pytest.fixture(autouse=True)
def types(monkeypatch):
    monkeypatch.setattr(_registry, "_TYPES", dict(_registry._TYPES))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_variables_are_resolved_as_the_engine_does(case):
    """The Go tests read the same file."""
    data = {"a": [case["text"], {"b": case["text"]}], "c": 5, "d": None}
    before = copy.deepcopy(data)
    if "result" in case:
        wanted = {"a": [case["result"], {"b": case["result"]}], "c": 5, "d": None}
        assert remotestore.resolve_env(data, environ=case["environment"]) == wanted
    else:
        with pytest.raises(KeyError, match=r"\$\.a\[0\]"):
            remotestore.resolve_env(data, environ=case["environment"])
    assert data == before


def test_variables_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("REMOTESTORE_NAME", "value")
    assert remotestore.resolve_env({"a": "${REMOTESTORE_NAME}"}) == {"a": "value"}
    monkeypatch.delenv("REMOTESTORE_NAME")
    with pytest.raises(KeyError, match="REMOTESTORE_NAME"):
        remotestore.resolve_env({"a": "${REMOTESTORE_NAME}"})


@pytest.mark.parametrize("data, error", [
    (None, TypeError), ([], TypeError), ("text", TypeError), (5, TypeError),
    ({"backends": []}, TypeError), ({"stores": "x"}, TypeError), ({"backends": {"a": 5}}, TypeError),
    ({"backends": {"a": None}}, TypeError), ({"backends": {"a": {"type": 5}}}, TypeError),
    ({"backends": {"a": {}}}, KeyError), ({"stores": {"a": {}}}, KeyError),
    ({"backends": {"a": {"type": "s3", "options": []}}}, TypeError),
    ({"backends": {"a": {"type": "s3", "retry": 5}}}, TypeError),
    ({"backends": {"a": {"type": "s3", "retry": {"nonsense": 1}}}}, TypeError),
    ({"backends": {"a": {"type": "s3", "retry": {"max_attempts": 0}}}}, ValueError),
    ({"stores": {"a": {"backend": "b", "root_path": 5}}}, TypeError),
    ({"stores": {"a": {"backend": None}}}, TypeError),
])
def test_a_configuration_of_wrong_types(data, error):
    with pytest.raises(error):
        RegistryConfig.from_dict(data)


def test_a_configuration():
    config = RegistryConfig.from_dict({
        "backends": {"a": {"type": "s3", "options": {"bucket": "b", "secret": "MARK", "password": "MARK"},
                           "retry": {"max_attempts": 2}},
                     "b": {"type": "local", "options": None, "retry": None}},
        "stores": {"s": {"backend": "a", "root_path": None, "options": None}},
    })
    assert config.backends["a"].retry == RetryPolicy(max_attempts=2)
    assert config.backends["b"] == BackendConfig("local") and config.stores["s"] == StoreProfile("a")
    assert "MARK" not in repr(config) and config.backends["a"].options["secret"].reveal() == "MARK"
    assert pickle.loads(pickle.dumps(config)) == copy.deepcopy(config) == config
    with pytest.warns(UserWarning, match="nonsense") as caught:
        assert RegistryConfig.from_dict({"nonsense": 1}) == RegistryConfig()
    assert caught[0].filename == __file__


@pytest.mark.parametrize("options", [
    {"token": "MARK", "client_key": "MARK", "AWS_SECRET_ACCESS_KEY": "MARK", "proxy_url": "http://user:MARK@proxy:1"},
    {"config": {"aws_session_token": "MARK"}, "default_headers": {"x-gate": "MARK"}},
    {"client_options": {"secret": "MARK", "config_kwargs": {"proxies": {"http": "http://user:MARK@proxy:1"}}}},
])
def test_a_secret_is_hidden_in_any_spelling_and_place(options):
    config = RegistryConfig.from_dict({"backends": {"a": {"type": "s3", "options": {"bucket": "b", **options}}}})
    assert "MARK" not in repr(config) and "bucket': 'b'" in repr(config)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="this Python has no tomllib")
def test_a_toml_file(tmp_path, monkeypatch):
    path = tmp_path / "c.toml"
    path.write_text('[tool.x.backends.m]\ntype = "${TYPE}"\n[tool.x.stores.s]\nbackend = "m"\n', encoding="utf-8")
    monkeypatch.setenv("TYPE", "memory")
    config = RegistryConfig.from_toml(path, table=("tool", "x"), resolve_env_vars=True)
    assert config == RegistryConfig({"m": BackendConfig("memory")}, {"s": StoreProfile("m")})
    assert RegistryConfig.from_toml(str(path), table=("tool", "x")).backends["m"].type == "${TYPE}"
    for table, error in ((("none",), KeyError), (("tool", "none"), KeyError), (("tool", "x", "stores", "s", "backend"), TypeError)):
        with pytest.raises(error, match=table[-1]):
            RegistryConfig.from_toml(path, table=table)


def test_a_registry_keeps_its_backends_and_closes_them():
    with Registry(RegistryConfig.from_dict(MEMORY)) as registry:
        store, other = registry.get_store("s"), registry.get_store("t")
        assert store._backend is other._backend and registry.get_store("s") == store
        with store:
            store.write("a", b"x")
        assert other.read_bytes("r/a") == b"x"  # the end of the block did not close it
    with pytest.raises(remotestore.BackendUnavailable):
        other.read_bytes("r/a")
    registry.close()
    registry.close()


@pytest.mark.parametrize("data, name, error, text", [
    (MEMORY, "none", KeyError, "s, t"),
    ({"backends": {"b": {"type": "nonsense"}}, "stores": {"s": {"backend": "b"}}}, "s", ValueError, "local, memory, s3"),
    ({"backends": {"b": {"type": "local"}}, "stores": {"s": {"backend": "b"}}}, "s", ValueError, "root"),
    ({"backends": {"b": {"type": "memory", "options": {"x": 1}}}, "stores": {"s": {"backend": "b"}}}, "s", ValueError, "x"),
    ({"backends": {"b": {"type": "memory", "retry": {}}}, "stores": {"s": {"backend": "b"}}}, "s", ValueError, "retry"),
    ({"backends": {"b": {"type": "s3", "options": {"bucket": "b", "x": 1}}}, "stores": {"s": {"backend": "b"}}}, "s",
     ValueError, "x"),
    ({"backends": {"b": {"type": "memory"}}, "stores": {"s": {"backend": "b", "root_path": ".."}}}, "s", ValueError, r"\.\."),
])
def test_a_store_that_cannot_be_had(data, name, error, text):
    with Registry(RegistryConfig.from_dict(data)) as registry, pytest.raises(error, match=text):
        registry.get_store(name)


def test_a_configuration_is_checked_at_once():
    with pytest.raises(ValueError, match="unknown backend 'b': there is none"):
        Registry(RegistryConfig(stores={"s": StoreProfile("b")}))
    for wrong in ({}, "text", MEMORY):
        with pytest.raises(TypeError, match="must be a RegistryConfig"):
            Registry(wrong)
    assert Registry() == Registry(RegistryConfig()) and repr(Registry()) == "Registry(stores=[])"


def test_many_threads_open_a_backend_once(monkeypatch):
    made, gate = [], threading.Barrier(16)
    monkeypatch.setitem(_registry._TYPES, "slow", lambda: (gate.wait(0.05) if False else made.append(1), MemoryBackend())[1])
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(50):
            registry, stores = Registry(RegistryConfig.from_dict(
                {"backends": {"m": {"type": "slow"}}, "stores": {"s": {"backend": "m"}}})), []
            del made[:]

            def get():
                gate.wait()
                stores.append(registry.get_store("s"))

            threads = [threading.Thread(target=get) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(made) == 1 and len({id(store._backend) for store in stores}) == 1 and len(stores) == 16
            registry.close()
    finally:
        sys.setswitchinterval(interval)


def test_a_registry_pickles_by_its_configuration(tmp_path):
    config = RegistryConfig.from_dict({
        "backends": {"l": {"type": "local", "options": {"root": str(tmp_path)}}, "m": {"type": "memory"}},
        "stores": {"l": {"backend": "l"}, "m": {"backend": "m"}},
    })
    with Registry(config) as registry:
        registry.get_store("l").write("a", b"x")
        registry.get_store("m")
        for again in (pickle.loads(pickle.dumps(registry)), copy.copy(registry), copy.deepcopy(registry)):
            with again:
                assert again == registry and again is not registry
                assert again.get_store("l").read_bytes("a") == b"x"
        assert registry.get_store("l").read_bytes("a") == b"x"


def test_the_first_error_of_closing_is_raised_and_all_are_closed(monkeypatch):
    class Stubborn:
        def __init__(self, name):
            self.name = name

        def close(self):
            closed.append(self.name)
            raise OSError(self.name)

    closed, registry = [], Registry()
    registry._backends = {name: Stubborn(name) for name in "ab"}
    with pytest.raises(OSError, match="^a$"):
        registry.close()
    assert closed == ["a", "b"]
    registry.close()


class Preset(MemoryBackend):
    """A subclass that only presets."""

    def __init__(self, *, unused=None):
        super().__init__()


@pytest.mark.parametrize("cls", [
    MemoryBackend, Preset, functools.partial(MemoryBackend), functools.partial(Preset, unused=1),
    functools.partial(functools.partial(Preset), unused=1),
])
def test_a_name_of_ones_own(cls):
    remotestore.register_backend("mine", cls)
    made = getattr(cls, "func", cls)
    assert remotestore.info()["backends"]["mine"] == {
        "available": True, "extras": None, "class": f"{made.__module__}.{made.__qualname__}"}
    with Registry(RegistryConfig({"b": BackendConfig("mine")}, {"s": StoreProfile("b")})) as registry:
        store = registry.get_store("s")
        assert type(store._backend) is made and store.write("a", b"x").size == 1


def test_a_preset_that_is_given_again():
    remotestore.register_backend("minio", functools.partial(S3Backend, endpoint_url="http://127.0.0.1:1", region_name="r"))
    config = BackendConfig("minio", {"bucket": "b", "region_name": "other"}, RetryPolicy.disabled())
    with Registry(RegistryConfig({"b": config}, {"s": StoreProfile("b")})) as registry:
        backend = registry.get_store("s")._backend
        assert "region_name='other'" in repr(backend) and "127.0.0.1" in repr(backend)
        assert pickle.loads(pickle.dumps(backend)).close() is None
    for wrong in (5, None, b"x"):
        with pytest.raises(TypeError, match="type_name"):
            remotestore.register_backend(wrong, MemoryBackend)


def test_only_what_is_not_closed_warns():
    config = RegistryConfig(
        {"b": BackendConfig("s3", {"bucket": "b", "region_name": "r", "key": "k", "secret": "MARK"})}, {"s": StoreProfile("b")})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with Registry(config) as registry:
            registry.get_store("s").close()
        del registry
        gc.collect()
        assert not caught
        Registry(config).get_store("s")
        gc.collect()
    assert [str(w.message) for w in caught] == ["unclosed S3Backend('b', region_name='r', key='***', secret='***')"] or (
        len(caught) == 1 and "MARK" not in str(caught[0].message))
    assert isinstance(caught[0].source, S3Backend)
    caught.clear()
    del caught


def test_an_extension_whose_package_is_missing(run):
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import remotestore\n"
        "found = remotestore.info()['extensions']\n"
        "print(found['arrow'], found['batch'])")
    assert run(program)[0] == "{'available': False, 'extras': 'arrow'} {'available': True, 'extras': None}\n"
