"""The command line: what it writes, and that what it refuses is one sentence and status 2."""

import functools
import io
import json
import logging
import subprocess
import sys
import zipfile

import pytest

import glove
from glove import cli
from glove.corpus import read_corpus
from glove.training import AdaGrad, Ridge

TEXT = """the king rules the land and the queen rules the sea
the queen and the king sail over the sea
a king is a man and a queen is a woman
"""
COUNTING = ["--min-count", "2", "--window-size", "4"]
TRAINING = ["--vector-size", "3", "--epochs", "2"]


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def vectors(corpus):
    path = corpus.with_name("vectors.txt")
    assert run("train", corpus, "--output", path, *COUNTING, *TRAINING) == 0
    return path


def run(*arguments) -> int:
    return cli.main([str(argument) for argument in arguments])


@pytest.fixture
def refused(capsys):
    """A function: the one sentence on stderr of a command that must end with status 2."""

    def refuse(*arguments) -> str:
        capsys.readouterr()
        assert run(*arguments) == 2
        output, error = capsys.readouterr()
        assert output == ""
        assert error.startswith("glove: ") and error.endswith(".\n") and error.count("\n") == 1
        return error

    return refuse


@pytest.fixture
def no_work(monkeypatch):
    """From here on the test fails if anything is counted, trained or read."""

    def forbid(function):
        @functools.wraps(function)
        def begun(*arguments, **options):
            pytest.fail(f"{function.__name__} was called")

        return begun

    for name in ("cooccurrence", "load_cooccurrence", "train", "load", "evaluate"):
        monkeypatch.setattr(cli, name, forbid(getattr(cli, name)))


# === train, cooccur ===


def test_train_writes_what_the_functions_give(corpus, capsys):
    path = corpus.with_name("vectors.txt")
    options = ["--solver", "adagrad", "--eta", 0.1, "--x-max", 5, "--alpha", 0.5, "--seed", 3]
    counting = ["--max-vocab", 5, "--no-symmetric", "--no-distance-weighting", "--memory-gib", 1]
    arguments = [*COUNTING, *counting, *TRAINING, *options]
    assert run("train", corpus, "--output", path, *arguments) == 0
    pairs = glove.cooccurrence(
        read_corpus(corpus),
        min_count=2,
        window_size=4,
        max_vocab=5,
        symmetric=False,
        distance_weighting=False,
    )
    expected = glove.train(
        pairs, 3, solver="adagrad", epochs=2, eta=0.1, x_max=5.0, alpha=0.5, seed=3, progress=False
    )
    written = glove.load(path)
    assert written.index_to_key == expected.index_to_key
    assert (written.vectors == expected.vectors).all()
    output, notices = capsys.readouterr()
    assert output == f"{path}\n"
    tokens = pairs.occurrences.sum()
    assert f"{tokens} tokens of 5 types in the vocabulary; {pairs.counts.nnz} cells" in notices
    assert "glove: epoch 2 of 2: cost " in notices


def test_options_that_are_not_given_have_the_defaults_of_the_functions(corpus, monkeypatch):
    def remember(function):
        @functools.wraps(function)
        def called(*arguments, **options):
            given.update(options)
            return function(*arguments, **options)

        return called

    given = {}
    corpus.write_text(TEXT * 5, encoding="utf-8")
    for name in ("cooccurrence", "train"):
        monkeypatch.setattr(cli, name, remember(getattr(cli, name)))
    assert run("train", corpus, "--output", corpus.with_name("vectors.txt")) == 0
    assert given == {"progress": False}  # no bar where there is no terminal


def test_counting_first_and_training_later_is_the_same(corpus, vectors, capsys):
    counts, later = corpus.with_name("counts.bin"), corpus.with_name("later.txt")
    assert run("cooccur", corpus, "--output", counts, *COUNTING) == 0
    output = capsys.readouterr().out
    assert output.splitlines()[-1] == str(counts)
    assert counts.with_name("counts.vocab.txt").is_file()
    assert run("train", counts, "--output", later, *TRAINING) == 0
    assert later.read_bytes() == vectors.read_bytes()


@pytest.mark.parametrize(("solver", "kind"), [("ridge", Ridge), ("adagrad", AdaGrad)])
def test_control_c_keeps_the_vectors_so_far(
    corpus, interrupt_second_epoch, monkeypatch, capsys, solver, kind
):
    path, one_epoch = corpus.with_name("stopped.txt"), corpus.with_name("one.txt")
    arguments = ["train", corpus, *COUNTING, "--solver", solver, "--vector-size", 3]
    interrupt_second_epoch(kind)
    assert run(*arguments, "--output", path, "--epochs", 5) == 130
    output, error = capsys.readouterr()
    assert output == f"{path}\n"
    assert "interrupted in epoch 2 of 5" in error
    monkeypatch.undo()
    assert run(*arguments, "--output", one_epoch, "--epochs", 1) == 0
    assert path.read_bytes() == one_epoch.read_bytes()


