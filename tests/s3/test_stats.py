"""What the library tells of the requests that it has sent."""

import ctypes
import json

import pytest
from comparison import open_store
from remotestore import _abi
from remotestore._call import call
from remotestore._library import library
from remotestore._memory import Text


def counted():
    stats, reasons = _abi.rstore_stats_record(), Text()
    assert library.rstore_stats(ctypes.byref(stats), ctypes.sizeof(stats)) == _abi.OK
    call(library.rstore_stats_reasons, ctypes.byref(reasons), ctypes.sizeof(reasons))
    return stats.fast_lane, stats.sdk_lane, json.loads(str(reasons))


@pytest.mark.parametrize("options, fast", [({}, True), ({"fast_lane": "false"}, False)])
def test_requests_are_counted_by_who_served_them(recorder, options, fast):
    before = counted()
    with open_store(recorder, **options) as store:
        for _ in range(3):
            store.read_bytes("a")
    after = counted()
    assert (after[0] - before[0], after[1] - before[1]) == ((3, 0) if fast else (0, 3))
    changed = {reason: count - before[2][reason] for reason, count in after[2].items() if count != before[2][reason]}
    assert changed == ({} if fast else {"option": 3})
    assert sum(after[2].values()) == after[1]
