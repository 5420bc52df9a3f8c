"""Blocks as models of today have them give what `transformers` gives on the same weights.

The files were written by benchmarks/golden_blocks.py.
"""

import pathlib

import numpy as np
import pytest
from keras import ops

from mlm_tf.layers import Transformer
from tests.layers.tensor_names import BERT_NAMES, LLAMA_NAMES

GOLDEN = pathlib.Path(__file__).parent / "golden"
LLAMA_3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
LLAMA = {"num_key_value_heads": 1, "activation": "swiglu"}
CAUSAL = {  # the arguments of the block besides its widths
    "smollm2": {"rope_max_wavelength": 100_000},
    "linear": {"rope_scaling": {"rope_type": "linear", "factor": 4.0}},
    "llama3": {"rope_max_wavelength": 1000, "rope_scaling": LLAMA_3, "head_dim": 16},
    "qwen2": {"qkv_bias": True},
    "qwen3": {"head_dim": 6, "qk_norm": True, "qk_norm_epsilon": 1e-2, "norm_epsilon": 1e-2},
}


def give_weights(block, tensors: dict[str, np.ndarray], names: dict[str, str]) -> None:
    """Every weight of the block from a tensor, and every tensor to one."""
    left = {name: tensor for name, tensor in tensors.items() if name not in ("x", "y", "mask")}
    for path, theirs in names.items():
        layer = block
        for name in path.split("/"):
            layer = getattr(layer, name)
        for weight in getattr(layer, "weights", ()):
            kind = "bias" if weight.name in ("bias", "beta") else "weight"
            weight.assign(left.pop(f"{theirs}.{kind}").T)
    assert not left


@pytest.mark.parametrize("name", CAUSAL)
def test_a_block_gives_what_transformers_gives(name):
    """All at once, and a few positions at a time."""
    with np.load(GOLDEN / f"{name}.npz") as file:
        tensors = dict(file)
    x, y = tensors["x"], tensors["y"]
    block = Transformer(12, 3, 20, **{**LLAMA, **CAUSAL[name]})
    block.build(x.shape)
    give_weights(block, tensors, LLAMA_NAMES)
    np.testing.assert_allclose(ops.convert_to_numpy(block(x)), y, atol=2e-5)
    first, state = block.step(x[:, :30], block.initial_state(2, 40))
    rest, _ = block.step(x[:, 30:], state)
    found = np.concatenate([ops.convert_to_numpy(part) for part in (first, rest)], axis=1)
    np.testing.assert_allclose(found, y, atol=2e-5)


def test_the_block_of_bert_gives_what_transformers_gives():
    """The norm after each sum, both ways, with padding."""
    with np.load(GOLDEN / "bert.npz") as file:
        tensors = dict(file)
    x, mask = tensors["x"], tensors["mask"]
    block = Transformer(
        12,
        3,
        20,
        causal=False,
        positions=None,
        normalization="layer_norm",
        norm_epsilon=1e-12,
        use_bias=True,
        normalize_first=False,
    )
    block.build(x.shape)
    give_weights(block, tensors, BERT_NAMES)
    found = ops.convert_to_numpy(block(x, padding_mask=mask))
    np.testing.assert_allclose(found[mask], tensors["y"][mask], atol=2e-5)
    assert block.final_norm("after") is None  # what it gives is of one scale already
