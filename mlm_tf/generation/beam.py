"""Beam search: a sampler of `batch · num_beams` rows, those of one prompt together.

A beam goes on, or it has ended. Those that go on are the loop's rows, all of a prompt with the
same number of tokens; what has ended is kept apart, among the rows as `"ended"`, so that nothing
that may yet become worse can push it out:

    sum      float32 (rows,)     log-probability of the continuation; `EXCLUDED` where none goes on
    ended    generated           int32 (rows, capacity)
             rank                float32 (rows,), the best of each prompt first
             log_probs           float32 (rows, capacity), if they are kept

The rank is `sum / length ** length_penalty`.
"""

from keras import ops

from mlm_tf.checks import Checked, check_integer, check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation.loop import (
    EXCLUDED,
    NO_TOKEN,
    Greedy,
    Processors,
    Sampler,
    log_probs_of,
    take_rows,
)

NO_BEAM = EXCLUDED / 2  # a sum or a rank below this belongs to no continuation


class Beam(Sampler):
    """Beam search: of all continuations of the `num_beams` best so far, the `num_beams` best.

    No chance in it: it looks for the most probable whole text, where `Greedy` takes the most
    probable token each time. Texts are compared by the logarithm of their probability, divided by
    `length ** length_penalty`: longer ones are less probable, and would otherwise never win. The
    length is that of the continuation, its end token included. The scores are those divided by
    the temperature, if it is not 1; a temperature of 0 leaves nothing but the greedy text.

    Texts that have ended are kept apart, the `num_beams` best of them, and take no place of one
    that goes on. The search ends when none that goes on can become better than these.

    Args:
        num_beams: how many; 1 is greedy.
        length_penalty: 0 compares whole texts, 1 means per token; above 1 prefers long ones.

    Example:

    >>> Beam(num_beams=3) == Beam(3, length_penalty=1.0)
    True

    Reference: Sutskever et al. 2014, section 3.2; Wu et al. 2016, section 7 (the length).
    """

    inputs = ("length_penalty",)
    rewrites = True
    num_beams = Checked(check_integer)
    length_penalty = Checked(check_number, least=0)

    def __init__(self, num_beams: int = 4, length_penalty: float = 1.0):
        self.num_beams = num_beams
        self.length_penalty = length_penalty

    def copies(self, num_sequences):
        if num_sequences > self.num_beams:
            raise InvalidArgumentError(
                f"num_return_sequences={num_sequences} is more than num_beams={self.num_beams}; "
                "use at most that, or a Beam with more."
            )
        return self.num_beams

    def kind(self):
        return Greedy() if self.num_beams == 1 else super().kind()

    def first_rows(self, rows):
        """Of the beams of a prompt only the first is a continuation as yet."""
        is_first = ops.arange(rows["room"].shape[0], dtype="int32") % self.num_beams == 0
        kept = {name: rows[name] for name in ("generated", "log_probs") if name in rows}
        return {
            **rows,
            "room": ops.where(is_first, rows["room"], 0),
            "sum": ops.where(is_first, 0.0, EXCLUDED),
            "ended": {**kept, "rank": ops.full(is_first.shape, EXCLUDED, dtype="float32")},
        }

    def end_rows(self, rows, ended, count):
        """Put beams that have no room any more among those that have ended."""
        rows = super().end_rows(rows, ended, count)
        has_ended = ops.logical_and(rows["sum"] > NO_BEAM, rows["room"] <= 0)
        rank = self._ranks(ops.where(has_ended, rows["sum"], EXCLUDED), count)
        itself = ops.arange(rank.shape[0], dtype="int32")
        ended = self._with_ended(rows, count, [(rank, itself, ops.full_like(itself, NO_TOKEN))])
        return {**rows, "sum": ops.where(has_ended, EXCLUDED, rows["sum"]), "ended": ended}

    def choose(self, rows, count, processors: Processors, settings):
        """The best continuations of all beams, by one token more than `count`.

        The best that end with this token go among the ended; of the others as many go on as there
        are beams, the best first. A search goes on until none of them can become better than the
        worst that has ended: a sum of log-probabilities only falls, and the least that dividing by
        the length can leave of it is what it is at the greatest length.
        """
        num_rows, vocabulary_size = rows["logits"].shape
        scores = processors.scores(rows, settings, are_log_probs=True)  # (rows, V)
        goes_on = ops.logical_and(rows["room"] > 0, ops.max(scores, axis=-1) > NO_BEAM)  # (rows,)
        sums = ops.maximum(rows["sum"][:, None] + scores, EXCLUDED)  # (rows, V)
        sums = ops.where(goes_on[:, None], sums, EXCLUDED)

        # === Those that end with a stop token, and those that are not at their end ===
        stops = settings["stops"]  # (stops,)
        at_stops = ops.take(sums, ops.maximum(stops, 0), axis=1)  # (rows, stops)
        at_stops = ops.where(stops[None] >= 0, at_stops, EXCLUDED)
        index = ops.arange(vocabulary_size, dtype="int32")
        are_stops = ops.any(index[:, None] == stops[None], axis=1)  # (V,)
        sums = ops.where(are_stops[None], EXCLUDED, sums)
        of_prompt = ops.reshape(sums, (-1, self.num_beams * vocabulary_size))
        best_sums, best = ops.top_k(of_prompt, self.num_beams)  # (B, num_beams)
        best, best_sums = ops.cast(best, "int32"), ops.reshape(best_sums, (-1,))
        prompt = ops.arange(best.shape[0], dtype="int32")[:, None]  # (B, 1)
        parent = ops.reshape(prompt * self.num_beams + best // vocabulary_size, (-1,))  # (rows,)
        token = ops.reshape(best % vocabulary_size, (-1,))

        # === What has ended: at a stop token, where nothing fits any more or nothing may follow ===
        row = ops.arange(num_rows, dtype="int32")
        room = ops.take(rows["room"], parent, axis=0)  # (rows,), the same for all that go on
        is_stuck = ops.logical_and(rows["room"] > 0, ops.logical_not(goes_on))
        ended = self._with_ended(
            rows,
            count,
            [
                (
                    self._ranks(ops.reshape(at_stops, (-1,)), count + 1),
                    ops.repeat(row, stops.shape[0]),
                    ops.tile(stops, (num_rows,)),
                ),
                (self._ranks(ops.where(room == 1, best_sums, EXCLUDED), count + 1), parent, token),
                (
                    self._ranks(ops.where(is_stuck, rows["sum"], EXCLUDED), count),
                    row,
                    ops.full_like(row, NO_TOKEN),
                ),
            ],
        )

        # === Whether to go on ===
        hoped = self._ranks(best_sums, count + room)  # (rows,)
        worst = ops.repeat(ended["rank"][self.num_beams - 1 :: self.num_beams], self.num_beams)
        live = ops.logical_and(best_sums > NO_BEAM, room > 1)
        best_hoped = ops.max(ops.reshape(hoped, (-1, self.num_beams)), axis=1)  # (B,)
        live = ops.logical_and(live, ops.repeat(best_hoped, self.num_beams) > worst)
        rows = take_rows({name: rows[name] for name in rows if name != "ended"}, parent, num_rows)
        return {**rows, "sum": ops.where(live, best_sums, EXCLUDED), "ended": ended}, token, live

    def _ranks(self, sums, length):
        """What continuations of one length are compared by, `(...)`; that of none is `EXCLUDED`."""
        length = ops.cast(ops.maximum(length, 1), "float32")
        return ops.where(sums > NO_BEAM, sums / length**self.length_penalty, EXCLUDED)

    def _with_ended(self, rows: dict, count, candidates) -> dict:
        """The best of what has ended before and of what ends now.

        Args:
            rows: of which `"ended"` is what has ended before.
            count: tokens in the rows.
            candidates: `(rank, row, token)`, each `(n · rows,)`, those of a prompt together: a row,
                and the token that is added to it, or `NO_TOKEN`.

        Returns:
            The new `"ended"`.
        """
        ended, num_rows = rows["ended"], rows["sum"].shape[0]
        itself = ops.arange(num_rows, dtype="int32")  # what has ended stands before the rows below
        every = [(ended["rank"], itself, ops.full_like(itself, NO_TOKEN))]
        every += [(rank, num_rows + row, token) for rank, row, token in candidates]
        prompts = num_rows // self.num_beams
        rank, row, token = (
            ops.concatenate([ops.reshape(part, (prompts, -1)) for part in parts], axis=1)
            for parts in zip(*every, strict=True)
        )  # (B, all)
        rank, best = ops.top_k(rank, self.num_beams)  # (B, num_beams); of equals the earlier
        row, token = (
            ops.reshape(ops.take_along_axis(part, ops.cast(best, "int32"), axis=1), (-1,))
            for part in (row, token)
        )

        def kept(name):
            return ops.take(ops.concatenate([ended[name], rows[name]], axis=0), row, axis=0)

        # The column is empty in all of them: what has ended is shorter.
        generated = ops.slice_update(kept("generated"), (0, count), token[:, None])
        new = {"generated": generated, "rank": ops.reshape(rank, (-1,))}
        if "log_probs" in ended:
            logits = ops.take(rows["logits"], ops.maximum(row - num_rows, 0), axis=0)  # (rows, V)
            column = ops.where(token >= 0, log_probs_of(logits, token), 0.0)[:, None]
            new["log_probs"] = ops.slice_update(kept("log_probs"), (0, count), column)
        return new

    def results(self, rows):
        """What has ended."""
        return rows["ended"], rows["ended"]["rank"] > NO_BEAM
