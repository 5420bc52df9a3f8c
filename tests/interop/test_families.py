"""Checkpoints of every family but GPT-2, which test_huggingface.py has: the same scores, both ways,
and one sentence for what is not built here."""

import json
import shutil
import tracemalloc

import keras
import numpy as np
import pytest
from keras import ops
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from mlm_tf import build_model
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.interop import Family, from_huggingface, register_family, to_huggingface
from mlm_tf.interop.family import FAMILIES, read_config
from mlm_tf.models import CausalLM, MaskedLM, TextClassifier, TextEncoder
from tests.interop.conftest import CAUSAL, change_config, checkpoint_named, refused

# === Reading ===


def test_the_scores_are_those_of_transformers(checkpoint):
    assert np.abs(checkpoint.logits).max() > 1  # they have something to say
    checkpoint.check(checkpoint.scores())


def test_the_step_gives_them_too(causal):
    token_ids = causal.inputs["token_ids"]
    length = token_ids.shape[1]
    state = causal.model.initial_state(2, length)
    for part in np.split(token_ids, [3, length - 8], axis=1):
        found, state = causal.model.step(part, state, np.ones(part.shape, bool))
    causal.check(ops.convert_to_numpy(found))


def test_the_greedy_text_is_that_of_transformers(causal):
    """Each token is the best after those before it."""
    prompt = causal.inputs["token_ids"].shape[1]
    scores = ops.convert_to_numpy(causal.model(causal.greedy[None].astype("int32")))[0]
    if causal.model.pipeline is not None:
        scores[:, list(causal.model.pipeline.never_follow_ids)] = -np.inf
    np.testing.assert_array_equal(scores[prompt - 1 : -1].argmax(-1), causal.greedy[prompt:])


@pytest.mark.parametrize("name", ["smollm2", "mistral"])
def test_it_is_generated_so(name):
    checkpoint = checkpoint_named(name)
    prompt = checkpoint.inputs["token_ids"][0]
    found = checkpoint.model.generate(prompt, max_length=len(prompt) + 12, sampler="greedy")
    np.testing.assert_array_equal(found, checkpoint.greedy)


@pytest.mark.parametrize("name", ["smollm2", "bert", "minilm"])
def test_its_trunk_gets_a_new_head(name):
    checkpoint = checkpoint_named(name)
    settings = {"task": "text_classifier", "num_classes": 3, "seed": 0}
    model = from_huggingface(checkpoint.folder, **settings)
    assert isinstance(model, TextClassifier) and model.num_classes == 3
    inputs = checkpoint.inputs
    for ours in (model, from_huggingface(checkpoint.folder, **settings)):  # of one seed
        hidden = ours.hidden_states(inputs)
        expected = checkpoint.model.hidden_states(inputs)
        np.testing.assert_allclose(hidden, expected, atol=1e-5)
        np.testing.assert_allclose(ours(inputs), model(inputs), atol=1e-6)
    with pytest.raises(InvalidArgumentError, match="num_classes=3 is for a new head"):
        from_huggingface(checkpoint.folder, num_classes=3)
    with pytest.raises(InvalidArgumentError, match="task='seq2seq_lm' is no head"):
        from_huggingface(checkpoint.folder, task="seq2seq_lm")


def test_what_a_checkpoint_becomes(checkpoint):
    kinds = {"bert": MaskedLM, "bert_old": MaskedLM, "minilm": TextEncoder}
    assert type(checkpoint.model) is kinds.get(checkpoint.name, CausalLM)
    assert checkpoint.model.max_sequence_length == 64


def test_every_weight_is_of_one_tensor_and_has_its_shape(checkpoint):
    family, config = read_config((checkpoint.folder / "config.json").read_text())
    files = [*checkpoint.folder.glob("model*.safetensors")]
    names = {family.bare_name(name) for file in files for name in load_file(file)} - {None}
    config = family.with_names(config, names)
    variables = []
    for tensor in family.tensors(config):
        assert tensor.name in names
        assert tensor.array(checkpoint.model).shape == tensor.shape
        variables += tensor.variables(checkpoint.model)
    assert len({*map(id, variables)}) == len(variables)
    assert {*map(id, variables)} == {id(v) for v in checkpoint.model.trainable_variables}


