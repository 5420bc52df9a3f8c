"""Pairs of texts: what the encoder reads, what the decoder is given and what it predicts."""

import numpy as np
import pytest

from mlm_tf import TextPipeline
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing import pair_rows

SOURCES = ["a b c", "b", "c c c c c c", ""]
TARGETS = ["x y", "y", "x x x x x x", "x"]


@pytest.fixture(scope="module")
def pipelines():
    return TextPipeline.fit(SOURCES), TextPipeline.fit(TARGETS)


def epoch(dataset):
    batches = list(dataset.as_numpy_iterator())
    x = {name: np.concatenate([x[name] for x, _, _ in batches]) for name in batches[0][0]}
    return x, np.concatenate([y for _, y, _ in batches]), np.concatenate([w for *_, w in batches])


def words(pipeline, row):
    return " ".join(pipeline.vocabulary[i] for i in row)


def test_source_target_and_what_is_predicted(pipelines):
    english, other = pipelines
    x, y, weight = epoch(pair_rows(english, other, SOURCES, TARGETS, 6, 4, 4, shuffle=False))
    assert words(english, x["encoder_token_ids"][0]) == "[START] a b c [END] [PAD]"
    assert words(other, x["decoder_token_ids"][0]) == "[START] x y [PAD]"
    assert words(other, y[0]) == "x y [END] [PAD]"
    assert weight[0].tolist() == [1, 1, 1, 0]
    assert x["encoder_padding_mask"][0].tolist() == [True] * 5 + [False]
    np.testing.assert_array_equal(x["decoder_padding_mask"], weight == 1)


def test_what_is_too_long_is_cut_on_the_right(pipelines):
    english, other = pipelines
    x, y, weight = epoch(pair_rows(english, other, SOURCES, TARGETS, 6, 4, 4, shuffle=False))
    assert words(english, x["encoder_token_ids"][2]) == "[START] c c c c c"
    assert words(other, x["decoder_token_ids"][2]) == "[START] x x x"
    assert words(other, y[2]) == "x x x x" and weight[2].all()


def test_an_empty_source_is_a_start_and_an_end(pipelines):
    english, other = pipelines
    x, *_ = epoch(pair_rows(english, other, SOURCES, TARGETS, 3, 2, 1, shuffle=False))
    assert words(english, x["encoder_token_ids"][3]) == "[START] [END] [PAD]"


def test_rows_of_padding_fill_the_last_batch(pipelines):
    x, _, weight = epoch(pair_rows(*pipelines, SOURCES, TARGETS, 6, 4, 3, shuffle=False))
    assert len(weight) == 6
    assert not weight[4:].any() and not x["encoder_padding_mask"][4:].any()


def test_the_order_is_a_function_of_the_seed_and_the_epoch(pipelines):
    def orders(seed):
        sources, targets = ["a " * n for n in range(1, 9)], ["x"] * 8
        data = pair_rows(*pipelines, sources, targets, 12, 2, 4, seed=seed)
        return [epoch(data)[0]["encoder_padding_mask"].sum(1).tolist() for _ in range(2)]

    first, second = orders(0)
    assert orders(0) == [first, second] and first != second and orders(1) != [first, second]
    assert sorted(first) == sorted(second) == list(range(3, 11))


def test_source_and_target_stay_together(pipelines):
    lengths = [1, 2, 3, 4]
    data = pair_rows(
        *pipelines, ["a " * n for n in lengths], ["x " * n for n in lengths], 8, 8, 2, seed=3
    )
    x, _, weight = epoch(data)
    np.testing.assert_array_equal(x["encoder_padding_mask"].sum(1), weight.sum(1) + 1)


def test_shapes_are_static(pipelines):
    x, y, weight = pair_rows(*pipelines, SOURCES, TARGETS, 6, 4, 2).element_spec
    assert {spec.shape[1] for name, spec in x.items() if name.startswith("encoder")} == {6}
    assert {spec.shape[1] for name, spec in x.items() if name.startswith("decoder")} == {4}
    assert y.shape == weight.shape == (2, 4)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"targets": TARGETS[:2]}, InvalidArgumentError, "sources holds 4 texts and targets 2"),
        ({"sources": "abc"}, InvalidArgumentError, "sources='abc' is one string"),
        ({"source_length": 0}, InvalidArgumentError, "source_length=0"),
        ({"target_length": 0}, InvalidArgumentError, "target_length=0"),
        ({"batch_size": 5}, EmptyCorpusError, "There are 4 pairs, and one batch needs 5"),
        ({"sources": [], "targets": []}, EmptyCorpusError, "There are 0 pairs"),
        ({"seed": -1}, InvalidArgumentError, "seed=-1"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(pipelines, changes, error, message):
    arguments = {
        "sources": SOURCES,
        "targets": TARGETS,
        "source_length": 6,
        "target_length": 4,
        "batch_size": 2,
        **changes,
    }
    with pytest.raises(error, match=message) as raised:
        pair_rows(*pipelines, **arguments)
    assert "\n" not in str(raised.value)
