"""From token ids to vectors and, with the same table, back to scores over the vocabulary."""

import functools

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import Checked, check_boolean, check_integer, declared_values
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.lora import KeepsFactors
from mlm_tf.layers.rows import by_rows
from mlm_tf.layers.settings import KeepsSettings

HALF = ("bfloat16", "float16")


@keras.saving.register_keras_serializable(package="mlm_tf")
class TokenEmbedding(KeepsSettings, KeepsFactors, keras.layers.ReversibleEmbedding):
    """Keras's reversible embedding, with a starting matrix that never enters the config.

    Called with ids `(batch, length)` it looks vectors up; called with `reverse=True` and vectors
    `(batch, length, embedding_dim)` it gives float32 scores `(batch, length, vocabulary_size)`,
    by default with the same table ("tied weights"; Press & Wolf 2017). Under a dtype policy that
    computes in bfloat16 or float16 this product is of them too, as all others are: it is the
    largest of a model.

    Freeze it with `trainable = False`, release it with `trainable = True`, and compile after
    either; `build_model` shows how.

    Masking: none here. The padding mask is passed to the blocks explicitly, since a mask guessed
    from ids would be wrong for vocabularies whose id 0 is a word.

    Args:
        vocabulary_size: number of rows.
        embedding_dim: length of a vector.
        tie_weights: whether the reverse direction uses the same table.

    Raises:
        InvalidArgumentError: for an argument of another kind, or a number below 1.

    Example:

    >>> import numpy as np
    >>> embedding = TokenEmbedding(vocabulary_size=3, embedding_dim=2)
    >>> embedding.set_matrix(np.array([[0, 0], [1, 0], [0, 2]], "float32"))
    >>> np.array(embedding(np.array([[2, 1]]))).tolist()
    [[[0.0, 2.0], [1.0, 0.0]]]
    """

    vocabulary_size = Checked(check_integer)
    embedding_dim = Checked(check_integer)
    tie_weights = Checked(check_boolean)

    def __init__(
        self, vocabulary_size: int, embedding_dim: int, tie_weights: bool = True, **kwargs
    ):
        is_half = keras.dtype_policies.get(kwargs.get("dtype")).compute_dtype in HALF
        kwargs.setdefault("reverse_dtype", None if is_half else "float32")
        kwargs.setdefault("embeddings_initializer", keras.initializers.RandomNormal(stddev=0.05))
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        super().__init__(
            self.vocabulary_size, self.embedding_dim, tie_weights=tie_weights, **kwargs
        )
        # An implicit mask ends here on purpose (`compute_mask` gives None): one that reached the
        # scores would weigh the loss a second time.
        self.supports_masking = True

    def build(self, input_shape=None):
        rank, self.lora_rank = self.lora_rank, None
        super().build(input_shape)
        self.lora_rank = rank
        if rank and not self.lora_enabled:  # Keras would before the table of scores is made
            self.enable_lora(rank, self.lora_alpha)

    @property
    def table(self):
        """The variable; `embeddings` is what is looked up, with LoRA another matrix."""
        return self._embeddings

    def set_matrix(self, matrix) -> None:
        """Start from `matrix`, `(vocabulary_size, embedding_dim)`; with tied weights both ways.

        An array, or what NumPy makes one of, as an `EmbeddingMatrix`.

        Raises:
            InvalidArgumentError: for another shape.
        """
        matrix = np.asarray(matrix)
        expected = (self.vocabulary_size, self.embedding_dim)
        if matrix.shape != expected:
            raise InvalidArgumentError(
                f"The embedding matrix has shape {matrix.shape}, but the vocabulary and "
                f"embedding_dim ask for {expected}; make the matrix from the same vocabulary."
            )
        if not self.built:
            self.build()
        self.table.assign(matrix)
        if self.lora_enabled:  # what LoRA would add to the matrix
            self.lora_embeddings_b.assign(ops.zeros(self.lora_embeddings_b.shape))

    def call(self, inputs, reverse=False):
        if not reverse:
            return super().call(inputs)
        scores = by_rows(functools.partial(super().call, reverse=True), inputs)
        return ops.cast(scores, "float32")

    def compute_output_spec(self, inputs, reverse=False):
        spec = super().compute_output_spec(inputs, reverse=reverse)
        return keras.KerasTensor(spec.shape, dtype="float32") if reverse else spec

    def get_config(self):
        config = super().get_config()
        del config["input_dim"], config["output_dim"]  # Keras's names
        return {**config, **declared_values(self)}


@keras.saving.register_keras_serializable(package="mlm_tf")
class VocabularyBias(keras.layers.Layer):
    """Adds one learned number per word to the scores, in float32.

    Started at the logarithm of each word's frequency, the model is the unigram model before its
    first training step and spends no time on learning which words are frequent.

    Masking: none; works on the last axis.

    Call arguments:
        logits: `(..., vocabulary_size)`.

    Example:

    >>> import numpy as np
    >>> bias = VocabularyBias()
    >>> bias(np.zeros((1, 2, 3), "float32")).shape
    TensorShape([1, 2, 3])
    """

    def __init__(self, **kwargs):
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="bias")

    def call(self, logits):
        return ops.cast(logits, "float32") + self.bias

    def compute_output_shape(self, input_shape):
        return input_shape
