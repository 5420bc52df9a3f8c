"""What the commands read: any language, any lines, token files; and what they say of it."""

import json
import shlex
import textwrap

import pytest

from mlm_tf import TextPipeline, build_model, cli, corpora, load_model
from mlm_tf.cli.prompts import prompt_from
from mlm_tf.preprocessing.token_file import TokenFile

SMALL = ["--hidden-dim", "8", "--length", "8", "--batch-size", "2", "--epochs", "1"]
CHINESE = [
    "春天来了，花都开了。鸟在树上唱歌。",
    "老和尚给小和尚讲故事。小和尚睡着了。",
    "我们去山上看花，你去不去？他说他不去。",
    "山上有一座庙，庙里有一口井。",
    "天黑了。我们回家吧！",
]
ENGLISH = [f"The cat sat on mat number {i}. A dog slept near door number {i}." for i in range(20)]
PARAGRAPH = (
    "The old man had lived by the river for so long that nobody could remember a time without him "
    "and he mended nets and told stories to the children until evening."
)
TRADITIONAL = [
    text.translate(str.maketrans("来开鸟树给讲说们个庙吗", "來開鳥樹給講說們個廟嗎"))
    for text in CHINESE
]


@pytest.fixture
def write(tmp_path):
    """A function that writes paragraphs into a file and gives its path."""

    def write_file(paragraphs, name="my text.txt", between="\n\n"):
        path = tmp_path / name
        path.write_text(between.join(paragraphs), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def train(tmp_path, capsys):
    """A function from arguments of `mlm-tf train` to what it prints and the model."""

    def run(*arguments):
        path = tmp_path / "my model.keras"
        settings = [*SMALL, "--output", str(path), "--overwrite"]
        assert cli.main(["train", *map(str, arguments), *settings]) == 0
        return capsys.readouterr().out, load_model(path)

    return run


# === Languages ===


def test_chinese_is_trained_on_as_characters_and_that_is_said(write, train, capsys):
    path = write(CHINESE)
    said, model = train(path)
    assert (model.pipeline.language, model.pipeline.level) == ("zh", "character")
    assert "The text is mostly Chinese." in said
    assert "level character, language zh" in said
    assert "[UNK]" not in said
    prompt = shlex.split(said)[-1]
    assert len(prompt) == 2 and any(
        text.startswith(prompt) for text in "".join(CHINESE).split("。")
    )


def test_what_was_read_is_said(write, train):
    said, model = train(write(ENGLISH))
    assert "my text.txt: 20 documents, 40 sentences" in said
    assert "The text is mostly English." in said
    assert f"level word, language en, vocabulary of {model.vocabulary_size} types" in said
    assert "training: 288 tokens, 0.0% [UNK]" in said
    assert "validation: 32 tokens" in said


def test_level_and_language_are_what_was_asked_for(write, train):
    _, model = train(write(CHINESE), "--level", "word", "--language", "any")
    assert (model.pipeline.language, model.pipeline.level) == ("any", "word")
    _, model = train(write(ENGLISH), "--level", "subword", "--vocabulary-size", "300")
    assert model.pipeline.level == "subword" and model.vocabulary_size <= 300


def test_a_saved_pipeline_is_taken_and_settings_beside_it_are_refused(
    write, train, tmp_path, refused
):
    pipeline = TextPipeline.fit(ENGLISH[:2])
    pipeline.save(tmp_path / "mine.json")
    path = write(ENGLISH)
    said, model = train(path, "--pipeline", tmp_path / "mine.json")
    assert model.pipeline.vocabulary == pipeline.vocabulary
    assert "0.0% [UNK]" not in said
    arguments = ("--output", tmp_path / "x.keras", "--pipeline", tmp_path / "mine.json")
    error = refused("train", path, *arguments, "--level", "word")
    assert "level is for a pipeline to be learned" in error


# === The next command ===


def test_the_next_command_can_be_pasted_into_a_shell(write, train, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["/somewhere/mlm-tf"])
    said, _ = train(write(ENGLISH))
    path = tmp_path / "my model.keras"
    assert said.splitlines()[-1] == f"Next: mlm-tf generate --model '{path}' 'The cat'"
    monkeypatch.setattr("sys.argv", ["/somewhere/mlm_tf/cli/__main__.py"])
    said, _ = train(write(["It's `late` $now, she said. It's `late`."] * 5))
    last = said.splitlines()[-1]
    assert last == f"Next: python -m mlm_tf.cli generate --model '{path}' 'It'\"'\"'s `late`'"


def test_the_prompt_of_the_next_command_is_a_word_and_ends_with_its_marks():
    sentences = ["... , a fine film"] * 3 + [". . ."] * 3 + ["The film is fine"] * 2
    pipeline = TextPipeline.fit(sentences, language="en")
    assert prompt_from(sentences, pipeline) == "The film"
    thai = ["สวัสดีครับ ผมชื่อจอห์น"]
    assert prompt_from(thai, TextPipeline.fit(thai, language="any")) == "สวั"


def test_a_model_that_is_there_is_replaced_by_the_option_that_is_named(write, tmp_path, refused):
    (tmp_path / "my.keras").write_text("there")
    error = refused("train", write(ENGLISH), "--output", tmp_path / "my.keras")
    assert "--overwrite" in error


# === What a model does not know of a prompt ===


@pytest.fixture
def model_of(tmp_path):
    """A function from texts to the file of a model that knows their words, and no more."""

    def save(texts):
        path = tmp_path / "known.keras"
        build_model("rnn", pipeline=TextPipeline.fit(texts), hidden_dim=4, seed=0).save(path)
        return str(path)

    return save


def test_a_prompt_in_other_characters_than_the_model_has_seen_is_said(model_of, capsys):
    for trained_on, prompt, said in (
        (TRADITIONAL, "我们说", "simplified characters and the model was trained on traditional"),
        (CHINESE, "我們說", "traditional characters and the model was trained on simplified"),
        (CHINESE, "鹦鹉", "never seen 2 of the characters of the prompt '鹦鹉' (鹦, 鹉)"),
        (ENGLISH, "The parrot sat", "never seen 1 of the words of the prompt"),
    ):
        arguments = ["--model", model_of(trained_on), prompt, "--max-length", "20"]
        assert cli.main(["generate", *arguments]) == 0
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1


def test_nothing_is_said_of_a_prompt_that_is_known(model_of, capsys):
    for trained_on, prompt in ((CHINESE, "我们 OK"), (ENGLISH, "THE CAT")):
        arguments = ["--model", model_of(trained_on), prompt, "--max-length", "20"]
        assert cli.main(["generate", *arguments]) == 0
        assert capsys.readouterr().err == ""


# === Lines ===


def test_a_hard_wrapped_text_is_unwrapped_unless_told_otherwise(write, train, caplog):
    path = write([textwrap.fill(PARAGRAPH, 50)] * 20)
    assert "20 documents, 20 sentences" in train(path)[0]
    assert "is hard-wrapped" in caplog.text
    assert "20 documents, 80 sentences" in train(path, "--line-breaks", "keep")[0]


def test_tokenize_makes_a_text_of_a_paragraph_of_a_hard_wrapped_text(
    write, tmp_path, capsys, refused
):
    path = write([textwrap.fill(PARAGRAPH, 50)] * 20)
    for settings, texts in (
        ([], 20),
        (["--line-breaks", "keep"], 80),
        (["--unit", "document"], 20),
    ):
        arguments = ["tokenize", str(path), "--output", str(tmp_path / "out"), "--overwrite"]
        assert cli.main([*arguments, *settings]) == 0
        assert ("is hard-wrapped" in capsys.readouterr().out) == ("keep" not in settings)
        file = TokenFile(tmp_path / "out" / "training.tokens")
        assert (file[:] == TextPipeline.start_id).sum() == texts
    arguments = ("tokenize", path, "--output", tmp_path / "x", "--line-breaks", "join")
    assert "line_breaks='join'" in refused(*arguments)


class HasReadError(Exception):
    """`mlm-tf train` has read its texts and learned its pipeline."""


@pytest.fixture
def read_by_train(monkeypatch, tmp_path):
    """A function from files: `mlm-tf train` reads them, and builds no model."""

    def stop(*arguments, **named):
        raise HasReadError

    def run(*paths):
        output = ["--output", str(tmp_path / "none.keras")]
        with monkeypatch.context() as here, pytest.raises(HasReadError):
            here.setattr("mlm_tf.cli.train.build_model", stop)
            cli.main(["train", *map(str, paths), *SMALL, *output])

    return run


@pytest.mark.parametrize("width", [30, 72])
def test_each_file_decides_for_itself_and_train_and_tokenize_read_the_same(
    write, read_by_train, tmp_path, capsys, caplog, width
):
    hyphens = "He bought a tea-table, and a tea-table is what his well-known schoolhouse needed. "
    book = write([textwrap.fill(hyphens + PARAGRAPH, width)] * 20, "book.txt")
    other = write(ENGLISH, "other.txt")
    table = tmp_path / "rows.jsonl"
    table.write_text(json.dumps({"text": book.read_text()}) + "\n")
    for paths in ([book, other], [other, book], [book, table]):
        caplog.clear()
        read_by_train(*paths)
        assert "book.txt" in caplog.text and "hard-wrapped" in caplog.text
        output = ["--output", str(tmp_path / "out"), "--overwrite"]
        assert cli.main(["tokenize", *map(str, paths), *output]) == 0
        said = capsys.readouterr().out
        assert caplog.messages[0] in said
        file = TokenFile(tmp_path / "out" / "training.tokens")
        assert (file[:] == TextPipeline.start_id).sum() == 40
        pipeline = TextPipeline.load(tmp_path / "out" / "pipeline.json")
        if paths == [book, table]:
            texts = [d.text.replace("\n", " ") for d in corpora.read(book)] * 2
            assert file[:].tolist() == [i for ids in pipeline.encode(texts) for i in ids]


def test_a_text_with_a_sentence_a_line_and_no_blank_line_is_trained_on(write, train):
    said, _ = train(write(ENGLISH, between="\n"))
    assert "my text.txt: 1 document, 40 sentences" in said
    assert "validation: 32 tokens" in said


# === Token files ===


@pytest.fixture
def tokens(write, tmp_path, capsys):
    """A function that tokenizes the English text and gives the folder."""

    def run(*arguments):
        folder = tmp_path / "tokens"
        settings = ["--output", str(folder), "--overwrite", *arguments]
        assert cli.main(["tokenize", str(write(ENGLISH)), *settings]) == 0
        capsys.readouterr()
        return folder

    return run


def test_a_token_file_is_trained_on_and_its_end_is_held_back(tokens, train):
    folder = tokens()
    size = len(TokenFile(folder / "training.tokens"))
    for path in (folder, folder / "training.tokens"):
        said, model = train(path)
        pipeline = TextPipeline.load(folder / "pipeline.json")
        assert model.pipeline.vocabulary == pipeline.vocabulary
        training, validation = (
            int(line.split()[1].replace(",", ""))
            for line in said.splitlines()
            if line.startswith(("training:", "validation:"))
        )
        assert training + validation == size and validation == pytest.approx(size / 10, abs=20)
        assert said.splitlines()[-1].endswith("'the cat'")


def test_the_validation_file_beside_it_is_validated_on(tokens, train):
    folder = tokens("--validation-fraction", "0.25")
    said, _ = train(folder)
    for name in ("training", "validation"):
        size = len(TokenFile(folder / f"{name}.tokens"))
        assert f"{name}: {size} tokens" in said


def test_shards_are_trained_on_without_being_put_together(tokens, write, train, tmp_path):
    whole = tokens("--validation-fraction", "0.25")
    folders = [tmp_path / "shards" / str(number) for number in (1, 2)]
    pipeline = ("--pipeline", str(whole / "pipeline.json"), "--validation-fraction", "0.25")
    for number, folder in enumerate(folders, start=1):
        share = ("--shard", f"{number}/2", "--output", str(folder), *pipeline)
        assert cli.main(["tokenize", str(write(ENGLISH)), *share]) == 0
    said, _ = train(*folders)
    for name in ("training", "validation"):
        size = len(TokenFile(whole / f"{name}.tokens"))
        assert f"{name}: {size} tokens" in said


def test_a_folder_of_token_files_is_one_corpus(tokens, train, tmp_path):
    folder = tokens()
    size = len(TokenFile(folder / "training.tokens"))
    many = tmp_path / "many"
    many.mkdir()
    for name in ("a.tokens", "b.tokens"):
        (many / name).write_bytes((folder / "training.tokens").read_bytes())
    (many / "pipeline.json").write_bytes((folder / "pipeline.json").read_bytes())
    said, _ = train(many)
    read = [line for line in said.splitlines() if line.startswith(("training:", "validation:"))]
    assert sum(int(line.split()[1]) for line in read) == 2 * size


def test_what_does_not_go_with_token_files_is_refused(tokens, write, tmp_path, refused):
    folder = tokens()
    output = ("--output", tmp_path / "x.keras", *SMALL)
    assert "holds tokens already" in refused("train", folder, *output, "--level", "word")
    assert "learned from texts" in refused("train", folder, *output, "--embedding", "word2vec")
    assert "use token files alone" in refused("train", folder, write(ENGLISH), *output)
    TextPipeline.fit(["another"]).save(tmp_path / "another.json")
    another = ("--pipeline", tmp_path / "another.json")
    assert "another pipeline" in refused("train", folder, *output, *another)
    (folder / "pipeline.json").unlink()
    assert "no pipeline.json beside it" in refused("train", folder, *output)


def test_a_model_is_measured_on_a_token_file_of_its_pipeline(tokens, train, tmp_path, capsys):
    folder = tokens("--validation-fraction", "0.25")
    train(folder)
    model = str(tmp_path / "my model.keras")
    assert cli.main(["evaluate", model, str(folder / "validation.tokens"), "--length", "8"]) == 0
    printed = capsys.readouterr().out
    assert "perplexity" in printed and "tokens" in printed


def test_tokenize_recognises_chinese_too(write, tmp_path, capsys):
    assert cli.main(["tokenize", str(write(CHINESE)), "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "mostly Chinese" in printed and "level character, language zh" in printed


# === Where texts come from ===


@pytest.fixture
def sources(tmp_path, write):
    """The English text in every form, by name: the arguments that name it."""
    table = tmp_path / "table.csv"
    table.write_text("id,story\n" + "".join(f'{i},"{t}"\n' for i, t in enumerate(ENGLISH)))
    lines = tmp_path / "rows.jsonl"
    lines.write_text("".join(json.dumps({"text": text}) + "\n" for text in ENGLISH))
    folder = tmp_path / "folder"
    folder.mkdir()
    for i, text in enumerate(ENGLISH):
        (folder / f"{i}.txt").write_text(text)
    wide = tmp_path / "wide.txt"
    wide.write_text("\n\n".join(ENGLISH), encoding="utf-16")
    return {
        "several": [str(write(ENGLISH[:10], "a.txt")), str(write(ENGLISH[10:], "b.txt"))],
        "csv": [str(table), "--text-column", "story"],
        "jsonl": [str(lines)],
        "folder": [str(folder)],
        "utf-16": [str(wide), "--encoding", "utf-16"],
        "stdin": ["-"],
    }


@pytest.fixture
def stdin(tmp_path, monkeypatch):
    """The English text in the standard input."""
    path = tmp_path / "stdin"
    path.write_text("\n\n".join(ENGLISH))
    with path.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        yield


@pytest.mark.parametrize("kind", ["several", "csv", "jsonl", "folder", "utf-16", "stdin"])
def test_texts_come_from_files_tables_folders_and_the_standard_input(
    kind, sources, stdin, train, tmp_path, capsys
):
    said, _ = train(*sources[kind])
    assert "20 documents, 40 sentences" in said
    if kind != "stdin":  # which has been read
        model = str(tmp_path / "my model.keras")
        assert cli.main(["evaluate", model, *sources[kind], "--length", "8"]) == 0
        assert "320 tokens" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["several", "csv", "jsonl", "folder", "utf-16", "stdin"])
def test_tokenize_reads_the_same(kind, sources, stdin, tmp_path, capsys):
    output = ["--output", str(tmp_path / "out")]
    assert cli.main(["tokenize", *sources[kind], *output]) == 0
    assert "training.tokens: 360 tokens" in capsys.readouterr().out


def test_an_empty_standard_input_and_one_given_twice_are_refused(tmp_path, monkeypatch, refused):
    (tmp_path / "empty").touch()
    for command in ("train", "tokenize"):
        with (tmp_path / "empty").open() as file:
            monkeypatch.setattr("sys.stdin", file)
            output = ("--output", tmp_path / "x.keras")
            assert "the standard input holds no text" in refused(command, "-", *output)
            assert "'-' is given twice" in refused(command, "-", "-", *output)


def test_an_encoding_or_a_column_that_is_not_there_is_named(sources, tmp_path, refused):
    output = ["--output", tmp_path / "x.keras"]
    [wide, *_] = sources["utf-16"]
    assert "UTF-16" in refused("train", wide, *output).upper()
    [table, *_] = sources["csv"]
    assert "story" in refused("train", table, *output, "--text-column", "text")
    assert "utf-99" in refused("train", table, *output, "--encoding", "utf-99")
