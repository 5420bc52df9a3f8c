"""A model with smaller numbers, with LoRA, as a SavedModel, and in files that cannot hold it."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import build_model, layers
from mlm_tf.errors import InvalidArgumentError

RNG = np.random.default_rng(0)
X, Y = RNG.integers(1, 20, (2, 4, 7)).astype("int32")
SIZES = {"vocabulary_size": 20, "hidden_dim": 8, "seed": 0}
MASK = np.arange(7) < np.array([[7], [4], [5], [1]])


def inputs_of(model, mask=None):
    names = model.input_sizes if mask is None else model.input_names
    ids = {name: X % 2 if name == "segment_ids" else X for name in names}
    return {name: mask if name.endswith("mask") else ids[name] for name in names}


def outputs(model):
    return ops.convert_to_numpy(model(inputs_of(model)))


def step(model):
    return model.fit(X, Y, batch_size=4, shuffle=False, verbose=0).history["loss"][0]


def saved(model, tmp_path):
    model.save(tmp_path / "m.keras")
    return keras.saving.load_model(tmp_path / "m.keras")


# === Quantised ===


MODES = ["int8", "int4", "float8"]
QUANTISED = [
    (["gru", "transformer"], "causal_lm", {"embedding_dim": 6, "tie_weights": False}),
    ("attention", "seq2seq_lm", {}),
    ("transformer", "text_classifier", {"num_classes": 3}),
]


@pytest.mark.parametrize(
    ("mode", "architecture", "task", "settings"),
    [  # each mode and each model once here, every pair of them in `make test-slow`
        pytest.param(mode, *model, marks=[pytest.mark.slow] * (i != j))
        for i, mode in enumerate(MODES)
        for j, model in enumerate(QUANTISED)
    ],
    ids=str,
)
def test_a_quantised_model_is_saved_and_loaded(mode, architecture, task, settings, tmp_path):
    model = build_model(architecture, task, **SIZES, **settings)
    model.quantize(mode)
    loaded = saved(model, tmp_path)
    modes = [[layer.quantization_mode for layer in m._flatten_layers()] for m in (model, loaded)]
    assert modes[0] == modes[1]
    assert mode in modes[1]
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    clone = keras.models.clone_model(model)
    assert [w.shape for w in clone.weights] == [w.shape for w in model.weights]


def test_a_quantised_model_generates_the_same_once_loaded(tmp_path):
    model = build_model("transformer", **SIZES)
    model.quantize("int8")
    prompts = [np.array([1, 2])]
    texts = [
        m.generate(prompts, max_length=6, sampler="greedy") for m in (model, saved(model, tmp_path))
    ]
    np.testing.assert_array_equal(texts[0], texts[1])


@pytest.mark.parametrize("mode", ["int8", "float8"])
def test_a_compiled_model_is_quantised_trains_on_and_goes_on_once_loaded(mode, tmp_path):
    model = build_model("transformer", **SIZES)
    model.compile(keras.optimizers.Adam(0.01))
    step(model)
    model.quantize(mode)
    step(model)
    loaded = saved(model, tmp_path)
    assert step(loaded) == pytest.approx(step(model), rel=1e-6)


def test_a_block_quantised_in_a_functional_model_is_loaded(tmp_path):
    inputs = keras.Input((7, 8))
    model = keras.Model(inputs, layers.Transformer(8, 2)(inputs))
    for layer in model.layers[1]._flatten_layers():
        if isinstance(layer, keras.layers.Dense):
            layer.quantize("int4")
    x = RNG.normal(size=(2, 7, 8)).astype("float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(saved(model, tmp_path)(x)), ops.convert_to_numpy(model(x))
    )


@pytest.mark.parametrize(
    ("architecture", "arguments", "message"),
    [
        ("transformer", {"mode": "gptq"}, r"mode='gptq' is not allowed; use one of 'int8'"),
        ("transformer", {"mode": "int7"}, r"mode='int7' is not allowed"),
        ("transformer", {"mode": "int8", "filters": "nothing"}, "Nothing in this model can"),
        ("gru", {"mode": "int8"}, "Nothing in this model can be quantised"),
    ],
    ids=str,
)
def test_what_cannot_be_quantised_is_said_in_one_sentence(architecture, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        build_model(architecture, **SIZES).quantize(**arguments)
    assert "\n" not in str(error.value)


def test_a_model_is_quantised_once_and_where_the_filters_say():
    model = build_model("transformer", **SIZES)
    model.quantize("int8", filters="up|down")
    done = {layer.name for layer in model._flatten_layers() if layer.quantization_mode}
    assert done == {"up", "down"}
    with pytest.raises(InvalidArgumentError, match="quantised already, with mode='int8'"):
        model.quantize("int8")


# === LoRA ===


def with_lora(**settings):
    model = build_model("transformer", **SIZES, **settings)
    model.embedding.enable_lora(2)
    model.blocks[0].self_attention.block.query.enable_lora(3, lora_alpha=5)
    model.blocks[0].feed_forward.block.up.enable_lora(2)
    return model


@pytest.mark.parametrize("tie_weights", [True, False])
def test_lora_goes_on_where_it_was(tie_weights, tmp_path):
    model = with_lora(tie_weights=tie_weights)
    model.compile(keras.optimizers.Adam(0.01))
    step(model)
    loaded = saved(model, tmp_path)
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    assert loaded.blocks[0].self_attention.block.query.lora_alpha == 5
    assert step(loaded) == pytest.approx(step(model), rel=1e-6)
    for name in ("lora_embeddings_a", "lora_embeddings_b"):
        before, after = (ops.convert_to_numpy(getattr(m.embedding, name)) for m in (model, loaded))
        np.testing.assert_allclose(after, before, atol=1e-6)
    clone = keras.models.clone_model(model)
    assert [w.shape for w in clone.weights] == [w.shape for w in model.weights]
    assert [w.trainable for w in clone.weights] == [w.trainable for w in model.weights]
    assert [w.name for w in clone.trainable_weights] == [w.name for w in model.trainable_weights]


def test_lora_beside_quantised_matrices_is_saved_as_it_stands(tmp_path):
    model = with_lora()
    model.compile(keras.optimizers.Adam(0.1))
    step(model)
    model.quantize("int8")
    np.testing.assert_array_equal(outputs(saved(model, tmp_path)), outputs(model))


def test_a_matrix_is_set_beside_lora():
    model = with_lora()
    model.compile(keras.optimizers.Adam(0.1))
    step(model)
    matrix = RNG.normal(size=(20, 8)).astype("float32")
    model.embedding.set_matrix(matrix)
    np.testing.assert_allclose(ops.convert_to_numpy(model.embedding.embeddings), matrix, atol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(model.embedding(X)), matrix[X], atol=1e-6)


def test_lora_on_weights_of_before_starts_anew_and_learns(tmp_path):
    plain = build_model("transformer", **SIZES)
    plain.save_weights(tmp_path / "m.weights.h5")
    model = with_lora()
    model.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_allclose(outputs(model), outputs(plain), atol=1e-6)
    model.compile(keras.optimizers.Adam(0.01))
    step(model)
    query = model.blocks[0].self_attention.block.query
    assert np.abs(ops.convert_to_numpy(query.lora_kernel_b)).max() > 0


@pytest.mark.long_table
@pytest.mark.parametrize("mode", [None, "int8", "int4"])
def test_a_model_without_lora_adds_up_what_lora_has_learned(mode, tmp_path):
    model, plain = (build_model("transformer", **SIZES, tie_weights=False) for _ in range(2))
    for each in (model, plain):
        if mode:
            each.quantize(mode)
    model.embedding.enable_lora(2)
    model.blocks[0].self_attention.block.query.enable_lora(3, lora_alpha=5)
    model.blocks[0].feed_forward.block.up.enable_lora(2)
    model.compile(keras.optimizers.Adam(0.1))
    step(model)
    model.save_weights(tmp_path / "m.weights.h5")
    before = outputs(plain)
    plain.load_weights(tmp_path / "m.weights.h5")
    assert np.abs(outputs(model) - before).max() > 0.1
    rounding = {None: 1e-5, "int8": 0.06, "int4": 0.3}[mode]  # of matrices and activations
    np.testing.assert_allclose(outputs(plain), outputs(model), atol=rounding)
    query = plain.blocks[0].self_attention.block.query
    assert (query.lora_enabled, query.lora_rank) == (False, None)
    plain.embedding.enable_lora(4)  # it can begin once more
    np.testing.assert_allclose(outputs(plain), outputs(model), atol=rounding)


# === Exported ===


@pytest.mark.parametrize(
    ("architecture", "task", "settings"),
    [
        (["gru", "attention"], "causal_lm", {}),
        ("lstm", "masked_lm", {"bidirectional": True}),
        ("bert-base", "masked_lm", {"num_layers": 1, "num_heads": 2, "max_sequence_length": 16}),
        ("transformer", "text_classifier", {"num_classes": 3, "pooling": "tfidf"}),
        ("transformer", "seq2seq_lm", {"target_vocabulary_size": 20}),
        ("attention", "causal_lm", {"positions": "learned", "max_sequence_length": 16}),
    ],
    ids=str,
)
def test_a_model_is_exported_without_having_been_called(architecture, task, settings, tmp_path):
    tf = pytest.importorskip("tensorflow")
    model = build_model(architecture, task, **SIZES, **settings)
    model.export(tmp_path / "exported")
    exported = tf.saved_model.load(tmp_path / "exported")
    for rows, length in ((4, 7), (1, 3)):  # any batch, any length
        inputs = {n: v[:rows, :length] for n, v in inputs_of(model, MASK).items()}
        found = np.array(exported.serve({n: tf.constant(value) for n, value in inputs.items()}))
        expected = ops.convert_to_numpy(model(inputs))
        if found.ndim == 3:
            keep = MASK[:rows, :length]
            found, expected = found[keep], expected[keep]
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["m.h5", "m.hdf5", "m.weights.h5", "m", "m.zip"])
def test_a_file_that_cannot_hold_a_model_is_refused_with_the_remedy(name, tmp_path):
    model = build_model("gru", **SIZES)
    with pytest.raises(InvalidArgumentError, match=r"write model\.save\('m.*\.keras'\), or") as e:
        model.save(tmp_path / name)
    assert "\n" not in str(e.value)
    assert not list(tmp_path.iterdir())


def test_no_other_way_writes_what_does_not_load(tmp_path):
    model = build_model("gru", **SIZES)
    with pytest.raises(InvalidArgumentError, match=r"HDF5 .*; write model\.save\('model\.keras'\)"):
        keras.saving.save_model(model, tmp_path / "m.h5")
    keras.saving.save_model(model, tmp_path / "m.keras")
    assert keras.saving.load_model(tmp_path / "m.keras").count_params() == model.count_params()


def test_tfidf_pooling_is_built_as_other_layers():
    pooling = layers.TfidfPooling(vocabulary_size=20)
    pooling.build(x_shape=(None, None, 8), token_ids_shape=(None, None))
    assert pooling.idf.shape == (20,)
    x = keras.Input((None, 8))
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model([x, ids], layers.TfidfPooling(20)(x, token_ids=ids))
    assert model.output_shape == (None, 8)
