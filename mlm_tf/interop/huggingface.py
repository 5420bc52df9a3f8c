"""GPT-2 checkpoints in the Hugging Face layout: read and written, without PyTorch or a pickle.

config.json           the shape, see `gpt2.py`
model.safetensors     the weights; or several files and model.safetensors.index.json
tokenizer.json        the tokenizer; or, in older checkpoints, vocab.json and merges.txt
"""

import contextlib
import json
import os
import pathlib
import re
import shutil

import numpy as np

from mlm_tf.checks import check_boolean, shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.interop.gpt2 import (
    as_tensor,
    assign,
    checked_config,
    config_of,
    end_ids_of,
    model_from_config,
    tensor_shapes,
    tensor_variables,
)
from mlm_tf.interop.hub import download
from mlm_tf.models.language_model import CausalLM
from mlm_tf.preprocessing.byte_pair import make_engine, start_of_template, without_special
from mlm_tf.preprocessing.byte_pair_pipeline import BytePairPipeline
from mlm_tf.preprocessing.files import moved_together, read_text

END_TOKEN = "<|endoftext|>"
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.json",
    "merges.txt",
)
FILES = ("model.safetensors", *TOKENIZER_FILES, "config.json")  # that are written
INDEX = "model.safetensors.index.json"
FLOATS = ("F64", "F32", "F16", "BF16")
CAUSAL_MASK = re.compile(r"h\.\d+\.attn\.(masked_)?bias")  # a constant that old files hold


def from_huggingface(
    name_or_folder: "str | os.PathLike[str]", revision: str | None = None
) -> CausalLM:
    """A GPT-2 checkpoint as a `causal_lm` of this package.

    Its logits are those of `transformers`, up to the rounding of float32. The model trains,
    generates, scores and saves as any other; its pipeline is the checkpoint's tokenizer. Weights
    of 16 or 64 bits become those of Keras's dtype policy, by default float32. Only `config.json`,
    `model.safetensors` (or the files that its index names) and the tokenizer's files are read, and
    nothing in them is executed. Where the configuration ties the output to the word vectors and
    the file holds another output, that one counts, as in `transformers` since version 5.

    Where it is not `transformers`: in training one share, `resid_pdrop`, drops attention weights
    too, and `embd_pdrop` drops the word vectors before the positions are added.

    Args:
        name_or_folder: a folder that holds the checkpoint; or, if there is none, its name on the
            Hugging Face Hub, from where it is downloaded once into that site's usual cache.
        revision: a branch, tag or commit of it on the Hub; by default the newest. A folder has
            none.

    Returns:
        A `CausalLM`. Without tokenizer files it has no pipeline, and takes ids alone.

    Raises:
        MissingFileError: if there is no such folder or name, or a file of it is missing.
        DownloadError: if it could not be downloaded.
        InvalidFileError: for another architecture, attention that our blocks do not have, a
            tensor too many, too few or of another shape, or a tokenizer that is not byte-level
            BPE.

    Example:

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "tiny"
    >>> shape = dict(vocab_size=11, n_positions=8, n_embd=4, n_layer=1, n_head=2)
    >>> model = model_from_config(checked_config(json.dumps({"model_type": "gpt2", **shape})))
    >>> to_huggingface(model, folder)
    >>> sorted(file.name for file in folder.iterdir())
    ['config.json', 'model.safetensors']
    >>> from_huggingface(folder).generate([1, 2], max_length=4, sampler="greedy").shape
    (4,)

    Reference: Radford et al. 2019, "Language models are unsupervised multitask learners".
    """
    folder = pathlib.Path(name_or_folder)
    if not folder.is_dir():
        folder = download(str(name_or_folder), revision)
    config = _read_config(folder)
    weights = _find_weights(folder)
    return _read_weights(weights, config, _read_pipeline(folder, config))


def to_huggingface(
    model: CausalLM, folder: "str | os.PathLike[str]", overwrite: bool = False
) -> None:
    """Write a model of GPT-2's shape as a checkpoint that `transformers` loads.

    Written beside and then renamed, so that an interrupted call leaves no half checkpoint.

    Args:
        model: as `from_huggingface` returns it, or built in that shape; weights become float32.
        folder: where to; it is made.
        overwrite: whether a folder with something in it may get these files, over those of a
            checkpoint that is there; other files stay.

    Raises:
        InvalidArgumentError: if GPT-2's configuration cannot say the model's shape, its pipeline
            is not a checkpoint's tokenizer, or the folder is in use.
        MissingFileError: if the folder to make it in does not exist.
    """
    from safetensors.numpy import save_file

    folder = _check_new_folder(folder, overwrite)
    config = config_of(model)
    files = {"config.json": config}
    if model.pipeline is not None:
        files |= _tokenizer_files(model.pipeline)
    with moved_together(folder, FILES, f"folder={str(folder)!r}") as beside:
        prefixed = {
            name if name == "lm_head.weight" else f"transformer.{name}": as_tensor(name, variables)
            for name, variables in tensor_variables(model).items()
        }
        save_file(prefixed, beside / "model.safetensors", metadata={"format": "pt"})
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content, indent=2) + "\n"
            (beside / name).write_text(text, encoding="utf-8")
        # safetensors lets nobody else read its file.
        shutil.copymode(beside / "config.json", beside / "model.safetensors")
        if model.pipeline is not None:
            _write_pair(make_engine(model.pipeline.tokenizer), beside)


