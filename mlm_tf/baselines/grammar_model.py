"""The limit of `corpora.grammar`, in the shape of a counting model."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike

from mlm_tf.corpora import GrammarLimit
from mlm_tf.errors import InvalidArgumentError

if TYPE_CHECKING:  # only for its name: counting brings in no TensorFlow
    from mlm_tf.preprocessing import TextPipeline


class GrammarModel:
    """The row "the limit" of a table on the stories of `corpora.grammar`.

    It counts nothing and knows the grammar: no model has a lower perplexity, but by chance.

    Args:
        pipeline: a pipeline of words for English, of characters for Chinese, by which the ids are
            read. No token of the sequences may be `[UNK]`: its probability would be another's.

    Raises:
        InvalidArgumentError: for a pipeline of other tokens.

    >>> from mlm_tf import TextPipeline, corpora
    >>> texts = [story.text for story in corpora.grammar(20)]
    >>> pipeline = TextPipeline.fit(texts, level="word", language="en")
    >>> sequences = pipeline.encode(texts, add_start=True, add_end=True)
    >>> log_probs = GrammarModel(pipeline).log_probs(sequences)
    >>> [len(row) + 1 for row in log_probs] == [len(sequence) for sequence in sequences]
    True
    """

    def __init__(self, pipeline: "TextPipeline"):
        languages = {"word": "en", "character": "zh"}
        if pipeline.level not in languages or (pipeline.level, pipeline.language) == ("word", "zh"):
            raise InvalidArgumentError(
                f"pipeline is one of level={pipeline.level!r} and language={pipeline.language!r}, "
                "and the limit is known for English words and Chinese characters; use "
                "level='word' with language='en', or level='character' with language='zh'."
            )
        self.pipeline = pipeline
        self.limit = GrammarLimit(languages[pipeline.level])

    def fit(self, sequences: Iterable[ArrayLike] = ()) -> Self:
        """Returns the model itself: there is nothing to count."""
        return self

    def log_probs(self, sequences: Iterable[ArrayLike]) -> list[np.ndarray]:
        """Returns the natural log-probability of every token after the start, given those before.

        Args:
            sequences: 1-D integer arrays, each one story from its start id to its end id.

        Returns:
            One float64 array a sequence, of length `len(sequence) - 1`; minus infinity from the
            first token on that cannot stand there.

        Raises:
            InvalidArgumentError: a sequence does not begin with the start id, or holds an id that
                is no token of a text before its end.
        """
        return self.limit.log_probs_of_tokens(
            [self._tokens(index, sequence) for index, sequence in enumerate(sequences)]
        )

    def _tokens(self, index: int, sequence: ArrayLike) -> list[str]:
        ids = np.asarray(sequence).tolist()
        if not ids or ids[0] != self.pipeline.start_id:
            raise InvalidArgumentError(
                f"sequences[{index}] begins with {ids[:1]}, and a story begins with the start id "
                f"{self.pipeline.start_id}; use pipeline.encode(texts, add_start=True, "
                "add_end=True)."
            )
        special = set(self.pipeline.special_tokens.values()) - {self.pipeline.end_id}
        wrong = special.intersection(ids[1:])
        if wrong:
            token = self.pipeline.vocabulary[min(wrong)]
            raise InvalidArgumentError(
                f"sequences[{index}] holds {token}, whose probability the grammar cannot know; use "
                "a pipeline whose vocabulary holds every token, as one fitted on texts and on "
                "limit.vocabulary."
            )
        words = (self.pipeline.vocabulary[i] for i in ids[1:])
        return [word if word == "[END]" else word.strip().lower() for word in words]
