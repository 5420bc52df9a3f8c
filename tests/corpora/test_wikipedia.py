"""The shipped articles: how much there is, that no markup is left, and how it is removed."""

import re

import pytest

from mlm_tf.corpora import sentences, wikipedia
from mlm_tf.corpora.wikipedia import prose


@pytest.fixture(scope="module")
def articles():
    return wikipedia()


def test_there_are_106_articles_in_the_order_of_the_dump(articles):
    assert len(articles) == 106
    assert [a.title for a in articles[:3]] == ["Anarchism", "Autism", "Albedo"]
    assert len({a.title for a in articles}) == 106


def test_there_is_as_much_text_as_the_docstring_says(articles):
    found = sentences(articles)
    assert 17_500 < len(found) < 18_500
    assert 390_000 < sum(len(sentence.split()) for sentence in found) < 410_000


def test_three_articles_hold_no_sentence(articles):
    assert sum(not a.sentences for a in articles) == 3


@pytest.mark.parametrize(
    "markup",
    "[[ ]] {{ }} thumb| | '' <ref < &nbsp; &amp; Category: File: Image: :// == __ () ,,".split(),
)
def test_no_markup_is_left(articles, markup):
    assert [s for s in sentences(articles) if markup in s] == []


def test_every_sentence_ends_with_a_sentence_end(articles):
    end = re.compile(r"""[.!?…]["'”’)\]]*$""")
    assert [s for s in sentences(articles) if not end.search(s)] == []


def test_every_sentence_is_one_line_of_at_least_four_words_with_single_spaces(articles):
    for sentence in sentences(articles):
        assert len(sentence.split(" ")) >= 4
        assert sentence == " ".join(sentence.split())


def test_case_and_letters_beyond_ascii_are_kept(articles):
    text = articles[0].text
    assert "Anarchism" in text and "Voltairine de Cleyre" in text and "Fédération" in text


def test_the_lead_of_an_article_is_what_stands_before_its_first_heading(articles):
    first = articles[0]
    assert first.lead[0].startswith("Anarchism is")
    assert first.lead + first.body == first.sentences
    with_both = [a for a in articles if a.lead and a.body]
    assert len(with_both) > 90
    assert sum(len(a.lead) for a in with_both) / len(with_both) < 20


def test_two_readings_are_the_same(articles):
    assert wikipedia() == articles


KEPT = "A sentence of five words."


@pytest.mark.parametrize(
    "line",
    [
        "* A list of five words.",
        "# A list of five words.",
        "{| A table of five words.",
        "| A table | of five words.",
        "thumb A caption of five words.",
        "Category:A category of five words.",
        "de:Ein Link auf diese Seite.",
        "A caption without a full stop",
        "Only three words.",
    ],
)
def test_a_line_that_is_no_prose_is_left_out(line):
    assert prose(f"{line}\n{KEPT}") == [KEPT]


@pytest.mark.parametrize(
    ("line", "repaired"),
    [
        ("A '''bold''' and ''italic'' word here.", "A bold and italic word here."),
        ("Cats ( ; born 1809) sat down.", "Cats (born 1809) sat down."),
        ("Cats (; ) sat on the mat.", "Cats sat on the mat."),
        ("A length of , in all .", "A length of, in all."),
        ("See [http://a.b the page] for more.", "See the page for more."),
        ("AT&amp;T sold&nbsp;it in 1984.", "AT&T sold it in 1984."),
    ],
)
def test_what_templates_and_links_leave_behind_is_mended(line, repaired):
    assert prose(line) == [repaired]


def test_a_section_of_lists_is_left_out_with_its_subsections():
    text = f"""
== History ==
{KEPT}
== See also ==
A link of five words.
=== More ===
Another link of five words.
== Later ==
{KEPT}
"""
    assert prose(text) == [KEPT, KEPT]
