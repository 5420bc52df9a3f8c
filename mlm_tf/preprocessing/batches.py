"""Batches on their way into a model: what they hold is looked at, and arrays are cut into them."""

import contextlib
import math
import re
import types
from collections.abc import Callable, Iterator
from typing import NamedTuple

import keras
import numpy as np

from mlm_tf._startup import tf
from mlm_tf.errors import InvalidArgumentError

MARK = re.compile(r"<(\w+)=(-?\d+)>")  # in TensorFlow's message: where the wrong number stood


class Limit(NamedTuple):
    """What integers may stand in one part of a batch: 0 to `size - 1`.

    Attributes:
        name: the part's, as in `"token_ids"`.
        size: how many different ones there are.
        known: what a message calls them.
        remedy: what to do about another one.
    """

    name: str
    size: int
    known: str
    remedy: str

    def error(self, wrong) -> InvalidArgumentError:
        return InvalidArgumentError(
            f"{self.name} holds {wrong}, but this model knows {self.known} 0 to {self.size - 1}; "
            f"{self.remedy}."
        )


class Part(NamedTuple):
    """Integers of a batch, of any library, with what they may be.

    Attributes:
        limit: what they may be.
        values: integers, `(batch,)` or `(batch, length)`.
        weight: where it is 0, anything may stand; of the same rank, or `None`.
        ignored: another integer that may stand, since a loss leaves it out.
    """

    limit: Limit
    values: object
    weight: object = None
    ignored: int | None = None

    def check(self) -> None:
        """Raise if arrays hold another integer where the weight is not 0."""
        wrong = (self.values < 0) | (self.values >= self.limit.size)
        if self.weight is not None:
            wrong = wrong & (self.weight > 0)
        if self.ignored is not None:
            wrong = wrong & (self.values != self.ignored)
        if wrong.any():
            raise self.limit.error(self.values[wrong][0])


class BatchCheck:
    """Looks at every batch that passes, wherever it comes from, and says what is wrong with it.

    Args:
        arrays: a function of a batch of arrays `(x, y, sample_weight)`, which raises, or returns
            the weight as a model takes it.
        parts: from a batch of tensors of a `tf.data` graph to its `Part`s.
        weight: from such a tensor of weights to one as a model takes it.

    Example:

    >>> def parts(x, y, weight):
    ...     return [Part(Limit("token_ids", 5, "ids", "encode it with its pipeline"), x)]
    >>> check = BatchCheck(lambda *batch: parts(*batch)[0].check(), parts, lambda weight: weight)
    >>> list(check.data((np.array([[4, 5]]), None, None) for _ in range(1)))
    Traceback (most recent call last):
    mlm_tf.errors.InvalidArgumentError: token_ids holds 5, but this model knows ids 0 to 4; ...
    """

    def __init__(self, arrays: Callable, parts: Callable, weight: Callable):
        self.arrays, self.parts, self.weight = arrays, parts, weight
        self.limits, self.errors = {}, []

    def data(self, data):
        """The same data; a data set, a generator or a `PyDataset` is looked at as it is read."""
        if hasattr(data, "element_spec"):
            return self._dataset(data) if hasattr(data, "map") else data  # else a distributed one
        if isinstance(data, keras.utils.PyDataset):
            return CheckedPyDataset(data, self)
        if isinstance(data, types.GeneratorType):
            return (self.batch(batch) for batch in data)
        return data

    def batch(self, batch):
        """The same batch, looked at."""
        x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
        try:
            weight = self.arrays(x, y, weight)
        except InvalidArgumentError as error:
            self.errors.append(error)  # TensorFlow, if it asked for the batch, hides it
            raise
        return batch if weight is None else (x, y, weight)

    @contextlib.contextmanager
    def own_errors(self) -> Iterator[None]:
        """Inside, what was found comes as one sentence, and not as TensorFlow's many lines."""
        try:
            yield
        except Exception as error:
            if self.errors:
                raise self.errors[-1] from None
            found = MARK.search(str(error))
            if found and found[1] in self.limits:
                raise self.limits[found[1]].error(found[2]) from None
            raise

    def _dataset(self, dataset):
        """Within the graph of the data set: on the processor, beside the training."""

        def parts(batch):
            found = self.parts(*keras.utils.unpack_x_y_sample_weight(batch))
            return [part for part in found if is_plain(part.values)]

        def check(*element):
            batch = element if isinstance(dataset.element_spec, tuple) else element[0]
            for limit, values, weight, ignored in parts(batch):
                self.limits[limit.name] = limit
                values = tf.cast(values, tf.int64)
                wrong = (values < 0) | (values >= limit.size)
                if weight is not None:  # of any type, booleans as well
                    wrong = wrong & (tf.cast(weight, tf.float32) > 0)
                if ignored is not None:
                    wrong = wrong & (values != ignored)

                def stop(name=limit.name, values=values, wrong=wrong):
                    number = tf.strings.as_string(tf.boolean_mask(values, wrong)[0])
                    mark = tf.strings.join([f"<{name}=", number, ">"])
                    with tf.control_dependencies([tf.debugging.Assert(False, [mark])]):
                        return tf.constant(True)

                tf.cond(tf.reduce_any(wrong), stop, lambda: tf.constant(True))
            x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
            return batch if weight is None else (x, y, self.weight(weight))

        return dataset.map(tf.autograph.experimental.do_not_convert(check))


class CheckedPyDataset(keras.utils.PyDataset):
    """A `PyDataset` of which every batch is looked at."""

    def __init__(self, dataset: keras.utils.PyDataset, check: BatchCheck):
        super().__init__(dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size)
        self.dataset, self.check = dataset, check

    def __getitem__(self, index):
        return self.check.batch(self.dataset[index])

    @property
    def num_batches(self):
        return self.dataset.num_batches

    def on_epoch_begin(self):
        self.dataset.on_epoch_begin()

    def on_epoch_end(self):
        self.dataset.on_epoch_end()


def as_array(values) -> np.ndarray | None:
    """An array, a list, or a tensor of any backend, as an array; `None` for anything else."""
    if not isinstance(values, (np.ndarray, list, tuple)) and not hasattr(values, "__array__"):
        return None
    try:
        return np.asarray(values)
    except (
        TypeError,
        ValueError,
        NotImplementedError,
    ):  # symbolic, sparse, or rows of many lengths
        return None


def is_plain(values) -> bool:
    """Whether a tensor is a dense one of numbers, of a known number of axes."""
    is_dense = isinstance(values, tf.Tensor) and values.shape.rank is not None
    return is_dense and (values.dtype.is_integer or values.dtype.is_floating)


# === Arrays ===


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
    arrays = keras.tree.map_structure(as_keras_float, arrays)

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


def as_keras_float(array):
    """Keras gives a model all floats in one precision."""
    if isinstance(array, np.ndarray) and array.dtype.kind == "f":
        return array.astype(keras.config.floatx(), copy=False)
    return array
