"""A sequence-to-sequence model that may also copy: each token is generated, or pointed at in the
source."""

import keras
import numpy as np
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import CrossAttention
from mlm_tf.layers.lora import Dense
from mlm_tf.models.registry import register_task
from mlm_tf.models.seq2seq_lm import Seq2SeqLM

NEVER = -1e30  # the logarithm of no probability; finite, so that gradients are
LEAST = 1e-30  # a smaller probability counts as none: the gradient of its logarithm would overflow


@register_task("pointer_generator")
@keras.saving.register_keras_serializable(package="mlm_tf")
class PointerGenerator(Seq2SeqLM):
    """A `Seq2SeqLM` whose next token is generated, or copied from the source::

        p(w) = p_gen · P_vocab(w) + (1 - p_gen) · Σ_{i: x_i = w} a_i        (equation 9)
        p_gen = sigmoid(w · [h*; s; x] + b)                                  (equation 8)

    `P_vocab` is the softmax of the scores that a `Seq2SeqLM` gives. The weights `a` are those of
    one more attention of a single head, `copy_attention`, from the decoder's last hidden state `s`
    to the source: a place that is pointed at lends its weight to the token that stands there, and a
    token in several places gets their sum. `h*` is what that attention reads, `x` the vector of the
    token that the decoder has just read. So a name that no target ever held is written as soon as
    it stands in a source. In See, Liu & Manning the decoder points with the attention that it
    reads by, which is additive; here any decoder will do, one without attention too.

    Source and target have one vocabulary, and one table of word vectors. Every token of the source
    may be copied but padding: the end token as well, which is one more way to end, and `[UNK]`,
    which is then `[UNK]` and not the word behind it: the paper's extended vocabulary, in which a
    text has unknown words of its own, is for words, and pipelines of subwords or characters can
    spell any. The start token is copied by no trained model, and drawn by none, as elsewhere.

    The output at position t is `log p(w)`, float32 `(batch, target_length, vocabulary_size)`: as
    scores, since the softmax of log-probabilities is the probabilities; the mixture is made of
    logarithms in float32 whatever the precision policy. All else goes on as it does for a
    `Seq2SeqLM`: `attention_weights` has `a` as `"copy_attention"`, and `generation_probabilities`
    gives `p_gen`.

    Made by `build_model(..., task="pointer_generator")`.

    Masking: as in `Seq2SeqLM`; padded positions of the source are never pointed at. A source of
    padding alone leaves `p_gen · P_vocab`.

    Args: those of `Seq2SeqLM`, without a second vocabulary.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> pipeline = TextPipeline.fit(["the cat sat on the mat"])
    >>> model = build_model(
    ...     ["gru", "cross_attention"], "pointer_generator", pipeline=pipeline, hidden_dim=8, seed=0
    ... )
    >>> [row] = pipeline.encode(["the cat sat"])
    >>> inputs = {"encoder_token_ids": row[None], "decoder_token_ids": row[None, :2]}
    >>> p_gen = model.generation_probabilities(inputs)
    >>> p_gen.shape, model.attention_weights(inputs)["copy_attention"].shape
    ((1, 2), (1, 1, 2, 5))

    Reference: See, Liu & Manning 2017, section 2.2; Gu et al. 2016 (CopyNet).
    """

    @classmethod
    def from_settings(cls, settings):
        target_pipeline = settings["target_pipeline"]
        if target_pipeline is not None and target_pipeline is not settings["pipeline"]:
            raise _two_vocabularies("target_pipeline is another than pipeline")
        if settings["target_vocabulary_size"] is not None:
            size = settings["target_vocabulary_size"]
            raise _two_vocabularies(f"target_vocabulary_size={size} tells of a second one")
        return super().from_settings(settings)

    def make_head(self):
        if self.source_vocabulary_size is not None:
            size = self.source_vocabulary_size
            raise _two_vocabularies(f"source_vocabulary_size={size} tells of a second one")
        self.copy_attention = CrossAttention(
            self.hidden_dim,
            num_heads=1,
            qk_norm=True,
            dtype=self.dtype_policy,
            name="copy_attention",
        )
        self.gate = Dense(1, dtype="float32", name="gate")

    def build_head(self, hidden_shape):
        super().build_head(hidden_shape)
        if not self.copy_attention.built:
            self.copy_attention.build(hidden_shape, hidden_shape)
        self.gate.build((None, None, 2 * self.hidden_dim + self.embedding_dim))

    @property
    def all_blocks(self):
        return [*super().all_blocks, self.copy_attention]

    # === The whole target at once ===

    def call(self, inputs, training=None):
        hidden, memory = self._read(inputs, training)
        return self._mixture(hidden, inputs["decoder_token_ids"], memory)

    def hidden_states(self, inputs, training=None, attended=None):
        hidden, memory = self._read(inputs, training, attended)
        if attended is not None:
            weights, _ = self._pointed(hidden, inputs["decoder_token_ids"], memory)
            attended.append((len(self.all_blocks) - 1, weights[:, None]))  # (B, 1, T, S)
        return hidden

    def _read(self, inputs, training=None, attended=None):
        """The decoder's hidden states, and the memory that the head copies from."""
        token_ids = inputs["encoder_token_ids"]
        source = self.encode_source(
            token_ids, inputs.get("encoder_padding_mask"), training, attended
        )
        return self.decode(inputs, source, training, attended), self._memory(token_ids, source)

    def generation_probabilities(self, inputs) -> np.ndarray:
        """`p_gen` at each position of the target, float32 `(batch, target_length)`.

        Args:
            inputs: as for a call.

        Raises:
            InvalidArgumentError: if an id is not one of the model's own.
        """
        self.check_token_ids(inputs)
        hidden, memory = self._read(inputs)
        _, gate = self._pointed(hidden, inputs["decoder_token_ids"], memory)
        return ops.convert_to_numpy(ops.sigmoid(gate)[..., 0])

    # === The target, a few positions at a time ===

    def initial_state(
        self, batch_size: int, max_length: int, encoder_token_ids, encoder_padding_mask=None
    ):
        """As that of a `Seq2SeqLM`, with what the head copies from at the end."""
        source = self.encode_source(encoder_token_ids, encoder_padding_mask)
        state = self.decoder_state(batch_size, max_length, source)
        return (*state, self._memory(encoder_token_ids, source))

    def _advance(self, token_ids, state, padding_mask):
        *state, memory = state
        hidden, state = super()._advance(token_ids, state, padding_mask)
        return hidden, (*state, memory)

    def next_scores(self, hidden, token_ids, state):
        return self._mixture(hidden, token_ids, state[-1])

    # === The head ===

    def _memory(self, token_ids, source) -> dict:
        """The source as the head reads it: keys, values and mask of its attention, and the ids."""
        context, context_mask, _ = source
        batch_size, length = ops.shape(token_ids)
        memory = self.copy_attention.initial_state(
            batch_size, length, context=context, context_mask=context_mask
        )
        return {**memory, "token_ids": ops.cast(token_ids, "int32")}

    def _mixture(self, hidden, token_ids, memory):
        weights, gate = self._pointed(hidden, token_ids, memory)
        return mixture(self.logits(hidden), gate, weights, memory["token_ids"])

    def _pointed(self, hidden, token_ids, memory):
        """Where the source is pointed at, `(B, T, S)`, and the score of generating instead,
        `(B, T, 1)`: `p_gen` is its sigmoid."""
        if self.output_norm is not None:
            hidden = self.output_norm(hidden)
        keep = memory["mask"][:, None, :]  # (B, 1, S)
        read, weights = self.copy_attention.attend(
            self.copy_attention.queries(hidden), memory["keys"], memory["values"], keep
        )
        parts = (read, hidden, self.embedding(token_ids))
        gate = self.gate(ops.concatenate([ops.cast(part, "float32") for part in parts], axis=-1))
        return weights[:, 0] * ops.cast(keep, "float32"), gate


