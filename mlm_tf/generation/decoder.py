"""The decoder: prompts in, slices of new tokens out, by compiled loops that it keeps.

The seed, the temperature, the number of steps, what stops, what is suppressed and the inputs of a
sampler are inputs of the compiled functions: changing them compiles nothing.

What a model knows after a text can be kept, and gone on from as often as one likes
(`Decoder.read`). There the shapes are fewer still: a text is read in pieces of one length, and its
state has room for as many tokens as one of a few sizes (`room_for`).
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation.compile import compiled, copied
from mlm_tf.generation.forbidden_strings import TokenAutomaton
from mlm_tf.generation.loop import EXCLUDED, NO_TOKEN, Loop, Processors, Sampler
from mlm_tf.layers.block import grown

PIECE = 32  # tokens that are read at once; the last ones of a text may be fewer
FIRST_ROOM = 512  # tokens: the smallest size of a state that grows


class Known(NamedTuple):
    """What a model knows after a text, or after several: all that it takes to go on.

    Attributes:
        state: nested tensors, the model's own.
        logits: float32 `(rows, vocabulary_size)`, the scores of the next token.
        room: how many tokens of a row the state can hold, those that it knows included.
    """

    state: object
    logits: object
    room: int


class Generated(NamedTuple):
    """What a decoder has written so far; `rows` of it, those of one prompt together.

    Attributes:
        token_ids: int32 `(rows, steps)`, the new ids; -1 where a row had ended.
        log_probs: float32 `(rows, steps)`, the log-probability of each under the model itself,
            whatever the sampler, temperature and penalties make of it; `None` if not asked for.
        exists: bool `(rows,)`, false for a beam beyond the number of continuations that there are.
        known: what the model knows now, after what it has written; of a sampler that `rewrites`
            after what goes on. The next slice overwrites it. A row to which no token could be
            added any more has scores without a meaning.
    """

    token_ids: np.ndarray
    log_probs: np.ndarray | None
    exists: np.ndarray
    known: Known


class Decoder:
    """Generates token ids from a step function.

    It knows no model: `step(token_ids, state, padding_mask) -> (logits, state)` takes ids
    `(batch, S)` and gives the float32 scores `(batch, vocabulary_size)` after each row's last
    token that is not padding; `initial_state(batch_size, max_length, *source)` gives the state
    before the first token.

    Args:
        step: as above; computed with `keras.ops`.
        initial_state: as above.
        variables: every Keras variable that `step` and `initial_state` read.
        vocabulary_size: number of scores.
        grown_state: `(state, empty) -> state`, one with more room, see `Block.grown_state`.

    Example (a "model" that always continues 0 1 2 0 1 2 ...):

    >>> import numpy as np
    >>> from keras import ops
    >>> from mlm_tf.generation import Decoder, Greedy
    >>> def step(token_ids, state, padding_mask):
    ...     last = ops.sum(ops.cast(padding_mask, "int32"), axis=1, keepdims=True) - 1
    ...     token = ops.take_along_axis(token_ids, ops.maximum(last, 0), axis=1)[:, 0]
    ...     return ops.one_hot((token + 1) % 3, 3), state
    >>> counter = Decoder(step, lambda batch, length: ops.zeros((batch, 1)), [], 3)
    >>> for generated in counter.run([np.array([0, 1])], max_length=6, sampler=Greedy()):
    ...     print(generated.token_ids.tolist())
    [[2, 0, 1, 2]]
    """

    def __init__(
        self,
        step: Callable,
        initial_state: Callable,
        variables: Sequence[keras.Variable],
        vocabulary_size: int,
        grown_state: Callable = grown,
    ):
        self.step = step
        self.initial_state = initial_state
        self.variables = list(variables)
        self.vocabulary_size = vocabulary_size
        self.grown_state = grown_state
        self._functions = {}
        self._read_piece = compiled(_after_a_piece(step), self.variables, donate_first=True)

    def read(self, token_ids: np.ndarray, room: int, before: Known | None = None) -> Known:
        """Read one text, or, after what is known already, more of it.

        One function is compiled for each `room`, whatever the lengths.

        Args:
            token_ids: int array of at least one id.
            room: how many tokens the state has to hold, those of `before` included.
            before: of one row; it is left as it is.

        Returns:
            What is known after the last of the ids, with at least that much room.
        """
        if before is None:
            before = Known(self.initial_state(1, room), None, room)
        before = self.with_room(before, room)
        room, state = before.room, copied(before.state)  # which the first piece overwrites
        del before  # if it was made here, the memory is free
        for start in range(0, len(token_ids), PIECE):
            piece = token_ids[start : start + PIECE]
            mask = np.arange(PIECE)[None] < len(piece)
            logits, state = self._read_piece(state, *_tensors((padded_rows([piece], PIECE), mask)))
        return Known(state, logits, room)

    def with_room(self, known: Known, room: int) -> Known:
        """The same, of one row, with at least that much room."""
        if room <= known.room:
            return known
        state = self.grown_state(known.state, self.initial_state(1, room))
        return Known(state, known.logits, room)

    def run(
        self,
        prompts: Sequence[np.ndarray],
        max_length: int,
        sampler: Sampler,
        temperature: float = 1.0,
        seed: int = 0,
        stop_token_ids: Sequence[int] = (),
        suppress_token_ids: Sequence[int] = (),
        repetition_penalty: float = 1.0,
        no_repeat_ngram_size: int | None = None,
        num_sequences: int = 1,
        with_log_probs: bool = False,
        slice_length: int | None = None,
        slice_seconds: float | None = None,
        has_ended: Callable[[np.ndarray], np.ndarray] | None = None,
        source: Sequence[np.ndarray] = (),
        forbidden: TokenAutomaton | None = None,
        known: Known | None = None,
    ) -> Iterator[Generated]:
        """Continue the prompts.

        Args:
            prompts: one int array a row, each of 1 to `max_length` ids.
            max_length: total length of a row, prompt included.
            sampler: chooses the next token.
            temperature: divides the scores; above 0.
            seed: the same seed gives the same tokens.
            stop_token_ids: a row ends with the first of these (which is kept).
            suppress_token_ids: never drawn. A row to which nothing else is left ends.
            repetition_penalty: see `Processors`; 1 is none.
            no_repeat_ngram_size: see `Processors`; `None` allows every repetition.
            num_sequences: continuations of each prompt; a sampler may have more.
            with_log_probs: whether to keep the log-probability of each new token.
            slice_length: how many steps are run before handing out what there is; `None` for
                all at once.
            slice_seconds: if given, how long a slice should take; they become longer and shorter
                until they do.
            has_ended: called after each slice with the new ids so far, `(rows, steps)`; says
                which rows end there, bool `(rows,)`.
            source: arrays that `initial_state` is given: what the continuation depends on beside
                the prompt. Axis 0 of each is the batch.
            forbidden: over the tokens of the vocabulary, see `ForbiddenStrings`; what would
                complete one of its strings is never drawn.
            known: what is known after the prompt, of which there is one alone, with room for
                `max_length`; nothing is read then. It is left as it is.

        Yields:
            What has been generated so far, after every slice, and at least once; of beam search
            the best that have ended so far, the best first.

        Raises:
            InvalidArgumentError: if the model gives scores that are no numbers, or infinite.
        """
        loop = Loop(
            self.step,
            self.initial_state,
            sampler.kind(),
            Processors(repetition_penalty != 1, no_repeat_ngram_size, forbidden is not None),
            with_log_probs,
            copies=sampler.copies(num_sequences),
            capacity=bucket_length(max_length) if known is None else known.room,
        )
        prefill, decode = self._compiled(loop)
        lengths = np.array([len(p) for p in prompts], "int32")
        stop_token_ids = sorted(set(stop_token_ids))  # no text ends in two ways
        settings = {
            "inverse_temperature": np.float32(1.0 / temperature),
            "seed": np.uint32(seed & 0xFFFFFFFF),
            "stops": np.full(bucket_length(1 + len(stop_token_ids)), NO_TOKEN, "int32"),
            "suppressed": np.zeros(self.vocabulary_size, "float32"),
            "repetition_penalty": np.float32(repetition_penalty),
            "sampler": _inputs_of(sampler, loop.sampler.inputs),
        }
        if forbidden is not None:
            settings["forbidden"] = forbidden.arrays()
        settings["stops"][: len(stop_token_ids)] = stop_token_ids
        settings["suppressed"][list(suppress_token_ids)] = EXCLUDED
        settings = _tensors(settings)

        memory = loop.processors.memory(prompts, loop.capacity, self.vocabulary_size, forbidden)
        if known is None:
            padded = padded_rows(prompts, bucket_length(int(lengths.max())))
            carry = prefill(*_tensors((padded, lengths, max_length, memory, *source)))
        else:
            told = _tensors((lengths, max_length, memory))
            carry = copied(loop.begun(known.state, known.logits, *told))  # the loop overwrites it
            known = None  # if it was made for this, the memory is free
        total = max_length - int(lengths.min())
        ended = np.zeros(len(prompts) * loop.copies, "bool")
        done, is_last = 0, False
        while not is_last:
            until = total if slice_length is None else min(total, done + slice_length)
            begin = time.perf_counter()
            carry = decode(carry, *_tensors((until, ended)), settings)
            done = int(carry["count"])
            if slice_seconds is not None:
                seconds = time.perf_counter() - begin
                slice_length = _next_length(slice_length, seconds / slice_seconds)
            if not bool(carry["is_finite"]):
                raise InvalidArgumentError(
                    f"The model's scores are not finite (NaN or infinity) after {done} new tokens, "
                    "so no token can be chosen; look at its weights, or train it again with a "
                    "lower learning rate."
                )
            is_last = done < until or done == total  # fewer: every row has ended
            if has_ended is not None:
                ended = has_ended(ops.convert_to_numpy(carry["rows"]["generated"])[:, :done])
            generated = _generated(loop, carry, done)
            if (generated.token_ids >= self.vocabulary_size).any():
                raise InvalidArgumentError(
                    f"{type(sampler).__name__} chose a token that is none: ids go from 0 to "
                    f"{self.vocabulary_size - 1}; look at what its __call__ gives."
                )
            yield generated

    def _compiled(self, loop: Loop):
        if loop not in self._functions:
            self._functions[loop] = (
                compiled(loop.prefill, self.variables),
                compiled(loop.decode, self.variables, donate_first=True),
            )
        return self._functions[loop]


def bucket_length(length: int) -> int:
    """Round up to one of a few lengths, so that few shapes are compiled and little is wasted.

    Multiples of 8 up to 64, then of 16 up to 128, of 32 up to 256, and so on: from 32 on at most
    a quarter more than asked for.

    >>> [bucket_length(n) for n in (1, 8, 9, 100, 240, 248, 512)]
    [8, 8, 16, 112, 256, 256, 512]
    """
    granularity = max(8, 2 ** ((length - 1).bit_length() - 3)) if length > 1 else 8
    return -(-length // granularity) * granularity


def room_for(length: int, limit: int | None) -> int:
    """Round up to one of the sizes of a state that grows; up to `limit` there are three at most.

    Each is compiled for by itself, and a token takes the longer the more room there is: so they are
    few, and far apart. Without a limit each is four times the one before.

    >>> [room_for(n, 8192) for n in (1, 512, 513, 2048, 2049, 8192)]
    [512, 512, 2048, 2048, 8192, 8192]
    >>> [room_for(n, 1024) for n in (512, 513)], room_for(5, 100), room_for(3000, None)
    ([512, 1024], 112, 8192)
    """
    if limit is None:
        size = FIRST_ROOM
        while size < length:
            size *= 4
        return size
    sizes = [FIRST_ROOM, math.isqrt(FIRST_ROOM * limit)] if limit > 4 * FIRST_ROOM else [FIRST_ROOM]
    sizes = [size for size in map(bucket_length, sizes) if length <= size < limit]
    return min(sizes, default=bucket_length(limit))


def padded_rows(rows: Sequence[np.ndarray], length: int) -> np.ndarray:
    """One int32 array `(rows, length)` of rows of different lengths, zeros on the right.

    >>> padded_rows([np.array([1, 2]), np.array([3])], 3).tolist()
    [[1, 2, 0], [3, 0, 0]]
    """
    padded = np.zeros((len(rows), length), "int32")
    for index, row in enumerate(rows):
        padded[index, : len(row)] = row
    return padded


def _tensors(values):
    """Numbers and arrays, nested, as tensors.

    Python numbers become int32 tensors: a new number is then a new input, not a new trace.
    """

    def tensor(value):
        if isinstance(value, int):
            value = np.asarray(value, "int32")
        return ops.convert_to_tensor(value)

    return keras.tree.map_structure(tensor, values)


def _as_input(value) -> np.ndarray:
    """A number or an array of a sampler as the loop takes it: of 32 bits.

    >>> _as_input(0.9).dtype.name, _as_input([1, 2]).dtype.name, _as_input([True]).dtype.name
    ('float32', 'int32', 'bool')
    """
    array = np.asarray(value)
    return array.astype({"f": "float32", "i": "int32"}.get(array.dtype.kind, array.dtype))


def _inputs_of(sampler: Sampler, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The inputs of a sampler by their names."""
    inputs = {}
    for name in names:
        if not hasattr(sampler, name):
            raise InvalidArgumentError(
                f"{type(sampler).__name__} names {name!r} in inputs={names!r}, and has no "
                "attribute of that name; set it in __init__."
            )
        inputs[name] = _as_input(getattr(sampler, name))
        if inputs[name].dtype.kind not in "biuf":
            raise InvalidArgumentError(
                f"{type(sampler).__name__} has {name}={shown(getattr(sampler, name))} as an input, "
                "and inputs are numbers; leave it out of inputs, then it is a part of the loop."
            )
    return inputs


def _generated(loop: Loop, carry: dict, count: int) -> Generated:
    """What the first `count` steps of a loop have written."""
    rows, exists = loop.sampler.results(carry["rows"])
    log_probs = rows.get("log_probs")
    return Generated(
        token_ids=ops.convert_to_numpy(rows["generated"])[:, :count],
        log_probs=None if log_probs is None else ops.convert_to_numpy(log_probs)[:, :count],
        exists=ops.convert_to_numpy(exists),
        known=Known(carry["rows"]["state"], carry["rows"]["logits"], loop.capacity),
    )


def _after_a_piece(step: Callable) -> Callable:
    """A step whose first argument is the state, the one that is overwritten."""

    def read_piece(state, token_ids, padding_mask):
        return step(token_ids, state, padding_mask)

    return read_piece


def _next_length(length: int, share: float) -> int:
    """Of slices, where one of this length took that share of the time that it should take.

    >>> [_next_length(16, share) for share in (0.01, 0.5, 1.6, 40.0)], _next_length(1, 40.0)
    ([512, 32, 10, 8], 1)
    """
    fitting = int(length / max(share, 1e-9))
    return min(max(1, length // 2, fitting), 32 * length)  # the first one may have compiled
