"""Sentences taken out of a text: the best, in its order, none twice, and no text is too odd."""

import numpy as np
import pytest

from mlm_tf.errors import InvalidArgumentError, MissingFileError
from mlm_tf.tasks.extraction import METHODS, Sentence, WordWeights, extract, filled, sentences_of
from mlm_tf.tasks.keywords import page_rank
from mlm_tf.tasks.rouge import cut, words_of
from mlm_tf.tasks.sentiment import Sentiment
from mlm_tf.tasks.topics import Topics

TEXT = (
    "It was a cold morning in May. "
    "The bank raised the rate of its loans. "
    "A dog barked at the postman. "
    "Loans of the bank cost more when the rate rises. "
    "Rain fell on the roof."
)
CHINESE = (
    "五月的早晨很冷。银行提高了贷款利率。小狗对着邮递员叫。"
    "利率上升，银行的贷款就更贵。屋顶上下着雨。"
)
SAME = ["cat dog", "cat dog bird", "tree", "cat bird", "tree dog"]


def texts_of(sentences):
    return [sentence.text for sentence in sentences]


# === Scores ===


def test_the_centroid_is_the_cosine_with_the_whole_text_by_hand():
    words = [["cat", "dog"], ["cat", "cat", "bird"], ["tree"]]
    weights = WordWeights(words)
    idf = {"cat": np.log2(3 / 2), "dog": np.log2(3), "bird": np.log2(3), "tree": np.log2(3)}
    rows = np.array([[idf[w] * row.count(w) for w in weights.words] for row in words])
    whole = rows.sum(axis=0)
    cosines = rows @ whole / np.linalg.norm(rows, axis=1) / np.linalg.norm(whole)
    np.testing.assert_allclose(weights.centroid_scores(), cosines, rtol=1e-5)


def test_with_vectors_the_centroid_is_formula_4_1():
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(2)
    vectors.add_vectors(["cat", "dog", "tree"], [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    words = [["cat", "dog"], ["cat", "fish"], ["tree"]]  # no vector for the fish
    weights = WordWeights(words)
    table = {"cat": [1, 0], "dog": [0.6, 0.8], "tree": [0, 1]}
    dense = weights.weights.toarray()
    known = [place for place, word in enumerate(weights.words) if word in table]
    means = [
        sum(row[i] * np.array(table[weights.words[i]]) for i in known) / row[known].sum()
        for row in [*dense, dense.sum(axis=0)]
    ]
    lengths = np.linalg.norm(means, axis=1)
    expected = [m @ means[-1] / n / lengths[-1] for m, n in zip(means, lengths, strict=True)][:-1]
    np.testing.assert_allclose(weights.centroid_scores(vectors), expected, rtol=1e-5)


def test_a_text_of_which_no_word_has_a_vector_is_no_trouble_to_the_others():
    """One Chinese text among many ended all of them."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(2)
    vectors.add_vectors(["cat", "dog", "tree"], [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    texts = ["A cat sat. A tree fell. A dog ran.", CHINESE, "Birds fly. Fish swim. Birds and fish."]
    found = extract(texts, num_sentences=1, vectors=vectors)
    assert found[0] == extract(texts[0], num_sentences=1, vectors=vectors)
    assert found[1:] == extract(texts[1:], num_sentences=1)
    with pytest.raises(InvalidArgumentError, match="have no word in common"):
        extract(texts[1:], vectors=vectors)  # of another language, or in another case
    with pytest.raises(InvalidArgumentError, match="vectors is of type int"):
        WordWeights([["cat"]]).centroid_scores(5)


def test_vectors_that_are_not_there_are_an_error_of_this_package(tmp_path):
    for vectors in ("none", tmp_path / "none.txt"):
        with pytest.raises(MissingFileError, match="none"):
            extract(TEXT, vectors=vectors)
        with pytest.raises(MissingFileError, match="none"):
            Topics(vectors=str(vectors), num_topics=1).fit(texts_of(extract(TEXT)))
    with pytest.raises(MissingFileError, match="none"):
        Sentiment(vectors="none", epochs=1).fit(SAME, ["a", "b", "a", "b", "a"])


def test_the_graph_is_the_walk_over_all_cosines_that_never_stand_in_a_matrix():
    weights = WordWeights([sentence.split() for sentence in SAME])
    cosines = (weights.tfidf @ weights.tfidf.T).toarray()
    np.fill_diagonal(cosines, 0)
    expected = page_rank(lambda spread: cosines @ spread, cosines.sum(axis=0))
    found = weights.graph_scores()
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.sum() == pytest.approx(1)
    walk = 0.15 / 5 + 0.85 * cosines / cosines.sum(axis=0)  # columns sum to 1
    values, vectors = np.linalg.eig(walk)
    best = np.real(vectors[:, np.argmax(np.real(values))])
    np.testing.assert_allclose(found, best / best.sum(), atol=1e-5)


def test_scores_tell_sentences_apart():
    """sumy 22 and 26: each sentence had the same score, since the walk ended after one step."""
    assert np.ptp(WordWeights([s.split() for s in SAME]).graph_scores()) > 0.02


def test_sentences_that_share_no_word_are_equal():
    """lexRankr 2: without an edge there was an error."""
    weights = WordWeights([["cat"], ["dog"], ["bird"]])
    np.testing.assert_allclose(weights.graph_scores(), 1 / 3)
    assert texts_of(extract("A cat. A dog. A bird.", "graph", 2)) == ["A cat.", "A dog."]


# === What is taken ===


@pytest.mark.parametrize("method", ["centroid", "graph"])
@pytest.mark.parametrize("text", [TEXT, CHINESE])
def test_the_subject_of_a_text_is_found_in_english_and_chinese(method, text):
    assert {s.place for s in extract(text, method, 2)} == {1, 3}


def test_sentences_come_in_the_order_of_the_text_with_their_places_and_scores():
    found = extract(TEXT, "graph", 3)
    places = [sentence.place for sentence in found]
    assert places == sorted(places) and len(found) == 3
    assert all(isinstance(s, Sentence) and s.text == sentences_of(TEXT)[s.place] for s in found)
    best = max(found, key=lambda s: s.score)
    assert extract(TEXT, "graph", 1) == [best]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("method", METHODS)
def test_so_many_sentences_as_asked_for(method, number):
    """bert-extractive-summarizer 29, 78 and 89: one more or one less."""
    assert len(extract(TEXT, method, number)) == number


@pytest.mark.parametrize("method", METHODS)
def test_of_a_text_with_fewer_sentences_all_are_taken(method):
    assert texts_of(extract("A cat sat. A dog came.", method, 7)) == ["A cat sat.", "A dog came."]
    assert texts_of(extract("One cat.", method)) == ["One cat."]  # gensim 387 and 851, summa 2


def test_what_was_said_is_not_said_again():
    text = "The bank raised the rate of loans. The bank raised the rate of its loans. A dog ran."
    assert [s.place for s in extract(text, "graph", 2)] == [0, 2]
    assert len(extract(text, "graph", 3)) == 3  # there are no others
    assert texts_of(extract("A cat ran. " * 9 + "A dog sat.", "graph", 3)) == [
        "A cat ran.",
        "A dog sat.",
    ]


def test_the_first_and_the_drawn_are_taken_as_they_come():
    assert [s.place for s in extract(TEXT, "lead", 2)] == [0, 1]
    draws = {tuple(s.place for s in extract(TEXT, "random", 2, seed=seed)) for seed in range(20)}
    assert len(draws) > 5
    assert extract(TEXT, "random", 2, seed=4) == extract(TEXT, "random", 2, seed=4)


def test_so_many_words_at_most():
    for words in range(1, 40):
        found = extract(TEXT, "graph", max_words=words)
        assert 0 < sum(len(words_of(s.text)) for s in found) <= words
    [best] = texts_of(extract(TEXT, "graph", 1))
    assert texts_of(extract(TEXT, "graph", max_words=3)) == [cut(best, 3)]  # none has room
    assert len(extract(TEXT, "centroid", max_words=1000)) == 5
    assert sum(len(words_of(s.text)) for s in extract(CHINESE, max_words=20)) <= 20


def test_to_be_measured_a_summary_reaches_its_length():
    sentences = sentences_of(TEXT)
    for method in METHODS:
        for number in (1, 8, 15):
            [found] = filled([sentences], method, [number])
            assert number <= len(words_of(found)) < number + 11


# === Odd texts ===


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("text", ["", " \n\n ", "\t"])
def test_an_empty_text_has_no_sentence(method, text):
    """sumy 25, gensim 1597: it was an error."""
    assert extract(text, method) == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("text", ["1. 2! 3?", "It is. We were. They had been.", "!!! ??? ..."])
def test_a_text_without_a_word_to_go_by_has_its_first_sentences(method, text):
    """pytextrank 67: a vector of zeros was divided by its length."""
    found = extract(text, method, 2)
    assert found and (method == "random" or found[0].place == 0)
    assert np.isfinite([s.score for s in found]).all()


def test_a_text_whose_sentences_are_not_told_apart_is_given_back():
    """summa 28: without a space behind the full stop nothing came back."""
    text = "summaries of a text.and more of it without a stop"
    assert texts_of(extract(text, "graph")) == [text]


def test_capitals_are_words():
    """sumy 25: nothing was left of a text in capitals."""
    assert [s.place for s in extract(TEXT.upper(), "graph", 2)] == [1, 3]


def test_a_hard_wrapped_text_has_whole_sentences():
    """gensim 1531 and 1575, summa 46: a line was taken for a sentence."""
    words = (TEXT + " ") * 3
    lines, line = [], ""
    for word in words.split():
        if len(line) + len(word) > 60:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    assert sentences_of("\n".join([*lines, line])) == sentences_of(words)


def test_texts_in_two_languages_are_each_cut_by_their_own():
    both = extract([TEXT, CHINESE, ""], "graph", 2)
    assert both == [extract(TEXT, "graph", 2), extract(CHINESE, "graph", 2), []]
    places = {s.place for s in extract(f"{TEXT} {CHINESE}", "graph", 4)}
    assert {1, 6} <= places  # what both banks do


@pytest.mark.parametrize("method", ["centroid", "graph"])
def test_a_document_of_a_million_words_is_summed_up(method):
    """Of all pairs of its sentences a matrix of 40 GB would be made."""
    draw = np.random.default_rng(0)
    words = [f"w{number}" for number in range(5000)]
    chosen = draw.choice(
        words, (100_000, 10), p=1 / np.arange(1, 5001) / np.sum(1 / np.arange(1, 5001))
    )
    text = " ".join(f"{' '.join(row).capitalize()}." for row in chosen)
    assert len(extract(text, method)) == 3


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"method": "best"}, "method='best'"),
        ({"num_sentences": 0}, "num_sentences=0"),
        ({"max_words": -1}, "max_words=-1"),
        ({"texts": [1]}, "texts"),
    ],
)
def test_what_is_refused(settings, sentence):
    with pytest.raises((InvalidArgumentError, TypeError), match=sentence):
        extract(**{"texts": TEXT, **settings})
