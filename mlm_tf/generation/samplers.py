"""Samplers: from scores over the vocabulary to the next token."""

import math

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import check_integer, shown
from mlm_tf.errors import InvalidArgumentError

HALVINGS = 32  # of an interval of scores; what is left is less than float32 can tell apart
LEAST_SCORE = -100.0  # below the greatest: exp of it is less than float32 can add to 1
EXCLUDED = -1e30  # the score of what must not be drawn; finite, so that differences stay numbers
NO_TOKEN = -1  # where there is none: in a row that has ended, in a list of stop tokens


class Sampler:
    """Chooses one token a row. Called inside the compiled loop, so with `keras.ops` alone.

    A sampler's settings are fixed when the loop is compiled; the temperature is not one of them:
    the scores come divided by it already.
    """

    def __call__(self, logits, seed):
        """
        Args:
            logits: float32 `(batch, vocabulary_size)`.
            seed: a `keras.random.SeedGenerator`, different at every step.

        Returns:
            int32 `(batch,)`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define __call__().")

    def check(self, vocabulary_size: int) -> None:
        """Raise if this sampler cannot draw from so many tokens; called before compiling."""

    # One compiled loop serves all samplers of a class with the same settings.

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash((type(self), repr(sorted(vars(self).items()))))  # of lists as well


class Greedy(Sampler):
    """The most probable token; the first of equals.

    >>> import numpy as np
    >>> int(Greedy()(np.array([[0.1, 2.0, -1.0]], "float32"), seed=None)[0])
    1
    """

    def __call__(self, logits, seed):
        return ops.cast(ops.argmax(logits, axis=-1), "int32")


class Random(Sampler):
    """A draw from `softmax(logits)`.

    >>> import numpy as np
    >>> certain = np.array([[-1e30, 0.0, -1e30]], "float32")
    >>> int(Random()(certain, keras.random.SeedGenerator(0))[0])
    1
    """

    def __call__(self, logits, seed):
        return draw(logits, seed)


class TopK(Sampler):
    """A draw from the `k` most probable tokens, the others excluded.

    Args:
        k: how many; at most the vocabulary.

    Example:

    >>> import numpy as np
    >>> scores = np.array([[3.0, 2.0, 1.0]], "float32")
    >>> draws = {int(TopK(2)(scores, keras.random.SeedGenerator(i))[0]) for i in range(50)}
    >>> sorted(draws)
    [0, 1]

    Reference: Fan et al. 2018, section 5.4.
    """

    def __init__(self, k: int = 20):
        self.k = check_integer("k", k)

    def check(self, vocabulary_size):
        if self.k > vocabulary_size:
            raise InvalidArgumentError(
                f"k={self.k} is larger than the vocabulary of {vocabulary_size}; use at most that."
            )

    def __call__(self, logits, seed):
        values, indices = ops.top_k(logits, self.k)  # (B, k): sorted, exactly k even with ties
        choice = draw(values, seed)  # (B,) in 0..k-1
        chosen = ops.take_along_axis(indices, choice[:, None], axis=-1)
        return ops.cast(chosen[:, 0], "int32")


class TopP(Sampler):
    """A draw from the nucleus: the fewest most probable tokens that together have probability p.

    Where the model is sure that is one token, where it is not many: k goes with the context. The
    most probable token is always in it; equally probable ones are in it together or not at all.

    Args:
        p: above 0, at most 1.

    Example:

    >>> import numpy as np
    >>> scores = np.log(np.array([[0.5, 0.3, 0.2]], "float32"))
    >>> draws = {int(TopP(0.7)(scores, keras.random.SeedGenerator(i))[0]) for i in range(50)}
    >>> sorted(draws)
    [0, 1]

    Reference: Holtzman et al. 2020, section 3.1.
    """

    def __init__(self, p: float = 0.9):
        if not (is_number(p) and 0 < p <= 1):
            raise InvalidArgumentError(f"p={shown(p)} is not allowed; use a number above 0, to 1.")
        self.p = float(p)

    def __call__(self, logits, seed):
        return draw(ops.where(in_nucleus(logits, self.p), logits, EXCLUDED), seed)


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

    Example (`mlm_tf.generation.beam` has the search itself):

    >>> Beam(num_beams=3) == Beam(3, length_penalty=1.0)
    True

    Reference: Sutskever et al. 2014, section 3.2; Wu et al. 2016, section 7 (the length).
    """

    def __init__(self, num_beams: int = 4, length_penalty: float = 1.0):
        self.num_beams = check_integer("num_beams", num_beams)
        if not (is_number(length_penalty) and length_penalty >= 0):
            raise InvalidArgumentError(
                f"length_penalty={shown(length_penalty)} is not allowed; use a number >= 0."
            )
        self.length_penalty = float(length_penalty)


