"""Summaries: taken or written, measured beside baselines, saved, and no input is too odd."""

import logging

import pytest

from mlm_tf import cli
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models import PointerGenerator
from mlm_tf.tasks import Rows, applications, split_rows
from mlm_tf.tasks.extraction import extract
from mlm_tf.tasks.summaries import Summarizer
from mlm_tf.tasks.summaries_table import NEAREST, extractive_scores, simple_scores

NAMES = "Ann Bob Cid Dan Eva Fay Gus Hal".split()
CITIES = "Rome Oslo Bonn Lima Riga Kiel".split()
BEST = "The mouse and the cat left the barn."
TEXT = f"It rained. The cat saw a mouse. Snow fell. {BEST} Bats live in the barn."
SETTINGS = {"hidden_dim": 32, "dropout": 0.0, "num_beams": 1, "level": "word", "seed": 1}


def toy_rows(number, seed=0):
    """Who went where is the summary; the weather and the bus are not."""
    import numpy as np

    rng = np.random.default_rng(seed)
    texts, summaries = [], []
    for _ in range(number):
        name, city, year = rng.choice(NAMES), rng.choice(CITIES), rng.integers(60, 99)
        texts.append(f"It was late. {name} took bus {year}. The bus went to {city}. Rain fell.")
        summaries.append(f"{name} went to {city}.")
    return Rows(texts, summaries)


@pytest.fixture(scope="module")
def rows():
    return split_rows(toy_rows(1500), by_class=False)


@pytest.fixture(scope="module")
def written(rows):
    return Summarizer(**{**SETTINGS, "hidden_dim": 64}, epochs=14).fit(*rows[0])


@pytest.fixture(scope="module")
def hasty():
    """Learned next to nothing, quickly."""
    return Summarizer(**SETTINGS, epochs=1).fit(*toy_rows(40))


# === Extractive: nothing to learn ===


def test_it_is_an_application():
    assert applications()["summaries"] is Summarizer


def test_sentences_are_taken_without_learning():
    summarizer = Summarizer(method="graph", num_sentences=1)
    assert summarizer.summarize(TEXT) == BEST
    assert summarizer.summarize([TEXT, "", "Alone."]) == [BEST, "", "Alone."]
    assert summarizer.predict([TEXT]) == [BEST]
    assert summarizer.extract(TEXT) == extract(TEXT, "graph", 1)


def test_the_settings_reach_the_choice():
    assert Summarizer(method="lead", num_sentences=2).summarize(TEXT) == TEXT[:31]
    assert Summarizer(max_words=8, method="graph").summarize(TEXT) == BEST
    chinese = "五月很冷。银行提高了贷款利率。小狗在叫。利率上升，银行的贷款更贵。"
    found = Summarizer(method="graph", num_sentences=2).summarize(chinese)
    assert found == "银行提高了贷款利率。利率上升，银行的贷款更贵。"


