"""The backends: each is one of the engine's, with its configuration."""

from __future__ import annotations

import collections.abc
import ctypes
import os
import warnings

from . import _abi
from ._arguments import pairs
from ._call import call
from ._errors import CapabilityNotSupported, InvalidArgument, InvalidOption
from ._fork import Reopened
from ._library import library
from ._memory import Handle, Text, text
from ._operations import Operations
from ._secret import SECRET_NAMES, Secret, concealed
from ._streams import warn_unclosed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, Dict, List, Mapping, NoReturn, Optional, Tuple, Type, TypeVar, Union

    from ._capabilities import CapabilitySet
    from ._config import RetryPolicy
    from ._credentials import CredentialProvider
    from ._models import ResolutionPlan
    from ._path import PathLike

    B = TypeVar("B", bound="Backend")
    T = TypeVar("T")


class _Without:
    """All capabilities but those of these names, for the first who asks."""

    _made: Optional[CapabilitySet] = None

    def __init__(self, names: str) -> None:
        self._names = names.split()

    def __get__(self, backend: Any, cls: Any = None) -> CapabilitySet:
        if self._made is None:
            from ._capabilities import Capability, CapabilitySet

            self._made = CapabilitySet(set(Capability) - {Capability[name] for name in self._names})
        return self._made


class Backend(Reopened, Operations):
    """A place that holds objects: the base class of :class:`MemoryBackend`,
    :class:`LocalBackend` and :class:`S3Backend`. One may serve several stores
    and threads, and can be worked with itself.

    Its rules live in the engine. So none can be written in Python; to change
    what operations do, wrap a store in a :class:`ProxyStore`.

    Two are equal if their configuration is. A pickle holds that, with its
    secrets, and opens the same place anew.
    """

    CAPABILITIES: ClassVar[_Without]

    def __init__(self, *_: Any, **__: Any) -> None:
        check_class(type(self))  # which raises

    @property
    def name(self) -> str:
        """``"memory"``, ``"local"`` or ``"s3"``."""
        return self._name

    @property
    def capabilities(self) -> CapabilitySet:
        """What it can do."""
        return self.CAPABILITIES

    def check_health(self) -> None:
        """Finds out whether the place exists and may be used.

        :raises NotFound: for a missing bucket. A folder of local is made by the
            first write
        """
        self._ping()

    # The same as of a store, but for the names of the parameters.

    def native_path(self, path: PathLike) -> str:
        return super().native_path(path)

    def to_key(self, native_path: str) -> str:
        return super().to_key(native_path)

    def resolve(self, path: PathLike) -> ResolutionPlan:
        return super().resolve(path)

    def unwrap(self, type_hint: Type[T]) -> T:
        """What the backend is made of, as an object of exactly that type: of
        each its own class, of a :class:`LocalBackend` also its folder as a
        ``pathlib.Path``.

        :raises CapabilityNotSupported: for any other type
        """
        if type_hint is type(self):
            return self
        name = getattr(type_hint, "__qualname__", repr(type_hint))
        raise CapabilityNotSupported(
            f"there is no {name} behind this backend: the engine is not written in Python",
            backend=self.name, capability="unwrap",
        )

    def close(self) -> None:
        """Frees the connections. Every later call is a BackendUnavailable, but
        for those that only say where a path is."""
        if not self._closed:
            self._closed = True
            if self._is_open():
                library.rstore_shutdown(self._handle, None)

    def __enter__(self: "B") -> "B":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- the configuration -------------------------------------------------------

    _closed = True  # until it is open
    _NATIVE = "_handle"

    def _can_reopen(self) -> bool:
        return self._name != "memory" and not self._closed

    def _key(self) -> Any:
        """What makes two of them equal."""
        raise NotImplementedError

    def _open(self, function: Any, *arguments: Any) -> None:
        check_class(type(self))
        handle = Handle()
        call(function, *arguments, ctypes.byref(handle))
        self._is_now(handle)

    def _is_now(self, native: Handle) -> None:
        super()._is_now(native)
        self._closed = False

    def _open_url(self, url: str, options: Mapping[str, Any]) -> None:
        u, handle = text(url), Handle()
        call(library.rstore_options_new, ctypes.byref(handle))
        for name, value in options.items():
            n, v = text(name), text(value.reveal() if isinstance(value, Secret) else value)
            call(library.rstore_options_set, handle, n, len(n), v, len(v))
        self._open(library.rstore_open, u, len(u), handle)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Backend):
            return NotImplemented
        return type(other) is type(self) and bool(self._key() == other._key())

    def __hash__(self) -> int:
        return hash(self._name)  # options that are equal may differ in order and type

    def __del__(self) -> None:
        if not self._closed and self._name == "s3" and self._is_open():  # which has connections
            warn_unclosed(self, self)

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        state.pop("_closed", None)
        return state


