"""The exceptions, and what each wrong kind of argument is."""

from record import step
from subject import exceptions, m, stores

CLASSES = """
AlreadyExistsError BaseError GenericError InvalidPathError JoinError NotFoundError NotModifiedError NotSupportedError
PermissionDeniedError PreconditionError UnauthenticatedError UnknownConfigurationKeyError
""".split()


def group_classes():
    for name in CLASSES:
        error = step(f"errors.{name}", lambda: getattr(exceptions, name))
        step(f"errors.{name}.is", lambda: [issubclass(error, exceptions.BaseError), issubclass(error, Exception)])
    step("errors.raise", lambda: str(exceptions.GenericError("text")))
    step("errors.args", lambda: exceptions.GenericError("text", 1).args)
    step("errors.caught", lambda: caught(exceptions.AlreadyExistsError("x")))
    step("errors.is_not", lambda: [issubclass(exceptions.NotFoundError, exceptions.GenericError)])


def caught(error):
    try:
        raise error
    except exceptions.BaseError as e:
        return type(e)


def group_no_store():
    """What is not a store, where one is expected."""
    for name, wrong in (("none", None), ("string", "memory:///"), ("class", stores.MemoryStore), ("dict", {})):
        step(f"errors.no_store.{name}", lambda: m.get(wrong, "a"))
        step(f"errors.no_store.{name}.list", lambda: m.list(wrong))
        step(f"errors.no_store.{name}.put", lambda: m.put(wrong, "a", b""))


def group_arguments():
    store = stores.MemoryStore()
    store.put("a", b"0123456789")
    step("errors.path.int", lambda: store.get(1))
    step("errors.path.bytes", lambda: store.get(b"a"))
    step("errors.path.none", lambda: store.get(None))
    step("errors.path.path", lambda: store.get(__import__("pathlib").Path("a")))
    step("errors.prefix.int", lambda: store.list(1))
    step("errors.chunk_size.text", lambda: store.list(chunk_size="1"))
    step("errors.chunk_size.negative", lambda: store.list(chunk_size=-1))
    step("errors.chunk_size.float", lambda: store.list(chunk_size=1.0))
    step("errors.positional.get", lambda: m.get(store, "a", {}))
    step("errors.positional.list", lambda: store.list(None, "a"))
    step("errors.missing.get", lambda: m.get(store))
    step("errors.unknown.get", lambda: m.get(store, "a", no_such=1))
    step("errors.get_range.negative", lambda: store.get_range("a", start=-1, end=2))
    step("errors.get_range.float", lambda: store.get_range("a", start=0.0, end=2))
    step("errors.get_range.text", lambda: store.get_range("a", start="0", end=2))
    step("errors.get_range.huge", lambda: store.get_range("a", start=0, end=2**64))
    step("errors.get_ranges.int", lambda: store.get_ranges("a", starts=1, ends=[2]))
    step("errors.get_ranges.negative", lambda: store.get_ranges("a", starts=[-1], ends=[2]))
    step("errors.copy.overwrite", lambda: m.copy(store, "a", "b", overwrite=1))
    step("errors.options.list", lambda: store.get("a", options=[]))
    step("errors.options.text", lambda: store.get("a", options="x"))
    step("errors.options.key", lambda: store.get("a", options={1: 2}))
    step("errors.async_iterator", lambda: store.put("b", AsyncIterator()))


class AsyncIterator:
    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration
