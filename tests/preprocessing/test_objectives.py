"""Objectives: what is to be predicted, from what, and how much it counts; and others' own."""

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from tokenizers import Tokenizer, models, pre_tokenizers

from mlm_tf import TextPipeline, build_model
from mlm_tf.corpora import TextStream
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import BytePairPipeline, TokenFile, TokenFileWriter
from mlm_tf.preprocessing.objectives import after_separator, mask_tokens, next_token
from mlm_tf.preprocessing.rows import rows
from mlm_tf.preprocessing.special_tokens import END_ID, MASK_ID, PAD_ID, START_ID
from mlm_tf.preprocessing.windows import windows

VOCABULARY_SIZE = 106  # 100 words
WORDS = 40  # in each row below: 6 are selected
BATCH = 500
IDS = np.full((BATCH, WORDS + 4), PAD_ID, "int32")
IDS[:, 0], IDS[:, -3] = START_ID, END_ID
IDS[:, 1:-3] = np.random.default_rng(0).integers(6, VOCABULARY_SIZE, (BATCH, WORDS))
objective = partial(mask_tokens, vocabulary_size=VOCABULARY_SIZE)


def mask(ids, key):
    """With a token more, which is not looked at."""
    ids = tf.pad(ids, [[0, 0], [0, 1]], constant_values=PAD_ID)
    return objective(ids, tf.cast(ids != PAD_ID, tf.float32), key)


# === The last segment ===


def test_the_last_segment_alone_is_learned_and_no_padding():
    data = [np.array(row) for row in ([2, 6, 4, 7, 4, 8, 3], [2, 6, 4, 8, 3], [2, 6, 7, 3])]
    settings = {"shuffle": False, "seed": 0, "pad_id": 0, "objective": after_separator(4)}
    [(x, y, weight)] = rows(data, 7, 3, **settings)
    assert y.numpy()[weight.numpy() > 0].tolist() == [8, 3, 8, 3, 6, 7, 3]
    assert x["padding_mask"].numpy().sum(axis=1).tolist() == [6, 4, 3]  # all of it is read


def test_a_separator_is_an_id():
    with pytest.raises(InvalidArgumentError, match="sep_id"):
        after_separator(-1)


# === Masked tokens ===


@pytest.fixture(scope="module")
def masked():
    """`(x, y, weight)` of `IDS`, of which 3,000 tokens are selected."""
    return tf.nest.map_structure(lambda t: t.numpy(), mask(tf.constant(IDS), tf.constant([7, 8])))


def test_the_targets_are_the_ids_and_the_mask_is_true_at_tokens(masked):
    x, y, weight = masked
    np.testing.assert_array_equal(y, IDS)
    np.testing.assert_array_equal(x["padding_mask"], IDS != PAD_ID)
    assert weight.dtype == np.float32 and set(np.unique(weight)) == {0, 1}


def test_what_is_not_selected_stays(masked):
    x, y, weight = masked
    np.testing.assert_array_equal(x["token_ids"][weight == 0], y[weight == 0])


def test_15_percent_of_the_words_of_every_row_are_selected(masked):
    _, _, weight = masked
    np.testing.assert_array_equal(weight.sum(axis=1), 0.15 * WORDS)


@pytest.mark.parametrize(
    ("words", "selected"), [(0, 0), (1, 1), (6, 1), (7, 2), (20, 3), (100, 15), (200, 30)]
)
def test_the_number_selected_is_rounded_up(words, selected):
    ids = tf.constant([[START_ID, *[6] * words, END_ID]])
    assert float(tf.reduce_sum(mask(ids, tf.constant([0, 0]))[2])) == selected


def test_special_tokens_are_never_selected():
    ids = tf.tile(tf.range(6)[None], [50, 1])
    x, y, weight = mask(ids, tf.constant([1, 2]))
    np.testing.assert_array_equal(x["token_ids"], y)
    assert not weight.numpy().any()


