#!/usr/bin/env python3
"""The faces of the engine, what may not be in them, and how long they are: printed, if this is run.

A face gives the engine the interface of another package. How requests are sent, when one is sent again
and what a path means are the engine's, so that all faces are alike there. What the other interface
itself asks for is in ALLOWED, with the reason.
"""

import ast
import builtins
import functools
import io
import pathlib
import re
import tokenize
from typing import NamedTuple

PACKAGE = pathlib.Path(__file__).resolve().parents[1] / "src" / "remotestore"
FACES = {  # as patterns of files
    "obstore": ["obstore/**/*.py"],
    "pyfilesystem": ["pyfilesystem/**/*.py"],
    "fsspec": ["fsspec/**/*.py"],
    "ext": ["ext/**/*.py"],
    "command line": ["__main__.py", "_cli.py", "_bar.py"],
}
RULES = {}

ALLOWED = {  # by rule, file, and what the line has
    ("network", "ext/streams.py", "import hashlib"): "ChecksumReader and ChecksumWriter are for checksums of the caller's",
    ("network", "ext/write.py", "import hashlib"): "write_with_hash tells a checksum that the caller names",
    ("network", "obstore/auth/boto3.py", "import boto3"): "its providers are credentials of boto3's sessions",
    ("network", "obstore/auth/boto3.py", "import botocore"): "its providers are credentials of botocore's sessions",
    ("protocol", "obstore/_scheme.py", "amazonaws.com"): "parse_scheme knows URLs of stores that are not here",
    ("border", "fsspec/_filesystem.py", "import _abi"): "the last bytes by one request: read_bytes has no argument",
    ("border", "fsspec/_filesystem.py", "import new_bytes"): "the same",
    ("threads", "ext/batch.py", "import ThreadPoolExecutor"): "batch_copy(concurrent=True): no call copies many",
    ("threads", "ext/observe.py", "threading.Timer"): "BufferedObserver hands over events that have waited for a time",
    ("retries", "pyfilesystem/_s3.py", "sleep(_PAUSE)"): "key_sync_timeout: it waits until others see what was uploaded",
    ("paths", "ext/cache.py", 'part.split("/")'): "the folders above what is changed are forgotten too",
    ("paths", "obstore/_arguments.py", "_REFUSED"): "paths that are refused there, and that the engine could take",
    ("paths", "obstore/_local.py", 'self._prefix or "."'): "the folder of this machine that a store is given",
    ("paths", "obstore/_local.py", "os.path.realpath("): "the same, which stays if the process goes to another one",
    ("paths", "obstore/_scheme.py", "re.match("): "what is no URL is a ValueError, and anything else a GenericError",
    ("paths", "obstore/_scheme.py", 'encoded.split("/")'): "parse_scheme reads the path of a URL as obstore does (RFC 3986)",
    ("paths", "obstore/_scheme.py", 'name == ".."'): "the same",
    ("paths", "obstore/_scheme.py", 'name != "."'): "the same",
    ("paths", "pyfilesystem/_plain.py", 'path.split("/")'): "validatepath, where the package fs does not give it",
    ("paths", "pyfilesystem/_plain.py", 'part == ".."'): "the same",
    ("paths", "pyfilesystem/_plain.py", '("", ".")'): "the same",
    ("paths", "pyfilesystem/_store.py", "import fnmatch"): "the wildcard of listdir, for names in one folder",
    ("paths", "pyfilesystem/_store.py", "fnmatch.fnmatchcase(name, pattern)"): "the same",
    ("paths", "pyfilesystem/_store.py", "re.finditer("): "makedir(recursive=True) makes each folder of a path",
    ("paths", "pyfilesystem/_store.py", "re.fullmatch("): "the mode of open",
    ("paths", "pyfilesystem/_tree.py", '("", ".", "..")'): "names in S3 that no path of a file system can have",
    ("paths", "_cli.py", "os.path.abspath("): "a local path is one of the working folder",
    ("paths", "_cli.py", '_WILD = "*?["'): "which arguments stand for many objects; the engine matches them",
}
EXEMPT = {("border", "obstore")}  # its functions have arguments that no method of a Store has: it is made of what Store is


