"""The clients, each with the shortest program that its documentation leads to.

A method does one piece of work of rows.py; a client has those that it is measured at.
Nothing is imported before a client is made: that is measured too.
"""

import os

BUCKET, REGION, KEY, SECRET = "bench", "us-east-1", "bench-access-key", "bench-secret-key-0123456789"
# What is best for each client, of several that were tried.
PART, OPENDAL_PART = 16 << 20, 8 << 20  # of transfers in parts, where a client must be told
BLOCK, OBSTORE_BLOCK = 1 << 20, 64 << 10  # of a copy to a file


class Place:
    """Where the server is, and a folder for files: from the environment."""

    def __init__(self):
        self.endpoint, self.ca, self.folder = (os.environ["BENCH_" + name] for name in ("ENDPOINT", "CA", "FOLDER"))
        self.secure = self.endpoint.startswith("https:")
        self.host = self.endpoint.partition("//")[2]


class Missing(Exception):
    """What a client does not have yet."""


class Remotestore:
    def __init__(self, place, coalesce=None, **options):
        import remotestore

        if place.secure:
            options["tls_ca_bundle"] = place.ca
        self.store = remotestore.Store(remotestore.S3Backend(
            BUCKET, endpoint_url=place.endpoint, key=KEY, secret=SECRET, region_name=REGION, **options))
        self.coalesce = {} if coalesce is None else {"coalesce": coalesce}

    def get(self, key):
        return self.store.read_bytes(key)

    def get_many(self, keys):
        many = getattr(self.store, "read_many", None)
        if many is None:
            raise Missing("read_many")
        return many(keys)

    def coroutine(self):
        from remotestore import aio

        return aio.AsyncStore.from_store(self.store).read_bytes

    def put(self, key, data):
        self.store.write(key, data, overwrite=True)

    def head(self, key):
        return self.store.get_file_info(key).size

    get_large = get

    def get_parts(self, key, size):
        return self.store.read_ranges(key, parts_of(size), coalesce=0)

    def get_parallel(self, key, size):
        return self.store.read_bytes(key, parallel=True)

    def get_file(self, key, path):
        self.store.download(key, path, overwrite=True)

    put_large = put

    def put_file(self, key, path):
        with open(path, "rb") as file:
            self.store.write(key, file, overwrite=True)

    def list(self, prefix):
        return sums(info.size for info in self.store.list_files(prefix, recursive=True))

    def delete(self, keys):
        failed = self.store.delete_many(keys)
        assert not failed, failed

    def ranges_by_calls(self, key, starts, length):
        return [self.store.read_bytes(key, offset=start, length=length) for start in starts]

    def ranges_by_seeks(self, key, starts, length):
        with self.store.read_seekable(key) as file:
            return seek_and_read(file, starts, length)

    def ranges_at_once(self, key, starts, length):
        return self.store.read_ranges(key, [(start, length) for start in starts], **self.coalesce)


class Obstore:
    """obstore, and what has its interface."""

    def __init__(self, place, package="obstore", coalesce=None, **options):
        import importlib

        self.package = importlib.import_module(package)
        client = {"allow_http": not place.secure}
        if place.secure:
            with open(place.ca, "rb") as file:
                client["root_certificate"] = file.read()
        self.store = importlib.import_module(package + ".store").S3Store(
            BUCKET, endpoint=place.endpoint, access_key_id=KEY, secret_access_key=SECRET, region=REGION,
            client_options=client, **options)
        self.coalesce = {} if coalesce is None else {"coalesce": coalesce}

    def get(self, key):
        return self.package.get(self.store, key).bytes()

    def get_many(self, keys):
        return [self.get(key) for key in keys]  # it has no such call

    def coroutine(self):
        get, store = self.package.get_async, self.store

        async def read(key):
            return await (await get(store, key)).bytes_async()

        return read

    def put(self, key, data):
        self.package.put(self.store, key, data)

    def head(self, key):
        return self.package.head(self.store, key)["size"]

    get_large = get

    def get_parts(self, key, size):
        starts, lengths = zip(*parts_of(size))
        return self.package.get_ranges(self.store, key, starts=starts, lengths=lengths, coalesce=0)

    def get_parallel(self, key, size):
        return b"".join(self.get_parts(key, size))

    def get_file(self, key, path):
        with open(path, "wb") as file:
            for chunk in self.package.get(self.store, key).stream(min_chunk_size=OBSTORE_BLOCK):
                file.write(chunk)

    put_large = put

    def put_file(self, key, path):
        import pathlib

        self.package.put(self.store, key, pathlib.Path(path))

    def list(self, prefix):
        listing = self.package.list(self.store, prefix, chunk_size=1000)
        return sums(found["size"] for chunk in listing for found in chunk)

    def list_arrow(self, prefix):
        batches = list(self.package.list(self.store, prefix, chunk_size=1000, return_arrow=True))
        return lambda: sums(size.as_py() for batch in batches for size in batch["size"])

    def delete(self, keys):
        self.package.delete(self.store, keys)

    def ranges_by_calls(self, key, starts, length):
        return [self.package.get_range(self.store, key, start=start, length=length) for start in starts]

    def ranges_by_seeks(self, key, starts, length):
        return seek_and_read(self.package.open_reader(self.store, key), starts, length)

    def ranges_at_once(self, key, starts, length):
        return self.package.get_ranges(self.store, key, starts=starts, lengths=[length] * len(starts), **self.coalesce)


