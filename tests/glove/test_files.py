"""Files: what was saved is what is loaded, all of it or the part that is asked for."""

import bz2
import gzip
import lzma
import zipfile

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
    monkeypatch.setattr("glove.reading.BLOCK", 8)  # bytes, two lines
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


@pytest.mark.parametrize("word", ["", "two words", "line\nbreak", "half\ud83d"])
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


# === Other encodings, packings and formats ===

LINES = "the 0.5 1\n été -1 2\n狗 3 4\n".replace(" été", "été")


@pytest.mark.parametrize("ending", ["", ".gz", ".GZ", ".bz2", ".xz"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030"])
def test_vectors_of_every_packing_and_encoding(tmp_path, ending, encoding):
    pack = {"": bytes, ".bz2": bz2.compress, ".xz": lzma.compress}.get(ending, gzip.compress)
    path = tmp_path / f"vectors.txt{ending}"
    path.write_bytes(pack(LINES.encode(encoding)))
    vectors = glove.load(path, encoding=encoding)
    assert vectors.index_to_key == ["the", "été", "狗"]
    assert vectors.vectors.tolist() == [[0.5, 1], [-1, 2], [3, 4]]


def test_vectors_in_a_zip_may_be_in_another_encoding(tmp_path):
    path = tmp_path / "vectors.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("v.txt", LINES.encode("gbk"))
    assert "狗" in glove.load(path, encoding="gbk")


def test_the_cache_tells_encodings_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("GLOVE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "vectors.txt"
    text = LINES.replace("狗", "œ") + "".join(f"word{n} {n} 0.123456789\n" for n in range(60_000))
    path.write_bytes(text.encode("cp1252"))
    for _ in range(2):
        assert glove.load(path, encoding="cp1252").index_to_key[2] == "œ"
        assert glove.load(path, encoding="latin-1").index_to_key[2] == "\x9c"
    assert len(list((tmp_path / "cache").iterdir())) == 2


@pytest.fixture
def gensims():
    vectors = KeyedVectors(3)
    matrix = np.random.default_rng(0).normal(size=(50, 3)).astype("float32")
    vectors.add_vectors(["the", "狗", *(f"w{row}" for row in range(48))], matrix)
    return vectors


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # gensim forgets to close it
@pytest.mark.parametrize("ending", [".bin", ".bin.gz", ".vec"])
def test_binary_vectors_of_word2vec_are_read(tmp_path, gensims, ending):
    path = tmp_path / f"vectors{ending}"
    gensims.save_word2vec_format(str(path), binary=True)
    vectors = glove.load(path)
    assert vectors.index_to_key == gensims.index_to_key
    assert (vectors.vectors == gensims.vectors).all()
    assert glove.load(path, limit=5).index_to_key == gensims.index_to_key[:5]
    assert glove.load(path, vocabulary=["w3", "狗"]).index_to_key == ["狗", "w3"]
    if ending == ".bin":
        path.write_bytes(path.read_bytes()[:-10])
        with pytest.raises(glove.GloveFileError, match=r"vectors\.bin is cut short or damaged"):
            glove.load(path)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize("ending", [".bin", ".bin.gz", ".bin.xz"])
@pytest.mark.parametrize("size", [4, 10, 50, 300])
@pytest.mark.parametrize("end", ["", "\n"])  # of a vector, as gensim and the C program write it
def test_a_word_of_binary_vectors_may_have_blanks(tmp_path, ending, size, end, monkeypatch):
    monkeypatch.setattr("glove.binary.BYTES", 1 << 13)
    words = [
        "new york",
        "the",
        "a b c",
        " ",
        "of",
        "狗 狗",
        *(f"w{n} x" for n in range(50)),
        "last one",
    ]
    matrix = np.random.default_rng(0).normal(0, 0.1, (len(words), size)).astype("float32")
    matrix[1] = 0
    data = f"{len(words)} {size}\n".encode()
    for word, row in zip(words, matrix, strict=True):
        data += f"{word} ".encode() + row.tobytes() + end.encode()
    pack = {".gz": gzip.compress, ".xz": lzma.compress}.get(ending[4:], bytes)
    path = tmp_path / f"vectors{ending}"
    path.write_bytes(pack(data))
    vectors = glove.load(path)
    assert vectors.index_to_key == words
    assert (vectors.vectors == matrix).all()
    assert glove.load(path, limit=3).index_to_key == words[:3]
    for cut in (5, 4 * size, len(data) // 2):
        path.write_bytes(pack(data[:-cut]))
        with pytest.raises(glove.GloveFileError, match=r"cut short or damaged"):
            glove.load(path)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_binary_models_of_fasttext_are_read(tmp_path):
    from gensim.models.fasttext import FastText, save_facebook_model

    text = [["the", "king", "and", "the", "queen"], ["the", "sea"]] * 20
    model = FastText(text, vector_size=4, min_count=1, epochs=1, bucket=50, seed=0, workers=1)
    path = tmp_path / "vectors.bin"
    save_facebook_model(model, str(path))
    vectors = glove.load(path)
    assert vectors.index_to_key == model.wv.index_to_key
    np.testing.assert_allclose(vectors["queen"], model.wv["queen"], rtol=1e-5)
    assert glove.load(path, limit=2).index_to_key == model.wv.index_to_key[:2]
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(glove.GloveFileError, match="is cut short or damaged"):
        glove.load(path)


def test_what_is_not_read_is_named(tmp_path, gensims):
    gensims.save(str(tmp_path / "a.kv"))
    np.save(tmp_path / "b.npy", gensims.vectors)
    (tmp_path / "c.bin").write_bytes(bytes(160))
    for name, message in (
        ("a.kv", "a pickle, which may run any code"),
        ("b.npy", "holds numbers without their words"),
        ("c.bin", "neither a binary file of word2vec nor one of fastText"),
    ):
        with pytest.raises(glove.GloveFileError, match=message):
            glove.load(tmp_path / name)
    for name in ("a.kv", "b.npy"):  # under another name too
        other = (tmp_path / name).rename(tmp_path / f"{name}.txt")
        with pytest.raises(glove.GloveFileError, match="but a text is needed"):
            glove.load(other)


@pytest.mark.parametrize("lines", [0, 60_000])
def test_damaged_lines_are_left_out_and_counted_where_asked(tmp_path, monkeypatch, caplog, lines):
    monkeypatch.setenv("GLOVE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "vectors.txt"
    text = "the 1 2\n 3 4\nof 5 6\nto 7\nin 8 x\n" + b"caf\xe9 1 2\n".decode("latin-1")
    text += "".join(f"word{n} {n} 0.123456789\n" for n in range(lines))
    path.write_bytes(text.encode("latin-1"))
    for _ in range(2):
        with pytest.raises(glove.GloveFileError, match=r'line 2: .*on_error="skip"'):
            glove.load(path)
        caplog.clear()
        assert glove.load(path, on_error="skip").index_to_key[:2] == ["the", "of"]
        assert "4 lines were left out. First: " in caplog.text and "line 2" in caplog.text
    with pytest.raises(glove.GloveValueError, match="on_error='ignore' is not known"):
        glove.load(path, on_error="ignore")


def test_a_blank_word_under_a_header_is_counted_among_the_announced(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("3 2\nthe 1 2\n 3 4\nof 5 6\n")
    assert glove.load(path, on_error="skip").index_to_key == ["the", "of"]
