"""GGUF, a checkpoint in one file as llama.cpp has it, told in the words of the Hugging Face layout.

Beside the numbers, which are mostly quantised, such a file holds what else a model needs: its
shape, its tokenizer, and how a conversation is written for it. The patterns by which its tokenizer
cuts a text have a name there, and are written out here. Nothing in a file is executed.
"""

import os
import pathlib
import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from keras import ops

from mlm_tf.checks import needs, shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.interop.family import dtype_policy, family_of_config
from mlm_tf.interop.weights import model_of_tensors
from mlm_tf.layers.rotary import rotary_periods
from mlm_tf.models.language_model import CausalLM
from mlm_tf.preprocessing import BytePairPipeline
from mlm_tf.preprocessing.chat_template import ChatTemplate
from mlm_tf.preprocessing.checkpoint_tokenizer import pipeline_of_tokenizer

# What a file says of a model, behind the name of its architecture -> the same in a config.json.
_CONFIG = {
    "block_count": "num_hidden_layers",
    "context_length": "max_position_embeddings",
    "embedding_length": "hidden_size",
    "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps",
    "rope.freq_base": "rope_theta",
}
_REQUIRED = (*list(_CONFIG)[:5], "attention.layer_norm_rms_epsilon")
_KNOWN = (  # what is looked at beside these, or says nothing that counts
    "vocab_size",
    "attention.value_length",
    "rope.dimension_count",
    "rope.scaling.type",
    "rope.scaling.factor",
    "rope.scaling.original_context_length",
    "rope.scaling.finetuned",
    "expert_count",
    "expert_used_count",
    "tensor_data_layout",
)
ARCHITECTURES = ("llama", "qwen2", "qwen3")  # Mistral's files say "llama"
_OUTSIDE = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
_INSIDE = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_OF_BLOCK = re.compile(r"blk\.(\d+)\.(\w+)\.(weight|bias)")
_FACTORS = "rope_freqs.weight"  # of Llama 3's scaling, one for each pair of dimensions
_LLAMA3 = {
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}

_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# By the name in `tokenizer.ggml.pre`, the patterns that cut a text, one after the other.
PATTERNS = {
    "default": (r"[\p{P}\$\+<=>\^~\|]+", _GPT2, r"\p{N}+", "[0-9][0-9][0-9]"),
    "gpt-2": (_GPT2,),
    "llama-bpe": (_LLAMA_3,),
    "qwen2": (_LLAMA_3.replace("{1,3}", ""),),
    "smollm": (r"\p{N}", _GPT2),
}
_WHOLE_TOKENS = ("llama-bpe",)  # a word that is a token is not put together by merges
_BEGINS = ("llama-bpe",)  # where the file does not say whether a text begins with the start token
_COMPOSED = ("qwen2",)  # the text is normalised to NFC first
_CONTROL, _USER_DEFINED = 3, 4  # kinds of tokens


def from_gguf(path: "str | os.PathLike[str]", dtype: str | None = None) -> CausalLM:
    """A GGUF file as a model of this package: Llama's kind, Qwen 2 and Qwen 3.

    Its tensors are unpacked one at a time, whatever their quantisation, so that the model has plain
    weights, which are those that llama.cpp computes with up to rounding; its pipeline is the file's
    tokenizer, with its chat template. It needs the package `gguf` (`pip install 'mlm_tf[gguf]'`).
    Nothing in the file is executed but the template, in its sandbox, when one chats.

    Args:
        path: the file.
        dtype: the dtype policy of the model, as for `from_huggingface`.

    Raises:
        MissingFileError, MissingDependencyError, InvalidFileError: as for `GGUFFile`; the last also
            for tensors that do not belong together.
        InvalidArgumentError: for what is no dtype policy.
    """
    with dtype_policy(dtype):
        file = GGUFFile(path)
        try:
            family, config = family_of_config(file.config)
            pipeline = file.pipeline()
        except InvalidArgumentError as error:
            raise InvalidFileError(f"{file.path} cannot be built: {error}") from error
        found = {family.bare_name(name): _Stored(file, name) for name in file.names()}
        return model_of_tensors(found, file.path, family, config, pipeline)