def test_control_c_while_counting_leaves_nothing(corpus, monkeypatch, capsys):
    @functools.wraps(read_corpus)
    def interrupted(path, **options):
        yield ["the", "king"]
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "read_corpus", interrupted)
    assert run("cooccur", corpus, "--output", corpus.with_name("counts.bin")) == 130
    assert capsys.readouterr().err == ""
    assert [path.name for path in corpus.parent.iterdir()] == ["corpus.txt"]


# === evaluate, neighbours, download ===


def test_evaluate_prints_a_table(vectors, capsys):
    assert run("evaluate", vectors) == 0
    table = capsys.readouterr().out
    assert "WordSim-353" in table and "of 353" in table
    assert "gram1-adjective-to-adverb" in table and "of 19,544" in table
    assert "nan" not in table


def test_evaluate_writes_json_to_a_file_or_to_the_terminal(vectors, capsys):
    path = vectors.with_name("scores.json")
    assert run("evaluate", vectors, "--json", path) == 0
    assert "SimLex-999" in capsys.readouterr().out
    assert run("evaluate", vectors, "--json", "-") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers == json.loads(path.read_text(encoding="utf-8"))
    assert numbers["analogies"]["total"]["questions"] == 19_544


def test_evaluate_reads_the_first_vectors_only(tmp_path, capsys):
    path = tmp_path / "vectors.txt"
    words = "king queen man woman boy girl he she".split()
    lines = [f"{word} {n} {n % 3} 1\n" for n, word in enumerate(words)]
    path.write_text("".join(lines), encoding="utf-8")
    covered = []
    for limit in (4, 8):
        assert run("evaluate", path, "--limit", limit, "--json", "-") == 0
        covered.append(json.loads(capsys.readouterr().out)["analogies"]["total"]["covered"])
    assert 0 < covered[0] < covered[1]


def test_neighbours_of_a_sum(tmp_path, capsys):
    path = tmp_path / "vectors.txt"
    lines = ["man 1 0", "woman 0 1", "king 1 .2", "[queen] .2 1", "apple -1 -1"]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert run("neighbours", path, "king", "woman", "--minus", "man", "--top", 1) == 0
    table = capsys.readouterr().out
    assert "[queen]" in table and "0.977" in table and "apple" not in table
    assert run("neighbours", path, "king", "woman", "--minus", "man", "--minus", "apple") == 0
    assert "[queen]" in capsys.readouterr().out


def test_a_word_to_add_behind_one_to_subtract_is_refused(vectors, refused):
    # It would read as king - man - woman, or as king - man + woman.
    assert "unrecognized arguments: queen" in refused(
        "neighbours", vectors, "king", "--minus", "the", "queen"
    )


def test_unknown_words_are_refused(vectors, refused):
    assert "'kingg' (similar: 'king')" in refused("neighbours", vectors, "kingg")


def test_download_prints_the_path(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cli, "download", lambda name: tmp_path / f"{name}.gz")
    assert run("download", "glove.6B.50d") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'glove.6B.50d.gz'}\n"


def test_names_that_nobody_published_are_refused(refused):
    assert "choose one of glove.6B.50d" in refused("download", "glove.7B.50d")
    assert "'glove.7B.50d' is not a file" in refused("evaluate", "glove.7B.50d")


# === Nothing is overwritten, and nothing done in vain ===


@pytest.fixture
def commands(corpus, vectors):
    """Each command that writes, but for its output, and the name of the option for that."""
    return [
        (["train", corpus, *COUNTING, *TRAINING], "--output"),
        (["cooccur", corpus, *COUNTING], "--output"),
        (["evaluate", vectors], "--json"),
    ]


def test_an_output_that_exists_is_refused_before_any_work(commands, tmp_path, refused, no_work):
    path = tmp_path / "mine.bin"
    path.write_text("mine", encoding="utf-8")
    for command, option in commands:
        assert f"{option} {path} exists already" in refused(*command, option, path)
        assert path.read_text(encoding="utf-8") == "mine"


def test_the_words_beside_the_counts_are_not_overwritten_either(corpus, refused, no_work):
    words = corpus.with_name("counts.vocab.txt")
    words.write_text("mine", encoding="utf-8")
    counts = corpus.with_name("counts.bin")
    assert f"{words} exists already" in refused("cooccur", corpus, "--output", counts)


