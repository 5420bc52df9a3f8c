"""Opening a saved model with one-sentence errors."""

import os
import pathlib
import re
import zipfile

import keras

from mlm_tf.errors import InvalidFileError, MissingFileError
from mlm_tf.models.text_model import TextModel


def load_model(path: str | os.PathLike) -> TextModel:
    """`keras.saving.load_model`, safe mode on, with clear errors.

    Raises:
        MissingFileError: if there is no such file.
        InvalidFileError: if the file is not a `.keras` archive, cannot be read, holds code (a
            `Lambda` layer) or a class that no imported module has registered, or something else
            than a model of this package.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise MissingFileError(f"There is no model file {path}; check the path.")
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
