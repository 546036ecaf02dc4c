"""What only memory has."""

import threading

from record import step
from subject import BACKEND, filled, new_store, stores


def group_memory():
    if BACKEND != "memory":
        return
    store = new_store()
    step("memory.tags", lambda: [int(store.put(name, b"")["e_tag"].strip('"')) for name in ("a", "b", "a")])
    step("memory.tag.head", lambda: store.head("a")["e_tag"].strip('"'))
    step("memory.tag.own", lambda: filled("x").head("x")["e_tag"].strip('"'))
    step("memory.version", lambda: store.head("a")["version"])
    step("memory.separate", lambda: [stores.MemoryStore().put("a", b"") and None, stores.MemoryStore().list().collect()])
    step("memory.threads", lambda: threads(store))
    step("memory.no_folder", lambda: [store.put("x/y", b"") and None, store.delete("x/y"), store.list_with_delimiter("x")])
    step("memory.object_and_folder", lambda: [store.put("o", b"1") and None, store.put("o/p", b"2") and None,
                                              store.get("o").bytes(), store.list_with_delimiter("o")["objects"][0]["path"]])


def threads(store):
    errors = []

    def work(i):
        try:
            store.put(f"t/{i}", str(i).encode())
            assert store.get(f"t/{i}").bytes() == str(i).encode()
        except Exception as e:
            errors.append(repr(e))

    workers = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [errors, len(store.list("t").collect())]
