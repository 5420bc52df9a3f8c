"""Counts on disk: the reference program's files, in both directions."""

import numpy as np
import pytest

import glove
from glove.counts_file import load_cooccurrence, save_cooccurrence

TEXT = ["the cat saw the dog", "a dog ran", "the end"]

# What `vocab_count -min-count 1` and `cooccur -window-size 3` of the reference program (commit
# 52f7dbc at https://github.com/stanfordnlp/GloVe) write for these lines: words with their numbers,
# and the cells, rows and columns from 1. The first cell is mended: that program writes it twice
# where the text is so small that its overflow file stays empty.
REFERENCE_WORDS = {"the": 3, "dog": 2, "a": 1, "cat": 1, "end": 1, "ran": 1, "saw": 1}
THIRD = 1 / 3
REFERENCE_CELLS = [
    *[(1, 1, 2 / 3), (1, 2, 1.0), (1, 4, 1.5), (1, 5, 1.0), (1, 7, 1.5)],
    *[(2, 1, 1.0), (2, 3, 1.0), (2, 4, THIRD), (2, 6, 1.0), (2, 7, 0.5)],
    *[(3, 2, 1.0), (3, 6, 0.5), (4, 1, 1.5), (4, 2, THIRD), (4, 7, 1.0), (5, 1, 1.0)],
    *[(6, 2, 1.0), (6, 3, 0.5), (7, 1, 1.5), (7, 2, 0.5), (7, 4, 1.0)],
]


@pytest.fixture
def pairs():
    return glove.cooccurrence([line.split() for line in TEXT], min_count=1, window_size=3)


def test_the_files_are_those_of_the_reference_program(pairs, tmp_path):
    path = tmp_path / "counts.bin"
    save_cooccurrence(pairs, path)
    assert np.fromfile(path, "<i4,<i4,<f8").tolist() == REFERENCE_CELLS
    lines = path.with_suffix(".vocab.txt").read_text(encoding="utf-8")
    assert lines == "".join(f"{word} {count}\n" for word, count in REFERENCE_WORDS.items())


def test_what_is_saved_is_what_is_loaded(pairs, tmp_path):
    save_cooccurrence(pairs, tmp_path / "counts.bin")
    loaded = load_cooccurrence(tmp_path / "counts.bin")
    assert loaded.vocabulary == pairs.vocabulary
    assert loaded.occurrences.tolist() == pairs.occurrences.tolist()
    assert (loaded.counts != pairs.counts).nnz == 0


def test_large_counts_are_written_in_parts(pairs, tmp_path, monkeypatch):
    monkeypatch.setattr("glove.counts_file.RECORDS_AT_ONCE", 3)
    save_cooccurrence(pairs, tmp_path / "counts.bin")
    assert (load_cooccurrence(tmp_path / "counts.bin").counts != pairs.counts).nnz == 0


def test_records_may_come_in_any_order(pairs, tmp_path):
    path = tmp_path / "counts.bin"
    save_cooccurrence(pairs, path)
    records = np.fromfile(path, "<i4,<i4,<f8")
    np.random.default_rng(0).permutation(records).tofile(path)
    assert (load_cooccurrence(path).counts != pairs.counts).nnz == 0


def test_nothing_is_overwritten_unless_asked(pairs, tmp_path):
    path = tmp_path / "counts.bin"
    for name in ("counts.bin", "counts.vocab.txt"):
        (tmp_path / name).write_text("precious")
        with pytest.raises(glove.GloveFileError, match=f"{name}' exists already"):
            save_cooccurrence(pairs, path)
        assert [p.name for p in tmp_path.iterdir()] == [name]
        (tmp_path / name).unlink()
    save_cooccurrence(pairs, path)
    save_cooccurrence(pairs, path, overwrite=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["counts.bin", "counts.vocab.txt"]


def test_either_file_may_be_missing(pairs, tmp_path):
    for name in ("counts.bin", "counts.vocab.txt"):
        save_cooccurrence(pairs, tmp_path / "counts.bin", overwrite=True)
        (tmp_path / name).unlink()
        with pytest.raises(glove.GloveNotFoundError, match=f"{name} does not exist"):
            load_cooccurrence(tmp_path / "counts.bin")


RECORD = np.dtype("<i4,<i4,<f8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes"),
        (b"seventeen bytes..", "17 bytes"),
        (np.array([(0, 1, 1.0)], RECORD).tobytes(), "a row of 0"),
        (np.array([(1, 8, 1.0)], RECORD).tobytes(), "column of 8 or 8, .* has 7 words"),
        (np.array([(1, 1, np.nan)], RECORD).tobytes(), "a count that is not"),
        (np.array([(1, 1, 0.0)], RECORD).tobytes(), "a count that is not"),
    ],
)
def test_a_bad_file_of_counts_is_one_sentence(pairs, tmp_path, content, message):
    path = tmp_path / "counts.bin"
    save_cooccurrence(pairs, path)
    path.write_bytes(content)
    with pytest.raises(glove.GloveFileError, match=message) as caught:
        load_cooccurrence(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"cat", "line 2: 'cat' is not a word and a whole number"),
        (b"cat one", "line 2: 'cat one'"),
        (b"caf\xe9 1", "line 2"),
        (b"the 1", "line 2: 'the' stands there a second time"),
    ],
)
def test_a_bad_list_of_words_is_named_with_its_line(pairs, tmp_path, line, message):
    save_cooccurrence(pairs, tmp_path / "counts.bin")
    (tmp_path / "counts.vocab.txt").write_bytes(b"the 3\n" + line + b"\n")
    with pytest.raises(glove.GloveFileError, match=message):
        load_cooccurrence(tmp_path / "counts.bin")


def test_an_interrupt_leaves_the_two_files_as_they_were(pairs, tmp_path, monkeypatch):
    path = tmp_path / "counts.bin"
    save_cooccurrence(pairs, path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    other = glove.cooccurrence([["x", "y", "z"]], min_count=1)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("glove.counts_file.np.searchsorted", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_cooccurrence(other, path, overwrite=True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("word", ["New York", "", "\n", "half\ud83d"])
def test_a_word_that_the_file_cannot_hold_is_named(tmp_path, word):
    pairs = glove.cooccurrence([["a", word]], min_count=1)
    with pytest.raises(glove.GloveValueError, match="can only hold words"):
        save_cooccurrence(pairs, tmp_path / "counts.bin")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("blank", list(" \t\n\v\f\r"))
def test_words_that_the_c_program_would_split_are_refused(tmp_path, blank):
    pairs = glove.cooccurrence([["the", f"a{blank}b"]] * 5)
    path = tmp_path / "counts.bin"
    with pytest.raises(glove.GloveValueError, match="have no space, tab or line break"):
        glove.save_cooccurrence(pairs, path)
    assert not list(tmp_path.iterdir())
