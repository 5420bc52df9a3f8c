"""How far a text goes: the files and the calls between files on the way from `fit` to `generate`.

    python tools/walk.py [--calls]

A hop is a call by which the way goes from a function in one file of mlm_tf to a function in
another; the same pair of functions counts once in a stage. A reader who follows the code with an
editor makes each of these jumps. What no line calls by its name (`__setattr__`, a decorator's
wrapper, a generator that goes on) is none. Modules are imported before.
"""

import argparse
import contextlib
import inspect
import logging
import os
import re
import sys
import threading
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import mlm_tf  # isort: skip
from mlm_tf import _startup  # isort: skip

WRAPPERS = r"<locals>\.(build_with_settings|made)$"
IMPLICIT = re.compile(rf"\.__(?!init__|call__)\w+__$|<genexpr>$|{WRAPPERS}")
ROOT = Path(mlm_tf.__file__).parent
TEXTS = ["The cat sat on the mat.", "The dog sat on the log, and the cat saw it."] * 20


class Walk:
    """Notes the hops of what runs inside `stage`, in every thread."""

    def __init__(self):
        self.files, self.hops = {}, {}

    @contextlib.contextmanager
    def stage(self, name):
        files, hops, begun = set(), set(), set()

        def note(frame, event, _):
            if event != "call" or frame in begun or not _is_named(place := _place(frame)):
                return
            if frame.f_code.co_flags & inspect.CO_GENERATOR:
                begun.add(frame)
            files.add(place[0])
            caller = frame.f_back
            while caller is not None and (
                (start := _place(caller)) is None or re.search(WRAPPERS, start[1])
            ):
                caller = caller.f_back
            start = ("(the user)", "") if caller is None else start
            if start[0] != place[0]:
                hops.add((start, place))

        threading.setprofile(note)
        sys.setprofile(note)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        self.files[name], self.hops[name] = files, hops


def _is_named(place: tuple[str, str] | None) -> bool:
    """Whether it is in the package, and a function that a line calls."""
    return place is not None and not IMPLICIT.search(place[1])


def _place(frame) -> tuple[str, str] | None:
    """The file and function of a frame, if it is one of the package's."""
    path = Path(frame.f_code.co_filename)
    if ROOT not in path.parents:
        return None
    return str(path.relative_to(ROOT)), frame.f_code.co_qualname


def walk() -> Walk:
    """The whole way on a few sentences."""
    _startup.import_tensorflow_text()
    logging.getLogger("mlm_tf").setLevel(logging.ERROR)
    way = Walk()
    with way.stage("fit a pipeline"):
        pipeline = mlm_tf.TextPipeline.fit(TEXTS)
    with way.stage("windows"):
        next(iter(data := pipeline.windows(TEXTS, length=8, batch_size=4)))
    with way.stage("build"):
        model = mlm_tf.build_model("transformer", pipeline=pipeline, hidden_dim=8, num_layers=1)
        model.compile("adam")
    with way.stage("fit the model"):
        model.fit(data, verbose=0)
    with way.stage("generate"):
        model.generate("The cat", max_length=12)
    return way


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", action="store_true", help="print every hop")
    show_calls = parser.parse_args().calls
    way = walk()
    for name, hops in way.hops.items():
        print(f"{name:15} {len(way.files[name]):3} files {len(hops):4} hops")
        for (start, function), (end, called) in sorted(hops) if show_calls else ():
            print(f"    {start}:{function} -> {end}:{called}")
    files = set().union(*way.files.values())
    print(f"{'in all':15} {len(files):3} files {sum(map(len, way.hops.values())):4} hops")


if __name__ == "__main__":
    main()
