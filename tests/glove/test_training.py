"""Training: the cost falls by either solver, and what comes out are gensim's vectors."""

import logging
import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import glove
from glove.training import AdaGrad, Ridge

BOTH = pytest.mark.parametrize("solver", ["ridge", "adagrad"])


@BOTH
def test_the_same_seed_gives_the_same_vectors(pairs, solver):
    first, again, other = (
        glove.train(pairs, 5, solver=solver, epochs=3, seed=seed, progress=False).vectors
        for seed in (3, 3, 4)
    )
    assert (first == again).all()
    assert not np.allclose(first, other)
    assert first.dtype == np.float32


@BOTH
def test_it_computes_on_one_thread_which_waits_for_no_other(pairs, solver, monkeypatch):
    """Of NumPy and of SciPy, which has its own: with more, 75 s became of 3 beside a program."""
    solver_class = {"ridge": Ridge, "adagrad": AdaGrad}[solver]
    found, epoch = [], solver_class.epoch
    monkeypatch.setattr(
        solver_class, "epoch", lambda self: found.append(threads_of_blas()) or epoch(self)
    )
    with threadpool_limits(2, "blas"):
        glove.train(pairs, 5, solver=solver, epochs=1, progress=False)
        assert set(threads_of_blas()) == {2}
    assert set(found[0]) == {1}


def threads_of_blas() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.mark.parametrize(("solver", "epochs"), [("ridge", 4), ("adagrad", 400)])
def test_words_used_alike_end_side_by_side(solver, epochs):
    random = np.random.default_rng(0)
    animals, colours = ["cat", "dog", "cow"], ["red", "blue", "green"]
    sentences = []
    for _ in range(400):
        sentences.append(["the", random.choice(animals), "runs", "and", "eats"])
        sentences.append(["paint", "it", random.choice(colours), "or", "white"])
    pairs = glove.cooccurrence(sentences, min_count=1, window_size=4)
    vectors = glove.train(pairs, vector_size=4, solver=solver, epochs=epochs, progress=False)
    alike = [vectors.similarity("cat", "dog"), vectors.similarity("red", "blue")]
    unlike = [vectors.similarity("cat", "red"), vectors.similarity("dog", "blue")]
    assert min(alike) > max(unlike) + 0.2


def test_each_solver_has_its_own_number_of_epochs(pairs, caplog):
    with caplog.at_level(logging.INFO, logger="glove"):
        glove.train(pairs, vector_size=2, progress=False)
        glove.train(pairs, vector_size=2, solver="adagrad", progress=False)
    ends = [line for line in caplog.messages if "epoch 10 of 10" in line or "25 of 25" in line]
    assert len(ends) == 2


@BOTH
def test_words_that_never_occur_have_no_vector_and_are_counted(solver, caplog):
    pairs = glove.cooccurrence([["a", "b", "c"] * 5], vocabulary=["[PAD]", "a", "b", "c"])
    vectors = glove.train(pairs, vector_size=2, solver=solver, progress=False)
    assert vectors.index_to_key == ["a", "b", "c"]
    assert "1 of 4 words have no vector and are left out: 1 never stand near" in caplog.text


@BOTH
def test_a_word_that_only_ends_pairs_has_a_vector(solver):
    pairs = glove.cooccurrence([["a", "b", "c", "d"]] * 5, symmetric=False, min_count=1)
    vectors = glove.train(pairs, vector_size=2, solver=solver, progress=False)
    assert vectors.index_to_key == ["a", "b", "c", "d"]


# Names as they stand in a play: most have one kind of neighbour.
NAMES = [["DUKE", "VINCENTIO:"], ["DUKE", "OF", "YORK:"], ["MISTRESS", "OVERDONE:"]] * 20


@pytest.mark.parametrize(
    "options", [{}, {"epochs": 1}, {"epochs": 3}, {"vector_size": 60, "epochs": 2}]
)
@BOTH
def test_no_vector_is_so_short_that_it_points_nowhere(solver, options, caplog):
    play = _play()
    vectors = glove.train(play, solver=solver, progress=False, **options)
    lengths = np.linalg.norm(vectors.vectors.astype(float), axis=1)
    assert lengths.min() > 1e-3 * np.median(lengths)
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        found = glove.neighbours(vectors, "w1", top_n=len(vectors))
    assert np.isfinite([similarity for _, similarity in found]).all()
    left_out = len(play.vocabulary) - len(vectors)
    assert (f"{left_out} of {len(play.vocabulary)} words have no vector" in caplog.text) == (
        left_out > 0
    )
    if solver == "ridge":
        assert left_out >= 3 and "MISTRESS" not in vectors and "VINCENTIO:" not in vectors
        assert "have neighbours of one kind only" in caplog.text


