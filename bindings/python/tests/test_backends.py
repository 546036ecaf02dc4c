"""Backends: by their configuration equal, shown, pickled and refused."""

import copy
import datetime
import functools
import gc
import multiprocessing
import os
import pathlib
import pickle
import types
import warnings

import pytest
import remotestore
from remotestore import Capability, LocalBackend, MemoryBackend, RetryPolicy, S3Backend, Secret, Store
from remotestore._backends import UrlBackend


def test_no_secret_is_ever_shown():
    backend = remotestore.S3Backend("bucket", key="AKIAMARK", secret="S3CR3TMARK", session_token="T0KENMARK")
    encrypted = remotestore.S3Backend("bucket", server_side_encryption="sse-c", sse_customer_key_base64="MARK" * 10 + "MAQ=")
    texts = [repr(backend), str(backend), repr(remotestore.Store(backend)), repr(encrypted)]
    encrypted.close()
    for options in ({"secret_access_key": "S3CR3TMARK\n"}, {"access_key_id": "AKIAMARK"},
                    {"sse_customer_key_base64": "MARK"}, {"sse_customer_key_base64": "MARK" * 10 + "MAQ="}):
        with pytest.raises(remotestore.InvalidOption) as caught:
            remotestore.Store.from_url("s3://bucket", **options)
        texts.append(str(caught.value))
    with pytest.raises(remotestore.InvalidArgument) as caught:
        remotestore.Store.from_url("s3://AKIAMARK:S3CR3TMARK@bucket")
    texts.append(str(caught.value))
    assert not [text for text in texts if "MARK" in text]
    backend.close()


def test_a_backend_that_cannot_open_is_no_trouble_later():
    for make in (lambda: remotestore.S3Backend(""), lambda: remotestore.S3Backend(5), lambda: remotestore.LocalBackend(5)):
        with pytest.raises((ValueError, TypeError)):
            make()
    with pytest.raises(TypeError, match="must be a Backend"):
        remotestore.Store("memory://")


def test_local_names_that_a_url_must_quote(tmp_path):
    root = tmp_path / "a b%41?#\u00e9"
    with remotestore.Store(remotestore.LocalBackend(root)) as store:
        store.write("x", b"1")
    assert (root / "x").read_bytes() == b"1"


def test_a_store_is_not_pickled_or_copied(store):
    """A handle means another store in another process."""
    for copy_it in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            copy_it(store._backend)
    for copy_it in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            copy_it(store)


def test_the_environment_is_read_when_a_store_is_opened(monkeypatch):
    """Go's own copy of the environment is older than these variables."""
    for endpoint in ("http://127.0.0.1:1", "http://127.0.0.1:2"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        with remotestore.Store(remotestore.S3Backend("bucket")) as store:
            with pytest.raises(remotestore.BackendUnavailable, match=endpoint):
                store.get_file_info("x")


class Preset(S3Backend):
    """One that only presets arguments."""

    def __init__(self, bucket, **options):
        super().__init__(bucket, **{"endpoint_url": "http://127.0.0.1:1", "region_name": "r", **options})


class PresetLocal(LocalBackend):
    """Adds nothing."""


def test_what_a_class_says_it_can_do_is_what_the_engine_says(s3, tmp_path):
    for backend, url in (
        (MemoryBackend(), "memory://"), (LocalBackend(tmp_path), f"file://{tmp_path}"), (s3(), "s3://bucket"),
    ):
        with Store.from_url(url, **({"region": "r"} if url.startswith("s3") else {})) as store:
            assert type(backend).CAPABILITIES == backend.capabilities == store._backend.capabilities
            assert type(store._backend) is UrlBackend  # which asks the engine
            assert backend.name == store._backend.name
            assert [store.supports(c) for c in Capability] == [c in backend.capabilities for c in Capability]


@pytest.mark.parametrize("one, other, equal", [
    ({}, {}, True),
    ({"read_timeout": 60, "addressing_style": "path"}, {"addressing_style": "path", "read_timeout": 60.0}, True),
    ({"key": "id"}, {"key": Secret("id")}, True),
    ({"session_token": "t"}, {"session_token": Secret("t")}, True),
    ({"secret": "x"}, {}, False),
    ({"retry": RetryPolicy(max_attempts=2)}, {"retry": RetryPolicy(max_attempts=2)}, True),
    ({"retry": RetryPolicy(max_attempts=2)}, {}, False),
    ({"client_options": {"config_kwargs": {"read_timeout": 5}}}, {"client_options": {"config_kwargs": {"read_timeout": 5}}}, True),
    ({"reject_write_under_file_ancestor": False}, {}, True),
    ({"reject_write_under_file_ancestor": True}, {}, False),
    ({"cls": Preset}, {}, False),
    ({"cls": Preset}, {"cls": Preset}, True),
])
def test_equal_by_configuration(s3, one, other, equal):
    a, b = s3(**one), s3(**other)
    assert (a == b, a != b, Store(a) == Store(b), Store(a, "x") == Store(b, "x")) == (equal, not equal, equal, equal)
    if equal:
        assert hash(a) == hash(b) and hash(Store(a)) == hash(Store(b)) and len({a, b}) == 1
    assert a != "s3" and Store(a) != a and Store(a) != Store(a, "x")


def test_equal_local_and_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a, memory = LocalBackend("d"), MemoryBackend()
    assert a == LocalBackend(tmp_path / "d") == LocalBackend(str(tmp_path) + "/d/") == LocalBackend(b"d")
    assert hash(a) == hash(LocalBackend(b"d")) and a != PresetLocal("d") and a != LocalBackend("e")
    assert memory == memory and memory != MemoryBackend() and hash(memory) == hash(memory)
    assert Store.from_url("memory://x") != Store.from_url("memory://x")  # the engine knows, we do not
    assert Store.from_url(f"file://{tmp_path}") == Store.from_url(f"file://{tmp_path}")


def test_repr(s3, tmp_path):
    assert repr(MemoryBackend()) == "MemoryBackend()"
    assert repr(LocalBackend(tmp_path)) == f"LocalBackend({str(tmp_path)!r})"
    assert repr(PresetLocal(tmp_path)) == f"PresetLocal({str(tmp_path)!r})"
    shown = "endpoint_url='http://127.0.0.1:1', key='***', secret='***', region_name='r'"
    assert repr(s3()) == f"S3Backend('bucket', {shown})"
    preset = s3(Preset, retry=RetryPolicy.disabled(), client_options={"config_kwargs": {"read_timeout": 5}})
    assert repr(preset).startswith("Preset('bucket', ") and "client_options='***'" in repr(preset)
    assert "retry=RetryPolicy(max_attempts=1" in repr(preset)
    assert repr(Store(s3(), "a/b")) == "Store(backend='s3', root_path='a/b')"


@pytest.mark.parametrize("where", [
    {"secret": "MARK"}, {"secret": Secret("MARK")}, {"session_token": "MARK"}, {"key": "MARK"},
    {"key": Secret("MARK")}, {"secret": None, "key": None, "client_options": {"key": "MARK", "secret": "MARK"}},
    {"client_options": {"config_kwargs": {"proxies": {"http": "http://user:MARK@h:1"}}}},
])
def test_a_secret_travels_in_a_pickle_and_nowhere_else(s3, where, caplog):
    backend = s3(**where, retry=RetryPolicy.disabled())
    texts = [repr(backend), str(backend), f"{backend}", repr(Store(backend)), repr({"b": backend})]
    again = pickle.loads(pickle.dumps(backend))
    again.close()
    assert again == backend and b"MARK" in pickle.dumps(backend)
    with caplog.at_level(0):
        with pytest.raises(remotestore.RemoteStoreError) as caught:
            Store(backend).write("a", b"x")
    texts += [caplog.text, str(caught.value), repr(caught.value), repr(caught.value.__dict__)]
    texts += [repr(record.__dict__) for record in caplog.records]
    assert not [text for text in texts if "MARK" in text]


@pytest.mark.parametrize("options", [
    {"secret": "MARK\n"}, {"key": b"MARK"}, {"endpoint_url": "http://user:MARK@host"}, {"secret": ["MARK"]},
    {"client_options": {"key": "MARK"}}, {"client_options": {"secret": 5, "x": "MARK"}}, {"MARK": 1, "secret": "MARK"},
    {"client_options": "MARK"}, {"client_options": ["MARK"]}, {"session_token": {"MARK": "MARK"}},
    {"client_options": {"client_kwargs": {"aws_secret_access_key": "MARK"}}},
])
def test_a_refusal_repeats_no_secret(options):
    with pytest.raises(ValueError) as caught:
        S3Backend("bucket", region_name="r", **options)
    shown = str(caught.value).replace('"MARK"', "")  # the name of an option may be
    assert "MARK" not in shown and "MARK" not in repr(caught.value.__cause__)


class Config:
    """As botocore has it."""

    def __init__(self):
        self._user_provided_options = {"read_timeout": 5}


cycle = {}
cycle["x"] = cycle


@pytest.mark.parametrize("options, names", [
    ({"client_options": {"client_kwargs": {"config": Config()}}}, "client_options.client_kwargs.config"),
    ({"client_options": {"config_kwargs": Config()}}, "config_kwargs"),
    ({"client_options": {"nonsense": 1}}, "client_options"),
    ({"client_options": {(1, 2): 3}}, "options"),
    ({"client_options": cycle}, "options"),
    ({"client_options": []}, "client_options"),
    ({"nonsense": 1}, "nonsense"),
    ({"read_timeout": object()}, "read_timeout"),
    ({"read_timeout": float("nan")}, "options"),
    ({"read_timeout": -1}, "read_timeout"),
    ({"retry": RetryPolicy(backoff_max=float("inf"))}, "options"),
    ({"retry": RetryPolicy(max_attempts=2.5)}, "max_attempts"),
    ({"tls_ca_bundle": pathlib.Path("/none")}, "tls_ca_bundle"),
    ({"reject_write_under_file_ancestor": "perhaps"}, "reject_write_under_file_ancestor"),
    ({"key": "id"}, "secret"),
    ({"endpoint_url": "ftp://host"}, "endpoint_url"),
])
def test_an_option_that_cannot_be_right_is_named(options, names):
    with pytest.raises(remotestore.InvalidArgument, match=names):
        S3Backend("bucket", region_name="r", **options)


@pytest.mark.parametrize("bucket", ["", None, 5, b"bucket", "a b", "\ud800", ["bucket"]])
def test_a_bucket_that_cannot_be_right(bucket):
    with pytest.raises(remotestore.InvalidArgument, match="bucket"):
        S3Backend(bucket, region_name="r")


def test_values_that_json_does_not_know(s3, tmp_path):
    bundle = os.path.join(os.path.dirname(__file__), "none.pem")
    for options in (
        {"read_timeout": datetime.timedelta(seconds=5)},
        {"session_token": Secret("t")},
        {"client_options": types.MappingProxyType({"config_kwargs": types.MappingProxyType({"read_timeout": 5})})},
        {"client_options": {"key": Secret("id"), "secret": Secret("s")}, "key": None, "secret": None},
    ):
        backend = s3(**options)
        if not isinstance(options.get("client_options"), types.MappingProxyType):  # which no pickle takes
            assert pickle.loads(pickle.dumps(backend)).close() is None
    with pytest.raises(remotestore.InvalidOption, match="none.pem"):
        s3(tls_ca_bundle=pathlib.Path(bundle))


def test_a_warning_has_the_line_of_the_caller(s3):
    """And one that is made an error leaves nothing open."""
    options = {"client_options": {"config_kwargs": {"retries": {"max_attempts": 5}}}, "retry": RetryPolicy()}
    with pytest.warns(UserWarning, match="retries") as caught:
        S3Backend("bucket", region_name="r", **options).close()
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning):
            S3Backend("bucket", region_name="r", **options)
        gc.collect()


