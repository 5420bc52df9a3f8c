"""`TextPipeline`: the pipeline of a vocabulary of our own, of words, characters or subwords."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from mlm_tf._startup import tf
from mlm_tf.checks import Checked, check_boolean, check_choice, check_integer, check_strings, shown
from mlm_tf.corpora.language import recognised_language, warn_of_unspaced
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing.characters import Characters
from mlm_tf.preprocessing.chinese import user_words
from mlm_tf.preprocessing.level import Level, check_vocabulary, made_once
from mlm_tf.preprocessing.normalization import LOWER, NORMALIZATIONS, RULES, Normalizer
from mlm_tf.preprocessing.personal_data import NAMES as PERSONAL_DATA
from mlm_tf.preprocessing.personal_data import all_scrubbed
from mlm_tf.preprocessing.pipeline import Pipeline, batches
from mlm_tf.preprocessing.special_tokens import SPECIAL_TOKENS
from mlm_tf.preprocessing.stopwords import NAMES
from mlm_tf.preprocessing.stopwords import stopwords as stopword_set
from mlm_tf.preprocessing.subwords import Subwords
from mlm_tf.preprocessing.tfidf import fit_tfidf
from mlm_tf.preprocessing.word_patterns import RUNS
from mlm_tf.preprocessing.words import Words

LEVELS = {"word": Words, "character": Characters, "subword": Subwords}
LANGUAGES = tuple(RUNS)


class TextPipeline(Pipeline):
    """Text to token ids and back: scrub if asked to, normalise, split, drop stopwords, look up,
    truncate, pad.

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
        scrub: whether personal data is replaced in every text, see `fit`.
        scrubbed: of each kind how many were replaced in the fitted texts.
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

    format, versions = "mlm_tf.TextPipeline", tuple(range(1, RULES + 1))
    rules = Checked(check_choice, allowed=versions)
    level = Checked(check_choice, allowed=tuple(LEVELS))
    language = Checked(check_choice, allowed=LANGUAGES)
    normalization = Checked(check_choice, allowed=(*NORMALIZATIONS, None))
    case_folding = Checked(check_boolean, besides=(LOWER,))
    strip_accents = Checked(check_boolean)
    max_sequence_length = Checked(check_integer, optional=True)
    scrub = Checked(check_boolean)
    vocabulary = Checked(check_strings)

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
        scrub: bool = False,
        scrubbed: Mapping[str, int] | None = None,
    ):
        self.rules = rules
        self.level = level
        self.language = language
        self.normalization = normalization
        self.case_folding = case_folding
        self.strip_accents = strip_accents
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
        self.user_dict = None if user_dict is None else user_words(user_dict)
        if user_dict is not None and (level, language) != ("word", "zh"):
            raise InvalidArgumentError(
                f"user_dict={shown(user_dict)} needs level='word' and language='zh', where a "
                f"dictionary cuts Chinese into words, and these are level={level!r} and "
                f"language={language!r}; leave user_dict out, or give both."
            )
        self.max_sequence_length = max_sequence_length
        self.scrub = scrub
        self.scrubbed = Counter(_check_scrubbed(scrubbed or {}))
        self.vocabulary = vocabulary
        check_vocabulary(self.vocabulary, level, LEVELS[level].least)
        self.counts = check_counts(counts, len(self.vocabulary))

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
        scrub: bool = False,
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
            scrub: whether e-mail addresses, phone, card and id numbers are replaced by `[EMAIL]`,
                `[PHONE]`, `[CARD]` and `[ID]` (see `personal_data` for their forms), before
                anything else, and counted in `scrubbed` and in `report`. In every text that the
                pipeline is given, not in these alone: a vocabulary without a number would keep no
                model of characters or subwords from learning its digits in `windows`, and a
                prompt is read as the training set was. Each text by itself, so that a number in
                two texts, or in two words of `encode_words`, stays.

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
        least = [*SPECIAL_TOKENS, *LEVELS[check_choice("level", level, tuple(LEVELS))].least]
        settings = (level, language, stopwords, normalization, case_folding, strip_accents)
        pipeline = cls(
            least, [0] * len(least), *settings, max_sequence_length, user_dict, scrub=scrub
        )
        room = _room(level, vocabulary_size)
        num_texts = 0

        def tensors():
            nonlocal num_texts
            num_texts = 0
            pipeline.scrubbed.clear()
            for batch in batches(texts):
                num_texts += len(batch)
                batch, found = pipeline._read(batch)
                pipeline.scrubbed += found
                yield _tensor(batch)

        with _on_cpu():
            learned = pipeline._level.learn(tensors, room)
        if not any(learned.counts):
            raise EmptyCorpusError(
                f"texts holds {num_texts} texts and not one {level}; give text to learn a "
                "vocabulary from."
            )
        if (language, level) == ("en", "word"):
            warn_of_unspaced(learned.tokens)
        pipeline._take(learned, num_texts)
        return pipeline

    @classmethod
    def merge(
        cls, pipelines: Iterable["TextPipeline"], vocabulary_size: int | None = None
    ) -> "TextPipeline":
        """The pipeline of all texts, from those of their parts: equal to the last byte to what
        `fit` would have learned from all of them together, in whatever order.

        Args:
            pipelines: each fitted on a part with `vocabulary_size=None`, so that it has counted
                all, and otherwise alike. Of words or characters: subwords are learned from the
                texts themselves, and counts of parts do not tell which.
            vocabulary_size: as for `fit`.

        Raises:
            InvalidArgumentError: for none, for subwords, for pipelines that differ in anything but
                what they counted, and for one that has left some tokens out.

        Example:

        >>> parts = ["a cat sat", "a cat slept"], ["a dog sat"]
        >>> merged = TextPipeline.merge([TextPipeline.fit(texts) for texts in parts], 9)
        >>> merged.vocabulary[6:], merged.counts[6:].tolist()
        (['a', 'cat', 'sat'], [3, 2, 2])
        """
        pipelines = list(pipelines)
        if not pipelines:
            raise InvalidArgumentError("pipelines is empty; give at least one.")
        first, counts, num_texts = pipelines[0], Counter(), 0
        if first.level == "subword":
            raise InvalidArgumentError(
                "pipelines of level='subword' cannot be merged, since subwords are learned from "
                "texts and not from counts; fit one on a part of the texts, and use it for all."
            )
        room = _room(first.level, vocabulary_size)
        scrubbed = Counter()
        for pipeline in pipelines:
            _check_counted_alike(pipeline, first)
            special = len(SPECIAL_TOKENS)
            held = zip(pipeline.vocabulary[special:], pipeline.counts[special:], strict=True)
            counts += Counter({token: int(count) for token, count in held})
            num_texts += int(pipeline.counts[pipeline.start_id])
            scrubbed += pipeline.scrubbed
        config = first.get_config()
        least = [*SPECIAL_TOKENS, *LEVELS[first.level].least]
        config |= {"vocabulary": least, "counts": [0] * len(least)}
        merged = cls.from_config(config, first.rules)
        if first.scrub:
            merged.scrubbed = scrubbed
        merged._take(merged._level.merged(counts, room), num_texts)
        return merged

    def _take(self, learned, num_texts: int) -> None:
        """Get the vocabulary that was learned."""
        special_counts = [0, learned.unknown, num_texts, num_texts, 0, 0]
        self.vocabulary[:] = [*SPECIAL_TOKENS, *learned.tokens]  # its level's list too
        self.counts = np.array([*special_counts, *learned.counts], "int64")

    # === What there is ===

    pad_id, unk_id, start_id, end_id, sep_id, mask_id = range(len(SPECIAL_TOKENS))

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

    @property
    def is_lossless(self) -> bool:
        is_changed = self.normalization or self.case_folding or self.strip_accents or self.scrub
        return self.level != "word" and not is_changed

    @property
    def brings_space(self) -> bool:
        return self.level == "subword"

    @property
    def token_bytes(self) -> list[bytes]:
        special = len(SPECIAL_TOKENS)
        spelled = [b""] * special
        spelled[self.unk_id] = SPECIAL_TOKENS[self.unk_id].encode()
        return [*spelled, *map(LEVELS[self.level].bytes_of, self.vocabulary[special:])]

    @property
    def writes_words(self) -> bool:
        return self.level == "word"

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
        for batch in batches(texts):
            with _on_cpu():
                rows += self._level.split(_tensor(self._read(batch)[0])).to_list()
        return [[token.decode() for token in row] for row in rows]

    def ids(self, texts: list[str]):
        with _on_cpu():
            return self._level.encode(_tensor(self._read(texts)[0]))

    def _ids_of_tensor(self, texts):
        if self.scrub:  # the one thing here that is Python
            texts = tf.ensure_shape(
                tf.numpy_function(_scrubbed_bytes, [texts], tf.string, stateful=False), [None]
            )
        return self._level.encode(texts)

    def _read(self, texts):
        return all_scrubbed(texts) if self.scrub else (texts, Counter())

    def pieces(self, ids: Iterable[int]) -> Iterator[str]:
        return self._level.pieces(ids)

    # === What it does to texts ===

    def removed_stopwords(self, texts: Iterable[str]) -> list[list[tuple[int, str]]]:
        """Of each text the stopwords that are dropped: their places among its words, and they.

        >>> pipeline = TextPipeline.fit(["the cat and the dog"], stopwords="en")
        >>> pipeline.removed_stopwords(["The dog and a cat"])
        [[(0, 'the'), (2, 'and'), (3, 'a')]]
        """
        removed = []
        for batch in batches(texts):
            words, are_removed = self._marked(self._read(batch)[0])
            removed += [
                [(place, word.decode()) for place, word in enumerate(row) if marks[place]]
                for row, marks in zip(words.to_list(), are_removed.to_list(), strict=True)
            ]
        return removed

    def _counted(self, texts):
        words, are_removed = self._marked(texts)
        flat, marks = words.flat_values.numpy(), are_removed.flat_values.numpy()
        kept = are_removed.with_flat_values((~marks).astype("int32"))
        lengths = tf.reduce_sum(kept, axis=1).numpy().tolist()
        removed = (word.decode() for word in flat[marks].tolist())
        return flat[~marks].tolist(), removed, lengths

    def _is_unknown(self):
        known = {token.encode() for token in self.vocabulary[len(SPECIAL_TOKENS) :]}
        return lambda token: token not in known

    def _marked(self, texts: list[str]):
        """Ragged tokens of texts as they are read, and ragged bool that is true where one is
        removed."""
        with _on_cpu():
            words, are_removed = self._level.split_and_mark(_tensor(texts))
            if are_removed is None:
                are_removed = words.with_flat_values(tf.zeros_like(words.flat_values, tf.bool))
        return words, are_removed

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

    # === Saving ===

    @property
    def version(self) -> int:
        return self.rules

    def get_config(self) -> dict:
        # Where nothing is scrubbed, the file is as it was before there was such a thing.
        scrub = {"scrub": True, "scrubbed": dict(self.scrubbed)} if self.scrub else {}
        return {
            **scrub,
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

    @classmethod
    def from_config(cls, config, version):
        if isinstance(config.get("user_dict"), str):  # no file opens another
            raise ValueError("its user_dict is no list of words")
        return cls(**config, rules=version)

    # === In the graph ===

    @made_once
    def _level(self) -> Level:
        """Made at the first use, since it needs TensorFlow, which a saved pipeline does not."""
        normalizer = Normalizer(
            self.normalization, self.case_folding, self.strip_accents, self.language, self.rules
        )
        of_words = {}  # which other levels have not
        if self.stopwords is not None:
            of_words["stopwords"] = stopword_set(self.stopwords, self.rules)
        if self.user_dict is not None:
            of_words["user_dict"] = self.user_dict
        return LEVELS[self.level](self.vocabulary, normalizer, **of_words)


def _on_cpu():
    """Where strings are, so that a GPU is not asked for the numbers in between."""
    return tf.device("CPU")


def _tensor(texts: list[str]):
    """A string tensor `(n,)`."""
    return tf.constant(texts, "string")


def _scrubbed_bytes(texts: np.ndarray) -> np.ndarray:
    """The same inside a graph: UTF-8 `(n,)` -> UTF-8 `(n,)`."""
    found, _ = all_scrubbed(text.decode(errors="replace") for text in texts.tolist())
    return np.array([text.encode() for text in found], object)


def _room(level: str, vocabulary_size: int | None) -> int | None:
    """How many tokens a vocabulary has room for beside the special ones; `None` for any number."""
    if vocabulary_size is None:
        return None
    least = len(SPECIAL_TOKENS) + len(LEVELS[level].least)
    held = f"{len(SPECIAL_TOKENS)} special tokens" + " and 256 bytes" * (level != "word")
    why = f", which has room for a {level} beside the {held}"
    return check_integer("vocabulary_size", vocabulary_size, least + 1, why) - len(SPECIAL_TOKENS)


def _check_counted_alike(pipeline: TextPipeline, first: TextPipeline) -> None:
    """Raise unless two pipelines differ in nothing but counts, and the one has counted all."""
    mine, other = (
        {**p.get_config(), "rules": p.rules, "vocabulary": 0, "counts": 0, "scrubbed": 0}
        for p in (pipeline, first)
    )
    for name, value in mine.items():
        if value != other[name]:
            raise InvalidArgumentError(
                f"The pipelines differ in {name}, which is {shown(other[name])} and "
                f"{shown(value)}; fit all with the same settings."
            )
    last = len(SPECIAL_TOKENS) + (len(LEVELS[pipeline.level].least) or 0)
    others = pipeline.counts[len(SPECIAL_TOKENS) + 0x80 : last]  # bytes of characters left out
    if pipeline.counts[pipeline.unk_id] or others.any():
        raise InvalidArgumentError(
            f"A pipeline with a vocabulary of {len(pipeline.vocabulary):,} has left out the rarest "
            f"{pipeline.level}s of its texts, so that their counts are not known; fit it with "
            "vocabulary_size=None."
        )


def _check_scrubbed(scrubbed: Mapping[str, int]) -> dict[str, int]:
    for name, count in scrubbed.items():
        check_choice("scrubbed", name, PERSONAL_DATA)
        check_integer(f"scrubbed[{name!r}]", count, least=0)
    return dict(scrubbed)


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
