"""How a broken law is told: what `layers.testing` and `preprocessing.testing` are made of."""

from collections.abc import Iterator
from contextlib import contextmanager


class BrokenLawError(AssertionError):
    """A law is broken: by what, which law, and what happened."""


@contextmanager
def law(sentence: str, broken_by: str, **details) -> Iterator[None]:
    """Whatever goes wrong inside is reported as a breach of this law, or of one within it."""
    try:
        yield
    except BrokenLawError:
        raise
    except Exception as error:
        circumstances = "".join(f", {name}: {value}" for name, value in details.items())
        raise BrokenLawError(
            f"{broken_by} breaks the law {sentence!r}{circumstances}.\n"
            f"{type(error).__name__}: {error}"
        ) from error


def require(condition, message: str) -> None:
    if not condition:
        raise AssertionError(message)
