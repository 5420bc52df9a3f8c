"""Writing: `generate`, for every model that can go on one token at a time."""

import collections
from collections.abc import Callable, Sequence

import numpy as np

from mlm_tf.generation import Decoder, Generated, Sampler
from mlm_tf.layers.block import grown
from mlm_tf.models.generation_arguments import Prepared, checked_arguments, prepared
from mlm_tf.models.read import Read
from mlm_tf.models.stream import Stream

SLICE = 8  # tokens before the first look at what has been generated
SLICE_SECONDS = 0.2  # before each of the next: between two slices a state may be copied


class TextGeneration:
    """What a model becomes that can step: it writes.

    It is mixed into a `LanguageModel` with `initial_state(batch_size, max_length, *source)`, a
    `_last_step(token_ids, state, padding_mask)` as `generation.Decoder` wants it, and if it reads
    anything beside the text that it writes, a `_prepared` of its own. `read.TextReading` is for
    those that can keep what they have read.
    """

    def generate(
        self,
        prompts: "str | Sequence[str] | np.ndarray | Sequence[Sequence[int]] | Read" = "",
        max_length: int | None = None,
        sampler: "str | Sampler" = "top_k",
        temperature: float = 1.0,
        stop_token_ids: "str | Sequence[int] | None" = "auto",
        stop_strings: Sequence[str] = (),
        suppress_token_ids: Sequence[int] = (),
        forbidden_strings: Sequence[str] = (),
        repetition_penalty: float = 1.0,
        no_repeat_ngram_size: int | None = None,
        strip_prompt: bool = False,
        seed: int | None = None,
        stream: bool = False,
        num_return_sequences: int = 1,
        return_log_probs: bool = False,
        allow_unknown: bool = False,
        return_read: bool = False,
    ):
        """Continue one or many prompts, each until an end token or `max_length`.

        The whole loop is one compiled function, kept from call to call: a new prompt, seed,
        temperature, number of tokens, or new weights compile nothing.

        Args:
            prompts: a string or a list of strings (then the model has a pipeline), or one
                sequence of ids or a list of those; rows may differ in length. Or what
                `model.read` has made of one prompt, which is then not read again. For a
                `seq2seq_lm` these are the sources, and the texts begin with the start token.
            max_length: total length of a row in tokens, prompt and start token included;
                by default the model's `max_sequence_length`.
            sampler: `"greedy"`, `"random"`, `"top_k"`, `"top_p"`, `"min_p"`, `"typical"`,
                `"beam"`, or a `Sampler`.
            temperature: divides the scores: below 1 bolder towards the probable, above 1 more
                even; 0 means greedy, whatever the sampler.
            stop_token_ids: a row ends after the first of these; `"auto"` is the pipeline's end
                token, `None` is no token.
            stop_strings: a text ends right before the first of these in what is new; one that is a
                special token of the pipeline, such as "<|endoftext|>", ends it as a stop token.
            suppress_token_ids: ids never drawn, besides the special tokens that no text
                contains (`[PAD]`, `[START]`, `[SEP]`, `[MASK]`).
            forbidden_strings: strings that what is new never completes, whatever tokens spell
                them, in capitals or not, also where the prompt has begun one; what only looks
                like one is another string (see `generation.forbidden_strings`). Words that hold
                one are forbidden with it.
            repetition_penalty: above 1 makes every token of the row so far less probable, below 1
                more: its score is divided by it, if negative multiplied (Keskar et al. 2019).
            no_repeat_ngram_size: n, if no n tokens may stand in a row twice, prompt included. A
                row to which nothing can be added ends.
            strip_prompt: whether the result leaves the prompt out; a text then begins with the
                space that parts it from the prompt.
            seed: the same seed gives the same result; `None` takes a new one at each call, which
                `keras.utils.set_random_seed` makes repeatable.
            stream: if true, an iterator of pieces of text as they form, a `Stream` (one prompt
                only, no beam); joined they are the text that `stream=False` returns.
            num_return_sequences: how many texts for each prompt: so many draws, or the so many
                best beams, best first (fewer, if there are no more continuations).
            return_log_probs: whether to return, beside the results, the log-probability of every
                new token, end token included, under the model itself: before temperature,
                penalties and what the sampler leaves out. A text that a stop string ended has
                those of the string as well.
            allow_unknown: whether `[UNK]` may be written. Without it a draw is one among the
                other tokens; their log-probabilities, by which beams are compared too, stay
                those of the model, which has given some to `[UNK]`.
            return_read: whether to return, after all else, the `Read` of prompt and continuation,
                to go on from (of one prompt, one text): what was written need not be read, unless a
                stop string cut something of it off, or it is one of several beams. A stream has
                it as `stream.read`.

        Returns:
            For a string a string, for strings a list of them, for ids int32 arrays likewise;
            with `num_return_sequences` above 1 a list in the place of each. With
            `return_log_probs=True` a pair: these, and float32 arrays in the same order. With
            `stream=True` an iterator of strings (of single ids where the prompt was ids).

        Raises:
            InvalidArgumentError: for an empty prompt of ids, ids outside the vocabulary, a
                prompt longer than `max_length`, a negative temperature, a missing pipeline, an
                unknown sampler, several prompts, beams or sequences with `stream=True`, a model
                whose scores are not finite, or a `Read` that is not of this model as it is now.

        Example:

        >>> from mlm_tf import TextPipeline, build_model
        >>> pipeline = TextPipeline.fit(["the cat sat on the mat"])
        >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
        >>> text = model.generate("the cat", max_length=8, sampler="greedy")
        >>> text.startswith("the cat")
        True
        """
        arguments = {**locals()}
        given = self._prepared(prompts)
        decoding, stops = checked_arguments(self, given, arguments)
        if return_read and given.read is None:
            given = self._prepared(self.read(prompts))
        if stream or stops:
            decoding |= {"slice_length": SLICE, "slice_seconds": SLICE_SECONDS}
        if stops and not stream:
            decoding["has_ended"] = self._watch(given.rows, stops)
            if decoding["sampler"].rewrites:  # a text competes at the length at which it ends
                decoding |= {"slice_length": 1, "slice_seconds": None}
        slices = self.decoder().run(
            given.rows,
            source=given.source,
            known=given.read and self._known_of(given.read, decoding["max_length"]),
            **decoding,
        )
        if stream:
            return Stream(self, given, slices, stops, strip_prompt)
        [generated] = collections.deque(slices, maxlen=1)  # not all of them: each holds a state
        found = self._results(given, generated, stops, strip_prompt, num_return_sequences)
        if not return_read:
            return found
        new_ids = self._new_ids(given.rows[0], generated, 0, stops)
        read = self._read_after(given, new_ids, generated)
        return (*found, read) if return_log_probs else (found, read)

    def decoder(self) -> Decoder:
        """The compiled loops over this model."""
        return kept(
            self,
            "_decoder",
            lambda model: Decoder(
                model._last_step,
                model.initial_state,
                model.variables,
                model.vocabulary_size,
                model.grown_state,
            ),
        )

    def grown_state(self, state, empty):
        """A state with more room, see `Block.grown_state`."""
        return grown(state, empty)

    def _prepared(self, prompts) -> Prepared:
        """Prompts as a decoder takes them; a model may read something of its own besides."""
        return prepared(prompts, self.pipeline, self.vocabulary_size)

    # === From ids to results ===

    def _results(self, given, generated: Generated, stops, strip_prompt, num_sequences):
        """-> what `generate` returns."""
        copies = len(generated.token_ids) // len(given.rows)
        results, log_probs = [], []
        for index, prompt in enumerate(given.rows):
            rows = [r for r in range(index * copies, (index + 1) * copies) if generated.exists[r]]
            texts, scores = [], []
            for row in rows[:num_sequences]:
                new = self._new_ids(prompt, generated, row, stops)
                texts.append(self._result(prompt, new, given.is_text, stops, strip_prompt))
                if generated.log_probs is not None:
                    are_new = generated.token_ids[row] >= 0
                    scores.append(generated.log_probs[row][are_new][: len(new)])
            results.append(texts if num_sequences > 1 else texts[0])
            if scores:
                log_probs.append(scores if num_sequences > 1 else scores[0])
        if given.is_single:
            results, log_probs = results[0], log_probs[0] if log_probs else None
        return results if generated.log_probs is None else (results, log_probs)

    def _new_ids(self, prompt, generated: Generated, row: int, stops) -> np.ndarray:
        """What a row has got, up to the stop string."""
        new = generated.token_ids[row]
        new = new[new >= 0]
        return self._up_to_stop(prompt, new, stops) if stops else new

    def _result(self, prompt, new, is_text, stops, strip_prompt):
        if not is_text:
            return new if strip_prompt else np.concatenate([prompt, new])
        begin, text = self._texts(prompt, new)
        if stops:
            text = stops.cut(text)  # with the space that parts it from the prompt
        return text if strip_prompt else begin + text

    def _texts(self, prompt, new) -> tuple[str, str]:
        """The text of the prompt, and what the new ids add to it."""
        written = self.output_pipeline.decode_stream()
        return written.step(prompt), written.step(new)

    def _up_to_stop(self, prompt, new, stops):
        """The new ids up to the one that completes a stop string."""
        written, text = self.output_pipeline.decode_stream(), ""
        written.step(prompt)
        for count, token in enumerate(new, start=1):
            text += written.step([token])
            if stops.are_in(text):
                return new[:count]
        return new

    def _watch(self, prompts, stops):
        """A function from new ids `(rows, steps)` to whether a stop string is in their text."""

        def has_ended(token_ids):
            copies = len(token_ids) // len(prompts)
            texts = (
                self._texts(prompts[row // copies], new[new >= 0])[1]
                for row, new in enumerate(token_ids)
            )
            return np.array([stops.are_in(text) for text in texts])

        return has_ended


def kept(model, name: str, make: Callable):
    """`make(model)`, something compiled, kept as the model's attribute `name`; made anew once the
    model has other variables: new values are no reason, since compiled functions read these anew.

    >>> from mlm_tf import build_model
    >>> model = build_model("lstm", vocabulary_size=9, hidden_dim=8)
    >>> kept(model, "_found", lambda m: object()) is kept(model, "_found", lambda m: object())
    True
    """
    identities = tuple(id(variable) for variable in model.variables)
    before, made = getattr(model, name, (None, None))
    if before != identities:
        made = make(model)
        setattr(model, name, (identities, made))
    return made
