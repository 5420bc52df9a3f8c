"""Step one of GloVe: how often does each word stand near each other word?

Notable features: the count of a pair at distance d is 1/d (Pennington, Socher & Manning 2014,
section 4.2, footnote on the decreasing weighting function); windows never cross from one sentence
list into the next; words outside the vocabulary are taken out *before* distances are measured, so
that two words with an unknown word between them are neighbours, as in the reference program.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse

from glove.errors import GloveValueError

# Pairs are summed into the sparse matrix in portions, so that the pairs of one portion, not those
# of the whole corpus, are in memory at a time (24 bytes a pair).
_PAIRS_PER_PORTION = 8_000_000


@dataclass(frozen=True)
class Cooccurrence:
    """Weighted counts of words standing near each other.

    Attributes:
        vocabulary: the V words; a word's place is its row and its column.
        counts: float64 CSR matrix (V, V). `counts[i, j]` sums 1/d over every place where word j
            stands d tokens from word i. Without `symmetric`, i is the left word of the pair.
    """

    vocabulary: list[str]
    counts: scipy.sparse.csr_matrix


def cooccurrence(
    sentences: Iterable[Sequence[str]],
    vocabulary: Sequence[str] | None = None,
    min_count: int = 5,
    window_size: int = 10,
    symmetric: bool = True,
    distance_weighting: bool = True,
) -> Cooccurrence:
    """Counts distance-weighted co-occurrences, equal to the reference program's.

    Args:
        sentences: lists of words. A window never reaches from one list into the next; pass whole
            documents as lists to let it cross sentences.
        vocabulary: the words to count, in the order of the rows. By default every word that occurs
            at least `min_count` times, the most frequent first, ties in alphabetical order.
        min_count: used only where `vocabulary` is not given.
        window_size: how many words to the left (and to the right, where `symmetric`) count.
        symmetric: count each pair in both directions; otherwise only (left word, right word).
        distance_weighting: a pair d words apart counts 1/d; otherwise 1.

    Returns:
        A `Cooccurrence` with a (V, V) matrix.

    Raises:
        GloveValueError: an argument out of range, or nothing to count.

    Example:

    >>> import glove
    >>> pairs = glove.cooccurrence([["to", "be", "or", "not", "to", "be"]], min_count=1)
    >>> pairs.vocabulary
    ['be', 'to', 'not', 'or']
    >>> be, to = 0, 1
    >>> round(float(pairs.counts[be, to]), 3)   # distances 1, 1, 3 and 5
    2.533

    Reference: Pennington, Socher & Manning (2014), "GloVe: Global Vectors for Word
    Representation", section 4.2; `cooccur` of https://github.com/stanfordnlp/GloVe.
    """
    require_positive_integer("min_count", min_count)
    require_positive_integer("window_size", window_size)
    sentences = [list(sentence) for sentence in _checked_sentences(sentences)]
    if vocabulary is None:
        vocabulary = _frequent_words(sentences, min_count)
    else:
        vocabulary = _checked_vocabulary(vocabulary)
    ids, sentence_of = _flatten(sentences, vocabulary)
    counts = _count_pairs(ids, sentence_of, len(vocabulary), window_size, distance_weighting)
    if symmetric:
        counts = (counts + counts.T).tocsr()
    if not counts.nnz:
        raise GloveValueError(
            f"sentences hold {len(ids)} tokens of a vocabulary of {len(vocabulary)} words and not "
            "one pair of neighbours; pass more text, a lower min_count, or longer lists of words."
        )
    counts.sort_indices()
    return Cooccurrence(vocabulary, counts)


def _frequent_words(sentences: list[list[str]], min_count: int) -> list[str]:
    occurrences = Counter(word for sentence in sentences for word in sentence)
    frequent = [(-count, word) for word, count in occurrences.items() if count >= min_count]
    if len(frequent) < 2:
        raise GloveValueError(
            f"sentences have {len(frequent)} words that occur at least min_count={min_count} times "
            f"({len(occurrences)} words in all), and co-occurrence needs two or more; pass more "
            "text or a lower min_count."
        )
    return [word for _, word in sorted(frequent)]


def _flatten(sentences: list[list[str]], vocabulary: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The known words as one array of ids (N,), and the number of the sentence of each (N,)."""
    index = {word: row for row, word in enumerate(vocabulary)}
    kept = [[index[word] for word in sentence if word in index] for sentence in sentences]
    lengths = [len(row) for row in kept]
    ids = np.fromiter((i for row in kept for i in row), dtype=np.int64, count=sum(lengths))
    return ids, np.repeat(np.arange(len(kept)), lengths)


def _count_pairs(
    ids: np.ndarray, sentence_of: np.ndarray, size: int, window_size: int, weighted: bool
) -> scipy.sparse.csr_matrix:
    """Counts (left word, right word) for all distances at once, a portion of the text at a time."""
    total = scipy.sparse.csr_matrix((size, size), dtype=np.float64)
    portion = max(1, _PAIRS_PER_PORTION // window_size)
    for begin in range(0, len(ids), portion):
        lefts, rights, weights = [], [], []
        for distance in range(1, window_size + 1):
            # Left words of this portion; their right neighbours may lie in the next one.
            right_ids = ids[begin + distance : begin + portion + distance]
            left_ids = ids[begin : begin + len(right_ids)]
            same_sentence = (
                sentence_of[begin : begin + len(right_ids)]
                == sentence_of[begin + distance : begin + distance + len(right_ids)]
            )
            lefts.append(left_ids[same_sentence])
            rights.append(right_ids[same_sentence])
            weight = 1.0 / distance if weighted else 1.0
            weights.append(np.full(len(lefts[-1]), weight))
        pairs = (np.concatenate(lefts), np.concatenate(rights))
        # Converting COO to CSR sums the entries that fall on the same cell.
        total = (
            total
            + scipy.sparse.coo_matrix((np.concatenate(weights), pairs), shape=(size, size)).tocsr()
        )
    return total


def _checked_sentences(sentences: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    for number, sentence in enumerate(sentences):
        if isinstance(sentence, str):
            raise GloveValueError(
                f"sentences[{number}] is the string {sentence[:40]!r}, but each sentence must be "
                "a list of words; split it first, for example with str.split()."
            )
        yield sentence


def _checked_vocabulary(vocabulary: Sequence[str]) -> list[str]:
    words = list(vocabulary)
    if len(words) < 2:
        raise GloveValueError(
            f"vocabulary has {len(words)} words, and co-occurrence needs two or more; "
            "pass a longer list."
        )
    word, count = Counter(words).most_common(1)[0]
    if count > 1:
        raise GloveValueError(
            f"vocabulary holds {word!r} {count} times, but each word must stand in it once; "
            "remove the duplicates."
        )
    return words


def require_positive_integer(name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise GloveValueError(f"{name}={value!r} must be a whole number of at least 1.")
