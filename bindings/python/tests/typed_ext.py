"""A program of a user, for type checkers and to be run: the extensions."""

import contextlib
import io
import pathlib
import tempfile
from typing import Dict, Generator, List, Optional

import remotestore
from remotestore import ContentDigest, MemoryBackend, RemoteStoreError, Store, WriteResult
from remotestore.ext.batch import BatchResult, batch_copy, batch_delete, batch_exists
from remotestore.ext.cache import CacheBackend, CachedStore, CacheStats, MemoryCache, cache
from remotestore.ext.glob import glob_files
from remotestore.ext.integrity import checksum, content_digest, verify, verify_hex
from remotestore.ext.observe import BufferedObserver, ObservedStore, StoreEvent, observe, set_correlation_id
from remotestore.ext.partition import ParsedPartition, parse_partition, partition_path
from remotestore.ext.streams import ChecksumReader, ProgressReader, ProgressWriter, read_with_progress
from remotestore.ext.transfer import download, transfer, upload
from remotestore.ext.write import open_atomic_with_hash, write_with_hash


def remembered(store: Store) -> None:
    kept: CacheBackend = MemoryCache(max_entries=100)
    cached: CachedStore = cache(store, ttl=60, max_content_size=1 << 20, cache_backend=kept)
    first: bytes = cached.read_bytes("a")
    child: CachedStore = cached.child("folder")
    names: List[str] = [info.name for info in child.list_files("", recursive=True)]
    assert first == cached.read_bytes("a") and not names
    stats: CacheStats = cached.stats
    hits: int = stats.hits
    assert hits == 1
    cached.invalidate("a")
    cached.clear_cache()


def many(store: Store) -> None:
    copied: BatchResult = batch_copy(store, [("a", "b"), ("none", "c")], overwrite=True, concurrent=True, max_workers=2)
    failed: Dict[str, RemoteStoreError] = copied.failed
    assert copied.succeeded == ("a",) and failed["none"].code == "NOT_FOUND" and copied.total == 2
    there: Dict[str, bool] = batch_exists(store, ["a", "b", "c"])
    assert there == {"a": True, "b": True, "c": False}
    deleted = batch_delete(store, iter(["b", "c"]), missing_ok=True)
    good: bool = deleted.all_succeeded
    assert good


def sums(store: Store) -> None:
    algorithm, value = checksum(store, "a", "md5")
    digest: ContentDigest = content_digest(store, "a")
    same: bool = verify(store, "a", value.upper(), algorithm) and verify_hex(store, "a", "sha256", digest.value)
    written: WriteResult = write_with_hash(store, "sum", io.BytesIO(b"hello"), algorithm="md5")
    made: Optional[ContentDigest] = written.digest
    assert same and made is not None and made.value == value
    with open_atomic_with_hash(store, "sum", overwrite=True, metadata={"by": "me"}) as file:
        file.write(b"hello")
    result: Optional[WriteResult] = file.result
    assert result is not None and result.digest == digest
    store.delete("sum")


def moved(store: Store, folder: pathlib.Path) -> None:
    seen: List[int] = []
    download(store, "a", folder / "file", on_progress=seen.append)
    upload(store, folder / "file", "up", overwrite=True, on_progress=seen.append)
    transfer(store, "up", store, "there", on_progress=seen.append)
    with read_with_progress(store, "there", seen.append) as reader:
        data: bytes = reader.read()
    around: ChecksumReader = ChecksumReader(ProgressReader(io.BytesIO(data), seen.append), "sha256")
    with around, ProgressWriter(open(folder / "copy", "wb"), seen.append) as writer:
        count: int = writer.write(around.read())
    assert seen == [5] * 6 and count == 5 and verify(store, "a", around.hexdigest())


def told(store: Store) -> None:
    batches: List[List[StoreEvent]] = []
    entered: List[str] = []

    @contextlib.contextmanager
    def around(operation: str, path: str, backend: str) -> Generator[None, None, None]:
        entered.append(f"{operation} {path} {backend}")
        yield

    observer = BufferedObserver(batches.append, max_queue=10, flush_interval=60)
    observed: ObservedStore = observe(store, on_read=lambda event: None, on_any=observer.on_event, around=around)
    token = set_correlation_id("id")
    data: bytes = observed.read_bytes("a", offset=1)
    token.var.reset(token)
    observer.close()
    event = batches[0][0]
    error: Optional[BaseException] = event.error
    took: float = event.duration_ms
    assert data == b"ello" and entered == ["read_bytes a memory"] and error is None and took >= 0 and event.correlation_id == "id"


def placed(store: Store) -> None:
    path: str = partition_path("f", year=2024, month="01")
    parsed: ParsedPartition = parse_partition(path)
    values: Dict[str, str] = parsed.partitions
    assert values == {"year": "2024", "month": "01"} and not [info.size for info in glob_files(store, "none/*")]


with tempfile.TemporaryDirectory() as name, Store(MemoryBackend()) as memory:
    memory.write("a", b"hello")
    remembered(memory)
    many(memory)
    sums(memory)
    told(memory)
    placed(memory)
    moved(memory, pathlib.Path(name))
    known: bool = remotestore.verify(memory, "there", remotestore.checksum(memory, "a")[1])
    assert known
print("done")
