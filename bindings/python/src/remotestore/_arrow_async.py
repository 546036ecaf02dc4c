"""In an event loop: listings as Arrow data, for whatever library takes it: none is needed here.

Written by generate_async.py from _arrow.py: change that."""

import ctypes
from typing import Optional

from . import _abi
from ._arrow import Batch
from ._library import library
from ._memory import Handle
from ._queue import wait


async def next_batch_async(listing: Handle, rows: int = 0) -> Optional[Batch]:
    """The next objects of a listing, ``rows`` at most, or with 0 all that are
    left; None at the end. What it passes over, the pages of the listing have.

    :raises InvalidPath: in the place of None, if it has passed over an object
        whose path is not UTF-8
    """
    batch = Batch()
    array = _abi.ArrowArray.from_address(batch._array)
    found = await wait(library.rstore_list_next_arrow, listing, rows, ctypes.byref(array), None)
    return batch if found else None
