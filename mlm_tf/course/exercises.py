"""What an exercise is, and what is said of an answer: in both languages, since one page of code
serves both."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from mlm_tf.checks import check_choice, shown
from mlm_tf.errors import InvalidArgumentError

_judges: dict[str, Callable] = {}


class Hint(NamedTuple):
    """What is off with an answer, without the answer itself.

    Attributes:
        en: in English.
        zh: in Chinese.
    """

    en: str
    zh: str


@dataclass(frozen=True)
class Verdict:
    """What is said of one answer.

    Attributes:
        number: the exercise, as `"05.2"`.
        status: `"right"`, `"wrong"` or `"unanswered"`.
        hint: what is off, with a wrong one.
    """

    number: str
    status: str
    hint: Hint | None = None

    def __str__(self):
        if self.status == "right":
            return f"{self.number} ✓ right · 正确"
        if self.status == "unanswered":
            return f"{self.number} · not answered yet · 尚未作答"
        return f"{self.number} ✗ {self.hint.en}\n       {self.hint.zh}"


def exercise(number: str) -> Callable:
    """Make a function the judge of an exercise: it takes an answer, and returns `None` if that is
    right, else a `Hint`. It stands in `mlm_tf/course/page_NN.py`, NN being the page's number."""

    def register(judge: Callable) -> Callable:
        if number in _judges and _judges[number].__qualname__ != judge.__qualname__:
            raise InvalidArgumentError(
                f"Exercise {number!r} is judged by {_judges[number].__qualname__} already; give "
                "this one another number."
            )
        _judges[number] = judge
        return judge

    return register


def judge(number: str, answer) -> Verdict:
    """The verdict on an answer; whatever the answer is, nothing is raised for it.

    Args:
        number: the exercise, as `"05.2"`.
        answer: the reader's; `...` where there is none yet.

    Raises:
        InvalidArgumentError: for an exercise that there is not.
    """
    check_choice("number", number, exercises_of(str(number).partition(".")[0]))
    if answer is ... or (isinstance(answer, (list, tuple)) and any(part is ... for part in answer)):
        return Verdict(number, "unanswered")
    try:
        hint = _judges[number](answer)
    except UnansweredError:
        return Verdict(number, "unanswered")
    except Exception as error:  # an answer of another kind, or a function that fails
        said = " ".join(str(error).split())[:200]
        hint = Hint(
            f"looking at it ended in {type(error).__name__}: {said}",
            f"检查这个答案时出错，{type(error).__name__}：{said}",
        )
    return Verdict(number, "right" if hint is None else "wrong", hint)


def check(number: str, answer) -> None:
    """Print the verdict on an answer; see `judge`."""
    print(judge(number, answer))


def exercises_of(page: str) -> list[str]:
    """The exercises of a page, in order.

    >>> exercises_of("05")[0]
    '05.1'
    """
    try:
        importlib.import_module(f"mlm_tf.course.page_{page}")
    except ModuleNotFoundError as error:
        if error.name != f"mlm_tf.course.page_{page}":
            raise
        raise InvalidArgumentError(
            f"There is no page {shown(page)} with exercises; use a number as '05.2'."
        ) from None
    return sorted(number for number in _judges if number.startswith(f"{page}."))


class UnansweredError(Exception):
    """A function whose body the reader has not written yet."""


def call(answer: Callable, *arguments):
    """What a reader's function gives; nothing at all means that it is not written yet."""
    if (result := answer(*arguments)) is None or result is ...:
        raise UnansweredError
    return result
