"""Reading: what is a word and what a number, in every wrapping; a fault is named with its line."""

import bz2
import gzip
import lzma
import zipfile

import numpy as np
import pytest
from gensim.models import KeyedVectors

import glove
from glove.reading import read_blocks

TEXT = "the 0.25 -1\nof 3 4e-2\n狗 .5 +6\n"
NUMBERS = np.array([[0.25, -1], [3, 0.04], [0.5, 6]], dtype="float32").tolist()


@pytest.fixture
def file(tmp_path):
    def write(content, name="vectors.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def pack(tmp_path):
    """A function that packs texts into a zip archive."""

    def pack(**texts):
        path = tmp_path / "vectors.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(f"{name}.txt", text)
        return path

    return pack


def read(path, **options):
    """All words and all vectors."""
    words, rows = zip(*read_blocks(path, **options), strict=True)
    return [word for block in words for word in block], np.concatenate(rows).tolist()


def refused(path, **options):
    """The one sentence with which it is not read."""
    with pytest.raises(glove.GloveFileError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message and message.endswith(".")
    return message


@pytest.fixture(params=[1 << 19, 24], ids=["one block", "many blocks"])
def block(request, monkeypatch):
    monkeypatch.setattr("glove.reading.BLOCK", request.param)


# === Words and numbers ===


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("header", ["", "3 2\n"])
@pytest.mark.parametrize(
    "changes",
    [
        (),
        ("\n", "\r\n"),
        ("\n", " \n"),  # as the word2vec program ends a line
        ("\n", "\n\n"),
        ("\n", " \r\n"),
    ],
)
def test_line_ends_and_a_header_change_nothing(file, header, changes):
    text = header + TEXT
    path = file(text.replace(*changes) if changes else text)
    assert read(path) == (["the", "of", "狗"], NUMBERS)
    path.write_bytes(path.read_bytes().rstrip())
    assert read(path) == (["the", "of", "狗"], NUMBERS)


def test_a_mark_of_byte_order_is_no_part_of_the_first_word(file):
    assert read(file("\ufeff" + TEXT))[0][0] == "the"


@pytest.mark.usefixtures("block")
def test_words_that_a_csv_reader_would_misread_are_words(file):
    words = ['"', "'", "\\", ",", "NA", "null", "nan", "#", "1", "é", "狗", "a\tb", "\ufeff", "\0"]
    words += ["\x85", "\u2028", "\xa0", "a\rb"]
    path = file("".join(f"{word} {row} 0.5\n" for row, word in enumerate(words)))
    assert read(path) == (words, [[row, 0.5] for row in range(len(words))])


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("header", ["", "5 2\n"])
def test_a_word_may_have_spaces(file, header):
    words = [". . .", "the", "to name@domain.com", "at nan", "1"]
    path = file(header + "".join(f"{word} {row} 0.5\n" for row, word in enumerate(words)))
    assert read(path) == (words, [[row, 0.5] for row in range(5)])


def test_two_numbers_and_a_single_number_below_are_vectors_and_not_a_header(file):
    assert read(file("5 1\nthe 2\n")) == (["5", "the"], [[1], [2]])


@pytest.mark.parametrize("lines", [2, 3, 1_500, 100_000])  # more than are looked at, and a block
@pytest.mark.parametrize("space", [" ", "\t"])
def test_a_header_of_vectors_of_one_number_is_a_header_where_it_counts_them(file, lines, space):
    text = f"{lines} 1\n" + "".join(f"w{row} 0.5\n" for row in range(lines))
    words, rows = read(file(text.replace(" ", space)))
    assert (words[0], len(words), rows[0]) == ("w0", lines, [0.5])


def test_a_word_of_digits_that_is_saved_is_no_header(tmp_path):
    vectors = KeyedVectors(1)
    vectors.add_vectors(["1", "the"], np.array([[1], [2]], "float32"))
    glove.save(vectors, tmp_path / "vectors.txt")
    assert glove.load(tmp_path / "vectors.txt").index_to_key == ["1", "the"]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # gensim forgets to close it
@pytest.mark.parametrize("header", [True, False])
def test_what_gensim_writes_is_read_as_gensim_reads_it(tmp_path, header):
    path = str(tmp_path / "vectors.txt")
    vectors = KeyedVectors(20)
    matrix = np.random.default_rng(0).normal(size=(300, 20)).astype("float32")
    vectors.add_vectors([f"word{row}" for row in range(300)], matrix)
    vectors.save_word2vec_format(path, write_header=header)
    ours, theirs = glove.load(path), KeyedVectors.load_word2vec_format(path, no_header=not header)
    assert ours.index_to_key == theirs.index_to_key
    assert ours.vectors.tobytes() == theirs.vectors.tobytes()


def test_the_careful_loop_reads_the_same_bits_as_the_columnar_reader(file, monkeypatch):
    import pyarrow

    numbers = np.random.default_rng(0).normal(size=(200, 20))
    lines = [" ".join([f"w{i}", *(f"{n:.6g}" for n in row)]) for i, row in enumerate(numbers)]
    path = file("\n".join(lines))
    fast = read(path)

    def unable(*_):
        raise pyarrow.ArrowInvalid

    monkeypatch.setattr("glove.reading._columns", unable)
    assert read(path) == fast


# === No dimension is lost ===


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("header", ["", "3 2\n", "3\t2\n"])
def test_tabs_may_part_word_and_numbers(file, header):
    expected = (["the", "of", "狗"], NUMBERS)
    assert read(file(header + TEXT.replace(" ", "\t"))) == expected
    first_only = "".join(line.replace(" ", "\t", 1) for line in TEXT.splitlines(keepends=True))
    assert read(file(header + first_only)) == expected
    assert read(file("new york\t1\t2\nthe\t3\t4\n")) == (["new york", "the"], [[1, 2], [3, 4]])


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("the −0.1 0.2 0.3", "'−0.1' is not a number"),
        ("the None 0.2 0.3", "'None' is not a number"),
        ("the [0.1 0.2 0.3]", "'[0.1' is not a number|'0.3]' is not a number"),
        ("the [0.1 0.2 0.3", "'[0.1' is not a number"),
        ("the 0.5f 0.2 0.3", "'0.5f' is not a number"),
        ("the 0,5 0.2 0.3", "'0,5' is not a number"),
        ("the,0.1,0.2,0.3", "here commas stand between"),
    ],
)
@pytest.mark.parametrize("rest", ["", "of 0.1 0.2 0.3\nto 1 2 3\n"])
def test_a_first_number_in_another_spelling_is_no_part_of_the_word(file, line, message, rest):
    assert any(part in refused(file(f"{line}\n{rest}")) for part in message.split("|"))


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    "line", ["of\t0.1 0.2 0.3 0.4", "of −0.1 0.2 0.3 0.4", "of [0.1 0.2 0.3 0.4", "of 0.1f 1 2 3"]
)
def test_a_number_too_many_is_no_part_of_a_word_further_down(file, line):
    assert "line 2" in refused(file(f"the 1 2 3\n{line}\n"))


