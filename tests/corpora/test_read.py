"""Texts from tables, folders, several files and the standard input."""

import gzip
import io
import json
import sys

import pytest

from mlm_tf.corpora import LabelledText, TextStream, from_text_file, read
from mlm_tf.errors import (
    EmptyCorpusError,
    InvalidArgumentError,
    InvalidFileError,
    MissingFileError,
)

CSV = 'id,text,label\n1,"A cat, I say.\nIt slept ""well"".",pos\n2,,neg\n3,A dog ran.,neg\n'
TEXTS = ['A cat, I say.\nIt slept "well".', "A dog ran."]
LABELS = ["pos", "neg"]


@pytest.fixture
def file(tmp_path):
    """A function that writes a file and gives its path."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def texts(found):
    return [item.text for item in found]


def jsonl(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


ROWS = [
    {"id": 1, "text": TEXTS[0], "label": "pos"},
    {"id": 2, "text": None, "label": "neg"},
    {"id": 3, "text": TEXTS[1], "label": "neg"},
]


# === Tables ===


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("a.csv", CSV.replace("\n", "\r\n")),
        ("a.CSV.gz", CSV),
        ("a.csv", "\ufeff" + CSV),
        ("a.csv", CSV.rstrip("\n")),
        ("a.csv", CSV.replace(",pos", ";pos").replace(",", ";").replace("cat;", "cat,")),
        ("a.jsonl", jsonl(ROWS)),
        ("a.jsonl", "\ufeff\n" + jsonl(ROWS) + "\n"),
        ("a.ndjson.gz", jsonl(ROWS)),
        ("a.json", json.dumps(ROWS)),
        ("a.json", jsonl(ROWS)),
        ("a.dat", CSV),
        ("a.dat", jsonl(ROWS)),
    ],
)
def test_a_column_of_a_table_is_read(file, name, content):
    path = file(name, content)
    documents = read(path, text_column="text")
    assert [d.sentences for d in documents] == [
        ("A cat, I say.", 'It slept "well".'),
        ("A dog ran.",),
    ]
    labelled = read(path, text_column="text", label_column="label")
    assert [text.text.replace("\r", "") for text in labelled] == TEXTS
    assert [text.label for text in labelled] == LABELS
    stream = TextStream(path, unit="document", text_column="text")
    assert [text.replace("\r", "") for text in stream] == TEXTS
    assert list(stream) == list(stream)


def test_a_tsv_has_quotes_as_ordinary_characters(file):
    path = file("a.tsv", 'text\tlabel\n"Quoted ""so""."\t1\n5" wide, "x\t0\n')
    assert read(path, "text", "label") == [
        LabelledText('Quoted "so".', 1),
        LabelledText('5" wide, "x', 0),
    ]


def test_a_table_without_a_header_is_read_by_the_number_of_the_column(file):
    path = file("a.csv", '0,"Bad, very."\n1,Good.\n')
    assert read(path, 1, 0) == read(path, "1", "0")
    assert read(path, 1, 0) == [LabelledText("Bad, very.", 0), LabelledText("Good.", 1)]


def test_the_only_column_and_one_called_text_need_no_name(file):
    assert texts(read(file("a.csv", "review\nA cat.\nA dog.\n"))) == ["A cat.", "A dog."]
    assert texts(read(file("b.csv", CSV)))[1:] == ["A dog ran."]
    assert texts(read(file("c.jsonl", jsonl(ROWS))))[1:] == ["A dog ran."]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.tsv"])
def test_a_column_that_does_not_exist_is_refused_with_those_that_do(file, name):
    content = "id\treview\tlabel\n1\tA cat.\t0\n"
    content = content.replace("\t", ",") if name == "a.csv" else content
    if name == "a.jsonl":
        content = jsonl([{"id": 1, "review": "A cat.", "label": 0}])
    path = file(name, content)
    with pytest.raises(InvalidArgumentError, match=r"text_column='reviews' is no column of .*"):
        read(path, text_column="reviews")
    wrong = [{"text_column": name} for name in ("reviews", None, True, 1.0)]
    for options in [*wrong, {"text_column": "review", "label_column": "x"}]:
        with pytest.raises(InvalidArgumentError) as caught:
            read(path, **options)
        message = str(caught.value)
        assert "'id'" in message and "'label'" in message and "\n" not in message
    with pytest.raises(InvalidArgumentError, match="no column of"):
        list(TextStream(path, text_column="nothing"))


def test_a_number_beyond_the_columns_is_refused(file):
    with pytest.raises(InvalidArgumentError, match=r"text_column=2 .* 0 to 1"):
        read(file("a.csv", "a,b\n"), text_column=2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,label\nA cat, a dog.,1\n", "line 2: 3 fields instead of the 2 of line 1"),
        ("a.csv", "text,label\nA cat.\n", "line 2: 1 fields"),
        ("a.csv", 'text,label\n"A cat.,1\nA dog.,0\n', "line 2: a quote is never closed"),
        ("a.tsv", "text\tlabel\nA cat.\n", "line 2: 1 fields"),
        ("a.jsonl", '{"text": "A"}\n{"text": \n', "line 2: no JSON"),
        ("a.jsonl", '"A cat."\n', "line 1: str where an object"),
        ("a.jsonl", '{"text": ["A", "cat"]}\n', "line 1: 'text' is list"),
        ("a.json", '[{"text": "A"},', "is no JSON"),
        ("a.csv", "", "is empty"),
        ("a.jsonl", "\n", "is empty"),
        ("a.csv", "text\ncafé\n".encode("cp1252"), "line 2: the byte 0xe9 is not UTF-8; it looks"),
        ("a.csv", "text\ncafé\n".encode("utf-16"), "is not UTF-8 but UTF-16"),
        ("a.csv", b"PK\x03\x04", "is a zip archive"),
    ],
)
def test_a_row_that_is_damaged_is_refused(file, name, content, message):
    with pytest.raises(InvalidFileError) as caught:
        read(file(name, content), text_column="text")
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_nul_and_a_field_of_a_megabyte_are_text(file):
    long = "cat " * 300_000
    assert texts(read(file("a.csv", f'text,label\n"a\0b",1\n"{long}",0\n'), "text")) == [
        "a\0b",
        long.strip(),
    ]


def test_a_table_in_another_encoding(file):
    path = file("a.csv", "text,label\n今天天气很好。,1\n".encode("gbk"))
    assert texts(read(path, encoding="gbk")) == ["今天天气很好。"]
    with pytest.raises(InvalidFileError, match="looks like GB18030: pass encoding='gb18030'"):
        read(path)


def test_labels_are_what_stands_in_the_file(file):
    assert [t.label for t in read(file("a.csv", "text,y\nA,1\nB,-1\n"), "text", "y")] == [1, -1]
    assert [t.label for t in read(file("b.csv", "text,y\nA,1\nB,x\n"), "text", "y")] == ["1", "x"]
    rows = [{"text": "A", "y": 2}, {"text": "B", "y": "x"}]
    assert [t.label for t in read(file("c.jsonl", jsonl(rows)), "text", "y")] == [2, "x"]
    with pytest.raises(InvalidFileError, match=r"line 2 has no 'y'"):
        read(file("d.jsonl", jsonl([{"text": "A", "y": 2}, {"text": "B"}])), "text", "y")


@pytest.mark.parametrize(
    "labels", [["01", "1"], ["0", "-0"], ["1", "１"], ["1", "+1"], ["001", "002"], ["1", "1.0"]]
)
def test_no_two_labels_become_one(file, labels):
    path = file("a.csv", "text,y\n" + "".join(f"A,{label}\n" for label in labels))
    assert [t.label for t in read(path, "text", "y")] == labels
    folders = [file(f"{label}/a.txt", "A.").parent for label in labels]
    assert [t.label for t in read(folders, label_column="folder")] == labels


# === Folders, several files, the standard input ===


@pytest.fixture
def folder(file, tmp_path):
    for name in ("pos/10.txt", "pos/9.txt", "neg/1.txt", "urls.txt", ".hidden.txt", "neg/x.jpg"):
        file(f"films/{name}", f"Film {name}. Seen.\n\nAgain.")
    return tmp_path / "films"


def test_a_file_in_a_folder_is_a_document(folder):
    documents = read(folder)
    assert [d.title for d in documents] == ["neg/1.txt", "pos/9.txt", "pos/10.txt", "urls.txt"]
    assert documents[0].sentences == ("Film neg/1.txt.", "Seen.", "Again.")
    assert len(list(TextStream(folder))) == 8


def test_folders_of_classes_label_their_texts(folder):
    expected = [("neg", "1"), ("pos", "9"), ("pos", "10")]
    for path in (folder, [folder / "neg", folder / "pos"]):
        found = read(path, label_column="folder")
        assert [(t.label, t.text.split(".")[0].split("/")[1]) for t in found] == expected
        assert found[0].text == "Film neg/1.txt. Seen.\nAgain."


def test_a_folder_of_tables_is_read_by_its_column(file, tmp_path):
    file("tables/b.csv", CSV)
    file("tables/a.jsonl.gz", jsonl(ROWS))
    file("tables/notes.txt", "None of it.")
    found = read(tmp_path / "tables", text_column="text", label_column="label")
    assert [t.label for t in found] == LABELS * 2


def test_a_folder_without_texts_says_what_it_holds(file, tmp_path):
    file("tables/b.csv", CSV)
    with pytest.raises(InvalidFileError, match=r"it holds 1 with \.csv.*text_column="):
        read(tmp_path / "tables")
    file("pictures/b.png", b"\x89PNG")
    with pytest.raises(InvalidFileError, match=r"it holds 1 with \.png"):
        read(tmp_path / "pictures")


def test_several_files_are_read_as_each_would_be(file):
    paths = [file("a.txt", "A cat.\n\nA dog."), file("b.csv", "text\nA cow.\n")]
    assert texts(read(paths)) == ["A cat.", "A dog.", "A cow."]
    assert read(paths[0]) == from_text_file(paths[0])


@pytest.mark.parametrize(
    "content", [CSV, jsonl(ROWS), CSV.replace(", ", " ").replace(".\n", ". ").replace(",", "\t")]
)
def test_the_standard_input_is_text_or_a_table(monkeypatch, content):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    found = read("-", text_column="text", label_column="label")
    assert [t.label for t in found] == LABELS[-len(found) :]
    assert read("-") and list(TextStream("-"))


def test_an_empty_standard_input_is_named_as_such(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b" \n")))
    for path in ("-", ["-"]):
        with pytest.raises(EmptyCorpusError, match=r"^the standard input holds no text; use"):
            read(path)


def test_the_standard_input_is_read_once(file):
    for paths in (["-", "-"], [file("a.txt", "A cat."), "-", "-"]):
        for reads in (read, TextStream):
            with pytest.raises(InvalidArgumentError, match="'-' is given twice"):
                reads(paths)


def test_of_files_without_text_the_first_are_named(file):
    paths = [file(f"{number}.txt", "\n") for number in range(7)]
    with pytest.raises(EmptyCorpusError, match=r"0\.txt, .*4\.txt and 2 more hold no text;"):
        read(paths)


def test_what_cannot_be_read_is_refused(file, tmp_path):
    path = file("a.txt", "A cat.")
    with pytest.raises(MissingFileError, match=r"no\.csv"):
        read(tmp_path / "no.csv")
    with pytest.raises(MissingFileError, match=r"corpora\.read reads folders"):
        from_text_file(tmp_path)
    with pytest.raises(InvalidArgumentError, match="belongs to a table"):
        read(path, label_column="label")
    with pytest.raises(InvalidArgumentError, match="encoding='utf-9'"):
        read(path, encoding="utf-9")
    with pytest.raises(InvalidArgumentError, match="paths is empty"):
        read([])
    for nothing in ("", [path, ""]):  # a shell's variable that is not set was this folder
        with pytest.raises(InvalidArgumentError, match="path='' names no file"):
            read(nothing)
    with pytest.raises(EmptyCorpusError, match="holds no text"):
        read(file("e.txt", "\ufeff\n"))
    with pytest.raises(EmptyCorpusError, match="holds no text"):
        read(file("e.csv", "text\n"))
