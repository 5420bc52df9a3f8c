"""Topics, keywords, likeness: by hand or by another library the same, and no text is too odd."""

import json
import logging
import subprocess
import sys

import numpy as np
import pytest

from mlm_tf import cli
from mlm_tf.errors import (
    EmptyCorpusError,
    InvalidArgumentError,
    InvalidFileError,
    MissingFileError,
)
from mlm_tf.layers import TfidfPooling
from mlm_tf.tasks import applications
from mlm_tf.tasks.keywords import keyword_scores, textrank_scores
from mlm_tf.tasks.likeness import first_component, weighted_means, without_component
from mlm_tf.tasks.terms import Terms, cosines
from mlm_tf.tasks.topic_models import METHODS, TopicModel
from mlm_tf.tasks.topics import LIKENESS, Neighbour, Topic, Topics, hold_out
from mlm_tf.tasks.topics_table import coherence, halves_found

PETS = [
    "The cat chased the mouse. The mouse hid from the cat.",
    "A dog barked at the cat. The cat hissed at the dog.",
    "The dog chased a mouse into the kennel. The kennel was small.",
    "A mouse and a cat slept near the dog. The kennel was warm.",
]
MONEY = [
    "The bank raised the rate. The economy slowed.",
    "A loan from the bank costs more. The rate is high.",
    "The economy grew, and the bank cut the rate of a loan.",
    "Loan after loan, the economy of the bank fell. The rate rose.",
]
TEXTS = PETS + MONEY


@pytest.fixture(scope="module")
def fitted():
    return Topics(num_topics=2).fit(TEXTS)


# === Words ===


def test_only_words_count_and_stopwords_do_not():
    terms = Terms.fit(["The cat, 3.14 of it!", "The dog - 7."])
    counts = terms.counts(["The cat: 3.14 cats, the cat!"])
    assert {terms.words[i]: n for i, n in zip(counts.indices, counts.data, strict=True)} == {
        "cat": 2
    }


def test_words_of_every_document_say_nothing_unless_there_is_nothing_else():
    terms = Terms.fit(["cat dog", "cat bird"])
    weights = terms.weights(terms.counts(["cat cat dog", "cat cat"])).toarray()
    assert weights[0][terms.words.index("cat")] == 0 < weights[0][terms.words.index("dog")]
    assert weights[1][terms.words.index("cat")] == 2


def test_chinese_is_cut_into_words_and_a_mixture_is_too():
    chinese = ["银行提高了利率，经济放缓。", "小猫追着老鼠跑，老鼠躲进洞里。"]
    terms = Terms.fit([*chinese, "The bank raised its rate, 银行提高了利率。"])
    assert {"银行", "利率", "老鼠", "bank", "rate"} <= set(terms.words)
    assert {"the", "its", "了"}.isdisjoint(terms.words)
    assert Topics(num_topics=2).fit(chinese).keywords(chinese[1], 2)[0] == "老鼠"


@pytest.mark.parametrize("texts", [[], ["", " "], ["the of and", "3.14 !"]])
def test_without_a_word_there_is_nothing_to_learn(texts):
    with pytest.raises(EmptyCorpusError, match="give documents with words"):
        Topics().fit(texts)


# === Keywords ===


def test_textrank_is_the_stationary_walk_of_its_graph():
    words = "cat dog cat bird fish dog cat cat ant".split()
    types = sorted(set(words))
    edges = np.zeros((5, 5))
    for gap in (1, 2):  # a window of three
        for a, b in zip(words, words[gap:], strict=False):
            if a != b:
                edges[types.index(a), types.index(b)] += 1
                edges[types.index(b), types.index(a)] += 1
    walk = 0.15 / 5 + 0.85 * edges / edges.sum(axis=0)  # columns sum to 1
    values, vectors = np.linalg.eig(walk)
    best = np.real(vectors[:, np.argmax(np.real(values))])
    scores = textrank_scores(words, window=3)
    np.testing.assert_allclose([scores[t] for t in types], best / best.sum(), atol=1e-6)


@pytest.mark.parametrize(("words", "expected"), [([], {}), (["cat"], {"cat": 1.0})])
def test_textrank_of_hardly_any_word(words, expected):
    assert textrank_scores(words) == pytest.approx(expected)
    assert textrank_scores(words * 3, window=10) == pytest.approx(expected)


