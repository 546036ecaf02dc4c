"""What only S3 has: a bucket, keys to it, requests."""

import concurrent.futures
import datetime
import pickle
import urllib.error
import urllib.request

from record import names, step
from subject import BACKEND, bucket, exceptions, m, new_store, root, server, stores

HOUR = datetime.timedelta(hours=1)


def group_bucket():
    if BACKEND != "s3":
        return
    none = bucket("remotestore-no-such-bucket")
    for name, call in {
        "get": lambda: none.get("a"), "head": lambda: none.head("a"), "put": lambda: none.put("a", b""),
        "put.multipart": lambda: none.put("a", b"", use_multipart=True), "delete": lambda: none.delete("a"),
        "delete.many": lambda: none.delete(["a", "b"]), "list": lambda: none.list(), "list.collect": lambda: none.list().collect(),
        "delimiter": lambda: none.list_with_delimiter(), "copy": lambda: none.copy("a", "b"), "rename": lambda: none.rename("a", "b"),
        "get_range": lambda: none.get_range("a", start=0, end=1), "get_ranges": lambda: none.get_ranges("a", starts=[0], ends=[1]),
        "open_reader": lambda: m.open_reader(none, "a"), "open_writer": lambda: m.open_writer(none, "a"),
    }.items():
        step(f"s3.no_bucket.{name}", lambda: call())


def group_keys():
    """A wrong secret is seen by a server that checks signatures; moto does not."""
    if BACKEND != "s3" or server().target == "moto":
        return
    for name, wrong in {
        "secret": {"secret_access_key": "wrong"}, "key": {"access_key_id": "wrong"},
        "anonymous": {"skip_signature": True},
    }.items():
        store = bucket(prefix=root, **wrong)
        step(f"s3.wrong.{name}.get", lambda: store.get("a"))
        step(f"s3.wrong.{name}.head", lambda: store.head("a"))
        step(f"s3.wrong.{name}.put", lambda: store.put("a", b"x"))
        step(f"s3.wrong.{name}.list", lambda: store.list().collect())
        step(f"s3.wrong.{name}.delete", lambda: store.delete("a"))
        step(f"s3.wrong.{name}.copy", lambda: store.copy("a", "b"))
    step("s3.wrong.region", lambda: bucket(region="eu-north-1").list().collect()[:0])
    raising = bucket(credential_provider=lambda: {}["none"])
    step("s3.provider.raises", lambda: raising.get("a"))
    at = server().config
    given = {"access_key_id": at["access_key_id"], "secret_access_key": at["secret_access_key"], "expires_at": None}
    step("s3.provider", lambda: bucket(prefix=root, credential_provider=lambda: given).put("provided", b"x").keys() >= {"e_tag"})


def group_prefix():
    if BACKEND != "s3":
        return
    outer = bucket(prefix=f"{root}/prefix")
    inner = bucket(prefix=f"{root}/prefix/in/ner/")
    inner.put("x/a", b"a")
    step("s3.prefix.outer", lambda: names(outer))
    step("s3.prefix.inner", lambda: names(inner))
    step("s3.prefix.inner.prefix", lambda: names(inner, "x"))
    step("s3.prefix.inner.delimiter", lambda: inner.list_with_delimiter()["common_prefixes"])
    step("s3.prefix.inner.offset", lambda: names(inner, offset="x/a"))
    step("s3.prefix.inner.get", lambda: inner.get("x/a").meta["path"])
    step("s3.prefix.not_segment", lambda: names(bucket(prefix=f"{root}/pre")))
    step("s3.prefix.copy", lambda: [inner.copy("x/a", "b"), names(outer)])
    step("s3.prefix.rename", lambda: [inner.rename("b", "c"), names(inner)])
    step("s3.prefix.delete", lambda: [inner.delete(["c"]), names(outer)])
    step("s3.prefix.empty", lambda: bucket(prefix="").prefix)
    step("s3.pickle", lambda: names(pickle.loads(pickle.dumps(inner))))
    step("s3.from_url", lambda: names(stores.from_url(
        f"s3://{server().bucket}/{root}/prefix", client_options={"allow_http": True}, **server().config)))
    step("s3.config_and_kwargs", lambda: names(stores.S3Store(
        server().bucket, prefix=f"{root}/prefix", config=server().config, client_options={"allow_http": "true"})))


