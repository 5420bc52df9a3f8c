"""A text encoder: vectors of texts, without a head."""

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import check_boolean, check_choice, check_integer, check_strings, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import MeanPooling
from mlm_tf.models.new_head import TakesNewHead
from mlm_tf.models.segments import ReadsSegments
from mlm_tf.models.text_inputs import ReadsTexts, are_rows, are_texts
from mlm_tf.models.text_model import TextModel, unpack

_POOLINGS = ("mean", "first")


@keras.saving.register_keras_serializable(package="mlm_tf")
class TextEncoder(ReadsSegments, ReadsTexts, TakesNewHead, TextModel):
    """`embedding -> blocks -> norm`: hidden states, and a vector for each text.

    The output is float32 `(batch, length, hidden_dim)`, a vector for each token. What a checkpoint
    without a head is (`interop.from_huggingface`), such as one trained to give texts that mean the
    same the same vector. `predict` takes lists of texts as well as ids, if there is a pipeline.

    Masking: what stands at padded positions changes no other position, and no vector of a text.

    The arguments are those of `build_model`, with the blocks already made, and these:

    Args:
        pooling: what the vector of a text is: `"mean"`, that of its tokens, start and end token
            among them, or `"first"`, the vector of its first token, BERT's `[CLS]`.
        num_segments: as in `MaskedLM`.

    Example:

    >>> from mlm_tf.layers import Transformer
    >>> model = TextEncoder(9, 8, 8, [Transformer(8, 2, causal=False)])
    >>> model(np.array([[1, 2, 3]])).shape, model.vectors([[1, 2, 3], [4]]).shape
    (TensorShape([1, 3, 8]), (2, 8))

    Reference: Devlin et al. 2019, section 3; Reimers & Gurevych 2019, section 3 (the mean).
    """

    def __init__(
        self, vocabulary_size, embedding_dim, hidden_dim, blocks, pooling="mean", **kwargs
    ):
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.pooling = check_choice("pooling", pooling, _POOLINGS)
        self.mean_pooling = MeanPooling(dtype="float32", name="mean_pooling")
        self.output_norm = self.norm_after(blocks[-1], "output_norm") if blocks else None
        self.build()

    def build_head(self, hidden_shape):
        self.mean_pooling.build(hidden_shape)
        if self.output_norm is not None:
            self.output_norm.build(hidden_shape)

    def call(self, inputs, training=None):
        hidden = self.hidden_states(inputs, training=training)  # (B, T, hidden_dim)
        if self.output_norm is not None:
            hidden = self.output_norm(hidden)
        return ops.cast(hidden, "float32")

    def pooled(self, inputs, training=None):
        """One vector for each row of ids: float32 `(batch, hidden_dim)`."""
        hidden = self(inputs, training=training)
        if self.pooling == "first":
            return hidden[:, 0]
        return self.mean_pooling(hidden, padding_mask=unpack(inputs)[1])

    def vectors(self, texts, normalize: bool = False, batch_size: int = 32) -> np.ndarray:
        """One vector for each text.

        Args:
            texts: a list of strings, or of rows of ids, one array or list a text.
            normalize: whether each is divided by its length, so that the product of two is their
                cosine.
            batch_size: texts at once; those of a batch are about as long as one another.

        Returns:
            float32 `(number of texts, hidden_dim)`.

        Raises:
            InvalidArgumentError: for strings, if there is no pipeline to encode them.
        """
        check_boolean("normalize", normalize)
        check_integer("batch_size", batch_size)
        texts = check_strings("texts", texts) if isinstance(texts, str) else list(texts)
        if texts and not are_texts(texts) and not are_rows(texts):
            raise InvalidArgumentError(
                f"texts={shown(texts)} is not allowed; use a list of strings, or of rows of ids."
            )
        found = np.zeros((len(texts), self.hidden_dim), "float32")
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for first in range(0, len(texts), batch_size):
            places = by_length[first : first + batch_size]
            inputs = self.as_inputs([texts[i] for i in places])
            found[places] = ops.convert_to_numpy(self.pooled(inputs, training=False))
        if normalize:
            lengths = np.linalg.norm(found, axis=1, keepdims=True)
            found = found / np.where(lengths > 0, lengths, 1)
        return found

    def compute_output_shape(self, input_shape):
        ids = input_shape["token_ids"] if isinstance(input_shape, dict) else input_shape
        return (*ids, self.hidden_dim)

    def get_config(self):
        return {**super().get_config(), "pooling": self.pooling}
