"""The options of get."""

import datetime
import time

from record import step
from subject import m, new_store

TEN = b"0123456789"
UTC = datetime.timezone.utc
HOUR = datetime.timedelta(hours=1)


def group_ranges():
    store = new_store()
    store.put("a", TEN)
    store.put("empty", b"")

    def ranged(value, path="a"):
        result = store.get(path, options={"range": value})
        return [result.range, result.meta["size"], result.bytes()]

    for name, value in {
        "tuple": (2, 5), "list": [2, 5], "from_start": (0, 3), "whole": (0, 10), "past_end": (5, 100), "last": (9, 10),
        "zero": (3, 3), "zero.start": (0, 0), "reversed": (5, 2), "at_end": (10, 12), "behind": (20, 30),
        "negative": (-3, -1), "three": (1, 2, 3), "one": (1,), "floats": (1.0, 2.0), "texts": ("1", "2"), "none": (None, 2),
        "range": range(2, 4), "slice": slice(2, 4), "int": 3, "text": "1-2",
        "offset": {"offset": 4}, "offset.zero": {"offset": 0}, "offset.end": {"offset": 10}, "offset.behind": {"offset": 11},
        "offset.negative": {"offset": -1}, "offset.none": {"offset": None},
        "suffix": {"suffix": 4}, "suffix.whole": {"suffix": 10}, "suffix.more": {"suffix": 100}, "suffix.zero": {"suffix": 0},
        "suffix.negative": {"suffix": -1}, "both": {"offset": 2, "suffix": 3}, "neither": {}, "unknown": {"start": 1},
        "huge": (0, 2**63), "too_huge": (0, 2**64),
    }.items():
        step(f"range.{name}", lambda: ranged(value))
    step("range.null", lambda: ranged(None))
    step("range.empty.suffix", lambda: ranged({"suffix": 5}, "empty"))
    step("range.empty.offset", lambda: ranged({"offset": 0}, "empty"))
    step("range.empty.bounded", lambda: ranged((0, 1), "empty"))
    step("range.missing", lambda: ranged((0, 1), "none"))


def group_tags():
    store = new_store()
    store.put("a", TEN)
    tag = store.head("a")["e_tag"]
    bare = tag.strip('"')

    def got(**options):
        return store.get("a", options=options).bytes()

    for name, value in {
        "same": tag, "bare": bare, "quoted": f'"{bare}"', "other": '"other"', "other.bare": "other", "star": "*",
        "list": f'"x", {tag}', "list.others": '"x", "y"', "weak": f"W/{tag}", "none": None, "empty": "", "list.spaces": f' {tag} ',
    }.items():
        step(f"if_match.{name}", lambda: got(if_match=value))
        step(f"if_none_match.{name}", lambda: got(if_none_match=value))
    step("if_match.int", lambda: got(if_match=1))
    step("if_match.missing", lambda: store.get("none", options={"if_match": "*"}))
    step("if_none_match.missing", lambda: store.get("none", options={"if_none_match": "*"}))
    step("if_match.changed", lambda: [store.put("a", b"new") and None, got(if_match=tag)])
    step("if_match.range", lambda: store.get("a", options={"if_match": store.head("a")["e_tag"], "range": (0, 2)}).bytes())


def group_times():
    store = new_store()
    store.put("a", TEN)
    at = store.head("a")["last_modified"]
    second = at.replace(microsecond=0)

    def got(**options):
        return store.get("a", options=options).bytes()

    for name, value in {
        "before": second - HOUR, "after": second + HOUR, "second_later": second + datetime.timedelta(seconds=1),
        "none": None, "naive": (second - HOUR).replace(tzinfo=None), "exact": at,
        "zone": (second - HOUR).astimezone(datetime.timezone(datetime.timedelta(hours=2))), "number": time.time(),
        "date": datetime.date(2020, 1, 1), "old": datetime.datetime(1970, 1, 1, tzinfo=UTC), "text": "2020-01-01T00:00:00Z",
    }.items():
        step(f"if_modified_since.{name}", lambda: got(if_modified_since=value))
        step(f"if_unmodified_since.{name}", lambda: got(if_unmodified_since=value))
    tag = store.head("a")["e_tag"]
    step("precedence.match", lambda: got(if_match=tag, if_unmodified_since=second - HOUR))
    step("precedence.none_match", lambda: got(if_none_match='"other"', if_modified_since=second + HOUR))
    step("precedence.both", lambda: got(if_match=tag, if_none_match=tag))
    step("precedence.neither", lambda: got(if_match='"other"', if_none_match='"other"'))


def group_others():
    store = new_store()
    store.put("a", TEN)
    step("options.empty", lambda: store.get("a", options={}).bytes())
    step("options.unknown", lambda: store.get("a", options={"no_such": 1}).bytes())
    step("options.head", lambda: store.get("a", options={"head": True}).meta)
    step("options.head.bytes", lambda: store.get("a", options={"head": True}).bytes())
    step("options.head.range", lambda: store.get("a", options={"head": True}).range)
    step("options.head.with_range", lambda: store.get("a", options={"head": True, "range": (2, 4)}).range)
    step("options.head.false", lambda: store.get("a", options={"head": False}).bytes())
    step("options.head.none", lambda: store.get("a", options={"head": None}).bytes())
    step("options.head.int", lambda: store.get("a", options={"head": 1}).bytes())
    step("options.head.missing", lambda: store.get("none", options={"head": True}))
    step("options.version.none", lambda: store.get("a", options={"version": None}).bytes())
    step("options.version.other", lambda: store.get("a", options={"version": "no-such-version"}).bytes())
    step("options.version.int", lambda: store.get("a", options={"version": 1}).bytes())
    step("options.function", lambda: m.get(store, "a", options={"range": (1, 2)}).bytes())
