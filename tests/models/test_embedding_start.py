"""What an embedding starts from, how it is frozen and released, and that padding has no part in it.

Runs on TensorFlow and on JAX.
"""

import json
import zipfile

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, embeddings

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"]
ARCHITECTURES = ["lstm", "attention"]
TASKS = ["causal_lm", "text_classifier"]
PIPELINE = TextPipeline.fit(TEXTS)
DIM, HIDDEN = 8, 16  # unlike, so that there is a projection


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def table(model):
    return numpy(model.embedding.embeddings)


def start(architecture="lstm", task="causal_lm", **settings):
    matrix = embeddings.random(PIPELINE.vocabulary, DIM, seed=3)
    settings = {"hidden_dim": HIDDEN, "seed": 0, **settings}
    if task == "text_classifier":
        settings["num_classes"] = 2
    return build_model(architecture, task, pipeline=PIPELINE, embedding=matrix, **settings)


def batch(task, filler=PIPELINE.pad_id, extra=0):
    """Rows of unlike lengths, whatever id fills them, and what `fit` needs beside."""
    rows = PIPELINE(TEXTS, max_length=9 + extra, add_start=True, add_end=True)
    ids, mask = np.where(rows["padding_mask"], rows["token_ids"], filler), rows["padding_mask"]
    if task == "text_classifier":
        return {"token_ids": ids, "padding_mask": mask}, np.array([0, 1, 0]), None
    x = {"token_ids": ids[:, :-1], "padding_mask": mask[:, :-1]}
    return x, np.where(mask, ids, 0)[:, 1:], mask[:, 1:].astype("float32")


def train(model, task, **padding):
    """Compile, one step of gradient descent at rate 1; its loss."""
    x, y, weight = batch(task, **padding)
    model.compile(keras.optimizers.SGD(1.0))
    loss = model.train_on_batch(x, y, sample_weight=weight)
    return float(loss if np.ndim(loss) == 0 else loss[0])


# === Any matrix ===


def test_every_kind_of_matrix_starts_the_table():
    learned = embeddings.from_tfidf(TEXTS, PIPELINE, 2)
    for matrix in (learned, learned.values.astype("float64")):
        model = build_model("lstm", pipeline=PIPELINE, embedding=matrix, hidden_dim=HIDDEN)
        np.testing.assert_array_equal(table(model), getattr(matrix, "values", matrix))


# === Frozen first, then released ===


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("tie_weights", [True, False])
def test_frozen_vectors_stay_and_move_after_a_second_compile(architecture, tie_weights):
    model = start(architecture, tie_weights=tie_weights, embedding_trainable=False)
    first, other = table(model), numpy(model.blocks[0].trainable_variables[0])
    train(model, "causal_lm")
    np.testing.assert_array_equal(table(model), first)
    assert np.abs(numpy(model.blocks[0].trainable_variables[0]) - other).max() > 0
    model.embedding.trainable = True
    train(model, "causal_lm")
    assert np.abs(table(model) - first).max() > 0


@pytest.mark.parametrize("tie_weights", [True, False])
def test_a_frozen_model_from_a_file_can_be_released(tie_weights, tmp_path):
    model = start(tie_weights=tie_weights, embedding_trainable=False)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    first = table(loaded)
    train(loaded, "causal_lm")
    np.testing.assert_array_equal(table(loaded), first)
    loaded.embedding.trainable = True
    train(loaded, "causal_lm")
    assert np.abs(table(loaded) - first).max() > 0


# === The projection, and the output ===


@pytest.mark.parametrize("tie_weights", [True, False])
@pytest.mark.parametrize("hidden_dim", [DIM, HIDDEN])
def test_there_is_a_projection_exactly_where_the_widths_differ(tie_weights, hidden_dim):
    model = start(tie_weights=tie_weights, hidden_dim=hidden_dim)
    for projection in (model.input_projection, model.output_projection):
        assert (projection is not None) == (hidden_dim != DIM)
    assert model(batch("causal_lm")[0]).shape == (3, 8, PIPELINE.vocabulary_size)


def test_tied_scores_are_products_of_the_projected_states_with_the_table():
    model = start()
    x, _, _ = batch("causal_lm")
    states = numpy(model.encode(x["token_ids"], ops.convert_to_tensor(x["padding_mask"])))
    projected = states @ numpy(model.output_projection.kernel)  # (B, T, DIM)
    expected = projected @ table(model).T + numpy(model.output_bias.bias)
    np.testing.assert_allclose(numpy(model(x)), expected, atol=1e-5)
    assert sum(v.shape == (PIPELINE.vocabulary_size, DIM) for v in model.variables) == 1


def test_an_untied_output_has_a_table_of_its_own():
    model = start(tie_weights=False)
    assert sorted(PIPELINE.vocabulary_size in v.shape for v in model.embedding.variables) == [1, 1]


# === Saving ===


def test_the_matrix_is_a_weight_in_the_file_and_not_in_its_config(tmp_path):
    vocabulary = [*PIPELINE.vocabulary, *(f"w{i}" for i in range(2000))]
    matrix = embeddings.random(vocabulary, DIM)
    model = build_model("lstm", vocabulary_size=len(vocabulary), embedding=matrix)
    assert len(json.dumps(model.get_config(), default=str)) < 4000
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert archive.getinfo("config.json").file_size < 10_000
    # The matrix is there once: 2,014 rows of 8 numbers of 4 bytes, and what else the model has.
    assert (tmp_path / "m.keras").stat().st_size < matrix.values.nbytes + 60_000
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(table(loaded), matrix.values)


# === Padding ===


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("task", TASKS)
def test_what_fills_a_row_and_how_long_it_is_changes_no_loss_and_no_gradient(architecture, task):
    """A step of plain gradient descent at rate 1 moves every weight by its gradient.

    Under tied weights the row of padding too, but only as a word that never follows.
    """
    model = start(architecture, task)
    first = model.get_weights()
    loss = train(model, task)
    weights = model.get_weights()
    model.set_weights(first)
    assert train(model, task, filler=7, extra=4) == pytest.approx(loss, abs=1e-5)
    for a, b in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(("task", "tie_weights"), [("text_classifier", True), ("causal_lm", False)])
def test_the_row_of_padding_needs_no_care(architecture, task, tie_weights):
    """It gets no gradient, and not even an absurd one reaches an output."""
    model = start(architecture, task, tie_weights=tie_weights)
    x, _, weight = batch(task)
    before, first = numpy(model(x)), table(model)
    absurd = first.copy()
    absurd[PIPELINE.pad_id] = 1e4
    model.embedding.set_matrix(absurd)
    is_counted = x["padding_mask"] if task == "causal_lm" else slice(None)
    np.testing.assert_allclose(numpy(model(x))[is_counted], before[is_counted], atol=1e-5)
    train(model, task)
    moved = np.abs(table(model) - absurd).max(axis=1) > 0
    assert not moved[PIPELINE.pad_id]
    has_target = x["padding_mask"] if weight is None else weight > 0  # nothing follows [END]
    assert moved[np.unique(x["token_ids"][has_target])].all()


def test_samplers_never_draw_what_never_follows():
    model = start()
    bias = numpy(model.output_bias.bias)
    never = [PIPELINE.vocabulary.index(t) for t in ("[PAD]", "[START]", "[SEP]", "[MASK]")]
    bias[never] = 50.0  # the model would choose nothing else
    model.output_bias.bias.assign(bias)
    rows = model.generate(
        [[PIPELINE.start_id]] * 4, max_length=20, sampler="greedy", stop_token_ids=None
    )
    assert not np.isin([row[1:] for row in rows], never).any()