def test_vectors_of_a_file_are_those_of_the_centroid(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("cat 0 1\nmouse 0 1\nbarn 0 1\nsnow 1 0\nfell 9 1\n", encoding="utf-8")
    [found] = Summarizer(vectors=str(path), num_sentences=1).extract(TEXT)
    assert found.text == "Snow fell." != Summarizer(num_sentences=1).summarize(TEXT)


def test_without_a_model_there_is_nothing_to_save(tmp_path):
    with pytest.raises(InvalidArgumentError, match="has learned nothing yet; call fit"):
        Summarizer().save(tmp_path / "m.keras")


# === Abstractive ===


def test_what_is_in_no_sentence_is_written(written, rows):
    figures = written.evaluate(*rows[1])
    baselines = written.baselines(*rows)
    assert set(baselines) == {"lead-3", "random-3", NEAREST}
    for simple in baselines.values():
        assert figures["ROUGE-L"] > simple["ROUGE-L"]
    assert figures["exact"] > 0.5
    text = "It was late. Eva took bus 70. The bus went to Lima. Rain fell."
    first, empty, last = written.summarize([text, " ", text])
    assert first == last and first.lower().startswith("eva went to lima") and empty == ""


def test_sentences_can_still_be_taken(written):
    assert written.extract(TEXT) == extract(TEXT)


def test_what_was_saved_sums_up_raw_text(written, rows, tmp_path):
    path = tmp_path / "bus.keras"
    written.save(path)
    texts = rows[1].inputs[:5]
    assert Summarizer.load(path).summarize(texts, num_beams=1) == written.summarize(texts)


def test_a_model_that_may_copy_is_a_choice_like_others(tmp_path):
    settings = {**SETTINGS, "model": "pointer", "level": "auto", "epochs": 1}
    summarizer = Summarizer(**settings).fit(*toy_rows(40))
    assert isinstance(summarizer.model, PointerGenerator)
    summarizer.save(tmp_path / "p.keras")
    loaded = Summarizer.load(tmp_path / "p.keras")
    text = toy_rows(1, seed=9).inputs[0]
    assert loaded.summarize(text, num_beams=1) == summarizer.summarize(text)


def test_it_is_seen_what_is_read_of_a_text(written):
    text = "It was late. Eva took bus 70. The bus went to Lima. Rain fell."
    alignment = written.attention(text)
    assert alignment.weights.shape == (len(alignment.target_words), len(alignment.source_words))
    [row] = [i for i, word in enumerate(alignment.target_words) if word.lower() == "lima"]
    assert alignment.source_words[alignment.weights[row].argmax()].lower() == "lima"


def test_a_text_longer_than_what_is_read_is_said_in_one_line(hasty, caplog):
    """haystack 1296, transformers 4501 and 11339: it crashed, or said nothing."""
    text = toy_rows(1).inputs[0]
    with caplog.at_level(logging.WARNING, "mlm_tf"):
        found = hasty.summarize([text, text + " The bus was red." * 50_000, text])
    [line] = [record.message for record in caplog.records]
    assert "1 of 3 texts have more than the" in line and "250,0" in line
    assert found[0] == found[2] and len(found) == 3


def test_a_summary_may_be_longer_than_its_text(hasty):
    """transformers 3657 and 14619."""
    short = Rows(["late", "rain"] * 1000, ["Ann went to Rome by bus."] * 2000)
    summarizer = Summarizer(**SETTINGS, epochs=2).fit(*short)
    assert len(summarizer.summarize("late").split()) > 3
    assert isinstance(hasty.summarize("Bob"), str)


def test_chinese_is_written_without_spaces():
    pairs = [
        (f"早上下雨。{who}坐车去了{city}。", f"{who}去{city}。")
        for who in "安波西丹"
        for city in ("罗马", "奥斯陆", "利马", "里加")
    ]
    summarizer = Summarizer(**{**SETTINGS, "level": "auto"}, epochs=2)
    summarizer.fit(*map(list, zip(*pairs * 100, strict=True)))
    assert summarizer.model.pipeline.level == "character"
    found = summarizer.summarize(pairs[5][0])
    assert found and " " not in found


@pytest.mark.parametrize(
    ("texts", "summaries", "sentence"),
    [
        (["a b"], None, "summaries=None leaves nothing to learn from"),
        (["a", "b"], ["x"], "texts has 2 items and summaries 1"),
        (["a", " "], ["x", "y"], r"texts\[1\]=' ' is empty"),
        (["a", "b"], ["x", ""], r"summaries\[1\]='' is empty"),
        (["a", "a"], ["x", "y"], "There is one text"),
    ],
)
def test_rows_that_cannot_be_learned_from_are_refused(texts, summaries, sentence):
    with pytest.raises(ValueError, match=sentence):
        Summarizer(**SETTINGS).fit(texts, summaries)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"method": "abstract"}, "method='abstract'"),
        ({"model": "copy"}, "model='copy'"),
        ({"level": "line"}, "level='line'"),
        ({"num_sentences": 0}, "num_sentences=0"),
        ({"max_words": -1}, "max_words=-1"),
    ],
)
def test_settings_that_are_refused(settings, sentence):
    with pytest.raises(InvalidArgumentError, match=sentence):
        Summarizer(**settings)


# === Figures ===