def group_odd_keys():
    """Keys that no path names, written by another program; versitygw cannot hold them."""
    if BACKEND != "s3" or server().target != "moto":
        return
    client = boto3_client()
    for name, key in {
        "marker": "m/", "marker.deep": "m/n/", "double": "a//b", "leading": "/a", "trailing": "a/b//", "dot": "a/./b",
        "up": "a/../b", "only_dots": "..", "tab": "a\tb", "delete": "a\x7fb", "percent": "a%2Fb",
        "backslash": "a\\b", "plus": "a+b c", "unicode": "e\u0301", "own_marker": "",
    }.items():
        prefix = f"{root}/odd/{name}"
        client.put_object(Bucket=server().bucket, Key=f"{prefix}/{key}", Body=b"odd")
        client.put_object(Bucket=server().bucket, Key=f"{prefix}/z", Body=b"z")
        store = bucket(prefix=prefix)
        step(f"s3.odd.{name}.list", lambda: names(store))
        step(f"s3.odd.{name}.chunks", lambda: [len(chunk) for chunk in store.list(chunk_size=1)])
        step(f"s3.odd.{name}.delimiter", lambda: {k: sorted(m if isinstance(m, str) else m["path"] for m in found)
                                                  for k, found in store.list_with_delimiter().items()})
        step(f"s3.odd.{name}.get", lambda: store.get(key).bytes())
        step(f"s3.odd.{name}.delete", lambda: store.delete([key]))


def group_versions():
    """A bucket that keeps versions."""
    if BACKEND != "s3" or server().target != "moto":
        return
    name = root + "-versioned"
    boto3_client().create_bucket(Bucket=name)
    boto3_client().put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    store = bucket(name)
    first, second = store.put("a", b"first"), store.put("a", b"second!")
    step("s3.version.put", lambda: [type(r["version"]).__name__ for r in (first, second)])
    step("s3.version.put.multipart", lambda: type(store.put("m", b"x", use_multipart=True)["version"]).__name__)
    step("s3.version.head", lambda: store.head("a")["version"] == second["version"])
    step("s3.version.get.meta", lambda: store.get("a").meta["version"] == second["version"])
    step("s3.version.list", lambda: [meta["version"] for meta in store.list("").collect()])
    step("s3.version.get", lambda: store.get("a", options={"version": first["version"]}).bytes())
    step("s3.version.get.range", lambda: store.get("a", options={"version": first["version"], "range": (0, 2)}).bytes())
    step("s3.version.get.head", lambda: store.get("a", options={"version": first["version"], "head": True}).meta["size"])
    step("s3.version.get.other", lambda: store.get("a", options={"version": "none"}))
    step("s3.version.deleted", lambda: [store.delete("a"), names(store)])
    step("s3.version.deleted.get", lambda: store.get("a"))
    step("s3.version.deleted.get.version", lambda: store.get("a", options={"version": first["version"]}).bytes())


def boto3_client():
    import boto3

    at = server().config
    return boto3.client("s3", endpoint_url=at["endpoint"], region_name=at["region"],
                        aws_access_key_id=at["access_key_id"], aws_secret_access_key=at["secret_access_key"])


def group_pages():
    """More than a page of a listing and a request of a deletion hold."""
    if BACKEND != "s3" or server().target == "moto":
        return
    store = new_store()
    keys = [f"k/{i:04}" for i in range(1100)]
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: store.put(key, b""), keys))
    step("s3.pages.list", lambda: names(store) == keys)
    step("s3.pages.chunks", lambda: [len(chunk) for chunk in store.list("k", chunk_size=600)])
    step("s3.pages.offset", lambda: len(names(store, "k", offset="k/0050")))
    step("s3.pages.delimiter", lambda: len(store.list_with_delimiter("k")["objects"]))
    step("s3.pages.arrow", lambda: store.list(return_arrow=True).collect().num_rows)
    step("s3.pages.delete", lambda: [store.delete(keys), names(store)])