@pytest.mark.parametrize("copy_it", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_is_another_backend_of_the_same_place(s3, tmp_path, copy_it):
    local = LocalBackend(tmp_path)
    Store(local).write("a/b", b"x")
    again = copy_it(local)
    assert again == local and again is not local
    local.close()
    assert again.read_bytes("a/b") == b"x"
    store = copy_it(Store(again, "a"))
    assert store == Store(again, "a") and store.read_bytes("b") == b"x"
    for original in (s3(), s3(Preset, session_token="t", retry=RetryPolicy(timeout=5.0))):
        again = copy_it(original)
        assert again == original and repr(again) == repr(original) and again._retry == original._retry
        again.close()


class Tagged(Store):
    """A store with something of its own."""

    def __init__(self, backend, tag):
        super().__init__(backend, "root")
        self.tag = tag


def test_a_subclass_of_store_keeps_what_it_has(tmp_path):
    store = Tagged(LocalBackend(tmp_path), {"a": 1})
    store.write("x", b"1")
    again = pickle.loads(pickle.dumps(store))
    assert type(again) is Tagged and again.tag == {"a": 1} and again.read_bytes("x") == b"1"
    assert again.child("c").write("y", b"").size == 0 and store.exists("c/y")


def test_closed_stays_closed_but_a_pickle_of_it_is_open(tmp_path):
    backend = LocalBackend(tmp_path)
    backend.close()
    again = pickle.loads(pickle.dumps(backend))
    again.write("a", b"x")
    with pytest.raises(remotestore.BackendUnavailable):
        backend.read_bytes("a")


def _read_elsewhere(store, path):
    return store.read_bytes(path), repr(store)


def _fail_elsewhere(store, path):
    store.read_bytes(path)


def test_stores_and_errors_travel_between_processes(tmp_path):
    store = Store(LocalBackend(tmp_path), "root")
    store.write("a", b"x")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_read_elsewhere, (store, "a")) == (b"x", repr(store))
        with pytest.raises(remotestore.NotFound) as caught:
            pool.apply(_fail_elsewhere, (store, "none"))
    assert (caught.value.path, caught.value.backend, caught.value.code) == ("none", "local", "NOT_FOUND")