@pytest.mark.usefixtures("block")
def test_a_column_of_ids_is_refused(file):
    text = "".join(f"{row} {word} 0.1 0.2\n" for row, word in enumerate(["the", "of", "king"]))
    message = refused(file(text))
    assert "line 1" in message
    assert "lines were numbered" in message or "'the' is not a number" in message
    assert "line 1: '0 the 0.1 0.2' begins with a number" in refused(file("0 the 0.1 0.2\n"))
    tabbed = "".join(f"{row}\t{word} 0.1 0.2\n" for row, word in enumerate(["the", "of"]))
    assert "lines were numbered" in refused(file(tabbed))  # what follows the tab is no number


@pytest.mark.parametrize("header", ["400000 300\n", "400000 300", "\n5 2\r\n"])
def test_a_header_alone_is_no_word(file, header):
    assert "vectors are announced, but none follow" in refused(file(header))


@pytest.mark.usefixtures("block")
def test_the_words_of_840b_that_have_spaces_go_on_loading(file):
    words = [",", ". . .", "at name@domain.com", "the", ". . . . .", "email name@domain.com"]
    words += ["to name@domain.com", "• name@domain.com", "of", "a", "in", "1", "and"]
    path = file("".join(f"{word} {row} 0.5 -1e-3\n" for row, word in enumerate(words)))
    assert read(path) == (words, [[row, 0.5, np.float32(-1e-3)] for row in range(len(words))])