def test_a_word_that_no_document_holds_counts_as_a_rare_one():
    terms = Terms.fit(TEXTS)
    scores = dict(keyword_scores("The zebra saw a cat.", terms))
    assert scores["zebra"] == terms.rare > scores["cat"] > 0


def test_equal_keywords_stand_in_the_order_of_the_alphabet(fitted):
    assert fitted.keywords("zebra apple mango", 3) == ["apple", "mango", "zebra"]


def test_keywords_are_good_if_they_find_the_other_half():
    texts = [f"A {a} sat. The {a} came. One {a} ran. Some {a} left." for a in ("cat", "tax", "sun")]
    assert halves_found(texts, Terms.fit(texts), "tfidf", num=1) == 1
    assert halves_found(["One cat.", *texts], Terms.fit(texts), "first", num=1) == 1


# === Formula 4.1 ===


def test_the_formula_is_the_one_of_the_layer():
    terms = Terms.fit(TEXTS)
    vectors = np.random.default_rng(0).normal(size=(len(terms.words), 6)).astype("float32")
    ours = weighted_means(terms.weights(terms.counts(TEXTS)), vectors)
    batch = terms.pipeline(TEXTS)
    pooling = TfidfPooling(len(terms.words))
    pooling.set_idf(terms.idf)
    ids = np.asarray(batch["token_ids"])
    theirs = pooling(vectors[ids], token_ids=ids, padding_mask=batch["padding_mask"])
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-5)


def test_the_formula_by_hand():
    terms = Terms.fit(["cat dog", "cat cat bird", "fish"])
    idf = {word: np.log2(3 / n) for word, n in (("cat", 2), ("dog", 1), ("bird", 1))}
    vectors = np.arange(len(terms.words), dtype=float)[:, None]
    place = {word: float(i) for i, word in enumerate(terms.words)}
    found = weighted_means(terms.weights(terms.counts(["cat cat bird"])), vectors)
    top = 2 * idf["cat"] * place["cat"] + idf["bird"] * place["bird"]
    assert found[0, 0] == pytest.approx(top / (2 * idf["cat"] + idf["bird"]))


def test_without_a_component_nothing_is_left_along_it():
    vectors = np.random.default_rng(0).normal(size=(20, 5)) + 3
    component = first_component(vectors)
    assert np.abs(without_component(vectors, component) @ component).max() < 1e-9
    assert np.linalg.norm(component) == pytest.approx(1)


# === Topics ===


@pytest.mark.parametrize("method", METHODS)
def test_two_subjects_become_two_topics(method):
    fitted = Topics(method=method, num_topics=2, seed=1).fit(TEXTS * 3)
    first, second = (set(topic.words) for topic in fitted.topics(3))
    if method != "lsi":  # whose second direction tells two ends apart
        assert not first & second
    weights = fitted.topic_model.of_documents(fitted.terms, fitted.counts)
    inside = cosines(weights[:4], weights[:4]).mean()
    assert inside > cosines(weights[:4], weights[4:8]).mean() + 0.3


def test_weights_of_nmf_are_those_of_scikit_learn():
    from sklearn.decomposition import non_negative_factorization

    terms = Terms.fit(TEXTS)
    counts = terms.counts(TEXTS)
    model = TopicModel.fit(terms, counts, 3, "nmf")
    tfidf = terms.tfidf(counts).toarray().astype("float64")
    theirs, _, _ = non_negative_factorization(
        tfidf,
        H=model.matrix.astype("float64"),
        n_components=3,
        update_H=False,
        tol=1e-10,
        max_iter=5000,
    )
    np.testing.assert_allclose(model.of_documents(terms, counts), theirs, atol=1e-3)


def test_weights_of_lda_are_those_of_gensim():
    from gensim.models import LdaModel

    terms = Terms.fit(TEXTS)
    counts = terms.counts(TEXTS)
    model = TopicModel.fit(terms, counts, 2, "lda")
    theirs = LdaModel(num_topics=2, id2word=dict(enumerate(terms.words)), alpha=model.prior)
    theirs.state.sstats = np.maximum(model.matrix, 1e-6) - theirs.eta
    theirs.sync_state()
    theirs.iterations, theirs.gamma_threshold = 1000, 1e-6
    rows = [
        [(int(i), int(n)) for i, n in zip(row.indices, row.data, strict=True)]
        for row in (counts[[k]] for k in range(len(TEXTS)))
    ]
    gamma, _ = theirs.inference(rows)
    expected = gamma / gamma.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.of_documents(terms, counts), expected, atol=0.02)


