import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import StopStrings

STOPS = StopStrings(["end", "##", "a b"])


@pytest.mark.parametrize(
    ("text", "cut"),
    [("the end", "the "), ("## end", ""), ("x end ##", "x "), ("en", "en"), ("", "")],
)
def test_a_text_is_cut_before_the_first(text, cut):
    assert STOPS.cut(text) == cut
    assert STOPS.are_in(text) == (cut != text)


@pytest.mark.parametrize(
    ("text", "settled"),
    [("the en", "the "), ("x #", "x "), ("x a ", "x "), ("x a", "x "), ("ax", "ax"), ("", "")],
)
def test_what_may_begin_one_is_not_settled(text, settled):
    assert STOPS.settled(text) == settled


def test_without_strings_everything_is_settled():
    assert StopStrings([]).settled("end") == StopStrings([]).cut("end") == "end"


@pytest.mark.parametrize(
    ("strings", "message"),
    [([""], "an empty string"), ([3], r"stop_strings\[0\]=3"), (None, "stop_strings=None")],
)
def test_what_is_no_stop_string_is_named(strings, message):
    with pytest.raises(InvalidArgumentError, match=message):
        StopStrings(strings)
