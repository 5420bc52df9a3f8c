"""BERT (Devlin et al. 2019), with its head for masked words or without."""

import re
from typing import ClassVar

from mlm_tf.checks import Checked, check_boolean, check_integer, check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.interop.family import Family, first_block, refuse, register_family, transformers_of
from mlm_tf.interop.tensors import Tensor, layer_norm, linear, output_table, table
from mlm_tf.layers import EmbeddingNorm, LearnedPositions, Transformer
from mlm_tf.models.masked_lm import MaskedLM
from mlm_tf.models.text_encoder import TextEncoder

_WIDTHS = (
    "hidden_size",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "type_vocab_size",
    "num_hidden_layers",
    "num_attention_heads",
)
_WITH_HEAD, _WITHOUT = ["BertForMaskedLM"], ["BertModel"]  # what `architectures` says


@register_family("bert")
class Bert(Family):
    """BERT, and encoders of texts that have its blocks, such as MiniLM.

    Notable features, in the words of this package: learned positions and a vector for each segment
    are added to the vectors of the words, and a norm follows; Transformer blocks that look both
    ways, their norm after each sum, with layer normalisation, biases everywhere and the exact GELU;
    for masked words a head of a projection, GELU and norm, then scores by the vectors of the words,
    with a bias. A file without that head gives a `TextEncoder`. What was trained to tell whether
    one text follows another (`pooler`, `cls.seq_relationship`) is left out.
    """

    title = "BERT"
    architecture = "BertForMaskedLM"
    defaults: ClassVar = {
        "architectures": _WITH_HEAD,
        "vocab_size": 30522,
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": 3072,
        "hidden_dropout_prob": 0.1,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
        "tie_word_embeddings": True,
    }
    entries: ClassVar = {
        **dict.fromkeys(_WIDTHS, Checked(check_integer)),
        "hidden_dropout_prob": Checked(check_number, least=0, below=1),
        "layer_norm_eps": Checked(check_number, least=0, below=1),
        "tie_word_embeddings": Checked(check_boolean),
    }
    required: ClassVar = {
        "hidden_act": "gelu",
        "position_embedding_type": "absolute",
        "is_decoder": False,
        "add_cross_attention": False,
        "quantization_config": None,
    }
    prefixes = ("model.", "bert.")
    left_out = re.compile(
        r"embeddings\.(position|token_type)_ids"  # constants
        r"|pooler\..*|cls\.seq_relationship\..*"
        r"|cls\.predictions\.decoder\.bias"  # cls.predictions.bias again
    )
    words = "embeddings.word_embeddings.weight"
    output = "cls.predictions.decoder.weight"

    def checked(self, given):
        config = super().checked(given)
        width, heads = config["hidden_size"], config["num_attention_heads"]
        if width % heads:
            raise InvalidArgumentError(
                f"num_attention_heads={heads} does not divide hidden_size={width}; restore the "
                "file that belongs to the weights"
            )
        return config

    def bare_name(self, name):
        name = re.sub(r"LayerNorm\.gamma$", "LayerNorm.weight", name)  # as files of old have it
        return super().bare_name(re.sub(r"LayerNorm\.beta$", "LayerNorm.bias", name))

    def with_names(self, config, names):
        has_head = any(name.startswith("cls.predictions.") for name in names)
        return {**config, "architectures": _WITH_HEAD if has_head else _WITHOUT}

    def blocks(self, config):
        return [
            LearnedPositions(config["max_position_embeddings"], name="positions"),
            EmbeddingNorm("layer_norm", config["layer_norm_eps"], name="embedding_norm"),
            *(
                Transformer(
                    config["hidden_size"],
                    config["num_attention_heads"],
                    config["intermediate_size"],
                    causal=False,
                    positions=None,
                    normalization="layer_norm",
                    norm_epsilon=config["layer_norm_eps"],
                    use_bias=True,
                    dropout=config["hidden_dropout_prob"],
                    normalize_first=False,
                    name=f"transformer_{i}",
                )
                for i in range(config["num_hidden_layers"])
            ),
        ]

    def model(self, config, pipeline=None):
        shared = {
            "vocabulary_size": config["vocab_size"],
            "embedding_dim": config["hidden_size"],
            "hidden_dim": config["hidden_size"],
            "blocks": self.blocks(config),
            "num_segments": config["type_vocab_size"],
            "dropout": config["hidden_dropout_prob"],
            "max_sequence_length": config["max_position_embeddings"],
            "pipeline": pipeline,
        }
        if config["architectures"] == _WITHOUT:
            return TextEncoder(**shared)
        return MaskedLM(
            **shared,
            output_transform=True,
            transform_epsilon=config["layer_norm_eps"],
            tie_weights=config["tie_word_embeddings"],
        )

    def tensors(self, config):
        width, inner, words, positions, segments = (config[name] for name in _WIDTHS[:5])
        there = "embeddings"
        yield from table(f"{there}.word_embeddings", words, width, "embedding")
        yield from table(f"{there}.position_embeddings", positions, width, "blocks/0")
        yield from table(f"{there}.token_type_embeddings", segments, width, "segment_embedding")
        yield from layer_norm(f"{there}.LayerNorm", width, "blocks/1/norm")
        for i in range(config["num_hidden_layers"]):
            there, here = f"encoder.layer.{i}.attention", f"blocks/{i + 2}/self_attention"
            for name in ("query", "key", "value"):
                place = f"{here}/block/{name}"
                yield from linear(f"{there}.self.{name}", width, width, place, has_bias=True)
            place = f"{here}/block/output_projection"
            yield from linear(f"{there}.output.dense", width, width, place, has_bias=True)
            yield from layer_norm(f"{there}.output.LayerNorm", width, f"{here}/norm")
            there, here = f"encoder.layer.{i}", f"blocks/{i + 2}/feed_forward"
            up, down = f"{here}/block/up", f"{here}/block/down"
            yield from linear(f"{there}.intermediate.dense", width, inner, up, has_bias=True)
            yield from linear(f"{there}.output.dense", inner, width, down, has_bias=True)
            yield from layer_norm(f"{there}.output.LayerNorm", width, f"{here}/norm")
        if config["architectures"] == _WITHOUT:
            return
        there = "cls.predictions.transform"
        yield from linear(f"{there}.dense", width, width, "transform_dense", has_bias=True)
        yield from layer_norm(f"{there}.LayerNorm", width, "transform_norm")
        yield Tensor("cls.predictions.bias", (words,), ("output_bias/bias",))
        if not config["tie_word_embeddings"]:
            yield from output_table("cls.predictions.decoder", words, width)

    def is_like(self, model):
        is_kind = isinstance(model, (MaskedLM, TextEncoder))
        return is_kind and isinstance(first_block(model), LearnedPositions)

    def settings_of(self, model):
        positions, *blocks = model.blocks
        if not blocks or not isinstance(blocks[0], EmbeddingNorm):
            refuse("its second block is no EmbeddingNorm")
        block = transformers_of(blocks[1:])[0].get_config()
        if model.num_segments is None:
            refuse("it has no segments")
        has_head = isinstance(model, MaskedLM)
        if has_head:
            _check_head(model, block["norm_epsilon"])
        return {
            "architectures": _WITH_HEAD if has_head else _WITHOUT,
            "vocab_size": model.vocabulary_size,
            "hidden_size": model.hidden_dim,
            "num_hidden_layers": len(blocks) - 1,
            "num_attention_heads": block["num_heads"],
            "intermediate_size": block["intermediate_dim"],
            "hidden_act": "gelu",
            "hidden_dropout_prob": block["dropout"],
            "attention_probs_dropout_prob": block["dropout"],
            "max_position_embeddings": positions.max_sequence_length,
            "type_vocab_size": model.num_segments,
            "layer_norm_eps": block["norm_epsilon"],
            "tie_word_embeddings": model.tie_weights,
        }


def _check_head(model: MaskedLM, epsilon: float) -> None:
    """Raise for another head than BERT's."""
    if model.transform_dense is None:
        refuse("it has output_transform=False")
    if model.transform_epsilon != epsilon:
        refuse(f"its transform_epsilon={model.transform_epsilon} is not its {epsilon} elsewhere")
    if model.output_bias is None:
        refuse("it has no output bias")
