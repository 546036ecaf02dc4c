"""A program for obstore that says what happened at each of its steps.

    script.py MODULE BACKEND     obstore or remotestore.obstore;
                                 none, memory, local or s3
"""

import importlib
import json
import pathlib
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from record import plain_error  # noqa: E402
from subject import BACKEND, folder  # noqa: E402

# The files of steps/, by whether they need a store.
WITHOUT = "auth buffers config constructors errors from_url names sign"
WITH = "conditions delete get get_range listing local_only memory_only methods paths put reader rename s3_only writer"


def main():
    for file in (WITHOUT if BACKEND == "none" else WITH).split():
        steps = importlib.import_module("steps." + file)
        for name, group in list(vars(steps).items()):
            if name.startswith("group_"):
                try:
                    group()
                except BaseException as e:  # between two steps: the rest of the group is missing
                    traceback.print_exc()
                    print(json.dumps({"step": f"{file}.{name}.crashed", **plain_error(e)}), flush=True)
    folder.cleanup()


if __name__ == "__main__":
    main()
