"""Arrays cut into batches, without what Keras's own way costs."""

import math

import keras
import numpy as np

from mlm_tf._startup import tf


def array_batches(
    x, y=None, sample_weight=None, batch_size: int | None = None, steps=None, shuffle=False
):
    """What Keras makes of arrays on TensorFlow, a `tf.data.Dataset`, but for one thing: Keras has
    it tuned while it runs, and whoever waits for its end waits for the thread that tunes it, for
    seconds. `None` where Keras makes no such data set: on JAX, and of what is no array.

    Args:
        x: an array, or a dictionary of them, axis 0 being the examples.
        y: likewise.
        sample_weight: likewise.
        batch_size: as for `fit`: by default 32, or what gives so many steps.
        steps: batches in an epoch, if they are counted.
        shuffle: `True` for another order in every epoch, `"batch"` for one within each batch.

    Example:

    >>> import keras
    >>> data = array_batches(np.arange(5)[:, None], batch_size=2)
    >>> data is None and keras.backend.backend() != "tensorflow" or len(data)
    3
    """
    if keras.backend.backend() != "tensorflow":
        return None
    arrays = keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
    arrays = arrays if isinstance(arrays, tuple) else (arrays,)
    leaves = keras.tree.flatten(arrays)
    if not all(isinstance(leaf, np.ndarray) or keras.ops.is_tensor(leaf) for leaf in leaves):
        return None
    sizes = {len(leaf) if len(leaf.shape) else 0 for leaf in leaves}
    if len(sizes) != 1 or sizes == {0} or shuffle not in (True, False, "batch"):
        return None  # Keras says what is wrong
    [size] = sizes
    batch_size = batch_size or (math.ceil(size / steps) if steps else 32)
    arrays = keras.tree.map_structure(_as_keras_float, arrays)

    # Random numbers of their own for each epoch: with `tf.random.shuffle`, which Keras takes, a
    # seed makes all epochs alike.
    seeds = tf.data.Dataset.random(rerandomize_each_iteration=True).batch(2)
    shuffled = tf.random.experimental.stateless_shuffle

    def order(seed):
        indices = tf.range(size, dtype=tf.int64)
        return shuffled(indices, seed) if shuffle is True else indices

    def cut(indices):
        firsts = tf.data.Dataset.range(0, size, batch_size)
        return firsts.map(lambda first: indices[first : first + batch_size])

    def take(indices, seed, arrays):
        if size % batch_size == 0:
            indices = tf.ensure_shape(indices, (batch_size,))
        if shuffle == "batch":
            indices = shuffled(indices, seed)
        return keras.tree.map_structure(lambda array: tf.gather(array, indices), arrays)

    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    options.experimental_external_state_policy = tf.data.experimental.ExternalStatePolicy.IGNORE
    indices = seeds.take(1).map(order).flat_map(cut)
    dataset = tf.data.Dataset.zip(indices, seeds, tf.data.Dataset.from_tensors(arrays).repeat())
    dataset = dataset.map(take).apply(
        tf.data.experimental.assert_cardinality(math.ceil(size / batch_size))
    )
    return dataset.prefetch(2).with_options(options)


def _as_keras_float(array):
    """Keras gives a model all floats in one precision."""
    if isinstance(array, np.ndarray) and array.dtype.kind == "f":
        return array.astype(keras.config.floatx(), copy=False)
    return array


def split(x, y, weight, fraction: float):
    """Arrays -> the first of their rows, and the last: that fraction of them. `None` of what is
    not arrays, or if either would have none."""
    leaves = [leaf for leaf in keras.tree.flatten((x, y, weight)) if leaf is not None]
    sizes = {leaf.shape[0] if len(getattr(leaf, "shape", ())) else None for leaf in leaves}
    if len(sizes) != 1 or None in sizes or not 0 < fraction < 1:
        return None
    [size] = sizes
    first = math.floor(size * (1 - fraction))
    if not 0 < first < size:
        return None

    def part(rows):
        return keras.tree.map_structure(
            lambda leaf: None if leaf is None else leaf[rows], (x, y, weight)
        )

    return part(slice(None, first)), part(slice(first, None))