def test_overwrite_replaces_it(commands, tmp_path):
    path = tmp_path / "mine.bin"
    for command, option in commands:
        path.write_text("mine", encoding="utf-8")
        assert run(*command, option, path, "--overwrite") == 0
        assert path.read_bytes() != b"mine"
    assert not list(tmp_path.glob(".*"))  # nothing half written


def test_even_overwrite_does_not_replace_what_is_read(commands, refused, no_work):
    for command, option in commands:
        if command[0] != "cooccur":
            assert "is the file that is read" in refused(
                *command, option, command[1], "--overwrite"
            )
    corpus = commands[0][0][1]
    words = corpus.rename(corpus.with_name("poems.vocab.txt"))
    counts = corpus.with_name("poems.bin")
    assert "is the file that is read" in refused(
        "cooccur", words, "--output", counts, "--overwrite"
    )


def test_a_folder_that_is_missing_is_refused_before_any_work(commands, tmp_path, refused, no_work):
    for command, option in commands:
        path = tmp_path / "missing" / "mine.bin"
        assert "create the folder first" in refused(*command, option, path)
        (tmp_path / "folder.bin").mkdir(exist_ok=True)
        assert "is a folder" in refused(*command, option, tmp_path / "folder.bin")


def test_counts_have_a_name_by_which_train_knows_them(corpus, refused, no_work):
    path = corpus.with_name("counts.txt")
    assert "must end in .bin" in refused("cooccur", corpus, "--output", path)


# === Bad input ===


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--vector-size", "0"),
        ("--vector-size", "-3"),
        ("--vector-size", "2.5"),
        ("--window-size", "0"),
        ("--min-count", "zero"),
        ("--max-vocab", "0"),
        ("--memory-gib", "0"),
        ("--x-max", "nan"),
        ("--alpha", "inf"),
        ("--epochs", "0"),
        ("--seed", "-1"),
        ("--regularization", "0"),
    ],
)
def test_numbers_that_cannot_be_are_refused_before_any_work(
    corpus, refused, no_work, option, value
):
    error = refused("train", corpus, "--output", corpus.with_name("v.txt"), option, value)
    assert f"argument {option}: {value} is not allowed; use a" in error
    assert "see python -m glove train --help" in error


@pytest.mark.parametrize(
    ("solver", "option"), [("ridge", "--eta"), ("adagrad", "--regularization")]
)
def test_an_option_of_the_other_solver_is_refused(corpus, refused, no_work, solver, option):
    path = corpus.with_name("v.txt")
    error = refused("train", corpus, "--output", path, "--solver", solver, option, "0.1")
    assert f"{option} belongs to --solver" in error and f"the solver is {solver}" in error


def test_options_of_counting_are_refused_with_counts(corpus, refused, no_work):
    counts, path = corpus.with_name("counts.bin"), corpus.with_name("v.txt")
    for option in (["--window-size", 4], ["--no-symmetric"], ["--memory-gib", 2]):
        error = refused("train", counts, "--output", path, *option)
        assert f"{option[0].replace('no-', '')} belongs to counting" in error


@pytest.mark.parametrize("command", ["train", "cooccur"])
def test_a_corpus_that_cannot_be_read(command, corpus, refused):
    arguments = ["--output", corpus.with_name("out.bin")]
    assert "missing.txt' is not a file" in refused(
        command, corpus.with_name("missing.txt"), *arguments
    )
    (corpus.parent / "empty").mkdir()
    assert "is a folder without a text" in refused(command, corpus.parent / "empty", *arguments)
    corpus.write_bytes(b"")
    assert "corpus.txt has no word" in refused(command, corpus, *arguments)
    corpus.write_bytes("the\nun café\n".encode("cp1252"))
    assert "corpus.txt, line 2: the byte 0xe9" in refused(command, corpus, *arguments)
    corpus.write_text("echo " * 20, encoding="utf-8")
    assert "1 of 1 types occur at least" in refused(command, corpus, *arguments)
    assert not corpus.with_name("out.bin").exists()


def test_counts_that_are_missing_or_none(corpus, refused):
    counts, path = corpus.with_name("counts.bin"), corpus.with_name("v.txt")
    assert "counts.bin does not exist" in refused("train", counts, "--output", path)
    counts.write_bytes(b"text")
    counts.with_name("counts.vocab.txt").write_text("the 3\nking 2\n", encoding="utf-8")
    assert "counts.bin has 4 bytes" in refused("train", counts, "--output", path)


