"""What is done to the scores before a token is chosen: temperature, penalties, exclusions.

Which of these are on is fixed when the loop is compiled, so that what is off costs nothing; how
strong they are is an input.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops

EXCLUDED = -1e30  # the score of what must not be drawn; finite, so that differences stay numbers
NO_TOKEN = -1  # where there is none: in a row that has ended, in a list of stop tokens


@dataclass(frozen=True)
class Processors:
    """The processors of one compiled loop.

    What they remember of a row stands among the loop's `rows`: `"seen"`, bool `(rows,
    vocabulary_size)`, the tokens of the row so far; `"history"`, int32 `(rows, capacity)`, the row
    itself, and `"length"`, int32 `(rows,)`, the tokens in it.

    Attributes:
        has_repetition_penalty: whether tokens of the row so far become less probable: a positive
            score is divided by the penalty, a negative one multiplied (Keskar et al. 2019,
            section 4.1).
        no_repeat_ngram_size: n, if no n tokens in a row may stand in it twice, prompt included
            (Paulus et al. 2018, section 2.5).
    """

    has_repetition_penalty: bool = False
    no_repeat_ngram_size: int | None = None

    def memory(self, prompts: Sequence[np.ndarray], capacity: int, vocabulary_size: int) -> dict:
        """What is known of the prompts, as NumPy arrays."""
        memory = {}
        if self.has_repetition_penalty:
            memory["seen"] = np.zeros((len(prompts), vocabulary_size), "bool")
            for row, prompt in enumerate(prompts):
                memory["seen"][row, prompt] = True
        if self.no_repeat_ngram_size is not None:
            memory["history"] = np.zeros((len(prompts), capacity), "int32")
            for row, prompt in enumerate(prompts):
                memory["history"][row, : len(prompt)] = prompt
            memory["length"] = np.array([len(prompt) for prompt in prompts], "int32")
        return memory

    def updated_memory(self, rows: dict, token, live) -> dict:
        """The same with one more token `(rows,)` in each row that is `live`."""
        memory = {}
        if self.has_repetition_penalty:
            index = ops.arange(rows["seen"].shape[1], dtype="int32")[None, :]
            is_new = ops.logical_and(index == token[:, None], live[:, None])  # (rows, V)
            memory["seen"] = ops.logical_or(rows["seen"], is_new)
        if self.no_repeat_ngram_size is not None:
            index = ops.arange(rows["history"].shape[1], dtype="int32")[None, :]
            is_next = ops.logical_and(index == rows["length"][:, None], live[:, None])
            memory["history"] = ops.where(is_next, token[:, None], rows["history"])
            memory["length"] = rows["length"] + ops.cast(live, "int32")
        return memory

    def scores(self, rows: dict, settings: dict, are_log_probs: bool = False):
        """What the next token is chosen by, `(rows, vocabulary_size)`.

        The scores after the repetition penalty and the temperature, or log-probabilities by them;
        those of tokens that must not follow are `EXCLUDED`, and leave the others as they are.
        """
        scores = rows["logits"]
        if self.has_repetition_penalty:
            penalty = settings["repetition_penalty"]
            penalized = ops.where(scores > 0, scores / penalty, scores * penalty)
            scores = ops.where(rows["seen"], penalized, scores)
        scores = scores * settings["inverse_temperature"]
        if are_log_probs:
            scores = scores - ops.logsumexp(scores, axis=-1, keepdims=True)
        scores = scores + settings["suppressed"]
        if self.no_repeat_ngram_size is not None:
            completes = completes_ngram(
                rows["history"], rows["length"], self.no_repeat_ngram_size, scores.shape[-1]
            )
            scores = ops.where(completes, EXCLUDED, scores)
        return ops.maximum(scores, EXCLUDED)  # a model's own "minus infinity" as well


def completes_ngram(history, length, n: int, vocabulary_size: int):
    """Which tokens would make n tokens in a row stand twice in it.

    Args:
        history: int32 `(rows, capacity)`.
        length: int32 `(rows,)`, how many tokens of each row count.
        n: size of the n-gram.
        vocabulary_size: number of tokens.

    Returns:
        bool `(rows, vocabulary_size)`.

    Example (after "1 2 3 1 2" a 3 would make "1 2 3" again):

    >>> import numpy as np
    >>> history = np.array([[1, 2, 3, 1, 2, 0]], "int32")
    >>> banned = completes_ngram(history, np.array([5], "int32"), n=3, vocabulary_size=5)
    >>> np.array(banned).astype(int).tolist()
    [[0, 0, 0, 1, 0]]
    """
    batch, capacity = history.shape
    if n > capacity:
        return ops.zeros((batch, vocabulary_size), dtype="bool")
    starts = capacity - n + 1  # places where an n-gram may begin
    index = ops.arange(starts, dtype="int32")[None, :]
    is_same = index + n - 1 < length[:, None]  # (rows, starts): all of it has been written
    for offset in range(n - 1):
        end = ops.maximum(length - (n - 1) + offset, 0)  # a place among the last n - 1
        last = ops.take_along_axis(history, end[:, None], axis=1)  # (rows, 1)
        is_same = ops.logical_and(is_same, history[:, offset : offset + starts] == last)
    nothing = vocabulary_size  # a column beside the vocabulary, cut off at the end
    token = ops.where(is_same, history[:, n - 1 :], nothing)  # (rows, starts)
    row = ops.repeat(ops.arange(batch, dtype="int32"), starts)
    where = ops.stack([row, ops.reshape(token, (-1,))], axis=1)  # (rows·starts, 2)
    ones = ops.ones((batch * starts,), dtype="int32")
    marked = ops.scatter_update(ops.zeros((batch, nothing + 1), dtype="int32"), where, ones)
    return marked[:, :nothing] > 0
