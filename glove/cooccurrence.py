"""Step one of GloVe: how often does each word stand near each other word?

Notable features: the count of a pair at distance d is 1/d (Pennington, Socher & Manning 2014,
section 4.2, footnote on the decreasing weighting function); windows never cross from one sentence
list into the next; words outside the vocabulary are taken out *before* distances are measured, so
that two words with an unknown word between them are neighbours, as in the reference program. The
text goes by once and may be an iterator; its ids wait in a temporary file until the vocabulary is
known, and what the counts need beyond a budget of memory is spilled to disk too.
"""

import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse

from glove.checks import check_booleans, check_integer, check_number
from glove.errors import GloveValueError
from glove.progress import Advance, progress_bar
from glove.runs import Runs

GIB = 1 << 30
# The pairs of a portion of the text become a sparse matrix together: enough of them that Python's
# share is small, and no more of them than a quarter of the budget.
PAIRS_PER_PORTION = 4_000_000
BYTES_PER_PAIR = 64  # left, right and weight, and the same again sorted, and transposed
IDS_PER_READ = 4_000_000


@dataclass(frozen=True)
class Cooccurrence:
    """Weighted counts of words standing near each other.

    Attributes:
        vocabulary: the V words; a word's place is its row and its column.
        occurrences: int64 (V,), how often each word occurs.
        counts: float64 CSR matrix (V, V). `counts[i, j]` sums 1/d over every place where word j
            stands d tokens from word i. Without `symmetric`, i is the left word of the pair.
    """

    vocabulary: list[str]
    occurrences: np.ndarray
    counts: scipy.sparse.csr_matrix


