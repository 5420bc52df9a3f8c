"""Strings at which a text ends, looked for while it is being written."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlm_tf.checks import check_strings
from mlm_tf.errors import InvalidArgumentError


@dataclass(frozen=True)
class StopStrings:
    """A text ends right before the first of these strings.

    Args:
        strings: none of them empty.

    Raises:
        InvalidArgumentError: for an empty string, or what is no list of strings.

    Example:

    >>> stops = StopStrings(["###", "the end"])
    >>> stops.cut("a cat. the end of it")
    'a cat. '
    >>> stops.settled("a cat. the")  # "the" may be the beginning of "the end"
    'a cat. '
    """

    strings: Sequence[str]

    def __post_init__(self):
        strings = check_strings("stop_strings", self.strings)
        if "" in strings:
            raise InvalidArgumentError(
                "stop_strings holds an empty string, at which every text would end at once; leave "
                "it out."
            )
        object.__setattr__(self, "strings", tuple(strings))

    def are_in(self, text: str) -> bool:
        """Whether the text holds one of them."""
        return any(string in text for string in self.strings)

    def cut(self, text: str) -> str:
        """The text up to where the first of them begins, or all of it."""
        places = [text.index(string) for string in self.strings if string in text]
        return text[: min(places, default=len(text))]

    def settled(self, text: str) -> str:
        """The text without what may turn out to be the beginning of one of them."""
        for start in range(max(0, len(text) - self._longest + 1), len(text)):
            if any(string.startswith(text[start:]) for string in self.strings):
                return text[:start]
        return text

    @property
    def _longest(self) -> int:
        return max(map(len, self.strings), default=0)
