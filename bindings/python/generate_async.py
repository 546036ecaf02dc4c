#!/usr/bin/env python3
"""Writes the modules named ``*_async.py`` from the modules beside them.

What waits for the library waits in an event loop there: a function or method that
calls :func:`remotestore._call.wait`, or another one that does, becomes a coroutine;
``name`` is ``name_async`` then, and a class of such methods ``AsyncName``. All else
is imported from the module itself.

    generate_async.py           writes them
    generate_async.py --check   says which are not as they would be written
"""

import ast
import builtins
import pathlib
import sys

PACKAGE = pathlib.Path(__file__).resolve().parent / "src" / "remotestore"
MODULES = ["_streams", "_operations", "_arrow", *(
    f"obstore/{name}" for name in
    ["_content", "_chunks", "_writing", "_copy", "_delete", "_files", "_get", "_list", "_put", "_sign", "_base"])]

# What has another form in an event loop, written by hand.
INSTEAD = {
    ("_call", "wait"): ("_queue", "wait"),
    ("_call", "borrow"): ("_queue", "borrow"),
    ("_call", "give_back"): ("_queue", "give_back"),
    ("_call", "Context"): ("_queue", "Record"),
    ("_call", "Watched"): ("_queue", "Watched"),
    ("_call", "watch"): ("_queue", "watch"),
    ("_log", "Operation"): ("_queue", "Operation"),
    ("_streams", "Writer"): ("_async_files", "AsyncWriter"),
    ("_streams", "Upload"): ("_async_files", "AsyncUpload"),
    ("_sources", "copy_file"): ("_async_sources", "copy_source"),
    ("_sources", "is_source"): ("_async_sources", "is_source"),
    ("obstore/_arguments", "operations"): ("obstore/_view", "async_operations"),
    ("obstore/_put", "_chunks"): ("obstore/_async_sources", "chunks"),
}
# Those of INSTEAD that wait.
WAITING = {("_call", "wait"), ("_sources", "copy_file")}
# What is an async block then.
BLOCKS = {"self._open_writer"}
# What is not translated: what both forms share, and what an event loop has otherwise.
LEFT_OUT = {
    "Operations.read", "Operations.read_seekable", "Operations._open_writer", "Operations._open_upload", "_Open", "Reader",
    "Writer", "Upload", "Publisher.drop", "GetResult", "BytesStream", "ListStream"}
# Where that is, of a class.
BASES = {"Operations": ("_async_files", "AsyncFiles")}
# What is a coroutine without waiting, for those who await it.
ALSO = {"ReadableFile.tell", "ReadableFile.seek", "WritableFile.closed", "WritableFile.flush", "WritableFile.__enter__"}
# The class of what is called so, and the parameters that wait.
RECEIVERS = {
    "self._publisher": "Publisher", "at": "Operations", "operations(store)": "Operations", "self._at": "Operations", "context": "Context",
    "writing": "Writing", "self._writing": "Writing", "self._open()": "Writing",
}
PARAMETERS = {"fill"}
# What is iterated by async for.
ITERATED = {"chunks"}
# What is no coroutine, but makes something of them.
MAKERS = {"open_writer"}
RENAMED = {"__enter__": "__aenter__", "__exit__": "__aexit__", "Iterator": "AsyncIterator"}
NOTE = '"""{}\n\nWritten by generate_async.py from {}: change that."""\n'


