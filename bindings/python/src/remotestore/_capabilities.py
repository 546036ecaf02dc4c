"""What a backend can do."""

from __future__ import annotations

import enum

from ._errors import CapabilityNotSupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import AbstractSet, Any, Iterator


class Capability(enum.Enum):
    """Something that a backend can or cannot do. What is not about a quality
    of an operation (``ATOMIC_MOVE``, ``SEEKABLE_READ``, ``LAZY_READ``,
    ``WRITE_RESULT_NATIVE``) is a CapabilityNotSupported where it is missing."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    LIST = "list"
    GLOB = "glob"
    MOVE = "move"
    COPY = "copy"
    ATOMIC_WRITE = "atomic_write"  #: a write is seen whole or not at all
    ATOMIC_MOVE = "atomic_move"  #: a move too: not S3
    METADATA = "metadata"  #: size, time and ETag of an object
    USER_METADATA = "user_metadata"  #: ``metadata=`` of a write: not local
    SEEKABLE_READ = "seekable_read"
    LAZY_READ = "lazy_read"  #: an object is read while it comes, not before
    WRITE_RESULT_NATIVE = "write_result_native"  #: a WriteResult is of that write, not looked up later
    MULTIPART = "multipart"  #: uploads in parts: S3 only
    UPDATE = "update"  #: writes and deletes of just the object with an ETag: not local
    ATTRIBUTES = "attributes"  #: content headers with an object: not local
    TAGS = "tags"  #: not local
    VERSIONS = "versions"  #: S3 only
    SIGN = "sign"  #: URLs that hold the right to a request: S3 only
    ACL = "acl"  #: S3 only
    APPEND = "append"  #: adding to the end of an object: local, memory, S3 Express


class CapabilitySet:
    """What one backend can do; it cannot be changed.

    >>> can = CapabilitySet({Capability.READ, Capability.LIST})
    >>> can.supports(Capability.WRITE), Capability.READ in can, len(can)
    (False, True, 2)
    """

    __slots__ = ("_capabilities",)

    def __init__(self, capabilities: AbstractSet[Capability]) -> None:
        for cap in capabilities:
            if not isinstance(cap, Capability):
                raise TypeError(f"expected members of Capability, not {type(cap).__name__}")
        object.__setattr__(self, "_capabilities", frozenset(capabilities))

    def supports(self, cap: Capability) -> bool:
        return cap in self

    def require(self, cap: Capability, *, backend: str = "") -> None:
        """Does nothing if ``cap`` is there.

        :raises CapabilityNotSupported: if it is not
        """
        if cap not in self:
            names = ", ".join(sorted(c.value for c in self))
            raise CapabilityNotSupported(
                f"not supported: {cap.value}; supported: {names}", backend=backend or None, capability=cap.value
            )

    def __contains__(self, cap: object) -> bool:
        return cap in self._capabilities  # type: ignore[attr-defined]

    def __iter__(self) -> Iterator[Capability]:
        return iter(self._capabilities)  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return len(self._capabilities)  # type: ignore[attr-defined]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CapabilitySet):
            return NotImplemented
        return frozenset(self) == frozenset(other)

    def __hash__(self) -> int:
        return hash(frozenset(self))

    def __repr__(self) -> str:
        return f"CapabilitySet({{{', '.join(sorted(c.name for c in self))}}})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a CapabilitySet cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a CapabilitySet cannot be changed")

    def __reduce__(self) -> Any:
        return CapabilitySet, (frozenset(self),)