def test_every_place_is_selected_alike_and_rows_differ(masked):
    """500 rows, 6 of 40 places each: 75 a place, standard deviation 8."""
    _, _, weight = masked
    a_place = weight.sum(axis=0)[1:-3]
    assert np.abs(a_place - 75).max() < 4.5 * 8
    assert len({tuple(row) for row in weight}) == BATCH


def test_of_the_selected_80_percent_are_hidden_10_replaced_and_10_left(masked):
    """3,000 tokens: 2,400 with a standard deviation of 22, and 300 with one of 16."""
    x, y, weight = masked
    seen, were = x["token_ids"][weight == 1], y[weight == 1]
    hidden, left = (seen == MASK_ID).sum(), (seen == were).sum()
    assert abs(hidden - 2400) < 4 * 22
    assert abs(left - 303) < 4 * 16  # one in 100 of the replaced comes out as it was
    assert abs(len(seen) - hidden - left - 297) < 4 * 16


def test_replacements_are_words_each_as_often_as_another(masked):
    x, y, weight = masked
    seen, were = x["token_ids"][weight == 1], y[weight == 1]
    others = seen[(seen != MASK_ID) & (seen != were)]
    counts = np.bincount(others, minlength=VOCABULARY_SIZE)
    assert not counts[:6].any()
    expected = len(others) / 100
    chi_square = ((counts[6:] - expected) ** 2 / expected).sum()
    assert chi_square < 99 + 4 * (2 * 99) ** 0.5  # mean and standard deviation at 99 degrees


def test_the_key_decides_everything():
    def seen(*key):
        return mask(tf.constant(IDS[:20]), tf.constant(key))[0]["token_ids"].numpy().tolist()

    assert seen(1, 2) == seen(1, 2)
    assert len({str(seen(*key)) for key in [(1, 2), (1, 3), (2, 2)]}) == 3


def test_what_does_not_count_is_read_and_neither_hidden_nor_asked_for():
    """A prompt, of which the replies alone are learned."""
    ids = tf.tile(tf.range(6, 18)[None], [50, 1])
    weight = tf.tile(tf.constant([[0.0, 0, 0, 0, 1, 1, 0.5, 0.5, 1, 1, 0, 0]]), [50, 1])
    x, y, sample_weight = objective(ids, weight, tf.constant([1, 2]))
    assert x["padding_mask"].numpy().tolist() == 50 * [[True] * 10 + [False]]
    is_selected = sample_weight.numpy() > 0
    assert (is_selected.sum(axis=1) == 1).all()  # of 6
    assert not is_selected[:, :4].any() and not is_selected[:, 10:].any()
    np.testing.assert_array_equal(x["token_ids"].numpy()[~is_selected], y.numpy()[~is_selected])
    assert set(np.unique(sample_weight)) == {0, 0.5, 1}


def test_words_are_hidden_behind_the_mask_of_another_vocabulary():
    ids = tf.tile(tf.constant([[0, 7, 8, 9, 0, 1]]), [500, 1])
    other = partial(mask_tokens, vocabulary_size=12, special_ids=[7, 10, 11], mask_id=10)
    x, y, weight = other(ids, tf.ones(ids.shape), tf.constant([1, 2]))
    selected = weight.numpy() == 1
    assert set(y.numpy()[selected]) == {0, 8, 9}
    assert set(x["token_ids"].numpy()[selected]) == {10, 0, 1, 2, 3, 4, 5, 6, 8, 9}


# === In a data set ===

STREAM = IDS[:10, 1:-2].reshape(-1)
TEXTS = [row[: -2 - i] for i, row in enumerate(IDS[:6])]


def data_set(kind, shuffle=True, seed=0):
    if kind == "windows":
        return windows(STREAM, 30, 2, shuffle, seed, START_ID, PAD_ID, objective)
    return rows(TEXTS, 30, 2, shuffle, seed, PAD_ID, objective)


def seen(dataset):
    return [x["token_ids"].tolist() for x, _, _ in dataset.as_numpy_iterator()]


@pytest.mark.parametrize("kind", ["windows", "rows"])
def test_shapes_are_static(kind):
    ids, flags = tf.TensorSpec((2, 30), tf.int32), tf.TensorSpec((2, 30), tf.bool)
    weights = tf.TensorSpec((2, 30), tf.float32)
    expected = ({"token_ids": ids, "padding_mask": flags}, ids, weights)
    assert data_set(kind).element_spec == expected


@pytest.mark.parametrize("kind", ["windows", "rows"])
def test_seed_and_epoch_decide_everything(kind):
    one, same, other = data_set(kind), data_set(kind), data_set(kind, seed=1)
    first = seen(one)
    assert first == seen(same)
    assert first != seen(other)
    assert first != seen(one)  # the next epoch


@pytest.mark.parametrize("kind", ["windows", "rows"])
def test_without_shuffle_every_epoch_hides_the_same(kind):
    dataset = data_set(kind, shuffle=False)
    assert seen(dataset) == seen(dataset)


def test_padding_in_the_last_window_is_masked():
    *_, (x, _, weight) = data_set("windows", shuffle=False).as_numpy_iterator()
    np.testing.assert_array_equal(x["padding_mask"], x["token_ids"] != PAD_ID)
    assert not x["padding_mask"].all() and not weight[~x["padding_mask"]].any()