def mixture(logits, gate, weights, source_ids):
    """Equation 9, in logarithms.

    Args:
        logits: float32 `(B, T, V)`, scores of what may be generated.
        gate: float32 `(B, T, 1)`; `p_gen` is its sigmoid.
        weights: float32 `(B, T, S)`, the attention to each place of the source; 0 at padding.
        source_ids: int32 `(B, S)`.

    Returns:
        `log p(w)`, float32 `(B, T, V)`.

    Example (half is generated, evenly; half is pointed at the tokens 1, 2, 1):

    >>> import numpy as np
    >>> logits, gate = np.zeros((1, 1, 4), "float32"), np.zeros((1, 1, 1), "float32")
    >>> weights, ids = np.array([[[0.2, 0.5, 0.3]]], "float32"), np.array([[1, 2, 1]], "int32")
    >>> np.exp(np.array(mixture(logits, gate, weights, ids))).round(3).tolist()
    [[[0.125, 0.375, 0.375, 0.125]]]
    """
    log_generated = ops.log_sigmoid(gate) + ops.log_softmax(logits, axis=-1)
    copied = _per_token(weights, source_ids, logits.shape[-1])
    log_copied = ops.where(copied > LEAST, ops.log(ops.maximum(copied, LEAST)), NEVER)
    log_copied = ops.log_sigmoid(-gate) + log_copied
    return ops.logaddexp(log_generated, log_copied)


def _per_token(weights, source_ids, vocabulary_size: int):
    """The sum of the weights of the places where each token stands, `(B, T, V)`."""
    batch_size, target_length, source_length = ops.shape(weights)
    row = ops.arange(batch_size, dtype="int32")[:, None]
    row = ops.broadcast_to(row, (batch_size, source_length))
    places = ops.stack([row, source_ids], axis=-1)  # (B, S, 2)
    sums = ops.scatter(
        places,
        ops.transpose(weights, (0, 2, 1)),  # (B, S, T)
        (batch_size, vocabulary_size, target_length),
    )
    return ops.transpose(sums, (0, 2, 1))


def _two_vocabularies(why: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"A pointer_generator copies tokens, so source and target have one vocabulary, and {why}; "
        "pass one pipeline, or one vocabulary_size."
    )
