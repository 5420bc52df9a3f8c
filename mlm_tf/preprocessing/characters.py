"""Characters: a token is a Unicode code point, or one byte of a rare one."""

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from mlm_tf._startup import tf
from mlm_tf.preprocessing.level import BYTES, ByteLevel, Learned, made_once
from mlm_tf.preprocessing.special_tokens import SPECIAL_TOKENS

CODE_POINTS, ASCII = 0x110000, 0x80
FIRST_BYTE = len(SPECIAL_TOKENS)


class Characters(ByteLevel):
    """Frequent characters and those of ASCII have an id each; another is the bytes of its UTF-8."""

    def learn(self, batches: Callable[[], Iterator], room: int | None) -> Learned:
        counts = np.zeros(CODE_POINTS, "int64")
        for texts in batches():
            counts += count_characters(self.normalizer(texts))
        return self._best(counts, room)

    def merged(self, counts: Counter[str], room: int | None) -> Learned:
        of_codes = np.zeros(CODE_POINTS, "int64")
        for token, count in counts.items():
            if len(token) == 1:  # else a byte, of which there are none where all are kept
                of_codes[ord(token)] = count
        return self._best(of_codes, room)

    @staticmethod
    def _best(counts: np.ndarray, room: int | None) -> Learned:
        byte_counts = np.zeros(len(BYTES), "int64")
        byte_counts[:ASCII] = counts[:ASCII]
        found = ASCII + np.flatnonzero(counts[ASCII:])
        ranked = found[np.argsort(-counts[found], kind="stable")]  # ties by code point
        kept = ranked[: None if room is None else room - len(BYTES)].tolist()
        for code in ranked[len(kept) :].tolist():
            for byte in chr(code).encode():
                byte_counts[byte] += counts[code]
        tokens = [*BYTES, *map(chr, kept)]
        return Learned(tokens, [*byte_counts.tolist(), *counts[kept].tolist()], unknown=0)

    def encode(self, texts):
        codes = tf.strings.unicode_decode(self.normalizer(texts), "UTF-8")  # (n, None)
        flat = codes.flat_values  # (characters,)
        ids = tf.gather(self._ids_of_code_points, flat)  # -1 where bytes stand for it
        rare = ids < 0
        if tf.executing_eagerly() and not tf.reduce_any(rare):
            return codes.with_flat_values(ids)
        # How many tokens each character takes, and where they begin.
        sizes = 1 + tf.add_n([tf.cast(flat >= least, tf.int32) for least in (0x80, 0x800, 0x10000)])
        sizes = tf.where(rare, sizes, 1)
        ends = tf.cumsum(sizes)
        places = tf.repeat(tf.range(tf.size(flat)), sizes)  # (tokens,): which character
        sizes, rare, flat = (tf.gather(each, places) for each in (sizes, rare, flat))
        after = tf.gather(ends, places) - 1 - tf.range(tf.size(places))  # bytes still to come
        bits = tf.bitwise.right_shift(flat, 6 * after)
        lead = tf.gather([0, 0, 0xC0, 0xE0, 0xF0], sizes) + bits
        follow = 0x80 + tf.bitwise.bitwise_and(bits, 0x3F)
        byte = tf.where(after == sizes - 1, lead, follow)
        ids = tf.where(rare, FIRST_BYTE + byte, tf.gather(ids, places))
        splits = tf.gather(tf.concat([[0], ends], 0), codes.row_splits)
        return tf.RaggedTensor.from_row_splits(ids, splits, validate=False)

    @made_once
    def _ids_of_code_points(self):
        ids = np.full(CODE_POINTS, -1, "int32")
        ids[:ASCII] = FIRST_BYTE + np.arange(ASCII)
        for i in range(FIRST_BYTE + len(BYTES), len(self.vocabulary)):
            ids[ord(self.vocabulary[i])] = i
        return tf.constant(ids)


def count_characters(texts) -> np.ndarray:
    """How often each code point occurs in string tensors `(n,)`: int64 `(CODE_POINTS,)`."""
    joined = b"".join(texts.numpy().tolist()).decode().encode("utf-32-le")
    return np.bincount(np.frombuffer(joined, "<u4"), minlength=CODE_POINTS)
