"""Contiguous windows over one long stream of tokens: what a language model trains on."""

import collections
import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from mlm_tf._startup import tf
from mlm_tf.checks import check_boolean, check_integer
from mlm_tf.errors import EmptyCorpusError
from mlm_tf.preprocessing.objectives import check_batch, next_token

SHUFFLED_TOKENS = 2**22  # of a text stream, held in memory to draw windows from: 16 MiB


def windows(
    stream,
    length: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    start_id: int | None,
    pad_id: int,
    objective: Callable = next_token,
):
    """See `Pipeline.windows`, for ids that can be read at any place.

    Args:
        stream: int32 `(tokens,)`, or a `TokenFile`, of which no more is read than a batch. The
            order of a shuffled epoch takes 8 bytes a window, which is fine up to 10^8 windows. Or
            an iterator of int32 arrays, which together are the stream and are joined in memory.
        length: tokens in a window.
        batch_size: windows in a batch.
        shuffle: whether every epoch has another order and other cuts.
        seed: of that.
        start_id: what is no prediction, so that its weight is 0; `None` if there is no such id.
        pad_id: what fills the last batch.
        objective: a function `(ids, weight, key) -> (x, y, sample_weight)`, see `objectives`.

    Example:

    >>> data = windows(np.arange(6, 11), 2, 1, shuffle=False, seed=0, start_id=2, pad_id=0)
    >>> [(x.tolist(), y.tolist()) for x, y, _ in data.as_numpy_iterator()]
    [([[6, 7]], [[7, 8]]), ([[8, 9]], [[9, 10]])]
    """
    length, batch_size, shuffle, seed = checked_sizes(length, batch_size, shuffle, seed)
    if isinstance(stream, Iterator):
        stream = np.concatenate([np.zeros(0, "int32"), *stream])
    _check_enough(len(stream), length, batch_size, shuffle)
    if shuffle:
        count = _windows_at_any_offset(len(stream), length)
        batches = count // batch_size
    else:
        count = -(-(len(stream) - 1) // length)
        batches = -(-count // batch_size)

    def one_epoch(rng):
        if rng is None:
            offset, order = 0, np.arange(batches * batch_size)
        else:
            offset = int(rng.integers(len(stream) - count * length))  # the last ends at the end
            order = rng.permutation(count)
        for first in range(0, batches * batch_size, batch_size):
            starts = order[first : first + batch_size] * length + offset
            places = starts[:, None] + np.arange(length + 1)  # (B, length + 1)
            ids, is_token = stream[np.minimum(places, len(stream) - 1)], True
            if rng is None:  # the last batch goes on past the end
                is_token = places < len(stream)
                ids = np.where(is_token, ids, pad_id)
            yield ids, is_token & (ids != start_id)

    return training_data(one_epoch, objective, length + 1, batch_size, shuffle, seed, batches)


def stream_windows(
    make_rows: Callable[[], Iterable[np.ndarray]],
    length: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    start_id: int | None,
    pad_id: int,
    objective: Callable = next_token,
):
    """The same windows of a stream that is read from its beginning in every epoch.

    Without shuffle the batches are those of `windows`. With it each epoch begins to cut at
    another offset, and every window is drawn from the `SHUFFLED_TOKENS` tokens read last, so that
    no more is held in memory; the first batch comes when so many have been read. How many batches
    there will be is not known before.

    `training.fit_and_keep_best` takes them. Plain `fit` does too, but warns where the stream ends
    that the input ran out of data, which may be ignored. There, and in a loop, an error while the
    stream is read, such as a byte that is not UTF-8, comes as a `tf.errors.OpError` of many lines
    with the sentence near its beginning; inside `own_errors` it comes as it is.

    Args:
        make_rows: gives at every call an iterator of int32 arrays, which together are the stream.
        length: tokens in a window.
        batch_size: windows in a batch.
        shuffle: as for `windows`.
        seed: as for `windows`.
        start_id: as for `windows`.
        pad_id: as for `windows`.
        objective: as for `windows`.

    Example:

    >>> rows = [np.arange(6, 9), np.arange(9, 11)]
    >>> data = stream_windows(lambda: rows, 2, 1, shuffle=False, seed=0, start_id=2, pad_id=0)
    >>> [(x.tolist(), y.tolist()) for x, y, _ in data.as_numpy_iterator()]
    [([[6, 7]], [[7, 8]]), ([[8, 9]], [[9, 10]])]
    """
    length, batch_size, shuffle, seed = checked_sizes(length, batch_size, shuffle, seed)
    enough = length * (batch_size + 1)
    tokens = 0
    for row in make_rows():
        tokens += len(row)
        if tokens >= enough:
            break
    _check_enough(tokens, length, batch_size, shuffle)

    def one_epoch(rng):
        offset = 0 if rng is None else int(rng.integers(length))
        parts = _cut(make_rows(), batch_size * length, offset)
        if rng is None:
            batches = _padded(parts, length, batch_size, pad_id)
        else:
            batches = ((ids, True) for ids in _shuffled(parts, length, batch_size, rng))
        for ids, is_token in batches:
            yield ids, is_token & (ids != start_id)

    return training_data(one_epoch, objective, length + 1, batch_size, shuffle, seed)


# === From batches of ids to a data set, for `rows` too ===


def training_data(
    one_epoch: Callable[[np.random.Generator | None], Iterator[tuple[np.ndarray, np.ndarray]]],
    objective: Callable,
    width: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    batches: int | None = None,
):
    """A `tf.data.Dataset` of `objective(ids, weight, key)`; each new iteration is the next epoch.

    Where the number of batches is known, its `from_batch(number)` is a data set of all epochs one
    after the other, without end, from that batch on, the first of the first epoch being 0. Every
    iteration over it begins there.

    Args:
        one_epoch: gives the batches of an epoch, ids int32 and how much each counts, 0 for
            padding, both `(batch_size, width)`, in an order that is a function of the generator it
            is called with; without shuffle that is `None`.
        objective: see `objectives`. The key that it is given is a function of the seed, the epoch
            and the batch; without shuffle the epoch is always the first.
        width: ids in a row.
        batch_size: rows in a batch.
        shuffle: whether there is a generator, and another epoch in every iteration.
        seed: of the generator and of the keys.
        batches: how many an epoch has, if that is known.

    Raises:
        InvalidArgumentError: if the objective gives anything but three parts that fit together,
            of the first batch, which is tried here.
    """
    epochs = itertools.count()
    errors = collections.deque(maxlen=1)

    def rows_and_keys(epoch):
        epoch = epoch if shuffle else 0
        rng = np.random.default_rng((seed, epoch)) if shuffle else None
        try:
            for step, (ids, weight) in enumerate(one_epoch(rng), start=1):
                key = np.random.SeedSequence((seed, epoch, step)).generate_state(2)
                yield ids, weight, key.view("int32")
        except Exception as error:
            errors.append(error)  # for `own_errors`
            raise

    def without_end(batch):
        first, over = divmod(batch, batches)
        for epoch in itertools.count(first):
            yield from itertools.islice(rows_and_keys(epoch), over, None)
            over = 0

    if objective is not next_token:  # to see what it gives, with numbers, once and not in the graph
        first = next(one_epoch(None))
        check_batch(objective, *(tf.constant(part) for part in first))
    learned = tf.autograph.experimental.do_not_convert(objective)  # there is nothing to convert
    signature = (
        tf.TensorSpec((batch_size, width), tf.int32),
        tf.TensorSpec((batch_size, width), tf.float32),
        tf.TensorSpec((2,), tf.int32),
    )
    # There is nothing to tune, and an iterator that goes away waits for the thread that tunes it:
    # up to 20 s at the end of every `fit`.
    options = tf.data.Options()
    options.autotune.enabled = False

    def dataset_of(generator, cardinality):
        dataset = tf.data.Dataset.from_generator(generator, output_signature=signature)
        if cardinality is not None:
            dataset = dataset.apply(tf.data.experimental.assert_cardinality(cardinality))
        dataset = dataset.map(learned).prefetch(4).with_options(options)
        dataset.errors_while_reading = errors
        return dataset

    dataset = dataset_of(lambda: rows_and_keys(next(epochs)), batches)
    if batches is not None:
        dataset.from_batch = lambda batch: dataset_of(
            lambda: without_end(batch), tf.data.INFINITE_CARDINALITY
        )
    return dataset


@contextlib.contextmanager
def own_errors(*datasets):
    """Inside, an error while the texts of these data sets are read is raised as it is.

    TensorFlow, which asks for the texts, raises one of its own instead, with the text of the first.

    Args:
        datasets: what `training_data` returned; anything else is let be.
    """
    try:
        yield
    except Exception as error:
        for dataset in datasets:
            for cause in getattr(dataset, "errors_while_reading", ()):
                if str(cause) in str(error):
                    raise cause from None
        raise


def checked_sizes(length, batch_size, shuffle, seed) -> tuple[int, int, bool, int]:
    return (
        check_integer("length", length),
        check_integer("batch_size", batch_size),
        check_boolean("shuffle", shuffle),
        check_integer("seed", seed, least=0),
    )


# === How much text there must be ===


def _windows_at_any_offset(tokens: int, length: int) -> int:
    """So many windows fit at each of `length` offsets, or at a few more."""
    return max(0, tokens - length) // length


def _check_enough(tokens: int, length: int, batch_size: int, shuffle: bool) -> None:
    if tokens < length + 1:
        raise EmptyCorpusError(
            f"The texts have {tokens} tokens, and one window of length={length} needs "
            f"{length + 1}; give more text or a smaller length."
        )
    count = _windows_at_any_offset(tokens, length)
    if shuffle and count < batch_size:
        raise EmptyCorpusError(
            f"The texts give {count} windows of length={length}, and one batch needs "
            f"batch_size={batch_size}; give more text, or smaller windows or batches."
        )


# === Cutting a stream ===


def _cut(rows: Iterable[np.ndarray], step: int, offset: int) -> Iterator[np.ndarray]:
    """Parts of `step + 1` tokens, each from where the one before ends on; the last is shorter."""
    pending, held = [np.zeros(0, "int32")], 0
    for row in rows:
        pending.append(row)
        held += len(row)
        if held > offset + step:
            tokens = np.concatenate(pending)[offset:]
            offset = 0
            while len(tokens) > step:
                yield tokens[: step + 1]
                tokens = tokens[step:]  # its first token is the last target of that part
            pending, held = [tokens], len(tokens)
    yield np.concatenate(pending)[offset:]


def _whole_windows(part: np.ndarray, length: int) -> np.ndarray:
    """`(windows, length + 1)`; what does not fill a window is left out."""
    count = max(0, len(part) - 1) // length
    return part[np.arange(count)[:, None] * length + np.arange(length + 1)]


def _padded(parts, length, batch_size, pad_id) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches in order, the last filled with padding, and where they hold tokens."""
    for part in parts:
        if len(part) > 1:  # else there is no target left
            missing = batch_size * length + 1 - len(part)
            is_token = np.arange(batch_size * length + 1) < len(part)
            ids = np.pad(part, (0, missing), constant_values=pad_id)
            yield _whole_windows(ids, length), _whole_windows(is_token, length)


def _shuffled(parts, length, batch_size, rng) -> Iterator[np.ndarray]:
    """Batches of windows that are drawn from a bounded pool; each draw makes room for others."""
    size = max(1, SHUFFLED_TOKENS // (batch_size * length)) * batch_size
    pool, filled = np.empty((size + batch_size, length + 1), "int32"), 0
    for part in parts:
        batch = _whole_windows(part, length)  # (B, length + 1), the last may be smaller
        if filled == size and len(batch) == batch_size:
            drawn = rng.choice(size, batch_size, replace=False)
            yield pool[drawn]
            pool[drawn] = batch
        else:
            pool[filled : filled + len(batch)] = batch
            filled += len(batch)
    order = rng.permutation(filled)
    for first in range(0, filled - batch_size + 1, batch_size):
        yield pool[order[first : first + batch_size]]
