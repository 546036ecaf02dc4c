"""The commands of ``python -m remotestore``."""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from . import __version__
from ._bar import size
from ._backends import LocalBackend
from ._errors import (
    AlreadyExists,
    BackendUnavailable,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    RemoteStoreError,
)
from ._models import FolderEntry
from ._store import Store
from .ext import transfer

if TYPE_CHECKING:
    from ._path import PathLike

_EPILOG = """
URL is s3://BUCKET/KEY, file:///PATH, memory://NAME/PATH or a local path. *, ? and [...] in it stand for
many objects, ** for any number of folders; quote them. Options of the engine, such as endpoint or region,
are given as -o NAME=VALUE, and apply to all that is not local.

It ends with 0, or with what went wrong first: 1 any error, 2 wrong arguments, 3 nothing there, 4 it exists,
5 not allowed, 6 the endpoint cannot be reached, 130 interrupted.
"""
_CODES = ((NotFound, 3), (AlreadyExists, 4), (PermissionDenied, 5), (BackendUnavailable, 6), (InvalidArgument, 2),
          (FileNotFoundError, 3), (FileExistsError, 4), (PermissionError, 5))
_WILD = "*?["


class At(NamedTuple):
    """An object or a folder, with the store that has it."""

    store: Store
    path: PathLike
    local: Optional[str] = None  # the same in the file system

    def __str__(self) -> str:
        return self.local or self.store.native_path(self.path)

    @property
    def name(self) -> str:
        return str(self.path).rpartition("/")[2]

    @property
    def is_wild(self) -> bool:
        return any(c in str(self.path) for c in _WILD)


class Places:
    """Opens each store once."""

    def __init__(self, options: Dict[str, str]) -> None:
        self._options = options
        self._stores: Dict[str, Store] = {}

    def at(self, url: str) -> At:
        scheme, found, rest = url.partition("://")
        if not found or scheme == "file":
            local = os.path.abspath(rest if found else url) + "/" * url.endswith("/")
            return At(self._store("/", lambda: Store(LocalBackend("/"))), local.lstrip("/"), local)
        name, _, path = rest.partition("/")
        root = f"{scheme}://{name}"
        return At(self._store(root, lambda: Store.from_url(root, **self._options)), path)

    def each(self, url: str) -> Iterator[At]:
        """The objects that a URL stands for: the one of that very name, if there is one.

        :raises NotFound: if it stands for many, and there is none
        """
        at = self.at(url)
        if not at.is_wild or at.store.is_file(at.path):
            yield at
            return
        none = True
        for info in at.store.glob(str(at.path)):
            none = False
            yield _in(at, info.path)
        if none:
            raise NotFound("nothing matches", path=url)

    def close(self) -> None:
        for store in self._stores.values():
            store.close()

    def _store(self, root: str, make: Callable[[], Store]) -> Store:
        if root not in self._stores:
            self._stores[root] = make()
        return self._stores[root]


def _in(at: At, path: PathLike) -> At:
    return At(at.store, path, at.local and f"/{path}")


def _below(folder: At, name: str) -> At:
    return _in(folder, "/".join(filter(None, (str(folder.path).rstrip("/"), name))))