def test_a_block_has_what_its_configuration_says():
    first = {name: checkpoint_named(name).model.blocks[0].get_config() for name in CAUSAL}
    assert first["smollm2"]["rope_max_wavelength"] == 100_000  # `rope_theta` at the top
    assert first["qwen3_wide"]["rope_max_wavelength"] == 1_000_000  # in `rope_parameters`
    assert first["qwen2_linear"]["rope_scaling"] == {"rope_type": "linear", "factor": 4.0}
    assert first["llama3"]["rope_scaling"]["rope_type"] == "llama3"
    windows = {name: settings["sliding_window"] for name, settings in first.items()}
    assert windows == {**dict.fromkeys(first), "mistral": 5}  # Qwen 2's is switched off
    assert [name for name, settings in first.items() if settings["qkv_bias"]] == [
        "qwen2",
        "qwen2_linear",
    ]
    norms = {n: s["qk_norm_epsilon"] for n, s in first.items() if s["qk_norm"]}
    assert norms == {"qwen3": 1e-2, "qwen3_wide": 1e-6}
    tied = [name for name in CAUSAL if checkpoint_named(name).model.tie_weights]
    assert tied == ["smollm2", "mistral_v3", "qwen2", "qwen3"]


def test_the_tokenizer_of_a_checkpoint_ends_where_it_generates():
    """By generation_config.json; ids that the tokenizer has no token for are never drawn."""
    checkpoint = checkpoint_named("smollm2")
    pipeline = checkpoint.model.pipeline
    assert pipeline.end_ids == (300, 299)  # config.json names 299 alone
    assert pipeline.vocabulary_size == checkpoint.model.vocabulary_size == 304
    assert set(pipeline.never_follow_ids) == {301, 302, 303}
    texts = json.loads((checkpoint.folder / "texts.json").read_text(encoding="utf-8"))
    found = [row.tolist() for row in pipeline.encode(texts["texts"], add_end=False)]
    assert found == [row or [pipeline.start_id] for row in texts["ids"]]


# === Precision ===


@pytest.mark.parametrize(("name", "dtype"), [("llama3", "bfloat16"), ("mistral_v3", "float16")])
def test_numbers_of_16_bits_are_kept_on_request(name, dtype, tmp_path):
    checkpoint = checkpoint_named(name)
    assert {v.dtype for v in checkpoint.model.variables} == {"float32"}
    before = keras.config.dtype_policy()
    model = from_huggingface(checkpoint.folder, dtype=dtype)
    assert keras.config.dtype_policy() is before
    assert {v.dtype for v in model.trainable_variables} == {dtype}
    checkpoint.check(checkpoint.scores(model), atol=1.0 if dtype == "bfloat16" else 0.1)
    to_huggingface(model, tmp_path / "back")
    assert json.loads((tmp_path / "back" / "config.json").read_text())["torch_dtype"] == dtype
    written = load_file(tmp_path / "back" / "model.safetensors")
    for file in checkpoint.folder.glob("model*.safetensors"):
        for key, tensor in load_file(file).items():
            assert tensor.dtype == written[key].dtype == dtype
            np.testing.assert_array_equal(written[key], tensor)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(checkpoint.scores(loaded), checkpoint.scores(model))


def test_what_is_no_precision_is_refused():
    folder = checkpoint_named("llama3").folder
    for dtype in ("float7", 3, "none"):
        with pytest.raises(InvalidArgumentError, match=r"dtype=.* is not known; .*'bfloat16'"):
            from_huggingface(folder, dtype=dtype)


def test_tensors_are_read_one_at_a_time(tmp_path):
    """No copy of the whole: what NumPy holds at once is about one tensor."""
    model = build_model(
        "llama", vocabulary_size=500, hidden_dim=256, num_layers=6, output_bias=False, seed=0
    )
    to_huggingface(model, tmp_path / "large")
    path = tmp_path / "large" / "model.safetensors"
    tensors = {name: tensor.astype("float16") for name, tensor in load_file(path).items()}
    save_file(tensors, path)
    sizes = sorted(4 * tensor.size for tensor in tensors.values())  # as float32
    assert sum(sizes) > 15 * sizes[-1]
    tracemalloc.start()
    from_huggingface(tmp_path / "large")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < sum(sizes) / 2


# === What is wrong with a folder, in one sentence ===


@pytest.fixture
def copy_of(tmp_path):
    """A copy of a checkpoint that may be spoilt."""

    def copied(name):
        return shutil.copytree(checkpoint_named(name).folder, tmp_path / name)

    return copied


def change_tensors(folder, change):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}


