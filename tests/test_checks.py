"""What each check of the ground floor takes and refuses, and the one sentence that it says."""

import fractions
import sys

import numpy as np
import pytest

from mlm_tf.checks import (
    Checked,
    check_boolean,
    check_choice,
    check_integer,
    check_number,
    check_strings,
    needs,
)
from mlm_tf.errors import InvalidArgumentError, MissingDependencyError
from mlm_tf.layers.rotary import check_rope_scaling
from tests.wrong_values import WRONG

CHECKS = {
    "boolean": check_boolean,
    "integer >= 1": check_integer,
    "integer >= 0": lambda name, value: check_integer(name, value, least=0),
    "number": check_number,
    "number >= 0": lambda name, value: check_number(name, value, least=0),
    "number > 0": lambda name, value: check_number(name, value, above=0),
    "number >= 0 and < 1": lambda name, value: check_number(name, value, least=0, below=1),
    "number > 0 and < 1": lambda name, value: check_number(name, value, above=0, below=1),
    "name": lambda name, value: check_choice(name, value, ("rnn", "lstm")),
    "scaling": check_rope_scaling,
}
RIGHT = {
    "boolean": [(True, True), (np.False_, False)],
    "integer >= 1": [(1, 1), (np.int64(7), 7), (np.uint8(3), 3)],
    "integer >= 0": [(0, 0), (2**70, 2**70)],
    "number": [(-2, -2.0), (0.5, 0.5), (np.float32(0.25), 0.25), (np.int32(3), 3.0)],
    "number >= 0": [(0, 0.0), (fractions.Fraction(1, 2), 0.5)],
    "number > 0": [(1e-30, 1e-30), (1e30, 1e30)],
    "number >= 0 and < 1": [(0, 0.0), (0.999, 0.999)],
    "number > 0 and < 1": [(0.5, 0.5)],
    "name": [("rnn", "rnn"), (np.str_("lstm"), "lstm")],
    "scaling": [({"rope_type": "linear", "factor": 2}, {"rope_type": "linear", "factor": 2.0})],
}


def test_every_kind_has_its_values():
    assert CHECKS.keys() == WRONG.keys() == RIGHT.keys()


@pytest.mark.parametrize("kind", CHECKS)
def test_what_is_right_comes_back_as_pythons_own(kind):
    for value, expected in RIGHT[kind]:
        found = CHECKS[kind]("size", value)
        assert found == expected and isinstance(found, type(expected))


@pytest.mark.parametrize("kind", CHECKS)
def test_what_is_wrong_is_said_in_one_sentence(kind):
    for value in [*WRONG[kind], None]:
        with pytest.raises(InvalidArgumentError) as error:
            CHECKS[kind]("size", value)
        message = str(error.value)
        assert message.startswith("size=") and "; use " in message and "\n" not in message


def test_the_sentence_names_value_bounds_and_remedy():
    with pytest.raises(InvalidArgumentError) as error:
        check_number("rate", "0.1", above=0, most=1, why=", or None")
    assert str(error.value) == ("rate='0.1' is not allowed; use a number > 0 and <= 1, or None.")


def test_none_is_a_choice_where_it_is_one():
    assert check_choice("positions", None, ("rotary", None)) is None


def test_a_truth_value_is_no_choice_among_numbers():
    assert check_choice("rules", 1, (1, 2)) == 1
    for value in (True, np.True_):
        with pytest.raises(InvalidArgumentError, match=r"rules=.*True.* is not known; use 1 or 2"):
            check_choice("rules", value, (1, 2))


def test_an_attribute_that_was_never_set_is_none():
    class Held:
        size = Checked(check_integer)

    held = Held()
    with pytest.raises(AttributeError, match="'Held' object has no attribute 'size'"):
        held.size  # noqa: B018
    held.size = np.int64(3)
    assert held.size == 3 and vars(held) == {"size": 3}
    assert isinstance(Held.size, Checked)


def test_one_check_is_one_attribute():
    size = Checked(check_integer)
    with pytest.raises((TypeError, RuntimeError)) as error:  # RuntimeError before Python 3.12

        class Held:
            first = size
            second = size

    assert "second has the Checked of first" in str(error.value.__cause__ or error.value)


def test_a_package_of_an_extra_is_named_with_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)  # no such module can be imported
    with pytest.raises(MissingDependencyError) as error:
        needs("scikit-learn", "tasks", "A baseline")
    assert str(error.value) == (
        "A baseline needs scikit-learn, which is not installed; use pip install 'mlm_tf[tasks]'."
    )
    with pytest.raises(ImportError, match=r"\[tasks\]', or do without\.$"):
        needs("scikit-learn", "tasks", "A baseline", otherwise="do without")


class Table:
    """What pandas's DataFrame is to a loop: the names of its columns."""

    ndim = 2

    def __iter__(self):
        return iter(["text", "label"])


@pytest.mark.parametrize("table", [Table(), {"text": ["A cat."], "label": ["x"]}])
def test_a_table_is_no_list_of_texts(table):
    """Its columns' names were read for texts."""
    kind = type(table).__name__
    with pytest.raises(InvalidArgumentError, match=f"texts is a {kind}, .*pass one column of it"):
        check_strings("texts", table)
    for keys in ({"a cat": None}, {"a cat": 2}, {"a cat": "x"}, {"a cat": 1}.keys()):
        assert check_strings("texts", keys) == ["a cat"]
