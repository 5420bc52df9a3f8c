"""Files: what was saved is what is loaded, and a bad file is named with its line."""

import os
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import glove
from glove.vectors import keyed_vectors

WORDS = st.text(min_size=1, max_size=8).filter(
    lambda word: not any(c in word for c in " \n\r\0\ufeff")
)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@settings(max_examples=25, deadline=None)
@given(st.data(), st.lists(WORDS, min_size=1, max_size=6, unique=True), st.integers(1, 5))
def test_saved_vectors_load_bit_for_bit(tmp_path_factory, data, words, size):
    matrix = data.draw(hnp.arrays(np.float32, (len(words), size), elements=FLOATS))
    path = tmp_path_factory.mktemp("vectors") / "vectors.txt"
    glove.save(keyed_vectors(words, matrix), path)
    loaded = glove.load(path)
    assert loaded.index_to_key == words
    assert loaded.vectors.view(np.int32).tolist() == matrix.view(np.int32).tolist()


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # gensim forgets to close it
def test_a_genuine_file_reads_as_gensim_reads_it():
    folder = os.environ.get("MLM_TF_DATA")
    path = Path(folder or "") / "glove" / "glove.6B.50d.sub.txt"
    if not folder or not path.is_file():
        pytest.skip("MLM_TF_DATA does not lead to glove/glove.6B.50d.sub.txt")
    ours = glove.load(path)
    theirs = KeyedVectors.load_word2vec_format(str(path), binary=False, no_header=True)
    assert ours.vectors.shape == (9163, 50)
    assert ours.index_to_key == theirs.index_to_key
    assert ours.vectors.tobytes() == theirs.vectors.tobytes()
    assert ours.most_similar("king") == theirs.most_similar("king")


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "vectors.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_words_that_csv_would_misread_are_words(file):
    words = ['"', "'", "\\", ",", "NA", "null", "nan", "#", "1", "é", "狗", "a\tb"]
    path = file("".join(f"{word} {row} 0.5\n" for row, word in enumerate(words)))
    vectors = glove.load(path)
    assert vectors.index_to_key == words
    assert vectors.vectors[:, 0].tolist() == list(range(len(words)))


def test_windows_line_ends_and_a_missing_last_one_do_no_harm(file):
    assert glove.load(file("a 1 2\r\nb 3 4")).vectors.tolist() == [[1, 2], [3, 4]]


def test_limit_reads_only_the_top(file):
    path = file("a 1\nb 2\nnot a vector\n")
    assert glove.load(path, limit=2).index_to_key == ["a", "b"]


def test_of_a_duplicate_word_the_first_vector_wins_and_the_rest_are_counted(file, caplog):
    vectors = glove.load(file("a 1\nb 2\na 3\na 4\nc 5\n"))
    assert vectors.index_to_key == ["a", "b", "c"]
    assert vectors.vectors.ravel().tolist() == [1, 2, 5]
    assert "holds 2 words more than once" in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("the\nking\n", "line 1: 'the' is a word without a vector.*list of words"),
        ("a 1 2\nb 3\n", "line 2: 'b 3' has 1 numbers where the first line has 2"),
        ("a 1 2\n\nb 3 4 5\n", "line 3: .* has 3 numbers"),
        ("a 1 2\nking\n", "line 2: 'king' has 0 numbers"),
        ("a 1 2\nb 3 x\n", "line 2: 'x' is not a number"),
        ("a 1 2\nb 3 \n", "line 2: '' is not a number"),
        ("a 1 2\nb 3 1_0\n", "line 2: '1_0' is not a number"),
        ("a 1 2\nb nan 4\n", "line 2: 'nan' is not a finite"),
        ("a 1 2\nb -inf 4\n", "line 2: '-inf' is not a finite"),
        ("a 1 2\nb 1e39 4\n", "line 2: '1e39' is not a finite"),
        (b"a 1 2\ncaf\xe9 3 4\n", "line 2: byte 0xe9 is not UTF-8"),
    ],
)
def test_a_bad_file_is_named_with_its_line(file, content, message):
    path = file(content)
    with pytest.raises(glove.GloveFileError, match=message) as caught:
        glove.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("limit", [0, -1, 1.5, True])
def test_a_bad_limit_is_named(file, limit):
    with pytest.raises(glove.GloveValueError, match=f"limit={limit!r}"):
        glove.load(file("a 1\n"), limit=limit)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(glove.GloveNotFoundError, match=r"nowhere\.txt"):
        glove.load(tmp_path / "nowhere.txt")
    with pytest.raises(glove.GloveNotFoundError, match="is not a file"):
        glove.load(tmp_path)


VECTORS = keyed_vectors(["a", "b"], np.array([[1, 2], [3, 4]], dtype="float32"))


def test_nothing_is_overwritten_unless_asked(file):
    path = file("precious")
    with pytest.raises(glove.GloveFileError, match="overwrite=True"):
        glove.save(VECTORS, path)
    assert path.read_text() == "precious"
    glove.save(VECTORS, path, overwrite=True)
    assert path.read_text() == "a 1 2\nb 3 4\n"


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(file, monkeypatch):
    path = file("precious")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("glove.files._lines", fail)
    with pytest.raises(OSError, match="disk full"):
        glove.save(VECTORS, path, overwrite=True)
    assert [p.name for p in path.parent.iterdir()] == ["vectors.txt"]
    assert path.read_text() == "precious"


def test_saving_into_a_missing_folder_says_so(tmp_path):
    with pytest.raises(glove.GloveNotFoundError, match="create the folder"):
        glove.save(VECTORS, tmp_path / "missing" / "vectors.txt")


@pytest.mark.parametrize("word", ["", "two words", "line\nbreak"])
def test_a_word_that_the_format_cannot_hold_is_named(tmp_path, word):
    vectors = keyed_vectors([word], np.ones((1, 2), dtype="float32"))
    with pytest.raises(glove.GloveValueError, match="can only hold words"):
        glove.save(vectors, tmp_path / "vectors.txt")


def test_nan_is_not_written(tmp_path):
    vectors = keyed_vectors(["a"], np.full((1, 2), np.nan, dtype="float32"))
    with pytest.raises(glove.GloveValueError, match="word 'a'"):
        glove.save(vectors, tmp_path / "vectors.txt")
    assert not list(tmp_path.iterdir())
