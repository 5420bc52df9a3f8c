"""Training: each half sweep solves its least-squares problem, so the cost can only fall."""

import itertools
import logging
import subprocess
import sys

import numpy as np
import pytest

import glove
from glove.training import Factorization, WeightedLogs, balance, solve_side


@pytest.fixture(scope="module")
def pairs():
    words = [f"w{number}" for number in range(40)]
    random = np.random.default_rng(1)
    # Zipf-like: early words are frequent.
    text = random.zipf(1.3, 6000)
    return glove.cooccurrence([[words[i] for i in text if i < 40]], min_count=1, window_size=3)


def penalised_cost(factorization, counts, x_max, alpha, regularization):
    """Eq. 8 with its ridge, cell by cell."""
    cells = counts.tocoo()
    w, c = factorization.words.astype(float), factorization.contexts.astype(float)
    total = regularization * ((w**2).sum() + (c**2).sum())
    for i, j, x in zip(cells.row, cells.col, cells.data, strict=True):
        error = w[i, :-1] @ c[j, :-1] + w[i, -1] + c[j, -1] - np.log(x)
        total += min(1.0, (x / x_max) ** alpha) * error**2
    return total


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_penalised_cost_falls_with_every_sweep(symmetric):
    text = np.random.default_rng(0).integers(0, 12, 400)
    pairs = glove.cooccurrence([[str(i) for i in text]], min_count=1, symmetric=symmetric)
    factorization = Factorization(pairs.counts, 4, 10.0, 0.75, 0.1, seed=0)
    costs = []
    for _ in range(5):
        list(factorization.sweep())
        costs.append(penalised_cost(factorization, pairs.counts, 10.0, 0.75, 0.1))
    assert all(later < earlier for earlier, later in itertools.pairwise(costs)), costs


def test_one_side_equals_numpys_direct_least_squares(pairs):
    random = np.random.default_rng(2)
    size, width, ridge = len(pairs.vocabulary), 6, 0.3
    fixed = random.normal(size=(size, width)).astype("float32")
    solved = np.zeros_like(fixed)
    cells = WeightedLogs.of(pairs.counts, 20.0, 0.75)
    list(solve_side(solved, fixed, cells, ridge))
    for row in range(size):
        line = pairs.counts[row].tocoo()
        root = np.sqrt(np.minimum(1, (line.data / 20.0) ** 0.75))
        features = np.column_stack([fixed[line.col, :-1], np.ones(line.nnz)])
        target = np.log(line.data) - fixed[line.col, -1]
        # A ridge is ordinary least squares with sqrt(lambda) I below the data and zeros to reach.
        design = np.vstack([features * root[:, None], np.sqrt(ridge) * np.eye(width)])
        goal = np.concatenate([target * root, np.zeros(width)])
        expected = np.linalg.lstsq(design, goal, rcond=None)[0]
        np.testing.assert_allclose(solved[row], expected, rtol=1e-3, atol=1e-4)


def test_a_ridge_lost_in_rounding_still_gives_finite_vectors(pairs):
    vectors = glove.train(
        pairs, vector_size=60, epochs=2, regularization=1e-12, progress=False
    ).vectors
    assert np.isfinite(vectors).all()


def test_the_yielded_squares_are_the_objective(pairs):
    factorization = Factorization(pairs.counts, 5, 100.0, 0.75, 0.1, seed=0)
    fixed = factorization.contexts.copy()
    cells = WeightedLogs.of(pairs.counts, 100.0, 0.75)
    squares = sum(s for _, s in solve_side(factorization.words, fixed, cells, 0.1))
    expected = penalised_cost(factorization, pairs.counts, 100.0, 0.75, 0.0)
    assert squares == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("size", [30, 4])  # 4 rows span less than 6 dimensions
def test_balancing_keeps_the_product_and_evens_the_sides(size):
    random = np.random.default_rng(3)
    words = random.normal(size=(size, 6)).astype("float32") * [9, 1, 1, 1, 1, 0.1]
    contexts = random.normal(size=(size, 6)).astype("float32")
    even_words, even_contexts = balance(words, contexts)
    np.testing.assert_allclose(even_words @ even_contexts.T, words @ contexts.T, atol=1e-3)
    gram = even_words.T @ even_words
    np.testing.assert_allclose(gram, even_contexts.T @ even_contexts, atol=1e-3)
    assert (even_words**2).sum() * 2 <= (words**2).sum() + (contexts**2).sum()


