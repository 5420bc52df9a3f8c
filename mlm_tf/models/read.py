"""What a model has read is kept, so that it is read once: `model.read`, `Read.more`."""

from collections.abc import Sequence

import numpy as np
from keras import ops

from mlm_tf.checks import check_integer
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import Generated, Known, room_for
from mlm_tf.models.generation_arguments import Prepared, prepared

MOST_SAMPLED = 32  # weights that are looked at, to see whether they have changed


class Read:
    """A text that a model has read, and what it knows after it: `generate` goes on from there.

    By the law of `Block` a text that is read piece by piece is the text read as a whole, so nothing
    is read twice: of a conversation each turn costs its own tokens.

    A `Read` never changes. `more` makes another one, and `generate` goes on from a copy: one
    beginning can be gone on with as often as one likes, by any sampler, seed and `max_length`. Each
    holds a state of its own, of attention the keys and values of all its tokens; the memory is free
    again when the last name for it is gone.

    Its state has one of a few sizes, at most three up to the model's `max_sequence_length`, and
    grows to the next one when a text needs it. Each size compiles a reading and a writing once.

    Made by `model.read`.

    Attributes:
        token_ids: int32 `(length,)`, all that was read, the start token included.
        length: how many ids these are.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> pipeline = TextPipeline.fit(["the cat sat on the mat", "the dog sat on the log"])
    >>> model = build_model("transformer", pipeline=pipeline, hidden_dim=8, seed=0)
    >>> read = model.read("the cat")
    >>> one, other = (model.generate(read, max_length=9, seed=seed) for seed in (1, 2))
    >>> one.startswith("the cat"), other.startswith("the cat"), read.length
    (True, True, 3)
    >>> whole = model.generate("the cat sat on", max_length=9, sampler="greedy")
    >>> model.generate(read.more("sat on"), max_length=9, sampler="greedy") == whole
    True
    """

    def __init__(self, model, token_ids: np.ndarray, known: Known, is_text: bool, sample=None):
        self.token_ids = token_ids
        self._model, self._known, self._is_text = model, known, is_text
        self._sample = _sample(model) if sample is None else sample

    @property
    def length(self) -> int:
        return len(self.token_ids)

    def __repr__(self):
        return f"<Read length={self.length}, {self._model.name!r}>"

    def more(self, text: "str | Sequence[int]") -> "Read":
        """What the model knows after some more tokens, which alone are read.

        Args:
            text: a string, which the pipeline encodes by itself, without a start or an end token
                (a tokenizer that would join pieces over the border does not); or ids, as
                `generate` gives them for ids.

        Returns:
            Another `Read`; this one stays what it is.

        Raises:
            InvalidArgumentError: if there is no token, an id is none of the model's, all together
                are more than the model's `max_sequence_length`, or the model's weights have
                changed since.
        """
        self._check(self._model)
        new = _one_row(self._model, text, goes_on=True).rows[0]
        return self._after(new, _read(self._model, new, self))

    def until(self, length: int) -> "Read":
        """What the model knew after the first so many tokens, the others being forgotten.

        The keys and values of attention are cut back, and one token is read; of a recurrence, or a
        sliding window, which do not hold what they were, all these tokens are read again.

        Args:
            length: tokens, the start token included, at most `self.length`.

        Returns:
            Another `Read`; this one stays what it is.

        Raises:
            InvalidArgumentError: for another length, or weights that have changed since.

        Example:

        >>> from mlm_tf import build_model
        >>> model = build_model("attention", vocabulary_size=9, hidden_dim=8, seed=0)
        >>> read = model.read([1, 2, 3, 4])
        >>> read.until(2).more([5]).token_ids.tolist()
        [1, 2, 5]
        """
        length = check_integer("length", length)
        if length > self.length:
            raise InvalidArgumentError(
                f"length={length}, and {self.length} tokens were read; use at most that."
            )
        if length == self.length:
            return self
        model, token_ids = self._model, self.token_ids[:length]
        self._check(model)
        state = model.cut_state(self._known.state, length - 1)
        if state is None:
            known = _read(model, token_ids)
        else:
            room = self._known.room
            known = model.decoder().read(token_ids[-1:], room, Known(state, None, room))
        return Read(model, token_ids, known, self._is_text, self._sample)

    def _after(self, new_ids: np.ndarray, known: Known) -> "Read":
        """These and some new ids, after which that is known."""
        token_ids = np.concatenate([self.token_ids, new_ids])
        return Read(self._model, token_ids, known, self._is_text, self._sample)

    def _check(self, model) -> None:
        """Raise if this is not what the model, as it is now, knows of the text."""
        again = "read it again: model.read(read.token_ids)."
        if model is not self._model:
            raise InvalidArgumentError(
                f"prompts is a Read of another model ({self._model.name!r}), and what one model "
                f"knows of a text is nothing to another; {again}"
            )
        sample = _sample(model)
        if not np.array_equal(sample, self._sample, equal_nan=True):
            raise InvalidArgumentError(
                "The model's weights have changed since this text was read, and with them what it "
                f"would know of it; {again}"
            )