def draw(logits, seed):
    """A draw from `softmax(logits)`, int32 `(batch,)`, by two random numbers a row.

    The first chooses one of about sqrt(V) groups of neighbours by the sum of their probabilities,
    the second a token of the group: so no sum runs over the whole vocabulary, and noise for every
    token (the Gumbel trick) is not needed. A token of probability 0 is never drawn.
    """
    batch, size = logits.shape
    width = math.isqrt(size - 1) + 1
    groups = -(-size // width)
    weights = ops.exp(logits - ops.max(logits, axis=-1, keepdims=True))  # (B, V)
    weights = ops.pad(weights, ((0, 0), (0, groups * width - size)))
    weights = ops.reshape(weights, (batch, groups, width))
    uniform = keras.random.uniform((batch, 2), dtype="float32", seed=seed)
    group = first_above(ops.sum(weights, axis=2), uniform[:, :1])  # (B,)
    inside = ops.take_along_axis(weights, group[:, None, None], axis=1)[:, 0]  # (B, width)
    return group * width + first_above(inside, uniform[:, 1:])


def first_above(weights, uniform):
    """Where the running sum of `weights` `(batch, n)` first exceeds a share of it `(batch, 1)`."""
    sums = ops.cumsum(weights, axis=-1)
    return ops.cast(ops.argmax(sums > uniform * sums[:, -1:], axis=-1), "int32")


def in_nucleus(logits, p: float):
    """Which tokens are among the fewest most probable ones with probability p; bool `(batch, V)`.

    The least score among them is found by halving an interval: sorting a vocabulary of 50,000 at
    every step would take longer than the model.
    """
    scores = logits - ops.max(logits, axis=-1, keepdims=True)  # (B, V), 0 at most
    weights = ops.exp(scores)
    enough = p * ops.sum(weights, axis=-1, keepdims=True)  # (B, 1)

    def halved(_, bounds):
        low, high = bounds
        middle = (low + high) / 2
        held = ops.sum(ops.where(scores >= middle, weights, 0.0), axis=-1, keepdims=True)
        return ops.where(held >= enough, middle, low), ops.where(held >= enough, high, middle)

    low = ops.full_like(enough, LEAST_SCORE)
    low, _ = ops.fori_loop(0, HALVINGS, halved, (low, ops.zeros_like(low)))
    return scores >= low


DEFAULT_K = 20
SAMPLERS = {
    "greedy": lambda vocabulary_size: Greedy(),
    "random": lambda vocabulary_size: Random(),
    "top_k": lambda vocabulary_size: TopK(min(DEFAULT_K, vocabulary_size)),
    "top_p": lambda vocabulary_size: TopP(),
    "beam": lambda vocabulary_size: Beam(),
}


def get_sampler(sampler: "str | Sampler", vocabulary_size: int) -> Sampler:
    """A sampler from its lower-case name (top_k then keeps 20 tokens), or the object itself.

    >>> get_sampler("top_k", vocabulary_size=1000).k
    20
    """
    if isinstance(sampler, Sampler):
        sampler.check(vocabulary_size)
        return sampler
    if isinstance(sampler, str) and sampler in SAMPLERS:
        return SAMPLERS[sampler](vocabulary_size)
    raise InvalidArgumentError(
        f"sampler={shown(sampler)} is not known; use one of {sorted(SAMPLERS)} or a Sampler object."
    )


def is_number(value) -> bool:
    """Whether this is a finite number, and no truth value."""
    is_real = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return is_real and bool(np.isfinite(value))
