"""The one decoding loop: the same for recurrence, attention and mixtures, compiled as a whole.

A prompt is read by one long step (prefill); after that each token is one short step inside a
compiled `while_loop`. Nothing before the newest token is computed twice, and no Python runs per
token.

What the loop carries from step to step: `"count"`, the steps so far; `"is_finite"`, whether all
scores were; and `"rows"`, tensors with one entry (or several) a row, among them

    generated   int32 (rows, capacity)             the new tokens, -1 where a row had ended
    room        int32 (rows,)                      tokens that still fit; 0: the row has ended
    logits      float32 (rows, vocabulary_size)    scores of the next token
    state       nested tensors                     what the model knows of the row

so that beam search reorders all of them at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import ops

from mlm_tf.generation.beam import end_beams, first_beams, log_probs_of, next_beams, take_rows
from mlm_tf.generation.processors import Processors
from mlm_tf.generation.samplers import EXCLUDED, NO_TOKEN, Beam, Sampler


class StepSeed(keras.random.SeedGenerator):
    """A seed made of tensors: `keras.random` takes no tensor as a seed, but asks this for one."""

    def __init__(self, seed, step):
        # The base class would make a variable; this one has no state to keep.
        self.pair = ops.stack([ops.cast(seed, "uint32"), ops.cast(step, "uint32")])

    def next(self, ordered=True):
        return self.pair


@dataclass(frozen=True)
class Loop:
    """One kind of loop: what is fixed when it is compiled. Everything else is an input.

    Attributes:
        step, initial_state: of the model, see `Decoder`.
        sampler: chooses the tokens.
        processors: what is done to the scores before.
        with_log_probs: whether the log-probability of each token is kept.
        copies: rows for each prompt, which stand together.
        capacity: the most tokens in a row.
    """

    step: Callable
    initial_state: Callable
    sampler: Sampler
    processors: Processors
    with_log_probs: bool
    copies: int
    capacity: int

    def prefill(self, token_ids, lengths, max_length, memory, *source):
        """Read the prompts.

        Args:
            token_ids: int32 `(batch, length)`, padded on the right.
            lengths: int32 `(batch,)`, tokens in each prompt.
            max_length: int32, tokens in a row at most, prompt included.
            memory: of the processors, `batch` rows.
            source: what `initial_state` is given.

        Returns:
            What `decode` carries on from.
        """
        batch, prompt_length = token_ids.shape
        mask = ops.arange(prompt_length, dtype="int32")[None, :] < lengths[:, None]  # (B, P)
        state = self.initial_state(batch, self.capacity, *source)
        logits, state = self.step(token_ids, state, mask)
        rows = {
            "generated": ops.full((batch, self.capacity), NO_TOKEN, dtype="int32"),
            "room": max_length - lengths,
            "logits": logits,
            "state": state,
            **memory,
        }
        if self.with_log_probs:
            rows["log_probs"] = ops.zeros((batch, self.capacity), dtype="float32")
        if self.copies > 1:
            index = ops.repeat(ops.arange(batch, dtype="int32"), self.copies)
            rows = take_rows(rows, index, batch)
        if isinstance(self.sampler, Beam):
            rows = first_beams(rows, self.copies)
        return {"rows": rows, "count": ops.zeros((), "int32"), "is_finite": ops.ones((), "bool")}

    def decode(self, carry, until, ended, settings):
        """Token after token, until `until` steps are done or every row has ended.

        Args:
            carry: from `prefill` or `decode`.
            until: int32, steps in all.
            ended: bool `(rows,)`, true for a row that ends here.
            settings: tensors by name: `inverse_temperature`, `seed`, `stops` (int32, filled up
                with `NO_TOKEN`), `suppressed` (float32 `(vocabulary_size,)`, 0 or `EXCLUDED`),
                `repetition_penalty`.
        """

        def running(carry):
            goes_on = ops.any(carry["rows"]["room"] > 0)
            goes_on = ops.logical_and(goes_on, carry["count"] < until)
            return ops.logical_and(goes_on, carry["is_finite"])

        def one_token(carry):
            rows, count = carry["rows"], carry["count"]
            is_finite = are_finite(rows["logits"], rows["room"] > 0)
            rows, token, live = self._choose(rows, count, settings)
            rows = self._append(rows, count, token, live, settings["stops"])
            return {"rows": rows, "count": count + 1, "is_finite": is_finite}

        rows = {**carry["rows"], "room": ops.where(ended, 0, carry["rows"]["room"])}
        if isinstance(self.sampler, Beam):
            rows = end_beams(rows, carry["count"], self.sampler)
        carry = {**carry, "rows": rows}
        (carry,) = ops.while_loop(running, lambda c: (one_token(c),), (carry,))
        return carry

    def _choose(self, rows, count, settings):
        """-> (rows, next token `(rows,)`, whether that is added to the row `(rows,)`)."""
        if isinstance(self.sampler, Beam):
            return next_beams(rows, count, self.sampler, self.processors, settings)
        scores = self.processors.weighted(rows, settings)
        scores = self.processors.excluded(scores, rows, settings)
        token = self.sampler(scores, StepSeed(settings["seed"], count))  # (rows,)
        chosen = ops.take_along_axis(scores, token[:, None], axis=1)[:, 0]
        return rows, token, ops.logical_and(rows["room"] > 0, chosen > EXCLUDED / 2)

    def _append(self, rows, count, token, live, stops):
        """The rows with one more token each."""
        # A row that has ended passes its token on as padding: its state stays.
        logits, state = self.step(token[:, None], rows["state"], live[:, None])
        stopped = ops.any(token[:, None] == stops[None, :], axis=1)  # (rows,)
        goes_on = ops.logical_and(live, ops.logical_not(stopped))
        column = ops.where(live, token, NO_TOKEN)[:, None]
        appended = {
            "generated": ops.slice_update(rows["generated"], (0, count), column),
            "room": ops.where(goes_on, rows["room"] - 1, 0),
            "logits": logits,
            "state": state,
            **self.processors.updated_memory(rows, token, live),
        }
        if self.with_log_probs:
            column = log_probs_of(rows["logits"], token)[:, None]
            appended["log_probs"] = ops.slice_update(rows["log_probs"], (0, count), column)
        return {**rows, **appended}


def are_finite(logits, live):
    """Whether each row that is live has a score, and none that is NaN or infinite; bool `()`.

    A score may be minus infinity, which excludes a token.
    """
    are_numbers = ops.all(logits < float("inf"), axis=-1)  # false for NaN too
    are_numbers = ops.logical_and(are_numbers, ops.any(logits > float("-inf"), axis=-1))
    return ops.all(ops.logical_or(are_numbers, ops.logical_not(live)))
