"""GPT-2 in two spellings: the checkpoint's configuration and tensors, and a model of ours.

Notable features of GPT-2 (Radford et al. 2019), in the words of this package: learned positions
before the first block; pre-norm Transformer blocks with layer normalisation, biases everywhere,
and the tanh form of GELU; a norm after the last block; scores by the transposed word vectors,
without a bias. A checkpoint keeps query, key and value in one tensor, `c_attn`.
"""

import json

import numpy as np

from mlm_tf.checks import check_boolean, check_choice, check_integer, check_number, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LearnedPositions, Transformer
from mlm_tf.models.language_model import CausalLM

# What a configuration that leaves an entry out means.
DEFAULTS = {
    "model_type": "gpt2",
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
    "pad_token_id": None,
    "tie_word_embeddings": True,
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "reorder_and_upcast_attn": False,
    "add_cross_attention": False,
}
ACTIVATIONS = {
    "gelu_new": "gelu_approximate",  # the first is GPT-2's own name for it, and written back
    "gelu_pytorch_tanh": "gelu_approximate",
    "gelu": "gelu",
}
UNUSUAL = ("scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention")


# === The configuration ===


def checked_config(text: str) -> dict:
    """A `config.json` with its defaults filled in.

    Raises:
        InvalidArgumentError: for what is no configuration of a GPT-2 that our blocks can be.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"it is no JSON ({error})") from None
    if not isinstance(given, dict) or given.get("model_type") != "gpt2":
        kind = given.get("model_type") if isinstance(given, dict) else given
        raise InvalidArgumentError(
            f"its model_type is {shown(kind)}, and only 'gpt2' is read; choose a GPT-2 checkpoint"
        )
    config = {**DEFAULTS, "n_positions": given.get("n_ctx", 1024), **given}
    for name in ("vocab_size", "n_embd", "n_layer", "n_head", "n_positions"):
        check_integer(name, config[name])
    if config["n_embd"] % config["n_head"]:
        raise InvalidArgumentError(
            f"n_head={config['n_head']} does not divide n_embd={config['n_embd']}; restore the "
            "file that belongs to the weights"
        )
    if config["n_inner"] is None:
        config["n_inner"] = 4 * config["n_embd"]
    check_integer("n_inner", config["n_inner"])
    check_choice("activation_function", config["activation_function"], tuple(ACTIVATIONS))
    for name in ("tie_word_embeddings", "scale_attn_weights", *UNUSUAL):
        check_boolean(name, config[name])
    for name in ("layer_norm_epsilon", "resid_pdrop", "embd_pdrop", "attn_pdrop"):
        check_number(name, config[name], least=0, below=1)
    for name in ("bos_token_id", "pad_token_id"):
        if config[name] is not None:
            check_integer(name, config[name], least=0)
    for token_id in end_ids_of(config):
        check_integer("eos_token_id", token_id, least=0)
    for name, usual in [("scale_attn_weights", True), *((name, False) for name in UNUSUAL)]:
        if config[name] is not usual:
            raise InvalidArgumentError(
                f"{name}={config[name]} asks for attention that is not GPT-2's own and not built "
                f"here; choose a checkpoint with {name}={usual}"
            )
    return config


def end_ids_of(config: dict) -> list[int]:
    """The tokens of which each ends a text: one, several, or none."""
    end_ids = config["eos_token_id"]
    return end_ids if isinstance(end_ids, list) else [] if end_ids is None else [end_ids]


def model_from_config(config: dict, pipeline=None) -> CausalLM:
    """A model of the shape that a checked configuration says, with random weights."""
    width = config["n_embd"]
    positions = LearnedPositions(config["n_positions"], name="positions")
    blocks = [
        Transformer(
            width,
            config["n_head"],
            config["n_inner"],
            positions=None,
            normalization="layer_norm",
            norm_epsilon=config["layer_norm_epsilon"],
            activation=ACTIVATIONS[config["activation_function"]],
            use_bias=True,
            dropout=config["resid_pdrop"],
            name=f"transformer_{i}",
        )
        for i in range(config["n_layer"])
    ]
    return CausalLM(
        config["vocab_size"],
        width,
        width,
        [positions, *blocks],
        output_bias=False,
        tie_weights=config["tie_word_embeddings"],
        dropout=config["embd_pdrop"],
        max_sequence_length=config["n_positions"],
        pipeline=pipeline,
    )


def config_of(model: CausalLM) -> dict:
    """The `config.json` of a model.

    Raises:
        InvalidArgumentError: for a model that GPT-2's configuration cannot say.
    """
    _check_is_gpt2(model)
    positions, first = model.blocks[0], model.blocks[1]
    attention, residual = first.self_attention.block, first.feed_forward
    network = residual.block
    names = {ours: theirs for theirs, ours in reversed(ACTIVATIONS.items())}
    special = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    if (pipeline := model.pipeline) is not None:
        special["bos_token_id"], special["eos_token_id"] = pipeline.start_id, pipeline.end_id
        if others := pipeline.end_ids[1:]:
            special["eos_token_id"] = [pipeline.end_id, *others]
        if pipeline.pad_id != pipeline.end_id:  # else GPT-2 has none
            special["pad_token_id"] = pipeline.pad_id
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": model.vocabulary_size,
        "n_positions": positions.max_sequence_length,
        "n_ctx": positions.max_sequence_length,
        "n_embd": model.hidden_dim,
        "n_layer": len(model.blocks) - 1,
        "n_head": attention.num_heads,
        "n_inner": network.intermediate_dim,
        "activation_function": names[network.activation],
        "layer_norm_epsilon": residual.norm_epsilon,
        "resid_pdrop": residual.dropout,
        "attn_pdrop": attention.dropout,
        "embd_pdrop": model.dropout,
        "tie_word_embeddings": model.tie_weights,
        **special,
        "torch_dtype": "float32",
    }


def _check_is_gpt2(model) -> None:
    """Raise, naming what is in the way, if GPT-2's configuration cannot say this model."""
    if not isinstance(model, CausalLM):
        _refuse(f"it is a {type(model).__name__} and no CausalLM")
    positions, *blocks = model.blocks
    if not isinstance(positions, LearnedPositions):
        _refuse(f"its first block is a {type(positions).__name__} and not LearnedPositions")
    if not blocks:
        _refuse("it has no Transformer block")
    for block in blocks:
        if type(block) is not Transformer:
            _refuse(f"its block {block.name!r} is a {type(block).__name__} and no Transformer")
    first = blocks[0].get_config()
    required = {
        **{name: first[name] for name in ("num_heads", "intermediate_dim", "norm_epsilon")},
        "positions": None,
        "sliding_window": None,
        "normalization": "layer_norm",
        "normalize_first": True,
        "qk_norm": False,
        "use_bias": True,
        "qkv_bias": True,
        "cross_attention": False,
        "num_key_value_heads": first["num_heads"],
        "head_dim": model.hidden_dim // first["num_heads"],
        "dropout": first["dropout"],
        "activation": "gelu" if first["activation"] == "gelu" else "gelu_approximate",
    }
    for block in blocks:
        found = block.get_config()
        for name, value in required.items():
            if found[name] != value:
                _refuse(
                    f"its block {block.name!r} has {name}={found[name]!r}, where {value!r} is said"
                )
    if model.output_bias is not None:
        _refuse("it has an output bias")
    if model.input_projection is not None:
        _refuse(f"its embedding_dim={model.embedding_dim} is not its hidden_dim={model.hidden_dim}")


