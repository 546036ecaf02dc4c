"""The extensions: what tests/compat does not show, where remote-store's programs run."""

import hashlib
import io
import typing

import pytest
import remotestore
from remotestore.ext import batch, integrity, streams, transfer, write

TEXT = b"a line\nand another\nlast"


class OnlyRead:
    """A source that can do nothing else."""

    def __init__(self, data):
        self._file = io.BytesIO(data)

    def read(self, size=-1):
        return self._file.read(size)


def read_all(reader):
    return [reader.read()]


def read_pieces(reader):
    return list(iter(lambda: reader.read(5), b""))


def read_lines(reader):
    return list(reader)


def read_into(reader):
    buffer = bytearray(7)
    return [bytes(buffer[:count]) for count in iter(lambda: reader.readinto(buffer), 0)]


@pytest.mark.parametrize("read", [read_all, read_pieces, read_lines, read_into, lambda r: r.readlines()])
def test_every_way_to_read_counts(read):
    told = []
    reader = streams.ChecksumReader(streams.ProgressReader(io.BytesIO(TEXT), told.append), "SHA256")
    pieces = read(reader)
    assert b"".join(pieces) == TEXT
    assert told == [len(piece) for piece in pieces]
    assert reader.hexdigest() == hashlib.sha256(TEXT).hexdigest()


def test_no_byte_goes_by_unseen():
    for cls in (streams.ProgressReader, streams.ProgressWriter):
        file = cls(io.BytesIO(TEXT), print)
        for name in ("read1", "readinto1", "readall", "peek", "getvalue", "getbuffer", "detach", "raw"):
            assert not hasattr(file, name)
        assert (file.tell(), file.seekable(), file.closed) == (0, True, False)


def test_who_made_a_file_closes_it():
    file = io.BytesIO(TEXT)
    streams.ProgressReader(file, print)  # forgotten at once
    assert not file.closed
    with streams.ProgressReader(file, print):
        pass
    assert file.closed


def test_a_writer_is_told_what_was_taken():
    class Half(io.RawIOBase):
        def write(self, data):
            return len(data) // 2

    writer = streams.ChecksumWriter(Half(), "md5")
    assert writer.write(bytearray(b"hello!")) == 3
    assert writer.hexdigest() == hashlib.md5(b"hel").hexdigest()


def test_a_source_that_can_only_read(store):
    made = write.write_with_hash(store, "a", OnlyRead(TEXT * 100_000), algorithm="md5")
    assert made.digest == remotestore.ContentDigest("md5", hashlib.md5(TEXT * 100_000).hexdigest())
    assert made.size == len(TEXT) * 100_000
    assert integrity.verify(store, "a", made.digest.value.upper(), "MD5")


def test_an_unknown_algorithm_writes_nothing(store):
    for content in (TEXT, io.BytesIO(TEXT)):
        with pytest.raises(ValueError):
            write.write_with_hash(store, "a", content, algorithm="none")
    with pytest.raises(ValueError), write.open_atomic_with_hash(store, "a", algorithm="none"):
        raise AssertionError
    assert not store.exists("a")


def test_an_atomic_write_that_fails_has_no_result(store):
    with pytest.raises(KeyError), write.open_atomic_with_hash(store, "a", metadata={"k": "v"}) as file:
        file.write(TEXT)
        raise KeyError
    assert file.result is None and not store.exists("a")
    with write.open_atomic_with_hash(store, "a", metadata={"k": "v"}) as file:
        file.write(TEXT)
    assert (file.result.metadata, file.result.size) == ({"k": "v"}, len(TEXT))
    assert store.get_file_info("a").metadata == {"k": "v"}


def test_a_download_that_fails_leaves_what_was_there(store, tmp_path):
    store.write("a", TEXT)
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail(count):
        raise KeyError

    for call_back, name in ((fail, "a"), (None, "none"), (print, "none")):
        with pytest.raises((KeyError, remotestore.NotFound)):
            transfer.download(store, name, path, overwrite=True, on_progress=call_back)
    assert path.read_bytes() == b"old"
    with pytest.raises(KeyError):
        transfer.download(store, "a", tmp_path / "new", on_progress=fail)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_an_upload_that_fails_leaves_what_was_there(store, tmp_path):
    store.write("a", b"old")
    (tmp_path / "a").write_bytes(TEXT)

    def fail(count):
        raise KeyError

    with pytest.raises(KeyError):
        transfer.upload(store, tmp_path / "a", "a", overwrite=True, on_progress=fail)
    assert store.read_bytes("a") == b"old"


