"""A store as a file system of pyarrow, in memory, in a folder and in S3, and what it asks S3 for."""

import collections
import concurrent.futures
import gc
import multiprocessing
import os
import pathlib
import pickle
import subprocess
import sys
import tracemalloc
import warnings

import duckdb
import numpy
import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import pytest
import remotestore
from pyarrow.fs import FileSelector, FileType
from remotestore.ext.arrow import StoreFileSystemHandler, pyarrow_fs

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "servers"))
from relay import Relay  # noqa: E402

TABLE = pyarrow.table({"year": [2023, 2023, 2024], "city": ["Köln", "Paris", "Rom"], "value": [1.5, 2.5, 3.5]})
in_s3 = pytest.mark.parametrize("url", ["versitygw"], indirect=True)


@pytest.fixture
def store(url):
    with remotestore.Store.from_url(url) as made:
        yield made


@pytest.fixture
def fs(store):
    return pyarrow_fs(store)


@pytest.fixture
def filled(fs, store):
    for path, content in {"a/1": b"0123456789", "a/b/2": b"two", "3": b""}.items():
        store.write(path, content)
    return fs


def listed(fs, base="", **selected):
    return {info.path: info.type for info in fs.get_file_info(FileSelector(base, **selected))}


def content(fs, path):
    with fs.open_input_stream(path) as file:
        return file.read()


# -- what there is ------------------------------------------------------------------


def test_what_there_is(filled, store):
    found = filled.get_file_info(["a/1", "a", "none", "", "/a//b/2", "/", "3"])
    assert [(info.path, info.type, info.size) for info in found] == [
        ("a/1", FileType.File, 10), ("a", FileType.Directory, None), ("none", FileType.NotFound, None),
        ("", FileType.Directory, None), ("/a//b/2", FileType.File, 3), ("/", FileType.Directory, None),
        ("3", FileType.File, 0)]
    assert found[0].mtime == store.get_file_info("a/1").modified_at
    assert filled.get_file_info("a/1").is_file and filled.get_file_info([]) == []
    with pytest.raises(remotestore.InvalidPath):
        filled.get_file_info("../a")


def test_normal_paths(fs):
    assert [fs.normalize_path(path) for path in ("a/b", "/a//b/", "", "/", ".")] == ["a/b", "a/b", "", "", ""]
    with pytest.raises(ValueError, match="segment"):
        fs.normalize_path("a/../b")


def test_listings(filled):
    assert listed(filled) == {"3": FileType.File, "a": FileType.Directory}
    assert listed(filled, "/a/") == {"a/1": FileType.File, "a/b": FileType.Directory}
    below_a = {"a/1": FileType.File, "a/b": FileType.Directory, "a/b/2": FileType.File}
    assert listed(filled, "a", recursive=True) == below_a
    assert listed(filled, recursive=True) == {"3": FileType.File, "a": FileType.Directory, **below_a}
    (info,) = filled.get_file_info(FileSelector("a/b"))
    assert info.size == 3 and info.mtime == filled.get_file_info("a/b/2").mtime
    for recursive in (False, True):
        assert listed(filled, "none", allow_not_found=True, recursive=recursive) == {}
        with pytest.raises(FileNotFoundError):
            listed(filled, "none", recursive=recursive)
        with pytest.raises(NotADirectoryError):
            listed(filled, "a/1", allow_not_found=True, recursive=recursive)


def test_the_root_of_nothing_is_empty(fs):
    assert listed(fs) == listed(fs, recursive=True) == {}


def test_another_error_is_raised(store, fs):
    store.close()
    for call in (fs.get_file_info, fs.open_input_file, fs.open_input_stream, fs.delete_file):
        with pytest.raises(ConnectionError):
            call("a")


# -- folders ------------------------------------------------------------------------


def test_folders(filled):
    filled.create_dir("a")
    filled.create_dir("new/below")
    assert "new" not in listed(filled)
    filled.delete_dir("a/b")
    assert listed(filled, "a") == {"a/1": FileType.File}
    with pytest.raises(FileNotFoundError):
        filled.delete_dir("none")
    with pytest.raises(NotADirectoryError):
        filled.delete_dir("3")


