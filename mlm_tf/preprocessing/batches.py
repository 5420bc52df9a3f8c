"""Batches on their way into a model: what they hold is looked at."""

import contextlib
import difflib
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import keras
import numpy as np

from mlm_tf._startup import tf
from mlm_tf.checks import fit_weight, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.array_batches import array_batches, split
from mlm_tf.preprocessing.packing import is_ragged

MARK = re.compile(r"<(\w+)=(-?\d+)>")  # in TensorFlow's message: where the wrong number stood


class Limit(NamedTuple):
    """What integers may stand in one part of a batch: 0 to `size - 1`.

    Attributes:
        name: the part's, as in `"token_ids"`.
        size: how many different ones there are.
        known: what a message calls them.
        remedy: what to do about another one.
        owner: whose they are.
    """

    name: str
    size: int
    known: str = "ids"
    remedy: str = "encode the text with the pipeline of this model"
    owner: str = "this model"

    def wrong(self, values, weight=None, ignored: int | None = None):
        """Where other integers stand, but for those of weight 0 and `ignored`, which a loss leaves
        out; arrays, or tensors of one library."""
        wrong = (values < 0) | (values >= self.size)
        if weight is not None:
            wrong = wrong & (weight != 0)
        return wrong if ignored is None else wrong & (values != ignored)

    def error(self, wrong) -> InvalidArgumentError:
        return InvalidArgumentError(
            f"{self.name} holds {wrong}, but {self.owner} knows {self.known} 0 to {self.size - 1}; "
            f"{self.remedy}."
        )


