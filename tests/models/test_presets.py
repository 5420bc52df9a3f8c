"""Sizes with a name: what they are, and that arguments override them."""

import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, estimate
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models.presets import PRESETS


@pytest.mark.parametrize(
    ("name", "layers", "width"),
    [("tiny", 2, 128), ("mini", 4, 256), ("small", 4, 512), ("medium", 8, 512), ("base", 12, 768)],
)
def test_the_miniatures_have_the_sizes_of_the_paper(name, layers, width):
    preset = PRESETS[name]
    assert (preset["num_layers"], preset["hidden_dim"]) == (layers, width)
    assert width == 64 * preset["num_heads"]


def test_tiny_is_built():
    pipeline = TextPipeline.fit(["the cat sat on the mat"])
    model = build_model("tiny", pipeline=pipeline)
    assert [block.name for block in model.blocks] == ["transformer_0", "transformer_1"]
    attention = model.blocks[0].self_attention.block
    assert (model.hidden_dim, attention.num_heads, attention.positions) == (128, 2, "rotary")
    assert model.blocks[0].feed_forward.block.intermediate_dim == 512


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("gpt2", 124_439_808),
        ("smollm2-135m", 134_515_008),
        ("llama3.2-1b", 1_235_814_400),
        ("qwen3-0.6b", 596_049_920),
    ],
)
def test_a_model_has_every_parameter_of_its_checkpoint(name, parameters):
    assert estimate(name).parameters == parameters


def test_gpt2_has_the_shape_of_gpt2():
    model = build_model("gpt2", vocabulary_size=20, num_layers=1, hidden_dim=16, num_heads=2)
    positions, block = model.blocks
    assert positions.max_sequence_length == model.max_sequence_length == 1024
    residual = block.feed_forward
    assert (residual.normalization, residual.norm_epsilon) == ("layer_norm", 1e-5)
    assert block.feed_forward.block.activation == "gelu_approximate"
    assert block.self_attention.block.use_bias and block.self_attention.block.positions is None
    assert model.output_bias is None
    assert model.output_norm.epsilon == 1e-5


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("smollm2-135m", {"rope_max_wavelength": 100_000, "norm_epsilon": 1e-5, "head_dim": 4}),
        ("llama3.2-1b", {"rope_scaling": PRESETS["llama3.2-1b"]["rope_scaling"], "qk_norm": False}),
        ("qwen3-0.6b", {"head_dim": 128, "qk_norm": True, "qk_norm_epsilon": 1e-6}),
    ],
)
def test_models_of_today_have_their_blocks(name, settings):
    sizes = {"vocabulary_size": 20, "num_layers": 2, "hidden_dim": 8, "intermediate_dim": 8}
    model = build_model(name, **sizes, num_heads=2, num_key_value_heads=1)
    for block in model.blocks:
        config = block.get_config()
        settings = {
            "activation": "swiglu",
            "normalization": "rms_norm",
            "use_bias": False,
        } | settings
        assert {key: config[key] for key in settings} == settings
    assert model.output_bias is None and model.tie_weights
    assert model.output_norm.epsilon == config["norm_epsilon"]
    ids = np.arange(6, dtype="int32")[None]
    expected = ops.convert_to_numpy(model(ids))
    logits, state = model.step(ids[:, :4], model.initial_state(1, 6))
    rest, _ = model.step(ids[:, 4:], state)
    found = np.concatenate([ops.convert_to_numpy(part) for part in (logits, rest)], axis=1)
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_arguments_override_a_preset():
    model = build_model("tiny", vocabulary_size=9, num_layers=1, hidden_dim=8, positions="none")
    assert len(model.blocks) == 1 and model.hidden_dim == 8
    assert model.blocks[0].self_attention.block.num_heads == 2
    assert model.blocks[0].self_attention.block.positions is None
    assert build_model("gpt2", vocabulary_size=9, num_layers=1, hidden_dim=24, output_bias=True)


def test_a_preset_serves_every_task():
    for task, more in (
        ("masked_lm", {}),
        ("text_classifier", {"num_classes": 2}),
        ("token_classifier", {"num_classes": 2}),
        ("seq2seq_lm", {}),
    ):
        model = build_model("tiny", task, vocabulary_size=9, hidden_dim=8, **more)
        assert model.hidden_dim == 8


def test_a_preset_is_no_item_of_a_list():
    with pytest.raises(InvalidArgumentError, match=r"architecture='tiny'.*no preset in a list"):
        build_model(["tiny", "lstm"], vocabulary_size=9)
