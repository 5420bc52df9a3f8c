"""GPT-2 (Radford et al. 2019) in two spellings: the checkpoint's, and a model of ours."""

import re
from typing import ClassVar

from mlm_tf.checks import Checked, check_boolean, check_choice, check_integer, check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.interop.family import (
    Family,
    check_no_output_bias,
    first_block,
    register_family,
    transformers_of,
)
from mlm_tf.interop.tensors import Tensor, layer_norm, output_table, table
from mlm_tf.layers import LearnedPositions, Transformer
from mlm_tf.models.language_model import CausalLM

_ACTIVATIONS = {
    "gelu_new": "gelu_approximate",  # the first is GPT-2's own name for it, and written back
    "gelu_pytorch_tanh": "gelu_approximate",
    "gelu": "gelu",
}
_SHARE = Checked(check_number, least=0, below=1)


@register_family("gpt2")
class GPT2(Family):
    """GPT-2.

    Notable features, in the words of this package: learned positions before the first block;
    pre-norm Transformer blocks with layer normalisation, biases everywhere, and the tanh form of
    GELU; a norm after the last block; scores by the transposed word vectors, without a bias. A
    checkpoint keeps query, key and value in one tensor, `c_attn`, and matrices `(in, out)`.
    """

    title = "GPT-2"
    architecture = "GPT2LMHeadModel"
    defaults: ClassVar = {
        "vocab_size": 50257,
        "n_embd": 768,
        "n_layer": 12,
        "n_head": 12,
        "n_inner": None,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "resid_pdrop": 0.1,
        "embd_pdrop": 0.1,
        "attn_pdrop": 0.1,
        "bos_token_id": 50256,
        "eos_token_id": 50256,
        "tie_word_embeddings": True,
    }
    entries: ClassVar = {
        **dict.fromkeys(
            ("vocab_size", "n_embd", "n_layer", "n_head", "n_positions"), Checked(check_integer)
        ),
        "n_inner": Checked(check_integer, optional=True),
        "activation_function": Checked(check_choice, allowed=tuple(_ACTIVATIONS)),
        "tie_word_embeddings": Checked(check_boolean),
        **dict.fromkeys(("layer_norm_epsilon", "resid_pdrop", "embd_pdrop", "attn_pdrop"), _SHARE),
    }
    required: ClassVar = {
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "reorder_and_upcast_attn": False,
        "add_cross_attention": False,
    }
    length = "n_positions"
    prefixes = ("transformer.",)
    left_out = re.compile(r"h\.\d+\.attn\.(masked_)?bias")  # a constant that old files hold
    words = "wte.weight"

    def checked(self, given):
        config = super().checked({"n_positions": given.get("n_ctx", 1024), **given})
        if config["n_embd"] % config["n_head"]:
            raise InvalidArgumentError(
                f"n_head={config['n_head']} does not divide n_embd={config['n_embd']}; restore the "
                "file that belongs to the weights"
            )
        config["n_inner"] = config["n_inner"] or 4 * config["n_embd"]
        return config

    def blocks(self, config):
        return [
            LearnedPositions(config["n_positions"], name="positions"),
            *(
                Transformer(
                    config["n_embd"],
                    config["n_head"],
                    config["n_inner"],
                    positions=None,
                    normalization="layer_norm",
                    norm_epsilon=config["layer_norm_epsilon"],
                    activation=_ACTIVATIONS[config["activation_function"]],
                    use_bias=True,
                    dropout=config["resid_pdrop"],
                    name=f"transformer_{i}",
                )
                for i in range(config["n_layer"])
            ),
        ]

    def model(self, config, pipeline=None):
        return CausalLM(
            config["vocab_size"],
            config["n_embd"],
            config["n_embd"],
            self.blocks(config),
            output_bias=False,
            tie_weights=config["tie_word_embeddings"],
            dropout=config["embd_pdrop"],
            max_sequence_length=config["n_positions"],
            pipeline=pipeline,
        )

    def tensors(self, config):
        width, inner, words = config["n_embd"], config["n_inner"], config["vocab_size"]
        yield from table("wte", words, width, "embedding")
        yield from table("wpe", config["n_positions"], width, "blocks/0")
        for i in range(config["n_layer"]):
            there, here = f"h.{i}", f"blocks/{i + 1}"
            attention, network = f"{here}/self_attention/block", f"{here}/feed_forward/block"
            inputs = [f"{attention}/{name}" for name in ("query", "key", "value")]
            yield from layer_norm(f"{there}.ln_1", width, f"{here}/self_attention/norm")
            yield from _conv(f"{there}.attn.c_attn", width, 3 * width, *inputs)
            yield from _conv(f"{there}.attn.c_proj", width, width, f"{attention}/output_projection")
            yield from layer_norm(f"{there}.ln_2", width, f"{here}/feed_forward/norm")
            yield from _conv(f"{there}.mlp.c_fc", width, inner, f"{network}/up")
            yield from _conv(f"{there}.mlp.c_proj", inner, width, f"{network}/down")
        yield from layer_norm("ln_f", width, "output_norm")
        if not config["tie_word_embeddings"]:
            yield from output_table("lm_head", words, width)

    def is_like(self, model):
        return isinstance(model, CausalLM) and isinstance(first_block(model), LearnedPositions)

    def settings_of(self, model):
        check_no_output_bias(model)
        positions, *blocks = model.blocks
        block = transformers_of(blocks)[0].get_config()
        names = {ours: theirs for theirs, ours in reversed(_ACTIVATIONS.items())}
        return {
            "vocab_size": model.vocabulary_size,
            "n_positions": positions.max_sequence_length,
            "n_ctx": positions.max_sequence_length,
            "n_embd": model.hidden_dim,
            "n_layer": len(blocks),
            "n_head": block["num_heads"],
            "n_inner": block["intermediate_dim"],
            "activation_function": names.get(block["activation"], "gelu_new"),
            "layer_norm_epsilon": block["norm_epsilon"],
            "resid_pdrop": block["dropout"],
            "attn_pdrop": block["dropout"],
            "embd_pdrop": model.dropout,
            "tie_word_embeddings": model.tie_weights,
        }


def _conv(name, inputs, outputs, *places):
    """A projection as GPT-2 keeps it: `(in, out)`, as here, and of several layers side by side."""
    kernels, biases = (tuple(f"{p}/{part}" for p in places) for part in ("kernel", "bias"))
    yield Tensor(f"{name}.weight", (inputs, outputs), kernels)
    yield Tensor(f"{name}.bias", (outputs,), biases)
