"""Pages of listings, which are read by steps of C: a pointer that Python follows costs
more than all else that is done for an entry."""

import ctypes
import struct
from typing import Iterator, List, Union

from . import _abi
from ._memory import Page, new_bytes
from ._models import FileInfo, FolderEntry, Row, UploadInfo, listed_file, listed_folder, path_text, upload_info

_OBJECT = _abi.rstore_object
_NUMBERS = "iiQq"  # kind, odd, size and modified_ns, which are behind one another
_END = _OBJECT.kind.offset + struct.calcsize("@" + _NUMBERS)


def rows(page: Page) -> Iterator[Row]:
    """The entries, each made when it is asked for: a thousand at once are a matter for the
    garbage collector. They keep nothing of the page."""
    numbers = struct.Struct(f"@{_OBJECT.kind.offset}x{_NUMBERS}{page.object_size - _END}x")
    records = (ctypes.c_char * (page.count * page.object_size)).from_address(_address(page, "objects"))
    records.page = page  # whose memory it is
    names = _names(page)
    return zip(names[::2], names[1::2], numbers.iter_unpack(records))


def _names(page: Page) -> List[str]:
    """The path and the ETag of each."""
    names = new_bytes(page.texts_len, _address(page, "texts")).decode("utf-8", "surrogateescape").split("\0")
    del names[-1]
    if len(names) != 2 * page.count:  # a path has a NUL
        names = [name for o in _objects(page) for name in (path_text(o), o.etag.decode())]
    return names


def _objects(page: Page) -> Iterator[_abi.rstore_object]:
    first = _address(page, "objects")
    return (_OBJECT.from_address(first + i * page.object_size) for i in range(page.count))


def _address(page: Page, field: str) -> int:
    return ctypes.c_void_p.from_buffer(page, getattr(_abi.rstore_page, field).offset).value or 0


def files(page: Page) -> Iterator[FileInfo]:
    return map(listed_file, rows(page))


def folders(page: Page) -> Iterator[FolderEntry]:
    return map(listed_folder, rows(page))


def children(page: Page) -> Iterator[Union[FileInfo, FolderEntry]]:
    return (listed_folder(row) if row[2][0] == _abi.KIND_FOLDER else listed_file(row) for row in rows(page))


def uploads(page: Page) -> Iterator[UploadInfo]:
    return iter([upload_info(o) for o in _objects(page)])
