"""A model as a file and as a config: its blocks, its pipelines, and for which variables its
optimizer was made."""

import contextlib
import pathlib
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar

import keras

from glove.writing import written_beside
from mlm_tf.checks import declared_values
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError
from mlm_tf.layers import Block
from mlm_tf.layers.settings import settings_of
from mlm_tf.layers.sharing import (
    deserialize_block,
    read_together,
    serialize_block,
    written_together,
)
from mlm_tf.preprocessing import Pipeline, load_pipeline

OPTIMIZER_VARIABLES = "optimizer_variables"
_are_assets: ContextVar[bool] = ContextVar("are_assets", default=False)


class Saving:
    """Mixed into a Keras model of texts, before Keras's class: config, files, assets.

    A model has `pipeline_files`, by attribute the names of its pipelines inside a file, and
    `stack_names`, the attributes that are lists of blocks.
    """

    def get_config(self):
        _check_format()
        config = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
            **declared_values(self),
            "tie_weights": self.tie_weights,
        }
        table = self.input_embedding
        config["embedding_trainable"] = table.trainable and table.table.trainable
        with written_together(self.all_blocks):
            for name in self.stack_names:
                config[name] = [serialize_block(block) for block in getattr(self, name)]
        settings = settings_of(self)
        if settings:
            config["sublayers"] = settings
        if not _are_assets.get():  # a clone, or a model made from `to_json()`, needs them here
            pipelines = {name: getattr(self, name) for name in self.pipeline_files}
            config |= {name: p.to_json() for name, p in pipelines.items() if p is not None}
        return config

    @classmethod
    def from_config(cls, config):
        dtype = keras.saving.deserialize_keras_object(config["dtype"])
        config = {**config, "dtype": dtype}
        for name in cls.pipeline_files:
            if isinstance(config.get(name), str):
                config[name] = Pipeline.from_json(config[name])
        with read_together():
            for name in cls.stack_names:
                config[name] = _blocks_from_config(config[name])
        return cls(**config)

    def save(self, filepath, overwrite=True, **kwargs):
        """Save as Keras does, but write beside and rename: an interrupted save loses nothing.

        Raises:
            InvalidArgumentError: for a file that is no `.keras` archive; HDF5 has no place for the
                blocks of a model, and what Keras wrote there would not load. Or for a pipeline
                whose class has no `format` of its own.
        """
        for name in self.pipeline_files:
            if getattr(self, name) is not None:
                getattr(self, name).check_format()
        path = pathlib.Path(filepath)
        if path.suffix != ".keras" and kwargs.get("zipped") is not False and "://" not in str(path):
            raise InvalidArgumentError(
                f"{filepath} is not the name of a .keras archive, as which this model is saved; "
                f"write model.save({path.stem + '.keras'!r}), or model.save_weights("
                f"{path.stem + '.weights.h5'!r}) for the weights alone."
            )
        if path.suffix != ".keras" or (path.exists() and not overwrite):
            with _pipelines_as_assets():
                return super().save(filepath, overwrite=overwrite, **kwargs)
        with written_beside(path) as beside, _pipelines_as_assets():
            super().save(beside, overwrite=True, **kwargs)

    def load_weights(self, filepath, **kwargs):
        """As `keras.Model.load_weights`, with clear errors.

        Raises:
            MissingFileError: if there is no such file.
            InvalidFileError: if it holds the weights of a model of another shape, or none. What
                did fit has then been read already.
        """
        if not pathlib.Path(filepath).exists():
            raise MissingFileError(f"There is no file of weights {filepath}; check the path.")
        try:
            return super().load_weights(filepath, **kwargs)
        except (ValueError, OSError) as error:
            layer = re.search(r"object <\w+ name=([^,>]+)", str(error))
            found = f"its layer {layer[1]!r} does" if layer else "its layers do"
            raise InvalidFileError(
                f"{filepath} does not hold weights of this model: {found} not fit; build the model "
                "with the arguments of the one whose weights were saved."
            ) from error

    def save_assets(self, directory):
        for attribute, name in self.pipeline_files.items():
            pipeline = getattr(self, attribute)
            if pipeline is not None:
                pipeline.save(pathlib.Path(directory) / name)

    def load_assets(self, directory):
        for attribute, name in self.pipeline_files.items():
            file = pathlib.Path(directory) / name
            if file.exists():
                setattr(self, attribute, load_pipeline(file))

    # === Compiled ===

    def get_compile_config(self):
        config = super().get_compile_config()
        return config and {**config, OPTIMIZER_VARIABLES: _optimizer_variables(self)}

    def compile_from_config(self, config):
        config = keras.saving.deserialize_keras_object(config)
        is_told = OPTIMIZER_VARIABLES in config  # files of old say nothing
        places = config.pop(OPTIMIZER_VARIABLES, None)
        self.compile_as_saved(config)
        if places is not None:
            variables = self.variables
            self.optimizer.build([variables[place] for place in places])
        elif not is_told:
            self.optimizer.build(self.trainable_variables)


def _blocks_from_config(configs: list[dict]) -> list[Block]:
    """The blocks of a saved model; anything else in their place is refused."""
    blocks = [deserialize_block(config) for config in configs]
    for block in blocks:
        if not isinstance(block, Block):
            raise InvalidFileError(f"the file has a {type(block).__name__} in the place of a block")
    return blocks


@contextlib.contextmanager
def _pipelines_as_assets() -> Iterator[None]:
    """A file has the pipelines as assets: inside, a config does not have them too."""
    token = _are_assets.set(True)
    try:
        yield
    finally:
        _are_assets.reset(token)


def _check_format() -> None:
    """Raise if Keras asks for a config to write it as HDF5, past the `save` of a model; it would
    not be read again."""
    state = sys.modules.get("keras.src.backend.common.global_state")
    if state is not None and state.get_global_attribute("use_legacy_config"):
        raise InvalidArgumentError(
            "HDF5 has no place for the blocks of this model; write model.save('model.keras'), or "
            "model.save_weights('model.weights.h5') for the weights alone."
        )


def _optimizer_variables(model) -> list[int] | None:
    """The places, among the model's variables, of those that its optimizer was made for; `None`
    for one that has made no step. A part that was frozen since is still among them."""
    if not getattr(model.optimizer, "built", False):
        return None
    places = {id(variable): place for place, variable in enumerate(model.variables)}
    made_for = model.optimizer._trainable_variables
    return [places[id(variable)] for variable in made_for if id(variable) in places]
