"""GPT-2 checkpoints: what transformers computes we compute, and what we write is the same."""

import json
import shutil
import sys

import keras
import numpy as np
import pytest
from keras import ops
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, models, processors

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.interop import from_huggingface, to_huggingface
from mlm_tf.interop.family import read_config
from mlm_tf.layers import LSTM, LearnedPositions, SinusoidalPositions, Transformer
from mlm_tf.models.language_model import CausalLM
from tests.interop.conftest import change_config, refused


def logits(model, token_ids):
    return ops.convert_to_numpy(model(token_ids))


# === Reading ===


def test_the_logits_are_those_of_transformers(golden):
    found = logits(golden.model, golden.token_ids)[:, -8:]
    assert np.abs(golden.logits).max() > 3  # they have something to say
    np.testing.assert_allclose(found, golden.logits, atol=1e-4)


def test_the_step_gives_them_too(golden):
    model, length = golden.model, golden.token_ids.shape[1]
    state = model.initial_state(2, length)
    for part in np.split(golden.token_ids, [3, length - 8], axis=1):
        mask = np.ones(part.shape, bool)
        found, state = model.step(part, state, mask)
    np.testing.assert_allclose(ops.convert_to_numpy(found), golden.logits, atol=1e-4)


def test_greedy_generation_is_that_of_transformers(golden):
    found = golden.model.generate(
        golden.token_ids[0], max_length=golden.model.max_sequence_length, sampler="greedy"
    )
    np.testing.assert_array_equal(found, golden.greedy)


def test_the_ids_of_texts_are_those_of_transformers(golden):
    pipeline = golden.model.pipeline
    found = [row.tolist() for row in pipeline.encode(golden.texts, add_end=False)]
    assert found == [row or [pipeline.start_id] for row in golden.text_ids]
    assert pipeline.decode(found) == golden.texts


def test_the_special_ids_are_those_of_the_checkpoint(golden):
    config = json.loads((golden.folder / "config.json").read_text(encoding="utf-8"))
    pipeline = golden.model.pipeline
    assert pipeline.end_id == pipeline.start_id == pipeline.pad_id == config["eos_token_id"]
    assert pipeline.vocabulary[pipeline.end_id] == "<|endoftext|>"
    assert pipeline.vocabulary_size == len(pipeline.vocabulary) == config["vocab_size"]


def test_ids_without_a_token_are_never_drawn(golden):
    pipeline = golden.model.pipeline
    assert pipeline.never_follow_ids == tuple(range(300, golden.model.vocabulary_size))
    text = golden.model.generate("The lamp", max_length=20, sampler="random", seed=1)
    assert text.startswith("The lamp")


def test_streamed_text_is_the_whole_text(golden):
    for prompt in ("灯", ""):
        settings = {"max_length": 20, "sampler": "random", "seed": 3}
        pieces = [*golden.model.generate(prompt, stream=True, **settings)]
        assert "".join(pieces) == golden.model.generate(prompt, **settings)


def test_a_checkpoint_without_a_tokenizer_takes_ids(plain, copied):
    (copied / "tokenizer.json").unlink()
    model = from_huggingface(copied)
    assert model.pipeline is None
    np.testing.assert_array_equal(
        logits(model, plain.token_ids), logits(plain.model, plain.token_ids)
    )


@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_names_are_read_with_and_without_the_prefix(prefix, plain, copied):
    tensors = load_file(copied / "model.safetensors")
    renamed = {prefix + name.removeprefix("transformer."): t for name, t in tensors.items()}
    renamed["lm_head.weight"] = tensors["transformer.wte.weight"]  # as some write it, though tied
    save_file(renamed, copied / "model.safetensors")
    found = logits(from_huggingface(copied), plain.token_ids)
    np.testing.assert_array_equal(found, logits(plain.model, plain.token_ids))


def test_16_bits_are_read(plain, copied):
    tensors = load_file(copied / "model.safetensors")
    for dtype, tolerance in (("float16", 1e-2), ("bfloat16", 1e-1)):
        save_file(
            {name: t.astype(dtype) for name, t in tensors.items()}, copied / "model.safetensors"
        )
        model = from_huggingface(copied)
        assert {v.dtype for v in model.trainable_variables} == {"float32"}
        found = logits(model, plain.token_ids)
        np.testing.assert_allclose(
            found, logits(plain.model, plain.token_ids), rtol=0, atol=tolerance
        )


