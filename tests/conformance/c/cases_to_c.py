#!/usr/bin/env python3
"""Writes ../cases.json as a C file of static tables, in the structures of
case.h.

    python3 cases_to_c.py OUTPUT.h
"""
import json
import pathlib
import sys

FLAGS = {"raw": "RAW", "raw_to": "RAW_TARGET", "overwrite": "OVERWRITE", "recursive": "RECURSIVE",
         "missing_ok": "MISSING_OK", "random": "RANDOM", "replace": "REPLACE", "verify": "VERIFY"}
ARGUMENTS = ("offset", "length", "page_size", "suffix", "limit", "coalesce")
TEXTS = ("pattern", "prefix", "start_after", "if_match", "if_none_match", "acl")
PAIRS = ("metadata", "attributes", "tags")
NUMBERS = ("size", "from", "count", "number", "buffer", "since", "until")
LISTS = {"child": ("children", "child_count"), "paths": ("paths", "path_count"), "odd": ("odd", "odd_count"),
         "targets": ("targets", "target_count")}
STEP_FIELDS = {"do", "path", "to", "data", "upload", "only", "max_depth", "is", "names", "as_written", "about", "want",
               "ranges", "failed", *FLAGS, *ARGUMENTS, *TEXTS, *PAIRS, *NUMBERS, *LISTS}
CASE_FIELDS = {"name", "steps", "skip", "options", "bucket"}


def literal(data: bytes) -> str:
    """A C string literal. Octal escapes have three digits at most, so that the
    next byte cannot be taken for one more, as it can with \\x; "?" is escaped
    since "??=" would be a trigraph."""
    return '"' + "".join(
        chr(b) if 0x20 <= b < 0x7F and chr(b) not in '"\\?' else f"\\{b:03o}" for b in data
    ) + '"'


def string(value: str) -> str:
    return literal(value.encode())


def content(value) -> bytes:
    """The bytes of a text of cases.json."""
    if isinstance(value, str):
        return value.encode()
    refuse_unknown("text", value, {"hex", "repeat"})
    return bytes.fromhex(value.get("hex", "")) + b"k" * value.get("repeat", 0)


def text(value) -> str:
    return "{%s}" % counted(value)


def counted(value) -> str:
    return f"{literal(content(value))}, {len(content(value))}"


def refuse_unknown(kind: str, record: dict, known: set) -> None:
    unknown = set(record) - known
    if unknown:
        sys.exit(f"cases.json: a {kind} has fields that C does not know: {sorted(unknown)}")


class Tables:
    """The arrays that the cases point to."""

    def __init__(self) -> None:
        self.parts = []

    def add(self, kind: str, items: list) -> str:
        """Adds an array and returns its name."""
        name = f"table{len(self.parts)}"
        self.parts.append(array(kind, name, items))
        return name

    def counted(self, kind: str, field: str, count: str, items: list) -> list:
        """The initialisers of a field for an array and of one for its length."""
        return [f".{field} = {self.add(kind, items)}", f".{count} = {len(items)}"] if items else []


def array(kind: str, name: str, items: list) -> str:
    return f"static const {kind} {name}[] = {{\n" + "".join(f"    {i},\n" for i in items) + "};\n"


def flags(record: dict) -> list:
    set_ = [name for field, name in FLAGS.items() if record.get(field)]
    if "only" in record:
        set_.append(record["only"].upper())
    if "max_depth" in record:
        set_.append("MAX_DEPTH")
    return [f".flags = {' | '.join('RSTORE_' + name for name in set_)}"] if set_ else []


def arguments(record: dict, tables: Tables) -> str:
    """The initialiser of rstore_args."""
    fields = flags(record)
    fields += [f".{name} = UINT64_C({record[name]})" for name in ARGUMENTS if name in record]
    if "max_depth" in record:
        fields.append(f".max_depth = {record['max_depth']}")
    for name in TEXTS:
        if name in record:
            text_ = content(record[name])
            fields.append(f".{name} = {literal(text_)}, .{name}_len = {len(text_)}")
    for name in PAIRS:
        pairs = [f"{{{counted(key)}, {counted(value)}}}" for key, value in record.get(name, {}).items()]
        fields += tables.counted("rstore_pair", name, name + "_count", pairs)
    return "{" + ", ".join(fields or ["0"]) + "}"


def step(record: dict, tables: Tables) -> str:
    """The initialiser of struct step."""
    refuse_unknown("step", record, STEP_FIELDS)
    fields = [f".run = do_{record['do']}", f".args = {arguments(record, tables)}"]
    for name, (field, count) in LISTS.items():
        fields += tables.counted("struct text", field, count, [text(t) for t in record.get(name, [])])
    ranges = [f"{{UINT64_C({offset}), NULL, {length}, 0}}" for offset, length in record.get("ranges", [])]
    fields += tables.counted("rstore_range", "ranges", "range_count", ranges)
    fields += tables.counted("size_t", "failed", "failed_count", record.get("failed", []))
    fields += [f".{name} = {text(record[name])}" for name in ("path", "to", "data", "upload") if name in record]
    fields += [f".{name} = {record[name]}" for name in NUMBERS if name in record]
    fields += [f".{name} = {int(record[name])}" for name in ("is", "as_written") if name in record]
    fields += [f".has_{name} = 1" for name in ("buffer", "metadata") if name in record]
    if "names" in record:
        fields.append(".can = " + " | ".join(f"RSTORE_CAN_{name.upper()}" for name in record["names"]))
    if "about" in record:
        fields.append(f".about = {string(record['about'])}")
    fields.append(f".want = RSTORE_{record.get('want', 'OK')}")
    return "{" + ", ".join(fields) + "}"


def case(record: dict, tables: Tables) -> str:
    """The initialiser of struct test_case."""
    refuse_unknown("case", record, CASE_FIELDS)
    fields = [f".name = {string(record['name'])}"]
    for name, (field, count) in {"skip": ("skips", "skip_count"), "options": ("options", "option_count")}.items():
        pairs = [f"{{{string(key)}, {string(value)}}}" for key, value in record.get(name, {}).items()]
        fields += tables.counted("struct pair", field, count, pairs)
    if "bucket" in record:
        fields.append(f".bucket = {string(record['bucket'])}")
    fields += tables.counted("struct step", "steps", "step_count", [step(s, tables) for s in record["steps"]])
    return "{" + ", ".join(fields) + "}"


def main() -> None:
    source = pathlib.Path(__file__).resolve().parent.parent / "cases.json"
    tables = Tables()
    cases = [case(record, tables) for record in json.loads(source.read_text(encoding="utf-8"))]
    parts = ["/* Generated by cases_to_c.py from cases.json: do not edit. */\n", *tables.parts,
             array("struct test_case", "all_cases", cases)]
    pathlib.Path(sys.argv[1]).write_text("\n".join(parts), encoding="ascii")


main()
