"""The log of what is asked of a store, and secrets in it."""

import io
import logging
import sys
import threading

import pytest
import remotestore
from remotestore import Secret, SecretRedactionFilter, _log

NAME = "remotestore._store"


def of(record):
    return record.levelname, record.op, getattr(record, "path", None), record.backend


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)


@pytest.fixture
def records(caplog):
    handler, logger = Records(), logging.getLogger(NAME)
    caplog.set_level(logging.DEBUG, NAME)  # which is taken back
    logger.addHandler(handler)
    yield handler.records
    logger.removeHandler(handler)


CHANGES = {
    "write": lambda s: s.write("d/new", b"x"),
    "write from a file": lambda s: s.write("d/new", io.BufferedReader(io.BytesIO(b"x"))),
    "write_atomic": lambda s: s.write_atomic("d/new", b"x"),
    "delete": lambda s: s.delete("d/a"),
    "delete_folder": lambda s: s.delete_folder("d", recursive=True),
    "copy": lambda s: s.copy("d/a", "b"),
    "move": lambda s: s.move("d/a", "b"),
}
PATHS = {"delete": "d/a", "delete_folder": "d", "copy": "d/a", "move": "d/a"}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_something_is_logged_at_both_ends(store, records, name):
    op, path = name.split()[0], PATHS.get(name, "d/new")
    store.write("d/a", b"x")
    records.clear()
    CHANGES[name](store)
    assert [of(r) for r in records] == [("DEBUG", op, path, "memory"), ("INFO", op, path, "memory")]
    assert (records[1].attempts, records[1].request_id) == (0, None)
    assert records[1].getMessage() == f"{op} complete path={path!r}"
    with pytest.raises(remotestore.RemoteStoreError):
        records.clear()
        store.close()
        CHANGES[name](store)
    assert [of(r)[0] for r in records] == ["DEBUG"]  # it did not end well


def test_what_reads_is_logged_once(store, records):
    store.write("d/a", b"x")
    records.clear()
    calls = {
        "exists": store.exists, "is_file": store.is_file, "is_folder": store.is_folder, "head": store.head,
        "read_bytes": store.read_bytes, "get_file_info": store.get_file_info,
        "read": lambda p: store.read(p).close(), "read_seekable": lambda p: store.read_seekable(p).close(),
        "read_into": lambda p: store.read_into(p, bytearray(9)), "glob": lambda p: list(store.glob(p)),
        "list_files": lambda p: list(store.list_files(p)), "list_folders": lambda p: list(store.list_folders(p)),
        "iter_children": lambda p: list(store.iter_children(p)),
    }
    for op, call in calls.items():
        call("d/a")
        assert [of(r) for r in records] == [("DEBUG", op, "d/a", "memory")], op
        records.clear()
    store.read_text("d/a")
    assert [r.op for r in records] == ["read_text", "read_bytes"]


def test_writers_and_ping(store, records):
    with store.open_atomic("a") as writer:
        writer.write(b"x")
        assert [of(r) for r in records] == [("DEBUG", "open_atomic", "a", "memory")]
    store.ping()
    assert [of(r) for r in records[1:]] == [
        ("INFO", "open_atomic", "a", "memory"), ("DEBUG", "ping", None, "memory"), ("INFO", "ping", None, "memory")]
    records.clear()
    with pytest.raises(KeyError), store.open_atomic("b") as writer:
        raise KeyError
    assert [r.levelname for r in records] == ["DEBUG"]


def test_a_writer_of_one_thread_that_ends_in_another(store, records):
    writer = store.open_atomic("a")
    thread = threading.Thread(target=lambda: (writer.write(b"x"), writer.close()))
    thread.start()
    thread.join()
    assert [r.levelname for r in records] == ["DEBUG", "INFO"] and store.exists("a")


def test_nothing_is_made_when_it_is_off(store, monkeypatch, caplog):
    """No context, no text of the arguments: only the question whether to log."""
    monkeypatch.setattr(_log, "Context", None)
    monkeypatch.setattr(_log, "_extra", None)
    monkeypatch.setattr(_log, "_of", None)
    caplog.set_level(logging.WARNING, NAME)
    store.write("a", b"x")
    store.copy("a", "b")
    store.read_bytes("a")
    assert not caplog.records


def test_the_package_is_silent_by_itself(run):
    assert run("import remotestore as r; s = r.Store(r.MemoryBackend()); s.write('a', b''); s.delete('a')") == ("", "")


def test_a_handler_that_calls_the_store(store, records):
    """Whatever a handler does, it does not stand in its own way."""
    class Handler(logging.Handler):
        seen = []

        def emit(self, record):
            if record.levelno == logging.INFO and not self.seen:
                self.seen.append(store.read_bytes("a"))

    handler, logger = Handler(), logging.getLogger(NAME)
    logger.addHandler(handler)
    try:
        store.write("a", b"x")
    finally:
        logger.removeHandler(handler)
    assert handler.seen == [b"x"]


def test_no_secret_is_logged(s3, records):
    store = remotestore.Store(s3(secret="MARK", session_token="MARK", retry=remotestore.RetryPolicy.disabled()))
    for call in (lambda: store.write("a", b"MARK", metadata={"k": "MARK"}), lambda: store.read_bytes("a"), store.ping):
        with pytest.raises(remotestore.BackendUnavailable):
            call()
    assert len(records) == 3 and not [r for r in records if "MARK" in repr(r.__dict__) + r.getMessage()]


@pytest.mark.parametrize("arguments, text", [
    ((Secret("MARK"),), "***"), (("%s", Secret("MARK")), "***"), ((5,), "5"),
])
def test_the_redaction_filter(arguments, text):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(SecretRedactionFilter())
    logger = logging.Logger("own")
    logger.addHandler(handler)
    logger.warning(*(arguments if arguments[:1] == ("%s",) else ("%s", *arguments)))
    assert stream.getvalue() == text + "\n"


def test_the_redaction_filter_and_named_arguments():
    record = logging.LogRecord("n", logging.INFO, "p", 1, "%(a)s %(b)d", ({"a": Secret("MARK"), "b": 1},), None)
    assert SecretRedactionFilter().filter(record) and record.getMessage() == "*** 1"


def test_a_secret():
    secret = Secret("MARK")
    assert secret == Secret("MARK") and secret != "MARK" and hash(secret) == hash(Secret("MARK"))
    assert secret and not Secret("") and secret.reveal() == "MARK"
    assert "MARK" not in f"{secret} {secret!r} {secret!s:>10} {[secret]}" + "%s %r" % (secret, secret)
    for change in (lambda: setattr(secret, "_value", "x"), lambda: delattr(secret, "_value"), lambda: setattr(secret, "x", 1)):
        with pytest.raises(AttributeError):
            change()
    for use in (lambda: len(secret), lambda: list(secret), lambda: secret + "x", lambda: secret[0], lambda: vars(secret)):
        with pytest.raises(TypeError):
            use()
    assert sys.getsizeof(secret) < 100
