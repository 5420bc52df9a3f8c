"""The language of a pipeline: asked for, or what the texts are mostly written in."""

import logging
from collections.abc import Iterable

from mlm_tf.corpora import writing_of
from mlm_tf.preprocessing.checks import iterate_strings

logger = logging.getLogger("mlm_tf")


def language_for(texts: Iterable[str], language: str | None, level: str | None) -> str:
    """The language asked for, or else the one that is recognised; the log says what surprises.

    Args:
        texts: strings, which can be iterated over again.
        language: as `TextPipeline.fit` got it.
        level: likewise.
    """
    if language not in (None, "en"):
        return language
    writing = writing_of(iterate_strings("texts", texts))
    if language is None and writing.language != "en":
        characters = " and level='character'" if (level, writing.language) == (None, "zh") else ""
        logger.warning(
            "texts is mostly %s, so that language=%r%s is used; give language= to choose another.",
            writing.name,
            writing.language,
            characters,
        )
    if language == "en" and level in (None, "word") and not writing.is_spaced:
        logger.warning(
            "texts is mostly %s, which language='en' does not cut into words, but at spaces and "
            "punctuation alone; use language=%r, or leave it out.",
            writing.name,
            writing.language,
        )
    return language or writing.language
