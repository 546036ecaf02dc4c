"""Listings as Arrow data, for whatever library takes it: none is needed here."""

import ctypes
from typing import Any, Optional, Tuple

from . import _abi
from ._call import wait
from ._library import library
from ._memory import Handle

# With the interpreter's lock held, unlike `library`: they make Python objects.
_python = ctypes.PyDLL(library._name)
_schema_capsule, _array_capsule = _python.rstore_pycapsule_schema, _python.rstore_pycapsule_array
_schema_capsule.restype, _schema_capsule.argtypes = ctypes.py_object, []
_array_capsule.restype, _array_capsule.argtypes = ctypes.py_object, [ctypes.c_void_p]
_address = ctypes.pythonapi["PyCapsule_GetPointer"]
_address.restype, _address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


class Batch:
    """Rows of a listing (Arrow, "The Arrow PyCapsule Interface"), which other
    libraries take without a copy, as often as wanted, such as
    ``pyarrow.record_batch(batch)`` and ``arro3.core.RecordBatch.from_arrow(batch)``.
    They live as long as anybody has them, whatever is closed. A new one is empty."""

    def __init__(self) -> None:
        self._capsule = _array_capsule(None)  # which releases the array with it, in C
        self._array = _address(self._capsule, b"arrow_array")

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        length: int = _abi.ArrowArray.from_address(self._array).length
        return length

    def __arrow_c_schema__(self) -> Any:
        """A capsule of what the columns are."""
        return _schema_capsule()

    def __arrow_c_array__(self, requested_schema: Any = None) -> Tuple[Any, Any]:
        """Capsules of the schema, which is always the same, and of the rows."""
        return _schema_capsule(), _array_capsule(self._array)


def next_batch(listing: Handle, rows: int = 0) -> Optional[Batch]:
    """The next objects of a listing, ``rows`` at most, or with 0 all that are
    left; None at the end. What it passes over, the pages of the listing have.

    :raises InvalidPath: in the place of None, if it has passed over an object
        whose path is not UTF-8
    """
    batch = Batch()
    array = _abi.ArrowArray.from_address(batch._array)
    found = wait(library.rstore_list_next_arrow, listing, rows, ctypes.byref(array), None)
    return batch if found else None
