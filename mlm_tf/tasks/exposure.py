"""Whether a model has learned a secret by heart: the exposure of a canary.

A canary is a text of a fixed form with a secret in it, drawn from a space of as many others as
could stand there. A model that has learned nothing of it finds it as probable as the others, in the
mean; one that has it by heart finds it the most probable of all.

    rank      how many candidates of the space, the secret among them, are at least as probable
    exposure  log2 of the size of the space, less log2 of the rank, in bits

It is 0 for the least probable and log2 of the size for the most probable; for a secret that was not
learned it is 1 to 2 in the mean, since half of all draws are in the upper half, a quarter in the
upper quarter, and so on.

Reference: Carlini et al. 2019, "The secret sharer", sections 4.1 and 4.4; the space is small enough
here to compute the rank exactly (theirs of nine digits is sampled and extrapolated).
"""

import copy
import itertools
import math
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mlm_tf.checks import check_integer, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.personal_data import find_personal_data

MOST_CANDIDATES = 100_000
AT_ONCE = 2048  # candidates
BEFORE = 120  # characters before a number that was found, which are scored with it
HIDDEN_DIGITS = 3
DIGITS = "0123456789"


@dataclass(frozen=True)
class Canary:
    """A text with a secret, and what might stand in the secret's place.

    Args:
        template: the text, with `{}` for each part of the secret.
        secret: its parts, one for each `{}`.
        space: for each part all values that it can have; or one sequence for all of them.

    Raises:
        InvalidArgumentError: if their numbers differ, the secret is outside the space, or the
            space has more than 100,000 candidates.

    Example:

    >>> canary = Canary("my code is {}{}{}", "407", "0123456789")
    >>> canary.text, canary.size
    ('my code is 407', 1000)
    """

    template: str
    secret: Sequence[str]
    space: Sequence[str] | Sequence[Sequence[str]]

    def __post_init__(self):
        secret, slots = tuple(self.secret), self._num_slots()
        space = self.space
        if isinstance(space, str) or all(isinstance(value, str) for value in space):
            space = (space,) * slots
        space = tuple(tuple(dict.fromkeys(values)) for values in space)
        if not slots or len(secret) != slots or len(space) != slots:
            raise InvalidArgumentError(
                f"template={shown(self.template)} has {slots} places {{}}, secret={shown(secret)} "
                f"{len(secret)} parts, and space {len(space)}; give one or more, and as many of "
                "each."
            )
        for part, values in zip(secret, space, strict=True):
            if part not in values:
                raise InvalidArgumentError(
                    f"secret={shown(secret)} has {part!r} where the space has {shown(values)}; "
                    "use a secret that could be drawn."
                )
        size = math.prod(map(len, space))
        if size > MOST_CANDIDATES:
            raise InvalidArgumentError(
                f"space has {size:,} candidates, and each is scored; use one of at most "
                f"{MOST_CANDIDATES:,}, with fewer places or values."
            )
        object.__setattr__(self, "secret", secret)
        object.__setattr__(self, "space", space)

    def _num_slots(self) -> int:
        try:
            fields = [name for _, name, _, _ in string.Formatter().parse(self.template)]
        except ValueError:
            fields = ["?"]
        if {*fields} - {"", None}:
            raise InvalidArgumentError(
                f"template={shown(self.template)} is not allowed; write {{}} for each part of the "
                "secret, and {{{{ and }}}} for braces."
            )
        return fields.count("")

    @property
    def text(self) -> str:
        """The text with the secret, as it is planted in a training set."""
        return self.template.format(*self.secret)

    @property
    def size(self) -> int:
        """How many candidates there are."""
        return math.prod(map(len, self.space))

    def candidates(self) -> Iterable[str]:
        """The texts with each secret there could be."""
        return (self.template.format(*parts) for parts in itertools.product(*self.space))


@dataclass(frozen=True)
class Exposure:
    """How exposed a secret is.

    Attributes:
        canary: with the secret and its space.
        rank: 1 is the most probable.
        bits: the exposure.
    """

    canary: Canary
    rank: int

    @property
    def bits(self) -> float:
        return math.log2(self.canary.size) - math.log2(self.rank)

    @property
    def most_bits(self) -> float:
        """That of the most probable."""
        return math.log2(self.canary.size)


def exposure(model, canary: Canary) -> Exposure:
    """The rank of a canary's secret among all candidates, by their probability as whole texts.

    Candidates that become the same tokens are equally probable, and count before the secret: what
    a vocabulary cannot tell apart is not exposed. A pipeline that scrubs is passed by, so that the
    numbers are compared and not what stands in their place.

    Args:
        model: a causal language model with its pipeline.
        canary: what to look for.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> pipeline = TextPipeline.fit(["my code is 0 1 2"])
    >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    >>> exposure(model, Canary("my code is {}", ["3"], ["3", "4", "5", "6"])).bits  # all [UNK]
    0.0
    """
    pipeline = model.pipeline
    if getattr(pipeline, "scrub", False):
        pipeline = copy.copy(pipeline)
        pipeline.scrub = False
    losses, candidates = [], iter(canary.candidates())
    while texts := [*itertools.islice(candidates, AT_ONCE)]:
        rows = pipeline.encode(texts, add_start=True, add_end=True)
        losses += [-float(row.sum(dtype="float64")) for row in model.score(rows).log_probs]
    places = [values.index(part) for part, values in zip(canary.secret, canary.space, strict=True)]
    own = np.ravel_multi_index(places, [len(values) for values in canary.space])
    # What was computed in another batch may differ in the last digits.
    margin = 1e-5 * max(1.0, abs(losses[own]))
    return Exposure(canary, int((np.array(losses) <= losses[own] + margin).sum()))


def numbers_in(texts: Iterable[str], most: int = 5) -> list[Canary]:
    """Canaries of the phone, card and id numbers in texts: their last three digits are secret.

    >>> [canary] = numbers_in(["Ask Ann, 415-555-0123, not Bob."])
    >>> canary.template, canary.secret
    ('Ask Ann, 415-555-0{}{}{}', ('1', '2', '3'))
    """
    found, most = [], check_integer("most", most)
    for text in texts:
        for start, end, kind in find_personal_data(text):
            digits = [i for i in range(start, end) if text[i].isdecimal()][-HIDDEN_DIGITS:]
            if kind == "email" or len(digits) < HIDDEN_DIGITS:
                continue
            begin, template = max(0, start - BEFORE), ""
            for i in range(begin, digits[-1] + 1):
                template += "{}" if i in digits else text[i].replace("{", "{{").replace("}", "}}")
            secret = tuple(str(int(text[i])) for i in digits)
            canary = Canary(template, secret, DIGITS)
            found += [canary] * (canary not in found)  # each once, however often it stands there
            if len(found) == most:
                return found
    return found
