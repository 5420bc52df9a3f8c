"""`mlm-tf tokenize`: what the files hold, which texts are held back, and nothing half done."""

import os
import pathlib

import numpy as np
import pytest

from mlm_tf import TextPipeline, cli
from mlm_tf.cli import tokenize
from mlm_tf.preprocessing.token_file import TokenFile

TEXTS = [f"Text number {i} is about w{i}." for i in range(40)]


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("\n\n".join(TEXTS), encoding="utf-8")
    return path


@pytest.fixture
def output(tmp_path):
    return tmp_path / "tokens"


def run(*arguments) -> int:
    return cli.main(["tokenize", *map(str, arguments)])


def texts_in(path) -> list[str]:
    """What was encoded, as the pipeline beside it decodes it."""
    pipeline = TextPipeline.load(path.with_name("pipeline.json"))
    file = TokenFile(path)
    file.check_pipeline(pipeline)
    starts = np.flatnonzero(file[:] == pipeline.start_id)[1:]
    return [pipeline.decode(row) for row in np.split(file[:], starts)]


def test_every_text_is_encoded_in_order_between_start_and_end(corpus, output, capsys):
    assert run(corpus, "--output", output) == 0
    pipeline = TextPipeline.load(output / "pipeline.json")
    expected = np.concatenate(pipeline.encode(TEXTS))
    np.testing.assert_array_equal(TokenFile(output / "training.tokens")[:], expected)
    assert sorted(file.name for file in output.iterdir()) == ["pipeline.json", "training.tokens"]
    assert f"training.tokens: {len(expected):,} tokens" in capsys.readouterr().out


def test_a_share_of_the_texts_is_held_back_and_no_word_is_learned_from_it(corpus, output):
    assert run(corpus, "--output", output, "--validation-fraction", "0.25", "--seed", "1") == 0
    training = texts_in(output / "training.tokens")
    validation = texts_in(output / "validation.tokens")
    assert 4 < len(validation) < 16 and len(training) + len(validation) == 40
    numbers = [int(text.split()[2]) for text in training]
    assert numbers == sorted(numbers) and all(f"w{i}" in training[j] for j, i in enumerate(numbers))
    assert all(text == "text number [UNK] is about [UNK]." for text in validation)


def test_the_seed_decides_what_is_held_back(corpus, tmp_path):
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        arguments = ("--validation-fraction", "0.25", "--seed", seed)
        assert run(corpus, "--output", tmp_path / folder, *arguments) == 0
    a, b, c = ((tmp_path / folder / "training.tokens").read_bytes() for folder in "abc")
    assert a == b != c


def test_a_line_is_a_text_and_with_unit_document_what_no_blank_line_separates(tmp_path):
    (tmp_path / "lines.txt").write_text("a b\nc d\n\ne f\n", encoding="utf-8")
    for folder, unit, expected in (
        ("lines", [], ["a b", "c d", "e f"]),
        ("documents", ["--unit", "document"], ["a b c d", "e f"]),
    ):
        assert run(tmp_path / "lines.txt", "--output", tmp_path / folder, *unit) == 0
        assert texts_in(tmp_path / folder / "training.tokens") == expected


def test_the_help_says_what_a_text_is(capsys):
    with pytest.raises(SystemExit):
        run("--help")
    assert "what is a text: line, or document (blank lines between); line" in " ".join(
        capsys.readouterr().out.split()
    )


def test_several_files_and_gzip_are_one_corpus(corpus, output, tmp_path):
    import gzip

    (tmp_path / "more.txt.gz").write_bytes(gzip.compress(b"One more text."))
    assert run(corpus, tmp_path / "more.txt.gz", "--output", output) == 0
    assert texts_in(output / "training.tokens")[-1] == "one more text."


def test_a_saved_pipeline_encodes(corpus, output, tmp_path):
    pipeline = TextPipeline.fit(["text number is about"])
    pipeline.save(tmp_path / "mine.json")
    assert run(corpus, "--output", output, "--pipeline", tmp_path / "mine.json") == 0
    TokenFile(output / "training.tokens").check_pipeline(pipeline)


def test_settings_of_a_pipeline_do_not_go_with_a_saved_one(corpus, output, tmp_path, refused):
    TextPipeline.fit(TEXTS).save(tmp_path / "mine.json")
    arguments = ("--pipeline", tmp_path / "mine.json", "--vocabulary-size", "10")
    error = refused("tokenize", corpus, "--output", output, *arguments)
    assert (
        "vocabulary_size is for a pipeline to be learned" in error
        and "leave one of the two out" in error
    )
    assert not output.exists()


def test_the_vocabulary_has_the_size_that_is_asked_for(corpus, output):
    assert run(corpus, "--output", output, "--vocabulary-size", "9", "--level", "word") == 0
    assert TextPipeline.load(output / "pipeline.json").vocabulary_size == 9


def test_files_are_replaced_only_when_told(corpus, output, refused):
    assert run(corpus, "--output", output, "--validation-fraction", "0.25") == 0
    before = (output / "training.tokens").read_bytes()
    error = refused("tokenize", corpus, "--output", output)
    assert "training.tokens, validation.tokens, pipeline.json" in error and "--overwrite" in error
    assert (output / "training.tokens").read_bytes() == before
    (output / "notes.txt").write_text("mine")
    assert run(corpus, "--output", output, "--overwrite") == 0
    assert len(texts_in(output / "training.tokens")) == 40
    names = sorted(file.name for file in output.iterdir())  # validation texts are in training now
    assert names == ["notes.txt", "pipeline.json", "training.tokens"]


@pytest.mark.parametrize("after", [0, 5, 45])  # while learning a vocabulary, while encoding
def test_ctrl_c_leaves_nothing(corpus, output, monkeypatch, after):
    taken = []

    class Interrupted(tokenize.TextStream):
        def __iter__(self):
            for text in super().__iter__():
                if len(taken) == after:
                    raise KeyboardInterrupt
                taken.append(text)
                yield text

    monkeypatch.setattr(tokenize, "TextStream", Interrupted)
    assert run(corpus, "--output", output) == 130
    assert not output.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--validation-fraction", "1"], "validation_fraction=1.0"),
        (
            ["--validation-fraction", "0.0001"],
            "validation_fraction=0.0001 with seed=0 leaves no text for validation.tokens",
        ),
        (
            ["--validation-fraction", "0.9999"],
            "validation_fraction=0.9999 with seed=0 leaves no text for training.tokens",
        ),
        (["--pipeline", "none.json"], "none.json"),
        (["--unit", "word"], "unit='word'"),
        (["--level", "sentence"], "level='sentence'"),
        (["--seed", "-1"], "seed=-1"),
        (["--vocabulary-size", "0"], "vocabulary_size=0"),
    ],
)
def test_what_cannot_work_is_one_sentence_and_leaves_nothing(
    corpus, output, refused, arguments, message
):
    assert message in refused("tokenize", corpus, "--output", output, *arguments)
    assert not output.exists()


def test_a_missing_corpus_and_a_file_for_a_folder_are_said(corpus, tmp_path, output, refused):
    assert "none.txt" in refused("tokenize", tmp_path / "none.txt", "--output", output)
    assert "is a file; choose a folder" in refused("tokenize", corpus, "--output", corpus)


# === Refused before anything is read, or as soon as it can be known ===


@pytest.fixture
def unread(monkeypatch):
    """A corpus of which nothing may be read."""

    def fail(self):
        raise AssertionError("The corpus is read.")

    monkeypatch.setattr(tokenize.TextStream, "__iter__", fail)


def a_folder_that_cannot_be_written_to() -> str:
    """Root may write to any but those of the kernel."""
    if not os.path.isdir("/proc/self"):
        pytest.skip("needs /proc")
    return "/proc"


@pytest.mark.parametrize("below", ["", "a", "a/b"])
def test_a_folder_that_cannot_be_written_to_is_said_first(corpus, refused, unread, below):
    output = os.path.join(a_folder_that_cannot_be_written_to(), below)
    error = refused("tokenize", corpus, "--output", output)
    assert f"output={output!r} cannot be written to (" in error and "choose another" in error


@pytest.mark.parametrize("name", ["training.tokens", "validation.tokens", "pipeline.json"])
def test_a_folder_by_the_name_of_a_file_is_said_first(corpus, output, refused, unread, name):
    (output / name).mkdir(parents=True)
    assert name in refused("tokenize", corpus, "--output", output)
    error = refused("tokenize", corpus, "--output", output, "--overwrite")
    assert f"{name}' is a folder" in error
    assert [file.name for file in output.iterdir()] == [name]


