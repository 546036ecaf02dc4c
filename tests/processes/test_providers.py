"""Threads that share a store whose credentials a function gives."""

import datetime
import math
import secrets
import threading
import time
import urllib.parse

from remotestore import S3Backend, Store

THREADS = 16
REQUESTS = 1008


def test_a_thousand_requests_of_sixteen_threads(s3_servers):
    """Of a real server, which checks the signatures; credentials live 2 s."""
    served = s3_servers("versitygw")
    place = urllib.parse.urlsplit(served["REMOTESTORE_TEST_S3_URL"])
    calls, failures = [], []

    def provide():
        calls.append(time.monotonic())
        return {"access_key_id": served["AWS_ACCESS_KEY_ID"], "secret_access_key": served["AWS_SECRET_ACCESS_KEY"],
                "expires_at": datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)}

    backend = S3Backend(place.netloc, endpoint_url=served["AWS_ENDPOINT_URL"], region_name=served["AWS_REGION"],
                        credential_provider=provide)
    with Store(backend, f"{place.path.strip('/')}/{secrets.token_hex(8)}".strip("/")) as store:
        begun = time.monotonic()
        store.write("a", b"content")

        def work():
            try:
                for _ in range(REQUESTS // THREADS):
                    assert store.read_bytes("a") == b"content"
                    time.sleep(0.05)
            except Exception as error:
                failures.append(error)

        workers = [threading.Thread(target=work) for _ in range(THREADS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        elapsed = time.monotonic() - begun
        print(f"{REQUESTS} requests of {THREADS} threads in {elapsed:.1f} s: the provider was called {len(calls)} times")
        assert not failures
        assert len(calls) <= math.ceil(elapsed / 1.5) + 1
        assert len(calls) >= 2, "it took longer than a life"
        store.delete("a")
