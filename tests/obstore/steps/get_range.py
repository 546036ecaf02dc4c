"""get_range and get_ranges."""

from record import step
from subject import m, new_store

TEN = b"0123456789"


def group_one():
    store = new_store()
    store.put("a", TEN)
    store.put("empty", b"")

    def ranged(path="a", **bounds):
        return store.get_range(path, **bounds)

    for name, bounds in {
        "end": {"start": 2, "end": 5}, "length": {"start": 2, "length": 3}, "both": {"start": 2, "end": 5, "length": 3},
        "both.contradict": {"start": 2, "end": 5, "length": 1}, "neither": {"start": 2}, "no_start": {"end": 2},
        "whole": {"start": 0, "end": 10}, "past_end": {"start": 5, "end": 100}, "past_end.length": {"start": 5, "length": 100},
        "zero": {"start": 3, "end": 3}, "zero.length": {"start": 3, "length": 0}, "zero.behind": {"start": 30, "length": 0},
        "at_end": {"start": 10, "end": 12}, "behind": {"start": 20, "end": 30}, "reversed": {"start": 5, "end": 2},
        "nones": {"start": 2, "end": None, "length": None}, "start.none": {"start": None, "end": 2},
        "bool": {"start": False, "end": True}, "length.negative": {"start": 2, "length": -1},
        "overflow": {"start": 2**63, "length": 2**63}, "last": {"start": 9, "end": 10},
    }.items():
        step(f"get_range.{name}", lambda: ranged(**bounds))
    step("get_range.type", lambda: type(ranged(start=0, end=1)).__name__)
    step("get_range.function", lambda: m.get_range(store, "a", start=1, end=3))
    step("get_range.positional", lambda: store.get_range("a", 1, 3))
    step("get_range.empty", lambda: ranged("empty", start=0, end=1))
    step("get_range.empty.zero", lambda: ranged("empty", start=0, end=0))
    step("get_range.missing", lambda: ranged("none", start=0, end=1))
    step("get_range.missing.zero", lambda: ranged("none", start=0, end=0))
    step("get_range.folder", lambda: [store.put("d/x", b"") and None, ranged("d", start=0, end=1)])


def group_many():
    store = new_store()
    store.put("a", TEN)
    store.put("large", bytes(range(256)) * 8192)  # 2 MiB

    def ranged(path="a", **bounds):
        return store.get_ranges(path, **bounds)

    for name, bounds in {
        "ends": {"starts": [2, 5], "ends": [4, 9]}, "lengths": {"starts": [2, 5], "lengths": [2, 4]},
        "both": {"starts": [2], "ends": [4], "lengths": [2]}, "both.contradict": {"starts": [2], "ends": [4], "lengths": [1]},
        "neither": {"starts": [2]}, "empty": {"starts": [], "ends": []}, "empty.lengths": {"starts": [], "lengths": []},
        "one": {"starts": [0], "ends": [10]}, "overlapping": {"starts": [2, 3, 2], "ends": [6, 8, 4]},
        "same": {"starts": [2, 2], "ends": [4, 4]}, "reversed_order": {"starts": [8, 4, 0], "ends": [9, 5, 1]},
        "more_starts": {"starts": [1, 2], "ends": [3]}, "more_ends": {"starts": [1], "ends": [3, 4]},
        "more_lengths": {"starts": [1], "lengths": [3, 4]}, "past_end": {"starts": [5], "ends": [100]},
        "past_end.second": {"starts": [0, 5], "ends": [2, 100]},
        "behind": {"starts": [20], "ends": [30]}, "zero": {"starts": [3], "ends": [3]}, "zero.length": {"starts": [3], "lengths": [0]},
        "zero.among": {"starts": [1, 3], "lengths": [1, 0]},
        "crossed": {"starts": [5], "ends": [2]}, "tuples": {"starts": (1, 2), "ends": (3, 4)}, "range": {"starts": range(2), "ends": range(1, 3)},
        "ends.none": {"starts": [1], "ends": None}, "texts": {"starts": ["1"], "ends": ["2"]}, "floats": {"starts": [1.0], "ends": [2.0]},
        "coalesce.zero": {"starts": [0, 5], "ends": [1, 6], "coalesce": 0}, "coalesce.one": {"starts": [0, 5], "ends": [1, 6], "coalesce": 1},
        "coalesce.negative": {"starts": [0], "ends": [1], "coalesce": -1}, "coalesce.text": {"starts": [0], "ends": [1], "coalesce": "1"},
    }.items():
        step(f"get_ranges.{name}", lambda: ranged(**bounds))
    step("get_ranges.numpy", lambda: ranged(starts=numpy([1, 2]), ends=numpy([3, 4])))
    step("get_ranges.generator", lambda: ranged(starts=(i for i in [1]), ends=[2]))
    step("get_ranges.type", lambda: [type(ranged(starts=[0], ends=[1])).__name__,
                                     type(ranged(starts=[0], ends=[1])[0]).__name__])
    step("get_ranges.function", lambda: m.get_ranges(store, "a", starts=[1], ends=[3]))
    step("get_ranges.positional", lambda: store.get_ranges("a", [1], [3]))
    step("get_ranges.missing", lambda: ranged("none", starts=[0], ends=[1]))
    step("get_ranges.missing.no_ranges", lambda: ranged("none", starts=[], ends=[]))
    step("get_ranges.large", lambda: [bytes(b) for b in ranged("large", starts=[0, 1_500_000, 256], lengths=[3, 3, 3])])
    step("get_ranges.large.apart", lambda: [bytes(b) for b in ranged(
        "large", starts=[0, 1_500_000, 256], lengths=[3, 3, 3], coalesce=0)])
    step("get_ranges.many", lambda: len(ranged("large", starts=list(range(0, 500_000, 1000)), lengths=[2] * 500, coalesce=0)))
    step("get_ranges.zero_copy", lambda: bytes(ranged("large", starts=[256, 512], lengths=[2, 2])[1]))


def numpy(values):
    import numpy

    return numpy.array(values)
