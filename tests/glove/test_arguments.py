"""Every argument that is a number, a truth value or a name refuses what is none."""

import numpy as np
import pytest
from gensim.models import KeyedVectors

import glove
from tests.wrong_values import WRONG

INTEGER, NUMBER, BOOLEAN, NAME = "integer >= 1", "number > 0", "boolean", "name"
SENTENCES = [["a", "rose", "is", "a", "rose"]]
PAIRS = glove.cooccurrence(SENTENCES, min_count=1)
VECTORS = KeyedVectors(2)
VECTORS.add_vectors(["a", "rose"], np.ones((2, 2), "float32"))

KINDS = {
    "cooccurrence": (
        lambda **given: glove.cooccurrence(SENTENCES, **given),
        {
            "min_count": INTEGER,
            "max_vocab": INTEGER,
            "window_size": INTEGER,
            "symmetric": BOOLEAN,
            "distance_weighting": BOOLEAN,
            "memory_gib": NUMBER,
            "progress": BOOLEAN,
        },
    ),
    "train": (
        lambda **given: glove.train(PAIRS, **given),
        {
            "vector_size": INTEGER,
            "x_max": NUMBER,
            "alpha": NUMBER,
            "solver": NAME,
            "epochs": INTEGER,
            "regularization": NUMBER,
            "eta": NUMBER,
            "seed": "integer >= 0",
            "progress": BOOLEAN,
        },
    ),
    "neighbours": (lambda **given: glove.neighbours(VECTORS, "a", **given), {"top_n": INTEGER}),
    "evaluate": (lambda **given: glove.evaluate(VECTORS, **given), {"progress": BOOLEAN}),
    "load": (
        lambda **given: glove.load("none.txt", **given),
        {"limit": INTEGER, "cache": BOOLEAN, "on_error": NAME},
    ),
    "save": (lambda **given: glove.save(VECTORS, "none.txt", **given), {"overwrite": BOOLEAN}),
    "read_corpus": (
        lambda **given: glove.read_corpus("none.txt", **given),
        {"lowercase": BOOLEAN, "split_punctuation": BOOLEAN},
    ),
}


@pytest.mark.parametrize(
    ("function", "argument"), [(name, argument) for name in KINDS for argument in KINDS[name][1]]
)
def test_a_wrong_value_is_named(function, argument):
    call, kinds = KINDS[function]
    for value in WRONG[kinds[argument]]:
        message = rf"^(?s:{argument}=.*) is not (allowed|known); use "
        with pytest.raises(glove.GloveValueError, match=message):
            call(**{argument: value})


def test_a_name_that_nobody_published_is_named():
    for value in WRONG["name"]:
        with pytest.raises(glove.GloveValueError, match=r"^name=.* is not the name of published"):
            glove.download(value)
        with pytest.raises(glove.GloveValueError, match=r"^source=.* does not have glove\.6B\.50d"):
            glove.download("glove.6B.50d", source=value)
