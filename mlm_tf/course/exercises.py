"""What an exercise is, and what is said of an answer: in both languages, since one page of code
serves both."""

import importlib
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from mlm_tf.checks import check_choice, shown
from mlm_tf.errors import InvalidArgumentError

NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?(e[+-]?\d+)?")  # in quotes
_judges: dict[str, Callable] = {}
_gave: list[Callable] = []  # the reader's functions that have given something in this judgement


class Hint(NamedTuple):
    """What is off with an answer, without the answer itself.

    Attributes:
        en: in English.
        zh: in Chinese.
    """

    en: str
    zh: str


OTHER_ARGUMENTS = Hint(
    "right for one choice of arguments, but not for others: is each of them used?",
    "对一组参数正确，换一组就不对：每个参数都用上了吗？",
)


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
    _gave.clear()
    try:
        if _has_blank(answer):
            return Verdict(number, "unanswered")
        hint = _judges[number](_plain(answer))
    except UnansweredError:
        return Verdict(number, "unanswered")
    except _GivesNothingError:
        hint = Hint(
            "for one of the inputs it gives nothing: does every way through it end in a return?",
            "对其中一个输入，它什么也没有返回：每条分支都以 return 结束吗？",
        )
    except (Exception, SystemExit) as error:  # an answer of another kind, a function that fails
        said = _said(error)
        hint = Hint(
            f"looking at it ended in {type(error).__name__}: {said}",
            f"检查这个答案时出错，{type(error).__name__}：{said}",
        )
    return Verdict(number, "right" if hint is None else "wrong", hint)


def check(number: str, answer) -> None:
    """Print the verdict on an answer; see `judge`.

    Where the output has no such sign, as a Chinese Windows pipe has no ✓, it writes a question
    mark.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(str(judge(number, answer)).encode(encoding, "replace").decode(encoding))


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


class _GivesNothingError(Exception):
    """A function that has given something, and nothing for another input."""


def call(answer: Callable, *arguments, given: bool = False):
    """What a reader's function gives; nothing at all means that it is not written yet.

    Args:
        answer: the function.
        arguments: its arguments; of arrays it gets copies, so that what it does to them in place is
            no matter to the judge.
        given: it gets the arrays themselves, since the exercise is to leave them alone.
    """
    if not given:
        arguments = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    result = answer(*arguments)
    if result is None or _has_blank(result):
        raise _GivesNothingError if answer in _gave else UnansweredError
    _gave.append(answer)
    return result


def chosen(answer, choices: Sequence[str]) -> str | None:
    """Which of the choices an answer is, in small letters or large ones; else `None`.

    >>> chosen(" Second", ("first", "second")), chosen("third", ("first", "second"))
    ('second', None)
    """
    answer = f"{answer:g}" if isinstance(answer, (int, float)) else answer
    meant = " ".join(answer.split()).casefold() if isinstance(answer, str) else None
    return next((choice for choice in choices if choice.casefold() == meant), None)


def no_block_class(answer) -> Hint | None:
    """What is off with an answer that should be a class of `Block`, if it is none."""
    from mlm_tf.layers import Block

    if not (isinstance(answer, type) and issubclass(answer, Block)):
        return Hint("give the class itself, not a layer made of it", "请给出类本身，而不是它的实例")
    return None


def broken_law(make: Callable) -> Hint | None:
    """The law of blocks that the reader's breaks, which is right without padding; if there is one.

    Args:
        make: a function that makes the block.
    """
    from mlm_tf.layers.testing import check_block

    try:
        check_block(make)
    except AssertionError as error:
        law = str(error).splitlines()[0]
        return Hint(
            f"without padding it is right; a law of blocks is broken: {law}",
            f"没有填充时结果正确，但违反了块的一条定律：{law}",
        )
    return None


def _has_blank(answer) -> bool:
    """Whether a `...` is left in an answer, however deep.

    >>> _has_blank([1, (2, ...)]), _has_blank([1, 2])
    (True, False)
    """
    if isinstance(answer, np.ndarray) and answer.dtype == object:
        answer = answer.tolist()
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, (list, tuple, set, frozenset)):
        return any(map(_has_blank, answer))
    return answer is ...


def _plain(answer):
    """A single number as Python's own, an array of nothing as a list: what `==` is plain with.

    >>> _plain(np.float32(0.5)), _plain(Fraction(1, 2)), _plain("8,000"), _plain(np.array([]))
    (0.5, 0.5, 8000.0, [])
    """
    if isinstance(answer, str) and NUMBER.fullmatch(answer.strip()):
        return float(answer.replace(",", ""))
    if isinstance(answer, (Fraction, Decimal)):
        return float(answer)
    if isinstance(answer, (np.ndarray, np.generic)):
        return answer.item() if answer.size == 1 else answer if answer.size else []
    return answer


def _said(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())[:200]
    except Exception:  # it cannot say what it is
        return ""
