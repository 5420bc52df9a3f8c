"""`TextPipeline`: everything between a text and the ids that a model sees."""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from mlm_tf._startup import import_tensorflow
from mlm_tf.checks import check_boolean, check_choice, check_integer, iterate_strings, shown
from mlm_tf.corpora import TextStream
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing.characters import Characters
from mlm_tf.preprocessing.checks import (
    check_case_folding,
    check_counts,
    check_ids,
    check_vocabulary,
    is_rows,
)
from mlm_tf.preprocessing.chinese import user_words
from mlm_tf.preprocessing.labels import check_labels
from mlm_tf.preprocessing.language import recognised_language, warn_of_unspaced
from mlm_tf.preprocessing.level import MAKING, Level
from mlm_tf.preprocessing.masking import mask_tokens
from mlm_tf.preprocessing.normalization import LOWER, NORMALIZATIONS, RULES, Normalizer
from mlm_tf.preprocessing.packing import (
    SIDES,
    check_pairs,
    pack,
    pack_pairs,
    room_for_pairs,
    unpacked,
)
from mlm_tf.preprocessing.report import PreprocessingReport
from mlm_tf.preprocessing.rows import rows
from mlm_tf.preprocessing.saved import Saved
from mlm_tf.preprocessing.special_tokens import SPECIAL_TOKENS
from mlm_tf.preprocessing.stopwords import NAMES
from mlm_tf.preprocessing.stopwords import stopwords as stopword_set
from mlm_tf.preprocessing.subwords import Subwords
from mlm_tf.preprocessing.tfidf import fit_tfidf
from mlm_tf.preprocessing.token_file import TokenFile
from mlm_tf.preprocessing.windows import checked_sizes, stream_windows, windows
from mlm_tf.preprocessing.word_patterns import RUNS
from mlm_tf.preprocessing.words import Words

LEVELS = {"word": Words, "character": Characters, "subword": Subwords}
LANGUAGES = tuple(RUNS)
FORMAT, VERSIONS = "mlm_tf.TextPipeline", tuple(range(1, RULES + 1))
BATCH_CHARACTERS = 2_000_000  # at once: what is read of a corpus larger than memory
SPECIAL = re.compile("(" + "|".join(map(re.escape, SPECIAL_TOKENS)) + ")")