def test_directions_of_lsi_are_the_singular_vectors():
    terms = Terms.fit(TEXTS)
    counts = terms.counts(TEXTS)
    model = TopicModel.fit(terms, counts, 3, "lsi")
    _, _, directions = np.linalg.svd(terms.tfidf(counts).toarray(), full_matrices=False)
    np.testing.assert_allclose(np.abs(model.matrix @ directions[:3].T), np.eye(3), atol=1e-3)


def test_rare_words_make_no_topic_unless_documents_are_to_be_compared():
    texts = [f"{text} Number{i}." for i, text in enumerate(TEXTS * 13)]
    terms = Terms.fit([*texts, "A zebra."])
    counts = terms.counts([*texts, "A zebra."])
    place = terms.words.index("zebra")
    for all_words in (False, True):
        model = TopicModel.fit(terms, counts, 105, "lsi", all_words=all_words)
        assert model.matrix[:, place].any() == all_words


def test_the_same_seed_gives_the_same_topics():
    texts = TEXTS * 3
    for method in METHODS:
        first, again = (
            Topics(method=method, num_topics=2, seed=3).fit(texts).topics() for _ in range(2)
        )
        assert first == again


def test_more_topics_than_documents_are_fewer_and_the_log_says_so(caplog):
    with caplog.at_level(logging.WARNING, "mlm_tf"):
        fitted = Topics(num_topics=30).fit(TEXTS)
    assert len(fitted.topics()) <= 8 and "num_topics=30 is more" in caplog.text


def test_shares_of_topics_sum_to_one_and_fall(fitted):
    topics = fitted.topics()
    assert all(isinstance(topic, Topic) and len(topic.words) == 10 for topic in topics)
    shares = [topic.share for topic in topics]
    assert sum(shares) == pytest.approx(1) and shares == sorted(shares, reverse=True)


# === Likeness ===


@pytest.mark.parametrize("by", LIKENESS)
def test_a_text_is_like_itself_and_likeness_goes_both_ways(fitted, by):
    assert fitted.similarity(TEXTS[0], TEXTS[0], by) == pytest.approx(1, abs=1e-5)
    ours = fitted.similarity(TEXTS[0], TEXTS[5], by)
    assert ours == pytest.approx(fitted.similarity(TEXTS[5], TEXTS[0], by), abs=1e-6)
    assert fitted.similarity(TEXTS[0], TEXTS[1], by) > ours


def test_the_nearest_document_of_a_sentence_is_its_own():
    fitted = Topics(num_topics=2).fit(TEXTS, [f"story {i}" for i in range(8)])
    best, *others = fitted.nearest("A loan from the bank costs more.", num=3)
    assert isinstance(best, Neighbour) and len(others) == 2
    assert (best.title, best.place) == ("story 5", 5)
    assert best.similarity > others[0].similarity


def test_a_document_without_a_title_is_called_by_its_first_words(fitted):
    assert fitted.nearest(TEXTS[4])[0].title == "The bank raised the rate. The economy slowed."


def test_both_is_the_mean_of_two(fitted):
    parts = [fitted.similarities(TEXTS, by=by) for by in ("tfidf", "vectors")]
    np.testing.assert_allclose(fitted.similarities(TEXTS), (parts[0] + parts[1]) / 2)


def test_sentences_that_are_taken_out_are_in_no_document():
    rest, taken, gold = hold_out(TEXTS, 1, seed=0)
    assert len(taken) == 7  # one text has a single sentence
    for sentence, place in zip(taken, gold, strict=True):
        assert sentence in TEXTS[place] and sentence not in rest[place]


def test_evaluation_finds_documents_better_than_a_draw(fitted):
    figures = fitted.evaluate(TEXTS, by="tfidf")
    assert set(figures) == {"found first", "MRR"} and figures["MRR"] > 0.5
    with pytest.raises(EmptyCorpusError, match="two sentences"):
        fitted.evaluate(["One cat.", "One dog."])


# === Odd input ===


@pytest.mark.parametrize("method", METHODS)
def test_empty_documents_keep_their_places_and_are_like_nothing(method):
    fitted = Topics(method=method, num_topics=2).fit(["", *TEXTS, " \n", "3.14"])
    assert fitted.nearest(TEXTS[2])[0].place == 3
    assert fitted.counts.shape[0] == 11
    for by in LIKENESS:
        assert fitted.similarity("", TEXTS[0], by) == fitted.similarity("", "", by) == 0
        assert (fitted.similarities([TEXTS[0]], by=by)[0, [0, 9, 10]] == 0).all()
    assert fitted.keywords("") == fitted.keywords("3.14 the !") == []
    assert fitted.predict(["", "cat"]) == [[], ["cat"]]


