"""A process that forks: what has a configuration works in the child, the rest says whose it is."""

import sys

import pytest

START = """
import os, sys, tempfile, threading, remotestore
from remotestore import obstore
from remotestore.obstore import store as stores

folder = tempfile.mkdtemp()

def in_child(work):
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        return
    try:
        work()
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)
    os._exit(0)

def threads():
    return len(os.listdir("/proc/self/task"))

def raises(error, work, *arguments):
    try:
        work(*arguments)
    except error as found:
        return found
    raise AssertionError("nothing raised")
"""


def test_nothing_runs_before_the_first_call(run):
    assert run(START + "print(threads())")[0] == "1\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python warns of a fork beside threads since 3.12")
def test_no_warning_where_the_library_was_only_imported(run):
    assert run(START + "in_child(lambda: None)", "-W", "error::DeprecationWarning")[1] == ""


def test_stores_go_on(run):
    run(START + """
backend = remotestore.LocalBackend(folder)
store = remotestore.Store(backend, "a")
child, by_url = store.child("b"), remotestore.Store.from_url("file://" + folder)
config = remotestore.RegistryConfig.from_dict({
    "backends": {"main": {"type": "local", "options": {"root": folder}}},
    "stores": {"s": {"backend": "main", "root_path": "a"}}})
registry = remotestore.Registry(config)
named = registry.get_store("s")
proxy = remotestore.ProxyStore(store)
local = stores.LocalStore(folder)
prefixed = stores.PrefixStore(local, "a/b")
around = stores.PrefixStore(store, "b")
child.write("c", b"text")

def work():
    assert store.read_bytes("b/c") == child.read_bytes("c") == by_url.read_bytes("a/b/c") == b"text"
    assert named.read_bytes("b/c") == proxy.read_bytes("b/c") == backend.read_bytes("a/b/c") == b"text"
    assert registry.get_store("s").read_bytes("b/c") == b"text"
    assert obstore.get(local, "a/b/c").bytes() == prefixed.get("c").bytes() == around.get("c").bytes() == b"text"
    store.write("new", b"1")
    in_child(lambda: store.read_bytes("new") == child.read_bytes("c"))
    store.close(), registry.close()
    raises(remotestore.BackendUnavailable, store.read_bytes, "new")

in_child(work)
in_child(work) if not store.exists("new") else store.delete("new")
assert child.read_bytes("c") == b"text"
""", "-W", "ignore::DeprecationWarning")


def test_what_belongs_to_the_parent(run):
    run(START + """
memory, plain = remotestore.Store(remotestore.MemoryBackend()), remotestore.Store.from_url("memory://")
kept = stores.PrefixStore(stores.MemoryStore(), "a")
store = remotestore.Store(remotestore.LocalBackend(folder))
for each in (memory, store):
    each.write("a", b"text")
    each.write("b", b"text")
reader, listing = store.read("a"), store.list_files("")
next(listing)
writer = store.open_atomic("c")
new = writer.__enter__()
new.write(b"text")

def work():
    for each in (memory, plain, kept):
        use = each.read_bytes if hasattr(each, "read_bytes") else each.get
        error = raises(Exception, use, "a")
        assert "parent" in str(error), error
    assert isinstance(raises(Exception, memory.read_bytes, "a"), remotestore.Forked)
    assert isinstance(raises(Exception, reader.read), remotestore.Forked)
    assert isinstance(raises(Exception, list, listing), remotestore.Forked)
    assert isinstance(raises(Exception, new.write, b"more"), remotestore.Forked)
    reader.close()
    assert store.read_bytes("a") == b"text"

in_child(work)
writer.__exit__(None, None, None)
assert store.read_bytes("c") == b"text"
assert reader.read() == b"text" and len(list(listing)) == 1 and memory.read_bytes("a") == b"text"
""", "-W", "ignore::DeprecationWarning")


def test_a_child_that_only_forgets_starts_nothing(run):
    assert run(START + """
store = remotestore.Store(remotestore.LocalBackend(folder))
store.write("a", b"text")
reader = store.read("a")

def work():
    global store, reader
    reader.close()
    store.close()
    del store, reader
    import gc, atexit
    gc.collect()
    atexit._run_exitfuncs()
    print(threads(), flush=True)

in_child(work)
""", "-W", "ignore::DeprecationWarning")[0] == "1\n"


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_multiprocessing(run, method):
    assert run(START + f"""
import concurrent.futures, multiprocessing

def work(store):
    return store.read_bytes("a")

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    store = remotestore.Store(remotestore.LocalBackend(folder), "root")
    store.write("a", b"text")
    with context.Pool(2) as pool:
        print(pool.map(work, [store] * 4, chunksize=1))
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        print(list(pool.map(work, [store] * 4)))
    process = context.Process(target=work, args=(store,))
    process.start()
    process.join()
    assert process.exitcode == 0
""", "-W", "ignore::DeprecationWarning")[0] == f"{[b'text'] * 4}\n" * 2


def test_a_thread_that_forks(run):
    """It is the main one of the child, where signals are heard."""
    run(START + """
import signal, time
store = remotestore.Store(remotestore.LocalBackend(folder))
store.write("a", b"text")
slow = remotestore.Store.from_url("s3://bucket", endpoint="http://127.0.0.1:1", access_key_id="a", secret_access_key="b",
                                  retry_backoff_base="60")

def work():
    assert store.read_bytes("a") == b"text"
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError("heard")))
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    begun = time.monotonic()
    assert "heard" in str(raises(TimeoutError, slow.read_bytes, "a"))
    assert time.monotonic() - begun < 5

thread = threading.Thread(target=in_child, args=(work,))
thread.start()
thread.join()
slow.close()
""", "-W", "ignore::DeprecationWarning")


def test_a_provider_is_asked_in_the_child(run):
    run(START + """
def give():
    return {"access_key_id": "a", "secret_access_key": str(os.getpid()), "token": None, "expires_at": None}

store = stores.S3Store("bucket", endpoint="http://127.0.0.1:1", allow_http=True, credential_provider=give,
                       retry_config={"max_retries": 0})
raises(Exception, obstore.head, store, "a")

def work():
    error = raises(Exception, obstore.head, store, "a")
    assert "parent" not in str(error), error

in_child(work)
""", "-W", "ignore::DeprecationWarning")
