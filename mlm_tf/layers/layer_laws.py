"""What every layer keeps, law by law; `testing.check_layer` goes through them."""

import inspect
import json
import tempfile
from pathlib import Path

import keras
import numpy as np
from keras import ops

from mlm_tf import laws
from mlm_tf.laws import require

FLOAT32 = {"atol": 2e-5, "rtol": 2e-5}  # two ways to add up the same numbers
HALF = {"atol": 0.1, "rtol": 0.05}
MASK_OF = {"context": "context_mask"}  # whose padding a mask marks; else it is padding_mask
NAMED = ("padding_mask", "context", "context_mask")  # what is passed by name


def law(sentence: str, layer, **details):
    """See `laws.law`."""
    return laws.law(sentence, f"{type(layer).__name__} {layer.name!r}", **details)


def require_close(found, expected, tolerance=FLOAT32) -> None:
    np.testing.assert_allclose(found, expected, **tolerance)


# === What a layer is called with ===


def floats(rng, *shape) -> np.ndarray:
    return rng.normal(size=shape).astype("float32")


def calls_of(layer, inputs, rng) -> dict[str, dict[str, np.ndarray]]:
    """By kind of mask, the arguments of a call by their name; the last has the most padding."""
    names = list(inspect.signature(layer.call).parameters)
    plain = dict(zip(names, inputs, strict=False))
    batch, length = inputs[0].shape[:2]
    if getattr(layer, "uses_context", False):
        plain["context"] = floats(rng, batch, 5, inputs[0].shape[-1] + 2)
    if "padding_mask" not in names:
        return {"none": plain}
    ragged = _ragged_mask(rng, batch, length)
    holes = rng.random((batch, length)) < 0.7
    holes[-1, -1] = True  # at least one token
    row_of_padding = holes & (np.arange(batch) != 0)[:, None]
    kinds = {"ragged": ragged, "holes": holes, "a row all padding": row_of_padding}
    calls = {kind: {**plain, "padding_mask": mask} for kind, mask in kinds.items()}
    if "context" in plain:
        for arguments in calls.values():
            arguments["context_mask"] = _ragged_mask(rng, batch, 5)
        calls["a row all padding"]["context_mask"][0] = False
    return {"none": plain, **calls}


def _ragged_mask(rng, batch: int, length: int) -> np.ndarray:
    """Rows padded on the right, one of them not at all: bool `(batch, length)`."""
    lengths = rng.integers(1, length + 1, size=(batch, 1))
    lengths[-1] = length
    return np.arange(length)[None, :] < lengths


def to_numpy(tensor) -> np.ndarray:
    if "float" in keras.backend.standardize_dtype(tensor.dtype):
        tensor = ops.cast(tensor, "float32")  # NumPy has no bfloat16
    return ops.convert_to_numpy(tensor)


def apply(layer, arguments, **more):
    positional = [value for name, value in arguments.items() if name not in NAMED]
    named = {name: arguments[name] for name in NAMED if name in arguments}
    return layer(*positional, **named, **more)


def _symbols_of(arguments):
    """Symbolic inputs in the place of arrays, of any batch and length."""
    return {
        name: keras.Input((None, *values.shape[2:]), dtype=values.dtype.name)
        for name, values in arguments.items()
    }


def call(layer, arguments) -> np.ndarray:
    y = to_numpy(apply(layer, arguments))
    require(np.isfinite(y).all(), "The output is not finite everywhere.")
    return y


def stir(layer, rng) -> None:
    """Move the weights from their start: a bias of zero would hide that it is not used."""
    for weight in layer.trainable_weights:
        weight.assign(to_numpy(weight) + 0.2 * floats(rng, *weight.shape))


def tokens(y, arguments) -> np.ndarray:
    """The outputs that mean something: of a sequence those at tokens, `(tokens, dim)`."""
    mask = arguments.get("padding_mask")
    return y if mask is None or y.ndim < 3 else y[mask]


def rows_of(arguments, rows):
    return {name: values[rows] for name, values in arguments.items()}


def _with_garbage(arguments, rng):
    """The same tokens, and large numbers (or other ids) where there is none."""
    result = dict(arguments)
    for name, values in arguments.items():
        mask = arguments.get(MASK_OF.get(name, "padding_mask"))
        if name.endswith("mask") or mask is None:
            continue
        other = 100 * floats(rng, *values.shape)
        if values.dtype.kind in "iu":
            other = rng.integers(values.max() + 1, size=values.shape)
        keep = mask.reshape(*mask.shape, *[1] * (values.ndim - 2))
        result[name] = np.where(keep, values, other).astype(values.dtype)
    return result


# === The laws of layers ===


def check_config(layer, arguments) -> None:
    config = layer.get_config()
    parameters = list(inspect.signature(type(layer).__init__).parameters.values())[1:]
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    # Keras's own layers leave out what is None.
    needed = [p.name for p in parameters if p.kind in named and p.default is not None]
    missing = [name for name in needed if name not in config]
    require(not missing, f"get_config() lacks {', '.join(missing)}.")
    again = type(layer).from_config(json.loads(json.dumps(config)))
    texts = [json.dumps(each.get_config(), sort_keys=True) for each in (again, layer)]
    require(texts[0] == texts[1], f"The config {texts[1]} came back as {texts[0]}.")
    apply(again, arguments)
    again.set_weights(layer.get_weights())
    require_close(call(again, arguments), call(layer, arguments))


