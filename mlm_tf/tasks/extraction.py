"""Summaries made of a text's own sentences: which of them to take."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlm_tf.checks import check_choice, check_integer, check_strings
from mlm_tf.corpora import split_sentences
from mlm_tf.corpora.line_breaks import LineBreaks
from mlm_tf.corpora.segmentation import FULL_WIDTH, UNSPACED
from mlm_tf.embeddings import from_vectors
from mlm_tf.embeddings.sources import knows_any
from mlm_tf.preprocessing import TextPipeline
from mlm_tf.tasks.keywords import page_rank
from mlm_tf.tasks.likeness import known_rows, loaded, weighted_means
from mlm_tf.tasks.rouge import cut, words_of
from mlm_tf.tasks.terms import (
    cosines,
    holds_letter,
    language_of,
    of_unit_length,
    weighed,
    word_pipeline,
)

METHODS = ("centroid", "graph", "lead", "random")
ALIKE = 0.5  # cosine from which on two sentences say the same
ROUNDING = 1e-6  # of a sum of cosines


class Sentence(NamedTuple):
    """A sentence of a text.

    Attributes:
        text: what it says.
        place: its place in the text, from 0.
        score: how much it says of the text, by the method that chose it; those of two methods
            cannot be compared.
    """

    text: str
    place: int
    score: float


# === Texts as sentences ===


def sentences_of(text: str) -> list[str]:
    """The sentences of a text; of a hard-wrapped one the lines are joined first.

    >>> sentences_of("A cat sat. A dog came.\\nIt barked.")
    ['A cat sat.', 'A dog came.', 'It barked.']
    """
    blocks = LineBreaks("auto").of_text(text.splitlines(), "text")
    return [sentence for block in blocks for sentence in split_sentences(block)]


def joined(sentences: Sequence[str]) -> str:
    """Sentences in one line, with a space between two unless their script writes none.

    >>> joined(["A cat.", "A dog."]), joined(["有猫。", "有狗。"]), joined(["有猫。", "A dog."])
    ('A cat. A dog.', '有猫。有狗。', '有猫。A dog.')
    """
    line = ""
    for sentence in sentences:
        last = line[-1:]
        is_close = last in FULL_WIDTH or UNSPACED.match(last) or UNSPACED.match(sentence)
        line += sentence if is_close else f" {sentence}"
    return line


def _words(texts: Sequence[Sequence[str]]) -> list[list[list[str]]]:
    """The words of each sentence of each text that say what it is about: no stopwords, no numbers.

    Each text is cut by its own language, and those of one language all at once.
    """
    by_language: dict[str, list[int]] = {}
    for place, sentences in enumerate(texts):
        by_language.setdefault(language_of(sentences), []).append(place)
    found: list = [[] for _ in texts]
    for language, places in by_language.items():
        tokens = iter(_pipeline(language).tokenize([s for place in places for s in texts[place]]))
        for place in places:
            found[place] = [list(filter(holds_letter, next(tokens))) for _ in texts[place]]
    return found


@functools.cache
def _pipeline(language: str) -> TextPipeline:
    """Cuts any text into words: its own vocabulary is not asked."""
    return word_pipeline(["猫" if language == "zh" else "cat"], language)


# === Scores ===


class WordWeights:
    """How much each word says in each sentence of a text, TF-IDF whose documents are sentences.

    Args:
        sentences: the words of each, S of them.

    Attributes:
        words: the different ones, V of them.
        weights: sparse `(S, V)`, `count · idf`; the counts of a sentence of which each other one
            has all words.
        tfidf: the same, each row of unit length.
    """

    def __init__(self, sentences: Sequence[Sequence[str]]):
        from scipy.sparse import coo_array

        self.words = sorted({word for sentence in sentences for word in sentence})
        places = {word: column for column, word in enumerate(self.words)}
        rows = [row for row, sentence in enumerate(sentences) for _ in sentence]
        columns = [places[word] for sentence in sentences for word in sentence]
        shape = (len(sentences), max(len(self.words), 1))
        counts = coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()
        counts.sum_duplicates()
        documents = np.bincount(counts.indices, minlength=shape[1])  # (V,)
        idf = np.log2(len(sentences) / np.maximum(documents, 1))
        self.weights = weighed(counts, idf)
        self.tfidf = of_unit_length(self.weights)

    def centroid_scores(self, vectors=None) -> np.ndarray:
        """How near the vector of each sentence is to that of the whole text, by the cosine: `(S,)`.

        The vector of either is the mean of its words' vectors weighed by TF-IDF, formula 4.1. A
        text none of whose words has a vector is scored by the words alone.

        Args:
            vectors: a gensim `KeyedVectors`; `None` gives each word a dimension of its own.

        Example:

        >>> sentences = [["cat", "mouse"], ["dog"], ["mouse", "cat", "dog"]]
        >>> int(WordWeights(sentences).centroid_scores().argmax())
        2

        Reference: Radev et al. (2004), Centroid-based Summarization of Multiple Documents; with
        vectors of words Rossiello, Basile & Semeraro (2017), Centroid-based Text Summarization
        through Compositionality of Word Embeddings.
        """
        from scipy.sparse import csr_array

        whole = csr_array(np.asarray(self.weights.sum(axis=0))[None])  # (1, V)
        if vectors is None or not knows_any(vectors, self.words):
            return cosines(self.weights, whole)[:, 0]
        matrix = from_vectors(vectors, self.words, oov="zero")
        known = known_rows(matrix)
        rows = (weighted_means(part, matrix.values, known) for part in (self.weights, whole))
        return cosines(*rows)[:, 0]

    def graph_scores(self) -> np.ndarray:
        """How much time a walk from sentence to like sentence spends at each, of sum 1: `(S,)`.

        Two sentences are joined by the cosine of their TF-IDF, and the walk is the one of
        `keywords.page_rank`: a sentence counts as much as those do that are like it. The matrix
        of all cosines, with a place for each pair, is never made: it is a sparse matrix times
        itself turned, and each step multiplies by the one and then the other.

        Example:

        >>> sentences = [["cat", "mouse"], ["dog", "bone"], ["mouse", "cat", "dog"], ["sun"]]
        >>> int(WordWeights(sentences).graph_scores().argmax())
        2

        Reference: Erkan & Radev (2004), LexRank, section 3.3 ("continuous"); Mihalcea & Tarau
        (2004), TextRank, section 4.
        """
        rows, columns = self.tfidf, self.tfidf.T.tocsr()
        own = np.asarray((rows * rows).sum(axis=1)).ravel()  # no sentence is its own neighbour

        def edges(spread: np.ndarray) -> np.ndarray:
            return rows @ (columns @ spread) - own * spread

        degrees = edges(np.ones(rows.shape[0]))
        return page_rank(edges, np.where(degrees < ROUNDING, 0, degrees))

    def likeness(self, place: int) -> np.ndarray:
        """The cosine of each sentence with one of them, `(S,)`."""
        return (self.tfidf @ self.tfidf[[place]].T).toarray()[:, 0]


# === The choice ===


class _Room(NamedTuple):
    """How much may be taken.

    Attributes:
        sentences: so many; None is no limit.
        words: so many; None is no limit.
        overflows: whether the sentence that reaches the limit of words is taken.
    """

    sentences: int | None = None
    words: int | None = None
    overflows: bool = False


class _Choice:
    """Sentences of a text that are taken one by one, while there is room."""

    def __init__(self, sentences: Sequence[str], room: _Room):
        self.sentences, self.room = sentences, room
        self.places: list[int] = []
        self.left = room.words

    @property
    def is_full(self) -> bool:
        enough = self.room.sentences is not None and len(self.places) >= self.room.sentences
        return enough or (self.left is not None and self.left <= 0)

    def take(self, place: int) -> bool:
        """Whether there was room for it."""
        if self.left is not None:
            length = len(words_of(self.sentences[place]))
            if length > self.left and not self.room.overflows:
                return False
            self.left -= length
        self.places.append(place)
        return True


def _best(sentences: Sequence[str], weights: WordWeights, scores: np.ndarray, room: _Room):
    """The places of the best sentences; of two that say the same the better one.

    Those that say what was said before come last, where there are too few others; those that are
    the same word for word never.
    """
    choice, taken = _Choice(sentences, room), set()
    order = np.argsort(-scores.round(9), kind="stable").tolist()  # of equal ones the first
    nearest = np.zeros(len(sentences))  # the cosine with the most alike of those taken
    for most in (ALIKE, np.inf):
        for place in order:
            if choice.is_full:
                return choice.places
            if nearest[place] < most and sentences[place] not in taken and choice.take(place):
                taken.add(sentences[place])
                nearest = np.maximum(nearest, weights.likeness(place))
    return choice.places or order[:1]


def _extracted(
    texts: Sequence[Sequence[str]], method: str, rooms: Sequence[_Room], vectors, seed: int
) -> list[list[Sentence]]:
    """The chosen sentences of each text."""
    check_choice("method", method, METHODS)
    words = _words(texts) if method in ("centroid", "graph") else [None] * len(texts)
    if vectors is not None and method == "centroid":
        _check_vectors(vectors, words)
    found = []
    for sentences, of_sentences, room in zip(texts, words, rooms, strict=True):
        size = len(sentences)
        if not size:
            places, scores = [], []
        elif of_sentences is None:  # taken as they come, repetitions too
            draw = np.random.default_rng(seed)
            scores = draw.random(size) if method == "random" else -np.arange(size, dtype=float)
            choice = _Choice(sentences, room)
            for place in np.argsort(-scores, kind="stable").tolist():
                if choice.is_full:
                    break
                choice.take(place)
            places = choice.places or [int(scores.argmax())]
        else:
            weights = WordWeights(of_sentences)
            is_graph = method == "graph"
            scores = weights.graph_scores() if is_graph else weights.centroid_scores(vectors)
            places = _best(sentences, weights, scores, room)
        found.append([Sentence(sentences[p], p, float(scores[p])) for p in sorted(places)])
    return found


def extract(
    texts: str | Sequence[str],
    method: str = "centroid",
    num_sentences: int = 3,
    max_words: int = 0,
    vectors=None,
    seed: int = 0,
):
    """The sentences of a text that say most of it, in the order in which they stand.

    Of two sentences that say the same (a cosine of 0.5 and more) the second is taken only where
    there are too few others, and never if it is the same word for word; the first sentences
    ("lead") and those drawn by chance ("random") are taken as they come.

    Args:
        texts: a text, or a list of them, of any length; each is looked at alone.
        method: `"centroid"` or `"graph"`, see `WordWeights`; `"lead"` or `"random"`.
        num_sentences: how many; of a text with fewer all.
        max_words: where it is not 0, as many of the best sentences as have room in so many words
            (in Chinese: characters), and `num_sentences` is not asked. Of the best sentence its
            beginning, if none has room.
        vectors: of words, for "centroid": a gensim `KeyedVectors`, or the name or file of published
            GloVe vectors.
        seed: of the draw.

    Returns:
        A list of `Sentence`; of several texts a list of such lists. Of an empty text it is empty.

    Example:

    >>> text = "It was late. The cat saw a mouse. A dog slept. The mouse saw the cat and the dog."
    >>> [sentence.text for sentence in extract(text, num_sentences=1)]
    ['The mouse saw the cat and the dog.']
    """
    is_single = isinstance(texts, str)
    texts = check_strings("texts", [texts] if is_single else texts)
    check_integer("num_sentences", num_sentences)
    check_integer("max_words", max_words, least=0)
    check_integer("seed", seed, least=0)
    room = _Room(words=max_words) if max_words else _Room(sentences=num_sentences)
    documents = [sentences_of(text) for text in texts]
    found = _extracted(documents, method, [room] * len(texts), loaded(vectors), seed)
    if max_words:
        found = [[s._replace(text=cut(s.text, max_words)) for s in chosen] for chosen in found]
    return found[0] if is_single else found


def filled(
    documents: Sequence[Sequence[str]],
    method: str,
    num_words: Sequence[int],
    vectors=None,
    seed: int = 0,
) -> list[str]:
    """Of each document the best sentences until there are so many words, the last one to its end.

    So summaries are measured at equal length: `rouge` cuts them.

    Args:
        documents: the sentences of each.
        method, vectors, seed: as for `extract`.
        num_words: for each document how many words are to be reached.
    """
    rooms = [_Room(words=number, overflows=True) for number in num_words]
    found = _extracted(documents, method, rooms, loaded(vectors), seed)
    return [joined([sentence.text for sentence in chosen]) for chosen in found]


def _check_vectors(vectors, texts: Sequence[Sequence[Sequence[str]]]) -> None:
    """Raise for what are no vectors, or those of no word of any text."""
    words = sorted({word for sentences in texts for words in sentences for word in words})
    if words and not knows_any(vectors, words):
        from_vectors(vectors, words, oov="zero")  # says so
