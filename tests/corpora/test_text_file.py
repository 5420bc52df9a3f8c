"""A text file as a corpus: what separates documents, and what is no text file."""

import json
import re

import pytest

from mlm_tf import corpora
from mlm_tf.corpora import from_text_file, sentences, split
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError, InvalidFileError, MissingFileError


@pytest.fixture
def read(tmp_path):
    """A function from the bytes of a file to its documents."""

    def write_and_read(content, **settings):
        path = tmp_path / "cats.txt"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return from_text_file(path, **settings)

    return write_and_read


def parts(documents):
    return [document.sentences for document in documents]


TWO = [("A cat sat.", "It slept."), ("A dog ran.",)]


@pytest.mark.parametrize("blank", ["\n\n", "\n\n\n\n", "\n \t\n", "\r\n\r\n", "\r\r"])
def test_blank_lines_separate_documents(read, blank):
    assert parts(read(f"A cat sat. It slept.{blank}A dog ran.")) == TWO


def test_a_line_break_ends_a_sentence_and_no_document(read):
    assert parts(read("A cat sat.\r\nIt slept")) == [("A cat sat.", "It slept")]


WRAPPED = """The old man had lived by the river for so long that
nobody could remember a time without him. He mended
nets, and he told stories to the children. In the
evening he sat on the bank.

One morning his boat was gone, and so was he. The
children searched the bank, their parents the woods.
"""
SENTENCES = [
    (
        "The old man had lived by the river for so long that nobody could remember a time without "
        "him.",
        "He mended nets, and he told stories to the children.",
        "In the evening he sat on the bank.",
    ),
    (
        "One morning his boat was gone, and so was he.",
        "The children searched the bank, their parents the woods.",
    ),
]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_a_hard_wrapped_text_is_unwrapped_and_that_is_said(read, caplog, line_break):
    assert parts(read(WRAPPED.replace("\n", line_break))) == SENTENCES
    assert "cats.txt is hard-wrapped" in caplog.text and "line_breaks='keep'" in caplog.text


def test_line_breaks_are_kept_or_unwrapped_when_told(read, caplog):
    assert [len(part) for part in parts(read(WRAPPED, line_breaks="keep"))] == [6, 3]
    assert parts(read(WRAPPED, line_breaks="unwrap")) == SENTENCES
    verse = "I saw\nA cat\nAnd it saw me."
    assert parts(read(verse)) == [("I saw", "A cat", "And it saw me.")]
    assert parts(read(verse, line_breaks="unwrap")) == [("I saw A cat And it saw me.",)]
    assert not caplog.text


def test_a_book_in_the_row_of_a_table_is_unwrapped_too(tmp_path, caplog):
    path = tmp_path / "books.jsonl"
    path.write_text(json.dumps({"text": WRAPPED}) + "\n" + json.dumps({"text": "A cat."}))
    everything = tuple(sentence for part in SENTENCES for sentence in part)
    assert parts(corpora.read(path)) == [everything, ("A cat.",)]
    assert "books.jsonl is hard-wrapped" in caplog.text
    assert len(parts(corpora.read(path, line_breaks="keep"))[0]) == 9


def test_a_folder_of_hard_wrapped_files_is_said_once(tmp_path, caplog):
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(WRAPPED)
    assert len(corpora.read(tmp_path)) == 3
    [message] = caplog.messages
    assert "0.txt and 2 more are hard-wrapped" in message


def test_an_unknown_treatment_of_line_breaks_is_named(read):
    with pytest.raises(InvalidArgumentError, match=r"line_breaks='join' is not known.*'unwrap'"):
        read("A cat.", line_breaks="join")


def test_a_text_with_a_sentence_a_line_and_no_blank_line_can_be_split(read):
    documents = read("\n".join(f"Sentence number {i}." for i in range(40)))
    training, validation = map(sentences, split(documents))
    assert (len(training), len(validation)) == (36, 4)


def test_documents_are_numbered_from_one_whatever_stands_before_them(read):
    assert [d.title for d in read("\n\n\nA cat.\n\n\nA dog.\n\n")] == ["cats 1", "cats 2"]


def test_a_byte_order_mark_is_no_text(read):
    assert parts(read(b"\xef\xbb\xbfA cat.")) == [("A cat.",)]


def test_letters_beyond_ascii_are_kept(read):
    assert parts(read("Évariste aß 猫。")) == [("Évariste aß 猫。",)]


def test_a_path_may_be_a_string(tmp_path):
    (tmp_path / "a.txt").write_text("A cat.")
    assert parts(from_text_file(str(tmp_path / "a.txt"))) == [("A cat.",)]


def test_a_file_that_is_not_utf_8_is_named_with_the_byte(read):
    with pytest.raises(InvalidFileError, match=r"path='.*cats\.txt' is not UTF-8 \(byte 3 is 0xe9"):
        read("caf\u00e9".encode("cp1252"))


@pytest.mark.parametrize("content", ["", "\n \t\r\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_text_is_refused(read, content):
    with pytest.raises(EmptyCorpusError, match=r"path='.*cats\.txt' holds no text"):
        read(content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingFileError, match=r"path='.*no\.txt' is not a file"):
        from_text_file(tmp_path / "no.txt")


def test_a_folder_is_no_text_file(tmp_path):
    with pytest.raises(MissingFileError, match=f"path='{re.escape(str(tmp_path))}' is not"):
        from_text_file(tmp_path)
