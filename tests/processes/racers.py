"""Threads that begin to write one key at the same instant, in one of several
processes: what test_race.py starts."""

import threading

import remotestore

KINDS = ["put", "multipart", "copy"]


def content(racer: int) -> bytes:
    return f"racer {racer}".encode()


def source(racer: int) -> str:
    return f"source/{racer}"


def target(kind: str, number: int) -> str:
    return f"{kind}/{number}"


def run(url, racers, kinds, rounds, barrier, results, options):
    """Runs the racers with these numbers, and reports who won which round, and
    which errors the others met."""
    with remotestore.Store.from_url(url, **options) as store:
        reports = []
        threads = [
            threading.Thread(target=race, args=(store, racer, kinds, rounds, barrier, reports)) for racer in racers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    results.put(reports)


def race(store, racer, kinds, rounds, barrier, reports):
    for kind in kinds:
        for number in range(rounds):
            barrier.wait()
            try:
                WRITES[kind](store, racer, target(kind, number))
                outcome = "WON"
            except remotestore.RemoteStoreError as error:
                outcome = error.code
                if outcome != "ALREADY_EXISTS":
                    outcome += f": {error}"
            reports.append((kind, number, racer, outcome))


def put(store, racer, path):
    store.write(path, content(racer))


def multipart(store, racer, path):
    upload = store.create_upload(path)
    upload.part(1, content(racer))
    upload.commit()


def copy(store, racer, path):
    store.copy(source(racer), path)


WRITES = {"put": put, "multipart": multipart, "copy": copy}