@pytest.mark.parametrize("words", [[". . ."], ["at name@domain.com"], ["new york", "los angeles"]])
def test_a_file_of_words_with_spaces_alone_is_read(file, words):
    assert read(file("".join(f"{word} 1 2\n" for word in words)))[0] == words


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("unknown", [0, 1])
def test_the_reference_program_announces_its_words_and_adds_an_unknown_one(file, unknown):
    text = "2 2\nthe 1 2\nof 3 4\n" + "<unk> 0.5 0.5\n" * unknown
    assert read(file(text))[0] == ["the", "of", "<unk>"][: 2 + unknown]
    assert "1 vectors are announced, but 2 follow" in refused(file("1 2\na 1 2\nb 3 4\n"))
    assert "announced" in refused(file("1 2\n<unk> 1 2\nb 3 4\n"))
    assert "announced" in refused(file("1 2\na 1 2\nb 1 2\n<unk> 3 4\n"))


# === Parts ===


@pytest.mark.usefixtures("block")
def test_limit_counts_lines_without_the_header_and_blank_ones(file):
    path = file("4 2\n\na 1 2\n\nb 3 4\nc 5 6\nnot a vector\n")
    assert [len(read(path, limit=n)[0]) for n in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.usefixtures("block")
def test_lines_of_words_that_are_not_wanted_are_passed_over(file):
    path = file("a 1 2\nof x\nto b 3 4\nto c 5 6\nto 7 8\n")
    assert read(path, vocabulary={"to b"}) == (["to b"], [[3, 4]])
    assert "line 2" in refused(file("a 1 2\nto x\nb 3 4\n"), vocabulary={"b", "to"})


# === Wrappings ===


@pytest.mark.usefixtures("block")
def test_gzip_and_zip_are_unpacked_on_the_way(file, pack):
    expected = read(file(TEXT))
    assert read(file(gzip.compress(TEXT.encode()), "vectors.txt.gz")) == expected
    halves = gzip.compress(TEXT[:20].encode()) + gzip.compress(TEXT[20:].encode())
    assert read(file(halves, "vectors.txt.gz")) == expected
    assert read(pack(vectors=TEXT)) == expected


def test_of_a_zip_with_several_members_one_is_chosen(pack):
    path = pack(small="a 1\n", large="a 1 2\n")
    assert read(path, member="large.txt") == (["a"], [[1, 2]])
    assert "one of ['small.txt', 'large.txt']" in refused(path)
    assert "no member 'medium.txt'" in refused(path, member="medium.txt")


def test_a_zip_without_members_has_none(pack):
    assert "no member, but a file of vectors is needed" in refused(pack())


def test_a_member_of_what_is_no_zip_is_named(file):
    with pytest.raises(glove.GloveValueError, match=r"member='a\.txt'.*leave it out"):
        read(file(TEXT), member="a.txt")


def test_a_gzip_file_that_is_cut_short_is_named_with_the_line_it_reaches(file, monkeypatch):
    monkeypatch.setattr("glove.reading.BLOCK", 1_000)
    text = "".join(f"w{n} {n * n % 97}\n" for n in range(1_000)).encode()
    packed = gzip.compress(text)
    message = refused(file(packed[: len(packed) // 2], "vectors.gz"))
    line = int(message.split("line ")[1].split()[0])
    assert "cut short or damaged" in message and 100 < line < 900
    assert "cut short or damaged" in refused(file(packed[:-4], "vectors.gz"))
    assert "line 1 or later" in refused(file("<html>", "vectors.gz"))


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "GZ"])
@pytest.mark.parametrize("kept", [0.5, None])
def test_a_packed_file_that_is_damaged_is_named_by_load_too(file, ending, kept):
    pack = {"gz": gzip, "bz2": bz2, "xz": lzma}[ending.lower()].compress
    packed = pack("".join(f"w{n} {n} 1\n" for n in range(100)).encode())
    content = "no archive" if kept is None else packed[: int(kept * len(packed))]
    with pytest.raises(glove.GloveFileError, match="cut short or damaged"):
        glove.load(file(content, f"vectors.{ending}"))


def test_a_zip_archive_that_is_cut_short_is_named(pack):
    path = pack(vectors=TEXT)
    path.write_bytes(path.read_bytes()[:-30])
    assert "no archive that can be read" in refused(path)


# === Faults ===


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("the\nking\n", "line 1: 'the' is a word without a vector"),
        ("New York\nking\n", "line 1: 'York' is not a number"),
        ("a 1 x 3\n", "line 1: 'x' is not a number"),
        ("a 1 nan\n", "line 1: 'nan' is not a finite"),
        ("a 1 2\nb 3\n", "line 2: 'b 3' has 1 numbers instead of the 2 of other lines"),
        ("a 1 2\n\nb 3 4 5\n", "line 3: 'b 3 4 5' has 3 numbers instead of the 2"),
        ("a 1 2\nb  3 4\n", "line 2: 'b  3 4' has 3 numbers"),
        ("a 1 2\nking\n", "line 2: 'king' has 0 numbers"),
        ("a 1 2\nb 3 x\n", "line 2: 'x' is not a number"),
        ("a 1 2\nb 3 1_0\n", "line 2: '1_0' is not a number"),
        ("a 1 2\nb 3 ٣\n", "line 2: '٣' is not a number"),
        ("a 1 2\nb nan 4\n", "line 2: 'nan' is not a finite"),
        ("a 1 2\nb -inf 4\n", "line 2: '-inf' is not a finite"),
        ("a 1 2\nb 1e39 4\n", "line 2: '1e39' is not a finite"),
        (b"a 1 2\ncaf\xe9 3 4\n", "line 2: byte 0xe9 is not UTF-8"),
        (b"caf\xe9 3 4\n", "line 1: byte 0xe9 is not UTF-8"),
        ("2 3\na 1 2 3\nb 4 5\n", "line 3: 'b 4 5' has 2 numbers instead of the 3"),
        ("2 3\na 1 2\nb 4 5\n", "line 2: 'a 1 2' has 2 numbers instead of the 3"),
        (f"2 {10**11}\na 1 2\n", "line 2: 'a 1 2' has 2 numbers instead of the 1000"),
        ("3 2\na 1 2\nb 3 4\n", "line 1: 3 vectors are announced, but 2 follow"),
        ("1 2\na 1 2\nb 3 4\n", "line 1: 1 vectors are announced, but 2 follow; write 2 there"),
        ("# mine\na 1 2\nb 3 4\n", "line 1: '# mine' has 1 numbers instead of the 2 of other"),
    ],
)
def test_a_fault_is_named_with_its_line(file, content, message):
    assert message in refused(file(content))


