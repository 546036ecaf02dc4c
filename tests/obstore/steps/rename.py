"""rename."""

from record import names, step
from subject import filled, m

SIX = ["a", "b", "d/a", "d/b", "d/e/f", "dd"]


def group_rename():
    store = filled(*SIX)
    step("rename", lambda: [store.rename("a", "c"), names(store), bytes(store.get("c").bytes())])
    step("rename.over", lambda: [store.rename("c", "b"), bytes(store.get("b").bytes())])
    step("rename.deep", lambda: [store.rename("b", "x/y/z"), names(store)])
    step("rename.missing", lambda: store.rename("none", "n"))
    step("rename.missing.over", lambda: store.rename("none", "dd"))
    step("rename.missing.kept", lambda: names(store))
    step("rename.folder", lambda: store.rename("d", "moved"))
    step("rename.folder.after", lambda: names(store))
    step("rename.function", lambda: [m.rename(store, "dd", "ee"), names(store)])
    step("rename.keywords", lambda: m.rename(store=store, from_="ee", to="ff", overwrite=True))
    step("rename.bad", lambda: store.rename("a//b", "c"))
    store = filled("a", "b", "c")
    step("rename.new", lambda: [store.rename("a", "n", overwrite=False), names(store)])
    step("rename.conflict", lambda: store.rename("b", "c", overwrite=False))
    step("rename.conflict.kept", lambda: [names(store), bytes(store.get("c").bytes())])
    step("rename.new.missing", lambda: store.rename("none", "m", overwrite=False))
    step("rename.itself", lambda: store.rename("b", "b"))
    step("rename.itself.after", lambda: names(store))
    step("rename.positional", lambda: store.rename("b", "c", False))
