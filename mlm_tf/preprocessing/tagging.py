"""Words that are split already, and a label for each of them: rows for sequence tagging."""

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from mlm_tf._startup import tf
from mlm_tf.checks import check_strings, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.labels import check_labels, is_missing
from mlm_tf.preprocessing.objectives import padding_mask_of
from mlm_tf.preprocessing.rows import columns_of_rows
from mlm_tf.preprocessing.windows import checked_sizes
from mlm_tf.preprocessing.words import WRITTEN_WITHOUT_SPACES

NOTHING = -1  # where there is no label, on the way to one and its weight


class EncodedWords(NamedTuple):
    """A row of words as ids.

    Attributes:
        token_ids: int32 `(tokens,)`, start and end token included.
        spans: int32 `(words, 2)`, of each word the place of its first id and the place after its
            last. Of a word of which a pipeline keeps nothing, such as a stopword, they are equal.
    """

    token_ids: np.ndarray
    spans: np.ndarray


class Tagging:
    """Base of pipelines: what they have for words that are split already."""

    def encode_words(self, words: Iterable[Sequence[str]]) -> list[EncodedWords]:
        """The ids of rows of words, start and end token included, and the span of each word.

        The ids are those of the words one by one, with a space before each where one is written:
        not before the first, nor beside a character of a script without spaces, such as Chinese. A
        space that is part of a word's first subword is in its span; one with an id of its own is
        in none.

        Args:
            words: rows, each a list of strings.

        Returns:
            `(token_ids, spans)` for each row, see `EncodedWords`.

        Raises:
            InvalidArgumentError: for what is no list of words, or a word without a character.

        Example:

        >>> from mlm_tf import TextPipeline
        >>> pipeline = TextPipeline.fit(["a cat"], level="character")
        >>> [row] = pipeline.encode_words([["a", "cat"]])
        >>> row.spans.tolist(), pipeline.decode(row.token_ids)
        ([[1, 2], [3, 6]], 'a cat')
        """
        rows = [_spaced(row) for row in check_words("words", words)]
        if self.puts_space:
            rows = [[f" {word}" if i == 0 else word for i, word in enumerate(row)] for row in rows]
        # Words alone, where a space is no part of a token.
        [space] = self._ids_within([" "])
        if not len(space):
            rows = [[word.lstrip() for word in row] for row in rows]
        different = list({word: None for row in rows for word in row})
        encoded = self._ids_within(different)
        ids_of = dict(zip(different, encoded, strict=True))
        return [_row_of([ids_of[word] for word in row], space, self) for row in rows]

    def _ids_within(self, words: list[str]) -> list[np.ndarray]:
        """The ids of words that stand within a text, so that no space is put before them."""
        return self.encode(words, add_start=False, add_end=False)

    def tagged_rows(
        self,
        words: Iterable[Sequence[str]],
        labels: Iterable[Sequence],
        length: int,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
        label_names: Sequence | None = None,
    ):
        """A `tf.data.Dataset` of rows of words and their labels, for `fit` of a `token_classifier`.

        A label stands at the first token of its word. Rows are cut on the right at `length`.

        Args:
            words: rows, each a list of strings.
            labels: as many rows, each with one label for each word: an integer from 0, or a name.
            length: tokens in a row.
            batch_size: rows in a batch.
            shuffle: whether the rows come in another order in every epoch, as in `rows`.
            seed: of that.
            label_names: the names, in the order of the numbers they stand for, as
                `model.label_names`.

        Yields:
            `({"token_ids", "padding_mask"}, y, sample_weight)`, each `(batch_size, length)`: int32,
            bool, int32 and float32; the weight is 1 at the first token of a word, else 0.

        Raises:
            EmptyCorpusError: if there is no row, or with `shuffle` not one full batch.
            InvalidArgumentError: for words that are none, other than one label for each, a label
                that is not among the names, or a size that cannot be.

        Example:

        >>> from mlm_tf import TextPipeline
        >>> pipeline = TextPipeline.fit(["a cat"], level="character")
        >>> data = pipeline.tagged_rows([["a", "cat"]], [[7, 5]], length=8, batch_size=1)
        >>> [(x, y, weight)] = data.as_numpy_iterator()
        >>> y.tolist(), weight.astype(int).tolist()
        ([[0, 7, 0, 5, 0, 0, 0, 0]], [[0, 1, 0, 1, 0, 0, 0, 0]])
        """
        length, batch_size, shuffle, seed = checked_sizes(length, batch_size, shuffle, seed)
        words = check_words("words", words)
        flat = check_tags(words, labels)
        tags = split_like(check_labels(flat, label_names, len(flat)), words)
        rows = self.encode_words(words)
        tags = [_labels_of_tokens(row, each) for row, each in zip(rows, tags, strict=True)]

        def label_of_word(ids, weight, key):
            """An objective, see `objectives`: at the first token of a word, which label it has."""
            x = {"token_ids": ids[:, :length], "padding_mask": padding_mask_of(weight[:, :length])}
            y = ids[:, length:]
            return x, tf.maximum(y, 0), tf.cast(y != NOTHING, tf.float32)

        columns = [([row.token_ids for row in rows], length, self.pad_id), (tags, length, NOTHING)]
        return columns_of_rows(columns, label_of_word, batch_size, shuffle, seed, "rows of words")


def _row_of(pieces: list[np.ndarray], space: np.ndarray, pipeline) -> EncodedWords:
    """The ids of each word, some with those of a space before them -> one row."""
    ends = 1 + np.cumsum([len(ids) for ids in pieces], dtype="int32")
    starts = []
    for ids, end in zip(pieces, ends, strict=True):
        begins_with_space = len(ids) > len(space) and (ids[: len(space)] == space).all()
        starts.append(end - len(ids) + len(space) * begins_with_space)
    token_ids = np.concatenate([[pipeline.start_id], *pieces, [pipeline.end_id]]).astype("int32")
    return EncodedWords(token_ids, np.array([starts, ends], "int32").T)


def _spaced(row: list[str]) -> list[str]:
    """The words with a space before each where one is written.

    >>> _spaced(["I", "like", "春", "眠", "!"])
    ['I', ' like', '春', '眠', '!']
    """
    edges = [before[-1] + word[0] for before, word in itertools.pairwise(row)]
    spaces = [" " * (not WRITTEN_WITHOUT_SPACES.search(edge)) for edge in edges]
    return [*row[:1], *(space + word for space, word in zip(spaces, row[1:], strict=True))]


def tag_arrays(rows: list[EncodedWords], tags: list[np.ndarray] | None, length: int, pad_id: int):
    """Encoded rows and a label for each of their words -> `(x, y, sample_weight)`.

    A label stands at the first id of its word, and there alone the weight is 1. What is past
    `length` is left out.

    Args:
        rows: as `encode_words` gives them.
        tags: one int32 array a row; `None` for no labels.
        length: tokens in a row.
        pad_id: what fills a row.

    Returns:
        x is `{"token_ids": int32, "padding_mask": bool}`, y int32 and the weight float32, each
        `(rows, length)`.
    """
    shape = (len(rows), length)
    ids, mask = np.full(shape, pad_id, "int32"), np.zeros(shape, bool)
    y, weight = np.zeros(shape, "int32"), np.zeros(shape, "float32")
    for place, row in enumerate(rows):
        kept = row.token_ids[:length]
        ids[place, : len(kept)], mask[place, : len(kept)] = kept, True
        if tags is not None:
            firsts, labels = _first_tokens(row, tags[place])
            within = firsts < length
            y[place, firsts[within]], weight[place, firsts[within]] = labels[within], 1
    return {"token_ids": ids, "padding_mask": mask}, y, weight


def _labels_of_tokens(row: EncodedWords, tags: np.ndarray) -> np.ndarray:
    """A label for each word -> one for each token, int32 `(tokens,)`: `NOTHING` but at firsts."""
    labels = np.full(len(row.token_ids), NOTHING, "int32")
    firsts, tags = _first_tokens(row, tags)
    labels[firsts] = tags
    return labels


def _first_tokens(row: EncodedWords, tags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The place of the first token of each word that has one, and the word's label."""
    firsts, ends = row.spans.T
    is_kept = firsts < ends
    return firsts[is_kept], tags[is_kept]


def split_like(flat: np.ndarray, words: list[list[str]]) -> list[np.ndarray]:
    """The labels of all words, one after the other -> an array a row."""
    return np.split(flat, np.cumsum([len(row) for row in words])[:-1])


def check_words(name: str, words) -> list[list[str]]:
    """Rows, each a list of words."""
    if isinstance(words, (str, bytes)) or not isinstance(words, Iterable):
        raise InvalidArgumentError(
            f"{name}={shown(words)} is not allowed; use a list of rows, each a list of words."
        )
    rows = []
    for place, row in enumerate(words):
        if isinstance(row, str):
            raise InvalidArgumentError(
                f"{name}[{place}]={shown(row)} is a string, and each row is a list of words; pass "
                "text.split(), or list(text) where each character is a word."
            )
        row = check_strings(f"{name}[{place}]", row)
        for index, word in enumerate(row):
            if not word.strip():
                raise InvalidArgumentError(
                    f"{name}[{place}][{index}]={word!r} is no word; leave it out, and its label."
                )
        rows.append(row)
    return rows


def check_tags(words: list[list[str]], labels) -> list:
    """The labels of all words, one after the other; there is one for each."""
    if isinstance(labels, (str, bytes)) or not isinstance(labels, Iterable):
        raise InvalidArgumentError(
            f"labels={shown(labels)} is not allowed; use a list of labels for each row of words."
        )
    labels = list(labels)
    if len(labels) != len(words):
        raise InvalidArgumentError(
            f"labels has {len(labels)} rows, and there are {len(words)} rows of words; give a list "
            "of labels for each."
        )
    flat = []
    for place, (row, tags) in enumerate(zip(words, labels, strict=True)):
        is_list = isinstance(tags, Iterable) and not isinstance(tags, (str, bytes))
        tags = list(tags) if is_list else []
        if len(tags) != len(row) or not is_list:
            found = f"{len(tags)} labels" if is_list else f"{shown(labels[place])}"
            raise InvalidArgumentError(
                f"labels[{place}] has {found}, and its row has {len(row)} words; give one label "
                "for each word."
            )
        for index, tag in enumerate(tags):
            if is_missing(tag):
                raise InvalidArgumentError(
                    f"labels[{place}][{index}]={tag} is no label; give every word one, for "
                    "instance 'O' where there is nothing to say."
                )
        flat += [tag.item() if isinstance(tag, np.generic) else tag for tag in tags]
    return flat
