"""The tokenizer of a checkpoint: its files as a pipeline, and a pipeline as its files."""

import json
import logging
import pathlib

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.interop.family import end_ids_of
from mlm_tf.preprocessing import Pipeline
from mlm_tf.preprocessing.chat_template import ChatTemplate
from mlm_tf.preprocessing.checkpoint_tokenizer import pipeline_of_tokenizer
from mlm_tf.preprocessing.files import read_text
from mlm_tf.preprocessing.tokenizer_engine import make_engine, template_of
from mlm_tf.preprocessing.tokenizer_pipeline import TokenizerPipeline
from mlm_tf.preprocessing.word_piece_pipeline import WordPiecePipeline

logger = logging.getLogger("mlm_tf")

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "special_tokens_map.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
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
        return pipeline_of_tokenizer(
            tokenizer,
            end_ids=_end_ids(tokenizer, config),
            vocabulary_size=known,
            max_sequence_length=max_length,
            chat_template=_chat_template(folder),
            **special,
        )
    except InvalidArgumentError as error:
        raise InvalidFileError(
            f"{folder} has a tokenizer that does not fit: {str(error).rstrip('.')}."
        ) from error


def _end_ids(tokenizer: str, config: dict) -> list[int]:
    """The tokens of which each ends a text, by a configuration; none where the tokenizer itself
    writes one behind every text."""
    known = config["vocab_size"]
    end_ids = [i for i in end_ids_of(config) if i < known]
    if end_ids:
        return end_ids
    engine = make_engine(tokenizer)
    by_name = engine.token_to_id(_END_TOKEN)  # transformers' default is beyond a small vocabulary
    if by_name is not None and by_name < known:
        return [by_name]
    if template_of(engine)[1] is None:
        raise InvalidArgumentError(
            f"neither eos_token_id={shown(config['eos_token_id'])} of the configuration nor "
            f"{_END_TOKEN} is one of its {known} tokens"
        )
    return []


def _chat_template(folder: pathlib.Path) -> ChatTemplate | None:
    """How conversations are written for the model; what cannot be read keeps nobody from it."""
    config, source = {}, None
    try:
        if (folder / "tokenizer_config.json").is_file():
            config = json.loads(read_text(folder / "tokenizer_config.json", "configuration"))
        if (folder / "chat_template.jinja").is_file():
            source = read_text(folder / "chat_template.jinja", "chat template")
        return ChatTemplate.from_config(config, source)
    except (ValueError, AttributeError, RecursionError) as error:  # ours is a ValueError too
        logger.warning("The chat template of %s is not read: %s", folder, error)
        return None


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
    if pipeline is not None and not isinstance(pipeline, TokenizerPipeline):
        raise InvalidArgumentError(
            f"model.pipeline is a {type(pipeline).__name__}, and a checkpoint holds byte-pair "
            "encoding or WordPiece; save with model.save(), or set model.pipeline = None to write "
            "the weights without a tokenizer."
        )


def write_tokenizer(pipeline: TokenizerPipeline, folder: pathlib.Path) -> None:
    """All that `transformers` reads of a tokenizer, and what readers older than tokenizer.json do:
    vocab.json and merges.txt, or vocab.txt."""
    engine = make_engine(pipeline.tokenizer)
    special = _special_tokens(pipeline, engine.id_to_token)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **special}
    if pipeline.max_sequence_length is not None:
        config["model_max_length"] = pipeline.max_sequence_length
    engine.model.save(str(folder))
    texts = {
        "tokenizer.json": pipeline.tokenizer,
        "tokenizer_config.json": json.dumps(config, indent=2) + "\n",
        "special_tokens_map.json": json.dumps(special, indent=2) + "\n",
    }
    if pipeline.chat_template is not None:
        texts["chat_template.jinja"] = pipeline.chat_template.source
    if not isinstance(pipeline, WordPiecePipeline):
        ids = engine.get_vocab(with_added_tokens=True)  # `<|endoftext|>` need not be BPE's
        in_order = dict(sorted(ids.items(), key=lambda item: item[1]))
        texts["vocab.json"] = json.dumps(in_order, ensure_ascii=False)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _special_tokens(pipeline: TokenizerPipeline, token_of) -> dict[str, str]:
    """What `transformers` calls the special tokens."""
    start, end = token_of(pipeline.start_id), token_of(pipeline.end_id)
    if isinstance(pipeline, WordPiecePipeline):
        special = {"cls_token": start, "sep_token": end, "unk_token": token_of(pipeline.unk_id)}
        if pipeline.mask_id is not None:
            special["mask_token"] = token_of(pipeline.mask_id)
    else:
        # The third as GPT-2 has it; no text needs it.
        special = {"bos_token": start, "eos_token": end, "unk_token": end}
    if pipeline.pad_id != pipeline.end_id:
        special["pad_token"] = token_of(pipeline.pad_id)
    return special
