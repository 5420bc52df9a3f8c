"""Evaluation: what gensim counts, what is covered, and no NaN."""

import json

import numpy as np
import pytest

import glove
from glove.evaluation import AnalogyScore, Evaluation, PairScore, evaluate, shipped
from glove.vectors import keyed_vectors


def random_vectors(words, size=5):
    matrix = np.random.default_rng(0).normal(size=(len(words), size)).astype("float32")
    return keyed_vectors(list(words), matrix)


def words_of(name):
    text = shipped(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line[0] not in "#:"]
    return sorted({word for line in lines for word in line.split()[:4] if not word[0].isdigit()})


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# === The sets that come with gensim ===


def test_they_are_complete():
    evaluation = evaluate(random_vectors(["the"]))
    assert {name: score.pairs for name, score in evaluation.word_pairs.items()} == {
        "WordSim-353": 353,
        "SimLex-999": 999,
    }
    assert len(evaluation.analogies) == 14
    assert evaluation.semantic.questions == 8_869
    assert evaluation.syntactic.questions == 10_675
    assert evaluation.total.questions == 19_544


def test_word_pairs_are_correlated_as_gensim_does_it():
    words = words_of("wordsim353.tsv")[::2]
    vectors = random_vectors([word.lower() for word in words])
    score = evaluate(vectors, analogies=None).word_pairs["WordSim-353"]
    _, spearman, uncovered = vectors.evaluate_word_pairs(str(shipped("wordsim353.tsv")))
    assert score.rho == pytest.approx(spearman[0])
    assert score.covered == round(353 * (1 - uncovered / 100))
    assert 4 < score.covered < 353


def test_analogies_are_counted_by_section(tmp_path):
    lines = [": family", "man woman king queen", "woman man queen king", "man woman boy girl"]
    lines += [": gram1", "man woman king apple"]
    path = write(tmp_path / "questions.txt", "\n".join(lines))
    matrix = np.array([[1, 0], [0, 1], [1, 0.2], [0.2, 1], [-1, -1]], "float32")
    vectors = keyed_vectors(["man", "woman", "king", "Queen", "apple"], matrix)
    evaluation = evaluate(vectors, {}, analogies=path)
    assert evaluation.analogies["family"] == AnalogyScore(correct=2, covered=2, questions=3)
    assert evaluation.analogies["gram1"] == AnalogyScore(correct=0, covered=1, questions=1)
    assert (evaluation.semantic.correct, evaluation.syntactic.correct) == (2, 0)
    assert evaluation.total == AnalogyScore(correct=2, covered=3, questions=4)


# === Word pairs ===


def pair_file(path, similarities):
    """A set where the vectors of `vectors_on_a_circle` have these cosine similarities."""
    lines = [f"a\tb{n}\t{similarity}\n" for n, similarity in enumerate(similarities)]
    return write(path, "# one\tother\tscore\n\n" + "".join(lines))


def vectors_on_a_circle(count):
    angles = np.linspace(0, 3, count + 1)
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype("float32")
    return keyed_vectors(["a", *(f"b{n}" for n in range(count))], matrix)


def test_the_standard_error_is_that_of_bonett_and_wright(tmp_path):
    path = pair_file(tmp_path / "pairs.tsv", [9, 8, 6, 7, 5])  # one neighbouring pair exchanged
    score = evaluate(vectors_on_a_circle(5), {"five": path}, analogies=None).word_pairs["five"]
    assert score.rho == pytest.approx(0.9)
    assert score.standard_error == pytest.approx(((1 + 0.405) / 2) ** 0.5 * (1 - 0.81))


@pytest.mark.parametrize("covered", [0, 1, 3])
def test_too_few_pairs_are_called_so(tmp_path, covered):
    path = pair_file(tmp_path / "pairs.tsv", range(6))
    evaluation = evaluate(vectors_on_a_circle(covered), {"six": path}, analogies=None)
    assert evaluation.word_pairs["six"] == PairScore(None, None, covered, 6)
    assert "not enough pairs" in str(evaluation)
    assert "nan" not in f"{evaluation}{evaluation.to_json()}".lower()


def test_similarities_without_order_have_no_correlation(tmp_path):
    path = pair_file(tmp_path / "pairs.tsv", [5, 5, 5, 5])
    evaluation = evaluate(vectors_on_a_circle(4), {"four": path}, analogies=None)
    assert evaluation.word_pairs["four"] == PairScore(None, None, 4, 4)
    assert "all equal" in str(evaluation)