class _Stored(NamedTuple):
    """A tensor in a file."""

    file: "GGUFFile"
    name: str
    dtype: str = "F32"  # once it is unpacked

    @property
    def shape(self) -> tuple[int, ...]:
        return self.file.shape(self.name)

    def read(self) -> np.ndarray:
        return self.file.tensor(self.name)


class GGUFFile:
    """A GGUF as a checkpoint: its configuration, its tensors by name, and its tokenizer.

    Args:
        path: the file.

    Attributes:
        config: as a `config.json` says it.
        tokenizer: the content of a `tokenizer.json`.
        chat_template: how a conversation is written (Jinja), or `None`.

    Raises:
        MissingFileError: if there is no such file.
        MissingDependencyError: if the package `gguf` is not installed.
        InvalidFileError: for a file that is cut off, an architecture that is not read, a setting
            that our blocks have not, or a tokenizer whose pattern has no known name.

    Reference: the format, in the repository of ggml, docs/gguf.md.
    """

    def __init__(self, path: "str | pathlib.Path"):
        gguf = needs("gguf", "gguf", "Reading a GGUF", "download the same model as safetensors")
        self.path = pathlib.Path(path)
        if not self.path.is_file():
            raise MissingFileError(f"{self.path} does not exist; check the path.")
        try:
            reader = gguf.GGUFReader(self.path)
        except (ValueError, IndexError, OSError, UnicodeDecodeError, KeyError) as error:
            raise InvalidFileError(
                f"{self.path} is not a whole GGUF file ({error}); download it again."
            ) from error
        self._dequantize = gguf.quants.dequantize
        self._fields = reader.fields
        self._architecture = self._text("general.architecture")
        if self._architecture not in ARCHITECTURES:
            self._refuse(
                f"its architecture is {shown(self._architecture)}, and "
                f"{', '.join(map(repr, ARCHITECTURES))} are read",
                "choose a model of one of these",
            )
        stored = {tensor.name: tensor for tensor in reader.tensors}
        factors = stored.pop(_FACTORS, None)
        self._tensors = {self._name_of(name): tensor for name, tensor in stored.items()}
        self.config = self._config(factors)
        self.tokenizer = self._tokenizer()
        self.chat_template = self._text("tokenizer.chat_template")

    def pipeline(self) -> BytePairPipeline:
        """Its tokenizer and its chat template as the pipeline of a model.

        Raises:
            InvalidArgumentError: for a tokenizer that is none of ours.
        """
        special = {"start_id": "bos_token_id", "pad_id": "pad_token_id"}
        template = None
        if self.chat_template is not None:
            tokens = self._list("tokenizer.ggml.tokens")
            ends = [*self.config["eos_token_id"], None]
            ids = {"bos_token": self.config["bos_token_id"], "eos_token": ends[0]}
            names = {name: tokens[i] for name, i in ids.items() if i is not None}
            template = ChatTemplate(self.chat_template, names)
        return pipeline_of_tokenizer(
            self.tokenizer,
            end_ids=self.config["eos_token_id"],
            vocabulary_size=self.config["vocab_size"],
            max_sequence_length=self.config["max_position_embeddings"],
            chat_template=template,
            **{ours: self.config[theirs] for ours, theirs in special.items()},
        )

    # === Tensors, by the names that they have in the Hugging Face layout ===

    def names(self) -> list[str]:
        return list(self._tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(int(size) for size in reversed(self._tensors[name].shape))

    def tensor(self, name: str) -> np.ndarray:
        """One tensor as float32, of whatever kind it is stored."""
        stored = self._tensors[name]
        try:
            values = self._dequantize(stored.data, stored.tensor_type)
        except NotImplementedError:
            self._refuse(
                f"its {name!r} is quantised as {stored.tensor_type.name}, which the package gguf "
                "does not unpack",
                "choose another quantisation of the model",
            )
        values = np.asarray(values, "float32").reshape(self.shape(name))
        if self._architecture != "llama":
            return values
        if name.endswith("q_proj.weight"):
            return _halves(values, self.config["num_attention_heads"])
        if name.endswith("k_proj.weight"):
            return _halves(values, self.config["num_key_value_heads"])
        return values

    def _name_of(self, name: str) -> str:
        outside, _, kind = name.rpartition(".")
        if outside in _OUTSIDE:
            return f"{_OUTSIDE[outside]}.{kind}"
        found = _OF_BLOCK.fullmatch(name)
        if found is None or found[2] not in _INSIDE:
            self._refuse(
                f"it holds the tensor {name!r}, which no model here has", "choose another model"
            )
        return f"model.layers.{found[1]}.{_INSIDE[found[2]]}.{found[3]}"

    # === The configuration ===

    def _config(self, factors) -> dict:
        prefix = f"{self._architecture}."
        said = {
            key.removeprefix(prefix): field.contents()
            for key, field in self._fields.items()
            if key.startswith(prefix)
        }
        for name in _REQUIRED:
            if name not in said:
                self._refuse(f"it says no {prefix}{name}", "download it again")
        config = {theirs: _plain(said[ours]) for ours, theirs in _CONFIG.items() if ours in said}
        config.setdefault("num_key_value_heads", config["num_attention_heads"])
        config.setdefault("head_dim", config["hidden_size"] // config["num_attention_heads"])
        config.setdefault("rope_theta", 10000.0)
        self._check_said(prefix, said, config["head_dim"])
        words = len(self._list("tokenizer.ggml.tokens"))
        if "model.embed_tokens.weight" in self._tensors:
            words = self.shape("model.embed_tokens.weight")[0]
        scaling = self._scaling(said, factors, config)
        return {
            "model_type": self._architecture,
            **config,
            "vocab_size": words,
            "hidden_act": "silu",
            "tie_word_embeddings": "lm_head.weight" not in self._tensors,
            **({} if scaling is None else {"rope_scaling": scaling}),
            "bos_token_id": self._number("tokenizer.ggml.bos_token_id"),
            "eos_token_id": self._end_ids(),
            "pad_token_id": self._number("tokenizer.ggml.padding_token_id"),
        }

    def _check_said(self, prefix: str, said: Mapping, head_dim: int) -> None:
        """Raise for a setting that is unknown, or another than our blocks have."""
        for name in said:
            if name not in _CONFIG and name not in _KNOWN:
                self._refuse(f"it says {prefix}{name}, which is not known here", "choose another")
        for name, usual in {
            "attention.value_length": head_dim,
            "rope.dimension_count": head_dim,
            "expert_count": 0,
        }.items():
            if said.get(name, usual) != usual:
                self._refuse(
                    f"it says {prefix}{name}={shown(said[name])}, where {usual} is read",
                    "choose another model",
                )

    def _scaling(self, said: Mapping, factors, config: dict) -> dict | None:
        """How its rotary positions are stretched."""
        kind = said.get("rope.scaling.type", "none")
        if kind not in ("none", "linear"):
            self._refuse(
                f"its rotary positions are scaled by {shown(kind)}, and 'linear' is read",
                "choose another model",
            )
        if kind == "linear":
            return {"rope_type": "linear", "factor": float(said["rope.scaling.factor"])}
        if factors is None:
            return None
        found = np.asarray(self._dequantize(factors.data, factors.tensor_type), "float32").ravel()
        scaling = {"rope_type": "llama3", "factor": float(found.max()), **_LLAMA3}
        pairs, theta = config["head_dim"] // 2, config["rope_theta"]
        stretched, plain = (
            ops.convert_to_numpy(rotary_periods(pairs, theta, how)) for how in (scaling, None)
        )
        if found.shape != plain.shape or not np.allclose(found, stretched / plain, rtol=1e-4):
            self._refuse(
                f"its {_FACTORS} are not those of Llama 3's scaling", "choose another model"
            )
        return scaling

    # === The tokenizer ===

    def _end_ids(self) -> list[int]:
        names = ("eos_token_id", "eot_token_id", "eom_token_id")
        found = (self._number(f"tokenizer.ggml.{name}") for name in names)
        return list(dict.fromkeys(i for i in found if i is not None))

    def _tokenizer(self) -> str:
        from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

        kind, pre = self._text("tokenizer.ggml.model"), self._text("tokenizer.ggml.pre")
        if kind != "gpt2":
            self._refuse(
                f"its tokenizer is of the kind {shown(kind)}, and 'gpt2', byte-level BPE, is read",
                "download the same model as safetensors, with its tokenizer.json",
            )
        pre = pre or "default"
        if pre not in PATTERNS:
            self._refuse(
                f"its tokenizer cuts texts by the pattern {shown(pre)}, and "
                f"{', '.join(map(repr, PATTERNS))} are known",
                "download the same model as safetensors, with its tokenizer.json",
            )
        tokens = self._list("tokenizer.ggml.tokens")
        merges = [tuple(pair.split(" ")) for pair in self._list("tokenizer.ggml.merges")]
        try:
            model = models.BPE(
                {token: i for i, token in enumerate(tokens)},
                merges,
                ignore_merges=pre in _WHOLE_TOKENS,
            )
        except Exception as error:  # tokenizers raises no kind of its own
            raise InvalidFileError(
                f"{self.path} holds no whole tokenizer ({error}); download it again."
            ) from error
        tokenizer = Tokenizer(model)
        if pre in _COMPOSED:
            tokenizer.normalizer = normalizers.NFC()
        cuts = [pre_tokenizers.Split(Regex(p), behavior="isolated") for p in PATTERNS[pre]]
        as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*cuts, as_bytes])
        tokenizer.decoder = decoders.ByteLevel()
        kinds = self._list("tokenizer.ggml.token_type")
        of_kind = {
            kind: [token for token, k in zip(tokens, kinds, strict=False) if k == kind]
            for kind in (_CONTROL, _USER_DEFINED)
        }
        tokenizer.add_special_tokens(of_kind[_CONTROL])
        tokenizer.add_tokens(of_kind[_USER_DEFINED])
        self._add_start(tokenizer, tokens, pre)
        return tokenizer.to_str()

    def _add_start(self, tokenizer, tokens: list[str], pre: str) -> None:
        """Have texts begin with the start token, if this is how the model was trained."""
        from tokenizers import processors

        start = self._number("tokenizer.ggml.bos_token_id")
        said = self._fields.get("tokenizer.ggml.add_bos_token")
        begins = pre in _BEGINS if said is None else bool(said.contents())
        if begins and start is not None and start < len(tokens):
            tokenizer.post_processor = processors.TemplateProcessing(
                single=f"{tokens[start]} $A", special_tokens=[(tokens[start], start)]
            )

    # === Fields ===

    def _text(self, key: str) -> str | None:
        field = self._fields.get(key)
        return None if field is None else str(field.contents())

    def _number(self, key: str) -> int | None:
        field = self._fields.get(key)
        return None if field is None else int(field.contents())

    def _list(self, key: str) -> list:
        field = self._fields.get(key)
        if field is None:
            self._refuse(f"it holds no {key}", "download it again")
        return field.contents()

    def _refuse(self, why: str, remedy: str):
        raise InvalidFileError(f"{self.path} is not read: {why}; {remedy}.")


def _halves(rows: np.ndarray, num_heads: int) -> np.ndarray:
    """Rows of a head in the order of our rotary positions, which turn dimension m with m + d/2;
    a file of the architecture llama has each pair side by side."""
    pairs = rows.reshape(num_heads, -1, 2, *rows.shape[1:])
    return pairs.swapaxes(1, 2).reshape(rows.shape)


def _plain(value):
    """A number as it was meant: those of 32 bits have been written with fewer digits.

    >>> _plain(9.999999747378752e-06), _plain(30)
    (1e-05, 30)
    """
    return float(str(np.float32(value))) if isinstance(value, float) else value
