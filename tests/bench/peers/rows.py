"""What is measured, by which clients, and what ours is to reach."""

from typing import NamedTuple, Optional, Tuple

BEST = "the best peer"


class Goal(NamedTuple):
    measure: str  # "cpu", "time" or "memory"
    limit: float  # a ratio, or without a peer: us, s/GB, ms or MiB, as the row has it
    of: Optional[str] = BEST  # which peer

    def __str__(self):
        if self.of:
            return f"{self.measure} <= {self.limit:.2g} of {self.of}"
        return f"{self.measure} <= {self.limit:g} {'MiB' if self.measure == 'memory' else 'us'}"


class Row(NamedTuple):
    name: str
    title: str
    kind: str  # the function of measure.py, or of work.py
    work: str  # the method of a client
    ours: Tuple[str, ...]  # the first one is judged
    peers: Tuple[str, ...]
    goals: Tuple[Goal, ...]
    at_once: int = 1  # threads, or tasks
    unit: str = "call"  # what is counted: "call", "byte", or "all"
    tls: bool = False


OBSTORE = "obstore"
OURS = ("remotestore", "remotestore.obstore")
UNSIGNED = ("remotestore, unsigned + CRC",)
MEMORY = Goal("memory", 32, None)


def cpu(limit, of=OBSTORE):
    return Goal("cpu", limit, of)


def time(limit, of=OBSTORE):
    return Goal("time", limit, of)


def large(name, title, work, ours, peers, *goals):
    return Row(name, title, "large", work, ours, peers, (*goals, MEMORY), unit="byte")


def reads(name, title, work, ours, peers, limit):
    return Row(name, "500 random reads of 64 KiB: " + title, "reads", work, ours, peers, (cpu(limit, BEST),))


START = (time(1.0), Goal("memory", 1.0, OBSTORE))
SMALL = [
    Row("get-1", "GET 4 KiB, 1 thread", "small", "get", OURS, (OBSTORE, "boto3"), (cpu(0.45), time(1 / 1.8))),
    Row("get-16", "GET 4 KiB, 16 threads", "small", "get", OURS, (OBSTORE,), (cpu(0.6),), 16),
    Row("get-64", "GET 4 KiB, 64 threads", "small", "get", OURS, (OBSTORE,), (cpu(0.6),), 64),
    Row("get-many", "GET 4 KiB, a batch of 1,000; obstore one by one", "batch", "get_many", OURS[:1], (OBSTORE, "s3fs"),
        (Goal("cpu", 20, None), cpu(0.3))),
    Row("get-async", "GET 4 KiB, asyncio, 64 in flight", "tasks", "coroutine", OURS, (OBSTORE,), (cpu(0.4),), 64),
    Row("put-1", "PUT 4 KiB, 1 thread", "small", "put", OURS, (OBSTORE, "boto3"), (cpu(0.5),)),
    Row("put-16", "PUT 4 KiB, 16 threads", "small", "put", OURS, (OBSTORE,), (cpu(0.5),), 16),
    Row("head-1", "HEAD, 1 thread", "small", "head", OURS, (OBSTORE, "boto3"), (cpu(0.5),)),
    Row("head-16", "HEAD, 16 threads", "small", "head", OURS, (OBSTORE,), (cpu(0.5),), 16),
]
OVER_TLS = [
    row._replace(name=row.name + "-tls", title=row.title + "; TLS 1.3", tls=True,
                 peers=tuple(peer for peer in row.peers if peer == OBSTORE))
    for row in SMALL
]
OTHERS = [
    large("get-large", "GET 256 MiB to bytes, one stream", "get_large", OURS, (OBSTORE, "minio"),
          cpu(1.0, BEST), cpu(0.5)),
    large("get-parallel", "GET 256 MiB to one buffer, parallel ranges", "get_parallel", OURS, (OBSTORE, "opendal"),
          cpu(0.5, BEST)),
    large("get-parts", "GET 256 MiB to buffers of 16 MiB, one call", "get_parts", OURS, (OBSTORE,)),
    large("get-file", "GET 256 MiB to a file", "get_file", OURS, (OBSTORE, "opendal", "minio"), cpu(0.9, BEST)),
    large("put-large", "PUT 256 MiB from memory, unsigned; ours with a CRC", "put_large", UNSIGNED,
          ("obstore, unsigned", "opendal"), cpu(1.1, BEST)),
    large("put-file", "PUT 256 MiB from a file, unsigned; ours with a CRC", "put_file", UNSIGNED,
          ("obstore, unsigned", "opendal"), cpu(1.0, BEST)),
    large("put-large-signed", "PUT 256 MiB from memory, signed", "put_large", OURS, (OBSTORE,), cpu(0.7)),
    large("put-file-signed", "PUT 256 MiB from a file, signed", "put_file", OURS, (OBSTORE,), cpu(0.7)),
    Row("list", "list 100,000 keys", "listing", "list", OURS, (OBSTORE,), (cpu(0.4), time(0.6)), unit="all"),
    Row("list-arrow", "list 100,000 keys as Arrow data", "listing", "list_arrow", OURS[1:], (OBSTORE,),
        (cpu(0.4), time(0.6)), unit="all"),
    Row("delete", "delete 10,000 keys", "deletion", "delete", OURS, (OBSTORE,), (time(1.0),), unit="all"),
    reads("ranges-calls", "range calls", "ranges_by_calls", OURS, (OBSTORE,), 0.6),
    reads("ranges-seeks", "seek + read", "ranges_by_seeks", OURS, (OBSTORE, "pyarrow"), 0.4),
    reads("ranges-batch", "one batch", "ranges_at_once", ("remotestore, coalesce=0", *OURS),
          (OBSTORE, "obstore, coalesce=0"), 0.4),
    Row("import", "import", "imported", "", OURS, (OBSTORE,), START, unit="all"),
    Row("start", "import, client, first GET", "start", "get", OURS, (OBSTORE,), START, unit="all"),
]
ROWS = [*SMALL, *OVER_TLS, *OTHERS]