def test_pytorch_and_transformers_are_not_there():
    assert not {"torch", "transformers"} & set(sys.modules)


@pytest.fixture
def copied(plain, tmp_path):
    """A copy of a checkpoint that may be spoilt."""
    return shutil.copytree(plain.folder, tmp_path / "copied")


def test_64_bits_are_read(plain, copied):
    tensors = load_file(copied / "model.safetensors")
    save_file({n: t.astype("float64") for n, t in tensors.items()}, copied / "model.safetensors")
    found = logits(from_huggingface(copied), plain.token_ids)
    np.testing.assert_array_equal(found, logits(plain.model, plain.token_ids))


def test_another_output_than_the_tied_one_counts(plain, copied, tmp_path):
    """As in transformers 5, whatever the configuration says of tying."""
    tensors = load_file(copied / "model.safetensors")
    words = tensors["transformer.wte.weight"]
    tensors["lm_head.weight"] = np.random.default_rng(0).normal(size=words.shape).astype("float32")
    save_file(tensors, copied / "model.safetensors")
    model = from_huggingface(copied)
    assert not model.tie_weights
    hidden = ops.convert_to_numpy(model.output_norm(model.encode(plain.token_ids)))
    expected = hidden @ tensors["lm_head.weight"].T
    np.testing.assert_allclose(logits(model, plain.token_ids), expected, atol=1e-4)
    to_huggingface(model, tmp_path / "again")
    again = from_huggingface(tmp_path / "again")
    np.testing.assert_allclose(
        logits(again, plain.token_ids), logits(model, plain.token_ids), atol=1e-6
    )


