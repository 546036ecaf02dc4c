"""In an event loop: what stores and backends can be asked: each method is a call of the library.

Written by generate_async.py from _operations.py: change that."""

from __future__ import annotations

import ctypes
import datetime
import io

from . import _abi
from ._arguments import depth_args, encoded, passed, read_args, set_if_match, set_text, write_args
from ._async_files import AsyncFiles, AsyncUpload, AsyncWriter
from ._async_sources import copy_source, is_source
from ._call import call
from ._errors import RemoteStoreError
from ._later import batch, models, pages, probe
from ._library import library
from ._log import begin
from ._memory import (
    Failures,
    Handle,
    Location,
    Object,
    Page,
    Results,
    Text,
    address_of,
    new_bytes,
    readable,
    text,
    writable,
)
from ._operations import _at, _checked, _checked_range, _is_sayable, _pair, _whole, about
from ._path import RemotePath, encode
from ._queue import Operation, Record, Watched, borrow, give_back, wait, watch
from ._sources import left_in, memory_of, on_disk
from ._streams_async import read_rest_async
from ._targets import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, AsyncIterator, Callable, Dict, Iterable, List, Optional, Tuple, Union

    from ._arguments import Metadata
    from ._models import FileInfo, FolderEntry, FolderInfo, ResolutionPlan, UploadInfo, WriteResult
    from ._operations import WritableContent
    from ._path import PathLike
    from ._probe import ProbeReport
    from ._progress import Wanted