def group_conditions():
    if BACKEND != "s3":
        return
    store = new_store()
    store.put("a", b"a")
    for name, mode in (("create", "create"), ("update", {"e_tag": '"x"'}), ("overwrite", "overwrite")):
        step(f"s3.conditional_put.disabled.{name}", lambda: sorted(
            bucket(prefix=store.prefix, conditional_put="disabled").put("a", b"a", mode=mode)))
    multipart = bucket(prefix=store.prefix, copy_if_not_exists="multipart")
    step("s3.copy.multipart", lambda: [multipart.copy("a", "m", overwrite=False), store.get("m").bytes()])
    step("s3.copy.multipart.conflict", lambda: multipart.copy("a", "m", overwrite=False))
    step("s3.copy.multipart.rename", lambda: [multipart.rename("m", "n", overwrite=False), names(store)])
    step("s3.copy.multipart.missing", lambda: multipart.copy("none", "o", overwrite=False))
    plain = bucket(prefix=store.prefix)
    step("s3.copy.default.kept", lambda: error_then_names(plain))
    single = bucket(prefix=store.prefix, disable_bulk_delete=True)
    step("s3.disable_bulk_delete", lambda: [single.delete(["a", "none"]), names(store)])
    step("s3.unsigned_payload", lambda: sorted(bucket(prefix=store.prefix, unsigned_payload=True).put("u", b"u")))
    step("s3.checksum.sha256", lambda: sorted(bucket(prefix=store.prefix, checksum_algorithm="SHA256").put("c", b"c")))
    step("s3.checksum.multipart", lambda: sorted(bucket(prefix=store.prefix, checksum_algorithm="SHA256").put(
        "c", b"c", use_multipart=True)))
    step("s3.default_content_type", lambda: [bucket(prefix=store.prefix, client_options={
        "allow_http": True, "default_content_type": "text/x"}).put("t", b"") and None, store.get("t").attributes])
    step("s3.default_headers", lambda: sorted(bucket(prefix=store.prefix, client_options={
        "allow_http": True, "default_headers": {"X-Amz-Meta-H": "v"}}).put("h", b"")))


def error_then_names(store):
    try:
        store.copy("a", "p", overwrite=False)
    except (exceptions.BaseError, NotImplementedError) as e:
        return [type(e).__name__, "p" in names(store)]
    return ["copied", "p" in names(store)]


def group_sign():
    if BACKEND != "s3":
        return
    store = new_store()
    store.put("a b.txt", b"signed")
    step("s3.sign.get", lambda: fetch(m.sign(store, "GET", "a b.txt", HOUR)))
    step("s3.sign.head", lambda: fetch(m.sign(store, "HEAD", "a b.txt", HOUR), "HEAD"))
    step("s3.sign.put", lambda: [fetch(m.sign(store, "PUT", "put", HOUR), "PUT", b"by url"), store.get("put").bytes()])
    step("s3.sign.delete", lambda: [fetch(m.sign(store, "DELETE", "put", HOUR), "DELETE"), names(store)])
    step("s3.sign.many", lambda: [fetch(url) for url in m.sign(store, "GET", ["a b.txt", "a b.txt"], HOUR)])
    if server().target != "moto":
        step("s3.sign.other_method", lambda: fetch(m.sign(store, "GET", "a b.txt", HOUR), "DELETE"))
        step("s3.sign.unsigned", lambda: fetch(m.sign(store, "GET", "a b.txt", HOUR).split("?")[0]))


def fetch(url, method="GET", data=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {"Content-Type": "application/octet-stream"} if data else {}
    try:
        with opener.open(urllib.request.Request(url, data, headers, method=method)) as answer:
            return [answer.status // 100, answer.read()]
    except urllib.error.HTTPError as e:
        return [e.code]
