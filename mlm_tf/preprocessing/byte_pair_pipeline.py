"""`BytePairPipeline`: the tokenizer of a published checkpoint as the pipeline of a model."""

import codecs
import functools
import json
from collections.abc import Iterable, Iterator, Sequence

from mlm_tf.checks import Checked, check_boolean, check_integer
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.byte_pair import make_engine, read_tokenizer, readable
from mlm_tf.preprocessing.pipeline import Pipeline


class BytePairPipeline(Pipeline):
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

    format = "mlm_tf.BytePairPipeline"
    brings_space = True
    _row_start = None  # the template's
    begins_with_start = Checked(check_boolean)
    max_sequence_length = Checked(check_integer, optional=True)

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
            setattr(self, name, _check_id(name, getattr(self, name), known))
        self.other_end_ids = tuple(_check_id("other_end_ids", i, known) for i in other_end_ids)
        self.begins_with_start = begins_with_start
        self._special_ids |= {self.end_id, self.start_id, self.pad_id, *self.other_end_ids}
        self.max_sequence_length = max_sequence_length

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
    def token_bytes(self) -> list[bytes]:
        spelled = [*self._byte_strings] + [b""] * (self.vocabulary_size - len(self._byte_strings))
        for i in self._special_ids - {self.unk_id}:
            spelled[i] = b""
        return spelled

    @functools.cached_property
    def is_lossless(self) -> bool:
        """Whether the tokenizer neither normalises a text nor puts a space before it."""
        text = "a  b\n"
        is_same = self.decode(self.encode([text])[0]) == text
        return is_same and self._engine(False).normalizer is None

    # === Text to ids and back ===

    def ids(self, texts: list[str]) -> list[list[int]]:
        return self._ids(texts, allow_special=False)

    def ids_with_special(self, texts: list[str]) -> list[list[int]]:
        return self._ids(texts, allow_special=True)

    def _ids(self, texts, allow_special) -> list[list[int]]:
        engine = self._engine(allow_special)
        found = engine.encode_batch_fast(texts, add_special_tokens=False)  # on all cores
        return [encoding.ids for encoding in found]

    def pieces(self, ids: Iterable[int]) -> Iterator[str]:
        known = len(self._byte_strings)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for i in ids:
            yield decoder.decode(self._byte_strings[i]) if i < known else ""

    # === Saving ===

    def get_config(self) -> dict:
        config = {
            "end_id": self.end_id,
            "start_id": self.start_id,
            "pad_id": self.pad_id,
            "vocabulary_size": self.vocabulary_size,
            "max_sequence_length": self.max_sequence_length,
            "tokenizer": json.loads(self.tokenizer),
        }
        if self.other_end_ids:
            config["other_end_ids"] = list(self.other_end_ids)
        if self.begins_with_start:
            config["begins_with_start"] = True
        return config

    @classmethod
    def from_config(cls, config, version):
        config.pop("counts", None)  # there were none, and older files say it
        tokenizer = json.dumps(config.pop("tokenizer"), ensure_ascii=False)
        return cls(tokenizer, **config)

    # === The tokenizer ===

    def _engine(self, allow_special: bool):
        """The `tokenizers.Tokenizer`; one for each way of reading special tokens in a text."""
        if allow_special not in self._tokenizers:
            engine = make_engine(self.tokenizer)
            engine.encode_special_tokens = not allow_special
            self._tokenizers[allow_special] = engine
        return self._tokenizers[allow_special]


def _check_id(name: str, value, known: int) -> int:
    """The id of a token that the tokenizer has."""
    value = check_integer(name, value, least=0)
    if value >= known:
        raise InvalidArgumentError(
            f"{name}={value} is outside the tokenizer's vocabulary of {known} tokens; use the id "
            "of one of them."
        )
    return value
