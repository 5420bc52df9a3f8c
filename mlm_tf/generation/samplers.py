"""Samplers: from scores over the vocabulary to the next token."""

import math

import keras
from keras import ops

from mlm_tf.checks import Checked, check_integer, check_number, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation.beam import Beam
from mlm_tf.generation.loop import EXCLUDED, Greedy, Sampler

DEFAULT_K = 20
HALVINGS = 32  # of an interval of scores; what is left is less than float32 can tell apart
LEAST_SCORE = -100.0  # below the greatest: exp of it is less than float32 can add to 1


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

    k = Checked(check_integer)

    def __init__(self, k: int = DEFAULT_K):
        self.k = k

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

    inputs = ("p",)
    p = Checked(check_number, above=0, most=1)

    def __init__(self, p: float = 0.9):
        self.p = p

    def __call__(self, logits, seed):
        return draw_among(in_nucleus(logits, self.p), logits, seed)


class MinP(Sampler):
    """A draw from the tokens whose probability is at least p times that of the most probable.

    Where the model is sure few tokens reach that, where it is not many: the bound goes with the
    greatest probability, and so stays sensible at a high temperature.

    Args:
        p: above 0, at most 1: then only the most probable is left.

    Example:

    >>> import numpy as np
    >>> scores = np.log(np.array([[0.5, 0.3, 0.2]], "float32"))
    >>> draws = {int(MinP(0.5)(scores, keras.random.SeedGenerator(i))[0]) for i in range(50)}
    >>> sorted(draws)
    [0, 1]

    Reference: Nguyen et al. 2024, arXiv:2407.01082, section 3.
    """

    inputs = ("p",)
    p = Checked(check_number, above=0, most=1)

    def __init__(self, p: float = 0.1):
        self.p = p

    def __call__(self, logits, seed):
        ratios = ops.exp(logits - ops.max(logits, axis=-1, keepdims=True))  # (B, V), 1 at most
        return draw_among(ratios >= self.p, logits, seed)


class Typical(Sampler):
    """A draw from the tokens that say about as much as is to be expected.

    What a token says is `-log` of its probability; the expectation of that is the entropy. Those
    nearest to it are taken, the fewest that together have probability p. The most probable token
    need not be among them. Equally near ones are in it together or not at all.

    Args:
        p: above 0, at most 1.

    Example (the entropy is 0.90; the tokens say 0.36, 1.61 and 2.30):

    >>> import numpy as np
    >>> scores = np.log(np.array([[0.7, 0.2, 0.1]], "float32"))
    >>> draws = {int(Typical(0.8)(scores, keras.random.SeedGenerator(i))[0]) for i in range(50)}
    >>> sorted(draws)
    [0, 1]

    Reference: Meister et al. 2022, arXiv:2202.00666, section 4 (locally typical sampling).
    """

    inputs = ("p",)
    p = Checked(check_number, above=0, most=1)

    def __init__(self, p: float = 0.95):
        self.p = p

    def __call__(self, logits, seed):
        return draw_among(are_typical(logits, self.p), logits, seed)


def draw_among(allowed, logits, seed):
    """A draw from `softmax(logits)` among the tokens that are allowed, bool `(batch, V)`."""
    return draw(ops.where(allowed, logits, EXCLUDED), seed)


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
    group = _first_above(ops.sum(weights, axis=2), uniform[:, :1])  # (B,)
    inside = ops.take_along_axis(weights, group[:, None, None], axis=1)[:, 0]  # (B, width)
    return group * width + _first_above(inside, uniform[:, 1:])


def _first_above(weights, uniform):
    """Where the running sum of `weights` `(batch, n)` first exceeds a share of it `(batch, 1)`."""
    sums = ops.cumsum(weights, axis=-1)
    return ops.cast(ops.argmax(sums > uniform * sums[:, -1:], axis=-1), "int32")


def in_nucleus(logits, p):
    """Which tokens are the fewest most probable ones with probability p; bool `(batch, V)`."""
    scores = logits - ops.max(logits, axis=-1, keepdims=True)  # (B, V), 0 at most
    return _fewest(scores, ops.exp(scores), p)


def are_typical(logits, p):
    """Which tokens are the fewest nearest the entropy with probability p; bool `(batch, V)`."""
    log_probs = logits - ops.logsumexp(logits, axis=-1, keepdims=True)  # (B, V)
    probabilities = ops.exp(log_probs)
    entropy = -ops.sum(probabilities * log_probs, axis=-1, keepdims=True)  # (B, 1)
    return _fewest(-ops.abs(entropy + log_probs), probabilities, p)


def _fewest(scores, weights, p):
    """Which tokens are the fewest of the greatest scores that have the share p of all weight.

    The least score among them is found by halving an interval: sorting a vocabulary of 50,000 at
    every step would take longer than the model.

    Args:
        scores: float32 `(batch, V)`, 0 at most; those below `LEAST_SCORE` have no weight.
        weights: float32 `(batch, V)`.
        p: above 0, at most 1.

    Returns:
        bool `(batch, V)`.
    """
    enough = p * ops.sum(weights, axis=-1, keepdims=True)  # (B, 1)

    def halved(_, bounds):
        low, high = bounds
        middle = (low + high) / 2
        held = ops.sum(ops.where(scores >= middle, weights, 0.0), axis=-1, keepdims=True)
        return ops.where(held >= enough, middle, low), ops.where(held >= enough, high, middle)

    low = ops.full_like(enough, LEAST_SCORE)
    low, _ = ops.fori_loop(0, HALVINGS, halved, (low, ops.zeros_like(low)))
    return scores >= low


SAMPLERS = {
    "greedy": Greedy,
    "random": Random,
    "top_k": TopK,
    "top_p": TopP,
    "min_p": MinP,
    "typical": Typical,
    "beam": Beam,
}


def get_sampler(sampler: "str | Sampler", vocabulary_size: int) -> Sampler:
    """A sampler from its lower-case name (top_k then keeps 20 tokens), or the object itself.

    >>> get_sampler("top_k", vocabulary_size=1000).k
    20
    """
    if isinstance(sampler, str) and sampler in SAMPLERS:
        kind = SAMPLERS[sampler]
        return kind(min(DEFAULT_K, vocabulary_size)) if kind is TopK else kind()
    if isinstance(sampler, Sampler):
        sampler.check(vocabulary_size)
        return sampler
    raise InvalidArgumentError(
        f"sampler={shown(sampler)} is not known; use one of {sorted(SAMPLERS)} or a Sampler object."
    )
