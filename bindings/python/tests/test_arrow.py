"""Listings as Arrow data: what pyarrow and arro3 make of it, and how long it lives."""

import ctypes
import gc
import threading

import arro3.core
import pyarrow as pa
import pytest
import remotestore
from remotestore import _abi, _arrow
from remotestore._library import library

# What obstore 0.12.1 gives.
SCHEMA = pa.schema([
    pa.field("path", pa.string(), nullable=False),
    pa.field("last_modified", pa.timestamp("us", tz="UTC"), nullable=False),
    pa.field("size", pa.uint64(), nullable=False),
    pa.field("e_tag", pa.string()),
    pa.field("version", pa.string()),
])


def listing(store, flags=_abi.RECURSIVE):
    return store._listing(library.rstore_list_open, "", _abi.rstore_args(flags=flags))


def batches(store, rows=0):
    found = listing(store)
    while batch := _arrow.next_batch(found, rows):
        yield batch


def filled(count):
    store = remotestore.Store.from_url("memory://")
    for i in range(count):
        store.write(f"folder-{i % 3}/ü{i:05}", b"x" * (i % 7))
    return store


def expected(store):
    """The rows, from the listing that is not Arrow; of ETags it has no quotes."""
    return [(str(i.path), i.modified_at, i.size) for i in store.list_files("", recursive=True)]


def seen(table):
    return [(row["path"], row["last_modified"], row["size"]) for row in table.to_pylist()]


@pytest.mark.parametrize("count", [0, 1, 2500])
@pytest.mark.parametrize("rows", [0, 50, 1000, 1700, 100_000])
def test_the_rows_are_the_listing(count, rows):
    with filled(count) as store:
        found = [pa.record_batch(batch) for batch in batches(store, rows)]
        for batch in found:
            batch.validate(full=True)
            assert batch.schema.equals(SCHEMA, check_metadata=True)
        assert [len(b) for b in found[:-1]] == [rows or count] * (len(found) - 1)
        table = pa.Table.from_batches(found, SCHEMA)
        assert seen(table) == expected(store)
        assert table["version"].null_count == count and table["e_tag"].null_count == 0
        assert all(e.as_py().startswith('"') for e in table["e_tag"])


def test_arro3_takes_it():
    with filled(2500) as store:
        [batch] = batches(store)
        taken = arro3.core.RecordBatch.from_arrow(batch)
        assert taken.schema == arro3.core.Schema.from_arrow(SCHEMA) == arro3.core.Schema.from_arrow(batch)
        assert taken.num_rows == batch.num_rows == 2500
        assert seen(pa.record_batch(taken)) == expected(store)


def test_an_empty_batch():
    for take in (pa.record_batch, arro3.core.RecordBatch.from_arrow):
        batch = _arrow.Batch()
        assert batch.num_rows == take(batch).num_rows == 0
        assert pa.schema(take(batch).schema) == SCHEMA


def test_one_level(store):
    store.write("a/b", b"")
    store.write("c", b"1")
    found = listing(store, 0)
    assert seen(pa.record_batch(_arrow.next_batch(found))) == [("c", store.get_file_info("c").modified_at, 1)]
    assert _arrow.next_batch(found) is None
    page = remotestore._memory.Page()
    assert library.rstore_list_next(found, 0, ctypes.byref(page), ctypes.sizeof(page), None) == _abi.OK
    assert [o.path for o in page.objects[:page.count]] == [b"a"]


def test_names_that_no_path_or_no_text_has(tmp_path):
    for name in (b"a\\b", b"\xff", "ü".encode()):
        (tmp_path / name.decode("utf-8", "surrogateescape")).touch()
    with remotestore.Store(remotestore.LocalBackend(tmp_path)) as store:
        found = listing(store)
        assert pa.record_batch(_arrow.next_batch(found))["path"].to_pylist() == ["a\\b", "ü"]
        with pytest.raises(remotestore.InvalidPath, match="not UTF-8"):
            _arrow.next_batch(found)
        page = remotestore._memory.Page()
        assert library.rstore_list_next(found, 0, ctypes.byref(page), ctypes.sizeof(page), None) == _abi.OK
        assert page.objects[0].path == b"\xff"
        assert _arrow.next_batch(found) is None


