"""Language models: what they share, scores over the vocabulary and stepping, and `CausalLM`."""

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import check_boolean
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import VocabularyBias
from mlm_tf.layers.lora import Dense
from mlm_tf.models.new_head import TakesNewHead
from mlm_tf.models.read import TextReading
from mlm_tf.models.registry import register_task
from mlm_tf.models.score import TextScoring
from mlm_tf.models.text_generation import TextGeneration
from mlm_tf.models.text_model import TextModel
from mlm_tf.preprocessing.text_pipeline import check_counts


class LanguageModel(TextModel):
    """Base class: hidden states -> float32 scores (logits) of every word.

    `norm -> projection to embedding_dim, if that is another width -> the words' own vectors -> a
    number per word`. The norm is what the last block says that a stack ends with: of a residual
    stack, the one that each of its blocks begins with.

    Args: those of `TextModel`, and
        output_bias: whether each word has a number of its own added to its score.
    """

    targets_are_ids = True

    def __init__(
        self, vocabulary_size, embedding_dim, hidden_dim, blocks, output_bias=True, **kwargs
    ):
        table = kwargs.get("embedding")
        if table is not None:
            check_tied(table, kwargs.get("tie_weights", True))
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.output_norm = None
        if blocks:
            self.output_norm = self.norm_after(blocks[-1], "output_norm")
        self.output_projection = None
        if hidden_dim != embedding_dim:
            self.output_projection = Dense(
                embedding_dim, use_bias=False, dtype=self.dtype_policy, name="output_projection"
            )
        has_bias = check_boolean("output_bias", output_bias)
        self.output_bias = VocabularyBias(name="output_bias") if has_bias else None

    @classmethod
    def from_settings(cls, settings):
        """As for every task; where the pipeline has counted its words, the first prediction is the
        unigram model."""
        model = super().from_settings(settings)
        counts = model.output_pipeline and model.output_pipeline.counts
        if model.output_bias is not None and counts is not None:
            counts = check_counts(counts, model.output_pipeline.vocabulary_size)
            model.output_bias.bias.assign(_log_frequencies(counts))
        return model

    @property
    def output_pipeline(self):
        """The pipeline of what is predicted."""
        return self.pipeline

    def build_head(self, hidden_shape):
        if self.output_norm is not None:
            self.output_norm.build(hidden_shape)
        if self.output_projection is not None:
            self.output_projection.build(hidden_shape)
        if self.output_bias is not None:
            self.output_bias.build((None, None, self.vocabulary_size))

    def logits(self, hidden):
        """Hidden states `(..., hidden_dim)` -> float32 scores `(..., vocabulary_size)`."""
        if self.output_norm is not None:
            hidden = self.output_norm(hidden)
        hidden = self.transformed(hidden)
        if self.output_projection is not None:
            hidden = self.output_projection(hidden)
        scores = self.embedding(hidden, reverse=True)
        return scores if self.output_bias is None else self.output_bias(scores)

    def transformed(self, hidden):
        """What a task makes of normed hidden states before they meet the words; here the same."""
        return hidden

    def call(self, inputs, training=None):
        return self.logits(self.hidden_states(inputs, training=training))

    def compute_output_shape(self, input_shape):
        ids = input_shape["token_ids"] if isinstance(input_shape, dict) else input_shape
        return (*ids, self.vocabulary_size)

    def get_config(self):
        return {**super().get_config(), "output_bias": self.output_bias is not None}


class StepwiseLanguageModel(LanguageModel):
    """Base class of those that write: the same model, a few positions at a time.

    The law of `Block` holds for the whole model: `call` equals chunks of `step`.
    """

    def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs):
        for block in blocks:
            if not block.causal:
                raise InvalidArgumentError(
                    f"Block {block.name!r} ({type(block).__name__}) looks ahead (causal=False), "
                    "and a causal_lm, or a decoder, predicts what stands ahead; use causal blocks."
                )
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)

    def initial_state(self, batch_size: int, max_length: int):
        """The states of all blocks before the first token."""
        return tuple(block.initial_state(batch_size, max_length) for block in self.blocks)

    def step(self, token_ids, state, padding_mask=None):
        """`S >= 1` more tokens: `(batch, S), state -> (batch, S, vocabulary_size), state`."""
        hidden, state = self._advance(token_ids, state, padding_mask)
        return self.next_scores(hidden, token_ids, state), state

    def next_scores(self, hidden, token_ids, state):
        """Hidden states `(batch, S, hidden_dim)` of the tokens that they have just read, and the
        state after these -> scores `(batch, S, vocabulary_size)`."""
        return self.logits(hidden)

    def _advance(self, token_ids, state, padding_mask):
        x, new_state = self.embed(token_ids), []
        for block, block_state in zip(self.blocks, state, strict=True):
            x, block_state = block.step(x, block_state, padding_mask=padding_mask)
            new_state.append(block_state)
        return x, tuple(new_state)

    def _last_step(self, token_ids, state, padding_mask):
        """The step that decoding needs: the scores after each row's last token alone."""
        hidden, state = self._advance(token_ids, state, padding_mask)
        last = ops.sum(ops.cast(padding_mask, "int32"), axis=1) - 1  # (B,)
        last = ops.maximum(last, 0)[:, None]
        hidden = ops.take_along_axis(hidden, last[:, :, None], axis=1)  # (B, 1, hidden_dim)
        token_ids = ops.take_along_axis(token_ids, last, axis=1)  # (B, 1)
        return self.next_scores(hidden, token_ids, state)[:, 0], state  # (B, V)


@register_task("causal_lm")
@keras.saving.register_keras_serializable(package="mlm_tf")
class CausalLM(TextReading, TextGeneration, TextScoring, TakesNewHead, StepwiseLanguageModel):
    """`embedding -> blocks -> scores of the next token`, `generate`, `read` and `score`.

    The output at position t is float32 `(batch, length, vocabulary_size)`: the scores (logits)
    of token t + 1 given tokens 0..t. Made by `build_model(..., task="causal_lm")`.

    Args: those of `build_model`, with the blocks already made.
    """

    causal = True

    def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs):
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.build()


def check_tied(table, tie_weights: bool) -> None:
    """Raise if the shared table has one of scores beside it and the model none, or vice versa."""
    if table.tie_weights and not tie_weights:
        raise InvalidArgumentError(
            "tie_weights=False asks for a table of scores, and the table that is shared has none "
            "beside it; leave it out."
        )
    if tie_weights and not table.tie_weights:
        raise InvalidArgumentError(
            "embedding is a table with one of scores beside it; pass tie_weights=False to share "
            "both (a source of its own vocabulary has no scores, and can share neither)."
        )


def _log_frequencies(counts) -> np.ndarray:
    """Log of the share of each token, tokens never seen counting as half an occurrence."""
    counts = np.maximum(np.asarray(counts, "float64"), 0.5)
    return np.log(counts / counts.sum()).astype("float32")