@pytest.mark.parametrize(
    ("name", "entries", "says"),
    [
        ("smollm2", {"hidden_act": "gelu"}, "hidden_act='gelu' asks for what is not built here"),
        ("smollm2", {"attention_bias": True}, "attention_bias=True"),
        ("smollm2", {"mlp_bias": True}, "mlp_bias=True"),
        ("smollm2", {"pretraining_tp": 2}, "pretraining_tp=2"),
        ("smollm2", {"partial_rotary_factor": 0.5}, r"partial_rotary_factor=0\.5"),
        ("smollm2", {"rope_interleaved": True}, "rope_interleaved=True"),
        ("smollm2", {"quantization_config": {"bits": 4}}, "quantization_config="),
        ("smollm2", {"layer_types": ["full_attention", "other"]}, "layer_types="),
        ("smollm2", {"rope_scaling": YARN}, "rope_type, 'yarn', which is not allowed"),
        ("smollm2", {"rope_scaling": {"type": "dynamic", "factor": 2.0}}, "'dynamic'"),
        ("smollm2", {"rope_scaling": {"type": "linear"}}, "'linear'.* all of factor"),
        ("smollm2", {"rope_scaling": {"type": "default", "mrope_section": [2]}}, "mrope_section"),
        ("smollm2", {"rope_scaling": [1]}, r"rope_scaling=\[1\] is not allowed"),
        ("smollm2", {"rope_theta": "large"}, "rope_theta='large'"),
        ("llama3", {"rope_parameters": {"full_attention": YARN}}, "rope_parameters="),
        ("llama3", {"rope_parameters": {"partial_rotary_factor": 0.5}}, "rope_parameters="),
        ("smollm2", {"num_key_value_heads": 2}, "num_key_value_heads=2 does not divide"),
        ("smollm2", {"num_attention_heads": 5, "head_dim": None}, "and there is no head_dim"),
        ("smollm2", {"head_dim": 5}, "head_dim=5 is odd"),
        ("smollm2", {"rms_norm_eps": "small"}, "rms_norm_eps='small'"),
        ("llama3", {"eos_token_id": "</s>"}, "eos_token_id"),
        ("mistral", {"sliding_window": 0}, "sliding_window=0"),
        ("mistral", {"layer_types": ["full_attention"] * 2}, "layer_types=.*'sliding_attention'"),
        ("qwen2", {"use_sliding_window": True}, "use_sliding_window=True"),
        ("qwen3", {"attention_bias": True}, "attention_bias=True"),
        ("bert", {"hidden_act": "gelu_new"}, "hidden_act='gelu_new'"),
        ("bert", {"position_embedding_type": "relative_key"}, "position_embedding_type="),
        ("bert", {"is_decoder": True}, "is_decoder=True"),
        ("bert", {"num_attention_heads": 5}, "num_attention_heads=5 does not divide"),
        ("smollm2", {"vocab_size": 310}, r"embed_tokens.weight' of shape \(304, 12\).*\(310, 12\)"),
        ("smollm2", {"num_hidden_layers": 3}, r"lacks 'layers\.2\.\S+' and 8 more.* the Llama"),
        ("smollm2", {"num_hidden_layers": 1}, r"holds 'layers\.1\.\S+' and 8 more"),
        ("smollm2", {"tie_word_embeddings": False}, "lacks 'lm_head.weight'"),
        ("smollm2", {"head_dim": 6}, r"q_proj.weight' of shape \(12, 12\).* says \(18, 12\)"),
        ("smollm2", {"model_type": "qwen2"}, r"lacks 'layers\.0\.self_attn\.k_proj\.bias'"),
        ("qwen2", {"model_type": "llama"}, r"holds 'layers\.0\.self_attn\.k_proj\.bias'"),
        ("smollm2", {"model_type": ["llama"]}, r"model_type is \['llama'\]"),
        ("smollm2", {"model_type": "mamba"}, "'mamba', and 'bert', .*'qwen3' are read"),
    ],
)
def test_what_cannot_be_built_is_refused_by_name(copy_of, name, entries, says):
    folder = copy_of(name)
    change_config(folder, **entries)
    refused(folder, InvalidFileError, says)


def test_a_generation_config_that_is_none_is_refused(copy_of):
    folder = copy_of("smollm2")
    (folder / "generation_config.json").write_text("[1")
    refused(folder, InvalidFileError, "generation_config.json is no JSON object")
    (folder / "generation_config.json").write_text('{"eos_token_id": "end"}')
    refused(folder, InvalidFileError, "eos_token_id")


def test_a_missing_shard_is_named(copy_of):
    folder = copy_of("llama3")
    first, *_ = sorted(folder.glob("model-*-of-*.safetensors"))
    first.unlink()
    refused(folder, MissingFileError, first.name)


