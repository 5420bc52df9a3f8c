"""Opening a saved model with one-sentence errors."""

import os
import pathlib
import zipfile

import keras

from mlm_tf.errors import InvalidFileError, MissingFileError
from mlm_tf.models.text_model import TextModel


def load_model(path: str | os.PathLike) -> TextModel:
    """`keras.saving.load_model`, safe mode on, with clear errors.

    Raises:
        MissingFileError: if there is no such file.
        InvalidFileError: if the file is not a `.keras` archive, cannot be read, or holds
            something else than a model of this package.
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
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else ""
        raise InvalidFileError(
            f"{path} could not be read as a model ({type(error).__name__}: {first_line}); "
            "save it again with model.save()."
        ) from error
    if not isinstance(model, TextModel):
        raise InvalidFileError(
            f"{path} holds a {type(model).__name__}, not a model of mlm_tf; load it with "
            "keras.saving.load_model."
        )
    return model