def test_batches_change_nothing(pairs, monkeypatch):
    whole = glove.train(pairs, vector_size=4, epochs=2, progress=False).vectors
    monkeypatch.setattr("glove.training._CELLS_PER_BATCH", 7)  # less than one row
    np.testing.assert_allclose(
        glove.train(pairs, vector_size=4, epochs=2, progress=False).vectors, whole, atol=1e-4
    )


def test_the_same_seed_gives_the_same_vectors(pairs):
    first, again, other = (
        glove.train(pairs, vector_size=5, seed=seed, progress=False).vectors for seed in (3, 3, 4)
    )
    assert (first == again).all()
    assert not np.allclose(first, other)
    assert first.dtype == np.float32


def test_words_used_alike_end_side_by_side():
    random = np.random.default_rng(0)
    animals, colours = ["cat", "dog", "cow"], ["red", "blue", "green"]
    sentences = []
    for _ in range(400):
        sentences.append(["the", random.choice(animals), "runs", "and", "eats"])
        sentences.append(["paint", "it", random.choice(colours), "or", "white"])
    pairs = glove.cooccurrence(sentences, min_count=1, window_size=4)
    vectors = glove.train(pairs, vector_size=4, progress=False)
    alike = [vectors.similarity("cat", "dog"), vectors.similarity("red", "blue")]
    unlike = [vectors.similarity("cat", "red"), vectors.similarity("dog", "blue")]
    assert min(alike) > max(unlike) + 0.2


def test_words_that_never_occur_have_no_vector():
    pairs = glove.cooccurrence([["a", "b"] * 5], vocabulary=["[PAD]", "a", "b"])
    assert glove.train(pairs, vector_size=2, progress=False).index_to_key == ["a", "b"]


def test_more_words_can_be_added_to_the_result(pairs):
    vectors = glove.train(pairs, vector_size=3, progress=False)
    vectors.add_vectors(["new"], np.ones((1, 3), "float32"))
    assert vectors["new"].tolist() == [1, 1, 1]
    assert vectors["w1"].tolist() != [1, 1, 1]


def test_control_c_keeps_the_vectors_so_far(pairs, monkeypatch, caplog):
    def interrupted(self):
        if self.sweeps == 1:
            raise KeyboardInterrupt
        yield from sweep(self)

    sweep = Factorization.sweep
    monkeypatch.setattr(Factorization, "sweep", interrupted)
    with caplog.at_level(logging.WARNING, logger="glove"):
        stopped = glove.train(pairs, vector_size=4, epochs=5, progress=False)
    monkeypatch.undo()
    one_sweep = glove.train(pairs, vector_size=4, epochs=1, progress=False)
    assert (stopped.vectors == one_sweep.vectors).all()
    assert "interrupted in sweep 2 of 5" in caplog.text


def test_the_bar_shows_the_cost(pairs, capsys):
    glove.train(pairs, vector_size=4, epochs=2, progress=True)
    assert "cost 0." in capsys.readouterr().out


def test_importing_glove_imports_nothing_of_mlm_tf():
    code = "import sys, glove; print([m for m in sys.modules if m.split('.')[0] in LATE])"
    late = "LATE = {'mlm_tf', 'keras', 'tensorflow', 'gensim', 'pyarrow'}; "
    result = subprocess.run(
        [sys.executable, "-c", late + code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        {"vector_size": 0},
        {"vector_size": 2.5},
        {"epochs": 0},
        {"x_max": 0.0},
        {"alpha": float("nan")},
        {"regularization": -0.1},
        {"regularization": "0.1"},
    ],
)
def test_bad_arguments_are_named_with_their_value(pairs, arguments):
    ((name, value),) = arguments.items()
    with pytest.raises(glove.GloveValueError, match=rf"{name}={value!r} must be"):
        glove.train(pairs, progress=False, **arguments)
