"""TF-IDF over a vocabulary, by gensim: how much each word says about its document."""

from collections.abc import Iterable, Sequence

import numpy as np

from mlm_tf.checks import check_integer
from mlm_tf.errors import EmptyCorpusError
from mlm_tf.preprocessing.special_tokens import SPECIAL_TOKENS


def bag_of_words(row: Sequence[int]) -> list[tuple[int, int]]:
    """How often each word occurs in a row of ids: gensim's `(id, count)` pairs, by id.

    Special tokens are left out: they are no words, and what `[UNK]` stands for differs.

    Example:

    >>> bag_of_words([2, 7, 6, 7, 1, 3])
    [(6, 1), (7, 2)]
    """
    ids = np.asarray(row)
    ids, counts = np.unique(ids[ids >= len(SPECIAL_TOKENS)], return_counts=True)
    return list(zip(ids.tolist(), counts.tolist(), strict=True))


def fit_tfidf(rows: Iterable[Sequence[int]], vocabulary: Sequence[str]):
    """Count in how many documents each word occurs, in one pass over rows of ids.

    Args:
        rows: ids, one row a document, special tokens or not; may be an iterator.
        vocabulary: the word of each id.

    Returns:
        gensim's `TfidfModel`, whose ids are those of the vocabulary: `model[bag_of_words(row)]`
        gives `(id, weight)` pairs, the weight being count · log2(documents / documents with the
        word), and each document of unit length. It carries the vocabulary as `id2word`.

    Raises:
        EmptyCorpusError: if there is no word.

    Example: a word that stands in every document says nothing.

    >>> vocabulary = ["[PAD]", "[UNK]", "[START]", "[END]", "[SEP]", "[MASK]", "the", "cat", "dog"]
    >>> model = fit_tfidf([[6, 7], [6, 8], [6, 8]], vocabulary)
    >>> [(model.id2word[i], round(float(idf), 3)) for i, idf in sorted(model.idfs.items())]
    [('the', 0.0), ('cat', 1.585), ('dog', 0.585)]
    """
    from gensim.models import TfidfModel

    model = TfidfModel(map(bag_of_words, rows), id2word=dict(enumerate(vocabulary)))
    if not model.dfs:
        raise EmptyCorpusError(
            f"The {model.num_docs} texts hold no word of the vocabulary, so there is nothing to "
            "count; give more text, or the pipeline that was fitted on it."
        )
    return model


def idf_vector(model, vocabulary_size: int) -> np.ndarray:
    """The idf of each id, float32 `(vocabulary_size,)`, for `layers.TfidfPooling`.

    It is 0 for the special tokens, and for words that no document of the model holds: their idf
    would be without bound, and gensim too leaves them out.

    Args:
        model: what `fit_tfidf` returns.
        vocabulary_size: number of ids of the vocabulary that it was fitted with.

    Example:

    >>> model = fit_tfidf([[6, 7], [6, 9]], vocabulary=[f"w{i}" for i in range(10)])
    >>> idf_vector(model, vocabulary_size=10).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0]
    """
    why = ", the size of the vocabulary that the model was fitted with"
    vocabulary_size = check_integer("vocabulary_size", vocabulary_size, max(model.dfs) + 1, why)
    idf = np.zeros(vocabulary_size, "float32")
    idf[list(model.idfs)] = list(model.idfs.values())
    return idf
