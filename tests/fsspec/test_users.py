"""What opens files by fsspec writes and reads through the engine, in memory, in a folder and in S3."""

import duckdb
import fsspec
import numpy
import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import pytest
import xarray
import zarr
from remotestore.fsspec import RemoteStoreFileSystem

FRAME = pandas.DataFrame({"year": [2023, 2023, 2024], "city": ["Köln", "Paris", "Rom"], "value": [1.5, 2.5, 3.5]})


@pytest.fixture(params=[None, "none", "readahead"])
def cached(request, fs):
    """The file system, keeping nothing or something of what is read."""
    fs.default_cache_type = request.param
    yield fs
    fs.default_cache_type = None


@pytest.mark.parametrize("cache", [None, "none", "readahead"])
@pytest.mark.parametrize("form", ["parquet", "csv", "json"])
def test_pandas(url, form, cache):
    # By the protocol of the engine: pandas opens file:// itself, and Parquet in s3:// by pyarrow.
    to = {"storage_options": {"store": url, "default_cache_type": cache}}
    if form == "parquet":
        FRAME.to_parquet("remotestore://a/frame.parquet", index=False, **to)
        read = pandas.read_parquet("remotestore://a/frame.parquet", **to)
    elif form == "csv":
        FRAME.to_csv("remotestore://a/frame.csv.gz", index=False, **to)
        read = pandas.read_csv("remotestore://a/frame.csv.gz", **to)
    else:
        FRAME.to_json("remotestore://a/frame.json", orient="records", lines=True, **to)
        read = pandas.read_json("remotestore://a/frame.json", orient="records", lines=True, **to)
    pandas.testing.assert_frame_equal(read, FRAME)


def test_pandas_in_partitions(fs, folder):
    FRAME.to_parquet(folder, partition_cols=["year"], filesystem=fs)
    assert [name.rpartition("/")[0] for name in fs.find(folder)] == [f"{folder}/year=2023", f"{folder}/year=2024"]
    assert pandas.read_parquet(folder, filters=[("year", "==", 2024)], filesystem=fs)["city"].tolist() == ["Rom"]


def test_polars(cached, folder):
    frame = polars.from_pandas(FRAME)
    with cached.open(f"{folder}/frame.parquet", "wb") as file:
        frame.write_parquet(file)
    with cached.open(f"{folder}/frame.parquet") as file:
        assert polars.read_parquet(file).equals(frame)
    with cached.open(f"{folder}/frame.csv", "wb") as file:
        frame.write_csv(file)
    with cached.open(f"{folder}/frame.csv") as file:
        assert polars.read_csv(file).equals(frame)


def test_polars_scans_a_dataset(fs, folder):
    pyarrow.dataset.write_dataset(pyarrow.Table.from_pandas(FRAME), folder, filesystem=fs, format="parquet")
    dataset = pyarrow.dataset.dataset(folder, filesystem=fs)
    found = polars.scan_pyarrow_dataset(dataset).filter(polars.col("value") > 2).select("city").collect()
    assert found["city"].to_list() == ["Paris", "Rom"]


@pytest.mark.parametrize("form", ["parquet", "csv", "feather"])
def test_pyarrow_dataset(cached, folder, form):
    table = pyarrow.Table.from_pandas(FRAME)
    partitions = pyarrow.dataset.partitioning(pyarrow.schema([("year", pyarrow.int64())]), flavor="hive")
    pyarrow.dataset.write_dataset(table, folder, filesystem=cached, format=form, partitioning=partitions)
    dataset = pyarrow.dataset.dataset(folder, filesystem=cached, format=form, partitioning=partitions)
    assert len(dataset.files) == 2
    found = dataset.to_table(filter=pyarrow.dataset.field("year") == 2023, columns=["city", "value"])
    assert found.to_pydict() == {"city": ["Köln", "Paris"], "value": [1.5, 2.5]}
    pyarrow.dataset.write_dataset(table, folder, filesystem=cached, format=form, partitioning=partitions,
                                  existing_data_behavior="delete_matching")
    assert dataset.count_rows() == 3