def test_what_is_in_folders(filled):
    filled.delete_dir_contents("none", missing_dir_ok=True)
    with pytest.raises(FileNotFoundError):
        filled.delete_dir_contents("none")
    with pytest.raises(NotADirectoryError):
        filled.delete_dir_contents("3")
    filled.delete_dir_contents("a")
    assert listed(filled, "a", allow_not_found=True) == {} and filled.get_file_info("3").is_file
    for root in ("", "/", "."):
        with pytest.raises(ValueError, match="root"):
            filled.delete_dir_contents(root)
    filled.copy_file("3", "a/b/c")
    filled.delete_dir_contents("/", accept_root_dir=True)
    filled.delete_dir_contents("", accept_root_dir=True)
    assert listed(filled) == {}


# -- files --------------------------------------------------------------------------


def test_copies_moves_and_deletes(filled):
    filled.copy_file("a/1", "c/1")
    filled.copy_file("a/b/2", "c/1")
    filled.move("a/1", "3")
    filled.delete_file("a/b/2")
    assert content(filled, "c/1") == b"two" and content(filled, "3") == b"0123456789"
    assert [path for path, kind in listed(filled, recursive=True).items() if kind == FileType.File] == ["3", "c/1"]
    for call in (lambda path: filled.copy_file(path, "x"), lambda path: filled.move(path, "x"), filled.delete_file):
        with pytest.raises(FileNotFoundError):
            call("none")
        with pytest.raises(IsADirectoryError):
            call("c")


def test_a_stream(filled):
    with filled.open_input_stream("a/1") as file:
        assert file.read(3) == b"012" and file.read() == b"3456789" and file.read(1) == b""
    assert file.closed
    with filled.open_input_stream("3", buffer_size=10) as file:
        assert file.read() == b""


def test_a_file(filled):
    with filled.open_input_file("a/1") as file:
        assert (file.size(), file.read(2), file.tell()) == (10, b"01", 2)
        assert file.read_at(3, 5) == b"567" and file.read_at(9, 8) == b"89" and file.read_at(1, 10) == b""
        file.seek(-4, os.SEEK_END)
        assert file.read_buffer(2).to_pybytes() == b"67" and file.read() == b"89" and file.read(1) == b""
    assert file.closed
    with pytest.raises(ValueError):
        file.read()


@pytest.mark.parametrize("how", ["open_input_file", "open_input_stream"])
def test_what_cannot_be_read(filled, how):
    with pytest.raises(FileNotFoundError):
        getattr(filled, how)("none")
    for folder in ("a", ""):
        with pytest.raises(IsADirectoryError):
            getattr(filled, how)(folder)


def test_an_object_that_changes(filled, store):
    with filled.open_input_file("a/1") as file:
        store.write("a/1", b"9876543210", overwrite=True)
        with pytest.raises(remotestore.ObjectChanged):
            file.read(3)


def test_writes(filled):
    with filled.open_output_stream("new/file") as file:
        assert file.write(b"one") == 3 and file.tell() == 3
        file.write(pyarrow.py_buffer(b" and two"))
        assert not filled.get_file_info("new/file").is_file
    assert content(filled, "new/file") == b"one and two"
    with filled.open_output_stream("new/file", compression="gzip", buffer_size=100) as file:
        file.write(b"three")
    with filled.open_input_stream("new/file", compression="gzip") as file:
        assert file.read() == b"three"
    for wrong in ("a", "3/below"):
        with pytest.raises(IsADirectoryError):
            filled.open_output_stream(wrong).close()


def test_an_exception_publishes_nothing(filled):
    with pytest.raises(ZeroDivisionError):
        with filled.open_output_stream("3", buffer_size=1) as file:
            file.write(b"half")
            1 / 0
    with pytest.raises(ZeroDivisionError):
        file = filled.open_output_stream("3", compression="gzip")
        try:
            1 / 0
        finally:
            file.close()
    with pytest.raises(ZeroDivisionError):
        with pyarrow.parquet.ParquetWriter("3", TABLE.schema, filesystem=filled) as writer:
            writer.write_table(TABLE)
            1 / 0
    assert content(filled, "3") == b""