def _play():
    words = [f"w{number}" for number in range(40)]
    text = np.random.default_rng(1).zipf(1.3, 6000)
    return glove.cooccurrence([[words[i] for i in text if i < 40], *NAMES], window_size=3)


def lines(*texts):
    return [text.split() for text in texts]


# What such texts say is how frequent each word is, and nothing about a direction.
@pytest.mark.parametrize(
    "sentences",
    [
        lines("to be"),
        lines("to be", "or not"),
        lines("a b c"),
        lines("red green blue", "one two three", "mon tue wed"),
        lines("a1 a2 a3", "b1 b2 b3", "c1 c2"),
    ],
)
@pytest.mark.parametrize("vector_size", [2, 50])
@pytest.mark.parametrize("times", [5, 100])
def test_a_text_in_which_no_word_has_two_kinds_of_neighbours_is_refused(
    sentences, vector_size, times
):
    pairs = glove.cooccurrence(sentences * times)
    with pytest.raises(glove.GloveValueError, match="none with neighbours of different kinds"):
        glove.train(pairs, vector_size=vector_size, progress=False)


@pytest.mark.parametrize("epochs", range(1, 11))
def test_on_the_way_to_nothing_no_vector_is_kept_that_is_hardly_anything(epochs, caplog):
    sentences = lines("red green blue", "one two three", "mon tue wed", "a b", "a b c") * 100
    pairs = glove.cooccurrence(sentences)
    try:
        vectors = glove.train(pairs, epochs=epochs, progress=False)
    except glove.GloveValueError:
        assert epochs > 5
    else:
        assert np.linalg.norm(vectors.vectors, axis=1).min() > 1e-3


def test_words_that_say_something_are_kept_beside_many_that_say_nothing(pairs, caplog):
    """As where a word list is appended to a text."""
    lists = lines(*(f"a{n} b{n} c{n}" for n in range(60))) * 20
    text = np.random.default_rng(1).zipf(1.3, 6000)
    both = glove.cooccurrence([[f"w{i - 1}" for i in text if i <= 40], *lists], window_size=3)
    vectors = glove.train(both, progress=False)
    assert {word[0] for word in vectors.index_to_key} == {"w"}
    assert "180 have neighbours of one kind only" in caplog.text


def test_a_ridge_that_leaves_no_vector_is_named(pairs):
    with pytest.raises(glove.GloveValueError, match="or a smaller regularization than 3"):
        glove.train(pairs, regularization=3, progress=False)


def test_more_words_can_be_added_to_the_result(pairs):
    vectors = glove.train(pairs, vector_size=3, progress=False)
    vectors.add_vectors(["new"], np.ones((1, 3), "float32"))
    assert vectors["new"].tolist() == [1, 1, 1]
    assert vectors["w1"].tolist() != [1, 1, 1]


@pytest.mark.parametrize(("solver", "kind"), [("ridge", Ridge), ("adagrad", AdaGrad)])
def test_control_c_keeps_the_vectors_so_far(
    pairs, interrupt_second_epoch, monkeypatch, caplog, solver, kind
):
    interrupt_second_epoch(kind)
    with caplog.at_level(logging.WARNING, logger="glove"):
        stopped = glove.train(pairs, 4, solver=solver, epochs=5, progress=False)
    monkeypatch.undo()
    one_epoch = glove.train(pairs, 4, solver=solver, epochs=1, progress=False)
    assert (stopped.vectors == one_epoch.vectors).all()
    assert "interrupted in epoch 2 of 5" in caplog.text


@BOTH
def test_the_bar_shows_the_cost(pairs, capsys, solver):
    glove.train(pairs, vector_size=4, solver=solver, epochs=2, progress=True)
    assert "cost 0." in capsys.readouterr().out


def test_an_eta_beyond_reason_is_told_and_gives_no_vectors(pairs):
    with pytest.raises(glove.GloveValueError, match="smaller eta"):
        glove.train(pairs, solver="adagrad", eta=1e38, progress=False)


def test_importing_glove_imports_nothing_of_mlm_tf():
    code = "import sys, glove; print([m for m in sys.modules if m.split('.')[0] in LATE])"
    late = "LATE = {'mlm_tf', 'keras', 'tensorflow', 'gensim', 'pyarrow'}; "
    result = subprocess.run(
        [sys.executable, "-c", late + code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
