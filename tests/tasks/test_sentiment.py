"""Sentiment: what is learned, how sure it is, which words decide; and rows as people have them."""

import numpy as np
import pytest

from mlm_tf import tasks
from mlm_tf.corpora import LabelledText
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.tasks import Rows, sentiment, sentiment_table
from mlm_tf.tasks.sentiment import Opinion, Sentiment, calibration_error
from mlm_tf.tasks.sentiment_table import Corpus, compare_on, folds, held_back, rows_of

THINGS = "film book play song story dish room phone game tour".split()
GOOD = [f"the {thing} was {word}" for thing in THINGS for word in ("fine", "lovely", "not bad")]
BAD = [f"the {thing} was {word}" for thing in THINGS for word in ("dull", "awful", "not good")]
TEXTS, LABELS = GOOD + BAD, ["good"] * len(GOOD) + ["bad"] * len(BAD)
SMALL = {"hidden_dim": 16, "epochs": 12, "learning_rate": 0.02, "dropout": 0.1}


@pytest.fixture(scope="module")
def trained():
    return Sentiment(**SMALL).fit(TEXTS, LABELS)


def test_it_is_an_application():
    assert tasks.applications()["sentiment"] is Sentiment


def test_it_learns_what_texts_hold(trained):
    figures = trained.evaluate(TEXTS, LABELS)
    assert figures["accuracy"] > 0.95 and figures["macro F1"] > 0.95
    found = trained.predict(["the film was lovely", "the film was awful"])
    assert [opinion.label for opinion in found] == ["good", "bad"]
    assert all(
        isinstance(opinion, Opinion) and 0.5 <= opinion.probability <= 1 for opinion in found
    )
    assert trained.probabilities(TEXTS).sum(axis=1) == pytest.approx(np.ones(len(TEXTS)))


def test_the_word_that_decides_is_found(trained):
    words = dict(trained.deciding_words("the film was awful"))
    assert list(words) == ["the", "film", "was", "awful"]
    assert max(words, key=words.get) == "awful" and words["awful"] > 0


def test_it_is_saved_and_takes_raw_text(trained, tmp_path):
    trained.save(tmp_path / "s.keras")
    loaded = Sentiment.load(tmp_path / "s.keras")
    assert loaded.predict(TEXTS[:3]) == trained.predict(TEXTS[:3])


def test_what_stands_behind_the_reach_of_the_network_is_counted():
    before = "and then there was this and that " * 40  # 280 tokens
    texts = [before + text for text in TEXTS]
    application = Sentiment(**{**SMALL, "epochs": 1, "vectors": "random"}).fit(texts, LABELS)
    assert application.evaluate(texts, LABELS)["accuracy"] == 1
    assert application.model.read_length == sentiment.READ_LENGTH < 280


def test_stars_are_labels_too():
    application = Sentiment(**{**SMALL, "epochs": 1, "no_counts": True})
    application.fit(TEXTS, [5] * len(GOOD) + [1] * len(BAD))
    assert {opinion.label for opinion in application.predict(TEXTS)} <= {1, 5}


def test_chinese_is_read_in_words_where_it_is_asked_for():
    settings = {**SMALL, "epochs": 1, "vectors": "random", "no_counts": True}
    texts, labels = ["电影很好看", "电影很难看"] * 10, [1, 0] * 10
    words = Sentiment(**settings, level="word").fit(texts, labels)
    assert words.model.pipeline.level == "word" and "电影" in words.model.pipeline.vocabulary
    assert Sentiment(**settings).fit(texts, labels).model.pipeline.level == "character"
    with pytest.raises(InvalidArgumentError, match="level='sentence' is not known"):
        Sentiment(level="sentence")


@pytest.mark.parametrize("vectors", ["random", "glove"])
def test_vectors_are_a_setting(vectors):
    application = Sentiment(**{**SMALL, "epochs": 1, "vectors": vectors, "no_counts": True})
    assert application.fit(TEXTS, LABELS).model.embedding_dim == sentiment.EMBEDDING_DIM


def test_chinese_is_read_character_by_character():
    good, bad = (
        [f"这{x}很好" for x in "书菜房歌剧戏画诗茶饭"],
        [f"这{x}太差" for x in "书菜房歌剧戏画诗茶饭"],
    )
    application = Sentiment(**SMALL).fit(good + bad, ["正面"] * 10 + ["负面"] * 10)
    assert application.predict(["这书很好"])[0].label == "正面"
    assert [word for word, _ in application.deciding_words("这书很好")] == [*"这书很好"]


# === Bad input ===


def test_a_label_that_was_not_learned_is_named(trained):
    with pytest.raises(InvalidArgumentError, match="'so so', and this model knows"):
        trained.evaluate(["the film was"], ["so so"])


def test_a_text_of_a_million_words_and_mixed_languages_are_read(trained):
    long = "fine " * 1_000_000
    assert [opinion.label for opinion in trained.predict([long, "这个 film ужасно awful"])][
        1
    ] == "bad"


def test_one_class_and_unlabelled_rows_are_refused_before_anything_is_learned():
    application = Sentiment(**SMALL)
    for labels, message in ((["good"] * 2, "one class"), (["good", None], "is empty")):
        with pytest.raises(InvalidArgumentError, match=message):
            application.fit(["a", "b"], labels)
    assert application.model is None


