"""Arrow data for the library that there is."""

import functools
import importlib
from typing import Any

from .._arrow import Batch


@functools.lru_cache(maxsize=None)
def library() -> Any:
    """What makes record batches and tables.

    :raises ImportError: if there is none
    """
    for name in ("arro3.core", "pyarrow"):
        try:
            return importlib.import_module(name)
        except ImportError:
            pass
    raise ImportError("return_arrow needs the package arro3-core, or pyarrow, and neither is installed")


def record_batch(batch: Batch) -> Any:
    """Its rows, without a copy."""
    made = library()
    take = getattr(made.RecordBatch, "from_arrow", None) or made.record_batch
    return take(batch)


def table(batch: Batch) -> Any:
    """The same as a table of one batch."""
    return library().Table.from_batches([record_batch(batch)])
