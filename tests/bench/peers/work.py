"""Measures one client at one row, in a process of its own, and compares the bytes
outside the clock: for compare.py, which reads what it prints.

    work.py ROW CLIENT FIRST

FIRST is 1 in the first round, in which also what was sent is compared. The variables
BENCH_ENDPOINT, BENCH_PLAIN, BENCH_CA and BENCH_FOLDER say where the server and the files
are, BENCH_SECONDS how long to measure, BENCH_WARM_UP how many calls come before that.
"""

import os
import sys
import time

import clients


def main():
    name, client, first = sys.argv[1:]
    try:
        alone = {"import": imported, "start": start}.get(name)
        if alone:  # with as few modules as there can be
            made = alone(client)
        else:
            import measure
            import rows

            (row,) = (row for row in rows.ROWS if row.name == name)
            made = getattr(measure, row.kind)(row, clients.CLIENTS[client](clients.Place()), first == "1")
    except clients.Missing as what:
        made = {"missing": str(what)}
    import json

    print(json.dumps(made))
    sys.stdout.flush()
    os._exit(0)  # what a client leaves to the end of a process is not measured


def start(client):
    cpu, begun = time.process_time(), time.perf_counter()
    content = clients.CLIENTS[client](clients.Place()).get("small/0000")
    made = {"time": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "count": 1, "memory": resident()}
    import content as expected

    expected.compare(content, expected.small(0))
    return made


def imported(package):
    before, cpu, begun = resident(), time.process_time(), time.perf_counter()
    __import__(package)
    made = {"time": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "count": 1}
    return {**made, "memory": resident() - before}


def resident():
    with open("/proc/self/status") as file:
        (line,) = (line for line in file if line.startswith("VmRSS:"))
    return int(line.split()[1]) << 10


if __name__ == "__main__":
    main()
