"""The laws of layers and of blocks, each checked by one call: for our tests, and for yours."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import ops

from mlm_tf._startup import without_info_lines
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.laws import require
from mlm_tf.layers.block import Block
from mlm_tf.layers.layer_laws import (
    HALF,
    NAMED,
    apply,
    call,
    calls_of,
    check_config,
    check_half_precision,
    check_implicit_mask,
    check_model,
    check_order,
    check_padding,
    check_shapes,
    floats,
    in_half_precision,
    law,
    require_close,
    rows_of,
    stir,
    to_numpy,
    tokens,
)

BATCH = 3


def check_layer(
    make: Callable[[], keras.layers.Layer],
    *inputs: np.ndarray,
    seed: int = 0,
    without_gradient: Sequence[str] = (),
) -> None:
    """Check what every layer keeps, whatever it computes.

    Its config says all about it; symbolic and eager calls agree in shape and dtype; half
    precision stays close; one step of training, compiled or not (on JAX compiled alone), changes
    every weight; saved and loaded it is the same layer; the order of the batch does not matter.
    If its `call` takes a `padding_mask`: an implicit Keras mask does the same, and what stands in
    padding changes no output, no loss and no gradient, of its input neither.

    A layer that `uses_context` is given one, padded as well.

    Args:
        make: makes a new layer, always the same one.
        *inputs: what the layer is called with, each `(batch, length, ...)`, floats or ids; batch
            and length of 2 or more.
        seed: of the weights, of the masks and of what is put into the padding.
        without_gradient: ends of the paths of weights that training leaves alone by design, as
            the bias of attention's keys, which the softmax cancels.

    Raises:
        AssertionError: naming the layer and the first law that it breaks.

    Example:

    >>> check_layer(lambda: keras.layers.Dense(3), np.ones((2, 5, 4), "float32"))
    """
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    layer = make()
    calls = calls_of(layer, inputs, rng)
    padded = list(calls.values())[-1]
    with law("a layer can be called", layer):
        call(layer, padded)
    stir(layer, rng)

    with law("the config holds every argument", layer):
        check_config(layer, padded)
    with law("symbolic and eager calls agree with compute_output_shape", layer):
        check_shapes(layer, padded)
    with law("the order of the batch does not matter", layer):
        check_order(layer, padded)
    for policy in ("mixed_bfloat16", "mixed_float16"):
        with law("half precision stays close", layer, policy=policy), without_info_lines():
            check_half_precision(make, layer, padded, policy)
    for kind, arguments in calls.items():
        if "padding_mask" in arguments:
            with law("padding changes no output", layer, mask=kind):
                check_padding(layer, arguments, rng)
            with law("the implicit Keras mask does what padding_mask does", layer, mask=kind):
                check_implicit_mask(layer, arguments)
    check_model(layer, padded, rng, without_gradient)


def check_block(
    make: Callable[[], Block],
    hidden_dim: int = 8,
    seed: int = 0,
    without_gradient: Sequence[str] = (),
) -> None:
    """Check all that `check_layer` does, and the law that makes a layer a block::

        call(x, mask) == concatenation of step(x[:, a:b], state, mask[:, a:b]) over any split

    at random lengths and splits, for rows that are ragged, that have holes or that are all
    padding, with a state that has just enough room and with one that has more. Also: padding
    takes no position; no later token changes an earlier output; a state keeps its shapes and
    dtypes, can be reordered along the batch, may be given more room, and if it can be cut back, it
    is what it was. A block that looks ahead must refuse to step.
    What a block declares of itself is held as well: the norm after a stack of it; where it
    `attends`, weights that sum to 1; where it `continues`, a state to go on from.

    Args:
        make: makes a new block, always the same one.
        hidden_dim: width of the input of the block.
        seed: of the weights, of the inputs, of their lengths, masks and splits.
        without_gradient: see `check_layer`.

    Raises:
        AssertionError: naming the block, the first law that it breaks, the mask and the splits.

    Example: a block of one's own, the sum of the tokens so far, each one fading.

    >>> @keras.saving.register_keras_serializable(package="example")
    ... class Fading(Block):
    ...     def __init__(self, hidden_dim, keep=0.5, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.hidden_dim, self.keep = hidden_dim, keep
    ...
    ...     def call(self, x, padding_mask=None, mask=None, training=None):
    ...         padding_mask = mask if padding_mask is None else padding_mask
    ...         return self.step(x, self.initial_state(ops.shape(x)[0], None), padding_mask)[0]
    ...
    ...     def initial_state(self, batch_size, max_length):
    ...         return {"h": ops.zeros((batch_size, self.hidden_dim), self.compute_dtype)}
    ...
    ...     def step(self, x, state, padding_mask=None):
    ...         h, outputs = state["h"], []
    ...         for t in range(x.shape[1]):
    ...             new = self.keep * h + x[:, t]
    ...             h = new if padding_mask is None else ops.where(padding_mask[:, t, None], new, h)
    ...             outputs.append(h)
    ...         return ops.stack(outputs, axis=1), {"h": h}
    ...
    ...     def compute_output_shape(self, input_shape):
    ...         return input_shape
    ...
    ...     def get_config(self):
    ...         return {**super().get_config(), "hidden_dim": self.hidden_dim, "keep": self.keep}
    >>> check_block(lambda: Fading(8, keep=0.9))
    """
    rng = np.random.default_rng(seed)
    x = floats(rng, BATCH, int(rng.integers(7, 10)), hidden_dim)
    cut = int(rng.integers(2, x.shape[1] - 1))
    check_layer(make, x, seed=seed, without_gradient=without_gradient)
    keras.utils.set_random_seed(seed)
    block = make()
    calls = calls_of(block, (x,), rng)
    if block.causal:
        with law("step may be the first thing that is called", block):
            _in_chunks(block, calls["none"], [(0, x.shape[1])], x.shape[1])
    else:
        with law("a block that looks ahead refuses initial_state and step", block):
            _check_refusal(block, x)
    call(block, calls["none"])
    stir(block, rng)
    with law("padding takes no position", block):
        _check_positions(block, calls["holes"])
    with law("a stack may end with the norm it gives", block):
        _check_final_norm(block, calls["none"])
    if block.attends:
        with law("what it attends to can be asked for", block):
            _check_attention(block, calls["holes"])
    if block.continues:
        with law("it begins where another of its class ended", block):
            _check_continuing(block, calls["holes"], cut)
    if not block.causal:
        return
    with law("no later token changes an earlier output", block):
        _check_causality(block, calls["none"], rng)
    _check_steps(block, calls, cut)
    with law("a state can be reordered along the batch", block):
        _check_reordering(block, calls["holes"], cut)
    with law("a state may be given more room", block):
        _check_growing(block, calls["holes"], cut)
    with law("a state that is cut back is what it was", block):
        _check_cutting(block, calls["none"], cut)
    with law("half precision stays close in steps", block):
        _check_steps_in_half_precision(make, block, calls["holes"])


# === The laws of blocks ===


def _in_chunks(block, arguments, splits, max_length: int) -> np.ndarray:
    state, outputs = _initial_state(block, arguments, max_length), []
    for a, b in splits:
        forms = _forms(state)
        y, state = _step(block, arguments, state, a, b)
        with law("a step keeps the structure, shapes and dtypes of the state", block):
            require(_forms(state) == forms, f"{forms} became {_forms(state)}.")
        outputs.append(to_numpy(y))
    return np.concatenate(outputs, axis=1)


def _initial_state(block, arguments, max_length: int):
    context = {name: arguments[name] for name in NAMED[1:] if name in arguments}
    return block.initial_state(BATCH, max_length, **context)


def _step(block, arguments, state, a: int, b: int):
    x, mask = next(iter(arguments.values())), arguments.get("padding_mask")
    return block.step(x[:, a:b], state, padding_mask=None if mask is None else mask[:, a:b])


def _check_refusal(block, x) -> None:
    for what in (lambda: block.initial_state(BATCH, 5), lambda: block.step(x, ())):
        try:
            what()
        except InvalidArgumentError as error:
            require("looks ahead" in str(error), f"The refusal gives no reason: {error}")
        else:
            raise AssertionError("It did not raise InvalidArgumentError.")


def _check_positions(block, arguments) -> None:
    """Rows with holes are the rows of their tokens alone, moved to the left."""
    x, mask = next(iter(arguments.values())), arguments["padding_mask"]
    packed = np.arange(x.shape[1])[None, :] < mask.sum(axis=1, keepdims=True)
    moved = np.zeros_like(x)
    moved[packed] = x[mask]
    name = next(iter(arguments))
    found = call(block, {**arguments, name: moved, "padding_mask": packed})[packed]
    require_close(found, call(block, arguments)[mask])


def _check_final_norm(block, arguments) -> None:
    norm = block.final_norm("after", "mixed_bfloat16")
    if norm is None:
        return
    require(isinstance(norm, keras.layers.Layer), f"final_norm() gave {norm!r}, which is no layer.")
    again = block.final_norm("after")
    require(norm is not again and norm not in block._flatten_layers(), "The norm is no new one.")
    found = (norm.name, norm.dtype_policy.name)
    require(found == ("after", "mixed_bfloat16"), f"Asked for 'after' in bfloat16, got {found}.")
    y = call(block, arguments)
    require(norm(y).shape == y.shape, f"It makes {norm(y).shape} of {y.shape}.")


def _check_attention(block, arguments) -> None:
    y, found = apply(block, arguments, return_attention_scores=True)
    require_close(to_numpy(y), call(block, arguments))
    mask = arguments["padding_mask"]
    for weights in keras.tree.flatten(found):
        dtype = keras.backend.standardize_dtype(weights.dtype)
        require(dtype == "float32", f"The weights are {dtype}, not float32.")
        of_queries = np.moveaxis(to_numpy(weights), 2, 1)[mask]  # (tokens, heads, T)
        require((of_queries >= 0).all(), "A weight is below 0.")
        require_close(of_queries.sum(axis=-1), 1)
    symbols = apply(block, _symbols(arguments), return_attention_scores=True)
    require(_of_rows(symbols) == _of_rows((y, found)), f"Symbolic {symbols}, not {(y, found)}.")


def _check_continuing(block, arguments, cut: int) -> None:
    length, expected = arguments["padding_mask"].shape[1], call(block, arguments)

    def part(a, b, **start):
        given = {name: values[:, a:b] for name, values in arguments.items()}
        y, state = apply(block, given, return_state=True, **start)
        require_close(tokens(to_numpy(y), given), tokens(expected[:, a:b], given))
        return y, state

    y, whole = part(0, length)
    symbols = apply(block, _symbols(arguments), return_state=True)
    require(_of_rows(symbols) == _of_rows((y, whole)), f"Symbolic {symbols}, not {(y, whole)}.")
    for leaf in keras.tree.flatten(whole):
        _reordered(leaf, np.arange(BATCH))
    if not block.causal:
        return
    forms = _forms(_initial_state(block, arguments, length))
    require(_forms(whole) == forms, f"The state is {_forms(whole)}, at the start {forms}.")
    _, state = part(0, cut)
    part(cut, length, initial_state=state)
    y, _ = _step(block, arguments, state, cut, length)
    keep = arguments["padding_mask"][:, cut:]
    require_close(to_numpy(y)[keep], expected[:, cut:][keep])


def _check_causality(block, arguments, rng) -> None:
    name, x = next(iter(arguments.items()))
    at = x.shape[1] // 2
    changed = x.copy()
    changed[:, at:] = floats(rng, *x[:, at:].shape)
    before, after = call(block, arguments), call(block, {**arguments, name: changed})
    require_close(after[:, :at], before[:, :at])
    require(np.abs(after[:, at:] - before[:, at:]).max() > 1e-3, "No token changes anything.")


def _check_steps(block, calls, cut: int) -> None:
    """The law of blocks: every kind of mask, a state with just enough room and one with more."""
    length = len(calls["ragged"]["padding_mask"][0])
    whole, halves = [(0, length)], [(0, cut), (cut, length)]
    one_by_one = [(0, cut), *((t, t + 1) for t in range(cut, length))]  # after a prompt
    most = int(calls["holes"]["padding_mask"].sum(axis=1).max())
    for kind, room, splits in [
        ("none", length, (whole, one_by_one)),
        ("ragged", length, (halves, one_by_one)),
        ("holes", most, (halves, one_by_one)),
        ("a row all padding", length + 3, (whole, halves)),
    ]:
        expected = call(block, calls[kind])
        for split in splits:
            with law("call equals chunks of step", block, mask=kind, splits=split, room=room):
                found = _in_chunks(block, calls[kind], split, room)
                require(np.isfinite(found).all(), "The output is not finite everywhere.")
                require_close(tokens(found, calls[kind]), tokens(expected, calls[kind]))


def _check_steps_in_half_precision(make, block, arguments) -> None:
    half = in_half_precision(make, block, arguments, "mixed_bfloat16")
    length = arguments["padding_mask"].shape[1]
    found = _in_chunks(half, arguments, [(0, length)], length)
    expected = tokens(call(block, arguments), arguments)
    require_close(tokens(found, arguments), expected, HALF)


def _check_reordering(block, arguments, cut: int) -> None:
    """Beam search copies and drops rows; each must go on as if it had been there all along."""
    length, rows = arguments["padding_mask"].shape[1], np.array([2, 0, 2])
    _, state = _step(block, arguments, _initial_state(block, arguments, length), 0, cut)
    state = keras.tree.map_structure(lambda leaf: _reordered(leaf, rows), state)
    moved = rows_of(arguments, rows)
    y, _ = _step(block, moved, state, cut, length)
    keep = moved["padding_mask"][:, cut:]
    require_close(to_numpy(y)[keep], call(block, moved)[:, cut:][keep])


def _check_growing(block, arguments, cut: int) -> None:
    """A text is longer than was thought when it began."""
    length = arguments["padding_mask"].shape[1]
    _, state = _step(block, arguments, _initial_state(block, arguments, cut), 0, cut)
    empty = _initial_state(block, arguments, length + 3)
    state = block.grown_state(state, empty)
    require(_forms(state) == _forms(empty), f"It became {_forms(state)}, not {_forms(empty)}.")
    y, _ = _step(block, arguments, state, cut, length)
    keep = arguments["padding_mask"][:, cut:]
    require_close(to_numpy(y)[keep], call(block, arguments)[:, cut:][keep])


def _check_cutting(block, arguments, cut: int) -> None:
    """A text turns out to go on otherwise; one that has to be read again is `None`."""
    length = next(iter(arguments.values())).shape[1]
    _, state = _step(block, arguments, _initial_state(block, arguments, length), 0, length)
    before, state = _forms(state), block.cut_state(state, cut)
    if state is None:
        return
    require(_forms(state) == before, f"{before} became {_forms(state)}.")
    y, _ = _step(block, arguments, state, cut, length)
    require_close(to_numpy(y), call(block, arguments)[:, cut:])


def _forms(state):
    """Structure, shapes and dtypes: a compiled loop needs them to stay what they are."""
    return keras.tree.map_structure(
        lambda t: f"{keras.backend.standardize_dtype(t.dtype)}{tuple(t.shape)}", state
    )


def _symbols(arguments):
    """Symbolic inputs of the same lengths, of any batch."""
    return {
        name: keras.Input(values.shape[1:], dtype=values.dtype.name)
        for name, values in arguments.items()
    }


def _of_rows(tensors):
    """Structure, dtypes and shapes but for the batch."""
    return keras.tree.map_structure(
        lambda t: f"{keras.backend.standardize_dtype(t.dtype)}{tuple(t.shape[1:])}", tensors
    )


def _reordered(leaf, rows):
    of_each = leaf.shape[0] // BATCH
    require(leaf.shape[0] == of_each * BATCH, f"Axis 0 of {leaf.shape} is no multiple of {BATCH}.")
    leaf = ops.take(ops.reshape(leaf, (BATCH, of_each, *leaf.shape[1:])), rows, axis=0)
    return ops.reshape(leaf, (BATCH * of_each, *leaf.shape[2:]))
