"""Rows: one text each, what is predicted in it, and that padding harms nothing."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from mlm_tf import build_model
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing.objectives import next_token
from mlm_tf.preprocessing.rows import rows

PAD, START, END = 0, 2, 3
TEXTS = [
    np.array(row, "int32")
    for row in ([2, 6, 7, 8, 3], [2, 6, 3], [2, 3], [2, 9, 8, 7, 6, 9, 3])  # the third is empty
]


def dataset_of(texts=TEXTS, length=5, batch_size=3, shuffle=False, seed=0, objective=next_token):
    return rows(texts, length, batch_size, shuffle, seed, PAD, objective)


def epoch(dataset):
    """`(token_ids, padding_mask, y, weight)` of all batches, each `(rows, length)`."""
    parts = [(x["token_ids"], x["padding_mask"], y, w) for x, y, w in dataset.as_numpy_iterator()]
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def test_a_row_is_the_text_without_its_last_token_and_its_targets_without_its_first():
    ids, mask, y, weight = epoch(dataset_of())
    assert ids[:3].tolist() == [[2, 6, 7, 8, 0], [2, 6, 0, 0, 0], [2, 0, 0, 0, 0]]
    assert y[:3].tolist() == [[6, 7, 8, 3, 0], [6, 3, 0, 0, 0], [3, 0, 0, 0, 0]]
    np.testing.assert_array_equal(mask, ids != PAD)
    np.testing.assert_array_equal(weight, mask)


def test_a_long_text_is_truncated_on_the_right():
    ids, _, y, _ = epoch(dataset_of())
    assert ids[3].tolist() == [2, 9, 8, 7, 6]
    assert y[3].tolist() == [9, 8, 7, 6, 9]


def test_rows_of_padding_fill_the_last_batch():
    ids, mask, _, weight = epoch(dataset_of())
    assert len(ids) == 6
    assert not ids[4:].any() and not mask[4:].any() and not weight[4:].any()


@pytest.mark.parametrize("shuffle", [True, False])
def test_shapes_are_static_and_the_number_of_batches_is_known(shuffle):
    dataset = dataset_of(shuffle=shuffle)
    ids, mask = tf.TensorSpec((3, 5), tf.int32), tf.TensorSpec((3, 5), tf.bool)
    weights = tf.TensorSpec((3, 5), tf.float32)
    assert dataset.element_spec == ({"token_ids": ids, "padding_mask": mask}, ids, weights)
    assert len(dataset) == len(list(dataset)) == (1 if shuffle else 2)
    assert dataset.options().autotune.enabled is False


def test_with_shuffle_every_epoch_has_another_order_and_leaves_out_others():
    texts = [np.array([2, 6 + i, 3], "int32") for i in range(20)]
    dataset = dataset_of(texts, batch_size=8, shuffle=True)
    epochs = [epoch(dataset)[0][:, 1].tolist() for _ in range(10)]
    assert all(len(set(words)) == 16 for words in epochs)
    assert len({tuple(words) for words in epochs}) == 10
    assert set().union(*epochs) == set(range(6, 26))


def test_seed_and_epoch_decide_everything():
    def epochs(seed):
        dataset = dataset_of(batch_size=2, shuffle=True, seed=seed)
        return [epoch(dataset)[0].tolist() for _ in range(5)]

    assert epochs(seed=5) == epochs(seed=5)
    assert epochs(seed=5) != epochs(seed=6)


def test_an_objective_sees_whole_texts_and_how_much_each_token_counts():
    def show(ids, weight, key):
        return {"token_ids": ids[:, :-1]}, weight[:, :-1], weight[:, :-1]

    [(x, weight, _)] = dataset_of(batch_size=4, objective=show)
    np.testing.assert_array_equal(weight, x["token_ids"] != PAD)
    assert x["token_ids"].numpy().tolist() == [
        [2, 6, 7, 8, 3],
        [2, 6, 3, 0, 0],
        [2, 3, 0, 0, 0],
        [2, 9, 8, 7, 6],
    ]


@pytest.mark.parametrize("architecture", ["lstm", "attention"])
def test_a_language_model_trains_on_them_and_padding_rows_harm_nothing(architecture):
    """The loss is a mean over targets; rows of padding alone have none."""
    model = build_model(architecture, vocabulary_size=10, hidden_dim=8, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    padded = model.evaluate(dataset_of(TEXTS[:1], batch_size=3), verbose=0)
    alone = model.evaluate(dataset_of(TEXTS[:1], batch_size=1), verbose=0)
    assert padded == pytest.approx(alone, abs=1e-5)
    data = dataset_of().repeat(15)  # an epoch takes longer to begin than to pass
    history = model.fit(data, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(history).all() and history[-1] < history[0] - 0.1
    assert all(np.isfinite(keras.ops.convert_to_numpy(w)).all() for w in model.weights)


def test_too_few_texts_are_refused():
    with pytest.raises(EmptyCorpusError, match=r"0 texts, and one batch needs 1; give more texts."):
        dataset_of([])
    with pytest.raises(EmptyCorpusError, match=r"4 texts, and one batch needs 5.*batch_size"):
        dataset_of(batch_size=5, shuffle=True)
    assert len(dataset_of(batch_size=5)) == 1


@pytest.mark.parametrize(
    ("argument", "value"), [("length", 0), ("batch_size", 2.0), ("seed", -1), ("seed", None)]
)
def test_numbers_are_whole(argument, value):
    with pytest.raises(InvalidArgumentError, match=f"{argument}={value!r}"):
        dataset_of(**{argument: value})
