"""list and list_with_delimiter."""

from record import by_path, names, step
from subject import filled, m, new_store

TREE = ["a.txt", "b", "d/a", "d/b", "d/e/f/g", "d-x", "d.x/y", "dd/a", "é/ü", "z"]


def metas(stream):
    return by_path([meta for chunk in stream for meta in chunk])


def group_list():
    store = filled(*TREE)
    step("list.type", lambda: type(store.list()).__name__)
    step("list.has", lambda: sorted(n for n in dir(store.list()) if not n.startswith("_")))
    step("list", lambda: metas(store.list()))
    step("list.collect", lambda: by_path(store.list().collect()))
    step("list.collect.type", lambda: [type(store.list().collect()).__name__, type(store.list().collect()[0]).__name__])
    step("list.order_of_keys", lambda: list(store.list().collect()[0]))
    step("list.chunk.type", lambda: [type(chunk).__name__ for chunk in store.list()])
    step("list.function", lambda: len(m.list(store).collect()))
    step("list.keywords", lambda: len(m.list(store=store, prefix="d", offset=None, chunk_size=3, return_arrow=False).collect()))
    for prefix in ("d", "d/", "/d", "d/e", "d/e/f/g", "a.txt", "a", "a.t", "none", "", "/", "é", "d-", "dd", "d/a", "b/"):
        step(f"list.prefix.{prefix}", lambda: names(store, prefix))
    step("list.prefix.null", lambda: len(names(store, None)))
    step("list.prefix.keyword", lambda: names(store, prefix="d"))
    for prefix in ("d//e", "..", "d/../d", "."):
        step(f"list.prefix.bad.{prefix}", lambda: names(store, prefix))
    step("list.late_error", lambda: type(store.list("none")).__name__)
    step("list.empty", lambda: new_store().list().collect())
    step("list.empty.iterate", lambda: list(new_store().list()))
    step("list.root_path", lambda: [m for m in names(store) if m.startswith("/")])


def group_offset():
    store = filled(*TREE)
    for offset in ("a.txt", "b", "d", "d/", "d/a", "d/b", "d/e", "d.x/y", "zz", "z", "none", "", "c", "é"):
        step(f"list.offset.{offset}", lambda: names(store, offset=offset))
    step("list.offset.prefix", lambda: names(store, "d", offset="d/a"))
    step("list.offset.prefix.before", lambda: names(store, "d", offset="a"))
    step("list.offset.prefix.after", lambda: names(store, "d", offset="z"))
    step("list.offset.bad", lambda: names(store, offset="a//b"))
    step("list.offset.int", lambda: names(store, offset=1))


def group_chunks():
    store = filled(*[f"n/{i:03}" for i in range(120)])
    step("list.chunks", lambda: [len(chunk) for chunk in store.list()])
    for size in (1, 7, 50, 60, 119, 120, 121, 1000):
        step(f"list.chunks.{size}", lambda: [len(chunk) for chunk in store.list(chunk_size=size)])
    step("list.chunks.zero", lambda: [len(chunk) for chunk in store.list(chunk_size=0)][:3])
    step("list.chunks.all", lambda: len({meta["path"] for chunk in store.list(chunk_size=7) for meta in chunk}))
    step("list.chunks.collect", lambda: len(store.list(chunk_size=7).collect()))

    def some_then_collect():
        stream = store.list(chunk_size=30)
        first = next(stream)
        rest = stream.collect()
        return [len(first), len(rest), len({meta["path"] for meta in first + rest}), next(stream, "end"), stream.collect()]

    step("list.chunks.then_collect", some_then_collect)

    def exhausted():
        stream = store.list(chunk_size=100)
        return [len(next(stream)), len(next(stream)), next(stream, "end"), next(stream, "end"), iter(stream) is stream]

    step("list.exhausted", exhausted)
    step("list.collect.twice", lambda: (lambda s: [len(s.collect()), len(s.collect())])(store.list()))
    step("list.break", lambda: len(next(iter(store.list(chunk_size=1)))))


def group_arrow():
    store = filled("a", "b", "d/c")
    step("arrow", lambda: store.list(return_arrow=True).collect())
    step("arrow.chunks", lambda: [batch.num_rows for batch in store.list(chunk_size=2, return_arrow=True)])
    step("arrow.first", lambda: next(store.list("d", return_arrow=True)))
    step("arrow.empty", lambda: new_store().list(return_arrow=True).collect())
    step("arrow.empty.iterate", lambda: list(new_store().list(return_arrow=True)))
    step("arrow.missing_prefix", lambda: store.list("none", return_arrow=True).collect())
    step("arrow.pyarrow", lambda: pyarrow().record_batch(store.list(return_arrow=True).collect()).num_rows)
    step("arrow.arro3", lambda: [type(batch).__module__ for batch in store.list(return_arrow=True)])
    step("arrow.columns", lambda: store.list(return_arrow=True).collect().column_names)
    step("arrow.times", lambda: times(store))
    step("arrow.sizes", lambda: sorted(pyarrow().record_batch(store.list(return_arrow=True).collect())["size"].to_pylist()))
    step("arrow.delimiter", lambda: store.list_with_delimiter(return_arrow=True))
    step("arrow.delimiter.type", lambda: type(store.list_with_delimiter(return_arrow=True)["objects"]).__name__)
    step("arrow.delimiter.chunks", lambda: store.list_with_delimiter(return_arrow=True)["objects"].num_rows)
    step("arrow.delimiter.empty", lambda: store.list_with_delimiter("none", return_arrow=True))
    step("arrow.false", lambda: type(store.list(return_arrow=False).collect()).__name__)
    step("arrow.int", lambda: type(store.list(return_arrow=1).collect()).__name__)
    step("arrow.tables", lambda: pyarrow().table(store.list_with_delimiter(return_arrow=True)["objects"]).num_rows)


def pyarrow():
    import pyarrow

    return pyarrow


def times(store):
    """The same instants as the dictionaries have."""
    batch = pyarrow().record_batch(store.list(return_arrow=True).collect())
    told = dict(zip(batch["path"].to_pylist(), batch["last_modified"].to_pylist()))
    return [told[meta["path"]] == meta["last_modified"] for meta in by_path(store.list().collect())]


def group_delimiter():
    store = filled(*TREE)

    def level(*args, **kwargs):
        found = store.list_with_delimiter(*args, **kwargs)
        return {"common_prefixes": sorted(found["common_prefixes"]), "objects": by_path(found["objects"])}

    step("delimiter.type", lambda: [type(v).__name__ for v in (store.list_with_delimiter(), *store.list_with_delimiter().values())])
    step("delimiter.order", lambda: list(store.list_with_delimiter()))
    step("delimiter", lambda: level())
    for prefix in ("d", "d/", "/d/", "d/e", "d/e/f", "a.txt", "a", "none", "", "é", "dd"):
        step(f"delimiter.prefix.{prefix}", lambda: level(prefix))
    step("delimiter.keyword", lambda: level(prefix="d"))
    step("delimiter.bad", lambda: level("d//e"))
    step("delimiter.function", lambda: sorted(m.list_with_delimiter(store, "d")["common_prefixes"]))
    step("delimiter.empty", lambda: new_store().list_with_delimiter())
    step("delimiter.positional", lambda: store.list_with_delimiter("d", True))
