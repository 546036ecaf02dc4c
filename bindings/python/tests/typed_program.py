"""A program of a user, for mypy --strict and to be run: most of the API."""

import datetime
import functools
import io
import logging
import pathlib
import pickle
import sys
import tempfile
from typing import BinaryIO, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Type, TypeVar, Union

import remotestore
from remotestore import (
    AlreadyExists,
    Backend,
    BackendConfig,
    Capability,
    CapabilityNotSupported,
    CapabilitySet,
    ContentDigest,
    FileInfo,
    FolderEntry,
    FolderInfo,
    NotFound,
    PathEntry,
    ProbeReport,
    Progress,
    ProxyStore,
    RawPath,
    Registry,
    RegistryConfig,
    RemotePath,
    RemoteStoreError,
    ResolutionPlan,
    RetryPolicy,
    Secret,
    SecretRedactionFilter,
    Store,
    StoreProfile,
    WriteResult,
)
from remotestore.backends import LocalBackend, MemoryBackend, S3Backend

T = TypeVar("T")


class Counting(ProxyStore):
    """A proxy with its own children."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.reads = 0

    def _wrap_child(self, inner_child: Store) -> Store:
        return Counting(inner_child)

    def read_bytes(
        self,
        path: Union[str, RemotePath],
        *,
        offset: int = 0,
        length: int = 0,
        parallel: bool = False,
        verify: bool = False,
        progress: Union[None, bool, Callable[[Progress], object]] = None,
    ) -> bytes:
        self.reads += 1
        return super().read_bytes(
            path, offset=offset, length=length, parallel=parallel, verify=verify, progress=progress)


class Minio(S3Backend):
    """A subclass that presets arguments."""

    def __init__(self, bucket: str, *, key: Optional[str] = None, secret: Optional[Secret] = None) -> None:
        super().__init__(bucket, endpoint_url="http://127.0.0.1:1", key=key, secret=secret, region_name="r",
                         addressing_style="path", read_timeout=datetime.timedelta(seconds=5))


def write(store: Store) -> None:
    contents: List[Union[bytes, bytearray, memoryview, BinaryIO]] = [
        b"bytes", bytearray(b"bytearray"), memoryview(b"memoryview"), io.BytesIO(b"file")]
    for i, content in enumerate(contents):
        result: WriteResult = store.write(f"data/{i}", content, overwrite=True)
        size: int = result.size
        etag: Optional[str] = result.etag
        when: Optional[datetime.datetime] = result.last_modified
        assert size and etag and when and result.digest is None and result.source == "native"
    store.write_text(RemotePath("data/text"), "text", encoding="utf-8")
    store.write_atomic(RawPath("data/raw"), b"raw")
    with store.open_atomic("data/atomic", overwrite=True) as writer:
        count: int = writer.write(b"atomic")
        assert count == 6
    written: Optional[WriteResult] = writer.result
    assert written is not None and written.path.name == "atomic"
    if store.supports(Capability.USER_METADATA):
        metadata: Mapping[str, str] = {"Owner": "me"}
        store.write("meta", b"", metadata=metadata)
        found: Optional[Mapping[str, str]] = store.get_file_info("meta").metadata
        assert found == {"owner": "me"}
        store.delete("meta")


def read(store: Store) -> None:
    data: bytes = store.read_bytes("data/0", offset=1, length=2)
    text: str = store.read_text("data/text", errors="replace")
    buffer = bytearray(10)
    count: int = store.read_into("data/1", buffer)
    assert (data, text, bytes(buffer[:count])) == (b"yt", "text", b"bytearray")
    with store.read("data/2") as file, io.TextIOWrapper(file) as lines:
        assert [line for line in lines] == ["memoryview"]
    with store.read_seekable("data/3") as seekable:
        seekable.seek(-2, io.SEEK_END)
        assert seekable.read() == b"le"


def look(store: Store) -> None:
    files: Iterator[FileInfo] = store.list_files("", recursive=True, pattern="[0-9]", max_depth=3)
    assert sorted(info.name for info in files) == ["0", "1", "2", "3"]
    folders: List[FolderEntry] = list(store.list_folders("", pattern=None, max_depth=1))
    entries: Iterable[PathEntry] = store.iter_children("")
    assert [entry.path.as_posix() for entry in entries] == ["data"] == [folder.name for folder in folders]
    assert [str(info.path) for info in store.glob("**/t*")] == ["data/text"]
    info: FileInfo = store.get_file_info("data/0")
    modified: datetime.datetime = info.modified_at
    folder: FolderInfo = store.get_folder_info("data", max_depth=None)
    assert modified.tzinfo is datetime.timezone.utc and folder.file_count == 7 and folder.name == "data"
    plan: ResolutionPlan = store.resolve("data/0")
    native: str = store.native_path("data/0")
    assert plan.native_path == native and store.to_key(native) == "data/0"
    assert store.exists("data") and store.is_folder("data") and not store.is_file("data")
    parent: Optional[RemotePath] = info.path.parent
    assert parent is not None and parent / "0" == info.path and info.path.parts == ("data", "0")
    assert store.head(info.path).size == info.size


def change(store: Store) -> None:
    store.copy("data/0", "copy")
    store.move("copy", "moved", overwrite=True)
    store.delete("moved")
    store.delete("moved", missing_ok=True)
    child: Store = store.child("data")
    child.delete_folder("none", recursive=True, missing_ok=True)
    child.ping()
    try:
        report: ProbeReport = child.probe()
        options: Mapping[str, str] = report.options
        assert [finding.outcome for finding in report.findings] and options
    except CapabilityNotSupported as refused:
        assert refused.capability == "probe"
    try:
        store.read_bytes("none")
    except NotFound as error:
        path: Optional[str] = error.path
        attempts: int = error.attempts
        number: Optional[int] = error.errno
        assert path == "none" and attempts == 0 and number and isinstance(error, FileNotFoundError)
    try:
        store.write("data/0", b"")
    except (AlreadyExists, CapabilityNotSupported) as again:
        assert again.backend and again.code == "ALREADY_EXISTS"
    try:
        store.list_uploads("").__next__()
    except CapabilityNotSupported as missing:
        capability: Optional[str] = missing.capability
        assert capability == "multipart"


def objects(store: Store) -> None:
    made: WriteResult = store.write("typed", b"1", attributes={"content-type": "a/b"}, tags={"k": "v"})
    store.write("typed", b"2", if_match=made.etag)
    ranges: List[bytes] = store.read_ranges("typed", [(0, 1)], coalesce=0, verify=True)
    some: List[bytes] = store.read_many(["typed", RemotePath("typed")])
    their: List[FileInfo] = store.get_file_infos(iter(["typed"]), return_exceptions=True)
    failed: Dict[Union[str, RemotePath], RemoteStoreError] = store.delete_many(["typed", RemotePath("none")])
    assert some == ranges * 2 and their[0].size == 1
    assert ranges == [b"2"] and not failed and store.append("typed", b"3", tags={"k": "v"}).size == 1
    assert [f.extra for f in store.list_files("", prefix="typ", start_after="a", limit=1)] == [{}]
    store.delete("typed", if_match=store.head("typed").etag)
    try:
        url: str = store.sign("a", "PUT", expires_in=datetime.timedelta(hours=1))
        aborted: int = store.abort_uploads("a", older_than=datetime.timedelta(days=1))
        store.set_acl("a", "private")
        assert url and aborted >= 0
    except CapabilityNotSupported as unsupported:
        assert unsupported.capability == "sign"


def unwrapped(store: Store, type_hint: Type[T]) -> Optional[T]:
    try:
        return store.unwrap(type_hint)
    except RemoteStoreError:
        return None


def backends(root: pathlib.Path) -> None:
    retry = RetryPolicy(max_attempts=2, backoff_base=0.0, jitter=0.0, timeout=None)
    options: Dict[str, object] = {"config_kwargs": {"read_timeout": 5}}
    made: List[Backend] = [
        MemoryBackend(), LocalBackend(root), LocalBackend(str(root)), Minio("b", key="k", secret=Secret("s")),
        S3Backend("b", region_name="r", client_options=options, retry=retry, key="k", secret="s"),
    ]
    for backend in made:
        with backend:
            can: CapabilitySet = backend.capabilities
            can.require(Capability.READ, backend=backend.name)
            if not isinstance(backend, MemoryBackend):
                again: Backend = pickle.loads(pickle.dumps(backend))
                assert again == backend and hash(again) == hash(backend)
                again.close()
    folder: Optional[pathlib.Path] = unwrapped(Store(LocalBackend(root)), pathlib.Path)
    assert folder == root and unwrapped(Store(MemoryBackend()), int) is None


def registries(root: pathlib.Path) -> None:
    remotestore.register_backend("minio", Minio)
    remotestore.register_backend("here", functools.partial(LocalBackend, root))
    data = remotestore.resolve_env({"stores": {"s": {"backend": "${NAME:-b}"}}, "backends": {"b": {"type": "here"}}})
    config = RegistryConfig.from_dict(data)
    assert config == RegistryConfig({"b": BackendConfig("here")}, {"s": StoreProfile("b")})
    with Registry(config) as registry:
        store: Store = registry.get_store("s")
        store.write("registry", b"", overwrite=True)
    info: remotestore.InfoResult = remotestore.info()
    backend: remotestore.BackendInfo = info["backends"]["here"]
    assert info["version"] == remotestore.__version__ and backend["available"] is True


def main(root: pathlib.Path) -> None:
    logging.getLogger("remotestore").addFilter(SecretRedactionFilter())
    for store in (Store(MemoryBackend()), Store.from_url("memory://"), Store(LocalBackend(root), "sub/folder")):
        with store as entered:
            counting = Counting(entered)
            write(counting)
            read(counting)
            look(counting)
            change(counting)
            assert counting.reads >= 1 and counting.inner is store
    with Store(MemoryBackend()) as memory:
        objects(memory)
    backends(root)
    registries(root)
    digest = ContentDigest("SHA256", "AB")
    assert (digest.algorithm, digest.value) == ("sha256", "ab")
    print("done", *sys.argv[1:])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as _folder:
        main(pathlib.Path(_folder))
