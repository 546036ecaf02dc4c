"""obstore's interface over the engine of remotestore.

Programs written for obstore 0.12 run with it: see its part of the README. There are
no coroutines yet.
"""

from typing import TYPE_CHECKING

from .. import __version__
from . import exceptions, store
from ._bytes import Bytes
from ._copy import copy, rename
from ._delete import delete
from ._files import open_reader, open_writer
from ._get import get, get_range, get_ranges, head
from ._list import list, list_with_delimiter
from ._put import put
from ._scheme import parse_scheme
from ._sign import sign

if TYPE_CHECKING:  # as with obstore, these are for annotations only
    from ._files import ReadableFile as ReadableFile, WritableFile as WritableFile
    from ._get import (
        BytesStream as BytesStream,
        GetOptions as GetOptions,
        GetResult as GetResult,
        OffsetRange as OffsetRange,
        SuffixRange as SuffixRange,
    )
    from ._list import ListChunkType as ListChunkType, ListResult as ListResult, ListStream as ListStream
    from ._meta import Attributes as Attributes, ObjectMeta as ObjectMeta
    from ._put import PutMode as PutMode, PutResult as PutResult, UpdateVersion as UpdateVersion
    from ._sign import HTTP_METHOD as HTTP_METHOD

__all__ = [
    "Bytes", "copy", "delete", "exceptions", "get", "get_range", "get_ranges", "head", "list", "list_with_delimiter",
    "open_reader", "open_writer", "parse_scheme", "put", "rename", "sign", "store",
]

for _public in (Bytes, copy, rename, delete, open_reader, open_writer, get, get_range, get_ranges, head, list,
                list_with_delimiter, put, parse_scheme, sign):
    _public.__module__ = __name__  # where they are looked for
