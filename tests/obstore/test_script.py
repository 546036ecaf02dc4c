"""One program, run with obstore and with us: every step ends alike, but for
those that we decided otherwise.

The modules under test are those of REMOTESTORE_TEST_OBSTORE. Of obstore itself
it is seen that two runs say the same.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
README = HERE.parent.parent / "bindings" / "python" / "README.md"
sys.path.insert(0, str(HERE.parent))
import tools  # noqa: E402
from store_reasons import REASONS as OF_STORES  # noqa: E402

MODULES = os.environ.get("REMOTESTORE_TEST_OBSTORE", "remotestore.obstore").split(",")
PLACES = ["none", "memory", "local", "versitygw", "moto"]

EVERYWHERE = MEMORY, LOCAL, VERSITYGW, MOTO = ["memory", "local", "versitygw", "moto"]
S3, TREES = [VERSITYGW, MOTO], [MEMORY, LOCAL]

# Why, a sentence of the binding's README; the places; the steps.
REASONS = [
    ("`Bytes` is a `bytes`, with all that one can do but a hash; it is a copy of what it is made of.", ["none"], """
        Bytes.no_copy Bytes.source_locked Bytes.same_memory Bytes.weakref Bytes.index.huge Bytes.iterator Bytes.less
        Bytes.less.bytes Bytes.more Bytes.at_most Bytes.multiply.negative Bytes.multiply.reflected Bytes.contains.int
        Bytes.has Bytes.has_not Bytes.to.json Bytes.pickle.protocol0 Bytes.getnewargs Bytes.is_bytes Bytes.is_sequence"""),
    ("What panics there is an error with a class here.", S3, """
        attributes.value.newline attributes.key.{unicode,space,empty,colon} attributes.content_type.bad"""),
    ("`None` is as good as no option, and so is an empty tag: what `put` and `head` tell is a `mode`.", EVERYWHERE, """
        range.null if_match.none if_none_match.none if_modified_since.none if_unmodified_since.none options.head.none
        options.version.none mode.update.version.none mode.update.no_tag mode.update.nulls mode.update.result
        mode.update.meta"""),
    ("`None` is as good as no option, and so is an empty tag: what `put` and `head` tell is a `mode`.", TREES,
     "if_match.empty"),
    ("Quotes around a tag may be left out, and space around a list of tags does not count.", TREES,
     "if_match.bare if_none_match.bare"),
    ("Quotes around a tag may be left out, and space around a list of tags does not count.", [MEMORY],
     "mode.update.unquoted"),
    ("Quotes around a tag may be left out, and space around a list of tags does not count.", [MOTO],
     "if_match.list.spaces if_none_match.list.spaces"),
    ("Every time that says its zone is taken; conditions compare whole seconds, as HTTP does.", EVERYWHERE,
     "if_modified_since.zone if_unmodified_since.zone"),
    ("Every time that says its zone is taken; conditions compare whole seconds, as HTTP does.", TREES,
     "if_modified_since.exact if_unmodified_since.exact"),
    ("A `version` where there are none is a `NotSupportedError`, not the present one.", TREES, "options.version.other"),
    ("A range without a byte is a `GenericError` on every store.", TREES, "range.suffix.zero range.empty.suffix"),
    ("The stream of an empty object has no chunk, in memory either.", [MEMORY], "get.empty.stream"),
    ("Memory has folders, as a disk: nothing is below an object, and the root is none.", [MEMORY], """
        path.under_object path.over_folder path.over_folder.listed path.long path.empty.put copy.to_folder
        copy.under_object writer.under_object memory.object_and_folder"""),
    ("Memory has folders, as a disk: nothing is below an object, and the root is none.", [LOCAL], "get.under_object"),
    ("Memory has folders, as a disk: nothing is below an object, and the root is none.", S3, "path.empty.put"),
    ("Memory has folders, as a disk: nothing is below an object, and the root is none.", ["none"], "sign.path."),
    ("What is in the way of a path is a `GenericError`, whatever status an endpoint gives it.", [VERSITYGW],
     "path.under_object path.over_folder copy.to_folder copy.under_object"),
    ("`put` takes everything that has memory, and what `get` gives.", EVERYWHERE, """
        put.{memoryview.strided,memoryview.2d,array.ints,numpy.ints,stream,get_result}
        put.multipart.{memoryview.strided,memoryview.2d,array.ints,numpy.ints,stream,get_result}
        put.whole.{memoryview.strided,memoryview.2d,array.ints,numpy.ints,stream,get_result}"""),
    ("The engine chooses the parts of an upload: sizes and numbers of them are taken, and change nothing.", TREES,
     "parts.zero"),
    ("Metadata is the same on every store: lower case names and text without space around it, as HTTP can carry it.",
     [MEMORY], """
        attributes.metadata.case attributes.value.{spaces,newline} attributes.key.{unicode,space,empty,colon}
        attributes.content_type.bad"""),
    ("Metadata is the same on every store: lower case names and text without space around it, as HTTP can carry it.",
     [LOCAL], "attributes.value.newline attributes.key.{unicode,space,empty,colon} attributes.content_type.bad"),
    ("Metadata of S3 may be any text.", S3, "attributes.value.unicode"),
    ("Conditions are those of HTTP on every server: lists of tags, `*`, weak tags, whole seconds.", EVERYWHERE,
     "if_none_match.weak"),
    ("Conditions are those of HTTP on every server: lists of tags, `*`, weak tags, whole seconds.", S3,
     "if_match.list if_none_match.list"),
    ("Conditions are those of HTTP on every server: lists of tags, `*`, weak tags, whole seconds.", [VERSITYGW],
     "if_modified_since.{after,second_later,exact}"),
    ("Conditions are those of HTTP on every server: lists of tags, `*`, weak tags, whole seconds.", [MOTO],
     "{if_match,if_none_match}.star precedence.{match,none_match}"),
    ("`overwrite=False` works on S3 without an option, and is atomic.", S3, """
        copy.new copy.conflict copy.new.missing rename.new rename.conflict rename.conflict.kept rename.new.missing
        rename.itself.after s3.copy.default.kept s3.disable_bulk_delete"""),
    ("A copy onto itself changes nothing, and a rename keeps the object.", S3, "copy.itself rename.itself"),
    ("A copy onto itself changes nothing, and a rename keeps the object.", [MEMORY], "rename.itself.after"),
    ("A folder cannot be renamed: its objects can.", [LOCAL], "rename.folder rename.folder.after rename.function"),
    ("A reader reads one version of the object: when that is replaced, an error says so.", EVERYWHERE, "reader.changed"),
    ("A seek to before the beginning is an error.", EVERYWHERE, "reader.seek.before"),
    ("A line of a reader need not be UTF-8.", EVERYWHERE, "reader.readline.latin reader.readlines.latin"),
    ("A listing goes on behind a name that is no path, and gives it as it is; keys that end in `/` are no objects.",
     [LOCAL], "local.odd.{tab,newline,latin}.{list,delimiter}"),
    ("A listing goes on behind a name that is no path, and gives it as it is; keys that end in `/` are no objects.",
     [MOTO], """
        s3.odd.{marker,marker.deep,double,leading,trailing,dot,up,only_dots,tab,delete,own_marker}.{list,chunks}
        s3.odd.{leading,only_dots,tab,delete,own_marker}.delimiter"""),
    ("Of links, only those to files in the folder are listed, and none is followed out of it; other names, such as `a#1`, "
     "are files like any, pipes are not.", [LOCAL], """
        local.list.names local.list.delimiter local.get.staged local.put.staged local.left
        local.link.{inside,up,outside}.{list,delimiter,delete} local.link.loop.{list,list.itself,delimiter,delete}
        local.link.{up,outside}.put local.link.outside.list.itself local.link.none.{put,delete}"""),
    ("Unknown access keys are an `UnauthenticatedError`, whatever status an endpoint gives them.", [VERSITYGW],
     "s3.wrong.key.{get,head,put,delete,copy}"),
    ("A URL is signed for 1 second to 7 days, and never without credentials.", ["none"],
     "sign.expires.longer sign.expires.zero sign.skip_signature"),
]


def several(pattern):
    """The names that a{b,c} stands for."""
    head, brace, rest = pattern.partition("{")
    if not brace:
        return [pattern]
    choices, _, tail = rest.partition("}")
    return [one for choice in choices.split(",") for one in several(head + choice + tail)]


REASONS += OF_STORES

# Why a step is not the same at a place.
DIFFERENCES = {
    (step, place): why
    for why, places, patterns in REASONS for place in places for pattern in patterns.split() for step in several(pattern)
}


@pytest.fixture(scope="module")
def oracle(s3_servers):
    """What obstore said, by place; asked once."""
    said = {}

    def ask(place):
        if place not in said:
            said[place] = steps("obstore", place, s3_servers)
        return said[place]

    return ask


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("module", MODULES)
def test_a_program_runs_unchanged(module, place, oracle, s3_servers, capsys):
    theirs, ours = oracle(place), steps(module, place, s3_servers)
    assert not [step for step in theirs if step.endswith(".crashed")]
    listed = {step for step, where in DIFFERENCES if where == place and module != "obstore"}
    different = {step for step in [*theirs, *ours] if not alike(theirs.get(step), ours.get(step))}
    reasons = collections.Counter(DIFFERENCES[step, place] for step in different & listed)
    with capsys.disabled():
        print(f"\n{module}, {place}: {len(theirs)} steps, {len(different & listed)} of them not the same as of obstore:")
        for why, count in sorted(reasons.items()):
            print(f"  {count:3} {why}")
    unlisted = "".join(
        f"\n{step}\n  obstore  {theirs.get(step)}\n  {module}  {ours.get(step)}"
        for step in dict.fromkeys([*theirs, *ours]) if step in different - listed
    )
    assert not unlisted, unlisted
    assert not listed - different, "listed as different, but alike"


def test_the_readme_lists_the_differences():
    listed = README.read_text().partition("not the same as with obstore where:")[2].split("\n\n")[1]
    told = [line.replace("\n  ", " ") for line in listed.strip("\n* ").split("\n* ")]
    assert sorted(told) == sorted(set(DIFFERENCES.values()))


def steps(module, place, s3_servers):
    """What the program said of each step, in order."""
    backend = place
    if place in ("versitygw", "moto"):
        s3_servers(place)  # its variables are in the environment from here on
        backend = "s3"
    command = [tools.obstore(), HERE / "script.py", module, backend]
    run = subprocess.run(
        [str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    found = {line.pop("step"): line for line in lines}
    assert len(found) == len(lines), "two steps of one name"
    return found


def alike(theirs, ours):
    """Equal; or an error that what catches theirs catches too."""
    if theirs is None or ours is None or "error" not in theirs or "error" not in ours:
        return theirs == ours
    return theirs["error"] in ours["is"]