# === Reading ===


def _read_config(folder: pathlib.Path) -> dict:
    path = folder / "config.json"
    if not path.is_file():
        raise MissingFileError(
            f"{folder} has no config.json, so it is no checkpoint; use the folder of one."
        )
    try:
        return checked_config(read_text(path, "configuration"))
    except InvalidArgumentError as error:
        raise InvalidFileError(
            f"{path} is not the configuration of a GPT-2: {str(error).rstrip('.')}."
        ) from error


def _find_weights(folder: pathlib.Path) -> list[pathlib.Path]:
    """The file of weights, or the several of a large checkpoint."""
    path = folder / "model.safetensors"
    if path.is_file():
        return [path]
    remedy = (
        "have transformers write one file with model.save_pretrained(folder, max_shard_size='99GB')"
    )
    why = "it is read from there alone, since a pickle such as pytorch_model.bin can run any code"
    if (folder / INDEX).is_file():
        names = _files_of_index(folder / INDEX)
        missing = [name for name in names if not (folder / name).is_file()]
        if names and not missing:
            return [folder / name for name in names]
        why = f"the {INDEX} of its several files names {', '.join(missing) or 'none'}"
        why += ", which are not there" * bool(missing)
    raise MissingFileError(f"{folder} has no model.safetensors, and {why}; {remedy}.")


def _files_of_index(path: pathlib.Path) -> list[str]:
    """The names of the files, which lie beside the index."""
    try:
        content = json.loads(read_text(path, "list of files"))
    except (ValueError, RecursionError):
        content = None
    places = content.get("weight_map", {}) if isinstance(content, dict) else None
    names = sorted({str(name) for name in places.values()}) if isinstance(places, dict) else None
    if names is None or any(pathlib.Path(name).name != name for name in names):
        raise InvalidFileError(
            f"{path} does not say which files beside it hold the weights; download it again."
        )
    return names


def _read_weights(paths: list[pathlib.Path], config: dict, pipeline) -> CausalLM:
    """A model with the weights of files, all of which are looked over before it is built."""
    from safetensors import SafetensorError, safe_open

    path = paths[0]
    try:
        with contextlib.ExitStack() as stack:
            found = {}  # bare name -> the file that holds it, and its name there
            for path in paths:
                file = stack.enter_context(safe_open(path, framework="np"))
                for name in file.keys():  # noqa: SIM118  # it is no dictionary
                    bare = name.removeprefix("transformer.")
                    if not CAUSAL_MASK.fullmatch(bare):
                        found[bare] = file, name

            def tensor(bare):
                file, name = found[bare]
                return file.get_tensor(name)

            if "lm_head.weight" in found and config["tie_word_embeddings"]:
                # Some write the tied table twice; another one is an output of its own.
                is_tied = "wte.weight" not in found or np.array_equal(
                    tensor("lm_head.weight"), tensor("wte.weight")
                )
                if is_tied:
                    del found["lm_head.weight"]
                else:
                    config = {**config, "tie_word_embeddings": False}
            slices = {bare: file.get_slice(name) for bare, (file, name) in found.items()}
            _check_tensors(path.parent if len(paths) > 1 else path, tensor_shapes(config), slices)
            model = model_from_config(config, pipeline)
            for bare, variables in tensor_variables(model).items():
                assign(bare, variables, tensor(bare))
    except SafetensorError as error:
        raise InvalidFileError(
            f"{path} is not a whole safetensors file ({error}); download or write it again."
        ) from error
    return model


def _check_tensors(path: pathlib.Path, shapes: dict, found: dict) -> None:
    """Raise for the first tensor that is missing, unexpected, or not what the shape asks for."""
    for what, names in (
        ("lacks", shapes.keys() - found.keys()),
        ("holds", found.keys() - shapes.keys()),
    ):
        if names:
            raise InvalidFileError(
                f"{path} {what} {min(names)!r}{f' and {len(names) - 1} more' * (len(names) > 1)}, "
                f"{'which' if what == 'lacks' else 'but no more than'} the GPT-2 of its "
                "config.json has; use a checkpoint whose files belong together."
            )
    for name, shape in shapes.items():
        tensor = found[name]
        if tuple(tensor.get_shape()) != shape:
            raise InvalidFileError(
                f"{path} holds {name!r} of shape {tuple(tensor.get_shape())}, and its config.json "
                f"says {shape}; use a checkpoint whose files belong together."
            )
        if tensor.get_dtype() not in FLOATS:
            raise InvalidFileError(
                f"{path} holds {name!r} as {tensor.get_dtype()}, and {', '.join(FLOATS)} are read; "
                "choose a checkpoint that is not quantised."
            )


