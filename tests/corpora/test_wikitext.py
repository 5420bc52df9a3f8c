"""WikiText-2: articles, the trap of lines that look like titles, and the published counts."""

import pytest

from mlm_tf.corpora import Document, fetch_file, wikitext_2
from mlm_tf.corpora.wikitext import articles
from mlm_tf.errors import InvalidArgumentError


def test_articles_begin_at_titles_and_keep_everything_but_blank_lines():
    lines = " | = Cats = | | A <unk> . | | = = Food = = | | Fish . | | = Dogs = | | Woof . | "
    assert articles(lines.split("|")) == [
        Document("Cats", ("A <unk> .", "= = Food = =", "Fish .")),
        Document("Dogs", ("Woof .",)),
    ]


def test_a_row_of_a_table_is_no_title():
    lines = " | = Cats = | | = Wins ; L = | Losses | = Ties ; D = | | Woof . | "
    (document,) = articles(lines.split("|"))
    assert document.sentences == ("= Wins ; L =", "Losses", "= Ties ; D =", "Woof .")


SPLITS = [
    # split, file, articles, published tokens, tokens of the documents
    ("train", "wikitext-2/train.txt", 600, 2_088_628, 2_074_477),
    ("validation", "wikitext-2/valid.txt", 60, 217_646, 216_227),
    ("test", "wikitext-2/test.txt", 60, 245_569, 243_982),
]


@pytest.mark.parametrize(("split", "file", "count", "published", "held"), SPLITS)
def test_the_genuine_counts(genuine, split, file, count, published, held):
    genuine(file)
    with fetch_file(file).open(encoding="utf-8") as lines:
        assert sum(len(line.split()) + 1 for line in lines) == published
    documents = wikitext_2(split)
    assert len(documents) == count
    sentences = [s for d in documents for s in (d.title, *d.sentences)]
    assert sum(len(sentence.split()) + 1 for sentence in sentences) == held


def test_every_genuine_article_has_text_and_no_article_hides_in_another(genuine):
    genuine("wikitext-2/valid.txt")
    for document in wikitext_2("validation"):
        assert len(document.sentences) > 1
        assert not document.sentences[0].startswith("= ")


def test_another_split_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"split='valid'.*'train' or 'validation' or"):
        wikitext_2("valid")