def _refuse(why: str):
    raise InvalidArgumentError(
        f"model cannot be written as a GPT-2 checkpoint: {why}; save it with model.save(), or "
        "build one of GPT-2's shape."
    )


# === The tensors ===


def tensor_shapes(config: dict) -> dict[str, tuple[int, ...]]:
    """Of every tensor of a checkpoint its shape; matrices are `(in, out)`, as Keras's are."""
    width, inner, words = config["n_embd"], config["n_inner"], config["vocab_size"]
    shapes = {"wte.weight": (words, width), "wpe.weight": (config["n_positions"], width)}
    for i in range(config["n_layer"]):
        for name, inputs, outputs in (
            ("attn.c_attn", width, 3 * width),
            ("attn.c_proj", width, width),
            ("mlp.c_fc", width, inner),
            ("mlp.c_proj", inner, width),
        ):
            shapes[f"h.{i}.{name}.weight"] = (inputs, outputs)
            shapes[f"h.{i}.{name}.bias"] = (outputs,)
        for name in ("ln_1", "ln_2"):
            shapes |= {f"h.{i}.{name}.weight": (width,), f"h.{i}.{name}.bias": (width,)}
    shapes |= {"ln_f.weight": (width,), "ln_f.bias": (width,)}
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (words, width)
    return shapes


def tensor_variables(model: CausalLM) -> dict[str, list]:
    """Of every tensor the variables that it is, side by side along its last axis.

    `lm_head.weight` alone is the transpose of its variable.
    """
    positions, *blocks = model.blocks
    variables = {
        "wte.weight": [model.embedding.embeddings],
        "wpe.weight": [*positions.variables],
    }

    def add(name, *layers):
        variables[f"{name}.weight"] = [layer.kernel for layer in layers]
        variables[f"{name}.bias"] = [layer.bias for layer in layers]

    def add_norm(name, norm):
        variables[f"{name}.weight"], variables[f"{name}.bias"] = [norm.gamma], [norm.beta]

    for i, block in enumerate(blocks):
        attention, network = block.self_attention.block, block.feed_forward.block
        add(f"h.{i}.attn.c_attn", attention.query, attention.key, attention.value)
        add(f"h.{i}.attn.c_proj", attention.output_projection)
        add(f"h.{i}.mlp.c_fc", network.up)
        add(f"h.{i}.mlp.c_proj", network.down)
        add_norm(f"h.{i}.ln_1", block.self_attention.norm)
        add_norm(f"h.{i}.ln_2", block.feed_forward.norm)
    add_norm("ln_f", model.output_norm)
    if not model.tie_weights:
        variables["lm_head.weight"] = [model.embedding.reverse_embeddings]
    return variables


def assign(name: str, variables: list, tensor: np.ndarray) -> None:
    """Give a checkpoint's tensor to the variables that it is."""
    tensor = tensor.T if name == "lm_head.weight" else tensor
    parts = np.split(tensor.astype("float32"), len(variables), axis=-1)
    for variable, part in zip(variables, parts, strict=True):
        variable.assign(part)


def as_tensor(name: str, variables: list) -> np.ndarray:
    """The float32 tensor of a checkpoint from its variables."""
    parts = [np.asarray(variable.numpy(), "float32") for variable in variables]
    tensor = np.concatenate(parts, axis=-1)
    return np.ascontiguousarray(tensor.T if name == "lm_head.weight" else tensor)
