"""Adapters in files, of the layout of PEFT where it has one for the model, else of our own.

adapter_config.json          rank and weight of the adapters, and what they belong to
adapter_model.safetensors    their factors

PEFT (Hugging Face's library of adapters) names projections as `transformers` does and keeps factors
transposed: its `lora_A` is `(rank, in)` where Keras's `lora_kernel_a` is `(in, rank)`.
"""

import json
import os
import pathlib
import shutil
from typing import NamedTuple

import numpy as np
from keras import ops

from mlm_tf.checks import check_integer, check_new_folder, check_number, check_path, shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.layers import Transformer
from mlm_tf.layers.lora import Dense
from mlm_tf.preprocessing.files import moved_together, read_text

CONFIG, FACTORS_FILE = "adapter_config.json", "adapter_model.safetensors"
FORMAT, VERSION = "mlm_tf adapters", 1
FLOATS = ("F64", "F32", "F16", "BF16")
# By the paths in a block, what `transformers` calls the projections in a layer of Llama's.
OF_LLAMA = {
    "self_attention/block/query": "self_attn.q_proj",
    "self_attention/block/key": "self_attn.k_proj",
    "self_attention/block/value": "self_attn.v_proj",
    "self_attention/block/output_projection": "self_attn.o_proj",
    "feed_forward/block/gate": "mlp.gate_proj",
    "feed_forward/block/up": "mlp.up_proj",
    "feed_forward/block/down": "mlp.down_proj",
}
# What a configuration of PEFT's may say of these; with anything else something else is computed.
NOTHING = (None, False, {}, [])
PLAIN = {
    "bias": (None, "none"),
    "init_lora_weights": (None, True, False, "gaussian", "orthogonal", "eva"),
} | dict.fromkeys(
    (
        "use_dora",
        "use_rslora",
        "use_qalora",
        "use_bdlora",
        "fan_in_fan_out",
        "lora_bias",
        "modules_to_save",
        "rank_pattern",
        "alpha_pattern",
        "layers_to_transform",
        "layer_replication",
        "exclude_modules",
        "target_parameters",
        "trainable_token_indices",
        "alora_invocation_tokens",
        "arrow_config",
        "kasa_config",
        "monteclora_config",
    ),
    NOTHING,
)


class Adapter(NamedTuple):
    """The factors `a`, `(in, rank)`, and `b`, `(rank, out)`, of one projection."""

    rank: int
    lora_alpha: float
    a: np.ndarray
    b: np.ndarray


class _Layout(NamedTuple):
    """How a file calls the factors of projections, and what it says of them, by their paths."""

    names: dict[str, tuple[str, str]]
    told: dict[str, tuple[int, float]]
    is_transposed: bool


def _is_of_llama(model) -> bool:
    """Whether `transformers` has such a model: of Llama's blocks, with the projections of Llama,
    Mistral and Qwen."""
    return (
        model.causal
        and all(map(_is_block_of_llama, model.blocks))
        and len(set(map(id, model.blocks))) == len(model.blocks)
    )


def _is_block_of_llama(block) -> bool:
    if not isinstance(block, Transformer) or block.uses_context or not block.causal:
        return False
    attention, residual = block.self_attention.block, block.feed_forward
    return (
        attention.positions == "rotary"
        and residual.block.activation == "swiglu"
        and residual.normalization == "rms_norm"
        and residual.normalize_first
    )


def _name_in_transformers(path: str) -> str:
    """What `transformers` calls the projection of this path.

    >>> _name_in_transformers("blocks/3/feed_forward/block/up")
    'model.layers.3.mlp.up_proj'
    """
    _, place, inside = path.split("/", 2)
    return f"model.layers.{place}.{OF_LLAMA[inside]}"


def _names_of_factors(path: str, is_of_llama: bool) -> tuple[str, str]:
    if not is_of_llama:
        return f"{path}/lora_kernel_a", f"{path}/lora_kernel_b"
    name = f"base_model.model.{_name_in_transformers(path)}"
    return f"{name}.lora_A.weight", f"{name}.lora_B.weight"


# === Writing ===


