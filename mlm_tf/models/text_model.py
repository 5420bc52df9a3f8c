"""What every model here has in common: an embedding, a stack of blocks, a text pipeline."""

import os
import pathlib

import keras
import numpy as np
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Block, TokenEmbedding
from mlm_tf.preprocessing import TextPipeline
from mlm_tf.preprocessing.checks import check_integer, shown

PIPELINE_FILE = "pipeline.json"


class TextModel(keras.Model):
    """Base class: `embedding -> blocks`, with the pipeline that made the ids carried along.

    Inputs are token ids `(batch, length)`, or `{"token_ids": ..., "padding_mask": ...}`; ids
    alone mean that nothing is padding. A mask is never guessed from ids.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        hidden_dim: int,
        blocks: list[Block],
        embedding_trainable: bool = True,
        tie_weights: bool = True,
        dropout: float = 0.0,
        max_sequence_length: int | None = None,
        pipeline: TextPipeline | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.hidden_dim = hidden_dim
        self.tie_weights = tie_weights
        self.dropout = dropout
        if max_sequence_length is not None:
            max_sequence_length = check_integer("max_sequence_length", max_sequence_length)
        self.max_sequence_length = max_sequence_length
        self.pipeline = pipeline

        # === Layers ===
        self.embedding = TokenEmbedding(
            vocabulary_size,
            embedding_dim,
            tie_weights=tie_weights,
            name="embedding",
        )
        self._start_frozen = not embedding_trainable
        self.input_projection = None
        if embedding_dim != hidden_dim:
            self.input_projection = keras.layers.Dense(hidden_dim, name="input_projection")
        self.embedding_dropout = keras.layers.Dropout(dropout, name="embedding_dropout")
        self.blocks = blocks

    def build(self, input_shape=None):
        ids, vectors = (None, None), (None, None, self.embedding_dim)
        hidden = (None, None, self.hidden_dim)
        self.embedding.build(ids)
        if self._start_frozen:  # an output table of its own goes on learning
            frozen = self.embedding if self.tie_weights else self.embedding.embeddings
            frozen.trainable = False
        if self.input_projection is not None:
            self.input_projection.build(vectors)
        self.embedding_dropout.build(hidden)
        for block in self.blocks:
            if not block.built:  # loading builds the blocks first
                block.build(hidden)
            width = block.compute_output_shape(hidden)[-1]
            if width != self.hidden_dim:
                raise InvalidArgumentError(
                    f"Block {block.name!r} ({type(block).__name__}) gives vectors of {width}, but "
                    f"hidden_dim={self.hidden_dim}; all blocks of a model have that width."
                )
        self.build_head(hidden)
        self.built = True

    def build_head(self, hidden_shape):
        """Build what stands after the blocks."""
        raise NotImplementedError(f"{type(self).__name__} does not define build_head().")

    def embed(self, token_ids, training=None):
        x = self.embedding(token_ids)  # (B, T, embedding_dim)
        if self.input_projection is not None:
            x = self.input_projection(x)  # (B, T, hidden_dim)
        return self.embedding_dropout(x, training=training)

    def encode(self, token_ids, padding_mask=None, training=None):
        """Ids `(batch, length)` -> hidden states `(batch, length, hidden_dim)`."""
        x = self.embed(token_ids, training=training)
        for block in self.blocks:
            x = block(x, padding_mask=padding_mask, training=training)
        return x

    # === Training ===

    def compile(self, optimizer="adam", loss="auto", **kwargs):
        """As `keras.Model.compile`; `loss="auto"` is the cross-entropy that fits this model.

        That is `-log p(target)` averaged over the targets whose sample weight is not zero, so
        minimising it is maximum likelihood, and padding counts neither in the sum nor in the
        number divided by.

        Raises:
            InvalidArgumentError: for Keras's string "sparse_categorical_crossentropy", which
                reads probabilities where this model gives scores and would train on nonsense.
        """
        if loss == "auto":
            loss = keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, reduction="mean_with_sample_weight"
            )
        elif loss == "sparse_categorical_crossentropy":
            raise InvalidArgumentError(
                f"loss={loss!r} reads probabilities, but this model returns logits; leave "
                "loss='auto', or pass SparseCategoricalCrossentropy(from_logits=True)."
            )
        super().compile(optimizer=optimizer, loss=loss, **kwargs)

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    # === Saving ===

    def get_config(self):
        config = {
            "name": self.name,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }
        for argument in (
            "vocabulary_size",
            "embedding_dim",
            "hidden_dim",
            "tie_weights",
            "dropout",
            "max_sequence_length",
        ):
            config[argument] = getattr(self, argument)
        vectors = self.embedding.embeddings
        config["embedding_trainable"] = self.embedding.trainable and vectors.trainable
        config["blocks"] = [keras.saving.serialize_keras_object(block) for block in self.blocks]
        return config

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["dtype"] = keras.saving.deserialize_keras_object(config["dtype"])
        config["blocks"] = [keras.saving.deserialize_keras_object(b) for b in config["blocks"]]
        return cls(**config)

    def save(self, filepath, overwrite=True, **kwargs):
        """Save as Keras does, but write beside and rename: an interrupted save loses nothing."""
        path = pathlib.Path(filepath)
        if path.suffix != ".keras" or (path.exists() and not overwrite):
            return super().save(filepath, overwrite=overwrite, **kwargs)
        beside = path.with_name(f".{path.stem}.partial.keras")
        try:
            super().save(beside, overwrite=True, **kwargs)
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)

    def save_assets(self, directory):
        if self.pipeline is not None:
            self.pipeline.save(pathlib.Path(directory) / PIPELINE_FILE)

    def load_assets(self, directory):
        file = pathlib.Path(directory) / PIPELINE_FILE
        if file.exists():
            self.pipeline = TextPipeline.load(file)

    # === Checks at the boundary: a wrong id is said in one sentence before any tensor is made ===

    def fit(self, x=None, *args, **kwargs):
        self.check_token_ids(x)
        if hasattr(x, "element_spec"):  # a data set has its own order, and Keras warns otherwise
            kwargs.setdefault("shuffle", False)
        return super().fit(x, *args, **kwargs)

    def evaluate(self, x=None, *args, **kwargs):
        self.check_token_ids(x)
        return super().evaluate(x, *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        self.check_token_ids(x)
        return super().predict(x, *args, **kwargs)

    def check_token_ids(self, inputs, name: str = "token_ids") -> None:
        """Raise if an array of ids holds one outside the vocabulary; data sets pass unchecked."""
        ids = inputs.get("token_ids") if isinstance(inputs, dict) else inputs
        if not isinstance(ids, (np.ndarray, list, tuple)) or not len(ids):
            return
        try:
            ids = np.asarray(ids)
        except ValueError:  # rows of different lengths
            ids = np.empty(0, object)
        if ids.dtype.kind not in "iu":
            raise InvalidArgumentError(
                f"{name}={shown(inputs)} is not an array of integers; pass ids as the pipeline "
                "makes them, rows of one batch padded to one length."
            )
        wrong = ids[(ids < 0) | (ids >= self.vocabulary_size)]
        if wrong.size:
            raise InvalidArgumentError(
                f"{name} holds {wrong[0]}, but this model knows ids 0 to "
                f"{self.vocabulary_size - 1}; encode the text with the pipeline of this model."
            )


def unpack(inputs):
    """`(token_ids, padding_mask or None)` from ids alone or the dictionary."""
    if isinstance(inputs, dict):
        mask = inputs.get("padding_mask")
        return inputs["token_ids"], None if mask is None else ops.cast(mask, "bool")
    return inputs, None