_HOW = (
    "a backend written in Python cannot be plugged in, because its rules live in the engine. "
    "Take MemoryBackend, LocalBackend, S3Backend, or a subclass that only presets their arguments; "
    "to change what operations do, wrap a store in a ProxyStore"
)


def check_class(cls: Any) -> None:
    """Refuses a class with operations of its own, which nobody would call."""
    if not isinstance(cls, type):
        raise TypeError(f"expected a class, not {type(cls).__name__}: {_HOW}")
    for base in cls.__mro__:
        if base in (MemoryBackend, LocalBackend, S3Backend, UrlBackend):
            return
        if any(hasattr(Backend, name) for name in vars(base) if not name.startswith("_")):
            break
    raise TypeError(f"{cls.__qualname__} is not one of the engine's: {_HOW}")


class MemoryBackend(Backend):
    """Objects in this process, private to this backend. It cannot be pickled."""

    CAPABILITIES = _Without("MULTIPART VERSIONS SIGN ACL")
    _name = "memory"

    def __init__(self) -> None:
        self._open_url("memory://", {})

    def _key(self) -> Any:
        return id(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __hash__(self) -> int:
        return id(self)

    def __getstate__(self) -> NoReturn:
        raise TypeError(_MEMORY)


class LocalBackend(Backend):
    """Objects as files below a folder, which is made if it is not there.

    :param root: the folder
    """

    CAPABILITIES = _Without("MULTIPART VERSIONS SIGN ACL USER_METADATA UPDATE ATTRIBUTES TAGS")
    _name = "local"

    def __init__(self, root: Union[str, "os.PathLike[str]"]) -> None:
        check_class(type(self))  # before a folder is made
        if not os.fspath(root):
            raise InvalidArgument("root is empty, but must be a folder")
        self._root = os.path.abspath(os.fsdecode(root))
        os.makedirs(self._root, exist_ok=True)
        self._reopen()

    def unwrap(self, type_hint: Type[T]) -> T:
        import pathlib

        if type_hint is pathlib.Path:
            return pathlib.Path(self._root)  # type: ignore[return-value]
        return super().unwrap(type_hint)

    def _reopen(self) -> None:
        import urllib.parse

        self._open_url("file://" + urllib.parse.quote(os.fsencode(self._root)), {})

    def _key(self) -> Any:
        return self._root

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._root!r})"


class S3Backend(Backend):
    """Objects in a bucket of Amazon S3, or of what speaks its protocol.

    What is not given comes from the environment and the AWS configuration
    files, as for every AWS SDK. Nothing is asked of the endpoint here.

    :param bucket: name of the bucket, which must exist
    :param endpoint_url: URL of the service; a bare host:port is https
    :param key: access key id, together with ``secret``
    :param secret: secret access key
    :param region_name: region of the bucket
    :param tls_ca_bundle: file of the certificates to trust, in PEM form; also
        AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE, SSL_CERT_FILE
    :param client_options: as s3fs takes them: ``config_kwargs``, the arguments
        of a botocore ``Config`` (``proxies``, ``connect_timeout``,
        ``read_timeout``, ``retries``, ``s3``, ``max_pool_connections``,
        ``user_agent_extra``), and ``client_kwargs`` (``verify``).
        ``use_listings_cache`` changes nothing: listings are never stale here
    :param retry: how often a request is sent again; replaces
        ``config_kwargs["retries"]``
    :param reject_write_under_file_ancestor: look for an object at each folder
        above what is written, and refuse to write below one, as memory and
        local do; one request for each
    :param credential_provider: a function that gives credentials: a mapping with
        ``access_key_id``, ``secret_access_key``, ``token`` (may be left out) and
        ``expires_at`` (an aware datetime; None is never). It is called when a
        call needs some and those before are about to expire (a quarter of their
        life before, or 5 minutes if that is less), by the thread of that call,
        and by one thread at a time. It may be async: then it is run in an event
        loop of its own. What it raises is the ``__cause__`` of an Unauthenticated
    :param options: any other option of the library, such as
        ``session_token=...``, ``addressing_style="path"``, ``read_timeout=60``
    :raises InvalidOption: (a ValueError) for what cannot be right
    """

    CAPABILITIES = _Without("ATOMIC_MOVE APPEND")
    _name = "s3"

    def __init__(
        self,
        bucket: str,
        *,
        endpoint_url: Optional[str] = None,
        key: Optional[Union[str, Secret]] = None,
        secret: Optional[Union[str, Secret]] = None,
        region_name: Optional[str] = None,
        tls_ca_bundle: Optional[str] = None,
        client_options: Optional[Mapping[str, Any]] = None,
        retry: Optional[RetryPolicy] = None,
        reject_write_under_file_ancestor: bool = False,
        credential_provider: Optional[CredentialProvider] = None,
        **options: Any,
    ) -> None:
        if credential_provider is not None and not callable(credential_provider):
            raise TypeError(f"credential_provider must be callable, not {type(credential_provider).__name__}")
        if retry is not None:
            from ._config import RetryPolicy

            if not isinstance(retry, RetryPolicy):
                raise TypeError(f"retry must be a RetryPolicy, not {type(retry).__name__}")
        given = {
            "bucket": bucket,
            "endpoint_url": endpoint_url,
            "key": key,
            "secret": secret,
            "region_name": region_name,
            "tls_ca_bundle": tls_ca_bundle,
            "client_options": client_options,
            "reject_write_under_file_ancestor": reject_write_under_file_ancestor or None,
            **options,
        }
        self._options, self._retry, self._provider = _given(given), retry, credential_provider
        self._reopen()

    @property
    def credential_provider(self) -> Optional[CredentialProvider]:
        """The function that gives credentials, if there is one."""
        return self._provider

    def _reopen(self) -> None:
        check_class(type(self))
        handle, said = open_configured("s3", self._options, self._provider, self._retry)
        self._is_now(handle)
        try:
            for line in said:
                warnings.warn(line, UserWarning, stacklevel=3)
        except UserWarning:  # made an error: nobody gets this backend
            self.close()
            raise

    def _key(self) -> Any:
        return self._options, self._retry, self._provider

    def __repr__(self) -> str:
        options = {name: value for name, value in self._options.items() if name != "bucket"}
        if self._retry:
            options["retry"] = self._retry
        if self._provider:
            options["credential_provider"] = self._provider
        return f"{type(self).__name__}({', '.join([repr(self._options['bucket']), *_shown(options)])})"