class TextReading:
    """Mixed into a `TextGeneration` whose state is that of its blocks: what it reads is kept."""

    def read(self, text: "str | np.ndarray | Sequence[int]") -> Read:
        """Read a text, to go on from it later, more than once, or with more of it.

        Args:
            text: a string, which the pipeline encodes as the beginning of a text; or ids.

        Returns:
            What `generate` takes as a prompt; see `Read`.

        Raises:
            InvalidArgumentError: for several texts, one without a token, ids outside the
                vocabulary, more tokens than the model's `max_sequence_length`, or a missing
                pipeline.

        Example: a conversation, in which each turn is read once.

        >>> from mlm_tf import build_model
        >>> model = build_model("lstm", vocabulary_size=9, hidden_dim=8, seed=0)
        >>> talk = model.read([1, 2, 3])
        >>> for turn in ([4], [5, 6]):
        ...     talk = talk.more(turn)
        ...     ids, talk = model.generate(talk, max_length=talk.length + 4, return_read=True)
        >>> talk.length
        14
        """
        given = _one_row(self, text)
        return Read(self, given.rows[0], _read(self, given.rows[0]), given.is_text)

    def grown_state(self, state, empty):
        """The states of all blocks, each with more room."""
        return tuple(
            block.grown_state(*states)
            for block, *states in zip(self.blocks, state, empty, strict=True)
        )

    def cut_state(self, state, length: int):
        """The states of all blocks after the first `length` tokens, or `None`, see `Block`."""
        states = [
            block.cut_state(one, length) for block, one in zip(self.blocks, state, strict=True)
        ]
        return None if any(one is None for one in states) else tuple(states)

    def _prepared(self, prompts) -> Prepared:
        if isinstance(prompts, (list, tuple)) and any(isinstance(p, Read) for p in prompts):
            raise InvalidArgumentError(
                f"prompts is a list of {len(prompts)} with a Read in it, and generate goes on from "
                "one Read at a time; pass it alone."
            )
        if not isinstance(prompts, Read):
            return super()._prepared(prompts)
        prompts._check(self)
        return Prepared([prompts.token_ids], (), prompts._is_text, True, prompts)

    def _known_of(self, read: Read, max_length: int) -> Known:
        """What is known after it, with room for so many tokens."""
        return self.decoder().with_room(read._known, room_for(max_length, self.max_sequence_length))

    def _read_after(self, given: Prepared, new_ids, generated: Generated | None) -> Read:
        """The prompt with what was written after it: read, where that is not all there is of it."""
        new_ids = np.asarray(new_ids, "int32")
        if len(new_ids) == 0:
            return given.read
        if generated is not None and generated.token_ids.shape == (1, len(new_ids)):
            return given.read._after(new_ids, generated.known)
        return given.read.more(new_ids)


def _one_row(model, text, goes_on: bool = False) -> Prepared:
    """One text, or its ids, as ids."""
    given = prepared(text, model.pipeline, model.vocabulary_size, name="text", goes_on=goes_on)
    if not given.is_single:
        raise InvalidArgumentError(
            f"text is a list of texts ({len(given.rows)}), and one text is read; pass a string, or "
            "one sequence of ids, and make a Read of each."
        )
    return given


def _read(model, new_ids: np.ndarray, before: Read | None = None) -> Known:
    """What the model knows after these ids, and after those that it has read before."""
    length, limit = len(new_ids) + (before.length if before else 0), model.max_sequence_length
    if limit is not None and length > limit:
        beside = f" with the {before.length} that were read before" if before else ""
        raise InvalidArgumentError(
            f"The text has {length} tokens{beside}, but this model's max_sequence_length={limit}; "
            "read a shorter one, or begin anew with the last part of it."
        )
    known = before._known if before else None
    return model.decoder().read(new_ids, room_for(length, limit), known)


def _sample(model) -> np.ndarray:
    """Some numbers of some weights, float32: after a step of training, or loading, they are others.

    All weights would take as long to look at as a token takes to write.
    """
    weights = model.weights[:: -max(1, len(model.weights) // MOST_SAMPLED)]  # from the last one on
    return ops.convert_to_numpy(ops.concatenate([_some_numbers(weight) for weight in weights]))


def _some_numbers(weight):
    """Eight at most, from the middle of all axes but the last."""
    weight = ops.convert_to_tensor(weight)
    if not weight.shape:
        return ops.cast(ops.reshape(weight, (1,)), "float32")
    *others, width = weight.shape
    start, count = [n // 2 for n in others], min(8, width)
    some = ops.slice(weight, (*start, 0), (*(1 for _ in others), count))
    return ops.cast(ops.reshape(some, (count,)), "float32")
