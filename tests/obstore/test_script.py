"""One program, run with obstore and with us: every step ends alike, but for
those that we decided otherwise.

The modules under test are those of REMOTESTORE_TEST_OBSTORE. Of obstore itself
it is seen that two runs say the same.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import tools  # noqa: E402

MODULES = os.environ.get("REMOTESTORE_TEST_OBSTORE", "obstore").split(",")
PLACES = ["none", "memory", "local", "versitygw", "moto"]

# step: (the places, or None for all; why, a sentence of the binding's README)
DIFFERENCES = {}


@pytest.fixture(scope="module")
def oracle(s3_servers):
    """What obstore said, by place; asked once."""
    said = {}

    def ask(place):
        if place not in said:
            said[place] = steps("obstore", place, s3_servers)
        return said[place]

    return ask


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("module", MODULES)
def test_a_program_runs_unchanged(module, place, oracle, s3_servers, capsys):
    theirs, ours = oracle(place), steps(module, place, s3_servers)
    assert not [step for step in theirs if step.endswith(".crashed")]
    listed = set() if module == "obstore" else {s for s, (where, _) in DIFFERENCES.items() if not where or place in where}
    different = {step for step in [*theirs, *ours] if not alike(theirs.get(step), ours.get(step))}
    reasons = collections.Counter(DIFFERENCES[step][1] for step in different & listed)
    with capsys.disabled():
        print(f"\n{module}, {place}: {len(theirs)} steps, {len(different & listed)} of them not the same as of obstore:")
        for why, count in sorted(reasons.items()):
            print(f"  {count:3} {why}")
    unlisted = "".join(
        f"\n{step}\n  obstore  {theirs.get(step)}\n  {module}  {ours.get(step)}"
        for step in dict.fromkeys([*theirs, *ours]) if step in different - listed
    )
    assert not unlisted, unlisted
    assert not listed & set(theirs) - different, "listed as different, but alike"


def steps(module, place, s3_servers):
    """What the program said of each step, in order."""
    backend = place
    if place in ("versitygw", "moto"):
        s3_servers(place)  # its variables are in the environment from here on
        backend = "s3"
    command = [tools.obstore(), HERE / "script.py", module, backend]
    run = subprocess.run(
        [str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    found = {line.pop("step"): line for line in lines}
    assert len(found) == len(lines), "two steps of one name"
    return found


def alike(theirs, ours):
    """Equal; or an error that what catches theirs catches too."""
    if theirs is None or ours is None or "error" not in theirs or "error" not in ours:
        return theirs == ours
    return theirs["error"] in ours["is"]