def test_a_batch_that_fails_publishes_nothing(fs):
    def batches():
        yield from TABLE.to_batches()
        1 / 0

    with pytest.raises(ZeroDivisionError):
        pyarrow.dataset.write_dataset(batches(), "a", schema=TABLE.schema, format="parquet", filesystem=fs)
    gc.collect()
    assert listed(fs, "a", allow_not_found=True, recursive=True) == {}


def test_what_is_forgotten_is_not_published(filled):
    file = filled.open_output_stream("3")
    file.write(b"half")
    with pytest.warns(ResourceWarning, match="unclosed"):
        del file
        gc.collect()
    assert content(filled, "3") == b""


@pytest.mark.parametrize("threads", [True, False])
def test_writes_while_an_older_exception_is_handled(filled, threads):
    try:
        1 / 0
    except ZeroDivisionError:
        with filled.open_output_stream("3") as file:
            file.write(b"all")
        with pytest.raises(KeyError):
            with filled.open_output_stream("3") as file:
                file.write(b"half")
                raise KeyError
        pyarrow.dataset.write_dataset(TABLE, "set", format="parquet", filesystem=filled, use_threads=threads)
    assert content(filled, "3") == b"all" and pyarrow.dataset.dataset("set", filesystem=filled).count_rows() == 3


def test_what_ends_a_loop_is_an_exception_too(filled):
    file, blocks = filled.open_output_stream("3"), iter([b"1", b"2"])
    with pytest.raises(StopIteration):  # a loss is not silent
        try:
            while True:
                file.write(next(blocks))
        except StopIteration:
            file.close()
    assert content(filled, "3") == b""


def test_attributes(fs, store):
    given = {"Content-Type": "text/x", "cache-control": "no-cache", "ETag": "e", "Last-Modified": "never"}
    with fs.open_output_stream("a", metadata=given) as file:
        file.write(b"1")
    if store.supports(remotestore.Capability.ATTRIBUTES):
        kept = store.get_file_info("a").extra["attributes"]
        assert (kept["content-type"], kept["cache-control"]) == ("text/x", "no-cache")
    assert content(fs, "a") == b"1" and not store.get_file_info("a").metadata


def test_no_appends(filled):
    with pytest.raises(NotImplementedError):
        filled.open_append_stream("a/1")


def test_one_copy_fewer(fs, store):
    store.write("a", bytes(16 << 20))
    with fs.open_input_file("a") as file:
        tracemalloc.start()
        read = file.read_buffer(16 << 20)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert read.size == 16 << 20 and most < 17 << 20


# -- the file system ----------------------------------------------------------------


def test_the_store_as_a_file_system(store):
    fs = store.unwrap(pyarrow.fs.FileSystem)
    assert type(fs) is pyarrow.fs.PyFileSystem and type(fs.handler) is StoreFileSystemHandler
    assert fs.handler.store is store and fs.type_name == "py::remotestore"
    assert fs == pyarrow_fs(store, materialization_threshold=1, write_spill_threshold=1)
    assert fs != pyarrow_fs(store.child("a")) and fs != pyarrow.fs.LocalFileSystem()
    assert fs.handler != 1 and fs.handler == StoreFileSystemHandler(store)
    store.write("a/b", b"1")
    assert content(store.child("a").unwrap(pyarrow.fs.FileSystem), "b") == b"1"
    with pytest.raises(remotestore.CapabilityNotSupported):
        store.unwrap(pyarrow.fs.S3FileSystem)


@pytest.mark.parametrize("url", ["local", "versitygw"], indirect=True)
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes(filled, method):
    assert pickle.loads(pickle.dumps(filled)) == filled
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
        assert pool.submit(content, filled, "a/b/2").result(timeout=60) == b"two"


def test_memory_is_not_pickled():
    with remotestore.Store(remotestore.MemoryBackend()) as store, pytest.raises(TypeError, match="memory"):
        pickle.dumps(pyarrow_fs(store))


def test_nothing_is_imported_before_it_is_needed():
    program = "import sys, remotestore, remotestore.ext; print([n for n in sys.modules if 'arrow' in n])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"
    program = "import sys; sys.modules['pyarrow'] = None; import remotestore.ext.arrow"
    assert "pip install pyarrow" in subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stderr


# -- what reads and writes by it ----------------------------------------------------