class Finding(NamedTuple):
    rule: str
    file: str
    number: int
    line: str

    def __str__(self):
        return f"{self.file}:{self.number}: {self.rule}: {self.line}"

    def is_allowed_by(self, entry):
        rule, file, part = entry
        return (rule, file) == self[:2] and part in self.line


def rule(find):
    RULES[find.__name__] = find
    return find


@rule
def network(tree):
    """Connections, other clients, and what signs requests."""
    modules = """aiohttp boto3 botocore hashlib hmac http httpx requests select selectors socket ssl urllib.request urllib3
                 zlib""".split()
    return [*imports(tree, modules), *attributes(tree, ["open_connection", "urlopen"])]


@rule
def protocol(tree):
    """What S3 says in headers, statuses and codes, and where it is."""
    said = re.compile(r"x-amz-|x-goog-|amazonaws\.com|AWS4-"
                      r"|^(authorization|content-(length|md5|range)|if-(none-)?match|if-(un)?modified-since|retry-after)$"
                      r"|^(AccessDenied|InternalError|NoSuch[A-Z]\w+|PreconditionFailed|SlowDown)$", re.IGNORECASE)
    statuses = {200, 204, 206, 301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 411, 412, 416, 429, 500, 502, 503, 504}
    yield from attributes(tree, ["http_status", "s3_code", "status_code"])
    for node in constants(tree):
        if said.search(node.value) if isinstance(node.value, str) else node.value in statuses:
            yield node


@rule
def border(tree):
    """The C library, instead of the operations of stores."""
    inside = ["_abi", "_call", "_library", "_memory", "_queue"]
    return imports(tree, ["ctypes", *(prefix + name for name in inside for prefix in (".", "remotestore."))])


@rule
def calls(tree):
    """Functions of the C library without what raises its errors and hears signals; or a library of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (
                isinstance(node.func, (ast.Attribute, ast.Subscript)) and ast.dump(node.func.value) in _LIBRARIES
                or _last_name(node.func) in ("CDLL", "PyDLL", "LoadLibrary", "dlopen")):
            yield node


@rule
def threads(tree):
    """Threads and processes of its own. Locks are none."""
    modules = ["_thread", "concurrent", "multiprocessing", "subprocess", "threading.Thread", "threading.Timer"]
    return [*imports(tree, modules),
            *attributes(tree, ["Thread", "Timer", "run_in_executor", "start_new_thread", "to_thread"])]


@rule
def retries(tree):
    """Waiting, and doing again what has failed."""
    yield from imports(tree, ["backoff", "retrying", "stamina", "tenacity", "time.sleep"])
    yield from attributes(tree, ["sleep"])
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            for inner in within(node):
                if isinstance(inner, ast.Try) and _goes_on(inner) and not loads(inner.body) & _news(node, inner):
                    yield inner
        elif isinstance(node, ast.Try):
            done = {ast.dump(each) for each in called(node.body)}
            yield from (each for handler in node.handlers for each in called(handler.body) if ast.dump(each) in done)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for handler in (each for each in within(node) if isinstance(each, ast.ExceptHandler)):
                yield from (each for each in called(handler.body) if _is_itself(each.func, node.name))


@rule
def paths(tree):
    """Normal forms, and patterns: all regular expressions, too."""
    yield from imports(tree, ["fnmatch", "glob"])
    yield from attributes(tree, ["abspath", "fnmatch", "fnmatchcase", "normpath", "realpath"])
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            split = node.func.attr in ("split", "rsplit") and [ast.dump(each) for each in node.args[:1]] == [_SLASH]
            if split or isinstance(node.func.value, ast.Name) and node.func.value.id == "re":
                yield node
    yield from (node for node in constants(tree) if re.fullmatch(r"\.\.?|[*?\[\]]+", str(node.value)))


_SLASH = ast.dump(ast.parse('"/"', mode="eval").body)
_LIBRARIES = {ast.dump(ast.parse(name, mode="eval").body) for name in ("library", "quick", "_library.library")}


def imports(tree, modules):
    """What imports one of these, or something of it. A dot before a name is this package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = "." * bool(node.level) + (node.module + "." if node.module else "")
            names = [start + alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and _last_name(node.func) in ("__import__", "import_module"):
            names = [each.value for each in node.args[:1] if isinstance(each, ast.Constant)]
        else:
            continue
        if any(f"{name}.".startswith(f"{module}.") for name in names for module in modules):
            yield node


def attributes(tree, names):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in names)


