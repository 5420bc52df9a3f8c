"""The factory: what it makes, how it starts, and what it refuses in one sentence."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, embeddings
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import (
    GRU,
    LSTM,
    CrossAttention,
    LearnedPositions,
    Residual,
    SelfAttention,
    SinusoidalPositions,
    Transformer,
)
from mlm_tf.preprocessing import Pipeline

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"]


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


def ids(count=6, length=9, size=20, seed=0):
    return np.random.default_rng(seed).integers(0, size, (count, length)).astype("int32")


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


MIXTURE = ["gru", "transformer"]
ALL = ["rnn", "gru", "lstm", "attention", "transformer", MIXTURE, ["attention", LSTM]]
TASKS = ["causal_lm", "masked_lm", "text_classifier", "token_classifier", "seq2seq_lm"]


def is_slow(architecture, task):
    """Whether others tell nearly as much: each of these architectures, and each of these tasks."""
    return task != "causal_lm" and architecture not in ("transformer", MIXTURE)


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        pytest.param(a, task, marks=[pytest.mark.slow] * is_slow(a, task), id=f"{task}-{a}")
        for task in TASKS
        for a in ALL
    ],
)
def test_every_model_trains_with_plain_compile_and_fit(architecture, task):
    if architecture == ["attention", LSTM]:
        architecture = ["attention", LSTM(16)]  # a block of one's own
    num_classes = 3 if task.endswith("classifier") else None
    model = build_model(
        architecture, task, vocabulary_size=20, hidden_dim=16, num_classes=num_classes
    )
    model.compile(keras.optimizers.Adam(0.01))
    x = ids()
    inputs, targets = {
        "causal_lm": (x[:, :-1], x[:, 1:]),
        "masked_lm": (x, x),
        "text_classifier": (x, x[:, 0] % 3),
        "token_classifier": (x, x % 3),
        "seq2seq_lm": ({"encoder_token_ids": x, "decoder_token_ids": x[:, :-1]}, x[:, 1:]),
    }[task]
    losses = model.fit(inputs, targets, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_blocks_are_named_after_their_architecture_and_place():
    sizes = {"vocabulary_size": 9, "hidden_dim": 8}
    model = build_model(["lstm", "attention", GRU(8, name="mine")], **sizes)
    assert [block.name for block in model.blocks] == ["lstm_0", "attention_1", "mine"]
    model = build_model("rnn", "seq2seq_lm", num_layers=2, **sizes)
    assert [block.name for block in model.encoder_blocks] == ["encoder_rnn_0", "encoder_rnn_1"]


@pytest.mark.parametrize(
    ("architecture", "positions", "first", "inside"),
    [
        ("transformer", None, Transformer, "rotary"),
        ("transformer", "rotary", Transformer, "rotary"),
        ("transformer", "learned", LearnedPositions, None),
        ("transformer", "sinusoidal", SinusoidalPositions, None),
        ("transformer", "none", Transformer, None),
        (["lstm", "transformer"], None, LSTM, "rotary"),
        ("lstm", None, LSTM, ...),
        ("lstm", "learned", LearnedPositions, ...),
    ],
)
def test_positions_are_inside_attention_or_the_first_block(architecture, positions, first, inside):
    model = build_model(
        architecture,
        vocabulary_size=9,
        hidden_dim=8,
        positions=positions,
        max_sequence_length=6,
    )
    assert type(model.blocks[0]) is first
    if inside is not ...:
        assert model.blocks[-1].self_attention.block.positions == inside


def test_tasks_that_look_at_each_token_read_both_ways_unless_told():
    sizes = {"vocabulary_size": 9, "hidden_dim": 8}
    for task, both in (
        ("causal_lm", False),
        ("masked_lm", True),
        ("text_classifier", False),
        ("token_classifier", True),
    ):
        num_classes = 2 if task.endswith("classifier") else None
        model = build_model("gru", task, num_classes=num_classes, **sizes)
        assert model.blocks[0].bidirectional is both
    model = build_model("gru", "text_classifier", bidirectional=True, num_classes=2, **sizes)
    assert model.blocks[0].bidirectional
    model = build_model("gru", "masked_lm", bidirectional=False, **sizes)
    assert not model.blocks[0].bidirectional
    model = build_model("gru", "seq2seq_lm", bidirectional=True, **sizes)
    assert model.encoder_blocks[0].bidirectional and not model.blocks[0].bidirectional


@pytest.mark.parametrize("architecture", ["attention", "transformer"])
def test_rotary_positions_have_their_periods(architecture):
    scaling = {"rope_type": "linear", "factor": 2.0}
    sizes = {"vocabulary_size": 9, "hidden_dim": 8}
    model = build_model(architecture, **sizes, rope_max_wavelength=5e5, rope_scaling=scaling)
    [attention] = [layer for layer in model._flatten_layers() if isinstance(layer, SelfAttention)]
    assert (attention.rope_max_wavelength, attention.rope_scaling) == (5e5, scaling)
    model = build_model(architecture, **sizes)
    [attention] = [layer for layer in model._flatten_layers() if isinstance(layer, SelfAttention)]
    assert (attention.rope_max_wavelength, attention.rope_scaling) == (10_000, None)


def test_attention_takes_shared_heads_and_a_window():
    model = build_model(
        "transformer",
        vocabulary_size=9,
        hidden_dim=8,
        num_key_value_heads=2,
        sliding_window=3,
        intermediate_dim=5,
        head_dim=6,
    )
    attention = model.blocks[0].self_attention.block
    assert attention.head_dim == 6
    assert (attention.num_key_value_heads, attention.sliding_window) == (2, 3)
    assert model.blocks[0].feed_forward.block.intermediate_dim == 5


@pytest.mark.parametrize("pooling", ["mean", "last", "max", "attention", "tfidf"])
def test_every_pooling_reads_tokens_and_no_padding(pooling, tmp_path):
    model = build_model(
        "lstm", "text_classifier", vocabulary_size=20, hidden_dim=8, num_classes=2, pooling=pooling
    )
    if pooling == "tfidf":
        model.pooling.set_idf(np.arange(20.0))
    x, mask = ids(count=3), np.arange(9)[None] < np.array([[9], [4], [1]])
    before = numpy(model({"token_ids": x, "padding_mask": mask}))
    after = numpy(model({"token_ids": np.where(mask, x, 3), "padding_mask": mask}))
    np.testing.assert_allclose(after, before, atol=1e-6)
    np.testing.assert_allclose(numpy(model(x[1:2, :4])), before[1:2], atol=1e-5)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(numpy(loaded(x)), numpy(model(x)), atol=1e-6)


def test_an_idf_weighs_the_tokens_of_a_classifier():
    model = build_model(
        "lstm", "text_classifier", vocabulary_size=20, hidden_dim=8, num_classes=2, pooling="tfidf"
    )
    x = ids(count=3)
    before = numpy(model(x))
    model.pooling.set_idf(np.arange(20.0))
    assert np.abs(numpy(model(x)) - before).max() > 1e-5


def test_a_pipeline_that_has_counted_nothing_starts_no_bias(pipeline):
    class Uncounted(Pipeline):
        vocabulary_size = pipeline.vocabulary_size

    model = build_model("lstm", pipeline=Uncounted(), hidden_dim=8)
    assert not numpy(model.output_bias.bias).any()


@pytest.mark.parametrize("counts", [np.array([1, 2, 3]), -np.ones(9), [[1]], np.ones(10, int)])
def test_counts_that_are_not_those_of_the_vocabulary_are_refused(counts):
    class Miscounted(Pipeline):
        vocabulary_size = 9

    pipeline = Miscounted()
    pipeline.counts = counts
    with pytest.raises(InvalidArgumentError, match=r"counts=.* for each of the 9 entries") as error:
        build_model("lstm", pipeline=pipeline, hidden_dim=8)
    assert "\n" not in str(error.value)


def test_a_model_without_an_output_bias_has_none(tmp_path):
    model = build_model("lstm", vocabulary_size=9, hidden_dim=8, output_bias=False)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.output_bias is None
    np.testing.assert_array_equal(numpy(loaded(ids(size=9))), numpy(model(ids(size=9))))


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
    num_classes = 2 if task == "text_classifier" else None
    model = build_model("attention", task, 9, hidden_dim=8, num_classes=num_classes)
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
        ({"architecture": [GRU(8, bidirectional=True)]}, "looks ahead"),
        ({"bidirectional": True}, "bidirectional=True looks ahead"),
        ({"bidirectional": "yes"}, "bidirectional='yes' is not allowed"),
        ({"architecture": "gru", "task": "masked_lm", "hidden_dim": 7}, "hidden_dim=7"),
        ({"architecture": ["lstm", "cross_attention"]}, "'cross_attention_1'.* an encoded source"),
        ({"architecture": [Residual(CrossAttention(8, 2))]}, "reads an encoded source"),
        ({"positions": "rotary"}, "positions='rotary' turns the queries and keys of attention"),
        ({"positions": "absolute"}, "positions='absolute' is not known; use 'none' or 'learned'"),
        ({"positions": "learned"}, "positions='learned' .*max_sequence_length=None"),
        ({"architecture": "attention", "num_key_value_heads": 3}, "num_key_value_heads=3 does not"),
        ({"architecture": "attention", "sliding_window": 0}, "sliding_window=0"),
        ({"architecture": "transformer", "intermediate_dim": 0}, "intermediate_dim=0"),
        ({"task": "text_classifier", "num_classes": 2, "pooling": "sum"}, "pooling='sum' is not"),
        ({"vocabulary_size": True}, "vocabulary_size=True"),
        ({"dropout": None}, "dropout=None"),
        ({"seed": "one"}, "seed='one'"),
        ({"seed": 1.5}, "seed=1.5"),
        ({"task": ["causal_lm"]}, r"task=\['causal_lm'\] is not known"),
        ({"vocabulary_size": None, "pipeline": "words"}, "pipeline='words' is no pipeline"),
        ({"embedding": [[1.0, 2.0], [3.0]]}, "embedding has shape"),
        ({"embedding_trainable": "no"}, "embedding_trainable='no'"),
        ({"tie_weights": "no"}, "tie_weights='no'"),
        ({"output_bias": "no"}, "output_bias='no'"),
        ({"num_classes": 3}, "num_classes=3 is for .*_classifier' or .*, and task='causal_lm' has"),
        ({"task": "masked_lm", "pooling": "max"}, "pooling='max' is for task='text_classifier'"),
        (
            {"task": "text_classifier", "num_classes": 2, "tie_weights": False},
            "tie_weights=False asks for a table of scores .*'text_classifier' has none",
        ),
        ({"intermediate_dim": 5}, "intermediate_dim=5 changes nothing"),
        ({"sliding_window": 3}, "sliding_window=3 changes nothing"),
        ({"num_key_value_heads": 2}, "num_key_value_heads=2 changes nothing"),
        ({"architecture": "gpt2", "sliding_window": 3}, "sliding_window=3 changes nothing"),
        ({"rope_max_wavelength": 1e5}, "rope_max_wavelength=100000.0 changes nothing"),
        (
            {
                "architecture": "transformer",
                "positions": "sinusoidal",
                "rope_scaling": {"rope_type": "linear", "factor": 2.0},
            },
            "rope_scaling={.*} is of rotary positions, and positions='sinusoidal' has none",
        ),
        (
            {"architecture": "attention", "task": "masked_lm", "bidirectional": True},
            "bidirectional=True changes nothing",
        ),
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


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("the cat", "token_ids='the cat' is text"),
        (np.array([1, 2]), r"shape \(2,\).* ids\[None\]"),
        ([1, 2], r"shape \(2,\).* ids\[None\]"),
        ({"ids": np.array([[1, 2]])}, r"\['ids'\] lack 'token_ids'"),
    ],
)
def test_inputs_that_are_no_batch_of_ids_are_named(inputs, message):
    model = build_model("attention", vocabulary_size=20, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match=message) as error:
        model.attention_weights(inputs)
    assert "\n" not in str(error.value)


def test_attention_weights_take_lists_as_well():
    model = build_model("attention", vocabulary_size=20, hidden_dim=8)
    rows = [[1, 2, 3], [4, 5, 6]]
    expected = model.attention_weights(np.array(rows))["attention_0"]
    np.testing.assert_array_equal(model.attention_weights(rows)["attention_0"], expected)