def test_tensors_that_do_not_belong_are_refused(copy_of):
    folder = copy_of("qwen3")
    name = "model.layers.0.self_attn.q_norm.weight"
    change_tensors(folder, lambda t: t.update({"model.layers.0.mlp.router.weight": t[name]}))
    refused(folder, InvalidFileError, r"holds 'layers\.0\.mlp\.router\.weight', but no more than")
    change_tensors(folder, lambda t: t.pop("model.layers.0.mlp.router.weight"))
    change_tensors(folder, lambda t: t.update({name: np.stack([t[name]] * 2)}))
    refused(folder, InvalidFileError, r"q_norm\.weight' of shape \(2, 6\), .* says \(6,\)")
    change_tensors(folder, lambda t: t.update({name: t[name][0].astype("int8")}))
    refused(folder, InvalidFileError, "as I8")
    change_tensors(folder, lambda t: t.update({name.removeprefix("model."): t[name]}))
    refused(folder, InvalidFileError, "which is .* by another name")


def test_a_classifier_of_elsewhere_is_no_encoder(copy_of):
    folder = copy_of("minilm")
    change_tensors(folder, lambda t: t.update({"classifier.weight": np.ones((2, 12), "float32")}))
    refused(folder, InvalidFileError, "holds 'classifier.weight', but no more than the BERT")


# === What files of old hold ===


def test_constants_that_files_of_old_hold_are_passed_over(copy_of):
    checkpoint = checkpoint_named("smollm2")
    folder = copy_of("smollm2")
    constant = np.ones(2, "float32")
    name = "model.layers.0.self_attn.rotary_emb.inv_freq"
    change_tensors(folder, lambda t: t.update({name: constant}))
    np.testing.assert_array_equal(checkpoint.scores(from_huggingface(folder)), checkpoint.scores())


@pytest.mark.parametrize("prefix", ["", "bert.", "model."])
def test_names_of_bert_are_read_with_every_prefix(prefix, copy_of):
    for name in ("bert", "minilm"):
        checkpoint, folder = checkpoint_named(name), copy_of(name)
        path = folder / "model.safetensors"
        tensors = {k.removeprefix("bert."): t for k, t in load_file(path).items()}
        save_file({k if "cls." in k else prefix + k: t for k, t in tensors.items()}, path)
        checkpoint.check(checkpoint.scores(from_huggingface(folder)))


# === Writing ===


def test_what_is_written_is_the_same_checkpoint(checkpoint, tmp_path):
    to_huggingface(checkpoint.model, tmp_path / "back")
    family, _ = read_config((checkpoint.folder / "config.json").read_text())
    original = {}
    for file in checkpoint.folder.glob("model*.safetensors"):
        original |= {family.bare_name(name): tensor for name, tensor in load_file(file).items()}
    written = load_file(tmp_path / "back" / "model.safetensors")
    for name, tensor in written.items():
        expected = original[family.bare_name(name)]
        np.testing.assert_array_equal(tensor, expected.astype("float32"))
    left = {"cls.predictions.decoder.weight"} & {*original}  # the tied table once more
    assert len(written) == len({*original} - {None} - left)
    with safe_open(tmp_path / "back" / "model.safetensors", framework="np") as file:
        assert file.metadata() == {"format": "pt"}  # without it transformers refuses
    again = from_huggingface(tmp_path / "back")
    np.testing.assert_array_equal(checkpoint.scores(again), checkpoint.scores())
    assert [b.get_config() for b in again.blocks] == [
        b.get_config() for b in checkpoint.model.blocks
    ]


def test_the_configuration_that_is_written_says_the_same(checkpoint, tmp_path):
    to_huggingface(checkpoint.model, tmp_path / "back")
    written, original = (
        json.loads((folder / "config.json").read_text())
        for folder in (tmp_path / "back", checkpoint.folder)
    )
    # Without a window Mistral's blocks are Llama's.
    kind = "llama" if checkpoint.name == "mistral_v3" else original["model_type"]
    assert written["model_type"] == kind
    if checkpoint.name == "llama3":
        theta = {"rope_theta": written["rope_theta"]}
        assert {**written["rope_scaling"], **theta} == original["rope_parameters"]
    others = {"model_type", "architectures", "rope_scaling", "eos_token_id", "pad_token_id"}
    for name in (written.keys() & original.keys()) - others:
        assert written[name] == original[name], name


