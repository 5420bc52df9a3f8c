"""What is learned from rows of tokens: objectives, functions in the graph of a data set.

An objective is a function `(ids, weight, key) -> (x, y, sample_weight)` of tensors:

- `ids`, int32 `(batch, length + 1)`: rows of tokens, and the token after each, for an objective
  that predicts it. One that does not leaves the last out: it is the first of another window.
- `weight`, float32 of the same shape: how much it counts to predict this token. It is 0 where
  there is padding, where `[START]` begins a text in a window, and where the data set says that a
  token is read but not learned. What is padding is told by this alone, never by ids.
- `key`, int32 `(2,)`: for stateless random operations, another one for each batch.

`x` goes into the model: ids alone, to which `rows` adds a mask, or `{"token_ids",
"padding_mask"}`. It is made of operations of TensorFlow, whatever backend trains.
"""

from collections.abc import Callable, Collection, Mapping

import numpy as np

from mlm_tf._startup import tf, tf_text
from mlm_tf.checks import check_choice, check_integer, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.special_tokens import MASK_ID, SPECIAL_TOKENS

SELECTED = 0.15  # of the words of a row
MASKED, REPLACED = 0.8, 0.1  # of the selected; the rest stay as they are


def next_token(ids, weight, key):
    """The objective of a causal language model: each token is to be predicted from those before.

    >>> [part.tolist() for part in next_token(np.array([[2, 6, 3]]), np.array([[1, 1, 0]]), None)]
    [[[2, 6]], [[6, 3]], [[1, 0]]]
    """
    return ids[:, :-1], ids[:, 1:], weight[:, 1:]


def after_separator(sep_id: int) -> Callable:
    """An objective: of a row of several segments, to predict the last one alone.

    What stands up to the last separator is read and not learned, as the turns before a reply, or a
    question before its answer. A row without a separator is learned as a whole.

    >>> ids, weight = np.array([[2, 6, 4, 7, 4, 8, 9, 3]]), np.ones((1, 8), "float32")
    >>> x, y, sample_weight = after_separator(4)(ids, weight, None)
    >>> y.tolist(), sample_weight.numpy().tolist()
    ([[6, 4, 7, 4, 8, 9, 3]], [[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]])
    """
    sep_id = check_integer("sep_id", sep_id, least=0)

    def last_segment(ids, weight, key):
        x, y, weight = next_token(ids, weight, key)
        is_separator = tf.cast(tf.equal(y, sep_id), tf.int32)
        is_last = tf.cumsum(is_separator, axis=1, reverse=True) == 0
        return x, y, weight * tf.cast(is_last, "float32")

    return last_segment


def mask_tokens(
    ids,
    weight,
    key,
    vocabulary_size: int,
    special_ids: Collection[int] = range(len(SPECIAL_TOKENS)),
    mask_id: int = MASK_ID,
):
    """The objective of a masked language model: hide words, and learn to say what they were.

    In each row 15 % of the words are selected, rounded up, so that a row with a word has a
    target. Of these 80 % become `[MASK]`, 10 % a word drawn evenly from the vocabulary, and 10 %
    stay as they are. Special tokens, `[UNK]` among them, are neither selected nor drawn. It is
    done by tensorflow-text.

    Masking: what has no weight is never selected, and a row of padding alone has no target.

    Args:
        ids: int32 `(batch, length + 1)`.
        weight: float32 of the same shape.
        key: int32 `(2,)`; the same ids and key give the same result.
        vocabulary_size: number of ids.
        special_ids: those of them that are no words.
        mask_id: the one of these that hides a word.

    Returns:
        `({"token_ids": int32, "padding_mask": bool}, y int32, sample_weight float32)`, each
        `(batch, length)`: y holds the ids before the masking, and the sample weight is 0 but at
        what was selected.

    Reference: Devlin et al. 2019, "BERT", section 3.1, task 1.

    Example:

    >>> import tensorflow as tf
    >>> ids, weight = tf.constant([[2, 6, 7, 8, 3, 0]]), tf.constant([[1.0, 1, 1, 1, 1, 0]])
    >>> x, y, sample_weight = mask_tokens(ids, weight, tf.constant([0, 1]), vocabulary_size=9)
    >>> x["token_ids"].numpy().tolist(), sample_weight.numpy().tolist()
    ([[2, 6, 7, 5, 3]], [[0.0, 0.0, 0.0, 1.0, 0.0]])
    """
    vocabulary_size = check_integer("vocabulary_size", vocabulary_size)
    mask_id = check_integer("mask_id", mask_id, least=0)
    padding_mask = padding_mask_of(weight)[:, :-1]
    ids, weight = ids[:, :-1], weight[:, :-1]  # (B, T)
    word_ids = np.setdiff1d(np.arange(vocabulary_size, dtype="int32"), [*special_ids])
    row_key, value_key, word_key = tf.unstack(tf.random.split(key, 3))

    def shuffle(places):
        """`places` are those of one row in the batch; the first of them tells the rows apart."""
        seed = tf.random.fold_in(row_key, tf.reduce_sum(places[:1]))  # a row may have none
        return tf.random.experimental.stateless_shuffle(places, seed)

    class StatelessChooser(tf_text.MaskValuesChooser):
        """tensorflow-text's own draws special tokens too, and from a state."""

        def get_mask_values(self, masked_lm_ids):
            words = masked_lm_ids.flat_values
            draw = tf.random.stateless_uniform(tf.shape(words), value_key)
            drawn = tf.random.stateless_uniform(
                tf.shape(words), word_key, 0, len(word_ids), tf.int32
            )
            words = tf.where(draw < MASKED + REPLACED, tf.gather(word_ids, drawn), words)
            return masked_lm_ids.with_flat_values(tf.where(draw < MASKED, mask_id, words))

    selector = tf_text.RandomItemSelector(
        max_selections_per_batch=ids.shape[1],  # that is, per row
        selection_rate=SELECTED * (1 - 1e-6),  # else 100 × 0.15 is above 15, and 16 after rounding
        unselectable_ids=[*special_ids],
        shuffle_fn=shuffle,
    )
    learned = tf.where(weight > 0, ids, mask_id)  # which is not selected
    masked, places, _ = tf_text.mask_language_model(
        tf.RaggedTensor.from_tensor(learned),
        selector,
        StatelessChooser(vocabulary_size, mask_id, MASKED, REPLACED),
    )
    selected = tf.stack([places.value_rowids(), places.flat_values], axis=1)  # (selected, 2)
    is_selected = tf.scatter_nd(
        selected, tf.ones_like(places.flat_values, tf.float32), tf.shape(ids, tf.int64)
    )
    hidden = tf.where(weight > 0, tf.reshape(masked.flat_values, ids.shape), ids)
    x = {"token_ids": hidden, "padding_mask": padding_mask}
    return x, ids, tf.ensure_shape(is_selected, ids.shape) * weight


