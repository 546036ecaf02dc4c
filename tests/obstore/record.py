"""Says what a step returned or raised, as one line of JSON.

{"step", "result"}, or {"step", "error", "is"} with the class of the error and
those it inherits from; no message. What differs from run to run is made equal:
times, tags (of a tag it only matters whether it is quoted), folders.
"""

import collections.abc
import datetime
import json
import os
import pathlib
import re
import types

from subject import MODULE, folder, root


def step(name, call):
    """Prints what the call returns or raises, and returns it for later steps."""
    value = None
    try:
        value = call()
        line = {"step": name, "result": plain(value)}
    except (Exception, BaseException) as e:  # a panic of Rust is no Exception
        if isinstance(e, (KeyboardInterrupt, SystemExit)):
            raise
        line = {"step": name, **plain_error(e)}
    print(json.dumps(line, sort_keys=True), flush=True)
    return value


def plain(value):
    kind = type(value).__name__
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        for found, said in ((folder.name, "<FOLDER>"), (folder.name.lstrip("/"), "<FOLDER>"), (root, "<ROOT>"),
                            (MODULE, "<MODULE>")):
            value = value.replace(found, said)
        value = re.sub(r"0x[0-9a-f]{6,}", "<address>", value)
        return re.sub(r"(<(?:FOLDER|ROOT)>/)\d+", r"\1N", value)
    if isinstance(value, (bytes, bytearray)) or kind == "Bytes":
        text = bytes(value).decode("latin-1")
        return {kind: text if len(text) < 1000 else f"{len(text)} bytes, {hash_of(text)}"}
    if isinstance(value, memoryview):
        return {"memoryview": [value.format, value.itemsize, value.ndim, value.readonly, bytes(value).decode("latin-1")]}
    if isinstance(value, datetime.datetime):
        return f"datetime {value.tzinfo}" if value.tzinfo else "naive datetime"
    if isinstance(value, datetime.timedelta):
        return f"timedelta {value.total_seconds()}"
    if isinstance(value, pathlib.PurePath):
        return {"Path": plain(os.fspath(value))}
    if isinstance(value, BaseException):
        return {k: v for k, v in plain_error(value).items() if k != "is"}
    if isinstance(value, type):
        return f"class {value.__name__}"
    if hasattr(value, "__arrow_c_array__") or hasattr(value, "__arrow_c_stream__"):
        return arrow(value)
    if isinstance(value, collections.abc.Mapping):
        return {str(k): plain_field(k, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        items = [plain(v) for v in value]
        return items if isinstance(value, list) else {"tuple": items}
    if isinstance(value, (set, frozenset, types.GeneratorType)):
        return sorted((plain(v) for v in value), key=json.dumps)
    return f"a {kind}"


def plain_field(name, value):
    if name == "e_tag" and isinstance(value, str):
        return '"tag"' if re.fullmatch(r'"[^"]+"', value) else "tag"
    return plain(value)


def plain_error(e):
    return {"error": type(e).__name__, "is": [c.__name__ for c in type(e).__mro__[:-1]]}


def arrow(value):
    """The Arrow data itself: its schema to the last flag, and its rows."""
    import pyarrow

    table = pyarrow.table(value)
    schema = [[f.name, str(f.type), f.nullable, str(f.metadata)] for f in table.schema]
    rows = sorted((plain(row) for row in table.to_pylist()), key=json.dumps)
    return {"arrow": type(value).__module__ + "." + type(value).__name__, "metadata": str(table.schema.metadata),
            "schema": schema, "rows": rows}


def hash_of(text):
    import hashlib

    return hashlib.sha256(text.encode("latin-1")).hexdigest()[:16]


def by_path(metas):
    """Objects of a listing in an order of their own: obstore promises none."""
    return sorted(metas, key=lambda meta: meta["path"])


def names(store, *args, **kwargs):
    return sorted(meta["path"] for meta in store.list(*args, **kwargs).collect())
