"""A sequence-to-sequence model: the probability of each token of a text, given another text."""

from typing import ClassVar

import keras
import numpy as np
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation.decoder import bucket_length, padded_rows
from mlm_tf.layers import TokenEmbedding
from mlm_tf.layers.lora import Dense
from mlm_tf.models.architectures import stack, with_copies
from mlm_tf.models.generation_arguments import Prepared, prepared
from mlm_tf.models.language_model import StepwiseLanguageModel, check_tied
from mlm_tf.models.registry import register_task
from mlm_tf.models.text_generation import TextGeneration
from mlm_tf.models.text_model import check_vocabulary_size, through
from mlm_tf.preprocessing.special_tokens import START_ID


@register_task("seq2seq_lm")
@keras.saving.register_keras_serializable(package="mlm_tf")
class Seq2SeqLM(TextGeneration, StepwiseLanguageModel):
    """An encoder reads the source, a decoder writes the target: translation, summaries, answers::

        source ids -> source embedding -> encoder blocks -> norm -> context
        target ids -> embedding -> decoder blocks (+ context) -> scores of the next token

    The decoder is a causal language model that knows the source in one of two ways, or both:

    - its k-th block that `continues`, as recurrent ones do, begins with the last state of the
      encoder's k-th, if they are of one class (Sutskever et al. 2014): all of the source in one
      vector;
    - its blocks with `uses_context` read all positions of the encoder's output at every step
      (attention; Bahdanau et al. 2015, Vaswani et al. 2017).

    The output at position t is float32 `(batch, target_length, vocabulary_size)`: the scores of
    target token t + 1 given the source and the target's tokens 0..t. Made by
    `build_model(..., task="seq2seq_lm")`; trained with `preprocessing.pair_rows`. `generate` takes
    the sources for prompts and writes a target for each, from the start token on.

    Inputs are `{"encoder_token_ids", "encoder_padding_mask", "decoder_token_ids",
    "decoder_padding_mask"}`; without a mask nothing is padding.

    Masking: padded positions of the source are never read, and change nothing; those of the target
    as in `CausalLM`.

    The arguments are those of `build_model`, but that the blocks are made already:

    Args:
        vocabulary_size: counts what is written, the target's tokens.
        blocks: are the decoder's.
        encoder_blocks: are the encoder's.
        source_vocabulary_size: counts the source's tokens; `None` if source and target are in one
            vocabulary, which then has one table of word vectors.
    """

    pipeline_files: ClassVar = {
        "pipeline": "pipeline.json",
        "target_pipeline": "target_pipeline.json",
    }
    stack_names: ClassVar = ("encoder_blocks", "blocks")
    other_arguments: ClassVar = ("target_vocabulary_size",)

    def __init__(
        self,
        vocabulary_size,
        embedding_dim,
        hidden_dim,
        blocks,
        encoder_blocks,
        source_vocabulary_size=None,
        target_pipeline=None,
        embedding=None,
        **kwargs,
    ):
        if not encoder_blocks:
            raise InvalidArgumentError(
                "The encoder has no block to read the source with: every block of the architecture "
                "reads what an encoder gave; name another before them."
            )
        has_source = source_vocabulary_size is not None
        if not has_source:
            kwargs["embedding"] = embedding
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.source_vocabulary_size = source_vocabulary_size
        self.target_pipeline = target_pipeline

        # === Layers of the encoder ===
        self.source_embedding, self.source_projection = None, None
        if has_source:
            if embedding is not None:
                check_tied(embedding, tie_weights=True)  # a table that is read alone
            self.source_embedding = embedding or TokenEmbedding(
                source_vocabulary_size,
                embedding_dim,
                dtype=self.dtype_policy,
                name="source_embedding",
            )
            if embedding_dim != hidden_dim:
                self.source_projection = Dense(
                    hidden_dim, dtype=self.dtype_policy, name="source_projection"
                )
        self.encoder_blocks = encoder_blocks
        self.encoder_norm = self.norm_after(encoder_blocks[-1], "encoder_norm")
        self._starts_from = _starts_from(encoder_blocks, blocks)
        if not self._starts_from and not any(block.uses_context for block in blocks):
            raise InvalidArgumentError(
                "No block of the decoder knows the source; add 'cross_attention' to the "
                "architecture, or use recurrent blocks of one kind in encoder and decoder."
            )
        self.make_head()
        self.build()

    @classmethod
    def from_settings(cls, settings):
        items = settings["items"]
        if settings["architecture"] == "attention":  # a name of its own; in a list two are named
            items = [part for item in items for part in (item, "cross_attention")]
        encoder = stack({**settings, "items": with_copies(items, "encoder_")}, "encoder_")
        decoder = {
            "items": items,
            "causal": True,
            "cross_attention": True,
            "bidirectional": False,
            "encoder_blocks": [block for block in encoder if not block.uses_context],
        }
        return super().from_settings({**settings, **decoder, **_check_target(settings)})

    def make_head(self):
        """Make the layers that a subclass adds after the blocks; `build_head` builds them."""

    def build(self, input_shape=None):
        hidden = (None, None, self.hidden_dim)
        if self.source_embedding is not None and not self.source_embedding.built:
            self.source_embedding.build((None, None))
        if self.source_projection is not None:
            self.source_projection.build((None, None, self.embedding_dim))
        self.build_blocks(self.encoder_blocks, hidden)
        if self.encoder_norm is not None:
            self.encoder_norm.build(hidden)
        super().build(input_shape)

    @property
    def input_embedding(self):
        return self.embedding if self.source_embedding is None else self.source_embedding

    @property
    def source_size(self) -> int:
        """How many tokens the source's vocabulary has."""
        return self.source_vocabulary_size or self.vocabulary_size

    @property
    def output_pipeline(self):
        """The target's pipeline."""
        return self.pipeline if self.source_vocabulary_size is None else self.target_pipeline

    # === The whole target at once ===

    @property
    def all_blocks(self):
        return [*self.encoder_blocks, *self.blocks]

    def call(self, inputs, training=None):
        return self.logits(self.hidden_states(inputs, training=training))

    def hidden_states(self, inputs, training=None, attended=None):
        source = self.encode_source(
            inputs["encoder_token_ids"], inputs.get("encoder_padding_mask"), training, attended
        )
        return self.decode(inputs, source, training, attended)

    def decode(self, inputs, source, training=None, attended=None):
        """What the last block of the decoder gives, `(batch, target_length, hidden_dim)`; `source`
        is what `encode_source` gave."""
        context, context_mask, states = source
        padding_mask = _as_mask(inputs.get("decoder_padding_mask"))
        x = self.embed(inputs["decoder_token_ids"], training=training)  # (B, T, hidden_dim)
        for index, block in enumerate(self.blocks):
            knows = {}
            if index in self._starts_from:
                knows = {"initial_state": states[self._starts_from[index]]}
            elif block.uses_context:
                knows = {"context": context, "context_mask": context_mask}
            knows |= {"padding_mask": padding_mask, "training": training}
            x = through(block, x, len(self.encoder_blocks) + index, attended, **knows)
        return x

    def encode_source(self, token_ids, padding_mask=None, training=None, attended=None):
        """Ids `(batch, source_length)` -> the context `(batch, source_length, hidden_dim)`, its
        mask, and the last state of each block that a decoder block starts from. For
        `attended` see `encode`."""
        padding_mask = _as_mask(padding_mask)
        if self.source_embedding is None:
            x = self.embed(token_ids, training=training)
        else:
            x = self.source_embedding(token_ids)  # (B, S, embedding_dim)
            if self.source_projection is not None:
                x = self.source_projection(x)  # (B, S, hidden_dim)
            x = self.embedding_dropout(x, training=training)
        states, is_needed = {}, set(self._starts_from.values())
        for index, block in enumerate(self.encoder_blocks):
            if index in is_needed:
                x, states[index] = block(
                    x, padding_mask=padding_mask, training=training, return_state=True
                )
            else:
                knows = {"padding_mask": padding_mask, "training": training}
                x = through(block, x, index, attended, **knows)
        if self.encoder_norm is not None:
            x = self.encoder_norm(x)
        return x, padding_mask, states

    def compute_output_shape(self, input_shape):
        return (*input_shape["decoder_token_ids"], self.vocabulary_size)

    # === The target, a few positions at a time ===

    def initial_state(
        self, batch_size: int, max_length: int, encoder_token_ids, encoder_padding_mask=None
    ):
        """The states of the decoder's blocks before the first token: the source is read here.

        Args:
            batch_size: number of rows.
            max_length: the most tokens that a target will have.
            encoder_token_ids: `(batch_size, source_length)`.
            encoder_padding_mask: bool, of that shape, or `None`.
        """
        source = self.encode_source(encoder_token_ids, encoder_padding_mask)
        return self.decoder_state(batch_size, max_length, source)

    def decoder_state(self, batch_size: int, max_length: int, source):
        """The same, of what `encode_source` gave."""
        context, context_mask, states = source
        state = []
        for index, block in enumerate(self.blocks):
            if index in self._starts_from:
                state.append(states[self._starts_from[index]])
            elif block.uses_context:
                knows = {"context": context, "context_mask": context_mask}
                state.append(block.initial_state(batch_size, max_length, **knows))
            else:
                state.append(block.initial_state(batch_size, max_length))
        return tuple(state)

    def _prepared(self, prompts) -> Prepared:
        """Sources -> a start token for each, to go on from, and the sources themselves, padded."""
        sources = prepared(prompts, self.pipeline, self.source_size, is_whole=True)
        longest, limit = max(map(len, sources.rows)), self.max_sequence_length
        length = bucket_length(longest)
        if limit is not None:
            length = min(length, limit)
        if longest > length:
            raise InvalidArgumentError(
                f"A source has {longest} tokens (start and end token included), but this model's "
                f"max_sequence_length={limit}; shorten it."
            )
        token_ids = padded_rows(sources.rows, length)  # (B, S)
        mask = np.arange(length) < np.array([[len(row)] for row in sources.rows])
        start_id = START_ID if self.output_pipeline is None else self.output_pipeline.start_id
        starts = [np.array([start_id], "int32")] * len(sources.rows)
        return sources._replace(rows=starts, source=(token_ids, mask))

    # === Saving ===

    def get_config(self):
        return {
            **super().get_config(),
            "source_vocabulary_size": self.source_vocabulary_size,
        }

    # === Checks ===

    input_names: ClassVar = (
        "encoder_token_ids",
        "encoder_padding_mask",
        "decoder_token_ids",
        "decoder_padding_mask",
    )

    @property
    def input_sizes(self):
        return {"encoder_token_ids": self.source_size, "decoder_token_ids": self.vocabulary_size}


