"""How far transfers are, for who wants to know."""

import asyncio
import io
import re
import sys

import pytest
import remotestore
from loops import LOOPS
from remotestore import MemoryBackend, NotFound, Progress, Store, aio
from remotestore.ext import transfer

DATA = bytes(range(256)) * 4000
SIZE = len(DATA)


def transfers(store, path, of=None):
    """Each way to move all bytes, with what has to be known of them."""
    return {
        "read_bytes": lambda told: store.read_bytes("a", progress=told),
        "parallel": lambda told: store.read_bytes("a", parallel=True, progress=told),
        "read_into": lambda told: store.read_into("a", bytearray(SIZE), progress=told),
        "download": lambda told: store.download("a", str(path / "new"), progress=told),
        "read_many": lambda told: store.read_many(["a", "empty"], progress=told),
        "read_ranges": lambda told: store.read_ranges("a", [(0, 9), (9, SIZE)], progress=told),
        "write": lambda told: store.write("b", DATA, progress=told),
        "write_atomic": lambda told: store.write_atomic("b", bytearray(DATA), progress=told),
        "a file": lambda told: store.write("b", (path / "old").open("rb"), progress=told),
        "a source": lambda told: store.write("b", io.BufferedReader(io.BytesIO(DATA)), progress=told),
    }


@pytest.fixture
def here(store, tmp_path):
    store.write("a", DATA)
    store.write("empty", b"")
    (tmp_path / "old").write_bytes(DATA)
    return tmp_path


@pytest.mark.filterwarnings("ignore:unclosed file")
@pytest.mark.parametrize("name", transfers(None, None))
def test_the_last_word_is_of_all(store, here, name):
    told = []
    transfers(store, here)[name](told.append)
    assert all(type(each) is Progress for each in told)
    assert told[-1][:2] == (SIZE, SIZE) and told[-1].rate > 0


@pytest.mark.filterwarnings("ignore:unclosed file")
@pytest.mark.parametrize("run_in", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("name", transfers(None, None))
def test_the_last_word_is_of_all_in_a_loop(store, here, name, run_in):
    told = []

    async def program():
        await transfers(aio.AsyncStore.from_store(store), here)[name](told.append)

    run_in(program)
    assert told[-1][:2] == (SIZE, SIZE) and told[-1].rate > 0


def test_what_is_empty_and_what_the_backend_copies(store, here):
    told = []
    store.write("c", b"", progress=told.append)
    store.read_bytes("c", progress=told.append)
    store.copy("a", "d", progress=told.append)
    store.move("d", "e", progress=told.append)
    assert [each[:2] for each in told] == [(0, 0)] * 4


def test_a_copy_of_files(tmp_path):
    told = []
    with Store.from_url(f"file://{tmp_path}") as store:
        store.write("a", DATA)
        store.copy("a", "b", progress=told.append)
    assert told[-1][:2] == (SIZE, SIZE)


def test_of_another_store_the_length_is_known(store, here):
    told = []
    with Store(MemoryBackend()) as there:
        transfer.transfer(store, "a", there, "b", progress=told.append)
        transfer.upload(there, here / "old", "c", progress=told.append)
        transfer.download(there, "c", here / "new", progress=told.append)
        for move in (
            lambda: transfer.transfer(store, "a", there, "d", on_progress=print, progress=print),
            lambda: transfer.upload(there, here / "old", "d", on_progress=print, progress=print),
            lambda: transfer.download(there, "c", here / "d", on_progress=print, progress=print),
        ):
            with pytest.raises(TypeError, match="one of them"):
                move()
        assert not there.exists("d") and not (here / "d").exists()
    assert {each.total for each in told} == {SIZE} and [each.bytes for each in told].count(SIZE) == 3


def test_nobody_is_told_of_what_failed(store):
    told = []
    with pytest.raises(NotFound) as raised:
        store.read_bytes("missing", progress=told.append)
    assert raised.value.path == "missing"
    with pytest.raises(NotFound):
        asyncio.run(aio.AsyncStore.from_store(store).read_bytes("missing", progress=told.append))
    assert told == []


def test_what_the_last_word_raises_is_raised(store):
    def tell(_):
        raise KeyError("told")

    with pytest.raises(KeyError, match="told"):
        store.write("a", DATA, progress=tell)
    with pytest.raises(KeyError, match="told"):
        asyncio.run(aio.AsyncStore.from_store(store).write("b", DATA, progress=tell))
    assert store.read_bytes("a") == store.read_bytes("b") == DATA


@pytest.mark.parametrize("nothing", [None, False])
def test_nothing_is_wanted(store, nothing, capfd):
    store.write("a", DATA, progress=nothing)
    assert store.read_bytes("a", progress=nothing) == DATA
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", [1, "yes", [1]])
def test_what_cannot_be_told_is_refused_before_anything_is_done(store, wrong):
    with pytest.raises(TypeError, match="progress must be a callable, or True"):
        store.write("a", DATA, progress=wrong)
    assert not store.exists("a")


def test_a_line_of_text(store, here, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    store.write("b", DATA, progress=True)
    with pytest.raises(NotFound):
        store.read_bytes("missing", progress=True)
    said = capfd.readouterr()
    assert said.out == "" and re.fullmatch(r"(\rb: 1000.0 KiB of 1000.0 KiB, [\d.]+ .iB/s   )+\n", said.err), said.err


def test_a_bar_of_tqdm(store, here, capfd, monkeypatch):
    class Bars(list):
        def tqdm(self, **options):
            self.append(self)
            self.options, self.n, self.total, self.closed = options, 0, None, 0
            return self

        def update(self, count):
            self.n += count

        def close(self):
            self.closed += 1

    bars = Bars()
    monkeypatch.setitem(sys.modules, "tqdm", bars)
    store.read_bytes("a", progress=True)
    assert (bars.n, bars.total, bars.closed, bars.options["desc"]) == (SIZE, SIZE, 1, "a")
    with pytest.raises(NotFound):
        store.read_bytes("missing", progress=True)
    assert bars.closed == 1 and capfd.readouterr() == ("", "")


def test_the_log_has_what_was_asked_too(store, caplog):
    with caplog.at_level("INFO", "remotestore"):
        store.write("a", DATA, progress=lambda told: None)
    (record,) = [each for each in caplog.records if each.levelname == "INFO"]
    assert (record.op, record.attempts) == ("write", 0)


def test_it_is_exported():
    assert remotestore.Progress is Progress and Progress.__doc__