def test_pyarrow_file_system(fs, folder):
    arrow = pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(fs))
    pyarrow.parquet.write_table(pyarrow.Table.from_pandas(FRAME), f"{folder}/a.parquet", filesystem=arrow)
    info = arrow.get_file_info(f"{folder}/a.parquet")
    assert (info.type, info.size) == (pyarrow.fs.FileType.File, fs.size(f"{folder}/a.parquet")) and info.mtime
    arrow.move(f"{folder}/a.parquet", f"{folder}/b.parquet")
    assert pyarrow.parquet.read_table(f"{folder}/b.parquet", filesystem=arrow, columns=["value"]).num_rows == 3
    assert [each.path for each in arrow.get_file_info(pyarrow.fs.FileSelector(folder))] == [f"{folder}/b.parquet"]
    arrow.delete_dir(folder)
    assert arrow.get_file_info(folder).type == pyarrow.fs.FileType.NotFound


@pytest.mark.parametrize("shards", [None, (40, 40)])
def test_zarr(url, shards):
    data = numpy.arange(10_000).reshape(100, 100)
    store = zarr.storage.FsspecStore.from_url(f"{url}/array.zarr")
    group = zarr.create_group(store)
    array = group.create_array("numbers", shape=data.shape, dtype=data.dtype, chunks=(20, 20), shards=shards)
    array[:] = data
    array[5, 5] = -1
    again = zarr.open_group(zarr.storage.FsspecStore.from_url(f"{url}/array.zarr"), mode="r")["numbers"]
    assert again[5, 5] == -1 and (again[10:95, 33:44] == data[10:95, 33:44]).all()
    del group["numbers"]
    assert list(zarr.open_group(store, mode="r").keys()) == []


def test_xarray(url):
    data = xarray.Dataset({"heat": (("x", "y"), numpy.random.default_rng(1).random((30, 40)))}, {"x": numpy.arange(30)})
    data.to_zarr(f"{url}/set.zarr", mode="w", zarr_format=3, consolidated=False)
    with xarray.open_zarr(f"{url}/set.zarr", chunks={}, consolidated=False) as read:
        xarray.testing.assert_identical(read.load(), data)


def test_duckdb(url):
    fs = RemoteStoreFileSystem(url)  # its own protocol, since duckdb opens file:// itself
    connection = duckdb.connect()
    connection.register_filesystem(fs)
    rows = connection.sql("SELECT * FROM (VALUES (1, 'one'), (2, 'two')) AS rows(number, name)")
    rows.write_parquet("remotestore://d/a.parquet")
    connection.sql("COPY (SELECT 3 AS number, 'three' AS name) TO 'remotestore://d/b.parquet'")
    found = connection.sql("SELECT sum(number), max(name) FROM read_parquet('remotestore://d/*.parquet')").fetchall()
    assert found == [(6, "two")]
    assert fs.ls("d", detail=False) == ["d/a.parquet", "d/b.parquet"]


def test_files_of_text_and_compression(url):
    with fsspec.open(f"{url}/words.txt.bz2", "wt", compression="infer", encoding="latin-1") as file:
        file.writelines(["ä\n", "ö\n"])
    with fsspec.open(f"{url}/words.txt.bz2", "rt", compression="infer", encoding="latin-1") as file:
        assert file.readlines() == ["ä\n", "ö\n"]


def test_a_mapping(fs, folder):
    mapping = fs.get_mapper(folder)
    mapping.setitems({"a/b": b"1", "c": b"2"})
    assert dict(mapping) == {"a/b": b"1", "c": b"2"} and mapping.getitems(["c", "a/b"]) == {"c": b"2", "a/b": b"1"}
    del mapping["c"]
    with pytest.raises(KeyError):
        mapping["c"]