def test_parquet(fs):
    pyarrow.parquet.write_table(TABLE, "a/b.parquet", filesystem=fs)
    assert pyarrow.parquet.read_table("a/b.parquet", filesystem=fs).equals(TABLE)
    assert pyarrow.parquet.read_table("a", columns=["value"], filesystem=fs).column_names == ["value"]
    with pyarrow.parquet.ParquetFile("a/b.parquet", filesystem=fs) as file:
        assert file.read_row_group(0, columns=["city"])["city"].to_pylist() == ["Köln", "Paris", "Rom"]
    with fs.open_output_stream("a/b.arrow") as file, pyarrow.ipc.new_file(file, TABLE.schema) as writer:
        writer.write_table(TABLE)
    assert pyarrow.ipc.open_file(fs.open_input_file("a/b.arrow")).read_all().equals(TABLE)


@pytest.mark.parametrize("form", ["parquet", "csv", "feather"])
def test_a_dataset(fs, form):
    partitions = pyarrow.dataset.partitioning(pyarrow.schema([("year", pyarrow.int64())]), flavor="hive")
    for _ in range(2):
        pyarrow.dataset.write_dataset(TABLE, "set", filesystem=fs, format=form, partitioning=partitions,
                                      existing_data_behavior="delete_matching")
    dataset = pyarrow.dataset.dataset("/set/", filesystem=fs, format=form, partitioning=partitions)
    assert [name.rpartition("/")[0] for name in dataset.files] == ["set/year=2023", "set/year=2024"]
    found = dataset.to_table(filter=pyarrow.dataset.field("year") == 2023, columns=["city", "value"])
    assert found.to_pydict() == {"city": ["Köln", "Paris"], "value": [1.5, 2.5]} and dataset.count_rows() == 3


@pytest.mark.parametrize("url", ["local", "versitygw"], indirect=True)
def test_a_pickled_dataset(fs):
    pyarrow.dataset.write_dataset(TABLE, "set", filesystem=fs, format="parquet")
    dataset = pyarrow.dataset.dataset("set", filesystem=fs)
    assert pickle.loads(pickle.dumps(dataset)).to_table().equals(TABLE)


def test_what_pyarrow_forgets_is_closed(fs):
    pyarrow.parquet.write_table(TABLE, "a", filesystem=fs)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        pyarrow.parquet.read_table("a", filesystem=fs)
        pyarrow.dataset.dataset("a", filesystem=fs).to_table()
        fs.open_input_stream("a")
        gc.collect()
    assert said == []


def test_copies_between_file_systems(filled, tmp_path):
    local = str(tmp_path / "copy")
    pyarrow.fs.copy_files("/a", local, source_filesystem=filled, destination_filesystem=pyarrow.fs.LocalFileSystem())
    assert (tmp_path / "copy" / "b" / "2").read_bytes() == b"two"
    pyarrow.fs.copy_files(local, "c", source_filesystem=pyarrow.fs.LocalFileSystem(), destination_filesystem=filled)
    pyarrow.fs.copy_files("c", "d", source_filesystem=filled, destination_filesystem=filled)
    assert content(filled, "c/1") == content(filled, "d/1") == b"0123456789" and content(filled, "d/b/2") == b"two"


@in_s3
def test_copies_from_the_s3_of_pyarrow(fs, store, s3_servers):
    given = s3_servers("versitygw")
    theirs = pyarrow.fs.S3FileSystem(
        access_key=given["AWS_ACCESS_KEY_ID"], secret_key=given["AWS_SECRET_ACCESS_KEY"], region="us-east-1",
        endpoint_override=given["AWS_ENDPOINT_URL"])
    store.write("a", b"1", attributes={"content-type": "text/x"})
    for base, mine in ((store.native_path("a"), "b"), (store.native_path("b"), "c")):
        pyarrow.fs.copy_files(base, mine, source_filesystem=theirs, destination_filesystem=fs)
    assert content(fs, "c") == b"1" and store.get_file_info("c").content_type == "text/x"


