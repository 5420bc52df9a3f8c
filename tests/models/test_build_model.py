"""The factory: what it makes, how it starts, and what it refuses in one sentence."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, embeddings
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LSTM, Block, SelfAttention

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"]


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


def ids(count=6, length=9, size=20, seed=0):
    return np.random.default_rng(seed).integers(0, size, (count, length)).astype("int32")


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize(
    "architecture",
    ["lstm", "attention", ["lstm", "attention"], ["attention", LSTM(16)]],
    ids=["lstm", "attention", "hybrid", "hybrid with a block"],
)
@pytest.mark.parametrize("task", ["causal_lm", "text_classifier"])
def test_every_model_trains_with_plain_compile_and_fit(architecture, task):
    if isinstance(architecture, list):
        architecture = [LSTM(16) if isinstance(b, Block) else b for b in architecture]
    model = build_model(architecture, task, vocabulary_size=20, hidden_dim=16, num_classes=3)
    model.compile(keras.optimizers.Adam(0.01))
    x = ids()
    y = x[:, 1:] if task == "causal_lm" else x[:, 0] % 3
    x = x[:, :-1] if task == "causal_lm" else x
    losses = model.fit(x, y, epochs=12, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_num_layers_stacks_blocks():
    model = build_model("attention", vocabulary_size=9, hidden_dim=8, num_layers=3, num_heads=2)
    assert len(model.blocks) == 3


def test_the_mask_travels_with_the_ids():
    model = build_model("lstm", "text_classifier", vocabulary_size=20, hidden_dim=8, num_classes=2)
    x = ids()
    mask = np.arange(9)[None, :] < np.array([[9], [3], [1], [5], [9], [2]])
    other = np.where(mask, x, 7)
    for a, b in [(x, other)]:
        before = numpy(model({"token_ids": a, "padding_mask": mask}))
        after = numpy(model({"token_ids": b, "padding_mask": mask}))
        np.testing.assert_allclose(after, before, atol=1e-6)
    alone = numpy(model(x[1:2, :3]))
    np.testing.assert_allclose(before[1:2], alone, atol=1e-5)


def test_id_zero_is_a_word_like_any_other():
    """A mask is never guessed from ids."""
    model = build_model("lstm", vocabulary_size=20, hidden_dim=8)
    zeros = np.zeros((1, 4), "int32")
    explicit = model({"token_ids": zeros, "padding_mask": np.ones((1, 4), bool)})
    np.testing.assert_allclose(numpy(model(zeros)), numpy(explicit), atol=1e-6)
    assert np.abs(numpy(model(zeros))[0, 1] - numpy(model(zeros))[0, 0]).max() > 1e-5


@pytest.mark.parametrize("task", ["causal_lm", "text_classifier"])
def test_attention_looks_ahead_only_in_the_classifier(task):
    model = build_model("attention", task, vocabulary_size=9, hidden_dim=8, num_classes=2)
    assert model.blocks[0].causal == (task == "causal_lm")


def test_a_matrix_starts_the_embedding(pipeline):
    matrix = embeddings.random(pipeline.vocabulary, embedding_dim=12, seed=3)
    model = build_model("lstm", pipeline=pipeline, embedding=matrix, hidden_dim=16)
    np.testing.assert_array_equal(numpy(model.embedding.embeddings), matrix.values)
    assert model.embedding_dim == 12
    assert model(ids(size=8)).shape[-1] == pipeline.vocabulary_size


def test_a_frozen_embedding_does_not_move_and_can_be_released(pipeline):
    matrix = embeddings.random(pipeline.vocabulary, embedding_dim=16, seed=3)
    model = build_model("lstm", pipeline=pipeline, embedding=matrix, embedding_trainable=False)
    x = ids(size=8)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(x[:, :-1], x[:, 1:], verbose=0)
    np.testing.assert_array_equal(numpy(model.embedding.embeddings), matrix.values)
    model.embedding.trainable = True
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(x[:, :-1], x[:, 1:], verbose=0)
    assert np.abs(numpy(model.embedding.embeddings) - matrix.values).max() > 0


def test_the_untrained_model_with_a_pipeline_is_nearly_the_unigram_model(pipeline):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    logits = numpy(model(np.array([[pipeline.start_id]], "int32")))[0, 0]
    the, mat = (pipeline.vocabulary.index(word) for word in ("the", "mat"))
    assert logits[the] - logits[mat] == pytest.approx(np.log(4), abs=0.2)


def test_the_seed_decides_the_weights_and_touches_nothing_else():
    import random

    def weights(seed):
        return build_model("attention", vocabulary_size=9, hidden_dim=8, seed=seed).get_weights()

    random.seed(1)
    state = random.getstate()
    first = weights(7)
    assert random.getstate() == state
    for a, b in zip(first, weights(7), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(np.abs(a - b).max() > 0 for a, b in zip(first, weights(8), strict=True))


def test_nests_in_a_functional_model():
    inner = build_model("attention", vocabulary_size=20, hidden_dim=8)
    tokens = keras.Input((None,), dtype="int32")
    outer = keras.Model(tokens, keras.layers.Softmax()(inner(tokens)))
    probabilities = numpy(outer(ids()))
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-5)


def test_summary_counts_every_weight(capsys):
    model = build_model("lstm", vocabulary_size=20, hidden_dim=8)
    model.summary()
    printed = capsys.readouterr().out
    assert f"{model.count_params():,}" in printed
    assert "?" not in printed


def test_half_precision_gives_float32_logits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_model("attention", vocabulary_size=20, hidden_dim=8)
    finally:
        keras.config.set_dtype_policy("float32")
    assert keras.backend.standardize_dtype(model(ids()).dtype) == "float32"


MATRIX = np.zeros((5, 4), "float32")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": "gpt"}, "architecture='gpt' is not known; use one of.*lstm"),
        ({"architecture": []}, "architecture=.*no block"),
        ({"architecture": None}, "architecture=None is not known"),
        ({"architecture": [LSTM(16)]}, "gives vectors of 16, but hidden_dim=8"),
        ({"hidden_dim": 0}, "hidden_dim=0"),
        ({"embedding_dim": 0}, "embedding_dim=0"),
        ({"max_sequence_length": 0}, "max_sequence_length=0"),
        ({"dropout": "a"}, "dropout='a'"),
        ({"embedding": np.full((20, 4), np.nan)}, "embedding holds NaN"),
        ({"task": "translation"}, "task='translation' is not known"),
        ({"vocabulary_size": None}, "vocabulary_size=None"),
        ({"vocabulary_size": 0}, "vocabulary_size=0"),
        ({"architecture": "attention", "hidden_dim": 10}, "num_heads=4 does not divide.*10"),
        ({"hidden_dim": -3}, "hidden_dim=-3"),
        ({"num_layers": 0}, "num_layers=0"),
        ({"dropout": 1.0}, "dropout=1.0"),
        ({"embedding": "glove"}, "embedding='glove'"),
        ({"embedding": MATRIX}, r"embedding has shape \(5, 4\), but the vocabulary has 20"),
        ({"embedding": np.zeros((20, 4)), "embedding_dim": 8}, "embedding_dim=8.*4 columns"),
        ({"task": "text_classifier"}, "num_classes=None"),
        ({"architecture": [SelfAttention(8, 2, causal=False)]}, "looks ahead"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(arguments, message):
    arguments = {"architecture": "lstm", "vocabulary_size": 20, "hidden_dim": 8, **arguments}
    with pytest.raises(InvalidArgumentError, match=message) as error:
        build_model(**arguments)
    assert "\n" not in str(error.value)


def test_a_pipeline_and_another_vocabulary_size_do_not_fit(pipeline):
    with pytest.raises(InvalidArgumentError, match="vocabulary_size=5, but the pipeline knows"):
        build_model("lstm", pipeline=pipeline, vocabulary_size=5)


@pytest.mark.parametrize("bad", [-1, 20])
def test_ids_outside_the_vocabulary_are_named(bad):
    model = build_model("lstm", vocabulary_size=20, hidden_dim=8)
    model.compile("adam")
    x = ids()
    x[2, 3] = bad
    for call in (lambda: model.fit(x, x), lambda: model.evaluate(x, x), lambda: model.predict(x)):
        with pytest.raises(InvalidArgumentError, match=f"token_ids holds {bad}.*0 to 19"):
            call()


def test_the_loss_that_reads_probabilities_is_refused():
    model = build_model("lstm", vocabulary_size=20, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match="logits"):
        model.compile("adam", loss="sparse_categorical_crossentropy")


def test_a_block_alone_is_an_architecture():
    assert len(build_model(LSTM(8), vocabulary_size=9, hidden_dim=8).blocks) == 1


def test_a_matrix_for_another_vocabulary_is_refused(pipeline):
    other = [*pipeline.vocabulary[:-1], "elsewhere"]
    matrix = embeddings.random(other, embedding_dim=8)
    with pytest.raises(InvalidArgumentError, match=r"another vocabulary.*pipeline\.vocabulary"):
        build_model("lstm", pipeline=pipeline, embedding=matrix)


def test_freezing_the_word_vectors_leaves_an_untied_output_free():
    model = build_model(
        "lstm", vocabulary_size=20, hidden_dim=8, embedding_trainable=False, tie_weights=False
    )
    frozen = [v.path for v in model.non_trainable_variables if "seed" not in v.path]
    assert len(frozen) == 1 and frozen[0].endswith("embedding/embeddings")


def test_floats_are_no_ids():
    model = build_model("lstm", vocabulary_size=20, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match="not an array of integers"):
        model.predict(np.zeros((2, 3)))
