"""What a model's config holds beside its arguments: its pipelines, and for which variables its
optimizer was made."""

import contextlib
import sys
from collections.abc import Iterator
from contextvars import ContextVar

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import Pipeline

_is_saving: ContextVar[bool] = ContextVar("is_saving", default=False)


@contextlib.contextmanager
def saving() -> Iterator[None]:
    """A file has the pipelines as assets: inside, `pipelines_of` gives none for the config too."""
    token = _is_saving.set(True)
    try:
        yield
    finally:
        _is_saving.reset(token)


def check_format() -> None:
    """Raise if Keras asks for a config to write it as HDF5, past the `save` of a model; it would
    not be read again."""
    state = sys.modules.get("keras.src.backend.common.global_state")
    if state is not None and state.get_global_attribute("use_legacy_config"):
        raise InvalidArgumentError(
            "HDF5 has no place for the blocks of this model; write model.save('model.keras'), or "
            "model.save_weights('model.weights.h5') for the weights alone."
        )


def pipelines_of(model) -> dict[str, str]:
    """By attribute, the model's pipelines as JSON: a clone, or a model made from `to_json()`, has
    no other way to them."""
    if _is_saving.get():
        return {}
    pipelines = {name: getattr(model, name) for name in model.pipeline_files}
    return {name: p.to_json() for name, p in pipelines.items() if p is not None}


def with_pipelines(config: dict, names) -> dict:
    """A config in which the pipelines are objects again; as files of old have none, so may it."""
    texts = {name: config[name] for name in names if isinstance(config.get(name), str)}
    return {**config, **{name: Pipeline.from_json(text) for name, text in texts.items()}}


# === The optimizer ===

OPTIMIZER_VARIABLES = "optimizer_variables"


def optimizer_variables(model) -> list[int] | None:
    """The places, among the model's variables, of those that its optimizer was made for; `None`
    for one that has made no step. A part that was frozen since is still among them."""
    if not getattr(model.optimizer, "built", False):
        return None
    places = {id(variable): place for place, variable in enumerate(model.variables)}
    made_for = model.optimizer._trainable_variables
    return [places[id(variable)] for variable in made_for if id(variable) in places]


def build_optimizer(model, places: list[int] | None) -> None:
    """Make what an optimizer keeps of each variable, so that its values can be loaded."""
    if places is not None:
        variables = model.variables
        model.optimizer.build([variables[place] for place in places])
