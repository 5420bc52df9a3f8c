"""`BytePairPipeline`: the tokenizer of a published checkpoint as the pipeline of a model."""

import codecs
import functools
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from mlm_tf._startup import import_tensorflow
from mlm_tf.checks import check_boolean, check_choice, check_integer, iterate_strings
from mlm_tf.corpora import TextStream
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.byte_pair import make_engine, read_tokenizer, readable
from mlm_tf.preprocessing.checks import check_ids, is_rows
from mlm_tf.preprocessing.files import read_text
from mlm_tf.preprocessing.labels import check_labels
from mlm_tf.preprocessing.packing import SIDES, pack, unpacked
from mlm_tf.preprocessing.pipeline import TextPipeline
from mlm_tf.preprocessing.rows import rows
from mlm_tf.preprocessing.saved import Saved
from mlm_tf.preprocessing.token_file import TokenFile
from mlm_tf.preprocessing.windows import checked_sizes, stream_windows, windows

FORMAT, VERSION = "mlm_tf.BytePairPipeline", 1
BATCH_TEXTS = 1_000  # encoded at once, on all cores
NOTHING = -1  # what fills a row on the way to a data set: the padding id may be the end token


class BytePairPipeline(Saved):
    """Text to token ids and back with a given byte-level BPE, such as GPT-2's.

    What `TextPipeline` is to a vocabulary of our own, this is to that of a checkpoint, which was
    learned elsewhere: a model carries it, `generate` and `score` use it, `windows` and `rows` make
    the data for fine-tuning, and `save` writes it. `interop.from_huggingface` makes it.

    A text is cut into words, and each word's bytes are merged pair by pair, the pair that was
    learned first before the others (Sennrich et al. 2016). Nothing is unknown and nothing is lost:
    `decode` gives back the text, as far as the tokenizer itself does not normalise it.

    The special ids are the checkpoint's. GPT-2 has one special token, `<|endoftext|>`, which ends
    a text, stands between texts, and begins an empty one; a text does not begin with it, and one
    in which it is written out gets the ids of those 13 characters, unless `allow_special=True`.

    Args:
        tokenizer: the content of a `tokenizer.json` (`Tokenizer.to_str()` of `tokenizers`).
        end_id: the token that ends a text.
        start_id: the token that an empty text begins with; by default the end token.
        pad_id: what fills a row; by default the end token, and the mask tells which is which.
        vocabulary_size: number of ids of the model, if it has more than the tokenizer; those are
            never drawn.
        max_sequence_length: the default length in `__call__`.
        other_end_ids: tokens at which a generated text ends too, if there are several.
        begins_with_start: whether a text begins with the start token, as the tokenizer's own
            template writes it.

    Attributes:
        vocabulary: list of tokens; the index is the id. A byte of which no character comes is
            written `<0xE4>`.
        counts: `None`: how often each token occurred is not known.

    Raises:
        InvalidArgumentError: for what is no byte-level BPE, or an id outside its vocabulary.

    Example:

    >>> from tokenizers import Tokenizer, models, pre_tokenizers
    >>> from mlm_tf.preprocessing.byte_pair import BYTE_OF
    >>> alphabet = {character: i for i, character in enumerate([*BYTE_OF, "aĠ", "<|end|>"])}
    >>> tokenizer = Tokenizer(models.BPE(alphabet, [("a", "Ġ")]))
    >>> tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    >>> pipeline = BytePairPipeline(tokenizer.to_str(), end_id=257)
    >>> pipeline.tokenize(["a ä"])
    [['a ', '<0xC3>', '<0xA4>']]
    >>> ids = pipeline.encode(["a ä"])[0]
    >>> ids.tolist(), pipeline.decode(ids), pipeline.decode(ids[:2])
    ([256, 127, 97, 257], 'a ä', 'a ')
    """

    counts = None

    _format, _versions = FORMAT, (VERSION,)

    def __init__(
        self,
        tokenizer: str,
        end_id: int,
        start_id: int | None = None,
        pad_id: int | None = None,
        vocabulary_size: int | None = None,
        max_sequence_length: int | None = None,
        other_end_ids: Sequence[int] = (),
        begins_with_start: bool = False,
    ):
        self.tokenizer = tokenizer
        self._tokenizers = {}  # by whether a special token in a text is one
        self._byte_strings, self._special_ids = read_tokenizer(self._engine(False))
        known = len(self._byte_strings)
        self.vocabulary_size = known
        if vocabulary_size is not None:
            why = ", the size of the tokenizer's vocabulary"
            self.vocabulary_size = check_integer("vocabulary_size", vocabulary_size, known, why)
        self.end_id = end_id
        self.start_id = end_id if start_id is None else start_id
        self.pad_id = end_id if pad_id is None else pad_id
        for name in ("end_id", "start_id", "pad_id"):
            setattr(self, name, check_id(name, getattr(self, name), known))
        self.other_end_ids = tuple(check_id("other_end_ids", i, known) for i in other_end_ids)
        self.begins_with_start = check_boolean("begins_with_start", begins_with_start)
        self._special_ids |= {self.end_id, self.start_id, self.pad_id, *self.other_end_ids}
        self.max_sequence_length = max_sequence_length
        if max_sequence_length is not None:
            self.max_sequence_length = check_integer("max_sequence_length", max_sequence_length)

    # === What there is ===

    @functools.cached_property
    def vocabulary(self) -> list[str]:
        tokens = [readable(token) for token in self._byte_strings]
        return tokens + [f"<unused {i}>" for i in range(len(tokens), self.vocabulary_size)]

    @functools.cached_property
    def never_follow_ids(self) -> tuple[int, ...]:
        """What is neither predicted nor generated: ids without a token, and special tokens that
        are neither the end token nor anything else."""
        unused = range(len(self._byte_strings), self.vocabulary_size)
        return (*sorted({self.start_id, self.pad_id} - {*self.end_ids}), *unused)

    @property
    def end_ids(self) -> tuple[int, ...]:
        """All tokens at which a generated text ends."""
        return (self.end_id, *self.other_end_ids)

    @functools.cached_property
    def special_tokens(self) -> dict[str, int]:
        """The special tokens as a person writes them, and their ids."""
        return {self.vocabulary[i]: i for i in sorted(self._special_ids)}

    @property
    def num_outcomes(self) -> int:
        """How many ids can follow a token: all but `never_follow_ids`."""
        return self.vocabulary_size - len(self.never_follow_ids)

    def __repr__(self):
        return (
            f"BytePairPipeline(vocabulary_size={self.vocabulary_size}, start_id={self.start_id}, "
            f"end_id={self.end_id}, max_sequence_length={self.max_sequence_length})"
        )

    # === Text to ids ===

    def tokenize(self, texts: Iterable[str]) -> list[list[str]]:
        """The tokens of each text, without special tokens."""
        return [[self.vocabulary[i] for i in ids] for ids in self._ids(texts, False)]

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
            add_start: whether the start token comes first, by default where the tokenizer's own
                template writes it (`begins_with_start`). Without it a text begins with its first
                word, as GPT-2 was trained; only a text that would have no id at all, an empty
                prompt, becomes the start token.
            add_end: whether the end token comes last.
            allow_special: whether "<|endoftext|>" in a text, written just so, is the special
                token. Not for text that others wrote: they could end it.
        """
        return list(self._encoded(texts, add_start, add_end, allow_special))

    def iterate_encoded(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        """As `encode`, lazily: of texts larger than memory a thousand at a time."""
        return self._encoded(texts, add_start=None, add_end=True, allow_special=False)

    def _encoded(self, texts, add_start, add_end, allow_special) -> Iterator[np.ndarray]:
        add_start = self.begins_with_start if add_start is None else add_start
        start, end = [self.start_id] * add_start, [self.end_id] * add_end
        for ids in self._ids(texts, allow_special):
            yield np.array([*start, *ids, *end] or [self.start_id], "int32")

    def _ids(self, texts, allow_special) -> Iterator[list[int]]:
        engine, texts = self._engine(allow_special), iterate_strings("texts", texts)
        while batch := list(itertools.islice(texts, BATCH_TEXTS)):
            for encoding in engine.encode_batch_fast(batch, add_special_tokens=False):
                yield encoding.ids

    def __call__(
        self,
        texts: Iterable[str],
        max_length: int | None = None,
        add_start: bool | None = None,
        add_end: bool = False,
        truncate: str = "right",
        padding_side: str = "right",
        allow_special: bool = False,
    ) -> dict[str, np.ndarray]:
        """Rows of one length, `{"token_ids", "padding_mask"}`, as `TextPipeline.__call__`."""
        if max_length is None:
            max_length = self.max_sequence_length
        if max_length is not None:
            max_length = check_integer("max_length", max_length)
        check_choice("truncate", truncate, SIDES)
        check_choice("padding_side", padding_side, SIDES)
        encoded = self.encode(texts, add_start, add_end, allow_special)
        batch = pack(encoded, max_length, truncate, padding_side)
        batch["token_ids"][~batch["padding_mask"]] = self.pad_id
        return batch

    # === Data sets for training ===

    def windows(
        self,
        texts: "Iterable[str] | TextStream | TokenFile",
        length: int,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
    ):
        """A `tf.data.Dataset` of contiguous windows, as `TextPipeline.windows`.

        The stream is `text <|endoftext|> text <|endoftext|> ...`, and every token of it but the
        first is a target.
        """
        length, batch_size, seed = checked_sizes(length, batch_size, seed)
        settings = (length, batch_size, shuffle, seed, NOTHING, NOTHING)
        if isinstance(texts, TextStream):
            return self._filled(stream_windows(lambda: self.iterate_encoded(texts), *settings))
        if isinstance(texts, TokenFile):
            texts.check_pipeline(self)
            return self._filled(windows(texts, *settings))
        stream = np.concatenate([np.zeros(0, "int32"), *self.encode(texts)])
        return self._filled(windows(stream, *settings))

    def rows(
        self,
        texts: Iterable[str],
        length: int,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
        labels: Sequence | None = None,
        label_names: Sequence | None = None,
    ):
        """A `tf.data.Dataset` with one text a row, padded, as `TextPipeline.rows`.

        A row is `<|endoftext|> text <|endoftext|>`, so that the first word is learned as well.
        """
        settings = (*checked_sizes(length, batch_size, seed), NOTHING, NOTHING)
        length, batch_size, seed, *ids = settings
        encoded = self.encode(texts, add_start=True)
        if labels is not None:
            labels = check_labels(labels, label_names, len(encoded))
        return self._filled(rows(encoded, length, batch_size, shuffle, seed, *ids, None, labels))

    def _filled(self, dataset):
        """The same data set with the padding id where there is nothing."""
        tf = import_tensorflow()

        def fill(ids):
            return tf.where(ids == NOTHING, self.pad_id, ids)

        def fill_batch(x, y, weight):
            x = {**x, "token_ids": fill(x["token_ids"])} if isinstance(x, dict) else fill(x)
            return x, fill(y), weight

        filled = dataset.map(tf.autograph.experimental.do_not_convert(fill_batch))
        filled.errors_while_reading = dataset.errors_while_reading
        return filled

    # === Ids to text ===

    def decode(self, token_ids) -> "str | list[str]":
        """Ids to text; special tokens are not written.

        Args:
            token_ids: one sequence of ids, or a list of sequences; or the rows of `__call__` with
                their mask.

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
        ids = check_ids(token_ids, self.vocabulary_size).tolist()
        known = len(self._byte_strings)
        written = (i for i in ids if i < known and i not in self._special_ids)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        return decoder.decode(b"".join(self._byte_strings[i] for i in written))

    # === Saving ===

    def to_json(self) -> str:
        """The pipeline as JSON, which `from_json` reads."""
        content = {
            "format": FORMAT,
            "version": VERSION,
            "end_id": self.end_id,
            "start_id": self.start_id,
            "pad_id": self.pad_id,
            "vocabulary_size": self.vocabulary_size,
            "max_sequence_length": self.max_sequence_length,
            "counts": self.counts,
            "tokenizer": json.loads(self.tokenizer),
        }
        if self.other_end_ids:
            content["other_end_ids"] = list(self.other_end_ids)
        if self.begins_with_start:
            content["begins_with_start"] = True
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def _arguments(cls, content, version):
        content.pop("counts", None)
        return {**content, "tokenizer": json.dumps(content["tokenizer"], ensure_ascii=False)}

    # === The tokenizer ===

    def _engine(self, allow_special: bool):
        """The `tokenizers.Tokenizer`; one for each way of reading special tokens in a text."""
        if allow_special not in self._tokenizers:
            engine = make_engine(self.tokenizer)
            engine.encode_special_tokens = not allow_special
            self._tokenizers[allow_special] = engine
        return self._tokenizers[allow_special]


def check_id(name: str, value, known: int) -> int:
    """The id of a token that the tokenizer has."""
    value = check_integer(name, value, least=0)
    if value >= known:
        raise InvalidArgumentError(
            f"{name}={value} is outside the tokenizer's vocabulary of {known} tokens; use the id "
            "of one of them."
        )
    return value


def load_pipeline(path: str | os.PathLike) -> "TextPipeline | BytePairPipeline":
    """Read what `save` of either pipeline wrote.

    Raises:
        MissingFileError: if there is no such file.
        InvalidFileError: if it holds anything else.
    """
    try:
        content = json.loads(read_text(path, "saved pipeline"))
    except (ValueError, RecursionError):
        content = None
    is_byte_pair = isinstance(content, dict) and content.get("format") == FORMAT
    return (BytePairPipeline if is_byte_pair else TextPipeline).load(path)
