"""A DataLoader of PyTorch, whose workers are forked, reads from a store that was used before."""

import os
import secrets

import pytest
import remotestore
import torch
from remotestore import obstore
from remotestore.obstore.store import S3Store
from torch.utils.data import DataLoader, Dataset

COUNT, SIZE = 200, 1024


class Objects(Dataset):
    """An item is an object: its number, so many times, and who read it."""

    def __init__(self, read):
        self._read = read

    def __len__(self):
        return COUNT

    def __getitem__(self, index):
        return torch.frombuffer(bytearray(self._read(str(index))), dtype=torch.uint8), os.getpid()


@pytest.fixture
def url(s3_servers):
    return f"{s3_servers('versitygw')['REMOTESTORE_TEST_S3_URL']}/{secrets.token_hex(8)}"


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("persistent", [False, True])
def test_workers(url, method, persistent):
    with remotestore.Store.from_url(url) as store:
        for index in range(COUNT):
            store.write(str(index), bytes([index]) * SIZE)
        face = S3Store(url[len("s3://"):].partition("/")[0], prefix=url.rpartition("/")[2], client_options={"allow_http": True})
        for read in (store.read_bytes, _Face(face)):
            loader = DataLoader(Objects(read), batch_size=10, num_workers=4, multiprocessing_context=method,
                                persistent_workers=persistent)
            for _ in range(2):
                seen, workers = [], set()
                for data, readers in loader:
                    assert data.shape == (10, SIZE) and (data == data[:, :1]).all()
                    seen += data[:, 0].tolist()
                    workers |= set(readers.tolist())
                assert seen == list(range(COUNT))
                assert len(workers) == 4 and os.getpid() not in workers
        store.delete_many([str(index) for index in range(COUNT)])


class _Face:
    def __init__(self, store):
        self._store = store

    def __call__(self, path):
        return obstore.get(self._store, path).bytes()
