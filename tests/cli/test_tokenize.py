"""`mlm-tf tokenize`: what the files hold, which texts are held back, and nothing half done."""

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


def refused(capsys, *arguments) -> str:
    """The one sentence on stderr of a command that must end with status 2."""
    capsys.readouterr()
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("mlm-tf: ") and error.count("\n") == 1
    return error


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


def test_a_line_can_be_a_text(tmp_path, output):
    (tmp_path / "lines.txt").write_text("a b\nc d\n", encoding="utf-8")
    assert run(tmp_path / "lines.txt", "--output", output, "--unit", "line") == 0
    assert texts_in(output / "training.tokens") == ["a b", "c d"]


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


def test_settings_of_a_pipeline_do_not_go_with_a_saved_one(corpus, output, tmp_path, capsys):
    TextPipeline.fit(TEXTS).save(tmp_path / "mine.json")
    arguments = ("--pipeline", tmp_path / "mine.json", "--vocabulary-size", "10")
    error = refused(capsys, corpus, "--output", output, *arguments)
    assert (
        "vocabulary_size is for a pipeline to be learned" in error
        and "leave one of the two out" in error
    )
    assert not output.exists()


def test_the_vocabulary_has_the_size_that_is_asked_for(corpus, output):
    assert run(corpus, "--output", output, "--vocabulary-size", "9", "--level", "word") == 0
    assert TextPipeline.load(output / "pipeline.json").vocabulary_size == 9


def test_files_are_replaced_only_when_told(corpus, output, capsys):
    assert run(corpus, "--output", output, "--validation-fraction", "0.25") == 0
    before = (output / "training.tokens").read_bytes()
    error = refused(capsys, corpus, "--output", output)
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
        (["--validation-fraction", "0.0001"], "No text is left for validation.tokens"),
        (["--pipeline", "none.json"], "none.json"),
        (["--unit", "word"], "unit='word'"),
        (["--level", "sentence"], "level='sentence'"),
        (["--seed", "-1"], "seed=-1"),
        (["--vocabulary-size", "0"], "vocabulary_size=0"),
    ],
)
def test_what_cannot_work_is_one_sentence_and_leaves_nothing(
    corpus, output, capsys, arguments, message
):
    assert message in refused(capsys, corpus, "--output", output, *arguments)
    assert not output.exists()


def test_a_missing_corpus_and_a_file_for_a_folder_are_said(corpus, tmp_path, output, capsys):
    assert "none.txt" in refused(capsys, tmp_path / "none.txt", "--output", output)
    assert "is a file; choose a folder" in refused(capsys, corpus, "--output", corpus)
