"""Llama, and with it SmolLM2 and TinyLlama, which are Llamas of another size."""

import re
from typing import ClassVar

from mlm_tf.checks import Checked, check_boolean, check_integer, check_number, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.interop.family import (
    Family,
    check_no_output_bias,
    first_block,
    register_family,
    transformers_of,
)
from mlm_tf.interop.tensors import linear, output_table, rms_norm, table
from mlm_tf.layers import Transformer
from mlm_tf.layers.rotary import check_rope_scaling
from mlm_tf.models.language_model import CausalLM

_WIDTHS = (
    "hidden_size",
    "intermediate_size",
    "vocab_size",
    "num_hidden_layers",
    "num_attention_heads",
    "max_position_embeddings",
)
_TRAINED = "original_max_position_embeddings"  # of a scaling: for what length it was trained
# What sets apart those that follow Llama: the setting of a block, by which each is told.
_MARKS = ("qk_norm", "qkv_bias", "sliding_window")


@register_family("llama")
class Llama(Family):
    """Llama 2 and 3, SmolLM2, TinyLlama.

    Notable features, in the words of this package: rotary positions inside attention, whose base
    and scaling differ from model to model; pre-norm Transformer blocks with RMS normalisation,
    SwiGLU and no biases; heads that share keys and values; a norm after the last block; scores by a
    table of their own or by the word vectors, without a bias. Matrices are `(out, in)`.

    What follows Llama with one setting of its blocks more is a subclass: Mistral, Qwen 2, Qwen 3.

    Reference: Touvron et al. 2023, "Llama 2", section 2.2; Grattafiori et al. 2024, section 3.2.
    """

    title = "Llama"
    architecture = "LlamaForCausalLM"
    mark = None  # of `_MARKS` the one that this family has
    defaults: ClassVar = {
        "vocab_size": 32000,
        "hidden_size": 4096,
        "intermediate_size": 11008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": None,
        "head_dim": None,
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-6,
        "attention_dropout": 0.0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "tie_word_embeddings": False,
    }
    entries: ClassVar = {
        **dict.fromkeys(_WIDTHS, Checked(check_integer)),
        **dict.fromkeys(("num_key_value_heads", "head_dim"), Checked(check_integer, optional=True)),
        "rms_norm_eps": Checked(check_number, least=0, below=1),
        "attention_dropout": Checked(check_number, least=0, below=1),
        "tie_word_embeddings": Checked(check_boolean),
    }
    required: ClassVar = {
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "pretraining_tp": 1,
        "partial_rotary_factor": 1.0,
        "rope_interleaved": False,
        "quantization_config": None,
    }
    prefixes = ("model.",)
    # A constant that old files hold.
    left_out = re.compile(r"(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq")
    words = "embed_tokens.weight"

    def checked(self, given):
        config = super().checked(given)
        self._check_layer_types(config)
        width, heads = config["hidden_size"], config["num_attention_heads"]
        shared = config["num_key_value_heads"] = config["num_key_value_heads"] or heads
        if config["head_dim"] is None and width % heads:
            raise InvalidArgumentError(
                f"num_attention_heads={heads} does not divide hidden_size={width}, and there is no "
                "head_dim; restore the file that belongs to the weights"
            )
        if heads % shared:
            raise InvalidArgumentError(
                f"num_key_value_heads={shared} does not divide num_attention_heads={heads}; "
                "restore the file that belongs to the weights"
            )
        config["head_dim"] = config["head_dim"] or width // heads
        if config["head_dim"] % 2:
            raise InvalidArgumentError(
                f"head_dim={config['head_dim']} is odd, and rotary positions turn pairs; restore "
                "the file that belongs to the weights"
            )
        return {**config, **_rope(config)}

    def _check_layer_types(self, config):
        """Raise if layers are to differ: `transformers` 5 writes for each what it attends to."""
        types = config.get("layer_types")
        has_window = self.special(config).get("sliding_window") is not None
        usual = "sliding_attention" if has_window else "full_attention"
        if types is not None and types != [usual] * config["num_hidden_layers"]:
            raise InvalidArgumentError(
                f"layer_types={shown(types)} asks for layers that are not built here; choose a "
                f"checkpoint where each of them is {usual!r}"
            )

    def special(self, config) -> dict:
        """What its blocks have that Llama's have not."""
        return {}

    def blocks(self, config):
        return [
            Transformer(
                config["hidden_size"],
                config["num_attention_heads"],
                config["intermediate_size"],
                config["num_key_value_heads"],
                head_dim=config["head_dim"],
                rope_max_wavelength=config["rope_theta"],
                rope_scaling=config["rope_scaling"],
                norm_epsilon=config["rms_norm_eps"],
                activation="swiglu",
                dropout=config["attention_dropout"],
                name=f"transformer_{i}",
                **self.special(config),
            )
            for i in range(config["num_hidden_layers"])
        ]

    def model(self, config, pipeline=None):
        return CausalLM(
            config["vocab_size"],
            config["hidden_size"],
            config["hidden_size"],
            self.blocks(config),
            output_bias=False,
            tie_weights=config["tie_word_embeddings"],
            max_sequence_length=config["max_position_embeddings"],
            pipeline=pipeline,
        )

    def tensors(self, config):
        width, inner, words = (config[name] for name in _WIDTHS[:3])
        head = config["head_dim"]
        heads, shared = config["num_attention_heads"], config["num_key_value_heads"]
        special = self.special(config)
        yield from table("embed_tokens", words, width, "embedding")
        for i in range(config["num_hidden_layers"]):
            layer, attention, network = f"layers.{i}", f"layers.{i}.self_attn", f"layers.{i}.mlp"
            here = f"blocks/{i}/self_attention"
            yield from rms_norm(f"{layer}.input_layernorm", width, f"{here}/norm")
            for name, ours, number in (
                ("q_proj", "query", heads),
                ("k_proj", "key", shared),
                ("v_proj", "value", shared),
            ):
                has_bias = special.get("qkv_bias", False)
                place = f"{here}/block/{ours}"
                yield from linear(f"{attention}.{name}", width, number * head, place, has_bias)
            if special.get("qk_norm"):
                yield from rms_norm(f"{attention}.q_norm", head, f"{here}/block/query_norm")
                yield from rms_norm(f"{attention}.k_norm", head, f"{here}/block/key_norm")
            place = f"{here}/block/output_projection"
            yield from linear(f"{attention}.o_proj", heads * head, width, place)
            here = f"blocks/{i}/feed_forward"
            yield from rms_norm(f"{layer}.post_attention_layernorm", width, f"{here}/norm")
            yield from linear(f"{network}.gate_proj", width, inner, f"{here}/block/gate")
            yield from linear(f"{network}.up_proj", width, inner, f"{here}/block/up")
            yield from linear(f"{network}.down_proj", inner, width, f"{here}/block/down")
        yield from rms_norm("norm", width, "output_norm")
        if not config["tie_word_embeddings"]:
            yield from output_table("lm_head", words, width)

    def is_like(self, model):
        block = first_block(model)
        if not isinstance(model, CausalLM) or type(block) is not Transformer:
            return False
        settings = block.get_config()
        return self.mark == next((mark for mark in _MARKS if settings[mark]), None)

    def settings_of(self, model):
        check_no_output_bias(model)
        block = transformers_of(model.blocks)[0].get_config()
        scaling = block["rope_scaling"]
        if scaling is not None and (length := scaling.get(_TRAINED)) is not None:
            scaling = {**scaling, _TRAINED: int(length)}  # transformers warns of another number
        return {
            "vocab_size": model.vocabulary_size,
            "hidden_size": model.hidden_dim,
            "intermediate_size": block["intermediate_dim"],
            "num_hidden_layers": len(model.blocks),
            "num_attention_heads": block["num_heads"],
            "num_key_value_heads": block["num_key_value_heads"],
            "head_dim": block["head_dim"],
            "hidden_act": "silu",
            "max_position_embeddings": model.max_sequence_length or self.defaults[self.length],
            "rms_norm_eps": block["norm_epsilon"],
            # As every version of transformers reads it, those too that write rope_parameters.
            "rope_theta": block["rope_max_wavelength"],
            "rope_scaling": scaling,
            "attention_dropout": block["dropout"],
            "tie_word_embeddings": model.tie_weights,
        }


