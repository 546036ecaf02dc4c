"""The store that tells: every operation, once, and nothing else by it."""

import contextlib
import gc
import inspect
import io
import logging
import pickle
import threading

import pytest
import remotestore
from remotestore import LocalBackend, RemotePath, Store
from remotestore.ext import observe as module
from remotestore.ext.observe import BufferedObserver, ObservedStore, StoreEvent, observe
from test_proxy import PUBLIC, Inner, arguments

OPERATIONS = [name for name in PUBLIC if name != "from_url"]
EVENT = StoreEvent("read", "a", "memory", 1.0, 2.0, None, {}, None)


@pytest.fixture
def told():
    return []


def telling(inner, told, **more):
    return observe(inner, on_any=told.append, **more)


def only(told):
    """The one event that there is, and no more."""
    (event,) = told
    told.clear()
    return event


def test_every_operation_has_a_hook():
    assert sorted(module._HOOKS) == sorted(OPERATIONS)
    assert {name for name in OPERATIONS if str(signature(name).return_annotation).startswith("Iterator")} == set(
        module._LISTINGS)
    assert {hook for hook in module._OPERATIONS if hook} | {"on_any", "on_error"} == {
        name for name in inspect.signature(observe).parameters if name.startswith("on_")}


def signature(name):
    return inspect.signature(getattr(Store, name))


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "child"])
def test_every_operation_is_told(name, told):
    listing = {name: lambda self, *args, **options: iter([self.asked.append((name, args, options))])}
    inner, hooks = type("Inner", (Inner,), listing if name in module._LISTINGS else {})(), []
    every = {hook: lambda event, hook=hook: hooks.append(hook) for hook in module._OPERATIONS if hook}
    store = telling(inner, told, **every)
    assert inspect.signature(getattr(store, name)) == inspect.signature(getattr(remotestore.ProxyStore(inner), name))
    args, options = arguments(getattr(Store, name))
    if "paths" in signature(name).parameters:
        args = (["a", "b"],)
    found = getattr(store, name)(*args, **options)
    if name in module._LISTINGS:
        assert list(found) == [None]
    assert inner.asked == [(name, args, options)]
    event = only(told)
    assert (event.operation, event.backend, event.error) == (name, "memory", None)
    assert hooks == [hook for hook, names in module._OPERATIONS.items() if hook and name in names.split()]
    assert event.path == ("" if not args or args == (["a", "b"],) or name in ("supports", "unwrap") else str(args[0]))
    told_options = {key: value for key, value in options.items() if key not in ("attributes", "metadata", "progress", "tags")}
    assert event.metadata.items() >= told_options.items()
    assert not {"attributes", "buffer", "content", "file", "metadata", "progress", "ranges", "tags", "text"} & set(event.metadata)


def test_what_is_told_of_an_operation(store, told):
    observed = telling(store, told)
    observed.write(RemotePath("d/a"), b"hello", attributes={"content-type": "text/plain"}, metadata={"k": "v"})
    event = only(told)
    assert (event.path, event.metadata.pop("write_result").size, event.metadata) == ("d/a", 5, {"overwrite": False})
    observed.read_bytes("d//a", offset=1, length=2)
    event = only(told)
    assert (event.path, event.metadata) == ("d//a", {"offset": 1, "length": 2})
    store.write("b", b"")
    assert observed.delete_many(path for path in ["b", "none"]) == {}  # which is read once
    event = only(told)
    assert (event.path, event.metadata) == ("", {"paths": ["b", "none"]})
    for call in (lambda: observed.read_bytes(), lambda: observed.read_bytes("a", nothing=1), lambda: observed.exists("a", "b")):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(TypeError, match="iterable of paths"):
        observed.delete_many("b")
    assert type(only(told).error) is TypeError


def test_a_listing_is_lazy_behind_its_first_entry(store, told):
    class Inner(remotestore.ProxyStore):
        def list_files(self, path, **options):
            for number in range(10):
                given.append(number)
                if number == 3:
                    raise remotestore.BackendUnavailable("of a later page")
                yield number

    given = []
    entries = telling(Inner(store), told).list_files("d", recursive=True)
    assert given == [0] and only(told).error is None
    assert [next(entries), next(entries)] == [0, 1] and given == [0, 1] and not told
    with pytest.raises(remotestore.BackendUnavailable):
        list(entries)
    event = only(told)
    assert (event.operation, event.path, event.metadata["recursive"]) == ("list_files", "d", True)
    assert type(event.error) is remotestore.BackendUnavailable
    telling(Inner(store), told).list_files("d").close()
    assert only(told).error is None


