"""Prompts: one that suits a text, and what a model does not know of another."""

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from mlm_tf import TextPipeline, corpora
from mlm_tf.preprocessing.level import BYTE
from mlm_tf.preprocessing.token_file import TokenFile

LOOKED_AT = 2000  # sentences


def prompt_from(texts: "Sequence[str] | TokenFile", pipeline) -> str:
    """The way in which most sentences of a text begin, in words that the pipeline knows; or ""."""
    if isinstance(texts, TokenFile):
        texts = _first_texts(texts, pipeline)
    beginnings = Counter(_beginning(text, pipeline.language) for text in texts[:LOOKED_AT])
    for beginning, _ in beginnings.most_common(20):
        ids = pipeline.encode([beginning], add_start=False, add_end=False)[0]
        is_option = beginning.startswith("-")  # to the command that it is for
        if is_option or not any(map(str.isalnum, beginning)):
            continue
        if len(ids) and not (ids == pipeline.unk_id).any():
            return beginning
    return ""


def _first_texts(file: TokenFile, pipeline) -> list[str]:
    ids = file[: 20 * LOOKED_AT]
    rows = np.split(ids, np.flatnonzero(ids == pipeline.start_id)[1:])
    return [pipeline.decode(row) for row in rows]


def _beginning(text: str, language: str) -> str:
    words = text.split()
    if language == "en" or (len(words) > 3 and language != "zh"):
        return " ".join(words[:2])
    characters = "".join(words)
    end = 2
    while end < len(characters) and unicodedata.category(characters[end])[0] == "M":
        end += 1  # a vowel or a tone of what is before it
    return characters[:end]


def unknown_in(prompt: str, pipeline) -> str | None:
    """A sentence on what a pipeline does not know of a prompt; `None` where it knows all."""
    if not isinstance(pipeline, TextPipeline):  # of a checkpoint: it has bytes for everything
        return None
    if said := other_variant(f"The prompt {prompt!r}", prompt, pipeline):
        return said
    if pipeline.level == "word":
        known = set(pipeline.vocabulary)
        words = pipeline.tokenize([prompt])[0]
        strange = [word for word in dict.fromkeys(words) if word not in known]
        return _said(prompt, "words", strange) if strange else None
    learned = _learned(pipeline)
    others = [c for c in dict.fromkeys(prompt) if not c.isascii() and c not in learned]
    in_bytes = pipeline.tokenize(others)  # after normalisation
    strange = [c for c, row in zip(others, in_bytes, strict=True) if any(map(BYTE.match, row))]
    return _said(prompt, "characters", strange) if strange else None


def other_variant(what: str, text: str, pipeline) -> str | None:
    """A sentence where a text is in simplified Chinese characters and a pipeline was learned from
    traditional ones, or the other way round."""
    if not isinstance(pipeline, TextPipeline):
        return None
    variant, other = map(corpora.chinese_variant, (text, _learned(pipeline)))
    if {variant, other} != {"simplified", "traditional"}:
        return None
    return (
        f"{what} is written in {variant} characters and the model was trained on {other} ones; "
        "write it in these."
    )


def _learned(pipeline) -> str:
    """The characters that it has learned, among others."""
    return "".join(pipeline.vocabulary[pipeline.mask_id + 1 :])


def _said(prompt: str, what: str, strange: list[str]) -> str:
    shown = ", ".join(strange[:5]) + (", ..." if len(strange) > 5 else "")
    return (
        f"The model has never seen {len(strange)} of the {what} of the prompt {prompt!r} "
        f"({shown}); use others, or a model of a text that has them."
    )


def as_typed(text: str) -> str:
    """A text in UTF-8 that Python read as something else, since the terminal's encoding is."""
    is_escaped = any("\udc80" <= character <= "\udcff" for character in text)
    return os.fsencode(text).decode(errors="replace") if is_escaped else text
