"""Starting matrices learned from the texts at hand: TF-IDF and word2vec, both by gensim.

GloVe vectors of the same texts come from `glove.train`, through `from_vectors`.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from mlm_tf.checks import check_boolean, check_integer
from mlm_tf.embeddings.matrix import RANDOM, EmbeddingMatrix
from mlm_tf.embeddings.sources import filled, special_count
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing import TextPipeline, bag_of_words

# Of word2vec, twice gensim's. On the Wikipedia articles (8,000 types, 50 dimensions) the vectors
# correlated with WordSim-353 by 0.47; at gensim's rate by 0.39, and by 0.47 after twice the epochs;
# at that rate and in windows of 5, gensim's default, by 0.29.
LEARNING_RATE = 0.05
LONGEST = 10_000  # ids in a row; gensim passes over what is past that
# Of TF-IDF: a row shorter than this share of the longest one is rounding, not a direction.
LEAST_LENGTH = 1e-6


def from_tfidf(
    texts: Iterable[str], pipeline: TextPipeline, embedding_dim: int, seed: int = 0
) -> EmbeddingMatrix:
    """Latent semantic analysis: words are alike that occur in the same texts.

    The matrix with a row for each type, a column for each text and TF-IDF weights in it is
    factorised into U S V^T, of which the `embedding_dim` greatest singular values are kept. The
    vector of a type is its row of U S brought to length 1, so that the dot product of two rows is
    the cosine similarity that this analysis compares words by. Without that the rows of frequent
    words would be a hundred times as long as those of rare ones; with it the numbers are about
    1 / sqrt(embedding_dim), 0.14 at 50 dimensions, large enough for an embedding layer to start
    from and small enough to move.

    Args:
        texts: strings, each a text to count words in: sentences put words together that stand
            near each other, documents those of one topic. Anything that can be iterated over
            twice, as a `corpora.TextStream`, is read piece by piece.
        pipeline: the fitted pipeline that makes the ids.
        embedding_dim: D, at most the number of independent texts and of types.
        seed: of the factorisation, which is a randomised one, and of the random rows.

    Returns:
        An `EmbeddingMatrix` (V, D). Words that no text holds, or every text, have no direction
        and get random rows, as in `from_vectors`.

    Raises:
        InvalidArgumentError: an argument that cannot work, or too few texts for so many dimensions.
        EmptyCorpusError: the texts hold no word of the vocabulary.

    Example:

    >>> from mlm_tf import TextPipeline, embeddings
    >>> texts = ["the king rules", "the queen rules", "the cat sleeps", "the dog sleeps"]
    >>> pipeline = TextPipeline.fit(texts)
    >>> matrix = embeddings.from_tfidf(texts, pipeline, embedding_dim=2)
    >>> king, queen, cat = (
    ...     matrix.values[pipeline.vocabulary.index(word)] for word in ("king", "queen", "cat")
    ... )
    >>> round(float(king @ queen), 2), abs(round(float(king @ cat), 2))
    (1.0, 0.0)

    Reference: Deerwester et al. (1990), "Indexing by Latent Semantic Analysis"; gensim `LsiModel`.
    """
    from gensim.models import LsiModel

    texts, embedding_dim = _checked(texts, pipeline, embedding_dim, seed)
    tfidf = pipeline.tfidf(texts)
    lsi = LsiModel(
        (tfidf[bag_of_words(row)] for row in pipeline.iterate_encoded(texts)),
        id2word=tfidf.id2word,
        num_topics=embedding_dim,
        random_seed=seed,
    )
    vectors = lsi.projection.u * lsi.projection.s  # (V, D), or fewer columns
    if vectors.shape[1] < embedding_dim:
        raise InvalidArgumentError(
            f"embedding_dim={embedding_dim}, and the TF-IDF of {tfidf.num_docs} texts over "
            f"{len(tfidf.dfs)} words has {vectors.shape[1]} independent directions; use "
            "sentences instead of documents, more text, or a smaller embedding_dim."
        )
    length = np.linalg.norm(vectors, axis=1)
    rows = np.flatnonzero(length > LEAST_LENGTH * length.max())
    known = vectors[rows] / length[rows, None]
    return filled(list(pipeline.vocabulary), rows, known, "tfidf", RANDOM, seed)


def from_word2vec(
    texts: Iterable[str],
    pipeline: TextPipeline,
    embedding_dim: int,
    window_size: int = 10,
    epochs: int = 10,
    seed: int = 0,
    progress: bool = True,
) -> EmbeddingMatrix:
    """Word2vec: words are alike that have the same neighbours.

    The skip-gram model with five negative samples, trained here by gensim. gensim's own settings
    are for large corpora; here windows are wider, epochs more and steps longer, which made better
    vectors of half a million words. Words outside the vocabulary are taken out before distances
    are measured, as in `glove.cooccurrence`; most occurrences of very frequent words are passed
    over, so that a few hundred sentences are too few.

    Args:
        texts: strings; no window reaches from one text into the next. Anything that can be
            iterated over twice, as a `corpora.TextStream`, is read anew in every epoch.
        pipeline: the fitted pipeline that makes the ids.
        embedding_dim: D.
        window_size: the most words to the left and to the right that count as neighbours.
        epochs: how often to go through the texts.
        seed: of all that is random. The same seed gives the same vectors, so one thread trains.
        progress: show a bar.

    Returns:
        An `EmbeddingMatrix` (V, D). Words that no text holds get random rows, as in
        `from_vectors`; those that it holds once or twice have not moved far from random ones.

    Raises:
        InvalidArgumentError: an argument that cannot work.
        EmptyCorpusError: the texts hold no word of the vocabulary.

    Example:

    >>> from mlm_tf import TextPipeline, embeddings
    >>> texts = ["the king rules the land", "the queen rules the sea"] * 20
    >>> pipeline = TextPipeline.fit(texts)
    >>> matrix = embeddings.from_word2vec(texts, pipeline, embedding_dim=4, progress=False)
    >>> matrix.values.shape, matrix.misses
    ((12, 4), [])

    Reference: Mikolov et al. (2013), "Distributed Representations of Words and Phrases and their
    Compositionality".
    """
    from gensim.models import Word2Vec

    texts, embedding_dim = _checked(texts, pipeline, embedding_dim, seed)
    check_integer("window_size", window_size)
    check_integer("epochs", epochs)
    check_boolean("progress", progress)
    model = Word2Vec(
        vector_size=embedding_dim,
        window=window_size,
        sg=1,
        negative=5,
        alpha=LEARNING_RATE,
        min_count=1,  # what is too rare is [UNK] to the pipeline already
        workers=1,
        seed=seed,
    )
    rows = _WordIds(texts, pipeline)
    model.build_vocab(rows)
    if not model.wv.index_to_key:
        raise EmptyCorpusError(
            "texts holds no word of the vocabulary, so there is nothing to learn from; use more "
            "text, or the pipeline that was fitted on it."
        )
    with _bar("word2vec", epochs * model.corpus_count, visible=progress) as rows.advance:
        model.train(rows, total_examples=model.corpus_count, epochs=epochs)
    ids, known = model.wv.index_to_key, model.wv.vectors
    return filled(list(pipeline.vocabulary), ids, known, "word2vec", RANDOM, seed)


class _WordIds:
    """The texts as lists of ids, special tokens left out, as often as gensim asks for them."""

    def __init__(self, texts: Iterable[str], pipeline: TextPipeline):
        self.texts, self.pipeline = texts, pipeline
        self.specials = special_count(pipeline.vocabulary)
        self.advance: Callable[[], None] = lambda: None

    def __iter__(self) -> Iterator[list[int]]:
        for row in self.pipeline.iterate_encoded(self.texts):
            ids = row[row >= self.specials].tolist()
            for begin in range(0, max(1, len(ids)), LONGEST):
                yield ids[begin : begin + LONGEST]
                self.advance()


@contextlib.contextmanager
def _bar(description: str, total: int, visible: bool) -> Iterator[Callable[[], None]]:
    """A progress bar, and what to call after each of the `total` steps."""
    from rich.progress import Progress

    with Progress(disable=not visible) as bar:
        task = bar.add_task(description, total=total)
        yield lambda: bar.advance(task)


def _checked(texts, pipeline, embedding_dim, seed) -> tuple[Iterable[str], int]:
    """Texts that can be gone through again, and the number of dimensions."""
    if not isinstance(pipeline, TextPipeline):
        raise InvalidArgumentError(
            f"pipeline is of type {type(pipeline).__name__}, and the vocabulary of a "
            "TextPipeline decides the rows; make one with TextPipeline.fit."
        )
    check_integer("seed", seed, least=0)
    texts = list(texts) if isinstance(texts, Iterator) else texts
    return texts, check_integer("embedding_dim", embedding_dim)
