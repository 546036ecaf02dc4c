"""Of 64 threads in 4 processes that may not overwrite, exactly one wins."""

import collections
import multiprocessing
import secrets
import time
import urllib.parse

import pytest
import remotestore

import racers

ROUNDS, PROCESSES, THREADS = 100, 4, 16
KINDS = {"local": ["put", "copy"], "versitygw": ["put", "multipart", "copy"]}


@pytest.fixture
def url(target, tmp_path, s3_servers):
    # moto checks a condition and writes in two steps, memory is one process's.
    if target == "local":
        return "file://" + urllib.parse.quote(str(tmp_path))
    return s3_servers(target)["REMOTESTORE_TEST_S3_URL"] + "/" + secrets.token_hex(8)


@pytest.mark.parametrize("target", KINDS)
def test_one_wins(target, url):
    kinds, count = KINDS[target], PROCESSES * THREADS
    with remotestore.Store.from_url(url) as store:
        for racer in range(count):
            store.write(racers.source(racer), racers.content(racer))
        begun = time.monotonic()
        reports = start(url, kinds, count)
        print(f"{target}: {len(reports)} writes by {count} threads in {PROCESSES} processes, "
              f"{time.monotonic() - begun:.0f} s")
        winners = collections.defaultdict(list)
        for kind, number, racer, outcome in reports:
            if outcome == "WON":
                winners[kind, number].append(racer)
            else:
                assert outcome == "ALREADY_EXISTS", f"{kind} {number}, racer {racer}"
        assert len(reports) == len(kinds) * ROUNDS * count
        for kind in kinds:
            for number in range(ROUNDS):
                won = winners[kind, number]
                assert len(won) == 1, f"{kind} {number}: {won} won"
                assert store.read_bytes(racers.target(kind, number)) == racers.content(won[0])
        if "multipart" in kinds:
            assert list(store.list_uploads()) == []
        for folder in ["source", *kinds]:
            store.delete_folder(folder, recursive=True)


def start(url, kinds, count):
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(count), context.Queue()
    processes = [
        context.Process(
            target=racers.run, args=(url, range(p * THREADS, (p + 1) * THREADS), kinds, ROUNDS, barrier, results, {})
        )
        for p in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    reports = [report for _ in processes for report in results.get(timeout=300)]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return reports
