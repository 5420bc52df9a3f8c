import keras
import numpy as np
from keras import ops

from mlm_tf.layers import LSTM


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_by_hand(x, kernel, bias, recurrent_kernel):
    """Formula 4.2 with the LSTM as f, one row and one position after the other."""
    units = recurrent_kernel.shape[0]
    result = np.zeros((*x.shape[:2], units))
    for b, row in enumerate(x):
        h, c = np.zeros(units), np.zeros(units)
        for t, w in enumerate(row):
            i, f, g, o = np.split(w @ kernel + bias + h @ recurrent_kernel, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            result[b, t] = h
    return result


def test_equals_a_loop_written_from_the_formula():
    x = np.random.default_rng(0).normal(size=(2, 7, 3)).astype("float32")
    lstm = LSTM(5)
    y = ops.convert_to_numpy(lstm(x))
    np.testing.assert_allclose(y, lstm_by_hand(x, *lstm.get_weights()), atol=1e-5)


def test_equals_the_keras_layer_given_the_same_weights():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 7, 3)).astype("float32")
    mask = np.arange(7)[None, :] < np.array([[7], [4]])
    ours, theirs = LSTM(5), keras.layers.LSTM(5, return_sequences=True)
    ours.build(x.shape)
    theirs.build(x.shape)
    kernel, bias, recurrent_kernel = ours.get_weights()
    theirs.set_weights([kernel, recurrent_kernel, bias])
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours(x, padding_mask=mask))[mask],
        ops.convert_to_numpy(theirs(x, mask=mask))[mask],
        atol=1e-5,
    )


def test_the_forget_gate_starts_open():
    lstm = LSTM(4)
    lstm.build((None, None, 3))
    bias = ops.convert_to_numpy(lstm.input_projection.bias)
    np.testing.assert_array_equal(bias, [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