def write_adapters(model, adapted: dict[str, Dense], folder, overwrite: bool) -> None:
    """Write the adapters of these projections, given by their paths; see `save_adapters`."""
    from safetensors.numpy import save_file

    folder = check_new_folder("folder", folder, overwrite)
    is_of_llama = _is_of_llama(model)
    config = _config_of_peft(model, adapted) if is_of_llama else _config_of_ours(model, adapted)
    tensors = {}
    for path, layer in adapted.items():
        factors = [ops.convert_to_numpy(f) for f in (layer.lora_kernel_a, layer.lora_kernel_b)]
        for name, factor in zip(_names_of_factors(path, is_of_llama), factors, strict=True):
            factor = np.asarray(factor, "float32")
            tensors[name] = np.ascontiguousarray(factor.T if is_of_llama else factor)
    with moved_together(folder, (FACTORS_FILE, CONFIG), f"folder={str(folder)!r}") as beside:
        save_file(tensors, beside / FACTORS_FILE, metadata={"format": "pt"})
        text = json.dumps(config, indent=2) + "\n"
        (beside / CONFIG).write_text(text, encoding="utf-8")
        shutil.copymode(beside / CONFIG, beside / FACTORS_FILE)  # else nobody else may read it


def _config_of_ours(model, adapted: dict[str, Dense]) -> dict:
    told = {p: {"rank": d.lora_rank, "lora_alpha": d.lora_alpha} for p, d in adapted.items()}
    return {"format": FORMAT, "version": VERSION, "blocks": _stacks(model), "adapters": told}


def _stacks(model) -> dict[str, int]:
    """How many blocks there are, by the name of the stack."""
    return {name: len(getattr(model, name)) for name in model.stack_names}


def _config_of_peft(model, adapted: dict[str, Dense]) -> dict:
    kinds = sorted({(layer.lora_rank, layer.lora_alpha) for layer in adapted.values()})
    if len(kinds) > 1:
        raise InvalidArgumentError(
            f"The adapters of this model differ in (rank, lora_alpha), {shown(kinds)}, and the "
            "files of PEFT's layout have one of each; write the whole with model.save()."
        )
    [(rank, alpha)] = kinds
    inside = {path.split("/", 2)[2] for path in adapted}
    targets = sorted(OF_LLAMA[part].split(".")[-1] for part in inside)
    if len(adapted) < len(inside) * len(model.blocks):  # not in every block
        targets = sorted(map(_name_in_transformers, adapted))
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": None,
        "r": rank,
        "lora_alpha": int(alpha) if alpha == int(alpha) else alpha,
        "lora_dropout": 0.0,
        "target_modules": targets,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
    }


# === Reading ===


def read_adapters(
    model, projections: dict[str, Dense], folder: "str | os.PathLike[str]"
) -> dict[str, Adapter]:
    """The adapters in a folder by the paths of the model's projections that they are for."""
    folder = check_path("folder", folder)
    config = _read_config(folder)
    path = folder / FACTORS_FILE
    if not path.is_file():
        raise MissingFileError(
            f"{folder} has no {FACTORS_FILE}, from which alone adapters are read, since a pickle "
            "such as adapter_model.bin can run any code; have PEFT write one with "
            "model.save_pretrained(folder)."
        )
    if "peft_type" in config:
        layout = _layout_of_peft(folder, config, model, projections)
    else:
        layout = _layout_of_ours(folder, config, model, projections)
    return _read_factors(path, layout, projections)


def _read_config(folder: pathlib.Path) -> dict:
    path = folder / CONFIG
    if not path.is_file():
        raise MissingFileError(
            f"{folder} has no {CONFIG}, so it holds no adapters; use a folder that save_adapters, "
            "or PEFT, wrote."
        )
    try:
        config = json.loads(read_text(path, "configuration"))
    except (ValueError, RecursionError):
        config = None
    is_ours = isinstance(config, dict) and config.get("format") == FORMAT
    if is_ours and config.get("version") != VERSION:
        raise InvalidFileError(
            f"{path} has version {shown(config.get('version'))}, and {VERSION} is read; use a "
            "newer mlm_tf."
        )
    if not is_ours and not (isinstance(config, dict) and "peft_type" in config):
        raise InvalidFileError(
            f"{path} is not the configuration of adapters; use a folder that save_adapters, or "
            "PEFT, wrote."
        )
    return config


def _layout_of_ours(folder, config: dict, model, projections: dict[str, Dense]) -> _Layout:
    told = config.get("adapters")
    is_table = isinstance(told, dict) and all(isinstance(one, dict) for one in told.values())
    if not is_table or not told:
        raise InvalidFileError(
            f"{folder / CONFIG} does not say which adapters there are; write them again."
        )
    blocks, unknown = config.get("blocks"), sorted(told.keys() - projections.keys())
    if unknown or blocks != _stacks(model):
        why = f"they are for {shown(blocks)}, and this has {_stacks(model)}"
        if blocks == _stacks(model):
            why = f"one is for {unknown[0]!r}, which is not here"
        raise InvalidFileError(
            f"{folder} holds adapters of another model: {why}; use those of this model."
        )
    kinds = {p: _kind(folder, one.get("rank"), one.get("lora_alpha")) for p, one in told.items()}
    return _Layout({path: _names_of_factors(path, False) for path in told}, kinds, False)


