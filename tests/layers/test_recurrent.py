"""Recurrent blocks against loops written from the formulas, and against Keras's own layers."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import GRU, LSTM, RNN

BATCH, LENGTH, DIM, UNITS = 3, 7, 3, 5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rnn_by_hand(w, state, kernel, recurrent_kernel, bias):
    return {"h": np.tanh(w @ kernel + bias + state["h"] @ recurrent_kernel)}


def gru_by_hand(w, state, kernel, recurrent_kernel, bias):
    w_z, w_r, w_h = np.split(w @ kernel + bias[0], 3)
    u_z, u_r, u_h = np.split(state["h"] @ recurrent_kernel + bias[1], 3)
    z, r = sigmoid(w_z + u_z), sigmoid(w_r + u_r)
    return {"h": z * state["h"] + (1 - z) * np.tanh(w_h + r * u_h)}


def lstm_by_hand(w, state, kernel, recurrent_kernel, bias):
    i, f, g, o = np.split(w @ kernel + bias + state["h"] @ recurrent_kernel, 4)
    c = sigmoid(f) * state["c"] + sigmoid(i) * np.tanh(g)
    return {"h": sigmoid(o) * np.tanh(c), "c": c}


# One line a kind: our block, Keras's layer, the formula.
KINDS = {
    "rnn": (RNN, keras.layers.SimpleRNN, rnn_by_hand),
    "gru": (GRU, keras.layers.GRU, gru_by_hand),
    "lstm": (LSTM, keras.layers.LSTM, lstm_by_hand),
}
kinds = pytest.mark.parametrize(("ours", "theirs", "formula"), KINDS.values(), ids=KINDS.keys())
blocks = pytest.mark.parametrize("block", [RNN, GRU, LSTM])

MASKS = {
    "none": None,
    "right-padded": np.arange(LENGTH) < np.array([[7], [4], [1]]),
    "holes": np.array([[1, 0, 1, 1, 0, 1, 0], [0, 0, 1, 0, 1, 1, 1], [0, 1, 0, 0, 0, 0, 0]], bool),
    "a row of padding": np.arange(LENGTH) < np.array([[7], [0], [3]]),
}
masks = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def with_random_weights(block):
    """Biases too, which start at zero."""
    block.build((None, None, DIM))
    block.set_weights([random(*w.shape, seed=i) / 2 for i, w in enumerate(block.get_weights())])
    return block


def kept(mask):
    return np.ones((BATCH, LENGTH), bool) if mask is None else mask


def loop(formula, weights, x, mask, names, units=UNITS):
    """One row and one position after the other; padding is not even looked at."""
    y = np.zeros((*x.shape[:2], units))
    last = {name: np.zeros((len(x), units)) for name in names}
    for b, t in np.argwhere(kept(mask)):
        state = formula(x[b, t], {name: last[name][b] for name in names}, *weights)
        for name in names:
            last[name][b] = state[name]
        y[b, t] = state["h"]
    return y, last


def check_state(state, expected, atol=1e-5):
    assert state.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(numpy_of(state[name]), value, atol=atol, err_msg=name)


# === Against the formula ===


@masks
@kinds
def test_equals_a_loop_written_from_the_formula(ours, theirs, formula, mask):
    x = random(BATCH, LENGTH, DIM)
    block = with_random_weights(ours(UNITS))
    y, state = block(x, padding_mask=mask, return_state=True)
    expected, last = loop(formula, block.get_weights(), x, mask, state)
    np.testing.assert_allclose(numpy_of(y)[kept(mask)], expected[kept(mask)], atol=1e-5)
    check_state(state, last)


@masks
@kinds
def test_both_ways_is_a_loop_over_the_text_and_one_over_the_text_reversed(
    ours, theirs, formula, mask
):
    x = random(BATCH, LENGTH, DIM)
    block = with_random_weights(ours(2 * UNITS, bidirectional=True))
    y, state = block(x, padding_mask=mask, return_state=True)
    weights, reversed_mask = block.get_weights(), None if mask is None else mask[:, ::-1]
    right, last_right = loop(formula, weights[:3], x, mask, state)
    left, last_left = loop(formula, weights[3:], x[:, ::-1], reversed_mask, state)
    expected = np.concatenate([right, left[:, ::-1]], axis=-1)
    np.testing.assert_allclose(numpy_of(y)[kept(mask)], expected[kept(mask)], atol=1e-5)
    check_state(state, {n: np.concatenate([last_right[n], last_left[n]], axis=-1) for n in state})


# === Against Keras ===


@pytest.mark.parametrize("mask", [MASKS["none"], MASKS["right-padded"]], ids=["none", "padded"])
@kinds
def test_equals_the_keras_layer_given_its_weights(ours, theirs, formula, mask):
    x = random(BATCH, LENGTH, DIM)
    block, layer = ours(UNITS), theirs(UNITS, return_sequences=True, return_state=True)
    layer.build(x.shape)
    with_random_weights(block)
    layer.set_weights(block.get_weights())
    y, state = block(x, padding_mask=mask, return_state=True)
    expected, *states = layer(x, mask=None if mask is None else ops.convert_to_tensor(mask))
    np.testing.assert_allclose(numpy_of(y)[kept(mask)], numpy_of(expected)[kept(mask)], atol=1e-5)
    check_state(state, dict(zip(state, map(numpy_of, states), strict=True)))


@pytest.mark.parametrize("mask", [MASKS["none"], MASKS["right-padded"]], ids=["none", "padded"])
@kinds
def test_both_ways_equals_keras_bidirectional_given_its_weights(ours, theirs, formula, mask):
    x = random(BATCH, LENGTH, DIM)
    block = with_random_weights(ours(2 * UNITS, bidirectional=True))
    layer = keras.layers.Bidirectional(theirs(UNITS, return_sequences=True, return_state=True))
    layer.build(x.shape)
    layer.set_weights(block.get_weights())
    y, state = block(x, padding_mask=mask, return_state=True)
    expected, *states = layer(x, mask=None if mask is None else ops.convert_to_tensor(mask))
    np.testing.assert_allclose(numpy_of(y)[kept(mask)], numpy_of(expected)[kept(mask)], atol=1e-5)
    half = len(states) // 2
    pairs = zip(states[:half], states[half:], strict=True)
    both = [np.concatenate([numpy_of(a), numpy_of(b)], axis=-1) for a, b in pairs]
    check_state(state, dict(zip(state, both, strict=True)))


@kinds
def test_starts_as_the_keras_layer_does(ours, theirs, formula):
    """The same kinds of initial weights; of the biases the very values (a forget gate of 1)."""
    block, layer = ours(64), theirs(64)
    block.build((None, None, 32))
    layer.build((None, None, 32))
    kernel, recurrent_kernel, bias = block.get_weights()
    np.testing.assert_array_equal(bias, layer.get_weights()[2])
    np.testing.assert_allclose(kernel.std(), layer.get_weights()[0].std(), rtol=0.1)
    np.testing.assert_allclose(recurrent_kernel @ recurrent_kernel.T, np.eye(64), atol=1e-5)


# === The state ===


@blocks
def test_goes_on_from_the_state_that_another_call_gave(block):
    x = random(BATCH, LENGTH, DIM)
    block = with_random_weights(block(UNITS))
    whole, last = block(x, return_state=True)
    _, state = block(x[:, :4], return_state=True)
    rest, state = block(x[:, 4:], initial_state=state, return_state=True)
    np.testing.assert_allclose(numpy_of(rest), numpy_of(whole)[:, 4:], atol=1e-5)
    check_state(state, {name: numpy_of(value) for name, value in last.items()})


@blocks
def test_the_returned_state_goes_on_with_step(block):
    x = random(BATCH, LENGTH, DIM)
    mask = np.arange(4) < np.array([[4], [2], [0]])
    block = with_random_weights(block(UNITS))
    _, from_call = block(x[:, :4], padding_mask=mask, return_state=True)
    _, from_step = block.step(x[:, :4], block.initial_state(BATCH, LENGTH), mask)
    check_state(from_step, {name: numpy_of(value) for name, value in from_call.items()})
    for name, value in from_call.items():  # the row of padding is where it was
        np.testing.assert_array_equal(numpy_of(value)[2], np.zeros(UNITS), err_msg=name)


@blocks
@pytest.mark.parametrize("chunk", [1, 3])
def test_padding_leaves_the_state_as_it_was(block, chunk):
    block = with_random_weights(block(UNITS))
    zeros = block.initial_state(2, LENGTH)
    state = {name: random(*value.shape, seed=i) for i, (name, value) in enumerate(zeros.items())}
    x = random(2, chunk, DIM)
    mask = np.zeros((2, chunk), bool)
    mask[0, 0] = True
    _, after = block.step(x, state, mask)
    for name, value in state.items():
        np.testing.assert_array_equal(numpy_of(after[name])[1], value[1], err_msg=name)
        assert np.abs(numpy_of(after[name])[0] - value[0]).max() > 1e-3


@blocks
def test_an_encoder_both_ways_starts_a_decoder_in_a_functional_model(block):
    source, target = keras.Input((None, DIM)), keras.Input((None, DIM))
    source_mask = keras.Input((None,), dtype="bool")
    encoder, decoder = block(6, bidirectional=True), block(6)
    _, state = encoder(source, padding_mask=source_mask, return_state=True)
    y, last = decoder(target, initial_state=state, return_state=True)
    model = keras.Model([source, source_mask, target], [y, last])
    assert y.shape == (None, None, 6)
    assert {value.shape for value in last.values()} == {(None, 6)}
    x, mask = random(BATCH, LENGTH, DIM), MASKS["right-padded"]
    found, _ = model([x, mask, x])
    _, state = encoder(x, padding_mask=mask, return_state=True)
    expected = decoder(x, initial_state=state)
    np.testing.assert_allclose(numpy_of(found), numpy_of(expected), atol=1e-6)


@blocks
def test_the_implicit_mask_counts_beside_an_initial_state_too(block):
    ids = np.array([[3, 1, 2, 0, 0]])
    embedding = keras.layers.Embedding(4, DIM, mask_zero=True)
    block = with_random_weights(block(UNITS))
    zeros = block.initial_state(1, 5)
    _, state = block(embedding(ids), initial_state=zeros, return_state=True)
    _, expected = block(embedding(ids[:, :3]), return_state=True)
    check_state(state, {name: numpy_of(value) for name, value in expected.items()}, atol=1e-6)


@blocks
@pytest.mark.parametrize("bidirectional", [False, True])
def test_texts_without_a_token_have_no_output_and_a_state_of_zeros(block, bidirectional):
    block = block(6, bidirectional=bidirectional)
    x, mask = np.zeros((2, 0, DIM), "float32"), np.zeros((2, 0), bool)
    y, state = block(x, padding_mask=mask, return_state=True)
    assert y.shape == (2, 0, 6)
    check_state(state, {name: np.zeros((2, 6)) for name in state})


# === Training ===


@pytest.mark.long_table
@pytest.mark.parametrize("jit_compile", [False, True])
@kinds
def test_both_ways_trains_as_keras_bidirectional_does(ours, theirs, formula, jit_compile):
    """One step of gradient descent on padded rows, from the same weights, ends in the same."""
    x, target = random(BATCH, LENGTH, DIM), random(BATCH, LENGTH, 2 * UNITS, seed=1)
    mask = MASKS["right-padded"]
    weights = with_random_weights(ours(2 * UNITS, bidirectional=True)).get_weights()

    def after_a_step(layer):
        inputs = keras.Input((LENGTH, DIM))
        y = layer(keras.layers.Masking()(inputs))
        model = keras.Model(inputs, y)
        layer.set_weights(weights)
        model.compile("sgd", "mse", jit_compile=jit_compile)
        model.train_on_batch(np.where(mask[:, :, None], x, 0), target)
        return layer.get_weights()

    found = after_a_step(ours(2 * UNITS, bidirectional=True))
    wrapped = keras.layers.Bidirectional(theirs(UNITS, return_sequences=True))
    for a, b, old in zip(found, after_a_step(wrapped), weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
        assert np.abs(a - old).max() > 1e-6


@blocks
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_in_half_precision_the_state_keeps_its_dtype(block, policy):
    """As the carry of a compiled loop must."""
    block = block(UNITS, dtype=policy)
    state = block.initial_state(BATCH, LENGTH)
    dtypes = {name: value.dtype for name, value in state.items()}
    x = random(BATCH, LENGTH, DIM)
    for chunk in (x[:, :1], x[:, 1:]):
        y, state = block.step(chunk, state, MASKS["none"])
        assert y.dtype == dtypes["h"]
        assert {name: value.dtype for name, value in state.items()} == dtypes


# === Arguments ===


@blocks
def test_both_ways_has_no_state_to_start_from(block):
    name = block.__name__
    block = block(4, bidirectional=True)
    assert not block.causal
    x, state = random(1, 1, DIM), {"h": random(1, 4), "c": random(1, 4)}
    for refused in (
        lambda: block.initial_state(1, 5),
        lambda: block.step(x, state),
        lambda: block(x, initial_state=state),
    ):
        with pytest.raises(InvalidArgumentError, match=rf"\({name}\) looks ahead"):
            refused()


@blocks
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden_dim": 0}, r"hidden_dim=0 .* integer >= 1"),
        ({"hidden_dim": 4, "bidirectional": "yes"}, r"bidirectional='yes' .* True or False"),
        ({"hidden_dim": 5, "bidirectional": True}, r"hidden_dim=5 is odd.*choose an even"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(block, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        block(**arguments)
