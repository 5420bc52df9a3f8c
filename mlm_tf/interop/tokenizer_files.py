"""The tokenizer of a checkpoint: its files as a pipeline, and a pipeline as its files."""

import json
import pathlib

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.interop.family import end_ids_of
from mlm_tf.preprocessing import Pipeline
from mlm_tf.preprocessing.byte_pair import make_engine, start_of_template, without_special
from mlm_tf.preprocessing.byte_pair_pipeline import BytePairPipeline
from mlm_tf.preprocessing.files import read_text

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.json",
    "merges.txt",
)
_END_TOKEN = "<|endoftext|>"


# === Reading ===


def read_pipeline(folder: pathlib.Path, config: dict, max_length: int) -> Pipeline | None:
    """The checkpoint's tokenizer with the special ids of its configuration, if it has one.

    Args:
        folder: that of the checkpoint.
        config: its checked configuration.
        max_length: how many positions the model has.

    Raises:
        MissingFileError: for half of an older tokenizer.
        InvalidFileError: for a tokenizer that does not fit.
    """
    path = folder / "tokenizer.json"
    if path.is_file():
        tokenizer = read_text(path, "tokenizer")
    elif (tokenizer := _tokenizer_of_pair(folder)) is None:
        return None
    known = config["vocab_size"]
    special = {"start_id": config["bos_token_id"], "pad_id": config["pad_token_id"]}
    special = {name: i for name, i in special.items() if i is not None and i < known}
    try:
        return _pipeline_of_tokenizer(
            tokenizer,
            end_ids=_end_ids(tokenizer, config),
            vocabulary_size=known,
            max_sequence_length=max_length,
            **special,
        )
    except InvalidArgumentError as error:
        raise InvalidFileError(
            f"{folder} has a tokenizer that does not fit: {str(error).rstrip('.')}."
        ) from error


def _end_ids(tokenizer: str, config: dict) -> list[int]:
    """The tokens of which each ends a text, by a configuration."""
    known = config["vocab_size"]
    end_ids = [i for i in end_ids_of(config) if i < known]
    if not end_ids:  # transformers' default is beyond a small vocabulary, say
        by_name = make_engine(tokenizer).token_to_id(_END_TOKEN)
        end_ids = [i for i in [by_name] if i is not None and i < known]
    if not end_ids:
        raise InvalidArgumentError(
            f"neither eos_token_id={shown(config['eos_token_id'])} of the configuration nor "
            f"{_END_TOKEN} is one of its {known} tokens"
        )
    return end_ids


def _pipeline_of_tokenizer(
    tokenizer: str,
    *,
    end_ids: list[int],
    vocabulary_size: int,
    max_sequence_length: int,
    **special: int,
) -> BytePairPipeline:
    """The pipeline of a `tokenizer.json`, which is byte-level BPE.

    A token that the tokenizer's own template writes before every text is the start token, whatever
    is said, and a text begins with it.
    """
    tokenizer = without_special(tokenizer, vocabulary_size)
    engine = make_engine(tokenizer)
    added = engine.get_added_tokens_decoder()
    for i in end_ids[1:]:
        if i not in added or not added[i].special:
            raise InvalidArgumentError(
                f"eos_token_id={shown(end_ids)} of the configuration names "
                f"{shown(engine.id_to_token(i))}, which is a piece of text and no special token; "
                "leave in eos_token_id what ends a text"
            )
    start_id = start_of_template(engine)
    if start_id is not None:
        special["start_id"] = start_id
    return BytePairPipeline(
        tokenizer,
        end_ids[0],
        vocabulary_size=vocabulary_size,
        max_sequence_length=max_sequence_length,
        other_end_ids=end_ids[1:],
        begins_with_start=start_id is not None,
        **special,
    )


def _tokenizer_of_pair(folder: pathlib.Path) -> str | None:
    """The `tokenizer.json` that an older checkpoint's vocab.json and merges.txt stand for."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    pair = [folder / "vocab.json", folder / "merges.txt"]
    there = [path.is_file() for path in pair]
    if not any(there):
        return None
    if not all(there):
        missing = pair[there.index(False)].name
        raise MissingFileError(
            f"{folder} has {pair[there.index(True)].name} without {missing}, and a tokenizer needs "
            f"both, or tokenizer.json; add {missing}."
        )
    try:
        tokenizer = Tokenizer(models.BPE.from_file(*map(str, pair)))
    except Exception as error:  # tokenizers raises no kind of its own
        raise InvalidFileError(
            f"{folder} has a vocab.json and a merges.txt that are no tokenizer ({error}); download "
            "them again."
        ) from error
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if tokenizer.token_to_id(_END_TOKEN) is not None:
        tokenizer.add_special_tokens([_END_TOKEN])
    return tokenizer.to_str()


# === Writing ===


def check_is_tokenizer(pipeline: Pipeline | None) -> None:
    """Raise for a pipeline that is not a checkpoint's tokenizer."""
    if pipeline is not None and not isinstance(pipeline, BytePairPipeline):
        raise InvalidArgumentError(
            f"model.pipeline is a {type(pipeline).__name__}, and a checkpoint holds byte-pair "
            "encoding; save with model.save(), or set model.pipeline = None to write the weights "
            "without a tokenizer."
        )


def write_tokenizer(pipeline: BytePairPipeline, folder: pathlib.Path) -> None:
    """All that `transformers` reads of a tokenizer, and what readers older than tokenizer.json do:
    vocab.json and merges.txt."""
    engine = make_engine(pipeline.tokenizer)
    token_of = engine.id_to_token
    special = {"bos_token": token_of(pipeline.start_id), "eos_token": token_of(pipeline.end_id)}
    special["unk_token"] = special["eos_token"]  # as GPT-2 has it; no text needs it
    if pipeline.pad_id != pipeline.end_id:
        special["pad_token"] = token_of(pipeline.pad_id)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **special}
    if pipeline.max_sequence_length is not None:
        config["model_max_length"] = pipeline.max_sequence_length
    engine.model.save(str(folder))
    ids = engine.get_vocab(with_added_tokens=True)  # `<|endoftext|>` too, which need not be BPE's
    in_order = dict(sorted(ids.items(), key=lambda item: item[1]))
    for name, text in {
        "vocab.json": json.dumps(in_order, ensure_ascii=False),
        "tokenizer.json": pipeline.tokenizer,
        "tokenizer_config.json": json.dumps(config, indent=2) + "\n",
        "special_tokens_map.json": json.dumps(special, indent=2) + "\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
