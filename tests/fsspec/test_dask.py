"""A cluster of four processes works through what is pickled: a store, and a file system."""

import os
import pathlib
import subprocess
import sys

import dask.array
import numpy
import pytest
import remotestore
from dask.distributed import Client, LocalCluster
from remotestore.fsspec import RemoteStoreFileSystem

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "bindings" / "python" / "examples" / "dask_cluster.py"
COUNT = 1000

# What another process can open.
in_places = pytest.mark.parametrize("url", ["local", "versitygw"], indirect=True)


@pytest.fixture(scope="module")
def client(s3_servers):
    s3_servers("versitygw")  # whose variables the workers need
    with LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        yield client


def fill(store):
    paths = [f"{i // 100}/{i}" for i in range(COUNT)]
    for i, path in enumerate(paths):
        store.write(path, b"%d" % i)
    return paths


@in_places
def test_the_example(url):
    with remotestore.Store.from_url(url) as store:
        fill(store)
    done = subprocess.run([sys.executable, str(EXAMPLE), url], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"4 processes read {COUNT} objects, {sum(len(str(i)) for i in range(COUNT))} bytes\n"


@in_places
def test_one_pickled_store(url, client):
    with remotestore.Store.from_url(url) as store:
        paths = fill(store)
        for read in (store.read_bytes, RemoteStoreFileSystem(store).cat_file):
            done = client.gather(client.map(lambda path, read: (os.getpid(), read(path)), paths, read=read, pure=False))
            assert [content for _, content in done] == [b"%d" % i for i in range(COUNT)]
            assert len({worker for worker, _ in done}) == 4 and os.getpid() not in dict(done)


@in_places
def test_an_array(url, fs, client):
    data = numpy.arange(10_000).reshape(100, 100)
    where = {"storage_options": {"store": url}}
    dask.array.from_array(data, chunks=(25, 25)).to_zarr("remotestore://sums.zarr", **where)
    assert dask.array.from_zarr("remotestore://sums.zarr", **where).sum().compute() == data.sum()
