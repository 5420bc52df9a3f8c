"""Solutions are right, plausible wrong answers are told apart, an unsolved page is unanswered."""

import importlib.util
from pathlib import Path

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