def _layout_of_peft(folder, config: dict, model, projections: dict[str, Dense]) -> _Layout:
    if config["peft_type"] != "LORA":
        raise InvalidFileError(
            f"{folder / CONFIG} is of peft_type={shown(config['peft_type'])}, and LORA is read; "
            "use adapters of that kind."
        )
    for name, allowed in PLAIN.items():
        if not any(config.get(name) is one or config.get(name) == one for one in allowed):
            raise InvalidFileError(
                f"{folder / CONFIG} asks for {name}={shown(config[name])}, which adapters here do "
                "not have; use adapters that were trained without."
            )
    if not _is_of_llama(model):
        raise InvalidFileError(
            f"{folder} holds adapters in PEFT's layout, which are read for causal language models "
            "of Llama's kind, and this model is none; use what its own save_adapters wrote."
        )
    kind = _kind(folder, config.get("r"), config.get("lora_alpha"))
    names = {path: _name_in_transformers(path) for path in projections}
    targets = config.get("target_modules")
    is_list = isinstance(targets, list) and all(isinstance(target, str) for target in targets)
    if not is_list or not targets:
        raise InvalidFileError(
            f"{folder / CONFIG} has target_modules={shown(targets)}, and a list of names is read; "
            "write there the names of the projections that have adapters."
        )
    found = {t: {p for p, name in names.items() if f".{name}".endswith(f".{t}")} for t in targets}
    for target, paths in found.items():
        if not paths:
            raise InvalidFileError(
                f"{folder} holds adapters of another model: they are for {shown(target)}, and the "
                f"projections here are {', '.join(_short(names))}; use those of this model."
            )
    paths = set().union(*found.values())
    return _Layout(
        {path: _names_of_factors(path, True) for path in projections if path in paths},
        dict.fromkeys(paths, kind),
        True,
    )


def _short(names: dict[str, str]) -> list[str]:
    return list(dict.fromkeys(name.split(".")[-1] for name in names.values()))


def _kind(folder: pathlib.Path, rank, alpha) -> tuple[int, float]:
    try:
        return check_integer("rank", rank), check_number("lora_alpha", alpha, above=0)
    except InvalidArgumentError as error:
        raise InvalidFileError(f"{folder / CONFIG} has wrong numbers: {error}") from error


def _read_factors(
    path: pathlib.Path, layout: _Layout, projections: dict[str, Dense]
) -> dict[str, Adapter]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            _check_names(path, layout, set(file.keys()))
            found = {}
            for place, names in layout.names.items():
                rank, alpha = layout.told[place]
                shapes = [(projections[place].input_spec.axes[-1], rank)]
                shapes += [(rank, projections[place].units)]
                factors = [
                    _factor(path, file, name, shape, layout.is_transposed)
                    for name, shape in zip(names, shapes, strict=True)
                ]
                found[place] = Adapter(rank, alpha, *factors)
    except SafetensorError as error:
        raise InvalidFileError(
            f"{path} is not a whole safetensors file ({error}); download or write it again."
        ) from error
    return found


def _check_names(path: pathlib.Path, layout: _Layout, found: set[str]) -> None:
    """Raise for a factor too many, or too few: such an adapter would do nothing, and not say so."""
    wanted = {name for names in layout.names.values() for name in names}
    missing, unknown = sorted(wanted - found), sorted(found - wanted)
    if missing:
        raise InvalidFileError(
            f"{path} lacks {missing[0]!r}{_more(missing)}, which this model and {CONFIG} ask for; "
            "use adapters of this model."
        )
    if unknown:
        raise InvalidFileError(
            f"{path} holds {unknown[0]!r}{_more(unknown)}, which this model and {CONFIG} do not "
            "ask for; use adapters of this model."
        )


def _more(names: list[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""


def _factor(path, file, name: str, shape: tuple, is_transposed: bool) -> np.ndarray:
    there = file.get_slice(name)
    shape = shape[::-1] if is_transposed else shape
    if tuple(there.get_shape()) != shape:
        raise InvalidFileError(
            f"{path} holds adapters of another model: {name!r} is of shape "
            f"{tuple(there.get_shape())}, and {shape} would fit; use those of this model."
        )
    if there.get_dtype() not in FLOATS:
        raise InvalidFileError(
            f"{path} holds {name!r} as {there.get_dtype()}, and {', '.join(FLOATS)} are read; "
            "choose adapters that are not quantised."
        )
    factor = np.asarray(file.get_tensor(name), "float32")
    if not np.isfinite(factor).all():
        raise InvalidFileError(f"{path} holds numbers in {name!r} that are not finite; train anew.")
    return factor.T if is_transposed else factor