class Commands:
    """Each does what the command of its name says, and yields what is to be said of it: a
    record for machines, and a line for people."""

    def __init__(self, args: argparse.Namespace, places: Places) -> None:
        self._args, self._places = args, places

    def ls(self) -> Iterator[Any]:
        for url in self._args.url:
            at = self._places.at(url)
            if at.name and at.store.is_file(at.path):
                found: Iterator[Any] = iter([at.store.get_file_info(at.path)])
            elif at.is_wild:
                found = at.store.glob(str(at.path))
            elif self._args.recursive:
                found = at.store.list_files(at.path, recursive=True)
            else:
                found = at.store.iter_children(at.path)
            for entry in found:
                yield _record(entry), _line(entry, _in(at, entry.path))

    def cat(self) -> Iterator[Any]:
        for url in self._args.url:
            for at in self._places.each(url):
                with at.store.read(at.path) as file:
                    shutil.copyfileobj(file, sys.stdout.buffer, 1 << 20)
        sys.stdout.buffer.flush()
        return iter(())

    def cp(self) -> Iterator[Any]:
        return self._transfer(self._copy)

    def mv(self) -> Iterator[Any]:
        return self._transfer(self._move)

    def rm(self) -> Iterator[Any]:
        for url in self._args.url:
            if self._args.recursive:
                at = self._places.at(url)
                if not str(at.path).strip("/"):
                    raise InvalidArgument("all of a bucket, or of a disk, is not deleted by one command")
                at.store.delete_folder(at.path, recursive=True)
                yield {"deleted": str(at)}, None
                continue
            for at in self._places.each(url):
                at.store.delete(at.path)
                yield {"deleted": str(at)}, None

    def stat(self) -> Iterator[Any]:
        for url in self._args.url:
            for at in self._places.each(url):
                record = _record(at.store.get_file_info(at.path))
                yield record, "\n".join(f"{name}: {value}" for name, value in record.items() if value not in (None, {}))

    def sign(self) -> Iterator[Any]:
        for url in self._args.url:
            at = self._places.at(url)
            signed = at.store.sign(at.path, self._args.method, expires_in=self._args.expires)
            yield {"path": str(at.path), "url": signed}, signed

    def uploads(self) -> Iterator[Any]:
        for url in self._args.url:
            at = self._places.at(url)
            if self._args.abort is not None:
                count = at.store.abort_uploads(at.path, older_than=datetime.timedelta(hours=self._args.abort))
                yield {"aborted": count}, f"{count} aborted"
                continue
            for upload in at.store.list_uploads(at.path):
                yield _record(upload), f"{upload.initiated or ''}  {upload.upload_id}  {upload.path}"

    def probe(self) -> Iterator[Any]:
        for url in self._args.url:
            report = self._places.at(url).store.probe()
            yield _record(report), str(report)

    def _transfer(self, do: Callable[[At, At], None]) -> Iterator[Any]:
        *sources, last = self._args.url
        if not sources:
            raise InvalidArgument("a source and a target are needed")
        target = self._places.at(last)
        for url in sources:
            if url == "-":
                target.store.write(target.path, sys.stdin.buffer, overwrite=self._args.force, progress=self._bar)
                yield _went(url, target)
                continue
            into = last.endswith("/") or len(sources) > 1 or self._places.at(url).is_wild
            if self._args.recursive:
                folder = self._places.at(url)
                inside = str(folder.path).rstrip("/")
                for info in folder.store.list_files(inside, recursive=True):
                    source = _in(folder, info.path)
                    goal = _below(target, str(info.path)[len(inside):].lstrip("/"))
                    do(source, goal)
                    yield _went(source, goal)
                continue
            for source in self._places.each(url):
                goal = _below(target, source.name) if into else target
                do(source, goal)
                yield _went(source, goal)

    def _copy(self, source: At, goal: At) -> None:
        force = self._args.force
        if source.store is goal.store:
            if goal.local:
                os.makedirs(os.path.dirname(goal.local), exist_ok=True)
            source.store.copy(source.path, goal.path, overwrite=force, progress=self._bar)
            return
        if source.local:
            transfer.upload(goal.store, source.local, goal.path, overwrite=force, progress=self._bar)
        elif goal.local:
            os.makedirs(os.path.dirname(goal.local), exist_ok=True)
            transfer.download(source.store, source.path, goal.local, overwrite=force, progress=self._bar)
        else:
            transfer.transfer(source.store, source.path, goal.store, goal.path, overwrite=force, progress=self._bar)

    def _move(self, source: At, goal: At) -> None:
        if source.store is goal.store:
            source.store.move(source.path, goal.path, overwrite=self._args.force, progress=self._bar)
        else:
            self._copy(source, goal)
            source.store.delete(source.path)

    @property
    def _bar(self) -> bool:
        """Whether somebody looks at one."""
        return sys.stderr.isatty()


def _went(source: object, goal: At) -> Tuple[Dict[str, str], None]:
    return {"from": str(source), "to": str(goal)}, None


def _record(value: Any) -> Dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return _record(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value if isinstance(value, (int, float, dict, type(None))) else str(value)


def _line(entry: Any, at: At) -> str:
    path = at.local or at.path
    if isinstance(entry, FolderEntry):
        return f"{'':10}  {'':19}  {path}/"
    return f"{size(entry.size):>10}  {entry.modified_at:%Y-%m-%d %H:%M:%S}  {path}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m remotestore", description="Objects in S3, in folders and in memory.", epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in {
        "ls": "list a folder",
        "cat": "write objects to standard output",
        "cp": "copy objects to the last URL: below it, if it ends with / or there are several; - is standard input",
        "mv": "move objects, as cp",
        "rm": "delete objects",
        "stat": "describe objects",
        "sign": "make URLs for everybody",
        "uploads": "list multipart uploads that were begun and not ended",
        "probe": "find out what an endpoint honours, by scratch objects in the bucket",
    }.items():
        command = commands.add_parser(name, help=text, description=text, epilog=_EPILOG,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
        command.add_argument("url", nargs="+", metavar="URL")
        command.add_argument("-o", "--option", action="append", default=[], metavar="NAME=VALUE", type=_option)
        command.add_argument("--json", action="store_true", help="a line of JSON for each, not text")
        if name in ("ls", "cp", "mv", "rm"):
            command.add_argument("-r", "--recursive", action="store_true", help="all that is below")
        if name in ("cp", "mv"):
            command.add_argument("-f", "--force", action="store_true", help="replace what exists")
        if name == "sign":
            command.add_argument("--method", default="GET")
            command.add_argument("--expires", type=float, default=3600, metavar="SECONDS")
        if name == "uploads":
            command.add_argument("--abort", type=float, metavar="HOURS", help="abort those that were begun so long ago")
    return parser


def _option(text: str) -> Tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def main(argv: List[str]) -> int:
    """Carries out a command, and returns the code that the process should end with."""
    args = _parser().parse_args(argv)
    places = Places(dict(args.option))
    try:
        for record, line in getattr(Commands(args, places), args.command)():
            if args.json:
                print(json.dumps(record))
            elif line is not None:
                print(line)
        sys.stdout.flush()
        return 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains at its exit
        return 1
    except (RemoteStoreError, OSError) as error:
        print(f"remotestore {args.command}: {error}", file=sys.stderr)
        return next((code for kind, code in _CODES if isinstance(error, kind)), 1)
    except KeyboardInterrupt:
        return 130
    finally:
        places.close()
