"""The stores as objects: how they are made, compared, shown, pickled."""

import copy
import pathlib
import pickle

from record import step
from subject import m, new_folder, stores


def provider():
    return {"access_key_id": "k", "secret_access_key": "s", "expires_at": None}


class Equal:
    """Equal to its like, as a provider that can be pickled is."""

    def __call__(self):
        return provider()

    def __eq__(self, other):
        return isinstance(other, Equal)


class WithConfig(Equal):
    config = {"region": "of-provider"}


class Counted(stores.MemoryStore):
    def more(self):
        return "more"


def group_memory():
    M = stores.MemoryStore
    step("MemoryStore.repr", lambda: repr(M()))
    step("MemoryStore.str", lambda: str(M()))
    step("MemoryStore.equal", lambda: equal(M(), M()))
    step("MemoryStore.equal.itself", lambda: (lambda s: s == s)(M()))
    step("MemoryStore.equal.other", lambda: M() == 1)
    step("MemoryStore.hash", lambda: isinstance(hash(M()), int))
    step("MemoryStore.pickle", lambda: pickle.dumps(M()))
    step("MemoryStore.copy", lambda: copy.copy(M()))
    step("MemoryStore.deepcopy", lambda: copy.deepcopy(M()))
    step("MemoryStore.argument", lambda: M("a"))
    step("MemoryStore.prefix", lambda: M(prefix="a"))
    step("MemoryStore.attribute", lambda: setattr(M(), "x", 1))
    step("MemoryStore.no_prefix", lambda: hasattr(M(), "prefix"))
    step("MemoryStore.subclass", lambda: [Counted().more(), Counted().put("a", b"").keys() >= {"e_tag"}])
    step("MemoryStore.subclass.function", lambda: m.put(Counted(), "a", b""))
    step("MemoryStore.with", lambda: hasattr(M(), "__enter__"))
    step("MemoryStore.close", lambda: hasattr(M(), "close"))


def equal(a, b):
    return [a == b, a != b]


def group_local():
    L, at = stores.LocalStore, new_folder()
    (at / "file").write_bytes(b"x")
    step("LocalStore.none", lambda: [L().prefix, repr(L())])
    step("LocalStore.text", lambda: L(str(at)).prefix)
    step("LocalStore.path", lambda: L(at).prefix)
    step("LocalStore.keyword", lambda: L(prefix=at).prefix)
    step("LocalStore.slash", lambda: L(str(at) + "/").prefix)
    step("LocalStore.dots", lambda: L(str(at) + "/x/..").prefix)
    step("LocalStore.relative", lambda: L(".").prefix)
    step("LocalStore.empty", lambda: L("").prefix)
    step("LocalStore.home", lambda: L("~"))
    step("LocalStore.bytes", lambda: L(bytes(at)).prefix)
    step("LocalStore.int", lambda: L(1))
    step("LocalStore.missing", lambda: L(at / "none"))
    step("LocalStore.file", lambda: L(at / "file").prefix)
    step("LocalStore.file.list", lambda: L(at / "file").list().collect())
    step("LocalStore.file.get", lambda: L(at / "file").get("a"))
    step("LocalStore.file.put", lambda: L(at / "file").put("a", b""))
    step("LocalStore.mkdir", lambda: [L(at / "p" / "q", mkdir=True).prefix, (at / "p" / "q").is_dir()])
    step("LocalStore.mkdir.exists", lambda: L(at / "p", mkdir=True).prefix)
    step("LocalStore.mkdir.none", lambda: L(mkdir=True).prefix)
    step("LocalStore.mkdir.file", lambda: L(at / "file", mkdir=True).prefix)
    step("LocalStore.mkdir.under_file", lambda: L(at / "file" / "x", mkdir=True))
    step("LocalStore.positional", lambda: L(at, True))
    step("LocalStore.unknown", lambda: L(at, no_such=1))
    step("LocalStore.repr", lambda: repr(L(at)))
    step("LocalStore.repr.options", lambda: repr(L(at, automatic_cleanup=True, mkdir=True)))
    step("LocalStore.equal", lambda: equal(L(at), L(at)))
    step("LocalStore.equal.text", lambda: equal(L(at), L(str(at))))
    step("LocalStore.equal.slash", lambda: equal(L(at), L(str(at) + "/")))
    step("LocalStore.equal.dots", lambda: equal(L(at), L(str(at) + "/p/..")))
    step("LocalStore.equal.cleanup", lambda: equal(L(at), L(at, automatic_cleanup=True)))
    step("LocalStore.equal.mkdir", lambda: equal(L(at), L(at, mkdir=True)))
    step("LocalStore.equal.none", lambda: equal(L(), L()))
    step("LocalStore.equal.other", lambda: equal(L(at), 1))
    step("LocalStore.equal.memory", lambda: equal(L(at), stores.MemoryStore()))
    step("LocalStore.hash", lambda: hash(L(at)))
    step("LocalStore.pickle", lambda: (lambda s: [s.prefix, s == L(at)])(pickle.loads(pickle.dumps(L(at)))))
    step("LocalStore.pickle.none", lambda: pickle.loads(pickle.dumps(L())).prefix)
    step("LocalStore.pickle.works", lambda: bytes(pickle.loads(pickle.dumps(L(at))).get("file").bytes()))
    step("LocalStore.pickle.options", lambda: pickle.loads(pickle.dumps(
        L(at, automatic_cleanup=True, mkdir=True))) == L(at, automatic_cleanup=True, mkdir=True))
    step("LocalStore.pickle.protocol0", lambda: pickle.dumps(L(at), 0))
    step("LocalStore.getnewargs", lambda: L(at, mkdir=True).__getnewargs_ex__())
    step("LocalStore.copy", lambda: copy.copy(L(at)) == L(at))
    step("LocalStore.deepcopy", lambda: copy.deepcopy(L(at)) == L(at))
    step("LocalStore.attribute", lambda: setattr(L(at), "x", 1))
    step("LocalStore.prefix.set", lambda: setattr(L(at), "prefix", "x"))