# === Showing ===


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(random_vectors(["good", "better", "bad", "worse", "[b]"]))


def test_json_has_what_the_table_has(evaluation):
    numbers = json.loads(evaluation.to_json())
    assert numbers == evaluation.as_dict()
    comparative = numbers["analogies"]["sections"]["gram3-comparative"]
    assert comparative["covered"] == 2 and comparative["questions"] == 1_332
    assert comparative["accuracy"] == comparative["correct"] / 2
    assert numbers["analogies"]["sections"]["family"]["accuracy"] is None
    assert numbers["analogies"]["total"]["covered"] == 2
    text = str(evaluation)
    assert "2 of 1,332" in text and "2 of 19,544" in text and "WordSim-353" in text


def test_what_was_not_asked_for_is_not_shown(tmp_path):
    path = pair_file(tmp_path / "pairs.tsv", range(6))
    evaluation = evaluate(vectors_on_a_circle(6), {"[b]": path}, analogies=None)
    assert "[b]" in str(evaluation) and "analogies" not in str(evaluation)
    assert evaluation.as_dict()["analogies"] is None


def test_a_bar_is_shown_if_asked_for(capsys):
    vectors = random_vectors(["good", "better", "bad", "worse"])
    evaluate(vectors, word_pairs={})
    assert capsys.readouterr().out == ""
    evaluate(vectors, word_pairs={}, progress=True)
    assert "analogies" in capsys.readouterr().out


# === Files that are refused ===


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cat\tdog\t7\ncat dog 7\n", r"pairs\.tsv, line 2: 'cat dog 7' is not two words and a"),
        ("cat\tdog\tseven\n", "line 1: .* is not two words and a number"),
        ("# nothing\n", r"pairs\.tsv has no word pairs"),
    ],
)
def test_a_file_that_holds_no_word_pairs(tmp_path, text, message):
    path = write(tmp_path / "pairs.tsv", text)
    with pytest.raises(glove.GloveFileError, match=message):
        evaluate(random_vectors(["a"]), {"mine": path})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (": one\na b c d\na b c\n", r"questions\.txt, line 3: 'a b c' is not a question"),
        ("a b c d\n", "line 1: .* below a line ': name'"),
        (": one\n: two\n", r"questions\.txt has no questions"),
        (": one\na b c d\n: one\n", "line 3: the section 'one' begins a second time"),
    ],
)
def test_a_file_that_holds_no_questions(tmp_path, text, message):
    path = write(tmp_path / "questions.txt", text)
    with pytest.raises(glove.GloveFileError, match=message):
        evaluate(random_vectors(["a"]), {}, analogies=path)


def test_a_file_in_another_encoding_or_none(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_bytes("cat\tdog\t7\ncafé\tbar\t3\n".encode("cp1252"))
    with pytest.raises(glove.GloveFileError, match=r"line 2: .* is not UTF-8"):
        evaluate(random_vectors(["a"]), {"mine": path})
    with pytest.raises(glove.GloveNotFoundError, match="does not exist"):
        evaluate(random_vectors(["a"]), {"mine": tmp_path / "missing.tsv"})


def test_words_whose_vectors_are_zeros_are_not_covered(tmp_path, caplog):
    words = [f"w{number}" for number in range(8)] + ["pad", "tiny"]
    matrix = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")
    with_zeros = matrix.copy()
    with_zeros[8], with_zeros[9] = 0, 1e-30
    pairs = "".join(f"w{n}\t{other}\t{n}\n" for n in range(7) for other in (f"w{n + 1}", "pad"))
    pairs_file = write(tmp_path / "pairs.tsv", pairs)
    questions = write(tmp_path / "questions.txt", ": a\nw1 w2 w3 w4\nw1 pad w3 w4\nw1 w2 w3 tiny\n")
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        found = evaluate(keyed_vectors(words, with_zeros), {"p": pairs_file}, questions)
        expected = evaluate(keyed_vectors(words[:8], matrix[:8]), {"p": pairs_file}, questions)
    assert found == expected
    assert found.word_pairs["p"].covered == 7 and found.total.covered == 1
    assert "2 of 10 vectors are all zeros" in caplog.text
