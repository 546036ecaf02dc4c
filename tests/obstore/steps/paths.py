"""Paths: which are taken, and as which key they come back."""

from record import names, step
from subject import new_store

PATHS = [
    "a", "a/b", "/a", "a/", "/a/", "//a", "a//", "a//b", "./a", "a/.", "a/./b", "..", "../a", "a/..", "a/../b", ".", "...", "a..b",
    ".a", "a.", " ", " a", "a ", "a b", "é", "e\u0301", "日本", "😀", "a\\b", "a%2Fb", "a%20b", "%", "%zz", "a?b", "a#b", "a*b", "a[b]",
    "a{b}", "a|b", "a<b>", "a\"b", "a'b", "a:b", "a;b", "a&b", "a=b", "a+b", "a,b", "a@b", "a$b", "a!b", "a~b", "a^b", "a`b", "(a)",
    "a\tb", "a\nb", "a\rb", "a\x00b", "a\x01b", "a\x1fb", "a\x7fb", "a\x80b", "C:/a", "s3://b/a", "-a", "~", "con",
    "a/" * 20 + "b", "x" * 200,
]


def group_written():
    for path in PATHS:
        store = new_store()
        name = path if len(path) < 50 else f"{path[:5]}*{len(path)}"
        step(f"path.{name}", lambda: [store.put(path, b"x") and None, names(store), bytes(store.get(path).bytes()),
                                      store.head(path)["path"]])


def group_others():
    store = new_store()
    store.put("a/b", b"x")
    step("path.empty.put", lambda: store.put("", b"x"))
    step("path.surrogate", lambda: store.put("a\ud800", b"x"))
    for path in ("/a/b", "a/b/", "/a/b/"):
        step(f"path.same.{path}", lambda: bytes(store.get(path).bytes()))
    for path in ("a//b", "a/./b", "a/../a/b", "A/B"):
        step(f"path.not_same.{path}", lambda: bytes(store.get(path).bytes()))
    step("path.under_object", lambda: store.put("a/b/c", b"x"))
    step("path.over_folder", lambda: store.put("a", b"x"))
    step("path.over_folder.listed", lambda: names(store))
    step("path.long", lambda: [store.put("x" * 300, b"x") and None, len(names(store))])
    step("path.too_long", lambda: store.put("x" * 1100, b"x"))
