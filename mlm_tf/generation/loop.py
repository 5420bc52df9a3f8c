"""The one decoding loop: compiled, cached, the same for recurrence, attention and mixtures.

A prompt is read by one long step (prefill); after that each token is one short step inside a
compiled `while_loop`. Nothing before the newest token is computed twice, and no Python runs per
token. The seed, the temperature, the number of steps, what stops and what is suppressed are
inputs of the compiled functions: changing them compiles nothing.
"""

from collections.abc import Callable, Iterator, Sequence

import keras
import numpy as np
from keras import ops

from mlm_tf.generation.compile import compiled
from mlm_tf.generation.samplers import EXCLUDED, Sampler

NO_TOKEN = -1  # fills the list of stop tokens up to its fixed length
STOP_SLOTS = 8  # stop tokens that fit without compiling anew


def bucket_length(length: int) -> int:
    """Round up to one of a few lengths, so that few shapes are compiled and little is wasted.

    Multiples of 8 up to 64, then of 16 up to 128, of 32 up to 256, and so on: from 32 on at most
    a quarter more than asked for.

    >>> [bucket_length(n) for n in (1, 8, 9, 100, 240, 248, 512)]
    [8, 8, 16, 112, 256, 256, 512]
    """
    granularity = max(8, 2 ** ((length - 1).bit_length() - 3)) if length > 1 else 8
    return -(-length // granularity) * granularity


class StepSeed(keras.random.SeedGenerator):
    """A seed made of tensors: `keras.random` takes no tensor as a seed, but asks this for one."""

    def __init__(self, seed, step):
        # The base class would make a variable; this one has no state to keep.
        self.pair = ops.stack([ops.cast(seed, "uint32"), ops.cast(step, "uint32")])

    def next(self, ordered=True):
        return self.pair


class Decoder:
    """Generates token ids from a step function.

    It knows no model: `step(token_ids, state, padding_mask) -> (logits, state)` takes ids
    `(batch, S)` and gives the float32 scores `(batch, vocabulary_size)` after each row's last
    token that is not padding; `initial_state(batch_size, max_length)` gives the state before
    the first token.

    Args:
        step: as above; computed with `keras.ops`.
        initial_state: as above.
        variables: every Keras variable that `step` reads.
        vocabulary_size: number of scores.

    Example (a "model" that always continues 0 1 2 0 1 2 ...):

    >>> import numpy as np
    >>> from keras import ops
    >>> from mlm_tf.generation import Decoder, Greedy
    >>> def step(token_ids, state, padding_mask):
    ...     last = ops.sum(ops.cast(padding_mask, "int32"), axis=1, keepdims=True) - 1
    ...     token = ops.take_along_axis(token_ids, ops.maximum(last, 0), axis=1)[:, 0]
    ...     return ops.one_hot((token + 1) % 3, 3), state
    >>> counter = Decoder(step, lambda batch, length: ops.zeros((batch, 1)), [], 3)
    >>> slices = counter.run([np.array([0, 1])], max_length=6, sampler=Greedy())
    >>> [s.tolist() for s in slices]
    [[[2, 0, 1, 2]]]
    """

    def __init__(
        self,
        step: Callable,
        initial_state: Callable,
        variables: Sequence[keras.Variable],
        vocabulary_size: int,
    ):
        self.step = step
        self.initial_state = initial_state
        self.variables = list(variables)
        self.vocabulary_size = vocabulary_size
        self._functions = {}

    def run(
        self,
        prompts: Sequence[np.ndarray],
        max_length: int,
        sampler: Sampler,
        temperature: float = 1.0,
        seed: int = 0,
        stop_token_ids: Sequence[int] = (),
        suppress_token_ids: Sequence[int] = (),
        slice_length: int | None = None,
    ) -> Iterator[np.ndarray]:
        """Continue the prompts.

        Args:
            prompts: one int array a row, each of 1 to `max_length` ids.
            max_length: total length of a row, prompt included.
            sampler: chooses the next token.
            temperature: divides the scores; above 0.
            seed: the same seed gives the same tokens.
            stop_token_ids: a row ends with the first of these (which is kept).
            suppress_token_ids: never drawn.
            slice_length: how many steps are run before handing out what there is; `None` for
                all at once.

        Yields:
            int32 arrays `(batch, steps)` with the newly generated ids; -1 where a row had ended.
        """
        batch = len(prompts)
        lengths = np.array([len(p) for p in prompts], "int32")
        prefill, decode = self._compiled(
            sampler, bucket_length(max_length), max(STOP_SLOTS, bucket_length(len(stop_token_ids)))
        )
        token_ids = np.zeros((batch, bucket_length(int(lengths.max()))), "int32")
        for row, prompt in enumerate(prompts):
            token_ids[row, : len(prompt)] = prompt
        stops = np.full(max(STOP_SLOTS, bucket_length(len(stop_token_ids))), NO_TOKEN, "int32")
        stops[: len(stop_token_ids)] = stop_token_ids
        penalty = np.zeros(self.vocabulary_size, "float32")
        penalty[list(suppress_token_ids)] = EXCLUDED

        carry = prefill(tensor(token_ids), tensor(lengths), tensor(max_length))
        settings = [
            tensor(np.float32(1.0 / temperature)),
            tensor(np.uint32(seed & 0xFFFFFFFF)),
            tensor(stops),
            tensor(penalty),
        ]
        total = max_length - int(lengths.min())
        done = 0
        while done < total:
            until = total if slice_length is None else min(total, done + slice_length)
            carry = decode(carry, tensor(until), *settings)
            count = int(carry["count"])
            if count > done:
                yield np.array(carry["generated"])[:, done:count]
            if count < until:  # every row has ended
                return
            done = until

    def _compiled(self, sampler: Sampler, capacity: int, stop_slots: int):
        key = (sampler.key(), capacity, stop_slots)
        if key not in self._functions:
            self._functions[key] = (
                compiled(self._prefill(capacity), self.variables),
                compiled(self._decode(sampler), self.variables, donate_first=True),
            )
        return self._functions[key]

    def _prefill(self, capacity: int):
        def prefill(token_ids, lengths, max_length):
            batch, prompt_length = token_ids.shape
            mask = ops.arange(prompt_length, dtype="int32")[None, :] < lengths[:, None]  # (B, P)
            logits, state = self.step(token_ids, self.initial_state(batch, capacity), mask)
            return {
                "generated": ops.full((batch, capacity), NO_TOKEN, dtype="int32"),
                "count": ops.zeros((), dtype="int32"),
                "room": max_length - lengths,  # (B,) tokens that still fit
                "logits": logits,
                "state": state,
            }

        return prefill

    def _decode(self, sampler: Sampler):
        def decode(carry, until, inverse_temperature, seed, stops, penalty):
            def running(carry):
                return ops.logical_and(carry["count"] < until, ops.any(carry["room"] > 0))

            def one_token(carry):
                count, live = carry["count"], carry["room"] > 0  # (B,)
                scores = carry["logits"] * inverse_temperature + penalty  # (B, V)
                token = sampler(scores, StepSeed(seed, count))  # (B,)
                stopped = ops.any(token[:, None] == stops[None, :], axis=1)  # (B,)
                # A row that has ended passes its token on as padding: its state stays.
                logits, state = self.step(token[:, None], carry["state"], live[:, None])
                column = ops.where(live, token, NO_TOKEN)[:, None]
                return {
                    "generated": ops.slice_update(carry["generated"], (0, count), column),
                    "count": count + 1,
                    "room": ops.where(stopped, 0, carry["room"] - 1),
                    "logits": logits,
                    "state": state,
                }

            (carry,) = ops.while_loop(running, lambda c: (one_token(c),), (carry,))
            return carry

        return decode


def tensor(value):
    """Python numbers become int32 tensors: a new number is then a new input, not a new trace."""
    return ops.convert_to_tensor(np.asarray(value, "int32") if isinstance(value, int) else value)
