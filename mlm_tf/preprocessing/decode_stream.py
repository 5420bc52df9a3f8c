"""Text from ids as they come."""

import collections
import itertools
from collections.abc import Sequence

import numpy as np

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.batches import Limit


class DecodeStream:
    """Writes ids step by step, each of them once: joined, the steps are what `decode` writes.

    Nothing that was written changes, whatever ids follow, and of a character no part is written.

    Args:
        pipeline: whose ids they are.

    Example:

    >>> from mlm_tf import TextPipeline
    >>> pipeline = TextPipeline.fit(["Hello, world! 猫"], level="character")
    >>> [ids] = pipeline.encode(["o 😀!"])
    >>> stream = pipeline.decode_stream()
    >>> [stream.step([i]) for i in ids]
    ['', 'o', ' ', '', '', '', '😀', '!', '']
    """

    def __init__(self, pipeline):
        self._size = pipeline.vocabulary_size
        self._special = {*pipeline.special_tokens.values()} - {pipeline.unk_id}
        self._ids = collections.deque()
        self._pieces = pipeline.pieces(iter(self._ids.popleft, None))  # takes what `step` puts in

    def step(self, token_ids: Sequence[int]) -> str:
        """What the next ids, `(tokens,)`, add to the text.

        Raises:
            InvalidArgumentError: for an id outside the vocabulary, or what is no id.
        """
        ids = check_ids(token_ids, self._size).tolist()
        written = [i for i in ids if i not in self._special]
        self._ids.extend(written)
        return "".join(itertools.islice(self._pieces, len(written)))


def check_ids(token_ids, vocabulary_size: int) -> np.ndarray:
    """One sequence of ids of a vocabulary, `(tokens,)`."""
    try:
        ids = np.asarray(token_ids)
    except ValueError:  # rows beside ids
        ids = np.asarray(None)
    if ids.ndim == 0 or (ids.size and ids.dtype.kind not in "iu"):
        raise InvalidArgumentError(
            f"token_ids={shown(token_ids)} is not allowed; use integers, one sequence or a "
            "list of sequences."
        )
    remedy, owner = "use the pipeline that encoded", "this pipeline"
    limit = Limit("token_ids", vocabulary_size, remedy=remedy, owner=owner)
    wrong = ids[limit.wrong(ids)]
    if len(wrong):
        raise limit.error(wrong[0])
    return ids