@pytest.mark.parametrize("method", METHODS)
def test_one_document_has_keywords_by_its_counts(method):
    fitted = Topics(method=method).fit(["The cat saw a cat and a dog."])
    assert fitted.keywords("cat cat dog") == ["cat", "dog"]
    assert len(fitted.topics()) == 1
    assert fitted.similarity("a cat", "the cat", "tfidf") == pytest.approx(1)


def test_one_word_is_a_document():
    assert Topics().fit(["cat"]).keywords("cat") == ["cat"]


def test_a_document_of_a_million_words():
    draw = np.random.default_rng(0)
    names = np.array([f"{a}{b}{c}q" for a in "bcdfg" for b in "aeiou" for c in "klmnprst"])
    long = " ".join(names[draw.zipf(1.5, 1_000_000) % len(names)])
    fitted = Topics(num_topics=2).fit([*TEXTS, long])
    assert fitted.counts[[8]].sum() == 1_000_000
    assert fitted.nearest(long, 1)[0].place == 8
    assert len(fitted.keywords(long, 5, "textrank")) == 5


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (lambda f: Topics(method="lsa"), "method='lsa'"),
        (lambda f: Topics(num_topics=0), "num_topics=0"),
        (lambda f: Topics(topics=3), "topics=3 is no setting"),
        (lambda f: Topics().fit("one text"), r"pass \[text\]"),
        (lambda f: Topics().fit(["a", None]), r"texts\[1\]"),
        (lambda f: Topics().fit(TEXTS, ["a"]), "titles has 1 items and texts 8"),
        (lambda f: f.keywords(3), "text"),
        (lambda f: f.keywords("cat", by="rake"), "by='rake'"),
        (lambda f: f.similarity("a", "b", by="soul"), "by='soul'"),
        (lambda f: f.nearest("cat", num=0), "num=0"),
        (lambda f: Topics().keywords("cat"), "learned nothing yet"),
        (lambda f: f.save("topics.pkl"), "ends in .safetensors"),
    ],
)
def test_what_cannot_work_is_said(fitted, wrong, match):
    with pytest.raises(InvalidArgumentError, match=match):
        wrong(fitted)


# === Vectors of one's own ===


def test_given_vectors_are_used_and_words_without_one_are_passed_over():
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(2)
    vectors.add_vectors(["cat", "dog", "bank"], np.array([[1, 0], [1, 0.1], [0, 1]], "float32"))
    fitted = Topics(num_topics=2).fit(TEXTS, vectors=vectors)
    assert fitted.similarity("a cat", "a dog", "vectors") > 0.9
    assert fitted.similarity("a cat", "a bank", "vectors") < 0
    assert fitted.similarity("a kennel", "a cat", "vectors") == 0


# === Saving ===


@pytest.mark.parametrize("method", METHODS)
def test_what_is_loaded_says_the_same_of_raw_text(method, tmp_path):
    before = Topics(method=method, num_topics=2, seed=5).fit(TEXTS, list("abcdefgh"))
    before.save(tmp_path / "t.safetensors")
    after = Topics.load(tmp_path / "t.safetensors")
    assert after.options["seed"] == 5 and after.topics() == before.topics()
    for by in LIKENESS:
        np.testing.assert_array_equal(
            after.similarities(TEXTS, by=by), before.similarities(TEXTS, by=by)
        )
    assert after.nearest("a new cat") == before.nearest("a new cat")
    assert after.keywords("A zebra and a cat.") == before.keywords("A zebra and a cat.")