class BatchCheck:
    """Looks at every batch that passes, wherever it comes from, and says what is wrong with it.

    Args:
        names: all inputs that a model reads.
        sizes: for those of them that hold ids, how many ids there are.
        target: what targets that are ids or labels may be; `None` if they may be anything.
        target_axes: 1 where a row has one target, 2 where it has one at each position.
        is_sparse: whether the loss reads one integer a target, of whatever type.
        ignored: a target that the loss leaves out.
        are_ids: whether integer targets are ids or labels whatever the loss.

    Example:

    >>> check = BatchCheck(["token_ids"], {"token_ids": 5}, Limit("y", 5))
    >>> list(check.data((np.array([[4, 5]]), None, None) for _ in range(1)))
    Traceback (most recent call last):
    mlm_tf.errors.InvalidArgumentError: token_ids holds 5, but this model knows ids 0 to 4; ...
    """

    def __init__(
        self,
        names: Sequence[str],
        sizes: Mapping[str, int],
        target: Limit | None,
        target_axes: int = 2,
        is_sparse: bool = False,
        ignored: int | None = None,
        are_ids: bool = True,
    ):
        self.names, self.sizes = names, sizes
        self.target, self.target_axes = target, target_axes
        self.is_sparse, self.ignored, self.are_ids = is_sparse, ignored, are_ids
        self.limits, self.errors = {}, []

    def arguments(self, settings: dict, shuffle=None) -> dict:
        """The arguments of `fit`, `evaluate` or `predict` with data that is looked at, arrays in
        batches where Keras would cut them; `shuffle` is that of `fit`."""
        settings = self._with_validation(settings)
        x, y, weight = (settings.get(name) for name in ("x", "y", "sample_weight"))
        if _is_in_order(x) or isinstance(x, keras.utils.PyDataset):
            settings["x"] = self.data(x)
        else:
            weight = self.arrays(x, y, weight)
            steps = settings.get("steps_per_epoch", settings.get("steps"))
            size = settings.get("batch_size")
            batches = array_batches(x, y, weight, size, steps, shuffle or False)
            if batches is None:
                return settings | ({} if weight is None else {"sample_weight": weight})
            for name in ("y", "sample_weight", "shuffle"):
                settings.pop(name, None)
            settings["x"] = batches
        if shuffle is not None and _is_in_order(settings["x"]):
            settings.setdefault("shuffle", False)  # Keras warns otherwise
        return settings

    def _with_validation(self, settings: dict) -> dict:
        """The same for validation data."""
        settings = dict(settings)
        data, fraction = settings.get("validation_data"), settings.get("validation_split")
        if data is None and fraction:
            names = ("x", "y", "sample_weight")
            parts = split(*map(settings.get, names), fraction)
            if parts is None:
                return settings  # Keras says what is wrong
            del settings["validation_split"]
            given, data = parts
            settings |= dict(zip(names, given, strict=True))
        if isinstance(data, (list, tuple)):
            x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
            weight = self.arrays(x, y, weight)
            size = settings.get("validation_batch_size") or settings.get("batch_size")
            data = array_batches(x, y, weight, size, settings.get("validation_steps"))
            if data is None:
                data = keras.utils.pack_x_y_sample_weight(x, y, weight)
        elif data is not None:
            data = self.data(data)
        return settings if data is None else {**settings, "validation_data": data}

    def data(self, data):
        """The same data; a data set, a generator or a `PyDataset` is looked at as it is read."""
        if hasattr(data, "element_spec"):
            _check_elements(data.element_spec)
            return self._dataset(data) if hasattr(data, "map") else data  # else a distributed one
        if isinstance(data, keras.utils.PyDataset):
            return _CheckedPyDataset(data, self)
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

    # === Arrays ===

    def arrays(self, x, y=None, sample_weight=None):
        """Raise if arrays hold ids, or targets that count, that are none of this model's.

        Returns:
            The weight, of as many axes as the targets.
        """
        self.inputs(x)
        y, weight, are_ids = self.targets(as_array(only(y)), sample_weight)
        weights = as_array(weight)
        if y is not None and weights is not None:
            _check_sizes(y, weights, self.target_axes)
        if are_ids:
            wrong = self.target.wrong(y, weights, self.ignored)
            if wrong.any():
                raise self.target.error(y[wrong][0])
        return weight

    def inputs(self, inputs) -> None:
        """Raise if an array of ids holds one outside the vocabulary, or is no batch of rows."""
        check_inputs(inputs, self.names)
        for name, size, ids in self._parts(inputs):
            if isinstance(ids, str):
                raise InvalidArgumentError(
                    f"{name}={shown(ids)} is text, and ids are needed; encode it with the pipeline "
                    "of this model, pipeline([text])."
                )
            check_ids(ids, name, size)
            if isinstance(ids, np.ndarray) and ids.ndim != 2:
                raise InvalidArgumentError(
                    f"{name} has shape {ids.shape}, and a batch of rows has two axes; pass "
                    "ids[None] for one row."
                )

    def _parts(self, inputs) -> Iterator[tuple]:
        """Of each part of the inputs that holds ids its name, how many there are, and the part; an
        array alone is the first."""
        for name, size in self.sizes.items():
            if not isinstance(inputs, dict):
                yield name, size, inputs
                return
            if name in inputs:
                yield name, size, inputs[name]

    # === Arrays and tensors ===

    def targets(self, y, weight=None) -> tuple:
        """Targets and their weight, and whether they are ids or labels, and no rows of numbers.

        Ids are of `target_axes` axes then, and so is a weight: Keras's compiled functions do not
        know how many it has once they have been given both forms.
        """
        y, weight = only(y), only(weight)
        if isinstance(weight, (list, tuple)):  # of numbers
            weight = as_array(weight)
        if _rank_of(weight) is not None:
            weight = fit_weight(weight, self.target_axes)
        rank, axes = _rank_of(y), self.target_axes
        is_column = rank == axes + 1 and y.shape[-1] == 1
        if rank != axes and not is_column:
            self._check_not_one_hot(y, rank)
            return y, weight, False
        is_integer = "int" in getattr(y.dtype, "name", str(y.dtype))
        if self.target is None or not (self.is_sparse or (is_integer and self.are_ids)):
            return y, weight, False
        return (y[..., 0] if is_column else y), weight, True

    def _check_not_one_hot(self, y, rank: int | None) -> None:
        if self.target is None or not self.is_sparse or rank != self.target_axes + 1:
            return
        size = self.target.size
        if y.shape[-1] == size:
            raise InvalidArgumentError(
                f"y has {size} numbers for each target, and this loss reads one integer; pass "
                "y.argmax(axis=-1), or compile with CategoricalCrossentropy(from_logits=True)."
            )

    # === Data sets ===

    def _dataset(self, dataset):
        """Within the graph of the data set: on the processor, beside the training."""

        def check(*element):
            batch = element if isinstance(dataset.element_spec, tuple) else element[0]
            x, y, given_weight = keras.utils.unpack_x_y_sample_weight(batch)
            check_inputs(x, self.names)
            for name, size, part in self._parts(x):
                look(_limit_of(name, size), part)
            ids, weight, are_ids = self.targets(y, given_weight)
            if are_ids:
                counts = None if weight is None else tf.cast(weight, tf.float32)  # or booleans
                look(self.target, ids, counts, self.ignored)
            return batch if given_weight is None else (x, y, weight)

        def look(limit, values, *counts):
            if not _is_plain(values):
                return
            self.limits[limit.name] = limit
            values = tf.cast(values, tf.int64)
            wrong = limit.wrong(values, *counts)

            def stop():
                number = tf.strings.as_string(tf.boolean_mask(values, wrong)[0])
                mark = tf.strings.join([f"<{limit.name}=", number, ">"])
                with tf.control_dependencies([tf.debugging.Assert(False, [mark])]):
                    return tf.constant(True)

            tf.cond(tf.reduce_any(wrong), stop, lambda: tf.constant(True))

        return dataset.map(tf.autograph.experimental.do_not_convert(check))


class _CheckedPyDataset(keras.utils.PyDataset):
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


# === Inputs ===