def test_a_failure_in_training_keeps_the_model_there_was(trained, monkeypatch):
    model = trained.model

    def broken(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks.application, "train", broken)
    with pytest.raises(KeyboardInterrupt):
        trained.fit(TEXTS, LABELS)
    assert trained.model is model


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"pooling": "sum"}, "pooling='sum'"), ({"seed": -1}, "seed=-1"), ({"width": 3}, "width=3")],
)
def test_settings_that_cannot_work_are_refused(settings, message):
    with pytest.raises(InvalidArgumentError, match=message):
        Sentiment(**settings)


# === Figures and baselines ===


def test_calibration_error_by_hand():
    # Two bins: 0.9 sure and right half the time, 0.6 sure and always right.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    assert calibration_error(probabilities, np.array([0, 1, 1, 1])) == pytest.approx(0.4)


def test_macro_f1_counts_every_class_the_same():
    probabilities = np.array([[0.9, 0.1]] * 10)
    found = sentiment.figures(probabilities, np.array([0] * 9 + [1]))
    assert found["accuracy"] == 0.9
    assert found["macro F1"] == pytest.approx((18 / 19 + 0) / 2)


def test_the_baselines_are_no_straw_men():
    pytest.importorskip("sklearn")
    training, held = Rows(TEXTS[::2], LABELS[::2]), Rows(TEXTS[1::2], LABELS[1::2])
    found = Sentiment().baselines(training, held)
    assert found["majority"]["accuracy"] == 0.5
    assert found["naive Bayes, binary 1-2-grams"]["accuracy"] > 0.9
    assert found["TF-IDF + logistic regression"]["accuracy"] > 0.9


def test_folds_hold_each_row_out_once():
    rows = Rows([str(i) for i in range(23)], list(range(23)))
    parts = folds(rows, 10)
    assert sorted(int(text) for _, held in parts for text in held.inputs) == list(range(23))
    for training, held in parts:
        assert not {*training.inputs} & {*held.inputs}
        assert len(training.inputs) + len(held.inputs) == 23
        assert [int(text) for text in training.inputs] == training.targets


def test_the_last_tenth_is_held_back():
    training, held = held_back(rows_of([LabelledText(str(i), i) for i in range(20)]))
    assert (len(training.inputs), held) == (18, Rows(["18", "19"], [18, 19]))


def test_counts_count_where_too_few_texts_are_held_back_to_weigh_them(trained):
    weights = np.array(trained.model.weights_of_parts)
    assert len(TEXTS) / 10 < sentiment.FEWEST_TO_CALIBRATE
    np.testing.assert_array_equal(weights, [0.5, 0.5])


def test_the_table_holds_the_default_with_and_without_counts_and_the_baselines():
    pytest.importorskip("sklearn")
    split = Rows(TEXTS, LABELS), Rows(TEXTS[::5], LABELS[::5])
    corpus = Corpus("toy", [split], {**SMALL, "epochs": 2}, ["pooling: mean"], "a split")
    table = compare_on(Sentiment, "t", [corpus], (0,))
    kinds = {row.name: row.kind for row in table.rows}
    assert [name for name, kind in kinds.items() if kind == "model"] == [
        sentiment_table.DEFAULT,
        sentiment_table.WITH_COUNTS,
        "pooling: mean",
    ]
    assert sum(kind == "baseline" for kind in kinds.values()) == 3
    assert table.mean(sentiment_table.WITH_COUNTS, "toy accuracy") > 0.9


def test_every_corpus_of_a_table_can_be_chosen(monkeypatch):
    texts = [LabelledText(text, label) for text, label in zip(TEXTS, LABELS, strict=True)] * 2
    for loader in ("movie_sentences", "movie_reviews", "chinese_reviews", "imdb"):
        monkeypatch.setattr(sentiment_table.corpora, loader, lambda *_: texts)
    monkeypatch.setattr(sentiment_table, "QUICK_TRAINING", 20)
    monkeypatch.setattr(sentiment_table, "QUICK_HELD", 10)
    asked = []

    def compare(kind, title, measured, seeds, progress):
        sizes = [[len(rows.inputs) for rows in corpus.splits[0]] for corpus in measured]
        asked.append((title.split(": ", 1)[1], len(seeds), sizes))
        return tasks.ResultTable(title, [tasks.Column("rt-polarity accuracy")])

    monkeypatch.setattr(sentiment_table, "compare_on", compare)
    for corpus in Sentiment.corpora:
        Sentiment.table(corpus=corpus)
    quick = ", quick: 20 texts to learn from at most"
    assert asked == [
        (f"English, Chinese{quick}", 1, [[20, 10]] * 2),
        (f"rt-polarity{quick}", 1, [[22, 8]]),
        (f"movie reviews{quick}", 1, [[22, 8]]),
        (f"Chinese reviews{quick}", 1, [[22, 8]]),
        (f"IMDB{quick}", 1, [[20, 10]]),
    ]
    asked.clear()
    for corpus in Sentiment.corpora[1:]:
        Sentiment.table(quick=False, corpus=corpus)
    monkeypatch.setattr(sentiment_table.corpora, "find_file", lambda _: "there")
    table = Sentiment.table(quick=False)
    names = ["rt-polarity", "movie reviews", "Chinese reviews", "IMDB"]
    sizes = [[108, 12]] * 3 + [[120, 120]]
    assert asked[:-1] == [(name, 3, [size]) for name, size in zip(names, sizes, strict=True)]
    assert asked[-1] == (", ".join(names), 3, sizes)
    assert {row.kind for row in table.rows} == {"published"}
    with pytest.raises(InvalidArgumentError, match="corpus='films' is not known; use 'grammar'"):
        Sentiment.table(corpus="films")
