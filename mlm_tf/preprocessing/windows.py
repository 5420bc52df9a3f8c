"""Contiguous windows over one long stream of tokens: what a language model trains on."""

import numpy as np

from mlm_tf.errors import EmptyCorpusError
from mlm_tf.preprocessing.checks import check_integer


def windows(
    stream: np.ndarray,
    length: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    start_id: int,
    pad_id: int,
):
    """See `TextPipeline.windows`; `stream` is int32 `(tokens,)`."""
    import tensorflow as tf

    length = check_integer("length", length)
    batch_size = check_integer("batch_size", batch_size)
    seed = check_integer("seed", seed, least=0)
    if len(stream) < length + 1:
        raise EmptyCorpusError(
            f"The texts have {len(stream)} tokens, and one window of length={length} needs "
            f"{length + 1}; give more text or a smaller length."
        )
    if shuffle:
        # So many windows fit at each of `length` offsets, or at a few more.
        count = (len(stream) - length) // length
        batches = count // batch_size
        if batches == 0:
            raise EmptyCorpusError(
                f"The texts give {count} windows of length={length}, and one batch needs "
                f"batch_size={batch_size}; give more text, or smaller windows or batches."
            )
    else:
        count = -(-(len(stream) - 1) // length)
        batches = -(-count // batch_size)

    epochs = iter(range(2**62))

    def one_epoch():
        epoch = next(epochs)
        if shuffle:
            rng = np.random.default_rng((seed, epoch))
            offset = int(rng.integers(len(stream) - count * length))  # the last ends at the end
            order = rng.permutation(count)[: batches * batch_size] * length + offset
            tokens = stream
        else:
            order = np.arange(batches * batch_size) * length
            tokens = np.pad(
                stream, (0, batches * batch_size * length + 1 - len(stream)), constant_values=pad_id
            )
        within = np.arange(length + 1)
        for batch in order.reshape(batches, batch_size):
            window = tokens[batch[:, None] + within]  # (B, length + 1)
            x, y = window[:, :-1], window[:, 1:]
            yield x, y, ((y != start_id) & (y != pad_id)).astype("float32")

    ids = tf.TensorSpec((batch_size, length), tf.int32)
    weights = tf.TensorSpec((batch_size, length), tf.float32)
    dataset = tf.data.Dataset.from_generator(one_epoch, output_signature=(ids, ids, weights))
    # There is nothing to tune, and an iterator that goes away waits for the thread that tunes it:
    # up to 20 s at the end of every `fit`.
    options = tf.data.Options()
    options.autotune.enabled = False
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(batches))
    return dataset.prefetch(4).with_options(options)
