"""What can be changed inside a layer after it was made, as part of its config: frozen parts, the
precision they compute in (quantised or not), and LoRA."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class _Settings:
    """By the path of a sublayer, as `"self_attention/block/query"`, what is set otherwise than in
    the layer around it; `None` for a layer that no config made."""

    by_path: dict | None


class KeepsSettings:
    """Base of layers that have layers inside, put before Keras's class.

    Keras writes the flags of a layer into its config, and those of the layers inside are then lost:
    a block frozen, saved and loaded would train again. Here the config has an entry `"sublayers"`
    where anything inside was changed, and what it says holds once the layer is built.

    Args:
        sublayers: that entry, from the config of such a layer.
    """

    def __new__(cls, *args, **kwargs):
        layer = super().__new__(cls, *args, **kwargs)
        build = layer.build

        @functools.wraps(build)
        def build_with_settings(*shapes, **named_shapes):
            settings = layer._settings.by_path
            if settings:
                _prepare(layer, settings)
            result = build(*shapes, **named_shapes)
            if settings is not None or not layer.trainable:
                _restore(layer, settings or {})
            return result

        layer.build = build_with_settings
        return layer

    def __init__(self, *args, sublayers: dict | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self._settings = _Settings(sublayers)

    def __setattr__(self, name, value):
        if name == "trainable":
            # On TensorFlow Keras sets nothing that is set already, and a part inside may be frozen
            # by itself: `trainable = True` has to release it all the same.
            for layer in self._flatten_layers():
                type(layer).trainable.fset(layer, value)
                if isinstance(layer, KeepsSettings):
                    layer._settings = _Settings(_without_flags(layer._settings.by_path))
        else:
            super().__setattr__(name, value)

    def get_config(self):
        config = super().get_config()
        config.pop("sublayers", None)
        settings = settings_of(self)
        if not self.built:  # what waits for it, in a layer that a config made
            settings = {**settings, **(self._settings.by_path or {})}
        return {**config, "sublayers": settings} if settings else config

    get_config._is_default = True  # what Keras's own is: a subclass without one gets its arguments

    def _trackable_children(self, save_type="checkpoint", **kwargs):
        """What `tf.train.Checkpoint` asks for, which sees no layer in a list, a tuple or a
        dictionary. TensorFlow alone calls this; weights in a `.keras` file go another way."""
        children = super()._trackable_children(save_type, **kwargs)
        if save_type == "checkpoint":
            for path, layer in sublayers_of(self).items():
                if "/" in path:
                    children[path] = layer
        return children


# === Sublayers by their paths ===


@functools.cache
def _names_of_keras() -> frozenset[str]:
    """The attributes that every layer or model has."""
    plain = keras.layers.Layer(name="plain"), keras.Model(name="plain")
    return frozenset().union(*map(vars, plain))


def sublayers_of(layer: keras.layers.Layer) -> dict[str, keras.layers.Layer]:
    """The layers directly inside, by the names of the attributes that hold them.

    The names that layers have would not do: Keras counts them up.

    >>> dense = keras.layers.Dense(2)
    >>> cell = keras.layers.GRUCell(2)
    >>> sorted(sublayers_of(keras.layers.RNN(cell)))
    ['cell']
    """
    inside = layer._flatten_layers(include_self=False, recursive=False)
    identities = {id(sublayer) for sublayer in inside}
    found = {}
    for name, value in vars(layer).items():
        if name not in _names_of_keras() and not name.startswith("_self_"):  # TensorFlow's
            for path, item in _items(name, value):
                if id(item) in identities:
                    found[path] = item
    known = {id(item) for item in found.values()}
    for index, sublayer in enumerate(inside):  # of a Sequential, that keeps them elsewhere
        if id(sublayer) not in known:
            found[str(index)] = sublayer
    return found


def _items(name: str, value) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, (list, tuple)):
        pairs = enumerate(value)
    else:
        yield name, value
        return
    for key, item in pairs:
        yield from _items(f"{name}/{key}", item)


def walk(layer, path: str = "", parent=None, seen: set | None = None) -> Iterator[tuple]:
    """`(path, layer, the layer around it)`, outer before inner, each layer once."""
    seen = set() if seen is None else seen
    if id(layer) in seen:
        return
    seen.add(id(layer))
    yield path, layer, parent
    for name, sublayer in sublayers_of(layer).items():
        yield from walk(sublayer, f"{path}/{name}" if path else name, layer, seen)


# === Read, and set again ===


def settings_of(layer: keras.layers.Layer) -> dict[str, dict]:
    """What is set otherwise inside a layer than a new one of its kind would have it.

    >>> from mlm_tf.layers import FeedForward
    >>> block = FeedForward(8)
    >>> settings_of(block)
    {}
    >>> block.up.trainable = False
    >>> settings_of(block)
    {'up': {'trainable': False}}
    """
    found = {}
    for path, inner, parent in walk(layer):
        settings = {}
        if parent is not None:
            if inner.trainable != parent.trainable:
                settings["trainable"] = inner.trainable
            if inner.dtype_policy.name != parent.dtype_policy.name:
                settings["dtype"] = keras.saving.serialize_keras_object(inner.dtype_policy)
            if getattr(inner, "quantization_config", None) is not None:
                settings["quantization_config"] = keras.saving.serialize_keras_object(
                    inner.quantization_config
                )
        if getattr(inner, "lora_rank", None):
            settings |= {"lora_rank": inner.lora_rank, "lora_alpha": inner.lora_alpha}
        flags = {v.name: v.trainable for v in inner._trainable_variables}
        flags = {name: flag for name, flag in flags.items() if flag != inner.trainable}
        if flags:
            settings["variables"] = flags
        if settings:
            found[path] = settings
    return found


def _without_flags(settings: dict[str, dict] | None) -> dict[str, dict] | None:
    """The settings that say nothing of what is frozen: it is all as the layer around it."""
    if settings is None:
        return None
    kept = {}
    for path, here in settings.items():
        here = {n: value for n, value in here.items() if n not in ("trainable", "variables")}
        if here:
            kept[path] = here
    return kept


def _prepare(layer, settings: dict[str, dict]) -> None:
    """Set what decides which variables a layer makes; what was built before has them."""
    for path, inner, parent in walk(layer):
        here = settings.get(path, {})
        if inner.built or parent is None:
            continue
        if "quantization_config" in here:
            inner.quantization_config = keras.saving.deserialize_keras_object(
                here["quantization_config"]
            )
        if "dtype" in here:
            policy = keras.saving.deserialize_keras_object(here["dtype"])
            # Built in float8 a layer has its variables in another order than one made float8
            # later, and the optimizer's state has the order of the variables.
            if policy.quantization_mode != "float8":
                inner.dtype_policy = policy
        if "lora_rank" in here:
            inner.lora_rank = here["lora_rank"]


def _restore(layer, settings: dict[str, dict]) -> None:
    """Freeze and release, layer by layer, what stood so; all else is as the layer around it."""
    for path, inner, parent in walk(layer):
        here = settings.get(path, {})
        if parent is not None:
            # By itself: the public setter would set all that is inside too.
            inner._trainable = here.get("trainable", parent.trainable)
        if "dtype" in here:
            policy = keras.saving.deserialize_keras_object(here["dtype"])
            if inner.dtype_policy.name != policy.name:
                inner.dtype_policy = policy
        if "lora_alpha" in here:
            inner.lora_alpha = here["lora_alpha"]
        flags = here.get("variables", {})
        for variable in inner._trainable_variables:
            variable.trainable = flags.get(variable.name, inner.trainable)
