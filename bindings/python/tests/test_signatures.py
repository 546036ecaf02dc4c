"""The surface of remote-store 0.33: every name and parameter of it is here, of
the same kind and with the same default. More, by keyword only, is fine."""

import inspect

import pytest
import remotestore

# name(parameters): `=` is the default, `*` begins those by keyword only; a name
# without parentheses is a property or an attribute, a leading @ a class method.
OPERATIONS = """
close() copy(src, dst, *, overwrite=False) delete(path, *, missing_ok=False)
delete_folder(path, *, recursive=False, missing_ok=False) exists(path) get_file_info(path)
glob(pattern) is_file(path) is_folder(path) iter_children(path) move(src, dst, *, overwrite=False)
open_atomic(path, *, overwrite=False) read(path) read_bytes(path) read_seekable(path) unwrap(type_hint)
write(path, content, *, overwrite=False, metadata=None) write_atomic(path, content, *, overwrite=False, metadata=None)
"""
STORE = OPERATIONS + """
child(subpath) get_folder_info(path, *, max_depth=None) head(path)
list_files(path, *, recursive=False, pattern=None, max_depth=None) list_folders(path, *, pattern=None, max_depth=None)
native_path(key) resolve(key) to_key(path) ping() read_text(path, *, encoding='utf-8', errors='strict')
supports(capability) write_text(path, text, *, encoding='utf-8', overwrite=False, metadata=None)
"""
FACTS = {
    "Store": "(backend, root_path='')" + STORE,
    "ProxyStore": "(inner) inner" + STORE,
    "Backend": """native_path(path) resolve(path) to_key(native_path) capabilities name check_health() get_folder_info(path)
        list_files(path, *, recursive=False, max_depth=None) list_folders(path)""" + OPERATIONS,
    "MemoryBackend": "()",
    "LocalBackend": "(root)",
    "S3Backend": """(bucket, *, endpoint_url=None, key=None, secret=None, region_name=None, tls_ca_bundle=None,
        client_options=None, retry=None, reject_write_under_file_ancestor=False)""",
    "Registry": "(config=None) close() get_store(name)",
    "RegistryConfig": """(backends=FACTORY, stores=FACTORY) @from_dict(data)
        @from_toml(path, *, table=(), resolve_env_vars=False) validate()""",
    "BackendConfig": "(type, options=FACTORY, retry=None)",
    "StoreProfile": "(backend, root_path='', options=FACTORY)",
    "RemotePath": "(raw) as_posix() @from_backend_path(path) name parent parts suffix",
    "FileInfo": "(path, name, size, modified_at, digest=None, etag=None, content_type=None, metadata=None, extra=FACTORY)",
    "FolderInfo": "(path, file_count, total_size, modified_at=None, extra=FACTORY) name",
    "FolderEntry": "(path, name)",
    "PathEntry": "name path",
    "WriteResult": """(path, size, source='basic', digest=None, etag=None, version_id=None, last_modified=None,
        metadata=None)""",
    "ContentDigest": "(algorithm, value)",
    "ResolutionPlan": "(kind, backend, key, native_path, details)",
    "RetryPolicy": "(max_attempts=3, backoff_base=1.0, backoff_max=60.0, jitter=1.0, timeout=None) @disabled()",
    "Secret": "(value) reveal()",
    "CapabilitySet": "(capabilities) require(cap, *, backend='') supports(cap)",
    "SecretRedactionFilter": "filter(record)",
    **dict.fromkeys(
        ["RemoteStoreError", "NotFound", "AlreadyExists", "PermissionDenied", "InvalidPath", "DirectoryNotEmpty",
         "BackendUnavailable", "ResourceLocked"], "(message='', *, path=None, backend=None)"),
    "CapabilityNotSupported": "(message='', *, path=None, backend=None, capability='')",
}
FUNCTIONS = "register_backend(type_name, cls) resolve_env(data, *, environ=None) info()"
CAPABILITIES = """read write delete list glob move copy atomic_write atomic_move metadata user_metadata seekable_read
lazy_read write_result_native""".split()


def split(text):
    """('name', its parameters or None) of each; the class itself is ''."""
    found, depth, name = [], 0, ""
    for char in " ".join(text.split()) + " ":
        depth += (char == "(") - (char == ")")
        if char == " " and not depth and name:
            head, bracket, rest = name.partition("(")
            found.append((head, rest[:-1] if bracket else None))
            name = ""
        elif char != " " or depth:
            name += char
    return found


CASES = [(cls, *item) for cls, text in FACTS.items() for item in split(text)] + [(None, *item) for item in split(FUNCTIONS)]


class FACTORY:
    """The default of a field that is made anew for each object."""


@pytest.mark.parametrize("cls, name, wanted", CASES, ids=lambda value: str(value))
def test_signature(cls, name, wanted):
    holder = getattr(remotestore, cls) if cls else remotestore
    if wanted is None:
        assert name in dir(holder)
        return
    found = getattr(holder, name.lstrip("@")) if name else holder
    if name.startswith("@"):
        assert inspect.ismethod(found)  # bound to the class
    has = list(inspect.signature(found).parameters.values())
    if cls and name and not name.startswith("@"):
        assert has.pop(0).name == "self"
    facts = {}
    exec(f"def function({wanted}): pass", {"FACTORY": FACTORY}, facts)
    expected = list(inspect.signature(facts["function"]).parameters.values())
    by_place = [p for p in expected if p.kind is p.POSITIONAL_OR_KEYWORD]
    for i, parameter in enumerate(by_place):
        check(has[i], parameter)
    names = {p.name: p for p in has}
    for parameter in expected[len(by_place):]:
        check(names[parameter.name], parameter)
    more = [p for p in has if p.name not in {e.name for e in expected}]
    assert all(p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD) for p in more), more


def check(has, wanted):
    assert (has.name, has.kind) == (wanted.name, wanted.kind)
    if wanted.default is FACTORY:
        assert repr(has.default) == "<factory>"
    else:
        assert has.default == wanted.default and type(has.default) is type(wanted.default)


def test_capabilities():
    assert [c for c in CAPABILITIES if remotestore.Capability(c).name != c.upper()] == []
    assert {c.value for c in remotestore.Capability} - set(CAPABILITIES) == {
        "multipart", "update", "attributes", "tags", "versions", "sign", "acl", "append"
    }


def test_errors_are_caught_by_one_class():
    for name in FACTS:
        if isinstance(getattr(remotestore, name), type) and issubclass(getattr(remotestore, name), Exception):
            assert issubclass(getattr(remotestore, name), remotestore.RemoteStoreError)


def test_the_module_of_backends():
    from remotestore import backends
    assert [getattr(remotestore, n) is getattr(backends, n) for n in backends.__all__] == [True] * 3
