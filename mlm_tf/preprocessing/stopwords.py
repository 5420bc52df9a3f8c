"""Stopwords: frequent words that say little about what a text is about."""

from collections.abc import Iterable

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.checks import check_strings


def stopwords(choice: str | Iterable[str] | None) -> frozenset[str]:
    """The set of stopwords that a name or a list of one's own stands for.

    Args:
        choice: `None` for none, `"en"` for the English list of gensim, or any words.

    Raises:
        InvalidArgumentError: for another name, or words that are no strings.

    Example:

    >>> "the" in stopwords("en"), "city" in stopwords("en")
    (True, False)
    >>> sorted(stopwords(["um", "er"]))
    ['er', 'um']
    """
    if choice is None:
        return frozenset()
    if not isinstance(choice, str):
        return frozenset(check_strings("stopwords", choice))
    if choice != "en":
        raise InvalidArgumentError(
            f"stopwords={choice!r} is not known; use None, 'en', or a list of words."
        )
    from gensim.parsing.preprocessing import STOPWORDS

    return STOPWORDS
