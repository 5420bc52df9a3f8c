"""How probable a model finds texts: likelihood, perplexity, bits per byte."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops

from mlm_tf.checks import check_integer
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.generation import bucket_length, compiled, padded_rows
from mlm_tf.models.alternatives import Alternatives, compiled_alternatives
from mlm_tf.models.generation_arguments import prepared
from mlm_tf.models.text_generation import kept

MOST_SCORES = 2**25  # numbers at once: 128 MB of float32
MOST_ROWS = 32


@dataclass(frozen=True, eq=False)
class Score:
    """The log-probability of every token of some texts, given those before it in its text.

    `score[i]` is that of text i alone, so that `[s.perplexity for s in score]` has one number a
    text.

    Attributes:
        log_probs: for each text float32 `(tokens,)`, natural logarithms. The start token is no
            prediction, the end token is one.
        num_bytes: for each text its length in UTF-8, or `None` where ids were given.
    """

    log_probs: tuple[np.ndarray, ...]
    num_bytes: tuple[int, ...] | None

    def __len__(self) -> int:
        return len(self.log_probs)

    def __getitem__(self, index: "int | slice") -> "Score":
        texts = range(len(self))[index]
        texts = texts if isinstance(index, slice) else [texts]
        num_bytes = None if self.num_bytes is None else tuple(self.num_bytes[i] for i in texts)
        return Score(tuple(self.log_probs[i] for i in texts), num_bytes)

    def __iter__(self) -> "Iterator[Score]":
        return (self[index] for index in range(len(self)))

    @property
    def num_tokens(self) -> int:
        """How many tokens were predicted, over all texts."""
        return sum(map(len, self.log_probs))

    @property
    def log_likelihood(self) -> float:
        """The mean log-probability of a token, in nats: the cross-entropy, but for the sign."""
        return self._total / self.num_tokens

    @property
    def perplexity(self) -> float:
        """Among how many equally likely tokens one is left guessing, in the mean."""
        try:
            return math.exp(-self.log_likelihood)
        except OverflowError:  # some token is next to impossible
            return math.inf

    @property
    def bits_per_byte(self) -> float | None:
        """Bits that a byte of text takes if it is coded as the model predicts it.

        Unlike perplexity it compares models whose tokens differ, as far as they lose nothing:
        where a pipeline writes `[UNK]` it is too low. `None` where ids were given, or the texts
        have no byte.
        """
        total_bytes = sum(self.num_bytes or ())
        return -self._total / math.log(2) / total_bytes if total_bytes else None

    @property
    def _total(self) -> float:
        return float(sum(row.sum(dtype="float64") for row in self.log_probs))

    def __str__(self):
        texts = f"{len(self)} text" + "s" * (len(self) != 1)
        said = [
            f"{texts}, {self.num_tokens} tokens",
            f"log-likelihood {self.log_likelihood:.3f} per token",
            f"perplexity {self.perplexity:.1f}",
        ]
        if self.bits_per_byte is not None:
            said.append(f"{self.bits_per_byte:.3f} bits per byte")
        return ", ".join(said)


class TextScoring:
    """Mixed into a causal language model: `score`, `alternatives`."""

    def score(
        self, texts: "str | Sequence[str] | Sequence[int] | Sequence[Sequence[int]]"
    ) -> Score:
        """How probable the model finds texts: log-likelihood, perplexity, bits per byte.

        Args:
            texts: a string or a list of strings, which the pipeline encodes with a start and an
                end token; or one sequence of ids or a list of those, taken as they are. The first
                token of a row is never predicted.

        Returns:
            A `Score`, of all texts and of each.

        Raises:
            EmptyCorpusError: if there is no text.
            InvalidArgumentError: for ids outside the vocabulary, a row without a token to predict,
                a text with more tokens than a model with learned positions has of those, or a
                missing pipeline.

        Example:

        >>> from mlm_tf import TextPipeline, build_model
        >>> pipeline = TextPipeline.fit(["the cat sat", "the dog sat"])
        >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
        >>> score = model.score(["the cat sat", "the dog"])
        >>> [len(row) for row in score.log_probs], score.num_tokens
        ([4, 3], 7)
        >>> score.perplexity < pipeline.vocabulary_size
        True
        """
        if isinstance(texts, Iterator):
            texts = list(texts)  # read twice below
        if isinstance(texts, Sequence) and len(texts) == 0 and not isinstance(texts, str):
            raise EmptyCorpusError("texts is empty, so there is nothing to score; give a text.")
        given = prepared(texts, self.pipeline, self.vocabulary_size, is_whole=True, name="texts")
        for row in given.rows:
            _check_length(row, self.num_positions)
        num_bytes = None
        if given.is_text:
            num_bytes = tuple(len(t.encode()) for t in ([texts] if given.is_single else texts))
        return Score(self._row_log_probs(given.rows), num_bytes)

    def alternatives(self, text: "str | Sequence[int]", top_k: int = 10) -> Alternatives:
        """How probable each token of a text is, and what the model would rather have written.

        Args:
            text: a string, which the pipeline encodes with a start and an end token; or one
                sequence of ids, taken as it is. The first token is never predicted.
            top_k: how many of the likeliest tokens in each place; of a smaller vocabulary all.

        Returns:
            `Alternatives`, which `viz.generation_page(*alternatives)` shows. The probabilities are
            those of the model itself: before temperature and what a sampler leaves out.

        Raises:
            InvalidArgumentError: as `score`, or for several texts.

        Example:

        >>> from mlm_tf import TextPipeline, build_model
        >>> pipeline = TextPipeline.fit(["the cat sat", "the dog sat"])
        >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
        >>> alternatives = model.alternatives("the cat sat", top_k=3)
        >>> alternatives.words, [len(row) for row in alternatives.candidates]
        (['the', 'cat', 'sat', '[END]'], [3, 3, 3, 3])
        """
        top_k = min(check_integer("top_k", top_k), self.vocabulary_size)
        given = prepared(text, self.pipeline, self.vocabulary_size, is_whole=True, name="text")
        if not given.is_single:
            raise InvalidArgumentError(
                f"text is a list of texts ({len(given.rows)}), and one text is looked at; pass a "
                "string, or one sequence of ids."
            )
        [row] = given.rows
        _check_length(row, self.num_positions, "text")
        count = len(row) - 1
        [(_, length)] = batches([count], self.vocabulary_size, self.num_positions)
        find = kept(self, f"_alternatives_{top_k}", lambda m: compiled_alternatives(m, top_k))
        mask = np.arange(length)[None] < count
        inputs = (padded_rows([row[:-1]], length), padded_rows([row[1:]], length), mask)
        found = map(ops.convert_to_numpy, find(*map(ops.convert_to_tensor, inputs)))
        probabilities, ids, best, entropies = (values[0, :count] for values in found)
        names = map(str, range(self.vocabulary_size))
        names = list(names) if self.pipeline is None else self.pipeline.vocabulary
        return Alternatives(
            words=[names[i] for i in row[1:]],
            probabilities=probabilities,
            candidates=[[names[i] for i in place] for place in ids],
            candidate_probabilities=best,
            entropies=np.maximum(entropies, 0),
        )

    def _row_log_probs(self, rows: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """The log-probabilities of each row's tokens but the first."""
        target_log_probs = kept(self, "_target_log_probs", _compiled_target_log_probs)
        log_probs = [None] * len(rows)
        limit, counts = self.num_positions, [len(row) - 1 for row in rows]
        for indices, length in batches(counts, self.vocabulary_size, limit):
            x = padded_rows([rows[i][:-1] for i in indices], length)  # (B, T)
            y = padded_rows([rows[i][1:] for i in indices], length)
            mask = np.arange(length)[None] < np.array([[counts[i]] for i in indices])
            found = target_log_probs(*map(ops.convert_to_tensor, (x, y, mask)))
            for i, row in zip(indices, ops.convert_to_numpy(found), strict=True):
                log_probs[i] = row[: counts[i]]
        return tuple(log_probs)


def _compiled_target_log_probs(model):
    """`(token_ids, targets, padding_mask) -> log-probabilities of the targets`, compiled; all of
    shape `(batch, length)`, the result float32."""

    def target_log_probs(token_ids, targets, padding_mask):
        logits = model({"token_ids": token_ids, "padding_mask": padding_mask})  # (B, T, V)
        chosen = ops.take_along_axis(logits, targets[:, :, None], axis=-1)[:, :, 0]
        return chosen - ops.logsumexp(logits, axis=-1)

    return compiled(target_log_probs, model.variables)


def batches(
    lengths: Sequence[int], vocabulary_size: int, limit: int | None
) -> Iterator[tuple[list[int], int]]:
    """Rows of one bucket together, few shapes: `(indices of rows, length to pad them to)`.

    The number of rows is a power of two; where there are fewer, the last one stands several times.

    >>> list(batches([3, 20, 7, 8], vocabulary_size=100, limit=None))
    [([0, 2, 3, 3], 8), ([1], 24)]
    """
    buckets = {}
    for index, length in enumerate(lengths):
        bucket = bucket_length(length)
        bucket = bucket if limit is None else min(bucket, limit)
        buckets.setdefault(bucket, []).append(index)
    for length, indices in sorted(buckets.items()):
        most = min(MOST_ROWS, MOST_SCORES // (length * vocabulary_size), len(indices))
        size = 1 << max(most - 1, 0).bit_length()
        for start in range(0, len(indices), size):
            batch = indices[start : start + size]
            yield batch + batch[-1:] * (size - len(batch)), length


def _check_length(row: np.ndarray, limit: int | None, name: str = "texts") -> None:
    if len(row) < 2:
        raise InvalidArgumentError(
            f"{name} holds a row of {len(row)} token, and the first token of a row is never "
            "predicted; give at least two."
        )
    if limit is not None and len(row) - 1 > limit:
        raise InvalidArgumentError(
            f"A text has {len(row) - 1} tokens (without its end token), but this model has learned "
            f"{limit} positions; cut it into shorter texts."
        )