def test_unwrap(s3, tmp_path):
    local, memory = LocalBackend(tmp_path), MemoryBackend()
    assert local.unwrap(pathlib.Path) == tmp_path and local.unwrap(LocalBackend) is local
    assert memory.unwrap(MemoryBackend) is memory and Store(memory, "x").unwrap(MemoryBackend) is memory
    assert LocalBackend(os.fsencode(tmp_path)).unwrap(pathlib.Path) == tmp_path
    for backend, wanted in ((local, str), (memory, pathlib.Path), (s3(), S3Backend.__base__), (s3(Preset), S3Backend),
                            (memory, "text"), (memory, None)):
        with pytest.raises(remotestore.CapabilityNotSupported) as caught:
            backend.unwrap(wanted)
        assert (caught.value.capability, caught.value.backend) == ("unwrap", backend.name)


def operations_of_its_own(base):
    class Own(base):
        def read_bytes(self, path):
            return b"mine"

    return Own


class Mixin:
    def exists(self, path):
        return True


class Mixed(Mixin, MemoryBackend):
    pass


@pytest.mark.parametrize("cls", [
    remotestore.Backend, operations_of_its_own(remotestore.Backend), operations_of_its_own(MemoryBackend),
    operations_of_its_own(LocalBackend), operations_of_its_own(Preset), Mixed, Mixin, object, int,
    functools.partial(dict), functools.partial(operations_of_its_own(S3Backend), "b"), len, "memory", None, 5,
], ids=str)
def test_a_backend_written_in_python_is_refused(cls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match="written in Python cannot be plugged in"):
        remotestore.register_backend("mine", cls)
    if isinstance(cls, type) and issubclass(cls, remotestore.Backend):
        for make in (cls, lambda: cls("x")):
            with pytest.raises(TypeError):
                make()
        with pytest.raises(TypeError, match="written in Python|must be a Backend"):
            Store(cls.__new__(cls))
    assert os.listdir(tmp_path) == []
