"""Reads all objects of a folder by a cluster of processes: here four on this machine; the address
of a scheduler in the place of LocalCluster makes it many machines.

    dask_cluster.py s3://bucket/folder

A store is pickled by its configuration. Each worker gets it once and opens it anew, so its
tasks share one pool of connections.
"""

import os
import sys

from dask.distributed import Client, LocalCluster
from remotestore import Store


def count(store, paths):
    """What a worker does with some of the objects."""
    return os.getpid(), sum(map(len, store.read_many(paths)))


def main(url):
    cluster = LocalCluster(n_workers=4, dashboard_address=None)
    with Store.from_url(url) as store, cluster, Client(cluster) as client:
        paths = [str(info.path) for info in store.list_files("", recursive=True)]
        parts = [paths[i : i + 50] for i in range(0, len(paths), 50)]
        everywhere = client.scatter(store, broadcast=True)
        done = client.gather(client.map(lambda part, store: count(store, part), parts, store=everywhere))
        print(f"{len({worker for worker, _ in done})} processes read {len(paths)} objects, {sum(n for _, n in done)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
