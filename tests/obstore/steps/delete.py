"""delete and copy."""

from record import names, step
from subject import BACKEND, filled, m, new_store

SIX = ["a", "b", "d/a", "d/b", "d/e/f", "dd"]


def group_delete():
    store = filled(*SIX)
    step("delete.one", lambda: [store.delete("a"), names(store)])
    step("delete.missing", lambda: store.delete("a"))
    step("delete.folder", lambda: store.delete("d"))
    step("delete.folder.kept", lambda: names(store))
    step("delete.root", lambda: store.delete(""))
    step("delete.slash", lambda: [store.delete("b/"), names(store)])
    step("delete.many", lambda: [store.delete(["d/a", "d/b"]), names(store)])
    step("delete.tuple", lambda: [store.delete(("dd",)), names(store)])
    step("delete.none", lambda: store.delete([]))
    step("delete.function", lambda: [m.delete(store, "d/e/f"), names(store)])
    store = filled(*SIX)
    step("delete.many.missing", lambda: store.delete(["none"]))
    step("delete.many.some_missing", lambda: store.delete(["a", "none", "b"]))
    step("delete.many.same", lambda: [new_store().put("x", b"") and None, filled("x").delete(["x", "x"])])
    step("delete.many.bad", lambda: store.delete(["dd", "a//b"]))
    step("delete.many.bad.kept", lambda: "dd" in names(store))
    step("delete.bad", lambda: store.delete("a//b"))
    step("delete.int", lambda: store.delete(1))
    step("delete.null", lambda: store.delete(None))
    step("delete.ints", lambda: store.delete([1]))
    step("delete.generator", lambda: store.delete(p for p in ["dd"]))
    step("delete.set", lambda: store.delete({"dd"}))
    step("delete.dict", lambda: store.delete({"dd": 1}))
    step("delete.keyword", lambda: m.delete(store=store, paths="d/a"))
    many = filled(*[f"m/{i:04}" for i in range(120)])
    step("delete.120", lambda: [many.delete([f"m/{i:04}" for i in range(120)]), names(many)])
    step("delete.again", lambda: [store.put("again", b"1") and None, store.delete("again"),
                                  store.put("again", b"2") and None, bytes(store.get("again").bytes())])


def group_copy():
    store = filled(*SIX)
    step("copy", lambda: [store.copy("a", "c"), bytes(store.get("c").bytes())])
    step("copy.source_kept", lambda: bytes(store.get("a").bytes()))
    step("copy.deep", lambda: [store.copy("a", "x/y/z"), names(store, "x")])
    step("copy.over", lambda: [store.copy("a", "b"), bytes(store.get("b").bytes())])
    step("copy.missing", lambda: store.copy("none", "n"))
    step("copy.missing.over", lambda: store.copy("none", "a"))
    step("copy.folder", lambda: store.copy("d", "n"))
    step("copy.to_folder", lambda: store.copy("a", "d"))
    step("copy.itself", lambda: store.copy("a", "a"))
    step("copy.itself.kept", lambda: bytes(store.get("a").bytes()))
    step("copy.under_object", lambda: store.copy("a", "b/x"))
    step("copy.function", lambda: [m.copy(store, "a", "f"), bytes(store.get("f").bytes())])
    step("copy.keywords", lambda: m.copy(store=store, from_="a", to="k", overwrite=True))
    step("copy.bad", lambda: store.copy("a//b", "c"))
    step("copy.bad.to", lambda: store.copy("a", "c/../d"))
    store = filled("a", "b")
    step("copy.new", lambda: [store.copy("a", "n", overwrite=False), bytes(store.get("n").bytes())])
    step("copy.conflict", lambda: store.copy("a", "b", overwrite=False))
    step("copy.conflict.kept", lambda: bytes(store.get("b").bytes()))
    step("copy.new.missing", lambda: store.copy("none", "m", overwrite=False))
    step("copy.positional", lambda: store.copy("a", "b", False))
    if BACKEND != "local":
        store.put("attributes", b"x", attributes={"Content-Type": "text/x", "key": "value"})
        step("copy.attributes", lambda: [store.copy("attributes", "copied"), store.get("copied").attributes])
