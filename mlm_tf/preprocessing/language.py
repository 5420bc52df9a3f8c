"""The language of a pipeline: asked for, or what the texts are mostly written in."""

import logging
from collections.abc import Iterable

from mlm_tf.checks import iterate_strings
from mlm_tf.corpora import writing_of

logger = logging.getLogger("mlm_tf")


def recognised_language(texts: Iterable[str], level: str | None) -> str:
    """What texts are mostly written in; where that is not English, the log says so.

    Args:
        texts: strings, which can be iterated over again.
        level: as `TextPipeline.fit` got it.
    """
    writing = writing_of(iterate_strings("texts", texts))
    if writing.language != "en":
        characters = " and level='character'" if (level, writing.language) == (None, "zh") else ""
        logger.warning(
            "texts is mostly %s, so that language=%r%s is used; give language= to choose another.",
            writing.name,
            writing.language,
            characters,
        )
    return writing.language


def warn_of_unspaced(words: Iterable[str]) -> None:
    """Says in the log that words, cut as English, are in a script that no space cuts."""
    writing = writing_of(words)
    if not writing.is_spaced:
        logger.warning(
            "texts is mostly %s, which language='en' does not cut into words, but at spaces and "
            "punctuation alone; use language=%r, or leave it out.",
            writing.name,
            writing.language,
        )
