"""A causal language model: the probability of each token given those before it."""

from collections.abc import Iterable, Iterator, Sequence

import keras
import numpy as np
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import Decoder, Sampler, get_sampler
from mlm_tf.layers import Residual, VocabularyBias
from mlm_tf.layers.residual import rms_norm
from mlm_tf.models.text_model import TextModel, unpack
from mlm_tf.preprocessing.checks import check_integer

STREAM_SLICE = 8  # tokens between two looks at what has been generated
LEAST_TEMPERATURE = 1e-6  # below it only the most probable token has a chance; float32 overflows


@keras.saving.register_keras_serializable(package="mlm_tf")
class CausalLM(TextModel):
    """`embedding -> blocks -> scores of the next token`, and generation from it.

    The output at position t is float32 `(batch, length, vocabulary_size)`: the scores (logits)
    of token t + 1 given tokens 0..t. Made by `build_model(..., task="causal_lm")`.

    Args: those of `build_model`, with the blocks already made.
    """

    def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs):
        for block in blocks:
            if not block.causal:
                raise InvalidArgumentError(
                    f"Block {block.name!r} ({type(block).__name__}) looks ahead (causal=False), "
                    "and a causal_lm predicts what stands ahead; use causal blocks."
                )
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        # A stack of residual sums ends in the norm that each of its blocks begins with.
        self.output_norm = None
        if isinstance(blocks[-1], Residual):
            self.output_norm = rms_norm("output_norm")
        self.output_projection = None
        if hidden_dim != embedding_dim:
            self.output_projection = keras.layers.Dense(
                embedding_dim, use_bias=False, name="output_projection"
            )
        self.output_bias = VocabularyBias(name="output_bias")
        self._decoder, self._decoder_variables = None, None
        self.build()

    def build_head(self, hidden_shape):
        if self.output_norm is not None:
            self.output_norm.build(hidden_shape)
        if self.output_projection is not None:
            self.output_projection.build(hidden_shape)
        self.output_bias.build((None, None, self.vocabulary_size))

    def call(self, inputs, training=None):
        token_ids, padding_mask = unpack(inputs)
        return self.logits(self.encode(token_ids, padding_mask, training=training))

    def logits(self, hidden):
        """Hidden states `(..., hidden_dim)` -> float32 scores `(..., vocabulary_size)`."""
        if self.output_norm is not None:
            hidden = self.output_norm(hidden)
        if self.output_projection is not None:
            hidden = self.output_projection(hidden)
        return self.output_bias(self.embedding(hidden, reverse=True))

    def compute_output_shape(self, input_shape):
        ids = input_shape["token_ids"] if isinstance(input_shape, dict) else input_shape
        return (*ids, self.vocabulary_size)

    # === The same model, a few positions at a time ===

    def initial_state(self, batch_size: int, max_length: int):
        """The states of all blocks before the first token."""
        return tuple(block.initial_state(batch_size, max_length) for block in self.blocks)

    def step(self, token_ids, state, padding_mask=None):
        """`S >= 1` more tokens: `(batch, S), state -> (batch, S, vocabulary_size), state`.

        The law of `Block` holds for the whole model: `call` equals chunks of `step`.
        """
        hidden, state = self._advance(token_ids, state, padding_mask)
        return self.logits(hidden), state

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
        hidden = ops.take_along_axis(hidden, ops.maximum(last, 0)[:, None, None], axis=1)
        return self.logits(hidden[:, 0]), state  # (B, V)

    # === Generation ===

    def generate(
        self,
        prompts: "str | Sequence[str] | np.ndarray | Sequence[Sequence[int]]" = "",
        max_length: int | None = None,
        sampler: "str | Sampler" = "top_k",
        temperature: float = 1.0,
        stop_token_ids: "str | Sequence[int] | None" = "auto",
        suppress_token_ids: "Sequence[int]" = (),
        strip_prompt: bool = False,
        seed: int | None = None,
        stream: bool = False,
    ):
        """Continue one or many prompts, each until an end token or `max_length`.

        The whole loop is one compiled function, kept from call to call: a new prompt, seed,
        temperature, number of tokens, or new weights compile nothing.

        Args:
            prompts: a string or a list of strings (then the model has a pipeline), or one
                sequence of ids or a list of those; rows may differ in length.
            max_length: total length of a row in tokens, prompt and start token included;
                by default the model's `max_sequence_length`.
            sampler: `"greedy"`, `"random"`, `"top_k"`, or a `Sampler`.
            temperature: divides the scores: below 1 bolder towards the probable, above 1 more
                even; 0 means greedy.
            stop_token_ids: a row ends after the first of these; `"auto"` is the pipeline's end
                token, `None` is no token.
            suppress_token_ids: ids never drawn, besides the special tokens that no text
                contains (`[PAD]`, `[START]`, `[SEP]`, `[MASK]`).
            strip_prompt: whether the result leaves the prompt out; a text then begins with the
                space that parts it from the prompt.
            seed: the same seed gives the same result; `None` takes a new one at each call.
            stream: if true, an iterator of pieces of text as they form (one prompt only);
                joined they are the text that `stream=False` returns.

        Returns:
            For a string a string, for strings a list of them, for ids int32 arrays likewise;
            with `stream=True` an iterator of strings (of single ids where the prompt was ids).

        Raises:
            InvalidArgumentError: for an empty prompt of ids, ids outside the vocabulary, a
                prompt longer than `max_length`, a negative temperature, a missing pipeline, an
                unknown sampler, or several prompts with `stream=True`.

        Example:

        >>> from mlm_tf import TextPipeline, build_model
        >>> pipeline = TextPipeline.fit(["the cat sat on the mat"])
        >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
        >>> text = model.generate("the cat", max_length=8, sampler="greedy")
        >>> text.startswith("the cat")
        True
        """
        rows, is_text, is_single = self._prompt_ids(prompts)
        seed = int(np.random.default_rng().integers(2**32)) if seed is None else seed
        check_integer("seed", seed, least=0)
        self.check_token_ids(suppress_token_ids, "suppress_token_ids")
        if max_length is None:
            max_length = self.max_sequence_length
        if max_length is None:
            raise InvalidArgumentError(
                "max_length=None, and the model has no max_sequence_length to take instead; say "
                "how many tokens a text may have at most, prompt included."
            )
        self._check_lengths(rows, check_integer("max_length", max_length))
        is_number = isinstance(temperature, (int, float, np.number))
        if not (is_number and np.isfinite(temperature) and temperature >= 0):
            raise InvalidArgumentError(
                f"temperature={temperature!r} is not allowed; use a number above 0, or 0 for "
                "greedy decoding."
            )
        is_greedy = temperature < LEAST_TEMPERATURE
        if stream and not is_single:
            raise InvalidArgumentError(
                f"stream=True follows one prompt, and {len(rows)} were given; pass one of them, "
                "or stream=False."
            )
        slices = self.decoder().run(
            rows,
            max_length,
            get_sampler("greedy" if is_greedy else sampler, self.vocabulary_size),
            temperature=1.0 if is_greedy else temperature,
            seed=seed,
            stop_token_ids=self._stop_token_ids(stop_token_ids),
            suppress_token_ids=[*self._never_drawn(), *suppress_token_ids],
            slice_length=STREAM_SLICE if stream else None,
        )
        if stream:
            return self._stream(rows[0], slices, is_text, strip_prompt)
        new = np.concatenate([np.zeros((len(rows), 0), "int32"), *slices], axis=1)
        results = [n[n >= 0] for n in new]
        if is_text or not strip_prompt:
            results = [np.concatenate([p, n]) for p, n in zip(rows, results, strict=True)]
        if is_text:
            results = self.pipeline.decode(results)
        if is_text and strip_prompt:  # with the space that parts it from the prompt
            begins = self.pipeline.decode(rows)
            results = [r[len(b) :] for r, b in zip(results, begins, strict=True)]
        return results[0] if is_single else results

    def decoder(self) -> Decoder:
        """The compiled loop over this model, kept as long as its variables are the same ones."""
        variables = self.variables
        identities = [id(v) for v in variables]
        if self._decoder_variables != identities:
            self._decoder = Decoder(
                self._last_step, self.initial_state, variables, self.vocabulary_size
            )
            self._decoder_variables = identities
        return self._decoder

    def _stream(self, prompt, slices, is_text, strip_prompt) -> Iterator:
        tokens, shown = list(prompt), ""
        if is_text:
            shown = self.pipeline.decode(np.array(tokens))
        if not strip_prompt:
            yield from [shown] if is_text else (int(t) for t in prompt)
        for piece in slices:
            for token in piece[0][piece[0] >= 0]:
                if not is_text:
                    yield int(token)
                    continue
                tokens.append(token)
                text = self.pipeline.decode(np.array(tokens))
                if len(text) > len(shown):
                    yield text[len(shown) :]
                    shown = text

    def _prompt_ids(self, prompts):
        """-> (list of int32 arrays, whether they came as text, whether there was one alone)."""
        if isinstance(prompts, str):
            return [self._encode([prompts])[0]], True, True
        prompts = list(prompts) if isinstance(prompts, Iterable) else [None]
        kinds = {type(p) for p in prompts}
        if kinds == {str}:
            return self._encode(prompts), True, False
        if str in kinds or type(None) in kinds:
            found = ", ".join(sorted(kind.__name__ for kind in kinds))
            raise InvalidArgumentError(
                "prompts must be a string, a list of strings, a list of token ids, or a list of "
                f"such lists, and holds {found}; pass one kind."
            )
        is_single = bool(prompts) and np.ndim(prompts[0]) == 0
        rows = [prompts] if is_single else prompts
        for row in rows:
            self.check_token_ids(row, "prompts")
        rows = [np.asarray(row, "int32") for row in rows]
        if not rows or any(len(row) == 0 for row in rows):
            raise InvalidArgumentError(
                "prompts holds a prompt without any token id; give at least the start token."
            )
        return rows, False, is_single

    def _encode(self, texts):
        if self.pipeline is None:
            raise InvalidArgumentError(
                "prompts is text, but this model has no pipeline to encode it; build it with "
                "pipeline=..., or pass token ids."
            )
        return self.pipeline.encode(texts, add_end=False)

    def _check_lengths(self, rows, max_length):
        longest = max(len(row) for row in rows)
        if longest > max_length:
            raise InvalidArgumentError(
                f"A prompt has {longest} tokens (start token included), but max_length="
                f"{max_length}; shorten the prompt or raise max_length."
            )
        limit = self.max_sequence_length
        if limit is not None and max_length > limit:
            raise InvalidArgumentError(
                f"max_length={max_length} is beyond this model's max_sequence_length={limit}; "
                "use at most that."
            )

    def _stop_token_ids(self, stop_token_ids):
        if stop_token_ids is None:
            return []
        if isinstance(stop_token_ids, str):
            if stop_token_ids != "auto":
                raise InvalidArgumentError(
                    f"stop_token_ids={stop_token_ids!r} is not known; use 'auto', None, or ids."
                )
            return [] if self.pipeline is None else [self.pipeline.end_id]
        self.check_token_ids(stop_token_ids, "stop_token_ids")
        return list(stop_token_ids)

    def _never_drawn(self):
        return [] if self.pipeline is None else list(self.pipeline.never_follow_ids)