def test_a_name_that_save_would_refuse_is_refused_before_anything_is_learned(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(Topics, "compare", lambda *_, **__: pytest.fail("it has learned"))
    assert cli.main(["task", "topics", str(tmp_path), "--output", str(tmp_path / "t.keras")]) == 2
    assert "use a name that ends in .safetensors" in capsys.readouterr().err


@pytest.mark.slow
def test_a_fresh_process_loads_it(tmp_path):
    Topics(num_topics=2).fit(TEXTS).save(tmp_path / "t.safetensors")
    script = (
        "import mlm_tf; from mlm_tf.tasks.topics import Topics;"
        f"print(Topics.load({str(tmp_path / 't.safetensors')!r}).keywords('A cat, a zebra.', 1))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['zebra']"


def test_an_existing_file_stays_and_others_are_refused(fitted, tmp_path):
    path = tmp_path / "t.safetensors"
    fitted.save(path)
    with pytest.raises(InvalidArgumentError, match="exists"):
        fitted.save(path)
    fitted.save(path, overwrite=True)
    with pytest.raises(MissingFileError):
        Topics.load(tmp_path / "none.safetensors")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(InvalidFileError, match="no topics"):
        Topics.load(path)
    from safetensors.numpy import save_file

    for metadata in ({}, {"content": "[1]"}, {"content": json.dumps({"format": "x"})}):
        save_file({"a": np.zeros(1)}, path, metadata)
        with pytest.raises(InvalidFileError, match="no topics"):
            Topics.load(path)


# === What users of other libraries reported ===


def test_a_long_text_of_one_word_has_topics_that_are_numbers():
    """gensim #2306, #2115: inference overflowed in float32 and gave NaN."""
    fitted = Topics(method="lda", num_topics=5).fit(TEXTS)
    weights = fitted.topic_model.of_documents(fitted.terms, fitted.terms.counts(["cat " * 200_000]))
    assert np.isfinite(weights).all() and weights.sum() == pytest.approx(1)


def test_one_short_sentence_has_keywords_by_textrank(fitted):
    """summa #2: a division by zero; textacy #135: no keyword; gensim #805: eigs of a tiny graph."""
    text = "Product arrived labeled as Jumbo Salted Peanuts; the peanuts were small."
    assert {"jumbo", "peanuts"} <= set(fitted.keywords(text, 10, "textrank"))
    assert fitted.keywords("do you speak languages", by="textrank") == ["languages", "speak"]


def test_more_keywords_than_words_are_all_of_them(fitted):
    """summa #83: an IndexError."""
    for by in ("tfidf", "textrank", "frequency"):
        assert sorted(fitted.keywords("zebra apple", 100, by)) == ["apple", "zebra"]


def test_a_document_whose_words_are_in_every_document_is_like_itself():
    """quanteda #929: NaN; gensim #1059, DrQA #132: words vanish."""
    fitted = Topics(num_topics=1).fit(["cat dog bird", "cat dog bird fish"])
    assert fitted.similarity("cat dog bird", "cat dog bird", "tfidf") == pytest.approx(1)


def test_chinese_words_of_one_character_are_words():
    """scikit-learn #10756: the default pattern drops what has one character."""
    terms = Terms.fit(["我家的猫追狗。", "狗咬了猫，猫跑了。"])
    assert {"猫", "狗"} <= set(terms.words)


def test_a_topic_without_coherence_is_said_and_not_nan():
    """gensim #3040, #3132, #3328: NaN for words that the texts do not hold."""
    texts = [["cat", "dog"], ["tax", "law"]]
    with pytest.raises(InvalidArgumentError, match="as 'zebra'"):
        coherence([["cat", "zebra"]], texts)
    with pytest.raises(InvalidArgumentError, match="two words and more"):
        coherence([["cat"]], texts)


# === The command ===


def test_the_command_learns_and_gives_keywords(tmp_path, capsys):
    rows = [f'"{text} It was a {n}."' for n in ("one", "two", "three") for text in TEXTS]
    (tmp_path / "rows.csv").write_text("\n".join(["text", *rows]))
    model = tmp_path / "t.safetensors"
    assert cli.main(["task", "topics", str(tmp_path / "rows.csv"), "--output", str(model)]) == 0
    assert "raw frequency" in capsys.readouterr().out
    assert cli.main(["task", "topics", "--model", str(model), "A zebra, a cat, a zebra."]) == 0
    assert capsys.readouterr().out.startswith("zebra, cat\t")


def test_it_is_among_the_applications():
    assert applications()["topics"] is Topics


@pytest.mark.slow
def test_the_quick_table_beats_its_baselines():
    table = Topics.table(quick=True)
    names = [row.name for row in table.rows]
    best = next(name for name in names if name.endswith("mean off, and TF-IDF"))
    assert table.beats_baselines(best, "people r")
    assert table.beats_baselines("NMF, 20 topics", "coherence")
    assert table.mean("TF-IDF", "found first") > table.mean("raw frequency", "found first")