@contextlib.contextmanager
def noting(notes, *about):
    notes.append("entered")
    try:
        yield
    finally:
        notes.append("left")


def test_a_writer_is_told_when_it_is_over(store, told, live_handles):
    notes = []
    observed = telling(store, told, around=lambda *about: noting(notes, *about))
    handles = live_handles()

    def error_of(operation="open_atomic"):
        assert notes == ["entered", "left"]
        notes.clear()
        event = only(told)
        assert event.operation == operation
        return event.error

    with observed.open_atomic("a") as file:
        file.write(b"1")
        file.close()
        assert notes == ["entered"] and not told
    assert error_of() is None and store.read_bytes("a") == b"1" and file.result.size == 1
    writer = observed.open_atomic("b")
    writer.write(b"12")
    writer.close()
    assert error_of() is None and store.read_bytes("b") == b"12"
    with observed.open_atomic("c") as file:
        assert file.commit().size == 0
        assert error_of() is None
    observed.open_atomic("d").abort()
    assert error_of() is None and not store.exists("d")
    with pytest.raises(KeyError), observed.open_atomic("d"):
        raise KeyError("d")
    assert type(error_of()) is KeyError and not store.exists("d")
    with pytest.raises(remotestore.InvalidPath):
        observed.open_atomic("..")
    assert type(error_of()) is remotestore.InvalidPath
    with pytest.raises(remotestore.AlreadyExists), observed.open_atomic("a") as file:
        file.write(b"")
    assert type(error_of()) is remotestore.AlreadyExists
    buffered = io.BufferedWriter(observed.open_atomic("e"))
    with io.TextIOWrapper(buffered) as text:
        text.write("text")
    assert error_of() is None and store.read_bytes("e") == b"text"
    with pytest.warns(ResourceWarning):
        observed.open_atomic("f").write(b"1")
        gc.collect()
    assert type(error_of()) is GeneratorExit and not store.exists("f")  # it was forgotten
    assert live_handles() == handles


def test_observers_and_caches_around_each_other(store, told):
    inside = []
    for make in (lambda: telling(telling(store, inside), told), lambda: remotestore.cache(telling(store, told)),
                 lambda: telling(remotestore.cache(store), told)):
        observed = make()
        assert not observed.exists("new")
        with observed.open_atomic("new") as file:
            file.write(b"1")
        assert observed.read_bytes("new") == b"1" and observed.exists("new")
        with pytest.raises(KeyError), observed.open_atomic("half"):
            raise KeyError
        names = [(event.operation, type(event.error).__name__) for event in told if event.operation == "open_atomic"]
        assert names == [("open_atomic", "NoneType"), ("open_atomic", "KeyError")]
        told.clear()
        store.delete("new")
    assert len(inside) == 5


def test_what_an_interrupt_leaves_is_no_success(store, told):
    class Source(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            raise KeyboardInterrupt

    failed = []
    observed = telling(store, told, on_error=failed.append)
    with pytest.raises(KeyboardInterrupt):
        observed.write("a", Source())
    assert type(only(told).error) is KeyboardInterrupt and len(failed) == 1


def test_a_hook_that_fails_is_in_the_log(store, told, caplog):
    observed = telling(store, told, on_list=lambda event: 1 / 0)
    assert observed.exists("a") is False
    (record,) = caplog.records
    assert (record.name, record.levelno, record.exc_info[0]) == ("remotestore.ext.observe", logging.WARNING, ZeroDivisionError)
    assert "on_list" in record.getMessage() and only(told).error is None
    caplog.clear()  # of frames with the store
    del record


def test_what_is_around_can_do(store, told):
    observed = telling(store, told, around=lambda *about: contextlib.suppress(remotestore.NotFound))
    assert observed.read_bytes("none") is None and only(told).error is None
    assert observed.list_files("none") is not None

    def refusing(operation, path, backend):
        raise PermissionError(operation, path, backend)

    with pytest.raises(PermissionError, match="write.*a.*memory"):
        telling(store, [], around=refusing).write("a", b"")
    assert not store.exists("a")


def test_an_event_in_a_thread_has_its_own_correlation(store, told):
    observed = telling(store, told)

    def work(name):
        module.set_correlation_id(name)
        together.wait(30)
        observed.exists(name)

    together = threading.Barrier(4)
    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event.correlation_id for event in told) == ["0", "1", "2", "3"]
    assert all(event.path == event.correlation_id for event in told)


