"""The nearest neighbours of a word, or of a sum of words."""

import difflib
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from glove.checks import check_integer
from glove.errors import GloveValueError
from glove.splitting import lower_case
from glove.vectors import fill_norms

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

COMPARED = 50_000  # words; comparing the spelling of more takes seconds


def neighbours(
    vectors: "KeyedVectors",
    positive: str | Iterable[str],
    negative: str | Iterable[str] = (),
    top_n: int = 10,
) -> list[tuple[str, float]]:
    """The words of the greatest cosine similarity to a sum of words.

    Each word is added, or subtracted, as a vector of length 1. None of them is among the results.

    Args:
        vectors: a gensim `KeyedVectors`.
        positive: the word or words to add.
        negative: the word or words to subtract.
        top_n: how many neighbours.

    Returns:
        Words and their cosine similarity, the nearest first.

    Raises:
        GloveValueError: a word that the vectors do not have, with similar ones that they do have;
            no word to add; a `top_n` below 1; or words whose vector, or whose sum, is all zeros.

    Example:

    >>> import pathlib, tempfile
    >>> import glove
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> lines = ["man 1 0", "woman 0 1", "king 1 .2", "queen .2 1", "apple -1 -1"]
    >>> _ = path.write_text("\\n".join(lines), encoding="utf-8")
    >>> [(word, similarity)] = neighbours(glove.load(path), ["king", "woman"], ["man"], top_n=1)
    >>> word, round(similarity, 2)
    ('queen', 0.98)
    """
    check_integer("top_n", top_n)
    positive, negative = (
        [words] if isinstance(words, str) else list(words) for words in (positive, negative)
    )
    if not positive:
        raise GloveValueError("positive has no words; use one or more to find neighbours of.")
    unknown = [word for word in [*positive, *negative] if word not in vectors.key_to_index]
    if unknown:
        missing = " and not ".join(_with_similar(vectors, word) for word in unknown)
        raise GloveValueError(
            f"the {len(vectors.index_to_key):,} words of the vectors do not have {missing}; "
            "correct the spelling or leave the word out."
        )
    short = fill_norms(vectors)
    if zeros := [word for word in [*positive, *negative] if short[vectors.key_to_index[word]]]:
        raise GloveValueError(
            f"the vector of {zeros[0]!r} is all zeros and points nowhere, so that no word is near "
            "it; leave the word out."
        )
    if Counter(positive) == Counter(negative):
        raise GloveValueError(
            "positive and negative hold the same words, whose sum is 0 and points nowhere; leave "
            "some of them out."
        )
    return vectors.most_similar(positive=positive, negative=negative, topn=top_n)


def _with_similar(vectors: "KeyedVectors", word: str) -> str:
    lower = lower_case(word)
    similar = [lower] if lower in vectors.key_to_index else []
    for spelling in {word: None, lower: None}:
        similar += difflib.get_close_matches(spelling, vectors.index_to_key[:COMPARED])
    shown = ", ".join(map(repr, dict.fromkeys(similar)))
    return f"{word!r} (similar: {shown})" if shown else repr(word)
