"""What a vocabulary, its counts and its ids must be."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mlm_tf.checks import check_strings, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.special_tokens import SPECIAL_TOKENS

MOST_MATCHER_UNITS = 256  # of a piece in FastWordpieceTokenizer


def check_case_folding(value) -> bool | str:
    """`"lower"`, or true or false as a `bool` of Python."""
    if isinstance(value, str) and value == "lower":
        return value
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidArgumentError(
            f"case_folding={shown(value)} is not allowed; use 'lower', True or False."
        )
    return bool(value)


def check_vocabulary(vocabulary, level: str, least: Sequence[str]) -> list[str]:
    """Distinct strings: the special tokens, those of `least`, and others that suit the level."""
    vocabulary = check_strings("vocabulary", vocabulary)
    head = [*SPECIAL_TOKENS, *least]
    if vocabulary[: len(head)] != head:
        tokens = ", ".join(SPECIAL_TOKENS) + " and the 256 bytes" * bool(least)
        raise InvalidArgumentError(
            f"vocabulary begins with {shown(tuple(vocabulary[: len(head)]))}, and must begin with "
            f"the special tokens {tokens}; make it with TextPipeline.fit."
        )
    for token in vocabulary[len(head) :]:
        if not token or (level == "character" and len(token) > 1):
            raise InvalidArgumentError(
                f"vocabulary holds {shown(token)}, which is no {level}; make it with "
                "TextPipeline.fit."
            )
        if level == "subword" and _matcher_units(token) > MOST_MATCHER_UNITS:
            raise InvalidArgumentError(
                f"vocabulary holds {shown(token)}, which is longer than the "
                f"{MOST_MATCHER_UNITS} bytes that a subword may have (those of other than ASCII "
                "characters count twice); make it with TextPipeline.fit."
            )
    [(word, times)] = Counter(vocabulary).most_common(1)
    if times > 1:
        raise InvalidArgumentError(
            f"vocabulary holds {word!r} {times} times, and each word has one id; give it once."
        )
    return vocabulary


def _matcher_units(piece: str) -> int:
    """How long a piece is to tensorflow-text's matcher, which reads bytes as characters."""
    return sum(1 if byte < 0x80 else 2 for byte in piece.encode())


def check_counts(counts, size: int) -> np.ndarray:
    """Integers >= 0, int64 `(size,)`."""
    try:
        array = np.asarray(counts)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.shape != (size,) or array.dtype.kind not in "iu" or array.min() < 0:
        raise InvalidArgumentError(
            f"counts={shown(counts)} is not allowed; use an integer >= 0 for each of the {size} "
            "entries of the vocabulary."
        )
    return array.astype("int64")


def is_rows(token_ids) -> bool:
    """Whether these are sequences of ids, rather than one."""
    if isinstance(token_ids, (list, tuple)):
        first = token_ids[0] if token_ids else 0
        return isinstance(first, (list, tuple)) or getattr(first, "ndim", 0) > 0
    return getattr(token_ids, "ndim", 1) > 1


def check_ids(token_ids, vocabulary_size: int) -> np.ndarray:
    """One sequence of ids of a vocabulary, `(tokens,)`."""
    try:
        ids = np.asarray(token_ids)
    except ValueError:  # rows beside ids
        ids = np.asarray(None)
    if ids.ndim == 0 or (ids.size and ids.dtype.kind not in "iu"):
        raise InvalidArgumentError(
            f"token_ids={shown(token_ids)} is not allowed; use integers, one sequence or a "
            "list of sequences."
        )
    wrong = ids[(ids < 0) | (ids >= vocabulary_size)]
    if len(wrong):
        raise InvalidArgumentError(
            f"token_ids holds {wrong[0]}, but this pipeline knows ids 0 to "
            f"{vocabulary_size - 1}; use the pipeline that encoded."
        )
    return ids
