"""Poems from files that name the same things differently."""

import pytest

from mlm_tf.corpora import Poem, chinese_poetry, sentences, split
from mlm_tf.corpora.poetry import COLLECTIONS, poem
from mlm_tf.errors import InvalidArgumentError


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {
                "author": "李白",
                "title": "靜夜思",
                "paragraphs": ["甲，乙。"],
                "id": "1",
                "tags": [],
            },
            Poem("靜夜思", ("甲，乙。",), "李白"),
        ),
        (
            {"author": "黄孝迈", "rhythmic": "湘春夜月", "paragraphs": ["甲。"]},
            Poem("湘春夜月", ("甲。",), "黄孝迈"),
        ),
        (
            {"title": "关雎", "chapter": "国风", "section": "周南", "content": ["甲。"]},
            Poem("关雎", ("甲。",), None),
        ),
    ],
)
def test_a_poem_has_title_lines_and_author_in_whichever_file_it_is(entry, expected):
    assert poem(entry) == expected


@pytest.mark.parametrize(
    ("collection", "count", "different", "first"),
    [
        ("tang_300", 366, 354, "在嶽詠蟬"),
        ("song_300", 280, 280, "湘春夜月"),
        ("shijing", 305, 305, "关雎"),
        ("tang", 2_000, 1_981, "帝京篇十首 一"),
    ],
)
def test_the_genuine_collections(genuine, collection, count, different, first):
    genuine(*(f"chinese-poetry/{file}" for file in COLLECTIONS[collection]))
    poems = chinese_poetry(collection)
    assert (len(poems), len({p.text for p in poems})) == (count, different)
    assert poems[0].title == first
    assert all(p.title and p.sentences for p in poems)
    assert all(line == line.strip() != "" for line in sentences(poems))
    assert {p.author is None for p in poems} == {collection == "shijing"}
    training, validation = split(poems)
    assert len(training) + len(validation) == count


@pytest.mark.parametrize(
    ("collection", "traditional"),
    [("tang_300", True), ("song_300", False), ("shijing", False), ("tang", True)],
)
def test_the_genuine_script_is_the_one_of_the_table(genuine, collection, traditional):
    genuine(*(f"chinese-poetry/{file}" for file in COLLECTIONS[collection]))
    text = "".join(p.text for p in chinese_poetry(collection))
    counts = text.count("風") + text.count("來"), text.count("风") + text.count("来")
    assert (counts[0] > 0, counts[1] > 0) == (traditional, not traditional)


def test_another_collection_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"collection='yuan'.*'tang_300' or"):
        chinese_poetry("yuan")