class Module:
    def __init__(self, name):
        self.name, self.path = name, PACKAGE / f"{name}.py"
        self.text = self.path.read_text()
        self.tree = ast.parse(self.text)
        self.lines = [line.encode() for line in self.text.splitlines(keepends=True)]  # whose columns ast counts
        self.top = {node.name: node for node in self.tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        self.imports = {}  # of a name: the module, and the name there; a module has None
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                child.parent = node
            if isinstance(getattr(node, "parent", None), ast.FunctionDef):
                continue  # what a function imports for itself, it does there too
            if isinstance(node, ast.Import):
                self.imports.update({(a.asname or a.name.partition(".")[0]): (node, a) for a in node.names})
            elif isinstance(node, ast.ImportFrom):
                for a in node.names:
                    self.imports[a.asname or a.name] = (node, a)
        self.waiting = set()  # functions, and "Class.method"

    def origin(self, name):
        """The module of the package that a name comes from, and its name there."""
        if name in self.top:
            return self.name, name
        node, alias = self.imports.get(name, (None, None))
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = self.name.split("/")[:-1]
            folder = folder[: len(folder) - node.level + 1]
            return "/".join([*folder, *(node.module or "").split(".")]).strip("/"), alias.name
        return None, None


class Package:
    def __init__(self):
        self.modules = {name: Module(name) for name in MODULES}
        self.methods = {}  # of a class: those that wait
        while self.step():
            pass

    def step(self):
        """Finds more that waits."""
        before = sum(len(m.waiting) for m in self.modules.values())
        for module in self.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.FunctionDef):
                    name = self.full_name(node)
                    if name.split(".")[0] in LEFT_OUT or name in LEFT_OUT:
                        continue
                    if name in ALSO or any(self.waits(module, call) for call in own(node, ast.Call)) or any(
                            self.iterates(module, found) for found in own(node, ast.YieldFrom)):
                        module.waiting.add(name)
        return sum(len(m.waiting) for m in self.modules.values()) > before

    @staticmethod
    def full_name(node):
        inside = node.parent
        return f"{inside.name}.{node.name}" if isinstance(inside, ast.ClassDef) else node.name

    def waits(self, module, call):
        """Whether a call waits: not that of a generator, which is iterated."""
        found = self.called(module, call)
        return found is not None and not (found is not True and generates(found))

    def iterates(self, module, node):
        found = isinstance(node.value, ast.Call) and self.called(module, node.value)
        return bool(found) and found is not True and generates(found)

    def called(self, module, call):
        """The function that waits and is called, True for one that is not of this package, or None."""
        function = call.func
        if isinstance(function, ast.Name):
            if function.id in PARAMETERS:
                return True
            scope = call
            while not isinstance(scope, ast.Module):  # a function in the function
                scope = scope.parent
                for node in getattr(scope, "body", []) if isinstance(scope, ast.FunctionDef) else []:
                    if isinstance(node, ast.FunctionDef) and node.name == function.id:
                        return node if node.name in module.waiting else None
            origin = module.origin(function.id)
            if origin in WAITING:
                return True
            other = self.modules.get(origin[0])
            if other and origin[1] in other.waiting:
                return other.top[origin[1]]
            return None
        if isinstance(function, ast.Attribute):
            receiver = ast.unparse(function.value)
            if receiver == "self":
                scope = call
                while not isinstance(scope, ast.ClassDef):
                    scope = getattr(scope, "parent", None)
                    if scope is None:
                        return None
                return self.method(scope.name, function.attr, module)
            if receiver == "context" and function.attr == "wait":
                return True
            if receiver in RECEIVERS:
                return self.method(RECEIVERS[receiver], function.attr, None)
            if isinstance(function.value, ast.Name):  # a module
                node, alias = module.imports.get(function.value.id, (None, None))
                if isinstance(node, ast.ImportFrom) and node.level and not node.module:
                    folder = module.name.split("/")[:-1]
                    other = self.modules.get("/".join([*folder, alias.name]))
                    if other and function.attr in other.waiting:
                        return other.top[function.attr]
        return None

    def method(self, cls, name, module):
        for other in [module] if module else self.modules.values():
            if f"{cls}.{name}" in other.waiting:
                return next(n for n in other.top[cls].body if isinstance(n, ast.FunctionDef) and n.name == name)
        return None


def own(function, kind):
    """The nodes of a function that are not in a function in it."""
    todo = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, kind):
            yield node
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(node))


def generates(function):
    return any(True for _ in own(function, (ast.Yield, ast.YieldFrom)))