def cut_into_shards(folder):
    """As transformers does with a small max_shard_size."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {}
    for place, names in enumerate(np.array_split(sorted(tensors), 3), 1):
        file = f"model-{place:05}-of-00003.safetensors"
        save_file({name: tensors[name] for name in names.tolist()}, folder / file)
        places |= dict.fromkeys(names.tolist(), file)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def test_several_files_are_read(plain, copied):
    cut_into_shards(copied)
    found = logits(from_huggingface(copied), plain.token_ids)
    np.testing.assert_array_equal(found, logits(plain.model, plain.token_ids))
    (copied / "model-00002-of-00003.safetensors").unlink()
    refused(copied, MissingFileError, "model-00002-of-00003.safetensors.*max_shard_size")
    for wrong in ("[", "[]", '{"weight_map": {"a": "../model.safetensors"}}'):
        (copied / "model.safetensors.index.json").write_text(wrong)
        refused(copied, InvalidFileError, "which files beside it")


def with_special(folder, *tokens):
    """The folder with these special tokens added to its tokenizer; the new engine."""
    engine = Tokenizer.from_file(str(folder / "tokenizer.json"))
    engine.add_special_tokens(list(tokens))
    engine.save(str(folder / "tokenizer.json"))
    return engine


def test_a_padding_token_beyond_the_table_is_left_out(plain, copied):
    """The commonest change of those who fine-tune without a larger table."""
    engine = with_special(copied, "[PAD]")
    size = plain.model.vocabulary_size
    change_config(copied, vocab_size=300, pad_token_id=engine.token_to_id("[PAD]"))
    if size != 300:  # the table of the file has room
        tensors = load_file(copied / "model.safetensors")
        tensors["transformer.wte.weight"] = tensors["transformer.wte.weight"][:300].copy()
        save_file(tensors, copied / "model.safetensors")
    pipeline = from_huggingface(copied).pipeline
    assert pipeline.vocabulary_size == 300 and pipeline.pad_id == pipeline.end_id
    [ids] = pipeline.encode(["a [PAD] b"], allow_special=True)
    assert ids.max() < 300 and pipeline.decode(ids) == "a [PAD] b"


def test_each_of_several_end_tokens_ends_a_text(plain, copied, tmp_path):
    ends = (299, 297, 298)
    engine = Tokenizer.from_file(str(copied / "tokenizer.json"))
    with_special(copied, *map(engine.id_to_token, ends[1:]))
    change_config(copied, eos_token_id=list(ends))
    model = from_huggingface(copied)
    pipeline = model.pipeline
    assert pipeline.end_ids == ends and pipeline.end_id == 299
    found = set()
    for seed in range(20):
        row = model.generate([1], max_length=32, sampler="random", temperature=99.0, seed=seed)
        assert not {*ends} & set(row[:-1].tolist())
        found.add(int(row[-1]))
    assert len(found & {*ends}) > 1
    assert type(pipeline).from_json(pipeline.to_json()).end_ids == ends
    to_huggingface(model, tmp_path / "again")
    assert from_huggingface(tmp_path / "again").pipeline.end_ids == ends


def test_a_stop_string_that_is_a_special_token_stops(plain):
    model = plain.model
    # So even that the end comes by chance.
    settings = {"max_length": 32, "sampler": "random", "temperature": 1e6, "stop_token_ids": None}
    has_stopped, seed = False, 0
    while not has_stopped or seed < 10:
        assert seed < 300
        without = model.generate("The lamp", seed=seed, **settings)
        settings_with = {**settings, "stop_strings": ["<|endoftext|>"], "seed": seed}
        stopped = model.generate("The lamp", **settings_with)
        assert without.startswith(stopped)
        has_stopped = has_stopped or len(stopped) < len(without)
        assert "".join(model.generate("The lamp", stream=True, **settings_with)) == stopped
        seed += 1


def test_bytes_that_no_utf8_holds_need_no_token(plain, copied):
    path = copied / "tokenizer.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    ids = content["model"]["vocab"]
    for byte in (0xC0, 0xC1, 0xF5, 0xFF):
        ids[f"Ġ{byte}Ġ"] = ids.pop(chr(byte))  # each keeps a token, of another spelling
    path.write_text(json.dumps(content), encoding="utf-8")
    pipeline = from_huggingface(copied).pipeline
    text = "a \u00c0 \u00c1 \U0010ffff ä"
    assert pipeline.decode(pipeline.encode([text])[0]) == text


def test_a_start_token_of_the_template_begins_every_text(plain, copied, tmp_path):
    """In prompts as in training, and in what is saved."""
    engine = with_special(copied)
    engine.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 299)]
    )
    engine.save(str(copied / "tokenizer.json"))
    model = from_huggingface(copied)
    pipeline = model.pipeline
    expected = engine.encode("The lamp").ids
    assert expected[0] == 299
    assert pipeline.encode(["The lamp"], add_end=False)[0].tolist() == expected
    assert pipeline.encode(["The lamp"])[0].tolist() == [*expected, 299]
    assert pipeline(["The lamp"], max_length=len(expected))["token_ids"].tolist() == [expected]
    [(x, _, _)] = pipeline.rows(["The lamp"], 8, 1, shuffle=False)
    assert x["token_ids"][0].numpy().tolist()[: len(expected)] == expected
    [(x, y, _)] = pipeline.windows(["The lamp"], len(expected), 1, shuffle=False)
    assert [*x[0].numpy().tolist(), int(y[0][-1])] == [*expected, 299]
    settings = {"max_length": 12, "sampler": "greedy"}
    prompt = np.array(expected)
    assert model.generate("The lamp", **settings) == pipeline.decode(
        model.generate(prompt, **settings)
    )
    to_huggingface(model, tmp_path / "again")
    for again in (
        type(pipeline).from_json(pipeline.to_json()),
        from_huggingface(tmp_path / "again").pipeline,
    ):
        assert again.begins_with_start
        assert again.encode(["The lamp"], add_end=False)[0].tolist() == expected
    assert not plain.model.pipeline.begins_with_start


# === What is wrong with a folder, in one sentence ===


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"model_type": "gpt_neo"}, "model_type is 'gpt_neo', and 'bert', 'gpt2', .* are read"),
        ({"n_head": 5}, "n_head=5 does not divide"),
        ({"n_layer": 0}, "n_layer=0"),
        ({"n_embd": "16"}, "n_embd='16'"),
        ({"activation_function": "relu"}, "activation_function='relu'"),
        ({"layer_norm_epsilon": "small"}, "layer_norm_epsilon='small'"),
        ({"resid_pdrop": 1.5}, r"resid_pdrop=1\.5"),
        ({"scale_attn_weights": False}, "scale_attn_weights=False"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx=True"),
        ({"reorder_and_upcast_attn": True}, "reorder_and_upcast_attn=True"),
        ({"add_cross_attention": True}, "add_cross_attention=True"),
        ({"eos_token_id": [1, 2]}, r"end_ids=\[1, 2\]"),
        ({"vocab_size": 301}, r"wte.weight' of shape \(300, 16\).* says \(301, 16\)"),
        ({"n_positions": 16}, r"wpe.weight' of shape \(32, 16\)"),
        ({"n_inner": 32}, r"mlp.c_fc.weight' of shape \(16, 64\)"),
        ({"n_layer": 3}, r"lacks 'h\.2\.\S+' and 11 more"),
        ({"n_layer": 1}, r"holds 'h\.1\.\S+' and 11 more"),
        ({"tie_word_embeddings": False}, "lacks 'lm_head.weight'"),
    ],
)
def test_a_configuration_that_cannot_be_built_is_refused(copied, entries, says):
    change_config(copied, **entries)
    refused(copied, InvalidFileError, says)


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"a": 1}', "[" * 100_000, b"\xff"])
def test_a_configuration_that_is_none_is_refused(copied, content):
    content = content if isinstance(content, bytes) else content.encode()
    (copied / "config.json").write_bytes(content)
    refused(copied, InvalidFileError, "config.json")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("config.json", "no config.json"),
        ("model.safetensors", "no model.safetensors, and .*pickle"),
    ],
)
def test_a_missing_file_is_named(copied, name, says):
    (copied / name).unlink()
    (copied / "pytorch_model.bin").write_bytes(b"cos\nsystem\n")
    refused(copied, MissingFileError, says)


def test_an_index_of_several_files_that_names_none_is_refused(copied):
    (copied / "model.safetensors").unlink()
    (copied / "model.safetensors.index.json").write_text("{}")
    refused(copied, MissingFileError, "several files")


@pytest.mark.parametrize("spoil", [lambda b: b"", lambda b: b[:-7], lambda b: b"\xff" * 9 + b])
def test_weights_that_are_not_whole_are_refused(copied, spoil):
    path = copied / "model.safetensors"
    path.write_bytes(spoil(path.read_bytes()))
    refused(copied, InvalidFileError, "model.safetensors is not a whole safetensors file")


def test_weights_of_integers_are_refused(copied):
    tensors = load_file(copied / "model.safetensors")
    tensors["transformer.ln_f.bias"] = tensors["transformer.ln_f.bias"].astype("int8")
    save_file(tensors, copied / "model.safetensors")
    refused(copied, InvalidFileError, "'ln_f.bias' as I8")


def with_another_token(tokenizer):
    engine = Tokenizer.from_str(tokenizer)
    engine.add_tokens(["<|another|>"])
    return engine.to_str()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: "{", "not what the package tokenizers reads"),
        (lambda t: t.replace('"ByteLevel"', '"Bytes"'), "not what the package tokenizers reads"),
        (lambda t: t.replace('"Ń":', '"▁":'), "not byte-level BPE.*'▁' is not written in bytes"),
        (lambda t: t.replace('"Ń":', '"ŃŃ":'), "not byte-level BPE.*no token for the byte 0xAD"),
        (
            lambda t: Tokenizer(models.WordLevel({"a": 0})).to_str(),
            "of the kind WordLevel",
        ),
        (with_another_token, "vocabulary_size=300 .* >= 301"),
    ],
)
def test_a_tokenizer_that_does_not_fit_is_refused(copied, change, says):
    path = copied / "tokenizer.json"
    text = path.read_text(encoding="utf-8")
    assert change(text) != text
    path.write_text(change(text), encoding="utf-8")
    refused(copied, InvalidFileError, says)


def test_a_tokenizer_without_an_end_is_refused(copied):
    path = copied / "tokenizer.json"
    path.write_text(path.read_text().replace("<|endoftext|>", "<|end|>"), encoding="utf-8")
    change_config(copied, eos_token_id=50256)  # what transformers writes if nobody says more
    refused(copied, InvalidFileError, r"eos_token_id=50256 .* nor <\|endoftext\|>")


def test_an_end_beyond_the_vocabulary_is_looked_for_by_its_name(copied):
    change_config(copied, eos_token_id=50256, bos_token_id=None)
    assert from_huggingface(copied).pipeline.end_id == 299


def test_half_a_pair_of_tokenizer_files_is_refused(plain, copied, tmp_path):
    (copied / "tokenizer.json").unlink()
    (copied / "vocab.json").write_text("{}")
    refused(copied, MissingFileError, "vocab.json without merges.txt")
    (copied / "merges.txt").write_text("#version: 0.2\na b\n")
    refused(copied, InvalidFileError, "vocab.json and a merges.txt")


# === Writing ===


def test_what_is_written_is_the_same_checkpoint(golden, tmp_path):
    to_huggingface(golden.model, tmp_path / "back")
    original = load_file(golden.folder / "model.safetensors")
    original = {k.removeprefix("transformer."): v for k, v in original.items()}
    written = load_file(tmp_path / "back" / "model.safetensors")
    for name, tensor in written.items():
        found = original[name.removeprefix("transformer.")].astype("float32")
        np.testing.assert_array_equal(tensor, found)
    with safe_open(tmp_path / "back" / "model.safetensors", framework="np") as file:
        assert file.metadata() == {"format": "pt"}  # without it transformers refuses
    again = from_huggingface(tmp_path / "back")
    np.testing.assert_array_equal(
        logits(again, golden.token_ids), logits(golden.model, golden.token_ids)
    )
    assert again.pipeline.to_json() == golden.model.pipeline.to_json()


def test_the_configuration_that_is_written_says_the_same(golden, tmp_path):
    to_huggingface(golden.model, tmp_path / "back")
    written, original = (
        json.loads((folder / "config.json").read_text())
        for folder in (tmp_path / "back", golden.folder)
    )
    original["n_inner"] = original["n_inner"] or 4 * original["n_embd"]
    for name in written.keys() & original.keys():
        assert written[name] == original[name], name


def test_both_forms_of_the_tokenizer_are_written(golden, tmp_path):
    to_huggingface(golden.model, tmp_path / "back")
    (tmp_path / "back" / "tokenizer.json").unlink()  # vocab.json and merges.txt stay
    pipeline = from_huggingface(tmp_path / "back").pipeline
    assert pipeline.vocabulary == golden.model.pipeline.vocabulary
    for found, expected in zip(
        pipeline.encode(golden.texts), golden.model.pipeline.encode(golden.texts), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_model_of_the_factory_is_written(tmp_path):
    family, config = read_config(
        '{"model_type": "gpt2", "vocab_size": 9, "n_positions": 6, "n_embd": 4, "n_head": 2}'
    )
    model = family.model(config)
    to_huggingface(model, tmp_path / "new")
    again = from_huggingface(tmp_path / "new")
    ids = np.array([[0, 8, 3]], "int32")
    np.testing.assert_array_equal(logits(again, ids), logits(model, ids))


def test_the_shapes_said_beforehand_are_those_of_the_variables(golden):
    family, config = read_config((golden.folder / "config.json").read_text())
    variables = []
    for tensor in family.tensors(config):
        assert tensor.array(golden.model).shape == tensor.shape
        variables += tensor.variables(golden.model)
    assert {*map(id, variables)} == {id(v) for v in golden.model.trainable_variables}


def test_a_keras_file_holds_all_of_it(golden, tmp_path):
    golden.model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(
        logits(loaded, golden.token_ids), logits(golden.model, golden.token_ids)
    )
    assert loaded.pipeline.to_json() == golden.model.pipeline.to_json()
    to_huggingface(loaded, tmp_path / "back")
    assert from_huggingface(tmp_path / "back").pipeline.end_id == 299


def test_it_is_trained_further(plain, copied, tmp_path):
    model = from_huggingface(copied)
    model.compile(keras.optimizers.Adam(0.01))
    texts = ["The keeper reads a letter by the lamp.", "The sea took the lamp."] * 8
    data = model.pipeline.windows(texts, length=16, batch_size=4, seed=1)
    losses = model.fit(data, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    to_huggingface(model, tmp_path / "tuned")
    found = logits(from_huggingface(tmp_path / "tuned"), plain.token_ids)
    np.testing.assert_array_equal(found, logits(model, plain.token_ids))
    assert not np.allclose(found, logits(plain.model, plain.token_ids))


def test_a_folder_in_use_is_kept_unless_told(plain, tmp_path):
    folder = tmp_path / "in use"
    folder.mkdir()
    to_huggingface(plain.model, folder)  # an empty one will do
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(InvalidArgumentError, match=r"in use' is not empty.*overwrite=True\.$"):
        to_huggingface(plain.model, folder)
    model = from_huggingface(folder)
    model.pipeline = None
    to_huggingface(model, folder, overwrite=True)
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "notes.txt",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["in use"]


def test_a_place_that_cannot_be_written_is_refused(plain, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidArgumentError, match="is a file"):
        to_huggingface(plain.model, tmp_path / "file")
    with pytest.raises(MissingFileError, match="does not exist"):
        to_huggingface(plain.model, tmp_path / "no" / "folder")


def test_an_interrupted_call_leaves_nothing(plain, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("safetensors.numpy.save_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        to_huggingface(plain.model, tmp_path / "new")
    assert not [*tmp_path.iterdir()]


def gpt2(blocks=None, output_bias=False, embedding_dim=8, **changes):
    """A model that is GPT-2's but for what is said."""
    settings = {
        "positions": None,
        "normalization": "layer_norm",
        "norm_epsilon": 1e-5,
        "activation": "gelu_approximate",
        "use_bias": True,
        **changes,
    }
    blocks = blocks or [LearnedPositions(6), Transformer(8, 2, **settings)]
    return CausalLM(9, embedding_dim, 8, blocks, output_bias=output_bias, max_sequence_length=6)