SEEN = []


def test_a_pickle_has_the_hooks(tmp_path):
    observed = telling(Store(LocalBackend(tmp_path)), SEEN, around=None)
    again = pickle.loads(pickle.dumps(observe(observed.inner, on_any=remember)))
    assert type(again) is ObservedStore and again.exists("a") is False and only(SEEN).path == "a"


def remember(event):
    SEEN.append(event)


# -- many at once


def join_timers():
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(30)


def events(count):
    return [StoreEvent("read", str(number), "memory", 1.0, 2.0, None, {}, None) for number in range(count)]


def test_a_handler_is_called_by_one_thread_at_a_time_and_in_order():
    batches, running, most = [], [], []
    begun, go_on = threading.Event(), threading.Event()

    def handler(some):
        running.append(1)
        most.append(len(running))
        begun.set()
        assert go_on.wait(30)
        batches.append([event.path for event in some])
        running.pop()

    observer = BufferedObserver(handler, flush_interval=0)
    first, second, third = events(3)
    observer.on_event(first)
    assert begun.wait(30)
    observer.on_event(second)
    observer.on_event(third)
    closing = threading.Thread(target=observer.close)
    closing.start()
    assert not batches  # it waits for the handler
    go_on.set()
    closing.join(30)
    assert [path for batch in batches for path in batch] == ["0", "1", "2"] and set(most) == {1}


def test_an_observer_has_a_thread_while_events_wait():
    before = threading.active_count()
    observer = BufferedObserver(lambda some: None, flush_interval=600)
    assert threading.active_count() == before
    for event in events(3):
        observer.on_event(event)
    assert threading.active_count() == before + 1
    (timer,) = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert timer.daemon
    observer.close()
    timer.join(30)
    assert threading.active_count() == before


def test_a_handler_that_fails_is_called_again(caplog):
    calls, handled = [], threading.Event()

    def handler(some):
        calls.append(len(some))
        if len(calls) == 1:
            raise RuntimeError("of the handler")
        handled.set()

    observer = BufferedObserver(handler, flush_interval=0)
    observer.on_event(EVENT)
    join_timers()
    observer.on_event(EVENT)
    assert handled.wait(30) and calls == [1, 1]
    (record,) = caplog.records
    assert (record.name, record.exc_info[0]) == ("remotestore.ext.observe", RuntimeError)
    observer.close()


def test_what_is_dropped_is_in_the_log(caplog):
    batches = []
    observer = BufferedObserver(batches.append, max_queue=2, flush_interval=600)
    for event in events(4):
        observer.on_event(event)
    assert [record.getMessage() for record in caplog.records] == [
        "2 events wait: read of '2' is dropped", "2 events wait: read of '3' is dropped"]
    observer.close()
    assert [event.path for event in batches[0]] == ["0", "1"]


def test_a_handler_may_use_the_store_that_it_observes(store):
    lines = []

    def handler(some):
        lines.extend(event.path for event in some)
        if len(lines) < 4:
            observed.write(f"log/{len(lines)}", b"")
            observer.flush()

    observer = BufferedObserver(handler, flush_interval=600)
    observed = observe(store, on_write=observer.on_event)
    observed.write("a", b"")
    observer.flush()
    assert lines == ["a", "log/1", "log/2", "log/3"]
    join_timers()  # which have the observer


def test_in_the_child_of_a_fork(run):
    out, _ = run("""
import os, threading
from remotestore.ext.observe import BufferedObserver, StoreEvent

def handler(events):
    begun.set()
    go_on.wait(30)
    os.write(1, "".join(event.path for event in events).encode())

def event(path):
    return StoreEvent("read", path, "memory", 1.0, 2.0, None, {}, None)

begun, go_on = threading.Event(), threading.Event()
observer = BufferedObserver(handler, flush_interval=0)
observer.on_event(event("a"))
begun.wait(30)
observer._interval = 600
observer.on_event(event("b"))  # waits, while the handler has a lock
child = os.fork()
go_on.set()
if not child:
    observer.on_event(event("c"))
    observer.flush()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
observer.close()
print()
""")
    assert sorted(out.strip()) == ["a", "b", "c"]