@pytest.mark.parametrize(
    ("preset", "task", "model_type"),
    [
        ("llama", "causal_lm", "llama"),
        ("qwen3", "causal_lm", "qwen3"),
        ("bert-base", "masked_lm", "bert"),
    ],
)
def test_models_of_the_factory_are_written(preset, task, model_type, tmp_path):
    sizes = {"vocabulary_size": 11, "hidden_dim": 12, "num_heads": 3, "max_sequence_length": 8}
    bias = {} if task == "masked_lm" else {"output_bias": False}
    model = build_model(preset, task, **sizes, **bias, num_layers=1, dropout=0.1)
    to_huggingface(model, tmp_path / "new")
    config = json.loads((tmp_path / "new" / "config.json").read_text())
    assert config["model_type"] == model_type
    again, ids = from_huggingface(tmp_path / "new"), np.array([[0, 8, 3]], "int32")
    np.testing.assert_array_equal(*(ops.convert_to_numpy(m(ids)) for m in (again, model)))
    assert again.blocks[-1].get_config()["dropout"] == 0.1


def tiny(architecture="llama", task="causal_lm", **settings):
    sizes = {"vocabulary_size": 11, "hidden_dim": 12, "num_heads": 3, "max_sequence_length": 8}
    if task == "causal_lm":
        sizes["output_bias"] = False
    return build_model(architecture, task, **{**sizes, **settings})


def tiny_bert(**settings):
    blocks = tiny("bert-base", "masked_lm", num_layers=1).blocks
    return MaskedLM(11, 12, 12, blocks, **settings)


@pytest.mark.long_table
@pytest.mark.parametrize(
    ("model", "says"),
    [
        (lambda: tiny(output_bias=True), "as a Llama checkpoint: it has an output bias"),
        (lambda: tiny(embedding_dim=4), "embedding_dim=4 is not its hidden_dim=12"),
        (lambda: tiny(positions="sinusoidal"), "first block is a SinusoidalPositions"),
        (lambda: tiny(["llama", "lstm"]), "is a LSTM and no Transformer"),
        (lambda: tiny(["llama", "qwen3"]), "has .*, where .* is said"),
        (lambda: tiny("transformer"), "as a Qwen 3 checkpoint: .* activation='gelu'"),
        (lambda: tiny_bert(output_transform=True), "as a BERT checkpoint: it has no segments"),
        (lambda: tiny_bert(num_segments=2), "output_transform=False"),
        (lambda: tiny_bert(num_segments=2, output_transform=True, output_bias=False), "no output"),
        (lambda: tiny("gru"), "is a CausalLM whose first block is a GRU"),
    ],
)
def test_a_model_that_no_family_can_say_is_refused(model, says, tmp_path):
    with pytest.raises(InvalidArgumentError, match=says) as caught:
        to_huggingface(model(), tmp_path / "new")
    assert "\n" not in str(caught.value)
    assert not [*tmp_path.iterdir()]


def test_a_quantised_model_is_refused(tmp_path):
    model = tiny()
    model.quantize("int8")
    with pytest.raises(InvalidArgumentError, match="model is quantised, with mode='int8'"):
        to_huggingface(model, tmp_path / "new")


def test_what_lora_adds_is_written_with_the_matrix(tmp_path):
    model, ids = tiny(), np.array([[0, 8, 3]], "int32")
    up = model.blocks[0].feed_forward.block.up
    up.enable_lora(2)
    up.lora_kernel_b.assign(np.ones(up.lora_kernel_b.shape))
    to_huggingface(model, tmp_path / "new")
    again = from_huggingface(tmp_path / "new")
    found, expected = (ops.convert_to_numpy(m(ids)) for m in (again, model))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_end_tokens_of_an_older_checkpoint_do_not_stay(copy_of):
    folder = copy_of("smollm2")
    model = from_huggingface(folder)
    model.pipeline = None
    to_huggingface(model, folder, overwrite=True)
    assert not (folder / "generation_config.json").exists()
    assert not (folder / "tokenizer.json").exists()


# === A family of one's own ===


def test_a_family_of_ones_own_is_registered_once():
    class Mamba(Family):
        title = "Mamba"

    assert register_family("mamba")(Mamba) is Mamba
    try:
        register_family("mamba")(Mamba)  # as when a cell is run twice
        with pytest.raises(InvalidArgumentError, match="'mamba' is read by Mamba already"):
            register_family("mamba")(type("Other", (Family,), {"title": "Other"}))
    finally:
        del FAMILIES["mamba"]
    for wrong in (3, ""):
        with pytest.raises(InvalidArgumentError, match=r"model_type=.* is not allowed"):
            register_family(wrong)
    with pytest.raises(InvalidArgumentError, match="decorate a subclass"):
        register_family("mamba")(dict)
