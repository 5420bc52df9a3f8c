"""The masked language model objective: hide some tokens, and learn to say what they were."""

from mlm_tf.preprocessing.special_tokens import MASK_ID, PAD_ID, SPECIAL_TOKENS

SELECTED = 0.15  # of the words of a row
MASKED, REPLACED = 0.8, 0.1  # of the selected; the rest stay as they are


def mask_tokens(ids, key, vocabulary_size: int):
    """Ids -> `(x, y, sample_weight)` for a masked language model, by tensorflow-text.

    In each row 15 % of the words are selected, rounded up, so that a row with a word has a
    target. Of these 80 % become `[MASK]`, 10 % a word drawn evenly from the vocabulary, and 10 %
    stay as they are. Special tokens, `[UNK]` among them, are neither selected nor drawn.

    Masking: padding is never selected, and a row of padding alone has no target.

    Args:
        ids: int32 `(batch, length)`.
        key: int32 `(2,)`; the same ids and key give the same result.
        vocabulary_size: number of ids.

    Returns:
        `({"token_ids": int32, "padding_mask": bool}, y int32, sample_weight float32)`, each
        `(batch, length)`: y holds the ids before the masking, and the weight is 1 at what was
        selected, else 0.

    Reference: Devlin et al. 2019, "BERT", section 3.1, task 1.

    Example:

    >>> import tensorflow as tf
    >>> ids = tf.constant([[2, 6, 7, 8, 3, 0]])
    >>> x, y, weight = mask_tokens(ids, tf.constant([0, 4]), vocabulary_size=9)
    >>> x["token_ids"].numpy().tolist(), weight.numpy().tolist()
    ([[2, 6, 7, 5, 3, 0]], [[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]])
    """
    import tensorflow as tf
    import tensorflow_text as tf_text

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
            others = tf.random.stateless_uniform(
                tf.shape(words), word_key, len(SPECIAL_TOKENS), vocabulary_size, tf.int32
            )
            words = tf.where(draw < MASKED + REPLACED, others, words)
            return masked_lm_ids.with_flat_values(tf.where(draw < MASKED, MASK_ID, words))

    selector = tf_text.RandomItemSelector(
        max_selections_per_batch=ids.shape[1],  # that is, per row
        selection_rate=SELECTED * (1 - 1e-6),  # else 100 × 0.15 is above 15, and 16 after rounding
        unselectable_ids=list(range(len(SPECIAL_TOKENS))),
        shuffle_fn=shuffle,
    )
    masked, places, _ = tf_text.mask_language_model(
        tf.RaggedTensor.from_tensor(ids),
        selector,
        StatelessChooser(vocabulary_size, MASK_ID, MASKED, REPLACED),
    )
    selected = tf.stack([places.value_rowids(), places.flat_values], axis=1)  # (selected, 2)
    weight = tf.scatter_nd(
        selected, tf.ones_like(places.flat_values, tf.float32), tf.shape(ids, tf.int64)
    )
    x = {
        "token_ids": tf.reshape(masked.flat_values, ids.shape),
        "padding_mask": ids != PAD_ID,
    }
    return x, ids, tf.ensure_shape(weight, ids.shape)
