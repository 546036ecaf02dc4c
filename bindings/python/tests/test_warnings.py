"""What was not closed says so; and the end of the interpreter."""

import gc
import io
import warnings

import pytest
import remotestore
from remotestore import MemoryBackend, S3Backend, Store
from remotestore._streams import Reader, Writer


@pytest.fixture
def caught():
    """The warnings, all of them, without what they hold on to in the end."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
        del caught[:]


def opened(store, what):
    """Opens it here, and forgets it there."""
    return {
        "read": lambda: store.read("a"), "read_seekable": lambda: store.read_seekable("a"),
        "text": lambda: io.TextIOWrapper(store.read("a")), "open_atomic": lambda: store.open_atomic("b"),
        "buffered": lambda: io.BufferedWriter(store.open_atomic("b")),
    }[what]()


@pytest.mark.parametrize("what, name, source", [
    ("read", "<Reader of 'a'>", io.BufferedReader), ("read_seekable", "<Reader of 'a'>", Reader),
    ("text", "<Reader of 'a'>", io.TextIOWrapper), ("open_atomic", "<Writer of 'b'>", Writer),
    ("buffered", "<Writer of 'b'>", io.BufferedWriter),
])
def test_a_stream_that_is_forgotten_warns_once(store, caught, what, name, source):
    store.write("a", b"x")
    stream = opened(store, what)
    del stream
    gc.collect()
    (warning,) = caught
    assert (warning.category, str(warning.message)) == (ResourceWarning, f"unclosed {name}")
    assert type(warning.source) is source and warning.filename == __file__
    assert not store.exists("b")


@pytest.mark.parametrize("what", ["read", "read_seekable", "text", "open_atomic", "buffered"])
def test_one_that_was_closed_does_not(store, caught, what):
    store.write("a", b"x")
    opened(store, what).close()
    with opened(store, what) if what != "open_atomic" and what != "buffered" else store.open_atomic("c"):
        pass
    for broken in (lambda: store.read("none"), lambda: store.open_atomic(".."), lambda: store.read_seekable("none")):
        with pytest.raises(remotestore.RemoteStoreError):
            broken()
    gc.collect()
    assert not caught


def test_an_s3_backend_that_is_forgotten_warns(s3, caught):
    options = {"endpoint_url": "http://127.0.0.1:1", "region_name": "r", "key": "k", "secret": "MARK"}
    S3Backend("bucket", **options)
    gc.collect()
    (warning,) = caught
    assert "unclosed S3Backend('bucket'" in str(warning.message) and "MARK" not in str(warning.message)
    assert type(warning.source) is S3Backend and warning.filename == __file__
    del warning, caught[:]
    Store.from_url("s3://bucket", region="r", secret_access_key="MARK", access_key_id="MARK")
    gc.collect()
    assert ["MARK" in str(w.message) for w in caught] == [False]
    del caught[:]
    with Store(S3Backend("bucket", **options)) as store:
        Store(store._backend, "x").child("y")
    Store(MemoryBackend())
    with pytest.raises(ValueError):
        S3Backend("")
    gc.collect()
    assert not caught


OPEN = """
import io, sys, gc, threading, time, remotestore as r
backend = r.S3Backend("b", key="MARK", secret="MARK", region_name="r", endpoint_url="http://127.0.0.1:1")
store = r.Store(r.MemoryBackend())
store.write("a", b"x" * 100)
store.write("b", b"x" * 100)
buffered, reader, writer = store.read("a"), store.read_seekable("a"), store.open_atomic("w")
writer.write(b"half")
text = io.TextIOWrapper(store.open_atomic("t"))
text.write("half")
listing = store.list_files("")
next(listing)
registry = r.Registry(r.RegistryConfig.from_dict({"backends": {"m": {"type": "memory"}}, "stores": {"s": {"backend": "m"}}}))
registry.get_store("s")
"""
CYCLE = OPEN + """
cycle = [backend, buffered, reader, writer, text]
cycle.append(cycle)
del backend, buffered, reader, writer, text, cycle
gc.collect()
print(sorted(str(info.path) for info in store.list_files("")))
"""
THREADS = OPEN + """
def work(store):
    while True:
        try:
            store.read_bytes("a")
        except r.RemoteStoreError:
            pass
for s in (store, store, r.Store(backend)):
    threading.Thread(target=work, args=(s,), daemon=True).start()
time.sleep(0.2)
"""


@pytest.mark.parametrize("program", [OPEN, CYCLE, THREADS], ids=["open", "cycle", "threads"])
@pytest.mark.parametrize("flags", [[], ["-X", "dev"], ["-W", "error"], ["-X", "dev", "-W", "error"]], ids="".join)
def test_the_interpreter_ends_with_everything_open(run, program, flags):
    out, err = run(program, *flags)
    assert out == ("['a', 'b']\n" if program is CYCLE else "")
    assert "MARK" not in err and "Fatal" not in err
    if not flags:
        assert err == ""
    elif program is not THREADS:  # their frames keep it to the end
        for name in ("S3Backend('b'", "<Reader of 'a'>", "<Writer of 'w'>", "<Writer of 't'>"):
            assert f"ResourceWarning: unclosed {name}" in err
        for line in err.splitlines():
            assert "Error" not in line, err


def test_a_warning_that_is_an_error_is_reported_by_python(run):
    """And does not keep what it is about from being closed."""
    out, err = run("""
import sys, remotestore as r
seen = []
sys.unraisablehook = lambda args: seen.append((args.exc_type, str(args.exc_value)))
store = r.Store(r.MemoryBackend())
store.write("a", b"x")
for open in (store.read_seekable, store.read, lambda p: store.open_atomic("b")):
    stream = open("a")
    del stream
assert seen == [(ResourceWarning, f"unclosed <{n}>") for n in ("Reader of 'a'", "Reader of 'a'", "Writer of 'b'")], seen
""", "-W", "error::ResourceWarning")
    assert (out, err) == ("", "")