def padding_mask_of(weight):
    """Where there is no padding: true up to the last token of a row that has a weight.

    What stands after it is never learned, so that nothing is lost if it was a token too.

    >>> padding_mask_of(np.array([[0.0, 1.0, 0.0, 1.0, 0.0]])).numpy().tolist()
    [[True, True, True, True, False]]
    """
    return tf.cumsum(tf.cast(weight > 0, tf.int32), axis=1, reverse=True) > 0


# === One of one's own ===


def check_batch(objective: Callable, ids, weight) -> None:
    """Call an objective once, and raise if what it gives cannot be learned.

    >>> check_batch(lambda *row: (row[0], row[0], row[1][:, 1:]), np.ones((2, 4)), np.ones((2, 4)))
    Traceback (most recent call last):
    mlm_tf.errors.InvalidArgumentError: objective=<lambda> gives x of shape (2, 4), ...
    """
    name = f"objective={name_of(objective)}"
    weight = tf.cast(weight, tf.float32)
    batch = objective(ids, weight, tf.constant([0, 1]))
    if not isinstance(batch, tuple) or len(batch) != 3 or any(part is None for part in batch):
        raise InvalidArgumentError(
            f"{name} gives {shown(batch)}; return three parts, (x, y, sample_weight), the last 0 "
            "where nothing is to be learned."
        )
    x, y, sample_weight = batch
    is_row = isinstance(x, Mapping) and {*x} <= {"token_ids", "padding_mask"}
    parts = {"x": x} if hasattr(x, "shape") else dict(x) if is_row else {}
    parts |= {
        name: part
        for name, part in (("y", y), ("sample_weight", sample_weight))
        if not isinstance(part, (Mapping, list, tuple))  # a task of many outputs knows them
    }
    shapes = {name: tuple(np.shape(part)) for name, part in parts.items()}
    if not _agree(shapes):
        found = ", ".join(f"{name} of shape {shape}" for name, shape in shapes.items())
        raise InvalidArgumentError(
            f"{name} gives {found}, which do not fit together; give each id of x one target, and "
            "each target, or each row, one weight, as next_token does: ids[:, :-1], ids[:, 1:], "
            "weight[:, 1:]."
        )
    numbers = np.asarray(parts.get("sample_weight", 0), "float64")
    wrong = numbers[~(np.isfinite(numbers) & (numbers >= 0))]
    if len(wrong):
        raise InvalidArgumentError(
            f"{name} gives a sample_weight that holds {wrong[0]}; use numbers from 0, which says "
            "that nothing is to be learned."
        )


def name_of(objective: Callable) -> str:
    return getattr(objective, "__name__", shown(objective))


def _agree(shapes: dict[str, tuple[int, ...]]) -> bool:
    ids = shapes.get("x", shapes.get("token_ids", ()))
    y, weight = shapes.get("y", ()), shapes.get("sample_weight", ())
    while len(weight) > 1 and weight[-1] == 1:  # one for each row
        weight = weight[:-1]
    is_weighed = not (y and weight) or weight == y[: len(weight)]
    is_masked = shapes.get("padding_mask", ids) == ids
    is_of_tokens = len(ids) == len(y) == len(weight) == 2
    return is_weighed and is_masked and (not is_of_tokens or ids == y)


# === By name ===


def _mask_tokens_of(pipeline) -> Callable:
    """`mask_tokens` for the ids of a pipeline."""
    if pipeline.mask_id is None:
        raise InvalidArgumentError(
            f"objective='masked_lm' needs a token that hides others, and {type(pipeline).__name__} "
            "has none (mask_id=None); use 'causal_lm', or a pipeline that has one."
        )
    special_ids = sorted({*pipeline.special_tokens.values(), *pipeline.never_follow_ids})
    settings = (pipeline.vocabulary_size, special_ids, pipeline.mask_id)
    return lambda *row: mask_tokens(*row, *settings)


OBJECTIVES = {"causal_lm": lambda pipeline: next_token, "masked_lm": _mask_tokens_of}


def check_objective(objective: str | Callable, pipeline) -> Callable:
    """The objective that a name stands for, given a pipeline; a function is one itself."""
    if callable(objective):
        return objective
    return OBJECTIVES[check_choice("objective", objective, tuple(OBJECTIVES))](pipeline)
