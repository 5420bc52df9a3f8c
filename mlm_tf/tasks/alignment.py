"""What an encoder-decoder reads while it writes, word by word."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlm_tf import viz
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models import Seq2SeqLM
from mlm_tf.preprocessing import TextPipeline
from mlm_tf.preprocessing.words import WRITTEN_WITHOUT_SPACES


class Alignment(NamedTuple):
    """Which words of a source were read to write which words of a target.

    Attributes:
        source_words, target_words: with the start and end tokens of the source, and the end token
            of the target.
        weights: `(target_words, source_words)`; each row sums to 1. The mean over the heads and
            layers of cross-attention; a word of several subwords has the sum of what is read of
            them, and the mean of what they read.
    """

    source_words: list[str]
    target_words: list[str]
    weights: np.ndarray

    @classmethod
    def of(cls, model: Seq2SeqLM, source: str, target: str | np.ndarray) -> "Alignment":
        """The cross-attention of a model that writes a target, given a source.

        Args:
            model: with its pipeline.
            source: a text.
            target: a text, or the ids that the model wrote, without a start token.

        Raises:
            InvalidArgumentError: if the model has no attention, or one of the two is too long.
        """
        pipeline, longest = model.output_pipeline, model.max_sequence_length
        source = model.pipeline.encode([source], add_start=True)[0]
        if isinstance(target, str):
            target = pipeline.encode([target], add_start=True)[0]
        else:
            inner = target[~np.isin(target, pipeline.end_ids)]
            target = np.concatenate([[pipeline.start_id], inner, [pipeline.end_id]])
        if max(len(source), len(target) - 1) > longest:  # the end token is not read
            raise InvalidArgumentError(
                f"source and target have {len(source)} and {len(target)} tokens, and this model "
                f"reads {longest} at once; give one sentence."
            )
        weights = model.attention_weights(
            {"encoder_token_ids": source[None], "decoder_token_ids": target[None, :-1]}
        )
        of_both = [w[0] for name, w in weights.items() if "cross" in name]  # (heads, T, S) each
        mean = np.concatenate(of_both).mean(axis=0)  # (T, S)
        source_words = _Words(model.pipeline, source)
        target_words = _Words(model.output_pipeline, target[1:])
        by_word = source_words.sums(mean.T).T  # the weights of a word are those of its pieces
        by_word = target_words.sums(by_word) / target_words.sizes[:, None]
        return cls(source_words.words, target_words.words, by_word)

    def figure(self):
        """The picture, as `viz.attention` draws it."""
        return viz.attention(self.weights, self.target_words, self.source_words)

    def page(self, language: str = "auto"):
        """To look at word by word, as `viz.attention_page`."""
        weights = {"cross-attention": self.weights}
        return viz.attention_page(weights, self.target_words, self.source_words, language)


class _Words:
    """Ids as words, and sums over the pieces of which a word is made."""

    def __init__(self, pipeline: TextPipeline, ids: Sequence[int]):
        texts = _texts(pipeline, ids)
        first = [place for place in range(len(ids)) if _begins_word(pipeline, texts, place)]
        self._first = np.array(first)
        self.sizes = np.diff([*first, len(ids)])
        groups = zip(first, self.sizes, strict=True)
        words = ["".join(texts[place : place + size]) for place, size in groups]
        is_subword = pipeline.level == "subword"
        self.words = [word.strip() or " " for word in words] if is_subword else words

    def sums(self, values: np.ndarray) -> np.ndarray:
        """`(ids, ...)` -> `(words, ...)`."""
        return np.add.reduceat(values, self._first)


def _texts(pipeline: TextPipeline, ids: Sequence[int]) -> list[str]:
    """What each token says: a character of several bytes stands at the first of them, and the
    others say nothing; special tokens say their names."""
    special = {*pipeline.special_tokens.values()}
    if pipeline.level == "word":
        return [pipeline.vocabulary[i] for i in ids]
    pieces = pipeline.pieces(i for i in ids if i not in special)
    texts, begin = [], None  # where a character has begun that is not whole yet
    for place, i in enumerate(ids):
        texts.append(pipeline.vocabulary[i] if i in special else next(pieces))
        if not texts[place]:
            begin = place if begin is None else begin
        elif begin is not None:
            if i not in special:
                texts[begin], texts[place] = texts[place], ""
            else:
                texts[begin] = "\ufffd"
            begin = None
    return texts


def _begins_word(pipeline: TextPipeline, texts: Sequence[str], place: int) -> bool:
    """Whether a token is the first of a word: each is, but for a later piece of one."""
    piece = texts[place]
    if not piece:
        return False
    if pipeline.level != "subword" or piece in pipeline.special_tokens:
        return True
    before = next((text for text in reversed(texts[:place]) if text), "")
    if before.isspace():  # it belongs to what follows
        return False
    goes_on = before[-1:].isalnum() and piece[:1].isalnum()
    return not goes_on or WRITTEN_WITHOUT_SPACES.match(piece) is not None