def _read_pipeline(folder: pathlib.Path, config: dict) -> BytePairPipeline | None:
    """The checkpoint's tokenizer with the special ids of its configuration, if it has one."""
    path = folder / "tokenizer.json"
    if path.is_file():
        tokenizer = read_text(path, "tokenizer")
    elif (tokenizer := _tokenizer_of_pair(folder)) is None:
        return None
    try:
        tokenizer = without_special(tokenizer, config["vocab_size"])
        end_ids = [i for i in end_ids_of(config) if i < config["vocab_size"]]
        engine = make_engine(tokenizer)
        if not end_ids:  # transformers' default is beyond a small vocabulary, say
            end_ids = [i for i in [engine.token_to_id(END_TOKEN)] if i is not None]
        if not end_ids:
            raise InvalidArgumentError(
                f"neither eos_token_id={shown(config['eos_token_id'])} of config.json nor "
                f"{END_TOKEN} is one of its {config['vocab_size']} tokens"
            )
        added = engine.get_added_tokens_decoder()
        for i in end_ids[1:]:
            if i not in added or not added[i].special:
                raise InvalidArgumentError(
                    f"eos_token_id={shown(end_ids)} of config.json names "
                    f"{shown(engine.id_to_token(i))}, which is a piece of text and no special "
                    "token; leave in eos_token_id what ends a text"
                )
        ids = {
            "start_id": config["bos_token_id"],
            "pad_id": config["pad_token_id"],
        }
        ids = {k: i for k, i in ids.items() if i is not None and i < config["vocab_size"]}
        start_id = start_of_template(engine)
        if start_id is not None:
            ids["start_id"] = start_id
        return BytePairPipeline(
            tokenizer,
            end_ids[0],
            vocabulary_size=config["vocab_size"],
            max_sequence_length=config["n_positions"],
            other_end_ids=end_ids[1:],
            begins_with_start=start_id is not None,
            **ids,
        )
    except InvalidArgumentError as error:
        raise InvalidFileError(
            f"{folder} has a tokenizer that does not fit: {str(error).rstrip('.')}."
        ) from error


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
    if tokenizer.token_to_id(END_TOKEN) is not None:
        tokenizer.add_special_tokens([END_TOKEN])
    return tokenizer.to_str()


# === Writing ===


def _check_new_folder(folder: "str | os.PathLike[str]", overwrite: bool) -> pathlib.Path:
    """A folder that may be written into: absent, empty, or one that the caller gives up."""
    folder = pathlib.Path(folder).absolute()
    check_boolean("overwrite", overwrite)
    if folder.exists() and not folder.is_dir():
        raise InvalidArgumentError(
            f"folder={str(folder)!r} is a file, and a checkpoint is a folder; choose another name."
        )
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise InvalidArgumentError(
            f"folder={str(folder)!r} is not empty; choose another name, or pass overwrite=True."
        )
    if not folder.parent.is_dir():
        raise MissingFileError(
            f"folder={str(folder)!r} lies in a folder that does not exist; create that one first."
        )
    return folder


def _tokenizer_files(pipeline) -> dict:
    """What transformers reads of a tokenizer, but for vocab.json and merges.txt."""
    if not isinstance(pipeline, BytePairPipeline):
        raise InvalidArgumentError(
            f"model.pipeline is a {type(pipeline).__name__}, and a GPT-2 checkpoint holds "
            "byte-pair encoding; save with model.save(), or set model.pipeline = None to write the "
            "weights without a tokenizer."
        )
    token_of = make_engine(pipeline.tokenizer).id_to_token
    special = {"bos_token": token_of(pipeline.start_id), "eos_token": token_of(pipeline.end_id)}
    special["unk_token"] = special["eos_token"]  # as GPT-2 has it; no text needs it
    if pipeline.pad_id != pipeline.end_id:
        special["pad_token"] = token_of(pipeline.pad_id)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **special}
    if pipeline.max_sequence_length is not None:
        config["model_max_length"] = pipeline.max_sequence_length
    return {
        "tokenizer.json": pipeline.tokenizer,
        "tokenizer_config.json": config,
        "special_tokens_map.json": special,
    }


def _write_pair(engine, folder: pathlib.Path) -> None:
    """vocab.json and merges.txt, for readers older than tokenizer.json."""
    engine.model.save(str(folder))
    ids = engine.get_vocab(with_added_tokens=True)  # `<|endoftext|>` too, which need not be BPE's
    in_order = dict(sorted(ids.items(), key=lambda item: item[1]))
    text = json.dumps(in_order, ensure_ascii=False)
    (folder / "vocab.json").write_text(text, encoding="utf-8")
