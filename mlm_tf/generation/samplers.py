"""Samplers: from scores over the vocabulary to the next token."""

import keras
from keras import ops

from mlm_tf.errors import InvalidArgumentError

EXCLUDED = -1e30


class Sampler:
    """Chooses one token a row. Called inside the compiled loop, so with `keras.ops` alone.

    A sampler's configuration is fixed when the loop is compiled; the temperature is not part of
    it: the scores come divided by it already.
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

    def key(self) -> tuple:
        """What tells two compiled loops apart: the class and its settings."""
        return (type(self), *sorted(vars(self).items()))


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

    Adding Gumbel noise to the scores and taking the largest draws from exactly that distribution
    (Gumbel 1954; Maddison et al. 2014), and unlike a multinomial draw compiles everywhere.

    >>> import numpy as np
    >>> certain = np.array([[-1e30, 0.0, -1e30]], "float32")
    >>> int(Random()(certain, keras.random.SeedGenerator(0))[0])
    1
    """

    def __call__(self, logits, seed):
        uniform = keras.random.uniform(
            ops.shape(logits), minval=1e-20, maxval=1.0, dtype="float32", seed=seed
        )
        noise = -ops.log(-ops.log(uniform))
        return ops.cast(ops.argmax(logits + noise, axis=-1), "int32")


class TopK(Random):
    """A draw from the `k` most probable tokens, the others excluded (Fan et al. 2018).

    >>> import numpy as np
    >>> scores = np.array([[3.0, 2.0, 1.0]], "float32")
    >>> draws = {int(TopK(2)(scores, keras.random.SeedGenerator(i))[0]) for i in range(50)}
    >>> sorted(draws)
    [0, 1]
    """

    def __init__(self, k: int = 20):
        if not isinstance(k, int) or k < 1:
            raise InvalidArgumentError(f"k={k!r} is not allowed; use an integer >= 1.")
        self.k = k

    def check(self, vocabulary_size):
        if self.k > vocabulary_size:
            raise InvalidArgumentError(
                f"k={self.k} is larger than the vocabulary of {vocabulary_size}; use at most that."
            )

    def __call__(self, logits, seed):
        values, indices = ops.top_k(logits, self.k)  # (B, k): sorted, exactly k even with ties
        choice = super().__call__(values, seed)  # (B,) in 0..k-1
        chosen = ops.take_along_axis(indices, choice[:, None], axis=-1)
        return ops.cast(chosen[:, 0], "int32")


DEFAULT_K = 20
SAMPLERS = {
    "greedy": lambda vocabulary_size: Greedy(),
    "random": lambda vocabulary_size: Random(),
    "top_k": lambda vocabulary_size: TopK(min(DEFAULT_K, vocabulary_size)),
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
        f"sampler={sampler!r} is not known; use one of {sorted(SAMPLERS)} or a Sampler object."
    )
