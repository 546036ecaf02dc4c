"""Writes, reads, lists, copies and deletes objects in the store of a URL."""

import sys

import remotestore

HELLO = "libremotestore-demo/hello.txt"
COPY = "libremotestore-demo/copy.txt"


def main(url):
    print(f"Python, remotestore {remotestore.__version__}, {url}")
    with remotestore.Store.from_url(url) as store:
        written = store.write(HELLO, b"hello, world", overwrite=True)
        print(f"  write   {written.path}, {written.size} bytes")
        try:
            store.write(HELLO, b"other")
        except FileExistsError as error:
            print(f"  write   again without overwriting: {error.code}")
        print(f"  read    {store.read_bytes(HELLO).decode()}")
        print(f"  read    5 bytes from 7: {store.read_bytes(HELLO, offset=7, length=5).decode()}")
        store.copy(HELLO, COPY, overwrite=True)
        print(f"  copy    to {COPY}")
        for info in store.list_files("libremotestore-demo"):
            print(f"  list    {info.path}, {info.size} bytes")
        store.delete(HELLO)
        store.delete(COPY)
        try:
            store.get_file_info(HELLO)
        except FileNotFoundError as error:
            print(f"  delete  both; now the first one is {error.code}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:] or ["memory://"])
    except remotestore.RemoteStoreError as error:
        sys.exit(f"{error.code}: {error.operation} {error.path or ''}: {error.message}")