def test_a_fault_far_down_has_the_right_line_in_every_wrapping(file, pack, monkeypatch):
    monkeypatch.setattr("glove.reading.BLOCK", 1_000)
    text = "".join(f"w{n} {n}\n\n" for n in range(1_000)) + "w x\n" + "v 1\n" * 1_000
    for path in (file(text), file(gzip.compress(text.encode()), "v.gz"), pack(v=text)):
        assert "line 2001: 'x' is not a number" in refused(path)


def test_a_file_without_line_ends_is_not_read_to_its_end(file, monkeypatch):
    monkeypatch.setattr("glove.reading.BLOCK", 1_000)
    assert "no line end within 2,000 bytes" in refused(file(b"\0" * 1_000_000))


PAGE = "<html><head><title>404</title></head>\n<body>\nnot found</body></html>\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    "page", [PAGE, f"\n<!DOCTYPE html>\n{PAGE}", f'<?xml version="1.0"?>\n{PAGE}', PAGE.upper()]
)
def test_a_web_page_is_named(file, page, pack):
    path = file(pack(page.encode()), "vectors.txt")
    for on_error in ("raise", "skip"):
        with pytest.raises(glove.GloveFileError, match=r"is a web page.*the file itself"):
            glove.load(path, on_error=on_error)


def test_a_pointer_of_git_lfs_is_named(file):
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    assert "git lfs pull" in refused(file(text))


