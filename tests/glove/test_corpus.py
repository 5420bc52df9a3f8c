"""Reading a corpus: words as the reference program parts them, and files that are none."""

import gzip
import io
import sys

import pytest

import glove
from glove.corpus import read_corpus


def read(tmp_path, data: bytes, name="corpus.txt"):
    path = tmp_path / name
    path.write_bytes(data)
    return list(read_corpus(path))


@pytest.mark.parametrize(
    ("data", "sentences"),
    [
        (b"a b\nc\n", [["a", "b"], ["c"]]),
        (b"a b\nc", [["a", "b"], ["c"]]),
        (b"\n  \t \na\n\n\nb\n", [["a"], ["b"]]),
        (b"  a \t\t b  \n", [["a", "b"]]),
        (b"a b\r\nc\rd\r\n", [["a", "b"], ["cd"]]),
        (
            "東京 は\nß\u00a0ß \u2028x\x0by\x0c\n".encode(),
            [["東京", "は"], ["ß\u00a0ß", "\u2028x", "y"]],
        ),
    ],
)
def test_what_parts_words_for_the_c_program_and_nothing_else_parts_them(tmp_path, data, sentences):
    assert read(tmp_path, data) == sentences


@pytest.mark.parametrize("size", range(1, 12))
def test_a_line_in_pieces_is_one_line(tmp_path, monkeypatch, size):
    monkeypatch.setattr("glove.corpus.BYTES_AT_ONCE", size)
    text = "eins zwei\tgrün  eins\r\n\nüber zwei eins zwei"
    expected = [["eins", "zwei", "grün", "eins"], ["über", "zwei", "eins", "zwei"]]
    assert read(tmp_path, text.encode()) == expected
    assert read(tmp_path, f"{text}\n".encode()) == expected


def test_a_word_of_a_long_line_is_in_memory_once(tmp_path, monkeypatch):
    monkeypatch.setattr("glove.corpus.BYTES_AT_ONCE", 8)
    (words,) = read(tmp_path, b"twinkle " * 100 + b"\n")
    assert len(words) == 100
    assert len({id(word) for word in words[:99]}) == 1


def test_a_packed_corpus_is_read_too(tmp_path):
    packed = gzip.compress(b"a b\nc\n")
    assert read(tmp_path, packed, "corpus.txt.gz") == [["a", "b"], ["c"]]
    with pytest.raises(
        glove.GloveFileError, match=r"gz, line \d or later: .* cut short or damaged"
    ):
        read(tmp_path, packed[:-9], "corpus.txt.gz")
    with pytest.raises(glove.GloveFileError, match="cut short or damaged"):
        read(tmp_path, b"a b\nc\n", "corpus.txt.gz")


def test_the_line_that_is_not_utf_8_is_named(tmp_path):
    text = "the first\n\nun café\n".encode("cp1252")
    with pytest.raises(glove.GloveFileError, match=r"corpus\.txt, line 3: the byte 0xe9 is not"):
        read(tmp_path, text)


@pytest.mark.parametrize("data", [b"", b"\n\n", b" \t\r\n"])
def test_a_corpus_without_a_word_is_refused(tmp_path, data):
    with pytest.raises(glove.GloveFileError, match=r"corpus\.txt has no word"):
        read(tmp_path, data)


def test_what_is_no_file_is_refused_at_once(tmp_path):
    with pytest.raises(glove.GloveNotFoundError, match="does not exist"):
        read_corpus(tmp_path / "missing.txt")
    with pytest.raises(glove.GloveFileError, match="is a folder without a text file"):
        read_corpus(tmp_path)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", "\ufeff"), ("utf-16", ""), ("utf-16-le", "\ufeff"), ("gb18030", ""), ("utf-8", "")],
)
def test_a_mark_of_byte_order_is_no_part_of_a_word_in_any_encoding(tmp_path, encoding, mark):
    path = tmp_path / "corpus.txt"
    path.write_bytes(f"{mark}今天 a\n\ufeff好\n".encode(encoding))
    assert list(read_corpus(path, encoding=encoding)) == [["今天", "a"], ["好"]]


def test_the_standard_input_is_named_and_read_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    with pytest.raises(glove.GloveFileError, match=r"^the standard input has no word"):
        list(read_corpus("-"))
    with pytest.raises(glove.GloveValueError, match="'-' is given twice"):
        read_corpus(["-", "-"])


def test_a_folder_may_have_an_empty_file(tmp_path):
    for name, text in (("a.txt", ""), ("b.txt", "a b")):
        (tmp_path / name).write_text(text)
    assert list(read_corpus(tmp_path)) == [["a", "b"]]
    (tmp_path / "b.txt").write_text("")
    with pytest.raises(glove.GloveFileError, match="None of 2 files has a word"):
        list(read_corpus(tmp_path))


def test_without_jieba_each_han_character_is_a_word_and_that_is_said(tmp_path, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "jieba", None)
    path = tmp_path / "corpus.txt"
    path.write_text("我们去GPT-2公园。\n", encoding="utf-8")
    assert list(read_corpus(path, language="zh")) == [[*"我们去", "GPT-2", *"公园。"]]
    assert "jieba is not installed, so that each Han character is a word" in caplog.text


def test_what_others_teach_jieba_does_not_change_the_words(tmp_path):
    import jieba

    path = tmp_path / "corpus.txt"
    path.write_text("我们去公园。\n", encoding="utf-8")
    before = list(read_corpus(path, language="zh"))
    jieba.add_word("我们去公园")
    assert list(read_corpus(path, language="zh")) == before == [["我们", "去", "公园", "。"]]
    jieba.del_word("我们去公园")


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("हिन्दी,", ["हिन्दी", ","]),
        ("می\u200cخواهم.", ["می\u200cخواهم", "."]),
        ("don’t!?", ["don't", "!", "?"]),
        ("'tis--", ["'", "tis", "-", "-"]),
        *((f"don{sign}t", ["don't"]) for sign in "'’´`‘′ʼ"),
        ("l’été", ["l'été"]),
        ("U.S.,", ["U.S.", ","]),
        ("c++", ["c", "+", "+"]),
        ("well-known", ["well", "-", "known"]),
        ("1½", ["1", "1⁄2"]),
        ("10²", ["10", "^", "2"]),
        ("soft\u00adhyphen", ["softhyphen"]),
        ("صه\u200c", ["صه"]),
        ('צה"ל', ['צה"ל']),
        ("1,000.50%", ["1,000.50", "%"]),
        ("king;queen", ["king", ";", "queen"]),
    ],
)
def test_signs_are_parted_and_marks_and_joiners_are_not(tmp_path, word, parts):
    path = tmp_path / "corpus.txt"
    path.write_text(word, encoding="utf-8")
    assert list(read_corpus(path, split_punctuation=True)) == [parts]


def test_another_language_is_refused(tmp_path):
    with pytest.raises(glove.GloveValueError, match="language='en' is not known"):
        read_corpus(tmp_path, language="en")
