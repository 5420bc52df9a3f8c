"""What a token is: the one contract of words, characters and subwords."""

import codecs
import functools
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from mlm_tf._startup import tf
from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.normalization import Normalizer
from mlm_tf.preprocessing.special_tokens import SPECIAL_TOKENS, UNK_ID

# How the 256 bytes are written: those of ASCII as the characters they are.
BYTES = (*map(chr, range(0x80)), *(f"<0x{byte:02X}>" for byte in range(0x80, 0x100)))
BYTE = re.compile("<0x([89A-F][0-9A-F])>")
MOST_MATCHER_UNITS = 256  # of a piece in FastWordpieceTokenizer

MAKING = threading.RLock()  # what is made may make another


def made_once(make: Callable):
    """A cached property that holds tensors: made outside a graph, though first used inside one.

    And once, though two threads come first: a table goes when nothing holds it, and a graph that
    was traced with another one would look in vain for it.
    """

    def made(self):
        with MAKING:
            if name not in vars(self):
                with tf.init_scope(), tf.device("CPU"):
                    vars(self)[name] = make(self)
            return vars(self)[name]

    name = make.__name__
    return functools.cached_property(made)


class Learned(NamedTuple):
    """What a level learns of texts: its tokens after the special ones, and their counts."""

    tokens: list[str]
    counts: list[int]
    unknown: int  # tokens of the texts that are none of these


class Level:
    """Normalises texts and cuts them into tokens, and writes tokens as text again.

    Attributes:
        vocabulary: list of tokens, the special ones first; the index is the id.
        normalizer: what is done to a text first.
        least: the tokens, beside the special ones, that every vocabulary of this level begins with.
    """

    least: tuple[str, ...] = ()

    def __init__(self, vocabulary: Sequence[str], normalizer: Normalizer):
        self.vocabulary = vocabulary
        self.normalizer = normalizer

    def learn(self, batches: Callable[[], Iterator], room: int | None) -> Learned:
        """The best tokens for texts.

        Args:
            batches: gives the texts as string tensors `(n,)`, at each call anew.
            room: the most tokens; `None` for no limit.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define learn().")

    def merged(self, counts: Counter[str], room: int | None) -> Learned:
        """The same, of the counts of all tokens that several parts of the texts hold together; of a
        level that learns from counts alone."""
        raise NotImplementedError(f"{type(self).__name__} does not define merged().")

    def encode(self, texts):
        """Strings `(n,)` -> ragged int32 ids `(n, None)`, in TensorFlow operations."""
        raise NotImplementedError(f"{type(self).__name__} does not define encode().")

    def split(self, texts):
        """Strings `(n,)` -> ragged tokens `(n, None)`, as they are looked up."""
        words, are_removed = self.split_and_mark(texts)
        return words if are_removed is None else tf.ragged.boolean_mask(words, ~are_removed)

    def split_and_mark(self, texts):
        """As `split`, but with the tokens that are removed, and ragged bool that marks them.

        The marks are `None` where nothing is removed.
        """
        ids = self.encode(texts)
        return ids.with_flat_values(tf.gather(self._tokens, ids.flat_values)), None

    @made_once
    def _tokens(self):
        return tf.constant(self.vocabulary)

    @staticmethod
    def bytes_of(token: str) -> bytes:
        """The UTF-8 of a token that is not special."""
        return token.encode()

    def pieces(self, ids: Iterable[int]) -> Iterator[str]:
        """For each id, none of them special but `[UNK]`, the text that it adds."""
        raise NotImplementedError(f"{type(self).__name__} does not define pieces().")


class ByteLevel(Level):
    """A level whose tokens are text or single bytes, so that any text is written and read."""

    least = BYTES

    def pieces(self, ids: Iterable[int]) -> Iterator[str]:
        # Bytes of which no character comes are U+FFFD, once what follows shows it; the first
        # bytes of a character that may still come are not written.
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for i in ids:
            if i == UNK_ID:
                yield decoder.decode(b"", final=True) + SPECIAL_TOKENS[UNK_ID]
                decoder.reset()
            else:
                yield decoder.decode(self.token_bytes[i])

    @functools.cached_property
    def token_bytes(self) -> list[bytes]:
        """Of every id, what it adds to a text."""
        return [self.bytes_of(token) for token in self.vocabulary]

    @staticmethod
    def bytes_of(token: str) -> bytes:
        """
        >>> ByteLevel.bytes_of("<0xE4>"), ByteLevel.bytes_of("ä")
        (b'\\xe4', b'\\xc3\\xa4')
        """
        match = BYTE.fullmatch(token)
        return bytes([int(match[1], 16)]) if match else token.encode()


def check_vocabulary(vocabulary: list[str], level: str, least: Sequence[str]) -> None:
    """They are distinct: the special tokens, those of `least`, and others that suit the level."""
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


def _matcher_units(piece: str) -> int:
    """How long a piece is to tensorflow-text's matcher, which reads bytes as characters."""
    return sum(1 if byte < 0x80 else 2 for byte in piece.encode())