class AsyncOperations(AsyncFiles):
    """Objects under paths such as ``"folder/file.txt"``.

    Paths are relative and normalised: ``"a//b/./"`` is ``"a/b"``. ``""`` and
    ``"."`` are the root, a folder. All of it may be used from any number of
    threads.

    Every operation may also raise PermissionDenied, BackendUnavailable (the
    endpoint cannot be reached or fails, when the retries are used up; or the
    backend was closed) and InvalidPath.
    """

    _handle: Handle
    _name: str  # of the backend

    # -- objects ---------------------------------------------------------------

    async def exists(self, path: PathLike) -> bool:
        """Tells whether there is an object or a folder."""
        begin("exists", path, self._name)
        return await self._exists(path, 0)

    async def is_file(self, path: PathLike) -> bool:
        """Tells whether there is an object."""
        begin("is_file", path, self._name)
        return await self._exists(path, _abi.OBJECTS)

    async def is_folder(self, path: PathLike) -> bool:
        """Tells whether there is a folder. The root always is one."""
        begin("is_folder", path, self._name)
        return await self._exists(path, _abi.FOLDERS)

    async def get_file_info(self, path: PathLike) -> FileInfo:
        """Describes an object.

        :raises NotFound: if there is none
        :raises InvalidPath: for a folder
        """
        begin("get_file_info", path, self._name)
        return models.described(await self._head(path))

    async def read_bytes(
        self,
        path: PathLike,
        *,
        offset: int = 0,
        length: int = 0,
        parallel: bool = False,
        verify: bool = False,
        progress: Wanted = None,
    ) -> bytes:
        """Reads an object, or a range of it.

        :param offset: first byte
        :param length: number of bytes; 0 is all up to the end. A range that
            ends behind the object is cut there
        :param parallel: by several requests at once, for parts of 8 MiB or more
        :param verify: compare all the bytes of an object with the checksum that the
            endpoint keeps: with parallel one request more
        :param progress: a callable, which is told how far it is, see :class:`remotestore.Progress`,
            or True for a bar on standard error: that of tqdm, if it is installed
        :raises NotFound: if there is none
        :raises InvalidPath: for a folder
        :raises RangeNotSatisfiable: if the offset is not inside the object
        :raises ObjectChanged: if it changed meanwhile
        :raises Corrupt: if the checksum is another
        """
        begin("read_bytes", path, self._name)
        with watch(progress, path) as watched:
            return await self._read(path, read_args(offset, length, parallel, verify), new_bytes, watched)

    async def read_into(
        self,
        path: PathLike,
        buffer: Any,
        *,
        offset: int = 0,
        length: int = 0,
        parallel: bool = False,
        verify: bool = False,
        progress: Wanted = None,
    ) -> int:
        """Reads an object, or a range of it, into a writable buffer, such as a
        bytearray, and returns the number of bytes. The other parameters are those of
        :meth:`read_bytes`.

        :raises InvalidArgument: if the buffer is too small: nothing is cut
        """
        begin("read_into", path, self._name)
        pointer, size, _alive = writable(buffer)
        filled, args = ctypes.c_size_t(), read_args(offset, length, parallel, verify)
        with watch(progress, path) as context:
            await self._call(library.rstore_get_into, path, args, pointer, size, ctypes.byref(filled), context=context)
        return filled.value

    async def download(
        self,
        path: PathLike,
        file: Any,
        *,
        overwrite: bool = False,
        offset: int = 0,
        length: int = 0,
        parallel: bool = False,
        verify: bool = False,
        progress: Wanted = None,
    ) -> int:
        """Reads an object, or a range of it, into a file, and returns the number of bytes.
        The other parameters are those of :meth:`read_bytes`.

        :param file: the path of a new file, which is removed again if the read fails, or a
            binary file that is open for writing, from where it is
        :param overwrite: a file with that path may be there; it stays as it was if the read fails
        :raises FileExistsError: if it may not
        """
        begin("download", path, self._name)
        args, filled = read_args(offset, length, parallel, verify), ctypes.c_uint64()
        with Target(file, overwrite) as target, watch(progress, path) as context:
            await self._call(library.rstore_get_file, path, args, target.descriptor, target.offset, ctypes.byref(filled), None, 0,
                             context=context)
            target.written(filled.value)
        return filled.value

    async def get_file_infos(self, paths: Iterable[PathLike], *, return_exceptions: bool = False) -> List[FileInfo]:
        """Describes many objects, by up to 16 requests at once.

        :param return_exceptions: an error for one object is in its place; else the
            first one is raised, when all are over
        :returns: what :meth:`get_file_info` would, in the order of the paths
        :raises InvalidPath: before anything is asked, for what is no path
        """
        begin("get_file_infos", None, self._name)
        found = await self._many(library.rstore_head_many, batch.listed(paths, "get_file_info"), batch.infos)
        return found if return_exceptions else batch.without_failures(found)

    async def read_many(
        self, paths: Iterable[PathLike], *, return_exceptions: bool = False, progress: Wanted = None
    ) -> List[bytes]:
        """Reads many objects, by up to 16 requests at once, which costs less than a
        call for each.

        :param return_exceptions: an error for one object is in its place; else the
            first one is raised, when all are over
        :param progress: as of :meth:`read_bytes`; the total is that of the objects that were begun
        :returns: the bytes, in the order of the paths
        :raises InvalidArgument: for what does not fit into the memory that one call may
            have, the option ``memory_budget``, 128 MiB: it needs another call, or one alone
        :raises InvalidPath: before anything is read, for what is no path
        """
        begin("read_many", None, self._name)
        given = batch.listed(paths, "read_bytes")
        with watch(progress, f"{len(given)} objects") as context:
            found = await self._many(library.rstore_get_many, given, batch.contents, context)
        return found if return_exceptions else batch.without_failures(found)

    async def read_ranges(
        self,
        path: PathLike,
        ranges: Iterable[Tuple[int, int]],
        *,
        coalesce: int = 1 << 20,
        verify: bool = False,
        progress: Wanted = None,
    ) -> List[bytes]:
        """Reads many ranges of one version of an object, up to ten requests at once.

        :param ranges: offset and length of each, in any order; they may overlap. One
            that ends behind the object is cut there
        :param coalesce: bytes that may lie between two ranges that one request reads
        :param verify: compare the bytes with the checksum that the endpoint keeps of
            the object, where the ranges are all of it: one request more
        :param progress: as of :meth:`read_bytes`
        :raises RangeNotSatisfiable: if an offset is not inside the object
        :raises ObjectChanged: if it changed meanwhile
        :raises Corrupt: if the checksum is another
        """
        begin("read_ranges", path, self._name)
        wanted = [_checked_range(*_pair(given)) for given in ranges]
        if not wanted:
            return []
        args = _abi.rstore_args(flags=_abi.VERIFY * bool(verify), coalesce=_checked("coalesce", coalesce))
        with watch(progress, path) as context:
            return await self._read_ranges(path, wanted, args, new_bytes, context)

    async def write(
        self,
        path: PathLike,
        content: WritableContent,
        *,
        overwrite: bool = False,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
        if_match: Optional[str] = None,
        acl: Optional[str] = None,
        progress: Wanted = None,
    ) -> WriteResult:
        """Writes an object, all of it or nothing.

        :param content: bytes, another object with memory, or a binary file,
            which is read from where it is to its end
        :param overwrite: replace an object that exists
        :param metadata: kept with the object: text by names of ASCII letters,
            digits and ``-._``, which do not begin with ``_``; 2048 bytes in all
        :param attributes: what HTTP and S3 know of the content: ``cache-control``,
            ``content-disposition``, ``content-encoding``, ``content-language``,
            ``content-type``, ``storage-class``
        :param tags: kept with the object: 10 at most
        :param if_match: replace just the object with this ETag
        :param acl: who may use the object, as for :meth:`set_acl`
        :param progress: a callable, which is told how far it is, see :class:`remotestore.Progress`,
            or True for a bar on standard error: that of tqdm, if it is installed
        :raises PreconditionFailed: if it has another ETag, or there is none
        :raises AlreadyExists: if it exists and may not be overwritten; it
            stays as it was, whoever else writes at the same time
        :raises ValueError: for metadata that cannot be kept
        :raises CapabilityNotSupported: for what the backend does not keep
        """
        args = write_args(overwrite, metadata, attributes, tags, if_match, acl)
        return await self._write("write", path, content, overwrite, metadata, args, progress)

    async def write_atomic(
        self,
        path: PathLike,
        content: WritableContent,
        *,
        overwrite: bool = False,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
        if_match: Optional[str] = None,
        acl: Optional[str] = None,
        progress: Wanted = None,
    ) -> WriteResult:
        """The same as :meth:`write`, which is atomic too."""
        args = write_args(overwrite, metadata, attributes, tags, if_match, acl)
        return await self._write("write_atomic", path, content, overwrite, metadata, args, progress)

    def open_atomic(
        self,
        path: PathLike,
        *,
        overwrite: bool = False,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
        if_match: Optional[str] = None,
        acl: Optional[str] = None,
    ) -> AsyncWriter:
        """Opens an object for writing, in a ``with`` block: nobody sees it
        before the end of the block, and all of it then; an exception in it
        leaves what was there before. The parameters are those of :meth:`write`."""
        operation = Operation("open_atomic", path, self._name, overwrite=overwrite)
        return self._open_writer(path, write_args(overwrite, metadata, attributes, tags, if_match, acl), metadata, operation)

    def create_upload(
        self,
        path: PathLike,
        *,
        overwrite: bool = False,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
        if_match: Optional[str] = None,
        acl: Optional[str] = None,
    ) -> AsyncUpload:
        """Begins a multipart upload. The parameters are those of :meth:`write`.

        :raises CapabilityNotSupported: where the backend has none
        """
        operation = Operation("create_upload", path, self._name, overwrite=overwrite)
        args = write_args(overwrite, metadata, attributes, tags, if_match, acl)
        return self._open_upload(path, args, metadata, operation)

    async def append(
        self,
        path: PathLike,
        content: Any,
        *,
        metadata: Metadata = None,
        attributes: Metadata = None,
        tags: Metadata = None,
    ) -> WriteResult:
        """Adds bytes to the end of an object, or makes one of them.

        :param content: bytes, or another object with memory
        :param metadata: of an object that is made, as attributes and tags: see :meth:`write`
        :raises CapabilityNotSupported: where that cannot be done, as on S3 but in its
            directory buckets
        """
        operation, made = Operation("append", path, self._name), Object()
        pointer, length, _alive = readable(content)
        args = write_args(False, metadata, attributes, tags)
        p, args = encoded(path, args)
        await waited_async(path, library.rstore_append, self._handle, p, len(p), pointer, length, *passed(args),
                           ctypes.byref(made), ctypes.sizeof(made), context=operation.context)
        operation.done()
        return models.write_result(made, metadata)

    async def delete(self, path: PathLike, *, missing_ok: bool = False, if_match: Optional[str] = None) -> None:
        """Deletes an object.

        :param if_match: just the object with this ETag
        :raises PreconditionFailed: if it has another one
        :raises NotFound: if there is none, and that is not ok
        :raises InvalidPath: for a folder, always
        """
        operation = Operation("delete", path, self._name, missing_ok=missing_ok)
        args = _abi.rstore_args(flags=_abi.MISSING_OK * bool(missing_ok))
        set_if_match(args, if_match)
        await self._call(library.rstore_delete, path, args, context=operation.context)
        operation.done()

    async def delete_many(self, paths: Iterable[PathLike]) -> Dict[PathLike, RemoteStoreError]:
        """Deletes any number of objects, of S3 a thousand by a request. One that is
        missing is no failure, and a folder is missing too.

        :returns: those that were not deleted, by their path as it was given, and why
        :raises RemoteStoreError: of a whole request: then some may be deleted
        """
        given, found = batch.listed(paths, "delete"), Failures()
        operation, records = Operation("delete_many", None, self._name), batch.Paths(_abi.rstore_deletion, given)
        await wait(library.rstore_delete_many, self._handle, *records.arguments, *passed(records.args), ctypes.byref(found),
                   ctypes.sizeof(found), context=operation.context)
        operation.done()
        return dict(batch.failures(found, given, self._name))

    async def copy(self, src: PathLike, dst: PathLike, *, overwrite: bool = False, progress: Wanted = None) -> None:
        """Copies an object, with its metadata. The bytes do not pass through
        this process where the backend can copy itself.

        :param progress: as of :meth:`write`
        :raises NotFound: if there is no source
        :raises AlreadyExists: if the target exists and may not be overwritten
        """
        await self._transfer("copy", library.rstore_copy, src, dst, overwrite, progress)

    async def move(self, src: PathLike, dst: PathLike, *, overwrite: bool = False, progress: Wanted = None) -> None:
        """Moves an object. S3 copies it and deletes the source.

        :param progress: as of :meth:`write`
        """
        await self._transfer("move", library.rstore_move, src, dst, overwrite, progress)

    async def sign(
        self,
        path: PathLike,
        method: str = "GET",
        *,
        expires_in: Union[float, datetime.timedelta] = 3600,
        attributes: Metadata = None,
        version_id: Optional[str] = None,
    ) -> str:
        """Makes a URL with which everybody may send one kind of request to an object,
        whether it is there or not. Nothing is asked of the endpoint.

        :param method: ``"GET"``, ``"PUT"``, ``"HEAD"``, ``"DELETE"``, ``"POST"``, ...
        :param expires_in: seconds, or a timedelta: up to seven days, and no longer than
            the credentials live
        :param attributes: that the answer to a GET or HEAD shall have, or headers that
            a PUT has to have: see :meth:`write`
        :raises InvalidArgument: for an unknown method, and for another time
        :raises CapabilityNotSupported: where there are no URLs: for S3 only
        """
        begin("sign", path, self._name, method=method)
        args, url, m = write_args(False, None, attributes) or _abi.rstore_args(), Text(), text(method)
        set_text(args, version_id=version_id)
        seconds = _whole("expires_in", expires_in, 1)
        await self._call(library.rstore_sign, path, args, m, len(m), seconds, ctypes.byref(url), ctypes.sizeof(url))
        return str(url)

    async def set_acl(self, path: PathLike, acl: str) -> None:
        """Says who may use an object.

        :param acl: ``"private"``, ``"public-read"``, ... ("Access control list
            overview", Amazon S3 User Guide)
        :raises CapabilityNotSupported: where there are no lists of permissions
        """
        operation, name = Operation("set_acl", path, self._name, acl=acl), text(acl)
        await self._call(library.rstore_set_acl, path, None, name, len(name), context=operation.context)
        operation.done()

    # -- folders and listings ----------------------------------------------------

    async def get_folder_info(self, path: PathLike, *, max_depth: Optional[int] = None) -> FolderInfo:
        """Sums up the objects below a folder.

        :param max_depth: levels below the folder itself; None is all
        :raises NotFound: if there is none; the root always is there
        :raises InvalidPath: for an object
        """
        begin("get_folder_info", path, self._name, max_depth=max_depth)
        found = _abi.rstore_folder()
        await self._call(library.rstore_folder_info, path, depth_args(0, max_depth), ctypes.byref(found), ctypes.sizeof(found))
        return models.folder_info(path if isinstance(path, RemotePath) else RemotePath.from_backend_path(path), found)

    async def delete_folder(self, path: PathLike, *, recursive: bool = False, missing_ok: bool = False) -> None:
        """Deletes a folder, with ``recursive`` all that is in it too.

        :raises NotFound: if there is none, and that is not ok
        :raises DirectoryNotEmpty: if there is something in it
        :raises InvalidPath: for an object and for the root, always
        """
        operation = Operation("delete_folder", path, self._name, recursive=recursive, missing_ok=missing_ok)
        args = _abi.rstore_args(flags=_abi.RECURSIVE * bool(recursive) | _abi.MISSING_OK * bool(missing_ok))
        await self._call(library.rstore_delete_folder, path, args, context=operation.context)
        operation.done()

    async def list_files(
        self,
        path: PathLike,
        *,
        recursive: bool = False,
        pattern: Optional[str] = None,
        max_depth: Optional[int] = None,
        prefix: Optional[str] = None,
        start_after: Optional[PathLike] = None,
        limit: Optional[int] = None,
    ) -> AsyncIterator[FileInfo]:
        """Lists the objects in a folder (``""`` is the root), in the byte order
        of the paths. A folder that does not exist is empty. Errors come with
        the first item.

        :param recursive: every level below it
        :param pattern: that the last segment of the path must match: ``*``,
            ``?``, ``[abc]``, ``[!abc]``
        :param max_depth: so many levels below it, whatever ``recursive`` says
        :param prefix: text that what follows the folder begins with
        :param start_after: a path that they come behind, whether it is there or not
        :param limit: so many at most; None is all
        :raises ValueError: for a depth or a limit below 0
        """
        flags = _abi.OBJECTS | _abi.RECURSIVE * bool(recursive)
        begin("list_files", path, self._name, recursive=recursive, pattern=pattern, max_depth=max_depth)
        if limit == 0:
            return
        args = depth_args(flags, max_depth, pattern)
        set_text(args, prefix=prefix, start_after=None if start_after is None else str(start_after))
        args.limit = _checked("limit", limit or 0)
        async for entry in self._entries(library.rstore_list_open, path, args, pages.files):
            yield entry

    async def list_folders(
        self, path: PathLike, *, pattern: Optional[str] = None, max_depth: Optional[int] = None
    ) -> AsyncIterator[FolderEntry]:
        """Lists the folders in a folder, with ``max_depth`` also those in them."""
        begin("list_folders", path, self._name, pattern=pattern, max_depth=max_depth)
        args = depth_args(_abi.FOLDERS, max_depth, pattern)
        async for entry in self._entries(library.rstore_list_open, path, args, pages.folders):
            yield entry

    async def iter_children(self, path: PathLike) -> AsyncIterator[Union[FileInfo, FolderEntry]]:
        """Lists the objects and the folders in a folder."""
        begin("iter_children", path, self._name)
        async for entry in self._entries(library.rstore_list_open, path, None, pages.children):
            yield entry

    async def glob(self, pattern: str) -> AsyncIterator[FileInfo]:
        """Lists the objects whose path matches: ``*``, ``?`` and ``[abc]`` in a
        segment, ``**`` for any number of segments.

        :raises ValueError: for ``**`` beside something else in a segment
        """
        begin("glob", pattern, self._name)
        async for entry in self._entries(library.rstore_glob_open, pattern, None, pages.files):
            yield entry

    async def list_uploads(self, path: PathLike = "") -> AsyncIterator[UploadInfo]:
        """Lists the multipart uploads to a folder that were begun and neither
        committed nor aborted, also by processes that died.

        :raises CapabilityNotSupported: where the backend has none
        """
        begin("list_uploads", path, self._name)
        async for entry in self._entries(library.rstore_uploads_open, path, None, pages.uploads):
            yield entry

    async def abort_upload(self, path: PathLike, upload_id: str) -> None:
        """Aborts such an upload.

        :raises NotFound: if it is over
        """
        operation = Operation("abort_upload", path, self._name)
        i = text(upload_id)
        await self._call(library.rstore_uploads_abort, path, None, i, len(i), context=operation.context)
        operation.done()

    async def abort_uploads(self, path: PathLike = "", *, older_than: datetime.timedelta) -> int:
        """Aborts the multipart uploads to a folder, and below it, that were begun so
        long ago or earlier, and returns their number.

        :raises CapabilityNotSupported: where there are none
        """
        operation, aborted = Operation("abort_uploads", path, self._name, older_than=older_than), ctypes.c_uint64()
        age = _whole("older_than", older_than, 0.001)
        await self._call(library.rstore_uploads_abort_old, path, None, age, ctypes.byref(aborted), context=operation.context)
        operation.done()
        return aborted.value

    async def probe(self) -> ProbeReport:
        """Finds out what an S3 endpoint honours, ignores and refuses, and which
        options suit it: by about 80 small requests, on objects of its own in a
        folder ``.remotestore-probe-*``, which it removes. Nothing is set by it.

        :raises CapabilityNotSupported: for other backends
        """
        operation, found = Operation("probe", None, self._name), Text()
        await wait(library.rstore_probe, self._handle, ctypes.byref(found), ctypes.sizeof(found), context=operation.context)
        operation.done()
        return probe.probe_report(str(found))

    # -- where they are ----------------------------------------------------------

    def native_path(self, key: PathLike) -> str:
        """Where a path is, as people write it: ``"bucket/prefix/key"``."""
        return self.resolve(key).native_path

    def to_key(self, path: str) -> str:
        """The path here whose native path is ``path``; ``""`` is the root.

        :raises InvalidPath: if it is not here
        """
        native, found = text(path), Text()
        about(path, call, library.rstore_to_key, self._handle, native, len(native), None, 0, ctypes.byref(found),
              ctypes.sizeof(found))
        return str(found)

    def resolve(self, key: PathLike) -> ResolutionPlan:
        """Says where a path is, without a request."""
        (p, args), found = encoded(key, None), Location()
        about(key, call, library.rstore_resolve, self._handle, p, len(p), *passed(args), ctypes.byref(found),
              ctypes.sizeof(found))
        native = found.path.decode()
        details: Dict[str, Optional[str]] = {}
        if found.bucket_len:
            details = {
                "bucket": found.bucket.decode(),
                "object_key": found.key.decode(),
                "endpoint_url": found.endpoint.decode() or None,
            }
        elif found.root_len:
            details = {"root": found.root.decode(), "absolute_path": native}
        backend = found.backend.decode()
        return models.ResolutionPlan(backend, backend, str(key), native, details)

    # -- the calls ---------------------------------------------------------------

    async def _ping(self) -> None:
        operation = Operation("ping", None, self._name)
        await wait(library.rstore_ping, self._handle, context=operation.context)
        operation.done()

    async def _exists(self, path: PathLike, flags: int) -> bool:
        found = ctypes.c_int32()
        await self._call(library.rstore_exists, path, _abi.rstore_args(flags=flags) if flags else None, ctypes.byref(found))
        return bool(found.value)

    async def _head(self, path: PathLike) -> Object:
        found = Object()
        await self._call(library.rstore_head, path, None, ctypes.byref(found), ctypes.sizeof(found))
        return found

    async def _read(
        self,
        path: PathLike,
        args: Optional[_abi.rstore_args],
        new: Callable[[int, Optional[int]], bytes],
        watched: Optional[Watched] = None,
    ) -> bytes:
        """What is read, in new memory: see new_bytes."""
        p, args = encoded(path, args)
        context: Any = watched or borrow(self._handle)
        try:
            first = context.first_bytes
            await context.wait(library.rstore_reader_start, self._handle, p, len(p), *passed(args), *first.arguments)
            if not first.reader:
                return new(first.filled.value, first.address)
            first.reader.credentials = self._handle.credentials
            content = new(first.length.value, None)
            ctypes.memmove(address_of(content), first.address, first.filled.value)

            async def fill(pointer: int, left: int) -> int:
                await context.wait(library.rstore_reader_read, first.reader, pointer, left, first.filled_out)
                count: int = first.filled.value
                return count

            return await read_rest_async(fill, content, first.filled.value)
        except RemoteStoreError as error:
            raise _at(error, path)
        finally:
            if watched is None:
                give_back(context)

    async def _many(
        self,
        function: Any,
        given: List[PathLike],
        convert: Callable[[Results, List[PathLike], str], List[Any]],
        context: Optional[Record] = None,
    ) -> List[Any]:
        """What a batch finds at each path, or the error."""
        records, found = batch.Paths(_abi.rstore_path, given), Results()
        await wait(function, self._handle, *records.arguments, *passed(records.args), ctypes.byref(found), ctypes.sizeof(found),
                   context=context)
        return convert(found, given, self._name)

    async def _read_ranges(
        self,
        path: PathLike,
        wanted: List[Tuple[int, int]],
        args: _abi.rstore_args,
        new: Callable[[int], bytes],
        context: Optional[Record] = None,
    ) -> List[bytes]:
        """What is at each offset, of each length, in new memory."""
        try:
            content = [new(length) for _, length in wanted]
        except (MemoryError, OverflowError):  # "up to the end" may be said by a length without measure
            found = await self._head(path)
            set_if_match(args, found.etag.decode())
            content = [new(max(min(length, found.size - offset), 1)) for offset, length in wanted]
        records = (_abi.rstore_range * len(wanted))()
        for record, (offset, _), data in zip(records, wanted, content):
            record.offset, record.buffer, record.buffer_len = offset, address_of(data), len(data)
        await self._call(library.rstore_get_ranges, path, args, records, len(records), None, 0, context=context)
        return [data if r.filled == len(data) else data[: r.filled] for r, data in zip(records, content)]

    async def _begin_reader(self, path: PathLike, args: Optional[_abi.rstore_args]) -> Tuple[Handle, int]:
        """A reader, and the length of what it reads."""
        handle, found = self._handle.new(), Object()
        await self._call(library.rstore_reader_open, path, args, ctypes.byref(handle), ctypes.byref(found), ctypes.sizeof(found))
        return handle, found.length

    async def _begin(self, function: Any, path: PathLike, args: Optional[_abi.rstore_args], operation: Operation) -> Handle:
        """A writer, or an upload."""
        handle = self._handle.new()
        await self._call(function, path, args, ctypes.byref(handle), context=operation.context)
        return handle

    async def _write(
        self,
        op: str,
        path: PathLike,
        content: Any,
        overwrite: bool,
        metadata: Metadata,
        args: Optional[_abi.rstore_args],
        progress: Wanted,
    ) -> WriteResult:
        operation = Operation(op, path, self._name, overwrite=overwrite)
        with watch(progress, path, operation) as watched:
            return await self._put(path, content, metadata, args, operation, watched)

    async def _put(
        self,
        path: PathLike,
        content: Any,
        metadata: Metadata,
        args: Optional[_abi.rstore_args],
        operation: Operation,
        watched: Optional[Watched],
    ) -> WriteResult:
        is_file = is_source(content)
        memory = memory_of(content) if is_file else content
        file = on_disk(content) if is_file else None
        if is_file and memory is None and file is None:
            if watched is not None:
                watched.teller.total = left_in(content)
            async with self._open_writer(path, args, metadata, operation, watched) as writer:
                await copy_source(content, writer)
            return writer.result  # type: ignore[return-value]
        p, args = encoded(path, args)
        made = Object()
        if file is not None:
            descriptor, position = file
            args = args or _abi.rstore_args()
            args.offset = position
            await waited_async(path, library.rstore_put_file, self._handle, p, len(p), descriptor, *passed(args),
                               ctypes.byref(made), ctypes.sizeof(made), context=operation.context)
            content.seek(position + made.size)  # as if it had been read
        else:
            try:
                pointer, length, _alive = readable(memory)
            except TypeError:
                raise TypeError(
                    f"content must be bytes, another object with memory, or a binary file, not {type(content).__name__}"
                ) from None
            await waited_async(path, library.rstore_put, self._handle, p, len(p), pointer, length, *passed(args),
                               ctypes.byref(made), ctypes.sizeof(made), context=operation.context)
            if is_file and length:
                content.seek(0, io.SEEK_END)  # the same
        operation.done()
        return models.write_result(made, metadata)

    async def _transfer(
        self, op: str, function: Any, src: PathLike, dst: PathLike, overwrite: bool, progress: Wanted
    ) -> None:
        operation = Operation(op, src, self._name, dst=str(dst), overwrite=overwrite)
        (s, source_flags), (d, target_flags) = encode(src), encode(dst)
        args = write_args(overwrite, None) or _abi.rstore_args()
        args.flags |= source_flags | (_abi.RAW_TARGET if target_flags else 0)
        try:
            with watch(progress, dst, operation):
                await wait(function, self._handle, s, len(s), d, len(d), *passed(args), context=operation.context)
        except RemoteStoreError as error:
            error.path = error.path or ""
            if "\ufffd" in error.path:  # which the ABI has for a NUL and for what is not Unicode
                error.path = next((p for p in (str(src), str(dst)) if not _is_sayable(p)), error.path)
            raise
        operation.done()

    async def _entries(
        self, function: Any, path: PathLike, args: Optional[_abi.rstore_args], convert: Callable[[Page], Iterable[Any]]
    ) -> AsyncIterator[Any]:
        listing = self._listing(function, path, args)
        while (entries := await self._page(path, listing, convert)) is not None:
            for entry in entries:
                yield entry

    async def _page(self, path: PathLike, listing: Handle, convert: Callable[[Page], Iterable[Any]]) -> Optional[Iterable[Any]]:
        try:
            return await next_page_async(listing, convert)
        except RemoteStoreError as error:
            raise _at(error, path)

    def _listing(self, function: Any, path: PathLike, args: Optional[_abi.rstore_args]) -> Handle:
        (p, args), listing = encoded(path, args), self._handle.new()
        about(path, call, function, self._handle, p, len(p), *passed(args), ctypes.byref(listing))
        return listing

    async def _call(
        self,
        function: Any,
        path: PathLike,
        args: Optional[_abi.rstore_args],
        *results: Any,
        context: Optional[Record] = None,
    ) -> None:
        """Calls an operation on one path."""
        p, args = encoded(path, args)
        try:
            await wait(function, self._handle, p, len(p), *passed(args), *results, context=context)
        except RemoteStoreError as error:
            raise _at(error, path)


async def waited_async(path: object, function: Any, *arguments: Any, context: Optional[Record] = None) -> None:
    """The same with one that may wait."""
    try:
        await wait(function, *arguments, context=context)
    except RemoteStoreError as error:
        raise _at(error, path)


async def next_page_async(listing: Handle, convert: Callable[[Page], Iterable[Any]]) -> Optional[Iterable[Any]]:
    """The entries of the next page; None at the end."""
    page = Page()
    found = await wait(library.rstore_list_next, listing, ctypes.byref(page), ctypes.sizeof(page))
    return convert(page) if found else None