def test_many_objects_are_asked_for_at_once(store):
    class Counted(remotestore.ProxyStore):
        calls = []

        def get_file_infos(self, paths, **options):
            self.calls.append(("infos", list(paths)))
            return super().get_file_infos(paths, **options)

        def delete_many(self, paths):
            self.calls.append(("delete", list(paths)))
            return super().delete_many(paths)

    store.write("a", TEXT)
    store.write("b", TEXT)
    counted = Counted(store)
    result = batch.batch_delete(counted, ["a", "none", "b", "a"])
    assert result.succeeded == ("a", "b") and list(result.failed) == ["none"]
    assert counted.calls == [("infos", ["a", "none", "b"]), ("delete", ["a", "b"])]
    assert batch.batch_delete(counted, ["a"], missing_ok=True).all_succeeded
    assert counted.calls[2:] == [("delete", ["a"])]


def test_a_field_of_a_configuration_has_any_name():
    with pytest.warns(UserWarning, match="2, other"):
        remotestore.RegistryConfig.from_dict({2: 3, "other": 1})


def test_a_copy_that_is_not_supported_ends_all(store):
    class Unable(remotestore.ProxyStore):
        def copy(self, src, dst, **options):
            raise remotestore.CapabilityNotSupported("no", capability="copy")

    for concurrent in (False, True):
        with pytest.raises(remotestore.CapabilityNotSupported):
            batch.batch_copy(Unable(store), [("a", "b"), ("c", "d")], concurrent=concurrent)


def test_settings_of_pydantic(tmp_path):
    import pydantic
    from remotestore.ext.pydantic import from_pydantic

    class Options(pydantic.BaseModel):
        bucket: str = "b"
        key: pydantic.SecretStr = pydantic.SecretStr("S3CR3T")
        other: typing.List[pydantic.SecretStr] = [pydantic.SecretStr("S3CR3T")]

    class Backend(pydantic.BaseModel):
        type: str = "s3"
        options: Options = Options()
        retry: typing.Dict[str, int] = {"max_attempts": 2}

    class Settings(pydantic.BaseModel):
        backends: typing.Dict[str, Backend] = {"main": Backend()}
        stores: typing.Dict[str, typing.Any] = {"data": {"backend": "main", "root_path": "d"}}

    config = from_pydantic(Settings())
    config.validate()
    assert "S3CR3T" not in repr(config)
    options = config.backends["main"].options
    assert (options["bucket"], options["key"].reveal(), options["other"][0].reveal()) == ("b", "S3CR3T", "S3CR3T")
    assert config.backends["main"].retry.max_attempts == 2 and config.stores["data"].root_path == "d"
    with pytest.raises(TypeError, match="secret must be a str"):
        from_pydantic(pydantic.create_model("Wrong", backends=(typing.Any, {"a": pydantic.SecretBytes(b"x")}))())


def test_spans_and_metrics(store):
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from remotestore.ext.otel import otel_observe

    spans, metrics, tracers = InMemorySpanExporter(), InMemoryMetricReader(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    tracer = tracers.get_tracer("of a test")
    observed = otel_observe(store, tracer=tracer, meter=MeterProvider([metrics]).get_meter("of a test"))
    with tracer.start_as_current_span("outside"), observed.open_atomic("a") as file:
        file.write(b"hello")
    with pytest.raises(remotestore.NotFound):
        observed.read_bytes("none")
    written, outside, read = spans.get_finished_spans()
    assert (written.name, written.kind.name, written.status.status_code.name) == ("store.open_atomic", "CLIENT", "UNSET")
    assert written.parent.span_id == outside.context.span_id
    assert dict(written.attributes) == {
        "remote_store.operation": "open_atomic", "remote_store.backend": "memory", "remote_store.path": "a"}
    assert (read.status.status_code.name, read.attributes["error.type"]) == ("ERROR", "NotFound")
    (scope,) = metrics.get_metrics_data().resource_metrics[0].scope_metrics
    found = {(m.name, m.unit): [dict(p.attributes) for p in m.data.data_points] for m in scope.metrics}
    good, bad = {"operation": "open_atomic", "backend": "memory"}, {"operation": "read_bytes", "backend": "memory"}
    failed = {**bad, "error.type": "NotFound"}
    assert found == {
        ("remote_store.operations", "1"): [{**good, "status": "ok"}, {**bad, "status": "error"}],
        ("remote_store.operation.duration", "s"): [good, failed], ("remote_store.errors", "1"): [failed]}
