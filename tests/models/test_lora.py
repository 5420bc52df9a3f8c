"""Adapters beside a frozen model: on, trained, saved, merged, and in files of their own."""

import json
import logging
import shutil

import keras
import numpy as np
import pytest
from keras import ops
from safetensors.numpy import load_file, save_file

from mlm_tf import build_model, interop
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.layers.lora import Dense

RNG = np.random.default_rng(0)
X, Y = RNG.integers(1, 20, (2, 4, 7)).astype("int32")
SIZES = {"vocabulary_size": 20, "hidden_dim": 8, "num_heads": 2, "seed": 0}
FACTORS = {"lora_kernel_a", "lora_kernel_b"}
CONFIG, TENSORS = "adapter_config.json", "adapter_model.safetensors"


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def inputs_of(model):
    return X if len(model.input_names) == 2 else dict.fromkeys(model.input_sizes, X)


def outputs(model):
    return numpy(model(inputs_of(model)))


def step(model):
    return model.fit(inputs_of(model), Y, batch_size=4, shuffle=False, verbose=0).history["loss"][0]


def learned(model):
    """The same model, with adapters that have learned something."""
    for weight in model.trainable_weights:
        weight.assign(RNG.normal(size=weight.shape, scale=0.5))
    return model


def adapted(architecture="transformer", task="causal_lm", rank=2, adapters=None, **settings):
    model = build_model(architecture, task, **SIZES, **settings)
    model.enable_lora(rank, **(adapters or {}))
    return learned(model)


def query_of(model, block=0):
    return model.blocks[block].self_attention.block.query


# === On ===


