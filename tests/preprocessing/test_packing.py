"""Rows of one length: which end is cut, where padding stands, and two segments in a row."""

import pytest

from mlm_tf import TextPipeline
from mlm_tf.errors import InvalidArgumentError


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(["a b c d e f g h"])


def shown(pipeline, batch):
    """Each row as words, padding as -."""
    names = {"[PAD]": "-", "[START]": "<", "[END]": ">", "[SEP]": "|"}
    rows = [[pipeline.vocabulary[i] for i in row] for row in batch["token_ids"]]
    for row, mask in zip(rows, batch["padding_mask"].tolist(), strict=True):
        assert [token != "[PAD]" for token in row] == mask
    return [" ".join(names.get(token, token) for token in row) for row in rows]


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({}, ["< a b >", "< c > -"]),
        ({"padding_side": "left"}, ["< a b >", "- < c >"]),
        ({"max_length": 3}, ["< a b", "< c >"]),
        ({"max_length": 3, "truncate": "left"}, ["a b >", "< c >"]),
        ({"max_length": 5, "padding_side": "left"}, ["- < a b >", "- - < c >"]),
        ({"max_length": 1, "truncate": "left"}, [">", ">"]),
    ],
)
def test_a_row_is_cut_and_padded_at_the_side_that_is_named(pipeline, options, rows):
    batch = pipeline(["a b", "c"], add_start=True, add_end=True, **options)
    assert shown(pipeline, batch) == rows


FIRST, SECOND = ["a b c d", "a"], ["e f g h", "e f g h"]


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({}, ["a b c d | e f g h", "a | e f g h - - -"]),
        ({"max_length": 5}, ["a b | e f", "a | e f g"]),
        ({"max_length": 6, "truncate": "right"}, ["a b c d | e", "a | e f g h"]),
        ({"max_length": 6, "truncate": "left"}, ["d | e f g h", "a | e f g h"]),
        ({"max_length": 4, "truncate": "left"}, ["| f g h", "| f g h"]),
        ({"max_length": 4, "truncate": "right"}, ["a b c |", "a | e f"]),
    ],
)
def test_two_segments_share_the_room_as_they_are_told(pipeline, options, rows):
    assert shown(pipeline, pipeline(FIRST, SECOND, **options)) == rows


def test_the_special_tokens_of_two_segments_are_never_cut(pipeline):
    batch = pipeline(FIRST, SECOND, max_length=7, add_start=True, add_end=True)
    assert shown(pipeline, batch) == ["< a b | e f >", "< a | e f g >"]
    assert batch["segment_ids"].tolist() == [[0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1]]
    left = pipeline(FIRST, [""] * 2, add_end=True, padding_side="left")
    assert shown(pipeline, left) == ["a b c d | >", "- - - a | >"]
    assert left["segment_ids"].tolist() == [[0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 1]]


def test_segment_ids_come_only_with_two_segments(pipeline):
    assert sorted(pipeline(FIRST)) == ["padding_mask", "token_ids"]
    assert sorted(pipeline(FIRST, SECOND)) == ["padding_mask", "segment_ids", "token_ids"]
    assert pipeline([], [])["segment_ids"].shape == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"truncate": "round_robin"}, "truncate='round_robin' .*'right' or 'left'"),
        ({"truncate": "head"}, "truncate='head'"),
        ({"padding_side": "both"}, "padding_side='both' .*'right' or 'left'"),
        ({"second_texts": ["a"]}, "second_texts holds 1 texts and texts 2"),
        ({"second_texts": SECOND, "truncate": "head"}, "truncate='head' .*'round_robin'"),
        ({"second_texts": SECOND, "padding_side": "both"}, "padding_side='both'"),
        (
            {"second_texts": SECOND, "max_length": 4, "add_start": True, "add_end": True},
            "max_length=4 leaves 1 tokens .*at least 5",
        ),
        ({"second_texts": SECOND, "max_length": 1}, "max_length=1 leaves 0 .*at least 3"),
        ({"second_texts": "a"}, "second_texts='a' is one string"),
    ],
)
def test_what_cannot_be_packed_is_named(pipeline, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        pipeline(FIRST, **arguments)
