import keras
import numpy as np
from keras import ops

from mlm_tf.generation import compiled


def test_reads_the_present_value_of_its_variables():
    scale = keras.Variable(2.0)
    times = compiled(lambda x: x * scale, [scale])
    three = ops.convert_to_tensor(np.float32(3))
    assert float(times(three)) == 6
    scale.assign(5.0)
    assert float(times(three)) == 15


def test_new_values_are_not_traced_and_new_shapes_are():
    traces = []

    def double(x):
        traces.append(x.shape)
        return x + x

    function = compiled(double, [])
    for value in (1.0, 2.0, 3.0):
        function(ops.convert_to_tensor(np.full(4, value, "float32")))
    assert len(traces) == 1
    function(ops.convert_to_tensor(np.zeros(5, "float32")))
    assert len(traces) == 2


def test_a_donated_argument_gives_the_same_result():
    function = compiled(lambda x, y: x + y, [], donate_first=True)
    x, y = (ops.convert_to_tensor(np.full(4, v, "float32")) for v in (1, 2))
    np.testing.assert_array_equal(ops.convert_to_numpy(function(x, y)), np.full(4, 3))
