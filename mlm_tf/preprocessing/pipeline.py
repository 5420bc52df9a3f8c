"""`Pipeline`: everything between a text and the ids that a model sees, whatever a token is."""

import functools
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from mlm_tf._startup import tf
from mlm_tf.checks import check_boolean, check_choice, check_integer, iterate_strings
from mlm_tf.corpora import TextStream
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.decode_stream import DecodeStream
from mlm_tf.preprocessing.objectives import check_objective
from mlm_tf.preprocessing.packing import (
    SIDES,
    check_pairs,
    flattened,
    is_rows,
    pack,
    pack_pairs,
    room_for_pairs,
    unpacked,
)
from mlm_tf.preprocessing.report import PreprocessingReport, report_of
from mlm_tf.preprocessing.rows import rows
from mlm_tf.preprocessing.saved import Saved
from mlm_tf.preprocessing.tagging import Tagging
from mlm_tf.preprocessing.token_file import TokenFile
from mlm_tf.preprocessing.windows import stream_windows, windows

BATCH_CHARACTERS = 2_000_000  # at once: what is read of a corpus larger than memory


class Pipeline(Tagging, Saved):
    """Base of what makes ids of texts and texts of ids.

    A subclass says what a token is, by `ids` and `pieces`, and how it is saved, by `format` and
    `get_config`. Everything else is made of these here: a model carries the pipeline, `generate`
    and `score` use it, `windows` and `rows` make data for training. What a subclass has not, a
    separator between two texts or a token that masks, is refused by name where it is asked for.

    `preprocessing.testing.check_pipeline` holds a pipeline against all that is said here.

    Attributes:
        vocabulary: list of tokens; the index is the id.
        special_tokens: by the name that a person writes, the ids that no text gives but `unk_id`:
            all of those below, and whatever else is never written.
        control_tokens: by their names the ids that no text gives; by default the special ones but
            `unk_id`.
        pad_id: what fills a row; the mask tells where.
        start_id: what a text begins with.
        end_id: what ends a text.
        unk_id: what stands for a token outside the vocabulary; `None` if there is no such token.
        sep_id: what stands between two texts in a row, or `None`.
        mask_id: what hides a token, or `None`.
        counts: int64 `(vocabulary_size,)`, how often each token occurred in the texts that the
            vocabulary was learned from; `None` if that is not known.
        begins_with_start: whether a text begins with the start token unless `add_start` says
            otherwise.
        max_sequence_length: the default length in `__call__`, or `None`.
        is_lossless: whether `decode` gives back every text as it was.
        losses: what of a text it does not give back, names of `losses.LOSSES`; `None` if that is
            not said.
        puts_space: whether a space is put before every text.
        drops_first_space: whether `decode` leaves out the first space of a text.
        brings_space: whether a token brings the space before it along, so that in "the cat" the
            second is " cat".
        token_bytes: of every id, the UTF-8 that it adds to a text, of special tokens but `unk_id`
            nothing; `None` where that is not known.
        writes_words: whether `decode` writes spaces between tokens that are not in `token_bytes`,
            one always between two of letters or digits of a script that is written with spaces.
    """

    vocabulary: list[str]
    special_tokens: dict[str, int]
    pad_id: int
    start_id: int
    end_id: int
    unk_id: int | None = None
    sep_id: int | None = None
    mask_id: int | None = None
    counts: np.ndarray | None = None
    begins_with_start = True
    max_sequence_length: int | None = None
    is_lossless = False
    losses: tuple[str, ...] | None = None
    puts_space = False
    drops_first_space = False
    brings_space = False
    token_bytes: Sequence[bytes] | None = None
    writes_words = False
    _row_start: bool | None = False  # `add_start` in `__call__` by default; `None` as in `encode`
    _row_end = False  # `add_end` there by default

    # === What a subclass says ===

    def ids(self, texts: list[str]) -> Sequence[Sequence[int]]:
        """The ids of each text, none of them special but `unk_id`; or a ragged tensor of them."""
        raise NotImplementedError(f"{type(self).__name__} does not define ids().")

    def pieces(self, ids: Iterable[int]) -> Iterator[str]:
        """For each id in turn, none of them special but `unk_id`, the text that it adds.

        An id is taken only when its piece is asked for; later ones cannot change it. Of a
        character that is not whole yet nothing is written: a piece may be empty.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define pieces().")

    # === What there is ===

    @functools.cached_property
    def vocabulary_size(self) -> int:
        return len(self.vocabulary)

    @functools.cached_property
    def control_tokens(self) -> dict[str, int]:
        return {name: i for name, i in self.special_tokens.items() if i != self.unk_id}

    @property
    def end_ids(self) -> tuple[int, ...]:
        """All tokens at which a generated text ends."""
        return (self.end_id,)

    @property
    def never_follow_ids(self) -> tuple[int, ...]:
        """What is neither predicted nor generated: special tokens that neither end a text nor
        stand for an unknown one."""
        return tuple(sorted({*self.special_tokens.values()} - {*self.end_ids, self.unk_id}))

    @property
    def num_outcomes(self) -> int:
        """How many ids can follow a token: all but `never_follow_ids`."""
        return self.vocabulary_size - len(self.never_follow_ids)

    def __repr__(self):
        return (
            f"{type(self).__name__}(vocabulary_size={self.vocabulary_size}, "
            f"start_id={self.start_id}, end_id={self.end_id}, "
            f"max_sequence_length={self.max_sequence_length})"
        )

    # === Text to ids ===

    def tokenize(self, texts: Iterable[str]) -> list[list[str]]:
        """The tokens of each text, without special tokens."""
        rows = self.encode(texts, add_start=False, add_end=False)
        return [[self.vocabulary[i] for i in row] for row in rows]

    def encode(
        self,
        texts: Iterable[str],
        add_start: bool | None = None,
        add_end: bool = True,
        allow_special: bool = False,
    ) -> list[np.ndarray]:
        """One int32 array a text, of its own length.

        Args:
            texts: strings.
            add_start: whether the start token comes first; by default `begins_with_start`. Where
                that is false, a text that would have no id at all, an empty prompt, becomes the
                start token.
            add_end: whether the end token comes last.
            allow_special: whether the names of `special_tokens` and `control_tokens` in a text,
                written just so, are those tokens. Not for text that others wrote: they could end
                it, or mask it.
        """
        return [*self._encoded(texts, *_checked_flags(add_start, add_end, allow_special))]

    def iterate_encoded(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        """As `encode`, lazily: of texts larger than memory a few megabytes at a time."""
        return self._encoded(texts)

    def _encoded(self, texts, *settings) -> Iterator[np.ndarray]:
        for ids, lengths in self._batches(texts, *settings):
            yield from np.split(ids, np.cumsum(lengths)[:-1])

    def _batches(
        self, texts, add_start=None, add_end=True, allow_special=False
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The ids of so many texts at once, one after the other, and how many each text has."""
        begin = self.begins_with_start if add_start is None else add_start
        start, end = (self.start_id if begin else None), (self.end_id if add_end else None)
        ids_of = self.ids_with_special if allow_special else self.ids
        for batch in batches(texts):
            ids, lengths = flattened(ids_of(batch), start, end)
            if add_start is None and not lengths.all():
                ids = np.insert(ids, np.cumsum(lengths)[lengths == 0], self.start_id)
                lengths = np.maximum(lengths, 1)
            yield ids, lengths

    def ids_with_special(self, texts: list[str]) -> Sequence[Sequence[int]]:
        """As `ids`, but special tokens that are written in a text are the special tokens."""
        if not self.special_tokens:
            return self.ids(texts)
        names = sorted(self.special_tokens, key=len, reverse=True)
        special = re.compile("(" + "|".join(map(re.escape, names)) + ")")
        parts = [special.split(text) for text in texts]  # every second one is a special token
        ids, lengths = flattened(self.ids([part for row in parts for part in row[::2]]))
        plain = iter(np.split(ids, np.cumsum(lengths)[:-1]))
        return [
            np.concatenate(
                [[self.special_tokens[p]] if i % 2 else next(plain) for i, p in enumerate(row)]
            )
            for row in parts
        ]

    def encode_tensor(
        self,
        texts,
        length: int | None = None,
        add_start: bool | None = None,
        add_end: bool | None = None,
    ):
        """A string tensor `(n,)` -> its ids, for use in `dataset.map`.

        Bytes that are not UTF-8 are read as U+FFFD. `TextPipeline` is made of operations of
        TensorFlow; a pipeline that is Python is called from the graph, by `tf.numpy_function`, so
        that the graph cannot be saved and runs in this process alone.

        Args:
            texts: a string tensor `(n,)`.
            length: tokens in a row; longer texts are cut on the right.
            add_start: as for `__call__`.
            add_end: as for `__call__`; a text that was cut has no end.

        Returns:
            Rows that a model takes, `{"token_ids": int32 (n, length), "padding_mask": bool
            (n, length)}`; without a length ragged int32 ids `(n, None)`.

        Raises:
            InvalidArgumentError: for a tensor of another rank or type.

        Example:

        >>> import tensorflow as tf
        >>> from mlm_tf import TextPipeline
        >>> pipeline = TextPipeline.fit(["a b c"])
        >>> dataset = tf.data.Dataset.from_tensor_slices(["c a", "b"]).batch(2)
        >>> next(iter(dataset.map(pipeline.encode_tensor))).to_list()
        [[8, 6], [7]]
        >>> rows = dataset.map(lambda texts: pipeline.encode_tensor(texts, length=3, add_end=True))
        >>> next(iter(rows))["token_ids"].numpy().tolist()
        [[8, 6, 3], [7, 3, 0]]
        """
        texts = tf.convert_to_tensor(texts)
        if texts.dtype != tf.string or texts.shape.rank not in (1, None):
            raise InvalidArgumentError(
                f"texts is a tensor of type {texts.dtype.name} and shape {texts.shape}, and it "
                "must hold strings and have shape (n,); for a data set use dataset.batch(n) first."
            )
        add_start, add_end = self._flags_of_rows(add_start, add_end)
        add_start = self.begins_with_start if add_start is None else add_start
        with tf.device("CPU"):
            ids = self._ids_of_tensor(tf.ensure_shape(texts, [None]))
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

    def _ids_of_tensor(self, texts):
        """Strings `(n,)` -> ragged int32 ids `(n, None)`."""

        def ids_of(strings):
            return flattened(self.ids([string.decode(errors="replace") for string in strings]))

        ids, lengths = tf.numpy_function(ids_of, [texts], (tf.int32, tf.int64), stateful=False)
        ids, lengths = tf.reshape(ids, [-1]), tf.reshape(lengths, [-1])
        return tf.RaggedTensor.from_row_lengths(ids, lengths)

    def __call__(
        self,
        texts: Iterable[str],
        second_texts: Iterable[str] | None = None,
        max_length: int | None = None,
        add_start: bool | None = None,
        add_end: bool | None = None,
        truncate: str | None = None,
        padding_side: str = "right",
        allow_special: bool = False,
    ) -> dict[str, np.ndarray]:
        """Rows of one length, padded and truncated, by default on the right.

        Args:
            texts: strings, `batch` of them.
            second_texts: as many, if a row holds two segments: `first [SEP] second`.
            max_length: length of every row; by default `max_sequence_length`, else the longest.
            add_start: whether a row begins with the start token; by default only where the
                tokenizer of a checkpoint always writes it.
            add_end: whether a row ends with the end token; by default as `add_start`.
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

        Raises:
            InvalidArgumentError: for a length or a side that cannot be, or two segments where the
                pipeline has no token to stand between them.

        Example:

        >>> from mlm_tf import TextPipeline
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
        add_start, add_end = self._flags_of_rows(add_start, add_end)
        if second_texts is None:
            truncate = check_choice("truncate", truncate or "right", SIDES)
            encoded = self.encode(texts, add_start, add_end, allow_special)
            return pack(encoded, max_length, truncate, padding_side, self.pad_id)
        self._check_has("sep_id", "second_texts", "a separator between two texts", "one text a row")
        truncate = check_choice("truncate", truncate or "round_robin", ("round_robin", *SIDES))
        texts, second_texts = check_pairs(texts, second_texts)
        begins = self.begins_with_start if add_start is None else add_start
        special = ([self.start_id] * begins, [self.sep_id], [self.end_id] * add_end)
        room = None if max_length is None else room_for_pairs(max_length, special)
        first = self.encode(texts, False, False, allow_special)
        second = self.encode(second_texts, False, False, allow_special)
        return pack_pairs(first, second, room, truncate, padding_side, special, self.pad_id)

    def _flags_of_rows(self, add_start, add_end) -> tuple[bool | None, bool]:
        """Whether rows have a start and an end token, where that may not have been said."""
        add_end = self._row_end if add_end is None else add_end
        add_start, add_end, _ = _checked_flags(add_start, add_end)
        return self._row_start if add_start is None else add_start, add_end

    # === Data sets for training ===

    def windows(
        self,
        texts: "Iterable[str] | TextStream | TokenFile",
        length: int,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
        objective: str | Callable = "causal_lm",
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
            objective: `"causal_lm"`, where the target of each token is the next one;
                `"masked_lm"`, see below; or a function `(ids, weight, key) -> (x, y,
                sample_weight)` of tensors, see `preprocessing.objectives`.

        Yields:
            `(x, y, sample_weight)`, each `(batch_size, length)`, int32, int32 and float32; the
            weight is 0 where the target is padding, or the start token of the next text, else 1.
            A start token stands there by itself, and is never drawn (`never_follow_ids`), so that
            nothing is learned of it; where it ends a text too, as GPT-2's, it is learned.
            Under `"masked_lm"` x is `{"token_ids", "padding_mask"}` with 15 % of the tokens hidden
            (Devlin et al. 2019: `[MASK]`, or by chance another token or the same), y the ids
            themselves, and the weight 1 at the hidden ones.

        Raises:
            EmptyCorpusError: if the texts are shorter than one window, or with `shuffle` one
                batch.
            InvalidArgumentError: if a length or a size is no integer >= 1, the seed none >= 0, the
                objective is not known or needs a token that the pipeline has not, or a token file
                was written with another pipeline.

        Example:

        >>> from mlm_tf import TextPipeline
        >>> pipeline = TextPipeline.fit(["a b c", "b c"])
        >>> dataset = pipeline.windows(["a b c", "b c"], length=4, batch_size=1, shuffle=False)
        >>> [pipeline.vocabulary[i] for i in next(iter(dataset))[1][0]]
        ['a', 'b', 'c', '[END]']
        """
        objective = check_objective(objective, self)
        unpredicted = None if self.start_id in self.end_ids else self.start_id
        settings = (length, batch_size, shuffle, seed, unpredicted, self.pad_id, objective)
        if isinstance(texts, TextStream):
            return stream_windows(lambda: (ids for ids, _ in self._batches(texts)), *settings)
        if isinstance(texts, TokenFile):
            texts.check_pipeline(self)
            return windows(texts, *settings)
        return windows((ids for ids, _ in self._batches(texts)), *settings)

    def rows(
        self,
        texts: Iterable[str],
        length: int,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
        objective: str | Callable = "causal_lm",
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
            objective: `"causal_lm"`, `"masked_lm"` or a function, see `windows`.
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

        >>> from mlm_tf import TextPipeline
        >>> pipeline = TextPipeline.fit(["a b c", "b c"])
        >>> dataset = pipeline.rows(["a b c", "b"], length=4, batch_size=2, shuffle=False)
        >>> x, y, weight = next(iter(dataset))
        >>> [pipeline.vocabulary[i] for i in y[1]], weight[1].numpy().tolist()
        (['b', '[END]', '[PAD]', '[PAD]'], [1.0, 1.0, 0.0, 0.0])
        """
        settings = (length, batch_size, shuffle, seed, self.pad_id)
        objective = check_objective(objective, self)
        return rows(self._encoded(texts, True), *settings, objective, labels, label_names)

    def report(self, texts: Iterable[str], max_length: int | None = None) -> PreprocessingReport:
        """What this pipeline does to texts: counts, stopwords, `[UNK]`, lengths, padding, and what
        it scrubs.

        The texts may be a `corpora.TextStream` larger than memory.
        """
        if max_length is not None:
            max_length = check_integer("max_length", max_length)

        def found():
            for batch in batches(texts):
                read, scrubbed = self._read(batch)
                yield sum(len(text.encode()) for text in batch), scrubbed, *self._counted(read)

        return report_of(found(), self._is_unknown(), max_length or self.max_sequence_length)

    def _counted(self, texts: list[str]) -> tuple[Iterable, Iterable, Iterable[int]]:
        """Of texts as they are read: all tokens, those that are removed, and how many tokens each
        text keeps."""
        ids, lengths = flattened(self.ids(texts))
        return ids.tolist(), [], lengths

    def _read(self, texts: list[str]) -> tuple[list[str], Counter]:
        """The texts as they are cut into tokens, and what was replaced in them before."""
        return texts, Counter()

    def _is_unknown(self) -> Callable[[object], bool]:
        return lambda token: token == self.unk_id

    # === Ids to text ===

    def decode(self, token_ids) -> "str | list[str]":
        """Ids to text; special tokens are not written, but for one that stands for an unknown.

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
        return self.decode_stream().step(token_ids)

    def decode_stream(self) -> DecodeStream:
        """Something to write ids with as they come, in linear time: see `DecodeStream`."""
        return DecodeStream(self)

    # === What a pipeline may lack ===

    def removed_stopwords(self, texts):
        self._refuse("removed_stopwords()")

    def tfidf(self, texts):
        self._refuse("tfidf()")

    def _refuse(self, name: str) -> None:
        raise InvalidArgumentError(
            f"{name} needs the vocabulary of a TextPipeline, and this is a {type(self).__name__}; "
            "fit one on these texts."
        )

    def _check_has(self, name: str, argument: str, what: str, instead: str) -> None:
        if getattr(self, name) is None:
            raise InvalidArgumentError(
                f"{argument} needs {what}, and {type(self).__name__} has none ({name}=None); use "
                f"{instead}, or a pipeline that has one."
            )


def load_pipeline(path: str | os.PathLike) -> Pipeline:
    """Read what `save` of any pipeline wrote.

    Raises:
        MissingFileError: if there is no such file.
        InvalidFileError: if it holds anything else, or a pipeline whose class is not imported.
    """
    return Pipeline.load(path)


def _checked_flags(add_start, add_end, allow_special=False) -> tuple[bool | None, bool, bool]:
    return (
        None if add_start is None else check_boolean("add_start", add_start),
        check_boolean("add_end", add_end),
        check_boolean("allow_special", allow_special),
    )


def batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Lists of texts of a few megabytes together, or of one text that has more, each checked."""
    batch, held = [], 0
    for text in iterate_strings("texts", texts):
        batch.append(text)
        held += len(text) + 100  # what a string takes beside its characters
        if held > BATCH_CHARACTERS:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch
