"""URLs: which store they name, and which store they make."""

import pathlib

from record import step
from subject import folder, m, new_folder, stores

URLS = """
s3://b s3://b/p s3a://b/p S3://b gs://b gcs://b memory: memory:/// memory://x memory:///a/b file:///tmp file:/tmp file://tmp/x
http://h https://h/p https://s3.us-east-1.amazonaws.com/b https://b.s3.us-east-1.amazonaws.com/p
https://b.s3.amazonaws.com/p https://s3.amazonaws.com/b https://acc.r2.cloudflarestorage.com/b http://s3.us-east-1.amazonaws.com/b
https://b.s3.cn-north-1.amazonaws.com.cn/p https://b.s3-accelerate.amazonaws.com https://b.s3.dualstack.us-east-1.amazonaws.com
https://storage.googleapis.com/b
az://c azure://c abfs://c abfss://c@a.dfs.core.windows.net adl://c https://a.blob.core.windows.net/c
ftp://h none b/p /tmp s3:/b s3:b s3:// s3:///p s3://b?x=1 s3://b#f s3://u:p@b s3://b:80/p s3:///
""".split() + ["", " s3://b ", "s3://b/a b", "s3://b/a%20b", "s3://b/%C3%A9", "s3://b//a//b/", "s3://b/a/../c"]


def told(store):
    if isinstance(store, stores.S3Store):
        return ["S3Store", store.prefix, store.config, store.client_options, store.retry_config]
    if isinstance(store, stores.LocalStore):
        return ["LocalStore", store.prefix]
    return [type(store).__name__]


def group_parse_scheme():
    for url in URLS:
        step(f"parse_scheme.{url}", lambda: m.parse_scheme(url))
    step("parse_scheme.int", lambda: m.parse_scheme(1))
    step("parse_scheme.path", lambda: m.parse_scheme(pathlib.Path("/tmp")))


def group_s3():
    # What is not S3 belongs to stores that there may be or not.
    for url in URLS:
        if "amazonaws" in url or "r2.cl" in url or url.strip()[:2].lower() == "s3":
            step(f"from_url.{url}", lambda: told(stores.from_url(url)))
            step(f"S3Store.from_url.{url}", lambda: told(stores.S3Store.from_url(url)))
    step("from_url.kwargs", lambda: told(stores.from_url("s3://b/p", region="eu-west-1", skip_signature=True)))
    step("from_url.config", lambda: told(stores.from_url("s3://b/p", config={"region": "eu-west-1"})))
    step("from_url.both", lambda: told(stores.from_url("s3://b", config={"region": "r"}, access_key_id="k")))
    step("from_url.duplicate", lambda: told(stores.from_url("s3://b", config={"region": "r"}, region="r")))
    step("from_url.options", lambda: told(stores.from_url(
        "s3://b", client_options={"timeout": "1s"}, retry_config={"max_retries": 1})))
    step("from_url.config_wins.bucket", lambda: told(stores.from_url("s3://b", config={"bucket": "other"})))
    step("from_url.config_wins.region", lambda: told(stores.from_url(
        "https://b.s3.us-east-1.amazonaws.com", config={"region": "eu-west-1"})))
    step("from_url.kwargs.region", lambda: told(stores.from_url("https://b.s3.us-east-1.amazonaws.com", region="eu-west-1")))
    step("from_url.kwargs.bucket", lambda: told(stores.from_url("s3://b", bucket="other")))
    step("from_url.kwargs.prefix", lambda: told(stores.from_url("s3://b/p", prefix="q")))
    step("from_url.unknown", lambda: told(stores.from_url("s3://b", no_such="x")))
    step("from_url.mkdir", lambda: told(stores.from_url("s3://b", mkdir=True)))
    step("from_url.int", lambda: stores.from_url(1))
    step("from_url.credential_provider", lambda: stores.from_url("s3://b", credential_provider=dict).credential_provider)
    step("from_url.credential_provider.none", lambda: stores.from_url("s3://b").credential_provider)
    step("S3Store.from_url.memory", lambda: stores.S3Store.from_url("memory:///"))
    step("S3Store.from_url.gs", lambda: stores.S3Store.from_url("gs://b"))
    step("S3Store.from_url.file", lambda: stores.S3Store.from_url("file:///tmp"))

    class Sub(stores.S3Store):
        pass

    step("S3Store.from_url.subclass", lambda: type(Sub.from_url("s3://b/p")))


def group_memory():
    for url in ("memory:", "memory:/", "memory:///", "memory://x", "memory:///a/b"):
        step(f"from_url.{url}", lambda: told(stores.from_url(url)))
    step("from_url.memory.separate", lambda: separate())
    step("from_url.memory.config", lambda: stores.from_url("memory:///", config={"a": "b"}))
    step("from_url.memory.config.empty", lambda: told(stores.from_url("memory:///", config={})))
    step("from_url.memory.kwargs", lambda: stores.from_url("memory:///", region="x"))
    step("from_url.memory.client_options", lambda: told(stores.from_url("memory:///", client_options={"timeout": "1s"})))
    step("from_url.memory.mkdir", lambda: told(stores.from_url("memory:///", mkdir=True)))
    step("MemoryStore.from_url", lambda: hasattr(stores.MemoryStore, "from_url"))


def separate():
    stores.from_url("memory:///").put("a", b"")
    return stores.from_url("memory:///").list().collect()


def group_local():
    at = new_folder()
    (at / "a b").mkdir()
    (at / "é").mkdir()
    (at / "file").write_bytes(b"x")
    step("from_url.local", lambda: told(stores.from_url(f"file://{at}")))
    step("from_url.local.slash", lambda: told(stores.from_url(f"file://{at}/")))
    step("from_url.local.one_slash", lambda: told(stores.from_url(f"file:{at}")))
    step("from_url.local.host", lambda: told(stores.from_url(f"file://localhost{at}")))
    step("from_url.local.other_host", lambda: told(stores.from_url(f"file://other{at}")))
    step("from_url.local.escaped", lambda: told(stores.from_url(f"file://{at}/a%20b")))
    step("from_url.local.space", lambda: told(stores.from_url(f"file://{at}/a b")))
    step("from_url.local.unicode", lambda: told(stores.from_url(f"file://{at}/é")))
    step("from_url.local.up", lambda: told(stores.from_url(f"file://{at}/a%20b/..")))
    step("from_url.local.missing", lambda: told(stores.from_url(f"file://{at}/none")))
    step("from_url.local.file", lambda: told(stores.from_url(f"file://{at}/file")))
    step("from_url.local.mkdir", lambda: told(stores.from_url(f"file://{at}/new/er", mkdir=True)))
    step("from_url.local.mkdir.made", lambda: (at / "new" / "er").is_dir())
    step("from_url.local.automatic_cleanup", lambda: told(stores.from_url(f"file://{at}", automatic_cleanup=True)))
    step("from_url.local.root", lambda: told(stores.from_url("file:///")))
    step("from_url.local.config", lambda: told(stores.from_url(f"file://{at}", config={"region": "x"})))
    step("from_url.local.kwargs", lambda: told(stores.from_url(f"file://{at}", region="x")))
    step("from_url.local.credential_provider", lambda: told(stores.from_url(f"file://{at}", credential_provider=dict)))
    step("from_url.local.works", lambda: bytes(stores.from_url(f"file://{at}").get("file").bytes()))
    step("LocalStore.from_url.s3", lambda: stores.LocalStore.from_url("s3://b"))
    step("LocalStore.from_url.memory", lambda: stores.LocalStore.from_url("memory:///"))
    step("LocalStore.from_url.path", lambda: stores.LocalStore.from_url(folder.name))

    class Sub(stores.LocalStore):
        pass

    step("LocalStore.from_url.subclass", lambda: type(Sub.from_url(f"file://{at}")))


def group_others():
    step("from_url.ftp", lambda: stores.from_url("ftp://h/p"))
    step("from_url.none", lambda: stores.from_url("none"))
    step("from_url.empty", lambda: stores.from_url(""))
