import numpy as np
from keras import ops

from mlm_tf.layers import MeanPooling


def test_is_the_mean_over_the_tokens():
    x = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
    mask = np.array([[1, 1, 1, 1], [1, 0, 1, 0], [0, 1, 0, 0]], bool)
    pooled = ops.convert_to_numpy(MeanPooling()(x, padding_mask=mask))
    np.testing.assert_allclose(
        pooled, [row[m].mean(0) for row, m in zip(x, mask, strict=True)], rtol=1e-5
    )


def test_without_a_mask_every_position_counts():
    x = np.random.default_rng(1).normal(size=(3, 4, 2)).astype("float32")
    np.testing.assert_allclose(ops.convert_to_numpy(MeanPooling()(x)), x.mean(1), rtol=1e-5)


def test_a_row_that_is_all_padding_gives_zeros_even_over_nan():
    x = np.full((1, 4, 2), np.nan, "float32")
    pooled = ops.convert_to_numpy(MeanPooling()(x, padding_mask=np.zeros((1, 4), bool)))
    np.testing.assert_array_equal(pooled, np.zeros((1, 2)))