def constants(tree):
    """Strings, but for what is said of the code, and whole numbers."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (str, int) and id(node) not in said:
            yield node


def within(node):
    """All that runs when it does: not the functions that are made there."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield child
            yield from within(child)


def called(body):
    """The calls in it, but for those of functions that Python has by itself."""
    return [each for each in within(ast.Module(body, [])) if isinstance(each, ast.Call)
            and not (isinstance(each.func, ast.Name) and hasattr(builtins, each.func.id))]


def loads(body):
    names = (each for each in ast.walk(ast.Module(body, [])) if isinstance(each, ast.Name))
    return {each.id for each in names if isinstance(each.ctx, ast.Load)}


def _goes_on(node):
    """Whether it may catch an error and be done again by the loop."""
    return any(not isinstance(each.body[-1], (ast.Raise, ast.Return, ast.Break)) for each in node.handlers)


def _news(loop, node):
    """What is another one in each round, outside of the node; the number of the round is none."""
    old = {id(each) for each in ast.walk(node)}
    if isinstance(loop, ast.For) and _last_name(getattr(loop.iter, "func", None)) in ("count", "range", "repeat"):
        old |= {id(each) for each in ast.walk(loop.target)}
    for each in ast.walk(loop):
        if isinstance(each, ast.AugAssign):
            old |= {id(inner) for inner in ast.walk(each.target)}
    return {each.id for each in ast.walk(loop)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and id(each) not in old}


def _is_itself(function, name):
    return _last_name(function) == name and (
        isinstance(function, ast.Name) or isinstance(function.value, ast.Name) and function.value.id in ("self", "cls"))


def _last_name(node):
    return getattr(node, "attr", getattr(node, "id", ""))


def files_of(face):
    return sorted(path for pattern in FACES[face] for path in PACKAGE.glob(pattern))


def found(name, source, file=""):
    """What a rule finds in a source."""
    lines = source.splitlines()
    numbers = sorted({node.lineno for node in RULES[name](ast.parse(source))})
    return [Finding(name, file, number, lines[number - 1].strip()) for number in numbers]


@functools.lru_cache(maxsize=None)
def findings():
    """Of all rules in all faces, also what is allowed."""
    return [each for face in FACES for path in files_of(face) for name in RULES if (name, face) not in EXEMPT
            for each in found(name, path.read_text(), str(path.relative_to(PACKAGE)))]


def length(source):
    """Lines with code: not those that are blank, or only a comment or what is said of the code."""
    nothing = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    code = {number for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in nothing
            for number in range(token.start[0], token.end[0] + 1)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            code -= set(range(node.lineno, node.end_lineno + 1))
    return len(code)


def table():
    """The lines of each face, how many of them generate_async.py wrote, and what was found in it."""
    all_of_them = findings()
    lines = [f"{'face':14} {'files':>6} {'lines':>6} {'generated':>10} {'found':>6}"]
    for face in FACES:
        names = {str(path.relative_to(PACKAGE)) for path in files_of(face)}
        sources = [path.read_text() for path in files_of(face)]
        written = sum(length(source) for source in sources if "Written by generate_async.py" in source)
        count = sum(each.file in names for each in all_of_them)
        lines.append(f"{face:14} {len(names):6} {sum(map(length, sources)):6} {written:10} {count:6}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(), "", *findings(), sep="\n")