def test_pandas_and_polars(fs):
    frame = TABLE.to_pandas()
    frame.to_parquet("frame", partition_cols=["year"], filesystem=fs)
    assert pandas.read_parquet("frame", filters=[("year", "==", 2024)], filesystem=fs)["city"].tolist() == ["Rom"]
    dataset = pyarrow.dataset.dataset("frame", filesystem=fs, partitioning="hive")
    found = polars.scan_pyarrow_dataset(dataset).filter(polars.col("value") > 2).select("city").collect()
    assert found["city"].to_list() == ["Paris", "Rom"]
    with fs.open_output_stream("polars.parquet") as file:
        polars.from_arrow(TABLE).write_parquet(file)
    with fs.open_input_file("polars.parquet") as file:
        assert polars.read_parquet(file, columns=["value"])["value"].to_list() == [1.5, 2.5, 3.5]


def test_duckdb(fs):
    pyarrow.dataset.write_dataset(TABLE, "set", filesystem=fs, format="parquet")
    rows = pyarrow.dataset.dataset("set", filesystem=fs)  # noqa: F841: DuckDB finds it by its name
    assert duckdb.connect().sql("SELECT sum(value) FROM rows WHERE year = 2023").fetchall() == [(4.0,)]


# -- what is asked of S3 ------------------------------------------------------------

ROWS, COLUMNS, GROUPS = 40_000, 20, 4
FOOTER = 64 << 10  # bytes at the end, by which pyarrow begins


@pytest.fixture
def relay(s3_servers):
    with Relay(s3_servers("versitygw")["AWS_ENDPOINT_URL"]) as made:
        yield made


@pytest.fixture
def behind(url, relay):
    """The file system behind the relay."""
    with remotestore.Store.from_url(url, endpoint=relay.url) as store:
        yield pyarrow_fs(store)


@pytest.fixture
def wide(fs):
    """A Parquet file, and the ranges of each column, by row group."""
    numbers = numpy.random.default_rng(1)
    table = pyarrow.table({f"c{i}": numbers.integers(0, 2**62, ROWS) for i in range(COLUMNS)})
    pyarrow.parquet.write_table(table, "wide.parquet", filesystem=fs, row_group_size=ROWS // GROUPS,
                                compression="none", use_dictionary=False)
    found = pyarrow.parquet.read_metadata("wide.parquet", filesystem=fs)
    groups = [found.row_group(i) for i in range(GROUPS)]
    chunks = [[group.column(i) for group in groups] for i in range(COLUMNS)]
    ranges = [[(chunk.data_page_offset, chunk.total_compressed_size) for chunk in column] for column in chunks]
    return table, fs.get_file_info("wide.parquet").size, ranges


def asked(relay):
    """How often, by operation; the ranges that were read, sorted; the bytes that came."""
    operations = collections.Counter(f"{one.method} {'key' if one.path.count('/') > 1 else 'bucket'}" for one in relay.passed)
    spans = [one.range[len("bytes="):].split("-") for one in relay.passed if one.range]
    ranges = sorted((int(first), int(last) - int(first) + 1) for first, last in spans)
    return dict(operations), ranges, sum(one.size for one in relay.passed)


@in_s3
def test_a_column_is_read_by_its_ranges(behind, relay, wide):
    table, size, ranges = wide
    relay.begin()
    with pyarrow.parquet.ParquetFile("wide.parquet", filesystem=behind) as file:
        read = file.read(columns=["c3"])
    assert read["c3"].equals(table["c3"])
    operations, spans, received = asked(relay)
    assert operations == {"HEAD key": 1, "GET key": 1 + GROUPS}
    assert spans == [*ranges[3], (size - FOOTER, FOOTER)]
    assert received == FOOTER + sum(length for _, length in ranges[3])
    assert size > 6_000_000 and received < size / 15


@in_s3
@pytest.mark.parametrize("pre_buffer", [True, False])
def test_a_column_of_a_table_is_read_by_its_ranges(behind, relay, wide, pre_buffer):
    table, size, ranges = wide
    relay.begin()
    read = pyarrow.parquet.read_table("wide.parquet", columns=["c3"], filesystem=behind, pre_buffer=pre_buffer)
    assert read["c3"].equals(table["c3"])
    operations, spans, received = asked(relay)
    # pyarrow looks what it is, opens it for the schema, and again for the columns.
    assert operations == {"HEAD key": 3, "GET key": 1 + GROUPS}
    assert spans == [*ranges[3], (size - FOOTER, FOOTER)] and received == FOOTER + sum(length for _, length in ranges[3])


