"""Every argument of `build_model` that is a number or a truth value refuses what is none."""

import pytest

from mlm_tf import build_model
from mlm_tf.errors import InvalidArgumentError
from tests.wrong_values import WRONG

KINDS = {
    "vocabulary_size": "integer >= 1",
    "embedding_dim": "integer >= 1",
    "embedding_trainable": "boolean",
    "hidden_dim": "integer >= 1",
    "num_layers": "integer >= 1",
    "num_heads": "integer >= 1",
    "num_key_value_heads": "integer >= 1",
    "intermediate_dim": "integer >= 1",
    "sliding_window": "integer >= 1",
    "dropout": "number >= 0 and < 1",
    "bidirectional": "boolean",
    "max_sequence_length": "integer >= 1",
    "tie_weights": "boolean",
    "output_bias": "boolean",
    "seed": "integer >= 0",
}


@pytest.mark.parametrize("argument", KINDS)
def test_a_wrong_value_is_named(argument):
    given = {"vocabulary_size": 20, "hidden_dim": 8}
    for value in WRONG[KINDS[argument]]:
        with pytest.raises(InvalidArgumentError, match=f"^{argument}=.* is not allowed; "):
            build_model("transformer", **{**given, argument: value})
