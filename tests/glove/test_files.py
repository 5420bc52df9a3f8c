"""Files: what was saved is what is loaded, all of it or the part that is asked for."""

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import glove
from glove.vectors import keyed_vectors

WORDS = st.text(min_size=1, max_size=8).filter(
    lambda word: not any(c in word for c in " \t\n\v\f\r\0\ufeff")
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
def test_a_genuine_file_reads_as_gensim_reads_it(data_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("GLOVE_CACHE", str(tmp_path))
    path = data_dir("glove", "glove.6B.50d.sub.txt")
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


def test_limit_reads_only_the_top(file):
    path = file("a 1\nb 2\nnot a vector\n")
    assert glove.load(path, limit=2).index_to_key == ["a", "b"]


def test_of_a_duplicate_word_the_first_vector_wins_and_the_rest_are_counted(file, caplog):
    vectors = glove.load(file("a 1\nb 2\na 3\na 4\nc 5\n"))
    assert vectors.index_to_key == ["a", "b", "c"]
    assert vectors.vectors.ravel().tolist() == [1, 2, 5]
    assert "holds 2 words more than once" in caplog.text


def test_a_duplicate_in_a_later_block_is_one_too(file, monkeypatch):
    monkeypatch.setattr("glove.reading._BLOCK", 8)  # bytes, two lines
    vectors = glove.load(file("a 1\nb 2\nc 3\na 4\nd 5\n"))
    assert vectors.index_to_key == ["a", "b", "c", "d"]
    assert vectors.vectors.ravel().tolist() == [1, 2, 3, 5]


TABLE = "the 1 2\nof 3 4\nthe 5 6\n. . . 7 8\nking 9 10\n"


def test_vocabulary_keeps_its_words_in_the_order_of_the_file(file):
    vectors = glove.load(file(TABLE), vocabulary=["king", "queen", ". . .", "the"])
    assert vectors.index_to_key == ["the", ". . .", "king"]
    assert vectors.vectors.tolist() == [[1, 2], [7, 8], [9, 10]]


def test_of_a_vocabulary_only_what_the_top_has_is_kept(file):
    assert glove.load(file(TABLE), limit=2, vocabulary={"king", "of"}).index_to_key == ["of"]


def test_a_vocabulary_of_strangers_gives_no_vectors_of_the_right_size(file):
    assert glove.load(file(TABLE), vocabulary=["queen"]).vectors.shape == (0, 2)


def test_a_vocabulary_that_is_one_text_is_named(file):
    with pytest.raises(glove.GloveValueError, match="vocabulary='king' is one text"):
        glove.load(file(TABLE), vocabulary="king")


def test_the_array_may_be_written_to(file):
    vectors = glove.load(file(TABLE))
    vectors.vectors[0] = 0
    assert vectors["the"].tolist() == [0, 0]


@pytest.mark.parametrize("limit", [0, -1, 1.5, True])
def test_a_bad_limit_is_named(file, limit):
    with pytest.raises(glove.GloveValueError, match=f"limit={limit!r}"):
        glove.load(file("a 1\n"), limit=limit)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(glove.GloveNotFoundError, match=r"nowhere\.txt"):
        glove.load(tmp_path / "nowhere.txt")
    with pytest.raises(glove.GloveNotFoundError, match="is not a file"):
        glove.load(tmp_path)
    with pytest.raises(glove.GloveNotFoundError, match=r"'glove.7B'.*one of glove\.6B\.50d, "):
        glove.load("glove.7B")


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


@pytest.mark.parametrize("name", ["vectors.gz", "vectors.zip"])
def test_plain_text_gets_no_name_of_a_packed_file(tmp_path, name):
    with pytest.raises(glove.GloveValueError, match=r"for example \.txt"):
        glove.save(VECTORS, tmp_path / name)


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("lines", [3, 60_000])  # small, and worth keeping
def test_vectors_of_zeros_are_loaded_and_counted(tmp_path, monkeypatch, caplog, cache, lines):
    monkeypatch.setenv("GLOVE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "vectors.txt"
    text = "the 0.5 1 -1 2\n[PAD] 0 0 0 -0.0\ntiny 1e-40 0 0 0\n"
    text += "".join(f"word{n} {n} 1 {n % 7} 3\n" for n in range(lines))
    path.write_text(text, encoding="utf-8")
    for options in ({}, {}, {"limit": 5}, {"vocabulary": ["the", "[PAD]", "word1", "tiny"]}):
        caplog.clear()
        vectors = glove.load(path, cache=cache, **options)
        assert "holds 2 words whose vector is all zeros, '[PAD]' first" in caplog.text
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            similarities = dict(vectors.most_similar("the", topn=len(vectors)))
        assert similarities["[PAD]"] == similarities["tiny"] == 0
        assert 0 < similarities["word1"] < 1
        assert vectors["[PAD]"].tolist() == [0, 0, 0, 0]
