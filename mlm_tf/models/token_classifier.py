"""A token classifier: one label a word, which is sequence tagging."""

import keras
import numpy as np

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.lora import Dense
from mlm_tf.models.labelled_texts import LabelledTexts
from mlm_tf.models.registry import register_task
from mlm_tf.models.segments import ReadsSegments
from mlm_tf.models.text_inputs import are_texts
from mlm_tf.models.text_model import TextModel
from mlm_tf.preprocessing.batches import as_array
from mlm_tf.preprocessing.tagging import (
    EncodedWords,
    check_tags,
    check_words,
    split_like,
    tag_arrays,
)


@register_task("token_classifier")
@keras.saving.register_keras_serializable(package="mlm_tf")
class TokenClassifier(ReadsSegments, LabelledTexts, TextModel):
    """`embedding -> blocks -> norm -> scores of the classes, at each position`.

    The output is float32 `(batch, length, num_classes)`, the scores (logits) of the classes. Made
    by `build_model(..., task="token_classifier", num_classes=...)`, whose blocks look both ways:
    whether "play" is a verb, the words on both sides tell. The norm is that of a language model.

    `fit`, `evaluate` and `predict` take rows of words that are split already, lists of strings, as
    well as ids, if there is a pipeline; the labels are a list for each row, integers from 0 or
    names. Where the pipeline makes several tokens of a word, the label stands at the first, and the
    others have the weight 0, as padding has (Devlin et al. 2019, section 5.3); so the shares in
    `weighted_metrics=["accuracy"]` are of words. Names are given to `build_model`, or learned by
    `fit` from the labels, in alphabetical order; they are saved with the model.

    Masking: what stands at padded positions changes no score of another position.

    Args: those of `build_model`, with the blocks already made, and
        num_segments: as in `MaskedLM`.

    Attributes:
        label_names: list of the names of the classes, or `None` where labels are numbers.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> words = [["the", "play", "ended"], ["we", "play", "chess"]] * 8
    >>> labels = [["DET", "NOUN", "VERB"], ["PRON", "VERB", "NOUN"]] * 8
    >>> pipeline = TextPipeline.fit([" ".join(row) for row in words])
    >>> model = build_model(
    ...     "lstm", "token_classifier", pipeline=pipeline, hidden_dim=16, num_classes=4, seed=0
    ... )
    >>> model.compile(keras.optimizers.Adam(0.03))
    >>> history = model.fit(words, labels, epochs=15, verbose=0)
    >>> model.predict_labels([["we", "play"], ["the", "play"]])
    [['PRON', 'VERB'], ['DET', 'NOUN']]
    """

    bidirectional = True
    instead = (
        "rows of words, [text.split() for text in texts], to fit, evaluate and predict, or to the "
        "first two pipeline.tagged_rows(words, labels, length=..., batch_size=...)"
    )

    def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs):
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.output_norm = self.norm_after(blocks[-1], "output_norm")
        self.classifier = Dense(self.num_classes, dtype="float32", name="classifier")
        self.build()

    def build_head(self, hidden_shape):
        if self.output_norm is not None:
            self.output_norm.build(hidden_shape)
        self.classifier.build(hidden_shape)

    def call(self, inputs, training=None):
        hidden = self.hidden_states(inputs, training=training)  # (B, T, hidden_dim)
        if self.output_norm is not None:
            hidden = self.output_norm(hidden)
        return self.classifier(hidden)  # (B, T, num_classes)

    def compute_output_shape(self, input_shape):
        ids = input_shape["token_ids"] if isinstance(input_shape, dict) else input_shape
        return (*ids, self.num_classes)

    # === Words and labels ===

    def as_examples(self, x, y, sample_weight=None, is_learned: bool = False) -> tuple:
        """Rows of words and of their labels as arrays; all else as it is."""
        words = _as_rows_of_words(x)
        if words is None:
            return self.as_inputs(x), y, sample_weight
        words = check_words("x", words)
        if not any(map(len, words)):
            raise InvalidArgumentError(
                f"x={shown(words)} holds no word, so there is nothing to learn or to measure; give "
                "rows of words, [text.split() for text in texts]."
            )
        flat = self.as_labels(check_tags(words, y), is_learned)
        rows = self._encoded_words(words)
        length = self._length_of(rows)
        x, y, weight = tag_arrays(rows, split_like(flat, words), length, self.pipeline.pad_id)
        if sample_weight is None:
            return x, y, weight
        of_rows = as_array(sample_weight)
        are_numbers = of_rows is not None and of_rows.dtype.kind in "biuf"
        if not are_numbers or of_rows.shape not in ((len(words),), (len(words), 1)):
            found = f" has shape {of_rows.shape}" if are_numbers else f"={shown(sample_weight)}"
            raise InvalidArgumentError(
                f"sample_weight{found}, and there are {len(words)} rows of words; give a number "
                "for each row."
            )
        return x, y, weight * of_rows.reshape(-1, 1).astype("float32")

    def as_inputs(self, x):
        words = _as_rows_of_words(x)
        if words is None:
            return super().as_inputs(x)
        rows = self._encoded_words(words)
        return tag_arrays(rows, None, self._length_of(rows), self.pipeline.pad_id)[0]

    def predict_labels(self, words, batch_size: int = 32) -> list[list]:
        """The most probable label of each word: its name, or where labels have none its number.

        Args:
            words: rows, each a list of words.
            batch_size: rows at once.

        Returns:
            For each row a list with one label for each of its words; `None` for a word of which
            the pipeline keeps nothing, such as a stopword.
        """
        rows = self._encoded_words(words)
        limit = self.max_sequence_length
        for place, row in enumerate(rows):
            if limit is not None and len(row.token_ids) > limit:
                raise InvalidArgumentError(
                    f"words[{place}] has {len(row.token_ids)} tokens (start and end token "
                    f"included), but this model's max_sequence_length={limit}; cut it in two."
                )
        if not rows:
            return []
        x = tag_arrays(rows, None, self._length_of(rows), self.pipeline.pad_id)[0]
        scores = self.predict(x, batch_size=batch_size, verbose=0)  # (rows, length, num_classes)
        labels = []
        for each, row in zip(scores, rows, strict=True):
            firsts, ends = row.spans.T
            of_words = self.labels_of(each[np.minimum(firsts, len(row.token_ids) - 1)])
            is_kept = firsts < ends
            labels.append([o if kept else None for o, kept in zip(of_words, is_kept, strict=True)])
        return labels

    def _encoded_words(self, words) -> list[EncodedWords]:
        if self.pipeline is None:
            raise InvalidArgumentError(
                "x is words, but this model has no pipeline to encode them; build it with "
                "pipeline=..., or pass token ids."
            )
        return self.pipeline.encode_words(words)

    def _length_of(self, rows: list[EncodedWords]) -> int:
        length = max(len(row.token_ids) for row in rows)
        return min(length, self.max_sequence_length or length)


def _as_rows_of_words(x) -> list | None:
    """Rows of words, at least one a list of strings, or all of them empty; `None` of anything
    else."""
    x = x.to_list() if hasattr(x, "to_list") else x  # a column of a table
    is_list = isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.dtype.kind in "OU")
    if not is_list or not len(x):
        return None
    are_words = any(not isinstance(row, str) and are_texts(row) for row in x)
    are_empty = all(isinstance(row, (list, tuple)) and not row for row in x)
    return list(x) if are_words or are_empty else None
