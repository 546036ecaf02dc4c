"""obstore's interface over the engine of remotestore.

Programs written for obstore 0.12 run with it: see its part of the README.
"""

from typing import TYPE_CHECKING

from .. import __version__
from . import exceptions, store
from ._bytes import Bytes
from ._copy import copy, rename
from ._copy_async import copy_async, rename_async
from ._delete import delete
from ._delete_async import delete_async
from ._files import open_reader, open_writer
from ._files_async import open_reader_async, open_writer_async
from ._get import get, get_range, get_ranges, head
from ._get_async import get_async, get_range_async, get_ranges_async, head_async
from ._list import list, list_with_delimiter
from ._list_async import list_with_delimiter_async
from ._put import put
from ._put_async import put_async
from ._scheme import parse_scheme
from ._sign import sign
from ._sign_async import sign_async

if TYPE_CHECKING:  # as with obstore, these are for annotations only
    from ._files import ReadableFile as ReadableFile, WritableFile as WritableFile
    from ._files_async import AsyncReadableFile as AsyncReadableFile, AsyncWritableFile as AsyncWritableFile
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
    "Bytes", "copy", "copy_async", "delete", "delete_async", "exceptions", "get", "get_async", "get_range",
    "get_range_async", "get_ranges", "get_ranges_async", "head", "head_async", "list", "list_with_delimiter",
    "list_with_delimiter_async", "open_reader", "open_reader_async", "open_writer", "open_writer_async", "parse_scheme",
    "put", "put_async", "rename", "rename_async", "sign", "sign_async", "store",
]

for _public in (Bytes, copy, copy_async, rename, rename_async, delete, delete_async, open_reader, open_reader_async,
                open_writer, open_writer_async, get, get_async, get_range, get_range_async, get_ranges, get_ranges_async,
                head, head_async, list, list_with_delimiter, list_with_delimiter_async, put, put_async, parse_scheme, sign,
                sign_async):
    _public.__module__ = __name__  # where they are looked for
