"""Contractions, for which GloVe and other vectors of Treebank tokens know only the parts."""

from collections.abc import Container

ENDINGS = ("n't", "'s", "'re", "'ve", "'ll", "'d", "'m")
STEMS = {"ca": "can", "wo": "will", "sha": "shall"}  # and what they stand for, if not known


def known_parts(word: str, known: Container[str]) -> list[str] | None:
    """A contraction or possessive cut as the Penn Treebank does, if all parts are known.

    Args:
        word: any word; its apostrophes straight, as a pipeline writes them.
        known: the types that have a vector.

    Returns:
        The parts in their order, or `None` for another word, or one with an unknown part.

    >>> known = {"do", "n't", "can", "could", "'ve", "dog", "'s"}
    >>> [known_parts(word, known) for word in ("don't", "can't", "couldn't've", "dog's")]
    [['do', "n't"], ['can', "n't"], ['could', "n't", "'ve"], ['dog', "'s"]]
    >>> known_parts("rock'n'roll", known), known_parts("we're", known)
    (None, None)
    """
    for ending in ENDINGS:
        stem, end = word[: -len(ending)], word[-len(ending) :]
        if end.lower() != ending or not stem:
            continue
        if end not in known:
            return None
        for one in (stem, STEMS.get(stem.lower())):
            if one in known:
                return [one, end]
        parts = known_parts(stem, known)
        return None if parts is None else [*parts, end]
    return None
