"""A text file as a corpus: what separates documents, and what is no text file."""

import re

import pytest

from mlm_tf.corpora import from_text_file
from mlm_tf.errors import EmptyCorpusError, InvalidFileError, MissingFileError


@pytest.fixture
def read(tmp_path):
    """A function from the bytes of a file to its documents."""

    def write_and_read(content):
        path = tmp_path / "cats.txt"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return from_text_file(path)

    return write_and_read


def parts(documents):
    return [document.sentences for document in documents]


TWO = [("A cat sat.", "It slept."), ("A dog ran.",)]


@pytest.mark.parametrize("blank", ["\n\n", "\n\n\n\n", "\n \t\n", "\r\n\r\n", "\r\r"])
def test_blank_lines_separate_documents(read, blank):
    assert parts(read(f"A cat sat. It slept.{blank}A dog ran.")) == TWO


def test_a_line_break_ends_a_sentence_and_no_document(read):
    assert parts(read("A cat sat.\r\nIt slept")) == [("A cat sat.", "It slept")]


def test_documents_are_numbered_from_one_whatever_stands_before_them(read):
    assert [d.title for d in read("\n\n\nA cat.\n\n\nA dog.\n\n")] == ["cats 1", "cats 2"]


def test_a_byte_order_mark_is_no_text(read):
    assert parts(read(b"\xef\xbb\xbfA cat.")) == [("A cat.",)]


def test_letters_beyond_ascii_are_kept(read):
    assert parts(read("Évariste aß 猫。")) == [("Évariste aß 猫。",)]


def test_a_path_may_be_a_string(tmp_path):
    (tmp_path / "a.txt").write_text("A cat.")
    assert parts(from_text_file(str(tmp_path / "a.txt"))) == [("A cat.",)]


@pytest.mark.parametrize("content", ["caf\u00e9".encode("cp1252"), "A cat.".encode("utf-16")])
def test_a_file_that_is_not_utf_8_is_named_with_the_byte(read, content):
    with pytest.raises(InvalidFileError, match=r"path='.*cats\.txt' is not UTF-8 \(byte \d is 0x"):
        read(content)


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