def cooccurrence(
    sentences: Iterable[Sequence[str]],
    vocabulary: Sequence[str] | None = None,
    min_count: int = 5,
    max_vocab: int | None = None,
    window_size: int = 10,
    symmetric: bool = True,
    distance_weighting: bool = True,
    memory_gib: float = 4.0,
    progress: bool = False,
) -> Cooccurrence:
    """Counts distance-weighted co-occurrences, equal to the reference program's.

    Args:
        sentences: lists of words. A window never reaches from one list into the next; pass whole
            documents as lists to let it cross sentences. They are gone through once. A sign with
            blanks around it, as a tokenizer may spell one (" - "), is the sign, unless `vocabulary`
            is given: no file of vectors can hold blanks.
        vocabulary: the words to count, in the order of the rows. By default every word that occurs
            at least `min_count` times, the most frequent first, ties in alphabetical order.
        min_count: used only where `vocabulary` is not given.
        max_vocab: so many of those words at most, the most frequent; None for all.
        window_size: how many words to the left (and to the right, where `symmetric`) count.
        symmetric: count each pair in both directions; otherwise only (left word, right word).
        distance_weighting: a pair d words apart counts 1/d; otherwise 1.
        memory_gib: GiB for the counts while they are summed. If they need more they are spilled
            to the folder for temporary files (`TMPDIR`), and `counts` is mapped to a file there.
            The list of words comes on top.
        progress: show a bar with the tokens read and counted.

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
    check_integer("min_count", min_count)
    check_integer("window_size", window_size)
    check_number("memory_gib", memory_gib, above=0)
    if max_vocab is not None:
        check_integer("max_vocab", max_vocab)
    check_booleans(symmetric=symmetric, distance_weighting=distance_weighting, progress=progress)
    if vocabulary is not None:
        vocabulary = _checked_vocabulary(vocabulary)
    with tempfile.TemporaryFile() as file:
        with progress_bar("reading", None, "tokens", progress) as advance:
            text = _EncodedText(sentences, file, advance, _Types(bare_signs=vocabulary is None))
        if vocabulary is None:
            vocabulary = text.frequent_words(min_count, max_vocab)
        memory = memory_gib * GIB
        runs = Runs(len(vocabulary), memory / 2)
        pairs = min(PAIRS_PER_PORTION, memory / 4 / BYTES_PER_PAIR)
        with progress_bar("counting", text.tokens, "tokens", progress) as advance:
            for portion in text.portions(vocabulary, window_size, int(pairs / window_size) + 1):
                run = _pairs(portion, len(vocabulary), window_size, distance_weighting)
                runs.add((run + run.T).tocsr() if symmetric else run)
                advance(portion.tokens)
        counts = runs.total()
        occurrences = text.occurrences_of(vocabulary)
    if not counts.nnz:
        raise GloveValueError(
            f"sentences hold {occurrences.sum()} tokens of a vocabulary of {len(vocabulary)} words "
            "and not one pair of neighbours; use more text, a lower min_count, or longer lists of "
            "words."
        )
    return Cooccurrence(vocabulary, occurrences, counts)


@dataclass(frozen=True)
class _Portion:
    """Some of the known words of a text (n), in a row.

    The first `context` of them end the portion before, and are here as left neighbours only.
    """

    ids: np.ndarray  # (n,) int32
    sentence_of: np.ndarray  # (n,) the number of the sentence of each
    context: int
    tokens: int  # of the text, known or not, that are new in this portion


class _Types(dict):
    """The id of each word, which is its place in the order of first appearance."""

    def __init__(self, bare_signs: bool):
        super().__init__()
        self.bare_signs, self.words = bare_signs, []

    def __missing__(self, word: str) -> int:
        bare = word
        if self.bare_signs and not any(map(str.isalnum, word)):
            bare = word.strip(" ") or word
        if bare != word:
            self[word] = self[bare]
        else:
            self[word] = len(self.words)
            self.words.append(word)
        return self[word]


class _EncodedText:
    """A text gone through once: the ids of its words in a file, 4 bytes a token.

    Attributes:
        tokens: how many there are.
    """

    def __init__(self, sentences: Iterable[Sequence[str]], file, advance: Advance, index: _Types):
        ends, buffer, written = array("q"), array("i"), 0
        for number, sentence in enumerate(sentences):
            if isinstance(sentence, str):
                raise GloveValueError(
                    f"sentences[{number}] is the string {sentence[:40]!r}, and each sentence is "
                    "a list of words; split it first, for example with str.split()."
                )
            buffer.extend(map(index.__getitem__, sentence))
            ends.append(written + len(buffer))
            if len(buffer) >= IDS_PER_READ:
                buffer.tofile(file)
                written += len(buffer)
                advance(len(buffer))
                buffer = array("i")
        buffer.tofile(file)
        file.flush()
        self.tokens = written + len(buffer)
        self._ids = np.memmap(file, np.int32, "r", shape=(self.tokens,)) if self.tokens else []
        self._ends = np.frombuffer(ends, np.int64) if ends else np.zeros(0, np.int64)
        self._words = index.words
        self._occurrences = np.zeros(len(index.words), np.int64)
        for begin in range(0, self.tokens, IDS_PER_READ):
            ids = self._ids[begin : begin + IDS_PER_READ]
            self._occurrences += np.bincount(ids, minlength=len(index.words))

    def frequent_words(self, min_count: int, max_vocab: int | None) -> list[str]:
        counted = zip(self._words, self._occurrences.tolist(), strict=True)
        frequent = sorted((-count, word) for word, count in counted if count >= min_count)
        words = [word for _, word in frequent[:max_vocab]]
        if len(words) < 2:
            found = f"{len(frequent)} of {len(self._words)} types occur"
            limit, remedy = "", "a lower min_count"
            if max_vocab == 1:
                limit, remedy = " and max_vocab=1 keeps one", "a higher max_vocab"
            raise GloveValueError(
                f"{found} at least min_count={min_count} times{limit}, but co-occurrence needs two "
                f"words or more; use more text or {remedy}."
            )
        return words

    def occurrences_of(self, vocabulary: list[str]) -> np.ndarray:
        counts = dict(zip(self._words, self._occurrences.tolist(), strict=True))
        return np.array([counts.get(word, 0) for word in vocabulary], np.int64)

    def portions(self, vocabulary: list[str], window_size: int, tokens: int) -> Iterator[_Portion]:
        """The text in portions of about so many tokens, in ids of the vocabulary."""
        rows = {word: row for row, word in enumerate(vocabulary)}
        row_of = np.array([rows.get(word, -1) for word in self._words], np.int32)
        ids, sentence_of = np.empty(0, np.int32), np.empty(0, np.int64)
        for begin in range(0, self.tokens, tokens):
            new = row_of[self._ids[begin : begin + tokens]]
            known = np.flatnonzero(new >= 0)
            # The left neighbours of the first new words are the last ones so far.
            ids = np.concatenate([ids[-window_size:], new[known]])
            sentences = np.searchsorted(self._ends, begin + known, side="right")
            sentence_of = np.concatenate([sentence_of[-window_size:], sentences])
            yield _Portion(ids, sentence_of, len(ids) - len(known), len(new))


def _pairs(
    portion: _Portion, size: int, window_size: int, weighted: bool
) -> scipy.sparse.csr_matrix:
    """Counts (left word, right word) for all distances at once, (V, V)."""
    ids, sentence_of = portion.ids, portion.sentence_of
    lefts, rights, weights = [], [], []
    for distance in range(1, window_size + 1):
        first = max(portion.context, distance)  # a pair counts where its right word is new
        right, left = slice(first, None), slice(first - distance, len(ids) - distance)
        together = sentence_of[left] == sentence_of[right] if first < len(ids) else []
        if not len(together):
            continue
        lefts.append(ids[left][together])
        rights.append(ids[right][together])
        weights.append(np.full(len(lefts[-1]), 1.0 / distance if weighted else 1.0))
    if not lefts:
        return scipy.sparse.csr_matrix((size, size), dtype=np.float64)
    pairs = np.concatenate(lefts), np.concatenate(rights)
    # Converting COO to CSR sums the entries that fall on the same cell.
    return scipy.sparse.coo_matrix((np.concatenate(weights), pairs), shape=(size, size)).tocsr()


def _checked_vocabulary(vocabulary: Sequence[str]) -> list[str]:
    words = list(vocabulary)
    if len(words) < 2:
        raise GloveValueError(
            f"vocabulary has {len(words)} words, and co-occurrence needs two or more; "
            "use a longer list."
        )
    word, count = Counter(words).most_common(1)[0]
    if count > 1:
        raise GloveValueError(
            f"vocabulary holds {word!r} {count} times, and each word has one row; "
            "remove the duplicates."
        )
    return words
