"""Reading a corpus: words as the reference program parts them, and files that are none."""

import gzip

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
            "東京 は\nß\u00a0ß \u2028x\x0by\n".encode(),
            [["東京", "は"], ["ß\u00a0ß", "\u2028x\x0by"]],
        ),
    ],
)
def test_only_spaces_and_tabs_part_words_and_only_line_feeds_part_lines(tmp_path, data, sentences):
    assert read(tmp_path, data) == sentences


@pytest.mark.parametrize("size", range(1, 12))
def test_a_line_in_pieces_is_one_line(tmp_path, monkeypatch, size):
    monkeypatch.setattr("glove.corpus._BYTES_AT_ONCE", size)
    text = "eins zwei\tgrün  eins\r\n\nüber zwei eins zwei"
    expected = [["eins", "zwei", "grün", "eins"], ["über", "zwei", "eins", "zwei"]]
    assert read(tmp_path, text.encode()) == expected
    assert read(tmp_path, f"{text}\n".encode()) == expected


def test_a_word_of_a_long_line_is_in_memory_once(tmp_path, monkeypatch):
    monkeypatch.setattr("glove.corpus._BYTES_AT_ONCE", 8)
    (words,) = read(tmp_path, b"twinkle " * 100 + b"\n")
    assert len(words) == 100
    assert len({id(word) for word in words[:99]}) == 1


def test_a_packed_corpus_is_read_too(tmp_path):
    packed = gzip.compress(b"a b\nc\n")
    assert read(tmp_path, packed, "corpus.txt.gz") == [["a", "b"], ["c"]]
    with pytest.raises(glove.GloveFileError, match=r"gz, line 1 or later: .* cut short or damaged"):
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
    with pytest.raises(glove.GloveFileError, match="is a folder"):
        read_corpus(tmp_path)
