"""Every number, truth value and name that `build_model` takes refuses what is none."""

import pytest

from mlm_tf import build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models.factory import ARGUMENTS
from tests.wrong_values import WRONG, kind_of

KINDS = {"vocabulary_size": "integer >= 1"}  # in no table, since a pipeline may tell it
KINDS |= {name: kind_of(argument) for name, argument in ARGUMENTS.items()}


@pytest.mark.parametrize("argument", KINDS)
def test_a_wrong_value_is_named(argument):
    given = {"vocabulary_size": 20, "hidden_dim": 8}
    what = "known" if KINDS[argument] == "name" else "allowed"
    for value in WRONG[KINDS[argument]]:
        with pytest.raises(InvalidArgumentError, match=f"^{argument}=.* is not {what}; "):
            build_model("transformer", **{**given, argument: value})