@in_s3
def test_columns_side_by_side_are_one_range(behind, relay, wide):
    table, size, ranges = wide
    relay.begin()
    file = pyarrow.parquet.ParquetFile(behind.open_input_file("wide.parquet"), pre_buffer=True)
    assert file.read_row_group(2, columns=["c7", "c8"])["c8"].equals(table["c8"].slice(2 * ROWS // GROUPS, ROWS // GROUPS))
    (first, length), (_, more) = ranges[7][2], ranges[8][2]
    assert asked(relay)[:2] == ({"HEAD key": 1, "GET key": 2}, [(first, length + more), (size - FOOTER, FOOTER)])


@in_s3
def test_a_filter_reads_the_row_groups_that_it_needs(behind, relay, wide):
    table, size, ranges = wide
    dataset = pyarrow.dataset.dataset("wide.parquet", filesystem=behind)
    (fragment,) = dataset.get_fragments()
    relay.begin()
    assert fragment.subset(row_group_ids=[1]).to_table(columns=["c0"])["c0"].equals(
        table["c0"].slice(ROWS // GROUPS, ROWS // GROUPS))
    spans = asked(relay)[1]
    assert [span for span in spans if span != (size - FOOTER, FOOTER)] == [ranges[0][1]]


@in_s3
def test_each_read_is_one_get(behind, relay, wide):
    size = wide[1]
    with behind.open_input_file("wide.parquet") as file:
        for read, span in (
            (lambda: file.read_at(1000, 5000), (5000, 1000)),
            (lambda: (file.seek(77), file.read(100)), (77, 100)),
            (lambda: file.read_buffer(10), (177, 10)),
            (lambda: (file.seek(-5, os.SEEK_END), file.read(100)), (size - 5, 5)),
        ):
            relay.begin()
            read()
            assert asked(relay) == ({"GET key": 1}, [span], span[1])
        relay.begin()
        assert (file.size(), file.read_at(10, size), file.read(1), file.seek(5)) == (size, b"", b"", 5)
    assert relay.passed == []


@in_s3
def test_requests(behind, relay, filled):
    calls = {
        "info": ({"HEAD key": 1}, lambda: behind.get_file_info("a/1")),
        "infos": ({"HEAD key": 2}, lambda: behind.get_file_info(["a/1", "", "3"])),
        "a folder": ({"HEAD key": 1, "GET bucket": 1}, lambda: behind.get_file_info("a")),
        "the root": ({}, lambda: behind.get_file_info("")),
        "list": ({"GET bucket": 1}, lambda: behind.get_file_info(FileSelector("a"))),
        "list all": ({"GET bucket": 1}, lambda: behind.get_file_info(FileSelector("", recursive=True))),
        "make a folder": ({}, lambda: behind.create_dir("b")),
        "open a stream": ({"GET key": 1}, lambda: content(behind, "a/1")),
        "open a file": ({"HEAD key": 1}, lambda: behind.open_input_file("a/1").close()),
        "write": ({"PUT key": 1}, lambda: behind.open_output_stream("b/1").close()),
        "copy": ({"PUT key": 1}, lambda: behind.copy_file("a/1", "b/2")),
        "copy_files": ({"HEAD key": 1, "PUT key": 1}, lambda: pyarrow.fs.copy_files(
            "a/1", "b/3", source_filesystem=behind, destination_filesystem=behind)),
        "move": ({"PUT key": 1, "DELETE key": 1}, lambda: behind.move("b/2", "b/4")),
        "delete": ({"HEAD key": 1, "DELETE key": 1}, lambda: behind.delete_file("b/1")),
        "empty a folder": ({"GET bucket": 1, "POST bucket": 1}, lambda: behind.delete_dir_contents("b")),
        "delete a folder": ({"GET bucket": 1, "POST bucket": 1}, lambda: behind.delete_dir("a")),
    }
    sent = {}
    for name, (_, call) in calls.items():
        relay.begin()
        call()
        sent[name] = asked(relay)[0]
    assert sent == {name: count for name, (count, _) in calls.items()}