def test_vectors_that_are_none(corpus, refused):
    assert "line 1" in refused("evaluate", corpus)
    assert "line 1" in refused("neighbours", corpus, "king")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: command"),
        (["trian"], "invalid choice: 'trian'"),
        (["train", "corpus.txt"], "required: --output"),
        (["train", "--solver", "sgd", "c", "--output", "v"], "--solver: invalid choice: 'sgd'"),
        (["neighbours", "vectors.txt"], "required: WORD"),
    ],
)
def test_a_command_that_is_not_understood_is_one_sentence(arguments, message, refused):
    error = refused(*arguments)
    assert message in error and "--help" in error


def test_what_the_machine_refuses_is_one_line(corpus, monkeypatch, capsys):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli, "save", full)
    path = corpus.with_name("v.txt")
    assert run("train", corpus, "--output", path, *COUNTING, *TRAINING) == 2
    assert capsys.readouterr().err.endswith("glove: [Errno 28] No space left on device\n")


# === As a program, and as a guest in another ===


def test_help_shows_every_command():
    command = [sys.executable, "-m", "glove"]
    overview = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    for name in ("train", "cooccur", "evaluate", "download", "neighbours"):
        assert f"\n    {name}" in overview.stdout


def test_help_shows_the_defaults_of_the_functions(capsys):
    with pytest.raises(SystemExit, match="0"):
        run("train", "--help")
    text = " ".join(capsys.readouterr().out.split())
    for option in (
        "--window-size N how many words to each side stand near a word (10)",
        "so many words at most, the most frequent (no limit)",
        "how the vectors are found (ridge)",
        "(10 with ridge, 25 with adagrad)",
    ):
        assert option in text


