"""What only a folder has: real folders, links, other files."""

import os

from record import by_path, names, step
from subject import BACKEND, filled, m, new_folder, stores


def group_folders():
    if BACKEND != "local":
        return
    store = filled("a", "d/e/f")
    at = store.prefix
    step("local.tag", lambda: len(store.head("a")["e_tag"].strip('"').split("-")))
    step("local.delete.keeps_folder", lambda: [store.delete("d/e/f"), (at / "d" / "e").is_dir()])
    step("local.empty_folder.list", lambda: names(store))
    step("local.empty_folder.delimiter", lambda: store.list_with_delimiter()["common_prefixes"])
    step("local.empty_folder.deep", lambda: store.list_with_delimiter("d"))
    cleaning = stores.LocalStore(new_folder(), automatic_cleanup=True)
    cleaning.put("x/y/z", b"")
    cleaning.put("x/k", b"")
    step("local.cleanup", lambda: [cleaning.delete("x/y/z"), sorted(p.name for p in (cleaning.prefix / "x").iterdir())])
    step("local.cleanup.last", lambda: [cleaning.delete("x/k"), sorted(p.name for p in cleaning.prefix.iterdir())])
    step("local.cleanup.root", lambda: cleaning.prefix.is_dir())
    step("local.cleanup.many", lambda: [cleaning.put("p/q", b"") and None, cleaning.delete(["p/q"]),
                                        sorted(p.name for p in cleaning.prefix.iterdir())])
    step("local.cleanup.rename", lambda: [cleaning.put("p/q", b"") and None, cleaning.rename("p/q", "r"),
                                          sorted(p.name for p in cleaning.prefix.iterdir())])


def group_files():
    if BACKEND != "local":
        return
    at = new_folder()
    store = stores.LocalStore(at)
    (at / "a").write_bytes(b"a")
    (at / "link").symlink_to("a")
    (at / "dangling").symlink_to("none")
    (at / "d").mkdir()
    (at / "d" / "x").write_bytes(b"x")
    (at / "linked").symlink_to("d")
    os.mkfifo(at / "fifo")
    (at / "half#1").write_bytes(b"h")
    (at / "upload#12").write_bytes(b"u")
    (at / ".hidden").write_bytes(b"h")
    (at / "a%20b").write_bytes(b"p")
    (at / "c d").write_bytes(b"s")
    step("local.list.link", lambda: "link" in names(store))
    step("local.get.link", lambda: store.get("link").bytes())
    step("local.get.dangling", lambda: store.get("dangling"))
    step("local.get.linked_folder", lambda: store.get("linked/x").bytes())
    step("local.list.names", lambda: names(store))
    step("local.list.delimiter", lambda: {k: sorted(str(v["path"] if isinstance(v, dict) else v) for v in found)
                                          for k, found in store.list_with_delimiter().items()})
    step("local.get.staged", lambda: store.get("half#1").bytes())
    step("local.put.staged", lambda: store.put("half#2", b"x"))
    step("local.get.hidden", lambda: store.get(".hidden").bytes())
    step("local.get.percent", lambda: store.get("a%20b").bytes())
    step("local.get.percent.not_space", lambda: store.get("c%20d").bytes())
    step("local.get.space", lambda: store.get("c d").bytes())
    step("local.mode", lambda: oct((store.put("new", b"") and at / "new").stat().st_mode))
    step("local.over.link", lambda: [store.put("link", b"new") and None, (at / "link").is_symlink(), (at / "a").read_bytes()])
    step("local.delete.link", lambda: [store.delete("link"), (at / "a").exists()])
    step("local.stat", lambda: by_path(store.list("d").collect())[0])
    step("local.left", lambda: sorted(p.name for p in at.iterdir() if "#" in p.name))


def group_links():
    """Links to folders, to where they are, and out of the store."""
    if BACKEND != "local":
        return
    for name, target in (("inside", "d"), ("loop", "."), ("up", ".."), ("outside", str(new_folder())), ("none", "none")):
        at = new_folder()
        (at / "d").mkdir()
        (at / "d" / "x").write_bytes(b"x")
        if name == "outside":
            (at / target).joinpath("o").write_bytes(b"o")
        (at / "link").symlink_to(target)
        store = stores.LocalStore(at)
        step(f"local.link.{name}.list", lambda: names(store))
        step(f"local.link.{name}.list.itself", lambda: names(store, "link"))
        step(f"local.link.{name}.delimiter", lambda: sorted(store.list_with_delimiter()["common_prefixes"]))
        step(f"local.link.{name}.put", lambda: [store.put("link/new", b"n") and None, store.get("link/new").bytes()])
        step(f"local.link.{name}.delete", lambda: store.delete("link"))


def group_odd_names():
    """Files whose names are no paths."""
    if BACKEND != "local":
        return
    for name, odd in (("tab", b"t\tab"), ("newline", b"n\n"), ("latin", b"l\xff"), ("backslash", b"b\\c"), ("tilde", b"~")):
        at = new_folder()
        (at / "a").write_bytes(b"a")
        with open(os.fsencode(at) + b"/" + odd, "wb"):
            pass
        store = stores.LocalStore(at)
        step(f"local.odd.{name}.list", lambda: names(store))
        step(f"local.odd.{name}.delimiter", lambda: len(store.list_with_delimiter()["objects"]))
        step(f"local.odd.{name}.get", lambda: store.get(os.fsdecode(odd)).bytes())
        step(f"local.odd.{name}.other", lambda: store.get("a").bytes())


def group_no_prefix():
    if BACKEND != "local":
        return
    at = new_folder()
    (at / "a").write_bytes(b"a")
    store = stores.LocalStore()
    step("local.no_prefix.get", lambda: store.get(str(at / "a")).bytes())
    step("local.no_prefix.head", lambda: store.head(str(at / "a"))["path"])
    step("local.no_prefix.put", lambda: [store.put(str(at / "b"), b"b") and None, (at / "b").read_bytes()])
    step("local.no_prefix.list", lambda: names(store, str(at)))
    step("local.no_prefix.list.relative", lambda: len(names(store, str(at).lstrip("/"))))
    relative = step("local.relative", lambda: relative_store(at))
    step("local.relative.get", lambda: relative.get("a").bytes())
    step("local.removed", lambda: removed())


def relative_store(at):
    """A relative prefix is that of the folder where it was made."""
    before = os.getcwd()
    os.chdir(at)
    try:
        return stores.LocalStore(".")
    finally:
        os.chdir(before)


def removed():
    at = new_folder()
    store = stores.LocalStore(at)
    at.rmdir()
    return [store.list().collect(), m.put(store, "a", b"x") and None, at.is_dir()]
