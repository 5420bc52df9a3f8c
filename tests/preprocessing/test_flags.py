"""Every flag of every public function here is a truth value, and its numbers are numbers."""

import inspect

import numpy as np
import pytest
import tensorflow as tf

from mlm_tf import TextPipeline, preprocessing
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import BytePairPipeline, Pipeline, TokenFileWriter, mask_tokens, pair_rows
from tests.wrong_values import WRONG

PIPELINE = TextPipeline.fit(["a cat sat"])
PAIR = (["a cat"], ["a cat"])
SIZES = {"length": 4, "batch_size": 1}
TWO = {"source_length": 4, "target_length": 4, "batch_size": 1}
ROW = (tf.constant([[2, 6, 7, 3]]), tf.ones((1, 4)), tf.constant([0, 1]))
BOOLEAN, FROM_1, FROM_0 = "boolean", "integer >= 1", "integer >= 0"
ORDER = {"shuffle": BOOLEAN, "batch_size": FROM_1, "seed": FROM_0}

# The function, how it is called, and what its arguments are.
CALLS = {
    "windows": (lambda p, **s: p.windows(PAIR[0] * 9, **SIZES | s), ORDER | {"length": FROM_1}),
    "rows": (lambda p, **s: p.rows(PAIR[0], **SIZES | s), ORDER | {"length": FROM_1}),
    "tagged_rows": (
        lambda p, **s: p.tagged_rows([["a", "cat"]], [[0, 1]], **SIZES | s),
        ORDER | {"length": FROM_1},
    ),
    "pair_rows": (
        lambda p, **s: pair_rows(p, p, *PAIR, **TWO | s),
        ORDER | {"source_length": FROM_1, "target_length": FROM_1},
    ),
    "encode": (
        lambda p, **s: p.encode(PAIR[0], **s),
        dict.fromkeys(["add_start", "add_end", "allow_special"], BOOLEAN),
    ),
    "encode_tensor": (
        lambda p, **s: p.encode_tensor(tf.constant(PAIR[0]), **s),
        {"add_start": BOOLEAN, "add_end": BOOLEAN, "length": FROM_1},
    ),
    "__call__": (
        lambda p, **s: p(PAIR[0], **s),
        dict.fromkeys(["add_start", "add_end", "allow_special"], BOOLEAN) | {"max_length": FROM_1},
    ),
    "__call__ of pairs": (
        lambda p, **s: p(*PAIR, **s),
        dict.fromkeys(["add_start", "add_end", "allow_special"], BOOLEAN) | {"max_length": FROM_1},
    ),
    "report": (lambda p, **s: p.report(PAIR[0], **s), {"max_length": FROM_1}),
    "save": (lambda p, **s: p.save("no_folder/p.json", **s), {"overwrite": BOOLEAN}),
    "TokenFileWriter": (
        lambda p, **s: TokenFileWriter("no_folder/p.ids", p, **s),
        {"overwrite": BOOLEAN},
    ),
    "fit": (
        lambda p, **s: TextPipeline.fit(PAIR[0], **s),
        {
            "strip_accents": BOOLEAN,
            "scrub": BOOLEAN,
            "max_sequence_length": FROM_1,
            "vocabulary_size": FROM_1,
        },
    ),
    "mask_tokens": (
        lambda p, **s: mask_tokens(*ROW, **{"vocabulary_size": 9} | s),
        {"vocabulary_size": FROM_1, "mask_id": FROM_0},
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_no_flag_or_number_is_refused_by_name(name):
    call, kinds = CALLS[name]
    for argument, kind in kinds.items():
        for value in WRONG[kind]:
            with pytest.raises(InvalidArgumentError) as caught:
                call(PIPELINE, **{argument: value})
            message = str(caught.value)
            assert message.startswith(f"{argument}=") and "\n" not in message


def test_a_truth_value_of_numpy_does():
    assert len(PIPELINE.encode(["a"], add_start=np.True_, add_end=np.False_)[0]) == 2


def test_no_flag_of_the_public_functions_is_left_out():
    """The constructors' are declared beside their classes."""
    functions = {f.__name__: f for _, f in inspect.getmembers(preprocessing, inspect.isfunction)}
    for kind in (Pipeline, TextPipeline, BytePairPipeline):
        for name, method in inspect.getmembers(kind, callable):
            if name == "__call__" or not name.startswith("_"):
                functions[name] = method
    for name, function in functions.items():
        found = inspect.signature(function).parameters.values()
        flags = {p.name for p in found if isinstance(p.default, bool) or p.annotation == "bool"}
        assert flags <= {*CALLS.get(name, (None, ()))[1]}, name


@pytest.mark.parametrize("rules", [True, 1.0, 0, "3", None])
def test_the_rules_are_a_number_of_them(rules):
    with pytest.raises(InvalidArgumentError, match="rules="):
        TextPipeline(PIPELINE.vocabulary, PIPELINE.counts, rules=rules)
    with pytest.raises(InvalidArgumentError, match="rules="):
        preprocessing.stopwords("en", rules)


def test_names_of_labels_need_labels():
    with pytest.raises(InvalidArgumentError, match=r"label_names=\['no', 'yes'\] .*labels=None"):
        PIPELINE.rows(PAIR[0], **SIZES, label_names=["no", "yes"])
