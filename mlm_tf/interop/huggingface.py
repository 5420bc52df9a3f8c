"""Checkpoints in the Hugging Face layout: read and written, without PyTorch or a pickle.

config.json             the shape, see `family.py` and the file of each family
generation_config.json  which tokens end a text, if others than there
model.safetensors       the weights; or several files and model.safetensors.index.json
tokenizer.json          the tokenizer; or, in older checkpoints, vocab.json and merges.txt
"""

import json
import os
import pathlib
import shutil

import keras

from mlm_tf.checks import check_new_folder, shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.interop.family import Family, dtype_policy, family_of, read_config
from mlm_tf.interop.hub import download
from mlm_tf.interop.tokenizer_files import (
    TOKENIZER_FILES,
    check_is_tokenizer,
    read_pipeline,
    write_tokenizer,
)
from mlm_tf.interop.weights import find_weights, read_weights
from mlm_tf.models.text_model import TextModel
from mlm_tf.preprocessing.files import moved_together, read_text

# Those that are written; what stands in the others of an older checkpoint counts no more.
FILES = ("model.safetensors", *TOKENIZER_FILES, "generation_config.json", "config.json")


def from_huggingface(
    name_or_folder: "str | os.PathLike[str]",
    revision: str | None = None,
    dtype: "str | keras.DTypePolicy | None" = None,
    task: str | None = None,
    **settings,
) -> TextModel:
    """A published checkpoint as a model of this package.

    Read are, by the `model_type` of their configuration, GPT-2 (`gpt2`), Llama, SmolLM2 and
    TinyLlama (`llama`), `mistral`, `qwen2`, `qwen3` and `bert`. A configuration that asks for what
    our blocks are not is refused by name, never approximated.

    Its scores are those of `transformers`, up to the rounding of float32. The model trains,
    generates, scores and saves as any other; its pipeline is the checkpoint's tokenizer. Only
    `config.json`, `generation_config.json`, `model.safetensors` (or the files that its index names)
    and the tokenizer's files are read, and nothing in them is executed. Tensors are read one at a
    time, and numbers of 16 or 64 bits become those of the dtype policy. Where the configuration
    ties the output to the word vectors and the file holds another output, that one counts, as in
    `transformers` since version 5. Several end tokens each end a text; ids of the model that the
    tokenizer has no token for are never drawn.

    Where it is not `transformers`: in training one share (`resid_pdrop`, `attention_dropout` or
    `hidden_dropout_prob`) drops attention weights and what a branch adds, and GPT-2's and BERT's
    word vectors are dropped before the positions are added.

    Args:
        name_or_folder: a folder that holds the checkpoint; or, if there is none, its name on the
            Hugging Face Hub, from where it is downloaded once into that site's usual cache.
        revision: a branch, tag or commit of it on the Hub; by default the newest. A folder has
            none.
        dtype: the dtype policy of the model. `"bfloat16"` or `"float16"` keeps the numbers of a
            file that has such; by default Keras's global one, float32.
        task: another than what the checkpoint was trained for, as `"text_classifier"`: its trunk
            gets a new head.
        settings: what that head is told, as `num_classes` and `seed`; see `CausalLM.with_head`.

    Returns:
        A `CausalLM`; of BERT a `MaskedLM`, or where the file has no head a `TextEncoder`. Without
        tokenizer files it has no pipeline, and takes ids alone.

    Raises:
        MissingFileError: if there is no such folder or name, or a file of it is missing.
        DownloadError: if it could not be downloaded.
        InvalidFileError: for another family, a setting that is not built here, a tensor too many,
            too few or of another shape, or a tokenizer that does not fit.
        InvalidArgumentError: for what is no dtype policy, and a task or settings that cannot be.

    Example:

    >>> import pathlib, tempfile
    >>> from mlm_tf import build_model
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "tiny"
    >>> model = build_model("llama", vocabulary_size=11, hidden_dim=8, output_bias=False)
    >>> to_huggingface(model, folder)
    >>> sorted(file.name for file in folder.iterdir())
    ['config.json', 'model.safetensors']
    >>> from_huggingface(folder).generate([1, 2], max_length=4, sampler="greedy").shape
    (4,)

    Reference: the files of the families in `mlm_tf/interop` name their papers.
    """
    if task is None and settings:
        raise InvalidArgumentError(
            f"{min(settings)}={shown(settings[min(settings)])} is for a new head, and there is no "
            "task; pass task='text_classifier', say, or leave it out."
        )
    with dtype_policy(dtype):
        folder = pathlib.Path(name_or_folder)
        if not folder.is_dir():
            folder = download(str(name_or_folder), revision)
        family, config = _read_config(folder)
        weights = find_weights(folder)
        pipeline = read_pipeline(folder, config, config[family.length])
        model = read_weights(weights, family, config, pipeline)
        return model if task is None else model.with_head(task, **settings)