class Translation:
    """One module."""

    def __init__(self, package, module):
        self.package, self.module = package, module
        self.kept = [node for node in module.tree.body if self.is_kept(node)]
        self.edits = []  # (line, column, end line, end column, text)
        self.renames = {}
        for other in package.modules.values():
            for name in other.top:
                if name not in LEFT_OUT and (
                        name in MAKERS or any(w == name or w.startswith(name + ".") for w in other.waiting)):
                    is_class = isinstance(other.top[name], ast.ClassDef)
                    self.renames[other.name, name] = "Async" + name.lstrip("_") if is_class else name + "_async"

    def is_kept(self, node):
        if isinstance(node, ast.ClassDef):
            return node.name not in LEFT_OUT and any(w.startswith(node.name + ".") for w in self.module.waiting)
        return isinstance(node, ast.FunctionDef) and (node.name in self.module.waiting or node.name in MAKERS)

    def new_name(self, name):
        """What a name of the module is called."""
        origin = self.module.origin(name)
        if origin in INSTEAD:
            return INSTEAD[origin][1]
        return self.renames.get(origin, RENAMED.get(name, name))

    def run(self):
        for node in self.kept:
            for found in ast.walk(node):
                self.edit(found)
        pieces = [self.cut(node) for node in self.kept]
        doc = ast.get_docstring(self.module.tree).split("\n\n")[0]
        note = NOTE.format("In an event loop: " + doc[0].lower() + doc[1:], pathlib.PurePath(self.module.name).name + ".py")
        return note + "\n" + self.imports() + "\n\n" + "\n\n\n".join(pieces) + "\n"

    def edit(self, node):
        if isinstance(node, ast.FunctionDef):
            self.edit_function(node)
        elif isinstance(node, ast.ClassDef):
            base = f"({BASES[node.name][1]})" if node.name in BASES else ""
            self.replace_name(node, "class ", self.new_name(node.name) + base)
            if self.is_mixin(node):  # the class itself has this one as its base
                end = node.col_offset + len("class " + node.name)
                self.replace_span(node.lineno, end, node.lineno, node.bases[-1].end_col_offset + 1, "")
        elif isinstance(node, ast.Name) and self.new_name(node.id) != node.id and not self.is_local(node):
            self.replace(node, self.new_name(node.id))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and self.is_annotation(node):
            self.replace(node, '"' + self.annotation(node.value) + '"')
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            self.edit_module_attribute(node)
        elif isinstance(node, ast.Call) and self.package.waits(self.module, node):
            inside = isinstance(node.parent, (ast.Attribute, ast.Subscript)) and node.parent.value is node
            self.insert(node.lineno, node.col_offset, "(await " if inside else "await ")
            self.indent(node, 7 if inside else 6)
            if inside:
                self.insert(node.end_lineno, node.end_col_offset, ")")
        elif isinstance(node, ast.For) and isinstance(node.iter, ast.Name) and node.iter.id in ITERATED:
            self.insert(node.lineno, node.col_offset, "async ")
        elif isinstance(node, ast.With):
            if any(ast.unparse(item.context_expr.func) in BLOCKS for item in node.items
                   if isinstance(item.context_expr, ast.Call)):
                self.insert(node.lineno, node.col_offset, "async ")
        elif isinstance(node, ast.YieldFrom):
            indent = " " * node.col_offset
            kind = "async for" if self.package.iterates(self.module, node) else "for"
            self.replace_span(node.lineno, node.col_offset, node.value.lineno, node.value.col_offset, f"{kind} entry in ")
            self.insert(node.end_lineno, node.end_col_offset, f":\n{indent}    yield entry")

    def indent(self, call, by):
        """Keeps lines below the first argument of a call below it."""
        if isinstance(call.func, ast.Name):
            by += len(self.new_name(call.func.id)) - len(call.func.id)
        for line in range(call.lineno + 1, call.end_lineno + 1):
            text = self.module.lines[line - 1]
            if len(text) - len(text.lstrip()) == call.func.end_col_offset + 1:
                self.insert(line, 0, " " * by)

    def edit_module_attribute(self, node):
        """The function of a module that is imported as a whole."""
        found, alias = self.module.imports.get(node.value.id, (None, None))
        if isinstance(found, ast.ImportFrom) and found.level and not found.module:
            folder = self.module.name.split("/")[:-1]
            name = "/".join([*folder, alias.name])
            if (name, node.attr) in self.renames:
                self.replace(node, f"{node.value.id}_async.{self.renames[name, node.attr]}")

    def edit_function(self, node):
        name = self.package.full_name(node)
        inside = isinstance(node.parent, ast.ClassDef)
        if name in self.module.waiting:
            self.insert(node.lineno, node.col_offset, "async ")
            new = RENAMED.get(node.name, node.name)
            if node in self.module.tree.body or self.module.name.endswith("_base"):
                new = node.name + "_async"
            self.replace_name(node, "def ", new)
        elif name in MAKERS:
            self.replace_name(node, "def ", node.name + "_async")
        elif inside and node.name in RENAMED and f"{node.parent.name}.__exit__" in self.module.waiting:
            raise SystemExit(f"{name} has to be in ALSO")

    def replace_name(self, node, keyword, new):
        column = node.col_offset + len(keyword)
        if new != node.name:
            self.replace_span(node.lineno, column, node.lineno, column + len(node.name.encode()), new)

    def is_local(self, node):
        """Whether a name is a variable or a parameter of a function."""
        scope = node
        while not isinstance(scope, ast.Module):
            scope = scope.parent
            if isinstance(scope, ast.FunctionDef):
                if any(a.arg == node.id for a in ast.walk(scope.args) if isinstance(a, ast.arg)):
                    return True
                if any(isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id == node.id
                       for n in own(scope, ast.Name)):
                    return True
        return False

    def is_annotation(self, node):
        while not isinstance(node, ast.stmt):
            inside = node.parent
            if isinstance(inside, ast.arg) or isinstance(inside, ast.FunctionDef) and inside.returns is node \
                    or isinstance(inside, ast.AnnAssign) and inside.annotation is node:
                return True
            node = inside
        return False

    def annotation(self, text):
        tree = ast.parse(text, mode="eval")
        for name in ast.walk(tree):
            if isinstance(name, ast.Name):
                name.id = self.new_name(name.id)
        return ast.unparse(tree)

    def insert(self, line, column, text):
        self.edits.append((line, column, line, column, text))

    def replace(self, node, text):
        self.replace_span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, text)

    def replace_span(self, *edit):
        self.edits.append(edit)

    def cut(self, node):
        """The text of a node, edited, without what is left out of it."""
        left_out = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and self.package.full_name(n) in LEFT_OUT]
        if self.is_mixin(node):
            left_out += [n for n in node.body if not self.is_part(node, n)]
        lines = list(self.module.lines)
        for line, column, end_line, end_column, text in sorted(set(self.edits), key=lambda e: e[:4], reverse=True):
            if not first_line(node) <= line <= node.end_lineno:
                continue
            tail = lines[end_line - 1][end_column:]
            lines[line - 1] = lines[line - 1][:column] + text.encode() + tail
            for i in range(line, end_line):
                lines[i] = b""
        for n in left_out:
            for i in range(first_line(n) - 1, n.end_lineno + 1):  # and the empty line behind it
                lines[i] = b""
        return b"".join(lines[first_line(node) - 1 : node.end_lineno]).decode().rstrip()

    def is_mixin(self, node):
        """Whether a class is translated for another one, which has the rest."""
        return isinstance(node, ast.ClassDef) and self.module.name.endswith("_base")

    def is_part(self, cls, node):
        """Of such a class: what waits, with its overloads, and what the class is."""
        if isinstance(node, ast.FunctionDef):
            return f"{cls.name}.{node.name}" in self.module.waiting
        return isinstance(node, ast.Expr)

    def imports(self):
        """Those of the names that are used."""
        kept_names = {node.name for node in self.kept}
        lines, found, hints = set(), {}, {}
        for name in sorted(self.names()):
            node, alias = self.module.imports.get(name, (None, None))
            if name in kept_names:
                continue
            if isinstance(node, ast.Import):
                lines.add(f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else ""))
                continue
            if isinstance(node, ast.ImportFrom) and not node.level:
                (hints if self.is_hint(name) else found).setdefault((0, node.module), set()).add(RENAMED.get(name, name))
                continue
            if self.is_hint(name):
                self.add(hints, *self.origin_of_hint(name), None)
                continue
            if node is None and name not in self.defined():
                continue
            module, original = self.module.origin(name)
            if node is None and module is None:
                module, original = self.module.name, name
            if (module, original) in INSTEAD:
                module, original = INSTEAD[module, original]
                self.add(found, module, original, None)
            elif (module, original) in self.renames:
                self.add(found, module + "_async", self.renames[module, original], None)
            else:
                self.add(found, module, original, alias.asname if alias else None)
        for module in [*self.whole_modules(), *((*BASES[n.name], None) for n in self.kept if n.name in BASES)]:
            self.add(found, *module)
        plain, typed = self.lines(found), self.lines(hints)
        standard = sorted(lines) + [line for line in plain if not line.startswith("from .")]
        ours = [line for line in plain if line.startswith("from .")]
        if "from __future__" in self.module.text:
            standard = ["from __future__ import annotations", "", *standard]
        if typed:
            others = [line for line in typed if not line.startswith("from .")]
            typed = [*others, *[""] * bool(others), *typed[len(others):]]
            head = ["TYPE_CHECKING = False"] * ("TYPE_CHECKING = False" in self.module.text)
            typed = ["", *head, "if TYPE_CHECKING:", *("    " * bool(line) + line for line in typed)]
            standard = [line.replace("import Any,", "import TYPE_CHECKING, Any,") for line in standard]
        return "\n".join(wrapped(line) for line in [*standard, "", *ours, *typed]) + "\n"

    def is_hint(self, name):
        """Whether only type checkers see it."""
        return any(name in (n.name if isinstance(n, ast.ClassDef) else "", *(
            a.name for a in getattr(n, "names", [])), *(t.id for t in getattr(n, "targets", []))) for n in self.hints())

    def hints(self):
        for node in self.module.tree.body:
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                yield from node.body

    def origin_of_hint(self, name):
        node, _ = self.module.imports.get(name, (None, None))
        return self.module.origin(name) if node else (self.module.name, name)

    @staticmethod
    def lines(found):
        ordered = sorted(found.items(), key=lambda item: (item[0][0] == 0 and -9 or -item[0][0], item[0][1]))
        return [f"from {'.' * level}{module} import {', '.join(sorted(names))}" for (level, module), names in ordered]

    def add(self, found, module, name, asname):
        here, there = self.module.name.split("/")[:-1], module.split("/") if module else []
        common = 0
        while common < len(here) and common < len(there) and here[common] == there[common]:
            common += 1
        level = len(here) - common + 1
        found.setdefault((level, ".".join(there[common:])), set()).add(name + (f" as {asname}" if asname else ""))

    def whole_modules(self):
        folder = "/".join(self.module.name.split("/")[:-1])
        for node in self.kept:
            for found in ast.walk(node):
                if isinstance(found, ast.Attribute) and isinstance(found.value, ast.Name):
                    name = f"{folder}/{found.value.id}".strip("/")
                    if (name, found.attr) in self.renames and found.value.id in self.module.imports:
                        yield folder, found.value.id + "_async", None

    def defined(self):
        names = set(self.module.top)
        for node in self.module.tree.body:
            for target in getattr(node, "targets", [getattr(node, "target", None)]):
                names |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)} if target else set()
        return names

    def names(self):
        for node in self.kept:
            left_out = set()
            if isinstance(node, ast.ClassDef):
                left_out |= set(node.bases) if self.is_mixin(node) else set()
                for n in node.body:
                    if isinstance(n, ast.FunctionDef) and self.package.full_name(n) in LEFT_OUT or (
                            self.is_mixin(node) and not self.is_part(node, n)):
                        left_out |= set(ast.walk(n))
            for found in ast.walk(node):
                if found in left_out:
                    continue
                if isinstance(found, ast.Name) and not hasattr(builtins, found.id) or isinstance(found, ast.Name) and (
                        found.id in self.module.imports):
                    folder = "/".join(self.module.name.split("/")[:-1])
                    whole = isinstance(found.parent, ast.Attribute) and (
                        f"{folder}/{found.id}".strip("/"), found.parent.attr) in self.renames
                    if not self.is_local(found) and not whole:
                        yield found.id
                elif isinstance(found, ast.Constant) and isinstance(found.value, str) and self.is_annotation(found):
                    yield from (n.id for n in ast.walk(ast.parse(found.value, mode="eval")) if isinstance(n, ast.Name))


def first_line(node):
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])


def wrapped(line):
    if len(line) <= 120 or " import " not in line:
        return line
    head, _, names = line.partition(" import ")
    return f"{head} import (\n" + "".join(f"    {name},\n" for name in names.split(", ")) + ")"


def main():
    package, stale = Package(), []
    for module in package.modules.values():
        text = Translation(package, module).run()
        path = module.path.with_name(module.path.stem + "_async.py")
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text() != text:
                stale.append(str(path.relative_to(PACKAGE)))
        else:
            path.write_text(text)
    if stale:
        raise SystemExit(f"run generate_async.py: {', '.join(stale)}")


if __name__ == "__main__":
    main()
