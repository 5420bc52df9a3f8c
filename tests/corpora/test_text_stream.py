"""Streams of text: what they give, how little they hold, and files that are damaged."""

import gzip
import tracemalloc

import pytest

from mlm_tf.corpora import TextStream, from_text_file, text_stream
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError

TEXT = "\ufeffA cat.\nIt slept.\n \n\nÉ 猫.\r\n"
LINES = ["A cat.", "It slept.", "É 猫."]
DOCUMENTS = ["A cat.\nIt slept.", "É 猫."]


@pytest.fixture(params=["a.txt", "a.txt.gz", "A.TXT.GZ"])
def write(request, tmp_path):
    """A function that writes a file, plain or compressed, and gives its path."""

    def write(content):
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / request.param
        path.write_bytes(gzip.compress(data) if path.suffix in (".gz", ".GZ") else data)
        return path

    return write


def test_lines_come_without_breaks_and_without_the_blank_ones(write):
    assert list(TextStream(write(TEXT))) == LINES


def test_blank_lines_separate_documents(write):
    assert list(TextStream(write(TEXT), unit="document")) == DOCUMENTS


def test_from_text_file_reads_the_same_documents(write):
    documents = from_text_file(write(TEXT))
    assert [document.text for document in documents] == DOCUMENTS
    assert [document.title.lower() for document in documents] == ["a 1", "a 2"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_break_ends_a_line(write, end):
    stream = TextStream(write(f"a{end}b{end}{end}c"), unit="document")
    assert list(stream) == ["a\nb", "c"]


def test_other_separators_stand_inside_a_line(write):
    assert list(TextStream(write("a\x85b\u2028c\x0bd\n"))) == ["a\x85b\u2028c\x0bd"]


def test_a_byte_order_mark_is_none_of_the_text_where_files_were_put_together_either(write):
    assert list(TextStream(write("\ufeffa\n\ufeffb\n\ufeff\n"))) == ["a", "b"]


def test_every_pass_starts_anew_and_two_do_not_disturb_each_other(write):
    stream = TextStream(write(TEXT))
    first, second = iter(stream), iter(stream)
    assert [next(first), next(second), next(first)] == ["A cat.", "A cat.", "It slept."]
    assert list(stream) == list(stream) == LINES


def test_several_files_come_one_after_the_other_and_end_a_document(tmp_path, write):
    other = tmp_path / "b.txt"
    other.write_text("\ufeffA dog.", encoding="utf-8")
    paths = [str(other), write("A cat.")]
    assert list(TextStream(paths, unit="document")) == ["A dog.", "A cat."]


def test_an_empty_file_gives_nothing(write):
    assert list(TextStream(write(""))) == list(TextStream(write("\ufeff"))) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_memory_holds_a_line_and_not_the_file(write, end):
    path = write(f"a line of some length{end}" * 100_000)  # 2.2 MB
    tracemalloc.start()
    assert sum(1 for _ in TextStream(path)) == 100_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000


@pytest.mark.parametrize("size", range(1, 12))
def test_lines_are_the_same_wherever_a_part_of_the_file_ends(write, monkeypatch, size):
    """Between the CR and the LF of one line break, say, or inside a character."""
    monkeypatch.setattr(text_stream, "PART_BYTES", size)
    path = write("\ufeffé\r\n\r\r\n猫猫猫 a\rb\n\n\rc\r")
    assert list(text_stream.lines_of(path)) == ["é", "", "", "猫猫猫 a", "b", "", "", "c"]


def test_one_line_of_50_megabytes_is_a_line(write):
    (line,) = TextStream(write("five " * 10_000_000))
    assert len(line) == 50_000_000


@pytest.mark.parametrize("before", ["", "\ufeff", "A cat.\nÉ\r\n"])
def test_a_byte_that_is_not_utf_8_is_named_with_its_place(write, before):
    path = write(before.encode() + "caf\u00e9\n".encode("cp1252"))
    place = len(before.encode()) + 3
    with pytest.raises(InvalidFileError) as caught:
        list(TextStream(path))
    assert f"path='{path}' is not UTF-8 (byte {place} is 0xe9)" in str(caught.value)


def test_what_stands_before_a_wrong_byte_is_given_first(write):
    stream = iter(TextStream(write(b"A cat.\n\xff\n")))
    assert next(stream) == "A cat."
    with pytest.raises(InvalidFileError):
        next(stream)


@pytest.mark.parametrize("damage", ["cut off", "flipped", "plain"])
def test_a_damaged_gz_is_named(tmp_path, damage):
    path = tmp_path / "a.txt.gz"
    packed = bytearray(gzip.compress("".join(map(str, range(10_000))).encode()))
    packed[len(packed) // 2] ^= 0xFF if damage == "flipped" else 0
    cut = packed[: len(packed) // 2] if damage == "cut off" else packed
    path.write_bytes(b"A cat." if damage == "plain" else cut)
    with pytest.raises(InvalidFileError, match=r"path='.*a\.txt\.gz' is cut off or no gzip file"):
        list(TextStream(path))


@pytest.mark.parametrize("paths", ["no.txt", ["no.txt"]])
def test_a_missing_file_is_named_before_anything_is_read(paths):
    with pytest.raises(MissingFileError, match=r"path='no\.txt' is not a file"):
        TextStream(paths)


def test_a_file_that_goes_away_is_named_too(write):
    path = write(TEXT)
    stream = TextStream(path)
    path.unlink()
    with pytest.raises(MissingFileError):
        list(stream)


def test_another_unit_and_no_path_are_refused(write):
    with pytest.raises(InvalidArgumentError, match=r"unit='word'.*'line' or 'document'"):
        TextStream(write(TEXT), unit="word")
    with pytest.raises(InvalidArgumentError, match="paths is empty"):
        TextStream([])


@pytest.mark.parametrize("paths", [None, 5, b"a.txt", [None], [b"a.txt"], ["a.txt", 5]])
def test_what_is_no_path_is_refused_in_one_sentence(paths):
    with pytest.raises(InvalidArgumentError) as error:
        TextStream(paths)
    assert str(error.value).startswith(f"paths={paths!r} is not allowed; use the path of a ")
    assert "\n" not in str(error.value)


def test_a_genuine_file_gives_the_lines_that_it_has(genuine, data_dir):
    genuine("wikitext-2/valid.txt")
    path = data_dir("wikitext-2", "valid.txt")
    with path.open(encoding="utf-8") as file:
        expected = [line.rstrip("\n") for line in file if line.strip()]
    assert list(TextStream(path)) == expected