def check_shapes(layer, arguments) -> None:
    y = apply(layer, arguments)
    shapes = [values.shape for name, values in arguments.items() if name not in NAMED]
    anyhow = [(None, None, *shape[2:]) for shape in shapes]
    symbol = apply(layer, _symbols_of(arguments))
    expected = tuple(layer.compute_output_shape(*shapes))
    require(tuple(y.shape) == expected, f"Eager {tuple(y.shape)}, computed {expected}.")
    expected = tuple(layer.compute_output_shape(*anyhow))
    require(symbol.shape == expected, f"Symbolic {symbol.shape}, computed {expected}.")
    dtypes = [keras.backend.standardize_dtype(each.dtype) for each in (y, symbol)]
    require(dtypes == [layer.compute_dtype] * 2, f"Dtypes {dtypes}, not {layer.compute_dtype}.")


def check_order(layer, arguments) -> None:
    y = call(layer, arguments)
    order = np.roll(np.arange(len(y)), 1)
    turned = rows_of(arguments, order)
    expected = tokens(y[order], turned)
    require_close(tokens(call(layer, turned), turned), expected)
    last = rows_of(arguments, slice(-1, None))
    beside_itself = call(layer, rows_of(arguments, np.full(len(y), -1)))
    require_close(tokens(beside_itself[-1:], last), tokens(y[-1:], last))


def in_half_precision(make, layer, arguments, policy: str):
    """Another layer with the weights of this one."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        half = make()
        apply(half, arguments)
    finally:
        keras.config.set_dtype_policy(before)
    half.set_weights(layer.get_weights())
    return half


def check_half_precision(make, layer, arguments, policy: str) -> None:
    half = in_half_precision(make, layer, arguments, policy)
    for inputs in (arguments, _symbols_of(arguments)):
        dtype = keras.backend.standardize_dtype(apply(half, inputs).dtype)
        require(dtype == half.compute_dtype, f"The output is {dtype}, not {half.compute_dtype}.")
    expected = tokens(call(layer, arguments), arguments)
    require_close(tokens(call(half, arguments), arguments), expected, HALF)


def check_padding(layer, arguments, rng) -> None:
    expected = tokens(call(layer, arguments), arguments)
    found = tokens(call(layer, _with_garbage(arguments, rng)), arguments)
    require_close(found, expected)


def check_implicit_mask(layer, arguments) -> None:
    """`Masking` gives its output the mask, as a layer before this one would."""
    name = next(iter(arguments))
    padding_mask = arguments["padding_mask"]
    implicit = {**arguments, name: _marked(arguments[name], padding_mask)}
    del implicit["padding_mask"]
    if "context" in arguments:
        implicit["context"] = _marked(arguments["context"], implicit.pop("context_mask"))
    y = call(layer, arguments)
    require_close(tokens(call(layer, implicit), arguments), tokens(y, arguments))
    passed_on = layer.compute_mask(arguments[name], padding_mask)
    if y.ndim > 2:
        require(passed_on is not None, "compute_mask() does not pass the mask on.")
        np.testing.assert_array_equal(passed_on, padding_mask)
    else:
        require(passed_on is None, "There are no positions left, and compute_mask() gives a mask.")


def _marked(x, mask):
    marked = np.where(mask[:, :, None], x, 777.0).astype(x.dtype)
    return keras.layers.Masking(mask_value=777.0)(marked)


def check_model(layer, arguments, rng, without_gradient) -> None:
    """The layer in a model, after a layer whose gradient shows what reaches the input."""
    inputs, images = {}, {}
    for name, values in arguments.items():
        inputs[name] = keras.Input(values.shape[1:], dtype=values.dtype.name, name=name)
        images[name] = inputs[name]
        if values.dtype.kind == "f":
            width = values.shape[-1]
            dense = keras.layers.Dense(width, kernel_initializer="identity", name=f"to_{name}")
            images[name] = dense(inputs[name])
    model = keras.Model(inputs, apply(layer, images))
    target = np.ones_like(call(layer, arguments))
    garbage = _with_garbage(arguments, rng)
    # On JAX the same functions run without compiling them, only much longer.
    for jit_compile in (True,) if keras.backend.backend() == "jax" else (False, True):
        start = [to_numpy(variable) for variable in model.variables]  # a dropout layer's seed too
        before = [to_numpy(weight) for weight in model.trainable_weights]
        with law("a step of training changes every weight", layer, jit_compile=jit_compile):
            loss, weights = _trained(model, target, arguments, jit_compile)
            for weight, old, new in zip(model.trainable_weights, before, weights, strict=True):
                still = weight.path.endswith(tuple(without_gradient))
                require(still or np.abs(new - old).max() > 0, f"{weight.path} stays as it was.")
        if "padding_mask" not in arguments:
            continue
        for variable, value in zip(model.variables, start, strict=True):
            variable.assign(value)
        with law("padding changes no loss and no gradient", layer, jit_compile=jit_compile):
            other_loss, other_weights = _trained(model, target, garbage, jit_compile=None)
            require_close(other_loss, loss)
            for a, b in zip(weights, other_weights, strict=True):
                require_close(b, a)
    with law("saved and loaded it is the same layer", layer), tempfile.TemporaryDirectory() as to:
        model.save(Path(to, "layer.keras"))
        loaded = keras.saving.load_model(Path(to, "layer.keras"))
        require_close(to_numpy(loaded(arguments)), to_numpy(model(arguments)))


def _trained(model, target, arguments, jit_compile):
    """Loss and weights after one step of `fit`."""
    if jit_compile is not None:
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit_compile)
    weights = None
    if "padding_mask" in arguments and target.ndim > 2:
        weights = arguments["padding_mask"].astype("float32")
    history = model.fit(
        arguments, target, len(target), verbose=0, shuffle=False, sample_weight=weights
    )
    [loss] = history.history["loss"]
    return loss, [to_numpy(weight) for weight in model.trainable_weights]
