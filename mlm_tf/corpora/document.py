"""Documents: what every corpus is made of."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mlm_tf.checks import check_integer, check_number
from mlm_tf.errors import EmptyCorpusError

STRETCHES = 20  # of a document that is too large to be set aside


@dataclass(frozen=True)
class Document:
    """A text with its sentence boundaries kept.

    Attributes:
        title: what it is called.
        sentences: all of them.
        lead_length: how many of the first sentences sum up the rest, as those of an encyclopedia do
            that stand before its first heading; 0 where that is not known.

    >>> Document("Cats", ("A cat sat.", "It slept.")).text
    'A cat sat.\\nIt slept.'
    """

    title: str
    sentences: tuple[str, ...]
    lead_length: int = field(default=0, repr=False, kw_only=True)

    @property
    def text(self) -> str:
        """The sentences, one a line."""
        return "\n".join(self.sentences)

    @property
    def lead(self) -> tuple[str, ...]:
        """The sentences that sum up the rest.

        >>> Document("Cats", ("Cats purr.", "A cat sat.", "It slept."), lead_length=1).lead
        ('Cats purr.',)
        """
        return self.sentences[: self.lead_length]

    @property
    def body(self) -> tuple[str, ...]:
        """The sentences after the lead."""
        return self.sentences[self.lead_length :]


def sentences(documents: Sequence[Document]) -> list[str]:
    """All sentences of all documents, in order.

    >>> sentences([Document("a", ("One.", "Two.")), Document("b", ("Three.",))])
    ['One.', 'Two.', 'Three.']
    """
    return [sentence for document in documents for sentence in document.sentences]


def split(
    documents: Sequence[Document], validation_fraction: float = 0.1, seed: int = 0
) -> tuple[list[Document], list[Document]]:
    """Set whole documents aside for validation.

    Sentences of one document resemble each other; split by sentence, a model would be tested on
    text it has half seen. Documents are drawn in an order that the seed decides, until they hold
    at least the fraction of all sentences asked for; both parts keep the order of `documents`.

    A document that holds more than half of all sentences, for instance a file without a blank
    line, cannot be set aside nor be done without. It is cut into stretches of sentences first,
    twenty if it has so many, and these are drawn like documents.

    Returns:
        `(training, validation)`, neither without a sentence. Documents that hold none are in the
        first.

    Raises:
        EmptyCorpusError: if there are fewer than two sentences.
        InvalidArgumentError: if the fraction is not between 0 and 1, or the seed no integer >= 0.

    Example:

    >>> documents = [Document(str(i), ("A.", "B.")) for i in range(10)]
    >>> training, validation = split(documents, validation_fraction=0.2)
    >>> len(training), len(validation)
    (8, 2)
    """
    check_number("validation_fraction", validation_fraction, above=0, below=1)
    check_integer("seed", seed, least=0)
    total = sum(len(d.sentences) for d in documents)
    if total < 2:
        raise EmptyCorpusError(
            f"documents holds {total} sentences, and a split needs at least 2; use more text."
        )
    documents = [
        part for d in documents for part in (_cut(d) if len(d.sentences) * 2 > total else [d])
    ]
    sizes = [len(d.sentences) for d in documents]
    usable = sum(size > 0 for size in sizes)
    wanted, chosen, held = validation_fraction * sum(sizes), set(), 0
    for index in np.random.default_rng(seed).permutation(len(sizes)).tolist():
        if held >= wanted or len(chosen) == usable - 1:
            break
        if sizes[index] > 0:
            chosen.add(index)
            held += sizes[index]
    training = [d for i, d in enumerate(documents) if i not in chosen]
    return training, [d for i, d in enumerate(documents) if i in chosen]


def _cut(document: Document) -> list[Document]:
    """Stretches of a document, of nearly the same number of sentences."""
    size = len(document.sentences)
    count = min(STRETCHES, size)
    edges = [size * number // count for number in range(count + 1)]
    return [
        Document(f"{document.title}, part {number}", document.sentences[start:end])
        for number, (start, end) in enumerate(itertools.pairwise(edges), start=1)
    ]