def test_every_method_is_measured_at_the_length_of_the_reference():
    documents = [["A cat ran.", "The dog saw it.", "A cat ran far."]]
    assert extractive_scores(documents, ["a cat ran"], "lead")["ROUGE-1"] == pytest.approx(100)
    assert extractive_scores(documents, ["a cat ran"], "lead")["exact"] == 1
    figures = simple_scores(documents, ["the dog saw"])
    assert figures["lead-3"]["ROUGE-1"] == 0 < figures["random-3"]["ROUGE-1"] < 100


@pytest.mark.parametrize("method", ["centroid", "lead"])
def test_taken_sentences_are_measured_like_written_ones(method, rows):
    figures = Summarizer(method=method).evaluate(*rows[1])
    documents = [text.replace(". ", ".\n").splitlines() for text in rows[1].inputs]
    assert figures == extractive_scores(documents, rows[1].targets, method)


def test_the_table_of_wikipedia_has_its_rows():
    table = Summarizer.table(quick=True, corpus="wikipedia")
    assert [row.name for row in table.rows] == ["lead-3", "random-3", "centroid", "graph"]
    for column in ("ROUGE-1", "ROUGE-2", "ROUGE-L"):
        assert table.beats_baselines("graph", column)
        assert table.mean("centroid", column) > table.mean("random-3", column)
    loses = not table.beats_baselines("centroid", "ROUGE-L")
    assert loses == ("Below lead-3: centroid (in" in table.notes[-1])
    with pytest.raises(InvalidArgumentError, match="corpus='news'"):
        Summarizer.table(corpus="news")


@pytest.mark.slow
@pytest.mark.parametrize("corpus", ["grammar", "grammar-zh"])
def test_models_beat_the_baselines_of_the_quick_table(corpus):
    table = Summarizer.table(quick=True, corpus=corpus)
    for name in ("LSTM with attention", "pointer-generator"):
        for column in ("ROUGE-1", "ROUGE-2", "ROUGE-L"):
            assert table.beats_baselines(name, column)


# === The command ===


def test_a_file_is_summed_up_without_a_model(tmp_path, capsys, refused):
    path = tmp_path / "report.txt"
    path.write_text(TEXT.replace(". ", ".\n"), encoding="utf-8")
    command = ["task", "summaries", "--method", "graph", "--num-sentences", "1"]
    for what in ([str(path)], [TEXT], [str(path), TEXT]):
        assert cli.main([*command, *what]) == 0
        assert capsys.readouterr().out == f"{BEST}\n" * len(what)
    assert Summarizer().line(TEXT, "") == "(an empty summary)"  # the text is none
    long = "The cat met a dog. " * 20  # no file can be called so
    assert cli.main([*command, long]) == 0 and capsys.readouterr().out == "The cat met a dog.\n"
    assert "--quick changes nothing" in refused(*command, path, "--quick")
    assert "There is no file none.txt" in refused(*command, "none.txt")
    assert "method='best'" in refused("task", "summaries", "--method", "best", path)


def test_rows_of_a_table_are_summed_up_one_a_line(tmp_path, capsys):
    path = tmp_path / "texts.csv"
    path.write_text(f'text\n"{TEXT}"\n"A cat sat."\n', encoding="utf-8")
    assert cli.main(["task", "summaries", str(path), "--num-sentences", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_rows_of_ones_own_become_a_model(tmp_path, capsys):
    path, model = tmp_path / "bus.csv", tmp_path / "m.keras"
    rows = toy_rows(60)
    lines = [f'"{text}","{summary}"' for text, summary in zip(*rows, strict=True)]
    path.write_text("\n".join(["text,summary", *lines, '"no summary.",']), encoding="utf-8")
    options = ["--hidden-dim", "8", "--epochs", "1", "--num-beams", "1", "--output", str(model)]
    assert cli.main(["task", "summaries", str(path), *options]) == 0
    printed = capsys.readouterr().out
    assert "1 rows have no summary and are left out." in printed
    assert all(name in printed for name in ("lead-3", "random-3", NEAREST[:7], "this model"))
    command = ["task", "summaries", "--model", str(model), rows.inputs[0]]
    assert cli.main([*command, "--num-beams", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