def _rope(config: dict) -> dict:
    """`rope_theta` and `rope_scaling` as our blocks take them, from any of the ways to say them.

    Published checkpoints have the two at the top, the kind being `type` or `rope_type`, and
    `transformers` 5 writes `rope_parameters`, which has both.
    """
    name = "rope_scaling" if config.get("rope_scaling") else "rope_parameters"
    told = config.get(name) or {}
    if not isinstance(told, dict):
        raise InvalidArgumentError(
            f"{name}={shown(told)} is not allowed; use a dictionary, or leave it out"
        )
    theta = told.get("rope_theta") or config.get("rope_theta") or 10_000.0
    kind = told.get("rope_type", told.get("type", "default"))
    beside = ("rope_type", "type", "rope_theta", "partial_rotary_factor")
    numbers = {n: value for n, value in told.items() if n not in beside}
    is_partial = (told.get("partial_rotary_factor") or 1.0) != 1.0
    if is_partial or (kind == "default" and numbers):
        raise InvalidArgumentError(
            f"{name}={shown(told)} asks for positions that are not built here; choose a "
            "checkpoint whose rope_type is 'default', 'linear' or 'llama3'"
        )
    scaling = None
    if kind != "default":
        scaling = check_rope_scaling(name, {"rope_type": kind, **numbers})
    theta = check_number("rope_theta", theta, above=0)
    return {"rope_theta": theta, "rope_scaling": scaling}
