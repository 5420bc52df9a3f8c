"""Stopwords: frequent words that say little about what a text is about."""

from collections.abc import Iterable

from mlm_tf.errors import InvalidArgumentError, MissingDependencyError
from mlm_tf.preprocessing.checks import check_strings

NAMES = ("en", "zh")


def stopwords(choice: str | Iterable[str] | None) -> frozenset[str]:
    """The set of stopwords that a name or a list of one's own stands for.

    Args:
        choice: `None` for none; `"en"` for the English list of gensim, with "dont", of which it has
            only "don"; `"zh"` for the Chinese list of Stopwords ISO (an optional package); or any
            words.

    Raises:
        InvalidArgumentError: for another name, or words that are no strings.
        MissingDependencyError: for the Chinese list without its package.

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
    if choice == "en":
        from gensim.parsing.preprocessing import STOPWORDS

        return STOPWORDS | {"dont"}
    if choice == "zh":
        return _chinese()
    raise InvalidArgumentError(
        f"stopwords={choice!r} is not known; use None, {', '.join(map(repr, NAMES))}, or a list of "
        "words."
    )


def _chinese() -> frozenset[str]:
    try:
        import stopwordsiso
    except ImportError:
        raise MissingDependencyError(
            "stopwords='zh' needs the package stopwordsiso, which is not installed; use "
            "pip install 'mlm_tf[zh]', or give a list of words."
        ) from None
    return frozenset(stopwordsiso.stopwords("zh"))