@pytest.mark.parametrize(
    ("architecture", "task", "settings", "count"),
    [
        ("transformer", "causal_lm", {"num_layers": 2, "embedding_dim": 6}, 2 * 6),
        ("llama", "causal_lm", {"tie_weights": False}, 7),
        pytest.param(["gru", "attention"], "masked_lm", {}, 4, marks=pytest.mark.slow),
        pytest.param("attention", "seq2seq_lm", {}, 3 * 4, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_adapters_alone_are_trained_and_begin_as_the_model_was(architecture, task, settings, count):
    model = build_model(architecture, task, **SIZES, **settings)
    before = outputs(model)
    model.enable_lora(2)
    np.testing.assert_allclose(outputs(model), before, atol=1e-6)
    assert {weight.name for weight in model.trainable_weights} == FACTORS
    assert len(model.trainable_weights) == 2 * count
    frozen = [numpy(weight) for weight in model.non_trainable_weights]
    model.compile(keras.optimizers.Adam(0.1))
    losses = [step(model) for _ in range(3)]
    assert losses[2] < losses[0]
    for weight, value in zip(model.non_trainable_weights, frozen, strict=True):
        np.testing.assert_array_equal(numpy(weight), value)
    assert len(model.optimizer.variables) == 2 + 2 * 2 * count  # step, rate and two moments each


def test_targets_are_chosen_by_name_in_every_block():
    model = build_model("transformer", num_layers=2, **SIZES)
    model.enable_lora(3, targets=["query", "down"], lora_alpha=6)
    on = sorted(x.name for x in model._flatten_layers() if getattr(x, "lora_enabled", False))
    assert on == ["down", "down", "query", "query"]
    assert (query_of(model, 1).lora_rank, query_of(model, 1).lora_alpha) == (3, 6)


def test_what_is_released_beside_adapters_is_trained():
    model = build_model("transformer", "text_classifier", num_classes=2, **SIZES)
    model.trainable = False  # as somebody might have it before
    model.enable_lora(2, targets=["value"])
    assert {w.name for w in model.trainable_weights} == FACTORS
    model.classifier.trainable = True
    assert {w.name for w in model.trainable_weights} == {*FACTORS, "kernel", "bias"}


@pytest.mark.parametrize(
    ("architecture", "arguments", "message"),
    [
        ("transformer", {"rank": 0}, "^rank=0 is not allowed; use an integer >= 1"),
        ("transformer", {"rank": 2, "lora_alpha": 0}, "^lora_alpha=0 is not allowed; use a number"),
        ("transformer", {"rank": 2, "targets": "query"}, r"one string.*pass \[text\]"),
        ("transformer", {"rank": 2, "targets": []}, r"targets=\[\] is not allowed"),
        (
            "transformer",
            {"rank": 2, "targets": ["query", "q_proj"]},
            "are 'query', 'key', 'value', 'output_projection', 'up', 'down'; name some of these",
        ),
        ("gru", {"rank": 2}, "This model has no projection in its blocks"),
    ],
)
def test_what_can_take_no_adapter_is_said_in_one_sentence(architecture, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        build_model(architecture, **SIZES).enable_lora(**arguments)
    assert "\n" not in str(error.value)


def test_adapters_are_put_on_once_and_none_on_float8_nor_float8_on_them():
    model = adapted()
    with pytest.raises(InvalidArgumentError, match="has adapters already"):
        model.enable_lora(2)
    with pytest.raises(InvalidArgumentError, match="'float8' has no place for adapters"):
        model.quantize("float8")
    model = build_model("transformer", **SIZES)
    for call in (model.merge_adapters, lambda: model.save_adapters("nowhere")):
        with pytest.raises(InvalidArgumentError, match=r"no adapters; make them with enable_lora"):
            call()
    model.quantize("float8")
    with pytest.raises(InvalidArgumentError, match="A model of float8 takes no adapters"):
        model.enable_lora(2)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("activation", [None, "relu"])
def test_thin_products_beside_the_matrix_are_the_product_with_their_sum(dtype, activation):
    layer = Dense(5, activation=activation, dtype=dtype)
    layer.build((None, 4))
    layer.enable_lora(2, lora_alpha=3)
    for weight in layer.weights:
        weight.assign(RNG.normal(size=weight.shape))
    x = RNG.normal(size=(2, 3, 4)).astype("float32")
    kernel, bias, a, b = (numpy(w).astype("float64") for w in layer.weights)
    expected = x @ (kernel + 3 / 2 * a @ b) + bias
    expected = expected if activation is None else np.maximum(expected, 0)
    found = numpy(layer(x)).astype("float32")
    np.testing.assert_allclose(found, expected, atol=1e-5 if dtype == "float32" else 0.2)


# === Saved, copied, converted ===


def test_a_saved_model_keeps_its_adapters_and_its_optimizer_and_goes_on(tmp_path):
    model = build_model("transformer", **SIZES)
    model.enable_lora(2, targets=["query", "up"], lora_alpha=5)
    model.compile(keras.optimizers.Adam(0.05))
    step(model)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    assert [w.name for w in loaded.trainable_weights] == [w.name for w in model.trainable_weights]
    for each in (model, loaded):
        step(each)
    for mine, theirs in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_allclose(numpy(mine), numpy(theirs), atol=1e-6)
    clone = keras.models.clone_model(model)
    assert [w.trainable for w in clone.weights] == [w.trainable for w in model.weights]
    assert query_of(clone).lora_alpha == 5


def test_weights_saved_beside_another_alpha_count_as_they_did(tmp_path):
    model = adapted(adapters={"lora_alpha": 7})
    model.save_weights(tmp_path / "m.weights.h5")
    other = adapted(adapters={"lora_alpha": 1})
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(outputs(other), outputs(model))


def test_a_checkpoint_of_tensorflow_holds_adapters(tmp_path):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("tf.train.Checkpoint is TensorFlow's")
    import tensorflow as tf

    model, other = adapted(), adapted()
    path = tf.train.Checkpoint(model=model).write(str(tmp_path / "checkpoint"))
    tf.train.Checkpoint(model=other).read(path).assert_consumed()
    np.testing.assert_array_equal(outputs(other), outputs(model))
    model.merge_adapters()  # nothing of them is left in what is written
    path = tf.train.Checkpoint(model=model).write(str(tmp_path / "merged"))
    plain = build_model("transformer", **SIZES)
    tf.train.Checkpoint(model=plain).read(path).assert_consumed()
    np.testing.assert_array_equal(outputs(plain), outputs(model))


def test_a_model_with_adapters_is_exported_with_what_they_add(tmp_path):
    tf = pytest.importorskip("tensorflow")
    model = adapted("attention")
    model.export(tmp_path / "exported")
    inputs = {"token_ids": X, "padding_mask": np.ones_like(X, bool)}
    exported = tf.saved_model.load(tmp_path / "exported")
    found = exported.serve({name: tf.constant(value) for name, value in inputs.items()})
    np.testing.assert_allclose(np.array(found), outputs(model), atol=1e-5)


@pytest.mark.parametrize("mode", ["int8", pytest.param("int4", marks=pytest.mark.slow)])
def test_adapters_of_a_model_of_few_bits_are_trained_saved_and_merged(mode, tmp_path):
    model = build_model("transformer", **SIZES)
    model.quantize(mode)
    plain = outputs(model)
    model.enable_lora(2)
    assert {w.name for w in model.trainable_weights} == FACTORS
    np.testing.assert_allclose(outputs(model), plain, atol=1e-5)
    model.compile(keras.optimizers.Adam(0.1))
    step(model)
    before = outputs(model)
    assert np.abs(before - plain).max() > 0.1
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(outputs(loaded), before)
    assert step(loaded) == pytest.approx(step(model), rel=1e-5)
    before = outputs(model)
    model.merge_adapters()
    np.testing.assert_allclose(outputs(model), before, atol={"int8": 0.06, "int4": 0.4}[mode])
    assert query_of(model).quantization_mode == mode


# === Merged ===


def test_a_merged_model_is_plain_and_gives_what_it_gave(tmp_path):
    model = adapted(adapters={"lora_alpha": 3})
    model.compile(keras.optimizers.Adam(0.01))
    step(model)
    before = outputs(model)
    model.merge_adapters()
    np.testing.assert_allclose(outputs(model), before, atol=1e-5)
    plain = build_model("transformer", **SIZES)
    assert [w.name for w in model.weights] == [w.name for w in plain.weights]
    assert len(model.trainable_weights) == len(plain.trainable_weights)
    configs = [{**each.get_config(), "name": "both"} for each in (model, plain)]
    assert configs[0] == configs[1]
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(outputs(loaded), outputs(model))
    kernel = numpy(query_of(model).kernel)
    step(model)  # with an optimizer of its own
    assert np.abs(numpy(query_of(model).kernel) - kernel).max() > 0
    model.enable_lora(1)
    assert {w.name for w in model.trainable_weights} == FACTORS


def test_merging_loses_nothing_where_products_are_of_bfloat16():
    layer = Dense(5, dtype="mixed_bfloat16")
    layer.build((None, 4))
    layer.enable_lora(2)
    for weight in layer.weights:
        weight.assign(RNG.normal(size=weight.shape))
    kernel, _, a, b = (numpy(weight) for weight in layer.weights)
    layer.merge_lora()
    np.testing.assert_allclose(numpy(layer._kernel), kernel + a @ b, atol=1e-6)


def test_what_is_generated_follows_adapters_on_and_off():
    model = build_model("attention", **SIZES)

    def checked():
        """The log-probabilities of what it writes, which are those of a call."""
        settings = {"max_length": 8, "sampler": "greedy", "return_log_probs": True}
        ids, found = model.generate([1, 2], **settings)
        scores = numpy(ops.log_softmax(model(ids[None, :-1])))[0, 1:]
        np.testing.assert_allclose(found, scores[np.arange(6), ids[2:]], atol=1e-5)
        return found

    plain = checked()
    model.enable_lora(2)
    learned(model)
    with_adapters = checked()
    assert np.abs(with_adapters - plain).max() > 0.01
    model.merge_adapters()
    np.testing.assert_allclose(checked(), with_adapters, atol=1e-5)


def test_a_checkpoint_of_gpt2_has_adapters_in_its_matrices(tmp_path):
    model = adapted("gpt2", positions="learned", max_sequence_length=9, output_bias=False)
    interop.to_huggingface(model, tmp_path / "gpt2")
    read = interop.from_huggingface(tmp_path / "gpt2")
    np.testing.assert_allclose(outputs(read), outputs(model), atol=1e-5)
    assert {weight.name for weight in model.weights} >= FACTORS  # as before


# === In files of their own ===


def saved_adapters(folder, *arguments, **settings):
    model = adapted(*arguments, **settings)
    model.save_adapters(folder)
    return model


@pytest.fixture(scope="module")
def of_llama(tmp_path_factory):
    """A folder with adapters of Llama's kind, and the outputs of the model that they are of."""
    folder = tmp_path_factory.mktemp("adapters") / "llama"
    kept = {"targets": ["query", "value", "gate"], "lora_alpha": 8}
    model = saved_adapters(folder, "llama", num_layers=2, adapters=kept, num_key_value_heads=1)
    return folder, outputs(model), {n: numpy(getattr(query_of(model, 1), n)) for n in FACTORS}


@pytest.fixture(scope="module")
def llama():
    return build_model("llama", num_layers=2, num_key_value_heads=1, **SIZES)


def test_adapters_of_llamas_kind_are_files_as_peft_writes_them(of_llama):
    folder, _, factors = of_llama
    assert sorted(path.name for path in folder.iterdir()) == [CONFIG, TENSORS]
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    assert (config["peft_type"], config["r"], config["lora_alpha"]) == ("LORA", 2, 8)
    assert config["target_modules"] == ["gate_proj", "q_proj", "v_proj"]
    tensors = load_file(folder / TENSORS)
    layers = [f"base_model.model.model.layers.{n}." for n in range(2)]
    names = ("self_attn.q_proj", "self_attn.v_proj", "mlp.gate_proj")
    assert set(tensors) == {
        f"{layer}{name}.lora_{factor}.weight"
        for layer in layers
        for name in names
        for factor in "AB"
    }
    query = f"{layers[1]}self_attn.q_proj"
    np.testing.assert_array_equal(tensors[f"{query}.lora_A.weight"].T, factors["lora_kernel_a"])
    np.testing.assert_array_equal(tensors[f"{query}.lora_B.weight"].T, factors["lora_kernel_b"])
    assert tensors[f"{layers[0]}self_attn.v_proj.lora_B.weight"].shape == (4, 2)


def test_adapters_are_read_beside_the_same_model(of_llama):
    folder, expected, _ = of_llama
    model = build_model("llama", num_layers=2, num_key_value_heads=1, **SIZES)
    model.load_adapters(folder)
    np.testing.assert_allclose(outputs(model), expected, atol=1e-6)
    assert {w.name for w in model.trainable_weights} == FACTORS
    assert query_of(model).lora_alpha == 8


def test_other_adapters_come_in_the_place_of_those_that_are_on(of_llama, tmp_path):
    folder, expected, _ = of_llama
    model = adapted("llama", num_layers=2, num_key_value_heads=1, rank=3)
    other = outputs(model)
    model.save_adapters(tmp_path / "other")
    for read, wanted in ((folder, expected), (tmp_path / "other", other)):
        model.load_adapters(read)
        np.testing.assert_allclose(outputs(model), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("architecture", "task", "settings"),
    [
        ("gpt2", "causal_lm", {"positions": "learned", "max_sequence_length": 9}),
        ("transformer", "seq2seq_lm", {}),
        ("llama", "masked_lm", {}),
    ],
    ids=str,
)
def test_adapters_of_any_other_model_are_in_our_own_layout(architecture, task, settings, tmp_path):
    model = saved_adapters(tmp_path / "a", architecture, task, **settings)
    config = json.loads((tmp_path / "a" / CONFIG).read_text("utf-8"))
    assert config["format"] == "mlm_tf adapters" and "peft_type" not in config
    other = build_model(architecture, task, **SIZES, **settings)
    other.load_adapters(tmp_path / "a")
    np.testing.assert_allclose(outputs(other), outputs(model), atol=1e-6)


def test_adapters_of_some_blocks_name_them(tmp_path):
    model = build_model("llama", num_layers=2, **SIZES)
    query_of(model, 1).enable_lora(2)
    model.save_adapters(tmp_path / "a")  # all else is trained too, and that is said elsewhere
    config = json.loads((tmp_path / "a" / CONFIG).read_text("utf-8"))
    assert config["target_modules"] == ["model.layers.1.self_attn.q_proj"]
    other = build_model("llama", num_layers=2, **SIZES)
    other.load_adapters(tmp_path / "a")
    assert not query_of(other, 0).lora_enabled and query_of(other, 1).lora_enabled


def test_adapters_that_files_have_no_place_for_are_refused(tmp_path):
    model = build_model("llama", num_layers=2, **SIZES)
    for block, rank in enumerate((2, 3)):
        query_of(model, block).enable_lora(rank)
    with pytest.raises(InvalidArgumentError, match=r"differ in \(rank, lora_alpha\)"):
        model.save_adapters(tmp_path / "a")
    model.embedding.enable_lora(2)
    with pytest.raises(InvalidArgumentError, match="LoRA is enabled at 'embedding' too"):
        model.save_adapters(tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_head_that_is_trained_beside_them_is_told_to_be_elsewhere(tmp_path, caplog):
    model = build_model("attention", "text_classifier", num_classes=2, **SIZES)
    model.enable_lora(2)
    with caplog.at_level(logging.WARNING, "mlm_tf"):
        model.save_adapters(tmp_path / "a")
        assert not caplog.records
        model.classifier.trainable = True
        model.save_adapters(tmp_path / "b")
    assert "classifier/kernel is trained beside the adapters (2 in all)" in caplog.text


def test_a_folder_in_use_is_not_written_into_unless_told(of_llama, tmp_path):
    folder = tmp_path / "a"
    shutil.copytree(of_llama[0], folder)
    (folder / "README.md").write_text("mine", "utf-8")
    model = adapted("attention")
    with pytest.raises(InvalidArgumentError, match=r"not empty; .*overwrite=True"):
        model.save_adapters(folder)
    assert "peft_type" in (folder / CONFIG).read_text("utf-8")
    model.save_adapters(folder, overwrite=True)
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", CONFIG, TENSORS]
    model.load_adapters(folder)
    with pytest.raises(InvalidArgumentError, match=r"is a file; use the name of a folder"):
        model.save_adapters(folder / "README.md")
    with pytest.raises(MissingFileError, match="create that first"):
        model.save_adapters(tmp_path / "b" / "c")


def told(**changes):
    """A change of what the configuration says."""

    def change(folder):
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        (folder / CONFIG).write_text(json.dumps({**config, **changes}), "utf-8")

    return change


def held(change):
    """A change of the tensors."""

    def change_file(folder):
        tensors = load_file(folder / TENSORS)
        change(tensors)
        save_file(tensors, folder / TENSORS)

    return change_file


QUERY = "base_model.model.model.layers.1.self_attn.q_proj"
DAMAGES = {
    "no configuration": (lambda f: (f / CONFIG).unlink(), MissingFileError, "has no adapter_conf"),
    "no factors": (lambda f: (f / TENSORS).unlink(), MissingFileError, "has no adapter_model.saf"),
    "no JSON": (lambda f: (f / CONFIG).write_text("{"), InvalidFileError, "not the configuration"),
    "a list": (lambda f: (f / CONFIG).write_text("[]"), InvalidFileError, "not the configuration"),
    "cut off": (
        lambda f: (f / TENSORS).write_bytes((f / TENSORS).read_bytes()[:-4]),
        InvalidFileError,
        "is not a whole safetensors file",
    ),
    "another kind": (told(peft_type="IA3"), InvalidFileError, "peft_type='IA3', and LORA is read"),
    "DoRA": (told(use_dora=True), InvalidFileError, "asks for use_dora=True"),
    "another scale": (told(use_rslora=True), InvalidFileError, "asks for use_rslora=True"),
    "biases": (told(bias="all"), InvalidFileError, "asks for bias='all'"),
    "changed matrices": (told(init_lora_weights="pissa"), InvalidFileError, "init_lora_weights="),
    "a head": (told(modules_to_save=["lm_head"]), InvalidFileError, "asks for modules_to_save="),
    "several ranks": (told(rank_pattern={"q": 4}), InvalidFileError, "asks for rank_pattern="),
    "a pattern": (told(target_modules=".*q"), InvalidFileError, "target_modules='.*q', and a list"),
    "other targets": (
        told(target_modules=["q_proj", "c_attn"]),
        InvalidFileError,
        "another model: they are for 'c_attn', and the projections here are q_proj, k_proj",
    ),
    "fewer targets": (told(target_modules=["q_proj"]), InvalidFileError, "do not ask for"),
    "another rank": (told(r=3), InvalidFileError, r"is of shape \(2, 8\), and \(3, 8\) would fit"),
    "no number": (told(lora_alpha="8"), InvalidFileError, "wrong numbers: lora_alpha='8' is not"),
    "a factor too few": (
        held(lambda t: t.pop(f"{QUERY}.lora_B.weight")),
        InvalidFileError,
        r"lacks '.*layers.1.self_attn.q_proj.lora_B.weight', which",
    ),
    "a factor too many": (
        held(lambda t: t.update({f"{QUERY}.lora_C.weight": np.ones(2)})),
        InvalidFileError,
        r"holds '.*q_proj.lora_C.weight', which",
    ),
    "another shape": (
        held(lambda t: t.update({f"{QUERY}.lora_A.weight": np.ones((2, 9))})),
        InvalidFileError,
        r"lora_A.weight' is of shape \(2, 9\), and \(2, 8\) would fit",
    ),
    "integers": (
        held(lambda t: t.update({f"{QUERY}.lora_A.weight": np.ones((2, 8), "int8")})),
        InvalidFileError,
        "as I8, and F64, F32, F16, BF16 are read",
    ),
    "no numbers": (
        held(lambda t: t.update({f"{QUERY}.lora_A.weight": np.full((2, 8), np.nan)})),
        InvalidFileError,
        "that are not finite",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_files_that_do_not_fit_are_refused_and_change_nothing(damage, of_llama, llama, tmp_path):
    change, kind, message = DAMAGES[damage]
    folder = tmp_path / "a"
    shutil.copytree(of_llama[0], folder)
    change(folder)
    with pytest.raises(kind, match=message) as error:
        llama.load_adapters(folder)
    assert "\n" not in str(error.value)
    assert not query_of(llama).lora_enabled and query_of(llama).kernel.trainable


def test_adapters_of_another_model_are_refused(of_llama, tmp_path):
    folder = of_llama[0]
    deeper = build_model("llama", num_layers=3, num_key_value_heads=1, **SIZES)
    with pytest.raises(InvalidFileError, match=r"lacks '.*layers\.2\..*' and 5 more, which"):
        deeper.load_adapters(folder)
    wider = build_model("llama", num_layers=2, num_key_value_heads=2, **SIZES)
    with pytest.raises(InvalidFileError, match=r"v_proj.*is of shape \(4, 2\), and \(8, 2\)"):
        wider.load_adapters(folder)
    other = build_model("transformer", num_layers=2, **SIZES)
    with pytest.raises(InvalidFileError, match=r"in PEFT.s layout, .* and this model is none"):
        other.load_adapters(folder)
    other.enable_lora(2)
    other.save_adapters(tmp_path / "a")
    with pytest.raises(InvalidFileError, match=r"they are for \{'blocks': 2\}, and this has \{'bl"):
        build_model("transformer", **SIZES).load_adapters(tmp_path / "a")
    attention = build_model("attention", num_layers=2, **SIZES)
    with pytest.raises(InvalidFileError, match="one is for 'blocks/0/feed_forward/block/down', wh"):
        attention.load_adapters(tmp_path / "a")
    told(version=2)(tmp_path / "a")
    with pytest.raises(InvalidFileError, match="has version 2, and 1 is read; use a newer mlm_tf"):
        other.load_adapters(tmp_path / "a")
    assert query_of(other).lora_enabled