def to_huggingface(
    model: TextModel, folder: "str | os.PathLike[str]", overwrite: bool = False
) -> None:
    """Write a model of the shape of a family as a checkpoint that `transformers` loads.

    The family is told from the blocks: learned positions and a norm before each part are GPT-2's;
    rotary positions are Llama's, with `sliding_window` Mistral's, with `qkv_bias` Qwen 2's, with
    `qk_norm` Qwen 3's; BERT's are those of `build_model("bert-base", "masked_lm")`.

    Written beside and then renamed, so that an interrupted call leaves no half checkpoint.

    Args:
        model: as `from_huggingface` returns it, or built in that shape, without an output bias
            (but for BERT). Weights keep their dtype.
        folder: where to; it is made.
        overwrite: whether a folder with something in it may get these files, over those of a
            checkpoint that is there; other files stay.

    Raises:
        InvalidArgumentError: if the configuration of no family can say the model's shape, its
            pipeline is not a checkpoint's tokenizer, or the folder is in use.
        MissingFileError: if the folder to make it in does not exist.
    """
    from safetensors.numpy import save_file

    folder = check_new_folder("folder", folder, overwrite)
    family, config = family_of(model)
    _check_is_not_quantized(model)
    check_is_tokenizer(model.pipeline)
    with moved_together(folder, FILES, f"folder={str(folder)!r}") as beside:
        arrays = {
            family.full_name(tensor.name): tensor.array(model)
            for tensor in family.tensors(family.checked(config))
        }
        save_file(arrays, beside / "model.safetensors", metadata={"format": "pt"})
        text = json.dumps(config, indent=2) + "\n"
        (beside / "config.json").write_text(text, encoding="utf-8")
        # safetensors lets nobody else read its file.
        shutil.copymode(beside / "config.json", beside / "model.safetensors")
        if model.pipeline is not None:
            write_tokenizer(model.pipeline, beside)


# === Reading ===


def _read_config(folder: pathlib.Path) -> tuple[Family, dict]:
    path = folder / "config.json"
    if not path.is_file():
        raise MissingFileError(
            f"{folder} has no config.json, so it is no checkpoint; use the folder of one."
        )
    generation = _read_generation_config(folder / "generation_config.json")
    try:
        return read_config(read_text(path, "configuration"), generation)
    except InvalidArgumentError as error:
        raise InvalidFileError(f"{path} cannot be built: {str(error).rstrip('.')}.") from error


def _read_generation_config(path: pathlib.Path) -> dict | None:
    if not path.is_file():
        return None
    try:
        content = json.loads(read_text(path, "configuration"))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise InvalidFileError(
            f"{path} is no JSON object; download it again, or leave it out to have the end tokens "
            "of config.json."
        )
    return content


# === Writing ===


def _check_is_not_quantized(model) -> None:
    modes = {layer.quantization_mode for layer in model._flatten_layers()} - {None}
    if modes:
        raise InvalidArgumentError(
            f"model is quantised, with mode={modes.pop()!r}, and a checkpoint holds numbers as "
            "they are trained; write the model that it was before."
        )
