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

so that a sampler can reorder all of them at once. What is done to the scores before, and what a
sampler is to the loop, stand here too; the other samplers are in `samplers.py` and `beam.py`.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation.forbidden_strings import TokenAutomaton, forbidden_tokens, next_state

EXCLUDED = -1e30  # the score of what must not be drawn; finite, so that differences stay numbers
NO_TOKEN = -1  # where there is none: in a row that has ended, in a list of stop tokens


@dataclass(frozen=True)
class Processors:
    """What is done to the scores before a token is chosen: temperature, penalties, exclusions.

    Which of these are on is fixed when the loop is compiled, so that what is off costs nothing; how
    strong they are is an input.

    What they remember of a row stands among the loop's `rows`: `"seen"`, bool `(rows,
    vocabulary_size)`, the tokens of the row so far; `"history"`, int32 `(rows, capacity)`, the row
    itself, and `"length"`, int32 `(rows,)`, the tokens in it; `"spelled"`, int32 `(rows,)`, the
    state in which the automaton of forbidden strings is.

    Attributes:
        has_repetition_penalty: whether tokens of the row so far become less probable: a positive
            score is divided by the penalty, a negative one multiplied (Keskar et al. 2019,
            section 4.1).
        no_repeat_ngram_size: n, if no n tokens in a row may stand in it twice, prompt included
            (Paulus et al. 2018, section 2.5).
        has_forbidden_strings: whether there are strings that no text may hold, see
            `forbidden_strings`; what of them stands in a prompt begins one.
    """

    has_repetition_penalty: bool = False
    no_repeat_ngram_size: int | None = None
    has_forbidden_strings: bool = False

    def memory(
        self,
        prompts: Sequence[np.ndarray],
        capacity: int,
        vocabulary_size: int,
        forbidden: TokenAutomaton | None = None,
    ) -> dict:
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
        if self.has_forbidden_strings:
            memory["spelled"] = np.array([forbidden.after(prompt) for prompt in prompts], "int32")
        return memory

    def updated_memory(self, rows: dict, token, live, settings: dict) -> dict:
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
        if self.has_forbidden_strings:
            state = next_state(rows["spelled"], token, settings["forbidden"])
            memory["spelled"] = ops.where(live, state, rows["spelled"])
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
        if self.has_forbidden_strings:
            completes = forbidden_tokens(rows["spelled"], settings["forbidden"])
            scores = ops.where(completes, EXCLUDED, scores)
        return ops.maximum(scores, EXCLUDED)  # a model's own "minus infinity" as well


# === The choice ===


class _StepSeed(keras.random.SeedGenerator):
    """A seed made of tensors: `keras.random` takes no tensor as a seed, but asks this for one."""

    def __init__(self, seed, step):
        # The base class would make a variable; this one has no state to keep.
        self.pair = ops.stack([ops.cast(seed, "uint32"), ops.cast(step, "uint32")])

    def next(self, ordered=True):
        return self.pair


