"""The report: every number of it computed by hand for three short texts."""

from collections import Counter

import numpy as np
import pytest

from mlm_tf import TextPipeline
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing import PreprocessingReport

FITTED = ["cat sat dog"]
TEXTS = ["The cat sat, the cat!", "A dog", ""]
# Without "the" and "a": cat sat , cat ! | dog | nothing. Unknown: "," and "!".


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(FITTED, stopwords=["the", "a", "of"])


@pytest.fixture(scope="module")
def report(pipeline):
    return pipeline.report(TEXTS)


def test_texts_tokens_and_types_are_counted_without_stopwords(report):
    assert (report.texts, report.tokens, report.types) == (3, 6, 5)


def test_unknown_words_are_a_share_of_the_tokens(report):
    assert report.unknown_tokens == 2
    assert report.unknown_share == pytest.approx(2 / 6)


def test_removed_words_are_counted_and_named_the_most_frequent_first(report):
    assert report.removed_tokens == 3
    assert report.removed_share == pytest.approx(3 / 9)
    assert report.removed == {"the": 2, "a": 1}


def test_lengths_include_start_and_end(report):
    assert report.lengths.tolist() == [7, 3, 2]


def test_without_a_length_rows_are_as_long_as_the_longest(report):
    assert report.width == 7
    assert report.cut_share == 0
    assert report.padding_share == pytest.approx(1 - 12 / 21)


def test_a_length_cuts_the_longer_and_pads_the_shorter(pipeline):
    report = pipeline.report(TEXTS, max_length=4)
    assert report.width == 4
    assert report.cut_share == pytest.approx(3 / 12)
    assert report.padding_share == pytest.approx(1 - 9 / 12)


def test_the_default_length_is_that_of_the_pipeline():
    pipeline = TextPipeline.fit(FITTED, max_sequence_length=3)
    assert pipeline.report(FITTED).width == 3
    assert pipeline.report(FITTED, max_length=9).width == 9


def test_no_stopwords_remove_nothing():
    report = TextPipeline.fit(FITTED).report(FITTED)
    assert (report.removed_tokens, report.removed, report.removed_share) == (0, {}, 0)
    assert dict(report.rows())["stopwords removed"] == "0 (0.0%)"


def test_it_agrees_with_the_batches_that_the_pipeline_makes(pipeline):
    mask = pipeline(TEXTS, max_length=4, add_start=True, add_end=True)["padding_mask"]
    report = pipeline.report(TEXTS, max_length=4)
    assert report.padding_share == pytest.approx(1 - mask.mean())
    assert report.cut_share == pytest.approx(1 - mask.sum() / report.lengths.sum())


def test_texts_without_words_have_no_share_of_anything(pipeline):
    report = pipeline.report(["", "the"])
    assert (report.tokens, report.types, report.unknown_share) == (0, 0, 0)
    assert report.removed_share == 1


def test_a_percentile_is_a_length_that_so_many_texts_do_not_exceed():
    lengths = np.arange(1, 11)
    report = PreprocessingReport(10, 1, 1, 1, 0, Counter(), lengths, None)
    assert (report.percentile(50), report.percentile(99)) == (5, 10)
    assert dict(report.rows())["length (50, 90, 95, 99, 100 %)"] == "5, 9, 10, 10, 10 tokens"


def test_it_prints_as_a_table(pipeline):
    assert str(pipeline.report(TEXTS, max_length=4)).splitlines() == [
        "texts                           3",
        "tokens                          6",
        "types                           5",
        "compression                     4.33 bytes a token",
        "[UNK]                           33.3% of the tokens",
        "stopwords removed               3 (33.3%): the 2, a 1",
        "length (50, 90, 95, 99, 100 %)  3, 7, 7, 7, 7 tokens",
        "truncation at 4                 cuts 25.0% of the tokens",
        "padding to 4                    25.0% of the positions",
    ]


def test_a_rich_console_shows_the_same(report, capsys):
    from rich.console import Console

    Console(width=100).print(report)
    printed = capsys.readouterr().out
    for label, value in report.rows():
        assert label in printed and value in printed


def test_a_removed_word_is_no_markup_of_rich(capsys):
    from rich.console import Console

    report = PreprocessingReport(1, 9, 1, 1, 0, Counter(["[b]", ":smile:"]), np.array([3]), None)
    Console(width=100).print(report)
    printed = capsys.readouterr().out
    assert "[b] 1" in printed and ":smile: 1" in printed


def test_no_texts_are_nothing_to_report_on(pipeline):
    with pytest.raises(EmptyCorpusError, match="texts is empty"):
        pipeline.report([])


@pytest.mark.parametrize("value", [0, -1, 2.5, "4", True])
def test_the_length_is_a_whole_number_above_0(pipeline, value):
    with pytest.raises(InvalidArgumentError, match=f"max_length={value!r}.*integer >= 1"):
        pipeline.report(TEXTS, max_length=value)


def test_compression_is_bytes_of_the_texts_for_a_token():
    report = TextPipeline.fit(["猫 cat"]).report(["猫 cat", "猫"])
    assert report.num_bytes == 3 + 1 + 3 + 3
    assert report.bytes_per_token == pytest.approx(10 / 3)


def test_it_draws_the_lengths_with_the_limit(pipeline, tmp_path):
    figure = pipeline.report(TEXTS, max_length=4).plot(tmp_path / "lengths.png")
    assert "25.0% of tokens cut" in figure.axes[0].get_title(loc="left")
    assert (tmp_path / "lengths.png").stat().st_size > 1000