def check_inputs(inputs, known: Sequence[str]) -> None:
    """Raise for ragged inputs, for an array where a model reads two texts, and for a dictionary
    that lacks what it cannot do without, or holds what it never reads: a mask under another name
    would be no mask."""
    if any(map(is_ragged, inputs.values() if isinstance(inputs, dict) else [inputs])):
        raise InvalidArgumentError(
            "The inputs are ragged, and a model reads rows of one length with a mask; pass "
            "pipeline(texts), or in dataset.map pipeline.encode_tensor(texts, length=...)."
        )
    required = [name for name in known if name.endswith("token_ids")]
    names = " and ".join(map(repr, required))
    if not isinstance(inputs, dict):
        is_one = isinstance(inputs, (list, tuple)) or hasattr(inputs, "shape")
        if is_one and len(required) > 1:
            raise InvalidArgumentError(
                f"The inputs are a {type(inputs).__name__}, and a seq2seq_lm reads two texts; pass "
                f"a dictionary with {names}, and the masks beside."
            )
        return
    missing = [name for name in required if name not in inputs]
    if missing:
        raise InvalidArgumentError(
            f"The inputs {shown(sorted(inputs))} lack {missing[0]!r}; pass a dictionary with "
            f"{names}, and the masks beside."
        )
    for name in inputs:
        if name not in known:
            [nearest] = difflib.get_close_matches(str(name), known, n=1, cutoff=0)
            raise InvalidArgumentError(
                f"The inputs hold {name!r}, which this model does not read; did you mean "
                f"{nearest!r} (it reads {', '.join(map(repr, known))})?"
            )


def check_ids(ids, name: str, vocabulary_size: int) -> None:
    """Raise if an array holds what is no id of a vocabulary; anything but an array passes."""
    array = as_array(ids)
    if isinstance(ids, (list, tuple)) and array is None:  # rows of different lengths
        array = np.empty(1, object)
    if array is None or array.ndim == 0 or not len(array):
        return
    if array.dtype.kind not in "iu":
        raise InvalidArgumentError(
            f"{name}={shown(ids)} is not an array of integers; pass ids as the pipeline "
            "makes them, rows of one batch padded to one length."
        )
    limit = _limit_of(name, vocabulary_size)
    wrong = array[limit.wrong(array)]
    if wrong.size:
        raise limit.error(wrong[0])


def _limit_of(name: str, size: int) -> Limit:
    if name == "segment_ids":
        return Limit(name, size, "segments", "number the texts of a row from 0")
    return Limit(name, size)


def _check_elements(spec) -> None:
    """Raise if a data set gives ragged rows, or text."""
    for part in keras.tree.flatten(spec):
        is_text = getattr(part, "dtype", None) == "string"
        if is_text or type(part).__name__ == "RaggedTensorSpec":  # without importing TensorFlow
            raise InvalidArgumentError(
                f"The data set gives {'text' if is_text else 'ragged rows'}, and a model reads "
                "rows of ids of one length with a mask; map its batches with "
                "pipeline.encode_tensor(texts, length=...), or use pipeline.rows(texts, ...)."
            )


def _check_sizes(targets, weights, rank: int) -> None:
    """Raise if there is not a weight for each row, or for each target."""
    if targets.ndim < rank or weights.ndim < rank or not len(weights):
        return  # Keras says what is wrong
    places = list(zip(weights.shape, targets.shape[:rank], strict=False))
    if places[0][0] != places[0][1] or any(here not in (1, there) for here, there in places[1:]):
        raise InvalidArgumentError(
            f"sample_weight has shape {weights.shape}, and y has {targets.shape}; give a number "
            "for each row or each target."
        )


# === Values of any library ===


def as_array(values) -> np.ndarray | None:
    """An array, a list, or a tensor of any backend, as an array; `None` for anything else."""
    if not isinstance(values, (np.ndarray, list, tuple)) and not hasattr(values, "__array__"):
        return None
    try:
        return np.asarray(values)
    except (TypeError, ValueError, NotImplementedError):  # symbolic, sparse, rows of many lengths
        return None


def only(values):
    """The array in a list of one: a model here has one output."""
    if isinstance(values, (list, tuple)) and len(values) == 1 and hasattr(values[0], "shape"):
        return values[0]
    return values


def _rank_of(values) -> int | None:
    """The number of axes, if that is known."""
    try:
        return len(values.shape)
    except (AttributeError, TypeError, ValueError):  # no array; a tensor that does not say
        return None


def _is_plain(values) -> bool:
    """Whether a tensor is a dense one of numbers, of a known number of axes."""
    is_dense = isinstance(values, tf.Tensor) and values.shape.rank is not None
    return is_dense and (values.dtype.is_integer or values.dtype.is_floating)


def _is_in_order(x) -> bool:
    """Whether the order of the examples is the data's own."""
    return hasattr(x, "element_spec") or isinstance(x, types.GeneratorType)
