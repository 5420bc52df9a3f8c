"""Subwords: frequent pieces of words, found by the longest match over the bytes of a text."""

import zlib
from collections.abc import Callable, Iterator

import numpy as np

from mlm_tf._startup import tf, tf_text
from mlm_tf.preprocessing.characters import ASCII, CODE_POINTS, count_characters
from mlm_tf.preprocessing.level import BYTES, ByteLevel, Learned, made_once
from mlm_tf.preprocessing.normalization import Kinds
from mlm_tf.preprocessing.scripts import pieces_within
from mlm_tf.preprocessing.special_tokens import SPECIAL_TOKENS

DEFAULT_PIECES = 8_000
LEARNED_FROM = 100_000_000  # characters; of more text a share, so that memory is bounded
LARGE_TEXT = 10_000_000  # bytes
LONGEST = 16  # characters of a piece, as in SentencePiece
RUN = 256  # characters of a run that is learned from; the time grows with its square
LEAST_COUNT = 5  # a character that occurs less often is written as bytes

# FastWordpieceTokenizer reads bytes as the characters U+0000 to U+00FF. Two of them it cannot
# hold: NUL ends its strings, and U+0011 it uses itself (in a vocabulary it ends the process).
SET_ASIDE = {0x00: "\u0100", 0x11: "\u0111"}
UNKNOWN = "\ue000"  # it wants one; no byte is read as this


class Subwords(ByteLevel):
    """Byte-level WordPiece: every byte is a piece, so nothing is unknown and nothing is lost.

    The pieces are learned by the merges of byte-pair encoding (Sennrich et al. 2016), as Hugging
    Face `tokenizers` makes them, and a text is cut from the left, each piece as long as the
    vocabulary allows (WordPiece; Song et al. 2021 do it in one pass). All pieces are one byte, or
    at most 16 whole characters of one script (Han and kana count as one). Since no piece crosses
    from a word into the next, the longest match needs no text cut into words first. Of texts of
    more than 100 million characters together the pieces are learned from a share, which the bytes
    of each text decide, and counted in all.
    """

    def learn(self, batches: Callable[[], Iterator], room: int | None) -> Learned:
        from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

        def normalized():
            return map(self.normalizer, batches())

        characters = sum(map(count_characters, normalized()), np.zeros(CODE_POINTS, "int64"))
        most = DEFAULT_PIECES if room is None else room - len(BYTES)
        # Pieces are made of all signs of ASCII, which are bytes already, and of frequent others.
        ascii_signs = np.flatnonzero(characters[:ASCII]).tolist()
        frequent = ASCII + np.flatnonzero(characters[ASCII:] >= LEAST_COUNT)
        frequent = frequent[np.argsort(-characters[frequent], kind="stable")][:most].tolist()
        alphabet = [chr(code) for code in ascii_signs + frequent]
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(pieces_within(RUN)), "isolated")
        trainer = trainers.BpeTrainer(
            vocab_size=len(ascii_signs) + most,
            initial_alphabet=alphabet,
            limit_alphabet=len(alphabet),
            max_token_length=LONGEST + 1,  # it makes pieces shorter than this
            show_progress=False,
            special_tokens=[],
        )
        one_in = max(1, -(-int(characters.sum()) // LEARNED_FROM))
        batches_of_texts = (
            [text.decode() for text in batch.numpy().tolist() if _is_chosen(text, one_in)]
            for batch in normalized()
        )
        tokenizer.train_from_iterator(batches_of_texts, trainer)
        pieces = sorted(set(tokenizer.get_vocab()) - set(BYTES))
        counts = self._counts(pieces, batches)
        order = sorted(range(len(pieces)), key=lambda i: (-counts[len(BYTES) + i], pieces[i]))
        ranked = [len(BYTES) + i for i in order]
        return Learned(
            [*BYTES, *(pieces[i] for i in order)],
            [*counts[: len(BYTES)].tolist(), *counts[ranked].tolist()],
            unknown=0,
        )

    def _counts(self, pieces, batches) -> np.ndarray:
        level = Subwords([*SPECIAL_TOKENS, *BYTES, *pieces], self.normalizer)
        counts = np.zeros(len(level.vocabulary), "int64")
        for batch in batches():
            ids = level.encode(batch).flat_values.numpy()
            counts += np.bincount(ids, minlength=len(counts))
        return counts[len(SPECIAL_TOKENS) :]

    def encode(self, texts):
        kinds = Kinds(texts)
        plain, *others = self.normalizer.each(*kinds.parts)
        texts = kinds.joined(plain, *map(_bytes_as_characters, others))
        return self._tokenizer.tokenize(texts)

    @made_once
    def _tokenizer(self):
        unused = [f"{UNKNOWN}{token}" for token in SPECIAL_TOKENS]
        unused[1] = UNKNOWN
        pieces = [_as_characters(piece) for piece in self.token_bytes[len(SPECIAL_TOKENS) :]]
        return tf_text.FastWordpieceTokenizer(
            unused + pieces,
            suffix_indicator="",
            max_bytes_per_word=2**31 - 1,
            token_out_type=tf.int32,
            unknown_token=UNKNOWN,
            no_pretokenization=True,
        )


def _bytes_as_characters(texts):
    """Strings `(n,)` as FastWordpieceTokenizer is to see them; in plain ASCII they are the same."""
    texts = tf.strings.unicode_transcode(texts, "ISO-8859-1", "UTF-8")
    for byte, character in SET_ASIDE.items():
        texts = tf.strings.regex_replace(texts, rf"\x{byte:02x}", character)
    return texts


def _is_chosen(text: bytes, one_in: int) -> bool:
    """Whether a text is one of every so many, by its bytes and not by its place; or very large.

    >>> [_is_chosen(b"a", 1), _is_chosen(b"a", 4), _is_chosen(b"b", 4)]
    [True, False, False]
    """
    return zlib.crc32(text) % one_in == 0 or len(text) > LARGE_TEXT


def _as_characters(piece: bytes) -> str:
    """A piece as FastWordpieceTokenizer sees it.

    >>> _as_characters("é".encode()), _as_characters(bytes([0]))
    ('Ã©', 'Ā')
    """
    return "".join(SET_ASIDE.get(byte, chr(byte)) for byte in piece)