@pytest.mark.parametrize("kind", ["windows", "rows"])
def test_a_model_trains_on_them(kind):
    ids = keras.Input((30,), dtype="int32", name="token_ids")
    padding_mask = keras.Input((30,), dtype="bool", name="padding_mask")
    x = keras.layers.Embedding(VOCABULARY_SIZE, 8)(ids)
    x = keras.layers.MultiHeadAttention(2, 4)(x, x, key_mask=padding_mask)
    x = keras.layers.Dense(VOCABULARY_SIZE)(x)
    model = keras.Model({"token_ids": ids, "padding_mask": padding_mask}, x)
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )
    model.compile("adam", loss)
    history = model.fit(data_set(kind), epochs=2, shuffle=False, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


# === One's own ===

SENTENCES = [f"a b c {'d e ' * (i % 3)}f" for i in range(12)]


def second_half(ids, weight, key):
    """Learns the places from the middle on, whatever stands before."""
    x, y, weight = next_token(ids, weight, key)
    return x, y, weight * tf.cast(tf.range(y.shape[1]) >= y.shape[1] // 2, "float32")


@pytest.fixture(scope="module", params=[TextPipeline, BytePairPipeline])
def pipeline(request):
    if request.param is TextPipeline:
        return TextPipeline.fit(SENTENCES)
    alphabet = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "<end>"]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return BytePairPipeline(tokenizer.to_str(), end_id=256)


@pytest.fixture(params=["windows", "a stream", "a token file", "rows"])
def make(request, pipeline, tmp_path):
    """A function from an objective to a data set of `SENTENCES`."""
    texts = SENTENCES
    if request.param == "a stream":
        (tmp_path / "a.txt").write_text("\n".join(SENTENCES))
        texts = TextStream(tmp_path / "a.txt")
    if request.param == "a token file":
        with TokenFileWriter(tmp_path / "a.tokens", pipeline) as writer:
            for row in pipeline.encode(SENTENCES):
                writer.append(row)
        texts = TokenFile(tmp_path / "a.tokens")
    dataset = pipeline.rows if request.param == "rows" else pipeline.windows
    return partial(dataset, texts, length=6, batch_size=2, shuffle=False)


def test_every_data_set_of_every_pipeline_takes_one(make):
    for found, expected in zip(make(objective=second_half), make(), strict=True):
        x, y, weight = found
        for one, other in zip(tf.nest.flatten(x), tf.nest.flatten(expected[0]), strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(y, expected[1])
        assert not weight[:, :3].numpy().any()
        np.testing.assert_array_equal(weight[:, 3:], expected[2][:, 3:])


def changed(**parts):
    """`next_token`, but for some of its parts, which are functions of `ids, weight`."""

    def mine(ids, weight, key):
        found = dict(zip(("x", "y", "weight"), next_token(ids, weight, key), strict=True))
        return tuple((found | {name: part(ids, weight) for name, part in parts.items()}).values())

    return mine


WRONG_PARTS = {
    "all weights": (changed(weight=lambda ids, weight: weight), "do not fit"),
    "all targets": (changed(y=lambda ids, weight: ids, weight=lambda ids, weight: weight), ""),
    "all ids": (changed(x=lambda ids, weight: ids), "of shape"),
    "nothing cut": (lambda ids, weight, key: (ids, ids, weight), ""),
    "few targets": (changed(y=lambda ids, weight: ids[:, 1:3]), "do not fit"),
    "a column too few": (
        changed(y=lambda i, w: i[:, 1:3], weight=lambda i, w: w[:, 1:3]),
        "do not fit",
    ),
    "another mask": (
        changed(x=lambda ids, weight: {"token_ids": ids[:, :-1], "padding_mask": weight > 0}),
        "padding_mask of shape",
    ),
    "no weight": (changed(weight=lambda ids, weight: None), "three parts"),
    "no x": (changed(x=lambda ids, weight: None), "three parts"),
    "two parts": (lambda ids, weight, key: (ids[:, :-1], ids[:, 1:]), "three parts"),
    "no part": (lambda ids, weight, key: None, "three parts"),
    "an empty part": (lambda ids, weight, key: (), "three parts"),
    "negative": (changed(weight=lambda ids, weight: -weight[:, 1:]), "holds -1.0; use numbers"),
    "no number": (changed(weight=lambda ids, weight: weight[:, 1:] / 0.0), "holds (nan|inf); use"),
}


# What an objective gives is looked at where batches are made, whatever the pipeline.
one_pipeline = pytest.mark.parametrize("pipeline", [TextPipeline], indirect=True)


@one_pipeline
@pytest.mark.parametrize("name", WRONG_PARTS)
def test_parts_that_do_not_fit_together_are_refused_with_their_shapes(make, name):
    objective, says = WRONG_PARTS[name]
    if name == "nothing cut" and make.func.__name__ == "windows":
        return
    with pytest.raises(
        InvalidArgumentError, match=rf"^objective=(mine|<lambda>) gives .*{says}"
    ) as e:
        make(objective=objective)
    assert "\n" not in str(e.value)


@one_pipeline
@pytest.mark.parametrize(
    "objective",
    [
        changed(weight=lambda ids, weight: weight[:, 1]),
        changed(weight=lambda ids, weight: weight[:, 1:2]),
        changed(weight=lambda ids, weight: weight[:, 1:, None]),
        changed(weight=lambda ids, weight: weight[:, 1:] > 0),
        changed(weight=lambda ids, weight: weight[:, 1:] * 0.5),
        changed(y=lambda ids, weight: ids[:, 1], weight=lambda ids, weight: weight[:, 1]),
        changed(y=lambda ids, weight: tf.one_hot(ids[:, 1:], 9)),
        changed(y=lambda i, w: tf.ones((2, 3)), weight=lambda ids, weight: weight[:, 1]),
        changed(y=lambda i, w: {"a": i}, weight=lambda i, w: {"a": w}),
    ],
)
def test_parts_that_fit_together_are_taken(make, objective):
    assert len(next(iter(make(objective=objective)))) == 3


def test_a_model_learns_by_it(make, pipeline):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    dataset = make(objective=second_half).repeat()
    losses = model.fit(dataset, steps_per_epoch=5, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_a_pipeline_without_a_mask_refuses_to_hide_words(make, pipeline):
    if pipeline.mask_id is not None:
        assert len([*make(objective="masked_lm")]) > 1
        return
    with pytest.raises(InvalidArgumentError, match=r"'masked_lm' needs .*BytePairPipeline has"):
        make(objective="masked_lm")


def test_an_objective_is_a_name_that_is_known_or_a_function(make):
    with pytest.raises(InvalidArgumentError, match=r"objective='mlm'.*'causal_lm' or 'masked_lm'"):
        make(objective="mlm")
