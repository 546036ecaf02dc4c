"""How far transfers are, on a link that is slow."""

import io
import pathlib
import secrets
import sys

import pytest
import remotestore
from remotestore import aio
from remotestore._call import settle

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "bindings" / "python" / "tests"), str(ROOT / "tests" / "servers")]
from loops import LOOPS  # noqa: E402
from relay import Relay  # noqa: E402

SIZE = 9 << 20  # two parts; the whole takes 0.2 s
DATA = secrets.token_bytes(SIZE)


class Stop(Exception):
    pass


@pytest.fixture(scope="module")
def relay(s3_servers):
    with Relay(s3_servers("versitygw")["AWS_ENDPOINT_URL"], pause=0.005) as made:
        yield made


@pytest.fixture
def store(relay, s3_servers):
    place = f"{s3_servers('versitygw')['REMOTESTORE_TEST_S3_URL'].rstrip('/')}/{secrets.token_hex(8)}"
    with remotestore.Store.from_url(place) as direct, remotestore.Store.from_url(place, endpoint=relay.url) as slow:
        direct.write("there", DATA)
        yield slow
        settle()  # a server may store a part that was on its way, and begin its upload anew
        assert not list(direct.list_uploads())
        direct.delete_many([info.path for info in direct.list_files("")])


TRANSFERS = {
    "read_bytes": lambda store, path, told: store.read_bytes("there", progress=told),
    "parallel": lambda store, path, told: store.read_bytes("there", parallel=True, progress=told),
    "read_ranges": lambda store, path, told: store.read_ranges("there", [(0, SIZE // 2), (SIZE // 2, SIZE // 2)], progress=told),
    "download": lambda store, path, told: store.download("there", str(path / "new"), progress=told),
    "write": lambda store, path, told: store.write("new", DATA, progress=told),
    "a file": lambda store, path, told: store.write("new", path.joinpath("old").open("rb"), progress=told),
    "a source": lambda store, path, told: store.write("new", io.BufferedReader(io.BytesIO(DATA)), progress=told),
}


@pytest.fixture(params=TRANSFERS)
def transfer(request, tmp_path):
    """A transfer by a store."""
    (tmp_path / "old").write_bytes(DATA)
    return lambda store, told: TRANSFERS[request.param](store, tmp_path, told)


def check(told):
    done = [each.bytes for each in told]
    assert done == sorted(done) and any(0 < each < SIZE for each in done), done
    assert told[-1][:2] == (SIZE, SIZE) and {each.total for each in told} <= {None, SIZE}


pytestmark = pytest.mark.filterwarnings("ignore:unclosed file")


def test_it_is_told_meanwhile(store, transfer):
    told = []
    transfer(store, told.append)
    check(told)


@pytest.mark.parametrize("run", LOOPS.values(), ids=LOOPS)
def test_it_is_told_meanwhile_in_a_loop(store, transfer, run):
    told = []

    async def program():
        await transfer(aio.AsyncStore.from_store(store), told.append)

    run(program)
    check(told)


def test_what_is_raised_ends_it(store, transfer):
    with pytest.raises(Stop) as raised:
        transfer(store, stop_in_the_middle)
    assert raised.value.args[0] < SIZE
    assert not store.exists("new")


@pytest.mark.parametrize("run", LOOPS.values(), ids=LOOPS)
def test_what_is_raised_ends_it_in_a_loop(store, transfer, run):
    async def program():
        with pytest.raises(Stop) as raised:
            await transfer(aio.AsyncStore.from_store(store), stop_in_the_middle)
        assert raised.value.args[0] < SIZE

    run(program)
    assert not store.exists("new")


def stop_in_the_middle(told):
    if told.bytes:
        raise Stop(told.bytes)