def group_s3():
    S = stores.S3Store
    step("S3Store.repr", lambda: repr(S("b")))
    step("S3Store.repr.prefix", lambda: repr(S("b", prefix="p/q")))
    step("S3Store.repr.secret", lambda: repr(S("b", access_key_id="k", secret_access_key="s3cr3t")))
    step("S3Store.repr.quote", lambda: repr(S('b"c')))
    step("S3Store.config", lambda: S("b", access_key_id="k", secret_access_key="s3cr3t").config)
    for prefix in ("p", "p/q", "/p", "p/", "/p/q/", "", "/", "p//q", "p/../q", ".", "..", "p/.", "é", "a b", "a%20b", "a\tb"):
        step(f"S3Store.prefix.{prefix}", lambda: S("b", prefix=prefix).prefix)
    step("S3Store.prefix.none", lambda: S("b").prefix)
    step("S3Store.prefix.int", lambda: S("b", prefix=1))
    step("S3Store.positional", lambda: S("b", "p"))
    step("S3Store.equal", lambda: equal(S("b"), S("b")))
    step("S3Store.equal.bucket", lambda: equal(S("b"), S("c")))
    step("S3Store.equal.prefix", lambda: equal(S("b"), S("b", prefix="p")))
    step("S3Store.equal.prefix.slash", lambda: equal(S("b", prefix="p/"), S("b", prefix="p")))
    step("S3Store.equal.spelling", lambda: equal(S("b", region="r"), S(config={"AWS_BUCKET": "b", "aws_region": "r"})))
    step("S3Store.equal.boolean", lambda: equal(S("b", skip_signature=True), S("b", skip_signature="true")))
    step("S3Store.equal.boolean.spelling", lambda: equal(S("b", skip_signature=True), S("b", skip_signature="1")))
    step("S3Store.equal.from_url", lambda: equal(S("b", prefix="p"), stores.from_url("s3://b/p")))
    step("S3Store.equal.client_options", lambda: equal(S("b", client_options={"timeout": "1s"}), S("b")))
    step("S3Store.equal.client_options.empty", lambda: equal(S("b", client_options={}), S("b")))
    step("S3Store.equal.retry_config", lambda: equal(S("b", retry_config={}), S("b")))
    step("S3Store.equal.retry_config.default", lambda: equal(S("b", retry_config={"max_retries": 10}), S("b", retry_config={})))
    step("S3Store.equal.provider", lambda: equal(S("b", credential_provider=Equal()), S("b", credential_provider=Equal())))
    step("S3Store.equal.provider.function", lambda: equal(
        S("b", credential_provider=provider), S("b", credential_provider=provider)))
    step("S3Store.equal.provider.other", lambda: equal(S("b", credential_provider=Equal()), S("b", credential_provider=provider)))
    step("S3Store.equal.provider.none", lambda: equal(S("b", credential_provider=Equal()), S("b")))
    step("S3Store.equal.other", lambda: equal(S("b"), 1))
    step("S3Store.hash", lambda: hash(S("b")))
    step("S3Store.pickle", lambda: equal(pickle.loads(pickle.dumps(S("b"))), S("b")))
    everything = {
        "prefix": "p", "region": "r", "access_key_id": "k", "secret_access_key": "s", "client_options": {"timeout": "1s"},
        "retry_config": {"max_retries": 2}, "credential_provider": Equal(),
    }
    step("S3Store.pickle.everything", lambda: equal(pickle.loads(pickle.dumps(S("b", **everything))), S("b", **everything)))
    step("S3Store.pickle.told", lambda: (lambda s: [s.prefix, s.config, s.client_options, s.retry_config])(
        pickle.loads(pickle.dumps(S("b", **everything)))))
    step("S3Store.pickle.provider.function", lambda: pickle.loads(
        pickle.dumps(S("b", credential_provider=provider))).credential_provider is provider)
    step("S3Store.pickle.provider.lambda", lambda: type(pickle_error(S("b", credential_provider=lambda: None))).__name__)
    step("S3Store.pickle.from_url", lambda: equal(
        pickle.loads(pickle.dumps(stores.from_url("s3://b/p", region="r"))), S("b", prefix="p", region="r")))
    step("S3Store.getnewargs", lambda: S("b", prefix="p", region="r").__getnewargs_ex__())
    step("S3Store.getnewargs.options", lambda: sorted(S("b", client_options={}, retry_config={}).__getnewargs_ex__()[1]))
    step("S3Store.copy", lambda: copy.copy(S("b")) == S("b"))
    step("S3Store.deepcopy", lambda: copy.deepcopy(S("b")) == S("b"))
    step("S3Store.provider", lambda: S("b", credential_provider=provider).credential_provider is provider)
    step("S3Store.provider.none", lambda: S("b", credential_provider=None).credential_provider)
    step("S3Store.provider.not_callable", lambda: S("b", credential_provider={}))
    step("S3Store.provider.config", lambda: S("b", credential_provider=WithConfig()).config)
    step("S3Store.provider.config.overridden", lambda: S("b", credential_provider=WithConfig(), region="r").config)
    step("S3Store.attribute", lambda: setattr(S("b"), "x", 1))
    step("S3Store.prefix.set", lambda: setattr(S("b"), "prefix", "x"))
    step("S3Store.http.no", lambda: S("b", endpoint="http://127.0.0.1:1", skip_signature=True,
                                      retry_config={"max_retries": 0}).get("a"))
    step("S3Store.refused", lambda: S("b", endpoint="http://127.0.0.1:1", skip_signature=True,
                                      client_options={"allow_http": True}, retry_config={"max_retries": 0}).get("a"))
    step("S3Store.refused.list", lambda: S("b", endpoint="http://127.0.0.1:1", skip_signature=True,
                                           client_options={"allow_http": True}, retry_config={"max_retries": 0}).list().collect())


def pickle_error(store):
    try:
        pickle.dumps(store)
    except Exception as e:
        return e


def group_paths_of_prefix():
    step("LocalStore.prefix.type", lambda: isinstance(stores.LocalStore("/").prefix, pathlib.Path))
