"""One program, run with remote-store and with us: every step ends alike, but
for those that we decided otherwise."""

import collections
import json
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tools  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SCRIPT = HERE / "script.py"
README = HERE.parent.parent / "bindings" / "python" / "README.md"

# The sentences of the binding's README, and the rule behind each.
GLOB = "`glob` works in memory too."  # design 8, Capabilities
LAZY = "Reading is lazy in memory too: nothing is copied ahead."  # the same
CLOSED = "After `close`, every call is a `BackendUnavailable`, on every backend."  # 2.8
READ_ONLY = "The files of `read` and `read_seekable` cannot be written to, in memory either."  # 2.2
SEEK = "A seek to before the beginning is a `ValueError`, as with `io.BytesIO`."  # 2.7
PATHS = "The path of an error is the one that the caller gave, relative to the store."  # X13
ROOT = "The root of a store is a folder, also while nothing is in it."  # BE-029
HALF = "A source that fails leaves nothing of itself behind, locally either."  # design 8, Local
TO_KEY = "`to_key` refuses what is not in the store, with an `InvalidPath`."  # NPR-001
DEPTH = "`get_folder_info` of a file is an `InvalidPath`, also with `max_depth`."  # 2.5
ETAG = "Every backend has an `etag`."  # X8
EMPTY = "Metadata of `{}` is none, in the result too."  # 2.3
MORE = "There are more capabilities: `MULTIPART`, `UPDATE`, `ATTRIBUTES`, `TAGS`, `VERSIONS`, `SIGN`, `ACL`, `APPEND`."
INTERRUPTED = "An operation that is interrupted has failed: its event has the `KeyboardInterrupt`, and `on_error` is called."
PYTHON = "A backend with operations written in Python is a `TypeError`."

# step: (the backend, or None for both; why)
DIFFERENCES = {
    "write.broken.left": ("local", HALF),
    "write.broken.old": ("local", HALF),
    "write.etag": (None, ETAG),
    "metadata.empty": ("memory", EMPTY),
    "read.is": ("memory", READ_ONLY),
    "read.write": ("memory", READ_ONLY),
    "read.seek.before": ("local", SEEK),
    "read_seekable.is": ("memory", READ_ONLY),
    "read_seekable.write": ("memory", READ_ONLY),
    "read_seekable.seek.before": ("local", SEEK),
    "read_bytes.missing.spelling": (None, PATHS),
    "glob.*": ("memory", GLOB),
    "glob.*.txt": ("memory", GLOB),
    "glob.d/*": ("memory", GLOB),
    "glob.**/*.txt": ("memory", GLOB),
    "glob.d/**/*.csv": ("memory", GLOB),
    "glob.?.???": ("memory", GLOB),
    "glob.[ab].*": ("memory", GLOB),
    "glob.none/*": ("memory", GLOB),
    "get_folder_info.file.max_depth": (None, DEPTH),
    "rooted.glob": ("memory", GLOB),
    "rooted.missing": (None, PATHS),
    "rooted.conflict": (None, PATHS),
    "rooted.copy.missing": (None, PATHS),
    "rooted.to_key.outside": ("local", PATHS),
    "rooted.empty.is_folder": (None, ROOT),
    "rooted.empty.folder_info": (None, ROOT),
    "child.missing": (None, PATHS),
    "store.to_key.strange": (None, TO_KEY),
    "store.supports.glob": ("memory", GLOB),
    "store.supports.lazy_read": ("memory", LAZY),
    "store.backend": (None, MORE),
    "store.supports.multipart": (None, MORE),
    "store.supports.update": (None, MORE),
    "store.supports.attributes": (None, MORE),
    "store.supports.tags": (None, MORE),
    "store.supports.versions": (None, MORE),
    "store.supports.sign": (None, MORE),
    "store.supports.acl": (None, MORE),
    "store.supports.append": (None, MORE),
    "store.closed.read": (None, CLOSED),
    "store.closed.write": (None, CLOSED),
    "store.closed.exists": (None, CLOSED),
    "store.closed.list": (None, CLOSED),
    "store.closed.ping": (None, CLOSED),
    "registry.closed.store": (None, CLOSED),
    "registry.failing": (None, PYTHON),
    "registry.failing.use": (None, PYTHON),
    "registry.failing.close": (None, PYTHON),
    "capability.values": (None, MORE),
    "observe.interrupted": (None, INTERRUPTED),
}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="remote-store 0.33.0 needs Python 3.11")
@pytest.mark.parametrize("backend", ["memory", "local"])
def test_a_program_runs_unchanged(backend, capsys):
    theirs = steps(tools.remote_store(), "remote_store", backend)
    ours = steps(sys.executable, "remotestore", backend)
    assert not [step for step in theirs if step.endswith(".crashed")]
    listed = {step for step, (where, _) in DIFFERENCES.items() if where in (None, backend)}
    different = {step for step in [*theirs, *ours] if not alike(theirs.get(step), ours.get(step))}
    reasons = collections.Counter(DIFFERENCES[step][1] for step in different & listed)
    with capsys.disabled():
        print(f"\nremote-store 0.33, {backend}: {len(theirs)} steps, {len(different & listed)} of them not the same:")
        for why, count in sorted(reasons.items()):
            print(f"  {count:2} {why}")
    unlisted = "".join(
        f"\n{step}\n  remote_store  {theirs.get(step)}\n  remotestore   {ours.get(step)}"
        for step in [*theirs, *ours] if step in different - listed
    )
    assert not unlisted, unlisted
    assert not listed - different, "listed as different, but alike"


def test_the_readme_lists_the_differences():
    listed = README.read_text().partition("It is not the same where:")[2].split("\n\n")[1]
    assert {line[2:] for line in listed.splitlines()} == {why for _, why in DIFFERENCES.values()}


def steps(python, module, backend):
    """What the program said of each step, in order."""
    run = subprocess.run([python, str(SCRIPT), module, backend], stdout=subprocess.PIPE, check=True, text=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    found = {line.pop("step"): line for line in lines}
    assert len(found) == len(lines), "two steps of one name"
    return found


def alike(theirs, ours):
    """Equal; or an error that what catches theirs catches too, with what
    theirs tells, and maybe more."""
    if theirs is None or ours is None or "error" not in theirs or "error" not in ours:
        return theirs == ours
    told = {k: v for k, v in theirs.items() if k not in ("error", "is")}
    return theirs["error"] in ours["is"] and told.items() <= ours.items()
