"""Rows of two texts, a source and the target that is to be written from it, for training."""

from collections.abc import Iterable, Sequence

import numpy as np

from mlm_tf._startup import tf
from mlm_tf.checks import check_boolean, check_integer, check_strings
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.objectives import next_token, padding_mask_of
from mlm_tf.preprocessing.pipeline import Pipeline
from mlm_tf.preprocessing.rows import columns_of_rows


def pair_rows(
    pipeline: Pipeline,
    target_pipeline: Pipeline,
    sources: Iterable[str],
    targets: Iterable[str],
    source_length: int,
    target_length: int,
    batch_size: int,
    shuffle: bool = True,
    seed: int = 0,
):
    """A `tf.data.Dataset` with one pair of texts a row, for `fit` of a `seq2seq_lm`.

    Each text is `[START] text [END]`, cut on the right where it is too long, and padded. The
    decoder is given the target without its last token and is to predict it without its first.

    Args:
        pipeline: encodes the sources.
        target_pipeline: encodes the targets; may be the same.
        sources: strings.
        targets: as many strings; the k-th belongs to the k-th source.
        source_length: tokens in a source's row.
        target_length: tokens of a target that the decoder is given, with as many to predict.
        batch_size: rows in a batch.
        shuffle: whether the rows come in another order in every epoch, a function of the seed and
            the epoch; rows that do not fill a batch are left out, in every epoch others. Without,
            rows of padding alone fill the last batch.
        seed: as above.

    Yields:
        `(x, y, sample_weight)`. x is `{"encoder_token_ids", "encoder_padding_mask"}`, each
        `(batch_size, source_length)`, with `{"decoder_token_ids", "decoder_padding_mask"}`, each
        `(batch_size, target_length)`; y int32 and the weight float32 have the shape of the
        latter. The masks are true where there is a token, and the weight is 1 where there is
        something to predict, else 0.

    Raises:
        EmptyCorpusError: if there is no pair, or with `shuffle` not one full batch.
        InvalidArgumentError: if there are not as many targets as sources, a length or a size is no
            integer >= 1, or the seed none >= 0.

    Example:

    >>> from mlm_tf import TextPipeline
    >>> english, german = TextPipeline.fit(["a cat"]), TextPipeline.fit(["eine Katze"])
    >>> data = pair_rows(english, german, ["a cat"], ["eine Katze"], 5, 4, batch_size=1)
    >>> [(x, y, weight)] = data.as_numpy_iterator()
    >>> [english.vocabulary[i] for i in x["encoder_token_ids"][0]]
    ['[START]', 'a', 'cat', '[END]', '[PAD]']
    >>> [german.vocabulary[i] for i in x["decoder_token_ids"][0]]
    ['[START]', 'eine', 'katze', '[PAD]']
    >>> [german.vocabulary[i] for i in y[0]], weight[0].tolist()
    (['eine', 'katze', '[END]', '[PAD]'], [1.0, 1.0, 1.0, 0.0])
    """
    source_length = check_integer("source_length", source_length)
    target_length = check_integer("target_length", target_length)
    batch_size = check_integer("batch_size", batch_size)
    shuffle = check_boolean("shuffle", shuffle)
    seed = check_integer("seed", seed, least=0)
    sources, targets = check_strings("sources", sources), check_strings("targets", targets)
    if len(sources) != len(targets):
        raise InvalidArgumentError(
            f"sources holds {len(sources)} texts and targets {len(targets)}; give as many of each."
        )
    # Some pipelines begin no text with a start token, but decoding does.
    source_ids = pipeline.encode(sources, add_start=True)
    target_ids = target_pipeline.encode(targets, add_start=True)
    pad_ids = (pipeline.pad_id, target_pipeline.pad_id)
    sizes = (source_length, target_length, batch_size)
    return id_pair_rows(source_ids, target_ids, *sizes, pad_ids, shuffle, seed)


def id_pair_rows(
    sources: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    source_length: int,
    target_length: int,
    batch_size: int,
    pad_ids: tuple[int, int],
    shuffle: bool = True,
    seed: int = 0,
):
    """As `pair_rows`, of texts that are ids already, each with its start and end token.

    Args:
        sources: one int32 array each.
        targets: as many.
        source_length, target_length, batch_size, shuffle, seed: as for `pair_rows`.
        pad_ids: what fills the rows of the sources, and those of the targets.
    """
    columns = [(sources, source_length, pad_ids[0]), (targets, target_length + 1, pad_ids[1])]

    def next_token_of_target(ids, weight, key):
        """An objective, see `objectives`: the decoder reads the source and what it has written."""
        source, is_source = ids[:, :source_length], padding_mask_of(weight[:, :source_length])
        x, y, weight = next_token(ids[:, source_length:], weight[:, source_length:], key)
        has_next = padding_mask_of(weight)
        x = {
            "encoder_token_ids": source,
            "encoder_padding_mask": is_source,
            "decoder_token_ids": tf.where(has_next, x, pad_ids[1]),
            "decoder_padding_mask": has_next,
        }
        return x, y, weight

    return columns_of_rows(columns, next_token_of_target, batch_size, shuffle, seed, "pairs")