def test_errors(store):
    found = listing(store)
    store.close()
    with pytest.raises(remotestore.BackendUnavailable, match="closed"):
        _arrow.next_batch(found)


def test_it_lives_as_long_as_anybody_has_it(live_handles):
    before = live_handles()
    with filled(2500) as store:
        want = expected(store)
        [batch] = batches(store)
    del store
    gc.collect()
    assert live_handles() == before
    schema, array = batch.__arrow_c_array__()
    one, other = pa.record_batch(batch), arro3.core.RecordBatch.from_arrow(batch)
    paths = one["path"]
    del batch
    third = pa.RecordBatch._import_from_c_capsule(schema, array)
    del schema, array, one
    assert paths[2499].as_py() == want[2499][0]
    assert seen(third) == want
    del third
    assert seen(pa.record_batch(other)) == want


def test_a_capsule_is_consumed_once():
    with filled(1) as store:
        [batch] = batches(store)
    schema, array = batch.__arrow_c_array__()
    assert repr(schema).startswith('<capsule object "arrow_schema"')
    assert repr(array).startswith('<capsule object "arrow_array"')
    pa.RecordBatch._import_from_c_capsule(schema, array)
    with pytest.raises(pa.ArrowInvalid, match="released"):
        pa.RecordBatch._import_from_c_capsule(batch.__arrow_c_schema__(), array)


def test_a_capsule_dies_without_losing_an_exception():
    """As it would if its destructor were a function of Python (ctypes calls it,
    and reports what is on its way as ignored)."""
    with filled(1) as store:
        [batch] = batches(store)
    for capsule in (lambda: batch.__arrow_c_schema__(), lambda: batch.__arrow_c_array__()[1]):
        with pytest.raises(TypeError, match="integer"):
            int("a", capsule())  # dies with the arguments, when the error is raised


def test_nothing_leaks():
    with filled(2500) as store:
        size = pa.record_batch(next(batches(store))).nbytes

        def use():
            batch = next(batches(store))
            batch.__arrow_c_array__()
            batch.__arrow_c_schema__()
            pa.record_batch(batch)
            pa.schema(batch)
            arro3.core.RecordBatch.from_arrow(batch)
            _arrow.next_batch(listing(store), 1000)

        def resident():
            gc.collect()
            with open("/proc/self/statm") as statm:
                return int(statm.read().split()[1]) * 4096

        for _ in range(50):
            use()
        before = resident()
        for _ in range(300):
            use()
        assert size > 100_000 and resident() - before < 100 * size


def test_threads_may_let_it_go():
    with filled(2500) as store:
        found = [pa.record_batch(batch) for batch in batches(store, 10)]
    threads = [threading.Thread(target=found.pop) for _ in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not found


@pytest.mark.parametrize("take", [
    "lambda batch: batch.__arrow_c_array__()",
    "lambda batch: pyarrow.record_batch(batch)",
    "lambda batch: arro3.core.RecordBatch.from_arrow(batch)",
])
def test_it_may_be_alive_at_the_exit(run, take):
    program = f"""
import builtins, sys, threading, arro3.core, pyarrow, remotestore
from remotestore import _abi, _arrow
from remotestore._library import library

store = remotestore.Store.from_url("memory://")
for i in range(2500):
    store.write(str(i), b"")
take = {take}
batch = _arrow.next_batch(store._listing(library.rstore_list_open, "", None))
taken = take(batch), batch.__arrow_c_schema__()

class Kept:
    def __init__(self):
        self.me, self.batch, self.taken = self, batch, take(batch)

sys.kept, builtins.kept = Kept(), Kept()  # die last, if at all
wait = threading.Event().wait
threading.Thread(target=lambda kept=(batch, take(batch)): wait(), daemon=True).start()
print(batch.num_rows)
"""
    assert run(program, "-X", "faulthandler", "-X", "dev", "-W", "ignore") == ("2500\n", "")
