"""What a model would have written in each place of a text."""

from typing import NamedTuple

import numpy as np
from keras import ops

from mlm_tf.generation import compiled


class Alternatives(NamedTuple):
    """The T predicted tokens of one text and the k likeliest in the place of each.

    Attributes:
        words: T tokens, as the vocabulary writes them; the start token is no prediction.
        probabilities: float32 `(T,)`, that of each token, given those before it.
        candidates: T lists of the k likeliest tokens in its place, the likeliest first.
        candidate_probabilities: float32 `(T, k)`, theirs.
        entropies: float32 `(T,)`, in bits, of the whole distribution in each place.
    """

    words: list[str]
    probabilities: np.ndarray
    candidates: list[list[str]]
    candidate_probabilities: np.ndarray
    entropies: np.ndarray


def compiled_alternatives(model, top_k: int):
    """`(token_ids, targets, padding_mask) -> probabilities of the targets, ids of the likeliest
    and their probabilities, entropies`, compiled; all begin with `(batch, length)`."""

    def alternatives(token_ids, targets, padding_mask):
        logits = model({"token_ids": token_ids, "padding_mask": padding_mask})  # (B, T, V)
        log_probs = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
        probabilities = ops.exp(log_probs)
        chosen = ops.take_along_axis(probabilities, targets[:, :, None], axis=-1)[:, :, 0]
        best, ids = ops.top_k(probabilities, top_k)  # (B, T, k) each
        # Where a probability is 0 its logarithm may be minus infinity, and their product NaN.
        surprises = ops.where(probabilities > 0, probabilities * log_probs, 0.0)
        return chosen, ids, best, -ops.sum(surprises, axis=-1) / np.log(2)

    return compiled(alternatives, model.variables)