def test_a_word_may_look_like_a_page(file):
    assert read(file("<html> 0.5 -1e-3\n<body> 2 3\n"))[0] == ["<html>", "<body>"]


# === A first line that is damaged ===

REST = "of 0.1 0.2 0.3\nto 0.4 0.5 0.6\n"


@pytest.mark.parametrize("line", ["x 0.1 0.2", "x 0.1 0.2 0.3 0.4", "x y 0.1 0.2"])
def test_most_lines_tell_how_many_numbers_there_are(file, line):
    assert "line 1: " in refused(file(f"{line}\n{REST}"))


@pytest.mark.parametrize("header", ["", "3 3\n"])
@pytest.mark.parametrize(
    "line",
    [
        "x 0.1 0.2",
        "x 0.1 0.2 0.3 0.4",
        "x",
        "x 0.1",
        " 0.1 0.2 0.3",
        "x None 0.2 0.3",
        "x nan 0.2 0.3",
        "x 0.1 0.2 inf",
        "x 0.1 0.2 0.3 0.4 0.5",
        "x,0.1,0.2,0.3",
        b"caf\xe9 0.1 0.2 0.3",
        b"\xe9\xfe",
    ],
)
def test_a_first_line_that_is_damaged_is_left_out_as_any_other(file, caplog, header, line):
    line = line if isinstance(line, bytes) else line.encode()
    path = file(header.encode() + line + b"\n" + REST.encode())
    number = 2 if header else 1
    with pytest.raises(glove.GloveFileError, match=f"line {number}: "):
        glove.load(path)
    vectors = glove.load(path, on_error="skip")
    assert vectors.index_to_key == ["of", "to"]
    np.testing.assert_allclose(vectors["to"], [0.4, 0.5, 0.6])
    assert f"1 lines were left out. First: {path}, line {number}: " in caplog.text


def test_a_file_of_words_with_spaces_loses_a_first_line_too(file):
    path = file("x\nnew york 1 2\nlos angeles 3 4\n")
    assert glove.load(path, on_error="skip").index_to_key == ["new york", "los angeles"]


@pytest.mark.parametrize("text", ["the\nking\n", "a 1 x\nb None\n", "0 a 1 2\n1 b 3 4\n"])
def test_where_no_line_has_numbers_skipping_does_not_help(file, text):
    with pytest.raises(glove.GloveFileError, match="line 1: "):
        glove.load(file(text), on_error="skip")


def test_a_lone_carriage_return_ends_no_line(file):
    with pytest.raises(glove.GloveFileError, match="line 2"):
        glove.load(file("the 1 2\nof 3 4\rto 5 6\n"))


def test_an_empty_word_is_none(file):
    with pytest.raises(glove.GloveFileError, match="line 2: ' 3 4' begins with a space"):
        glove.load(file("the 1 2\n 3 4\n"))


def test_a_line_of_one_word_that_nobody_wants_does_no_harm(file):
    assert glove.load(file("the 1 2\nofx\n"), vocabulary=["the", "of"]).index_to_key == ["the"]