def test_importing_the_commands_imports_nothing_that_takes_long():
    code = "import sys, glove.cli; print([m for m in sys.modules if m.split('.')[0] in LATE])"
    late = "LATE = {'mlm_tf', 'keras', 'tensorflow', 'gensim', 'pyarrow', 'rich'}; "
    result = subprocess.run(
        [sys.executable, "-c", late + code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_logging_is_as_it_was(vectors):
    logger = logging.getLogger("glove")
    before = logger.level, list(logger.handlers)
    assert run("neighbours", vectors, "king") == 0
    assert (logger.level, logger.handlers) == before


def test_a_name_of_a_packed_file_is_refused_before_any_work(corpus, refused, no_work):
    assert "for example .txt" in refused("train", corpus, "--output", corpus.with_name("v.gz"))


def test_even_overwrite_does_not_replace_the_words_of_counts_that_are_read(corpus, refused):
    counts = corpus.with_name("counts.bin")
    assert run("cooccur", corpus, "--output", counts, *COUNTING) == 0
    words = counts.with_name("counts.vocab.txt")
    before = words.read_bytes()
    assert "file that is read" in refused("train", counts, "--output", words, "--overwrite")
    assert words.read_bytes() == before


def test_a_member_of_an_archive_is_read(vectors, tmp_path, capsys):
    archive = tmp_path / "vectors.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(vectors, "mine.txt")
        file.writestr("README", "nothing")
    capsys.readouterr()
    assert run("neighbours", archive, "king", "--member", "mine.txt", "--top", "1") == 0
    assert run("neighbours", archive, "king") == 2
    assert "has 2 members; pass member= (--member)" in capsys.readouterr().err


# === What is read, and how ===


@pytest.fixture
def words(tmp_path):
    """A function: the words for which `train` with these arguments writes vectors."""

    def trained(*arguments) -> set[str]:
        path = tmp_path / "out.txt"
        fast = ["--min-count", "1", *TRAINING, "--solver", "adagrad"]
        assert run("train", *arguments, "--output", path, "--overwrite", *fast) == 0
        return set(glove.load(path).index_to_key)

    return trained


def test_tables_folders_and_several_files_are_counted(corpus, words, tmp_path):
    (tmp_path / "more").mkdir()
    table = tmp_path / "more" / "reviews.csv"
    table.write_text('label,review\n1,"A fine film,\nfine"\n', encoding="utf-8")
    (tmp_path / "more" / "star.txt").write_text("twinkle little star", encoding="utf-8")
    assert words(table, "--text-column", "review") == {"A", "fine", "film,"}
    assert words(table, "--text-column", "1") == {"A", "fine", "film,"}
    assert words(tmp_path / "more") == {"twinkle", "little", "star"}
    assert words(tmp_path / "more", "--text-column", "review") == {"A", "fine", "film,"}
    assert words(corpus, tmp_path / "more" / "star.txt") >= {"king", "star"}


def test_a_column_that_does_not_exist_is_refused_with_those_that_do(corpus, refused):
    table = corpus.with_name("reviews.csv")
    table.write_text("label,review\n1,fine film\n", encoding="utf-8")
    output = ["--output", corpus.with_name("v.txt")]
    for column in ([], ["--text-column", "text"]):
        assert "'label', 'review'" in refused("train", table, *column, *output)


@pytest.mark.parametrize("name", ["texts.jsonl", "texts.json", "texts.ndjson"])
@pytest.mark.parametrize("command", ["train", "cooccur"])
def test_half_a_surrogate_pair_is_refused_before_anything_is_counted(
    tmp_path, refused, name, command
):
    rows = ['{"text": "the cat sat"}', r'{"text": "the cat \ud83d sat"}']
    path, output = tmp_path / name, tmp_path / "out.bin"
    path.write_text("\n".join(rows))
    error = refused(command, path, "--output", output, "--min-count", "1")
    assert rf"{name}, line 2: 'text' holds '\ud83d', which is half of a surrogate pair" in error
    path.write_text(f"[{','.join(rows)}]")
    if name.endswith(".json"):
        assert "half of a surrogate pair" in refused(command, path, "--output", output)
    assert not output.exists()


def test_a_whole_surrogate_pair_is_a_character(tmp_path, words):
    path = tmp_path / "texts.jsonl"
    path.write_text(r'{"text": "the \ud83d\ude00 cat"}')
    assert words(path) == {"the", "😀", "cat"}


def test_the_standard_input_is_a_corpus(words, monkeypatch):
    text = io.TextIOWrapper(io.BytesIO(b"twinkle little star"))
    monkeypatch.setattr(sys, "stdin", text)
    assert words("-") == {"twinkle", "little", "star"}


def test_words_are_made_lower_case_and_parted_from_signs(corpus, words):
    corpus.write_text("The King, the queen's (well-known) 3.14... ΛΌΓΟΣ", encoding="utf-8")
    assert words(corpus, "--lowercase") == set(corpus.read_text("utf-8").lower().split())
    assert words(corpus, "--lowercase", "--split-punctuation") == {
        *("the", "king", ",", "queen's", "(", "well", "-", "known", ")", "3.14", ".", "λόγος")
    }


def test_chinese_is_cut_into_words(corpus, words, capsys):
    corpus.write_text(
        "今天天气很好，我们去公园散步。 孩子们在草地上跑。 天很蓝。\n", encoding="utf-8"
    )
    whole = words(corpus)
    assert "--language zh" in capsys.readouterr().err and max(map(len, whole)) > 10
    cut = words(corpus, "--language", "zh")
    assert "by jieba" in capsys.readouterr().err
    assert {"我们", "公园", "，", "。"} <= cut and max(map(len, cut)) <= 4


def test_another_encoding_is_named_and_read(corpus, words, refused):
    corpus.write_bytes("今天 天气 很 好\n".encode("gbk"))
    output = ["--output", corpus.with_name("v.txt")]
    assert "it looks like GB18030: pass encoding='gb18030' (--encoding gb18030)" in refused(
        "train", corpus, *output
    )
    assert words(corpus, "--encoding", "gb18030") == {"今天", "天气", "很", "好"}
    corpus.write_bytes("今天 天气 很 好\n".encode("utf-16"))
    assert "not UTF-8 but UTF-16" in refused("train", corpus, *output)
    assert words(corpus, "--encoding", "utf-16") == {"今天", "天气", "很", "好"}
    assert "encoding='utf-9'" in refused("train", corpus, *output, "--encoding", "utf-9")


def test_counts_stand_alone_and_are_not_read_as_text(corpus, refused):
    counts = corpus.with_name("counts.bin")
    assert run("cooccur", corpus, "--output", counts, *COUNTING) == 0
    output = ["--output", corpus.with_name("v.txt")]
    assert "counts.bin holds counts, which cannot" in refused("train", corpus, counts, *output)
    assert "--lowercase belongs to counting" in refused("train", counts, "--lowercase", *output)


def test_vectors_with_damaged_lines_and_in_another_encoding_are_read(tmp_path, capsys, refused):
    path = tmp_path / "vectors.txt"
    path.write_bytes("été 1 2\n 3 4\nhiver 2 1\n".encode("cp1252"))
    assert "looks like cp1252" in refused("neighbours", path, "hiver")
    assert "--skip-errors" in refused("neighbours", path, "hiver", "--encoding", "cp1252")
    assert run("neighbours", path, "hiver", "--encoding", "cp1252", "--skip-errors") == 0
    output, error = capsys.readouterr()
    assert "été" in output and "1 lines were left out. First: " in error
