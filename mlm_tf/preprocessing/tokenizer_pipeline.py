"""`TokenizerPipeline`: what the tokenizers of published checkpoints have in common as pipelines."""

import codecs
import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from mlm_tf.checks import Checked, check_boolean, check_integer
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.chat_template import ChatTemplate
from mlm_tf.preprocessing.pipeline import Pipeline
from mlm_tf.preprocessing.tokenizer_engine import (
    CONTROL,
    Tokens,
    is_control,
    make_engine,
    make_plain,
    make_special,
    puts_space,
    without_first_space,
)


class TokenizerPipeline(Pipeline):
    """Base of pipelines that are a `tokenizer.json`: the ids are those of `tokenizers` itself.

    A subclass says by `_tokens_of` what each id adds to a text.

    What steers a model is no part of a text that somebody writes: special tokens, and others that
    were added and look like one (`<think>`, `[INST]`), come apart into characters there. With
    `allow_special=True` they are what they say. Other tokens that were added, words, stay words.

    Attributes:
        chat_template: how conversations are written for the model, or `None`.
        control_tokens: by their names the ids of all of those.
    """

    begins_with_start = Checked(check_boolean)
    max_sequence_length = Checked(check_integer, optional=True)
    _row_start = None  # the template's
    _takes_controls_apart = True  # those too that are not marked special

    def __init__(
        self,
        tokenizer: str,
        end_id: int,
        start_id: int | None,
        pad_id: int | None,
        vocabulary_size: int | None,
        max_sequence_length: int | None,
        other_end_ids: Sequence[int],
        begins_with_start: bool,
        chat_template: "ChatTemplate | Mapping | None" = None,
    ):
        self.tokenizer = tokenizer
        if isinstance(chat_template, Mapping):  # of a file
            chat_template = ChatTemplate(**chat_template)
        self.chat_template = chat_template
        engine = make_engine(tokenizer)
        self._tokens = self._tokens_of(engine)
        self.drops_first_space = self._tokens.drops_first_space
        self.losses = self._tokens.losses
        self.puts_space = puts_space(engine)
        known = len(self._tokens.names)
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
        self.begins_with_start = begins_with_start
        self.max_sequence_length = max_sequence_length
        self._read_added(engine)
        # By how a text is read; the one that reads it as a person's is always needed.
        self._engines = {"plain": make_plain(engine, tokenizer, self.control_tokens)}

    def _tokens_of(self, engine) -> Tokens:
        """What each id of a `tokenizers.Tokenizer` adds to a text."""
        raise NotImplementedError(f"{type(self).__name__} does not define _tokens_of().")

    def _shown(self, name: str, spelled: bytes) -> str:
        """A token as `vocabulary` has it."""
        raise NotImplementedError(f"{type(self).__name__} does not define _shown().")

    def _read_added(self, engine) -> None:
        """Which ids are special, and which are no part of a text that somebody writes."""
        added, names = engine.get_added_tokens_decoder(), self._tokens.names
        named = {self.end_id, self.start_id, self.pad_id, *self.other_end_ids, self.unk_id}
        named |= {self.sep_id, self.mask_id}
        self._special_ids = {i for i, token in added.items() if token.special} | named - {None}
        controls = {i for i, token in added.items() if token.special}
        if self._takes_controls_apart:
            controls = {i for i, token in added.items() if is_control(token)}
            controls |= {i for i in named - {None} if CONTROL.fullmatch(names[i])}
        self.control_tokens = {names[i]: i for i in sorted(controls - {self.unk_id})}

    # === What there is ===

    @functools.cached_property
    def vocabulary(self) -> list[str]:
        known = zip(self._tokens.names, self._tokens.spelled, strict=True)
        tokens = [name and self._shown(name, spelled) for name, spelled in known]
        tokens += [""] * (self.vocabulary_size - len(tokens))
        return [token or f"<unused {i}>" for i, token in enumerate(tokens)]

    @functools.cached_property
    def never_follow_ids(self) -> tuple[int, ...]:
        """What is neither predicted nor generated: ids without a token, and special tokens that
        are neither the end token nor anything else."""
        special = {self.start_id, self.pad_id, self.mask_id} - {*self.end_ids, self.unk_id, None}
        missing = {i for i, name in enumerate(self._tokens.names) if not name}
        unused = range(len(self._tokens.names), self.vocabulary_size)
        return (*sorted(special | missing), *unused)

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
        spelled = self._tokens.spelled
        spelled = [*spelled] + [b""] * (self.vocabulary_size - len(spelled))
        for i in self._special_ids - {self.unk_id}:
            spelled[i] = b""
        return spelled

    @property
    def is_lossless(self) -> bool:
        """Whether the tokenizer neither normalises a text nor puts a space before it."""
        return self.losses == ()

    # === Text to ids and back ===

    def ids(self, texts: list[str]) -> list[list[int]]:
        return self._ids(texts, "plain")

    def ids_with_special(self, texts: list[str]) -> list[list[int]]:
        return self._ids(texts, "special")

    def _ids_within(self, words: list[str]) -> list[np.ndarray]:
        found = self._ids(words, "within" if self.puts_space else "plain")
        return [np.array(ids, "int32") for ids in found]

    def _ids(self, texts: list[str], how: str) -> list[list[int]]:
        if how not in self._engines:
            self._engines[how] = self._make_engine(how)
        engine = self._engines[how]
        found = engine.encode_batch_fast(texts, add_special_tokens=False)  # on all cores
        return [encoding.ids for encoding in found]

    def _make_engine(self, how: str):
        if how == "special":
            return make_special(self.tokenizer, self.control_tokens)
        tokenizer = without_first_space(self.tokenizer)
        return make_plain(make_engine(tokenizer), tokenizer, self.control_tokens)

    def pieces(self, ids: Iterable[int]) -> Iterator[str]:
        spelled, drops_space = self._tokens.spelled, self.drops_first_space
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for i in ids:
            token = spelled[i] if i < len(spelled) else b""
            if drops_space and token:
                token, drops_space = token.removeprefix(b" "), False
            yield decoder.decode(token)

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
        if self.chat_template is not None:
            template = self.chat_template
            config["chat_template"] = {
                "source": template.source,
                "special_tokens": template.special_tokens,
            }
        if self.other_end_ids:
            config["other_end_ids"] = list(self.other_end_ids)
        if self.begins_with_start:
            config["begins_with_start"] = True
        return config

    @classmethod
    def from_config(cls, config, version):
        tokenizer = json.dumps(config.pop("tokenizer"), ensure_ascii=False)
        return cls(tokenizer, **config)


def check_id(name: str, value, known: int) -> int:
    """The id of a token that the tokenizer has."""
    value = check_integer(name, value, least=0)
    if value >= known:
        raise InvalidArgumentError(
            f"{name}={value} is outside the tokenizer's vocabulary of {known} tokens; use the id "
            "of one of them."
        )
    return value