def test_an_output_without_a_name_is_refused(corpus, refused, unread, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert "output='' is no folder" in refused("tokenize", corpus, "--output", "")
    assert [file.name for file in tmp_path.iterdir()] == ["corpus.txt"]


@pytest.mark.parametrize("level", ["word", "character", "subword"])
def test_a_file_that_would_be_empty_is_said_after_one_pass(
    corpus, output, refused, monkeypatch, level
):
    taken = []

    class Counting(tokenize.TextStream):
        def __iter__(self):
            for text in super().__iter__():
                taken.append(text)
                yield text

    monkeypatch.setattr(tokenize, "TextStream", Counting)
    arguments = ("--validation-fraction", "0.0001", "--level", level, "--language", "en")
    assert "leaves no text" in refused("tokenize", corpus, "--output", output, *arguments)
    assert taken == TEXTS


def test_with_a_saved_pipeline_too_no_file_may_be_empty(corpus, output, tmp_path, refused):
    TextPipeline.fit(TEXTS).save(tmp_path / "mine.json")
    arguments = ("--pipeline", tmp_path / "mine.json", "--validation-fraction", "0.0001")
    error = refused("tokenize", corpus, "--output", output, *arguments)
    assert "validation_fraction=0.0001" in error and "validation.tokens" in error
    assert not output.exists()


@pytest.mark.parametrize("saved", [True, False])
def test_an_empty_corpus_is_named(tmp_path, output, refused, saved):
    TextPipeline.fit(TEXTS).save(tmp_path / "mine.json")
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for file in files:
        file.write_text(" \n\n")
    arguments = ["--pipeline", tmp_path / "mine.json"] if saved else []
    error = refused("tokenize", *files, "--output", output, *arguments)
    assert f"{files[0]}, {files[1]}" in error and "no text" in error
    assert not output.exists()


def test_a_file_that_is_not_utf_8_is_one_sentence(tmp_path, output, refused):
    (tmp_path / "a.txt").write_bytes("A cat.\nA caf\u00e9.\n".encode("cp1252"))
    error = refused("tokenize", tmp_path / "a.txt", "--output", output)
    assert "a.txt' is not UTF-8 (byte 12 is 0xe9)" in error
    assert not output.exists()


# === All of it or nothing ===


@pytest.mark.parametrize("refusal", [["--level", "sentence"], ["--validation-fraction", "0.0001"]])
def test_of_a_refusal_no_folder_is_left(corpus, tmp_path, refused, refusal):
    (tmp_path / "deep").mkdir()
    refused("tokenize", corpus, "--output", tmp_path / "deep" / "a" / "b", *refusal)
    assert list((tmp_path / "deep").iterdir()) == []


def failing_at(monkeypatch, call: int) -> list[str]:
    """`os.replace` fails at that call; gives the names of those that are replaced."""
    replace, names = os.replace, []

    def fail(source, target):
        names.append(pathlib.Path(target).name)
        if len(names) == call:
            raise PermissionError(13, "Permission denied", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    return names


def contents(folder) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_that_cannot_be_put_in_place_changes_nothing(corpus, output, monkeypatch, is_there):
    """Whichever it is of all that are renamed on the way."""
    share = ("--validation-fraction", "0.25")
    if is_there:
        assert run(corpus, "--output", output, *share, "--level", "character") == 0
    before = contents(output) if is_there else None
    for call in range(1, 100):
        with monkeypatch.context() as patch:
            names = failing_at(patch, call)
            status = run(corpus, "--output", output, *share, "--overwrite")
        if len(names) < call:
            break
        assert status == 2
        assert (contents(output) if output.exists() else None) == before
        assert not list(corpus.parent.rglob(".*"))
    assert call > 6 and status == 0
    assert len(texts_in(output / "training.tokens")) < 40
    assert TextPipeline.load(output / "pipeline.json").level == "word"


def test_no_reader_takes_a_mixture_for_whole(corpus, output, monkeypatch):
    """At no moment does a pipeline stand beside token files of another run."""
    share = ("--validation-fraction", "0.25")
    names = ("training.tokens", "validation.tokens", "pipeline.json")
    assert run(corpus, "--output", output, *share, "--seed", "1") == 0
    old = contents(output)
    replace, seen = os.replace, []

    def watched(source, target):
        replace(source, target)
        seen.append({name: data for name, data in contents(output).items() if name in names})

    monkeypatch.setattr(os, "replace", watched)
    assert run(corpus, "--output", output, *share, "--seed", "2", "--overwrite") == 0
    new = contents(output)
    assert sorted(new) == sorted(names) and new["training.tokens"] != old["training.tokens"]
    assert all(found in (old, new) for found in seen if "pipeline.json" in found)


# === Progress ===


def test_every_pass_has_its_own_name(corpus, output, capsys):
    assert run(corpus, "--output", output, "--level", "subword") == 0
    out = capsys.readouterr().out
    for name in ("learning a vocabulary ", "pass 2", "pass 3", "encoding"):
        assert out.count(name) == 1
