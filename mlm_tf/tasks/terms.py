"""The words of documents, counted, and how much each says about its document."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.checks import check_strings
from mlm_tf.corpora import writing_of
from mlm_tf.errors import EmptyCorpusError
from mlm_tf.preprocessing import TextPipeline, bag_of_words, idf_vector, stopwords
from mlm_tf.preprocessing.chinese import HAN

if TYPE_CHECKING:
    from scipy.sparse import csr_array

VOCABULARY_SIZE = 50_000
MIXED = 0.1  # the share of Chinese characters from which on texts are cut as Chinese
LOOKED_AT = 1_000_000  # characters
NO_WORDS = (
    "The texts ({}) hold nothing but stopwords, numbers and punctuation; give documents with words."
)


class Terms:
    """The words of a collection of documents, and their inverse document frequencies.

    Args:
        pipeline: the pipeline of words that makes ids.
        idf: float32 `(V,)`, how much each id says; 0 for what is no word.

    Attributes:
        words: the vocabulary, V strings.
        is_word: bool `(V,)`, whether a token holds a letter: neither punctuation nor a number.
        rare: the idf of a word that one document alone holds, and of every word outside the
            vocabulary.

    Example:

    >>> terms = Terms.fit(["A cat sat.", "A dog sat.", "A dog ran."])
    >>> weights = terms.tfidf(terms.counts(["The cat sat."]))
    >>> {terms.words[i]: round(float(weights[0, i]), 2) for i in weights.indices}
    {'sat': 0.35, 'cat': 0.94}
    """

    def __init__(self, pipeline: TextPipeline, idf: np.ndarray):
        self.pipeline = pipeline
        self.words = list(pipeline.vocabulary)
        self.is_word = np.array([holds_letter(word) for word in self.words])
        self.is_word[: len(pipeline.special_tokens)] = False
        self.idf = np.where(self.is_word, idf, 0).astype("float32")
        self.rare = float(self.idf.max(initial=0))

    @classmethod
    def fit(cls, texts: Sequence[str], language: str | None = None) -> "Terms":
        """Learn the words of documents.

        Stopwords are left out: in English and Chinese those of `preprocessing.stopwords`. Texts
        of which a tenth and more is Chinese are cut into words by jieba, whatever else they hold,
        and the stopwords of both languages are left out; Latin words in them are words too.

        Args:
            texts: a document each; empty ones count as documents without words.
            language: `"en"`, `"zh"` or `"any"`, as `TextPipeline.fit` takes it; `None` looks.

        Raises:
            InvalidArgumentError: for texts that are no strings.
            EmptyCorpusError: if no document holds a word.
        """
        texts = check_strings("texts", texts)
        language = language_of(texts) if language is None else language
        try:
            pipeline = word_pipeline(texts, language)
        except EmptyCorpusError:
            raise EmptyCorpusError(NO_WORDS.format(len(texts))) from None
        if not any(map(holds_letter, pipeline.vocabulary[len(pipeline.special_tokens) :])):
            raise EmptyCorpusError(NO_WORDS.format(len(texts)))
        return cls(pipeline, idf_vector(pipeline.tfidf(texts), pipeline.vocabulary_size))

    def counts(self, texts: Iterable[str]) -> "csr_array":
        """How often each word occurs in each text, float32 `(N, V)`; other tokens are left out."""
        from scipy.sparse import csr_array

        columns, values, ends = [], [], [0]
        for row in self.pipeline.iterate_encoded(texts):
            pairs = [(i, count) for i, count in bag_of_words(row) if self.is_word[i]]
            columns += [i for i, _ in pairs]
            values += [count for _, count in pairs]
            ends.append(len(columns))
        shape = (len(ends) - 1, len(self.words))
        return csr_array(
            (np.array(values, "float32"), np.array(columns, "int32"), ends), shape=shape
        )

    def weights(self, counts: "csr_array") -> "csr_array":
        """`count · idf` of each word in each text, `(N, V)`.

        A text whose words all stand in every document, as the only document's do, keeps its
        counts: there is nothing else to tell them apart by.
        """
        return weighed(counts, self.idf)

    def tfidf(self, counts: "csr_array") -> "csr_array":
        """The same, each text of unit length."""
        return of_unit_length(self.weights(counts))

    def idf_of(self, word: str) -> float:
        """How much a word says; one outside the vocabulary as much as the rarest in it."""
        if not hasattr(self, "_places"):
            self._places = {known: i for i, known in enumerate(self.words)}
        place = self._places.get(word)
        return self.rare if place is None else float(self.idf[place])


def weighed(counts: "csr_array", idf: np.ndarray) -> "csr_array":
    """`count · idf` of each word in each text, `(N, V)`; the counts of a text where all are 0."""
    weights = counts * idf
    says_nothing = np.asarray(weights.sum(axis=1)).ravel() == 0  # (N,)
    if says_nothing.any():
        weights = weights + counts * says_nothing[:, None]
    return weights.tocsr()


def word_pipeline(texts: Sequence[str], language: str) -> TextPipeline:
    """A pipeline of the words of texts, without the stopwords of their language."""
    drop = "en" if language == "en" else None
    if language == "zh":
        drop = sorted(stopwords("zh") | stopwords("en"))
    return TextPipeline.fit(
        texts, "word", vocabulary_size=VOCABULARY_SIZE, language=language, stopwords=drop
    )


def language_of(texts: Sequence[str]) -> str:
    """What texts are written in; Chinese where a tenth is, and the rest has no script like it.

    >>> language_of(["a short text, 中英夹杂"]), language_of(["吾輩は猫である。名前はまだ無い。"])
    ('zh', 'any')
    """
    writing = writing_of(texts)
    if writing.language == "any" and writing.name != "Japanese":
        text = "".join(texts)[:LOOKED_AT]
        letters = sum(map(str.isalpha, text))
        return "zh" if len(HAN.findall(text)) > MIXED * letters else "any"
    return writing.language


def holds_letter(token: str) -> bool:
    """Whether a token is a word, rather than punctuation or a number.

    >>> [holds_letter(token) for token in ("cat", "don't", "猫", "3.14", ",")]
    [True, True, True, False, False]
    """
    return any(map(str.isalpha, token))


def of_unit_length(rows):
    """Each row, of a dense or sparse matrix, over its length; a row of zeros stays."""
    if isinstance(rows, np.ndarray):
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)  # (N, 1)
        return rows / np.where(lengths == 0, 1, lengths)
    lengths = np.sqrt(np.asarray((rows * rows).sum(axis=1))).reshape(-1, 1)
    return (rows * (1 / np.where(lengths == 0, 1, lengths))).tocsr()


def cosines(rows, others) -> np.ndarray:
    """The cosine similarity of each row with each of the others, `(N, M)`; 0 with a row of zeros.

    >>> cosines(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[3.0, 4.0]])).tolist()
    [[0.6], [0.0]]
    """
    found = of_unit_length(rows) @ of_unit_length(others).T
    return found if isinstance(found, np.ndarray) else found.toarray()
