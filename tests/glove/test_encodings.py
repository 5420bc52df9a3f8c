"""Encodings: what a text is in, told from its bytes, and files that are no text."""

import bz2
import gzip
import io
import lzma
import pickle
import sys
import zipfile

import numpy as np
import pytest

import glove
from glove.encodings import checked_encoding, format_of, guess_encoding
from glove.opening import open_text

CHINESE = "今天天气很好，我们去公园散步。孩子们在草地上跑来跑去，老人坐在长椅上聊天。\n"
TRADITIONAL = "今天天氣很好，我們去公園散步。孩子們在草地上跑來跑去，老人坐在長椅上聊天。\n"
ENGLISH = "The naïve café owner said: “it’s 5 €”.\nNothing else happened.\n"
FRENCH = "Où est le garçon ? Là-bas, près de la fenêtre, à côté du poêle.\n"
GERMAN = "Die Straße ist schön, über den Dächern größer. „Ähnlich?“ – Ja.\n"
SPANISH = "¿Qué pasó el año pasado? ¡Nada más! Él comió un plátano en el jardín.\n"
QUOTED = "“It’s here,” she said; “don’t” — he’d not seen it… it wasn’t.\n"
POLISH = "Był już późny wieczór, gdy chłopiec zamknął drzwi i powiedział: „Śpię, a więc jestem”.\n"
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy, řekl dědeček.\n"
TURKISH = "Çok güzel bir gün; İstanbul’da yağmur yağıyor, şimşek çakıyor. Işık söndü.\n"
ICELANDIC = "Það er gott veður í dag, sagði maðurinn þegar hann kom út á völlinn.\n"
KOREAN = (
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.\n"
    "고양이가 의자 위에 앉아 있고, 개는 문 앞에서 자고 있다.\n"
)
HANJA = (
    "大韓民國은 民主共和國이다. 大韓民國의 主權은 國民에게 있고, 모든 권력은 國民으로부터 나온다.\n"
)
JAPANESE = (
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。\n"
    "猫は椅子の上に座っています。コーヒーを飲みますか？\n"
)
KANJI = "日本国民は、正当に選挙された国会における代表者を通じて行動し、平和を維持する。\n"


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
        (KOREAN, "euc-kr", "cp949"),
        (KOREAN + "똠방각하\n", "cp949", "cp949"),
        ("나는 학교에 간다.\n", "euc-kr", "cp949"),
        (HANJA, "euc-kr", "cp949"),
        ("GPT-2는 모델이다, see the paper.\n", "euc-kr", "cp949"),
        (KOREAN, "utf-16-le", "utf-16-le"),
        (JAPANESE, "euc-jp", "euc-jp"),
        (KANJI, "euc-jp", "euc-jp"),
        (f"①{JAPANESE}", "euc-jisx0213", "euc-jisx0213"),
        (JAPANESE, "shift-jis", "cp932"),
        (f"①{KANJI}", "cp932", "cp932"),
        (JAPANESE.replace("\n", ""), "utf-16-be", "utf-16-be"),
        (ENGLISH, "cp1252", "cp1252"),
        (FRENCH, "cp1252", "cp1252"),
        ("café\n", "cp1252", "cp1252"),
        *((text, "cp1252", "cp1252") for text in (GERMAN, SPANISH, QUOTED, ICELANDIC)),
        *((text, "macintosh", "macintosh") for text in (FRENCH, GERMAN, SPANISH, QUOTED, "café\n")),
        *((text, "cp437", "cp437") for text in (FRENCH.replace("ù", "u"), "un café noir\n")),
        (SPANISH.replace("Él", "él"), "cp437", "cp437"),
        (GERMAN.replace("„Ähnlich?“ – ", ""), "cp437", "cp437"),
        (POLISH, "cp1250", "cp1250"),
        (CZECH, "cp1250", "cp1250"),
        (POLISH.replace("„", '"').replace("”", '"'), "iso-8859-2", "iso-8859-2"),
        (CZECH, "iso-8859-2", "iso-8859-2"),
        (TURKISH, "cp1254", "cp1254"),
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


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        ("Все люди рождаются свободными и равными в своём достоинстве.", "koi8-r cp1251 cp866"),
        ("Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι.", "iso-8859-7 cp1253"),
        ("כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.", "cp1255 iso-8859-8"),
        ("يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.", "cp1256 iso-8859-6"),
        ("มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม", "tis-620"),
    ],
)
def test_a_language_of_which_no_encoding_is_known_is_taken_for_no_other(text, encodings):
    for encoding in encodings.split():
        assert guess_encoding(text.encode(encoding)) is None, encoding


@pytest.mark.parametrize(
    ("text", "encoding", "advice"),
    [
        (KOREAN, "euc-kr", r"EUC-KR: pass encoding='cp949' "),
        (JAPANESE, "euc-jp", r"EUC-JP: pass encoding='euc-jp' "),
        (JAPANESE, "shift-jis", r"Shift_JIS: pass encoding='cp932' "),
        (FRENCH, "mac-roman", "Mac Roman: pass encoding='macintosh' "),
    ],
)
def test_the_advice_that_a_reader_gets_gives_the_text_back(tmp_path, text, encoding, advice):
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(glove.GloveFileError, match=advice) as caught:
        list(glove.read_corpus(path))
    followed = str(caught.value).partition("encoding='")[2].partition("'")[0]
    sentences = list(glove.read_corpus(path, encoding=followed))
    assert sentences == [line.split() for line in text.splitlines()]


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


@pytest.mark.parametrize(
    ("members", "what", "remedy"),
    [
        (["[Content_Types].xml", "_rels/.rels", "word/document.xml"], "a Word document", "plain"),
        (["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"], "an Excel workbook", "csv"),
        (["[Content_Types].xml", "ppt/slides/a.xml"], "a PowerPoint document", "plain text"),
        (["mimetype", "content.xml"], "an OpenDocument file", "plain text"),
        (["a.npy"], "a zip archive of NumPy arrays", "the text that they were made from"),
        (["a.txt"], "a zip archive", "unpack it"),
    ],
)
def test_what_stands_in_an_archive_is_named(tmp_path, members, what, remedy):
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in members:
            archive.writestr(name, "application/vnd.oasis.opendocument.text" + "x" * 300)
    for read in (glove.load, lambda path: list(glove.read_corpus(path))):
        with pytest.raises(glove.GloveFileError, match=f"{what}, but a text is needed; .*{remedy}"):
            read(path)


def test_the_standard_input_can_be_read_more_than_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ENGLISH.encode())))
    for _ in range(2):
        with open_text("-") as stream:
            assert stream.read() == ENGLISH.encode()
