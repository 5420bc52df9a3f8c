"""`TextPipeline`: everything between a text and the ids that a model sees."""

import itertools
import json
import os
import pathlib
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from mlm_tf._startup import import_tensorflow
from mlm_tf.errors import (
    EmptyCorpusError,
    InvalidArgumentError,
    InvalidFileError,
    MissingFileError,
)
from mlm_tf.preprocessing.checks import check_integer, check_strings, shown
from mlm_tf.preprocessing.report import PreprocessingReport
from mlm_tf.preprocessing.stopwords import stopwords as stopword_set
from mlm_tf.preprocessing.windows import windows
from mlm_tf.preprocessing.words import NORMALIZATIONS, join_words, split_words

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[START]", "[END]", "[SEP]", "[MASK]")
FORMAT, VERSION = "mlm_tf.TextPipeline", 1


class TextPipeline:
    """Text to token ids and back: normalise, split, drop stopwords, look up, truncate, pad.

    Made by `TextPipeline.fit(texts)`, which counts the words and keeps the most frequent ones.
    Ids 0 to 5 are the special tokens `[PAD]`, `[UNK]`, `[START]`, `[END]`, `[SEP]` and `[MASK]`;
    no text can produce them, since a bracket is a word of its own.

    Removing stopwords shortens a text to what it is about, which helps keywords and topics. It
    hurts wherever the small words matter: a language model that has never seen "the" and "of"
    cannot write a sentence, and without "not" a bad review reads like a good one.

    Attributes:
        vocabulary: list of words; the index is the id.
        counts: int64 `(vocabulary_size,)`, how often each occurred in the fitted texts: `[UNK]`
            counts the words outside the vocabulary, `[START]` and `[END]` the texts.
        max_sequence_length: the default length in `__call__`, or `None`.

    Example:

    >>> pipeline = TextPipeline.fit(["The cat sat.", "A cat isn't a dog."])
    >>> pipeline.tokenize(["The cat isn't here."])
    [['the', 'cat', "isn't", 'here', '.']]
    >>> ids = pipeline.encode(["The cat isn't here."])[0]
    >>> pipeline.decode(ids)
    "the cat isn't [UNK]."
    >>> batch = pipeline(["A cat.", "A cat sat."])
    >>> batch["token_ids"].shape, batch["padding_mask"].tolist()[0]
    ((2, 4), [True, True, True, False])
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        counts: Sequence[int],
        level: str = "word",
        language: str = "en",
        stopwords: str | Iterable[str] | None = None,
        normalization: str | None = "NFKC",
        case_folding: bool = True,
        max_sequence_length: int | None = None,
    ):
        self.vocabulary = _checked_vocabulary(vocabulary)
        self.counts = _checked_counts(counts, len(self.vocabulary))
        self.level = _checked_choice("level", level, ("word",))
        self.language = _checked_choice("language", language, ("en",))
        self.stopwords = stopwords
        if not (stopwords is None or (isinstance(stopwords, str) and stopwords == "en")):
            self.stopwords = sorted(stopword_set(stopwords))
        allowed = (*NORMALIZATIONS, None)
        self.normalization = _checked_choice("normalization", normalization, allowed)
        self.case_folding = bool(case_folding)
        self.max_sequence_length = max_sequence_length
        if max_sequence_length is not None:
            self.max_sequence_length = check_integer("max_sequence_length", max_sequence_length)
        self._tables = {}

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        level: str = "word",
        vocabulary_size: int | None = None,
        language: str = "en",
        stopwords: str | Iterable[str] | None = None,
        normalization: str | None = "NFKC",
        case_folding: bool = True,
        max_sequence_length: int | None = None,
    ) -> "TextPipeline":
        """Learn a vocabulary from texts.

        The words depend on how often each occurs and on nothing else: not on the order of the
        texts, nor on how they are cut into pieces. Equally frequent words stand in alphabetical
        order.

        Args:
            texts: strings.
            level: what a token is; `"word"`.
            vocabulary_size: the most ids, the six special tokens included; `None` keeps every
                word.
            language: `"en"`.
            stopwords: words to drop: `None`, `"en"` (gensim's English list), or your own. They
                are normalised as the text is; "dont" drops "don't" too, and what is several
                words by itself ("well-known") drops nothing.
            normalization: Unicode normalisation form, or `None`. NFKC makes one word of forms
                that differ in print alone (full-width letters, ligatures).
            case_folding: whether "The" and "the" are one word. It makes one of what differs in
                print alone too, whatever the form: it is Unicode's NFKC_Casefold.
            max_sequence_length: the default length of a row in `__call__`.

        Raises:
            InvalidArgumentError: for texts that are no strings, a setting that is not known, or
                a vocabulary with no room for a word.
            EmptyCorpusError: if the texts hold no word.
        """
        if vocabulary_size is not None:
            why = f", which has room for a word beside the {len(SPECIAL_TOKENS)} special tokens"
            check_integer("vocabulary_size", vocabulary_size, len(SPECIAL_TOKENS) + 1, why)
        settings = {
            "level": level,
            "language": language,
            "stopwords": stopwords,
            "normalization": normalization,
            "case_folding": case_folding,
            "max_sequence_length": max_sequence_length,
        }
        unfitted = cls(SPECIAL_TOKENS, [0] * len(SPECIAL_TOKENS), **settings)
        settings["stopwords"] = unfitted.stopwords  # an iterator gives them only once
        texts = check_strings("texts", texts)
        tokens = _counter(unfitted._words(texts))
        if not tokens:
            raise EmptyCorpusError(
                f"texts holds {len(texts)} texts and not one word; give text to learn a "
                "vocabulary from."
            )
        ranked = sorted(tokens.items(), key=lambda entry: (-entry[1], entry[0]))
        kept = ranked[: None if vocabulary_size is None else vocabulary_size - len(SPECIAL_TOKENS)]
        unknown = sum(tokens.values()) - sum(n for _, n in kept)
        special_counts = [0, unknown, len(texts), len(texts), 0, 0]
        return cls(
            [*SPECIAL_TOKENS, *(w for w, _ in kept)],
            [*special_counts, *(n for _, n in kept)],
            **settings,
        )

    # === What there is ===

    @property
    def vocabulary_size(self) -> int:
        return len(self.vocabulary)

    @property
    def num_outcomes(self) -> int:
        """How many ids can follow a token: all but `never_follow_ids`."""
        return self.vocabulary_size - len(self.never_follow_ids)

    @property
    def never_follow_ids(self) -> tuple[int, ...]:
        """What is neither predicted nor generated: `[PAD]`, `[START]`, `[SEP]` and `[MASK]`."""
        return self.pad_id, self.start_id, self.sep_id, self.mask_id

    pad_id, unk_id, start_id, end_id, sep_id, mask_id = range(len(SPECIAL_TOKENS))

    def __repr__(self):
        return (
            f"TextPipeline(level={self.level!r}, vocabulary_size={self.vocabulary_size}, "
            f"language={self.language!r}, stopwords={self.stopwords!r}, "
            f"max_sequence_length={self.max_sequence_length})"
        )

    # === Text to ids ===

    def tokenize(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of each text after normalisation, without stopwords; no special tokens."""
        texts = check_strings("texts", texts)
        return [[w.decode() for w in row] for row in self._words(texts).to_list()]

    def encode(
        self, texts: Iterable[str], add_start: bool = True, add_end: bool = True
    ) -> list[np.ndarray]:
        """One int32 array a text, of its own length; words outside the vocabulary are `[UNK]`."""
        rows = self._ids(self._words(check_strings("texts", texts)))
        start, end = [self.start_id] * add_start, [self.end_id] * add_end
        return [np.concatenate([start, row, end]).astype("int32") for row in rows]

    def __call__(
        self,
        texts: Iterable[str],
        max_length: int | None = None,
        add_start: bool = False,
        add_end: bool = False,
    ) -> dict[str, np.ndarray]:
        """Rows of one length, padded and truncated on the right.

        Args:
            texts: strings, `batch` of them.
            max_length: length of every row; by default `max_sequence_length`, else the longest.
            add_start: whether a row begins with `[START]`.
            add_end: whether a row ends with `[END]` (lost where the text is truncated).

        Returns:
            `{"token_ids": int32 (batch, length), "padding_mask": bool (batch, length)}`; the
            mask is true where there is a token.
        """
        length = self._length(max_length)
        rows = self.encode(texts, add_start=add_start, add_end=add_end)
        if length is None:
            length = max((len(row) for row in rows), default=0)
        token_ids = np.full((len(rows), length), self.pad_id, "int32")
        padding_mask = np.zeros((len(rows), length), bool)
        for i, row in enumerate(rows):
            kept = min(len(row), length)
            token_ids[i, :kept] = row[:kept]
            padding_mask[i, :kept] = True
        return {"token_ids": token_ids, "padding_mask": padding_mask}

    def windows(
        self,
        texts: Iterable[str],
        length: int,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
    ):
        """A `tf.data.Dataset` for training a causal language model with `fit`.

        The texts become one stream, `[START] text [END] [START] text [END] ...`, which is cut
        into contiguous windows, so that nothing is padded; the target of each token is the next
        one. With `shuffle` the cuts begin at another offset in every epoch and the windows come
        in another order, both a function of the seed and the epoch (each new iteration is the
        next epoch); what does not fill a window or a batch is left out, in every epoch something
        else.
        Without, every token but the first is a target exactly once.

        Args:
            texts: strings, for instance sentences.
            length: tokens in a window.
            batch_size: windows in a batch.
            shuffle: as above; use false for validation.
            seed: as above.

        Yields:
            `(x, y, sample_weight)`, each `(batch_size, length)`, int32, int32 and float32; the
            weight is 0 where the target is `[START]`, which is no prediction, or padding, else 1.

        Raises:
            EmptyCorpusError: if the texts are shorter than one window, or with `shuffle` one
                batch.
            InvalidArgumentError: if a length or a size is no integer >= 1, or the seed none >= 0.

        Example:

        >>> pipeline = TextPipeline.fit(["a b c", "b c"])
        >>> dataset = pipeline.windows(["a b c", "b c"], length=4, batch_size=1, shuffle=False)
        >>> [pipeline.vocabulary[i] for i in next(iter(dataset))[1][0]]
        ['a', 'b', 'c', '[END]']
        """
        rows = self.encode(texts)
        stream = np.concatenate(rows) if rows else np.zeros(0, "int32")
        return windows(stream, length, batch_size, shuffle, seed, self.start_id, self.pad_id)

    def report(self, texts: Iterable[str], max_length: int | None = None) -> PreprocessingReport:
        """What this pipeline does to texts: counts, stopwords, `[UNK]`, lengths, padding."""
        length = self._length(max_length)
        texts = check_strings("texts", texts)
        if not texts:
            raise EmptyCorpusError("texts is empty, so there is nothing to report on; give texts.")
        words = self._split(texts)
        kept = self._without_stopwords(words)
        tokens, removed = _counter(kept), _counter(words)
        removed.subtract(tokens)
        rows = self._ids(kept)
        return PreprocessingReport(
            texts=len(texts),
            tokens=tokens.total(),
            types=len(tokens),
            unknown_tokens=sum(int((row == self.unk_id).sum()) for row in rows),
            removed_tokens=removed.total(),
            removed_most=(+removed).most_common(10),
            lengths=np.array([len(row) + 2 for row in rows]),
            max_length=length,
        )

    # === Ids to text ===

    def decode(self, token_ids) -> "str | list[str]":
        """Ids to text as a person writes it; `[UNK]` is shown, other special tokens are not.

        Args:
            token_ids: one sequence of ids, or a list of sequences.

        Returns:
            A string, or a list of strings. What the first ids decode to is how every longer
            sequence that begins with them begins.

        Raises:
            InvalidArgumentError: for an id outside the vocabulary, or what is no id.
        """
        if _is_rows(token_ids):
            return [self.decode(row) for row in token_ids]
        try:
            ids = np.asarray(token_ids)
        except ValueError:  # rows beside ids
            ids = np.asarray(None)
        if ids.ndim == 0 or (ids.size and ids.dtype.kind not in "iu"):
            raise InvalidArgumentError(
                f"token_ids={shown(token_ids)} is not allowed; use integers, one sequence or a "
                "list of sequences."
            )
        wrong = ids[(ids < 0) | (ids >= self.vocabulary_size)]
        if len(wrong):
            raise InvalidArgumentError(
                f"token_ids holds {wrong[0]}, but this pipeline knows ids 0 to "
                f"{self.vocabulary_size - 1}; decode with the pipeline that encoded."
            )
        written = (i for i in ids if i == self.unk_id or i >= len(SPECIAL_TOKENS))
        return join_words([self.vocabulary[i] for i in written])

    # === Saving ===

    def to_json(self) -> str:
        """The pipeline as JSON, which `from_json` reads."""
        content = {
            "format": FORMAT,
            "version": VERSION,
            "level": self.level,
            "language": self.language,
            "stopwords": self.stopwords,
            "normalization": self.normalization,
            "case_folding": self.case_folding,
            "max_sequence_length": self.max_sequence_length,
            "vocabulary": self.vocabulary,
            "counts": self.counts.tolist(),
        }
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "TextPipeline":
        """The pipeline that `to_json` wrote.

        Raises:
            InvalidFileError: if the text is anything else.
        """
        return cls._from_json(text, f"text={shown(text)}")

    @classmethod
    def _from_json(cls, text, source) -> "TextPipeline":
        try:
            content = json.loads(text)
            if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
                raise ValueError(f"it has no format {FORMAT!r}")
            version = content.pop("version", None)
            if version != VERSION:
                raise ValueError(f"its version is {version!r} and not {VERSION}")
            return cls(**content)
        except (ValueError, TypeError) as error:  # TypeError: an entry too many or too few
            raise InvalidFileError(
                f"{source} is not a saved TextPipeline that this version of mlm_tf reads "
                f"({str(error).rstrip('.')}); save it again with pipeline.save()."
            ) from error

    def save(self, path: str | os.PathLike, overwrite: bool = False) -> None:
        """Write one JSON file, beside and then renamed; an existing file stays unless told.

        Raises:
            InvalidArgumentError: if there is a file already and `overwrite` is false, or a folder.
            MissingFileError: if the folder to write in does not exist.
        """
        path = pathlib.Path(path)
        if path.is_dir():
            raise InvalidArgumentError(f"path={str(path)!r} is a folder; add the name of a file.")
        if path.exists() and not overwrite:
            raise InvalidArgumentError(
                f"path={str(path)!r} exists; choose another name, or pass overwrite=True."
            )
        if not path.parent.is_dir():
            raise MissingFileError(
                f"path={str(path)!r} lies in a folder that does not exist; create the folder first."
            )
        beside = path.with_name(f".{path.name}.partial")
        try:
            beside.write_text(self.to_json(), encoding="utf-8")
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "TextPipeline":
        """Read what `save` wrote.

        Raises:
            MissingFileError: if there is no such file.
            InvalidFileError: if it holds anything else.
        """
        path = pathlib.Path(path)
        if not path.is_file():
            raise MissingFileError(
                f"path={str(path)!r} is not a file; give the path of a saved TextPipeline."
            )
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InvalidFileError(
                f"path={str(path)!r} is not UTF-8, so no saved TextPipeline; give the path of one."
            ) from error
        return cls._from_json(text, f"path={str(path)!r}")

    def _length(self, max_length: int | None) -> int | None:
        if max_length is None:
            return self.max_sequence_length
        return check_integer("max_length", max_length)

    # === In the graph ===

    def _split(self, texts):
        tf = import_tensorflow()  # what else uses it here comes after this
        with tf.device("CPU"):
            return split_words(tf.constant(texts, tf.string), self.normalization, self.case_folding)

    def _words(self, texts):
        """Ragged words `(batch, None)`, stopwords removed."""
        return self._without_stopwords(self._split(texts))

    def _without_stopwords(self, words):
        import tensorflow as tf

        if self.stopwords is None:
            return words
        return tf.ragged.boolean_mask(
            words, ~words.with_flat_values(self._is_stopword(words.flat_values))
        )

    def _is_stopword(self, flat_words):
        """A stopword list writes "dont" or "don't"; a text writes the second: both match."""
        import tensorflow as tf

        table = self._table("stopwords", self._stopword_forms)
        bare = tf.strings.regex_replace(flat_words, "'", "")
        return (table.lookup(flat_words) >= 0) | (table.lookup(bare) >= 0)

    def _stopword_forms(self):
        """The list after the same normalisation as the text; entries of several words drop out."""
        rows = self._split(sorted(stopword_set(self.stopwords))).to_list()
        forms = sorted({row[0] for row in rows if len(row) == 1})
        return forms, range(len(forms)), -1

    def _ids(self, words) -> list[np.ndarray]:
        """Ragged words `(batch, None)` -> int32 ids, an array a text."""
        places = range(len(SPECIAL_TOKENS), self.vocabulary_size)
        table = self._table(
            "vocabulary", lambda: ([self.vocabulary[i] for i in places], places, self.unk_id)
        )
        splits = words.row_splits.numpy()
        ids = table.lookup(words.flat_values).numpy()
        return [ids[start:end] for start, end in itertools.pairwise(splits)]

    def _table(self, name, entries):
        import tensorflow as tf

        if name not in self._tables:
            keys, values, default = entries()
            keys, values = ["", *keys], [default, *values]  # no word is empty, but a table may not
            with tf.device("CPU"):
                initializer = tf.lookup.KeyValueTensorInitializer(
                    tf.constant(keys, tf.string), tf.constant(values, tf.int32)
                )
                self._tables[name] = tf.lookup.StaticHashTable(initializer, default)
        return self._tables[name]


def _counter(words) -> Counter:
    """How often each word of ragged words occurs."""
    return Counter(word.decode() for word in words.flat_values.numpy().tolist())


def _is_rows(token_ids) -> bool:
    """Whether these are sequences of ids, rather than one."""
    if isinstance(token_ids, (list, tuple)):
        first = token_ids[0] if token_ids else 0
        return isinstance(first, (list, tuple)) or getattr(first, "ndim", 0) > 0
    return getattr(token_ids, "ndim", 1) > 1


def _checked_choice(name, value, allowed):
    if value not in allowed:
        raise InvalidArgumentError(
            f"{name}={value!r} is not known; use {' or '.join(map(repr, allowed))}."
        )
    return value


def _checked_vocabulary(vocabulary) -> list[str]:
    vocabulary = check_strings("vocabulary", vocabulary)
    head = tuple(vocabulary[: len(SPECIAL_TOKENS)])
    if head != SPECIAL_TOKENS:
        raise InvalidArgumentError(
            f"vocabulary begins with {shown(head)}, and must begin with the special tokens "
            f"{', '.join(SPECIAL_TOKENS)}; make it with TextPipeline.fit."
        )
    [(word, times)] = Counter(vocabulary).most_common(1)
    if times > 1:
        raise InvalidArgumentError(
            f"vocabulary holds {word!r} {times} times, and each word has one id; give it once."
        )
    return vocabulary


def _checked_counts(counts, size) -> np.ndarray:
    array = np.asarray(counts)
    if array.shape != (size,) or array.dtype.kind not in "iu" or array.min() < 0:
        raise InvalidArgumentError(
            f"counts={shown(counts)} is not allowed; use an integer >= 0 for each of the {size} "
            "entries of the vocabulary."
        )
    return array.astype("int64")
