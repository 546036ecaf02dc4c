"""Paths with names and values in them, as Hive, Spark and pyarrow lay out datasets.

    >>> partition_path("part-0.parquet", year=2024, month="01")
    'year=2024/month=01/part-0.parquet'
    >>> parse_partition("year=2024/month=01/part-0.parquet").partitions
    {'year': '2024', 'month': '01'}

Nothing is escaped.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Dict, Union

if TYPE_CHECKING:
    from .._path import PathLike

__all__ = ["ParsedPartition", "parse_partition", "partition_path"]


@dataclasses.dataclass(frozen=True)
class ParsedPartition:
    """What :func:`parse_partition` finds.

    :ivar partitions: values by their names, in the order of the path
    :ivar filename: what is behind them
    """

    partitions: Dict[str, str]
    filename: str


def partition_path(filename: str, /, **partitions: Union[str, int]) -> str:
    """The path of a file, below a folder for each name and its value, in the order in which they are given.

    :param filename: without a slash
    :raises ValueError: for what is empty, and for ``=`` in a name or a value
    """
    if not filename or "/" in filename:
        raise ValueError(f"filename must be a name without a slash, not {filename!r}")
    folders = {name: str(value) for name, value in partitions.items()}
    for name, value in folders.items():
        if not name or not value or "=" in name + value:
            raise ValueError(f"a partition must be a name and a value, both without '=', not {name!r} and {value!r}")
    return "/".join([*map("=".join, folders.items()), filename])


def parse_partition(path: PathLike) -> ParsedPartition:
    """What :func:`partition_path` was given: the folders at the start of a path up to the first that is no
    partition. Of two values of one name the last one counts.

    :raises ValueError: for an empty path
    """
    filename = str(path)
    partitions: Dict[str, str] = {}
    if not filename:
        raise ValueError("path must not be empty")
    while True:
        segment, _, below = filename.partition("/")
        name, equals, value = segment.partition("=")
        if not name or not equals or "=" in value:
            return ParsedPartition(partitions, filename)
        partitions[name], filename = value, below
