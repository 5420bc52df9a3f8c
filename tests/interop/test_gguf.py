"""GGUF files: what they say of a model, in the words of the other layout; and what is none."""

import sys

import numpy as np
import pytest
from keras import ops
from tokenizers import Tokenizer

from mlm_tf import load_model
from mlm_tf.errors import InvalidFileError, MissingDependencyError, MissingFileError
from mlm_tf.interop import from_gguf, from_huggingface, to_huggingface
from mlm_tf.interop.gguf import PATTERNS, GGUFFile
from mlm_tf.layers.rotary import rotary_periods
from mlm_tf.preprocessing.byte_pair import BYTE_OF

gguf = pytest.importorskip("gguf")

WIDTH, HEADS, KV_HEADS, INNER = 64, 2, 1, 96
TOKENS = [*BYTE_OF, "Ġa", "<|start|>", "<|end|>", "<think>"]
START, END, THINK = 257, 258, 259
SHAPES = {
    "token_embd.weight": (len(TOKENS), WIDTH),
    "output_norm.weight": (WIDTH,),
    "blk.0.attn_norm.weight": (WIDTH,),
    "blk.0.attn_q.weight": (WIDTH, WIDTH),
    "blk.0.attn_k.weight": (WIDTH // 2, WIDTH),
    "blk.0.attn_v.weight": (WIDTH // 2, WIDTH),
    "blk.0.attn_output.weight": (WIDTH, WIDTH),
    "blk.0.ffn_norm.weight": (WIDTH,),
    "blk.0.ffn_gate.weight": (INNER, WIDTH),
    "blk.0.ffn_up.weight": (INNER, WIDTH),
    "blk.0.ffn_down.weight": (WIDTH, INNER),
}
SAID = {
    "block_count": 1,
    "context_length": 50,
    "embedding_length": WIDTH,
    "feed_forward_length": INNER,
    "attention.head_count": HEADS,
    "attention.head_count_kv": KV_HEADS,
    "attention.layer_norm_rms_epsilon": 1e-5,
    "rope.freq_base": 1e5,
    "rope.dimension_count": WIDTH // HEADS,
    "vocab_size": len(TOKENS),
}


def write(path, architecture="llama", pre="smollm", kind="gpt2", said=(), tensors=(), add_bos=None):
    """A small model of random weights; what it holds by name."""
    rng = np.random.default_rng(0)
    held = {name: rng.normal(size=shape).astype("float32") for name, shape in SHAPES.items()}
    held.update(tensors)
    writer = gguf.GGUFWriter(path, architecture)
    for name, value in {**SAID, **dict(said)}.items():
        add = {int: writer.add_uint32, float: writer.add_float32, str: writer.add_string}
        add[type(value)](f"{architecture}.{name}", value)
    writer.add_tokenizer_model(kind)
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(TOKENS)
    writer.add_token_types([1] * START + [3, 3, 4])
    writer.add_token_merges(["Ġ a"])
    writer.add_bos_token_id(START)
    writer.add_eos_token_id(END)
    writer.add_eot_token_id(START)
    writer.add_chat_template("{{ messages }}")
    if add_bos is not None:
        writer.add_add_bos_token(add_bos)
    for name, value in held.items():
        writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return held


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.gguf"


# === What it says ===


def test_the_configuration_is_that_of_a_config_json(path):
    write(path)
    file = GGUFFile(path)
    assert file.config == {
        "model_type": "llama",
        "num_hidden_layers": 1,
        "max_position_embeddings": 50,
        "hidden_size": WIDTH,
        "intermediate_size": INNER,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "rms_norm_eps": 1e-5,
        "rope_theta": 1e5,
        "head_dim": WIDTH // HEADS,
        "vocab_size": len(TOKENS),
        "hidden_act": "silu",
        "tie_word_embeddings": True,
        "bos_token_id": START,
        "eos_token_id": [END, START],
        "pad_token_id": None,
    }
    assert file.chat_template == "{{ messages }}"


def test_an_output_of_its_own_is_said(path):
    write(path, tensors={"output.weight": np.ones((len(TOKENS), WIDTH), "float32")})
    file = GGUFFile(path)
    assert not file.config["tie_word_embeddings"]
    np.testing.assert_array_equal(file.tensor("lm_head.weight"), 1)


def test_positions_that_are_stretched(path):
    write(path, said={"rope.scaling.type": "linear", "rope.scaling.factor": 4.0})
    assert GGUFFile(path).config["rope_scaling"] == {"rope_type": "linear", "factor": 4.0}
    scaling = {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    pairs = WIDTH // HEADS // 2
    factors = np.asarray(rotary_periods(pairs, 1e5, scaling)) / np.asarray(
        rotary_periods(pairs, 1e5, None)
    )
    assert factors[0] == 1 and factors[-1] == 8  # both ends are in it
    write(path, tensors={"rope_freqs.weight": factors.astype("float32")})
    assert GGUFFile(path).config["rope_scaling"] == scaling


# === Tensors ===


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_tensors_have_the_names_and_the_order_of_the_other_layout(path, architecture):
    """A file of the architecture llama holds the dimensions of a head as pairs side by side."""
    rng = np.random.default_rng(1)
    rows = {"q": (HEADS, WIDTH), "k": (KV_HEADS, WIDTH // 2), "v": (KV_HEADS, WIDTH // 2)}
    given = {n: rng.normal(size=(size, WIDTH)).astype("float32") for n, (_, size) in rows.items()}
    stored = dict(given)
    if architecture == "llama":
        for name in ("q", "k"):
            halves = given[name].reshape(rows[name][0], 2, -1, WIDTH)
            stored[name] = np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(-1, WIDTH)
    write(path, architecture, tensors={f"blk.0.attn_{n}.weight": w for n, w in stored.items()})
    file = GGUFFile(path)
    for name, expected in given.items():
        of_layer = f"model.layers.0.self_attn.{name}_proj.weight"
        assert file.shape(of_layer) == expected.shape
        np.testing.assert_array_equal(file.tensor(of_layer), expected)
    assert len(file.names()) == len(SHAPES) and "model.norm.weight" in file.names()
    assert file.shape("model.layers.0.mlp.down_proj.weight") == (WIDTH, INNER)


def test_quantised_tensors_are_unpacked(path):
    write(path)
    whole = GGUFFile(path).tensor("model.layers.0.mlp.up_proj.weight")
    beside = path.with_name("one.gguf")
    writer = gguf.GGUFWriter(beside, "llama")
    kind = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor("blk.0.ffn_up.weight", gguf.quants.quantize(whole, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    file = GGUFFile(path)
    [file._tensors["model.layers.0.mlp.up_proj.weight"]] = gguf.GGUFReader(beside).tensors
    found = file.tensor("model.layers.0.mlp.up_proj.weight")
    assert found.shape == whole.shape and found.dtype == "float32"
    steps = np.abs(whole).reshape(-1, 32).max(axis=1) / 127  # of each block of 32
    assert (np.abs(found - whole).reshape(-1, 32) <= steps[:, None]).all()


# === The tokenizer ===


@pytest.mark.parametrize(
    ("pre", "pieces"),
    {
        "gpt-2": ["It", "'s", " 12345", " don", "'", "T", "！", "\n", "\n", "x"],
        "smollm": ["It", "'s", " ", *"12345", " don", "'", "T", "！", "\n", "\n", "x"],
        "llama-bpe": ["It", "'s", " ", "123", "45", " don", "'T", "！\n\n", "x"],
        "qwen2": ["It", "'s", " ", *"12345", " don", "'T", "！\n\n", "x"],
        "default": ["It", "'", "s", " ", "123", "45", " don", "'", "T", "！", "\n", "\n", "x"],
    }.items(),
)
def test_a_pattern_cuts_as_its_name_says(path, pre, pieces):
    write(path, pre=pre)
    tokenizer = Tokenizer.from_str(GGUFFile(path).tokenizer)
    text = "It's 12345 don'T！\n\nx"
    cut = tokenizer.pre_tokenizer.pre_tokenize_str(text)
    assert [text.encode()[slice(*ends)].decode() for ends in _ends(cut)] == pieces


def _ends(pieces):
    """Of pieces written in bytes, where each begins and ends."""
    end = 0
    for piece, _ in pieces:
        yield end, end + len(piece)
        end += len(piece)


def test_every_pattern_is_tried_above():
    assert set(PATTERNS) == {"gpt-2", "smollm", "llama-bpe", "qwen2", "default"}


def test_a_tokenizer_has_its_merges_and_its_special_tokens(path):
    write(path)
    tokenizer = Tokenizer.from_str(GGUFFile(path).tokenizer)
    assert tokenizer.encode("a a").ids == [TOKENS.index("a"), 256]
    assert tokenizer.encode("a<|end|>").ids[-1] == END
    kinds = {i: token.special for i, token in tokenizer.get_added_tokens_decoder().items()}
    assert kinds == {START: True, END: True, THINK: False}
    assert tokenizer.decode(tokenizer.encode("ä！").ids) == "ä！"


@pytest.mark.parametrize(
    ("pre", "add_bos", "begins"),
    [("smollm", None, 0), ("llama-bpe", None, 1), ("llama-bpe", False, 0), ("smollm", True, 1)],
)
def test_a_text_begins_with_the_start_token_where_the_model_was_trained_so(
    path, pre, add_bos, begins
):
    write(path, pre=pre, add_bos=add_bos)
    ids = Tokenizer.from_str(GGUFFile(path).tokenizer).encode("b").ids
    assert ids == [START] * begins + [TOKENS.index("b")]


# === What is refused ===


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"architecture": "gemma"}, "architecture is 'gemma'.*'llama', 'qwen2', 'qwen3'"),
        ({"pre": "tekken"}, "pattern 'tekken'.*'smollm'"),
        ({"kind": "llama"}, "kind 'llama'"),
        ({"said": {"expert_count": 8}}, r"expert_count=8, where 0"),
        ({"said": {"rope.dimension_count": 16}}, "rope.dimension_count=16, where 32"),
        ({"said": {"rope.scaling.type": "yarn"}}, "scaled by 'yarn'"),
        ({"said": {"attention.sliding_window": 9}}, "attention.sliding_window, which is not known"),
        ({"tensors": {"blk.0.ffn_gate_inp.weight": np.ones((2, 2), "float32")}}, "ffn_gate_inp"),
        ({"tensors": {"rope_freqs.weight": np.arange(16, dtype="float32")}}, "rope_freqs"),
    ],
)
def test_what_is_not_read_is_one_sentence(path, settings, says):
    write(path, **settings)
    with pytest.raises(InvalidFileError, match=says) as error:
        GGUFFile(path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)


def test_a_file_that_is_cut_off_and_one_that_is_none(path):
    write(path)
    whole = path.read_bytes()
    for size in (0, 3, 20, 500, len(whole) // 2, len(whole) - 100):
        path.write_bytes(whole[:size])
        with pytest.raises(InvalidFileError, match="not a whole GGUF file"):
            GGUFFile(path)
    path.write_bytes(b"PK\x03\x04" + whole)
    with pytest.raises(InvalidFileError, match="not a whole GGUF file"):
        GGUFFile(path)
    with pytest.raises(MissingFileError, match=r"none\.gguf does not exist"):
        GGUFFile(path.with_name("none.gguf"))


def test_without_the_package_it_is_said_how_to_install_it(path, monkeypatch):
    write(path)
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(MissingDependencyError, match=r"mlm_tf\[gguf\]"):
        GGUFFile(path)


# === A model ===


def test_a_file_is_a_model_with_its_weights(path):
    """The same as from the other layout, tensor by tensor."""
    held = write(path)
    model = from_gguf(path)
    block = model.blocks[0]
    for variable, name in (
        (model.embedding.embeddings, "token_embd"),
        (block.self_attention.block.value.kernel, "blk.0.attn_v"),
        (block.feed_forward.block.down.kernel, "blk.0.ffn_down"),
        (model.output_norm.scale, "output_norm"),
    ):
        given = held[f"{name}.weight"]
        expected = given.T if "blk" in name else given
        np.testing.assert_array_equal(ops.convert_to_numpy(variable), expected)
    pipeline = model.pipeline
    assert (pipeline.start_id, pipeline.end_ids) == (START, (END, START))
    assert pipeline.chat_template.source == "{{ messages }}"
    assert pipeline.chat_template.special_tokens["eos_token"] == "<|end|>"
    assert model.max_sequence_length == 50
    assert model.generate("a", max_length=5, seed=0).startswith("a")


def test_a_model_of_it_is_saved_and_written_in_the_other_layout(path, tmp_path):
    write(path)
    model = from_gguf(path)
    model.save(tmp_path / "again.keras")
    again = load_model(tmp_path / "again.keras")
    to_huggingface(model, tmp_path / "folder")
    other = from_huggingface(tmp_path / "folder")
    ids = np.array([[1, 2, 3, 4]])
    for one in (again, other):
        np.testing.assert_allclose(one(ids), model(ids), atol=1e-5)
        assert one.pipeline.chat_template.source == model.pipeline.chat_template.source
        assert one.pipeline.end_ids == model.pipeline.end_ids


def test_another_dtype(path):
    write(path)
    model = from_gguf(path, dtype="bfloat16")
    assert model.blocks[0].self_attention.block.value.kernel.dtype == "bfloat16"


def test_tensors_that_do_not_belong_together(path):
    write(path, tensors={"blk.0.ffn_up.weight": np.ones((4, WIDTH), "float32")})
    with pytest.raises(InvalidFileError, match=r"up_proj.weight' of shape \(4, 64\)"):
        from_gguf(path)
    write(path, said={"block_count": 2})
    with pytest.raises(InvalidFileError, match=r"lacks 'layers.1"):
        from_gguf(path)