def test_the_model_below_is_written_if_nothing_is_changed(tmp_path):
    to_huggingface(gpt2(), tmp_path / "written")


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (lambda: gpt2(positions="rotary"), "positions='rotary'"),
        (lambda: gpt2(normalization="rms_norm"), "normalization='rms_norm'"),
        (lambda: gpt2(activation="swiglu"), "activation='swiglu'"),
        (lambda: gpt2(use_bias=False), "use_bias=False"),
        (lambda: gpt2(qk_norm=True), "qk_norm=True"),
        (lambda: gpt2(sliding_window=3), "sliding_window=3"),
        (lambda: gpt2(num_key_value_heads=1), "num_key_value_heads=1"),
        (lambda: gpt2(head_dim=6), "head_dim=6"),
        (lambda: gpt2(qkv_bias=False), "qkv_bias=False"),
        (lambda: gpt2(normalize_first=False), "normalize_first=False"),
        (lambda: gpt2(output_bias=True), "output bias"),
        (lambda: gpt2(embedding_dim=4), "embedding_dim=4"),
        (lambda: gpt2([LearnedPositions(6), LSTM(8)]), "is a LSTM"),
        (lambda: gpt2([SinusoidalPositions(), LSTM(8)]), "first block is a SinusoidalPositions"),
        (lambda: gpt2([LearnedPositions(6)]), "no Transformer block"),
        (
            lambda: build_model("lstm", "text_classifier", 9, hidden_dim=8, num_classes=2),
            "is a TextClassifier",
        ),
    ],
)
def test_a_model_that_gpt2_cannot_say_is_refused(model, says, tmp_path):
    with pytest.raises(InvalidArgumentError, match=says) as caught:
        to_huggingface(model(), tmp_path / "new")
    assert "\n" not in str(caught.value)
    assert not [*tmp_path.iterdir()]


