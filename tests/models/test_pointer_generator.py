"""Pointer-generator: the formula, its laws, copying what no target held, and all that a
sequence-to-sequence model does besides."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import expit, log_softmax

from mlm_tf import TextPipeline, build_model, estimate
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import Beam
from mlm_tf.models import PointerGenerator
from mlm_tf.models.pointer_generator import mixture
from mlm_tf.preprocessing import pair_rows
from mlm_tf.preprocessing.special_tokens import END_ID, START_ID

KINDS = [
    (["gru", "cross_attention"], {"bidirectional": True, "embedding_dim": 6}),
    ("lstm", {}),  # no attention but the head's
    ("transformer", {"num_layers": 2, "num_key_value_heads": 2}),
]
kinds = pytest.mark.parametrize(("architecture", "settings"), KINDS, ids=lambda x: str(x))
SIZE = 11


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def built(architecture=("gru", "cross_attention"), task="pointer_generator", **settings):
    architecture = list(architecture) if isinstance(architecture, tuple) else architecture
    settings = {"vocabulary_size": SIZE, "hidden_dim": 8, "seed": 1, **settings}
    return build_model(architecture, task, **settings)


def inputs(seed=0, source_lengths=(7, 3, 1), target_lengths=(2, 6, 4)):
    rng = np.random.default_rng(seed)
    source = rng.integers(0, SIZE, (len(source_lengths), max(source_lengths))).astype("int32")
    target = rng.integers(0, SIZE, (len(source_lengths), max(target_lengths))).astype("int32")
    return {
        "encoder_token_ids": source,
        "encoder_padding_mask": np.arange(source.shape[1]) < np.array(source_lengths)[:, None],
        "decoder_token_ids": target,
        "decoder_padding_mask": np.arange(target.shape[1]) < np.array(target_lengths)[:, None],
    }


def probabilities(model, x):
    """Of a whole target, at the positions that are tokens: `(tokens, vocabulary)`."""
    return np.exp(numpy(model(x)))[x["decoder_padding_mask"]]


# === The formula ===


def by_hand(logits, gate, weights, ids):
    """Equation 9, position by position."""
    generated, p_gen = np.exp(log_softmax(logits.astype("float64"), axis=-1)), expit(gate)
    p = p_gen * generated
    for b, t, i in np.ndindex(weights.shape):
        p[b, t, ids[b, i]] += (1 - p_gen[b, t, 0]) * weights[b, t, i]
    return p


def drawn(seed=0, shape=(2, 3, 5)):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(*shape[:2], SIZE)).astype("float32")
    gate = rng.normal(size=(*shape[:2], 1)).astype("float32")
    weights = rng.dirichlet(np.ones(shape[2]), size=shape[:2]).astype("float32")
    return logits, gate, weights, rng.integers(0, SIZE, (shape[0], shape[2])).astype("int32")


@pytest.mark.parametrize("seed", range(3))
def test_the_mixture_is_the_formula(seed):
    given = drawn(seed)
    found = np.exp(numpy(mixture(*given)))
    np.testing.assert_allclose(found, by_hand(*given), atol=1e-6)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-6)


@kinds
def test_the_model_is_the_formula_of_its_parts(architecture, settings):
    model, x = built(architecture, **settings), inputs()
    logits = numpy(model.logits(model.hidden_states(x)))
    p_gen = model.generation_probabilities(x)
    weights = model.attention_weights(x)["copy_attention"]  # (B, 1, T, S)
    assert p_gen.shape == (3, 6) and weights.shape == (3, 1, 6, 7)
    gate = np.log(p_gen / (1 - p_gen))[..., None]
    expected = by_hand(logits, gate, weights[:, 0], x["encoder_token_ids"])
    found = np.exp(numpy(model(x)))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)


def test_what_is_generated_alone_is_the_plain_head():
    model, x = built(), inputs()
    model.gate.bias.assign([60.0])
    plain = numpy(model.logits(model.hidden_states(x)))
    np.testing.assert_allclose(numpy(model(x)), log_softmax(plain, axis=-1), atol=1e-5)


def test_what_is_copied_alone_stands_in_the_source():
    model, x = built(), inputs()
    model.gate.bias.assign([-60.0])
    p = np.exp(numpy(model(x)))
    for row, ids, keep in zip(p, x["encoder_token_ids"], x["encoder_padding_mask"], strict=True):
        there = np.isin(np.arange(SIZE), ids[keep])
        np.testing.assert_allclose(row[:, there].sum(-1), 1, atol=1e-6)
        assert row[:, ~there].max() < 1e-20


def test_a_token_in_several_places_gets_the_sum_of_their_weights():
    logits, _, weights, _ = drawn(shape=(1, 2, 4))
    gate = np.full((1, 2, 1), -60, "float32")
    p = np.exp(numpy(mixture(logits, gate, weights, np.array([[3, 5, 3, 3]], "int32"))))
    np.testing.assert_allclose(p[..., 3], weights[..., [0, 2, 3]].sum(-1), atol=1e-6)
    np.testing.assert_allclose(p[..., 5], weights[..., 1], atol=1e-6)


@kinds
def test_padding_of_the_source_is_not_pointed_at_and_changes_nothing(architecture, settings):
    model, x = built(architecture, **settings), inputs(1)
    keep = x["encoder_padding_mask"]
    weights = model.attention_weights(x)["copy_attention"]
    assert (weights[np.broadcast_to(~keep[:, None, None, :], weights.shape)] == 0).all()
    before = probabilities(model, x)
    other = {**x, "encoder_token_ids": np.where(keep, x["encoder_token_ids"], 9).astype("int32")}
    np.testing.assert_allclose(probabilities(model, other), before, atol=1e-6)
    longer = dict(x)
    for name in ("encoder_token_ids", "encoder_padding_mask"):
        longer[name] = np.pad(x[name], [(0, 0), (0, 4)])
    np.testing.assert_allclose(probabilities(model, longer), before, atol=1e-5)
    backwards = {name: array[::-1] for name, array in x.items()}
    found = np.exp(numpy(model(backwards)))[::-1][x["decoder_padding_mask"]]
    np.testing.assert_allclose(found, before, atol=1e-5)


def test_a_source_of_padding_alone_leaves_what_is_generated():
    model, x = built(), inputs(2)
    x["encoder_padding_mask"][0] = False
    p, p_gen = np.exp(numpy(model(x)))[0], model.generation_probabilities(x)[0]
    np.testing.assert_allclose(p.sum(-1), p_gen, atol=1e-5)
    generated = np.exp(log_softmax(numpy(model.logits(model.hidden_states(x)))[0], axis=-1))
    np.testing.assert_allclose(p / p.sum(-1, keepdims=True), generated, atol=1e-5)


# === Step by step ===


@kinds
def test_call_equals_chunks_of_step(architecture, settings):
    model, x = built(architecture, **settings), inputs()
    mask, whole = x["decoder_padding_mask"], numpy(model(x))
    state = model.initial_state(3, 6, x["encoder_token_ids"], x["encoder_padding_mask"])
    parts = []
    for a, b in [(0, 2), (2, 3), (3, 6)]:
        ids = x["decoder_token_ids"][:, a:b]
        scores, state = model.step(ids, state, padding_mask=mask[:, a:b])
        parts.append(numpy(scores))
    np.testing.assert_allclose(np.concatenate(parts, axis=1)[mask], whole[mask], atol=3e-5)


def log_probs_by_call(model, source, row):
    """The log-probability of each token of a row but the first, by calls of the whole model."""
    x = {"encoder_token_ids": source[None], "decoder_token_ids": row[None, :-1]}
    scores = log_softmax(numpy(model(x))[0], axis=-1)
    return scores[np.arange(len(row) - 1), row[1:]]


@pytest.mark.parametrize("sampler", ["random", Beam(3)], ids=["random", "beam"])
def test_what_is_written_has_the_probabilities_of_a_call(sampler):
    model = built()
    sources = [np.array([4, 5, 6, 5], "int32"), np.array([7], "int32")]
    rows, log_probs = model.generate(
        sources, max_length=6, sampler=sampler, seed=3, return_log_probs=True, stop_token_ids=[2]
    )
    for source, row, found in zip(sources, rows, log_probs, strict=True):
        np.testing.assert_allclose(found, log_probs_by_call(model, source, row), atol=1e-4)


def test_what_is_copied_alone_is_written_from_the_source_of_each_row():
    model = built()
    model.gate.bias.assign([-60.0])
    sources = [np.array([4, 5], "int32"), np.array([7, 8, 9], "int32")]
    rows = model.generate(sources, max_length=9, sampler="random", seed=0, strip_prompt=True)
    assert all(set(row) <= set(source) for row, source in zip(rows, sources, strict=True))


# === Numbers ===


class Mixture(keras.Model):
    """A mixture whose gate, sharpness of what is generated and weights are trained."""

    def __init__(self, gate, weights):
        super().__init__()
        start = keras.initializers.Constant
        self.gate = self.add_weight(shape=(1, 2, 1), initializer=start(gate))
        self.sharpness = self.add_weight(shape=(), initializer="ones")
        self.pointed = self.add_weight(shape=weights.shape, initializer=start(weights))

    def call(self, ids):
        logits = ops.arange(SIZE, dtype="float32") * 100 * self.sharpness * ops.ones((1, 2, 1))
        return mixture(logits, self.gate + 0, self.pointed + 0, ids)


@pytest.mark.parametrize("gate", [-200.0, 0.0, 200.0])
@pytest.mark.parametrize("target", [3, 4, 9])
def test_gradients_are_finite_where_a_probability_is_zero(gate, target):
    model = Mixture(gate, np.array([[[1.0, 0.0], [1e-38, 1.0]]], "float32"))
    model.compile(
        keras.optimizers.SGD(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    ids, y = np.array([[3, 4]], "int32"), np.full((1, 2), target, "int32")
    assert np.isfinite(model.train_on_batch(ids, y))
    for variable in model.trainable_variables:
        assert np.isfinite(numpy(variable)).all()


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_trains(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model, x = built("lstm"), inputs()
    finally:
        keras.config.set_dtype_policy("float32")
    assert keras.backend.standardize_dtype(model(x).dtype) == "float32"
    np.testing.assert_allclose(np.exp(numpy(model(x))).sum(-1), 1, atol=1e-4)
    model.compile("adam")
    y, weight = x["decoder_token_ids"], x["decoder_padding_mask"].astype("float32")
    losses = model.fit(x, y, sample_weight=weight, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert np.isfinite(numpy(model(x))).all()


# === What it is for ===

MARK, WORDS = 6, 64


def marked(seed, low, high, count):
    """Seven tokens, one of them a mark; the target is what stands behind it, from a range."""
    rng = np.random.default_rng(seed)
    source = rng.integers(7, WORDS, (count, 7)).astype("int32")
    place, word = rng.integers(0, 6, count), rng.integers(low, high, count)
    source[np.arange(count), place], source[np.arange(count), place + 1] = MARK, word
    written = np.stack([np.full(count, START_ID), word], axis=1).astype("int32")
    y = np.stack([word, np.full(count, END_ID)], axis=1).astype("int32")
    return {"encoder_token_ids": source, "decoder_token_ids": written}, y


@pytest.fixture(scope="module")
def trained():
    """By task the model that has learned to write the token behind the mark, where that is one of
    the lower half."""
    models, (x, y) = {}, marked(0, 7, WORDS // 2, 2500)
    for task in ("pointer_generator", "seq2seq_lm"):
        keras.utils.set_random_seed(0)
        settings = {"vocabulary_size": WORDS, "hidden_dim": 32, "bidirectional": True}
        models[task] = built(task=task, **settings)
        models[task].compile(keras.optimizers.Adam(0.01))
        models[task].fit(x, y, batch_size=64, epochs=4, verbose=0)
    return models


def share_right(model, seed, low, high):
    x, y = marked(seed, low, high, 200)
    return np.mean(np.argmax(numpy(model(x)), axis=-1)[:, 0] == y[:, 0])


def test_it_copies_what_no_target_ever_held_and_the_plain_head_does_not(trained):
    for model in trained.values():
        assert share_right(model, 1, 7, WORDS // 2) > 0.95
    assert share_right(trained["pointer_generator"], 2, WORDS // 2, WORDS) > 0.9
    assert share_right(trained["seq2seq_lm"], 2, WORDS // 2, WORDS) < 0.1


def test_it_points_at_the_place_that_it_copies(trained):
    model, (x, y) = trained["pointer_generator"], marked(3, WORDS // 2, WORDS, 50)
    weights = model.attention_weights(x)["copy_attention"][:, 0, 0]  # of the first step
    behind = np.argmax(x["encoder_token_ids"] == MARK, axis=1) + 1
    assert np.mean(np.argmax(weights, axis=1) == behind) > 0.9
    p_gen = model.generation_probabilities(x)
    assert p_gen[:, 0].mean() < 0.3 < 0.7 < p_gen[:, 1].mean()  # the end token is in no source
    rows = model.generate(
        x["encoder_token_ids"], max_length=3, sampler="greedy", stop_token_ids=[END_ID]
    )
    assert np.mean([row[1] == word for row, word in zip(rows, y[:, 0], strict=True)]) > 0.9


# === All the rest of a model ===


def test_a_file_and_a_clone_are_the_same_and_it_writes_texts(tmp_path):
    texts = ["the cat sat", "a dog ran home", "the dog sat"]
    pipeline = TextPipeline.fit(texts)
    model = build_model(
        ["gru", "cross_attention"],
        "pointer_generator",
        pipeline=pipeline,
        target_pipeline=pipeline,
        hidden_dim=8,
        bidirectional=True,
        max_sequence_length=8,
    )
    assert type(model) is PointerGenerator
    model.copy_attention.query.trainable = False
    model.compile("adam")
    data = pair_rows(pipeline, pipeline, texts * 4, texts * 4, 6, 5, batch_size=4)
    model.fit(data, verbose=0)
    model.save(tmp_path / "m.keras")
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    rows = pipeline(texts)
    x = {f"{part}_{name}": a for part in ("encoder", "decoder") for name, a in rows.items()}
    for other in (keras.saving.load_model(tmp_path / "m.keras"), clone):
        np.testing.assert_array_equal(numpy(other(x)), numpy(model(x)))
        assert other.pipeline.vocabulary == pipeline.vocabulary
        assert not other.copy_attention.query.trainable
        assert len(other.trainable_weights) == len(model.trainable_weights)
    forbidden = model.generate("the cat sat", forbidden_strings=["cat", "dog"], seed=0)
    assert "cat" not in forbidden and "dog" not in forbidden


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_it_is_quantised_and_loaded(mode, tmp_path):
    model, x = built(), inputs()
    model.quantize(mode)
    assert model.copy_attention.query.quantization_mode == mode
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(numpy(loaded(x)), numpy(model(x)))
    np.testing.assert_allclose(np.exp(numpy(model(x))).sum(-1), 1, atol=1e-5)


def test_its_attention_takes_lora(tmp_path):
    model, x = built(), inputs()
    query = model.copy_attention.query
    query.enable_lora(2)
    assert [w.trainable for w in query.weights] == [False, True, True]
    model.compile(keras.optimizers.Adam(0.1))
    kernel, before = numpy(query._kernel), numpy(query.lora_kernel_b)
    model.fit(x, x["decoder_token_ids"], epochs=2, verbose=0)
    np.testing.assert_array_equal(numpy(query._kernel), kernel)
    assert np.abs(numpy(query.lora_kernel_b) - before).max() > 1e-4
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(numpy(loaded(x)), numpy(model(x)), atol=1e-6)


def test_it_is_exported(tmp_path):
    tf = pytest.importorskip("tensorflow")
    model = built()
    model.export(tmp_path / "exported")
    exported = tf.saved_model.load(tmp_path / "exported")
    for x in (inputs(), inputs(1, (4,), (3,))):  # any batch, any length
        found = np.array(exported.serve({name: tf.constant(array) for name, array in x.items()}))
        keep = x["decoder_padding_mask"]
        np.testing.assert_allclose(found[keep], numpy(model(x))[keep], atol=1e-5)


def test_it_nests_and_is_estimated():
    model, x = built(), inputs()
    tensors = {
        name: keras.Input((None,), dtype=array.dtype.name, name=name) for name, array in x.items()
    }
    outer = keras.Model(tensors, keras.layers.Softmax()(model(tensors)))
    np.testing.assert_allclose(numpy(outer(x)), np.exp(numpy(model(x))), atol=1e-5)
    found = estimate(
        ["gru", "cross_attention"], "pointer_generator", vocabulary_size=SIZE, hidden_dim=8
    )
    assert found.parameters == model.count_params()
    plain = estimate(["gru", "cross_attention"], "seq2seq_lm", vocabulary_size=SIZE, hidden_dim=8)
    assert found.cache_bytes > plain.cache_bytes > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target_vocabulary_size": 13}, "one vocabulary, and target_vocabulary_size=13"),
        ({"pipelines": 2}, "one vocabulary, and target_pipeline is another"),
        ({"architecture": "attention", "bidirectional": True}, "bidirectional=True changes noth"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(arguments, message):
    if arguments.pop("pipelines", None):
        pipelines = [TextPipeline.fit(["the cat sat"]) for _ in range(2)]
        arguments = {
            "vocabulary_size": None,
            "pipeline": pipelines[0],
            "target_pipeline": pipelines[1],
        }
    with pytest.raises(InvalidArgumentError, match=message) as error:
        built(**arguments)
    assert "\n" not in str(error.value)


def test_its_class_takes_no_second_vocabulary():
    model = built()
    config = {**model.get_config(), "source_vocabulary_size": 13}
    with pytest.raises(InvalidArgumentError, match="one vocabulary, and source_vocabulary_size=13"):
        PointerGenerator.from_config(config)


def test_ids_outside_the_vocabulary_are_named():
    model, x = built(), inputs()
    for part in ("encoder", "decoder"):
        wrong = {**x, f"{part}_token_ids": np.full((3, 6), SIZE, "int32")}
        with pytest.raises(InvalidArgumentError, match=f"{part}_token_ids holds {SIZE}"):
            model.generation_probabilities(wrong)
