"""What there is, and how it is called."""

import inspect

from record import step
from subject import MODULE, exceptions, m, stores

FUNCTIONS = """
copy copy_async delete delete_async get get_async get_range get_range_async get_ranges get_ranges_async head head_async
list list_with_delimiter list_with_delimiter_async open_reader open_reader_async open_writer open_writer_async
parse_scheme put put_async rename rename_async sign sign_async
""".split()
METHODS = """
copy copy_async delete delete_async get get_async get_range get_range_async get_ranges get_ranges_async head head_async
list list_async list_with_delimiter list_with_delimiter_async put put_async rename rename_async
""".split()
# Type hints only: nobody can import them at runtime.
HINTS = """
Attribute Attributes AsyncReadableFile AsyncWritableFile BytesStream GetOptions GetResult HTTP_METHOD ListChunkType
ListResult ListStream ObjectMeta OffsetRange PutMode PutResult ReadableFile SignCapableStore SuffixRange UpdateVersion
WritableFile
""".split()
STORE_HINTS = "S3Config S3Credential S3CredentialProvider ClientConfig RetryConfig BackoffConfig".split()


def signature(function):
    """Names, kinds and defaults. A default that is a product in the source is not told (...)."""
    return [
        [p.name, p.kind.name, "..." if p.default is ... or (isinstance(p.default, int) and p.default > 1000)
         else str(p.default) if p.default is not p.empty else "none"]
        for p in inspect.signature(function).parameters.values()
    ]


def group_functions():
    step("names.missing", lambda: [n for n in FUNCTIONS + ["Bytes", "exceptions", "store"] if not hasattr(m, n)])
    step("names.all", lambda: sorted(n for n in set(m.__all__) if n in FUNCTIONS + ["Bytes", "exceptions", "store"]))
    for name in FUNCTIONS:
        step(f"names.{name}", lambda: signature(getattr(m, name)))
    step("names.version", lambda: isinstance(m.__version__, str))
    for name in HINTS:
        step(f"names.hint.{name}", lambda: hasattr(m, name))


def group_stores():
    step("names.stores", lambda: [n for n in "LocalStore MemoryStore S3Store ObjectStore ObjectStoreMethods from_url".split()
                                  if not hasattr(stores, n)])
    for name in STORE_HINTS:
        step(f"names.store.hint.{name}", lambda: hasattr(stores, name))
    for name in METHODS:
        step(f"names.method.{name}", lambda: signature(getattr(stores.MemoryStore, name)))
        step(f"names.method.{name}.async",
             lambda: inspect.iscoroutinefunction(getattr(stores.MemoryStore, name)))
    step("names.no_method", lambda: [n for n in ("sign", "open_reader", "open_writer", "parse_scheme")
                                     if hasattr(stores.S3Store, n)])
    step("names.methods_class", lambda: [issubclass(getattr(stores, c), stores.ObjectStoreMethods)
                                         for c in ("MemoryStore", "LocalStore", "S3Store")])
    step("names.instance", lambda: isinstance(stores.MemoryStore(), stores.ObjectStoreMethods))
    step("names.from_url", lambda: signature(stores.from_url))
    step("names.LocalStore", lambda: signature(stores.LocalStore))
    step("names.S3Store", lambda: signature(stores.S3Store))
    step("names.MemoryStore", lambda: signature(stores.MemoryStore))
    step("names.LocalStore.from_url", lambda: signature(stores.LocalStore.from_url))
    step("names.S3Store.from_url", lambda: signature(stores.S3Store.from_url))
    step("names.modules", lambda: [stores.S3Store.__module__.split(".")[-1], m.Bytes.__module__ == MODULE,
                                   exceptions.BaseError.__module__.split(".")[-1]])
