"""Solutions are right, plausible wrong answers are told apart, an unsolved page is unanswered."""

import copy
import importlib.util
import io
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest

from mlm_tf import course
from mlm_tf.course.exercises import exercises_of
from mlm_tf.errors import InvalidArgumentError

SOLUTIONS = sorted(Path(__file__).resolve().parents[2].glob("notebooks/solutions/*.py"))


def load(path):
    spec = importlib.util.spec_from_file_location(f"solutions_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = {path.stem.partition("_")[0]: load(path) for path in SOLUTIONS}
RIGHT = [(number, answer) for page in PAGES.values() for number, answer in page.RIGHT.items()]
WRONG = [
    pytest.param(number, answer, id=f"{number}-{index}")
    for page in PAGES.values()
    for number, answers in page.WRONG.items()
    for index, answer in enumerate(answers)
]


@pytest.mark.parametrize("page", PAGES)
def test_every_exercise_has_a_solution_and_wrong_answers(page):
    assert exercises_of(page) == sorted(PAGES[page].RIGHT) == sorted(PAGES[page].WRONG)
    assert all(len(answers) >= 3 for answers in PAGES[page].WRONG.values())


@pytest.mark.parametrize(("number", "answer"), RIGHT, ids=[number for number, _ in RIGHT])
def test_a_solution_is_right(number, answer):
    assert str(course.judge(number, answer)) == f"{number} ✓ right · 正确"


@pytest.mark.parametrize(("number", "answer"), WRONG)
def test_a_wrong_answer_is_told_apart(number, answer):
    verdict = course.judge(number, answer)
    assert verdict.status == "wrong"
    assert verdict.hint.en and verdict.hint.zh
    page = PAGES[number.partition(".")[0]]
    solution = page.RIGHT[number]
    if not callable(solution) and number not in page.CHOICES:
        assert str(solution) not in f"{verdict.hint.en} {verdict.hint.zh}"


@pytest.mark.parametrize("number", [number for number, _ in RIGHT])
def test_no_answer_yet(number):
    assert course.judge(number, ...).status == "unanswered"


def test_what_is_printed(capsys):
    course.check("05.3", lambda q, k, v: ...)
    course.check("05.1", "second")
    printed = capsys.readouterr().out
    assert printed.startswith("05.3 · not answered yet · 尚未作答\n05.1 ✗ a score is")
    assert printed.count("\n") == 3


@pytest.mark.parametrize("number", ["05.99", "77.1", 5, "05"])
def test_an_exercise_that_there_is_not(number):
    with pytest.raises(InvalidArgumentError, match="; use "):
        course.check(number, 1)


@pytest.mark.parametrize("answer", [[1, [...]], {"bits": ...}, np.array([..., 1], object), {...}])
def test_an_answer_with_a_blank_in_it_is_none_yet(answer):
    assert course.judge("02.3", answer).status == "unanswered"


@pytest.mark.parametrize(("number", "answer"), RIGHT, ids=[number for number, _ in RIGHT])
def test_a_right_answer_is_right_in_other_forms(number, answer):
    if isinstance(answer, str):
        forms = [answer.upper(), f" {answer} ", np.str_(answer)]
    elif isinstance(answer, (int, float)):
        forms = [np.float64(answer), np.array(answer), Decimal(str(answer)), Fraction(answer)]
        forms += [np.array([answer]), str(answer), f" {answer:,} "]
    elif isinstance(answer, (list, tuple)):
        forms = [list(answer), tuple(answer), np.array(answer)]
    else:
        forms = [lambda *arguments: answer(*arguments)] if not isinstance(answer, type) else []
    assert [course.judge(number, form).status for form in forms] == ["right"] * len(forms)


def test_a_rounded_probability_is_right():
    assert course.judge("02.2", 0.133).status == "right"
    assert course.judge("02.2", 0.14).status == "wrong"


@pytest.mark.parametrize("answer", [np.ma.masked, np.array([]), np.nan, [], object()])
@pytest.mark.parametrize("number", [number for number, _ in RIGHT])
def test_what_compares_oddly_is_not_right(number, answer):
    assert course.judge(number, answer).status == "wrong"


FUNCTIONS = {
    number for number, answer in RIGHT if callable(answer) and not isinstance(answer, type)
}
LEAVES_ALONE = {"09.3", "09.5"}  # it is part of the exercise to leave the arrays as they are


@pytest.mark.parametrize("number", sorted(FUNCTIONS))
def test_what_an_answer_does_to_its_arrays_in_place_is_no_matter(number):
    """All of them 0, given and returned: no judge may compare with what it gave."""
    right = dict(RIGHT)[number]

    def clears(*arguments):
        result = copy.deepcopy(right(*arguments))  # of views too
        for array in [a for a in arguments if isinstance(a, np.ndarray)]:
            array[...] = 0
        return result

    def gives_nothing_but_zeros(*arguments):
        return keras.tree.map_structure(lambda part: 0 * part, clears(*arguments))

    verdict = course.judge(number, clears)
    assert verdict.status == ("wrong" if number in LEAVES_ALONE else "right")
    assert course.judge(number, gives_nothing_but_zeros).status == "wrong"


class MuteError(Exception):
    def __str__(self):
        raise ValueError


def mute(*arguments):
    raise MuteError


def leaves(*arguments):
    sys.exit(1)


def says_half_a_character(*arguments):
    raise ValueError("\ud800")


RING = []
RING.append(RING)


@pytest.mark.parametrize("answer", [mute, leaves, says_half_a_character, RING])
def test_nothing_is_raised_for_an_answer(answer, capsys):
    course.check("05.3", answer)
    assert capsys.readouterr().out.startswith("05.3 ✗ looking at it ended in ")


def test_a_function_that_forgets_one_return_is_not_unwritten():
    given = []

    def forgets(q, k, v):
        given.append(q)
        return PAGES["05"].RIGHT["05.3"](q, k, v) if len(given) == 1 else None

    verdict = course.judge("05.3", forgets)
    assert verdict.status == "wrong" and "return" in verdict.hint.en
    assert course.judge("05.3", lambda q, k, v: None).status == "unanswered"


def test_an_output_without_the_sign_gets_the_verdict(monkeypatch):
    output = io.TextIOWrapper(io.BytesIO(), encoding="gbk")
    monkeypatch.setattr(sys, "stdout", output)
    course.check("05.1", "first")
    output.flush()
    assert output.buffer.getvalue().decode("gbk") == "05.1 ? right · 正确\n"
