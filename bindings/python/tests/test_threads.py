"""Threads that use one store, and close what others use."""

import random
import sys
import threading
import time

import pytest
import remotestore
from remotestore import LocalBackend, MemoryBackend, Store


def test_threads_share_a_store(store):
    failures = []

    def work(n):
        try:
            for i in range(200):
                store.write(f"{n}/{i}", b"%d" % i)
                assert store.read_bytes(f"{n}/{i}") == b"%d" % i
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sum(1 for _ in store.list_files("", recursive=True)) == 1600


@pytest.fixture
def often():
    """Threads take turns after every few instructions."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture(params=["memory", "local"])
def place(request, tmp_path):
    with Store(MemoryBackend() if request.param == "memory" else LocalBackend(tmp_path)) as store:
        yield store


def together(seconds, *works):
    """Calls each function again and again, and returns what they raised."""
    end, raised = time.monotonic() + seconds, []

    def go(work):
        while time.monotonic() < end:
            try:
                work()
            except Exception as error:
                raised.append((type(error).__name__, str(error)))

    threads = [threading.Thread(target=go, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 30)
        assert not thread.is_alive(), "it hangs"
    return set(raised)


CLOSED = {("ValueError", "I/O operation on closed file"), ("ValueError", "seek of closed file"),
          ("ValueError", "read of closed file"),
          ("ValueError", "PyMemoryView_FromBuffer(): info->buf must not be NULL")}  # io.BufferedReader itself


@pytest.mark.parametrize("kind", ["read", "read_seekable"])
def test_a_reader_that_is_closed_under_another_thread(place, often, kind):
    place.write("a", bytes(range(256)) * 4096)
    readers = [getattr(place, kind)("a")]

    def close():
        readers[0].close()
        readers[0] = getattr(place, kind)("a")

    def read():
        reader = readers[0]
        at = reader.seek(random.randrange(1000))
        part = reader.read(1000)
        assert not part or len(part) <= 1000 and at >= 0

    raised = together(0.7, close, read, read)
    assert raised <= CLOSED | {("Busy", "the reader serves another call")}
    readers[0].close()


def test_a_reader_of_many_never_gives_what_was_not_read(place, often):
    """Bytes that are made before they are filled: all of them are filled."""
    place.write("a", b"x" * 1_000_000)
    with place.read_seekable("a") as reader:
        def read():
            reader.seek(random.randrange(2) * 1000)
            part = reader.read()
            assert not part.strip(b"x"), "bytes of something else"

        assert together(1, read, read, read) <= {("Busy", "the reader serves another call")}


def test_a_writer_that_is_closed_under_another_thread(place, often):
    writers = [place.open_atomic("a", overwrite=True)]

    def close():
        writers[0].close()
        writers[0] = place.open_atomic("a", overwrite=True)

    def write():
        writers[0].write(b"x" * 10_000)

    raised = together(0.7, close, write, write)
    assert raised <= CLOSED | {("Busy", "the writer serves another call"), ("ValueError", "I/O operation on closed file.")}
    writers[0].close()
    assert not place.read_bytes("a").strip(b"x") and len(place.read_bytes("a")) % 10_000 == 0


def test_a_store_that_is_closed_under_other_threads(often):
    stores = [Store(MemoryBackend())]

    def close():
        stores[0].close()
        stores[0] = Store(MemoryBackend())

    def work():
        store = stores[0]
        store.write("a", b"x", overwrite=True)
        assert store.read_bytes("a") == b"x" and len(list(store.list_files(""))) == 1

    raised = together(0.7, close, *[work] * 4)
    assert {name for name, _ in raised} <= {"BackendUnavailable"} and all("closed" in text for _, text in raised)


def test_a_listing_while_others_write_and_delete(place, often):
    def write():
        place.write(f"d/{random.randrange(50)}", b"", overwrite=True)

    def delete():
        place.delete_folder("d", recursive=True, missing_ok=True)

    def look():
        assert all(info.name.isdigit() for info in place.list_files("", recursive=True))

    raised = {(name, text.partition(":")[0].partition(" |")[0]) for name, text in together(0.7, write, delete, look, look)}
    # What is deleted while it is written, and what is written while it is deleted.
    assert raised <= ({
        ("NotFound", "the folder of the object was deleted while the object was written"),
        ("DirectoryNotEmpty", "the folder is not empty"),
    } if place._name == "local" else set())


def test_one_generator_in_many_threads(store, often):
    for i in range(3000):
        store.write(f"{i:04}", b"")
    listing, seen = store.list_files(""), []

    def take():
        for info in listing:
            seen.append(info.name)

    assert together(0.5, take, take, take) <= {("ValueError", "generator already executing")}
    seen += [info.name for info in listing]
    listing.close()
    assert sorted(seen) == [f"{i:04}" for i in range(3000)]


def test_64_threads_race_for_one_object(place):
    gate, won = threading.Barrier(64), []

    def write(i):
        gate.wait()
        try:
            place.write("a", b"%d" % i)
            won.append(i)
        except remotestore.AlreadyExists:
            pass

    threads = [threading.Thread(target=write, args=(i,)) for i in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and place.read_bytes("a") == b"%d" % won[0]