class TextPipeline(Saved):
    """Text to token ids and back: normalise, split, drop stopwords, look up, truncate, pad.

    Made by `TextPipeline.fit(texts)`, which learns a vocabulary. What a token is depends on the
    level:

    - `"word"`: a word, a number or a punctuation mark; "don't" and "3.14" are whole. What is not
      in the vocabulary is `[UNK]`. `decode` writes spaces and punctuation as a person does; what
      joins words, as "-" and "&", is another token with spaces around it: `" - "`.
    - `"character"`: a Unicode character; one outside the vocabulary is the bytes of its UTF-8.
      Every vocabulary begins with the 256 bytes, which hold all of ASCII.
    - `"subword"`: a frequent piece of words, or a byte (WordPiece over bytes).

    Characters and subwords have no `[UNK]`, and `decode` gives back the normalised text, which
    with `normalization=None` and without case folding is the text itself.

    Ids 0 to 5 are the special tokens `[PAD]`, `[UNK]`, `[START]`, `[END]`, `[SEP]` and `[MASK]`. No
    text can produce them unless `allow_special=True` says so.

    Removing stopwords shortens a text to what it is about, which helps keywords and topics. It
    hurts wherever the small words matter: a language model that has never seen "the" and "of"
    cannot write a sentence, and without "not", which the list `"en"` keeps, a bad review reads like
    a good one.

    Attributes:
        vocabulary: list of tokens; the index is the id. A byte is written `<0xE4>`, if not ASCII.
        counts: int64 `(vocabulary_size,)`, how often each occurred in the fitted texts: `[UNK]`
            counts the words outside the vocabulary, `[START]` and `[END]` the texts.
        max_sequence_length: the default length in `__call__`, or `None`.
        rules: version of the rules by which texts are read and written: that of the file from
            which the pipeline was loaded, else the newest.

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
    >>> characters = TextPipeline.fit(["春眠不觉晓，处处闻啼鸟。"], language="zh")
    >>> characters.decode(characters.encode(["花落知多少？😀"])[0])
    '花落知多少？😀'
    """

    _format, _versions = FORMAT, VERSIONS

    def __init__(
        self,
        vocabulary: Sequence[str],
        counts: Sequence[int],
        level: str = "word",
        language: str = "en",
        stopwords: str | Iterable[str] | None = None,
        normalization: str | None = "NFKC",
        case_folding: bool | str = LOWER,
        strip_accents: bool = False,
        max_sequence_length: int | None = None,
        user_dict: str | os.PathLike | Iterable[str] | None = None,
        rules: int = RULES,
    ):
        self.rules = check_choice("rules", rules, VERSIONS)
        self.level = check_choice("level", level, tuple(LEVELS))
        self.language = check_choice("language", language, LANGUAGES)
        self.normalization = check_choice("normalization", normalization, (*NORMALIZATIONS, None))
        self.case_folding = check_case_folding(case_folding)
        self.strip_accents = check_boolean("strip_accents", strip_accents)
        self.stopwords = stopwords
        if not (stopwords is None or (isinstance(stopwords, str) and stopwords in NAMES)):
            self.stopwords = sorted(stopword_set(stopwords))
        if self.stopwords is not None and level != "word":
            raise InvalidArgumentError(
                f"stopwords={shown(stopwords)} needs level='word', and level={level!r} cuts texts "
                "into smaller pieces; leave stopwords out, or use words."
            )
        if self.rules >= 3 and (language, self.stopwords) in (("en", "zh"), ("zh", "en")):
            raise InvalidArgumentError(
                f"stopwords={self.stopwords!r} are words of another language than "
                f"language={language!r}, of whose texts they would drop next to nothing; use "
                f"stopwords={language!r}, or list(mlm_tf.preprocessing.stopwords("
                f"{self.stopwords!r})) if you mean it."
            )
        self.user_dict = user_words(user_dict)
        if user_dict is not None and (level, language) != ("word", "zh"):
            raise InvalidArgumentError(
                f"user_dict={shown(user_dict)} needs level='word' and language='zh', where a "
                f"dictionary cuts Chinese into words, and these are level={level!r} and "
                f"language={language!r}; leave user_dict out, or give both."
            )
        self.max_sequence_length = max_sequence_length
        if max_sequence_length is not None:
            self.max_sequence_length = check_integer("max_sequence_length", max_sequence_length)
        self.vocabulary = check_vocabulary(vocabulary, level, LEVELS[level].least)
        self.counts = check_counts(counts, len(self.vocabulary))
        self._made_level: Level | None = None

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        level: str | None = None,
        vocabulary_size: int | None = None,
        language: str | None = None,
        stopwords: str | Iterable[str] | None = None,
        normalization: str | None = "NFKC",
        case_folding: bool | str | None = None,
        strip_accents: bool = False,
        max_sequence_length: int | None = None,
        user_dict: str | os.PathLike | Iterable[str] | None = None,
    ) -> "TextPipeline":
        """Learn a vocabulary from texts.

        The vocabulary depends on how often each token occurs and on nothing else: not on the
        order of the texts, nor, for words and characters, on how they are cut into pieces. Equally
        frequent tokens stand in alphabetical order.

        Args:
            texts: strings: a list, or anything that can be iterated over more than once, for
                instance a `corpora.TextStream` larger than memory, of which a few megabytes are
                read at a time. An iterator is read into memory first.
            level: what a token is: `"word"`, `"character"` or `"subword"`; by default words, in
                Chinese characters.
            vocabulary_size: the most ids, the six special tokens included, and for characters and
                subwords the 256 bytes; `None` keeps every word or character, or learns
                8,000 subwords.
            language: what separates words: in `"en"` and `"any"` they are what stands between
                spaces and punctuation; in `"any"` each character of a script without spaces
                (Chinese, Japanese, Thai, ...) is a word; in `"zh"` jieba cuts Chinese into words
                (an optional package). But in `"en"` NFKC leaves Chinese punctuation as it is. By
                default what the texts are mostly written in, see `corpora.writing_of`; if that is
                not English, a line of the log says so.
            stopwords: words to drop: `None`, `"en"`, `"zh"` (see `preprocessing.stopwords`), or
                your own. They are normalised as the text is; "dont" drops "don't" too, and what
                is several words by itself ("well-known") drops nothing.
            normalization: Unicode normalisation form, or `None`. NFKC makes one word of forms
                that differ in print alone (full-width letters, ligatures).
            case_folding: whether "The" and "the" are one word: `"lower"`, the default for words,
                writes lower case as the languages do ("ΛΌΓΟΣ" is "λόγος", "Straße" "straße");
                `True` is Unicode's NFKC_Casefold, which makes "ß" "ss", "ς" "σ", and one of what
                differs in print alone, whatever the form; `False`, the default otherwise, keeps
                case. No language is asked, so the "I" of Turkish becomes "i" too.
            strip_accents: whether "café" and "cafe" are one word.
            max_sequence_length: the default length of a row in `__call__`.
            user_dict: for Chinese words, what is added to jieba's dictionary: words of Chinese
                characters, each with a frequency after it where you know one ("云计算 5"; 0 for
                what is no word), or the path of a user dictionary of jieba, whose entries the
                pipeline keeps. What is added to `jieba` itself changes no pipeline.

        Raises:
            InvalidArgumentError: for texts that are no strings, a setting that is not known, or
                a vocabulary with no room for a token of the texts.
            EmptyCorpusError: if the texts hold no token.
            MissingDependencyError: for Chinese words without jieba.
        """
        if isinstance(texts, Iterator):
            texts = list(texts)
        if language is None:
            language = recognised_language(texts, level)
        if level is None:
            level = "character" if language == "zh" else "word"
        if case_folding is None:
            case_folding = LOWER if level == "word" else False
        settings = {
            "level": level,
            "language": language,
            "stopwords": stopwords,
            "normalization": normalization,
            "case_folding": case_folding,
            "strip_accents": strip_accents,
            "max_sequence_length": max_sequence_length,
            "user_dict": user_dict,
        }
        least = [*SPECIAL_TOKENS, *LEVELS[check_choice("level", level, tuple(LEVELS))].least]
        unfitted = cls(least, [0] * len(least), **settings)
        # An iterator gives them only once, and a file is read once.
        settings |= {"stopwords": unfitted.stopwords, "user_dict": unfitted.user_dict}
        if vocabulary_size is not None:
            held = f"{len(SPECIAL_TOKENS)} special tokens" + " and 256 bytes" * (level != "word")
            why = f", which has room for a {level} beside the {held}"
            check_integer("vocabulary_size", vocabulary_size, len(least) + 1, why)
        num_texts = 0

        def batches():
            nonlocal num_texts
            num_texts = 0
            for batch in _batches(iterate_strings("texts", texts)):
                num_texts += len(batch)
                yield _tensor(batch)

        room = None if vocabulary_size is None else vocabulary_size - len(SPECIAL_TOKENS)
        with _on_cpu():
            learned = unfitted._level.learn(batches, room)
        if not any(learned.counts):
            raise EmptyCorpusError(
                f"texts holds {num_texts} texts and not one {level}; give text to learn a "
                "vocabulary from."
            )
        if (language, level) == ("en", "word"):
            warn_of_unspaced(learned.tokens)
        special_counts = [0, learned.unknown, num_texts, num_texts, 0, 0]
        return cls(
            [*SPECIAL_TOKENS, *learned.tokens], [*special_counts, *learned.counts], **settings
        )

    # === What there is ===

    pad_id, unk_id, start_id, end_id, sep_id, mask_id = range(len(SPECIAL_TOKENS))

    @property
    def vocabulary_size(self) -> int:
        return len(self.vocabulary)

    @property
    def num_outcomes(self) -> int:
        """How many ids can follow a token: all but `never_follow_ids`."""
        return self.vocabulary_size - len(self.never_follow_ids)

    @property
    def never_follow_ids(self) -> tuple[int, ...]:
        """What is neither predicted nor generated: `[PAD]`, `[START]`, `[SEP]` and `[MASK]`.

        Among characters and subwords `[UNK]` too, which no text gives.
        """
        never = (self.pad_id, self.start_id, self.sep_id, self.mask_id)
        return never if self.level == "word" else (*never, self.unk_id)

    @property
    def special_tokens(self) -> dict[str, int]:
        """The special tokens by their names, and their ids."""
        return {token: i for i, token in enumerate(SPECIAL_TOKENS)}

    def __repr__(self):
        return (
            f"TextPipeline(level={self.level!r}, vocabulary_size={self.vocabulary_size}, "
            f"language={self.language!r}, stopwords={self.stopwords!r}, "
            f"max_sequence_length={self.max_sequence_length})"
        )

    # === Text to ids ===

    def tokenize(self, texts: Iterable[str]) -> list[list[str]]:
        """The tokens of each text after normalisation, without stopwords; no special tokens."""
        rows = []
        for batch in _batches(iterate_strings("texts", texts)):
            with _on_cpu():
                rows += self._level.split(_tensor(batch)).to_list()
        return [[token.decode() for token in row] for row in rows]

    def encode(
        self,
        texts: Iterable[str],
        add_start: bool = True,
        add_end: bool = True,
        allow_special: bool = False,
    ) -> list[np.ndarray]:
        """One int32 array a text, of its own length.

        Args:
            texts: strings.
            add_start: whether `[START]` comes first.
            add_end: whether `[END]` comes last.
            allow_special: whether "[MASK]" and the other five in a text, written just so, are the
                special tokens. Not for text that others wrote: they could end it, or mask it.
        """
        return list(self._encoded(texts, add_start, add_end, allow_special))

    def iterate_encoded(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        """As `encode`, lazily: of texts larger than memory a few megabytes at a time."""
        return self._encoded(texts, add_start=True, add_end=True, allow_special=False)

    def _encoded(self, texts, add_start, add_end, allow_special) -> Iterator[np.ndarray]:
        start, end = [self.start_id] * add_start, [self.end_id] * add_end
        for batch in _batches(iterate_strings("texts", texts)):
            rows = self._rows_with_special(batch) if allow_special else self._rows(batch)
            for row in rows:
                yield np.concatenate([start, row, end]).astype("int32")

    def encode_tensor(
        self, texts, length: int | None = None, add_start: bool = False, add_end: bool = False
    ):
        """A string tensor `(n,)` -> its ids, for use in `dataset.map`.

        Bytes that are not UTF-8 are read as U+FFFD.

        Args:
            texts: a string tensor `(n,)`.
            length: tokens in a row; longer texts are cut on the right.
            add_start: whether `[START]` comes first.
            add_end: whether `[END]` comes last; a text that was cut has no end.

        Returns:
            Rows that a model takes, `{"token_ids": int32 (n, length), "padding_mask": bool
            (n, length)}`; without a length ragged int32 ids `(n, None)`.

        Raises:
            InvalidArgumentError: for a tensor of another rank or type.

        Example:

        >>> import tensorflow as tf
        >>> pipeline = TextPipeline.fit(["a b c"])
        >>> dataset = tf.data.Dataset.from_tensor_slices(["c a", "b"]).batch(2)
        >>> next(iter(dataset.map(pipeline.encode_tensor))).to_list()
        [[8, 6], [7]]
        >>> rows = dataset.map(lambda texts: pipeline.encode_tensor(texts, length=3, add_end=True))
        >>> next(iter(rows))["token_ids"].numpy().tolist()
        [[8, 6, 3], [7, 3, 0]]
        """
        import tensorflow as tf

        texts = tf.convert_to_tensor(texts)
        if texts.dtype != tf.string or texts.shape.rank not in (1, None):
            raise InvalidArgumentError(
                f"texts is a tensor of type {texts.dtype.name} and shape {texts.shape}, and it "
                "must hold strings and have shape (n,); for a data set use dataset.batch(n) first."
            )
        with _on_cpu():
            ids = self._level.encode(tf.ensure_shape(texts, [None]))
            for is_added, token, side in ((add_start, self.start_id, 0), (add_end, self.end_id, 1)):
                if is_added:
                    column = tf.fill([ids.nrows(), 1], tf.constant(token, ids.dtype))
                    ids = tf.concat([ids, column] if side else [column, ids], axis=1)
            if length is None:
                return ids
            length = check_integer("length", length)
            lengths = tf.minimum(tf.cast(ids.row_lengths(), "int32"), length)
            mask = tf.range(length) < lengths[:, None]
            rows = ids.to_tensor(default_value=self.pad_id, shape=[None, length])
            return {"token_ids": rows, "padding_mask": mask}

    def __call__(
        self,
        texts: Iterable[str],
        second_texts: Iterable[str] | None = None,
        max_length: int | None = None,
        add_start: bool = False,
        add_end: bool = False,
        truncate: str | None = None,
        padding_side: str = "right",
        allow_special: bool = False,
    ) -> dict[str, np.ndarray]:
        """Rows of one length, padded and truncated, by default on the right.

        Args:
            texts: strings, `batch` of them.
            second_texts: as many, if a row holds two segments: `first [SEP] second`.
            max_length: length of every row; by default `max_sequence_length`, else the longest.
            add_start: whether a row begins with `[START]`.
            add_end: whether a row ends with `[END]`.
            truncate: which end of a row that is too long is cut off, `"right"` (the default) or
                `"left"`, a start or end token with it: a text that was cut has no end. Of two
                segments the special tokens stay, and `"round_robin"` (the default) gives tokens
                to the two in turn; `"right"` cuts the second before the first, at its end,
                `"left"` the first before the second, at its beginning.
            padding_side: `"right"`, or `"left"` (which cuDNN's recurrent layers do not take).
            allow_special: see `encode`.

        Returns:
            `{"token_ids": int32 (batch, length), "padding_mask": bool (batch, length)}`; the
            mask is true where there is a token. With two segments also `"segment_ids"`, int32:
            1 for the second and an end token, else 0.

        Example:

        >>> pipeline = TextPipeline.fit(["a b c d"])
        >>> batch = pipeline(["a b c"], ["d d"], max_length=5)
        >>> [pipeline.vocabulary[i] for i in batch["token_ids"][0]]
        ['a', 'b', '[SEP]', 'd', 'd']
        >>> batch["segment_ids"].tolist()
        [[0, 0, 0, 1, 1]]
        """
        if max_length is None:
            max_length = self.max_sequence_length
        if max_length is not None:
            max_length = check_integer("max_length", max_length)
        check_choice("padding_side", padding_side, SIDES)
        if second_texts is None:
            truncate = check_choice("truncate", truncate or "right", SIDES)
            encoded = self.encode(texts, add_start, add_end, allow_special)
            return pack(encoded, max_length, truncate, padding_side)
        truncate = check_choice("truncate", truncate or "round_robin", ("round_robin", *SIDES))
        texts, second_texts = check_pairs(texts, second_texts)
        room = None if max_length is None else room_for_pairs(max_length, add_start, add_end)
        first = self.encode(texts, False, False, allow_special)
        second = self.encode(second_texts, False, False, allow_special)
        return pack_pairs(first, second, room, truncate, padding_side, add_start, add_end)

    # === Data sets for training ===

    def windows(
        self,
        texts: "Iterable[str] | TextStream | TokenFile",
        length: int,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
        objective: str = "causal_lm",
    ):
        """A `tf.data.Dataset` of contiguous windows, for training a language model with `fit`.

        The texts become one stream, `[START] text [END] [START] text [END] ...`, which is cut
        into contiguous windows, so that nothing is padded. With `shuffle` the cuts begin at
        another offset in every epoch and the windows come in another order, both a function of
        the seed and the epoch (each new iteration is the next epoch); what does not fill a window
        or a batch is left out, in every epoch something else. Without, every token but the first
        is a target exactly once.

        Args:
            texts: strings, for instance sentences, whose ids are held in memory; or, for what
                does not fit into it, a `TokenFile` (`mlm-tf tokenize` writes one), whose windows
                are drawn from all of it, or a `corpora.TextStream`, which is encoded anew in every
                epoch and shuffled within the last four million tokens read.
            length: tokens in a window.
            batch_size: windows in a batch.
            shuffle: as above; use false for validation.
            seed: as above.
            objective: `"causal_lm"`, where the target of each token is the next one, or
                `"masked_lm"`, see below.

        Yields:
            `(x, y, sample_weight)`, each `(batch_size, length)`, int32, int32 and float32; the
            weight is 0 where the target is `[START]`, which is no prediction, or padding, else 1.
            Under `"masked_lm"` x is `{"token_ids", "padding_mask"}` with 15 % of the tokens hidden
            (Devlin et al. 2019: `[MASK]`, or by chance another token or the same), y the ids
            themselves, and the weight 1 at the hidden ones.

        Raises:
            EmptyCorpusError: if the texts are shorter than one window, or with `shuffle` one
                batch.
            InvalidArgumentError: if a length or a size is no integer >= 1, the seed none >= 0, the
                objective is not known, or a token file was written with another pipeline.

        Example:

        >>> pipeline = TextPipeline.fit(["a b c", "b c"])
        >>> dataset = pipeline.windows(["a b c", "b c"], length=4, batch_size=1, shuffle=False)
        >>> [pipeline.vocabulary[i] for i in next(iter(dataset))[1][0]]
        ['a', 'b', 'c', '[END]']
        """
        length, batch_size, seed = checked_sizes(length, batch_size, seed)
        settings = (length, batch_size, shuffle, seed, self.start_id, self.pad_id)
        masking = self._masking(objective)
        if isinstance(texts, TextStream):
            return stream_windows(lambda: self.iterate_encoded(texts), *settings, masking)
        if isinstance(texts, TokenFile):
            texts.check_pipeline(self)
            return windows(texts, *settings, masking)
        stream = np.concatenate([np.zeros(0, "int32"), *self.encode(texts)])
        return windows(stream, *settings, masking)

    def rows(
        self,
        texts: Iterable[str],
        length: int,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
        objective: str = "causal_lm",
        labels: Sequence | None = None,
        label_names: Sequence | None = None,
    ):
        """A `tf.data.Dataset` with one text a row, `[START] text [END]`, padded, for `fit`.

        A row knows nothing of the texts beside it, where a window may go on from one text into
        the next; `report` tells how much of the places would be padding. Texts longer than
        `length` are cut on the right.

        Args:
            texts: strings, for instance sentences or documents.
            length: tokens in a row; for `"causal_lm"` of input, with as many targets.
            batch_size: rows in a batch.
            shuffle: whether the rows come in another order in every epoch, a function of the seed
                and the epoch; rows that do not fill a batch are left out, in every epoch others.
                Without, padded rows fill the last batch.
            seed: as above.
            objective: `"causal_lm"` or `"masked_lm"`, see `windows`.
            labels: for a classifier, one for each text: an integer from 0, or a name.
            label_names: the names, in the order of the numbers they stand for, as
                `model.label_names`.

        Yields:
            `({"token_ids", "padding_mask"}, y, sample_weight)`, each `(batch_size, length)`; with
            labels y and the weight are `(batch_size,)`, and a row holds the whole text.

        Raises:
            EmptyCorpusError: if there is no text, or with `shuffle` not one full batch.
            InvalidArgumentError: as for `windows`.

        Example:

        >>> pipeline = TextPipeline.fit(["a b c", "b c"])
        >>> dataset = pipeline.rows(["a b c", "b"], length=4, batch_size=2, shuffle=False)
        >>> x, y, weight = next(iter(dataset))
        >>> [pipeline.vocabulary[i] for i in y[1]], weight[1].numpy().tolist()
        (['b', '[END]', '[PAD]', '[PAD]'], [1.0, 1.0, 0.0, 0.0])
        """
        length, batch_size, seed = checked_sizes(length, batch_size, seed)
        masking = self._masking(objective)
        settings = (length, batch_size, shuffle, seed, self.start_id, self.pad_id)
        encoded = self.encode(texts)
        if labels is not None:
            labels = check_labels(labels, label_names, len(encoded))
        return rows(encoded, *settings, masking, labels)

    def _masking(self, objective: str) -> Callable | None:
        if check_choice("objective", objective, ("causal_lm", "masked_lm")) == "causal_lm":
            return None
        return lambda ids, key: mask_tokens(ids, key, self.vocabulary_size)

    # === What it does to texts ===

    def removed_stopwords(self, texts: Iterable[str]) -> list[list[tuple[int, str]]]:
        """Of each text the stopwords that are dropped: their places among its words, and they.

        >>> pipeline = TextPipeline.fit(["the cat and the dog"], stopwords="en")
        >>> pipeline.removed_stopwords(["The dog and a cat"])
        [[(0, 'the'), (2, 'and'), (3, 'a')]]
        """
        removed = []
        for words, are_removed in self._marked(texts):
            removed += [
                [(place, word.decode()) for place, word in enumerate(row) if marks[place]]
                for row, marks in zip(words.to_list(), are_removed.to_list(), strict=True)
            ]
        return removed

    def report(self, texts: Iterable[str], max_length: int | None = None) -> PreprocessingReport:
        """What this pipeline does to texts: counts, stopwords, `[UNK]`, lengths, padding.

        The texts may be a `corpora.TextStream` larger than memory.
        """
        if max_length is not None:
            max_length = check_integer("max_length", max_length)
        tf = import_tensorflow()
        tokens, removed, lengths, num_bytes = Counter(), Counter(), [], 0

        def measured():
            nonlocal num_bytes
            for text in iterate_strings("texts", texts):
                num_bytes += len(text.encode())
                yield text

        for words, are_removed in self._marked(measured()):
            flat, marks = words.flat_values.numpy(), are_removed.flat_values.numpy()
            tokens.update(flat[~marks].tolist())
            removed.update(flat[marks].tolist())
            kept = are_removed.with_flat_values((~marks).astype("int32"))
            lengths += tf.reduce_sum(kept, axis=1).numpy().tolist()
        if not lengths:
            raise EmptyCorpusError("texts is empty, so there is nothing to report on; give texts.")
        known = {token.encode() for token in self.vocabulary[len(SPECIAL_TOKENS) :]}
        return PreprocessingReport(
            texts=len(lengths),
            num_bytes=num_bytes,
            tokens=tokens.total(),
            types=len(tokens),
            unknown_tokens=sum(count for token, count in tokens.items() if token not in known),
            removed=Counter({word.decode(): count for word, count in removed.items()}),
            lengths=np.array(lengths) + 2,  # start and end
            max_length=max_length or self.max_sequence_length,
        )

    def _marked(self, texts: Iterable[str]) -> Iterator[tuple]:
        """Batches of ragged tokens, and ragged bool that is true where one is removed."""
        import tensorflow as tf

        for batch in _batches(iterate_strings("texts", texts)):
            with _on_cpu():
                words, are_removed = self._level.split_and_mark(_tensor(batch))
                if are_removed is None:
                    are_removed = words.with_flat_values(tf.zeros_like(words.flat_values, tf.bool))
            yield words, are_removed

    def tfidf(self, texts: Iterable[str]):
        """gensim's `TfidfModel` of documents, over the ids of this pipeline.

        For `preprocessing.idf_vector` and `layers.TfidfPooling`, and for gensim's own models.

        >>> from mlm_tf.preprocessing import bag_of_words
        >>> texts = ["a cat sat", "a dog sat", "a dog ran"]
        >>> pipeline = TextPipeline.fit(texts)
        >>> model = pipeline.tfidf(texts)
        >>> weights = model[bag_of_words(pipeline.encode(["a cat sat"])[0])]
        >>> [(pipeline.vocabulary[i], round(float(weight), 2)) for i, weight in weights]
        [('sat', 0.35), ('cat', 0.94)]
        """
        return fit_tfidf(self.iterate_encoded(texts), self.vocabulary)

    # === Ids to text ===

    def decode(self, token_ids) -> "str | list[str]":
        """Ids to text as a person writes it; `[UNK]` is shown, other special tokens are not.

        Args:
            token_ids: one sequence of ids, or a list of sequences; or the rows of `__call__` with
                their mask, or ragged ones of `encode_tensor`.

        Returns:
            A string, or a list of strings. What the first ids decode to is how every longer
            sequence that begins with them begins: of bytes that begin a character nothing is
            written before the last.

        Raises:
            InvalidArgumentError: for an id outside the vocabulary, or what is no id.
        """
        token_ids = unpacked(token_ids)
        if is_rows(token_ids):
            return [self.decode(row) for row in token_ids]
        ids = check_ids(token_ids, self.vocabulary_size)
        written = ids[(ids == self.unk_id) | (ids >= len(SPECIAL_TOKENS))]
        return self._level.decode(written.tolist())

    # === Saving ===

    def to_json(self) -> str:
        """The pipeline as JSON, which `from_json` reads."""
        content = {
            "format": FORMAT,
            "version": self.rules,
            "level": self.level,
            "language": self.language,
            "stopwords": self.stopwords,
            "normalization": self.normalization,
            "case_folding": self.case_folding,
            "strip_accents": self.strip_accents,
            "max_sequence_length": self.max_sequence_length,
            "user_dict": self.user_dict,
            "vocabulary": self.vocabulary,
            "counts": self.counts.tolist(),
        }
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def _arguments(cls, content, version):
        if isinstance(content.get("user_dict"), str):  # no file opens another
            raise ValueError("its user_dict is no list of words")
        return {**content, "rules": version}

    # === In the graph ===

    @property
    def _level(self) -> Level:
        """Made at the first use, since it needs TensorFlow, which a saved pipeline does not."""
        with MAKING:
            if self._made_level is None:
                normalizer = Normalizer(
                    self.normalization,
                    self.case_folding,
                    self.strip_accents,
                    self.language,
                    self.rules,
                )
                lists = [stopword_set(self.stopwords, self.rules), self.user_dict or ()]
                of_words = lists if self.level == "word" else []
                with import_tensorflow().init_scope():  # a first use may be inside a graph
                    self._made_level = LEVELS[self.level](self.vocabulary, normalizer, *of_words)
        return self._made_level

    def _rows(self, texts: list[str]) -> list[np.ndarray]:
        ids = self.encode_tensor(_tensor(texts))
        return np.split(ids.flat_values.numpy(), ids.row_splits.numpy()[1:-1])

    def _rows_with_special(self, texts: list[str]) -> list[np.ndarray]:
        parts = [SPECIAL.split(text) for text in texts]  # every second one is a special token
        plain = iter(self._rows([part for row in parts for part in row[::2]]))
        return [
            np.concatenate(
                [[SPECIAL_TOKENS.index(p)] if i % 2 else next(plain) for i, p in enumerate(row)]
            )
            for row in parts
        ]


def _on_cpu():
    """Where strings are, so that a GPU is not asked for the numbers in between."""
    return import_tensorflow().device("CPU")


def _tensor(texts: list[str]):
    """A string tensor `(n,)`."""
    return import_tensorflow().constant(texts, "string")


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Lists of texts of a few megabytes together, or of one text that has more."""
    batch, held = [], 0
    for text in texts:
        batch.append(text)
        held += len(text) + 100  # what a string takes beside its characters
        if held > BATCH_CHARACTERS:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch
