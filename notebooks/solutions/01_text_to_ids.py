"""Answers to the exercises of page 01, right and plausibly wrong; the tests ask for verdicts."""

import codecs
from collections import Counter
from itertools import pairwise

from mlm_tf.preprocessing import Pipeline


def joined(word, pair):
    row, place = [], 0
    while place < len(word):
        is_pair = word[place : place + 2] == pair
        row.append("".join(pair) if is_pair else word[place])
        place += 1 + is_pair
    return tuple(row)


def merge_once(words):
    pairs = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] += count
    best = max(pairs, key=pairs.get)
    return {joined(word, best): count for word, count in words.items()}


def words_count_once(words):
    pairs = Counter(pair for word in words for pair in pairwise(word))
    best = max(pairs, key=pairs.get)
    return {joined(word, best): count for word, count in words.items()}


def the_rarest(words):
    pairs = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] += count
    best = min(pairs, key=pairs.get)
    return {joined(word, best): count for word, count in words.items()}


def in_the_first_place_alone(words):
    merged = merge_once(words)
    new = {piece for word in merged for piece in word} - {p for word in words for p in word}
    result = {}
    for word, count in words.items():
        for place, pair in enumerate(pairwise(word)):
            if "".join(pair) in new:
                word = (*word[:place], "".join(pair), *word[place + 2 :])
                break
        result[word] = count
    return result


def that_counts_anew(words):
    return dict.fromkeys(merge_once(words), 1)


def that_drops_the_rest(words):
    return {word: count for word, count in merge_once(words).items() if word not in words}


def that_changes_what_it_got(words):
    merged = merge_once(words)
    words.clear()
    return merged


def strings(words):
    return {"".join(word): count for word, count in words.items()}


SPECIAL = {"[PAD]": 0, "[START]": 1, "[END]": 2}
VOCABULARY = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))]


class OfBytes(Pipeline):
    format = "solutions_01.OfBytes"
    pad_id, start_id, end_id = range(3)
    special_tokens = SPECIAL
    vocabulary = VOCABULARY
    is_lossless = True

    def get_config(self):
        return {}

    def ids(self, texts):
        return [[3 + byte for byte in text.encode()] for text in texts]


class Bytes(OfBytes):
    format = "solutions_01.Bytes"

    def pieces(self, ids):
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for i in ids:
            yield decoder.decode(bytes([i - 3]))


class BytesFromZero(Bytes):
    format = "solutions_01.BytesFromZero"

    def ids(self, texts):
        return [list(text.encode()) for text in texts]


class Characters(Bytes):
    format = "solutions_01.Characters"

    def ids(self, texts):
        return [[3 + ord(character) for character in text] for text in texts]


class EachByteAlone(OfBytes):
    format = "solutions_01.EachByteAlone"

    def pieces(self, ids):
        for i in ids:
            yield bytes([i - 3]).decode("utf-8", "replace")


class AllAtOnce(OfBytes):
    format = "solutions_01.AllAtOnce"

    def pieces(self, ids):
        yield bytes(i - 3 for i in ids).decode("utf-8", "replace")


class Folded(Bytes):
    format = "solutions_01.Folded"

    def ids(self, texts):
        return [[3 + byte for byte in text.lower().encode()] for text in texts]


CHOICES = {"01.1", "01.4"}  # the questions themselves name the answers to choose from
RIGHT = {
    "01.1": "first",
    "01.2": 8,
    "01.3": (32 / 60, 12 / 40),
    "01.4": "A",
    "01.5": merge_once,
    "01.6": Bytes,
}
WRONG = {
    "01.1": ["later", "both", 100],
    "01.2": [3, 7, 10, 5, "many"],
    "01.3": [(0.5, 0.3), (0.53, 0.5), (32, 12), 0.53, (0.53, 0.12)],
    "01.4": ["B", "both", 3],
    "01.5": [
        words_count_once,
        the_rarest,
        in_the_first_place_alone,
        that_counts_anew,
        that_drops_the_rest,
        that_changes_what_it_got,
        strings,
        dict,
        {("lo", "w"): 5},
    ],
    "01.6": [BytesFromZero, Characters, EachByteAlone, AllAtOnce, Folded, Bytes(), str],
}