def _check_target(settings: dict) -> dict:
    """What a `Seq2SeqLM` is told of its two vocabularies: one, if nothing tells them apart."""
    pipeline, target_pipeline = settings["pipeline"], settings["target_pipeline"]
    target_vocabulary_size = settings["target_vocabulary_size"]
    is_one = target_vocabulary_size is None and target_pipeline is None
    if is_one or (pipeline is not None and target_pipeline is pipeline):
        return {"target_pipeline": None}
    if pipeline is not None and target_pipeline is None:
        raise InvalidArgumentError(
            f"target_vocabulary_size={target_vocabulary_size} and a pipeline for the source alone "
            "leave nothing to write the target with; pass target_pipeline."
        )
    size = check_vocabulary_size(
        target_vocabulary_size, target_pipeline, "target_vocabulary_size", "target_pipeline"
    )
    return {
        "vocabulary_size": size,
        "source_vocabulary_size": settings["vocabulary_size"],
        "target_pipeline": target_pipeline,
    }


def _starts_from(encoder_blocks, blocks) -> dict[int, int]:
    """Which block of the decoder begins where which of the encoder ended."""
    encoder = [(i, b) for i, b in enumerate(encoder_blocks) if b.continues]
    decoder = [(i, b) for i, b in enumerate(blocks) if b.continues]
    pairs = zip(encoder, decoder, strict=False)
    return {there: here for (here, a), (there, b) in pairs if type(a) is type(b)}


def _as_mask(mask):
    return None if mask is None else ops.cast(mask, "bool")
