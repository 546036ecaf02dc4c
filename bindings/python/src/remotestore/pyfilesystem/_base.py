"""What a file system is made of: of ``fs`` where that is installed, else of what is in ``_plain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._plain import FS, Info, Opener, errors, reraise, sub_fs
else:
    try:
        from fs import errors
        from fs.base import FS
        from fs.info import Info
        from fs.opener import Opener
        from fs.subfs import SubFS as sub_fs

        from ._translated import reraise
    except ModuleNotFoundError as error:
        if error.name != "fs":  # it is there, and something that it needs is not
            raise
        from ._plain import FS, Info, Opener, errors, reraise, sub_fs

__all__ = ["FS", "Info", "Opener", "errors", "reraise", "sub_fs"]