class Opendal:
    def __init__(self, place):
        import opendal

        self.operator = opendal.Operator(
            "s3", bucket=BUCKET, endpoint=place.endpoint, region=REGION, access_key_id=KEY, secret_access_key=SECRET,
            disable_config_load="true", disable_ec2_metadata="true")

    def get(self, key):
        return self.operator.read(key)

    def get_parallel(self, key, size):
        return self.operator.read(key, chunk=OPENDAL_PART, concurrent=4)

    def get_file(self, key, path):
        import shutil

        with self.operator.open(key, "rb") as source, open(path, "wb") as file:
            shutil.copyfileobj(source, file, BLOCK)

    def put_large(self, key, data):
        self.operator.write(key, data)

    def put_file(self, key, path):
        import shutil

        with open(path, "rb") as source, self.operator.open(key, "wb", chunk=OPENDAL_PART) as target:
            shutil.copyfileobj(source, target, OPENDAL_PART)


class Minio:
    def __init__(self, place):
        import minio

        self.client = minio.Minio(place.host, access_key=KEY, secret_key=SECRET, region=REGION, secure=place.secure)

    def get(self, key):
        answer = self.client.get_object(bucket_name=BUCKET, object_name=key)
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()

    get_large = get

    def get_file(self, key, path):
        self.client.fget_object(bucket_name=BUCKET, object_name=key, file_path=path)


class Pyarrow:
    def __init__(self, place):
        from pyarrow import fs

        self.fs = fs.S3FileSystem(endpoint_override=place.host, scheme="http", access_key=KEY, secret_key=SECRET,
                                  region=REGION)

    def get(self, key):
        with self.fs.open_input_file(f"{BUCKET}/{key}") as file:
            return file.read()

    def ranges_by_seeks(self, key, starts, length):
        with self.fs.open_input_file(f"{BUCKET}/{key}") as file:
            return seek_and_read(file, starts, length)


class S3fs:
    def __init__(self, place):
        import s3fs

        self.fs = s3fs.S3FileSystem(key=KEY, secret=SECRET, endpoint_url=place.endpoint,
                                    client_kwargs={"region_name": REGION})

    def get(self, key):
        return self.fs.cat_file(f"{BUCKET}/{key}")

    def get_many(self, keys):
        found = self.fs.cat([f"{BUCKET}/{key}" for key in keys])
        return [found[f"{BUCKET}/{key}"] for key in keys]


class Boto3:
    def __init__(self, place):
        import boto3

        self.client = boto3.client(
            "s3", endpoint_url=place.endpoint, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name=REGION,
            verify=place.ca if place.secure else None)

    def get(self, key):
        return self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def put(self, key, data):
        self.client.put_object(Bucket=BUCKET, Key=key, Body=data)

    def head(self, key):
        return self.client.head_object(Bucket=BUCKET, Key=key)["ContentLength"]


def parts_of(size):
    return [(start, min(PART, size - start)) for start in range(0, size, PART)]


def seek_and_read(file, starts, length):
    found = []
    for start in starts:
        file.seek(start)
        found.append(file.read(length))
    return found


def sums(sizes):
    """How many objects there are, and how many bytes they have."""
    count = total = 0
    for size in sizes:
        count, total = count + 1, total + size
    return count, total


CLIENTS = {
    "remotestore": Remotestore,
    "remotestore, coalesce=0": lambda place: Remotestore(place, coalesce=0),
    "remotestore, unsigned + CRC": lambda place: Remotestore(
        place, unsigned_payload=True, checksum_algorithm="CRC64NVME"),
    "remotestore.obstore": lambda place: Obstore(place, "remotestore.obstore"),
    "obstore": Obstore,
    "obstore, coalesce=0": lambda place: Obstore(place, coalesce=0),
    "obstore, unsigned": lambda place: Obstore(place, unsigned_payload=True),
    "opendal": Opendal,
    "minio": Minio,
    "pyarrow": Pyarrow,
    "s3fs": S3fs,
    "boto3": Boto3,
}