def test_blocks_that_differ_are_refused(tmp_path):
    settings = dict(positions=None, normalization="layer_norm", use_bias=True)
    blocks = [LearnedPositions(6), Transformer(8, 2, **settings), Transformer(8, 4, **settings)]
    with pytest.raises(InvalidArgumentError, match="num_heads=4, where 2 is said"):
        to_huggingface(gpt2(blocks), tmp_path / "new")


def test_a_vocabulary_of_our_own_is_refused(plain, copied, tmp_path):
    model = from_huggingface(copied)
    model.pipeline = TextPipeline.fit(["a b"])
    with pytest.raises(InvalidArgumentError, match="is a TextPipeline"):
        to_huggingface(model, tmp_path / "new")


# === The rest of the package with it ===


def test_a_score_counts_every_token_of_a_text(plain):
    """Against the start token too, though a prompt does not begin with it: no byte is free."""
    text = plain.texts[0]
    ids = plain.model.pipeline.encode([text], add_end=False)[0]
    score = plain.model.score(text)
    assert score.num_tokens == len(ids) + 1  # and the end token
    assert score.bits_per_byte > 0


def test_the_command_line_takes_a_saved_checkpoint(plain, tmp_path, capsys):
    from mlm_tf.cli import main

    plain.model.save(tmp_path / "gpt2.keras")
    text = tmp_path / "text.txt"
    text.write_text("The city lies on the river. It is old and large.\n" * 20, encoding="utf-8")
    arguments = ["--model", str(tmp_path / "gpt2.keras"), "The", "--max-length", "12"]
    assert main(["generate", *arguments]) == 0
    assert main(["evaluate", str(tmp_path / "gpt2.keras"), str(text), "--length", "8"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("The") and "perplexity" in printed and "[UNK]" not in printed
