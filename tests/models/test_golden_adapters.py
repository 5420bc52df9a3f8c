"""Adapters that PEFT wrote are read, and give the scores that PEFT gives beside the same weights.

The files were written by benchmarks/golden_blocks.py.
"""

import json
import pathlib

import numpy as np
import pytest
from keras import ops
from safetensors.numpy import load_file

from mlm_tf import build_model
from tests.layers.tensor_names import LLAMA_NAMES

GOLDEN = pathlib.Path(__file__).parents[1] / "layers" / "golden"
FOLDER = GOLDEN / "peft_llama"


def variable(model, name):
    """Our variable of a tensor of Llama's."""
    if name == "model.embed_tokens.weight":
        return model.embedding.table
    if name == "model.norm.weight":
        return model.output_norm.scale
    _, _, block, name = name.removesuffix(".weight").split(".", 3)
    layer = model.blocks[int(block)]
    [path] = [ours for ours, theirs in LLAMA_NAMES.items() if theirs == name]
    for part in path.split("/"):
        layer = getattr(layer, part)
    return layer.weights[0]


@pytest.fixture(scope="module")
def golden():
    """A Llama with these weights, what it reads, and the scores expected of it with adapters."""
    with np.load(GOLDEN / "peft_llama.npz") as file:
        tensors = dict(file)
    token_ids, logits = tensors.pop("token_ids"), tensors.pop("logits")
    sizes = {"hidden_dim": 12, "intermediate_dim": 20, "num_heads": 3, "num_key_value_heads": 1}
    block = {"num_layers": 2, "vocabulary_size": 11, "output_bias": False}
    model = build_model("llama", **sizes, **block)
    for block in model.blocks:
        for residual in (block.self_attention, block.feed_forward):
            residual.norm.epsilon = 1e-6  # what this configuration has
    model.output_norm.epsilon = 1e-6
    for name, value in tensors.items():
        found = variable(model, name)
        found.assign(value.T if found.name == "kernel" else value)
    return model, token_ids, logits


def test_they_give_pefts_scores_beside_the_matrices_and_in_them(golden, tmp_path):
    model, token_ids, logits = golden
    model.load_adapters(FOLDER)
    found = ops.convert_to_numpy(model(token_ids))
    np.testing.assert_allclose(found, logits, atol=1e-4)
    model.save_adapters(tmp_path / "ours")
    ours, theirs = (load_file(f / "adapter_model.safetensors") for f in (tmp_path / "ours", FOLDER))
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        np.testing.assert_array_equal(ours[name], tensor)
    told, said = (
        json.loads((f / "adapter_config.json").read_text("utf-8"))
        for f in (tmp_path / "ours", FOLDER)
    )
    told["target_modules"], said["target_modules"] = map(
        sorted, (told["target_modules"], said["target_modules"])
    )
    assert {name: said[name] for name in told} == told
    model.merge_adapters()
    found = ops.convert_to_numpy(model(token_ids))
    np.testing.assert_allclose(found, logits, atol=1e-4)
