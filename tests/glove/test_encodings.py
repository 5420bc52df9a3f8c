"""Encodings: what a text is in, told from its bytes, and files that are no text."""

import bz2
import gzip
import io
import lzma
import pickle
import sys

import numpy as np
import pytest

import glove
from glove.encodings import checked_encoding, format_of, guess_encoding
from glove.opening import open_text

CHINESE = "今天天气很好，我们去公园散步。孩子们在草地上跑来跑去，老人坐在长椅上聊天。\n"
TRADITIONAL = "今天天氣很好，我們去公園散步。孩子們在草地上跑來跑去，老人坐在長椅上聊天。\n"
ENGLISH = "The naïve café owner said: “it’s 5 €”.\nNothing else happened.\n"
FRENCH = "Où est le garçon ? Là-bas, près de la fenêtre, à côté du poêle.\n"


@pytest.mark.parametrize(
    ("text", "encoding", "guess"),
    [
        (CHINESE, "gbk", "gb18030"),
        (CHINESE, "gb18030", "gb18030"),
        (CHINESE, "utf-16", "utf-16"),
        (CHINESE, "utf-16-le", "utf-16-le"),
        (CHINESE, "utf-16-be", "utf-16-be"),
        (CHINESE.replace("\n", ""), "utf-16-le", "utf-16-le"),
        (CHINESE, "utf-8", "utf-8"),
        ("GPT-2 是一个模型, see the paper.\n", "gbk", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (ENGLISH, "cp1252", "cp1252"),
        (FRENCH, "cp1252", "cp1252"),
        ("café\n", "cp1252", "cp1252"),
        (ENGLISH, "utf-16", "utf-16"),
        (ENGLISH, "utf-16-le", "utf-16-le"),
        (ENGLISH, "utf-16-be", "utf-16-be"),
        (ENGLISH, "utf-32", "utf-32"),
        ("plain", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(text, encoding, guess):
    assert guess_encoding(text.encode(encoding)) == guess
    long = (text * 2000).encode(encoding)
    assert guess_encoding(long) == guess  # what is cut off in the middle of a character


def test_bytes_that_mean_nothing_are_not_guessed():
    assert guess_encoding(np.random.default_rng(0).bytes(2000)) is None
    assert guess_encoding("Привет, как дела?".encode("cp1251")) is None


def test_zeros_do_not_make_utf_8_wide():
    assert guess_encoding(b"a\0b c\n" * 3 + b"and more text without zeros\n" * 5) == "utf-8"


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-8", ENGLISH.encode("utf-8-sig")),
        ("utf-8", ENGLISH.encode()),
        ("UTF-16", ENGLISH.encode("utf-16")),
        ("utf-16-le", ("\ufeff" + ENGLISH).encode("utf-16-le")),
        ("utf-16-be", ENGLISH.encode("utf-16-be")),
        ("cp1252", ENGLISH.encode("cp1252")),
        ("utf-8-sig", ENGLISH.encode()),
    ],
)
@pytest.mark.parametrize("pack", [None, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("named", [True, False])
def test_a_stream_is_utf_8_without_a_mark_whatever_the_file_is(
    tmp_path, encoding, data, pack, named
):
    ending = {None: "", gzip.compress: ".GZ", bz2.compress: ".bz2", lzma.compress: ".xz"}[pack]
    path = tmp_path / f"a.txt{ending if named else ''}"
    path.write_bytes(pack(data) if pack else data)
    with open_text(path, encoding) as stream:
        assert stream.read() == ENGLISH.encode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_characters_are_named_before_a_word_is_read(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(ENGLISH.encode(encoding))
    advice = f"is not UTF-8 but {encoding.upper()}; pass encoding='{encoding}' "
    with pytest.raises(glove.GloveFileError, match=advice), open_text(path):
        pass


def test_a_byte_of_another_encoding_is_named_with_its_place(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(CHINESE.encode("gbk") * 1000 + b"\xff\xff")
    place = len(CHINESE.encode("gbk")) * 1000
    with (
        pytest.raises(glove.GloveFileError, match=rf"not GB18030 \(byte {place} is 0xff\)"),
        open_text(path, "gb18030") as stream,
    ):
        stream.read()


def test_what_is_no_encoding_is_refused():
    assert checked_encoding("GBK") == "gbk"
    for encoding in ("utf-9", "rot13", "base64", None, 8, ""):
        with pytest.raises(glove.GloveValueError, match=f"encoding={encoding!r} is not the name"):
            checked_encoding(encoding)


def test_files_that_are_no_texts_are_named(tmp_path):
    array, archive = io.BytesIO(), io.BytesIO()
    np.save(array, np.ones(3))
    np.savez(archive, np.ones(3))
    for data, name in [
        (array.getvalue(), "a NumPy array"),
        (archive.getvalue(), "a zip archive"),
        (pickle.dumps({"a": 1}), "a Python pickle"),
        (pickle.dumps({"a": 1}, protocol=2), "a Python pickle"),
        (b"PAR1" + bytes(100), "a Parquet file"),
        (b"%PDF-1.7\n", "a PDF"),
        (gzip.compress(gzip.compress(b"a")), "packed with gzip"),
    ]:
        path = tmp_path / "a.txt"
        path.write_bytes(data)
        with pytest.raises(glove.GloveFileError, match=rf"a\.txt is {name}"), open_text(path):
            pass
    assert format_of(b"The king") is None


def test_the_standard_input_can_be_read_more_than_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ENGLISH.encode())))
    for _ in range(2):
        with open_text("-") as stream:
            assert stream.read() == ENGLISH.encode()