class Sampler:
    """Chooses the next token of each row. Called in the compiled loop: with `keras.ops` alone.

    A sampler of one's own is a subclass with `__call__`. The other methods are for those that do
    more than draw, as beam search does: they follow several rows of a prompt, and reorder them.

    Attributes:
        inputs: names of its attributes that are inputs of the compiled loop, numbers or arrays:
            inside they are tensors, and new values compile nothing. All other attributes are parts
            of it: other values, an array's that is changed in place too, compile a loop of their
            own.
        rewrites: whether what a row has written may change before the end, so that nothing of it
            can be shown before.
    """

    inputs: tuple[str, ...] = ()
    rewrites = False

    def __call__(self, logits, seed):
        """
        Args:
            logits: float32 `(batch, vocabulary_size)`, divided by the temperature already.
            seed: a `keras.random.SeedGenerator`, different at every step.

        Returns:
            int32 `(batch,)`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define __call__().")

    # === Before compiling ===

    def check(self, vocabulary_size: int) -> None:
        """Raise if this sampler cannot choose from so many tokens."""

    def copies(self, num_sequences: int) -> int:
        """Rows that a prompt needs for so many continuations; raises if it cannot give as many."""
        return num_sequences

    def kind(self) -> "Sampler":
        """What is compiled: this sampler without the values of its inputs, with arrays of its
        own, which nobody changes."""
        parts = {name: value for name, value in vars(self).items() if name not in self.inputs}
        parts = keras.tree.map_structure(
            lambda x: x.copy() if isinstance(x, (np.ndarray, set)) else x, parts
        )
        return self.with_inputs(parts | dict.fromkeys(self.inputs))

    def with_inputs(self, values: dict) -> "Sampler":
        """The same sampler with other values of its inputs."""
        other = copy.copy(self)
        vars(other).update(values)  # past a check of them: in the loop they are tensors
        return other

    # === In the loop ===

    def first_rows(self, rows: dict) -> dict:
        """The rows before the first token, those of a prompt together, with what it adds."""
        return rows

    def end_rows(self, rows: dict, ended, count) -> dict:
        """The rows after `count` tokens, of which some, bool `(rows,)`, end here."""
        return {**rows, "room": ops.where(ended, 0, rows["room"])}

    def choose(self, rows: dict, count, processors: Processors, settings: dict):
        """The token after `count` others.

        Returns:
            `(rows, token, live)`: the rows, in another order if need be, a token for each, int32
            `(rows,)`, and whether it is added to the row, bool `(rows,)`.
        """
        scores = processors.scores(rows, settings)  # (rows, V)
        token = self(scores, _StepSeed(settings["seed"], count))  # (rows,)
        token = _as_ids(self, token, scores.shape)
        chosen = ops.take_along_axis(scores, token[:, None], axis=1)[:, 0]
        is_excluded = chosen <= EXCLUDED / 2  # no id at all is not: it is told afterwards
        return rows, token, ops.logical_and(rows["room"] > 0, ops.logical_not(is_excluded))

    def results(self, rows: dict) -> tuple[dict, object]:
        """What has been written, the best first, and whether each is a continuation at all."""
        return rows, ops.ones_like(rows["room"], "bool")

    # One compiled loop serves all samplers of a kind.

    def __eq__(self, other):
        return type(self) is type(other) and _contents(vars(self)) == _contents(vars(other))

    def __hash__(self):
        return hash((type(self), _contents(vars(self))))


def _contents(value):
    """What tells values apart, arrays and lists by all that is in them; can be hashed.

    >>> import numpy as np
    >>> _contents([np.zeros(2), 1]) == _contents([np.zeros(2), 1])
    True
    >>> _contents([np.zeros(2), 1]) == _contents([np.zeros(2), True])
    False
    """
    kind = type(value)
    if isinstance(value, np.ndarray) and value.dtype != object:
        return kind, value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        value = list(value.items())
    if isinstance(value, set):
        value = frozenset(value)
    if isinstance(value, (list, tuple)):
        return kind, *map(_contents, value)
    try:
        hash(value)
    except TypeError:  # a tensor: by what it is and by what it shows
        return kind, id(value), repr(value)
    return kind, value


def _as_ids(sampler: Sampler, token, shape):
    """What a sampler has chosen, as int32 `(batch,)`; said when it is traced if it is no ids."""
    kind, found = type(token).__name__, tuple(getattr(token, "shape", ()))
    if hasattr(token, "dtype"):
        kind = keras.backend.standardize_dtype(token.dtype)
    if found != shape[:1] or "int" not in kind:
        raise InvalidArgumentError(
            f"{type(sampler).__name__} gave {kind} of shape {found} for scores of shape "
            f"{tuple(shape)}; give one id a row, int32 {tuple(shape[:1])}."
        )
    token = ops.cast(token, "int32")
    # Below 0 is what marks that a row has ended.
    return ops.where(token < 0, shape[1], token)


class Greedy(Sampler):
    """The most probable token; the first of equals.

    >>> import numpy as np
    >>> int(Greedy()(np.array([[0.1, 2.0, -1.0]], "float32"), seed=None)[0])
    1
    """

    def __call__(self, logits, seed):
        return ops.cast(ops.argmax(logits, axis=-1), "int32")

    def copies(self, num_sequences):
        if num_sequences > 1:
            raise InvalidArgumentError(
                f"num_return_sequences={num_sequences}, but greedy decoding (or a temperature of "
                "0) has one result; use 1, or a sampler that draws, or 'beam'."
            )
        return 1


# === The loop ===


@dataclass(frozen=True)
class Loop:
    """One kind of loop: what is fixed when it is compiled. Everything else is an input.

    Attributes:
        step, initial_state: of the model, see `Decoder`.
        sampler: the kind of sampler that chooses the tokens.
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
        return self.begun(state, logits, lengths, max_length, memory)

    def begun(self, state, logits, lengths, max_length, memory):
        """What `decode` carries on from, where prompts have been read.

        Args:
            state: the model's, after them.
            logits: float32 `(batch, vocabulary_size)`, the scores of the next token.
            lengths, max_length, memory: as for `prefill`.
        """
        batch = logits.shape[0]
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
        rows = self.sampler.first_rows(rows)
        return {"rows": rows, "count": ops.zeros((), "int32"), "is_finite": ops.ones((), "bool")}

    def decode(self, carry, until, ended, settings):
        """Token after token, until `until` steps are done or every row has ended.

        Args:
            carry: from `prefill` or `decode`.
            until: int32, steps in all.
            ended: bool `(rows,)`, true for a row that ends here.
            settings: tensors by name: `inverse_temperature`, `seed`, `stops` (int32, filled up
                with `NO_TOKEN`), `suppressed` (float32 `(vocabulary_size,)`, 0 or `EXCLUDED`),
                `repetition_penalty`, `forbidden`, the arrays of a `TokenAutomaton`, if there is
                one, and `sampler`, a dictionary of its inputs.
        """
        sampler = self.sampler.with_inputs(settings["sampler"])

        def running(carry):
            goes_on = ops.any(carry["rows"]["room"] > 0)
            goes_on = ops.logical_and(goes_on, carry["count"] < until)
            return ops.logical_and(goes_on, carry["is_finite"])

        def one_token(carry):
            rows, count = carry["rows"], carry["count"]
            is_finite = _are_finite(rows["logits"], rows["room"] > 0)
            rows, token, live = sampler.choose(rows, count, self.processors, settings)
            rows = self._append(rows, count, token, live, settings)
            return {"rows": rows, "count": count + 1, "is_finite": is_finite}

        carry = {**carry, "rows": sampler.end_rows(carry["rows"], ended, carry["count"])}
        (carry,) = ops.while_loop(running, lambda c: (one_token(c),), (carry,))
        return carry

    def _append(self, rows, count, token, live, settings):
        """The rows with one more token each."""
        # A row that has ended passes its token on as padding: its state stays.
        logits, state = self.step(token[:, None], rows["state"], live[:, None])
        stopped = ops.any(token[:, None] == settings["stops"][None, :], axis=1)  # (rows,)
        goes_on = ops.logical_and(live, ops.logical_not(stopped))
        column = ops.where(live, token, NO_TOKEN)[:, None]
        appended = {
            "generated": ops.slice_update(rows["generated"], (0, count), column),
            "room": ops.where(goes_on, rows["room"] - 1, 0),
            "logits": logits,
            "state": state,
            **self.processors.updated_memory(rows, token, live, settings),
        }
        if self.with_log_probs:
            column = log_probs_of(rows["logits"], token)[:, None]
            appended["log_probs"] = ops.slice_update(rows["log_probs"], (0, count), column)
        return {**rows, **appended}


def _are_finite(logits, live):
    """Whether each row that is live has a score, and none that is NaN or infinite; bool `()`.

    A score may be minus infinity, which excludes a token.
    """
    are_numbers = ops.all(logits < float("inf"), axis=-1)  # false for NaN too
    are_numbers = ops.logical_and(are_numbers, ops.any(logits > float("-inf"), axis=-1))
    return ops.all(ops.logical_or(are_numbers, ops.logical_not(live)))


def take_rows(rows, index, num_rows: int):
    """Row `index[i]` of every tensor in `rows` as row i: repeats, drops and reorders rows.

    Axis 0 of each tensor is `num_rows`, or a multiple of it with the rows of one sequence together
    (as keys and values of several heads).

    >>> from keras import ops
    >>> rows = {"length": ops.arange(2), "keys": ops.arange(6)}  # three heads
    >>> ops.convert_to_numpy(take_rows(rows, ops.array([1, 1]), 2)["keys"]).tolist()
    [3, 4, 5, 3, 4, 5]
    """

    def take(tensor):
        rest = tensor.shape[1:]
        heads = tensor.shape[0] // num_rows
        grouped = ops.reshape(tensor, (num_rows, heads, *rest))
        return ops.reshape(ops.take(grouped, index, axis=0), (-1, *rest))

    return keras.tree.map_structure(take, rows)


def log_probs_of(logits, token):
    """The log-probability of a token, `(rows,)`, under scores `(rows, vocabulary_size)`."""
    score = ops.take_along_axis(logits, ops.maximum(token, 0)[:, None], axis=1)[:, 0]
    return score - ops.logsumexp(logits, axis=1)


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