def open_configured(
    kind: str, options: Mapping[str, Any], provider: Optional[CredentialProvider], retry: Optional[RetryPolicy] = None
) -> Tuple[Handle, List[str]]:
    """What a configuration of one backend describes, and the warnings about it."""
    if provider:
        options = {**options, "credential_provider": "provider"}
    plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in options.items()}
    texts = {name: value for name, value in plain.items() if isinstance(value, str)}
    others = {name: value for name, value in plain.items() if name not in texts}
    c = b'{"type": "%s"}' % kind.encode()
    if others or retry:  # else nobody waits for json: 5 ms
        c = _json({"type": kind, "options": others, "retry": retry and vars(retry)})
    args, handle, said = _abi.rstore_args(), Handle(), Text()
    args.options, args.options_count = pairs("options", texts)
    call(library.rstore_backend_open, c, len(c), ctypes.byref(args), ctypes.sizeof(args), ctypes.byref(handle),
         ctypes.byref(said), ctypes.sizeof(said))
    if provider:
        from ._credentials import Provided

        handle.credentials = Provided(provider, handle.value)
    return handle, str(said).splitlines()


class UrlBackend(Backend):
    """What a URL says: for :meth:`Store.from_url`."""

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        self._url, self._options = url, _given(options)
        self._reopen()

    def _reopen(self) -> None:
        scheme = text(self._url).partition(b":")[0].lower()
        self._name = {b"memory": "memory", b"file": "local"}.get(scheme, "s3")  # first: another thread may fork
        self._open_url(self._url, self._options)

    @property
    def capabilities(self) -> CapabilitySet:
        from ._capabilities import Capability, CapabilitySet

        can = ctypes.c_uint64()
        call(library.rstore_capabilities, self._handle, ctypes.byref(can))
        return CapabilitySet({c for c in Capability if can.value & vars(_abi)["CAN_" + c.name]})

    def _key(self) -> Any:
        return id(self) if self._name == "memory" else (self._url, self._options)

    def __getstate__(self) -> Any:
        if self._name == "memory":
            raise TypeError(_MEMORY)
        return super().__getstate__()

    def __repr__(self) -> str:
        return f"Backend.from_url({', '.join([repr(self._url), *_shown(self._options)])})"


_MEMORY = "a store in memory cannot be pickled or copied: its objects are in this process only"

_HIDDEN = {*SECRET_NAMES, "client_options", "credential_provider"}  # which may hold one


def _given(options: Mapping[str, Any]) -> Dict[str, Any]:
    """The options that are set, with their secrets as such."""
    return concealed({name: value for name, value in options.items() if value is not None})


def _shown(options: Mapping[str, Any]) -> List[str]:
    return [f"{name}={'***' if name in _HIDDEN else value!r}" for name, value in options.items()]


def _json(config: Mapping[str, Any]) -> bytes:
    import json

    try:
        return json.dumps(config, default=_as_json, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidOption(f"the options hold what none may be: {error}") from error


def _as_json(value: Any) -> Any:
    """What JSON does not know. The engine refuses the last form, and names the place."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, collections.abc.Mapping):
        return dict(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    import datetime

    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return {"not an option": type(value).__name__}
