"""Opening a saved model, or one that comes with the package, with one-sentence errors."""

import os
import pathlib
import re
import zipfile

import keras

from mlm_tf.errors import InvalidFileError, MissingFileError
from mlm_tf.models.text_model import TextModel

PRETRAINED = pathlib.Path(__file__).parent / "pretrained"  # each with its card, a .md of its name


def pretrained_models() -> dict[str, pathlib.Path]:
    """The models that come with the package: their files by their names.

    >>> list(pretrained_models())
    ['tang-small', 'wikipedia-small']
    """
    return {path.stem: path for path in sorted(PRETRAINED.glob("*.keras"))}


def load_model(path: str | os.PathLike) -> TextModel:
    """A model from its file, or one that comes with the package, by its name.

    A file is read by `keras.saving.load_model`, safe mode on, and gives the same model; what
    differs are the errors, which are one sentence here, and that it has to be a model of this
    package.

    - `"wikipedia-small"` writes English sentences, of subwords
    - `"tang-small"` writes Chinese poems in simplified characters

    They are causal language models with their pipelines, not compiled; weights are stored in
    float16 and computed with in float32. What they are of, how good they are and what they must
    not be used for stands in a card beside each file (docs/pretrained.md).

    Args:
        path: of a `.keras` file, as `model.save()` writes it; of a folder that holds one of them,
            as that of a training; or one of these names.

    Raises:
        MissingFileError: if there is no such file or name.
        InvalidFileError: if the file is not a `.keras` archive, cannot be read, holds code (a
            `Lambda` layer) or a class that no imported module has registered, or something else
            than a model of this package.

    Example:

    >>> model = load_model("wikipedia-small")
    >>> text = model.generate("The city", max_length=20, seed=1)
    >>> text.startswith("The city")
    True
    """
    shipped = pretrained_models()
    path = shipped.get(os.fspath(path)) or pathlib.Path(path)
    if not path.exists():
        raise MissingFileError(
            f"There is no model file {path}; check the path, or name a model that comes with the "
            f"package: {', '.join(shipped)}."
        )
    if path.is_dir():
        path = _in_folder(path)
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise InvalidFileError(
            f"{path} is not a model: a saved model is a .keras archive, as model.save() writes it."
        )
    try:
        model = keras.saving.load_model(path)
    except Exception as error:  # Keras raises many kinds for a broken archive
        raise InvalidFileError(f"{path} {_reason(error)}") from error
    if not isinstance(model, TextModel):
        raise InvalidFileError(
            f"{path} holds a {type(model).__name__}, not a model of mlm_tf; load it with "
            "keras.saving.load_model."
        )
    return model


def _in_folder(folder: pathlib.Path) -> pathlib.Path:
    """The only model in it."""
    found = sorted(folder.glob("*.keras"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "no .keras file"
        raise InvalidFileError(f"{folder} is a folder with {names}; name a model file.")
    return found[0]


def _reason(error: BaseException) -> str:
    """Why a file was refused, from the error that Keras raised for another or the first of all."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__
    message = " ".join(str(error).split())
    if "Lambda" in message:
        return (
            "was refused: it holds a Lambda, which is code, and loading it would run whatever its "
            "author wrote; ask for a file of layers alone."
        )
    unknown = re.match(r"Could not locate class '(.*?)'", message)
    if unknown:
        return (
            f"was refused: it names a class {unknown[1]!r} that is not registered here; import the "
            "module that registers it (see mlm_tf.register_block and mlm_tf.register_task), then "
            "load again."
        )
    first_sentence = message.split(". ")[0].rstrip(".")
    return (
        f"could not be read as a model ({type(error).__name__}: {first_sentence}); save it again "
        "with model.save()."
    )
